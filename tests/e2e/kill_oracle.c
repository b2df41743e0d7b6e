/* SPDX-License-Identifier: MIT
 *
 * What a judge says that was never killed: reads the samples of a database in the order
 * they finished through one fresh judge and prints what became of each target, one line a
 * fact: TARGET KIND STARTED ENDED. kill_test.py compares that with the log of incidents
 * that the killed ones wrote. A target that left the config while it had an open incident
 * (the log says when) begins anew, as it does in the program.
 *
 * Usage: kill_oracle DATABASE
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/judge.h"
#include "storage/load.h"
#include "storage/series.h"

#define MAX_TARGETS 4096
#define MAX_LEAVES  65536

struct leave {
	struct wall at;
	char name[64];
};

struct oracle {
	struct judge *judge;
	struct judge_update update;
	struct judge_target *targets; /* owned */
	size_t n;
	struct leave *leaves; /* owned, in order of time */
	size_t n_leaves, next_leave;
};

static void print_facts(const struct oracle *o)
{
	for (size_t i = 0; i < o->update.n_facts; i++) {
		const struct fact *f = &o->update.facts[i];
		if (fact_is_incident(f->kind) && f->incident.class == CLASS_OUTAGE)
			printf("%s %s %" PRId64 " %" PRId64 "\n", f->incident.subject.id,
			    fact_code(f->kind), f->incident.started.ms,
			    f->incident.ended.ms);
	}
}

static void step(struct oracle *o, const struct judge_event *ev)
{
	judge_step(o->judge, ev, &o->update);
	print_facts(o);
}

/* Everybody but one; NULL: everybody. */
static void configure(struct oracle *o, const char *without, struct wall at)
{
	struct judge_target *some = xcalloc(o->n ? o->n : 1, sizeof(*some));
	struct judge_config c = {.vantage = "kill-1", .targets = some};
	struct judge_event ev = {.kind = JUDGE_CONFIG, .at = at, .u.config = &c};

	for (size_t i = 0; i < o->n; i++) {
		if (!without || strcmp(o->targets[i].name, without) != 0)
			some[c.n_targets++] = o->targets[i];
	}
	step(o, &ev);
	free(some);
}

static void pass_time(struct oracle *o, struct wall until)
{
	while (o->update.wake_at.ms <= until.ms) {
		struct wall at = o->update.wake_at;
		struct judge_event ev = {.kind = JUDGE_TIME, .at = at};

		step(o, &ev);
		if (o->update.wake_at.ms <= at.ms)
			break;
	}
}

static void leave_until(struct oracle *o, struct wall until)
{
	for (; o->next_leave < o->n_leaves; o->next_leave++) {
		struct leave *l = &o->leaves[o->next_leave];

		if (l->at.ms >= until.ms)
			return;
		configure(o, l->name, l->at);
		configure(o, NULL, l->at);
	}
}

static bool on_sample(void *arg, const struct sample *s, enum judged judged)
{
	struct oracle *o = arg;
	struct wall end = wall_add_ms(s->at, s->end_us / US_PER_MS);
	struct judge_event ev = {.kind = JUDGE_SAMPLE, .at = end, .u.sample = s};

	(void)judged;
	leave_until(o, end);
	pass_time(o, end);
	step(o, &ev);
	return true;
}

static void on_series(void *arg, const struct series *s)
{
	struct oracle *o = arg;
	struct judge_target *t = &o->targets[o->n];

	if (o->n == MAX_TARGETS)
		return;
	t->series = s->id;
	(void)str_copy(t->name, sizeof(t->name), series_name(s));
	(void)str_copy(t->provider, sizeof(t->provider), s->provider);
	t->alone = true; /* all of them have a `base_url` of their own */
	(void)str_copy(t->region, sizeof(t->region), s->region);
	t->interval_ms = s->pace_ms;
	t->auto_on = true;
	o->n++;
}

/* An incident that ended because its target was no longer watched never reopens, so its
 * last log entry is the moment. */
static bool read_leaves(struct oracle *o, struct db *d, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d,
	    "SELECT i.subject, l.at FROM incidents i JOIN incident_log l"
	    " ON l.incident = i.id AND l.seq = i.seq JOIN incident_ends n ON n.id = i.ending"
	    " WHERE i.subject_kind = 0 AND i.state = 1 AND n.code = 'unwatched'"
	    " ORDER BY l.at");
	bool row = true, ok = true;

	while ((ok = db_step(d, st, &row, e)) && row && o->n_leaves < MAX_LEAVES) {
		struct leave *l = &o->leaves[o->n_leaves++];
		(void)str_copy(
		    l->name, sizeof(l->name), (const char *)sqlite3_column_text(st, 0));
		l->at.ms = sqlite3_column_int64(st, 1);
	}
	return ok;
}

static bool play(struct oracle *o, struct db *d, struct err *e)
{
	struct wall began = {0};

	if (!series_each(d, on_series, o, e) || !read_leaves(o, d, e) ||
	    !db_number(d, "SELECT min(started) FROM runs", 0, &began.ms, e))
		return false;
	configure(o, NULL, began);
	if (!load_samples(d, (struct wall){0}, on_sample, o, e))
		return false;
	leave_until(o, (struct wall){INT64_MAX});
	return true;
}

int main(int argc, char **argv)
{
	struct oracle o = {.judge = judge_new("kill-1")};
	struct err e = {0};
	struct db *d = argc == 2 ? db_open(argv[1], DB_READ_WRITE, &e) : NULL;

	judge_update_init(&o.update);
	o.targets = xcalloc(MAX_TARGETS, sizeof(*o.targets));
	o.leaves = xcalloc(MAX_LEAVES, sizeof(*o.leaves));
	bool good = d && play(&o, d, &e);
	if (!good)
		(void)fprintf(stderr, "kill_oracle: %s\n", e.msg);
	db_close(d);
	judge_update_fini(&o.update);
	judge_free(o.judge);
	free(o.targets);
	free(o.leaves);
	return good ? 0 : 3;
}
