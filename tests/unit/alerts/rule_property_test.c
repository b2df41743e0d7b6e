/* SPDX-License-Identifier: MIT
 *
 * Random rules on random histories, with a target behind another: at most one open
 * incident a subject, nothing ends before it began, what is open can end, and a restart
 * behind any event changes nothing.
 *
 *   rule_property_test [SEED [HISTORIES]]     fifty thousand with DIMWATCH_TESTS_LONG
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "tests/unit/alerts/judge_fixture.h"

#define FEW   100
#define MANY  50000
#define STEPS 160

static uint64_t seed = 1;
static uint64_t current; /* history, as a seed: said when it fails */
static int histories = FEW;

/* One of each kind; a rule joins up to three. `by` goes with the first ones. */
static const char *const conditions[] = {
    "error_rate > 20% over 10m, at least 3 failures",
    "error_rate >= 60% over 2m, at least 2 samples",
    "outcome(overloaded, quota) > 10% over 15m, at least 1 failure",
    "failures >= 3 over 5m",
    "failures(reset, dns) > 1 over 20m",
    "p75(total) > 2s over 10m, at least 4 samples",
    "burn_rate(90%) > 2 over 30m and 5m, at least 3 failures",
    "no_data for 7m",
    "successes < 3 over 10m",
    "failures >= 2 in a row",
    "2 of last 5 failed",
    "health is down",
    "health is unknown",
};
#define N_CONDITIONS (sizeof(conditions) / sizeof(*conditions))
#define N_TOGETHER   9

static const char *const ends[] = {"successes >= 2 in a row",
    "error_rate < 5% over 5m, at least 1 sample", "failures < 1 over 10m"};

struct play {
	struct bench b;
	struct rng rng;
	int weather[FIXTURE_TARGETS];
	int opened;
	struct str story;
};

static void add_rule(struct play *p, const char *name)
{
	bool together = rng_below(&p->rng, 3) == 0;
	size_t n = together ? N_TOGETHER : N_CONDITIONS;
	int joined = 1 + (int)rng_below(&p->rng, 3);
	struct rule *r = &p->b.rules[p->b.n_rules++];
	char when[400] = "";
	struct err e;
	size_t offset;

	for (int i = 0; i < joined; i++) {
		const char *one = conditions[rng_below(&p->rng, n)];
		size_t len = strlen(when);

		(void)snprintf(
		    when + len, sizeof(when) - len, "%s%s", i ? " and " : "", one);
	}
	*r = (struct rule){.name = name,
	    .text = "",
	    .severity = (enum severity)(1 + rng_below(&p->rng, 3)),
	    .for_ms = (int64_t)rng_below(&p->rng, 3) * 2 * MS_PER_MIN,
	    .resolve_for_ms = (int64_t)rng_below(&p->rng, 4) * MS_PER_MIN};
	if (!rule_parse(when, r, &offset, &e))
		fail_msg("%s: %s", when, e.msg);
	if (!together && rng_below(&p->rng, 3) == 0)
		assert_true(
		    rule_parse_resolve(ends[rng_below(&p->rng, 3)], r, &offset, &e));
	if (together)
		r->by = (enum rule_by)(1 + rng_below(&p->rng, BY_COUNT - 1));
}

static void begin(struct play *p, uint64_t number)
{
	memset(p, 0, sizeof(*p));
	rng_init(&p->rng, number);
	str_init(&p->story, (size_t)4 << 20);
	bench_init(&p->b, 3);
	if (number % 2)
		str_copy(
		    p->b.targets[1].provider, sizeof(p->b.targets[1].provider), "p1");
	if (number % 3 == 0)
		p->b.targets[1].parent = 1;
	if (number % 6 == 0)
		p->b.targets[2].parent = 2;
	p->b.targets[0].auto_on = number % 4 != 0;
	add_rule(p, "one");
	add_rule(p, "two");
	add_rule(p, "three");
	bench_config(&p->b);
}

static void finish(struct play *p)
{
	bench_fini(&p->b);
	str_fini(&p->story);
}

/* --- what must hold --------------------------------------------------------------- */

static void check_incident(const struct incident *in)
{
	assert_true(in->opened.ms >= in->started.ms);
	assert_true(in->severity >= in->severity_now);
	assert_true(in->samples >= in->failures);
	for (int i = 0; i < in->n_causes; i++) {
		assert_true(in->causes[i].since.ms >= in->started.ms);
		if (!in->causes[i].active)
			assert_true(in->causes[i].ended.ms >= in->causes[i].since.ms);
	}
	if (in->state == INCIDENT_OPEN) {
		assert_true(incident_has_active_cause(in));
		return;
	}
	assert_false(incident_has_active_cause(in));
	assert_true(in->ended.ms >= in->started.ms && in->closed.ms >= in->ended.ms);
}

static void check(struct play *p)
{
	size_t n = judge_open_incidents(p->b.j);

	str_adds(&p->story, str_c(&p->b.up.trace));
	for (size_t i = 0; i < p->b.up.n_facts; i++) {
		if (fact_is_incident(p->b.up.facts[i].kind))
			check_incident(&p->b.up.facts[i].incident);
		p->opened += p->b.up.facts[i].kind == FACT_OPENED;
	}
	for (size_t i = 0; i < n; i++) {
		const struct incident *in = judge_open_at(p->b.j, i);

		check_incident(in);
		assert_ptr_equal(judge_find_open(p->b.j, &in->subject), in);
	}
}

static void step(struct play *p, struct judge_event ev)
{
	bench_step(&p->b, ev);
	check(p);
}

/* --- what happens ----------------------------------------------------------------- */

static void pass(struct play *p, int64_t ms)
{
	struct wall until = wall_add_ms(p->b.now, ms);

	for (int i = 0; p->b.up.wake_at.ms <= until.ms && i < 5000; i++) {
		if (p->b.up.wake_at.ms > p->b.now.ms)
			p->b.now = p->b.up.wake_at;
		step(p, (struct judge_event){.kind = JUDGE_TIME});
		assert_true(p->b.up.wake_at.ms > p->b.now.ms);
	}
	p->b.now = until;
}

static void ask(struct play *p, uint32_t series)
{
	static const enum outcome bad[] = {OUTCOME_HTTP_5XX, OUTCOME_OVERLOADED,
	    OUTCOME_RESET, OUTCOME_QUOTA, OUTCOME_TIMEOUT_TOTAL};
	bool failed = (int)rng_below(&p->rng, 100) < p->weather[series - 1];
	struct sample s;

	sample_init(&s, series, p->b.now);
	s.outcome = failed ? bad[rng_below(&p->rng, 5)] : OUTCOME_OK;
	s.end_us = (1 + (int64_t)rng_below(&p->rng, failed ? 9 : 3)) * US_PER_S;
	step(p, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
}

static void event(struct play *p)
{
	uint64_t dice = rng_below(&p->rng, 100);

	if (dice < 8)
		p->weather[rng_below(&p->rng, 3)] = (int)rng_below(&p->rng, 130);
	else if (dice < 12)
		p->weather[rng_below(&p->rng, 3)] = 0;
	else if (dice == 12)
		pass(p, 12 * MS_PER_MIN); /* nobody asks */
	else if (dice == 13)
		p->b.rules[rng_below(&p->rng, 3)].for_ms ^= MS_PER_MIN;
	else if (dice == 14)
		p->b.n_targets = 2 + rng_below(&p->rng, 2);
	if (dice == 13 || dice == 14) {
		bench_config(&p->b);
		check(p);
	}
	pass(p, 5000 + (int64_t)rng_below(&p->rng, 50000));
	ask(p, 1 + (uint32_t)rng_below(&p->rng, p->b.n_targets));
}

/* Long health closes everything; only a rule that is true then stays: none is. */
static void let_it_heal(struct play *p)
{
	memset(p->weather, 0, sizeof(p->weather));
	for (int i = 0; i < 900 && (i < 20 || judge_open_incidents(p->b.j) > 0); i++) {
		pass(p, 30000);
		for (uint32_t s = 1; s <= p->b.n_targets; s++) {
			struct sample good;

			sample_init(&good, s, p->b.now);
			good.end_us = US_PER_S;
			step(p, (struct judge_event){
				    .kind = JUDGE_SAMPLE, .u.sample = &good});
		}
	}
	assert_int_equal(judge_open_incidents(p->b.j), 0);
}

static void whatever_the_rules_are_the_records_are_sane_and_end(void **state)
{
	static struct play p; /* large */
	long opened = 0;

	(void)state;
	for (int i = 0; i < histories; i++) {
		current = seed + (uint64_t)i;
		begin(&p, current);
		for (int n = 0; n < STEPS; n++) {
			event(&p);
			str_reset(&p.story);
		}
		let_it_heal(&p);
		opened += p.opened;
		finish(&p);
	}
	assert_true(opened > histories / 2);
	printf(
	    "# evidence random rules: %d histories opened %ld incidents, all sane, all "
	    "ended; seed %llu\n",
	    histories, opened, (unsigned long long)seed);
}

static void a_restart_changes_nothing_that_rules_say(void **state)
{
	static struct play a, b;
	int restarts = 0, n = histories / 4 > 0 ? histories / 4 : 1;

	(void)state;
	for (int k = 0; k < n; k++) {
		current = seed + (uint64_t)k;
		begin(&a, current);
		begin(&b, current);
		for (int i = 0; i < STEPS; i++) {
			struct wall wake;

			event(&a);
			wake = b.b.up.wake_at;
			if (i % 5 == 3) {
				bench_restart(&b.b);
				b.b.up.wake_at = wake;
				restarts++;
			}
			event(&b);
			assert_string_equal(str_c(&a.story), str_c(&b.story));
			assert_true(a.b.up.wake_at.ms == b.b.up.wake_at.ms);
			str_reset(&a.story);
			str_reset(&b.story);
		}
		finish(&a);
		finish(&b);
	}
	printf("# evidence random rules restarted: %d restarts in %d histories changed "
	       "nothing; seed %llu\n",
	    restarts, n, (unsigned long long)seed);
}

static int say_where(void **state)
{
	(void)state;
	printf("# the last history was %llu: rule_property_test %llu 1\n",
	    (unsigned long long)current, (unsigned long long)current);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(
		whatever_the_rules_are_the_records_are_sane_and_end, say_where),
	    cmocka_unit_test_teardown(
		a_restart_changes_nothing_that_rules_say, say_where),
	};
	const char *text = getenv("DIMWATCH_TESTS_LONG");

	if (text && *text)
		histories = MANY;
	if (argc > 1)
		seed = strtoull(argv[1], NULL, 10);
	if (argc > 2 && strtoll(argv[2], NULL, 10) > 0)
		histories = (int)strtoll(argv[2], NULL, 10);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
