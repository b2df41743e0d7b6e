/* SPDX-License-Identifier: MIT
 *
 * The record by itself: ids, causes, severity, evidence, the mix in words.
 */
#include "alerts/incident.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct subject deepseek = {SUBJECT_TARGET, "deepseek"};

static void ids_depend_on_what_happened_and_nothing_else(void **state)
{
	const struct wall opened = {1767225600000}, started = {1767225540000};
	const struct subject access = {SUBJECT_ACCESS, "deepseek"};
	struct ulid id = incident_id("hk-1", &deepseek, opened, started);
	struct ulid again = incident_id("hk-1", &deepseek, opened, started);
	struct ulid others[] = {
	    incident_id("hk-2", &deepseek, opened, started),
	    incident_id("hk-1", &access, opened, started),
	    incident_id("hk-1", &deepseek, (struct wall){opened.ms + 1}, started),
	    incident_id("hk-1", &deepseek, opened, (struct wall){started.ms + 1}),
	};

	(void)state;
	assert_true(ulid_is_valid(id.text));
	assert_true(ulid_eq(&id, &again));
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(ulid_eq(&id, &others[i]));
	/* The time is in front: ids sort by opening. */
	assert_true(strcmp(id.text, others[2].text) < 0);
}

static void severity_is_the_greatest_of_the_active_causes(void **state)
{
	struct incident in = {.subject = deepseek, .severity = SEVERITY_MINOR};
	struct cause *rule = incident_add_cause(&in, "rule slow");
	struct cause *detector = incident_add_cause(&in, "auto");

	(void)state;
	rule->active = detector->active = true;
	rule->severity = SEVERITY_MINOR;
	detector->severity = SEVERITY_CRITICAL;
	assert_true(incident_settle(&in));
	assert_int_equal(in.severity_now, SEVERITY_CRITICAL);
	assert_false(incident_settle(&in));
	detector->active = false;
	assert_true(incident_settle(&in));
	assert_int_equal(in.severity_now, SEVERITY_MINOR);
	assert_int_equal(in.severity, SEVERITY_CRITICAL); /* the greatest while open */
	rule->active = false;
	assert_false(incident_has_active_cause(&in));
	assert_false(incident_settle(&in));
	assert_int_equal(in.severity_now, SEVERITY_MINOR);
}

static void a_cause_is_added_once(void **state)
{
	struct incident in = {0};

	(void)state;
	assert_ptr_equal(
	    incident_add_cause(&in, "auto"), incident_add_cause(&in, "auto"));
	assert_int_equal(in.n_causes, 1);
	assert_null(incident_cause(&in, "rule x"));
}

static void a_full_table_gives_the_place_of_the_longest_ended_cause(void **state)
{
	struct incident in = {0};
	char name[32];

	(void)state;
	for (int i = 0; i < INCIDENT_MAX_CAUSES; i++) {
		struct cause *c;

		snprintf(name, sizeof(name), "rule %d", i);
		c = incident_add_cause(&in, name);
		c->active = true;
	}
	assert_null(incident_add_cause(&in, "rule more"));
	in.causes[5].active = in.causes[2].active = false;
	in.causes[5].ended.ms = 10;
	in.causes[2].ended.ms = 20;
	assert_ptr_equal(incident_add_cause(&in, "rule more"), &in.causes[5]);
	assert_string_equal(in.causes[5].detector, "rule more");
	assert_int_equal(in.causes[5].ended.ms, 0);
}

static void targets_are_noted_once_and_never_too_many(void **state)
{
	struct incident in = {0};
	char name[16];

	(void)state;
	incident_add_target(&in, "a");
	incident_add_target(&in, "a");
	assert_int_equal(in.n_targets, 1);
	for (int i = 0; i < 2 * INCIDENT_MAX_TARGETS; i++) {
		snprintf(name, sizeof(name), "t%d", i);
		incident_add_target(&in, name);
	}
	assert_int_equal(in.n_targets, INCIDENT_MAX_TARGETS);
}

static void tally(struct incident *in, enum outcome o, int64_t at_ms, const char *request)
{
	struct sample s;

	sample_init(&s, 1, (struct wall){at_ms});
	s.outcome = o;
	s.http_status = 503;
	snprintf(s.request_id, sizeof(s.request_id), "%s", request);
	snprintf(s.message, sizeof(s.message), "words of %s", request);
	incident_tally(in, &s);
}

static void the_tally_keeps_counts_and_the_first_and_last_error(void **state)
{
	struct incident in = {0};

	(void)state;
	tally(&in, OUTCOME_OK, 1000, "r1");
	assert_int_equal(in.first_error.at.ms, 0);
	tally(&in, OUTCOME_STALLED, 2000, "r2");
	tally(&in, OUTCOME_OVERLOADED, 3000, "r3");
	tally(&in, OUTCOME_OK, 4000, "r4");
	assert_int_equal(in.samples, 4);
	assert_int_equal(in.failures, 2);
	assert_string_equal(in.first_error.request_id, "r2");
	assert_int_equal(in.first_error.outcome, OUTCOME_STALLED);
	assert_string_equal(in.last_error.request_id, "r3");
	assert_string_equal(in.last_error.message, "words of r3");
	assert_int_equal(in.last_error.http_status, 503);
}

static void the_mix_names_failures_most_frequent_first(void **state)
{
	struct incident in = {0};
	char buf[200], little[20];

	(void)state;
	assert_string_equal(incident_mix(&in, buf, sizeof(buf)), "");
	in.outcomes[OUTCOME_OK] = 50;
	in.outcomes[OUTCOME_STALLED] = 1;
	in.outcomes[OUTCOME_OVERLOADED] = 4;
	assert_string_equal(
	    incident_mix(&in, buf, sizeof(buf)), "overloaded 4, stalled 1");
	/* What does not fit is left out as a whole. */
	assert_string_equal(incident_mix(&in, little, sizeof(little)), "overloaded 4");
}

static void subjects_have_words(void **state)
{
	const struct subject access = {SUBJECT_ACCESS, "kimi"},
			     self = {SUBJECT_SELF, "disk"};
	char buf[128];

	(void)state;
	assert_string_equal(subject_text(&deepseek, buf, sizeof(buf)), "deepseek");
	assert_string_equal(subject_text(&access, buf, sizeof(buf)), "access kimi");
	assert_string_equal(subject_text(&self, buf, sizeof(buf)), "self disk");
	assert_true(subject_eq(&self, &self));
	assert_false(subject_eq(&access, &deepseek));
	assert_string_equal(incident_class_code(CLASS_NOTICE), "notice");
	assert_string_equal(incident_end_code(END_UNMEASURABLE), "unmeasurable");
	assert_string_equal(subject_kind_code(SUBJECT_REGION), "region");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(ids_depend_on_what_happened_and_nothing_else),
	    cmocka_unit_test(severity_is_the_greatest_of_the_active_causes),
	    cmocka_unit_test(a_cause_is_added_once),
	    cmocka_unit_test(a_full_table_gives_the_place_of_the_longest_ended_cause),
	    cmocka_unit_test(targets_are_noted_once_and_never_too_many),
	    cmocka_unit_test(the_tally_keeps_counts_and_the_first_and_last_error),
	    cmocka_unit_test(the_mix_names_failures_most_frequent_first),
	    cmocka_unit_test(subjects_have_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
