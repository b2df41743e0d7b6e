/* SPDX-License-Identifier: MIT
 *
 * Channels, also in their short form `alerts`. Who hears of what is in conf_routes.c.
 */
#include <stdio.h>
#include <string.h>

#include "agent/conf_loader.h"

struct channel_reader {
	struct loader *l;
	const struct conf_values *defaults;
	struct map *names;
	bool short_form; /* alerts: names may be left out */
	enum language language;
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
	    {CHANNEL_TOKEN,           TAKES_TOKEN,           "is for `ntfy` and `alertmanager`"      },
	    {CHANNEL_KEYWORD,         TAKES_KEYWORD,         "is for `feishu`, `lark` and `dingtalk`"},
	    {CHANNEL_CHAT,            TAKES_CHAT,            "is for `telegram` and `slack_app`"     },
	    {CHANNEL_BASE_URL,        TAKES_BASE_URL,
             "is for `telegram`, `slack_app` and `pagerduty`"                                        },
	    {CHANNEL_FROM,            TAKES_MAIL,            "is for `email`"                        },
	    {CHANNEL_TO,              TAKES_MAIL,            "is for `email`"                        },
	    {CHANNEL_RESEND,          TAKES_RESEND,          "is for `alertmanager`"                 },
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
	if ((!c->url && !c->argv) || !c->kind->check || c->kind->check(c, &e))
		return;
	if (span_has_prefix(span_of(e.msg), "previous_secret"))
		at = &cv->v[CHANNEL_PREVIOUS_SECRET];
	else if (span_has_prefix(span_of(e.msg), "from is no "))
		at = &cv->v[CHANNEL_FROM];
	else if (span_has_prefix(span_of(e.msg), "to is no "))
		at = &cv->v[CHANNEL_TO];
	else if (span_has_prefix(span_of(e.msg), "secret "))
		at = &cv->v[CHANNEL_SECRET];
	conf_error(r->l, at->node ? at : url, "%s", e.msg);
}

/* What was not said, or not understood, is told as the rest is. */
static enum language read_language(
    const struct channel_reader *r, const struct conf_value *v)
{
	enum language found = r->language;
	if (v->set && v->text)
		(void)language_find(v->text, &found);
	return found;
}

/* NULL when it was not said. */
static const char *kept_text(struct channel_reader *r, const struct conf_value *v)
{
	return v->set && v->text ? arena_strdup(r->l->arena, v->text) : NULL;
}

/* The words of a program; NULL: another kind. */
static const char *const *read_argv(struct channel_reader *r, const struct conf_value *v)
{
	const char **argv = NULL;
	if (v->items) {
		argv = arena_alloc(r->l->arena, (v->n_items + 1) * sizeof *argv);
		for (size_t i = 0; i < v->n_items; i++)
			argv[i] = v->items[i].set
				      ? arena_strdup(r->l->arena, v->items[i].text)
				      : "";
		argv[v->n_items] = NULL;
	}
	return argv;
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
	    .mail_from = kept_text(r, &cv->v[CHANNEL_FROM]),
	    .mail_to = kept_text(r, &cv->v[CHANNEL_TO]),
	    .argv = read_argv(r, &cv->v[CHANNEL_EXEC]),
	    .resend_ms = cv->v[CHANNEL_RESEND].set ? cv->v[CHANNEL_RESEND].n : 0,
	    .allow_plain_http = cv->v[CHANNEL_ALLOW_PLAIN_HTTP].n != 0,
	    .language = read_language(r, &cv->v[CHANNEL_LANGUAGE]),
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
	r.language = read_language(&r, &top->v[TOP_LANGUAGE]);
	struct channel_conf *channels =
	    arena_alloc(l->arena, (list->n_items + 1) * sizeof *channels);
	for (size_t i = 0; i < list->n_items; i++)
		if (list->items[i].inside->node)
			read_channel(
			    &r, list->items[i].inside, channels, &l->conf->n_channels);
	l->conf->channels = channels;
	map_free(r.names);
}
