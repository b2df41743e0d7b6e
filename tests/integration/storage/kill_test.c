/* SPDX-License-Identifier: MIT
 *
 * A process that writes is killed in mid-write, again and again: what it said was
 * committed is there, and every transaction is whole or absent.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/integration/storage/desk.h"

#define ROUNDS 20

static struct txn *news(uint32_t round, uint32_t n)
{
	struct txn *t = txn_new();
	struct sample s = failed_sample(round, NOON + n, OUTCOME_HTTP_5XX);
	struct delivery d;
	struct fact f;
	struct rng rng;

	rng_init(&rng, (uint64_t)round << 32 | n);
	memset(&f, 0, sizeof(f));
	any_incident(&rng, &f.incident);
	any_delivery(&rng, &d);
	d.incident = f.incident.id;
	f.kind = FACT_OPENED;
	txn_sample(t, &s, JUDGED_COUNTED);
	txn_incident(t, &f.incident);
	txn_log(t, &f);
	txn_delivery(t, &d);
	return t;
}

static void say(void *arg, uint64_t upto)
{
	const int *fd = arg;

	if (write(*fd, &upto, sizeof(upto)) != (ssize_t)sizeof(upto))
		_exit(2);
}

static _Noreturn void write_until_killed(struct house *h, uint32_t round, int fd)
{
	static const struct writer_patience eager = {1, 10, 10000, 3600000};
	const struct writer_handler on = {say, NULL};
	struct err e = {0};
	struct loop *l = loop_new(LOOP_REAL, &e);
	struct store *s = store_open(&h->options, &e);
	struct writer *w = s ? writer_start_with(&eager, s, l, &on, &fd, &e) : NULL;

	if (!w)
		_exit(3);
	for (uint32_t n = 0; n < 100000; n++) {
		(void)writer_post(w, news(round, n), (struct wall){NOON + n});
		if (n % 8 == 0)
			loop_turn(l, 1);
	}
	_exit(4);
}

/* Returns how many transactions it said were on disk. */
static uint64_t run_and_kill(struct house *h, uint32_t round, uint64_t when)
{
	int fds[2], status = 0;
	uint64_t told = 0, upto = 0;
	pid_t pid = 0;

	assert_int_equal(pipe(fds), 0);
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		(void)close(fds[0]);
		write_until_killed(h, round, fds[1]);
	}
	(void)close(fds[1]);
	while (told < when && read(fds[0], &upto, sizeof(upto)) == (ssize_t)sizeof(upto))
		told = upto;
	assert_int_equal(kill(pid, SIGKILL), 0);
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	while (read(fds[0], &upto, sizeof(upto)) == (ssize_t)sizeof(upto))
		told = upto; /* said before it died */
	(void)close(fds[0]);
	return told;
}

static void whatever_was_told_is_there_and_whole_after_kill_9(void **state)
{
	struct house *h = *state;
	struct rng rng;
	int64_t before = 0;
	char text[40];

	rng_init(&rng, 77);
	for (uint32_t round = 1; round <= ROUNDS; round++) {
		uint64_t told = run_and_kill(h, round, 1 + rng_below(&rng, 150));
		struct db *d = NULL;
		int64_t n = 0;

		house_open(h);
		d = store_db(h->store);
		assert_string_equal(
		    ask_text(d, "PRAGMA quick_check", text, sizeof(text)), "ok");
		n = ask(d, "SELECT count(*) FROM samples");
		assert_true(n - before >= (int64_t)told);
		assert_int_equal(n, ask(d, "SELECT count(*) FROM details"));
		assert_int_equal(n, ask(d, "SELECT count(*) FROM incidents"));
		assert_int_equal(n, ask(d, "SELECT count(*) FROM incident_log"));
		assert_int_equal(
		    n, ask(d, "SELECT count(*) FROM deliveries JOIN incidents"
			      " ON incidents.id = deliveries.incident"));
		before = n;
		house_close(h);
	}
	assert_true(before > ROUNDS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		whatever_was_told_is_there_and_whole_after_kill_9, house_setup,
		house_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
