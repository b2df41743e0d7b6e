/* SPDX-License-Identifier: MIT */
#include "probes/question.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/probes/fixture.h"

static void the_sum_is_right_small_and_different_each_time(void **state)
{
	struct question q;
	struct target t;
	struct rng r;
	bool seen[200] = {false};
	int different = 0;

	(void)state;
	fixture_target(&t, "deepseek", NULL);
	rng_init(&r, 1);
	for (int i = 0; i < 500; i++) {
		unsigned a = 0, b = 0;

		question_make(&q, &t, &r);
		assert_int_equal(sscanf(q.text, "What is %u + %u?", &a, &b), 2);
		assert_in_range(a, 11, 99);
		assert_in_range(b, 11, 99);
		assert_int_equal(strtoul(q.expected, NULL, 10), a + b);
		different += !seen[a + b];
		seen[a + b] = true;
	}
	assert_true(different > 100);
}

static void the_same_seed_asks_the_same(void **state)
{
	struct question a, b;
	struct target t;
	struct rng r, s;

	(void)state;
	fixture_target(&t, "deepseek", NULL);
	rng_init(&r, 9);
	rng_init(&s, 9);
	question_make(&a, &t, &r);
	question_make(&b, &t, &s);
	assert_string_equal(a.text, b.text);
}

static void an_own_prompt_is_asked_as_it_stands(void **state)
{
	char longest[5001];
	struct question q;
	struct target t;
	struct rng r;

	(void)state;
	fixture_target(&t, "deepseek", NULL);
	rng_init(&r, 1);
	t.prompt = "Reply with the single word OK.";
	question_make(&q, &t, &r);
	assert_string_equal(q.text, t.prompt);
	assert_string_equal(q.expected, "");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	t.prompt = longest;
	question_make(&q, &t, &r);
	assert_int_equal(strlen(q.text), sizeof(q.text) - 1);
}

static const struct {
	const char *answer;
	bool odd;
} sums[] = {
    {"42",		false},
    {"The answer is 42.", false},
    {"17 + 25 = 42",      false},
    {"**42**",            false},
    {"\xe7\xad\x94"
     "42",	   false},
    {"142",	       true },
    {"420",	       true },
    {"4 2",	       true },
    {"forty-two",         true },
    {"",		  true },
    {"421 and 42",        false},
};

static void a_wrong_sum_is_odd_but_no_failure(void **state)
{
	struct question q = {.expected = "42"};
	struct target t;
	bool odd;

	(void)state;
	fixture_target(&t, "deepseek", NULL);
	for (size_t i = 0; i < sizeof(sums) / sizeof(sums[0]); i++) {
		odd = !sums[i].odd;
		assert_int_equal(
		    question_check(&q, &t, span_of(sums[i].answer), &odd), OUTCOME_OK);
		if (odd != sums[i].odd)
			fail_msg("'%s'", sums[i].answer);
	}
}

static const struct {
	enum expect_kind expect;
	const char *want, *answer;
	enum outcome outcome;
} expectations[] = {
    {EXPECT_NONE,     NULL, "anything",  OUTCOME_OK          },
    {EXPECT_CONTAINS, "OK", "It is OK.", OUTCOME_OK          },
    {EXPECT_CONTAINS, "OK", "Ok",        OUTCOME_OK          },
    {EXPECT_CONTAINS, "OK", "No.",       OUTCOME_WRONG_ANSWER},
    {EXPECT_CONTAINS, "OK", "",          OUTCOME_WRONG_ANSWER},
    {EXPECT_EQUALS,   "OK", " OK\n",     OUTCOME_OK          },
    {EXPECT_EQUALS,   "OK", "ok",        OUTCOME_WRONG_ANSWER},
    {EXPECT_EQUALS,   "OK", "OK OK",     OUTCOME_WRONG_ANSWER},
};

static void a_wrong_answer_counts_only_where_one_is_expected(void **state)
{
	struct question q = {.text = "Reply with the single word OK."};
	struct target t;
	bool odd;

	(void)state;
	fixture_target(&t, "deepseek", NULL);
	for (size_t i = 0; i < sizeof(expectations) / sizeof(expectations[0]); i++) {
		t.expect = expectations[i].expect;
		t.expect_text = expectations[i].want;
		odd = true;
		assert_int_equal(
		    question_check(&q, &t, span_of(expectations[i].answer), &odd),
		    expectations[i].outcome);
		assert_false(odd);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_sum_is_right_small_and_different_each_time),
	    cmocka_unit_test(the_same_seed_asks_the_same),
	    cmocka_unit_test(an_own_prompt_is_asked_as_it_stands),
	    cmocka_unit_test(a_wrong_sum_is_odd_but_no_failure),
	    cmocka_unit_test(a_wrong_answer_counts_only_where_one_is_expected),
	};

	return cmocka_run_group_tests_name("probes/question", tests, NULL, NULL);
}
