/* SPDX-License-Identifier: MIT
 *
 * User rules: the text forms are alerts/rule's; names, times and which targets they judge
 * are ours.
 */
#include <string.h>

#include "agent/base/tick.h"
#include "agent/conf_loader.h"

#define RESOLVE_AT_LEAST MS_PER_MIN

typedef bool (*parse_fn)(
    const char *text, struct rule *ret, size_t *ret_offset, struct err *e);

/* `when` and `resolve`; NULL: there is none. */
static const char *read_text(
    struct loader *l, const struct conf_value *v, parse_fn parse, struct rule *r)
{
	struct err e = {0};
	size_t offset = 0;
	const char *text;
	if (!v->set)
		return NULL;
	text = arena_strdup(l->arena, v->text);
	if (parse(text, r, &offset, &e))
		return text;
	/* The column inside the text, where one line holds it. */
	struct yaml_node at = *v->node;
	if (!strchr(v->text, '\n'))
		at.column += (int)offset + (at.quoted ? 1 : 0);
	struct conf_value place = {.node = &at, .path = v->path};
	conf_error(l, &place, "%s", e.msg);
	return text;
}

/* --- which targets ------------------------------------------------------------------ */

static bool is_listed(const struct conf_value *v, const char *word)
{
	for (size_t i = 0; i < v->n_items; i++)
		if (v->items[i].set && !strcmp(v->items[i].text, word))
			return true;
	return !v->node;
}

static bool has_labels(const struct target *t, const struct conf_value *v)
{
	for (size_t i = 0; i < v->n_items; i++) {
		const struct conf_value *item = &v->items[i];
		const char *value =
		    item->set ? target_label(t, item->node->key) : item->text;
		if (item->set && (!value || strcmp(value, item->text) != 0))
			return false;
	}
	return true;
}

static bool is_meant(const struct conf_value *m, const struct target *t)
{
	return !t->lead && is_listed(&m[RULE_MATCH_TARGET], t->name) &&
	       is_listed(&m[RULE_MATCH_PROVIDER], t->provider ? t->provider->id : "") &&
	       is_listed(&m[RULE_MATCH_REGION], t->region) &&
	       is_listed(&m[RULE_MATCH_KIND], probe_kind_code(t->kind)) &&
	       has_labels(t, &m[RULE_MATCH_LABELS]);
}

static bool names_are_known(struct loader *l, const struct conf_value *v)
{
	const struct conf *c = l->conf;
	const char **names = arena_alloc(l->scratch, (c->n_targets + 1) * sizeof *names);
	bool all = true;
	for (size_t i = 0; i < c->n_targets; i++)
		names[i] = c->targets[i].name;
	for (size_t i = 0; i < v->n_items; i++) {
		const char *text = v->items[i].text, *near;
		bool known = !v->items[i].set;
		for (size_t k = 0; !known && k < c->n_targets; k++)
			known = !strcmp(names[k], text);
		if (known)
			continue;
		all = false;
		near = str_nearest(text, names, c->n_targets);
		conf_error(l, &v->items[i], "no target '%s'%s%s%s", text,
		    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	}
	return all;
}

static void read_match(struct loader *l, const struct conf_value *match, struct rule *r)
{
	const struct conf *c = l->conf;
	const struct conf_value *m = match->inside->v;
	const char **names;
	if (!match->node || !names_are_known(l, &m[RULE_MATCH_TARGET]))
		return;
	names = arena_alloc(l->arena, (c->n_targets + 1) * sizeof *names);
	for (size_t i = 0; i < c->n_targets; i++)
		if (is_meant(m, &c->targets[i]))
			names[r->n_targets++] = c->targets[i].name;
	r->targets = names;
	if (!r->n_targets && c->n_targets)
		conf_warn(l, match, "no target is like that: this rule judges nobody");
}

static void read_by(struct loader *l, const struct conf_value *by, struct rule *r)
{
	const char *alone;
	if (by->set)
		(void)rule_by_parse(by->text, &r->by);
	alone = r->by == BY_TARGET ? NULL : rule_not_by(r);
	if (alone)
		conf_error(l, by,
		    "%s looks at one target: leave `by` away, or count over a window",
		    alone);
}

/* --- a rule ------------------------------------------------------------------------- */

static void read_times(const struct conf_values *rv, struct rule *r)
{
	const struct conf_value *resolve = &rv->v[RULE_RESOLVE_FOR];
	r->for_ms = rv->v[RULE_FOR].n;
	if (resolve->set)
		r->resolve_for_ms = resolve->n;
	else
		r->resolve_for_ms =
		    r->for_ms > RESOLVE_AT_LEAST ? r->for_ms : RESOLVE_AT_LEAST;
}

static void read_rule(
    struct loader *l, const struct conf_values *rv, struct map *names, struct rule *r)
{
	const struct conf_value *name = &rv->v[RULE_NAME];
	*r = (struct rule){.name = "", .text = ""};
	if (name->set) {
		r->name = arena_strdup(l->arena, name->text);
		if (!strcmp(r->name, "auto"))
			conf_error(l, name,
			    "'auto' is the built-in detector's name: choose another");
		else
			(void)conf_name_is_new(l, names, name, r->name, "rules");
	}
	if (rv->v[RULE_WHEN].set)
		r->text = read_text(l, &rv->v[RULE_WHEN], rule_parse, r);
	r->resolve_text = read_text(l, &rv->v[RULE_RESOLVE], rule_parse_resolve, r);
	read_times(rv, r);
	r->severity = SEVERITY_MAJOR;
	if (rv->v[RULE_SEVERITY].set)
		(void)severity_parse(rv->v[RULE_SEVERITY].text, &r->severity);
	read_match(l, &rv->v[RULE_MATCH], r);
	read_by(l, &rv->v[RULE_BY], r);
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
