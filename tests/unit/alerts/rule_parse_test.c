/* SPDX-License-Identifier: MIT
 *
 * The text form of rules: what is read, where errors point, what a rule really needs.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/rule.h"

static struct rule parsed(const char *text)
{
	struct rule r = {.for_ms = 42};
	struct err e = {0};
	size_t offset;

	if (!rule_parse(text, &r, &offset, &e))
		fail_msg("%s: %s", text, e.msg);
	assert_int_equal(r.for_ms, 42); /* not its business */
	return r;
}

static void the_rule_of_the_readme_is_read(void **state)
{
	struct rule r = parsed("error_rate > 20% over 10m, at least 3 failures");
	const struct condition *c = &r.conditions[0];

	(void)state;
	assert_int_equal(r.n_when, 1);
	assert_int_equal(c->kind, CONDITION_SHARE);
	assert_true(c->limit > 0.1999999 && c->limit < 0.2000001);
	assert_int_equal(c->compare, COMPARE_GT);
	assert_int_equal(c->window_ms, 10 * MS_PER_MIN);
	assert_int_equal(c->min_failures, 3);
	assert_int_equal(c->min_samples, 0);
}

static struct condition one(const char *text)
{
	return parsed(text).conditions[0];
}

static void guards_have_defaults_by_kind(void **state)
{
	static const struct {
		const char *text;
		int failures, samples;
	} rows[] = {
	    {"error_rate > 20% over 10m",                      5, 0 },
	    {"outcome(overloaded) >= 20% over 10m",            5, 0 },
	    {"burn_rate(99.5%) > 14.4 over 1h and 5m",         6, 0 },
	    {"p95(first_token) > 3s over 15m",                 3, 10},
	    {"error_rate > 20% over 10m, at least 10 samples", 0, 10},
	    {"p95(total) > 3s over 15m, at least 1 failure",   1, 0 },
	    {"failures >= 3 over 10m",                         0, 0 },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		struct condition c = one(rows[i].text);

		assert_int_equal(c.min_failures, rows[i].failures);
		assert_int_equal(c.min_samples, rows[i].samples);
	}
}

static void a_written_guard_replaces_the_default(void **state)
{
	struct condition c =
	    one("error_rate >= 5% over 1h, at least 10 samples, at least 2 failures");

	(void)state;
	assert_int_equal(c.min_failures, 2);
	assert_int_equal(c.min_samples, 10);
	assert_int_equal(c.compare, COMPARE_GE);
}

static void blanks_are_free_between_tokens(void **state)
{
	struct condition c =
	    one("  error_rate>=12.5 %\tover 1h30m ,at  least 1 failure ");

	(void)state;
	assert_true(c.limit == 0.125);
	assert_int_equal(c.window_ms, 90 * MS_PER_MIN);
	assert_int_equal(c.min_failures, 1);
	c = one("p95 ( first_token )>3 x baseline over 15m");
	assert_true(c.factor == 3);
}

static void a_share_is_the_same_double_as_its_fraction(void **state)
{
	(void)state;
	assert_true(one("error_rate > 20% over 10m").limit == 1.0 / 5);
	assert_true(one("error_rate > 0.1% over 10m").limit == 1.0 / 1000);
	assert_true(one("error_rate > 100% over 10m").limit == 1);
}

static void each_kind_of_condition_is_read(void **state)
{
	struct condition c = one("outcome(overloaded, http_5xx) > 10% over 5m");

	(void)state;
	assert_int_equal(c.kind, CONDITION_SHARE);
	assert_true(c.outcomes == (UINT64_C(1) << OUTCOME_OVERLOADED |
				      UINT64_C(1) << OUTCOME_HTTP_5XX));
	c = one("failures >= 3 in a row");
	assert_int_equal(c.kind, CONDITION_RUN);
	assert_int_equal(c.count, 3);
	assert_false(c.good);
	c = one("successes < 2 over 1h");
	assert_int_equal(c.kind, CONDITION_COUNT);
	assert_true(c.good && c.compare == COMPARE_LT && c.count == 2);
	c = one("failures(reset) > 3 over 30d");
	assert_int_equal(c.kind, CONDITION_COUNT);
	assert_true(c.outcomes == UINT64_C(1) << OUTCOME_RESET);
	c = one("3 of last 5 failed");
	assert_int_equal(c.kind, CONDITION_OF_LAST);
	assert_true(c.count == 3 && c.of == 5 && !c.good);
	c = one("p99(gap) >= 2500ms over 1d");
	assert_int_equal(c.kind, CONDITION_QUANTILE);
	assert_true(c.metric == METRIC_GAP && c.limit_ms == 2500 && c.percentile == 4);
	c = one("p95(first_token) > 2.5x baseline over 15m");
	assert_true(c.factor == 2.5 && c.limit_ms == 0);
	c = one("burn_rate(99.5%) > 14.4 over 1h and 5m, at least 9 failures");
	assert_int_equal(c.kind, CONDITION_BURN);
	assert_true(c.limit == 0.995 && c.factor == 14.4 && c.min_failures == 9);
	assert_true(c.window_ms == MS_PER_H && c.short_ms == 5 * MS_PER_MIN);
	c = one("no_data for 20m");
	assert_int_equal(c.kind, CONDITION_NO_DATA);
	assert_int_equal(c.window_ms, 20 * MS_PER_MIN);
	c = one("health is down");
	assert_true(c.kind == CONDITION_HEALTH && c.health == HEALTH_DOWN && !c.slow);
	assert_true(one("health is slow").slow);
}

static void conditions_are_joined_and_share_their_windows(void **state)
{
	struct rule r =
	    parsed("error_rate > 20% over 10m and failures >= 3 over 10m and "
		   "burn_rate(99%) > 2 over 10m and 5m and health is degraded");
	size_t offset;
	struct err e;

	(void)state;
	assert_int_equal(r.n_when, 4);
	assert_int_equal(r.conditions[0].ring, r.conditions[1].ring);
	assert_int_equal(r.n_rings, 3); /* burn_rate has two of its own */
	assert_int_equal(r.conditions[3].ring, -1);
	assert_true(rule_parse_resolve("error_rate < 5% over 10m", &r, &offset, &e));
	assert_int_equal(r.n_resolve, 1);
	assert_int_equal(r.n_rings, 3);
	assert_int_equal(r.conditions[4].compare, COMPARE_LT);
	assert_string_equal(rule_not_by(&r), "`health is`");
}

static void errors_name_the_word_its_place_and_the_cure(void **state)
{
	static const struct {
		const char *text, *word;
		size_t offset;
	} bad[] = {
	    {"",								    "the end",                   0 },
	    {"eror_rate > 20% over 10m",					    "did you mean `error_rate`", 0 },
	    {"p94(total) > 3s over 5m",					     "did you mean `p9",          0 },
	    {"(failures >= 3 in a row)",					    "parentheses",               0 },
	    {"error_rate < 20% over 10m",					   "write `>`",                 11},
	    {"successes >= 3 over 10m",					     "while all is well",         10},
	    {"health is up",							"while all is well",         0 },
	    {"error_rate 20% over 10m",					     "expected `>`",              11},
	    {"error_rate > x% over 10m",					    "`x`",                       13},
	    {"error_rate > 20 over 10m",					    "expected `%`",              16},
	    {"error_rate >= 0% over 10s, at least 1 samples",                       "write `> 0%`",              14},
	    {"error_rate > 120% over 10m",                                          "0% and 100%",               13},
	    {"error_rate > 1.% over 10m",					   "a share",                   13},
	    {"error_rate > 20% ovr 10m",					    "mean `over`",               17},
	    {"error_rate > 20% over 10",					    "a window",                  22},
	    {"error_rate > 20% over 10 m",                                          "a window",                  22},
	    {"error_rate > 20% over 9s",					    "10s at least",              22},
	    {"error_rate > 20% over 31d",					   "30d at most",               22},
	    {"error_rate > 20% over 10m at least 3 failures",                       "at least N",                26},
	    {"error_rate > 20% over 10m, atleast 3 failures",                       "expected `at`",             27},
	    {"error_rate > 20% over 10m, at least 0 failures",                      "1 at least",                36},
	    {"error_rate > 20% over 10m, at least 1.5 failures",                    "whole number",              36},
	    {"error_rate > 20% over 10m, at least 3 failuers",                      "mean `failures`",           38},
	    {"error_rate > 20% over 10m, at least 3 failures, at least 4 failures",
             "two guards",										       59},
	    {"error_rate > 20% over 10m or health is down",                         "write two rules",           26},
	    {"error_rate > 20% over 10m and",                                       "the end",                   29},
	    {"outcome(overlaoded) > 5% over 10m",                                   "mean `overloaded`",         8 },
	    {"outcome(local) > 5% over 10m",                                        "nobody's evidence",         8 },
	    {"outcome() > 5% over 10m",					     "an outcome",                8 },
	    {"failures > 3 in a row",					       "goes with `>=`",            9 },
	    {"failures >= 1001 in a row",					   "1000 at most",              9 },
	    {"failures >= 3 inside 10m",					    "`in a row`",                14},
	    {"failures >= 0 over 10m",					      "1 at least",                12},
	    {"65 of last 70 failed",						"64 at most",                0 },
	    {"3 of last 65 failed",						 "64 at most",                10},
	    {"5 of last 3 failed",						  "can never be",              0 },
	    {"3 of last 5 fialed",						  "mean `failed`",             12},
	    {"p95(first_tokn) > 3s over 15m",                                       "mean `first_token`",        4 },
	    {"p95(total) > 3x baseline over 15m",                                   "only first_token",          16},
	    {"p95(first_token) > 3 over 15m",                                       "a latency",                 19},
	    {"p95(first_token) > 3x basline over 15m",                              "mean `baseline`",           22},
	    {"burn_rate(100%) > 2 over 1h and 5m",                                  "leaves no budget",          10},
	    {"burn_rate(99%) > 2 over 5m and 1h",                                   "long window comes first",   31},
	    {"burn_rate(99%) > 2 over 5m",                                          "expected `and`",            26},
	    {"no_data over 5m",						     "expected `for`",            8 },
	    {"health is donw",						      "mean `down`",               10},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rule r = {.n_when = 7};
		struct err e = {0};
		size_t offset = 999;

		assert_false(rule_parse(bad[i].text, &r, &offset, &e));
		if (!strstr(e.msg, bad[i].word) || offset != bad[i].offset)
			fail_msg("%s: at %zu: %s", bad[i].text, offset, e.msg);
		assert_int_equal(r.n_when, 7); /* untouched */
		assert_int_equal(e.code, ERR_CONFIG);
	}
}

static void a_rule_has_so_many_conditions_and_no_more(void **state)
{
	struct str text;
	struct rule r = {0};
	struct err e = {0};
	size_t offset;

	(void)state;
	str_init(&text, 4000);
	str_adds(&text, "no_data for 20m");
	for (int i = 1; i < RULE_CONDITIONS; i++)
		str_adds(&text, " and no_data for 20m");
	assert_true(rule_parse(str_c(&text), &r, &offset, &e));
	assert_int_equal(r.n_when, RULE_CONDITIONS);
	assert_false(rule_parse_resolve("no_data for 20m", &r, &offset, &e));
	str_adds(&text, " and no_data for 20m");
	assert_false(rule_parse(str_c(&text), &r, &offset, &e));
	assert_non_null(strstr(e.msg, "at most 32"));
	str_fini(&text);
}

static void long_words_do_not_break_the_message(void **state)
{
	char text[3000];
	struct rule r = {0};
	struct err e = {0};
	size_t offset;

	(void)state;
	memset(text, 'x', sizeof(text) - 1);
	text[sizeof(text) - 1] = 0;
	assert_false(rule_parse(text, &r, &offset, &e));
	memcpy(text, "error_rate > ", 13);
	memset(text + 13, '9', 400);
	assert_false(rule_parse(text, &r, &offset, &e));
	assert_int_equal(offset, 13);
}

static double needed(const char *text, int64_t interval_ms)
{
	struct rule r = parsed(text);
	struct rule_need need;

	rule_need(&r, interval_ms, &need);
	return need.share;
}

static void the_needed_share_counts_the_guards(void **state)
{
	static const char three[] = "error_rate > 20% over 10m, at least 3 failures";
	struct rule r = parsed(three);
	struct rule_need need;

	(void)state;
	rule_need(&r, MS_PER_MIN, &need);
	assert_true(need.samples == 10);
	/* Ten samples: more than 20 % are three. */
	assert_true(need.share == 0.3);
	/* Twenty: five. */
	assert_true(needed(three, 30 * MS_PER_S) == 0.25);
	/* Two samples cannot hold three failures. */
	assert_true(needed(three, 5 * MS_PER_MIN) > 1);
	assert_true(
	    needed("error_rate >= 20% over 10m, at least 1 failures", MS_PER_MIN) == 0.2);
	assert_true(
	    needed("error_rate > 20% over 10m, at least 30 samples", MS_PER_MIN) > 1);
	assert_true(
	    needed("error_rate > 50% over 10s, at least 1 failure", MS_PER_H) == 1);
}

static void the_needed_share_is_that_of_the_hardest_condition(void **state)
{
	struct rule r = parsed("p99(first_token) > 3s over 15m");
	struct rule_need need;

	(void)state;
	assert_true(needed("failures >= 3 in a row", MS_PER_MIN) == 1);
	assert_true(needed("3 of last 5 failed", MS_PER_MIN) == 0.6);
	assert_true(needed("failures > 5 over 10m", MS_PER_MIN) == 0.6);
	assert_true(needed("no_data for 10m", MS_PER_MIN) == 0);
	assert_true(needed("burn_rate(99%) > 10 over 1h and 5m", MS_PER_MIN) == 7.0 / 60);
	assert_true(needed("burn_rate(90%) > 11 over 1h and 5m", MS_PER_MIN) > 1);
	assert_true(needed("failures >= 2 over 10m and 3 of last 4 failed and "
			   "error_rate > 1% over 1h",
			MS_PER_MIN) == 0.75);
	rule_need(&r, MS_PER_MIN, &need);
	assert_true(need.least == 300);
	assert_true(need.share == 0.2);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rule_of_the_readme_is_read),
	    cmocka_unit_test(guards_have_defaults_by_kind),
	    cmocka_unit_test(a_written_guard_replaces_the_default),
	    cmocka_unit_test(blanks_are_free_between_tokens),
	    cmocka_unit_test(a_share_is_the_same_double_as_its_fraction),
	    cmocka_unit_test(each_kind_of_condition_is_read),
	    cmocka_unit_test(conditions_are_joined_and_share_their_windows),
	    cmocka_unit_test(errors_name_the_word_its_place_and_the_cure),
	    cmocka_unit_test(a_rule_has_so_many_conditions_and_no_more),
	    cmocka_unit_test(long_words_do_not_break_the_message),
	    cmocka_unit_test(the_needed_share_counts_the_guards),
	    cmocka_unit_test(the_needed_share_is_that_of_the_hardest_condition),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
