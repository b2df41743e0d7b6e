/* SPDX-License-Identifier: MIT
 *
 * The picture that `status` and `incidents` show: it agrees with the views.
 */
#include "storage/reader.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/rolling.h"
#include "tests/integration/storage/house.h"

/* 2100-01-01T00:00:00Z: a run that is alive then makes it the views' now. */
#define NOW INT64_C(4102444800000)

static void open_now(struct house *h)
{
	h->options.now.ms = NOW;
	house_open_fast(h);
	house_series(h->store, 1, "one");
	house_series(h->store, 2, "two");
}

/* A day and a half; target two fails in one quarter of an hour of each hour. */
static void put_days(struct house *h)
{
	struct txn *t = txn_new();

	for (int64_t at = NOW - 36 * MS_PER_H; at < NOW; at += 60000) {
		struct sample s = good_sample(1, at + 1000);

		s.first_token_us = 100000 + at / 60000 % 100 * 10000;
		txn_sample(t, &s, JUDGED_COUNTED);
		s = at / 60000 % 60 < 15 ? failed_sample(2, at + 2000, OUTCOME_HTTP_5XX)
					 : good_sample(2, at + 2000);
		txn_sample(t, &s, JUDGED_COUNTED);
	}
	house_apply(h->store, t);
}

static void roll_up(struct house *h)
{
	struct rolling r;
	struct err e = {0};
	bool more = true;

	rolling_init(&r);
	assert_true(rolling_load(&r, store_db(h->store), &e));
	while (more)
		assert_true(
		    rolling_step(&r, store_db(h->store), (struct wall){NOW}, &more, &e));
	rolling_fini(&r);
}

struct seen {
	struct reader_target t[4];
	size_t n;
};

static bool on_target(void *arg, const struct reader_target *t)
{
	struct seen *s = arg;

	assert_true(s->n < 4);
	s->t[s->n++] = *t;
	return true;
}

static void the_reader_tells_what_the_views_tell(void **state)
{
	struct house *h = *state;
	struct seen seen = {0};
	struct err e = {0};
	struct reader *r = NULL;
	struct txn *t = txn_new();
	struct incident in;
	struct rng rng;

	open_now(h);
	put_days(h);
	rng_init(&rng, 4);
	any_incident(&rng, &in);
	in.subject = (struct subject){SUBJECT_TARGET, "two"};
	in.state = INCIDENT_OPEN;
	(void)str_copy(in.short_id, sizeof(in.short_id), "7Q2A");
	txn_incident(t, &in);
	txn_judge_state(
	    t, 2, (struct wall){NOW - 1}, 1, "{\"health\":\"down\",\"since\":77}");
	txn_alive(t, (struct wall){NOW});
	house_apply(h->store, t);
	roll_up(h);
	r = reader_open(h->path, 5000, &e);
	assert_non_null(r);
	assert_true(reader_targets(r, (struct wall){NOW}, on_target, &seen, &e));
	assert_int_equal(seen.n, 2);
	assert_string_equal(seen.t[0].name, "one");
	assert_int_equal(seen.t[0].health, HEALTH_UNKNOWN);
	assert_int_equal(seen.t[0].asks_24h, 1440);
	assert_int_equal(seen.t[0].cost_nano_24h, 1440 * 6500);
	assert_string_equal(seen.t[0].currency, "USD");
	assert_in_range(seen.t[0].p50_us, 560000, 650000);
	assert_int_equal(seen.t[0].last_at.ms, NOW - 59000);
	assert_string_equal(seen.t[0].last_outcome, "ok");
	assert_false(seen.t[0].has_incident);
	assert_int_equal(seen.t[1].health, HEALTH_DOWN);
	assert_int_equal(seen.t[1].since.ms, 77);
	assert_true(seen.t[1].uptime_pct > 74.999 && seen.t[1].uptime_pct < 75.001);
	assert_int_equal(seen.t[1].cost_nano_24h, -1); /* failures of unknown cost */
	assert_true(seen.t[1].has_incident);
	assert_string_equal(seen.t[1].incident_short, "7Q2A");
	reader_close(r);
}

static void a_target_that_left_the_config_leaves_the_picture(void **state)
{
	struct house *h = *state;
	struct seen seen = {0};
	struct err e = {0};
	struct reader *r = NULL;
	struct txn *t = txn_new();
	struct sample s = good_sample(1, NOW - 1000);

	open_now(h);
	txn_sample(t, &s, JUDGED_COUNTED);
	s = good_sample(2, NOW - 3 * MS_PER_H);
	txn_sample(t, &s, JUDGED_COUNTED);
	txn_judge_state(t, 1, (struct wall){NOW - 1000}, 1, "{}");
	txn_judge_state(t, 2, (struct wall){NOW - 3 * MS_PER_H}, 1, "{}");
	house_apply(h->store, t);
	assert_int_equal(sqlite3_exec(db_handle(store_db(h->store)),
			     "UPDATE series SET first_seen = 5", NULL, NULL, NULL),
	    SQLITE_OK);
	r = reader_open(h->path, 5000, &e);
	assert_true(reader_targets(r, (struct wall){NOW}, on_target, &seen, &e));
	assert_int_equal(seen.n, 1);
	assert_string_equal(seen.t[0].name, "one");
	reader_close(r);
}

static void execute(struct house *h, const char *sql)
{
	assert_int_equal(
	    sqlite3_exec(db_handle(store_db(h->store)), sql, NULL, NULL, NULL),
	    SQLITE_OK);
}

/* One and two are rungs of one target, in the wrong order; the incident is the lead's. */
static void rungs_stand_behind_their_lead(void **state)
{
	struct house *h = *state;
	struct seen seen = {0};
	struct err e = {0};
	struct reader *r = NULL;
	struct txn *t = txn_new();
	struct incident in;
	struct rng rng;

	open_now(h);
	house_series(h->store, 3, "other");
	house_series(h->store, 4, "one");
	rng_init(&rng, 4);
	any_incident(&rng, &in);
	in.subject = (struct subject){SUBJECT_TARGET, "one"};
	in.state = INCIDENT_OPEN;
	txn_incident(t, &in);
	for (uint32_t i = 1; i <= 4; i++)
		txn_judge_state(t, i, (struct wall){NOW - 1}, 1, "{\"health\":\"down\"}");
	house_apply(h->store, t);
	execute(h, "UPDATE series SET target = 'one' WHERE id IN (1, 2, 4);"
		   "UPDATE series SET kind = 'door' WHERE id = 1;"
		   "UPDATE series SET kind = 'models' WHERE id = 2");
	r = reader_open(h->path, 5000, &e);
	assert_true(reader_targets(r, (struct wall){NOW}, on_target, &seen, &e));
	assert_int_equal(seen.n, 4);
	assert_string_equal(seen.t[0].kind, "stream");
	assert_string_equal(seen.t[1].kind, "models");
	assert_string_equal(seen.t[2].kind, "door");
	assert_string_equal(seen.t[3].name, "other");
	assert_false(seen.t[0].rung || seen.t[3].rung);
	assert_true(seen.t[1].rung && seen.t[2].rung);
	assert_true(seen.t[0].has_incident);
	assert_false(seen.t[1].has_incident || seen.t[2].has_incident);
	reader_close(r);
}

/* Asked otherwise, and then as before: what was forgotten meanwhile hides nobody. */
static void who_goes_back_to_an_older_series_is_in_the_picture(void **state)
{
	struct house *h = *state;
	struct seen seen = {0};
	struct err e = {0};
	struct reader *r = NULL;
	struct txn *t = txn_new();

	open_now(h);
	txn_judge_state(t, 1, (struct wall){NOW - 1}, 1, "{\"health\":\"up\"}");
	txn_judge_state(t, 2, (struct wall){NOW - 1000}, 1, "");
	house_apply(h->store, t);
	execute(h, "UPDATE series SET target = 'one', first_seen = 5;"
		   "UPDATE series SET kind = 'chat' WHERE id = 2");
	r = reader_open(h->path, 5000, &e);
	assert_true(reader_targets(r, (struct wall){NOW}, on_target, &seen, &e));
	assert_int_equal(seen.n, 1);
	assert_int_equal(seen.t[0].series, 1);
	assert_int_equal(seen.t[0].health, HEALTH_UP);
	reader_close(r);
}

static bool take_incident(void *arg, const struct incident *in)
{
	struct str *s = arg;

	return str_addf(s, "%s ", in->short_id);
}

static void incidents_are_found_by_state_time_target_and_either_id(void **state)
{
	struct house *h = *state;
	struct err e = {0};
	struct rng rng;
	struct incident in, got;
	struct reader *r = NULL;
	struct str list;
	struct reader_incident_filter f = {0};
	struct txn *t = txn_new();
	struct reader_delivery_counts counts;

	open_now(h);
	rng_init(&rng, 12);
	for (int i = 0; i < 4; i++) {
		any_incident(&rng, &in);
		(void)snprintf(in.short_id, sizeof(in.short_id), "AB%d", i);
		in.opened.ms = in.started.ms = NOON + i;
		in.state = i == 2 ? INCIDENT_OPEN : INCIDENT_CLOSED;
		in.subject = (struct subject){SUBJECT_PROVIDER, "deepseek"};
		in.n_targets = i == 1;
		(void)str_copy(in.targets[0], sizeof(in.targets[0]), "one");
		txn_incident(t, &in);
	}
	house_apply(h->store, t);
	str_init(&list, 100);
	r = reader_open(h->path, 5000, &e);
	assert_true(reader_incidents(r, &f, take_incident, &list, &e));
	f.limit = 1;
	assert_true(reader_incidents(r, &f, take_incident, &list, &e));
	f = (struct reader_incident_filter){.open_only = true};
	assert_true(reader_incidents(r, &f, take_incident, &list, &e));
	f = (struct reader_incident_filter){.since = {NOON + 2}};
	assert_true(reader_incidents(r, &f, take_incident, &list, &e));
	f = (struct reader_incident_filter){.target = "one"};
	assert_true(reader_incidents(r, &f, take_incident, &list, &e));
	assert_string_equal(str_c(&list), "AB3 AB2 AB1 AB0 AB3 AB2 AB3 AB2 AB1 ");
	assert_true(reader_incident(r, "ab3", &got, &e));
	assert_string_equal(got.id.text, in.id.text);
	assert_true(reader_incident(r, in.id.text, &got, &e));
	assert_memory_equal(&got.causes, &in.causes, sizeof(in.causes));
	assert_false(reader_incident(r, "nope", &got, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_true(reader_deliveries(r, (struct wall){NOW}, &counts, &e));
	assert_int_equal(counts.pending + counts.oldest_pending.ms, 0);
	str_fini(&list);
	reader_close(r);
}

static void a_question_that_takes_too_long_is_ended(void **state)
{
	struct house *h = *state;
	struct err e = {0};
	struct reader *r = NULL;

	open_now(h);
	r = reader_open(h->path, 30, &e);
	assert_false(db_exec(reader_db(r),
	    "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n)"
	    " SELECT max(i) FROM n",
	    &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_non_null(strstr(e.msg, "too long"));
	reader_close(r);
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(the_reader_tells_what_the_views_tell),
	    HOUSE_TEST(a_target_that_left_the_config_leaves_the_picture),
	    HOUSE_TEST(rungs_stand_behind_their_lead),
	    HOUSE_TEST(who_goes_back_to_an_older_series_is_in_the_picture),
	    HOUSE_TEST(incidents_are_found_by_state_time_target_and_either_id),
	    HOUSE_TEST(a_question_that_takes_too_long_is_ended),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
