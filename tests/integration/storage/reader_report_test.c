/* SPDX-License-Identifier: MIT
 *
 * What a report of an incident reads: its log, what it cost, its parts, and the past out
 * of whatever rows are left; on files that others have written to as well.
 */
#include "storage/reader_report.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "storage/reader_sums.h"
#include "tests/integration/storage/days.h"

static void execute(struct house *h, const char *sql)
{
	struct err e = {0};

	if (!db_exec(store_db(h->store), sql, &e))
		fail_msg("%s", e.msg);
}

static struct reader *look(struct house *h)
{
	struct err e = {0};
	struct reader *r = reader_open(h->path, 10000, &e);

	assert_non_null(r);
	return r;
}

/* --- the log ---------------------------------------------------------------------- */

struct entries {
	char text[2000];
	int n, stop_at;
};

static bool on_entry(void *arg, const struct incident_entry *en)
{
	struct entries *s = arg;
	size_t n = strlen(s->text);

	(void)snprintf(s->text + n, sizeof(s->text) - n, "%u %s %zu; ", en->seq,
	    fact_code(en->kind), strlen(en->causes));
	return ++s->n != s->stop_at;
}

static const struct ulid anyone = {"01KDVDNB007Q2A000000000000"};

static void put_entry(struct house *h, int seq, const char *kind, const char *more)
{
	char sql[600];

	(void)snprintf(sql, sizeof(sql),
	    "INSERT INTO incident_log SELECT '%s', %d, '%s', 1000, 3, 2, 5, %s",
	    anyone.text, seq, kind, more);
	execute(h, sql);
}

/* The log stays readable, whatever one of its rows holds. */
static void a_log_is_read_in_order_and_without_what_cannot_be(void **state)
{
	struct house *h = *state;
	struct entries seen = {.stop_at = -1};
	struct err e = {0};
	struct reader *r;

	house_open_fast(h);
	execute(h, "PRAGMA foreign_keys = OFF");
	put_entry(h, 3, "closed", "'', '[]'");
	put_entry(h, 1, "opened", "'', '[]'");
	put_entry(h, 2, "of a later version", "'', '[]'");
	put_entry(h, 4, "changed", "printf('%20000c', 'x'), printf('%50000c', 'y')");
	put_entry(h, 5, "changed", "char(27, 10, 0, 65), '{not json'");
	execute(h, "UPDATE incident_log SET severity = 77 WHERE seq = 5");
	put_entry(h, -1, "opened", "'', ''");
	r = look(h);
	assert_true(reader_log(r, &anyone, on_entry, &seen, &e));
	assert_string_equal(seen.text, "1 opened 2; 3 closed 2; 4 changed 50000; ");
	seen = (struct entries){.stop_at = 1};
	assert_true(reader_log(r, &anyone, on_entry, &seen, &e));
	assert_int_equal(seen.n, 1);
	seen = (struct entries){.stop_at = -1};
	assert_true(reader_log(r, &(struct ulid){"nobody"}, on_entry, &seen, &e));
	assert_int_equal(seen.n, 0);
	reader_close(r);
}

/* --- cost ------------------------------------------------------------------------- */

struct costs {
	char text[400];
};

static bool on_cost(void *arg, const struct reader_cost *c)
{
	struct costs *s = arg;
	size_t n = strlen(s->text);

	(void)snprintf(s->text + n, sizeof(s->text) - n,
	    "%s %" PRId64 " %" PRId64 " %" PRId64 "; ", c->currency, c->asks, c->nano,
	    c->failed_nano);
	return true;
}

static void put_ask(struct house *h, int64_t at, enum outcome o, const char *currency)
{
	struct txn *t = txn_new();
	struct sample s = o == OUTCOME_OK ? good_sample(1, at) : failed_sample(1, at, o);

	s.cost_nano = *currency ? 500 : -1;
	(void)str_copy(s.currency, sizeof(s.currency), currency);
	txn_sample(t, &s, JUDGED_COUNTED);
	house_apply(h->store, t);
}

static void what_it_cost_is_told_by_currency(void **state)
{
	struct house *h = *state;
	struct reader_cost_of of = {1, {NOON}, {NOON + 1000}};
	struct costs seen = {""};
	struct err e = {0};
	struct reader *r;

	house_open_fast(h);
	house_series(h->store, 1, "one");
	put_ask(h, NOON, OUTCOME_OK, "USD");
	put_ask(h, NOON + 1, OUTCOME_OVERLOADED, "USD");
	put_ask(h, NOON + 2, OUTCOME_OVERLOADED, "CNY");
	put_ask(h, NOON + 3, OUTCOME_QUOTA, "USD");
	put_ask(h, NOON + 4, OUTCOME_OK, "");
	put_ask(h, NOON + 1000, OUTCOME_OK, "USD"); /* beside it */
	put_ask(h, NOON - 1, OUTCOME_OK, "USD");
	r = look(h);
	assert_true(reader_cost(r, &of, on_cost, &seen, &e));
	assert_string_equal(seen.text, " 1 0 0; CNY 1 500 500; USD 3 1500 500; ");
	/* Words that a foreign hand took away: their money has no name. */
	execute(h, "DELETE FROM words WHERE id > 2; UPDATE samples SET words = 99");
	seen.text[0] = '\0';
	assert_true(reader_cost(r, &of, on_cost, &seen, &e));
	assert_string_equal(seen.text, " 5 2000 1000; ");
	of.series = 7;
	seen.text[0] = '\0';
	assert_true(reader_cost(r, &of, on_cost, &seen, &e));
	assert_string_equal(seen.text, "");
	reader_close(r);
}

/* --- sums ------------------------------------------------------------------------- */

struct told {
	int64_t samples, rows[ROLLUP_LEVEL_COUNT];
	int64_t first, last; /* of the buckets */
};

static bool on_sum(void *arg, enum rollup_level l, const struct rollup *row)
{
	struct told *t = arg;

	t->samples += row->samples;
	t->rows[l]++;
	if (!t->first || row->at < t->first)
		t->first = row->at;
	if (row->at + rollup_width_ms(l) > t->last)
		t->last = row->at + rollup_width_ms(l);
	return true;
}

static struct told tell(struct house *h, int64_t from, int64_t until, int64_t *ret_raw)
{
	struct reader *r = look(h);
	struct reader_levels levels;
	struct told t = {0};
	struct err e = {0};

	assert_true(reader_levels(r, &levels, &e));
	assert_true(
	    reader_sums(r, &levels, (struct wall_span){{from}, {until}}, on_sum, &t, &e));
	*ret_raw = levels.raw;
	reader_close(r);
	return t;
}

static const struct days plain = {
    {0, 0},
    0, 0
};

/* Retention as it comes: each level is cut off somewhere. */
static void every_moment_is_told_by_one_level_only(void **state)
{
	struct house *h = *state;
	int64_t end = DAYS_END - DAYS_END % MS_PER_DAY, from = end - 4 * MS_PER_DAY;
	const char *asked = getenv("DIMWATCH_TESTS_LONG");
	int rounds = asked && *asked ? 60 : 4;
	int64_t told = 0;
	struct rng rng;

	house_open_fast(h);
	days_series(h);
	rng_init(&rng, 7);
	for (int round = 0; round < rounds; round++) {
		int64_t days = from + (int64_t)rng_below(&rng, 2) * MS_PER_DAY;
		int64_t hours = days + (int64_t)rng_below(&rng, 40) * MS_PER_H;
		int64_t five = hours + (int64_t)rng_below(&rng, 20) * 5 * MS_PER_MIN;
		int64_t raw = five + (int64_t)rng_below(&rng, 1000) * MS_PER_MIN, cut;
		struct days_sums is;
		struct told t;

		execute(h, "DELETE FROM samples; DELETE FROM details; DELETE FROM days;"
			   "DELETE FROM hours; DELETE FROM five_minutes");
		days_put(h, &plain, ROLLUP_DAY, days, end);
		days_put(h, &plain, ROLLUP_HOUR, hours, end);
		days_put(h, &plain, ROLLUP_FIVE_MINUTES, five, end);
		if (round % 4 != 3)
			days_put_samples(h, &plain, raw, raw + 10 * MS_PER_MIN);
		t = tell(h, from, end, &cut);
		/* A day whose hours begin in it gives way to them. */
		assert_true(t.first >= days && t.first < days + MS_PER_DAY);
		is = days_count(&plain, t.first, cut < end ? cut : end);
		if (t.samples != is.samples)
			fail_msg("round %d: %" PRId64 " asks instead of %" PRId64, round,
			    t.samples, is.samples);
		told += t.samples;
	}
	print_message("# evidence levels of the past: %d cuts, seed 7, %" PRId64
		      " asks, each told by one level\n",
	    rounds, told);
}

static void without_any_sum_the_raw_samples_tell_all(void **state)
{
	struct house *h = *state;
	int64_t cut = 0;
	struct told t;

	house_open_fast(h);
	days_series(h);
	t = tell(h, DAYS_START, DAYS_END, &cut);
	assert_true(t.samples == 0 && cut == READER_NEVER);
	days_put_samples(h, &plain, DAYS_END - MS_PER_H, DAYS_END);
	t = tell(h, DAYS_START, DAYS_END, &cut);
	assert_int_equal(t.samples, 0);
	assert_int_equal(cut, DAYS_END - MS_PER_H + 7000);
	/* Sums of the same time do not take their place. */
	days_put(h, &plain, ROLLUP_FIVE_MINUTES, DAYS_END - MS_PER_H, DAYS_END);
	t = tell(h, DAYS_START, DAYS_END, &cut);
	assert_int_equal(t.samples, 0);
	assert_int_equal(cut, DAYS_END - MS_PER_H + 7000);
}

/* --- parts ------------------------------------------------------------------------ */

/* Providers, targets and times that meet each other often. */
static void any_parts_of(struct rng *rng, struct incident *in)
{
	in->n_shares = 1 + (int)rng_below(rng, SHARE_MAX);
	for (int i = 0; i < in->n_shares; i++) {
		struct incident_share *s = &in->shares[i];
		uint64_t who = rng_below(rng, 4);

		(void)snprintf(s->target, sizeof(s->target), "t%u", (unsigned)i);
		s->provider[0] = '\0';
		s->severity = (enum severity)(1 + rng_below(rng, 3));
		if (who)
			(void)snprintf(
			    s->provider, sizeof(s->provider), "p%u", (unsigned)who);
		s->started.ms = NOON + (int64_t)rng_below(rng, 12) * MS_PER_MIN;
		s->ended.ms =
		    rng_below(rng, 6)
			? s->started.ms + (int64_t)rng_below(rng, 4) * MS_PER_MIN
			: 0;
	}
}

/* A row of provider_incidents_v for each part that the program knows, and no other. */
static void expect_view(struct house *h, const struct incident *in)
{
	struct share_part parts[SHARE_MAX];
	char sql[700];
	int all = 0;

	for (int i = 0; i < in->n_shares; i++) {
		const char *name = share_owner(&in->shares[i]);
		int n = share_is_first(in, i) ? share_parts(in, name, parts) : 0;

		for (int k = 0; k < n; k++, all++) {
			(void)snprintf(sql, sizeof(sql),
			    "SELECT count(*) FROM provider_incidents_v v JOIN severities s"
			    " ON s.code = v.severity WHERE v.id = '%s' AND provider = '%s'"
			    " AND part = %d AND started_ms = %" PRId64
			    " AND ifnull(ended_ms, 0) = %" PRId64
			    " AND samples = %" PRIu32 " AND failures = %" PRIu32
			    " AND s.id = %d",
			    in->id.text, name, k + 1, parts[k].started.ms,
			    parts[k].ended.ms, parts[k].samples, parts[k].failures,
			    (int)parts[k].severity);
			if (ask(store_db(h->store), sql) != 1)
				fail_msg("no row: %s", sql);
		}
	}
	(void)snprintf(sql, sizeof(sql),
	    "SELECT count(*) FROM provider_incidents_v WHERE id = '%s'", in->id.text);
	assert_int_equal(ask(store_db(h->store), sql), all);
}

static void the_view_tells_the_parts_that_the_program_tells(void **state)
{
	struct house *h = *state;
	struct rng rng;

	house_open_fast(h);
	rng_init(&rng, 21);
	for (int i = 0; i < 15; i++) {
		struct txn *t = txn_new();
		struct incident in;

		any_incident(&rng, &in);
		any_parts_of(&rng, &in);
		for (int k = 0; k < in.n_shares; k++)
			in.shares[k].samples = in.shares[k].failures = (uint32_t)(k + 1);
		txn_incident(t, &in);
		house_apply(h->store, t);
		expect_view(h, &in);
	}
}

static bool count(void *arg, const struct incident *in)
{
	(void)in;
	++*(int *)arg;
	return true;
}

static void incidents_are_found_by_whoever_has_a_part_in_them(void **state)
{
	static const char *const names[] = {"deepseek", "kimi", "house", "nobody"};
	static const int found[] = {2, 1, 1, 0};
	struct house *h = *state;
	struct incident in;
	struct rng rng;
	struct err e = {0};
	struct reader *r;

	house_open_fast(h);
	rng_init(&rng, 5);
	for (int i = 0; i < 2; i++) {
		struct txn *t = txn_new();

		any_incident(&rng, &in);
		(void)str_copy(in.provider, sizeof(in.provider), "deepseek");
		in.n_shares = i ? 3 : 0;
		for (int k = 0; k < in.n_shares; k++) {
			(void)str_copy(
			    in.shares[k].target, sizeof(in.shares[k].target), names[k]);
			(void)str_copy(in.shares[k].provider,
			    sizeof(in.shares[k].provider), k < 2 ? names[k] : "");
		}
		txn_incident(t, &in);
		house_apply(h->store, t);
	}
	r = look(h);
	for (int i = 0; i < 4; i++) {
		struct reader_incident_filter f = {.provider = names[i]};
		int n = 0;

		assert_true(reader_incidents(r, &f, count, &n, &e));
		assert_int_equal(n, found[i]);
	}
	execute(h, "UPDATE incident_shares SET severity = 9 WHERE position = 0");
	assert_false(reader_incident(r, in.id.text, &in, &e));
	assert_non_null(strstr(e.msg, "damaged"));
	reader_close(r);
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(a_log_is_read_in_order_and_without_what_cannot_be),
	    HOUSE_TEST(what_it_cost_is_told_by_currency),
	    HOUSE_TEST(every_moment_is_told_by_one_level_only),
	    HOUSE_TEST(without_any_sum_the_raw_samples_tell_all),
	    HOUSE_TEST(the_view_tells_the_parts_that_the_program_tells),
	    HOUSE_TEST(incidents_are_found_by_whoever_has_a_part_in_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
