/* SPDX-License-Identifier: MIT
 *
 * The past as a stream: in the order of the ends, gaps between, and nothing of others.
 */
#include "storage/past.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/storage/house.h"

struct told {
	struct str lines; /* "s1 +5 ok", "gap +7..+9": seconds after NOON */
	struct sample last;
	int n, stop_after; /* 0: never */
};

static bool on_sample(void *arg, const struct sample *s, enum judged judged)
{
	struct told *t = arg;
	int64_t end = s->at.ms + s->end_us / US_PER_MS;

	str_addf(&t->lines, "s%u +%" PRId64 " %s%s\n", s->series, (end - NOON) / 1000,
	    outcome_code(s->outcome), judged == JUDGED_COUNTED ? "" : " not counted");
	t->last = *s;
	return ++t->n != t->stop_after;
}

static bool on_gap(void *arg, struct wall began, struct wall ended)
{
	struct told *t = arg;

	str_addf(&t->lines, "gap +%" PRId64 "..+%" PRId64 "\n", (began.ms - NOON) / 1000,
	    (ended.ms - NOON) / 1000);
	return ++t->n != t->stop_after;
}

static void put(
    struct house *h, uint32_t series, int64_t at_s, int64_t lasts_s, enum outcome o)
{
	struct txn *t = txn_new();
	struct sample s = o == OUTCOME_OK ? good_sample(series, NOON + at_s * 1000)
					  : failed_sample(series, NOON + at_s * 1000, o);

	s.end_us = lasts_s * 1000000;
	txn_sample(t, &s,
	    outcome_is_failure(o) || o == OUTCOME_OK ? JUDGED_COUNTED : JUDGED_EXCLUDED);
	house_apply(h->store, t);
}

static void put_gap(struct house *h, int64_t from_s, int64_t until_s)
{
	struct txn *t = txn_new();

	txn_gap(
	    t, (struct wall){NOON + from_s * 1000}, (struct wall){NOON + until_s * 1000});
	house_apply(h->store, t);
}

static const char *read_all(
    struct house *h, struct told *t, int64_t from_s, int64_t until_s)
{
	static const uint32_t series[] = {1, 3};
	struct past_reader r = {.series = series,
	    .n_series = 2,
	    .from = {NOON + from_s * 1000},
	    .until = {NOON + until_s * 1000},
	    .on_sample = on_sample,
	    .on_gap = on_gap,
	    .arg = t};
	struct err e = {0};

	str_reset(&t->lines);
	t->n = 0;
	if (!past_read(store_db(h->store), &r, &e))
		fail_msg("%s", e.msg);
	return str_c(&t->lines);
}

static void open_with_series(struct house *h, struct told *t)
{
	house_open_fast(h);
	house_series(h->store, 1, "one");
	house_series(h->store, 2, "two");
	house_series(h->store, 3, "three");
	memset(t, 0, sizeof(*t));
	str_init(&t->lines, (size_t)1 << 20);
}

static void samples_come_when_they_ended_and_gaps_between(void **state)
{
	struct house *h = *state;
	struct told t;

	open_with_series(h, &t);
	put(h, 1, 10, 30, OUTCOME_TIMEOUT_TOTAL); /* begins first, ends last */
	put(h, 3, 12, 1, OUTCOME_OK);
	put(h, 2, 13, 1, OUTCOME_OK); /* of nobody who is asked for */
	put(h, 1, 20, 2, OUTCOME_QUOTA);
	put_gap(h, 24, 35);
	put(h, 3, 60, 1, OUTCOME_OK);
	assert_string_equal(read_all(h, &t, 0, 1000), "s3 +13 ok\n"
						      "s1 +22 quota not counted\n"
						      "gap +24..+35\n"
						      "s1 +40 timeout_total\n"
						      "s3 +61 ok\n");
	str_fini(&t.lines);
}

static void only_what_began_in_the_time_asked_for(void **state)
{
	struct house *h = *state;
	struct told t;

	open_with_series(h, &t);
	for (int i = 0; i < 10; i++)
		put(h, 1, i * 10, 1, OUTCOME_OK);
	put_gap(h, 5, 25);
	put_gap(h, 200, 300);
	assert_string_equal(read_all(h, &t, 20, 40), "s1 +21 ok\n"
						     "gap +5..+25\n"
						     "s1 +31 ok\n");
	str_fini(&t.lines);
}

static void the_provider_s_words_come_with_a_failure_and_go_with_the_next(void **state)
{
	struct house *h = *state;
	struct told t;

	open_with_series(h, &t);
	put(h, 1, 10, 1, OUTCOME_OVERLOADED);
	(void)read_all(h, &t, 0, 1000);
	assert_int_equal(t.last.http_status, 503);
	assert_string_equal(t.last.provider_code, "server_busy");
	assert_string_equal(t.last.message, "Server overloaded");
	assert_string_equal(t.last.request_id, "req-1");
	put(h, 1, 20, 1, OUTCOME_OK);
	(void)read_all(h, &t, 0, 1000);
	assert_string_equal(t.last.provider_code, "");
	assert_string_equal(t.last.message, "");
	assert_int_equal(t.last.first_token_us, 412000);
	str_fini(&t.lines);
}

static void whoever_listens_may_stop(void **state)
{
	struct house *h = *state;
	struct told t;

	open_with_series(h, &t);
	for (int i = 0; i < 10; i++)
		put(h, 1, i * 10, 1, OUTCOME_OK);
	for (int n = 1; n < 10; n++) {
		t.stop_after = n;
		(void)read_all(h, &t, 0, 1000);
		assert_int_equal(t.n, n);
	}
	str_fini(&t.lines);
}

static void the_bounds_are_those_of_the_samples(void **state)
{
	struct house *h = *state;
	struct wall first, last;
	struct err e = {0};
	struct told t;

	open_with_series(h, &t);
	assert_false(past_bounds(store_db(h->store), &first, &last, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	put(h, 1, 30, 1, OUTCOME_OK);
	put(h, 2, 10, 1, OUTCOME_OK);
	assert_true(past_bounds(store_db(h->store), &first, &last, &e));
	assert_int_equal(first.ms, NOON + 10000);
	assert_int_equal(last.ms, NOON + 30000);
	str_fini(&t.lines);
}

static void a_row_that_nobody_understands_is_left_out(void **state)
{
	struct house *h = *state;
	struct err e = {0};
	struct told t;

	open_with_series(h, &t);
	put(h, 1, 10, 1, OUTCOME_OK);
	put(h, 1, 20, 1, OUTCOME_OK);
	put(h, 1, 30, 1, OUTCOME_OK);
	assert_true(db_exec(store_db(h->store), "PRAGMA foreign_keys=OFF", &e));
	assert_true(db_exec(store_db(h->store),
	    "PRAGMA ignore_check_constraints=ON; UPDATE samples SET outcome = 9999 WHERE "
	    "at = (SELECT at FROM samples ORDER BY at LIMIT 1 OFFSET 1)",
	    &e));
	assert_string_equal(read_all(h, &t, 0, 1000), "s1 +11 ok\ns1 +31 ok\n");
	str_fini(&t.lines);
}

int main(void)
{
#define HOUSE_TEST(f) cmocka_unit_test_setup_teardown(f, house_setup, house_teardown)
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(samples_come_when_they_ended_and_gaps_between),
	    HOUSE_TEST(only_what_began_in_the_time_asked_for),
	    HOUSE_TEST(the_provider_s_words_come_with_a_failure_and_go_with_the_next),
	    HOUSE_TEST(whoever_listens_may_stop),
	    HOUSE_TEST(the_bounds_are_those_of_the_samples),
	    HOUSE_TEST(a_row_that_nobody_understands_is_left_out),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
