/* SPDX-License-Identifier: MIT
 *
 * ntfy: the JSON at the server's root, answers row by row, what check sees.
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

#define URL "https://ntfy.example/dimwatch-x7f3"

static const struct stage stage = {.kind = &channel_ntfy, .url = URL};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
}

static void json_goes_to_the_root_with_the_topic_inside(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct stage with = stage;
	bool found = false;
	struct request r;
	json_t *v;

	(void)state;
	with.token = "tk_canary";
	stage_build(&with, &m, false, &r);
	assert_string_equal(r.url, "https://ntfy.example/");
	v = json_parse(str_span(&r.body), NULL);
	assert_string_equal(json_text_at(v, "topic"), "dimwatch-x7f3");
	json_decref(v);
	for (size_t i = 0; i < r.n_headers; i++)
		found = found || (strcmp(r.headers[i].name, "Authorization") == 0 &&
				     strcmp(r.headers[i].value, "Bearer tk_canary") == 0);
	assert_true(found);
	request_fini(&r);
}

/* Longer than 4096 bytes it would silently become a file. */
static void the_message_stays_below_4096_bytes(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct request r;
	json_t *v;

	(void)state;
	memset(m.summary, 'x', 300);
	memset(m.evidence, 'x', 200);
	m.n_facts = MESSAGE_MAX_FACTS;
	for (int i = 0; i < m.n_facts; i++) {
		memset(m.facts[i].name, 'x', 31);
		memset(m.facts[i].value, 'x', 255);
	}
	stage_build(&stage, &m, false, &r);
	v = json_parse(str_span(&r.body), NULL);
	assert_true(strlen(json_text_at(v, "message")) <= 4096);
	json_decref(v);
	request_fini(&r);
}

static const struct stage_answer rows[] = {
    {200, NULL, "{\"id\":\"abc\",\"event\":\"message\"}",        VERDICT_ACCEPTED,  0      },
    {200, NULL, "hello",					 VERDICT_LATER,     0      },
    {400, NULL, "{\"code\":40001,\"http\":400,\"error\":\"x\"}", VERDICT_UNWANTED,  0      },
    {401, NULL, "{\"code\":40101,\"http\":401}",                 VERDICT_SHUT,      0      },
    {403, NULL, "{\"code\":40301,\"http\":403}",                 VERDICT_SHUT,      0      },
    {403, NULL, "<html>Forbidden</html>",                        VERDICT_LATER,     0      },
    {404, NULL, "{\"code\":40401,\"http\":404}",                 VERDICT_SHUT,      0      },
    {413, NULL, "{\"code\":41303,\"http\":413}",                 VERDICT_UNWANTED,  0      },
    {429, NULL, "{\"code\":42901,\"http\":429}",                 VERDICT_SLOW_DOWN, 60000  },
    {429, NULL, "{\"code\":42902,\"http\":429}",                 VERDICT_SLOW_DOWN, 3600000},
    {429, NULL, "{\"code\":42908,\"http\":429}",                 VERDICT_SLOW_DOWN, 3600000},
    {429, NULL, "{\"code\":42910,\"http\":429}",                 VERDICT_SLOW_DOWN, 3600000},
    {429, NULL, "{\"code\":42909,\"http\":429}",                 VERDICT_SHUT,      0      },
    {429, NULL, "",					      VERDICT_SLOW_DOWN, 30000  },
    {507, NULL, "{\"code\":50701,\"http\":507}",                 VERDICT_LATER,     0      },
    {500, NULL, "",					      VERDICT_LATER,     0      },
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static void check_wants_a_server_and_a_topic(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(far_check(&channel_ntfy, URL, NULL, false, &e));
	assert_false(far_check(&channel_ntfy, "https://ntfy.sh/", NULL, false, &e));
	assert_false(far_check(&channel_ntfy, "https://ntfy.sh/a?b=c", NULL, false, &e));
	assert_non_null(strstr(e.msg, "topic"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(json_goes_to_the_root_with_the_topic_inside),
	    cmocka_unit_test(the_message_stays_below_4096_bytes),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(check_wants_a_server_and_a_topic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
