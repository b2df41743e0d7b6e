/* SPDX-License-Identifier: MIT
 *
 * Golden texts: a provider's outage as people read of it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/render_stage.h"

static void opened_says_what_whose_since_and_what_to_use(void **state)
{
	struct incident in = fixture_outage();
	struct message m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));

	(void)state;
	assert_int_equal(m.kind, MESSAGE_OPENED);
	assert_texts(&m, "deepseek is down #7Q2A",
	    "[critical] deepseek is down: 5 of 6 requests failed (overloaded). Use qwen. "
	    "#7Q2A",
	    "5 of 6 requests failed since 14:02 UTC (overloaded 4, stalled 1), seen from "
	    "hk-1. Use qwen meanwhile. The provider's fault, not yours.");
	assert_facts(&m,
	    "Severity: critical\n"
	    "Whose fault: theirs (deepseek)\n"
	    "Why: overloaded 4, stalled 1\n"
	    "Since: 14:02 UTC (2 m)\n"
	    "Failed: 5 of 6 requests (83 %)\n"
	    "Use meanwhile: qwen\n"
	    "Affected: deepseek\n"
	    "!First error: 14:02 UTC overloaded 503\n"
	    "!Last error: 14:03 UTC overloaded 503, code server_busy, request id req-8f31\n"
	    "!Noticed by: auto: 3 of last 5 failed\n");
	assert_string_equal(m.evidence, "Server overloaded, please retry later");
	assert_string_equal(m.alternative, "qwen");
	assert_string_equal(m.vantage, "hk-1");
}

static void without_a_healthy_rival_none_is_named(void **state)
{
	struct incident in = fixture_outage();
	struct render_context c = render_at(14, 4);
	struct message m;

	(void)state;
	c.alternative = NULL;
	m = rendered(MESSAGE_OPENED, &in, c);
	assert_texts(&m, "deepseek is down #7Q2A",
	    "[critical] deepseek is down: 5 of 6 requests failed (overloaded) #7Q2A",
	    "5 of 6 requests failed since 14:02 UTC (overloaded 4, stalled 1), seen from "
	    "hk-1. The provider's fault, not yours.");
	assert_string_equal(m.alternative, "");
}

static void yesterdays_start_has_its_date(void **state)
{
	struct incident in = fixture_outage();
	struct render_context c = render_at(0, 10);
	struct message m;

	(void)state;
	in.started = wall_add_ms(c.now, -20 * MS_PER_MIN);
	m = rendered(MESSAGE_OPENED, &in, c);
	assert_non_null(strstr(m.summary, "since 2026-11-22 23:50 UTC"));
	in = fixture_recovered();
	in.started = wall_add_ms(fixture_at(0, 0), -2 * MS_PER_MIN);
	in.ended = fixture_at(0, 9);
	m = rendered(MESSAGE_RESOLVED, &in, c);
	assert_string_equal(m.lock_screen,
	    "[resolved] deepseek is back after 11 m (2026-11-22 23:58 to 2026-11-23 00:09 "
	    "UTC) #7Q2A");
}

static void slowness_is_called_slow_and_never_failing(void **state)
{
	struct incident in = fixture_outage();
	struct message m;

	(void)state;
	in.class = CLASS_SLOW;
	in.health = HEALTH_UP;
	in.severity = in.severity_now = SEVERITY_MINOR;
	in.samples = in.failures = 0;
	memset(in.outcomes, 0, sizeof(in.outcomes));
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_texts(&m, "deepseek is slow #7Q2A",
	    "[minor] deepseek is slow. Use qwen. #7Q2A",
	    "Slow since 14:02 UTC, seen from hk-1. Use qwen meanwhile. The provider's "
	    "fault, not yours.");
	/* An outage of which only slowness is left. */
	in.class = CLASS_OUTAGE;
	in.severity = SEVERITY_CRITICAL;
	m = rendered(MESSAGE_CHANGED, &in, render_at(14, 4));
	assert_non_null(strstr(m.summary, "Slow since"));
	in.class = CLASS_SLOW;
	in.state = INCIDENT_CLOSED;
	in.end = END_NEW_NORMAL;
	m = rendered(MESSAGE_RESOLVED, &in, render_at(14, 17));
	assert_texts(&m, "deepseek has become slower for good #7Q2A",
	    "[closed] deepseek has become slower for good (since 14:02 UTC) #7Q2A",
	    "It has been slow since 14:02 UTC. After a day this is its habit: from now on "
	    "it is slow when it is slower than that.");
}

static void never_up_says_to_check_key_model_and_url(void **state)
{
	struct incident in = fixture_outage();
	struct message m;

	(void)state;
	in.never_up = true;
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_texts(&m, "deepseek is down #7Q2A",
	    "[critical] deepseek is down and was never seen up: check key, model, URL. Use "
	    "qwen. #7Q2A",
	    "Never seen up: check key, model, URL. 5 of 6 requests failed since 14:02 UTC "
	    "(overloaded 4, stalled 1), seen from hk-1. Use qwen meanwhile.");
	assert_string_equal(m.facts[1].value, "not known: never seen up");
}

static void no_answer_at_all_may_be_the_way_there(void **state)
{
	struct incident in = fixture_outage();
	struct message m;

	(void)state;
	memset(in.outcomes, 0, sizeof(in.outcomes));
	in.outcomes[OUTCOME_OK] = 1;
	in.outcomes[OUTCOME_DNS] = 5;
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_string_equal(m.summary,
	    "5 of 6 requests failed since 14:02 UTC (dns 5), seen from hk-1. Use qwen "
	    "meanwhile. No answer gets through: the provider's fault, or the way to it.");
	assert_string_equal(
	    m.facts[1].value, "theirs (deepseek), or the way there from hk-1");
	/* One answer is enough to know that the way is open. */
	in.outcomes[OUTCOME_HTTP_5XX] = 1;
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_string_equal(m.facts[1].value, "theirs (deepseek)");
}

static void changed_upward_says_now(void **state)
{
	struct incident in = fixture_outage();
	struct message m = rendered(MESSAGE_CHANGED, &in, render_at(14, 4));

	(void)state;
	assert_texts(&m, "deepseek is now down #7Q2A",
	    "[now critical] deepseek is down: 5 of 6 requests failed (overloaded). Use qwen. "
	    "#7Q2A",
	    "It is now critical. 5 of 6 requests failed since 14:02 UTC (overloaded 4, "
	    "stalled 1), seen from hk-1. Use qwen meanwhile. The provider's fault, not "
	    "yours.");
}

static void changed_downward_says_eased(void **state)
{
	struct incident in = fixture_outage();
	struct message m;

	(void)state;
	in.severity_now = SEVERITY_MAJOR;
	in.health = HEALTH_DEGRADED;
	m = rendered(MESSAGE_CHANGED, &in, render_at(14, 4));
	assert_texts(&m, "deepseek has eased, still failing in part #7Q2A",
	    "[eased to major] deepseek is failing in part: 5 of 6 requests failed "
	    "(overloaded). Use qwen. #7Q2A",
	    "It eased from critical to major. 5 of 6 requests failed since 14:02 UTC "
	    "(overloaded 4, stalled 1), seen from hk-1. Use qwen meanwhile. The provider's "
	    "fault, not yours.");
	assert_string_equal(m.facts[0].value, "major, was critical");
}

static void reopened_says_again(void **state)
{
	struct incident in = fixture_outage();
	struct message m = rendered(MESSAGE_REOPENED, &in, render_at(14, 4));

	(void)state;
	assert_string_equal(m.title, "deepseek is down again #7Q2A");
	assert_true(strncmp(m.summary, "It was back and fails again. 5 of 6", 35) == 0);
}

static void resolved_says_how_long_and_what_failed(void **state)
{
	struct incident in = fixture_recovered();
	struct message m = rendered(MESSAGE_RESOLVED, &in, render_at(14, 17));

	(void)state;
	assert_texts(&m, "deepseek is back after 14 m #7Q2A",
	    "[resolved] deepseek is back after 14 m (14:02-14:16 UTC) #7Q2A",
	    "It was down 14:02-14:16 UTC (14 m). 12 of 30 requests failed (overloaded 10, "
	    "stalled 2), seen from hk-1. Nothing left to do.");
	assert_facts(&m,
	    "Lasted: 14 m\n"
	    "When: 14:02-14:16 UTC\n"
	    "Severity: critical\n"
	    "Why: overloaded 10, stalled 2\n"
	    "Failed: 12 of 30 requests (40 %)\n"
	    "Affected: deepseek\n"
	    "!First error: 14:02 UTC overloaded 503\n"
	    "!Last error: 14:03 UTC overloaded 503, code server_busy, request id req-8f31\n");
	assert_string_equal(m.evidence, "");
	assert_string_equal(m.alternative, "");
}

static void resolved_names_relapses_and_unwatched_time(void **state)
{
	struct incident in = fixture_recovered();
	struct message m;

	(void)state;
	in.reopened = 2;
	in.unknown_ms = 3 * MS_PER_MIN;
	m = rendered(MESSAGE_RESOLVED, &in, render_at(14, 17));
	assert_string_equal(m.facts[5].name, "Relapses");
	assert_string_equal(m.facts[5].value, "2");
	assert_string_equal(m.facts[6].name, "Not watched");
	assert_string_equal(m.facts[6].value, "3 m of it");
}

static void retracted_says_it_was_us(void **state)
{
	struct incident in = fixture_recovered();
	struct message m;

	(void)state;
	in.end = END_RETRACTED;
	m = rendered(MESSAGE_RETRACTED, &in, render_at(14, 17));
	assert_texts(&m, "deepseek was not down, it was us #7Q2A",
	    "[withdrawn] deepseek was not down, the fault was at hk-1: ignore the alarm "
	    "#7Q2A",
	    "The failures since 14:02 UTC came from our own side (host or network of hk-1), "
	    "not from deepseek. The alarm is withdrawn; nothing is booked against the "
	    "provider.");
	/* An opening that never went out and was withdrawn is told as withdrawn. */
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 17));
	assert_int_equal(m.kind, MESSAGE_RETRACTED);
}

static void end_without_a_verdict_claims_no_recovery(void **state)
{
	static const struct {
		enum incident_end end;
		const char *title, *summary;
	} rows[] = {
	    {END_UNWATCHED,    "deepseek is no longer watched #7Q2A",
             "The target left the config at 14:17 UTC. Its incident of 14:02 UTC is closed "
		"without a verdict: whether it is back is not known."                    },
	    {END_UNMEASURABLE, "deepseek can no longer be measured #7Q2A",
             "There was no evidence any more at 14:17 UTC. Its incident of 14:02 UTC is "
		"closed without a verdict: whether it is back is not known."             },
	    {END_CLEARED,      "deepseek is judged anew #7Q2A",
             "The rule that saw it was changed or removed at 14:17 UTC. Its incident of "
		"14:02 UTC is closed without a verdict: whether it is back is not known."},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct incident in = fixture_recovered();
		struct message m;

		in.end = rows[i].end;
		m = rendered(MESSAGE_RESOLVED, &in, render_at(14, 17));
		assert_string_equal(m.title, rows[i].title);
		assert_string_equal(m.summary, rows[i].summary);
		assert_null(strstr(m.lock_screen, "resolved"));
	}
}

static void many_targets_are_counted_not_cut_in_two(void **state)
{
	struct incident in = fixture_outage();
	struct message m;

	(void)state;
	in.n_targets = 0;
	for (int i = 0; i < INCIDENT_MAX_TARGETS; i++) {
		char name[64];

		memset(name, 'a' + i, 60);
		name[60] = '\0';
		incident_add_target(&in, name);
	}
	m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	assert_string_equal(m.facts[6].name, "Affected");
	assert_non_null(strstr(m.facts[6].value, " and 13 more"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opened_says_what_whose_since_and_what_to_use),
	    cmocka_unit_test(without_a_healthy_rival_none_is_named),
	    cmocka_unit_test(yesterdays_start_has_its_date),
	    cmocka_unit_test(slowness_is_called_slow_and_never_failing),
	    cmocka_unit_test(never_up_says_to_check_key_model_and_url),
	    cmocka_unit_test(no_answer_at_all_may_be_the_way_there),
	    cmocka_unit_test(changed_upward_says_now),
	    cmocka_unit_test(changed_downward_says_eased),
	    cmocka_unit_test(reopened_says_again),
	    cmocka_unit_test(resolved_says_how_long_and_what_failed),
	    cmocka_unit_test(resolved_names_relapses_and_unwatched_time),
	    cmocka_unit_test(retracted_says_it_was_us),
	    cmocka_unit_test(end_without_a_verdict_claims_no_recovery),
	    cmocka_unit_test(many_targets_are_counted_not_cut_in_two),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
