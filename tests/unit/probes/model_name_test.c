/* SPDX-License-Identifier: MIT
 *
 * One model in many dresses, and two models that look alike.
 */
#include "probes/model_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* clang-format off */
static const struct {
	const char *asked, *returned;
	bool same;
} rows[] = {
	{"gpt-6-luna", "gpt-6-luna", true},
	{"gpt-6-luna", "gpt-6-luna-2026-08-01", true},
	{"gpt-6-luna-2026-08-01", "gpt-6-luna", true},
	{"House-Model", "house-model", true},
	{"claude-haiku-4-5", "claude-haiku-4-5-20251001", true},
	{"openai/gpt-oss-20b", "gpt-oss-20b", true},
	{"gpt-oss-20b", "openai/gpt-oss-20b", true},
	{"accounts/fireworks/models/gpt-oss-20b", "gpt-oss-20b", true},
	{"models/gemini-2.5-flash-lite", "gemini-2.5-flash-lite-001", true},
	{"ministral-3b-latest", "ministral-3b-2512", true},
	{"ministral-3b-latest", "ministral-3b", true},
	{"amazon.nova-micro-v1:0", "amazon.nova-micro", true},
	{"gemini-pro@001", "gemini-pro", true},
	{"meta-llama/llama-3.1-8b-instruct:free", "meta-llama/llama-3.1-8b-instruct:free",
	 true},
	{"gpt-4", "gpt-4-turbo", false},
	{"gpt-4", "gpt-4o", false},
	{"gpt-6", "gpt-6-mini-2026-08-01", false},
	{"claude-3", "claude-4", false},
	{"claude-haiku-4-5", "claude-haiku-4-6", false},
	{"gemini-2.5-flash", "gemini-3.5-flash", false},
	{"deepseek-chat", "deepseek-flash", false},
	{"gpt-oss-20b", "gpt-oss-120b", false},
	{"kimi-k2.6", "kimi-k2", false},
	{"house", "", false},
	{"2026", "2025", false},
};
/* clang-format on */

static void one_model_in_many_dresses_is_told_from_two_that_look_alike(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (model_is_same(span_of(rows[i].asked), span_of(rows[i].returned)) !=
		    rows[i].same)
			fail_msg("'%s' and '%s'", rows[i].asked, rows[i].returned);
		assert_int_equal(
		    model_is_same(span_of(rows[i].returned), span_of(rows[i].asked)),
		    rows[i].same);
	}
}

static void any_name_is_itself_whatever_its_tail(void **state)
{
	static const char *const odd[] = {"a", "-", "1", "-1", "v1", ":0", "a-",
	    "a-latest", "-latest", "a-1-2-3", "a/b/", "a@@1", "llama3.2:1b"};

	(void)state;
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		assert_true(model_is_same(span_of(odd[i]), span_of(odd[i])));
	assert_false(model_is_same(span_of(""), span_of("a")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(one_model_in_many_dresses_is_told_from_two_that_look_alike),
	    cmocka_unit_test(any_name_is_itself_whatever_its_tail),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
