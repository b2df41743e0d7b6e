/* SPDX-License-Identifier: MIT
 *
 * `dimwatch deliveries`: which message went where and what became of it, from the
 * database alone; and a second try or an end for one of them, by asking the daemon.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/ask_daemon.h"
#include "agent/base/json.h"
#include "agent/cmd.h"
#include "agent/history.h"
#include "agent/json_print.h"
#include "agent/paint.h"
#include "storage/reader_outbox.h"

#define COLUMNS   9
#define TAIL      8 /* characters of an id that people see and type */
#define MAX_NAMED 20

struct listing {
	struct table *table;
	json_t *list, *channels;
	size_t n, dead, shut;
};

/* --- messages --------------------------------------------------------------------- */

static json_t *wall_json(struct wall t)
{
	char buf[32];
	return t.ms ? json_string(wall_rfc3339(t, buf, sizeof buf)) : json_null();
}

static json_t *delivery_json(const struct delivery *d, const char *short_id)
{
	bool tried = d->verdict != VERDICT_NONE;
	json_t *o = json_pack("{s:s, s:s, s:s, s:i, s:s, s:s, s:s}", "id", d->id.text,
	    "incident", d->incident.text, "short", short_id, "seq", (int)d->seq,
	    "channel", d->channel, "kind", message_kind_code(d->kind), "state",
	    delivery_state_code(d->state));
	(void)json_object_set_new(o, "created", wall_json(d->created));
	(void)json_object_set_new(o, "next_try",
	    d->state == DELIVERY_PENDING ? wall_json(d->not_before) : json_null());
	(void)json_object_set_new(o, "first_try", wall_json(d->first_try));
	(void)json_object_set_new(o, "sent", wall_json(d->sent));
	(void)json_object_set_new(o, "retried", wall_json(d->retried));
	(void)json_object_set_new(o, "attempts", json_integer(d->attempts));
	(void)json_object_set_new(o, "plain", json_boolean(d->plain));
	(void)json_object_set_new(
	    o, "verdict", tried ? json_string(verdict_code(d->verdict)) : json_null());
	(void)json_object_set_new(o, "last_error",
	    d->last_error[0] ? json_clean_string(span_of(d->last_error)) : json_null());
	return o;
}

static enum paint state_paint(enum delivery_state s)
{
	return s == DELIVERY_SENT      ? PAINT_GOOD
	       : s == DELIVERY_DEAD    ? PAINT_BAD
	       : s == DELIVERY_PENDING ? PAINT_WARN
				       : PAINT_DIM;
}

/* When it was sent; else when it is tried next. */
static const char *when_of(const struct delivery *d, char *buf, size_t size)
{
	if (d->state == DELIVERY_SENT)
		return history_local(d->sent, buf, size);
	if (d->state == DELIVERY_PENDING)
		return history_local(
		    d->not_before.ms ? d->not_before : d->created, buf, size);
	return "-";
}

static void add_row(struct listing *l, const struct delivery *d, const char *short_id)
{
	char created[40], when[40], tries[16];
	(void)snprintf(tries, sizeof tries, "%d", d->attempts);
	const enum paint paints[COLUMNS] = {
	    PAINT_BOLD, PAINT_PLAIN, PAINT_PLAIN, PAINT_PLAIN, state_paint(d->state)};
	const char *const cells[COLUMNS] = {d->id.text + ULID_LEN - TAIL,
	    *short_id ? short_id : "-", d->channel, message_kind_code(d->kind),
	    delivery_state_code(d->state), tries,
	    history_local(d->created, created, sizeof created),
	    when_of(d, when, sizeof when),
	    d->last_error[0]             ? d->last_error
	    : d->verdict == VERDICT_NONE ? ""
					 : verdict_code(d->verdict)};
	table_row(l->table, paints, cells);
}

static bool on_delivery(void *arg, const struct delivery *d, const char *short_id)
{
	struct listing *l = arg;
	l->n++;
	l->dead += d->state == DELIVERY_DEAD;
	if (l->list)
		(void)json_array_append_new(l->list, delivery_json(d, short_id));
	else
		add_row(l, d, short_id);
	return true;
}

/* --- channels that hold something up ---------------------------------------------- */

static bool on_channel(void *arg, const struct channel_status *c)
{
	struct listing *l = arg;
	char since[40], until[40];
	l->shut += c->state == CHANNEL_SHUT;
	if (l->channels) {
		json_t *o = json_pack("{s:s, s:s, s:o, s:o, s:o}", "channel", c->name,
		    "state", channel_state_code(c->state), "since", wall_json(c->since),
		    "until", wall_json(c->until), "words",
		    c->words[0] ? json_clean_string(span_of(c->words)) : json_null());
		(void)json_array_append_new(l->channels, o);
	} else if (c->state == CHANNEL_SHUT) {
		(void)printf("channel %s is shut since %s: %s\n  when it is mended: "
			     "dimwatch deliveries retry --channel %s\n",
		    c->name, history_local(c->since, since, sizeof since),
		    c->words[0] ? c->words : "it said no more", c->name);
	} else if (c->state == CHANNEL_PAUSED) {
		(void)printf("channel %s is paused until %s: %s\n", c->name,
		    history_local(c->until, until, sizeof until),
		    c->words[0] ? c->words : "it asked us to slow down");
	}
	return true;
}

/* --- list ------------------------------------------------------------------------- */

/* False: a word that is no state; said. */
static bool read_state(const struct cmd_args *a, int *ret)
{
	const char *names[DELIVERY_STATE_COUNT], *word = cmd_value(a, "state");
	*ret = READER_ANY_STATE;
	if (!word)
		return true;
	for (int s = 0; s < DELIVERY_STATE_COUNT; s++) {
		names[s] = delivery_state_code((enum delivery_state)s);
		if (!strcmp(names[s], word)) {
			*ret = s;
			return true;
		}
	}
	const char *near = str_nearest(word, names, DELIVERY_STATE_COUNT);
	(void)cmd_usage(a->cmd,
	    "'%s' is no state: pending, sent, dead, folded or muted%s%s%s", word,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	return false;
}

static bool print_all(struct reader *r, const struct reader_outbox_filter *f, bool json,
    struct listing *l, struct err *e)
{
	static const char *const heads[COLUMNS] = {"ID", "INCIDENT", "CHANNEL", "KIND",
	    "STATE", "TRIES", "CREATED", "SENT/NEXT", "ANSWER"};
	static const enum paint dim[COLUMNS] = {PAINT_DIM, PAINT_DIM, PAINT_DIM,
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	l->list = json ? json_array() : NULL;
	l->channels = json ? json_array() : NULL;
	l->table = table_new(COLUMNS);
	table_row(l->table, dim, heads);
	table_max(l->table, COLUMNS - 1, 80);
	bool good = reader_outbox(r, f, on_delivery, l, e);
	if (good && !json && l->n)
		table_print(l->table, stdout);
	else if (good && !json)
		(void)puts("no messages");
	good = good && reader_channels(r, on_channel, l, e);
	if (good && json)
		json_print(json_pack(
		    "{s:O, s:O}", "deliveries", l->list, "channels", l->channels));
	table_free(l->table);
	json_decref(l->list);
	json_decref(l->channels);
	return good;
}

static int list(const struct cmd_args *a)
{
	struct reader_outbox_filter f = {
	    .incident = cmd_value(a, "incident"), .channel = cmd_value(a, "channel")};
	struct listing l = {0};
	struct err e = {0};
	char *path = NULL;
	int64_t back = 0;
	const char *since = cmd_value(a, "since");
	if (since && !duration_parse(since, &back))
		return cmd_usage(a->cmd, "--since takes a duration such as 24h or 7d");
	if (!read_state(a, &f.state))
		return EXIT_USAGE;
	if (since)
		f.since = wall_add_ms(history_now(), -back);
	int code = history_path(a, &path);
	if (code >= 0)
		return code;
	struct reader *r = reader_open(path, HISTORY_BUDGET_MS, &e);
	bool good = r && print_all(r, &f, cmd_flag(a, "json"), &l, &e);
	if (!good)
		(void)fprintf(stderr, "dimwatch deliveries: %s\n", e.msg);
	reader_close(r);
	free(path);
	if (!good)
		return EXIT_CANNOT;
	return l.dead || l.shut ? EXIT_BAD_NEWS : EXIT_GOOD;
}

/* --- retry and drop --------------------------------------------------------------- */

static int order(const struct cmd_args *a, const char *verb)
{
	const char *channel = cmd_value(a, "channel");
	json_t *args = json_object(), *ids = json_array();
	for (int i = 1; i < a->argc; i++)
		(void)json_array_append_new(ids, json_clean_string(span_of(a->argv[i])));
	(void)json_object_set_new(args, "ids", ids);
	if (channel)
		(void)json_object_set_new(
		    args, "channel", json_clean_string(span_of(channel)));
	return ask_daemon(a, verb, args);
}

static int retry(const struct cmd_args *a)
{
	bool named = a->argc > 1, channel = cmd_value(a, "channel") != NULL;
	if (named == channel)
		return cmd_usage(
		    a->cmd, "retry which? Name messages by id, or one --channel");
	if (a->argc - 1 > MAX_NAMED)
		return cmd_usage(a->cmd, "%d at a time, no more", MAX_NAMED);
	return order(a, "deliveries retry");
}

static int drop(const struct cmd_args *a)
{
	if (a->argc < 2 || cmd_value(a, "channel"))
		return cmd_usage(a->cmd, "drop which? Name messages by id");
	if (a->argc - 1 > MAX_NAMED)
		return cmd_usage(a->cmd, "%d at a time, no more", MAX_NAMED);
	return order(a, "deliveries drop");
}

static int run(const struct cmd_args *a)
{
	if (!a->argc)
		return list(a);
	if (!strcmp(a->argv[0], "retry"))
		return retry(a);
	if (!strcmp(a->argv[0], "drop"))
		return drop(a);
	return cmd_usage(a->cmd, "`retry`, `drop` or nothing, not '%s'", a->argv[0]);
}

static const struct cmd_option options[] = {
    {"incident",					     'i', "ID", "about this incident"},
    {"channel",						  0, "NAME", "to this channel; retry: everything that waits there"},
    {"state",						      0, "STATE", "pending, sent, dead, folded or muted"},
    {"since",    's', "DURATION", "owed within, such as 24h or 7d"},
    {"config", 'c', "FILE", "the config that names the database"},
    {"database",						'd', "FILE", "the database itself"},
    {"json",					       0, NULL, "as JSON"},
    {0						     },
};

const struct cmd cmd_deliveries = {
    .name = "deliveries",
    .summary = "which message went where; retry or drop one",
    .positional = "[retry [ID...] | drop ID...]",
    .about =
	"Without a word: the newest 50 messages, what became of each and what the far\n"
	"side answered, and channels that are shut or paused. From the database alone.\n"
	"`retry` tries messages again at once, also one that was given up, or everything\n"
	"that waits at one --channel: after a cure it opens a shut one again. `drop` gives\n"
	"messages up that wait. Both ask the running dimwatch. An id is what the list\n"
	"shows, or the whole of it (--json).\n"
	"Exit: 0 good, 1 a listed message is dead, a channel is shut, an order was refused\n"
	"or is not answered yet; 2 usage or unknown id, 3 cannot work.",
    .example = "  dimwatch deliveries --incident 7Q2A\n"
	       "  dimwatch deliveries retry --channel oncall\n"
	       "  dimwatch deliveries drop 9K3M41QZ",
    .options = options,
    .run = run,
};
