/* SPDX-License-Identifier: MIT
 *
 * What a sample costs: bytes of a row, bytes written for it, rollups included.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/commit.h"
#include "tests/integration/storage/house.h"

#define TARGETS 100
#define MINUTES 400
#define BATCH   40 /* what 167 samples a second make of 250 ms */

/* Bytes that this process has written so far; -1: the kernel does not count them. */
static int64_t written(void)
{
	FILE *f = fopen("/proc/self/io", "r");
	char line[100];
	long long n = -1;

	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "wchar: %lld", &n) == 1)
			break;
	}
	if (f)
		(void)fclose(f);
	return n;
}

static struct sample usual(struct rng *r, uint32_t series, int64_t at)
{
	struct sample s = good_sample(series, at);

	s.dns_us = 3000 + (int64_t)rng_below(r, 20000);
	s.connect_us = s.dns_us + 20000 + (int64_t)rng_below(r, 30000);
	s.tls_us = s.connect_us + 25000 + (int64_t)rng_below(r, 30000);
	s.first_byte_us = s.tls_us + 180000 + (int64_t)rng_below(r, 300000);
	s.first_token_us = s.first_byte_us + (int64_t)rng_below(r, 50000);
	s.longest_gap_us = 20000 + (int64_t)rng_below(r, 80000);
	s.end_us = s.first_token_us + (int64_t)rng_below(r, 900000);
	s.lag_us = 60 + (int64_t)rng_below(r, 400);
	s.tokens_in = 19;
	s.tokens_out = 1 + (int64_t)rng_below(r, 4);
	s.cost_nano = 2660 + s.tokens_out * 280;
	return s;
}

static void write_batch(struct committer *c, struct backlog *b, int64_t now)
{
	struct backlog_list batch = TAILQ_HEAD_INITIALIZER(batch);
	struct backlog_item *it = NULL;
	struct err e = {0};
	bool more = true;

	backlog_take(b, &batch, BATCH);
	c->now.ms = now;
	assert_true(committer_write(c, &batch, &e));
	while ((it = TAILQ_FIRST(&batch))) {
		TAILQ_REMOVE(&batch, it, link);
		backlog_item_free(it);
	}
	while (more)
		assert_true(committer_tidy(c, false, &more, &e));
}

static void play(struct committer *c, struct backlog *b)
{
	struct rng r;

	rng_init(&r, 1);
	for (int64_t m = 0; m < MINUTES; m++) {
		for (uint32_t t = 0; t < TARGETS; t++) {
			struct txn *txn = txn_new();
			int64_t at = NOON + m * 60000 + t * 600;
			struct sample s = usual(&r, t + 1, at);

			txn_sample(txn, &s, JUDGED_COUNTED);
			(void)backlog_post(b, txn);
			if (b->samples == BATCH)
				write_batch(c, b, at);
		}
	}
}

static void a_good_sample_is_a_row_of_64_bytes_and_a_kilobyte_of_writing(void **state)
{
	struct house *h = *state;
	struct committer c;
	struct backlog b;
	struct err e = {0};
	struct db *d = NULL;
	int64_t before = 0, row = 0, wrote = 0, n = (int64_t)TARGETS * MINUTES;

	house_open(h);
	d = store_db(h->store);
	for (uint32_t t = 1; t <= TARGETS; t++) {
		char name[8];

		(void)snprintf(name, sizeof(name), "t%u", t);
		house_series(h->store, t, name);
	}
	assert_true(committer_init(&c, h->store, &e));
	assert_true(db_exec(d, "PRAGMA synchronous=OFF", &e));
	backlog_init(&b, 1000, 1 << 20);
	before = written();
	play(&c, &b);
	committer_checkpoint(&c);
	wrote = (written() - before) / n;
	assert_int_equal(ask(d, "SELECT count(*) FROM samples"), n);
	assert_true(ask(d, "SELECT count(*) FROM five_minutes") > TARGETS * 70);
	row = ask(d, "SELECT sum(pgsize) FROM dbstat WHERE name = 'samples'") / n;
	print_message(
	    "# %lld bytes a good row, %lld of details, %lld a five-minute row, %lld "
	    "written a sample\n",
	    (long long)row,
	    (long long)(ask(d, "SELECT sum(pgsize) FROM dbstat WHERE name = 'details'") /
			n),
	    (long long)(ask(d,
			    "SELECT sum(pgsize) FROM dbstat WHERE name = 'five_minutes'") /
			ask(d, "SELECT count(*) FROM five_minutes")),
	    (long long)wrote);
	assert_true(row <= 64);
	assert_true(before < 0 || wrote <= 1000);
	committer_fini(&c);
	backlog_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		a_good_sample_is_a_row_of_64_bytes_and_a_kilobyte_of_writing, house_setup,
		house_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
