/* SPDX-License-Identifier: MIT
 *
 * Buckets close once, are right after a crash, after latecomers and after steps of the
 * clock; and whoever asks sees the same sums before and after.
 */
#include "storage/rolling.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/history.h"
#include "storage/rollup_rows.h"
#include "storage/txn_parts.h"
#include "tests/integration/storage/house.h"

#define FIVE ((int64_t)300000)

static void close_all(struct rolling *r, struct house *h, int64_t now)
{
	struct err e = {0};
	bool more = true;

	while (more)
		assert_true(
		    rolling_step(r, store_db(h->store), (struct wall){now}, &more, &e));
}

static void put(struct house *h, const struct sample *s)
{
	struct txn *t = txn_new();

	txn_sample(t, s, JUDGED_COUNTED);
	house_apply(h->store, t);
}

/* One sample a minute for each of three series; series 2 fails every third. */
static void put_minutes(struct house *h, int64_t from, int n)
{
	struct txn *t = txn_new();

	for (int i = 0; i < n; i++) {
		for (uint32_t series = 1; series <= 3; series++) {
			int64_t at = from + i * 60000 + series * 7000;
			struct sample s =
			    series == 2 && i % 3 == 0
				? failed_sample(series, at, OUTCOME_OVERLOADED)
				: good_sample(series, at);

			s.first_token_us += i * 1000;
			txn_sample(t, &s, JUDGED_COUNTED);
		}
	}
	house_apply(h->store, t);
}

static void open_three(struct house *h, struct rolling *r)
{
	struct err e = {0};

	house_open_fast(h);
	house_series(h->store, 1, "one");
	house_series(h->store, 2, "two");
	house_series(h->store, 3, "three");
	rolling_init(r);
	assert_true(rolling_load(r, store_db(h->store), &e));
}

static void a_bucket_closes_two_minutes_after_its_end_and_not_before(void **state)
{
	struct house *h = *state;
	struct rolling r;
	struct db *d = NULL;

	open_three(h, &r);
	d = store_db(h->store);
	put_minutes(h, NOON, 5);
	close_all(&r, h, NOON + FIVE + ROLLING_GRACE_MS - 1);
	assert_int_equal(ask(d, "SELECT count(*) FROM five_minutes"), 0);
	close_all(&r, h, NOON + FIVE + ROLLING_GRACE_MS);
	assert_int_equal(ask(d, "SELECT count(*) FROM five_minutes"), 3);
	assert_int_equal(ask(d, "SELECT sum(samples) FROM five_minutes"), 15);
	assert_int_equal(
	    ask(d, "SELECT failed_ms FROM five_minutes WHERE series = 2"), 120000);
	assert_int_equal(
	    ask(d, "SELECT outcomes->>'overloaded' FROM five_minutes WHERE series = 2"),
	    2);
	rolling_fini(&r);
}

static void days_and_hours_are_the_sums_of_their_parts(void **state)
{
	struct house *h = *state;
	struct rolling r;
	struct db *d = NULL;
	const int64_t midnight = NOON - 12 * MS_PER_H;

	open_three(h, &r);
	d = store_db(h->store);
	put_minutes(h, midnight, 24 * 60);
	close_all(&r, h, midnight + MS_PER_DAY + ROLLING_GRACE_MS);
	assert_int_equal(ask(d, "SELECT count(*) FROM five_minutes"), 3 * 288);
	assert_int_equal(ask(d, "SELECT count(*) FROM hours"), 3 * 24);
	assert_int_equal(ask(d, "SELECT count(*) FROM days"), 3);
	assert_int_equal(ask(d, "SELECT at FROM days LIMIT 1"), midnight);
	assert_int_equal(ask(d, "SELECT samples FROM days WHERE series = 1"), 1440);
	assert_int_equal(ask(d, "SELECT failed FROM days WHERE series = 2"), 480);
	assert_int_equal(ask(d, "SELECT good_ms FROM days WHERE series = 1"), MS_PER_DAY);
	assert_int_equal(ask(d, "SELECT sum(value) FROM days, json_each(days.latency)"
				" WHERE series = 1"),
	    1440);
	assert_int_equal(
	    ask(d, "SELECT cost->>'USD' FROM days WHERE series = 3"), 1440 * 6500);
	rolling_fini(&r);
}

static void each_row_is_written_once(void **state)
{
	struct house *h = *state;
	struct rolling r;
	struct db *d = NULL;
	int64_t before = 0;

	open_three(h, &r);
	d = store_db(h->store);
	put_minutes(h, NOON, 130);
	close_all(&r, h, NOON + 130 * 60000);
	before = sqlite3_total_changes64(db_handle(d));
	close_all(&r, h, NOON + 130 * 60000);
	close_all(&r, h, NOON + 130 * 60000 + 1000);
	assert_int_equal(sqlite3_total_changes64(db_handle(d)), before);
	rolling_fini(&r);
}

static void time_without_samples_is_passed_over(void **state)
{
	struct house *h = *state;
	struct rolling r;
	struct err e = {0};
	bool more = true;
	int steps = 0;

	open_three(h, &r);
	put_minutes(h, NOON, 5);
	put_minutes(h, NOON + 90 * MS_PER_DAY, 5);
	while (more && steps < 100) {
		assert_true(rolling_step(&r, store_db(h->store),
		    (struct wall){NOON + 91 * MS_PER_DAY}, &more, &e));
		steps++;
	}
	assert_true(steps < 20);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM five_minutes"), 6);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM hours"), 6);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM days"), 6);
	rolling_fini(&r);
}

/* As the committer does it. */
static void put_noted(
    struct rolling *r, struct house *h, const struct sample *s, const struct remark *m)
{
	struct db *d = store_db(h->store);
	struct txn *t = txn_new();
	struct err e = {0};

	if (s)
		txn_sample(t, s, JUDGED_COUNTED);
	if (m)
		txn_remark(t, m);
	assert_true(db_begin(d, &e) && txn_apply(t, d, 1, &e));
	rolling_note(r, t);
	assert_true(rolling_repair(r, d, &e) && db_commit(d, &e));
	txn_free(t);
}

static void a_latecomer_changes_its_row_and_those_above(void **state)
{
	struct house *h = *state;
	struct rolling r;
	struct db *d = NULL;
	const int64_t midnight = NOON - 12 * MS_PER_H;
	struct sample s =
	    failed_sample(1, midnight + 3 * MS_PER_H + 30000, OUTCOME_RESET);
	struct remark m = {2, {midnight + 7000 + 7000}, JUDGED_PATH};

	open_three(h, &r);
	d = store_db(h->store);
	put_minutes(h, midnight, 24 * 60);
	close_all(&r, h, midnight + MS_PER_DAY + ROLLING_GRACE_MS);
	put_noted(&r, h, &s, NULL);
	assert_int_equal(
	    ask(d, "SELECT sum(failed) FROM five_minutes WHERE series = 1"), 1);
	assert_int_equal(ask(d, "SELECT sum(failed) FROM hours WHERE series = 1"), 1);
	assert_int_equal(ask(d, "SELECT failed FROM days WHERE series = 1"), 1);
	assert_int_equal(ask(d, "SELECT samples FROM days WHERE series = 1"), 1441);
	put_noted(&r, h, NULL, &m);
	assert_int_equal(ask(d, "SELECT failed FROM days WHERE series = 2"), 479);
	assert_int_equal(ask(d, "SELECT samples FROM days WHERE series = 2"), 1440);
	assert_int_equal(ask(d, "SELECT samples FROM days WHERE series = 3"), 1440);
	rolling_fini(&r);
}

static void a_restart_in_mid_bucket_loses_nothing(void **state)
{
	struct house *h = *state;
	struct rolling a, b;
	struct err e = {0};
	char text[100];

	open_three(h, &a);
	put_minutes(h, NOON, 62);
	close_all(&a, h, NOON + 62 * 60000);
	rolling_fini(&a);
	house_close(h);
	house_open_fast(h);
	rolling_init(&b);
	assert_true(rolling_load(&b, store_db(h->store), &e));
	put_minutes(h, NOON + 62 * 60000, 58);
	close_all(&b, h, NOON + 2 * MS_PER_H + ROLLING_GRACE_MS);
	assert_string_equal(
	    ask_text(store_db(h->store),
		"SELECT group_concat(samples) FROM (SELECT samples FROM hours"
		" ORDER BY series, at)",
		text, sizeof(text)),
	    "60,60,60,60,60,60");
	rolling_fini(&b);
}

static void a_clock_that_was_far_ahead_is_forgiven(void **state)
{
	struct house *h = *state;
	struct rolling r;
	struct sample s = good_sample(1, NOON + 400 * MS_PER_DAY);
	struct db *d = NULL;

	open_three(h, &r);
	d = store_db(h->store);
	put(h, &s);
	close_all(&r, h, NOON + 401 * MS_PER_DAY);
	assert_true(r.through[ROLLUP_DAY] > NOON + 399 * MS_PER_DAY);
	put_minutes(h, NOON, 70);
	close_all(&r, h, NOON - 60000); /* back: the next closing starts from here */
	assert_true(r.through[ROLLUP_FIVE_MINUTES] <= NOON);
	assert_true(r.through[ROLLUP_DAY] <= NOON);
	close_all(&r, h, NOON + 70 * 60000);
	assert_int_equal(
	    ask(d, "SELECT samples FROM hours WHERE series = 1 AND at < 1800000000000"),
	    60);
	rolling_fini(&r);
}

/* Sums since `since` must be the same whatever is rolled up already. */
static void history_says_the_same_before_and_after_closing(void **state)
{
	struct house *h = *state;
	struct rolling r;
	struct history before, after;
	struct err e = {0};
	const struct wall since = {NOON + 25 * 60000};
	struct db *d = NULL;

	open_three(h, &r);
	d = store_db(h->store);
	put_minutes(h, NOON, 300);
	assert_true(history_load(&before, d, since, true, &e));
	close_all(&r, h, NOON + 300 * 60000);
	assert_true(r.through[ROLLUP_HOUR] >= NOON + 4 * MS_PER_H);
	assert_true(history_load(&after, d, since, true, &e));
	assert_int_equal(before.n, 3);
	assert_int_equal(after.n, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct rollup *a = &before.sums[i], *b = &after.sums[i];

		assert_int_equal(a->samples, 275);
		assert_int_equal(a->samples, b->samples);
		assert_int_equal(a->good_ms, b->good_ms);
		assert_int_equal(a->failed_ms, b->failed_ms);
		assert_memory_equal(a->outcomes, b->outcomes, sizeof(a->outcomes));
		assert_memory_equal(&a->latency, &b->latency, sizeof(a->latency));
		assert_memory_equal(a->cost, b->cost, sizeof(a->cost));
	}
	history_fini(&before);
	history_fini(&after);
	rolling_fini(&r);
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(a_bucket_closes_two_minutes_after_its_end_and_not_before),
	    HOUSE_TEST(days_and_hours_are_the_sums_of_their_parts),
	    HOUSE_TEST(each_row_is_written_once),
	    HOUSE_TEST(time_without_samples_is_passed_over),
	    HOUSE_TEST(a_latecomer_changes_its_row_and_those_above),
	    HOUSE_TEST(a_restart_in_mid_bucket_loses_nothing),
	    HOUSE_TEST(a_clock_that_was_far_ahead_is_forgiven),
	    HOUSE_TEST(history_says_the_same_before_and_after_closing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
