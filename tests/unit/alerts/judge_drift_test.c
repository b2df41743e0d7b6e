/* SPDX-License-Identifier: MIT
 *
 * Drift through the judge, as timelines: told once, told again when it is another, over
 * when it is gone, never an outage; and a restart tells nothing twice.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/judge_fixture.h"

static void drift_init(struct bench *b, size_t n)
{
	bench_init(b, n);
	for (size_t i = 0; i < n; i++) {
		struct drift_watch *w = &b->targets[i].drift;

		w->inference = w->streams = true;
		(void)str_copy(w->model, sizeof(w->model), "m");
		(void)str_copy(w->host, sizeof(w->host), "api.example");
	}
	bench_config(b);
}

/* A good answer of this model, a minute later. */
static void answer(struct bench *b, uint32_t series, const char *model, int64_t cert_s)
{
	struct sample s;
	struct judge_event ev = {.kind = JUDGE_SAMPLE};

	b->now.ms += MS_PER_MIN;
	sample_init(&s, series, b->now);
	s.outcome = OUTCOME_OK;
	s.first_token_us = s.end_us = 400000;
	s.http_status = 200;
	s.tokens_in = 20;
	s.cert_expiry_s = cert_s;
	(void)str_copy(s.finish, sizeof(s.finish), "stop");
	(void)str_copy(s.returned_model, sizeof(s.returned_model), model);
	if (strcmp(model, "m") != 0)
		s.flags |= FLAG_MODEL_DIFFERS;
	ev.u.sample = &s;
	ev.at = b->now;
	bench_step(b, ev);
}

/* How many facts of that kind so many answers bring. */
static int told(struct bench *b, enum fact_kind kind, const char *model, int answers)
{
	int n = 0;

	for (int i = 0; i < answers; i++) {
		answer(b, 1, model, 0);
		for (size_t k = 0; k < b->up.n_facts; k++)
			n += b->up.facts[k].kind == kind;
	}
	return n;
}

static void another_model_is_told_once_and_its_end_once(void **state)
{
	struct bench b;
	const struct incident *in;

	(void)state;
	drift_init(&b, 1);
	assert_int_equal(told(&b, FACT_NOTICE, "m", 30), 0);
	assert_int_equal(told(&b, FACT_NOTICE, "x", 50), 1);
	in = bench_open(&b, SUBJECT_DRIFT, "t1 model");
	assert_non_null(in);
	assert_int_equal(in->class, CLASS_NOTICE);
	assert_int_equal(in->severity, SEVERITY_MINOR);
	assert_string_equal(in->causes[0].words, "'m' was asked, 'x' answers");
	assert_string_equal(in->targets[0], "t1");
	assert_int_equal(bench_health(&b, 1), HEALTH_UP);
	assert_int_equal(told(&b, FACT_OPENED, "x", 5), 0);
	assert_int_equal(told(&b, FACT_CLEARED, "m", 20), 1);
	assert_null(bench_open(&b, SUBJECT_DRIFT, "t1 model"));
	bench_fini(&b);
}

static void a_third_model_is_another_change_and_is_told_again(void **state)
{
	struct bench b;

	(void)state;
	drift_init(&b, 1);
	assert_int_equal(told(&b, FACT_NOTICE, "x", 10), 1);
	assert_int_equal(told(&b, FACT_NOTICE, "y", 10), 1);
	assert_string_equal(bench_open(&b, SUBJECT_DRIFT, "t1 model")->causes[0].words,
	    "'m' was asked, 'y' answers");
	assert_int_equal(judge_open_incidents(b.j), 1);
	bench_fini(&b);
}

static void a_restart_in_the_middle_tells_nothing_twice_and_forgets_nothing(void **state)
{
	struct bench b;

	(void)state;
	drift_init(&b, 1);
	(void)told(&b, FACT_NOTICE, "x", 2);
	bench_restart(&b);
	assert_int_equal(told(&b, FACT_NOTICE, "x", 1), 1); /* the third */
	bench_restart(&b);
	assert_int_equal(told(&b, FACT_NOTICE, "x", 30), 0);
	assert_non_null(bench_open(&b, SUBJECT_DRIFT, "t1 model"));
	assert_int_equal(told(&b, FACT_CLEARED, "m", 2), 0);
	bench_restart(&b);
	assert_int_equal(told(&b, FACT_CLEARED, "m", 1), 1);
	bench_fini(&b);
}

static void one_certificate_of_many_targets_is_one_notice(void **state)
{
	struct bench b;
	int64_t soon, late;
	int notices = 0, ends = 0;

	(void)state;
	drift_init(&b, 3);
	soon = (b.now.ms + 5 * MS_PER_DAY) / 1000;
	late = (b.now.ms + 90 * MS_PER_DAY) / 1000;
	for (uint32_t series = 1; series <= 3; series++) {
		answer(&b, series, "m", soon);
		notices += bench_fact(&b, FACT_NOTICE) != NULL;
	}
	assert_int_equal(notices, 1);
	assert_non_null(bench_open(&b, SUBJECT_DRIFT, "api.example certificate"));
	bench_restart(&b);
	answer(&b, 2, "m", soon);
	assert_null(bench_fact(&b, FACT_NOTICE));
	/* Whoever sees the new one first ends it for all. */
	for (uint32_t series = 3; series >= 1; series--) {
		answer(&b, series, "m", late);
		ends += bench_fact(&b, FACT_CLEARED) != NULL;
	}
	assert_int_equal(ends, 1);
	assert_int_equal(judge_open_incidents(b.j), 0);
	bench_fini(&b);
}

static void drift_of_a_target_that_left_ends_and_is_no_outage(void **state)
{
	struct bench b;
	const struct fact *f;

	(void)state;
	drift_init(&b, 2);
	(void)told(&b, FACT_NOTICE, "x", 5);
	b.targets[0] = b.targets[1];
	b.n_targets = 1;
	bench_config(&b);
	f = bench_fact(&b, FACT_CLEARED);
	assert_non_null(f);
	assert_int_equal(f->incident.end, END_UNWATCHED);
	assert_int_equal(judge_open_incidents(b.j), 0);
	bench_fini(&b);
}

static void a_model_with_a_last_day_is_told_when_it_is_near(void **state)
{
	struct bench b;

	(void)state;
	drift_init(&b, 1);
	b.targets[0].drift.ends_ms = b.now.ms + 30 * MS_PER_DAY + 10 * MS_PER_MIN;
	bench_config(&b);
	assert_int_equal(told(&b, FACT_NOTICE, "m", 9), 0);
	assert_int_equal(told(&b, FACT_NOTICE, "m", 9), 1);
	bench_restart(&b);
	assert_int_equal(told(&b, FACT_NOTICE, "m", 9), 0);
	assert_non_null(bench_open(&b, SUBJECT_DRIFT, "t1 ending"));
	b.targets[0].drift.ends_ms = 0; /* the catalogue knows better now */
	bench_config(&b);
	assert_int_equal(told(&b, FACT_CLEARED, "m", 3), 1);
	bench_fini(&b);
}

static void who_was_gone_and_answers_again_ends_the_notice_of_the_fallback(void **state)
{
	struct bench b;

	(void)state;
	drift_init(&b, 1);
	(void)str_copy(b.targets[0].drift.instead_of, 64, "old");
	bench_config(&b);
	assert_int_equal(told(&b, FACT_NOTICE, "m", 9), 1);
	assert_string_equal(bench_open(&b, SUBJECT_DRIFT, "t1 fallback")->causes[0].words,
	    "'old' is gone, 'm' is asked instead");
	/* A start asks the old one first: no answer, no end. */
	b.targets[0].drift.instead_of[0] = 0;
	b.targets[0].series = 2;
	bench_config(&b);
	b.now.ms += MS_PER_MIN;
	bench_sample(&b, 2, OUTCOME_MODEL_GONE, 0);
	assert_null(bench_fact(&b, FACT_CLEARED));
	assert_non_null(bench_open(&b, SUBJECT_DRIFT, "t1 fallback"));
	answer(&b, 2, "m", 0);
	assert_non_null(bench_fact(&b, FACT_CLEARED));
	bench_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(another_model_is_told_once_and_its_end_once),
	    cmocka_unit_test(a_third_model_is_another_change_and_is_told_again),
	    cmocka_unit_test(
		a_restart_in_the_middle_tells_nothing_twice_and_forgets_nothing),
	    cmocka_unit_test(one_certificate_of_many_targets_is_one_notice),
	    cmocka_unit_test(drift_of_a_target_that_left_ends_and_is_no_outage),
	    cmocka_unit_test(a_model_with_a_last_day_is_told_when_it_is_near),
	    cmocka_unit_test(
		who_was_gone_and_answers_again_ends_the_notice_of_the_fallback),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
