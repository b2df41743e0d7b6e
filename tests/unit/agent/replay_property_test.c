/* SPDX-License-Identifier: MIT
 *
 * Random histories are judged live, with restarts between; then the samples and gaps that
 * storage would hold are replayed: the same incidents, to the millisecond and the id.
 *
 *   replay_property_test [SEED [HISTORIES]]
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
#include "agent/base/xalloc.h"
#include "agent/replay.h"
#include "tests/unit/alerts/judge_fixture.h"

#ifdef __SANITIZE_ADDRESS__ /* three times as dear */
#define FEW 200
#else
#define FEW 600
#endif
#define MANY        150000
#define MAX_ENTRIES 300
#define MAX_LIVE    64
#define TARGETS     3

static uint64_t seed = 1, current;
static int histories = FEW;

/* What storage holds of one history, in the order it came. */
struct entry {
	bool gap;
	struct wall from, at; /* GAP: until `at`; a sample: start and end */
	uint32_t series;
	enum outcome outcome;
	uint32_t flags;
	int64_t first_token_us;
};

struct history {
	struct bench b;
	struct rng rng;
	int weather[TARGETS]; /* failures in 100 asks */
	struct entry entries[MAX_ENTRIES];
	int n_entries;
	struct incident live[MAX_LIVE]; /* as told last */
	int n_live;
};

static void keep_news(struct history *h)
{
	for (size_t i = 0; i < h->b.up.n_facts; i++) {
		const struct fact *f = &h->b.up.facts[i];
		int k = 0;
		if (!fact_is_incident(f->kind))
			continue;
		while (k < h->n_live && !ulid_eq(&h->live[k].id, &f->incident.id))
			k++;
		assert_true(k < MAX_LIVE);
		h->n_live += k == h->n_live;
		h->live[k] = f->incident;
	}
}

static void step(struct history *h, struct judge_event ev)
{
	bench_step(&h->b, ev);
	keep_news(h);
}

static void pass(struct history *h, int64_t ms)
{
	struct wall until = wall_add_ms(h->b.now, ms);
	while (h->b.up.wake_at.ms <= until.ms) {
		if (h->b.up.wake_at.ms > h->b.now.ms)
			h->b.now = h->b.up.wake_at;
		step(h, (struct judge_event){.kind = JUDGE_TIME});
		assert_true(h->b.up.wake_at.ms > h->b.now.ms);
	}
	h->b.now = until;
}

static struct entry *note(struct history *h, struct entry en)
{
	assert_true(h->n_entries < MAX_ENTRIES);
	h->entries[h->n_entries] = en;
	return &h->entries[h->n_entries++];
}

static struct sample sample_of(const struct entry *en)
{
	struct sample s;
	sample_init(&s, en->series, en->from);
	s.outcome = en->outcome;
	s.flags = en->flags;
	s.first_token_us = en->first_token_us;
	s.end_us = wall_diff_ms(en->at, en->from) * US_PER_MS;
	return s;
}

static void ask(struct history *h)
{
	struct entry en = {.at = h->b.now, .first_token_us = NOT_REACHED};
	en.series = 1 + (uint32_t)rng_below(&h->rng, TARGETS);
	en.from = wall_add_ms(en.at, -(int64_t)rng_below(&h->rng, 30000));
	en.outcome = (int)rng_below(&h->rng, 100) < h->weather[en.series - 1]
			 ? (enum outcome)rng_below(&h->rng, OUTCOME_COUNT)
			 : OUTCOME_OK;
	en.flags = rng_below(&h->rng, 50) ? 0 : FLAG_LOOP_LATE;
	if (en.outcome == OUTCOME_OK)
		en.first_token_us = (int64_t)rng_below(&h->rng, 900000);
	struct sample s = sample_of(note(h, en));
	step(h, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
}

static void off(struct history *h)
{
	struct wall from = h->b.now;
	h->b.now.ms += 1000 + (int64_t)rng_below(&h->rng, 2 * MS_PER_H);
	note(h, (struct entry){.gap = true, .from = from, .at = h->b.now});
	step(h, (struct judge_event){.kind = JUDGE_GAP, .u.from = from});
	pass(h, 0); /* what was due meanwhile comes before the next answer */
}

static void restart(struct history *h)
{
	struct wall wake = h->b.up.wake_at;
	bench_restart(&h->b);
	h->b.up.wake_at = wake;
}

static void event(struct history *h)
{
	uint64_t dice = rng_below(&h->rng, 100);
	if (dice < 4)
		h->weather[rng_below(&h->rng, TARGETS)] = (int)rng_below(&h->rng, 120);
	else if (dice < 7)
		h->weather[rng_below(&h->rng, TARGETS)] = 0;
	else if (dice == 7)
		off(h);
	else if (dice == 8)
		pass(h, 40 * MS_PER_MIN);
	else if (dice < 15)
		restart(h);
	else
		pass(h, 1 + (int64_t)rng_below(&h->rng, 30000));
	ask(h);
}

static void play(struct history *h, uint64_t number)
{
	memset(h, 0, sizeof *h);
	rng_init(&h->rng, number);
	bench_init(&h->b, TARGETS);
	bench_rule(&h->b, "errors", "error_rate > 20% over 10m, at least 3 failures");
	bench_rule(&h->b, "often", "error_rate >= 5% over 2h, at least 2 failures");
	h->b.rules[1].for_ms = 4 * MS_PER_MIN;
	bench_config(&h->b);
	for (int n = 20 + (int)rng_below(&h->rng, 120); n > 0; n--)
		event(h);
}

/* --- again ------------------------------------------------------------------------ */

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

static void assert_same(const struct incident *a, const struct incident *b)
{
	assert_string_equal(a->id.text, b->id.text);
	assert_string_equal(a->short_id, b->short_id);
	assert_true(subject_eq(&a->subject, &b->subject));
	assert_int_equal(a->class, b->class);
	assert_int_equal(a->state, b->state);
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->severity, b->severity);
	assert_int_equal(a->health, b->health);
	assert_int_equal(a->started.ms, b->started.ms);
	assert_int_equal(a->opened.ms, b->opened.ms);
	assert_int_equal(a->ended.ms, b->ended.ms);
	assert_int_equal(a->closed.ms, b->closed.ms);
	assert_int_equal(a->reopened, b->reopened);
	assert_int_equal(a->seq, b->seq);
	assert_int_equal(a->n_causes, b->n_causes);
	assert_int_equal(a->samples, b->samples);
	assert_int_equal(a->failures, b->failures);
	assert_int_equal(a->unknown_ms, b->unknown_ms);
	assert_int_equal(a->first_error.at.ms, b->first_error.at.ms);
	assert_int_equal(a->last_error.at.ms, b->last_error.at.ms);
}

static void replay_is_the_same(const struct history *h)
{
	const struct bench *b = &h->b;
	struct judge_config c = {.vantage = "hk-1",
	    .targets = b->targets,
	    .n_targets = b->n_targets,
	    .rules = b->rules,
	    .n_rules = b->n_rules};
	struct wall start = {FIXTURE_T0};
	struct replay *r = replay_new(
	    &c, start, start, &(struct replay_listener){no_update, no_trace, NULL});
	for (int i = 0; i < h->n_entries; i++) {
		const struct entry *en = &h->entries[i];
		struct sample s = sample_of(en);
		if (en->gap)
			replay_gap(r, en->from, en->at);
		else
			replay_sample(r, &s, en->at);
	}
	assert_int_equal(replay_count(r), h->n_live);
	for (int i = 0; i < h->n_live; i++)
		assert_same(replay_at(r, (size_t)i), &h->live[i]);
	replay_free(r);
}

static void a_replay_of_what_was_stored_repeats_every_verdict(void **state)
{
	struct history *h = xmalloc(sizeof *h);
	long samples = 0, incidents = 0;
	(void)state;
	for (int i = 0; i < histories; i++) {
		current = seed + (uint64_t)i;
		play(h, current);
		replay_is_the_same(h);
		samples += h->n_entries;
		incidents += h->n_live;
		bench_fini(&h->b);
	}
	free(h);
	assert_true(incidents > histories / 2); /* the histories do say something */
	printf(
	    "# evidence replayed histories: %d, %ld samples and gaps, %ld incidents the "
	    "same to the millisecond; seed %llu\n",
	    histories, samples, incidents, (unsigned long long)seed);
}

static int say_where(void **state)
{
	(void)state;
	printf("# the last history was %llu: replay_property_test %llu 1\n",
	    (unsigned long long)current, (unsigned long long)current);
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_teardown(
		a_replay_of_what_was_stored_repeats_every_verdict, say_where),
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
