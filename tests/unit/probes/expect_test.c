/* SPDX-License-Identifier: MIT */
#include "probes/expect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "tests/unit/probes/fixture.h"

static const struct {
	const char *pattern, *text;
	bool fits;
} globs[] = {
    {"",      "",		true },
    {"",      "x",	       false},
    {"*",     "",		true },
    {"*",     "anything at all", true },
    {"?",     "x",	       true },
    {"?",     "",		false},
    {"?",     "\xe7\xad\x94",    true }, /* one character, three bytes */
    {"??",    "\xe7\xad\x94",    false},
    {"*?",    "\xe7\xad\x94",    true },
    {"v?.*",  "v2.10",           true },
    {"v?.*",  "v22.1",           false},
    {"*OK*",  "it is OK.",       true },
    {"*OK",   "it is OK.",       false},
    {"*ok*",  "it is OK.",       false}, /* case matters */
    {"a*b*c", "aXXbYYbZZc",      true },
    {"a*b*c", "aXXbYYbZZ",       false},
    {"**a**", "xxaxx",           true },
    {"\\*",   "*",               true },
    {"\\*",   "x",               false},
    {"\\?x",  "?x",              true },
    {"\\",    "\\",              true }, /* nothing to take: itself */
    {"ab",    "abc",             false},
    {"abc",   "ab",              false},
};

static void a_glob_fits_the_whole_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(globs) / sizeof(globs[0]); i++) {
		if (expect_glob(globs[i].pattern, span_of(globs[i].text)) !=
		    globs[i].fits)
			fail_msg("'%s' '%s'", globs[i].pattern, globs[i].text);
	}
}

/* The plain definition, which takes for ever on long texts. */
static bool fits_slowly(const char *p, const char *t)
{
	if (*p == '\0')
		return *t == '\0';
	if (*p == '*')
		return fits_slowly(p + 1, t) || (*t != '\0' && fits_slowly(p, t + 1));
	return *t != '\0' && (*p == '?' || *p == *t) && fits_slowly(p + 1, t + 1);
}

static void globs_agree_with_their_definition(void **state)
{
	static const char letters[] = "ab*?";
	struct rng r;
	int fitted = 0, n = 20000;

	(void)state;
	rng_init(&r, 1);
	for (int i = 0; i < n; i++) {
		char pattern[8] = "", text[10] = "";
		size_t np = rng_below(&r, 7), nt = rng_below(&r, 9);

		for (size_t k = 0; k < np; k++)
			pattern[k] = letters[rng_below(&r, 4)];
		for (size_t k = 0; k < nt; k++)
			text[k] = letters[rng_below(&r, 2)];
		fitted += fits_slowly(pattern, text);
		if (expect_glob(pattern, span_of(text)) != fits_slowly(pattern, text))
			fail_msg("'%s' '%s'", pattern, text);
	}
	printf("# evidence globs: %d random pairs, seed 1, %d of them fit\n", n, fitted);
	assert_in_range(fitted, n / 100, n);
}

/* What would be exponential with a naive matcher, and is pattern times text here. */
static void stars_without_end_are_no_bomb(void **state)
{
	static char text[65537];

	(void)state;
	memset(text, 'a', sizeof(text) - 1);
	assert_false(expect_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b", span_of(text)));
	assert_true(expect_glob("*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a", span_of(text)));
}

static const char *const good_paths[] = {"$", "$.a", "a", ".a", "a.b", "$.a[0].b", "$[0]",
    "[0]", "$[-1]", "$[\"a.b\"]", "$['x y'].z", "a[0][1]", "$.\xe7\xad\x94"};
static const char *const bad_paths[] = {"", "$$", "$.", "$..a", "a.", "$[", "$[]", "$[*]",
    "$[-0]", "$[1234567]", "$[0", "$[0]x", "$['a\"]", "$['a'", "a b*", "$.a[?(@.b)]",
    "a]", "$a"};

static void paths_are_a_small_subset(void **state)
{
	struct err e;

	(void)state;
	for (size_t i = 0; i < sizeof(good_paths) / sizeof(good_paths[0]); i++) {
		if (!expect_path_check(good_paths[i], &e))
			fail_msg("'%s': %s", good_paths[i], e.msg);
	}
	for (size_t i = 0; i < sizeof(bad_paths) / sizeof(bad_paths[0]); i++) {
		if (expect_path_check(bad_paths[i], &e))
			fail_msg("'%s' is taken", bad_paths[i]);
	}
}

#define DOC                                                                              \
	"{\"sum\": 42, \"ok\": true, \"none\": null, \"name\": \"Ada\","                 \
	" \"list\": [{\"id\": \"x\"}, {\"id\": \"y\"}], \"a.b\": {\"c d\": 1.5}}"

static const struct {
	enum expect_kind kind;
	const char *want, *path, *answer;
	bool met;
} answers[] = {
    {EXPECT_THERE,    NULL,                "$.sum",             DOC,                     true },
    {EXPECT_THERE,    NULL,                "$.none",            DOC,                     true },
    {EXPECT_THERE,    NULL,                "$.gone",            DOC,                     false},
    {EXPECT_THERE,    NULL,                "$",                 "{}",                    true },
    {EXPECT_THERE,    NULL,                "$",                 "no JSON",               false},
    {EXPECT_THERE,    NULL,                "$",                 "",                      false},
    {EXPECT_EQUALS,   "42",                "$.sum",             DOC,                     true },
    {EXPECT_EQUALS,   "42.0",              "$.sum",             DOC,                     false},
    {EXPECT_EQUALS,   "true",              "ok",                DOC,                     true },
    {EXPECT_EQUALS,   "null",              "none",              DOC,                     true },
    {EXPECT_EQUALS,   "Ada",               "name",              DOC,                     true },
    {EXPECT_CONTAINS, "ad",                "name",              DOC,                     true },
    {EXPECT_GLOB,     "A?a",               "name",              DOC,                     true },
    {EXPECT_EQUALS,   "y",                 "list[1].id",        DOC,                     true },
    {EXPECT_EQUALS,   "y",                 "$.list[-1].id",     DOC,                     true },
    {EXPECT_EQUALS,   "x",                 "$.list[-2].id",     DOC,                     true },
    {EXPECT_THERE,    NULL,                "$.list[-3].id",     DOC,                     false},
    {EXPECT_THERE,    NULL,                "$.list[2]",         DOC,                     false},
    {EXPECT_THERE,    NULL,                "$.sum.deeper",      DOC,                     false},
    {EXPECT_EQUALS,   "1.5",               "$[\"a.b\"]['c d']", DOC,                     true },
    {EXPECT_EQUALS,   "{\"c d\":1.5}",     "$['a.b']",          DOC,                     true },
    {EXPECT_EQUALS,   "[1,2]",             "$",                 "[1, 2]",                true },
    {EXPECT_EQUALS,   "42",                "sum",               "```json\n" DOC "\n```", true },
    {EXPECT_EQUALS,   "42",                "sum",               " ```\n" DOC "```\n",    true },
    {EXPECT_THERE,    NULL,                "sum",               "```json",               false},
    {EXPECT_GLOB,     "The answer is 4?.", NULL,                " The answer is 42.\n",  true },
    {EXPECT_GLOB,     "The answer",        NULL,                "The answer is 42.",     false},
};

static void an_answer_is_compared_as_a_whole_or_at_a_path(void **state)
{
	struct target t;

	(void)state;
	fixture_target(&t, "deepseek", NULL);
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		t.expect = answers[i].kind;
		t.expect_text = answers[i].want;
		t.expect_json = answers[i].path;
		if (expect_is_met(&t, span_of(answers[i].answer)) != answers[i].met)
			fail_msg("row %zu: '%s' at %s in '%s'", i,
			    answers[i].want ? answers[i].want : "",
			    answers[i].path ? answers[i].path : "-", answers[i].answer);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_glob_fits_the_whole_text),
	    cmocka_unit_test(globs_agree_with_their_definition),
	    cmocka_unit_test(stars_without_end_are_no_bomb),
	    cmocka_unit_test(paths_are_a_small_subset),
	    cmocka_unit_test(an_answer_is_compared_as_a_whole_or_at_a_path),
	};

	return cmocka_run_group_tests_name("probes/expect", tests, NULL, NULL);
}
