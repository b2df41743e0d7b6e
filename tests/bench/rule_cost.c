/* SPDX-License-Identifier: MIT
 *
 * What rules cost: time a sample and bytes a target with 0, 1, 10 and 50 of them, beside
 * the same samples without any. In peace, and while everybody fails and all rules fire,
 * which is when nobody has time to waste. A rule more costs what a rule costs: nothing
 * may grow faster than their number.
 */
#include <inttypes.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "tests/unit/alerts/sim_world.h"

#define TARGETS   100
#define MAX_RULES 50
#define ROUNDS    12 /* of one ask of every target */
#define REPEATS   4  /* the least of them is what it costs: the others were disturbed */
#define COUNTS    4

static const int counts[COUNTS] = {0, 1, 10, MAX_RULES};

/* One of each kind in turns. */
static const char *const whens[] = {
    "error_rate > 20% over 10m, at least 3 failures",
    "p95(first_token) > 5s over 15m",
    "failures >= 3 in a row",
    "5 of last 20 failed",
    "outcome(overloaded) > 10% over 30m and failures >= 3 over 10m",
};
#define KINDS (sizeof(whens) / sizeof(whens[0]))

static double now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
	return 1e9 * (double)ts.tv_sec + (double)ts.tv_nsec;
}

static double held(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)m.uordblks + (double)m.hblkhd;
}

/* --- a crowd with rules ----------------------------------------------------------- */

static struct rule rules[MAX_RULES];
static char names[MAX_RULES][16];

static void make_rules(void)
{
	for (int i = 0; i < MAX_RULES; i++) {
		const char *text = whens[(size_t)i % KINDS];
		struct rule *r = &rules[i];
		struct err e = {0};
		size_t at = 0;

		*r = (struct rule){
		    .severity = SEVERITY_MAJOR, .resolve_for_ms = MS_PER_MIN};
		if (!rule_parse(text, r, &at, &e))
			fail_msg("%s: %s", text, e.msg);
		(void)snprintf(names[i], sizeof(names[i]), "rule-%d", i);
		r->name = names[i];
		r->text = text;
	}
}

struct crowd {
	struct judge *judge;
	struct judge_update up;
	int64_t now_ms;
	struct rng rng;
	uint64_t facts;
};

static void crowd_init(struct crowd *c, int n_rules)
{
	struct judge_target *targets = xcalloc(TARGETS, sizeof(*targets));
	struct judge_config config = {.vantage = "hk-1",
	    .targets = targets,
	    .n_targets = TARGETS,
	    .rules = rules,
	    .n_rules = (size_t)n_rules};
	struct judge_event ev = {
	    .kind = JUDGE_CONFIG, .at = {SIM_EPOCH}, .u.config = &config};

	for (uint32_t i = 0; i < TARGETS; i++) {
		targets[i].series = i + 1;
		targets[i].interval_ms = MS_PER_MIN;
		targets[i].auto_on = true;
		(void)snprintf(targets[i].name, sizeof(targets[i].name), "t%u", i);
		/* Ten of each provider: their incidents are shared. */
		(void)snprintf(
		    targets[i].provider, sizeof(targets[i].provider), "p%u", i / 10);
	}
	*c = (struct crowd){.judge = judge_new("hk-1"), .now_ms = SIM_EPOCH};
	rng_init(&c->rng, 7);
	judge_update_init(&c->up);
	judge_step(c->judge, &ev, &c->up);
	free(targets);
}

static void crowd_fini(struct crowd *c)
{
	judge_free(c->judge);
	judge_update_fini(&c->up);
}

/* Every target once, within a minute. */
static void play_round(struct crowd *c, bool failing)
{
	struct sample s;
	struct judge_event ev = {.kind = JUDGE_SAMPLE, .u.sample = &s};

	for (uint32_t i = 1; i <= TARGETS; i++) {
		c->now_ms += MS_PER_MIN / TARGETS;
		sample_init(&s, i, (struct wall){c->now_ms});
		s.outcome = failing ? OUTCOME_HTTP_5XX : OUTCOME_OK;
		s.first_token_us =
		    failing ? NOT_REACHED : 400000 + (int64_t)rng_below(&c->rng, 200000);
		s.end_us = 0;
		ev.at.ms = c->now_ms;
		judge_step(c->judge, &ev, &c->up);
		c->facts += c->up.n_facts;
	}
}

struct cost {
	double peace_ns, failing_ns, bytes;
	uint64_t facts;
};

static double least(double a, double b)
{
	return a > 0 && a < b ? a : b;
}

static struct cost measure(int n_rules)
{
	struct cost cost = {0};

	for (int k = 0; k < REPEATS; k++) {
		struct crowd c;
		double before = held(), began;

		crowd_init(&c, n_rules);
		play_round(&c, false); /* everybody is up */
		began = now_ns();
		for (int i = 0; i < ROUNDS; i++)
			play_round(&c, false);
		cost.peace_ns =
		    least(cost.peace_ns, (now_ns() - began) / (ROUNDS * TARGETS));
		cost.bytes = (held() - before) / TARGETS;
		began = now_ns();
		for (int i = 0; i < ROUNDS; i++)
			play_round(&c, true);
		cost.failing_ns =
		    least(cost.failing_ns, (now_ns() - began) / (ROUNDS * TARGETS));
		cost.facts = c.facts;
		crowd_fini(&c);
	}
	return cost;
}

static void say(int n, const struct cost *c, const struct cost *bare)
{
	printf(
	    "# evidence rules, %d a target: %.2f x the time of a sample in peace (%.0f "
	    "ns), %.2f x while all fail (%.0f ns), %.2f x the bytes (%.0f more)\n",
	    n, c->peace_ns / bare->peace_ns, c->peace_ns,
	    c->failing_ns / bare->failing_ns, c->failing_ns, c->bytes / bare->bytes,
	    c->bytes - bare->bytes);
}

/* Of the 50th rule and of the 10th: twice as much is a cache that is too small, five
 * times is a loop in a loop. */
static void assert_grows_no_faster(double bare, double ten, double fifty)
{
	double of_ten = (ten - bare) / 10, of_fifty = (fifty - bare) / 50;

	if (of_fifty > 3 * of_ten)
		fail_msg(
		    "a rule costs %.0f among ten and %.0f among fifty", of_ten, of_fifty);
}

static void a_rule_more_costs_what_a_rule_costs(void **state)
{
	struct cost costs[COUNTS];

	(void)state;
	make_rules();
	for (int i = 0; i < COUNTS; i++) {
		costs[i] = measure(counts[i]);
		say(counts[i], &costs[i], &costs[0]);
	}
	assert_true(costs[0].facts > 0); /* it was an outage */
	assert_grows_no_faster(costs[0].peace_ns, costs[2].peace_ns, costs[3].peace_ns);
	assert_grows_no_faster(
	    costs[0].failing_ns, costs[2].failing_ns, costs[3].failing_ns);
	assert_grows_no_faster(costs[0].bytes, costs[2].bytes, costs[3].bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_rule_more_costs_what_a_rule_costs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
