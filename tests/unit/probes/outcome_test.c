/* SPDX-License-Identifier: MIT
 *
 * The outcome table against the table of the design: codes, blame and evidence are law.
 */
#include "probes/outcome.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
	int number;
	const char *code, *blame, *evidence;
} law[] = {
	{0, "ok", "none", "answered"},
	{1, "http_5xx", "provider", "answered"},
	{2, "overloaded", "provider", "answered"},
	{3, "error_in_stream", "provider", "answered"},
	{4, "malformed", "provider", "answered"},
	{5, "too_large", "provider", "answered"},
	{6, "empty", "provider", "answered"},
	{7, "wrong_answer", "provider", "answered"},
	{8, "dns", "provider", "silent"},
	{9, "refused", "provider", "silent"},
	{10, "connect", "provider", "silent"},
	{11, "tls", "provider", "silent"},
	{12, "reset", "provider", "silent"},
	{13, "timeout_connect", "provider", "silent"},
	{14, "timeout_first_byte", "provider", "silent"},
	{15, "timeout_first_token", "provider", "silent"},
	{16, "stalled", "provider", "silent"},
	{17, "timeout_total", "provider", "silent"},
	{18, "truncated", "provider", "silent"},
	{19, "rate_limited", "us", "answered"},
	{20, "quota", "us", "answered"},
	{21, "auth", "us", "answered"},
	{22, "forbidden_region", "us", "answered"},
	{23, "bad_request", "us", "answered"},
	{24, "model_gone", "us", "answered"},
	{25, "content_filtered", "us", "answered"},
	{26, "redirected", "us", "answered"},
	{27, "local", "path", "none"},
};
/* clang-format on */

static void every_row_is_as_the_design_says(void **state)
{
	(void)state;
	assert_int_equal(sizeof(law) / sizeof(law[0]), OUTCOME_COUNT);
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		const struct outcome_row *row = outcome_row((enum outcome)i);

		assert_int_equal(law[i].number, i);
		assert_int_equal(row->outcome, i);
		assert_string_equal(row->code, law[i].code);
		assert_string_equal(outcome_code(row->outcome), law[i].code);
		assert_string_equal(
		    blame_code(outcome_blame(row->outcome)), law[i].blame);
		assert_string_equal(evidence_code(row->evidence), law[i].evidence);
	}
}

static void every_row_speaks_in_one_short_sentence(void **state)
{
	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		const struct outcome_row *row = outcome_row((enum outcome)i);
		size_t n = strlen(row->sentence);

		assert_in_range(n, 5, 70);
		assert_true(row->sentence[n - 1] != '.');
		assert_in_range(strlen(row->advice), 0, 70);
		assert_true(i == OUTCOME_OK || row->advice[0] != '\0');
	}
	assert_string_equal(
	    outcome_row(OUTCOME_QUOTA)->advice, "top up, it is not an outage");
}

static void failures_and_excluded_never_overlap(void **state)
{
	(void)state;
	assert_false(outcome_is_failure(OUTCOME_OK));
	assert_false(outcome_is_excluded(OUTCOME_OK));
	for (int i = 1; i < OUTCOME_COUNT; i++) {
		enum outcome o = (enum outcome)i;

		assert_true(outcome_is_failure(o) != outcome_is_excluded(o));
		assert_int_equal(outcome_is_failure(o), i <= OUTCOME_TRUNCATED);
	}
}

static void codes_parse_back(void **state)
{
	enum outcome o = OUTCOME_COUNT;

	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		assert_true(outcome_parse(outcome_code((enum outcome)i), &o));
		assert_int_equal(o, i);
	}
	o = OUTCOME_TLS;
	assert_false(outcome_parse("Overloaded", &o));
	assert_false(outcome_parse("", &o));
	assert_int_equal(o, OUTCOME_TLS);
}

static void blame_words_are_those_of_the_probe_table(void **state)
{
	(void)state;
	assert_string_equal(blame_word(BLAME_NONE), "-");
	assert_string_equal(blame_word(BLAME_PROVIDER), "theirs");
	assert_string_equal(blame_word(BLAME_US), "yours");
	assert_string_equal(blame_word(BLAME_PATH), "nobody's");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_row_is_as_the_design_says),
	    cmocka_unit_test(every_row_speaks_in_one_short_sentence),
	    cmocka_unit_test(failures_and_excluded_never_overlap),
	    cmocka_unit_test(codes_parse_back),
	    cmocka_unit_test(blame_words_are_those_of_the_probe_table),
	};

	return cmocka_run_group_tests_name("probes/outcome", tests, NULL, NULL);
}
