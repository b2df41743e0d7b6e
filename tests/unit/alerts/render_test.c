/* SPDX-License-Identifier: MIT
 *
 * The present state decides what is told; limits and harmlessness hold for all of it.
 */
#include "alerts/render.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/text.h"
#include "tests/unit/alerts/render_stage.h"

static void assert_harmless(const char *text, size_t max_points)
{
	assert_true(utf8_valid(span_of(text)));
	assert_true(utf8_count(span_of(text)) <= max_points);
	for (const char *p = text; *p; p++)
		assert_true((unsigned char)*p >= 0x20 && *p != 0x7f);
	assert_null(strstr(text, "\xe2\x80\xae"));
}

static void late_opened_of_an_incident_that_is_over_tells_both(void **state)
{
	struct incident in = fixture_recovered();
	struct render_context c = render_at(14, 30);
	struct message m;

	(void)state;
	c.late_ms = 27 * MS_PER_MIN;
	m = rendered(MESSAGE_OPENED, &in, c);
	assert_int_equal(m.kind, MESSAGE_RESOLVED);
	assert_true(m.late_both);
	assert_texts(&m, "deepseek was down for 14 m, now back #7Q2A",
	    "[over] deepseek was down 14:02-14:16 UTC; this notice was delayed by 27 m "
	    "#7Q2A",
	    "deepseek was down 14:02-14:16 UTC; this notice was delayed by 27 m. 12 of 30 "
	    "requests failed (overloaded 10, stalled 2), seen from hk-1. It is back, nothing "
	    "left to do.");
}

static void opened_that_may_have_arrived_claims_nothing_when_it_is_over(void **state)
{
	struct incident in = fixture_recovered();
	struct render_context c = render_at(14, 17);
	struct message m;

	(void)state;
	c.maybe = true;
	m = rendered(MESSAGE_OPENED, &in, c);
	assert_int_equal(m.kind, MESSAGE_RESOLVED);
	assert_false(m.late_both);
}

static void resolved_with_its_opened_folded_in_tells_both(void **state)
{
	struct incident in = fixture_recovered();
	struct render_context c = render_at(14, 17);
	struct message m;

	(void)state;
	c.both = true;
	m = rendered(MESSAGE_RESOLVED, &in, c);
	assert_true(m.late_both);
	assert_string_equal(m.lock_screen,
	    "[over] deepseek was down 14:02-14:16 UTC; this is the first notice of it #7Q2A");
}

static void changed_or_reopened_of_an_incident_that_is_over_tell_the_end(void **state)
{
	struct incident in = fixture_recovered();
	struct message m = rendered(MESSAGE_CHANGED, &in, render_at(14, 17));

	(void)state;
	assert_int_equal(m.kind, MESSAGE_RESOLVED);
	assert_false(m.late_both);
	m = rendered(MESSAGE_REOPENED, &in, render_at(14, 17));
	assert_int_equal(m.kind, MESSAGE_RESOLVED);
	assert_false(m.late_both);
}

static void resolved_of_an_incident_that_relapsed_tells_the_relapse(void **state)
{
	struct incident in = fixture_outage();
	struct message m = rendered(MESSAGE_RESOLVED, &in, render_at(14, 17));

	(void)state;
	assert_int_equal(m.kind, MESSAGE_REOPENED);
	assert_string_equal(m.title, "deepseek is down again #7Q2A");
}

static void delay_is_told_above_two_minutes_only(void **state)
{
	struct incident in = fixture_outage();
	struct render_context c = render_at(14, 30);
	struct message m;

	(void)state;
	c.late_ms = 2 * MS_PER_MIN;
	m = rendered(MESSAGE_OPENED, &in, c);
	assert_null(strstr(m.summary, "delayed"));
	c.late_ms = 7 * MS_PER_MIN;
	m = rendered(MESSAGE_OPENED, &in, c);
	assert_non_null(strstr(m.summary, " (This notice was delayed by 7 m.)"));
}

static void test_message_needs_no_incident(void **state)
{
	struct render_context c = render_at(14, 4);
	struct message m;

	(void)state;
	render(&m, MESSAGE_TEST, NULL, c.now, 0, &c);
	assert_int_equal(m.kind, MESSAGE_TEST);
	assert_texts(&m, "Test message from dimwatch",
	    "[test] dimwatch at hk-1 reaches this channel",
	    "If you read this, alerts from hk-1 arrive here. Nothing is wrong.");
}

static void hostile_words_stay_in_one_harmless_line(void **state)
{
	struct incident in = fixture_hostile_outage();
	struct message m = rendered(MESSAGE_OPENED, &in, render_at(14, 4));
	static const char begin[] =
	    "<!channel> @everyone `code` *bold* <https://evil.example|click> RESOLVED: all "
	    "well \\u{202e}desrever\\u{202c} \\x1b[31mred\\x1b]52;c;aGk=\\x07 \"quoted\\\" & "
	    "half: \\xe4\\xb8 xxx";

	(void)state;
	assert_true(strncmp(m.evidence, begin, strlen(begin)) == 0);
	assert_int_equal(utf8_count(span_of(m.evidence)), 200);
	assert_true(strcmp(m.evidence + strlen(m.evidence) - 3, "\xe2\x80\xa6") == 0);
	assert_harmless(m.evidence, 200);
	for (int i = 0; i < m.n_facts; i++)
		assert_harmless(m.facts[i].value, 255);
	/* A stranger's words stand where a channel knows that they are a stranger's. */
	assert_null(strstr(m.title, "channel"));
	assert_null(strstr(m.summary, "channel"));
	assert_null(strstr(m.lock_screen, "channel"));
}

static void limits_hold_and_the_short_id_is_never_cut_off(void **state)
{
	struct incident in = fixture_outage();
	struct render_context c = render_at(14, 4);
	struct message m;

	(void)state;
	for (size_t i = 0; i + 3 < sizeof(in.subject.id); i += 3)
		memcpy(in.subject.id + i, "\xe4\xb8\xad", 3);
	for (int o = 1; o < OUTCOME_COUNT; o++)
		in.outcomes[o] = 1000000 + (uint32_t)o;
	for (int i = 0; i < INCIDENT_MAX_TARGETS; i++) {
		char name[64];

		memset(name, 'a' + i, sizeof(name) - 1);
		name[sizeof(name) - 1] = '\0';
		incident_add_target(&in, name);
	}
	c.alternative = "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffggg";
	c.vantage = "hhhhhhhhhhiiiiiiiiiijjjjjjjjjjkkkkkkkkkkllllllllllmmmmmmmmmmnnn";
	c.late_ms = MS_PER_DAY;
	for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
		m = rendered((enum message_kind)k, &in, c);
		assert_harmless(m.title, 100);
		assert_harmless(m.summary, 300);
		assert_harmless(m.lock_screen, 180);
		assert_true(m.n_facts <= MESSAGE_MAX_FACTS);
		if (k == MESSAGE_TEST)
			continue;
		assert_string_equal(m.title + strlen(m.title) - 6, " #7Q2A");
		assert_string_equal(m.lock_screen + strlen(m.lock_screen) - 6, " #7Q2A");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(late_opened_of_an_incident_that_is_over_tells_both),
	    cmocka_unit_test(opened_that_may_have_arrived_claims_nothing_when_it_is_over),
	    cmocka_unit_test(resolved_with_its_opened_folded_in_tells_both),
	    cmocka_unit_test(
		changed_or_reopened_of_an_incident_that_is_over_tell_the_end),
	    cmocka_unit_test(resolved_of_an_incident_that_relapsed_tells_the_relapse),
	    cmocka_unit_test(delay_is_told_above_two_minutes_only),
	    cmocka_unit_test(test_message_needs_no_incident),
	    cmocka_unit_test(hostile_words_stay_in_one_harmless_line),
	    cmocka_unit_test(limits_hold_and_the_short_id_is_never_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
