/* SPDX-License-Identifier: MIT
 *
 * `dimwatch silence`: makes, lists and ends them. The list is read from the database,
 * whether the daemon runs or not.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/ask_daemon.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/base/tick.h"
#include "agent/hands.h"
#include "agent/history.h"
#include "agent/json_print.h"
#include "agent/paint.h"
#include "storage/hands_rows.h"
#include "storage/reader.h"

/* --- the list --------------------------------------------------------------------- */

struct listing {
	struct table *table; /* or */
	json_t *list;
	struct wall now;
	size_t n;
};

static json_t *wall_json(struct wall t)
{
	char buf[32];
	return json_string(wall_rfc3339(t, buf, sizeof buf));
}

static void add_json(struct listing *l, const struct silence *s)
{
	json_t *labels = *s->labels ? json_parse(span_of(s->labels), NULL) : NULL;
	(void)json_array_append_new(l->list,
	    json_pack("{s:I, s:o, s:o, s:o, s:o, s:o, s:o}", "id", (json_int_t)s->id,
		"subject",
		*s->subject ? json_clean_string(span_of(s->subject)) : json_null(),
		"labels", labels ? labels : json_null(), "began", wall_json(s->began),
		"until", wall_json(s->until), "who", json_clean_string(span_of(s->who)),
		"note", json_clean_string(span_of(s->note))));
}

static void on_silence(void *arg, const struct silence *s)
{
	struct listing *l = arg;
	char id[24], until[40], left[40], what[SILENCE_WHAT_BYTES];
	if (s->ended.ms || s->until.ms <= l->now.ms)
		return;
	l->n++;
	if (l->list) {
		add_json(l, s);
		return;
	}
	(void)snprintf(id, sizeof id, "%lld", (long long)s->id);
	const enum paint paints[6] = {PAINT_BOLD};
	const char *const cells[6] = {id, silence_what(s, what, sizeof what),
	    wall_rfc3339(s->until, until, sizeof until),
	    duration_human(s->until.ms - l->now.ms, left, sizeof left), s->who, s->note};
	table_row(l->table, paints, cells);
}

static bool print_list(struct reader *r, bool json, struct err *e)
{
	static const char *const heads[6] = {
	    "ID", "WHAT", "UNTIL", "LEFT", "WHO", "NOTE"};
	const enum paint dim[6] = {
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	struct listing l = {.now = history_now()};
	l.list = json ? json_array() : NULL;
	l.table = table_new(6);
	table_row(l.table, dim, heads);
	bool good = silences_each(reader_db(r), l.now, on_silence, &l, e);
	if (good && json)
		json_print(json_incref(l.list));
	else if (good && l.n)
		table_print(l.table, stdout);
	else if (good)
		(void)puts("no silences");
	table_free(l.table);
	json_decref(l.list);
	return good;
}

static int list(const struct cmd_args *a)
{
	struct err e = {0};
	char *path = NULL;
	int code = history_path(a, &path);
	if (code >= 0)
		return code;
	struct reader *r = reader_open(path, HISTORY_BUDGET_MS, &e);
	bool good = r && print_list(r, cmd_flag(a, "json"), &e);
	if (!good)
		(void)fprintf(stderr, "dimwatch silence: %s\n", e.msg);
	reader_close(r);
	free(path);
	return good ? EXIT_GOOD : EXIT_CANNOT;
}

/* --- orders ----------------------------------------------------------------------- */

static int end(const struct cmd_args *a, const char *text)
{
	char *rest = NULL;
	errno = 0;
	long long id = strtoll(text, &rest, 10);
	if (errno || !*text || *rest || id < 1)
		return cmd_usage(
		    a->cmd, "--end takes the number of a silence (`silence --list`)");
	return ask_daemon(a, "silence --end", json_pack("{s:I}", "id", (json_int_t)id));
}

/* "tier=primary team=chat". NULL: a word without a name or a value. */
static json_t *labels_of(const struct cmd_args *a)
{
	json_t *labels = json_object();
	for (int i = 0; i < a->argc; i++) {
		char *eq = strchr(a->argv[i], '=');
		if (!eq || eq == a->argv[i] || !eq[1]) {
			json_decref(labels);
			return NULL;
		}
		*eq = '\0';
		(void)json_object_set_new(
		    labels, a->argv[i], json_clean_string(span_of(eq + 1)));
	}
	return labels;
}

static int make(const struct cmd_args *a)
{
	const char *lasts = cmd_value(a, "for"), *note = cmd_value(a, "note");
	int64_t ms = 0;
	if (!a->argc)
		return cmd_usage(
		    a->cmd, "name a target, a provider, an incident or labels");
	if (!lasts || !duration_parse(lasts, &ms))
		return cmd_usage(a->cmd, "--for takes a duration such as 2h or 30m");
	json_t *args = json_pack("{s:I}", "for_ms", (json_int_t)ms);
	if (a->argc == 1 && !strchr(a->argv[0], '=')) {
		(void)json_object_set_new(
		    args, "subject", json_clean_string(span_of(a->argv[0])));
	} else {
		json_t *labels = labels_of(a);
		if (!labels) {
			json_decref(args);
			return cmd_usage(
			    a->cmd, "one name, or labels: `tier=primary team=chat`");
		}
		(void)json_object_set_new(args, "labels", labels);
	}
	if (note)
		(void)json_object_set_new(args, "note", json_clean_string(span_of(note)));
	return ask_daemon(a, "silence", args);
}

static int run(const struct cmd_args *a)
{
	const char *ends = cmd_value(a, "end");
	bool lists = cmd_flag(a, "list");
	if ((ends || lists) && (a->argc || cmd_value(a, "for") || (ends && lists)))
		return cmd_usage(a->cmd, "make one, --list them or --end one");
	if (lists)
		return list(a);
	return ends ? end(a, ends) : make(a);
}

static const struct cmd_option options[] = {
    {"for",						     'f', "DURATION", "how long: between 1m and 30d"},
    {"note",					       'n', "TEXT", "why; stands in the thread and in the log of deliveries"},
    {"list",							 'l', NULL, "those that are not over"},
    {"end",        'e', "ID", "end one before its time"},
    {"json", 0, NULL, "the list as JSON"},
    {"config",						    'c', "FILE", "the config that names the database"},
    {"database",						     'd', "FILE", "the database itself"},
    {0							}
};

const struct cmd cmd_silence = {
    .name = "silence",
    .summary = "no messages about something for a while",
    .positional = "[WHAT | LABEL=VALUE...]",
    .about =
	"WHAT is a target, a provider, trouble of dimwatch itself (`channel NAME`, `disk`,\n"
	"`network`) or an open incident. Asking and judging go on, and the record and\n"
	"`status` show everything; only messages are kept back, but for the end of what\n"
	"was told before. An incident is silenced when all the targets that it affects\n"
	"are. One that is still open when the silence ends is told then, once.\n"
	"Exit: 0 done, 1 not answered yet, 2 usage or unknown name, 3 cannot work.",
    .example = "  dimwatch silence deepseek --for 2h --note 'they know'\n"
	       "  dimwatch silence tier=test --for 8h\n"
	       "  dimwatch silence --list\n"
	       "  dimwatch silence --end 3",
    .options = options,
    .run = run,
};
