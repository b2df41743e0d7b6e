/* SPDX-License-Identifier: MIT
 *
 * The judge's contract towards its caller: facts, wishes, remarks, wake-ups, views, the
 * record. The stories are in tests/scenario, random histories in judge_property_test.c.
 */
#include "alerts/judge.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/judge_fixture.h"

static void a_fact_carries_the_record_as_it_is_after_it(void **state)
{
	struct bench b;
	const struct fact *f;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GGFFF");
	f = bench_fact(&b, FACT_OPENED);
	assert_non_null(f);
	assert_int_equal(f->series, 1);
	assert_int_equal(f->health, HEALTH_DOWN);
	assert_int_equal(f->at.ms, b.now.ms);
	assert_int_equal(f->incident.seq, 1);
	assert_int_equal(f->incident.state, INCIDENT_OPEN);
	assert_int_equal(f->incident.class, CLASS_OUTAGE);
	assert_int_equal(f->incident.health, HEALTH_DOWN);
	assert_int_equal(f->incident.severity_now, SEVERITY_CRITICAL);
	assert_int_equal(f->incident.started.ms, FIXTURE_T0 + 3 * MS_PER_MIN);
	assert_int_equal(f->incident.opened.ms, FIXTURE_T0 + 5 * MS_PER_MIN);
	assert_int_equal(f->incident.samples, 3);
	assert_int_equal(f->incident.failures, 3);
	assert_int_equal(f->incident.outcomes[OUTCOME_HTTP_5XX], 3);
	assert_string_equal(f->incident.provider, "p1");
	assert_string_equal(f->incident.targets[0], "t1");
	assert_false(f->incident.never_up);
	bench_feed(&b, "GGGG");
	f = bench_fact(&b, FACT_CLOSED);
	assert_non_null(f);
	assert_int_equal(f->health, HEALTH_UP);
	assert_int_equal(f->incident.seq, 2);
	assert_int_equal(f->incident.end, END_RECOVERED);
	assert_int_equal(f->incident.ended.ms, FIXTURE_T0 + 6 * MS_PER_MIN);
	assert_int_equal(f->incident.closed.ms, b.now.ms);
	assert_int_equal(judge_open_incidents(b.j), 0);
	bench_fini(&b);
}

static void evidence_between_the_failures_belongs_to_the_record(void **state)
{
	struct bench b;
	const struct fact *f;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GGGFGFGFGF");
	f = bench_fact(&b, FACT_OPENED);
	assert_non_null(f);
	assert_int_equal(f->health, HEALTH_DEGRADED);
	assert_int_equal(f->incident.samples, 7);
	assert_int_equal(f->incident.failures, 4);
	assert_int_equal(f->incident.outcomes[OUTCOME_OK], 3);
	assert_int_equal(f->incident.first_error.at.ms, FIXTURE_T0 + 4 * MS_PER_MIN);
	assert_int_equal(f->incident.last_error.at.ms, b.now.ms);
	bench_fini(&b);
}

static void every_sample_that_is_not_counted_is_remarked(void **state)
{
	static const struct {
		enum outcome outcome;
		uint32_t flags;
		enum judged judged;
	} rows[] = {
	    {OUTCOME_RATE_LIMITED, 0,                 JUDGED_EXCLUDED},
	    {OUTCOME_LOCAL,        0,                 JUDGED_PATH    },
	    {OUTCOME_OK,           FLAG_LOOP_LATE,    JUDGED_LATE    },
	    {OUTCOME_HTTP_5XX,     FLAG_LOOP_LATE,    JUDGED_LATE    },
	    {OUTCOME_HTTP_5XX,     FLAG_CLOCK_JUMPED, JUDGED_EXCLUDED},
	};
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bench_pass(&b, MS_PER_MIN);
		bench_sample(&b, 1, rows[i].outcome, rows[i].flags);
		assert_int_equal(b.up.n_remarks, 1);
		assert_int_equal(b.up.remarks[0].series, 1);
		assert_int_equal(b.up.remarks[0].at.ms, b.now.ms);
		assert_int_equal(b.up.remarks[0].judged, rows[i].judged);
	}
	bench_feed(&b, "F");
	assert_int_equal(b.up.n_remarks, 0);
	bench_fini(&b);
}

/* Every outcome is evidence for us, against us, or none; nobody is forgotten. */
static void every_outcome_has_its_place_in_judgement(void **state)
{
	(void)state;
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		struct bench b;
		enum blame blame = outcome_blame((enum outcome)o);

		bench_init(&b, 1);
		bench_feed(&b, "G");
		for (int i = 0; i < 3; i++) {
			bench_pass(&b, MS_PER_MIN);
			bench_sample(&b, 1, (enum outcome)o, 0);
		}
		assert_int_equal(bench_open(&b, SUBJECT_TARGET, "t1") != NULL,
		    blame == BLAME_PROVIDER);
		assert_int_equal(
		    bench_open(&b, SUBJECT_ACCESS, "t1") != NULL, blame == BLAME_US);
		assert_int_equal(
		    b.up.n_remarks != 0, blame == BLAME_US || blame == BLAME_PATH);
		bench_fini(&b);
	}
}

/* Every target is paused while we are too slow: nothing is measured any more, and the
 * trouble of ours that nobody can see does not stay open. A restart knows it too. */
static void our_lateness_ends_when_nothing_is_asked(void **state)
{
	for (int restarts = 0; restarts < 2; restarts++) {
		struct bench b;
		const struct fact *f;
		struct wall last;

		(void)state;
		bench_init(&b, 1);
		bench_feed(&b, "GG");
		for (int i = 0; i < 6; i++) {
			bench_pass(&b, MS_PER_MIN);
			bench_sample(&b, 1, OUTCOME_OK, FLAG_LOOP_LATE);
		}
		assert_non_null(bench_open(&b, SUBJECT_SELF, "loop"));
		last = b.now;
		if (restarts)
			bench_restart(&b);
		b.now = wall_add_ms(last, 10 * MS_PER_MIN - 1);
		bench_time(&b);
		assert_non_null(bench_open(&b, SUBJECT_SELF, "loop"));
		b.now = wall_add_ms(last, 10 * MS_PER_MIN);
		bench_time(&b);
		f = bench_fact(&b, FACT_CLOSED);
		assert_non_null(f);
		assert_int_equal(f->incident.end, END_UNMEASURABLE);
		assert_int_equal(f->incident.ended.ms, last.ms);
		assert_null(bench_open(&b, SUBJECT_SELF, "loop"));
		bench_fini(&b);
	}
}

static void samples_of_unknown_series_are_ignored_and_said(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	bench_sample(&b, 77, OUTCOME_HTTP_5XX, 0);
	assert_int_equal(b.up.n_facts + b.up.n_wishes + b.up.n_remarks, 0);
	assert_string_equal(
	    str_c(&b.up.trace), "1767225600000 series-77 ignored unknown series\n");
	bench_fini(&b);
}

static void the_trace_has_one_line_a_decision(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GFFF");
	assert_string_equal(str_c(&b.up.trace),
	    "1767225840000 t1 opened down since=1767225720000 auto: 3 of the last 3 "
	    "failed [sum=11.70/10.5 arm=0.90 base=1.00%]\n");
	bench_feed(&b, "F");
	assert_string_equal(str_c(&b.up.trace), "");
	bench_fini(&b);
}

static void it_wakes_for_the_unknown_deadline(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	assert_true(b.up.wake_at.ms == INT64_MAX); /* unknown already */
	bench_feed(&b, "G");
	assert_int_equal(b.up.wake_at.ms, b.now.ms + 10 * MS_PER_MIN);
	b.now.ms = b.up.wake_at.ms - 1;
	bench_time(&b);
	assert_int_equal(b.up.n_facts, 0);
	bench_pass(&b, 1);
	bench_time(&b);
	assert_non_null(bench_fact(&b, FACT_UNKNOWN));
	assert_true(b.up.wake_at.ms == INT64_MAX);
	assert_int_equal(bench_health(&b, 1), HEALTH_UNKNOWN);
	bench_fini(&b);
}

static void the_view_says_since_when_and_why(void **state)
{
	struct bench b;
	struct judge_view v;

	(void)state;
	bench_init(&b, 1);
	assert_false(judge_view(b.j, 9, &v));
	assert_true(judge_view(b.j, 1, &v));
	assert_int_equal(v.health, HEALTH_UNKNOWN);
	assert_int_equal(v.last_evidence.ms, 0);
	assert_null(v.open);
	bench_feed(&b, "GGFFF");
	assert_true(judge_view(b.j, 1, &v));
	assert_int_equal(v.health, HEALTH_DOWN);
	assert_int_equal(v.since.ms, b.now.ms);
	assert_int_equal(v.last_evidence.ms, b.now.ms);
	assert_ptr_equal(v.open, judge_open_at(b.j, 0));
	assert_null(v.blind);
	bench_feed(&b, "QQQ");
	assert_true(judge_view(b.j, 1, &v));
	assert_int_equal(v.health, HEALTH_UNKNOWN);
	assert_string_equal(v.blind, "quota");
	assert_non_null(v.open); /* the outage is not over because we are blind */
	assert_int_equal(judge_open_incidents(b.j), 2);
	bench_fini(&b);
}

static void a_notice_says_what_to_do(void **state)
{
	struct bench b;
	const struct fact *f;
	const struct outcome_row *row = outcome_row(OUTCOME_QUOTA);

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GQQQ");
	f = bench_fact(&b, FACT_NOTICE);
	assert_non_null(f);
	assert_int_equal(f->incident.class, CLASS_NOTICE);
	assert_int_equal(f->incident.subject.kind, SUBJECT_ACCESS);
	assert_string_equal(f->incident.causes[0].detector, "notice");
	assert_non_null(strstr(f->incident.causes[0].words, row->sentence));
	assert_int_equal(f->incident.started.ms, FIXTURE_T0 + 2 * MS_PER_MIN);
	assert_int_equal(f->incident.samples, 3);
	assert_string_equal(f->incident.provider, "p1");
	bench_fini(&b);
}

static void changing_severity_is_one_fact_that_says_from_where(void **state)
{
	struct bench b;
	const struct fact *f;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "FGFGFF");
	assert_int_equal(bench_fact(&b, FACT_OPENED)->health, HEALTH_DEGRADED);
	bench_feed(&b, "FFFFF"); /* 8 of the last 10 */
	assert_null(bench_fact(&b, FACT_CHANGED));
	bench_feed(&b, "F");
	f = bench_fact(&b, FACT_CHANGED);
	assert_non_null(f);
	assert_int_equal(f->from, SEVERITY_MAJOR);
	assert_int_equal(f->incident.severity_now, SEVERITY_CRITICAL);
	assert_int_equal(f->incident.health, HEALTH_DOWN);
	assert_int_equal(f->incident.seq, 2);
	bench_fini(&b);
}

static void short_ids_are_unique_among_those_of_thirty_days(void **state)
{
	struct bench a, b;
	char first[5];

	(void)state;
	bench_init(&a, 1);
	bench_feed(&a, "FFF");
	memcpy(first, bench_open(&a, SUBJECT_TARGET, "t1")->short_id, sizeof(first));
	assert_int_equal(strlen(first), 4);
	assert_memory_equal(first, bench_open(&a, SUBJECT_TARGET, "t1")->id.text + 10, 4);
	/* The same story where that id is another incident's already. */
	bench_init(&b, 1);
	judge_note_short_id(b.j, first, (struct wall){FIXTURE_T0 - MS_PER_DAY});
	bench_feed(&b, "FFF");
	assert_memory_equal(bench_open(&b, SUBJECT_TARGET, "t1")->short_id,
	    bench_open(&b, SUBJECT_TARGET, "t1")->id.text + 14, 4);
	bench_fini(&b);
	/* Its own note is no clash, and an old one is forgotten. */
	bench_init(&b, 1);
	judge_note_short_id(b.j, first, (struct wall){FIXTURE_T0 + 3 * MS_PER_MIN});
	bench_feed(&b, "FFF");
	assert_string_equal(bench_open(&b, SUBJECT_TARGET, "t1")->short_id, first);
	bench_fini(&b);
	bench_init(&b, 1);
	judge_note_short_id(b.j, first, (struct wall){FIXTURE_T0 - 31 * MS_PER_DAY});
	bench_feed(&b, "FFF");
	assert_string_equal(bench_open(&b, SUBJECT_TARGET, "t1")->short_id, first);
	bench_fini(&b);
	bench_fini(&a);
}

static void all_places_of_a_short_id_taken_gives_another_still(void **state)
{
	struct bench a, b;
	const struct incident *in;

	(void)state;
	bench_init(&a, 1);
	bench_feed(&a, "FFF");
	in = bench_open(&a, SUBJECT_TARGET, "t1");
	bench_init(&b, 1);
	for (int i = 10; i < ULID_LEN; i += 4) {
		char taken[5] = {0};

		memcpy(taken, in->id.text + i, 4);
		judge_note_short_id(b.j, taken, (struct wall){FIXTURE_T0 - 1});
	}
	bench_feed(&b, "FFF");
	for (int i = 10; i < ULID_LEN; i += 4)
		assert_memory_not_equal(
		    bench_open(&b, SUBJECT_TARGET, "t1")->short_id, in->id.text + i, 4);
	assert_true(ulid_eq(&bench_open(&b, SUBJECT_TARGET, "t1")->id, &in->id));
	bench_fini(&b);
	bench_fini(&a);
}

static void eight_causes_are_enough_and_the_ninth_waits(void **state)
{
	struct bench b;
	struct rule rules[12];
	char names[12][16];
	struct judge_config c;

	(void)state;
	bench_init(&b, 1);
	bench_rule(&b, "x", "error_rate > 1% over 10m, at least 1 failure");
	for (int i = 0; i < 12; i++) {
		rules[i] = b.rules[0];
		snprintf(names[i], sizeof(names[i]), "r%d", i);
		rules[i].name = names[i];
	}
	c = (struct judge_config){.vantage = "hk-1",
	    .targets = b.targets,
	    .n_targets = 1,
	    .rules = rules,
	    .n_rules = 12};
	bench_step(&b, (struct judge_event){.kind = JUDGE_CONFIG, .u.config = &c});
	bench_feed(&b, "FFF");
	assert_int_equal(
	    bench_open(&b, SUBJECT_TARGET, "t1")->n_causes, INCIDENT_MAX_CAUSES);
	bench_feed(&b, "GGGGGGGGGGGGGGGGGG");
	assert_int_equal(judge_open_incidents(b.j), 0);
	bench_fini(&b);
}

static void own_words_may_change_without_news(void **state)
{
	struct bench b;
	struct judge_event ev = {
	    .kind = JUDGE_OWN,
	    .u.own = {"disk", true, SEVERITY_MAJOR, "the disk is full"}
        };

	(void)state;
	bench_init(&b, 1);
	bench_step(&b, ev);
	assert_non_null(bench_fact(&b, FACT_OPENED));
	ev.u.own.words = "the disk is still full";
	bench_step(&b, ev);
	assert_int_equal(b.up.n_facts, 0);
	assert_string_equal(bench_open(&b, SUBJECT_SELF, "disk")->causes[0].words,
	    "the disk is still full");
	ev.u.own.severity = SEVERITY_CRITICAL;
	bench_step(&b, ev);
	assert_int_equal(bench_fact(&b, FACT_CHANGED)->from, SEVERITY_MAJOR);
	ev.u.own.failing = false;
	bench_step(&b, ev);
	assert_int_equal(bench_fact(&b, FACT_CLOSED)->incident.end, END_CLEARED);
	bench_fini(&b);
}

static void a_renamed_series_takes_its_incident_along(void **state)
{
	struct bench b;

	(void)state;
	bench_init(&b, 1);
	bench_feed(&b, "GFFF");
	snprintf(b.targets[0].name, sizeof(b.targets[0].name), "renamed");
	bench_config(&b);
	/* An entry of the record: storage knows it by its name after a restart too. */
	assert_int_equal(b.up.n_facts, 1);
	assert_string_equal(bench_fact(&b, FACT_CHANGED)->incident.subject.id, "renamed");
	assert_string_equal(b.up.facts[0].incident.targets[0], "renamed");
	assert_string_equal(b.up.facts[0].incident.shares[0].target, "renamed");
	assert_non_null(bench_open(&b, SUBJECT_TARGET, "renamed"));
	bench_feed(&b, "GGGG");
	assert_string_equal(bench_fact(&b, FACT_CLOSED)->incident.subject.id, "renamed");
	bench_fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_fact_carries_the_record_as_it_is_after_it),
	    cmocka_unit_test(evidence_between_the_failures_belongs_to_the_record),
	    cmocka_unit_test(every_sample_that_is_not_counted_is_remarked),
	    cmocka_unit_test(every_outcome_has_its_place_in_judgement),
	    cmocka_unit_test(our_lateness_ends_when_nothing_is_asked),
	    cmocka_unit_test(samples_of_unknown_series_are_ignored_and_said),
	    cmocka_unit_test(the_trace_has_one_line_a_decision),
	    cmocka_unit_test(it_wakes_for_the_unknown_deadline),
	    cmocka_unit_test(the_view_says_since_when_and_why),
	    cmocka_unit_test(a_notice_says_what_to_do),
	    cmocka_unit_test(changing_severity_is_one_fact_that_says_from_where),
	    cmocka_unit_test(short_ids_are_unique_among_those_of_thirty_days),
	    cmocka_unit_test(all_places_of_a_short_id_taken_gives_another_still),
	    cmocka_unit_test(eight_causes_are_enough_and_the_ninth_waits),
	    cmocka_unit_test(own_words_may_change_without_news),
	    cmocka_unit_test(a_renamed_series_takes_its_incident_along),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
