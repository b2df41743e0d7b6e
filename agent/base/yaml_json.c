/* SPDX-License-Identifier: MIT
 *
 * Maps, lists and scalars; types come from how a scalar is written.
 */
#include "agent/base/yaml_json.h"

json_t *yaml_to_json(const struct yaml_node *n)
{
	json_t *v = NULL;

	switch (n->kind) {
	case YAML_MAP:
		v = json_object();
		for (const struct yaml_node *kid = n->kids; kid != NULL; kid = kid->next)
			json_object_set_new(v, kid->key, yaml_to_json(kid));
		return v;
	case YAML_LIST:
		v = json_array();
		for (const struct yaml_node *kid = n->kids; kid != NULL; kid = kid->next)
			json_array_append_new(v, yaml_to_json(kid));
		return v;
	case YAML_SCALAR:
		break;
	}
	if (yaml_is_null(n))
		return json_null();
	if (!n->quoted)
		v = json_parse(span_of(n->text), NULL);
	return v != NULL ? v : json_clean_string(span_of(n->text));
}
