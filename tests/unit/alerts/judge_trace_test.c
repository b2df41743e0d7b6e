/* SPDX-License-Identifier: MIT
 *
 * The traces through the judge: every expected verdict inside its windows, nothing
 * outside of them, and the day of the cascade as one record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/judge.h"
#include "tests/unit/alerts/traces.h"

enum { AVAIL, SLOW, KINDS };
static const char *const detectors[KINDS] = {"auto", "latency"};

/* What was decided about one target. */
struct decided {
	bool active[KINDS];
	int64_t first_ms[KINDS], last_end_ms[KINDS]; /* 0: never */
	bool down, degraded;
	int n_records; /* incidents opened, not reopened */
};

struct play {
	struct trace t;
	struct judge *j;
	struct judge_update up;
	struct decided d[TRACE_TARGETS];
};

static bool is_active(const struct incident *in, const char *detector)
{
	for (int i = 0; i < in->n_causes; i++) {
		if (strcmp(in->causes[i].detector, detector) == 0)
			return in->causes[i].active;
	}
	return false;
}

static void on_fact(struct play *p, const struct fact *f)
{
	struct decided *d;

	if (!fact_is_incident(f->kind) || f->incident.class == CLASS_NOTICE)
		return;
	d = &p->d[f->series - 1];
	d->n_records += f->kind == FACT_OPENED;
	d->down |= f->incident.health == HEALTH_DOWN;
	d->degraded |= f->incident.health == HEALTH_DEGRADED;
	for (int k = 0; k < KINDS; k++) {
		bool now = is_active(&f->incident, detectors[k]);

		if (now && !d->active[k] && !d->first_ms[k])
			d->first_ms[k] = f->at.ms;
		if (!now && d->active[k])
			d->last_end_ms[k] = f->at.ms;
		d->active[k] = now;
	}
}

static void step(struct play *p, struct judge_event ev)
{
	judge_step(p->j, &ev, &p->up);
	for (size_t i = 0; i < p->up.n_facts; i++)
		on_fact(p, &p->up.facts[i]);
}

static void play(struct play *p, const char *name)
{
	struct judge_target targets[TRACE_TARGETS];
	struct judge_config c = {.vantage = "hk-1", .targets = targets};

	memset(p, 0, sizeof(*p));
	memset(targets, 0, sizeof(targets));
	trace_read(&p->t, name);
	p->j = judge_new("hk-1");
	judge_update_init(&p->up);
	for (int i = 0; i < p->t.n_names; i++) {
		targets[i].series = (uint32_t)i + 1;
		targets[i].interval_ms = p->t.interval_ms;
		targets[i].auto_on = true;
		snprintf(targets[i].name, sizeof(targets[i].name), "%s", p->t.names[i]);
	}
	c.n_targets = (size_t)p->t.n_names;
	step(p, (struct judge_event){JUDGE_CONFIG, .at = {TRACE_EPOCH}, .u.config = &c});
	for (size_t i = 0; i < p->t.n_rows; i++) {
		const struct trace_row *r = &p->t.rows[i];
		struct sample s;

		while (p->up.wake_at.ms <= r->at_ms)
			step(p, (struct judge_event){JUDGE_TIME, .at = p->up.wake_at});
		sample_init(&s, (uint32_t)r->target + 1, (struct wall){r->at_ms});
		s.outcome = r->outcome;
		s.end_us = 0;
		if (r->first_token_ms >= 0)
			s.first_token_us = r->first_token_ms * US_PER_MS;
		step(p, (struct judge_event){JUDGE_SAMPLE, .at = s.at, .u.sample = &s});
	}
}

static void end(struct play *p)
{
	judge_free(p->j);
	judge_update_fini(&p->up);
	trace_fini(&p->t);
}

static int64_t at(const json_t *list, size_t i)
{
	return json_integer_value(json_array_get(list, i));
}

static bool inside(int64_t ms, const json_t *window)
{
	return ms >= at(window, 0) && ms <= at(window, 1);
}

/* True: the expectation is met. It is then struck from what was decided. */
static void meet(struct play *p, const char *name, const json_t *expect)
{
	const char *verdict = json_string_value(json_object_get(expect, "verdict"));
	const char *target = json_string_value(json_object_get(expect, "target"));
	int kind = strcmp(verdict, "slow") == 0 ? SLOW : AVAIL, i = 0;
	struct decided *d;

	while (i < p->t.n_names && strcmp(p->t.names[i], target) != 0)
		i++;
	assert_true(i < p->t.n_names);
	d = &p->d[i];
	if (!inside(d->first_ms[kind], json_object_get(expect, "opened_within_ms")) ||
	    !inside(d->last_end_ms[kind], json_object_get(expect, "closed_within_ms")))
		fail_msg("%s: %s %s began +%lld and ended +%lld ms", name, target,
		    verdict, (long long)(d->first_ms[kind] - TRACE_EPOCH),
		    (long long)(d->last_end_ms[kind] - TRACE_EPOCH));
	if (kind == AVAIL)
		assert_true((strstr(verdict, "down") && d->down) ||
			    (strstr(verdict, "degraded") && d->degraded));
	d->first_ms[kind] = d->last_end_ms[kind] = 0;
}

static void every_expected_verdict_and_no_other(void **state)
{
	static struct play p;
	size_t met = 0;

	(void)state;
	for (int i = 0; trace_names[i]; i++) {
		const json_t *all;

		play(&p, trace_names[i]);
		all = json_object_get(p.t.said, "expect");
		for (size_t k = 0; k < json_array_size(all); k++)
			meet(&p, trace_names[i], json_array_get(all, k));
		met += json_array_size(all);
		for (int k = 0; k < TRACE_TARGETS * KINDS; k++) {
			const struct decided *d = &p.d[k / KINDS];

			if (d->first_ms[k % KINDS])
				fail_msg("%s: %s of target %d at +%lld ms",
				    trace_names[i], detectors[k % KINDS], k / KINDS,
				    (long long)(d->first_ms[k % KINDS] - TRACE_EPOCH));
			assert_false(d->active[k % KINDS]);
		}
		end(&p);
	}
	printf("# evidence traces in the judge: 12 traces, %zu expected verdicts met, "
	       "no other\n",
	    met);
}

/* Slow, degraded, down, resolved, reopened, resolved: one record. */
static void the_day_of_the_cascade_is_one_record(void **state)
{
	static struct play p;

	(void)state;
	play(&p, "deepseek_12h");
	assert_int_equal(p.d[0].n_records, 1);
	end(&p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_expected_verdict_and_no_other),
	    cmocka_unit_test(the_day_of_the_cascade_is_one_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
