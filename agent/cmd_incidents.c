/* SPDX-License-Identifier: MIT
 *
 * `dimwatch incidents`: what happened, newest first; one of them in full.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/cmd.h"
#include "agent/history.h"
#include "agent/json_print.h"
#include "agent/paint.h"
#include "storage/reader.h"

struct listing {
	const char *provider; /* only what it was to this one; NULL: all of it */
	struct table *table;
	json_t *list;
	struct wall now;
	size_t n, open;
};

/* Bad news: one that is going on, and no drill. */
static bool is_outage(const struct incident *in)
{
	return in->state == INCIDENT_OPEN && in->class == CLASS_OUTAGE &&
	       !incident_is_drill(in);
}

static json_t *wall_json(struct wall t)
{
	char buf[32];
	return t.ms ? json_string(wall_rfc3339(t, buf, sizeof buf)) : json_null();
}

static json_t *error_json(const struct incident_error *er)
{
	if (!er->at.ms)
		return json_null();
	return json_pack("{s:o, s:s, s:i, s:o, s:o, s:o}", "at", wall_json(er->at),
	    "outcome", outcome_code(er->outcome), "http_status", er->http_status, "code",
	    json_clean_string(span_of(er->code)), "message",
	    json_clean_string(span_of(er->message)), "request_id",
	    json_clean_string(span_of(er->request_id)));
}

/* Each target's own part. */
static json_t *shares_json(const struct incident *in)
{
	json_t *shares = json_array();
	for (int i = 0; i < in->n_shares; i++) {
		const struct incident_share *s = &in->shares[i];
		(void)json_array_append_new(shares,
		    json_pack("{s:o, s:o, s:s, s:o, s:o, s:I, s:I}", "target",
			json_clean_string(span_of(s->target)), "provider",
			json_clean_string(span_of(s->provider)), "severity",
			severity_code(s->severity), "started", wall_json(s->started),
			"ended", wall_json(s->ended), "samples", (json_int_t)s->samples,
			"failures", (json_int_t)s->failures));
	}
	return shares;
}

static json_t *incident_json(const struct incident *in)
{
	char subject[128];
	json_t *targets = json_array(), *causes = json_array(), *mix = json_object();
	for (int i = 0; i < in->n_targets; i++)
		(void)json_array_append_new(
		    targets, json_clean_string(span_of(in->targets[i])));
	for (int i = 0; i < in->n_causes; i++)
		(void)json_array_append_new(causes,
		    json_pack("{s:o, s:s, s:b, s:o, s:o, s:o}", "detector",
			json_clean_string(span_of(in->causes[i].detector)), "severity",
			severity_code(in->causes[i].severity), "active",
			in->causes[i].active, "since", wall_json(in->causes[i].since),
			"ended", wall_json(in->causes[i].ended), "words",
			json_clean_string(span_of(in->causes[i].words))));
	for (int i = 0; i < OUTCOME_COUNT; i++)
		if (in->outcomes[i])
			(void)json_object_set_new(mix, outcome_code((enum outcome)i),
			    json_integer(in->outcomes[i]));
	json_t *o = json_pack("{s:s, s:s, s:o, s:s, s:s, s:s, s:o, s:o, s:o}", "id",
	    in->id.text, "short", in->short_id, "subject",
	    json_clean_string(
		span_of(subject_text(&in->subject, subject, sizeof subject))),
	    "class", incident_class_code(in->class), "severity",
	    severity_code(in->severity), "state",
	    in->state == INCIDENT_OPEN ? "open" : "closed", "started",
	    wall_json(in->started), "ended", wall_json(in->ended), "opened",
	    wall_json(in->opened));
	(void)json_object_set_new(o, "end", json_string(incident_end_code(in->end)));
	(void)json_object_set_new(o, "reopened", json_integer(in->reopened));
	(void)json_object_set_new(o, "samples", json_integer(in->samples));
	(void)json_object_set_new(o, "failures", json_integer(in->failures));
	(void)json_object_set_new(o, "outcomes", mix);
	(void)json_object_set_new(o, "targets", targets);
	(void)json_object_set_new(o, "shares", shares_json(in));
	(void)json_object_set_new(o, "causes", causes);
	(void)json_object_set_new(o, "first_error", error_json(&in->first_error));
	(void)json_object_set_new(o, "last_error", error_json(&in->last_error));
	return o;
}

static void duration_of(
    const struct incident *in, struct wall now, char *buf, size_t size)
{
	int64_t end = in->ended.ms ? in->ended.ms : now.ms;
	(void)duration_human(end - in->started.ms, buf, size);
}

static void add_row(struct listing *l, const struct incident *in)
{
	char started[40], lasted[40], subject[128], mix[200];
	bool open = in->state == INCIDENT_OPEN;
	duration_of(in, l->now, lasted, sizeof lasted);
	const enum paint paints[7] = {
	    PAINT_BOLD, open ? PAINT_BAD : PAINT_PLAIN, PAINT_PLAIN, PAINT_PLAIN};
	const char *const cells[7] = {in->short_id,
	    open ? "open" : incident_end_code(in->end),
	    subject_text(&in->subject, subject, sizeof subject),
	    in->class == CLASS_OUTAGE ? severity_code(in->severity)
				      : incident_class_code(in->class),
	    history_local(in->started, started, sizeof started), lasted,
	    in->failures   ? incident_mix(in, mix, sizeof mix)
	    : in->n_causes ? in->causes[0].words
			   : ""};
	table_row(l->table, paints, cells);
}

static bool on_incident(void *arg, const struct incident *whole)
{
	struct listing *l = arg;
	struct incident *part = NULL;
	const struct incident *in = whole;
	if (l->provider) {
		in = part = xmalloc(sizeof *part);
		*part = *whole;
		if (!share_narrow(part, l->provider)) {
			free(part);
			return true;
		}
	}
	l->n++;
	l->open += is_outage(in);
	if (l->list)
		(void)json_array_append_new(l->list, incident_json(in));
	else
		add_row(l, in);
	free(part);
	return true;
}

static void print_error(const char *label, const struct incident_error *er)
{
	char at[40];
	struct str line, clean;
	if (!er->at.ms)
		return;
	str_init(&line, 2000);
	str_init(&clean, 8000);
	(void)str_addf(&line, "%s", outcome_code(er->outcome));
	if (er->http_status)
		(void)str_addf(&line, " %d", er->http_status);
	if (*er->code)
		(void)str_addf(&line, " %s", er->code);
	if (*er->message)
		(void)str_addf(&line, " \"%s\"", er->message);
	if (*er->request_id)
		(void)str_addf(&line, " request id %s", er->request_id);
	text_printable(&clean, str_span(&line));
	(void)printf("  %-12s %s  %s\n", label, history_local(er->at, at, sizeof at),
	    str_c(&clean));
	str_fini(&line);
	str_fini(&clean);
}

/* What it was to each provider, where several share it. */
static void print_parts(const struct incident *in, struct wall now)
{
	struct share_part parts[SHARE_MAX];
	for (int i = 0; share_providers(in) > 1 && i < in->n_shares; i++) {
		const char *name = share_owner(&in->shares[i]);
		int n = share_is_first(in, i) ? share_parts(in, name, parts) : 0;
		for (int k = 0; k < n; k++) {
			char from[40], lasted[40];
			const struct share_part *p = &parts[k];
			(void)duration_human(
			    wall_diff_ms(p->ended.ms ? p->ended : now, p->started),
			    lasted, sizeof lasted);
			(void)printf("  %-12s %s, from %s %s %s: %u of %u asks failed\n",
			    name, severity_code(p->severity),
			    history_local(p->started, from, sizeof from),
			    p->ended.ms ? "for" : "on, for", lasted, p->failures,
			    p->samples);
		}
	}
}

static void print_one(const struct incident *in, struct wall now)
{
	char buf[40], subject[128], mix[300];
	duration_of(in, now, buf, sizeof buf);
	(void)printf("%s%s%s  %s %s  %s  %s\n", paint_begin(stdout, PAINT_BOLD),
	    in->short_id, paint_end(stdout),
	    subject_text(&in->subject, subject, sizeof subject),
	    incident_class_code(in->class), severity_code(in->severity), in->id.text);
	(void)printf(
	    "  %-12s %s\n", "started", history_local(in->started, mix, sizeof mix));
	if (in->ended.ms)
		(void)printf("  %-12s %s (%s, lasted %s)\n", "ended",
		    history_local(in->ended, mix, sizeof mix), incident_end_code(in->end),
		    buf);
	else
		(void)printf(
		    "  %-12s for %s, %s\n", "open", buf, health_code(in->health));
	if (in->reopened)
		(void)printf("  %-12s %d time%s\n", "reopened", in->reopened,
		    in->reopened == 1 ? "" : "s");
	if (in->failures)
		(void)printf("  %-12s %u of %u asks: %s\n", "failed", in->failures,
		    in->samples, incident_mix(in, mix, sizeof mix));
	for (int i = 0; i < in->n_causes; i++)
		(void)printf("  %-12s %s: %s%s\n", i ? "" : "why", in->causes[i].detector,
		    in->causes[i].words, in->causes[i].active ? "" : " (over)");
	for (int i = 0; i < in->n_targets; i++)
		(void)printf("  %-12s %s\n", i ? "" : "targets", in->targets[i]);
	print_parts(in, now);
	print_error("first error", &in->first_error);
	print_error("last error", &in->last_error);
}

static bool list(
    struct reader *r, const struct cmd_args *a, struct listing *l, struct err *e)
{
	static const char *const heads[7] = {
	    "ID", "STATE", "SUBJECT", "SEVERITY", "STARTED", "LASTED", "WHY"};
	const enum paint dim[7] = {
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	struct reader_incident_filter f = {.open_only = cmd_flag(a, "open"),
	    .target = cmd_value(a, "target"),
	    .provider = cmd_value(a, "provider")};
	int64_t back = 0;
	const char *since = cmd_value(a, "since");
	if (since && duration_parse(since, &back))
		f.since = wall_add_ms(l->now, -back);
	l->list = cmd_flag(a, "json") ? json_array() : NULL;
	l->table = table_new(7);
	table_row(l->table, dim, heads);
	table_max(l->table, 6, 60);
	bool good = reader_incidents(r, &f, on_incident, l, e);
	if (good && l->list)
		json_print(json_incref(l->list));
	else if (good && l->n)
		table_print(l->table, stdout);
	else if (good)
		(void)puts("no incidents");
	table_free(l->table);
	json_decref(l->list);
	return good;
}

static bool one(
    struct reader *r, const struct cmd_args *a, struct listing *l, struct err *e)
{
	struct incident *in = xcalloc(1, sizeof *in);
	bool good = reader_incident(r, a->argv[0], in, e);
	if (good && l->provider && !share_narrow(in, l->provider))
		good = err_set(e, ERR_NOT_FOUND, "%s has no part in incident %s",
		    l->provider, in->short_id);
	if (good && cmd_flag(a, "json"))
		json_print(incident_json(in));
	else if (good)
		print_one(in, l->now);
	l->open = good && is_outage(in);
	free(in);
	return good;
}

static int run(const struct cmd_args *a)
{
	struct listing l = {.now = history_now(), .provider = cmd_value(a, "provider")};
	struct err e = {0};
	char *path = NULL;
	int64_t back = 0;
	if (a->argc > 1)
		return cmd_usage(a->cmd, "one incident at a time");
	if (cmd_value(a, "since") && !duration_parse(cmd_value(a, "since"), &back))
		return cmd_usage(a->cmd, "--since takes a duration such as 24h or 7d");
	int code = history_path(a, &path);
	if (code >= 0)
		return code;
	struct reader *r = reader_open(path, HISTORY_BUDGET_MS, &e);
	bool good = r && (a->argc ? one(r, a, &l, &e) : list(r, a, &l, &e));
	if (!good)
		(void)fprintf(stderr, "dimwatch incidents: %s\n", e.msg);
	reader_close(r);
	free(path);
	if (!good)
		return e.code == ERR_NOT_FOUND ? EXIT_USAGE : EXIT_CANNOT;
	return l.open ? EXIT_BAD_NEWS : EXIT_GOOD;
}

static const struct cmd_option options[] = {
    {"open",			       'o', NULL, "only those that are not over"},
    {"since",				's', "DURATION", "started within, such as 24h or 7d"},
    {"target",				    't', "NAME", "about this target"},
    {"provider",  'p', "NAME", "of this provider: its own start, end and counts"},
    {"config", 'c', "FILE", "the config that names the database"},
    {"database",			     'd', "FILE", "the database itself"},
    {"json",			      0, NULL, "as JSON"},
    {0				   },
};

const struct cmd cmd_incidents = {
    .name = "incidents",
    .summary = "what happened: a list, or one incident in full",
    .positional = "[ID]",
    .about =
	"Without an id: the newest 50. With one (the four characters of a message's\n"
	"title, or the full id): its times, causes, evidence and errors.\n"
	"Exit: 0 none open, 1 an outage is open, 2 usage or unknown id, 3 cannot read.",
    .example = "  dimwatch incidents --since 7d\n  dimwatch incidents 7Q2A",
    .options = options,
    .run = run,
};
