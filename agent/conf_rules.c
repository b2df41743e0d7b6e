/* SPDX-License-Identifier: MIT
 *
 * User rules: the text form is alerts/rule's, names and times are ours.
 */
#include <string.h>

#include "agent/base/tick.h"
#include "agent/conf_loader.h"

#define RESOLVE_AT_LEAST MS_PER_MIN

static void read_when(struct loader *l, const struct conf_value *v, struct rule *r)
{
	struct err e = {0};
	size_t offset = 0;
	if (!v->set)
		return;
	r->text = arena_strdup(l->arena, v->text);
	if (rule_parse(r->text, r, &offset, &e))
		return;
	/* The column inside the text, where one line holds it. */
	struct yaml_node at = *v->node;
	if (!strchr(v->text, '\n'))
		at.column += (int)offset + (at.quoted ? 1 : 0);
	struct conf_value place = {.node = &at, .path = v->path};
	conf_error(l, &place, "%s", e.msg);
}

static void read_rule(
    struct loader *l, const struct conf_values *rv, struct map *names, struct rule *r)
{
	const struct conf_value *name = &rv->v[RULE_NAME];
	const struct conf_value *resolve = &rv->v[RULE_RESOLVE_FOR];
	*r = (struct rule){.name = "", .text = ""};
	if (name->set) {
		r->name = arena_strdup(l->arena, name->text);
		if (!strcmp(r->name, "auto"))
			conf_error(l, name,
			    "'auto' is the built-in detector's name: choose another");
		else
			(void)conf_name_is_new(l, names, name, r->name, "rules");
	}
	read_when(l, &rv->v[RULE_WHEN], r);
	r->for_ms = rv->v[RULE_FOR].n;
	if (resolve->set)
		r->resolve_for_ms = resolve->n;
	else
		r->resolve_for_ms =
		    r->for_ms > RESOLVE_AT_LEAST ? r->for_ms : RESOLVE_AT_LEAST;
	r->severity = SEVERITY_MAJOR;
	if (rv->v[RULE_SEVERITY].set)
		(void)severity_parse(rv->v[RULE_SEVERITY].text, &r->severity);
	r->line = rv->node->line;
	r->column = rv->node->column;
}

void conf_read_rules(struct loader *l, const struct conf_values *top)
{
	const struct conf_value *list = &top->v[TOP_RULES];
	struct rule *rules = arena_alloc(l->arena, (list->n_items + 1) * sizeof *rules);
	struct map *names = map_new();
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].inside->node)
			read_rule(
			    l, list->items[i].inside, names, &rules[l->conf->n_rules++]);
	l->conf->rules = rules;
	map_free(names);
}
