/* SPDX-License-Identifier: MIT
 *
 * What the built-in detector makes the judge say: wishes for sooner asks, and slowness
 * that grows into an outage on one record.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/judge_fixture.h"

static void wishes_come_while_suspect_and_while_recovering_only(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GG");
	assert_int_equal(b.up.n_wishes, 0);
	bench_feed(&b, "F");
	assert_int_equal(b.up.n_wishes, 1);
	assert_int_equal(b.up.wishes[0].series, 1);
	assert_int_equal(b.up.wishes[0].in_ms, 10000);
	assert_string_equal(b.up.wishes[0].why, "suspect");
	bench_feed(&b, "FF"); /* opened: the base pace */
	assert_int_equal(b.up.n_wishes, 0);
	bench_feed(&b, "G");
	assert_int_equal(b.up.n_wishes, 1);
	assert_string_equal(b.up.wishes[0].why, "recovering");
	assert_int_equal(b.up.wishes[0].in_ms, 20000);
	bench_feed(&b, "GGG"); /* closed */
	assert_int_equal(judge_open_incidents(b.j), 0);
	assert_int_equal(b.up.n_wishes, 0);
	bench_fini(&b);
}

static void a_wish_is_counted_from_start_to_start(void **state)
{
	struct bench b;
	struct sample s;

	(void)state;
	bench_init(&b, 1);
	sample_init(&s, 1, b.now);
	s.outcome = OUTCOME_TIMEOUT_TOTAL;
	bench_pass(&b, 4000);
	bench_step(&b, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
	assert_int_equal(b.up.wishes[0].in_ms, 6000);
	sample_init(&s, 1, b.now);
	s.outcome = OUTCOME_TIMEOUT_TOTAL;
	bench_pass(&b, 30000);
	bench_step(&b, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
	assert_int_equal(b.up.wishes[0].in_ms, 0);
	bench_fini(&b);
}

static void a_pace_faster_than_the_wish_needs_none(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	b.targets[0].interval_ms = 10000;
	bench_config(&b);
	bench_feed(&b, "F");
	assert_int_equal(b.up.n_wishes, 0);
	bench_fini(&b);
}

/* "re-asks are paced from start to start and may overlap" */
static void while_a_wished_ask_hangs_the_next_is_wished_ten_seconds_later(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GF");
	assert_int_equal(b.up.wishes[0].in_ms, 10000);
	for (int i = 0; i < 5; i++) {
		assert_int_equal(b.up.wake_at.ms, b.now.ms + (i ? 10000 : 20000));
		b.now = b.up.wake_at;
		bench_time(&b);
		assert_int_equal(b.up.n_wishes, 1);
		assert_int_equal(b.up.wishes[0].in_ms, 0);
		assert_string_equal(b.up.wishes[0].why, "suspect");
	}
	b.now = b.up.wake_at; /* six asks were wished: enough */
	bench_time(&b);
	assert_int_equal(b.up.n_wishes, 0);
	bench_feed(&b, "F");
	assert_int_equal(b.up.wake_at.ms, b.now.ms + 20000);
	bench_feed(&b, "Q"); /* our own limit: nobody is hurried */
	b.now.ms += 20000;
	bench_time(&b);
	assert_int_equal(b.up.n_wishes, 0);
	bench_fini(&b);
}

/* Stored and replayed samples may not know when the answer began. */
static void an_answer_that_took_no_time_teaches_no_habit(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	for (int i = 0; i < 200; i++)
		bench_answer(&b, 0);
	for (int i = 0; i < 90; i++) {
		bench_answer(&b, 4000);
		assert_null(bench_fact(&b, FACT_OPENED));
	}
	bench_fini(&b);
}

/* It began before the first failure and ended behind the last. */
static void a_slow_good_answer_does_not_keep_a_rule_s_incident_open(void **state)
{
	struct bench b;
	struct sample slow;

	(void)state;
	bench_init(&b, 1);
	b.targets[0].auto_on = false;
	bench_rule(&b, "errors", "error_rate > 20% over 10m, at least 3 failures");
	bench_config(&b);
	bench_feed(&b, "GGGGGGGG");
	sample_init(&slow, 1, wall_add_ms(b.now, MS_PER_MIN / 2));
	bench_feed(&b, "FFF");
	assert_int_equal(judge_open_incidents(b.j), 1);
	bench_step(&b, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &slow});
	bench_feed(&b, "GGGGGGGGGGGGGGGGGGGGGGGGGGGGGG");
	assert_int_equal(judge_open_incidents(b.j), 0);
	assert_true(b.closed[0].ended.ms >= b.closed[0].started.ms);
	bench_fini(&b);
}

/* Answers that hung began before those that are known already. */
static void a_notice_that_comes_back_begins_with_its_oldest_answer(void **state)
{
	struct bench b;
	const struct incident *in;
	struct sample hung;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GGG");
	sample_init(&hung, 1, b.now);
	hung.outcome = OUTCOME_QUOTA;
	bench_feed(&b, "GQQQG"); /* raised and cleared */
	bench_step(&b, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &hung});
	bench_feed(&b, "QQ");
	in = bench_open(&b, SUBJECT_ACCESS, "t1");
	assert_non_null(in);
	assert_int_equal(in->reopened, 1);
	assert_int_equal(in->started.ms, hung.at.ms);
	assert_true(in->causes[0].since.ms >= in->started.ms);
	bench_fini(&b);
}

/* "Slowness alone is a class of its own; with anything worse it is an outage" */
static void slowness_grows_into_an_outage_in_one_record(void **state)
{
	struct bench b;
	const struct fact *f = NULL;
	struct ulid id;

	(void)state;
	bench_init(&b, 1);
	for (int i = 0; i < 200; i++)
		bench_answer(&b, 500 + i % 7 * 20);
	assert_int_equal(judge_open_incidents(b.j), 0);
	for (int i = 0; i < 30 && !f; i++) {
		bench_answer(&b, 4000);
		f = bench_fact(&b, FACT_OPENED);
	}
	assert_non_null(f);
	id = f->incident.id;
	assert_int_equal(f->incident.class, CLASS_SLOW);
	assert_int_equal(f->incident.health, HEALTH_UP);
	assert_int_equal(f->health, HEALTH_UP);
	assert_int_equal(f->incident.severity_now, SEVERITY_MAJOR); /* above x5 */
	assert_string_equal(f->incident.causes[0].detector, "latency");
	bench_feed(&b, "FFF");
	f = bench_fact(&b, FACT_CHANGED);
	assert_non_null(f);
	assert_true(ulid_eq(&f->incident.id, &id));
	assert_int_equal(f->incident.class, CLASS_OUTAGE);
	assert_int_equal(f->incident.health, HEALTH_DOWN);
	assert_int_equal(f->incident.severity_now, SEVERITY_CRITICAL);
	for (int i = 0; i < 4; i++)
		bench_answer(&b, 4000);
	f = bench_fact(&b, FACT_CHANGED); /* it answers again, slowly */
	assert_non_null(f);
	assert_int_equal(f->incident.class, CLASS_OUTAGE);
	assert_int_equal(f->incident.health, HEALTH_UP);
	assert_int_equal(f->incident.severity_now, SEVERITY_MAJOR);
	f = NULL;
	for (int i = 0; i < 30 && !f; i++) {
		bench_answer(&b, 500);
		f = bench_fact(&b, FACT_CLOSED);
	}
	assert_non_null(f);
	assert_true(ulid_eq(&f->incident.id, &id));
	assert_int_equal(f->incident.end, END_RECOVERED);
	assert_int_equal(judge_open_incidents(b.j), 0);
	bench_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(wishes_come_while_suspect_and_while_recovering_only),
	    cmocka_unit_test(a_wish_is_counted_from_start_to_start),
	    cmocka_unit_test(a_pace_faster_than_the_wish_needs_none),
	    cmocka_unit_test(
		while_a_wished_ask_hangs_the_next_is_wished_ten_seconds_later),
	    cmocka_unit_test(an_answer_that_took_no_time_teaches_no_habit),
	    cmocka_unit_test(a_slow_good_answer_does_not_keep_a_rule_s_incident_open),
	    cmocka_unit_test(a_notice_that_comes_back_begins_with_its_oldest_answer),
	    cmocka_unit_test(slowness_grows_into_an_outage_in_one_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
