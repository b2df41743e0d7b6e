/* SPDX-License-Identifier: MIT
 *
 * A user's own catalogue files: they add providers, or override what they say of one that
 * is known. The key is the point: it goes where its owner wrote in the same file, and
 * nowhere else.
 */
#include <stdlib.h>
#include <string.h>

#include "probes/catalogue.h"
#include "probes/catalogue_read.h"

/* "FILE:LINE:COLUMN: what" of the parser as a report. */
static void report_syntax(
    const struct catalogue_report *report, const char *file, const struct err *e)
{
	size_t skip = strlen(file);
	const char *what = e->msg;
	int place[2] = {1, 1};

	if (strncmp(what, file, skip) == 0 && what[skip] == ':')
		what += skip + 1;
	for (int i = 0; i < 2 && *what >= '0' && *what <= '9'; i++) {
		char *end = NULL;

		place[i] = (int)strtol(what, &end, 10);
		what = *end == ':' ? end + 1 : end;
	}
	report->fn(report->arg, place[0], place[1], "", what + strspn(what, " "));
}

/* What changes where a request goes. */
static const struct yaml_node *changed_address(const struct yaml_node *root)
{
	static const char *const keys[] = {"regions", "models_url"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		const struct yaml_node *n = yaml_find(root, keys[i]);

		if (n != NULL)
			return n;
	}
	return NULL;
}

static bool check_key(
    struct reader *r, const struct yaml_node *root, const struct provider *base)
{
	const struct yaml_node *address = changed_address(root);

	if (address == NULL || base->key_env == NULL ||
	    yaml_find(root, "key_env") != NULL)
		return true;
	return read_fail(r, address,
	    "changes where the key goes, so `key_env` must stand in the same file: add "
	    "`key_env: %s`, or another variable",
	    base->key_env);
}

/* The other half of a choice gives way. */
static void take_base(
    struct provider *p, const struct provider *base, const struct yaml_node *root)
{
	*p = *base;
	if (yaml_find(root, "models_path") != NULL)
		p->models_url = NULL;
	else if (yaml_find(root, "models_url") != NULL)
		p->models_path = NULL;
	/* The door of another house is not known. */
	if (yaml_find(root, "regions") != NULL && yaml_find(root, "door") == NULL) {
		p->door = NULL;
		p->n_door = 0;
	}
}

bool catalogue_add(struct catalogue *c, struct span yaml, const char *file,
    const struct catalogue_report *report, const char **ret_id)
{
	struct arena *a = catalogue_arena(c);
	struct err e = {0};
	const struct yaml_node *root = provider_tree(yaml, file, a, &e), *id;
	struct reader r = {.file = file, .arena = a, .report = report};
	struct provider *p = arena_alloc(a, sizeof(*p));
	const struct provider *base = NULL;
	bool ok = true;

	if (root == NULL) {
		report_syntax(report, file, &e);
		return false;
	}
	id = root->kind == YAML_MAP ? yaml_find(root, "id") : NULL;
	if (id != NULL && id->kind == YAML_SCALAR && id->text[0] != '\0') {
		base = catalogue_find(c, id->text);
		*ret_id = id->text;
	}
	if (base != NULL) {
		r.partial = true;
		take_base(p, base, root);
		ok = check_key(&r, root, base);
	}
	if (!read_provider(&r, root, p) || !ok)
		return false;
	catalogue_put(c, p);
	return true;
}
