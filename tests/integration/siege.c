/* SPDX-License-Identifier: MIT
 *
 * Lanes, meters, medians.
 */
#include "tests/integration/siege.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/base/sha256.h"
#include "agent/base/xalloc.h"

#define PERIOD_S     120
#define MAX_MARKS    ((size_t)1 << 17)
#define GOOD_PLAN    "at 0s good: ok 60ms\n"
#define GOOD_COUNT   "good"

#define REFERENCE_US 12000.0 /* for SHA-256 of a mebibyte */

/* Figures of one kind; more than fit are not kept. */
struct marks {
	size_t n;
	int64_t us[MAX_MARKS];
};

struct siege {
	struct world w;
	struct probes *bad_probes, *good_probes;
	struct party *attacker, *provider;
	struct target bad, good;
	size_t lanes;

	/* The present period. */
	size_t good_wanted, bad_wanted, bad_lanes_used;
	struct weather weather;
	struct marks turns, lateness, first_tokens;
	struct loop_timer tick;
	struct mono tick_due;
};

/* --- meters --- */

static void mark(struct marks *m, int64_t us)
{
	if (m->n < MAX_MARKS)
		m->us[m->n++] = us;
}

static int by_size(const void *a, const void *b)
{
	const int64_t *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/* The value that `percent` of all do not exceed; 0 without any. */
static int64_t percentile(struct marks *m, size_t percent)
{
	if (m->n == 0)
		return 0;
	qsort(m->us, m->n, sizeof(m->us[0]), by_size);
	return m->us[(m->n - 1) * percent / 100];
}

int64_t processor_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

/* Time this thread could have run and did not; 0 where the kernel does not tell. */
static int64_t waited_us(void)
{
	long long ran = 0, waited = 0;
	FILE *f = fopen("/proc/thread-self/schedstat", "r");

	if (f && fscanf(f, "%lld %lld", &ran, &waited) != 2)
		waited = 0;
	if (f)
		fclose(f);
	return waited / 1000;
}

static void on_tick(void *arg, struct mono now)
{
	struct siege *s = arg;

	mark(&s->lateness, mono_diff_us(now, s->tick_due));
	s->tick_due = mono_add_ms(now, 1);
	loop_timer_at(&s->tick, s->tick_due);
}

/* --- lanes --- */

static void ask_good(struct siege *s)
{
	probe_start(s->good_probes, &s->good, s->w.generation, 0);
}

static void ask_bad(struct siege *s)
{
	probe_start(s->bad_probes, &s->bad, s->w.generation, 0);
}

static void on_good(void *arg, const struct target *t, const struct sample *sample)
{
	struct siege *s = arg;

	assert_ptr_equal(t, &s->good);
	s->weather.good++;
	s->weather.good_ok += sample->outcome == OUTCOME_OK;
	if (sample->first_token_us >= 0)
		mark(&s->first_tokens, sample->first_token_us);
	if (s->weather.good < s->good_wanted || s->weather.bad < s->bad_wanted)
		ask_good(s);
}

static void on_bad(void *arg, const struct target *t, const struct sample *sample)
{
	struct siege *s = arg;

	assert_ptr_equal(t, &s->bad);
	assert_null(strstr(sample->evidence, WORLD_KEY));
	assert_null(strstr(sample->message, WORLD_KEY));
	s->weather.bad++;
	s->weather.classes[sample->outcome]++;
	if (s->weather.bad < s->bad_wanted || s->weather.good < s->good_wanted)
		ask_bad(s);
}

static void run_until_empty(struct siege *s)
{
	struct mono give_up = mono_add_ms(loop_mono(s->w.loop), PERIOD_S * MS_PER_S);

	while (http_in_flight(s->w.http) > 0) {
		int64_t before = processor_us();

		if (loop_mono(s->w.loop).us > give_up.us)
			fail_msg("the siege has not ended within %d s", PERIOD_S);
		loop_turn(s->w.loop, 100);
		mark(&s->turns, processor_us() - before);
	}
}

void siege_run(struct siege *s, size_t good, size_t bad, struct weather *ret)
{
	struct mono began = loop_mono(s->w.loop);
	int64_t before, waited = waited_us();

	s->good_wanted = good;
	s->bad_wanted = bad;
	memset(&s->weather, 0, sizeof(s->weather));
	s->turns.n = s->lateness.n = s->first_tokens.n = 0;
	loop_some_turns(s->w.loop, 3);
	before = resident_bytes();
	peak_reset();
	s->tick_due = mono_add_ms(loop_mono(s->w.loop), 1);
	loop_timer_at(&s->tick, s->tick_due);
	for (size_t i = 0; i < SIEGE_GOOD_LANES && good > 0; i++)
		ask_good(s);
	for (size_t i = 0; i < s->lanes && bad > 0; i++)
		ask_bad(s);
	run_until_empty(s);
	loop_timer_cancel(&s->tick);
	s->weather.waited = (double)(waited_us() - waited) /
			    (double)mono_diff_us(loop_mono(s->w.loop), began);
	s->weather.peak_bytes = peak_bytes() - before;
	s->weather.grown_bytes = resident_bytes() - before;
	s->weather.first_token_us = percentile(&s->first_tokens, 50);
	s->weather.turn_p99_us = percentile(&s->turns, 99);
	s->weather.turn_max_us = percentile(&s->turns, 100);
	s->weather.late_p99_us = percentile(&s->lateness, 99);
	*ret = s->weather;
}

double siege_slowness(void)
{
	uint8_t digest[SHA256_BYTES];
	int64_t best = INT64_MAX;
	char *mebibyte = xcalloc(1, 1 << 20);

	for (int i = 0; i < 5; i++) {
		int64_t before = processor_us(), took;

		sha256(mebibyte, 1 << 20, digest);
		took = processor_us() - before;
		best = took < best ? took : best;
	}
	free(mebibyte);
	return (double)best > REFERENCE_US ? (double)best / REFERENCE_US : 1;
}

/* --- life --- */

static void set_url(struct siege *s, struct target *t, const struct party *p)
{
	world_set_url(&s->w, "http://127.0.0.1:%d/%s/v1/chat/completions", party_port(p),
	    GOOD_COUNT);
	*t = s->w.target;
}

struct siege *siege_new(attack_fn attack, size_t lanes)
{
	struct siege *s = xcalloc(1, sizeof(*s));

	/* The meters' own pages are not to count as growth. */
	memset(&s->turns, 1, sizeof(s->turns));
	memset(&s->lateness, 1, sizeof(s->lateness));
	memset(&s->first_tokens, 1, sizeof(s->first_tokens));
	s->lanes = lanes;
	s->attacker = attacker_new(attack);
	s->provider = provider_new(GOOD_PLAN);
	world_init(&s->w, LOOP_REAL, "");
	set_url(s, &s->good, s->provider);
	set_url(s, &s->bad, s->attacker);
	s->good.series = 8;
	s->bad_probes = probes_new(s->w.loop, s->w.http, 1, on_bad, s);
	s->good_probes = probes_new(s->w.loop, s->w.http, 2, on_good, s);
	loop_timer_init(&s->tick, s->w.loop, on_tick, s);
	return s;
}

void siege_free(struct siege *s)
{
	party_free(s->attacker);
	party_free(s->provider);
	/* A test has failed in the middle: the rest is left as evidence. */
	if (http_in_flight(s->w.http) > 0)
		return;
	probes_free(s->bad_probes);
	probes_free(s->good_probes);
	world_fini(&s->w);
	free(s);
}

struct target *siege_target(struct siege *s)
{
	return &s->bad;
}
