/* SPDX-License-Identifier: MIT
 *
 * Three plays (a file is made, written, tidied and closed; it is deleted in between; its
 * log is) with single calls to the file system failing once, in three ways. Nobody
 * crashes, what was committed stays, and what may not be lost is on disk in the end. Then
 * bursts of failures under the writer's thread (`fault_store_test SEED` repeats them).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "storage/commit.h"
#include "tests/fault/vfs_fault.h"
#include "tests/integration/storage/desk.h"

#define COMMITS      100
#define LONG_COMMITS 120
#define TRIES        50
/* The short form: each of the first calls, then in strides. */
#ifdef __SANITIZE_ADDRESS__
#define EACH_ONE   12
#define IN_STRIDES 12
#define BURSTS     50
#else
#define EACH_ONE   25
#define IN_STRIDES 20
#define BURSTS     150
#endif
#define LONG_BURSTS 3000

static uint64_t seed;

static bool is_long(void)
{
	const char *is = getenv("DIMWATCH_TESTS_LONG");

	return is && *is;
}

/* What happens to the file after half of the commits; calls are counted from then on. */
enum wound { UNHURT, FILE_DELETED, LOG_DELETED };

struct play {
	const char *name;
	enum wound wound;
	uint64_t commits;
	int64_t min_calls; /* it would not be worth much with fewer */
};

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

static struct txn *first_news(void)
{
	struct txn *t = news(1);
	struct target target = house_target("one");

	txn_series(t, 1, "hk-1", &target, (struct wall){NOON});
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
	(void)backlog_post(&b, n == 1 ? first_news() : news(n));
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

static void remove_beside(const struct house *h, const char *suffix)
{
	char name[300];

	(void)snprintf(name, sizeof(name), "%s%s", h->path, suffix);
	(void)unlink(name);
}

static void hurt(const struct house *h, enum wound wound)
{
	if (wound == FILE_DELETED)
		remove_beside(h, "");
	if (wound == LOG_DELETED) {
		remove_beside(h, "-wal");
		remove_beside(h, "-shm");
	}
}

static void play_it(
    struct house *h, const struct play *p, enum fault_kind kind, int64_t at)
{
	struct store *s = NULL;
	struct committer c;
	struct err e = {0};
	bool begun = false;

	vfs_fault_arm(kind, p->wound == UNHURT ? at : 0, 1);
	s = open_at_last(h);
	for (int i = 0; !begun && i < TRIES; i++) {
		begun = committer_init(&c, s, &e);
		if (!begun)
			committer_fini(&c);
	}
	assert_true(begun);
	for (uint64_t n = 1; n <= p->commits; n++) {
		if (p->wound != UNHURT && n == p->commits / 2 + 1) {
			vfs_fault_arm(kind, at, 1);
			hurt(h, p->wound);
		}
		commit_one(&c, n);
		if (n % 50 == 0)
			tidy_all(&c);
	}
	committer_checkpoint(&c);
	assert_int_equal(c.poisoned, 0);
	assert_int_equal(c.reattached, p->wound != UNHURT);
	assert_int_equal(c.lost_file, p->wound == FILE_DELETED);
	committer_fini(&c);
	store_close(s, true, (struct wall){NOON + 1});
}

/* Number 0: only what is wrong is said. */
static void check(struct house *h, const struct play *p, int64_t at)
{
	int64_t n = (int64_t)(p->wound == FILE_DELETED ? p->commits / 2 : p->commits);
	struct db *d = NULL;
	char text[60];

	vfs_fault_arm(FAULT_IO, 0, 0);
	house_open(h);
	d = store_db(h->store);
	(void)ask_text(d, "PRAGMA quick_check", text, sizeof(text));
	if (strcmp(text, "ok") != 0 || ask(d, "SELECT count(*) FROM samples") != n)
		print_error("%s: call %lld\n", p->name, (long long)at);
	assert_string_equal(text, "ok");
	assert_int_equal(ask(d, "SELECT count(*) FROM samples"), n);
	assert_int_equal(ask(d, "SELECT count(*) FROM details"), n);
	assert_int_equal(
	    ask(d, "SELECT count(*) FROM samples_v WHERE target = 'one'"), n);
	assert_int_equal(ask(d, "SELECT count(*) FROM incidents"), n);
	assert_int_equal(ask(d, "SELECT count(*) FROM deliveries JOIN incidents"
				" ON incidents.id = deliveries.incident"),
	    n);
	house_close(h);
}

static void start_over(struct house *h)
{
	static const char *const suffixes[] = {"", "-wal", "-shm", "-journal", ".lock"};

	for (size_t i = 0; i < 5; i++)
		remove_beside(h, suffixes[i]);
}

/* The short form: every call at first, where the file is made; then in strides that begin
 * elsewhere for each kind, so that together they go everywhere. The long one: each. */
static int64_t next_call(int64_t at, int64_t calls, enum fault_kind kind)
{
	int64_t stride = (calls - EACH_ONE) / IN_STRIDES + 1;

	if (at < EACH_ONE || is_long())
		return at + 1;
	return at + (at == EACH_ONE && stride > kind ? stride - (int64_t)kind : stride);
}

static void each_call_fails_once(struct house *h, const struct play *p)
{
	int64_t calls = 0, tried = 0;
	char words[200];

	for (enum fault_kind kind = FAULT_IO; kind < FAULT_KIND_COUNT; kind++) {
		start_over(h);
		play_it(h, p, kind, 0);
		calls = vfs_fault_count();
		check(h, p, 0);
		assert_true(calls > p->min_calls);
		for (int64_t at = 1; at <= calls; at = next_call(at, calls, kind)) {
			start_over(h);
			play_it(h, p, kind, at);
			assert_true(vfs_fault_happened());
			check(h, p, at);
			tried++;
		}
	}
	print_message(
	    "# evidence disk, %s: %lld times one of %lld calls failed (EIO,"
	    " ENOSPC, short write), 0 crashes, 0 commits lost; failed so far: %s\n",
	    p->name, (long long)tried, (long long)calls,
	    vfs_fault_words(words, sizeof(words)));
}

static void one_failure_anywhere_while_a_file_is_made_and_filled_loses_nothing(
    void **state)
{
	const struct play p = {
	    "a file made and filled", UNHURT, is_long() ? LONG_COMMITS : COMMITS, 300};

	each_call_fails_once(*state, &p);
}

static void one_failure_anywhere_while_a_deleted_file_is_made_anew_loses_nothing(
    void **state)
{
	const struct play p = {"a deleted file made anew", FILE_DELETED, 10, 40};

	each_call_fails_once(*state, &p);
}

static void one_failure_anywhere_while_a_deleted_log_is_saved_loses_nothing(void **state)
{
	const struct play p = {"a deleted log saved", LOG_DELETED, 10, 20};

	each_call_fails_once(*state, &p);
}

/* ---- the whole way through the thread ---- */

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

static void bursts_of_failures_under_the_thread_lose_nothing(void **state)
{
	struct house *h = *state;
	struct desk k;
	struct rng rng;
	uint64_t posted = 0;
	int bursts = is_long() ? LONG_BURSTS : BURSTS;

	rng_init(&rng, seed);
	start_over(h);
	vfs_fault_arm(FAULT_IO, 0, 0);
	desk_open(&k, h, &quick);
	for (int i = 0; i < bursts; i++) {
		uint64_t until = posted + 1 + rng_below(&rng, 12);

		vfs_fault_arm((enum fault_kind)rng_below(&rng, FAULT_KIND_COUNT),
		    1 + (int64_t)rng_below(&rng, 30), 1 + (int64_t)rng_below(&rng, 15));
		while (posted < until) {
			posted++;
			(void)writer_post(k.w, posted == 1 ? first_news() : news(posted),
			    (struct wall){NOON + i * 10000});
		}
		TURN_UNTIL(&k, k.ears.committed == posted);
	}
	vfs_fault_arm(FAULT_IO, 0, 0);
	assert_false(k.ears.failing);
	assert_int_equal(writer_stats(k.w).refused, 0);
	print_message("# evidence disk, bursts: %d of 1 to 15 calls in a row, seed %llu,"
		      " %llu commits failed, %llu posts, 0 lost\n",
	    bursts, (unsigned long long)seed,
	    (unsigned long long)writer_stats(k.w).failed_commits,
	    (unsigned long long)posted);
	desk_close(&k);
	assert_int_equal(
	    ask(store_db(h->store), "SELECT count(*) FROM samples"), (int64_t)posted);
	assert_int_equal(
	    ask(store_db(h->store), "SELECT count(*) FROM deliveries"), (int64_t)posted);
	assert_int_equal(
	    ask(store_db(h->store), "SELECT count(*) FROM incidents"), (int64_t)posted);
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

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(
		one_failure_anywhere_while_a_file_is_made_and_filled_loses_nothing),
	    HOUSE_TEST(
		one_failure_anywhere_while_a_deleted_file_is_made_anew_loses_nothing),
	    HOUSE_TEST(one_failure_anywhere_while_a_deleted_log_is_saved_loses_nothing),
	    HOUSE_TEST(a_disk_that_is_full_for_a_while_is_told_and_loses_nothing),
	    HOUSE_TEST(bursts_of_failures_under_the_thread_lose_nothing),
	};

	seed = argc > 1 ? strtoull(argv[1], NULL, 10) : (uint64_t)getpid();
	return cmocka_run_group_tests(tests, quiet, NULL);
}
