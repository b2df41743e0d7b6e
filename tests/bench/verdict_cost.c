/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "tests/bench/verdict_cost.h"

#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/xalloc.h"
#include "tests/unit/alerts/sim_world.h"

#define BATCH   1000
#define BATCHES 200
#define TARGETS 1000

static double now_ns(void)
{
	struct timespec ts;

	(void)clock_gettime(CLOCK_MONOTONIC, &ts);
	return 1e9 * (double)ts.tv_sec + (double)ts.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct crowd {
	struct judge *judge;
	struct judge_update up;
	int64_t now_ms;
};

static void crowd_init(struct crowd *c, size_t n)
{
	struct judge_target *targets = xcalloc(n, sizeof(*targets));
	struct judge_config config = {
	    .vantage = "hk-1", .targets = targets, .n_targets = n};
	struct judge_event ev = {
	    .kind = JUDGE_CONFIG, .at = {SIM_EPOCH}, .u.config = &config};

	for (size_t i = 0; i < n; i++) {
		targets[i].series = (uint32_t)i + 1;
		targets[i].interval_ms = MS_PER_MIN;
		targets[i].auto_on = true;
		(void)snprintf(targets[i].name, sizeof(targets[i].name), "t%zu", i);
	}
	c->judge = judge_new("hk-1");
	judge_update_init(&c->up);
	c->now_ms = SIM_EPOCH;
	judge_step(c->judge, &ev, &c->up);
	free(targets);
}

static void crowd_fini(struct crowd *c)
{
	judge_free(c->judge);
	judge_update_fini(&c->up);
}

static void answer(
    struct crowd *c, struct sample *s, uint32_t series, bool failed, struct rng *rng)
{
	struct judge_event ev = {.kind = JUDGE_SAMPLE, .at = {c->now_ms}};

	s->series = series;
	s->at.ms = c->now_ms;
	s->outcome = failed ? OUTCOME_HTTP_5XX : OUTCOME_OK;
	s->first_token_us =
	    failed ? NOT_REACHED : 400000 + (int64_t)(200000 * rng_unit(rng));
	ev.u.sample = s;
	judge_step(c->judge, &ev, &c->up);
}

/* Every target once a round, a minute a round; as many failures as in peace. */
static void measure_time(struct verdict_cost *ret, uint64_t seed)
{
	static double ns[BATCHES];
	struct crowd c;
	struct rng rng;
	struct sample s;

	rng_init(&rng, seed);
	sample_init(&s, 1, (struct wall){SIM_EPOCH});
	crowd_init(&c, TARGETS);
	for (int i = 0; i < BATCHES; i++) {
		double began = now_ns();

		for (int k = 0; k < BATCH; k++) {
			c.now_ms += MS_PER_MIN / TARGETS;
			answer(&c, &s, (uint32_t)(k % TARGETS) + 1,
			    rng_below(&rng, 100) == 0, &rng);
		}
		ns[i] = (now_ns() - began) / BATCH;
	}
	qsort(ns, BATCHES, sizeof(*ns), by_size);
	ret->median_ns = ns[BATCHES / 2];
	ret->worst_ns = ns[BATCHES - 1];
	ret->batches = BATCHES;
	crowd_fini(&c);
}

static double held(void)
{
	struct mallinfo2 m = mallinfo2();

	return (double)m.uordblks + (double)m.hblkhd;
}

/* Of one target among many, when each was asked that often. */
static double bytes_after(int asks, bool failing, uint64_t seed)
{
	double before = held(), bytes;
	struct crowd c;
	struct rng rng;
	struct sample s;

	rng_init(&rng, seed);
	sample_init(&s, 1, (struct wall){SIM_EPOCH});
	crowd_init(&c, TARGETS);
	for (int i = 0; i < asks; i++) {
		c.now_ms += MS_PER_MIN;
		for (uint32_t k = 1; k <= TARGETS; k++)
			answer(&c, &s, k, failing && i == asks / 2, &rng);
	}
	bytes = (held() - before) / TARGETS;
	crowd_fini(&c);
	return bytes;
}

struct verdict_cost verdict_cost(uint64_t seed)
{
	struct verdict_cost c = {0};

	measure_time(&c, seed);
	c.bytes_idle = bytes_after(2, false, seed);
	c.bytes_failed = bytes_after(200, true, seed);
	return c;
}
