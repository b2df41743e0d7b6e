/* SPDX-License-Identifier: MIT
 *
 * What is written comes back as it was, field by field, over values made by chance.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/load.h"
#include "tests/integration/storage/house.h"

#define MANY 200

struct got {
	struct sample samples[MANY];
	enum judged judged[MANY];
	struct incident incident;
	struct delivery deliveries[MANY];
	struct channel_status channels[4];
	size_t n;
};

static bool on_sample(void *arg, const struct sample *s, enum judged j)
{
	struct got *g = arg;

	assert_true(g->n < MANY);
	g->judged[g->n] = j;
	g->samples[g->n++] = *s;
	return true;
}

static void samples_come_back_in_the_order_they_finished(void **state)
{
	struct house *h = *state;
	static struct got g;
	static struct sample put[MANY];
	struct rng rng;
	struct err e = {0};

	rng_init(&rng, 5);
	memset(&g, 0, sizeof(g));
	house_open_fast(h);
	house_series(h->store, 3, "one");
	for (size_t i = 0; i < MANY; i++) {
		struct txn *t = txn_new();

		put[i] = any_sample(&rng, 3, NOON + 1 + (int64_t)i * 7);
		txn_sample(t, &put[i], (enum judged)(i % JUDGED_COUNT));
		house_apply(h->store, t);
	}
	assert_true(
	    load_samples(store_db(h->store), (struct wall){NOON}, on_sample, &g, &e));
	assert_int_equal(g.n, MANY);
	for (size_t i = 0; i < MANY; i++) {
		size_t k = (size_t)(g.samples[i].at.ms - NOON - 1) / 7;

		assert_memory_equal(&g.samples[i], &put[k], sizeof(put[k]));
		assert_int_equal(g.judged[i], k % JUDGED_COUNT);
		if (i)
			assert_true(
			    g.samples[i].at.ms + g.samples[i].end_us / 1000 >=
			    g.samples[i - 1].at.ms + g.samples[i - 1].end_us / 1000);
	}
}

static void one_good_request_id_in_twenty_is_kept_and_every_failed_one(void **state)
{
	struct house *h = *state;
	struct txn *t = txn_new();
	int64_t kept = 0;

	house_open_fast(h);
	for (int i = 0; i < 2000; i++) {
		struct sample s = good_sample(1, NOON + i * 30000);

		txn_sample(t, &s, JUDGED_COUNTED);
		s = failed_sample(2, NOON + i * 30000, OUTCOME_RATE_LIMITED);
		txn_sample(t, &s, JUDGED_EXCLUDED);
	}
	house_apply(h->store, t);
	kept = ask(store_db(h->store),
	    "SELECT count(request_id) FROM samples_v WHERE outcome = 'ok'");
	assert_in_range(kept, 60, 140);
	assert_int_equal(
	    ask(store_db(h->store),
		"SELECT count(request_id) FROM samples_v WHERE outcome <> 'ok'"),
	    2000);
}

static void more_words_than_fit_stand_beside_their_sample(void **state)
{
	struct house *h = *state;
	static struct got g;
	struct txn *t = txn_new();
	struct sample s;
	struct err e = {0};

	memset(&g, 0, sizeof(g));
	house_open_fast(h);
	house_series(h->store, 1, "one");
	for (int i = 0; i < 1100; i++) {
		s = good_sample(1, NOON + i);
		memset(s.request_id, 0, sizeof(s.request_id));
		memset(s.returned_model, 0, sizeof(s.returned_model));
		(void)snprintf(s.returned_model, sizeof(s.returned_model), "model-%d", i);
		txn_sample(t, &s, JUDGED_COUNTED);
	}
	house_apply(h->store, t);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM words"), 1000);
	assert_true(load_samples(
	    store_db(h->store), (struct wall){NOON + 1098}, on_sample, &g, &e));
	assert_int_equal(g.n, 1);
	assert_memory_equal(&g.samples[0], &s, sizeof(s));
}

static void a_clash_moves_by_a_millisecond_and_remarks_still_find_it(void **state)
{
	struct house *h = *state;
	static struct got g;
	struct sample s = failed_sample(1, NOON, OUTCOME_DNS);
	struct remark r = {1, {NOON}, JUDGED_PATH};
	struct txn *t = NULL;
	struct err e = {0};

	memset(&g, 0, sizeof(g));
	house_open_fast(h);
	for (int i = 0; i < 3; i++) {
		t = txn_new();
		s.end_us = i;
		txn_sample(t, &s, JUDGED_COUNTED);
		house_apply(h->store, t);
	}
	assert_int_equal(
	    ask(store_db(h->store), "SELECT max(at) FROM samples"), NOON + 2);
	t = txn_new();
	txn_remark(t, &r);
	house_apply(h->store, t);
	assert_true(
	    load_samples(store_db(h->store), (struct wall){NOON - 1}, on_sample, &g, &e));
	assert_int_equal(g.n, 3);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(g.samples[i].at.ms, NOON);
		assert_int_equal(
		    g.judged[i], g.samples[i].end_us == 2 ? JUDGED_PATH : JUDGED_COUNTED);
	}
}

static void a_remark_on_a_dropped_sample_is_no_error(void **state)
{
	struct house *h = *state;
	struct txn *t = txn_new();
	struct remark r = {9, {NOON}, JUDGED_LATE};

	house_open_fast(h);
	txn_remark(t, &r);
	house_apply(h->store, t);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 0);
}

/* ---- incidents ---- */

static void an_incident_comes_back_with_all_its_parts_however_often_it_changes(
    void **state)
{
	struct house *h = *state;
	struct incident put, got;
	struct rng rng;
	struct err e = {0};
	struct ulid id;

	rng_init(&rng, 6);
	house_open_fast(h);
	any_incident(&rng, &put);
	id = put.id;
	for (int i = 0; i < 60; i++) {
		struct txn *t = txn_new();

		any_incident(&rng, &put);
		if (i % 2) /* the same one again, in another shape */
			put.id = id;
		txn_incident(t, &put);
		house_apply(h->store, t);
		assert_true(load_incident(store_db(h->store), &put.id, &got, &e));
		assert_memory_equal(&got, &put, sizeof(put));
	}
}

static void an_unknown_incident_is_not_found(void **state)
{
	struct house *h = *state;
	struct incident got;
	struct ulid id = {"01HZZZZZZZZZZZZZZZZZZZZZZZ"};
	struct err e = {0};

	house_open_fast(h);
	assert_false(load_incident(store_db(h->store), &id, &got, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
}

static void the_log_outlives_changes_and_is_never_rewritten(void **state)
{
	struct house *h = *state;
	struct fact f;
	struct rng rng;
	struct wall at = {0};
	char text[300];

	rng_init(&rng, 8);
	memset(&f, 0, sizeof(f));
	house_open_fast(h);
	any_incident(&rng, &f.incident);
	f.kind = FACT_OPENED;
	for (uint32_t seq = 1; seq <= 3; seq++) {
		struct txn *t = txn_new();

		f.incident.seq = seq;
		f.incident.severity_now = SEVERITY_CRITICAL;
		f.from = SEVERITY_MAJOR;
		f.at.ms = NOON + seq;
		f.kind = seq == 1 ? FACT_OPENED : FACT_CHANGED;
		(void)str_copy(f.detail, sizeof(f.detail), "3 of last 5 failed");
		txn_incident(t, &f.incident);
		txn_log(t, &f);
		f.at.ms = 1; /* said again: the first stays */
		txn_log(t, &f);
		house_apply(h->store, t);
	}
	assert_true(load_log_at(store_db(h->store), &f.incident.id, 2, &at));
	assert_int_equal(at.ms, NOON + 2);
	assert_false(load_log_at(store_db(h->store), &f.incident.id, 4, &at));
	assert_string_equal(
	    ask_text(store_db(h->store),
		"SELECT group_concat(kind || severity || severity_from || detail)"
		" FROM incident_log",
		text, sizeof(text)),
	    "opened323 of last 5 failed,changed323 of last 5 failed,"
	    "changed323 of last 5 failed");
	assert_int_equal(
	    ask(store_db(h->store),
		"SELECT json_array_length(causes) FROM incident_log LIMIT 1"),
	    f.incident.n_causes);
}

static bool count_incident(void *arg, const struct incident *in)
{
	size_t *n = arg;

	(void)in;
	++*n;
	return true;
}

static void open_ones_and_those_closed_lately_are_loaded(void **state)
{
	struct house *h = *state;
	struct incident in;
	struct rng rng;
	struct err e = {0};
	size_t n = 0;

	rng_init(&rng, 9);
	house_open_fast(h);
	for (int i = 0; i < 30; i++) {
		struct txn *t = txn_new();

		any_incident(&rng, &in);
		in.state = i % 3 ? INCIDENT_CLOSED : INCIDENT_OPEN;
		in.closed.ms = i % 3 == 0 ? 0 : i % 3 == 1 ? NOON : NOON - 1;
		txn_incident(t, &in);
		house_apply(h->store, t);
	}
	assert_true(load_incidents(
	    store_db(h->store), (struct wall){NOON}, count_incident, &n, &e));
	assert_int_equal(n, 20);
}

/* ---- outbox ---- */

static bool on_delivery(void *arg, const struct delivery *d)
{
	struct got *g = arg;

	assert_true(g->n < MANY);
	g->deliveries[g->n++] = *d;
	return true;
}

static void deliveries_come_back_pending_or_of_open_incidents(void **state)
{
	struct house *h = *state;
	static struct got g;
	static struct delivery put[MANY];
	struct incident in;
	struct rng rng;
	struct err e = {0};
	struct txn *t = txn_new();

	memset(&g, 0, sizeof(g));
	rng_init(&rng, 10);
	house_open_fast(h);
	any_incident(&rng, &in);
	in.state = INCIDENT_OPEN;
	txn_incident(t, &in);
	for (size_t i = 0; i < MANY; i++) {
		any_delivery(&rng, &put[i]);
		put[i].created.ms = NOON + (int64_t)i;
		if (i % 4 == 1)
			put[i].incident = in.id;
		if (i % 2)
			put[i].state = (enum delivery_state)(1 + i / 4 % 3);
		txn_delivery(t, &put[i]);
	}
	house_apply(h->store, t);
	assert_true(load_deliveries(store_db(h->store), on_delivery, &g, &e));
	assert_int_equal(g.n, MANY / 2 + MANY / 4);
	for (size_t i = 0; i < g.n; i++)
		assert_memory_equal(&g.deliveries[i],
		    &put[g.deliveries[i].created.ms - NOON], sizeof(put[0]));
}

static bool on_channel(void *arg, const struct channel_status *c)
{
	struct got *g = arg;

	assert_true(g->n < 4);
	g->channels[g->n++] = *c;
	return true;
}

static void a_channels_state_survives(void **state)
{
	struct house *h = *state;
	static struct got g;
	struct channel_status c;
	struct txn *t = txn_new();
	struct err e = {0};

	memset(&g, 0, sizeof(g));
	memset(&c, 0, sizeof(c));
	(void)str_copy(c.name, sizeof(c.name), "oncall");
	c.state = CHANNEL_SHUT;
	c.for_good = true;
	c.until.ms = NOON + 3600000;
	c.since.ms = NOON;
	c.last_sent.ms = NOON - 5;
	c.tokens = 0.1234567890123;
	c.tokens_at.ms = NOON + 1;
	(void)str_copy(c.words, sizeof(c.words), "410 \xe2\x80\x9cgone\xe2\x80\x9d");
	house_open_fast(h);
	txn_channel(t, &c);
	txn_channel(t, &c);
	house_apply(h->store, t);
	assert_true(load_channels(store_db(h->store), on_channel, &g, &e));
	assert_int_equal(g.n, 1);
	assert_memory_equal(&g.channels[0], &c, sizeof(c));
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(samples_come_back_in_the_order_they_finished),
	    HOUSE_TEST(one_good_request_id_in_twenty_is_kept_and_every_failed_one),
	    HOUSE_TEST(more_words_than_fit_stand_beside_their_sample),
	    HOUSE_TEST(a_clash_moves_by_a_millisecond_and_remarks_still_find_it),
	    HOUSE_TEST(a_remark_on_a_dropped_sample_is_no_error),
	    HOUSE_TEST(
		an_incident_comes_back_with_all_its_parts_however_often_it_changes),
	    HOUSE_TEST(an_unknown_incident_is_not_found),
	    HOUSE_TEST(the_log_outlives_changes_and_is_never_rewritten),
	    HOUSE_TEST(open_ones_and_those_closed_lately_are_loaded),
	    HOUSE_TEST(deliveries_come_back_pending_or_of_open_incidents),
	    HOUSE_TEST(a_channels_state_survives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
