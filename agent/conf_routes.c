/* SPDX-License-Identifier: MIT
 *
 * Routes: which incidents go to which channels, and what the routes leave out.
 */
#include <stdio.h>
#include <string.h>

#include "agent/conf_loader.h"

static bool has_channel(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_channels; i++)
		if (!strcmp(c->channels[i].name, name))
			return true;
	return false;
}

static void unknown_channel(struct loader *l, const struct conf_value *v)
{
	const struct conf *c = l->conf;
	const char **names = arena_alloc(l->scratch, (c->n_channels + 1) * sizeof *names);
	for (size_t i = 0; i < c->n_channels; i++)
		names[i] = c->channels[i].name;
	const char *near = str_nearest(v->text, names, c->n_channels);
	struct str known;
	str_init(&known, 500);
	conf_list_words(&known, names, c->n_channels);
	if (near)
		conf_error(l, v, "no channel '%s' (did you mean '%s'?)", v->text, near);
	else if (c->n_channels)
		conf_error(l, v, "no channel '%s': there %s %s", v->text,
		    c->n_channels == 1 ? "is" : "are", str_c(&known));
	else
		conf_error(l, v, "no channel '%s': add it to `channels:`", v->text);
	str_fini(&known);
}

static const char *const *read_to(
    struct loader *l, const struct conf_value *v, size_t *ret_n)
{
	const char **to = arena_alloc(l->arena, (v->n_items + 1) * sizeof *to);
	for (size_t i = 0; i < v->n_items; i++) {
		const struct conf_value *item = &v->items[i];
		bool twice = false;
		if (!item->set)
			continue;
		for (size_t k = 0; k < *ret_n; k++)
			twice |= !strcmp(to[k], item->text);
		if (twice)
			conf_error(
			    l, item, "'%s' stands here twice: remove one", item->text);
		else if (!has_channel(l->conf, item->text))
			unknown_channel(l, item);
		else
			to[(*ret_n)++] = arena_strdup(l->arena, item->text);
	}
	return to;
}

static void read_escalate(struct loader *l, const struct conf_value *v, struct route *r)
{
	if (!v->node || !v->inside)
		return;
	r->escalate_after_ms = v->inside->v[ESCALATE_AFTER].n;
	r->escalate_to = read_to(l, &v->inside->v[ESCALATE_TO], &r->n_escalate_to);
}

static void read_group(const struct conf_value *v, struct route_group *ret)
{
	static const struct {
		const char *word;
		enum group_by by;
	} words[] = {
	    {"provider", GROUP_PROVIDER},
            {"class",    GROUP_CLASS   },
            {"all",      GROUP_ALL     }
        };
	const struct conf_value *by;
	if (!v->node || !v->inside)
		return;
	by = &v->inside->v[GROUP_BY];
	for (size_t i = 0; by->set && i < sizeof words / sizeof *words; i++)
		if (!strcmp(by->text, words[i].word))
			ret->by = words[i].by;
	ret->wait_ms = v->inside->v[GROUP_WAIT].n;
	ret->critical = v->inside->v[GROUP_CRITICAL].n;
}

/* NULL: any. */
static const char *const *read_names(
    struct loader *l, const struct conf_value *v, size_t *ret_n)
{
	const char **names = NULL;
	*ret_n = 0;
	if (!v->node)
		return NULL;
	names = arena_alloc(l->arena, (v->n_items + 1) * sizeof *names);
	for (size_t i = 0; i < v->n_items; i++)
		if (v->items[i].set)
			names[(*ret_n)++] = arena_strdup(l->arena, v->items[i].text);
	return names;
}

static bool has_label(const struct target *t, const char *name, const char *value)
{
	for (size_t i = 0; i < t->n_labels; i++)
		if (!strcmp(t->labels[i].name, name) &&
		    !strcmp(t->labels[i].value, value))
			return true;
	return false;
}

static bool has_labels(const struct target *t, const struct conf_value *v)
{
	for (size_t i = 0; i < v->n_items; i++)
		if (v->items[i].set &&
		    !has_label(t, v->items[i].node->key, v->items[i].text))
			return false;
	return true;
}

static bool is_named(const struct conf_value *v, const char *name)
{
	for (size_t i = 0; i < v->n_items; i++)
		if (v->items[i].set && !strcmp(v->items[i].text, name))
			return true;
	return false;
}

/* Which targets it is about, by name and by label: a list of names in the end. */
static void read_match_targets(struct loader *l, const struct conf_value *names,
    const struct conf_value *labels, struct route *r)
{
	const struct conf *c = l->conf;
	const char **targets =
	    arena_alloc(l->arena, (c->n_targets + 1) * sizeof *targets);
	if (!names->node && !labels->node)
		return;
	for (size_t i = 0; i < c->n_targets; i++)
		if ((!names->node || is_named(names, c->targets[i].name)) &&
		    has_labels(&c->targets[i], labels))
			targets[r->n_targets++] = c->targets[i].name;
	r->targets = targets;
	if (!r->n_targets)
		conf_warn(l, names->node ? names : labels,
		    "no target is like that: this route would never match");
}

bool conf_targets_are_known(struct loader *l, const struct conf_value *v)
{
	const struct conf *c = l->conf;
	const char **names = arena_alloc(l->scratch, (c->n_targets + 1) * sizeof *names);
	bool all = true;
	for (size_t i = 0; i < c->n_targets; i++)
		names[i] = c->targets[i].name;
	for (size_t i = 0; i < v->n_items; i++) {
		const char *near = NULL, *text = v->items[i].text;
		bool known = !v->items[i].set;
		for (size_t k = 0; !known && k < c->n_targets; k++)
			known = !strcmp(names[k], text);
		if (known)
			continue;
		all = false;
		near = str_nearest(text, names, c->n_targets);
		if (near)
			conf_error(l, &v->items[i], "no target '%s' (did you mean '%s'?)",
			    text, near);
		else
			conf_error(l, &v->items[i], "no target '%s'", text);
	}
	return all;
}

static void warn_of_strangers(struct loader *l, const struct conf_value *v)
{
	const struct conf *c = l->conf;
	for (size_t i = 0; i < v->n_items; i++) {
		bool known = !v->items[i].set;
		for (size_t k = 0; !known && k < c->n_targets; k++)
			known = c->targets[k].provider &&
				!strcmp(c->targets[k].provider->id, v->items[i].text);
		if (!known)
			conf_warn(l, &v->items[i], "no target is asked at '%s'",
			    v->items[i].text);
	}
}

static void read_match(struct loader *l, const struct conf_values *rv, struct route *r)
{
	const struct conf_value *m = rv->v[ROUTE_MATCH].inside->v;
	const struct conf_value *v = &m[MATCH_SEVERITY];
	for (size_t i = 0; i < v->n_items; i++) {
		enum severity s;
		if (v->items[i].set && severity_parse(v->items[i].text, &s))
			r->severities |= 1u << s;
	}
	v = &m[MATCH_CLASS];
	for (size_t i = 0; i < v->n_items; i++)
		for (int c = 0; v->items[i].set && c < CLASS_COUNT; c++)
			if (!strcmp(v->items[i].text,
				incident_class_code((enum incident_class)c)))
				r->classes |= 1u << c;
	r->providers = read_names(l, &m[MATCH_PROVIDER], &r->n_providers);
	r->regions = read_names(l, &m[MATCH_REGION], &r->n_regions);
	warn_of_strangers(l, &m[MATCH_PROVIDER]);
	if (conf_targets_are_known(l, &m[MATCH_TARGET]))
		read_match_targets(l, &m[MATCH_TARGET], &m[MATCH_LABELS], r);
}

/* alerts: everything to everybody. */
static void make_catch_all(struct loader *l)
{
	struct conf *c = l->conf;
	struct route *r = arena_alloc(l->arena, sizeof *r);
	const char **to = arena_alloc(l->arena, (c->n_channels + 1) * sizeof *to);
	for (size_t i = 0; i < c->n_channels; i++)
		to[i] = c->channels[i].name;
	r->to = to;
	r->n_to = c->n_channels;
	c->routes = r;
	c->n_routes = c->n_channels ? 1 : 0;
}

static bool is_among(const char *const *names, size_t n, const char *name)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(names[i], name))
			return true;
	return false;
}

static bool leads_to(const struct route *r, const char *channel)
{
	return is_among(r->to, r->n_to, channel) ||
	       is_among(r->escalate_to, r->n_escalate_to, channel);
}

/* What the routes leave out: severities that nobody hears of, channels that hear of
 * nothing, routes that nothing reaches. */
static void warn_about_silence(struct loader *l, const struct conf_values *top)
{
	const struct conf *c = l->conf;
	uint32_t told = 0, all = 1u << SEVERITY_MINOR | 1u << SEVERITY_MAJOR |
				 1u << SEVERITY_CRITICAL;
	const struct conf_value *list = &top->v[TOP_ROUTES];
	for (size_t i = 0; i < c->n_routes; i++) {
		const struct route *r = &c->routes[i];
		uint32_t mine = r->severities ? r->severities : all;
		bool some = r->classes || r->providers || r->regions || r->targets;
		if (!(mine & ~told) && i < list->n_items)
			conf_warn(l, &list->items[i],
			    "never reached: the routes above take everything it matches");
		if (!some) /* it takes everything of these severities */
			told |= mine;
	}
	for (int s = SEVERITY_MINOR; s < SEVERITY_COUNT; s++)
		if (!(told & 1u << s))
			conf_warn(l, list,
			    "nobody would be told of %s incidents: add a last route `- to: "
			    "[...]` without `match`",
			    severity_code((enum severity)s));
	for (size_t i = 0; i < c->n_channels; i++) {
		bool used = false;
		for (size_t k = 0; k < c->n_routes; k++)
			used |= leads_to(&c->routes[k], c->channels[i].name);
		if (!used)
			conf_warn(l, &top->v[TOP_CHANNELS].items[i],
			    "no route leads to '%s': it would hear of nothing",
			    c->channels[i].name);
	}
}

static void read_route_list(struct loader *l, const struct conf_value *list)
{
	struct route *routes =
	    arena_alloc(l->arena, (list->n_items + 1) * sizeof *routes);
	for (size_t i = 0; i < list->n_items; i++) {
		const struct conf_values *rv = list->items[i].inside;
		if (!rv->node)
			continue;
		struct route *r = &routes[l->conf->n_routes++];
		r->line = rv->node->line;
		r->column = rv->node->column;
		read_match(l, rv, r);
		r->to = read_to(l, &rv->v[ROUTE_TO], &r->n_to);
		read_escalate(l, &rv->v[ROUTE_ESCALATE], r);
		conf_read_quiet(l, &rv->v[ROUTE_QUIET], &r->quiet);
		read_group(&rv->v[ROUTE_GROUP], &r->group);
		if (!rv->v[ROUTE_REPEAT].none)
			r->repeat_ms = rv->v[ROUTE_REPEAT].n;
	}
	l->conf->routes = routes;
}

/* At the keys, not at their lists: one of them is to go. */
static void refuse_both_forms(struct loader *l, const struct conf_values *top)
{
	static const enum conf_top long_form[] = {TOP_CHANNELS, TOP_ROUTES};
	for (size_t i = 0; i < sizeof long_form / sizeof *long_form; i++) {
		struct conf_value v = top->v[long_form[i]];
		struct yaml_node at;
		if (!v.node)
			continue;
		at = *v.node;
		at.line = at.key_line;
		at.column = at.key_column;
		v.node = &at;
		conf_error(l, &v,
		    "`alerts` is the short form of `channels` and `routes`: keep one of the "
		    "two forms");
	}
}

void conf_read_routes(struct loader *l, const struct conf_values *top)
{
	struct conf *c = l->conf;
	if (top->v[TOP_ALERTS].node) {
		refuse_both_forms(l, top);
		make_catch_all(l);
	} else {
		read_route_list(l, &top->v[TOP_ROUTES]);
	}
	if (l->problems->errors)
		return; /* what is told to whom is not known yet */
	if (!c->n_channels)
		conf_warn_block(l, top, "alerts",
		    "nobody would be told: add `alerts:` with `- slack: "
		    "${SLACK_WEBHOOK_URL}`");
	else if (!c->n_routes)
		conf_warn(l, &top->v[TOP_CHANNELS],
		    "nobody would be told: add `routes:` with `- to: [%s]`",
		    c->channels[0].name);
	else if (!top->v[TOP_ALERTS].node)
		warn_about_silence(l, top);
}
