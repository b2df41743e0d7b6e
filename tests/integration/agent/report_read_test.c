/* SPDX-License-Identifier: MIT
 *
 * The report of an incident out of a real database: one whose single asks are long gone,
 * one of which nothing is left, one that several providers share, a drill, a retracted
 * one, ids that are wrong.
 */
#include "agent/report_read.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/storage/days.h"

#define BEGAN (DAYS_END - 20 * MS_PER_DAY + 2 * MS_PER_MIN)
#define ENDED (BEGAN + 90 * MS_PER_MIN)

static const struct days past = {
    {0, 0},
    BEGAN, ENDED
};

static struct incident any_outage(void)
{
	struct incident in = {.class = CLASS_OUTAGE,
	    .severity = SEVERITY_CRITICAL,
	    .severity_now = SEVERITY_CRITICAL,
	    .state = INCIDENT_CLOSED,
	    .end = END_RECOVERED,
	    .health = HEALTH_DOWN,
	    .samples = 92,
	    .failures = 90};

	in.subject = (struct subject){SUBJECT_TARGET, "one"};
	in.started.ms = BEGAN + 7000;
	in.opened.ms = BEGAN + MS_PER_MIN;
	in.ended.ms = ENDED + 7000;
	in.closed.ms = ENDED + MS_PER_MIN;
	(void)str_copy(in.id.text, sizeof(in.id.text), "01KDVDNB007Q2A000000000000");
	(void)str_copy(in.short_id, sizeof(in.short_id), "7Q2A");
	(void)str_copy(in.provider, sizeof(in.provider), "deepseek");
	incident_add_target(&in, "one");
	in.outcomes[OUTCOME_OVERLOADED] = 90;
	in.first_error = (struct incident_error){.at = {BEGAN + 7000},
	    .outcome = OUTCOME_OVERLOADED,
	    .http_status = 503,
	    .code = "busy",
	    .message = "Server overloaded",
	    .request_id = "req-first"};
	in.last_error = in.first_error;
	in.last_error.at.ms = ENDED - MS_PER_MIN + 7000;
	(void)str_copy(
	    in.last_error.request_id, sizeof(in.last_error.request_id), "req-last");
	return in;
}

static void put_incident(struct house *h, const struct incident *in)
{
	struct txn *t = txn_new();

	txn_incident(t, in);
	house_apply(h->store, t);
}

static void read_report(struct house *h, const char *provider, struct str *out)
{
	struct err e = {0};
	struct reader *r = reader_open(h->path, 10000, &e);
	struct report_of of = {.id = "7q2a", .provider = provider};
	struct report report;

	str_init(out, DOC_MAX_BYTES);
	if (!r || !report_read(r, &of, (struct wall){DAYS_END}, &report, &e))
		fail_msg("%s", e.msg);
	report_write(&report, DOC_MARKDOWN, out);
	report_fini(&report);
	reader_close(r);
}

static void has(const struct str *s, const char *words)
{
	if (!strstr(str_c(s), words))
		fail_msg("not there: %s\n%s", words, str_c(s));
}

static void has_not(const struct str *s, const char *words)
{
	if (strstr(str_c(s), words))
		fail_msg("there: %s\n%s", words, str_c(s));
}

/* The p95 of that line of the table, in ms. */
static int p95_of(const struct str *s, const char *line)
{
	const char *at = strstr(str_c(s), line);
	int p50 = 0, p90 = 0, p95 = 0;

	if (!at || sscanf(at + strlen(line), " %*d | %*d | %d ms | %d ms | %d ms", &p50,
		       &p90, &p95) != 3)
		fail_msg("no percentiles: %s\n%s", line, str_c(s));
	return p95;
}

static void exec(struct house *h, const char *sql)
{
	struct err e = {0};

	assert_true(db_exec(store_db(h->store), sql, &e));
}

/* Latencies are 301, 305 ... 697 ms, alike in every hour and five minutes or so. */
static void an_older_incident_is_told_out_of_sums(void **state)
{
	struct house *h = *state;
	struct incident in = any_outage();
	struct str out;
	int p95;

	house_open_fast(h);
	days_series(h);
	put_incident(h, &in);
	days_put(h, &past, ROLLUP_DAY, BEGAN - 9 * MS_PER_DAY, DAYS_END);
	days_put(h, &past, ROLLUP_HOUR, BEGAN - 4 * MS_PER_DAY, ENDED + 4 * MS_PER_DAY);
	days_put(
	    h, &past, ROLLUP_FIVE_MINUTES, BEGAN - 26 * MS_PER_H, ENDED + 26 * MS_PER_H);
	days_put_samples(h, &past, DAYS_END - MS_PER_H, DAYS_END);

	read_report(h, NULL, &out);
	has(&out, "90 of 92 asks failed: overloaded 90.");
	p95 = p95_of(&out, "| one | before |");
	assert_in_range(p95, 681 * 91 / 100, 681 * 109 / 100);
	p95 = p95_of(&out, "| one | after |");
	assert_in_range(p95, 681 * 91 / 100, 681 * 109 / 100);
	has(&out, "| one | during | 0 | 85 | - | - | - | - | 5-minute sums |");
	has(&out, "| one | at its edges | 5 | 5 | ");
	has(&out, "Single asks of that time are no longer all kept.");
	has(&out, "| affected | one | ");
	has(&out, " 90 of 95 (95 %) | 0 |");
	has(&out, "`req-first`");
	has(&out, "`req-last`");
	has(&out, "the incident's record keeps");
	has(&out, "| USD | 0.000005 | - |");
	str_fini(&out);

	exec(h, "DELETE FROM five_minutes");
	read_report(h, NULL, &out);
	has(&out, "| one | during | 0 | 0 | - | - | - | - | - |"); /* no whole hour */
	p95 = p95_of(&out, "| one | before |");
	assert_in_range(p95, 681 * 91 / 100, 681 * 109 / 100);
	has(&out, "| one | at its edges | 30 | 90 | ");
	str_fini(&out);

	exec(h, "DELETE FROM hours");
	read_report(h, NULL, &out);
	has(&out, "| one | at its edges | 1350 | 90 | ");
	has(&out, "daily sums |");
	str_fini(&out);
}

static void what_nothing_is_left_of_says_so(void **state)
{
	struct house *h = *state;
	struct incident in = any_outage();
	struct str out;

	house_open_fast(h);
	days_series(h);
	put_incident(h, &in);
	days_put_samples(h, &past, DAYS_END - MS_PER_H, DAYS_END);
	read_report(h, NULL, &out);
	has(&out, "| one | before | 0 | 0 | - | - | - | - | nothing is kept |");
	has(&out, "| one | during | 0 | 0 | - | - | - | - | nothing is kept |");
	has(&out, "| one | after | 0 | 0 | - | - | - | - | nothing is kept |");
	has(&out, "90 of 92 asks failed: overloaded 90.");
	has(&out, "`req-first`");
	str_fini(&out);
}

/* Sums for the days, single asks from an hour after it began. */
static void of_both_each_moment_counts_once(void **state)
{
	struct house *h = *state;
	struct incident in = any_outage();
	struct str out;

	house_open_fast(h);
	days_series(h);
	put_incident(h, &in);
	days_put(
	    h, &past, ROLLUP_FIVE_MINUTES, BEGAN - 26 * MS_PER_H, ENDED + 26 * MS_PER_H);
	days_put_samples(h, &past, BEGAN + MS_PER_H + MS_PER_MIN, ENDED + 26 * MS_PER_H);
	read_report(h, NULL, &out);
	/* Until 01:05 sums, of which the first is at the edge: 3 of its asks failed. */
	has(&out,
	    "| one | during | 0 | 87 | - | - | - | - | 5-minute sums + single asks |");
	has(&out, "| one | at its edges | 2 | 3 | ");
	has(&out, "| one | after | 1440 | 0 | ");
	has(&out, "| affected | one | deepseek | deepseek-flash | stream | global | "
		  "90 of 92 (98 %) | 0 |");
	str_fini(&out);
}

static struct incident_share share_of(
    const char *target, const char *provider, int64_t from, int64_t until)
{
	struct incident_share s = {.severity = SEVERITY_MAJOR,
	    .started = {from},
	    .ended = {until},
	    .samples = 40,
	    .failures = 30};

	(void)str_copy(s.target, sizeof(s.target), target);
	(void)str_copy(s.provider, sizeof(s.provider), provider);
	return s;
}

static void a_provider_has_a_report_of_its_own_part(void **state)
{
	struct house *h = *state;
	struct incident in = any_outage();
	struct report_of of = {.id = "7q2a", .provider = "qwen"};
	struct report report;
	struct reader *r;
	struct err e = {0};
	struct str out;

	house_open_fast(h);
	days_series(h);
	days_put_samples(h, &past, BEGAN - MS_PER_H, ENDED + MS_PER_H);
	in.subject = (struct subject){SUBJECT_SHARED, "deepseek + kimi"};
	incident_add_target(&in, "two");
	in.shares[0] = share_of("one", "deepseek", BEGAN + 7000, ENDED + 7000);
	in.shares[1] =
	    share_of("two", "kimi", BEGAN + 10 * MS_PER_MIN, BEGAN + 20 * MS_PER_MIN);
	in.shares[2] =
	    share_of("two", "kimi", BEGAN + 80 * MS_PER_MIN, BEGAN + 85 * MS_PER_MIN);
	in.n_shares = 3;
	put_incident(h, &in);

	read_report(h, NULL, &out);
	has(&out, "## Each provider's own part");
	has(&out,
	    "| kimi | 2026-11-03 12:12:00 | 2026-11-03 12:22:00 | 10 m | major | 30 of 40 |");
	has(&out,
	    "| kimi | 2026-11-03 13:22:00 | 2026-11-03 13:27:00 | 5 m | major | 30 of 40 |");
	str_fini(&out);

	read_report(h, "kimi", &out);
	has(&out, "# Incident 7Q2A: provider kimi");
	has(&out, "This report is about kimi alone.");
	has(&out, "| Lasted | 15 m |");
	has(&out, "| Severity at worst | major |");
	has(&out, "| Began (first failing ask) | 2026-11-03 12:12:00 |");
	has(&out, "| And again | 2026-11-03 13:22:00, until 2026-11-03 13:27:00 |");
	has(&out, "| affected | two | ");
	has(&out, "| other | three | ");
	has_not(&out, "| affected | one | ");
	str_fini(&out);

	r = reader_open(h->path, 5000, &e);
	assert_false(report_read(r, &of, (struct wall){DAYS_END}, &report, &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	assert_non_null(strstr(e.msg, "qwen has no part in incident 7Q2A"));
	report_fini(&report);
	reader_close(r);
}

static void drills_and_retractions_say_what_they_are(void **state)
{
	struct house *h = *state;
	struct incident in = any_outage();
	struct str out;

	house_open_fast(h);
	days_series(h);
	in.subject.kind = SUBJECT_DRILL;
	put_incident(h, &in);
	read_report(h, NULL, &out);
	has(&out, "# DRILL: Incident 7Q2A");
	has(&out, "This was a drill, played by hand: nothing was wrong.");
	str_fini(&out);
	in.subject.kind = SUBJECT_TARGET;
	in.end = END_RETRACTED;
	put_incident(h, &in);
	read_report(h, NULL, &out);
	has(&out, "one seemed to be down from ");
	has(&out, "The fault was ours: it is withdrawn.");
	str_fini(&out);
}

static void ids_that_are_wrong_are_said_to_be(void **state)
{
	static const char *const wrong[] = {"", "7Q2B", "01KDVDNB007Q2A", "' OR 1", "%"};
	struct house *h = *state;
	struct incident in = any_outage();
	struct reader *r;

	house_open_fast(h);
	put_incident(h, &in);
	r = reader_open(h->path, 5000, &(struct err){0});
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		struct report report;
		struct err e = {0};

		struct report_of of = {.id = wrong[i]};

		assert_false(report_read(r, &of, (struct wall){DAYS_END}, &report, &e));
		assert_int_equal(e.code, ERR_NOT_FOUND);
		report_fini(&report);
	}
	reader_close(r);
}

#define HOUSE_TEST(name)                                                                 \
	cmocka_unit_test_setup_teardown(name, house_setup, house_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    HOUSE_TEST(an_older_incident_is_told_out_of_sums),
	    HOUSE_TEST(what_nothing_is_left_of_says_so),
	    HOUSE_TEST(of_both_each_moment_counts_once),
	    HOUSE_TEST(a_provider_has_a_report_of_its_own_part),
	    HOUSE_TEST(drills_and_retractions_say_what_they_are),
	    HOUSE_TEST(ids_that_are_wrong_are_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
