/* SPDX-License-Identifier: MIT
 *
 * The writer thread against a real file and a real loop: commits, trouble and the end.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "tests/integration/storage/desk.h"

static void everything_posted_is_committed_in_order_and_told(void **state)
{
	struct house *h = *state;
	struct desk k;
	struct writer_stats st;

	desk_open(&k, h, &quick);
	for (int i = 1; i <= 1000; i++)
		assert_int_equal(post_sample(&k, NOON + i), i);
	TURN_UNTIL(&k, k.ears.committed == 1000);
	assert_int_equal(writer_committed(k.w), 1000);
	assert_true(writer_is_idle(k.w));
	st = writer_stats(k.w);
	assert_int_equal(st.posted, 1000);
	assert_int_equal(st.committed, 1000);
	assert_int_equal(st.queued + st.queued_bytes, 0);
	assert_true(st.commits >= 5 && st.commits < 1000);
	assert_true(st.db_bytes > 0);
	assert_int_equal(k.ears.began, 0);
	desk_close(&k);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 1000);
}

static void asking_whether_it_is_idle_makes_it_hurry(void **state)
{
	static const struct writer_patience patient = {3600000, 1000, 10000, 3600000};
	struct house *h = *state;
	struct desk k;

	desk_open(&k, h, &patient);
	(void)post_sample(&k, NOON);
	assert_false(writer_is_idle(k.w));
	TURN_UNTIL(&k, k.ears.committed == 1);
	assert_true(writer_is_idle(k.w));
	desk_close(&k);
}

static void stopping_writes_what_waits(void **state)
{
	static const struct writer_patience patient = {3600000, 1000, 10000, 3600000};
	struct house *h = *state;
	struct desk k;

	desk_open(&k, h, &patient);
	for (int i = 0; i < 150; i++)
		(void)post_sample(&k, NOON + i);
	(void)post_precious(&k, 1);
	desk_close(&k);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 150);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM deliveries"), 1);
}

static void the_thread_takes_no_signals(void **state)
{
	struct house *h = *state;
	struct desk k;
	char line[200], path[64];
	unsigned long long blocked = 0;
	FILE *f = NULL;
	int threads = 0;

	desk_open(&k, h, &quick);
	(void)post_sample(&k, NOON);
	TURN_UNTIL(&k, k.ears.committed == 1);
	/* The newest thread of ours is the writer. */
	for (int tid = (int)getpid() + 1; tid < (int)getpid() + 1000 && !threads; tid++) {
		(void)snprintf(path, sizeof(path), "/proc/self/task/%d/status", tid);
		f = fopen(path, "r");
		while (f && fgets(line, sizeof(line), f)) {
			if (strstr(line, "dimwatch-writer"))
				threads++;
			if (threads && sscanf(line, "SigBlk: %llx", &blocked) == 1)
				break;
		}
		if (f)
			(void)fclose(f);
	}
	assert_int_equal(threads, 1);
	assert_true(blocked & (1ull << (SIGTERM - 1)));
	assert_true(blocked & (1ull << (SIGHUP - 1)));
	assert_true(blocked & (1ull << (SIGINT - 1)));
	desk_close(&k);
}

/* ---- trouble ---- */

static sqlite3 *lock_it(struct house *h)
{
	sqlite3 *other = NULL;

	assert_int_equal(sqlite3_open(h->path, &other), SQLITE_OK);
	assert_int_equal(
	    sqlite3_exec(other, "BEGIN IMMEDIATE", NULL, NULL, NULL), SQLITE_OK);
	return other;
}

static void unlock_it(sqlite3 *other)
{
	assert_int_equal(sqlite3_exec(other, "ROLLBACK", NULL, NULL, NULL), SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

/* A table that is not there stands for a disk that refuses: nothing can be committed
 * until it is back. */
static void break_it(struct house *h)
{
	assert_int_equal(sqlite3_exec(db_handle(store_db(h->store)),
			     "ALTER TABLE samples RENAME TO elsewhere", NULL, NULL, NULL),
	    SQLITE_OK);
}

static void mend_it(struct house *h)
{
	sqlite3 *other = NULL;

	assert_int_equal(sqlite3_open(h->path, &other), SQLITE_OK);
	(void)sqlite3_busy_timeout(other, 5000);
	assert_int_equal(sqlite3_exec(other, "ALTER TABLE elsewhere RENAME TO samples",
			     NULL, NULL, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_close(other), SQLITE_OK);
}

static void trouble_is_told_once_and_so_is_its_end(void **state)
{
	struct house *h = *state;
	struct desk k;

	house_open(h);
	break_it(h);
	desk_open(&k, h, &quick);
	(void)post_sample(&k, NOON);
	(void)post_precious(&k, 1);
	TURN_UNTIL(&k, k.ears.began == 1);
	assert_non_null(strstr(k.ears.words, "samples"));
	TURN_UNTIL(&k, writer_stats(k.w).failed_commits > 12);
	assert_int_equal(k.ears.began, 1);
	assert_int_equal(k.ears.ended, 0);
	assert_int_equal(k.ears.committed, 0);
	(void)post_sample(&k, NOON + 1);
	mend_it(h);
	TURN_UNTIL(&k, k.ears.committed == 3);
	assert_int_equal(k.ears.began, 1);
	assert_int_equal(k.ears.ended, 1);
	desk_close(&k);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 2);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM deliveries"), 1);
}

static void a_short_failure_is_not_told(void **state)
{
	static const struct writer_patience calm = {5, 10, 3600000, 3600000};
	struct house *h = *state;
	struct desk k;

	house_open(h);
	break_it(h);
	desk_open(&k, h, &calm);
	(void)post_sample(&k, NOON);
	TURN_UNTIL(&k, writer_stats(k.w).failed_commits > 3);
	mend_it(h);
	TURN_UNTIL(&k, k.ears.committed == 1);
	assert_int_equal(k.ears.began + k.ears.ended, 0);
	desk_close(&k);
}

static void another_process_that_holds_the_lock_only_delays(void **state)
{
	struct house *h = *state;
	struct desk k;
	sqlite3 *other = NULL;

	desk_open(&k, h, &quick);
	other = lock_it(h);
	(void)post_sample(&k, NOON);
	loop_turn(k.loop, 30);
	assert_int_equal(k.ears.committed, 0);
	unlock_it(other);
	TURN_UNTIL(&k, k.ears.committed == 1);
	assert_int_equal(writer_stats(k.w).failed_commits, 0);
	desk_close(&k);
}

static void stopping_in_trouble_says_what_is_lost_and_ends_in_time(void **state)
{
	struct house *h = *state;
	struct desk k;
	sqlite3 *other = NULL;

	desk_open(&k, h, &quick);
	other = lock_it(h);
	(void)post_precious(&k, 1);
	assert_false(writer_stop(k.w, 200));
	unlock_it(other);
	loop_free(k.loop);
	desk_open(&k, h, &quick);
	other = lock_it(h);
	(void)post_sample(&k, NOON);
	assert_true(writer_stop(k.w, 200)); /* samples may be lost */
	unlock_it(other);
	loop_free(k.loop);
}

static void a_mistake_of_ours_is_left_out_and_counted(void **state)
{
	struct house *h = *state;
	struct desk k;
	struct txn *t = NULL;
	struct fact f;

	memset(&f, 0, sizeof(f));
	desk_open(&k, h, &quick);
	(void)post_sample(&k, NOON);
	t = txn_new();
	(void)str_copy(
	    f.incident.id.text, sizeof(f.incident.id.text), "01HZZZZZZZZZZZZZZZZZZZZZZZ");
	f.kind = FACT_OPENED;
	txn_log(t, &f); /* of an incident that is not there */
	(void)writer_post(k.w, t, (struct wall){NOON});
	(void)post_sample(&k, NOON + 1);
	TURN_UNTIL(&k, k.ears.committed == 3);
	assert_int_equal(writer_stats(k.w).refused, 1);
	assert_int_equal(k.ears.began, 0);
	desk_close(&k);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 2);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM incident_log"), 0);
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
	    HOUSE_TEST(everything_posted_is_committed_in_order_and_told),
	    HOUSE_TEST(asking_whether_it_is_idle_makes_it_hurry),
	    HOUSE_TEST(stopping_writes_what_waits),
	    HOUSE_TEST(the_thread_takes_no_signals),
	    HOUSE_TEST(trouble_is_told_once_and_so_is_its_end),
	    HOUSE_TEST(a_short_failure_is_not_told),
	    HOUSE_TEST(another_process_that_holds_the_lock_only_delays),
	    HOUSE_TEST(stopping_in_trouble_says_what_is_lost_and_ends_in_time),
	    HOUSE_TEST(a_mistake_of_ours_is_left_out_and_counted),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
