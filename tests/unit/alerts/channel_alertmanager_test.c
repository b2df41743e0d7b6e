/* SPDX-License-Identifier: MIT
 *
 * Alertmanager: the state as labels and times, answers row by row, what check sees. What
 * the real one makes of it is in tests/third.
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

#define URL "http://127.0.0.1:9093"

static const struct stage stage = {.kind = &channel_alertmanager, .url = URL};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
	stage_longest(&stage, "x<\"", 24000);
}

static json_t *built(const struct message *m)
{
	struct request r;
	json_t *v;

	stage_build(&stage, m, false, &r);
	assert_string_equal(r.url, URL "/api/v2/alerts");
	v = json_parse(str_span(&r.body), NULL);
	assert_true(json_is_array(v));
	request_fini(&r);
	return v;
}

static void what_fires_ends_five_paces_ahead(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	json_t *v = built(&m);

	(void)state;
	assert_int_equal(json_array_size(v), 1);
	assert_string_equal(json_text_at(v, "[0].startsAt"), "2026-11-23T14:02:00.000Z");
	assert_string_equal(json_text_at(v, "[0].endsAt"), "2026-11-23T14:09:00.000Z");
	json_decref(v);
}

static void what_is_over_ends_when_it_ended_and_never_before_it_began(void **state)
{
	struct incident in = fixture_recovered();
	struct message m = fixture_message(MESSAGE_RESOLVED, &in);
	json_t *v = built(&m);

	(void)state;
	assert_string_equal(json_text_at(v, "[0].endsAt"), "2026-11-23T14:16:00.000Z");
	json_decref(v);
	m.incident.ended = m.incident.started;
	v = built(&m);
	assert_string_equal(json_text_at(v, "[0].endsAt"), "2026-11-23T14:02:00.001Z");
	json_decref(v);
}

static void another_severity_ends_the_old_label_set_first(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_CHANGED, &in);
	json_t *v;

	(void)state;
	m.was = SEVERITY_MAJOR;
	v = built(&m);
	assert_int_equal(json_array_size(v), 2);
	assert_string_equal(json_text_at(v, "[0].labels.severity"), "major");
	assert_string_equal(json_text_at(v, "[0].endsAt"), "2026-11-23T14:04:00.000Z");
	assert_string_equal(json_text_at(v, "[1].labels.severity"), "critical");
	assert_string_equal(json_text_at(v, "[1].labels.incident"), in.id.text);
	json_decref(v);
	m.was = SEVERITY_CRITICAL;
	v = built(&m);
	assert_int_equal(json_array_size(v), 1);
	json_decref(v);
}

static void no_label_is_empty(void **state)
{
	struct incident in = fixture_self("disk");
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	json_t *v = built(&m), *label;
	const char *name;

	(void)state;
	assert_null(json_at(v, "[0].labels.provider"));
	json_object_foreach((json_t *)(uintptr_t)json_at(v, "[0].labels"), name, label)
	    assert_true(json_string_value(label)[0]);
	json_decref(v);
}

static void the_state_is_one_request(void **state)
{
	struct incident a = fixture_outage(), b = fixture_notice();
	struct message all[2] = {fixture_message(MESSAGE_OPENED, &a),
	    fixture_message(MESSAGE_NOTICE_RAISED, &b)};
	struct far_conf c;
	struct request r;
	json_t *v;

	(void)state;
	far_conf_init(&c, &channel_alertmanager, URL "/", NULL, NULL);
	channel_alertmanager.build_state(&c.conf, all, 2, fixture_at(14, 4), &r);
	assert_string_equal(r.url, URL "/api/v2/alerts");
	v = json_parse(str_span(&r.body), NULL);
	assert_int_equal(json_array_size(v), 2);
	json_decref(v);
	request_fini(&r);
	far_conf_fini(&c);
}

static const struct stage_answer rows[] = {
    {200, NULL,             "",					    VERDICT_ACCEPTED,  0   },
    {400, NULL,             "\"at least one label pair required\"",        VERDICT_UNWANTED,  0   },
    {400, NULL,             "{\"code\":400,\"message\":\"parsing\"}",      VERDICT_UNWANTED,  0   },
    {415, NULL,             "",					    VERDICT_UNWANTED,  0   },
    {422, NULL,             "{\"code\":601,\"message\":\"generatorURL\"}", VERDICT_UNWANTED,  0   },
    {401, NULL,             "no",					  VERDICT_SHUT,      0   },
    {403, NULL,             "<html>Forbidden</html>",                      VERDICT_LATER,     0   },
    {404, NULL,             "404 page not found",                          VERDICT_SHUT,      0   },
    {410, NULL,             "{\"status\":\"deprecated\"}",                 VERDICT_SHUT,      0   },
    {429, "Retry-After: 3", "",					    VERDICT_SLOW_DOWN, 3000},
    {500, NULL,             "",					    VERDICT_LATER,     0   },
    {503, NULL,             "starting",				    VERDICT_LATER,     0   },
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static void check_names_the_mistake(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(far_check(&channel_alertmanager, URL, NULL, false, &e));
	assert_true(far_check(
	    &channel_alertmanager, "https://am.example/prefix/", NULL, false, &e));
	assert_false(
	    far_check(&channel_alertmanager, URL "/api/v1/alerts", NULL, false, &e));
	assert_non_null(strstr(e.msg, "without /api/"));
	assert_false(far_check(&channel_alertmanager, URL "/?x=1", NULL, false, &e));
	assert_false(
	    far_check(&channel_alertmanager, "http://am.example:9093", NULL, false, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(what_fires_ends_five_paces_ahead),
	    cmocka_unit_test(what_is_over_ends_when_it_ended_and_never_before_it_began),
	    cmocka_unit_test(another_severity_ends_the_old_label_set_first),
	    cmocka_unit_test(no_label_is_empty),
	    cmocka_unit_test(the_state_is_one_request),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(check_names_the_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
