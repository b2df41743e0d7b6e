/* SPDX-License-Identifier: MIT
 *
 * Forgetting by age and by size, a slice at a time, incidents last.
 */
#include "storage/retention.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/rolling.h"
#include "storage/store_file.h"
#include "tests/integration/storage/house.h"

#define SERIES 10

static void fill(struct house *h, int64_t from, int64_t until)
{
	struct txn *t = txn_new();

	for (int64_t at = from; at < until; at += 60000) {
		for (uint32_t s = 1; s <= SERIES; s++) {
			struct sample one = s == 1 ? failed_sample(s, at, OUTCOME_DNS)
						   : good_sample(s, at);

			txn_sample(t, &one, JUDGED_COUNTED);
		}
		if (txn_samples(t) > 5000) {
			house_apply(h->store, t);
			t = txn_new();
		}
	}
	house_apply(h->store, t);
}

static void roll_up(struct house *h, int64_t now)
{
	struct rolling r;
	struct err e = {0};
	bool more = true;

	rolling_init(&r);
	assert_true(rolling_load(&r, store_db(h->store), &e));
	while (more)
		assert_true(
		    rolling_step(&r, store_db(h->store), (struct wall){now}, &more, &e));
	rolling_fini(&r);
}

static void open_series(struct house *h)
{
	house_open_fast(h);
	for (uint32_t s = 1; s <= SERIES; s++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "t%u", s);
		house_series(h->store, s, name);
	}
}

/* Steps until there is nothing more to do; returns the greatest slice. */
static uint64_t forget(struct retention *r, struct house *h, int64_t now)
{
	struct err e = {0};
	uint64_t worst = 0;
	bool more = true;

	for (int steps = 0; more; steps++) {
		uint64_t before = r->rows_deleted;
		bool ok = retention_step(r, store_db(h->store), (struct wall){now},
		    store_bytes(h->store), &more, &e);

		if (!ok)
			print_error("%s\n", e.msg);
		assert_true(ok);
		assert_true(steps < 3000);
		if (r->rows_deleted - before > worst)
			worst = r->rows_deleted - before;
	}
	return worst;
}

static const struct store_keep days_keep = {.samples_ms = MS_PER_DAY,
    .five_minutes_ms = 2 * MS_PER_DAY,
    .hours_ms = 4 * MS_PER_DAY,
    .days_ms = 6 * MS_PER_DAY};

static void each_table_forgets_at_its_own_age_in_slices(void **state)
{
	struct house *h = *state;
	struct retention r;
	struct db *d = NULL;
	uint64_t worst = 0;
	const int64_t from = NOON - 8 * MS_PER_DAY;

	open_series(h);
	d = store_db(h->store);
	fill(h, from, NOON);
	roll_up(h, NOON);
	retention_init(&r, &days_keep);
	worst = forget(&r, h, NOON);
	assert_in_range(worst, RETENTION_SLICE, RETENTION_SLICE + SERIES);
	assert_int_equal(ask(d, "SELECT min(at) FROM samples"), NOON - MS_PER_DAY);
	assert_int_equal(ask(d, "SELECT min(at) FROM details"), NOON - MS_PER_DAY);
	assert_int_equal(
	    ask(d, "SELECT min(at) FROM five_minutes"), NOON - 2 * MS_PER_DAY);
	assert_int_equal(ask(d, "SELECT min(at) FROM hours"), NOON - 4 * MS_PER_DAY);
	assert_int_equal(
	    ask(d, "SELECT min(at) FROM days"), NOON - 6 * MS_PER_DAY + 12 * MS_PER_H);
	assert_int_equal(ask(d, "SELECT count(*) FROM samples"), SERIES * 1440);
}

static void a_look_is_due_once_a_minute(void **state)
{
	struct house *h = *state;
	struct retention r;
	struct err e = {0};
	bool more = false;

	open_series(h);
	retention_init(&r, &days_keep);
	(void)forget(&r, h, NOON);
	assert_true(retention_step(
	    &r, store_db(h->store), (struct wall){NOON + 59999}, 0, &more, &e));
	assert_false(more);
	assert_true(retention_step(
	    &r, store_db(h->store), (struct wall){NOON + 60000}, 0, &more, &e));
	assert_true(more);
	/* a clock that went back a year does not stop it */
	(void)forget(&r, h, NOON + 60000);
	assert_true(retention_step(&r, store_db(h->store),
	    (struct wall){NOON - 365 * MS_PER_DAY}, 0, &more, &e));
	assert_true(more);
}

static void without_limits_nothing_is_forgotten(void **state)
{
	struct house *h = *state;
	struct retention r;
	struct store_keep keep = {0};

	open_series(h);
	fill(h, NOON - 2 * MS_PER_DAY, NOON);
	roll_up(h, NOON);
	retention_init(&r, &keep);
	(void)forget(&r, h, NOON + 1000 * MS_PER_DAY);
	assert_int_equal(r.rows_deleted, 0);
}

static void add_incidents(struct house *h, int n)
{
	struct rng rng;

	rng_init(&rng, 2);
	for (int i = 0; i < n; i++) {
		struct txn *t = txn_new();
		struct incident in;
		struct delivery dl;

		any_incident(&rng, &in);
		in.opened.ms = NOON - 9 * MS_PER_DAY + i;
		in.state = i % 10 ? INCIDENT_CLOSED : INCIDENT_OPEN;
		any_delivery(&rng, &dl);
		dl.incident = in.id;
		dl.state = DELIVERY_SENT;
		txn_incident(t, &in);
		txn_delivery(t, &dl);
		house_apply(h->store, t);
	}
}

static void old_incidents_go_with_all_they_have_but_open_ones_stay(void **state)
{
	struct house *h = *state;
	struct retention r;
	struct db *d = NULL;

	open_series(h);
	d = store_db(h->store);
	add_incidents(h, 50);
	retention_init(&r, &days_keep);
	(void)forget(&r, h, NOON);
	assert_int_equal(ask(d, "SELECT count(*) FROM incidents"), 5);
	assert_int_equal(
	    ask(d, "SELECT count(*) FROM incident_causes WHERE incident NOT IN"
		   " (SELECT id FROM incidents)"),
	    0);
	assert_int_equal(
	    ask(d, "SELECT count(*) FROM incident_targets WHERE incident NOT IN"
		   " (SELECT id FROM incidents)"),
	    0);
}

static int64_t file_bytes(struct house *h)
{
	struct err e = {0};

	assert_true(db_exec(store_db(h->store), "PRAGMA wal_checkpoint(TRUNCATE)", &e));
	return store_bytes(h->store);
}

static void size_takes_the_oldest_samples_and_shrinks_the_file(void **state)
{
	struct house *h = *state;
	struct retention r;
	struct store_keep keep = {.size_bytes = 6 << 20};
	struct db *d = NULL;
	int64_t days = 0;

	open_series(h);
	d = store_db(h->store);
	fill(h, NOON - 10 * MS_PER_DAY, NOON);
	add_incidents(h, 50);
	roll_up(h, NOON);
	days = ask(d, "SELECT count(*) FROM days");
	assert_true(file_bytes(h) > 8 << 20);
	retention_init(&r, &keep);
	assert_true(forget(&r, h, NOON) <= RETENTION_SLICE + SERIES);
	assert_true(file_bytes(h) <= 6 << 20);
	assert_true(ask(d, "SELECT min(at) FROM samples") > NOON - 8 * MS_PER_DAY);
	assert_true(ask(d, "SELECT count(*) FROM samples") > 1000);
	assert_int_equal(ask(d, "SELECT max(at) FROM samples"), NOON - 60000);
	assert_int_equal(ask(d, "SELECT count(*) FROM incidents"), 50);
	assert_int_equal(ask(d, "SELECT count(*) FROM days"), days);
	(void)forget(&r, h, NOON + 60000);
	assert_int_equal(ask(d, "SELECT count(*) FROM pragma_integrity_check"
				" WHERE integrity_check = 'ok'"),
	    1);
}

static void a_limit_that_cannot_be_kept_spares_the_last_hour_and_what_is_open(
    void **state)
{
	struct house *h = *state;
	struct retention r;
	struct store_keep keep = {.size_bytes = 1000};
	struct db *d = NULL;

	open_series(h);
	d = store_db(h->store);
	fill(h, NOON - 2 * MS_PER_DAY, NOON);
	add_incidents(h, 50);
	roll_up(h, NOON);
	retention_init(&r, &keep);
	(void)forget(&r, h, NOON);
	assert_int_equal(ask(d, "SELECT min(at) FROM samples"), NOON - MS_PER_H);
	assert_int_equal(ask(d, "SELECT count(*) FROM samples"), 60 * SERIES);
	assert_int_equal(ask(d, "SELECT count(*) FROM incidents"), 5);
}

static void what_is_not_rolled_up_is_not_taken_for_size(void **state)
{
	struct house *h = *state;
	struct retention r;
	struct store_keep keep = {.size_bytes = 1000};

	open_series(h);
	fill(h, NOON - 2 * MS_PER_DAY, NOON);
	retention_init(&r, &keep);
	(void)forget(&r, h, NOON);
	assert_int_equal(
	    ask(store_db(h->store), "SELECT count(*) FROM samples"), 2880 * SERIES);
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(each_table_forgets_at_its_own_age_in_slices),
	    HOUSE_TEST(a_look_is_due_once_a_minute),
	    HOUSE_TEST(without_limits_nothing_is_forgotten),
	    HOUSE_TEST(old_incidents_go_with_all_they_have_but_open_ones_stay),
	    HOUSE_TEST(size_takes_the_oldest_samples_and_shrinks_the_file),
	    HOUSE_TEST(a_limit_that_cannot_be_kept_spares_the_last_hour_and_what_is_open),
	    HOUSE_TEST(what_is_not_rolled_up_is_not_taken_for_size),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
