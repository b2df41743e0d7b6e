/* SPDX-License-Identifier: MIT
 *
 * See the header. Asks start at their slots and when the judge wishes it, three at most
 * in flight, through the scheduler as shipped.
 */
#include "tests/bench/verdict_hung.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "probes/schedule.h"
#include "tests/bench/verdict_rules.h"

#define PEACE_MS (20 * MS_PER_MIN) /* before the outage */
#define MOST_MS  (PEACE_MS + MS_PER_H)
#define FLIGHTS  8
#define AGAIN_MS 4000 /* as probes say it */

struct hang {
	int64_t started_ms, ends_ms, hangs_ms;
};

struct scene {
	struct judge *judge;
	struct judge_update up;
	struct schedule *schedule;
	int64_t now_ms, from_ms, timeout_ms;
	bool early;
	struct hang flights[FLIGHTS];
	int n;
};

static struct mono mono_at(int64_t ms)
{
	return (struct mono){ms * US_PER_MS};
}

static void step(struct scene *s, struct judge_event ev)
{
	ev.at.ms = SIM_EPOCH + s->now_ms;
	judge_step(s->judge, &ev, &s->up);
	for (size_t i = 0; i < s->up.n_wishes; i++)
		(void)schedule_wish(s->schedule, s->up.wishes[i].series,
		    s->up.wishes[i].in_ms, mono_at(s->now_ms));
}

static void scene_init(struct scene *s, double timeout_s, double phase)
{
	struct judge_target t = {.series = 1,
	    .name = "deepseek",
	    .provider = "deepseek",
	    .interval_ms = MS_PER_MIN,
	    .auto_on = true};
	struct judge_config c = {.vantage = "hk-1", .targets = &t, .n_targets = 1};
	struct schedule_target st = {1, "deepseek", "deepseek", MS_PER_MIN};

	memset(s, 0, sizeof(*s));
	s->judge = judge_new("hk-1");
	judge_update_init(&s->up);
	s->schedule = schedule_new((struct schedule_limits){0, 0}, mono_at(0));
	s->timeout_ms = (int64_t)(timeout_s * 1000);
	s->from_ms = PEACE_MS + (int64_t)(phase * MS_PER_MIN);
	schedule_put(s->schedule, &st, mono_at(0));
	step(s, (struct judge_event){.kind = JUDGE_CONFIG, .u.config = &c});
}

static void scene_fini(struct scene *s)
{
	judge_free(s->judge);
	judge_update_fini(&s->up);
	schedule_free(s->schedule);
}

static void finish(struct scene *s, int i)
{
	struct hang f = s->flights[i];
	struct sample sample;

	s->flights[i] = s->flights[--s->n];
	schedule_done(s->schedule, 1, mono_at(s->now_ms));
	sample_init(&sample, 1, (struct wall){SIM_EPOCH + f.started_ms});
	sample.outcome =
	    f.hangs_ms == INT64_MAX ? OUTCOME_OK : OUTCOME_TIMEOUT_FIRST_BYTE;
	sample.end_us = (s->now_ms - f.started_ms) * US_PER_MS;
	step(s, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &sample});
}

/* What is due in flight, one thing. */
static bool move_one(struct scene *s)
{
	for (int i = 0; i < s->n; i++) {
		struct hang *f = &s->flights[i];

		if (f->ends_ms <= s->now_ms) {
			finish(s, i);
			return true;
		}
		if (f->hangs_ms > s->now_ms)
			continue;
		f->hangs_ms = s->now_ms + AGAIN_MS;
		if (s->early)
			step(s, (struct judge_event){
				    .kind = JUDGE_HUNG,
				    .u.hung = {1, s->now_ms - f->started_ms}
                        });
		return true;
	}
	return false;
}

static bool start_one(struct scene *s)
{
	struct schedule_due due;
	bool hangs = s->now_ms >= s->from_ms;

	if (s->n == FLIGHTS || !schedule_next(s->schedule, mono_at(s->now_ms), &due))
		return false;
	s->flights[s->n++] =
	    (struct hang){s->now_ms, s->now_ms + (hangs ? s->timeout_ms : 400),
		hangs ? s->now_ms + JUDGE_HUNG_MS : INT64_MAX};
	return true;
}

static int64_t next_ms(const struct scene *s)
{
	int64_t next = schedule_wake_at(s->schedule).us;

	next = next == INT64_MAX ? next : (next + US_PER_MS - 1) / US_PER_MS;
	for (int i = 0; i < s->n; i++) {
		next = s->flights[i].ends_ms < next ? s->flights[i].ends_ms : next;
		next = s->flights[i].hangs_ms < next ? s->flights[i].hangs_ms : next;
	}
	if (s->up.wake_at.ms != INT64_MAX && s->up.wake_at.ms - SIM_EPOCH < next)
		next = s->up.wake_at.ms - SIM_EPOCH;
	return next > s->now_ms ? next : s->now_ms + 1;
}

static double run(struct scene *s)
{
	while (s->now_ms < MOST_MS) {
		while (move_one(s) || start_one(s)) {
		}
		if (s->up.wake_at.ms <= SIM_EPOCH + s->now_ms)
			step(s, (struct judge_event){.kind = JUDGE_TIME});
		else if (judge_open_incidents(s->judge))
			return (double)(s->now_ms - s->from_ms) / 1000;
		else
			s->now_ms = next_ms(s);
	}
	return HUGE_VAL;
}

struct slow_delays hung_found(uint64_t seed, double timeout_s, bool early, int runs)
{
	double *all = xcalloc((size_t)runs, sizeof(*all));
	struct slow_delays d;

	for (int i = 0; i < runs; i++) {
		struct scene s;

		scene_init(&s, timeout_s, verdict_unit(seed + 31 * (uint64_t)i));
		s.early = early;
		all[i] = run(&s);
		scene_fini(&s);
	}
	d = delays_of(all, runs);
	free(all);
	return d;
}
