/* SPDX-License-Identifier: MIT
 *
 * The file under a running writer: deleted, replaced, moved, read by others, and its log.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "storage/reader.h"
#include "tests/integration/storage/desk.h"

static void a_deleted_file_is_made_anew_and_told(void **state)
{
	struct house *h = *state;
	struct desk k;

	desk_open(&k, h, &quick);
	(void)post_series(&k);
	(void)post_sample(&k, NOON);
	TURN_UNTIL(&k, k.ears.committed == 2);
	assert_int_equal(unlink(h->path), 0);
	(void)post_sample(&k, NOON + 1);
	(void)post_precious(&k, 1);
	TURN_UNTIL(&k, k.ears.ended == 1);
	assert_int_equal(k.ears.began, 1);
	assert_non_null(strstr(k.ears.words, "deleted or replaced"));
	TURN_UNTIL(&k, k.ears.committed == 4);
	assert_int_equal(writer_stats(k.w).reattached, 1);
	desk_close(&k);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 1);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM deliveries"), 1);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM runs"), 1);
	/* the target keeps its name */
	assert_int_equal(ask(store_db(h->store),
			     "SELECT count(*) FROM samples_v WHERE target = 'one'"),
	    1);
	assert_int_equal(
	    ask(store_db(h->store), "SELECT count(*) FROM pragma_integrity_check"
				    " WHERE integrity_check = 'ok'"),
	    1);
}

static void everything_deleted_with_its_lock_is_made_anew_too(void **state)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", ".lock"};
	struct house *h = *state;
	struct desk k;
	char name[300];
	struct err e = {0};

	desk_open(&k, h, &quick);
	(void)post_sample(&k, NOON);
	TURN_UNTIL(&k, k.ears.committed == 1);
	for (size_t i = 0; i < 4; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", h->path, suffixes[i]);
		assert_int_equal(unlink(name), 0);
	}
	(void)post_sample(&k, NOON + 1);
	TURN_UNTIL(&k, k.ears.committed == 2);
	assert_null(store_open(&h->options, &e)); /* the new lock is ours as well */
	assert_int_equal(e.code, ERR_BUSY);
	desk_close(&k);
}

static void a_file_put_in_its_place_is_used_if_it_is_ours(void **state)
{
	struct house *h = *state;
	struct house other = *h;
	struct desk k;

	(void)snprintf(other.path, sizeof(other.path), "%.200s/other.db", h->dir);
	other.options.path = other.path;
	other.store = NULL;
	house_open(&other);
	house_series(other.store, 5, "older");
	house_close(&other);
	desk_open(&k, h, &quick);
	(void)post_series(&k);
	TURN_UNTIL(&k, k.ears.committed == 1);
	assert_int_equal(rename(other.path, h->path), 0);
	(void)post_sample(&k, NOON);
	TURN_UNTIL(&k, k.ears.committed == 2 && k.ears.ended == 1);
	desk_close(&k);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM series"), 2);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM runs"), 2);
}

static void a_directory_that_vanished_is_trouble_until_it_is_back(void **state)
{
	struct house *h = *state;
	struct desk k;
	char away[300];

	desk_open(&k, h, &quick);
	(void)post_sample(&k, NOON);
	TURN_UNTIL(&k, k.ears.committed == 1);
	(void)snprintf(away, sizeof(away), "%s-away", h->dir);
	assert_int_equal(rename(h->dir, away), 0);
	(void)post_precious(&k, 3);
	TURN_UNTIL(&k, k.ears.began == 1);
	assert_non_null(strstr(k.ears.words, "directory"));
	assert_int_equal(rename(away, h->dir), 0);
	TURN_UNTIL(&k, k.ears.committed == 2 && k.ears.ended == 1);
	desk_close(&k);
	/* the old file came back with the directory */
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 1);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM deliveries"), 1);
}

/* ---- readers beside it ---- */

static bool count_asks(void *arg, const struct reader_target *t)
{
	int64_t *asks = arg;

	*asks = t->asks_24h;
	return true;
}

static void post_pair(struct desk *k, int64_t n)
{
	struct txn *t = txn_new();
	struct sample s = good_sample(1, NOON + n * 1000);
	struct delivery d;
	struct rng rng;

	rng_init(&rng, (uint64_t)n);
	any_delivery(&rng, &d);
	txn_sample(t, &s, JUDGED_COUNTED);
	txn_delivery(t, &d);
	(void)writer_post(k->w, t, (struct wall){NOON + n * 1000});
}

static void readers_see_whole_transactions_and_disturb_nobody(void **state)
{
	struct house *h = *state;
	struct desk k;
	struct err e = {0};
	int64_t last = 0;

	desk_open(&k, h, &quick);
	(void)post_series(&k);
	TURN_UNTIL(&k, k.ears.committed == 1);
	for (int64_t round = 0; round < 30; round++) {
		struct reader *r = NULL;
		int64_t asks = 0, samples = 0;

		for (int64_t i = 0; i < 20; i++)
			post_pair(&k, round * 20 + i);
		r = reader_open(h->path, 5000, &e);
		assert_non_null(r);
		assert_true(reader_targets(
		    r, (struct wall){NOON + 3600000}, count_asks, &asks, &e));
		assert_true(db_exec(reader_db(r), "BEGIN", &e));
		samples = ask(reader_db(r), "SELECT count(*) FROM samples");
		assert_int_equal(
		    samples, ask(reader_db(r), "SELECT count(*) FROM deliveries"));
		assert_true(samples >= last && samples >= asks);
		last = samples;
		loop_turn(k.loop, 1);
		reader_close(r);
	}
	TURN_UNTIL(&k, k.ears.committed == 601);
	assert_int_equal(writer_stats(k.w).failed_commits, 0);
	desk_close(&k);
}

static void the_log_is_checkpointed_while_running(void **state)
{
	struct house *h = *state;
	struct desk k;
	char wal[300];
	struct stat st;

	desk_open(&k, h, &quick);
	(void)snprintf(wal, sizeof(wal), "%s-wal", h->path);
	for (int i = 0; i < 200; i++) {
		struct txn *t = txn_new();

		for (uint32_t n = 0; n < 200; n++) {
			struct sample s =
			    failed_sample(n, NOON + i * 1000, OUTCOME_HTTP_5XX);

			memset(s.evidence, 'x', 900);
			txn_sample(t, &s, JUDGED_COUNTED);
		}
		(void)writer_post(k.w, t, (struct wall){NOON + i * 1000});
		if (i % 50 == 49)
			TURN_UNTIL(&k, k.ears.committed == (uint64_t)i + 1);
	}
	assert_int_equal(stat(wal, &st), 0);
	/* 40,000 rows of a kilobyte: without checkpoints it would be above 40 MB */
	assert_true(st.st_size < 20 << 20);
	assert_int_equal(stat(h->path, &st), 0);
	assert_true(st.st_size > 20 << 20);
	desk_close(&k);
}

static int quiet(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR + 1);
	return 0;
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(a_deleted_file_is_made_anew_and_told),
	    HOUSE_TEST(everything_deleted_with_its_lock_is_made_anew_too),
	    HOUSE_TEST(a_file_put_in_its_place_is_used_if_it_is_ours),
	    HOUSE_TEST(a_directory_that_vanished_is_trouble_until_it_is_back),
	    HOUSE_TEST(readers_see_whole_transactions_and_disturb_nobody),
	    HOUSE_TEST(the_log_is_checkpointed_while_running),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
