/* SPDX-License-Identifier: MIT
 *
 * `dimwatch why`: one target or one incident as a short story, out of the database alone:
 * the daemon may run or not. The judge's stored state is restored and what is newer is
 * folded, as a start does.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/cmd.h"
#include "agent/gateway.h"
#include "agent/history.h"
#include "agent/replay.h"
#include "agent/upcoming.h"
#include "agent/why.h"
#include "alerts/maintenance.h"
#include "storage/hands_rows.h"
#include "storage/load.h"
#include "storage/past.h"
#include "storage/reader.h"

/* Samples are found by their start and judged at their end. */
#define LONGEST_EXCHANGE_MS (30 * MS_PER_MIN)
#define LOOK_BACK_MS        MS_PER_H
#define STORY_BYTES         65536

struct asked {
	struct reader *r;
	struct wall now;
	struct reader_target target; /* series 0: not found */
	const char *name;
	struct replay *replay;
	struct wall through; /* the stored state knows what ended until then */
	struct why_seen seen;
	struct wall seen_from;
	char *json;        /* owned; the stored state, or NULL */
	struct conf *conf; /* owned; NULL: not known */
	struct pause pause;
	bool paused;
};

/* --- what people read ------------------------------------------------------------- */

static char *local_clock(const void *arg, struct wall t, char *buf, size_t size)
{
	const struct wall *now = arg;
	time_t at = (time_t)(t.ms / MS_PER_S), today = (time_t)(now->ms / MS_PER_S);
	struct tm a, b;
	if (!localtime_r(&at, &a) || !localtime_r(&today, &b))
		return str_copy(buf, size, "-");
	bool same_day = a.tm_yday == b.tm_yday && a.tm_year == b.tm_year;
	if (!strftime(buf, size, same_day ? "%H:%M:%S" : "%Y-%m-%d %H:%M:%S", &a))
		(void)str_copy(buf, size, "-");
	return buf;
}

/* How far the clock that people read here is from UTC: "UTC+08:00". */
static char *zone_here(struct wall now, char *buf, size_t size)
{
	time_t at = (time_t)(now.ms / MS_PER_S);
	struct tm tm;
	if (!localtime_r(&at, &tm) || !tm.tm_gmtoff)
		return str_copy(buf, size, "UTC");
	bool west = tm.tm_gmtoff < 0;
	unsigned minutes = (unsigned)(west ? -tm.tm_gmtoff : tm.tm_gmtoff) / 60;
	(void)snprintf(buf, size, "UTC%c%02u:%02u", west ? '-' : '+', minutes / 60 % 24,
	    minutes % 60);
	return buf;
}

/* Strangers' words stand in it. */
static void print_story(const struct str *story)
{
	struct str clean;
	const char *line = str_c(story);
	str_init(&clean, (size_t)8 * STORY_BYTES);
	while (*line) {
		size_t n = strcspn(line, "\n");
		text_printable(&clean, (struct span){line, n});
		(void)str_adds(&clean, "\n");
		line += n + (line[n] != 0);
	}
	(void)fputs(str_c(&clean), stdout);
	str_fini(&clean);
}

/* --- what is known ---------------------------------------------------------------- */

static bool on_target(void *arg, const struct reader_target *t)
{
	struct asked *a = arg;
	if (!t->rung && strcmp(t->name, a->name) == 0)
		a->target = *t;
	return true;
}

static void on_pause(void *arg, const struct pause *p)
{
	struct asked *a = arg;
	if (p->since.ms && !strcmp(p->target, a->name)) {
		a->pause = *p;
		a->paused = true;
	}
}

static bool on_state(
    void *arg, uint32_t series, struct wall through, uint64_t hash, const char *json)
{
	struct asked *a = arg;
	if (series != a->target.series || hash != judge_constants_hash() || !*json)
		return true;
	free(a->json);
	a->json = xstrdup(json);
	a->through = through;
	return true;
}

static bool on_sample(void *arg, const struct sample *s, enum judged judged)
{
	struct asked *a = arg;
	struct wall end = wall_add_ms(s->at, s->end_us / US_PER_MS);
	if (s->at.ms >= a->seen_from.ms)
		why_see(&a->seen, s, judged);
	if (a->replay && end.ms > a->through.ms)
		replay_past(a->replay, s, judged, end);
	return true;
}

static bool on_gap(void *arg, struct wall began, struct wall ended)
{
	struct asked *a = arg;
	if (a->replay && ended.ms > a->through.ms)
		replay_gap(a->replay, began, ended);
	return true;
}

static void no_update(void *arg, const struct replay_update *u)
{
	(void)arg;
	(void)u;
}

static void no_trace(void *arg, const char *lines)
{
	(void)arg;
	(void)lines;
}

static bool read_samples(
    struct asked *a, struct wall from, struct wall until, struct err *e)
{
	struct past_reader r = {.series = &a->target.series,
	    .n_series = 1,
	    .from = from,
	    .until = until,
	    .on_sample = on_sample,
	    .on_gap = on_gap,
	    .arg = a};
	return past_read(reader_db(a->r), &r, e);
}

/* --- a target --------------------------------------------------------------------- */

struct found {
	struct incident *open, *notice, *last; /* owned */
	const char *name;
};

static void keep(struct incident **at, const struct incident *in)
{
	if (!*at)
		*at = xmalloc(sizeof **at);
	**at = *in;
}

/* Newest first. */
static bool on_incident(void *arg, const struct incident *in)
{
	struct found *f = arg;
	bool open = in->state == INCIDENT_OPEN, notice = in->class == CLASS_NOTICE;
	if (in->class == CLASS_SELF || incident_is_drill(in))
		return true;
	if (open && notice && !f->notice)
		keep(&f->notice, in);
	else if (open && !notice && !f->open)
		keep(&f->open, in);
	else if (!open && !notice && !f->last)
		keep(&f->last, in);
	return true;
}

/* The judge as the daemon has it, as far as storage knows. */
static void restore(struct asked *a, const struct judge_config *c)
{
	const struct replay_listener silent = {no_update, no_trace, NULL};
	struct err e = {0};
	struct wall start = a->json ? a->through : a->seen_from;
	a->through = start;
	a->replay = replay_new(c, start, (struct wall){INT64_MAX}, &silent);
	if (a->json &&
	    !judge_restore(replay_judge(a->replay), a->target.series, a->json, &e))
		(void)fprintf(stderr, "dimwatch why: %s\n", e.msg);
}

/* A class of rivals that it is in; NULL: none, or one that is alone. */
static const char *class_of(const struct conf *c, const char *name)
{
	for (size_t i = 0; c && i < c->n_failovers; i++)
		for (size_t k = 0; c->failovers[i].n > 1 && k < c->failovers[i].n; k++)
			if (!strcmp(c->failovers[i].rivals[k]->name, name))
				return c->failovers[i].name;
	return NULL;
}

static struct wall maintained_until(const struct asked *a)
{
	const struct conf *c = a->conf;
	struct wall_span span;
	if (!c ||
	    !maintenance_next(c->maintenance, c->n_maintenance, a->name, a->now, &span) ||
	    span.from.ms > a->now.ms)
		return (struct wall){0};
	return span.until;
}

/* Its state knows that something which it asks through has an outage. */
static void find_gateway(const struct asked *a, struct explain *ex)
{
	json_t *state = a->json ? json_parse(span_of(a->json), NULL) : NULL;
	enum health health;
	const char *name = state && json_is_true(json_at(state, "behind"))
			       ? gateway_of(a->r, a->conf, a->name, &health)
			       : NULL;
	if (name)
		(void)str_copy(ex->behind, sizeof ex->behind, name);
	json_decref(state);
}

static void tell_target(
    struct asked *a, const struct found *f, struct wall last_alive, bool running)
{
	struct explain ex;
	struct str story;
	struct wall until = running ? a->now : last_alive;
	struct why_target w = {a->name, a->now, running, last_alive, &ex, f->open,
	    f->notice, f->last, a->seen, a->paused ? &a->pause : NULL,
	    maintained_until(a), class_of(a->conf, a->name)};
	char zone[16];
	replay_until(a->replay, until);
	if (!judge_explain(replay_judge(a->replay), a->target.series, until, &ex))
		return;
	find_gateway(a, &ex);
	str_init(&story, STORY_BYTES);
	why_tell_target(&w,
	    &(struct why_clock){
		local_clock, &a->now, zone_here(a->now, zone, sizeof zone)},
	    &story);
	print_story(&story);
	str_fini(&story);
}

static bool explain_target(struct asked *a, const char *path, struct err *e)
{
	struct reader_incident_filter filter = {.target = a->name};
	struct judge_target target = {.series = a->target.series, .auto_on = true};
	struct judge_config config = {.vantage = "", .targets = &target, .n_targets = 1};
	struct found f = {.name = a->name};
	struct reader_run run;
	struct wall from;
	bool good = reader_incidents(a->r, &filter, on_incident, &f, e) &&
		    load_judge_states(reader_db(a->r), on_state, a, e) &&
		    pauses_each(reader_db(a->r), on_pause, a, e) &&
		    reader_last_run(a->r, &run, e);
	if (good) {
		(void)str_copy(target.name, sizeof target.name, a->target.name);
		(void)str_copy(
		    target.provider, sizeof target.provider, a->target.provider);
		(void)str_copy(target.region, sizeof target.region, a->target.region);
		target.interval_ms =
		    a->target.pace_ms > 0 ? a->target.pace_ms : MS_PER_MIN;
		a->seen_from =
		    f.open ? f.open->started : wall_add_ms(a->now, -LOOK_BACK_MS);
		a->seen.from = a->seen_from;
		restore(a, &config);
		if (f.open)
			judge_restore_incident(replay_judge(a->replay), f.open);
		from = wall_add_ms(a->through, -LONGEST_EXCHANGE_MS);
		good = read_samples(a, from.ms < a->seen_from.ms ? from : a->seen_from,
		    (struct wall){INT64_MAX}, e);
	}
	if (good)
		tell_target(a, &f, run.last_alive, history_is_alive(path));
	replay_free(a->replay);
	free(a->json);
	free(f.open);
	free(f.notice);
	free(f.last);
	return good;
}

/* --- an incident ------------------------------------------------------------------ */

static bool explain_incident(struct asked *a, const struct incident *in, struct err *e)
{
	struct why_incident w = {.in = in, .now = a->now};
	struct str story;
	char zone[16];
	bool good = true;
	a->name = in->n_targets ? in->targets[0] : in->subject.id;
	a->seen_from = in->started;
	if (in->class != CLASS_SELF)
		good = reader_targets(a->r, a->now, on_target, a, e);
	if (good && a->target.series)
		good = read_samples(a, in->started,
		    in->ended.ms ? in->ended : (struct wall){INT64_MAX}, e);
	if (!good)
		return false;
	w.seen = a->seen;
	str_init(&story, STORY_BYTES);
	why_tell_incident(&w,
	    &(struct why_clock){
		local_clock, &a->now, zone_here(a->now, zone, sizeof zone)},
	    &story);
	print_story(&story);
	str_fini(&story);
	return true;
}

/* --- the command ------------------------------------------------------------------ */

/* A target's name goes first: an incident's id never looks like one in practice, and its
 * full id is always there. */
static bool explain(struct asked *a, const char *path, struct err *e)
{
	struct incident *in;
	bool good;
	if (!reader_targets(a->r, a->now, on_target, a, e))
		return false;
	if (a->target.series)
		return explain_target(a, path, e);
	in = xcalloc(1, sizeof *in);
	good = reader_incident(a->r, a->name, in, e) && explain_incident(a, in, e);
	free(in);
	return good;
}

/* Hours in which nothing counts, of the config if it is known. */
static void print_windows(const struct asked *a)
{
	struct str lines;
	str_init(&lines, (size_t)64 << 10);
	if (a->conf && a->target.series)
		upcoming_lines(a->conf, a->target.name, a->now, &lines);
	(void)fputs(str_c(&lines), stdout);
	str_fini(&lines);
}

static int run(const struct cmd_args *args)
{
	struct asked a = {.now = history_now()};
	struct err e = {0};
	char *path = NULL;
	if (args->argc != 1)
		return cmd_usage(args->cmd, "name one target, or one incident's id");
	int code = history_path(args, &path);
	if (code >= 0)
		return code;
	a.name = args->argv[0];
	a.conf = history_conf(args);
	a.r = reader_open(path, HISTORY_BUDGET_MS, &e);
	bool good = a.r && explain(&a, path, &e);
	if (good)
		print_windows(&a);
	if (!good)
		(void)fprintf(stderr, "dimwatch why: %s\n",
		    e.code == ERR_NOT_FOUND && a.r
			? "no target and no incident goes by that name; `status` and "
			  "`incidents` list them"
			: e.msg);
	bool unknown = a.r && e.code == ERR_NOT_FOUND;
	reader_close(a.r);
	conf_free(a.conf);
	free(path);
	return good ? EXIT_GOOD : unknown ? EXIT_USAGE : EXIT_CANNOT;
}

static const struct cmd_option options[] = {
    {"config", 'c', "FILE", "the config that names the database"},
    {"database",  'd', "FILE", "the database itself"},
    {0       },
};

const struct cmd cmd_why = {
    .name = "why",
    .summary = "the evidence behind a verdict, as a short story",
    .positional = "TARGET|INCIDENT",
    .about =
	"What was seen and since when, in the provider's own words; what does not count\n"
	"and why; what would make it an outage, or end it. From the database alone,\n"
	"whether the daemon runs or not. Rules need the config and are told as they were\n"
	"decided. Exit: 0 told, 2 usage or unknown name, 3 cannot read.",
    .example = "  dimwatch why deepseek\n  dimwatch why 7Q2A",
    .options = options,
    .run = run,
};
