/* SPDX-License-Identifier: MIT */
#include "storage/backlog.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

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

int main(void)
{
	const struct CMUnitTest tests[] = {
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
