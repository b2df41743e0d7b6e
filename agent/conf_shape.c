/* SPDX-License-Identifier: MIT
 *
 * Shapes of the tree that are not just a value, a list or a map of keys: whole documents,
 * and the short form of a block.
 */
#include "agent/base/yaml_json.h"
#include "agent/conf_loader.h"

const char *conf_kind_word(const struct yaml_node *n)
{
	switch (n->kind) {
	case YAML_LIST:
		return "a list";
	case YAML_MAP:
		return "a map";
	case YAML_SCALAR:
		return yaml_is_null(n) ? "nothing" : "a single value";
	}
	return "";
}

/* Anything that JSON can say; what it means knows who gets it. */
void conf_read_document(struct loader *l, struct conf_value *v)
{
	struct str text;
	json_t *json;
	if (v->node->kind != YAML_MAP) {
		conf_error(l, v, "%s here: a map such as {name: value} is needed",
		    conf_kind_word(v->node));
		return;
	}
	str_init(&text, CONF_MAX_TEXT);
	json = yaml_to_json(v->node);
	json_dump(json, &text);
	json_decref(json);
	v->set = !text.cut;
	if (v->set)
		v->text = arena_strdup(l->scratch, str_c(&text));
	else
		conf_error(
		    l, v, "longer than %zu bytes as JSON: shorten it", CONF_MAX_TEXT);
	str_fini(&text);
}

/* `heartbeat: URL` is `heartbeat: {url: URL}`. */
const struct yaml_node *conf_long_form(
    struct loader *l, const struct conf_key *k, const struct yaml_node *n)
{
	struct yaml_node *map = arena_alloc(l->scratch, 2 * sizeof *map);
	if (!k->shorthand || n->kind != YAML_SCALAR)
		return n;
	map[0] = map[1] = *n;
	map[0].kind = YAML_MAP;
	map[0].kids = &map[1];
	map[0].n_kids = 1;
	map[1].key = k->shorthand;
	map[1].next = NULL;
	return map;
}
