/* SPDX-License-Identifier: MIT
 *
 * PagerDuty: one alert an incident, answers row by row, what check sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "tests/unit/alerts/channel_stage.h"
#include "tests/unit/alerts/incident_fixture.h"

#define KEY "abcdefghijklmnopqrstuvwxyzABCDEF"

static const struct stage stage = {.kind = &channel_pagerduty, .url = KEY};

static json_t *built(enum message_kind kind, const struct incident *in, bool plain)
{
	struct message m = fixture_message(kind, in);
	struct request r;
	json_t *v;

	stage_build(&stage, &m, plain, &r);
	assert_string_equal(r.url, "https://events.pagerduty.com/v2/enqueue");
	v = json_parse(str_span(&r.body), NULL);
	assert_non_null(v);
	request_fini(&r);
	return v;
}

static void an_incident_is_one_alert_from_trigger_to_resolve(void **state)
{
	struct incident open = fixture_outage(), over = fixture_recovered();
	json_t *first = built(MESSAGE_OPENED, &open, false);
	json_t *changed = built(MESSAGE_CHANGED, &open, false);
	json_t *last = built(MESSAGE_RESOLVED, &over, false);
	const char *key = json_text_at(first, "dedup_key");

	(void)state;
	assert_string_equal(json_text_at(first, "routing_key"), KEY);
	assert_string_equal(json_text_at(first, "event_action"), "trigger");
	assert_string_equal(json_text_at(first, "payload.severity"), "critical");
	assert_string_equal(json_text_at(changed, "event_action"), "trigger");
	assert_string_equal(json_text_at(last, "event_action"), "resolve");
	assert_string_equal(json_text_at(changed, "dedup_key"), key);
	assert_string_equal(json_text_at(last, "dedup_key"), key);
	assert_true(strlen(key) <= 255);
	json_decref(first);
	json_decref(changed);
	json_decref(last);
}

/* A trigger that was late must not open what is over. */
static void an_opened_whose_incident_is_over_is_said_as_a_resolve(void **state)
{
	struct incident over = fixture_recovered();
	json_t *v = built(MESSAGE_OPENED, &over, false);

	(void)state;
	assert_string_equal(json_text_at(v, "event_action"), "resolve");
	json_decref(v);
}

static void plain_is_what_the_documents_require_and_no_more(void **state)
{
	struct incident in = fixture_outage();
	json_t *v = built(MESSAGE_OPENED, &in, true);

	(void)state;
	assert_null(json_at(v, "payload.custom_details"));
	assert_non_null(json_text_at(v, "payload.summary"));
	assert_non_null(json_text_at(v, "payload.source"));
	json_decref(v);
}

static void the_longest_message_stays_far_below_512_kb(void **state)
{
	(void)state;
	stage_longest(&stage, "x\"", 65536);
}

static const struct stage_answer rows[] = {
    {202, NULL,
     "{\"status\":\"success\",\"message\":\"Event processed\",\"dedup_key\":\"x\"}",				   VERDICT_ACCEPTED,  0    },
    {400, NULL,
     "{\"status\":\"invalid event\",\"errors\":[\"Length of 'routing_key' is incorrect (should be 32 characters)\"]}",
     VERDICT_SHUT,															0    },
    {400, NULL,              "{\"status\":\"invalid event\",\"message\":\"Invalid routing key\"}",
     VERDICT_SHUT,															0    },
    {400, NULL,
     "{\"status\":\"invalid event\",\"errors\":[\"'payload.summary' is missing or blank\"]}",
     VERDICT_UNWANTED,														    0    },
    {413, NULL,              "",										       VERDICT_UNWANTED,  0    },
    {403, NULL,              "{}",										     VERDICT_SLOW_DOWN, 30000},
    {429, NULL,              "",										       VERDICT_SLOW_DOWN, 30000},
    {429, "Retry-After: 90", "",										       VERDICT_SLOW_DOWN, 90000},
    {403, NULL,              "<html>Forbidden by firewall</html>",                                                     VERDICT_LATER,     0    },
    {500, NULL,              "",										       VERDICT_LATER,     0    },
    {503, NULL,              "",										       VERDICT_LATER,     0    },
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static void check_tells_the_two_keys_apart(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(far_check(&channel_pagerduty, KEY, NULL, false, &e));
	assert_false(
	    far_check(&channel_pagerduty, "u+abcdefghijklmnopqr", NULL, false, &e));
	assert_non_null(strstr(e.msg, "REST"));
	assert_false(far_check(&channel_pagerduty, "short", NULL, false, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_incident_is_one_alert_from_trigger_to_resolve),
	    cmocka_unit_test(an_opened_whose_incident_is_over_is_said_as_a_resolve),
	    cmocka_unit_test(plain_is_what_the_documents_require_and_no_more),
	    cmocka_unit_test(the_longest_message_stays_far_below_512_kb),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(check_tells_the_two_keys_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
