/* SPDX-License-Identifier: MIT
 *
 * Stored samples judged again: the same outage from the same rows, what was our own path
 * stays ours, and a month of many targets in seconds.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/replay_source.h"
#include "tests/integration/storage/house.h"

#define BUDGET_MS (30 * MS_PER_MIN)

struct told {
	struct str lines;
};

static void on_update(void *arg, const struct replay_update *u)
{
	struct told *t = arg;

	str_addf(&t->lines, "%+" PRId64 " %s %s\n", (u->at.ms - NOON) / 1000, u->subject,
	    u->update);
}

static void on_trace(void *arg, const char *lines)
{
	(void)arg;
	(void)lines;
}

static struct replay_source source_of(struct told *t)
{
	memset(t, 0, sizeof(*t));
	str_init(&t->lines, (size_t)16 << 20);
	return (struct replay_source){
	    .until = {INT64_MAX},
              .listener = { on_update, on_trace, t}
        };
}

static void play(struct house *h, struct replay_source *s)
{
	struct err e = {0};
	struct reader *r = reader_open(h->path, BUDGET_MS, &e);

	if (!r || !replay_from_store(s, r, &e))
		fail_msg("%s", e.msg);
	replay_until(s->replay, s->last);
	reader_close(r);
}

/* One sample a minute for series 1: G good, F failed, D no connection and counted, P no
 * connection and found to be our own path, M while under maintenance. */
static void put(struct house *h, int64_t from_min, const char *samples)
{
	struct txn *t = txn_new();

	for (int64_t i = from_min; *samples; samples++, i++) {
		int64_t at = NOON + i * MS_PER_MIN;
		struct sample s = *samples == 'G' ? good_sample(1, at)
				  : *samples == 'F'
				      ? failed_sample(1, at, OUTCOME_HTTP_5XX)
				      : failed_sample(1, at, OUTCOME_CONNECT);

		txn_sample(t, &s,
		    *samples == 'P'   ? JUDGED_PATH
		    : *samples == 'M' ? JUDGED_MAINTENANCE
				      : JUDGED_COUNTED);
	}
	house_apply(h->store, t);
}

static void stored_samples_tell_the_same_story(void **state)
{
	struct house *h = *state;
	struct told t;
	struct replay_source s = source_of(&t);

	house_open_fast(h);
	house_series(h->store, 1, "one");
	put(h, 0, "GGGFFFFGGGGGG");
	play(h, &s);
	assert_int_equal(replay_count(s.replay), 1);
	assert_int_equal(replay_at(s.replay, 0)->started.ms, NOON + 3 * MS_PER_MIN);
	assert_int_equal(replay_at(s.replay, 0)->ended.ms, NOON + 7 * MS_PER_MIN);
	assert_string_equal(
	    replay_at(s.replay, 0)->first_error.message, "Server overloaded");
	assert_non_null(strstr(str_c(&t.lines), "+300 one opened"));
	replay_source_fini(&s);
	str_fini(&t.lines);
}

static void what_was_our_path_or_under_maintenance_is_no_evidence(void **state)
{
	struct house *h = *state;
	struct told t;
	struct replay_source s = source_of(&t);

	house_open_fast(h);
	house_series(h->store, 1, "one");
	put(h, 0, "GGGPPPPPPGGMMMMMMGG");
	play(h, &s);
	assert_int_equal(replay_count(s.replay), 0);
	assert_null(strstr(str_c(&t.lines), "suspect"));
	replay_source_fini(&s);
	str_fini(&t.lines);
}

static void a_time_asked_for_is_taught_by_the_week_before(void **state)
{
	struct house *h = *state;
	struct told t;
	struct replay_source s = source_of(&t);

	house_open_fast(h);
	house_series(h->store, 1, "one");
	put(h, 0, "GGGFFFFGGGGGG");
	put(h, 120, "GGGFFFFGGGGGG");
	s.from.ms = NOON + 110 * MS_PER_MIN;
	play(h, &s);
	assert_int_equal(replay_totals(s.replay).samples, 13); /* of the time asked for */
	assert_int_equal(replay_count(s.replay), 1);
	assert_int_equal(replay_at(s.replay, 0)->started.ms, NOON + 123 * MS_PER_MIN);
	assert_null(strstr(str_c(&t.lines), "+300 "));
	replay_source_fini(&s);
	str_fini(&t.lines);
}

static void an_older_series_of_the_same_name_is_judged_apart(void **state)
{
	struct house *h = *state;
	struct told t;
	struct replay_source s = source_of(&t);
	struct target other = house_target("one");
	struct txn *txn = txn_new();

	house_open_fast(h);
	house_series(h->store, 1, "one");
	put(h, 0, "GGGFFFF");
	other.model = "deepseek-pro";
	txn_series(txn, 2, "hk-1", &other, (struct wall){NOON + MS_PER_H});
	for (int i = 0; i < 20; i++) {
		int64_t at = NOON + MS_PER_H + i * MS_PER_MIN;
		struct sample sm =
		    i < 10 ? good_sample(2, at) : failed_sample(2, at, OUTCOME_HTTP_5XX);

		txn_sample(txn, &sm, JUDGED_COUNTED);
	}
	house_apply(h->store, txn);
	play(h, &s);
	assert_int_equal(replay_count(s.replay), 2);
	assert_string_equal(replay_at(s.replay, 0)->subject.id, "one #1");
	assert_string_equal(replay_at(s.replay, 1)->subject.id, "one");
	replay_source_fini(&s);
	str_fini(&t.lines);
}

static void a_database_without_samples_says_so(void **state)
{
	struct house *h = *state;
	struct told t;
	struct replay_source s = source_of(&t);
	struct err e = {0};
	struct reader *r;

	house_open_fast(h);
	house_series(h->store, 1, "one");
	r = reader_open(h->path, BUDGET_MS, &e);
	assert_non_null(r);
	assert_false(replay_from_store(&s, r, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	reader_close(r);
	replay_source_fini(&s);
	str_fini(&t.lines);
}

/* --- a month ---------------------------------------------------------------------- */

static int64_t fill(struct house *h, uint32_t targets, int days)
{
	struct rng rng;
	int64_t n = 0;

	rng_init(&rng, 7);
	for (int64_t min = 0; min < days * 1440; min += 60) {
		struct txn *t = txn_new();

		for (int64_t i = min; i < min + 60; i++) {
			for (uint32_t k = 1; k <= targets; k++, n++) {
				int64_t at = NOON + i * MS_PER_MIN + k * 500;
				struct sample s =
				    rng_below(&rng, 200)
					? good_sample(k, at)
					: failed_sample(k, at, OUTCOME_HTTP_5XX);

				s.first_token_us += (int64_t)rng_below(&rng, 200000);
				txn_sample(t, &s, JUDGED_COUNTED);
			}
		}
		house_apply(h->store, t);
	}
	return n;
}

/* What it takes is said, not asserted: that is a matter of the machine. */
static void a_month_of_many_targets_is_a_matter_of_seconds(void **state)
{
	const char *whole = getenv("DIMWATCH_TESTS_LONG");
	bool is_long = whole && *whole;
	uint32_t targets = is_long ? 100 : 10;
	int days = is_long ? 30 : 3;
	struct house *h = *state;
	struct told t;
	struct replay_source s = source_of(&t);
	int64_t n;
	clock_t began;
	double seconds;

	house_open_fast(h);
	for (uint32_t k = 1; k <= targets; k++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "t%u", k);
		house_series(h->store, k, name);
	}
	n = fill(h, targets, days);
	began = clock();
	play(h, &s);
	seconds = (double)(clock() - began) / CLOCKS_PER_SEC;
	assert_int_equal(replay_totals(s.replay).samples, n);
	printf("# evidence replay: %u targets x %d days, %" PRId64
	       " samples in %.1f s of CPU, %.1f us each\n",
	    targets, days, n, seconds, 1e6 * seconds / (double)n);
	replay_source_fini(&s);
	str_fini(&t.lines);
}

int main(void)
{
#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(stored_samples_tell_the_same_story),
	    HOUSE_TEST(what_was_our_path_or_under_maintenance_is_no_evidence),
	    HOUSE_TEST(a_time_asked_for_is_taught_by_the_week_before),
	    HOUSE_TEST(an_older_series_of_the_same_name_is_judged_apart),
	    HOUSE_TEST(a_database_without_samples_says_so),
	    HOUSE_TEST(a_month_of_many_targets_is_a_matter_of_seconds),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
