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

	(void)state;
	assert_true(r.limit > 0.1999999 && r.limit < 0.2000001);
	assert_false(r.or_equal);
	assert_int_equal(r.window_ms, 10 * MS_PER_MIN);
	assert_int_equal(r.min_failures, 3);
	assert_int_equal(r.min_samples, 0);
}

static void without_a_guard_five_failures_are_needed(void **state)
{
	(void)state;
	assert_int_equal(parsed("error_rate > 20% over 10m").min_failures, 5);
}

static void a_written_guard_replaces_the_default(void **state)
{
	struct rule r = parsed("error_rate > 20% over 10m, at least 10 samples");

	(void)state;
	assert_int_equal(r.min_failures, 0);
	assert_int_equal(r.min_samples, 10);
	r = parsed("error_rate >= 5% over 1h, at least 10 samples, at least 2 failures");
	assert_int_equal(r.min_failures, 2);
	assert_int_equal(r.min_samples, 10);
	assert_true(r.or_equal);
}

static void blanks_are_free_between_tokens(void **state)
{
	struct rule r = parsed("  error_rate>=12.5 %\tover 1h30m ,at  least 1 failure ");

	(void)state;
	assert_true(r.limit == 0.125);
	assert_int_equal(r.window_ms, 90 * MS_PER_MIN);
	assert_int_equal(r.min_failures, 1);
}

static void a_share_is_the_same_double_as_its_fraction(void **state)
{
	(void)state;
	assert_true(parsed("error_rate > 20% over 10m").limit == 1.0 / 5);
	assert_true(parsed("error_rate > 0.1% over 10m").limit == 1.0 / 1000);
	assert_true(parsed("error_rate > 100% over 10m").limit == 1);
}

static void errors_name_the_word_its_place_and_the_cure(void **state)
{
	static const struct {
		const char *text, *word;
		size_t offset;
	} bad[] = {
	    {"",								    "the end",       0 },
	    {"eror_rate > 20% over 10m",					    "did you mean",  0 },
	    {"failures >= 3 in a row",					      "later version", 0 },
	    {"p95(first_token) > 3x baseline over 15m",                             "later version", 0 },
	    {"error_rate < 20% over 10m",					   "write `>`",     11},
	    {"error_rate 20% over 10m",					     "expected `>`",  11},
	    {"error_rate > x% over 10m",					    "`x`",           13},
	    {"error_rate > 20 over 10m",					    "expected `%`",  16},
	    {"error_rate >= 0% over 10s, at least 1 samples",                       "write `> 0%`",  14},
	    {"error_rate > 120% over 10m",                                          "0% and 100%",   13},
	    {"error_rate > 1.% over 10m",					   "a share",       13},
	    {"error_rate > 20% ovr 10m",					    "mean `over`",   17},
	    {"error_rate > 20% over 10",					    "a window",      22},
	    {"error_rate > 20% over 10 m",                                          "a window",      22},
	    {"error_rate > 20% over 9s",					    "10s at least",  22},
	    {"error_rate > 20% over 31d",					   "30d at most",   22},
	    {"error_rate > 20% over 10m at least 3 failures",                       "at least N",    26},
	    {"error_rate > 20% over 10m, atleast 3 failures",                       "expected `at`", 27},
	    {"error_rate > 20% over 10m, at least 0 failures",                      "1 at least",    36},
	    {"error_rate > 20% over 10m, at least 1.5 failures",                    "whole number",  36},
	    {"error_rate > 20% over 10m, at least 3 failuers",                      "did you mean",  38},
	    {"error_rate > 20% over 10m, at least 3 failures, at least 4 failures",
             "two guards",									   59},
	    {"error_rate > 20% over 10m and error_rate > 1% over 1h",               "two rules",     26},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct rule r = {.window_ms = 7};
		struct err e = {0};
		size_t offset = 999;

		assert_false(rule_parse(bad[i].text, &r, &offset, &e));
		if (!strstr(e.msg, bad[i].word) || offset != bad[i].offset)
			fail_msg("%s: at %zu: %s", bad[i].text, offset, e.msg);
		assert_int_equal(r.window_ms, 7); /* untouched */
		assert_int_equal(e.code, ERR_CONFIG);
	}
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

static void the_needed_share_counts_the_guards(void **state)
{
	struct rule r = parsed("error_rate > 20% over 10m, at least 3 failures");

	(void)state;
	assert_true(rule_samples(&r, MS_PER_MIN) == 10);
	/* Ten samples: more than 20 % are three. */
	assert_true(rule_needed_share(&r, MS_PER_MIN) == 0.3);
	/* Twenty: five. */
	assert_true(rule_needed_share(&r, 30 * MS_PER_S) == 0.25);
	/* Two samples cannot hold three failures. */
	assert_true(rule_needed_share(&r, 5 * MS_PER_MIN) > 1);
	r = parsed("error_rate >= 20% over 10m, at least 1 failures");
	assert_true(rule_needed_share(&r, MS_PER_MIN) == 0.2);
	r = parsed("error_rate > 20% over 10m, at least 30 samples");
	assert_true(rule_needed_share(&r, MS_PER_MIN) > 1);
	r = parsed("error_rate > 50% over 10s, at least 1 failure");
	assert_true(rule_needed_share(&r, MS_PER_H) == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_rule_of_the_readme_is_read),
	    cmocka_unit_test(without_a_guard_five_failures_are_needed),
	    cmocka_unit_test(a_written_guard_replaces_the_default),
	    cmocka_unit_test(blanks_are_free_between_tokens),
	    cmocka_unit_test(a_share_is_the_same_double_as_its_fraction),
	    cmocka_unit_test(errors_name_the_word_its_place_and_the_cure),
	    cmocka_unit_test(long_words_do_not_break_the_message),
	    cmocka_unit_test(the_needed_share_counts_the_guards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
