/* SPDX-License-Identifier: MIT
 *
 * Golden texts: notices to the owner, and trouble of dimwatch itself.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/drift.h"
#include "tests/unit/alerts/render_stage.h"

static void notice_says_yours_and_the_cure(void **state)
{
	struct incident in = fixture_notice();
	struct message m = rendered(MESSAGE_NOTICE_RAISED, &in, render_at(14, 4));

	(void)state;
	assert_texts(&m, "kimi cannot be watched: the balance or quota is used up #9ZK3",
	    "[notice] kimi cannot be watched: the balance or quota is used up. Not an "
	    "outage, yours to fix. #9ZK3",
	    "Yours to fix: top up, it is not an outage. Since 14:02 UTC, seen from hk-1. "
	    "While it lasts, nobody watches kimi.");
	assert_facts(&m, "Whose fault: yours\n"
			 "What: the balance or quota is used up (quota)\n"
			 "Cure: top up, it is not an outage\n"
			 "Since: 14:02 UTC\n"
			 "!Last error: 14:02 UTC quota 429\n");
	assert_string_equal(m.evidence, "Your account balance is insufficient");
}

static void every_blinding_outcome_has_a_cure_and_is_no_outage(void **state)
{
	(void)state;
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		struct incident in = fixture_notice();
		struct message m;

		if (outcome_blame((enum outcome)o) != BLAME_US)
			continue;
		memset(in.outcomes, 0, sizeof(in.outcomes));
		in.outcomes[o] = 3;
		in.last_error.outcome = (enum outcome)o;
		m = rendered(MESSAGE_NOTICE_RAISED, &in, render_at(14, 4));
		assert_non_null(strstr(m.summary, outcome_row((enum outcome)o)->advice));
		assert_non_null(strstr(m.summary, "Yours to fix"));
		assert_non_null(strstr(m.summary, "ot an outage"));
		assert_non_null(strstr(m.title, "kimi cannot be watched: "));
	}
}

static void notice_cleared_says_since_when_and_that_it_was_no_outage(void **state)
{
	struct incident in = fixture_notice();
	struct message m;

	(void)state;
	in.state = INCIDENT_CLOSED;
	in.end = END_CLEARED;
	in.ended = in.closed = fixture_at(14, 20);
	m = rendered(MESSAGE_NOTICE_CLEARED, &in, render_at(14, 20));
	assert_texts(&m, "kimi can be watched again #9ZK3",
	    "[notice over] kimi can be watched again #9ZK3",
	    "It was not an outage: the balance or quota is used up, 14:02-14:20 UTC (18 m). "
	    "Nothing left to do.");
	m = rendered(MESSAGE_NOTICE_RAISED, &in, render_at(14, 20));
	assert_int_equal(m.kind, MESSAGE_NOTICE_CLEARED);
	in.end = END_UNWATCHED;
	m = rendered(MESSAGE_NOTICE_CLEARED, &in, render_at(14, 20));
	assert_string_equal(m.title, "kimi is no longer watched #9ZK3");
}

static void trouble_of_our_own_blames_no_provider(void **state)
{
	struct incident in = fixture_self("channel slack");
	struct message m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));

	(void)state;
	assert_texts(&m, "dimwatch: channel slack accepts nothing #5ELF",
	    "[major] dimwatch at hk-1: channel slack accepts nothing. No provider's outage. "
	    "#5ELF",
	    "Trouble of dimwatch itself since 14:02 UTC at hk-1, no provider's outage. Check "
	    "its URL in the config; what it misses waits up to 24 h.");
	assert_facts(&m, "Severity: major\n"
			 "Whose fault: ours (hk-1)\n"
			 "Since: 14:02 UTC\n"
			 "!What: 404 no_service\n");
	assert_string_equal(m.alternative, "");
	in = fixture_self("disk");
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_string_equal(m.title, "dimwatch: its database cannot be written #5ELF");
	in = fixture_self("loop");
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_string_equal(m.title, "dimwatch: its own machine is too slow #5ELF");
	in = fixture_self("budget");
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_string_equal(m.title, "dimwatch: its budget is spent #5ELF");
	in = fixture_self("something");
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_string_equal(m.title, "dimwatch: something is in trouble #5ELF");
}

static void trouble_of_our_own_that_is_over_says_so(void **state)
{
	struct incident in = fixture_self("channel slack");
	struct message m;

	(void)state;
	in.state = INCIDENT_CLOSED;
	in.end = END_CLEARED;
	in.ended = in.closed = fixture_at(14, 20);
	m = rendered(MESSAGE_RESOLVED, &in, render_at(14, 20));
	assert_texts(&m, "dimwatch: channel slack works again #5ELF",
	    "[resolved] dimwatch at hk-1: channel slack works again. No provider's outage. "
	    "#5ELF",
	    "It lasted 18 m (14:02-14:20 UTC). Nothing left to do.");
}

static struct incident drifting(const char *id, const char *words)
{
	struct incident in = fixture_notice();

	in.subject.kind = SUBJECT_DRIFT;
	str_copy(in.subject.id, sizeof(in.subject.id), id);
	memset(in.outcomes, 0, sizeof(in.outcomes));
	memset(&in.last_error, 0, sizeof(in.last_error));
	memset(&in.first_error, 0, sizeof(in.first_error));
	in.samples = in.failures = 0;
	str_copy(in.causes[0].detector, sizeof(in.causes[0].detector), "drift");
	str_copy(in.causes[0].words, sizeof(in.causes[0].words), words);
	return in;
}

static void drift_says_what_changed_and_what_to_do_and_that_nobody_is_down(void **state)
{
	struct incident in = drifting("kimi model", "'k2' was asked, 'k3' answers");
	struct message m = rendered(MESSAGE_NOTICE_RAISED, &in, render_at(14, 4));

	(void)state;
	assert_texts(&m, "kimi: 'k2' was asked, 'k3' answers #9ZK3",
	    "[notice] kimi: 'k2' was asked, 'k3' answers. Not an outage. #9ZK3",
	    "Not an outage. Since 14:02 UTC, seen from hk-1. Ask for that one (`model:`), or "
	    "for the dated name of the old one.");
	in = drifting("api.example certificate", "the certificate ends on 2026-12-01");
	m = rendered(MESSAGE_NOTICE_RAISED, &in, render_at(14, 4));
	assert_non_null(
	    strstr(m.title, "api.example: the certificate ends on 2026-12-01"));
	in.state = INCIDENT_CLOSED;
	in.end = END_CLEARED;
	in.ended = in.closed = fixture_at(14, 9);
	m = rendered(MESSAGE_NOTICE_CLEARED, &in, render_at(14, 9));
	assert_non_null(strstr(m.title, "api.example is as before"));
	assert_non_null(strstr(m.summary, "the certificate ends on 2026-12-01"));
}

static void every_kind_of_drift_has_its_page(void **state)
{
	(void)state;
	for (int k = 0; k < DRIFT_KIND_COUNT; k++) {
		char id[96];
		struct incident in;
		struct message m;

		(void)snprintf(id, sizeof(id), "kimi %s", drift_code((enum drift_kind)k));
		in = drifting(id, "w");
		m = rendered(MESSAGE_NOTICE_RAISED, &in, render_at(14, 4));
		assert_non_null(strstr(m.title, "kimi: w"));
		assert_true(strlen(m.summary) > strlen("Not an outage. Since 14:02 UTC, "
						       "seen from hk-1. "));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(notice_says_yours_and_the_cure),
	    cmocka_unit_test(every_blinding_outcome_has_a_cure_and_is_no_outage),
	    cmocka_unit_test(notice_cleared_says_since_when_and_that_it_was_no_outage),
	    cmocka_unit_test(trouble_of_our_own_blames_no_provider),
	    cmocka_unit_test(trouble_of_our_own_that_is_over_says_so),
	    cmocka_unit_test(
		drift_says_what_changed_and_what_to_do_and_that_nobody_is_down),
	    cmocka_unit_test(every_kind_of_drift_has_its_page),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
