/* SPDX-License-Identifier: MIT
 *
 * Two of five models of a provider fail: the record, the message, the healths that
 * `status` shows and the order of `best` are of one mind about what and how much of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/render.h"
#include "alerts/rival.h"
#include "tests/unit/agent/why_stage.h"

static void fail_two_of_five(struct stage *s)
{
	stage_init(s, 5, NULL);
	stage_open(s);
	stage_feed_times(s, 5, "G");
	stage_feed(s, "OOOOOO", "OOOOOO");
}

static const char *fact_named(const struct message *m, const char *name)
{
	for (int i = 0; i < m->n_facts; i++) {
		if (strcmp(m->facts[i].name, name) == 0)
			return m->facts[i].value;
	}
	return "";
}

static void the_record_is_the_provider_s_and_degraded(void **state)
{
	struct stage s;
	const struct incident *in;
	char subject[128];

	(void)state;
	fail_two_of_five(&s);
	assert_int_equal(judge_open_incidents(replay_judge(s.replay)), 1);
	in = judge_open_at(replay_judge(s.replay), 0);
	assert_string_equal(
	    subject_text(&in->subject, subject, sizeof(subject)), "provider deepseek");
	assert_int_equal(in->health, HEALTH_DEGRADED);
	assert_int_equal(in->severity_now, SEVERITY_CRITICAL);
	assert_int_equal(in->n_targets, 2);
	assert_true(incident_has_target(in, "m1") && incident_has_target(in, "m2"));
	stage_fini(&s);
}

static void the_message_says_how_many_and_which(void **state)
{
	struct stage s;
	struct message m;
	const struct incident *in;
	struct render_context c = {.vantage = "hk-1"};

	(void)state;
	fail_two_of_five(&s);
	in = judge_open_at(replay_judge(s.replay), 0);
	c.now.ms = s.at_ms;
	render(&m, MESSAGE_CHANGED, in, c.now, in->seq, &c);
	assert_string_equal(m.title, "deepseek is now failing in part #HEM0");
	assert_string_equal(m.lock_screen,
	    "[now critical] deepseek is failing in part: 12 of 12 requests failed "
	    "(overloaded) #HEM0");
	assert_string_equal(fact_named(&m, "Affected"), "m1, m2");
	assert_string_equal(
	    fact_named(&m, "Noticed by"), "auto: 2 of 5 targets: 3 of the last 3 failed");
	stage_fini(&s);
}

static void healths_and_rivals_are_of_each_model_by_itself(void **state)
{
	static const enum health expected[] = {
	    HEALTH_DOWN, HEALTH_DOWN, HEALTH_UP, HEALTH_UP, HEALTH_UP};
	struct rival_state rivals[STAGE_TARGETS] = {0};
	size_t order[STAGE_TARGETS];
	struct stage s;

	(void)state;
	fail_two_of_five(&s);
	for (uint32_t i = 0; i < STAGE_TARGETS; i++) {
		struct judge_view v;

		assert_true(judge_view(replay_judge(s.replay), i + 1, &v));
		assert_int_equal(v.health, expected[i]);
		assert_true((v.open != NULL) == (v.health == HEALTH_DOWN));
		rivals[i].health = v.health;
	}
	rival_order(rivals, STAGE_TARGETS, (struct wall){s.at_ms}, order);
	assert_int_equal(order[0], 2);
	assert_int_equal(order[4], 1);
	stage_fini(&s);
}

/* The first is well again: it is no part of what goes on, and not preferred at once. */
static void who_is_well_again_has_left_it(void **state)
{
	struct stage s;
	struct judge *j;
	struct judge_view v;

	(void)state;
	fail_two_of_five(&s);
	stage_feed(&s, "GGGGGG", "OOOOOO");
	j = replay_judge(s.replay);
	assert_int_equal(judge_open_incidents(j), 1);
	assert_true(judge_view(j, 1, &v));
	assert_int_equal(v.health, HEALTH_UP);
	assert_null(v.open);
	assert_int_equal(judge_recovered(j, 1).ms, v.since.ms);
	assert_int_equal(judge_recovered(j, 2).ms, 0);
	assert_int_equal(judge_recovered(j, 3).ms, 0);
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_record_is_the_provider_s_and_degraded),
	    cmocka_unit_test(the_message_says_how_many_and_which),
	    cmocka_unit_test(healths_and_rivals_are_of_each_model_by_itself),
	    cmocka_unit_test(who_is_well_again_has_left_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
