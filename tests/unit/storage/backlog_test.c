/* SPDX-License-Identifier: MIT */
#include "storage/backlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/txn_parts.h"

#define NO_LIMIT ((size_t)1 << 40)

static struct txn *of_samples(size_t n)
{
	struct txn *t = txn_new();
	struct sample s;

	for (size_t i = 0; i < n; i++) {
		sample_init(&s, 1, (struct wall){(int64_t)i});
		txn_sample(t, &s, JUDGED_COUNTED);
	}
	return t;
}

static struct txn *precious(size_t samples)
{
	struct txn *t = of_samples(samples);
	struct delivery d;

	memset(&d, 0, sizeof(d));
	txn_delivery(t, &d);
	return t;
}

static void assert_sane(const struct backlog *b)
{
	const struct backlog_item *it = NULL;
	size_t n = 0, n_precious = 0, samples = 0, bytes = 0;
	uint64_t last = 0;

	TAILQ_FOREACH(it, &b->items, link)
	{
		assert_true(it->number > last);
		last = it->number;
		n++;
		n_precious += !txn_is_droppable(it->txn);
		samples += it->samples;
		bytes += it->bytes;
	}
	assert_int_equal(n, b->n);
	assert_int_equal(n_precious, b->n_precious);
	assert_int_equal(samples, b->samples);
	assert_int_equal(bytes, b->bytes);
	assert_true(b->n_precious > 0 || b->samples <= b->max_samples);
}

static void free_list(struct backlog_list *list)
{
	struct backlog_item *it = NULL;

	while ((it = TAILQ_FIRST(list))) {
		TAILQ_REMOVE(list, it, link);
		backlog_item_free(it);
	}
}

static void numbers_count_from_one_and_order_is_kept(void **state)
{
	struct backlog b;
	struct backlog_list out = TAILQ_HEAD_INITIALIZER(out);
	uint64_t expected = 1;
	const struct backlog_item *it = NULL;

	(void)state;
	backlog_init(&b, 100, NO_LIMIT);
	for (uint64_t i = 1; i <= 7; i++)
		assert_int_equal(backlog_post(&b, of_samples(1)), i);
	assert_sane(&b);
	backlog_take(&b, &out, 5);
	backlog_take(&b, &out, 5);
	TAILQ_FOREACH(it, &out, link)
	assert_int_equal(it->number, expected++);
	assert_int_equal(expected, 8);
	assert_int_equal(b.n, 0);
	free_list(&out);
	backlog_fini(&b);
}

static void a_batch_ends_before_the_sample_that_is_too_many(void **state)
{
	struct backlog b;
	struct backlog_list out = TAILQ_HEAD_INITIALIZER(out);

	(void)state;
	backlog_init(&b, 1000, NO_LIMIT);
	(void)backlog_post(&b, of_samples(3));
	(void)backlog_post(&b, of_samples(3));
	(void)backlog_post(&b, of_samples(3));
	backlog_take(&b, &out, 7);
	assert_int_equal(b.n, 1);
	free_list(&out);
	backlog_fini(&b);
}

static void one_txn_larger_than_a_batch_is_taken_alone(void **state)
{
	struct backlog b;
	struct backlog_list out = TAILQ_HEAD_INITIALIZER(out);

	(void)state;
	backlog_init(&b, 1000, NO_LIMIT);
	(void)backlog_post(&b, of_samples(50));
	(void)backlog_post(&b, of_samples(1));
	backlog_take(&b, &out, 10);
	assert_int_equal(b.n, 1);
	assert_int_equal(TAILQ_FIRST(&out)->number, 1);
	free_list(&out);
	backlog_fini(&b);
}

static void the_oldest_samples_are_dropped_first_and_counted(void **state)
{
	struct backlog b;

	(void)state;
	backlog_init(&b, 10, NO_LIMIT);
	for (int i = 0; i < 15; i++)
		(void)backlog_post(&b, of_samples(1));
	assert_sane(&b);
	assert_int_equal(b.samples, 10);
	assert_int_equal(b.dropped_samples, 5);
	assert_int_equal(TAILQ_FIRST(&b.items)->number, 6);
	backlog_fini(&b);
}

static void what_may_not_be_lost_outlives_every_pressure(void **state)
{
	struct backlog b;
	size_t n = 0;
	struct backlog_item *it = NULL;

	(void)state;
	backlog_init(&b, 10, NO_LIMIT);
	for (int i = 0; i < 100; i++) {
		(void)backlog_post(&b, i % 10 ? of_samples(1) : precious(0));
		assert_sane(&b);
	}
	TAILQ_FOREACH(it, &b.items, link)
	n += !txn_is_droppable(it->txn);
	assert_int_equal(n, 10);
	assert_int_equal(b.dropped_samples, 80);
	backlog_fini(&b);
}

static void precious_ones_lose_their_samples_when_nothing_else_is_left(void **state)
{
	struct backlog b;

	(void)state;
	backlog_init(&b, 10, NO_LIMIT);
	for (int i = 0; i < 4; i++) {
		(void)backlog_post(&b, precious(4));
		assert_sane(&b);
	}
	assert_int_equal(b.n_precious, 4);
	assert_int_equal(b.samples, 8);
	assert_int_equal(b.dropped_samples, 8);
	assert_int_equal(txn_samples(TAILQ_FIRST(&b.items)->txn), 0);
	assert_int_equal(txn_samples(TAILQ_LAST(&b.items, backlog_list)->txn), 4);
	backlog_fini(&b);
}

static void bytes_are_a_limit_too(void **state)
{
	struct backlog b;

	(void)state;
	backlog_init(&b, 1000000, (size_t)64 << 10);
	for (int i = 0; i < 500; i++)
		(void)backlog_post(&b, of_samples(1));
	assert_sane(&b);
	assert_true(b.bytes <= (size_t)64 << 10);
	assert_int_equal(b.samples + b.dropped_samples, 500);
	backlog_fini(&b);
}

/* ---- the hard bound ---- */

/* A change of incident number `in`: its record, an entry of its log, a delivery. */
static struct txn *change(int in, uint32_t seq, bool closed)
{
	struct txn *t = txn_new();
	struct delivery d;
	struct fact f;

	memset(&d, 0, sizeof(d));
	memset(&f, 0, sizeof(f));
	(void)snprintf(f.incident.id.text, sizeof(f.incident.id.text), "I%d", in);
	f.incident.seq = seq;
	f.incident.state = closed ? INCIDENT_CLOSED : INCIDENT_OPEN;
	f.kind = closed ? FACT_CLOSED : FACT_CHANGED;
	(void)snprintf(d.id.text, sizeof(d.id.text), "D%d", in);
	d.incident = f.incident.id;
	d.attempts = (int)seq;
	d.state = closed ? DELIVERY_SENT : DELIVERY_PENDING;
	txn_incident(t, &f.incident);
	txn_log(t, &f);
	txn_delivery(t, &d);
	return t;
}

/* Nothing of the log is without its incident. */
static void assert_whole(const struct backlog *b)
{
	const struct backlog_item *it = NULL;

	TAILQ_FOREACH(it, &b->items, link)
	{
		PARTS_EACH(const struct incident_entry, en, &it->txn->log)
		{
			bool there = false;

			PARTS_EACH(const struct incident, in, &it->txn->incidents)
			there |= ulid_eq(&in->id, &en->incident);
			assert_true(there);
		}
	}
}

static void summed_up_the_last_word_of_each_incident_stays(void **state)
{
	struct backlog b;
	struct txn *t = NULL;

	(void)state;
	backlog_init(&b, 10, (size_t)256 << 10);
	for (int i = 0; i < 5000; i++) {
		(void)backlog_post(&b, change(i % 10, (uint32_t)i / 10, false));
		assert_sane(&b);
		assert_true(b.bytes <= b.max_bytes);
	}
	assert_whole(&b);
	assert_int_equal(TAILQ_LAST(&b.items, backlog_list)->number, 5000);
	/* Summed up once more by hand, to see it at one place. */
	t = TAILQ_FIRST(&b.items)->txn;
	for (struct backlog_item *it = NULL;
	     (it = TAILQ_NEXT(TAILQ_FIRST(&b.items), link));) {
		TAILQ_REMOVE(&b.items, it, link);
		txn_append(t, it->txn);
		free(it);
	}
	txn_settle(t);
	assert_int_equal(t->incidents.n, 10);
	assert_int_equal(t->deliveries.n, 10);
	PARTS_EACH(const struct incident, in, &t->incidents)
	assert_int_equal(in->seq, 499);
	PARTS_EACH(const struct delivery, d, &t->deliveries)
	assert_int_equal(d->attempts, 499);
	assert_int_equal(t->log.n + b.dropped_changes, 5000);
	backlog_fini(&b);
}

static void what_is_over_goes_before_what_is_open(void **state)
{
	struct backlog b;
	bool open_is_there = false, newest_is_there = false;

	(void)state;
	backlog_init(&b, 10, (size_t)256 << 10);
	(void)backlog_post(&b, change(0, 1, false));
	for (int i = 1; i <= 3000; i++) {
		(void)backlog_post(&b, change(i, 2, true));
		assert_sane(&b);
		assert_true(b.bytes <= b.max_bytes);
	}
	assert_true(b.dropped_changes > 3000);
	PARTS_EACH(const struct incident, in, &TAILQ_FIRST(&b.items)->txn->incidents)
	open_is_there |= strcmp(in->id.text, "I0") == 0;
	PARTS_EACH(const struct incident, in,
	    &TAILQ_LAST(&b.items, backlog_list)->txn->incidents)
	newest_is_there |= strcmp(in->id.text, "I3000") == 0;
	assert_true(open_is_there);
	assert_true(newest_is_there);
	assert_whole(&b);
	backlog_fini(&b);
}

static void the_limit_holds_even_if_nothing_is_over(void **state)
{
	struct backlog b;

	(void)state;
	backlog_init(&b, 10, (size_t)256 << 10);
	for (int i = 0; i < 3000; i++) {
		struct txn *t = change(i, 1, false);

		if (i % 3 == 0)
			txn_gap(t, (struct wall){i}, (struct wall){i + 1});
		txn_judge_state(t, 1, (struct wall){i}, 1, "{}");
		(void)backlog_post(&b, t);
		assert_sane(&b);
		assert_true(b.bytes <= b.max_bytes);
	}
	assert_true(b.dropped_changes > 0);
	backlog_fini(&b);
}

static void of_a_series_and_a_channel_the_last_word_stays_too(void **state)
{
	static const struct provider provider = {.id = "deepseek"};
	struct target target = {
	    .name = "one", .provider = &provider, .interval_ms = 1000};
	struct channel_status c = {.name = "hook"};
	struct txn *t = txn_new(), *next = NULL;

	(void)state;
	for (int i = 0; i < 5; i++) {
		next = txn_new();
		target.interval_ms = 1000 * (i + 1);
		c.tokens = i;
		txn_series(next, 7, "hk-1", &target, (struct wall){1});
		txn_series(next, (uint32_t)(100 + i), "hk-1", &target, (struct wall){1});
		txn_channel(next, &c);
		txn_alive(next, (struct wall){i});
		txn_append(t, next);
	}
	txn_settle(t);
	assert_int_equal(t->series.n, 6);
	assert_int_equal(t->channels.n, 1);
	assert_true(((struct channel_status *)t->channels.at)->tokens > 3.5);
	PARTS_EACH(const struct series, s, &t->series)
	{
		if (s->id == 7)
			assert_int_equal(s->pace_ms, 5000);
	}
	assert_int_equal(t->alive.ms, 4);
	txn_free(t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(summed_up_the_last_word_of_each_incident_stays),
	    cmocka_unit_test(what_is_over_goes_before_what_is_open),
	    cmocka_unit_test(the_limit_holds_even_if_nothing_is_over),
	    cmocka_unit_test(of_a_series_and_a_channel_the_last_word_stays_too),
	    cmocka_unit_test(numbers_count_from_one_and_order_is_kept),
	    cmocka_unit_test(a_batch_ends_before_the_sample_that_is_too_many),
	    cmocka_unit_test(one_txn_larger_than_a_batch_is_taken_alone),
	    cmocka_unit_test(the_oldest_samples_are_dropped_first_and_counted),
	    cmocka_unit_test(what_may_not_be_lost_outlives_every_pressure),
	    cmocka_unit_test(precious_ones_lose_their_samples_when_nothing_else_is_left),
	    cmocka_unit_test(bytes_are_a_limit_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
