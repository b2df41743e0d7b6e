/* SPDX-License-Identifier: MIT */
#include "agent/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/conf_fixture.h"

#define CLASS                                                                            \
	"targets:\n"                                                                     \
	"  - {name: one, provider: deepseek}\n"                                          \
	"  - {name: two, provider: dashscope}\n"                                         \
	"  - {name: house, provider: zhipu, key: \"${DEEPSEEK_API_KEY}\"}\n"             \
	"alerts: [{slack: \"${SLACK_WEBHOOK_URL}\"}]\n"                                  \
	"failover: {all: [one, two, house], known: [two, one]}\n"

struct stage {
	struct conf *conf;
	struct rehearsal r;
};

static struct stage open_stage(const char *name)
{
	struct stage s = {.conf = fixture_good(CLASS)};
	const struct failover *f = conf_find_failover(s.conf, name);

	assert_non_null(f);
	rehearsal_make(&s.r, f, &s.conf->rates, 2000, s.conf->arena);
	return s;
}

/* Answers what is asked next with this; false: nothing is. */
static bool answer(struct stage *s, size_t rival, enum outcome o, uint32_t flags)
{
	const struct target *t = rehearsal_next(&s->r.rivals[rival]);
	struct sample got;

	if (t == NULL)
		return false;
	assert_ptr_equal(rehearsal_find(&s->r, t), &s->r.rivals[rival]);
	sample_init(&got, 0, (struct wall){0});
	got.outcome = o;
	got.flags = flags;
	got.cost_nano = 1000;
	rehearsal_take(&s->r.rivals[rival], &got);
	return true;
}

static void answer_all_well(struct stage *s, size_t rival)
{
	int n = 0;

	while (answer(s, rival, OUTCOME_OK, FLAG_TOOL_CALL))
		n++;
	assert_int_equal(n, EXAM_COUNT);
}

static void who_passes_everything_is_ready_and_the_preferred_one_is_best(void **state)
{
	struct stage s = open_stage("known");
	(void)state;

	answer_all_well(&s, 0);
	answer_all_well(&s, 1);
	assert_int_equal(rehearsal_ready(&s.r.rivals[0]), READY_YES);
	assert_string_equal(rehearsal_best(&s.r)->target->name, "two");
	assert_int_equal(rehearsal_spent(&s.r.rivals[0]), EXAM_COUNT * 1000);
	conf_free(s.conf);
}

static void who_can_do_everything_comes_before_a_preferred_one_that_cannot(void **state)
{
	struct stage s = open_stage("known");
	(void)state;

	while (answer(&s, 0, OUTCOME_OK, 0)) /* calls no tool */
		;
	assert_int_equal(rehearsal_ready(&s.r.rivals[0]), READY_PARTLY);
	assert_string_equal(rehearsal_best(&s.r)->target->name, "two");
	answer_all_well(&s, 1);
	assert_string_equal(rehearsal_best(&s.r)->target->name, "one");
	conf_free(s.conf);
}

static void who_fails_the_first_question_is_asked_no_other_and_is_not_ready(void **state)
{
	struct stage s = open_stage("known");
	(void)state;

	assert_true(answer(&s, 0, OUTCOME_TIMEOUT_CONNECT, 0));
	assert_false(answer(&s, 0, OUTCOME_OK, 0));
	assert_int_equal(rehearsal_ready(&s.r.rivals[0]), READY_NO);
	assert_int_equal(s.r.rivals[0].questions[EXAM_JSON].result, EXAM_NOT_ASKED);
	assert_null(rehearsal_best(&s.r));
	conf_free(s.conf);
}

static void an_unknown_price_is_counted_apart_and_never_as_nothing(void **state)
{
	struct stage s = open_stage("all");
	size_t unknown = 0;
	int64_t sum = rehearsal_forecast(&s.r, &unknown);
	int64_t one = rehearsal_rival_forecast(&s.r.rivals[0]);
	(void)state;

	assert_int_equal(unknown, 1);
	assert_int_equal(rehearsal_rival_forecast(&s.r.rivals[2]), -1);
	assert_true(one > 0);
	assert_true(sum > money_convert(&s.conf->rates, one, "CNY", "USD"));
	assert_int_equal(rehearsal_questions(&s.r), 3 * EXAM_COUNT);
	conf_free(s.conf);
}

static void the_json_says_for_each_question_what_came_of_it(void **state)
{
	struct stage s = open_stage("known");
	json_t *v;
	(void)state;

	answer_all_well(&s, 0);
	assert_true(answer(&s, 1, OUTCOME_AUTH, 0));
	v = rehearsal_json(&s.r);
	assert_string_equal(json_string_value(json_object_get(v, "best")), "two");
	for (size_t i = 0; i < 2; i++) {
		const json_t *rival = json_array_get(json_object_get(v, "rivals"), i);
		const json_t *all = json_object_get(rival, "questions");

		assert_string_equal(json_string_value(json_object_get(rival, "ready")),
		    i == 0 ? "yes" : "no");
		assert_int_equal(json_array_size(all), EXAM_COUNT);
		assert_string_equal(
		    json_string_value(json_object_get(json_array_get(all, 1), "result")),
		    i == 0 ? "passed" : "not_asked");
	}
	json_decref(v);
	conf_free(s.conf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		who_passes_everything_is_ready_and_the_preferred_one_is_best),
	    cmocka_unit_test(
		who_can_do_everything_comes_before_a_preferred_one_that_cannot),
	    cmocka_unit_test(
		who_fails_the_first_question_is_asked_no_other_and_is_not_ready),
	    cmocka_unit_test(an_unknown_price_is_counted_apart_and_never_as_nothing),
	    cmocka_unit_test(the_json_says_for_each_question_what_came_of_it),
	};
	return cmocka_run_group_tests_name("agent/rehearsal", tests, NULL, NULL);
}
