/* SPDX-License-Identifier: MIT
 *
 * "Open, a hundred commits, tidy, close", with each single call to the file system
 * failing once, in three ways. Nobody crashes, what was committed stays, and what may not
 * be lost is on disk in the end.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "storage/commit.h"
#include "tests/fault/vfs_fault.h"
#include "tests/integration/storage/desk.h"

#define COMMITS    100
#define TRIES      50
#define EACH_ONE   45
#define IN_STRIDES 40

static struct txn *news(uint64_t n)
{
	struct txn *t = txn_new();
	struct sample s = failed_sample(1, NOON + (int64_t)n, OUTCOME_HTTP_5XX);
	struct delivery d;
	struct incident in;
	struct rng rng;

	rng_init(&rng, n);
	any_incident(&rng, &in);
	any_delivery(&rng, &d);
	d.incident = in.id;
	txn_sample(t, &s, JUDGED_COUNTED);
	txn_incident(t, &in);
	txn_delivery(t, &d);
	txn_alive(t, (struct wall){NOON + (int64_t)n});
	return t;
}

static struct store *open_at_last(struct house *h)
{
	struct err e = {0};
	struct store *s = NULL;

	for (int i = 0; !s && i < TRIES; i++) {
		s = store_open(&h->options, &e);
		assert_true(s || *e.msg);
	}
	assert_non_null(s);
	return s;
}

/* The batch is tried until it is written, as the writer does. */
static void commit_one(struct committer *c, uint64_t n)
{
	struct backlog b;
	struct backlog_list batch = TAILQ_HEAD_INITIALIZER(batch);
	struct err e = {0};
	bool written = false;

	backlog_init(&b, 100, 1 << 20);
	(void)backlog_post(&b, news(n));
	backlog_take(&b, &batch, 100);
	c->now.ms = NOON + (int64_t)n * 10000;
	for (int i = 0; !written && i < TRIES; i++) {
		bool anew = false;

		written = committer_look(c, &anew, &e) && committer_write(c, &batch, &e);
		assert_true(written || *e.msg);
	}
	assert_true(written);
	backlog_item_free(TAILQ_FIRST(&batch));
	backlog_fini(&b);
}

static void tidy_all(struct committer *c)
{
	struct err e = {0};
	bool more = true;

	for (int i = 0; i < 200; i++) {
		bool ok = committer_tidy(c, false, &more, &e);

		assert_true(ok || *e.msg);
		if (ok && !more)
			return;
	}
	fail();
}

static void play(struct house *h)
{
	struct store *s = open_at_last(h);
	struct committer c;
	struct err e = {0};
	bool begun = false;

	for (int i = 0; !begun && i < TRIES; i++) {
		begun = committer_init(&c, s, &e);
		if (!begun)
			committer_fini(&c);
	}
	assert_true(begun);
	for (uint64_t n = 1; n <= COMMITS; n++) {
		commit_one(&c, n);
		if (n % 50 == 0)
			tidy_all(&c);
	}
	committer_checkpoint(&c);
	assert_int_equal(c.poisoned, 0);
	assert_int_equal(c.reattached, 0);
	committer_fini(&c);
	store_close(s, true, (struct wall){NOON + 1});
}

static void check(struct house *h, int64_t at)
{
	struct db *d = NULL;
	char text[60];

	vfs_fault_arm(FAULT_IO, 0, 0);
	house_open(h);
	d = store_db(h->store);
	(void)ask_text(d, "PRAGMA quick_check", text, sizeof(text));
	if (strcmp(text, "ok") != 0 || ask(d, "SELECT count(*) FROM samples") != COMMITS)
		print_error("call %lld\n", (long long)at);
	assert_string_equal(text, "ok");
	assert_int_equal(ask(d, "SELECT count(*) FROM samples"), COMMITS);
	assert_int_equal(ask(d, "SELECT count(*) FROM details"), COMMITS);
	assert_int_equal(ask(d, "SELECT count(*) FROM incidents"), COMMITS);
	assert_int_equal(ask(d, "SELECT count(*) FROM deliveries JOIN incidents"
				" ON incidents.id = deliveries.incident"),
	    COMMITS);
	house_close(h);
}

static void start_over(struct house *h)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};
	char name[300];

	for (size_t i = 0; i < 5; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", h->path, suffixes[i]);
		(void)unlink(name);
	}
}

/* Every call at first, where the file is made; then in strides that begin elsewhere for
 * each kind, so that together they go everywhere. */
static void each_call_fails_once(struct house *h, enum fault_kind kind)
{
	int64_t calls = 0, stride = 0, tried = 0;

	vfs_fault_arm(kind, 0, 0);
	play(h);
	calls = vfs_fault_count();
	check(h, 0);
	assert_true(calls > 300);
	stride = (calls - EACH_ONE) / IN_STRIDES + 1;
	for (int64_t at = 1; at <= calls; at += at < EACH_ONE    ? 1
						: at == EACH_ONE ? stride - (int64_t)kind
								 : stride) {
		start_over(h);
		vfs_fault_arm(kind, at, 1);
		play(h);
		assert_true(vfs_fault_happened());
		check(h, at);
		tried++;
	}
	assert_true(tried >= EACH_ONE);
}

static void an_io_error_anywhere_loses_nothing(void **state)
{
	each_call_fails_once(*state, FAULT_IO);
}

static void a_full_disk_anywhere_loses_nothing(void **state)
{
	each_call_fails_once(*state, FAULT_FULL);
}

static void a_short_write_anywhere_loses_nothing(void **state)
{
	each_call_fails_once(*state, FAULT_SHORT);
}

/* The whole way through the thread: the disk is full for a while. */
static void a_disk_that_is_full_for_a_while_is_told_and_loses_nothing(void **state)
{
	struct house *h = *state;
	struct desk k;

	start_over(h);
	vfs_fault_arm(FAULT_FULL, 0, 0);
	desk_open(&k, h, &quick);
	(void)writer_post(k.w, news(1), (struct wall){NOON});
	TURN_UNTIL(&k, k.ears.committed == 1);
	vfs_fault_arm(FAULT_FULL, 1, INT64_C(1) << 40);
	for (uint64_t n = 2; n <= 50; n++)
		(void)writer_post(k.w, news(n), (struct wall){NOON});
	TURN_UNTIL(&k, k.ears.began == 1);
	assert_non_null(strstr(k.ears.words, "full"));
	assert_int_equal(k.ears.committed, 1);
	vfs_fault_arm(FAULT_FULL, 0, 0);
	TURN_UNTIL(&k, k.ears.committed == 50);
	assert_int_equal(k.ears.ended, 1);
	desk_close(&k);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM deliveries"), 50);
	assert_int_equal(ask(store_db(h->store), "SELECT count(*) FROM samples"), 50);
}

static int quiet(void **state)
{
	(void)state;
	log_set_level(LOG_ERROR + 1);
	vfs_fault_install();
	return 0;
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(an_io_error_anywhere_loses_nothing),
	    HOUSE_TEST(a_full_disk_anywhere_loses_nothing),
	    HOUSE_TEST(a_short_write_anywhere_loses_nothing),
	    HOUSE_TEST(a_disk_that_is_full_for_a_while_is_told_and_loses_nothing),
	};

	return cmocka_run_group_tests(tests, quiet, NULL);
}
