/* SPDX-License-Identifier: MIT
 *
 * Five hundred damaged files: whatever a file holds, reading it ends, and ends without a
 * crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "storage/load.h"
#include "storage/reader.h"
#include "storage/registry.h"
#include "storage/rolling.h"
#include "tests/integration/storage/house.h"

#define MUTATIONS 500
#define BUDGET_MS 200
#define MAX_S     60 /* for all of them, sanitizers included */

static char *slurp(const char *path, size_t *ret_n)
{
	FILE *f = fopen(path, "rb");
	char *bytes = xmalloc((size_t)4 << 20);

	assert_non_null(f);
	*ret_n = fread(bytes, 1, (size_t)4 << 20, f);
	assert_true(*ret_n > 0 && *ret_n < (size_t)4 << 20);
	assert_int_equal(fclose(f), 0);
	return bytes;
}

static void spill(const char *path, const char *bytes, size_t n)
{
	static const char *const beside[] = {"", "-wal", "-shm"};
	char name[300];
	FILE *f = NULL;

	for (size_t i = 0; i < 3; i++) {
		(void)snprintf(name, sizeof(name), "%s%s", path, beside[i]);
		(void)unlink(name);
	}
	f = fopen(path, "wb");
	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	assert_int_equal(fclose(f), 0);
}

static void fill(struct house *h)
{
	struct rng rng;
	struct rolling r;
	struct err e = {0};
	bool more = true;
	struct txn *t = txn_new();

	rng_init(&rng, 21);
	house_open_fast(h);
	house_series(h->store, 1, "one");
	house_series(h->store, 2, "two");
	for (int i = 0; i < 400; i++) {
		struct sample s = any_sample(&rng, 1 + (uint32_t)i % 2, NOON + i * 60000);

		txn_sample(t, &s, JUDGED_COUNTED);
	}
	for (int i = 0; i < 20; i++) {
		struct incident in;
		struct delivery d;

		any_incident(&rng, &in);
		any_delivery(&rng, &d);
		txn_incident(t, &in);
		txn_delivery(t, &d);
	}
	txn_judge_state(t, 1, (struct wall){NOON}, 1, "{\"health\":\"up\",\"since\":5}");
	house_apply(h->store, t);
	rolling_init(&r);
	assert_true(rolling_load(&r, store_db(h->store), &e));
	while (more)
		assert_true(rolling_step(
		    &r, store_db(h->store), (struct wall){NOON + MS_PER_DAY}, &more, &e));
	rolling_fini(&r);
	house_close(h);
}

/* Anywhere, or where it hurts: the header, the schema, one page. */
static void mutate(struct rng *rng, char *bytes, size_t n)
{
	size_t from = 0, width = n;
	uint64_t times = 1 + rng_below(rng, 30);

	switch (rng_below(rng, 4)) {
	case 0:
		width = 100;
		break;
	case 1:
		width = 4096 * 4;
		break;
	case 2:
		from = rng_below(rng, n / 4096) * 4096;
		width = 16 + rng_below(rng, 4000);
		break;
	default:
		break;
	}
	for (uint64_t i = 0; i < times; i++)
		bytes[from + rng_below(rng, width)] = (char)rng_next(rng);
}

static bool on_target(void *arg, const struct reader_target *t)
{
	size_t *n = arg;

	*n += strlen(t->name) + strlen(t->last_outcome) + strlen(health_code(t->health));
	return true;
}

static bool on_incident(void *arg, const struct incident *in)
{
	size_t *n = arg;
	char mix[200];

	*n += strlen(incident_mix(in, mix, sizeof(mix))) +
	      strlen(severity_code(SEVERITY_MINOR)) + strlen(in->short_id);
	return true;
}

/* True: everything could be read. */
static bool read_all(struct house *h)
{
	static const char *const views[] = {"SELECT count(*), max(detail) FROM samples_v",
	    "SELECT max(causes), max(duration) FROM incidents_v",
	    "SELECT max(kind) FROM deliveries_v",
	    "SELECT max(uptime_pct) FROM uptime_24h",
	    "SELECT max(p95_ms) FROM latency_24h"};
	struct err e = {0};
	struct reader *r = reader_open(h->path, BUDGET_MS, &e);
	struct reader_run run;
	struct reader_incident_filter f = {.limit = 100};
	struct reader_delivery_counts counts;
	struct wall now = {NOON + 8 * MS_PER_H};
	size_t n = 0;
	bool ok = r != NULL;

	if (!r)
		return false;
	ok &= reader_last_run(r, &run, &e);
	ok &= reader_targets(r, now, on_target, &n, &e);
	ok &= reader_incidents(r, &f, on_incident, &n, &e);
	ok &= reader_deliveries(r, now, &counts, &e);
	for (size_t i = 0; i < 5; i++)
		ok &= db_exec(reader_db(r), views[i], &e);
	reader_close(r);
	return ok;
}

static bool any_sample_read(void *arg, const struct sample *s, enum judged j)
{
	size_t *n = arg;

	*n += strlen(outcome_code(s->outcome)) + strlen(judged_code(j));
	return true;
}

static bool any_incident_read(void *arg, const struct incident *in)
{
	return on_incident(arg, in);
}

static bool any_delivery_read(void *arg, const struct delivery *d)
{
	size_t *n = arg;

	*n += strlen(message_kind_code(d->kind)) + strlen(verdict_code(d->verdict));
	return true;
}

/* A start on it: refused with a sentence, or it reads what can be read. */
static void start_on(struct house *h)
{
	struct err e = {0};
	struct registry *r = NULL;
	struct db *d = NULL;
	size_t n = 0;
	bool ok = true;

	h->store = store_open(&h->options, &e);
	if (!h->store) {
		assert_true(*e.msg);
		return;
	}
	d = store_db(h->store);
	r = registry_load(d, "hk-1", &e);
	ok &= load_samples(d, (struct wall){0}, any_sample_read, &n, &e);
	ok &= load_incidents(d, (struct wall){0}, any_incident_read, &n, &e);
	ok &= load_deliveries(d, any_delivery_read, &n, &e);
	(void)ok;
	registry_free(r);
	house_close(h);
}

static void no_damage_crashes_a_reader_or_a_start(void **state)
{
	struct house *h = *state;
	struct rng rng;
	size_t n = 0;
	char *bytes = NULL, *copy = NULL;
	int read = 0, failed = 0;
	time_t began = time(NULL);

	log_set_level(LOG_ERROR + 1);
	fill(h);
	bytes = slurp(h->path, &n);
	copy = xmalloc(n);
	rng_init(&rng, 99);
	assert_true(read_all(h));
	for (int i = 0; i < MUTATIONS; i++) {
		memcpy(copy, bytes, n);
		mutate(&rng, copy, n);
		spill(h->path, copy, n);
		if (read_all(h))
			read++;
		else
			failed++;
		if (i % 5 == 0)
			start_on(h);
	}
	free(bytes);
	free(copy);
	assert_true(read > MUTATIONS / 20);
	assert_true(failed > MUTATIONS / 20);
	assert_true(time(NULL) - began < MAX_S);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test_setup_teardown(
		no_damage_crashes_a_reader_or_a_start, house_setup, house_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
