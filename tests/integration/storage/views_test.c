/* SPDX-License-Identifier: MIT
 *
 * The views that people and other programs rely on: names, words, sums, and that they
 * find their rows by key.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "storage/reader.h"
#include "storage/rolling.h"
#include "tests/integration/storage/house.h"

/* 2100-01-01T00:00:00Z: a run that is alive then makes it the views' now. */
#define NOW INT64_C(4102444800000)

static void open_now(struct house *h)
{
	h->options.now.ms = NOW;
	house_open_fast(h);
	house_series(h->store, 1, "one");
	house_series(h->store, 2, "two");
}

static void put(struct house *h, const struct sample *s, enum judged j)
{
	struct txn *t = txn_new();

	txn_sample(t, s, j);
	house_apply(h->store, t);
}

static void columns_are(struct db *d, const char *view, const char *expected)
{
	char sql[200], text[600];

	(void)snprintf(sql, sizeof(sql),
	    "SELECT group_concat(name, ' ') FROM pragma_table_info('%s')", view);
	(void)ask_text(d, sql, text, sizeof(text));
	if (strncmp(text, expected, strlen(expected)) != 0)
		print_error("%s has: %s\n", view, text);
	assert_int_equal(strncmp(text, expected, strlen(expected)), 0);
}

static void the_stable_columns_stand_first_and_in_order(void **state)
{
	struct house *h = *state;
	struct db *d = NULL;

	open_now(h);
	d = store_db(h->store);
	columns_are(d, "samples_v",
	    "at vantage target provider model kind outcome blame http_status first_token_ms"
	    " total_ms tokens_in tokens_out cost currency request_id detail at_ms");
	columns_are(d, "incidents_v",
	    "id subject class severity state started ended duration causes samples failures");
	columns_are(d, "deliveries_v",
	    "id incident channel kind state attempts last_error next_try sent");
	columns_are(d, "uptime_24h",
	    "target uptime_pct good_s failed_s unknown_s samples failures");
	columns_are(d, "spend_today", "target asks spent currency unknown_asks");
}

static void a_sample_reads_like_a_sentence(void **state)
{
	struct house *h = *state;
	struct sample s = good_sample(1, NOON + 4);
	char text[300];

	open_now(h);
	put(h, &s, JUDGED_COUNTED);
	s = failed_sample(2, NOON + 5, OUTCOME_OVERLOADED);
	s.flags = FLAG_REASK | FLAG_QUEUED;
	put(h, &s, JUDGED_HELD);
	s = failed_sample(2, NOON + 6, OUTCOME_DNS);
	s.http_status = 0;
	put(h, &s, JUDGED_PATH);
	assert_string_equal(
	    ask_text(store_db(h->store),
		"SELECT at || ' ' || vantage || ' ' || target || ' ' || provider || ' ' ||"
		" model || ' ' || kind || ' ' || outcome || ' ' || blame || ' ' ||"
		" http_status || ' ' || first_token_ms || ' ' || total_ms || ' ' ||"
		" tokens_in || ' ' || tokens_out || ' ' || cost || ' ' || currency || ' ' ||"
		" finish || ' ' || returned_model || ' ' || judged FROM samples_v"
		" WHERE at_ms = 1795435200004",
		text, sizeof(text)),
	    "2026-11-23 12:00:00.004 hk-1 one deepseek deepseek-flash stream ok none 200"
	    " 412.0 873.0 19 3 6.5e-06 USD stop deepseek-flash counted");
	assert_string_equal(
	    ask_text(store_db(h->store),
		"SELECT outcome || ' ' || blame || ' ' || http_status || ' ' || detail || ' '"
		" || request_id || ' ' || judged || ' ' || flags FROM samples_v"
		" WHERE at_ms = 1795435200005 AND cost IS NULL AND currency IS NULL"
		" AND first_token_ms IS NULL",
		text, sizeof(text)),
	    "overloaded provider 503 server_busy: Server overloaded req-1 held queued reask");
	assert_int_equal(
	    ask(store_db(h->store), "SELECT http_status IS NULL FROM samples_v"
				    " WHERE outcome = 'dns'"),
	    1);
}

static void incidents_and_deliveries_have_words(void **state)
{
	struct house *h = *state;
	struct incident in;
	struct delivery dl;
	struct rng rng;
	struct txn *t = txn_new();
	struct db *d = NULL;
	char text[300];

	open_now(h);
	d = store_db(h->store);
	rng_init(&rng, 3);
	any_incident(&rng, &in);
	in.subject = (struct subject){SUBJECT_TARGET, "one"};
	in.class = CLASS_OUTAGE;
	in.severity = SEVERITY_CRITICAL;
	in.state = INCIDENT_CLOSED;
	in.started.ms = NOON;
	in.ended.ms = NOON + MS_PER_DAY + 3723000;
	in.n_causes = 2;
	(void)str_copy(in.causes[0].detector, 64, "auto");
	(void)str_copy(in.causes[0].words, 200, "3 of last 5 failed");
	(void)str_copy(in.causes[1].detector, 64, "rule errors");
	(void)str_copy(in.causes[1].words, 200, "34 % over 10m");
	txn_incident(t, &in);
	any_delivery(&rng, &dl);
	dl.incident = in.id;
	(void)str_copy(dl.channel, sizeof(dl.channel), "oncall");
	dl.kind = MESSAGE_OPENED;
	dl.not_before.ms = NOON + 61000;
	dl.sent.ms = 0;
	dl.attempts = 3;
	(void)str_copy(dl.last_error, sizeof(dl.last_error), "503");
	txn_delivery(t, &dl);
	house_apply(h->store, t);
	assert_string_equal(
	    ask_text(d,
		"SELECT subject || ' ' || class || ' ' || severity || ' ' || state || ' ' ||"
		" started || ' ' || ended || ' ' || duration || ' ' || causes"
		" FROM incidents_v",
		text, sizeof(text)),
	    "one outage critical closed 2026-11-23 12:00:00 2026-11-24 13:02:03"
	    " 1d 01:02:03 auto: 3 of last 5 failed; rule errors: 34 % over 10m");
	assert_string_equal(
	    ask_text(d, "SELECT id FROM incidents_v", text, sizeof(text)), in.id.text);
	assert_string_equal(
	    ask_text(d,
		"SELECT channel || ' ' || kind || ' ' || state || ' ' || attempts || ' ' ||"
		" last_error || ' ' || next_try FROM deliveries_v WHERE sent IS NULL",
		text, sizeof(text)),
	    "oncall opened pending 3 503 2026-11-23 12:01:01");
	t = txn_new();
	in.subject = (struct subject){SUBJECT_PROVIDER, "deepseek"};
	in.state = INCIDENT_OPEN;
	in.ended.ms = 0;
	txn_incident(t, &in);
	house_apply(h->store, t);
	assert_string_equal(
	    ask_text(d,
		"SELECT subject || ' ' || state FROM incidents_v WHERE ended IS NULL",
		text, sizeof(text)),
	    "provider deepseek open");
}

static void uptime_is_right_in_the_first_minute(void **state)
{
	struct house *h = *state;
	struct sample s = good_sample(1, NOW - 50000);
	char text[200];

	open_now(h);
	put(h, &s, JUDGED_COUNTED);
	s = failed_sample(1, NOW - 20000, OUTCOME_HTTP_5XX);
	put(h, &s, JUDGED_COUNTED);
	s = failed_sample(2, NOW - 10000, OUTCOME_QUOTA);
	put(h, &s, JUDGED_EXCLUDED);
	assert_string_equal(
	    ask_text(store_db(h->store),
		"SELECT uptime_pct || ' ' || good_s || ' ' || failed_s || ' ' || unknown_s ||"
		" ' ' || samples || ' ' || failures FROM uptime_24h WHERE target = 'one'",
		text, sizeof(text)),
	    "66.667 60 30 86310 2 1");
	assert_string_equal(
	    ask_text(store_db(h->store),
		"SELECT ifnull(uptime_pct, '-') || ' ' || good_s || ' ' || failed_s || ' ' ||"
		" unknown_s || ' ' || samples || ' ' || failures FROM uptime_24h"
		" WHERE target = 'two'",
		text, sizeof(text)),
	    "- 0 0 86400 1 0");
}

/* A day and a half; target two fails in one quarter of an hour of each hour. */
static void put_days(struct house *h)
{
	struct txn *t = txn_new();

	for (int64_t at = NOW - 36 * MS_PER_H; at < NOW; at += 60000) {
		struct sample s = good_sample(1, at + 1000);

		s.first_token_us = 100000 + at / 60000 % 100 * 10000;
		txn_sample(t, &s, JUDGED_COUNTED);
		s = at / 60000 % 60 < 15 ? failed_sample(2, at + 2000, OUTCOME_HTTP_5XX)
					 : good_sample(2, at + 2000);
		txn_sample(t, &s, JUDGED_COUNTED);
	}
	house_apply(h->store, t);
}

static void roll_up(struct house *h, int64_t now)
{
	struct rolling r;
	struct err e = {0};
	bool more = true;

	rolling_init(&r);
	assert_true(rolling_load(&r, store_db(h->store), &e));
	while (more)
		assert_true(
		    rolling_step(&r, store_db(h->store), (struct wall){now}, &more, &e));
	rolling_fini(&r);
}

static void uptime_counts_the_last_day_and_says_the_same_after_rolling_up(void **state)
{
	static const char sql[] =
	    "SELECT group_concat(target || ' ' || uptime_pct || ' ' || good_s || ' ' ||"
	    " failed_s || ' ' || unknown_s || ' ' || samples || ' ' || failures) FROM"
	    " uptime_24h";
	static const char expected[] =
	    "one 100.0 86400 0 0 1440 0,two 75.0 64800 21600 0 1440 360";
	struct house *h = *state;
	char text[200];

	open_now(h);
	put_days(h);
	assert_string_equal(
	    ask_text(store_db(h->store), sql, text, sizeof(text)), expected);
	roll_up(h, NOW);
	assert_true(ask(store_db(h->store), "SELECT count(*) FROM hours") > 60);
	assert_string_equal(
	    ask_text(store_db(h->store), sql, text, sizeof(text)), expected);
}

/* One pays in two currencies, two's failures cost nobody knows what. */
static int64_t put_spending(struct house *h, int64_t midnight, int64_t until)
{
	struct txn *t = txn_new();
	int64_t minutes = 0;

	for (int64_t at = midnight - 3 * MS_PER_H; at < until; at += 60000) {
		struct sample s = good_sample(1, at + 1000);

		txn_sample(t, &s, JUDGED_COUNTED);
		s = good_sample(1, at + 2000);
		s.cost_nano = 2000;
		(void)str_copy(s.currency, sizeof(s.currency), "CNY");
		txn_sample(t, &s, JUDGED_COUNTED);
		s = good_sample(2, at + 3000);
		if (at / 60000 % 2 == 0) {
			s.cost_nano = -1;
			s.currency[0] = '\0';
		}
		txn_sample(t, &s, JUDGED_COUNTED);
		minutes += at >= midnight;
	}
	house_apply(h->store, t);
	return minutes;
}

static void spend_counts_from_midnight_and_says_the_same_after_rolling_up(void **state)
{
	static const char sql[] =
	    "SELECT group_concat(target || ' ' || asks || ' ' || spent_nano || ' '"
	    " || currency || ' ' || unknown_asks) FROM spend_today";
	struct house *h = *state;
	int64_t now = NOW + 7 * MS_PER_H + 22 * MS_PER_MIN, minutes = 0;
	char text[300];
	struct err e = {0};

	h->options.now.ms = now;
	house_open_fast(h);
	house_series(h->store, 1, "one");
	house_series(h->store, 2, "two");
	minutes = put_spending(h, NOW, now);
	assert_int_equal(minutes, 442);
	for (int round = 0; round < 2; round++) {
		struct reader *r = reader_open(h->path, 10000, &e);
		struct reader_spend spend;

		assert_string_equal(ask_text(store_db(h->store), sql, text, sizeof(text)),
		    "one 884 884000 CNY 0,one 884 2873000 USD 0,two 442 1436500 USD 221");
		assert_non_null(r);
		assert_true(reader_spend(r, &spend, &e));
		assert_int_equal(spend.asks, 884 + 442);
		assert_int_equal(spend.unknown_asks, 221);
		assert_int_equal(spend.n, 2);
		assert_string_equal(spend.sums[0].currency, "CNY");
		assert_int_equal(spend.sums[0].nano, 884000);
		assert_int_equal(spend.sums[1].nano, 2873000 + 1436500);
		reader_close(r);
		roll_up(h, now);
	}
	assert_true(ask(store_db(h->store), "SELECT count(*) FROM hours") > 0);
}

static void latency_percentiles_come_out_of_the_plain_shell(void **state)
{
	struct house *h = *state;
	struct db *d = NULL;

	open_now(h);
	put_days(h);
	roll_up(h, NOW);
	d = store_db(h->store);
	/* 100, 110, ... 1090 ms, evenly */
	assert_in_range(
	    ask(d, "SELECT p50_ms FROM latency_24h WHERE target = 'one'"), 590, 650);
	assert_in_range(
	    ask(d, "SELECT p95_ms FROM latency_24h WHERE target = 'one'"), 1040, 1140);
	assert_int_equal(
	    ask(d, "SELECT samples FROM latency_24h WHERE target = 'two'"), 1080);
}

static void a_renamed_target_goes_by_its_new_name_everywhere(void **state)
{
	struct house *h = *state;
	struct txn *t = txn_new();
	struct target fresh = house_target("fresh");
	struct sample s = good_sample(1, NOW - 1000);

	open_now(h);
	txn_series(t, 1, "hk-1", &fresh, (struct wall){NOW});
	txn_sample(t, &s, JUDGED_COUNTED);
	house_apply(h->store, t);
	assert_int_equal(ask(store_db(h->store),
			     "SELECT count(*) FROM samples_v WHERE target = 'fresh'"),
	    1);
	assert_int_equal(ask(store_db(h->store),
			     "SELECT count(*) FROM uptime_24h WHERE target = 'fresh'"),
	    1);
}

static void questions_find_their_rows_by_key(void **state)
{
	struct house *h = *state;
	char text[8000];
	struct db *d = NULL;

	open_now(h);
	d = store_db(h->store);
	(void)plan(d,
	    "SELECT * FROM samples_v WHERE at_ms > 5 AND target = 'one' ORDER BY at_ms",
	    text, sizeof(text));
	assert_non_null(strstr(text, "SEARCH s USING PRIMARY KEY (at>?)"));
	assert_null(strstr(text, "SCAN s"));
	assert_null(strstr(text, "ORDER BY"));
	(void)plan(d, "SELECT * FROM samples_v ORDER BY at_ms DESC LIMIT 20", text,
	    sizeof(text));
	assert_null(strstr(text, "ORDER BY"));
	(void)plan(d, "SELECT * FROM uptime_24h", text, sizeof(text));
	assert_non_null(strstr(text, "SEARCH s USING PRIMARY KEY (at>?)"));
	assert_non_null(
	    strstr(text, "SEARCH h USING PRIMARY KEY (series=? AND at>? AND at<?)"));
	assert_non_null(strstr(text, "SEARCH f USING PRIMARY KEY (at>? AND at<?)"));
	assert_null(strstr(text, "SCAN f"));
	assert_null(strstr(text, "SCAN h"));
	(void)plan(d, "SELECT * FROM latency_24h", text, sizeof(text));
	assert_null(strstr(text, "SCAN f"));
	assert_null(strstr(text, "SCAN h"));
	assert_null(strstr(text, "SCAN s\n"));
	(void)plan(d, "SELECT * FROM incidents WHERE state = 0 ORDER BY opened", text,
	    sizeof(text));
	assert_non_null(strstr(text, "incidents_open"));
	(void)plan(
	    d, "SELECT min(created) FROM deliveries WHERE state = 0", text, sizeof(text));
	assert_non_null(strstr(text, "deliveries_pending"));
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(the_stable_columns_stand_first_and_in_order),
	    HOUSE_TEST(a_sample_reads_like_a_sentence),
	    HOUSE_TEST(incidents_and_deliveries_have_words),
	    HOUSE_TEST(uptime_is_right_in_the_first_minute),
	    HOUSE_TEST(uptime_counts_the_last_day_and_says_the_same_after_rolling_up),
	    HOUSE_TEST(spend_counts_from_midnight_and_says_the_same_after_rolling_up),
	    HOUSE_TEST(latency_percentiles_come_out_of_the_plain_shell),
	    HOUSE_TEST(a_renamed_target_goes_by_its_new_name_everywhere),
	    HOUSE_TEST(questions_find_their_rows_by_key),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
