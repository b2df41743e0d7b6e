/* SPDX-License-Identifier: MIT
 *
 * `dimwatch drill`: asks the running daemon to play an incident, and looks on in the
 * database until every channel has answered.
 */
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/ask_daemon.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/cmd.h"
#include "agent/drill.h"
#include "agent/history.h"
#include "agent/json_print.h"
#include "agent/paint.h"
#include "storage/reader_outbox.h"

#define STEP_MS 200
/* Three acts, and what is under way when the last one is over. */
#define WAIT_MS  (3 * DRILL_STEP_MS + 60 * MS_PER_S)
#define COLUMNS  6
#define MAX_ROWS 300

struct seen {
	struct incident in;
	struct delivery *all; /* owned; in order of creation */
	size_t n, waiting;
};

/* --- looking on ------------------------------------------------------------------- */

static bool on_delivery(void *arg, const struct delivery *d, const char *short_id)
{
	struct seen *s = arg;
	(void)short_id;
	s->all = xreallocarray(s->all, s->n + 1, sizeof *s->all);
	s->all[s->n++] = *d;
	s->waiting += d->state == DELIVERY_PENDING;
	return true;
}

static int by_creation(const void *a, const void *b)
{
	const struct delivery *x = a, *y = b;
	int channel = strcmp(x->channel, y->channel);
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return channel;
}

static bool look(struct reader *r, const char *id, struct seen *s, struct err *e)
{
	struct reader_outbox_filter f = {
	    .incident = id, .state = READER_ANY_STATE, .limit = MAX_ROWS};
	s->n = s->waiting = 0;
	if (!reader_incident(r, id, &s->in, e) ||
	    !reader_outbox(r, &f, on_delivery, s, e))
		return false;
	if (s->n)
		qsort(s->all, s->n, sizeof *s->all, by_creation);
	return true;
}

static bool watch(
    struct reader *r, const char *path, const char *id, struct seen *s, struct err *e)
{
	for (int64_t ms = 0; ms < WAIT_MS; ms += STEP_MS) {
		if (!look(r, id, s, e))
			return false;
		if (s->in.state == INCIDENT_CLOSED && !s->waiting)
			return true;
		if (!history_is_alive(path)) {
			(void)fputs("dimwatch drill: dimwatch has stopped meanwhile; its "
				    "next start ends the drill\n",
			    stderr);
			return true;
		}
		(void)poll(NULL, 0, STEP_MS);
	}
	return true;
}

/* --- saying ----------------------------------------------------------------------- */

/* All that was owed to it arrived, or was folded into what did. */
static bool took_it(const struct seen *s, const char *channel)
{
	bool sent = false;
	for (size_t i = 0; i < s->n; i++) {
		const struct delivery *d = &s->all[i];
		if (strcmp(d->channel, channel) != 0)
			continue;
		if (d->state != DELIVERY_SENT && d->state != DELIVERY_FOLDED)
			return false;
		sent |= d->state == DELIVERY_SENT;
	}
	return sent;
}

static bool all_took_it(const struct seen *s)
{
	for (size_t i = 0; i < s->n; i++)
		if (!took_it(s, s->all[i].channel))
			return false;
	return s->n > 0 && s->in.state == INCIDENT_CLOSED;
}

static const char *answer_of(const struct delivery *d)
{
	return d->last_error[0]             ? d->last_error
	       : d->verdict == VERDICT_NONE ? "not tried"
					    : verdict_code(d->verdict);
}

static void print_table(const struct seen *s)
{
	static const char *const heads[COLUMNS] = {
	    "CHANNEL", "MESSAGE", "STATE", "TRIES", "AFTER", "ANSWER"};
	static const enum paint dim[COLUMNS] = {
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	struct table *t = table_new(COLUMNS);
	table_row(t, dim, heads);
	for (size_t i = 0; i < s->n; i++) {
		const struct delivery *d = &s->all[i];
		char tries[16], after[40] = "-";
		bool good = d->state == DELIVERY_SENT || d->state == DELIVERY_FOLDED;
		const enum paint paints[COLUMNS] = {
		    PAINT_BOLD, PAINT_PLAIN, good ? PAINT_GOOD : PAINT_BAD};
		(void)snprintf(tries, sizeof tries, "%d", d->attempts);
		if (d->sent.ms)
			(void)duration_human(
			    wall_diff_ms(d->sent, d->created), after, sizeof after);
		table_row(t, paints,
		    (const char *const[]){d->channel, message_kind_code(d->kind),
			delivery_state_code(d->state), tries, after, answer_of(d)});
	}
	table_print(t, stdout);
	table_free(t);
}

static void print_json(const struct seen *s)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->n; i++) {
		const struct delivery *d = &s->all[i];
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s, s:s, s:s, s:i, s:o, s:o}", "id", d->id.text,
			"channel", d->channel, "kind", message_kind_code(d->kind),
			"state", delivery_state_code(d->state), "attempts", d->attempts,
			"ms",
			d->sent.ms ? json_integer(wall_diff_ms(d->sent, d->created))
				   : json_null(),
			"answer", json_clean_string(span_of(answer_of(d)))));
	}
	json_print(json_pack("{s:s, s:s, s:b, s:b, s:o}", "incident", s->in.id.text,
	    "short", s->in.short_id, "over", s->in.state == INCIDENT_CLOSED, "told",
	    all_took_it(s), "deliveries", list));
}

static void print_all(const struct seen *s, bool json)
{
	if (json) {
		print_json(s);
		return;
	}
	(void)printf("drill #%s: opened, %sresolved\n", s->in.short_id,
	    s->in.seq > 2 ? "changed, " : "");
	if (s->n)
		print_table(s);
	else
		(void)puts("no route takes it to anybody: nobody would be told");
	if (s->in.state == INCIDENT_OPEN)
		(void)puts("it is not over yet; `deliveries` shows how it goes on");
}

/* --- the command ------------------------------------------------------------------ */

static int play(const struct cmd_args *a, const char *path)
{
	static const char *const names[] = {"channel", "severity"};
	struct order_answer answer;
	struct seen s = {0};
	struct err e = {0};
	json_t *args = json_object();
	(void)json_object_set_new(args, "target", json_clean_string(span_of(a->argv[0])));
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		if (cmd_value(a, names[i]))
			(void)json_object_set_new(args, names[i],
			    json_clean_string(span_of(cmd_value(a, names[i]))));
	int code = ask_daemon_for(a, "drill", args, &answer);
	if (code != EXIT_GOOD)
		return code;
	struct reader *r = reader_open(path, HISTORY_BUDGET_MS, &e);
	if (r && watch(r, path, answer.text, &s, &e)) {
		print_all(&s, cmd_flag(a, "json"));
		code = all_took_it(&s) ? EXIT_GOOD : EXIT_BAD_NEWS;
	} else {
		(void)fprintf(stderr, "dimwatch drill: %s\n", e.msg);
		code = EXIT_CANNOT;
	}
	reader_close(r);
	free(s.all);
	return code;
}

static int run(const struct cmd_args *a)
{
	char *path = NULL;
	if (a->argc != 1)
		return cmd_usage(a->cmd, "name one target");
	int code = history_path(a, &path);
	if (code < 0)
		code = play(a, path);
	free(path);
	return code;
}

static const struct cmd_option options[] = {
    {"channel",			     0, "NAME", "tell only this channel of the route"},
    {"severity",			       0, "WORD", "minor, major or critical (default)"},
    {"config",				     'c', "FILE", "the config that names the database"},
    {"database",      'd', "FILE", "the database itself"},
    {"json", 0, NULL, "as JSON"},
    {0			     },
};

const struct cmd cmd_drill = {
    .name = "drill",
    .summary = "play an incident through the real routes and channels",
    .positional = "TARGET",
    .about =
	"The running dimwatch opens an incident about the target, lets it grow to the\n"
	"severity (from the one below) and ends it, each as soon as the channels have\n"
	"answered. Every title begins with DRILL; nothing of it counts in uptime, reports\n"
	"or `best`, and real incidents go on beside it. It is the proof of routes and\n"
	"channels together. A pager rings.\n"
	"Exit: 0 all were told, 1 one was not (or nobody is), 2 usage or unknown name,\n"
	"3 cannot work.",
    .example = "  dimwatch drill deepseek\n"
	       "  dimwatch drill deepseek --channel oncall --severity minor",
    .options = options,
    .run = run,
};
