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
	    cmocka_unit_test(slowness_grows_into_an_outage_in_one_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
