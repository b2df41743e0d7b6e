/* SPDX-License-Identifier: MIT
 *
 * Restart: what is dumped and restored, folding again, garbage, incidents of a storage
 * that knows more or less than the state.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/judge_fixture.h"

static void folding_again_gives_the_same_incident(void **state)
{
	struct bench a, b;
	struct incident first;

	(void)state;
	bench_init(&a, 1);
	bench_feed(&a, "GGFFF");
	first = bench_fact(&a, FACT_OPENED)->incident;
	bench_init(&b, 1);
	bench_feed(&b, "GGFFF");
	assert_true(ulid_eq(&first.id, &bench_fact(&b, FACT_OPENED)->incident.id));
	assert_string_equal(
	    first.short_id, bench_fact(&b, FACT_OPENED)->incident.short_id);
	assert_int_equal(first.seq, bench_fact(&b, FACT_OPENED)->incident.seq);
	bench_fini(&a);
	bench_fini(&b);
}

static void counts_since_the_last_fact_survive(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GFFF");
	/* Storage has the record as of this fact; five more failures follow. */
	bench_feed(&b, "FFFFF");
	bench_restart(&b);
	assert_int_equal(bench_open(&b, SUBJECT_TARGET, "t1")->failures, 8);
	bench_feed(&b, "GGGG");
	assert_int_equal(bench_fact(&b, FACT_CLOSED)->incident.failures, 8);
	assert_int_equal(bench_fact(&b, FACT_CLOSED)->incident.samples, 12);
	assert_int_equal(bench_fact(&b, FACT_CLOSED)->incident.seq, 2);
	bench_fini(&b);
}

static void an_open_incident_without_a_state_goes_on(void **state)
{
	struct bench b;
	struct incident in;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GFFF");
	in = *bench_open(&b, SUBJECT_TARGET, "t1");
	bench_fini(&b);
	bench_init(&b, 1);
	judge_restore_incident(b.j, &in);
	b.now = in.opened;
	bench_feed(&b, "F");
	assert_int_equal(b.up.n_facts, 0);
	assert_int_equal(bench_health(&b, 1), HEALTH_DOWN);
	bench_feed(&b, "GGGG");
	assert_true(ulid_eq(&bench_fact(&b, FACT_CLOSED)->incident.id, &in.id));
	bench_fini(&b);
}

static void folding_what_was_before_an_open_incident_does_not_end_it(void **state)
{
	struct bench b;
	struct incident in;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GGGGFFFGGGG"); /* an older trouble, over */
	for (int i = 0; i < 60; i++)
		bench_feed(&b, "G");
	bench_feed(&b, "FFF");
	in = *bench_open(&b, SUBJECT_TARGET, "t1");
	bench_fini(&b);
	/* No state: the day is folded again, from before both. */
	bench_init(&b, 1);
	judge_restore_incident(b.j, &in);
	bench_feed(&b, "GGGGFFFGGGG");
	assert_int_equal(judge_open_incidents(b.j), 1);
	for (int i = 0; i < 60; i++)
		bench_feed(&b, "G");
	bench_feed(&b, "FFF");
	assert_int_equal(judge_open_incidents(b.j), 1);
	assert_int_equal(b.up.n_facts, 0);
	bench_feed(&b, "GGGG");
	assert_true(ulid_eq(&bench_fact(&b, FACT_CLOSED)->incident.id, &in.id));
	bench_fini(&b);
}

static void a_closed_incident_of_storage_reopens_within_half_an_hour(void **state)
{
	struct bench b;
	struct incident in;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GFFFGGGG");
	in = bench_fact(&b, FACT_CLOSED)->incident;
	bench_fini(&b);
	bench_init(&b, 1);
	b.now = in.closed;
	judge_restore_incident(b.j, &in);
	bench_feed(&b, "GGFFF");
	assert_true(ulid_eq(&bench_fact(&b, FACT_REOPENED)->incident.id, &in.id));
	assert_int_equal(bench_fact(&b, FACT_REOPENED)->incident.reopened, 1);
	assert_int_equal(bench_fact(&b, FACT_REOPENED)->incident.seq, in.seq + 1);
	bench_fini(&b);
}

static void a_restored_incident_of_a_target_that_left_is_closed_at_the_next_step(
    void **state)
{
	struct bench b;
	struct incident in;

	(void)state;
	bench_init(&b, 2);
	bench_feed(&b, "GFFF");
	in = *bench_open(&b, SUBJECT_TARGET, "t1");
	bench_fini(&b);
	bench_init(&b, 1);
	snprintf(b.targets[0].name, sizeof(b.targets[0].name), "other");
	b.targets[0].series = 9;
	bench_config(&b);
	judge_restore_incident(b.j, &in);
	b.now = in.opened;
	bench_time(&b);
	assert_int_equal(bench_fact(&b, FACT_CLOSED)->incident.end, END_UNWATCHED);
	assert_int_equal(judge_open_incidents(b.j), 0);
	bench_fini(&b);
}

static void causes_of_rules_that_went_meanwhile_end(void **state)
{
	struct bench b;
	struct incident in;

	(void)state;
	bench_init(&b, 1);
	b.targets[0].auto_on = false;
	bench_rule(&b, "errors", "error_rate > 1% over 10m, at least 1 failure");
	bench_config(&b);
	bench_feed(&b, "GF");
	in = *bench_open(&b, SUBJECT_TARGET, "t1");
	bench_fini(&b);
	bench_init(&b, 1);
	judge_restore_incident(b.j, &in);
	b.now = in.opened;
	bench_time(&b);
	assert_int_equal(bench_fact(&b, FACT_CLOSED)->incident.end, END_CLEARED);
	bench_fini(&b);
}

static void own_trouble_is_restored_and_ends(void **state)
{
	struct bench b;
	struct judge_event ev = {
	    .kind = JUDGE_OWN,
	    .u.own = {"disk", true, SEVERITY_MAJOR, "the disk is full"}
        };

	(void)state;
	bench_init(&b, 1);
	bench_step(&b, ev);
	bench_restart(&b);
	bench_step(&b, ev);
	assert_int_equal(b.up.n_facts, 0);
	ev.u.own.failing = false;
	bench_step(&b, ev);
	assert_non_null(bench_fact(&b, FACT_CLOSED));
	bench_fini(&b);
}

static void two_open_incidents_of_one_subject_are_never_restored(void **state)
{
	struct bench b;
	struct incident in;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GFFF");
	in = *bench_open(&b, SUBJECT_TARGET, "t1");
	judge_restore_incident(b.j, &in);
	assert_int_equal(judge_open_incidents(b.j), 1);
	bench_fini(&b);
}

static void garbage_gives_an_error_and_leaves_a_fresh_state(void **state)
{
	static const char *const bad[] = {"", "{", "[]", "{}", "null", "\"x\"",
	    "{\"health\":\"up\"}", "{\"since\":1,\"since\":2}"};
	struct bench b;
	struct err e;

	(void)state;
	bench_init(&b, 1);
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		memset(&e, 0, sizeof(e));
		assert_false(judge_restore(b.j, 1, bad[i], &e));
		assert_true(e.code != ERR_NONE && *e.msg);
		assert_int_equal(bench_health(&b, 1), HEALTH_UNKNOWN);
	}
	assert_false(judge_restore(b.j, 5, "{}", &e));
	assert_int_equal(e.code, ERR_NOT_FOUND);
	bench_feed(&b, "GFFF");
	assert_int_equal(judge_open_incidents(b.j), 1);
	bench_fini(&b);
}

/* A good state cut short or with one byte changed: restored or refused, never a crash,
 * and the judge goes on either way. */
static void a_damaged_state_does_no_harm(void **state)
{
	struct bench b;
	struct str json;

	(void)state;
	bench_init(&b, 1);
	bench_rule(&b, "errors", "error_rate > 20% over 10m, at least 3 failures");
	bench_config(&b);
	bench_feed(&b, "GGGGGQGFGFFFFQQQF");
	str_init(&json, (size_t)1 << 20);
	judge_dump(b.j, 1, &json);
	assert_true(json.len > 200);
	for (size_t i = 0; i < json.len; i += 3) {
		struct err e;
		char was = json.data[i];
		bool ok;

		json.data[i] = i % 2 ? '9' : '-';
		ok = judge_restore(b.j, 1, json.data, &e);
		(void)ok;
		bench_feed(&b, "F");
		json.data[i] = was;
		if (i % 7 == 0) {
			char *cut = strndup(json.data, i);

			assert_false(judge_restore(b.j, 1, cut, &e));
			free(cut);
		}
	}
	str_fini(&json);
	bench_fini(&b);
}

static void a_changed_rule_does_not_take_the_state_of_the_old_one(void **state)
{
	struct bench b;
	struct str json;
	struct err e;

	(void)state;
	bench_init(&b, 1);
	b.targets[0].auto_on = false;
	bench_rule(&b, "errors", "error_rate > 20% over 10m, at least 3 failures");
	bench_config(&b);
	bench_feed(&b, "GGGGGGGGFF");
	str_init(&json, (size_t)1 << 20);
	judge_dump(b.j, 1, &json);
	b.rules[0].severity = SEVERITY_CRITICAL;
	bench_config(&b);
	assert_true(judge_restore(b.j, 1, str_c(&json), &e));
	bench_feed(&b, "F");
	assert_int_equal(judge_open_incidents(b.j), 0); /* one failure of one */
	bench_feed(&b, "FF");
	assert_int_equal(judge_open_incidents(b.j), 1);
	str_fini(&json);
	bench_fini(&b);
}

static void dumping_an_unknown_series_gives_nothing(void **state)
{
	struct bench b;
	struct str json;

	(void)state;
	bench_init(&b, 1);
	str_init(&json, 100);
	judge_dump(b.j, 4, &json);
	assert_int_equal(json.len, 0);
	assert_true(judge_constants_hash() != 0);
	bench_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(folding_again_gives_the_same_incident),
	    cmocka_unit_test(counts_since_the_last_fact_survive),
	    cmocka_unit_test(an_open_incident_without_a_state_goes_on),
	    cmocka_unit_test(folding_what_was_before_an_open_incident_does_not_end_it),
	    cmocka_unit_test(a_closed_incident_of_storage_reopens_within_half_an_hour),
	    cmocka_unit_test(
		a_restored_incident_of_a_target_that_left_is_closed_at_the_next_step),
	    cmocka_unit_test(causes_of_rules_that_went_meanwhile_end),
	    cmocka_unit_test(own_trouble_is_restored_and_ends),
	    cmocka_unit_test(two_open_incidents_of_one_subject_are_never_restored),
	    cmocka_unit_test(garbage_gives_an_error_and_leaves_a_fresh_state),
	    cmocka_unit_test(a_damaged_state_does_no_harm),
	    cmocka_unit_test(a_changed_rule_does_not_take_the_state_of_the_old_one),
	    cmocka_unit_test(dumping_an_unknown_series_gives_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
