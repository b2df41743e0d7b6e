/* SPDX-License-Identifier: MIT
 *
 * What random histories found (any_history.c), each as the shortest story of its own.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "alerts/share.h"
#include "alerts/state_json.h"
#include "tests/unit/alerts/judge_fixture.h"

static void a_child_whose_gateway_was_taken_away_comes_back(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 2);
	b.targets[1].parent = 1;
	bench_config(&b);
	bench_sample(&b, 2, OUTCOME_OK, 0);
	bench_feed(&b, "GFFFF");
	assert_int_equal(bench_health(&b, 2), HEALTH_UNKNOWN);
	b.targets[1].parent = 0;
	bench_config(&b);
	bench_sample(&b, 2, OUTCOME_OK, 0);
	assert_int_equal(bench_health(&b, 2), HEALTH_UP);
	bench_fini(&b);
}

static void what_came_due_while_we_were_off_is_due_at_once(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	bench_rule(&b, "silence", "no_data for 7m");
	bench_config(&b);
	bench_feed(&b, "G");
	bench_pass(&b, 7 * MS_PER_MIN + 20000); /* twenty seconds too late */
	bench_restart(&b);
	bench_config(&b);
	assert_true(wall_diff_ms(b.up.wake_at, b.now) < MS_PER_S);
	b.now = b.up.wake_at;
	bench_time(&b);
	assert_non_null(bench_fact(&b, FACT_OPENED));
	bench_fini(&b);
}

/* What is due and comes to nothing is not due for ever. */
static void what_came_due_is_looked_at_once(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	bench_rule(&b, "both", "no_data for 7m and health is down");
	bench_config(&b);
	bench_feed(&b, "G");
	bench_pass(&b, 8 * MS_PER_MIN);
	bench_config(&b);
	b.now = b.up.wake_at;
	bench_time(&b);
	assert_true(wall_diff_ms(b.up.wake_at, b.now) > MS_PER_S);
	bench_fini(&b);
}

static void a_state_that_knows_nothing_yet_is_restored(void **state)
{
	struct bench b;
	struct str json;

	(void)state;
	bench_init(&b, 1);
	bench_rule(&b, "silence", "no_data for 7m");
	b.rules[0].for_ms = MS_PER_H;
	bench_config(&b);
	bench_feed(&b, "F");
	b.targets[0].auto_on = false;
	bench_config(&b);
	bench_feed(&b, "F");
	b.targets[0].auto_on = true;
	bench_config(&b);
	bench_pass(&b, 7 * MS_PER_MIN);
	bench_time(&b);
	str_init(&json, (size_t)1 << 20);
	judge_dump(b.j, 1, &json);
	assert_non_null(strstr(str_c(&json), "\"unknown\",\"dark\":false"));
	str_fini(&json);
	bench_restart(&b); /* fails where a state is not taken */
	bench_fini(&b);
}

static void a_notice_renewed_when_the_clock_went_back_begins_with_its_cause(void **state)
{
	struct bench b;
	struct sample s;
	const struct incident *in;

	(void)state;
	bench_init(&b, 1);
	str_copy(b.targets[0].drift.host, sizeof(b.targets[0].drift.host), "host");
	bench_config(&b);
	for (int i = 0; i < 2; i++) {
		sample_init(&s, 1, b.now);
		s.cert_expiry_s = b.now.ms / MS_PER_S + (3 - i) * 86400;
		bench_step(
		    &b, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
		b.now.ms -= MS_PER_H;
		bench_step(&b,
		    (struct judge_event){.kind = JUDGE_CLOCK, .u.jump_ms = -MS_PER_H});
	}
	in = bench_open(&b, SUBJECT_DRIFT, "host certificate");
	assert_non_null(in);
	assert_true(in->causes[0].since.ms >= in->started.ms);
	bench_fini(&b);
}

/* Without a state the past is judged again; why a story ended may not be in it. */
static void a_story_judged_again_is_over_when_storage_says_so(void **state)
{
	struct bench b;
	struct incident over;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GFFFF");
	over = *bench_open(&b, SUBJECT_TARGET, "t1");
	over.state = INCIDENT_CLOSED;
	over.end = END_UNWATCHED;
	over.ended = over.closed = b.now;
	over.causes[0].active = false;
	over.causes[0].ended = b.now;
	over.seq--;
	judge_correct_incident(b.j, &over); /* it knows less */
	assert_int_equal(judge_open_incidents(b.j), 1);
	over.seq += 2;
	judge_correct_incident(b.j, &over);
	assert_int_equal(judge_open_incidents(b.j), 0);
	bench_feed(&b, "GGGGG");
	assert_int_equal(bench_health(&b, 1), HEALTH_UP);
	bench_fini(&b);
}

/* The record in storage is that of the last fact; the state of the target is younger. */
static void a_part_that_began_without_a_fact_is_in_the_state_of_its_target(void **state)
{
	struct incident in = {.seq = 3, .n_targets = 1, .samples = 7}, stored;
	const struct incident_share *own;
	struct incident_share *s;
	struct tally tally;
	json_t *v;

	(void)state;
	str_copy(in.id.text, sizeof(in.id.text), "01KDVHP3F4YNG6Q6452E9ETQPJ");
	str_copy(in.targets[0], sizeof(in.targets[0]), "a");
	stored = in;
	s = share_begin(&in, "a", "pa", (struct wall){5000});
	s->severity = SEVERITY_MAJOR;
	s->samples = 4;
	s->failures = 3;
	share_end(&in, "a", (struct wall){9000});
	v = state_tally_dump(&in, "a");
	assert_true(state_tally_restore(v, &tally));
	json_decref(v);
	state_tally_apply(&tally, &stored, "a");
	own = share_find(&stored, "a");
	assert_non_null(own);
	assert_string_equal(own->provider, "pa");
	assert_int_equal(own->severity, SEVERITY_MAJOR);
	assert_true(own->started.ms == 5000 && own->ended.ms == 9000);
	assert_true(own->samples == 4 && own->failures == 3);
	stored.seq++; /* a younger record knows its parts better */
	share_strike(&stored, "a");
	state_tally_apply(&tally, &stored, "a");
	assert_null(share_find(&stored, "a"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_child_whose_gateway_was_taken_away_comes_back),
	    cmocka_unit_test(what_came_due_while_we_were_off_is_due_at_once),
	    cmocka_unit_test(what_came_due_is_looked_at_once),
	    cmocka_unit_test(a_state_that_knows_nothing_yet_is_restored),
	    cmocka_unit_test(
		a_notice_renewed_when_the_clock_went_back_begins_with_its_cause),
	    cmocka_unit_test(a_story_judged_again_is_over_when_storage_says_so),
	    cmocka_unit_test(
		a_part_that_began_without_a_fact_is_in_the_state_of_its_target),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
