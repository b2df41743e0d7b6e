/* SPDX-License-Identifier: MIT
 *
 * Channels and routes, and `alerts`, the short form of both.
 */
#include <stdio.h>
#include <string.h>

#include "agent/conf_loader.h"

struct channel_reader {
	struct loader *l;
	const struct conf_values *defaults;
	struct map *names;
	bool short_form; /* alerts: names may be left out */
};

/* --- names ------------------------------------------------------------------------ */

/* slack, slack-2, slack-3 ... */
static const char *default_name(const struct channel_reader *r, const char *kind)
{
	const char *name = arena_strdup(r->l->arena, kind);
	for (int i = 2; map_find(r->names, name); i++)
		name = arena_printf(r->l->arena, "%s-%d", kind, i);
	return name;
}

static const char *read_name(
    struct channel_reader *r, const struct conf_values *cv, const struct conf_value *kind)
{
	const struct conf_value *v = &cv->v[CHANNEL_NAME];
	const char *name = "";
	if (v->set) {
		name = arena_strdup(r->l->arena, v->text);
		(void)conf_name_is_new(r->l, r->names, v, name, "channels");
	} else if (r->short_form) {
		name = default_name(r, kind->node->key);
		(void)conf_name_is_new(r->l, r->names, kind, name, "channels");
	} else if (!v->node) {
		conf_error_block(
		    r->l, cv, "name", "is missing: routes refer to it, add `name: ...`");
	}
	return name;
}

/* --- one channel ------------------------------------------------------------------ */

/* The one row that says what kind it is; NULL: reported. */
static const struct conf_value *find_kind(
    struct channel_reader *r, const struct conf_values *cv)
{
	const struct conf_value *found = NULL;
	for (int i = CHANNEL_SLACK; i < CHANNEL_SECRET; i++) {
		const struct conf_value *v = &cv->v[i];
		if (v->node && found) {
			conf_error(r->l, v,
			    "one channel is one kind: make this an entry of its own");
			return NULL;
		}
		if (v->node)
			found = v;
	}
	if (found)
		return found;
	/* A kind of a later version was complained about already. */
	for (const struct yaml_node *kid = cv->node->kids; kid; kid = kid->next)
		if (conf_is_later(cv->block, kid->key))
			return NULL;
	conf_error_block(r->l, cv, NULL,
	    "leads nowhere: add `slack: ...`, `webhook: ...` or another kind");
	return NULL;
}

/* Keys beside the URL that this kind does not understand. */
static void check_keys(struct channel_reader *r, const struct conf_values *cv,
    const struct channel_kind *kind)
{
	static const struct {
		enum conf_channel_key key;
		unsigned takes;
		const char *words;
	} rows[] = {
	    {CHANNEL_SECRET,          TAKES_SECRET,
             "signs messages of `webhook`, `feishu`, `lark` and `dingtalk`"                          },
	    {CHANNEL_PREVIOUS_SECRET, TAKES_PREVIOUS_SECRET,
             "signs messages of `webhook`"							   },
	    {CHANNEL_TOKEN,           TAKES_TOKEN,           "is for `ntfy`"                         },
	    {CHANNEL_KEYWORD,         TAKES_KEYWORD,         "is for `feishu`, `lark` and `dingtalk`"},
	    {CHANNEL_CHAT,            TAKES_CHAT,            "is for `telegram`"                     },
	    {CHANNEL_BASE_URL,        TAKES_BASE_URL,        "is for `telegram` and `pagerduty`"     },
	};

	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		if (cv->v[rows[i].key].node && !(kind->takes & rows[i].takes))
			conf_error(r->l, &cv->v[rows[i].key],
			    "%s; %s has none: remove the line", rows[i].words,
			    kind->name);
}

/* Problems of the secrets are shown at their own lines. */
static void check_channel(struct channel_reader *r, const struct conf_values *cv,
    const struct conf_value *url, const struct channel_conf *c)
{
	struct err e = {0};
	const struct conf_value *at = url;
	if (!c->url || !c->kind->check || c->kind->check(c, &e))
		return;
	if (span_has_prefix(span_of(e.msg), "previous_secret"))
		at = &cv->v[CHANNEL_PREVIOUS_SECRET];
	else if (span_has_prefix(span_of(e.msg), "secret "))
		at = &cv->v[CHANNEL_SECRET];
	conf_error(r->l, at->node ? at : url, "%s", e.msg);
}

/* NULL when it was not said. */
static const char *kept_text(struct channel_reader *r, const struct conf_value *v)
{
	return v->set && v->text ? arena_strdup(r->l->arena, v->text) : NULL;
}

static void read_channel(struct channel_reader *r, const struct conf_values *cv,
    struct channel_conf *channels, size_t *n)
{
	const struct conf_value *kind = find_kind(r, cv);
	const struct conf_value *proxy = &cv->v[CHANNEL_PROXY];
	if (!kind) {
		/* Reported; its name still stands, or routes would be blamed too. */
		channels[*n].name =
		    cv->v[CHANNEL_NAME].set
			? arena_strdup(r->l->arena, cv->v[CHANNEL_NAME].text)
			: "";
		(*n)++;
		return;
	}
	if (!proxy->node)
		proxy = &r->defaults->v[TARGET_PROXY];
	struct channel_conf c = {
	    .kind = channel_find(kind->node->key),
	    .url = kind->secret,
	    .url_ref = kind->ref,
	    .secret = cv->v[CHANNEL_SECRET].secret,
	    .previous_secret = cv->v[CHANNEL_PREVIOUS_SECRET].secret,
	    .token = cv->v[CHANNEL_TOKEN].secret,
	    .keyword = kept_text(r, &cv->v[CHANNEL_KEYWORD]),
	    .chat = kept_text(r, &cv->v[CHANNEL_CHAT]),
	    .base_url = kept_text(r, &cv->v[CHANNEL_BASE_URL]),
	    .proxy = proxy->none ? NULL : proxy->secret,
	    .allow_plain_http = cv->v[CHANNEL_ALLOW_PLAIN_HTTP].n != 0,
	    .line = cv->node->line,
	    .column = cv->node->column,
	};
	c.name = read_name(r, cv, kind);
	check_keys(r, cv, c.kind);
	if (cv->v[CHANNEL_PREVIOUS_SECRET].node && !cv->v[CHANNEL_SECRET].node)
		conf_error(r->l, &cv->v[CHANNEL_PREVIOUS_SECRET],
		    "needs `secret` beside it: it signs too, not alone");
	check_channel(r, cv, kind, &c);
	channels[(*n)++] = c;
}

void conf_read_channels(struct loader *l, const struct conf_values *top)
{
	bool short_form = top->v[TOP_ALERTS].node != NULL;
	const struct conf_value *list = &top->v[short_form ? TOP_ALERTS : TOP_CHANNELS];
	struct channel_reader r = {.l = l,
	    .defaults = top->v[TOP_DEFAULTS].inside,
	    .names = map_new(),
	    .short_form = short_form};
	struct channel_conf *channels =
	    arena_alloc(l->arena, (list->n_items + 1) * sizeof *channels);
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].inside->node)
			read_channel(
			    &r, list->items[i].inside, channels, &l->conf->n_channels);
	l->conf->channels = channels;
	map_free(r.names);
}

/* --- routes ----------------------------------------------------------------------- */

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

static void read_to(struct loader *l, const struct conf_value *v, struct route *r)
{
	const char **to = arena_alloc(l->arena, (v->n_items + 1) * sizeof *to);
	for (size_t i = 0; i < v->n_items; i++) {
		const struct conf_value *item = &v->items[i];
		bool twice = false;
		if (!item->set)
			continue;
		for (size_t k = 0; k < r->n_to; k++)
			twice |= !strcmp(to[k], item->text);
		if (twice)
			conf_error(
			    l, item, "'%s' stands here twice: remove one", item->text);
		else if (!has_channel(l->conf, item->text))
			unknown_channel(l, item);
		else
			to[r->n_to++] = arena_strdup(l->arena, item->text);
	}
	r->to = to;
}

static void read_match(const struct conf_values *rv, struct route *r)
{
	const struct conf_value *v = &rv->v[ROUTE_MATCH].inside->v[MATCH_SEVERITY];
	for (size_t i = 0; i < v->n_items; i++) {
		enum severity s;
		if (v->items[i].set && severity_parse(v->items[i].text, &s))
			r->severities |= 1u << s;
	}
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
		if (!(mine & ~told) && i < list->n_items)
			conf_warn(l, &list->items[i],
			    "never reached: the routes above take everything it matches");
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
			for (size_t t = 0; t < c->routes[k].n_to; t++)
				used |= !strcmp(c->routes[k].to[t], c->channels[i].name);
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
		read_match(rv, r);
		read_to(l, &rv->v[ROUTE_TO], r);
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
