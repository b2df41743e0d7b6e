/* SPDX-License-Identifier: MIT
 *
 * DingTalk's robot: payloads, signature in the URL, codes row by row, what check sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/channel_stage.h"
#include "tests/unit/alerts/incident_fixture.h"

#define TOKEN "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define URL   "https://oapi.dingtalk.com/robot/send?access_token=" TOKEN

static const struct stage stage = {.kind = &channel_dingtalk, .url = URL};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
}

static void no_mark_up_and_no_mention_of_a_stranger(void **state)
{
	static const char *const forbidden[] = {"<", ">", "[", "]", "`", "@", "*", NULL};

	(void)state;
	stage_escapes(&stage, forbidden);
}

static void the_longest_message_stays_small(void **state)
{
	(void)state;
	stage_longest(&stage, "x<*\"\\", 16000);
}

/* A vector made with another implementation: it has both / and + in its base64. */
static void signature_is_percent_encoded_once(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct far_conf c;
	struct request r;

	(void)state;
	far_conf_init(&c, &channel_dingtalk, URL, "SECdimwatch-dingtalk-secret", NULL);
	channel_dingtalk.build(
	    &c.conf, &m, "x", false, (struct wall){INT64_C(1767225600002)}, &r);
	assert_string_equal(r.url,
	    URL "&timestamp=1767225600002&sign="
		"zy1DEmC%2FA9cuw40TAZprOQYlb%2FUPSBxkLWh40Jv7%2BHc%3D");
	request_fini(&r);
	far_conf_fini(&c);
}

static void the_bare_token_is_enough(void **state)
{
	struct stage bare = stage;
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct request r;

	(void)state;
	bare.url = TOKEN;
	stage_build(&bare, &m, false, &r);
	assert_string_equal(r.url, URL);
	request_fini(&r);
}

#define FAR_PAST "Date: Thu, 01 Jan 2026 00:00:00 GMT"

static const struct stage_answer rows[] = {
    {200, NULL,     "{\"errcode\":0,\"errmsg\":\"ok\"}",                           VERDICT_ACCEPTED,  0      },
    {200, NULL,     "{\"errcode\":310000,\"errmsg\":\"keywords not in content\"}",
     VERDICT_SHUT,										    0      },
    {200, FAR_PAST, "{\"errcode\":310000,\"errmsg\":\"sign not match\"}",          VERDICT_LATER,
     0												       },
    {200, NULL,     "{\"errcode\":130101}",					VERDICT_SLOW_DOWN, 600000 },
    {200, NULL,     "{\"errcode\":130102}",					VERDICT_SLOW_DOWN, 600000 },
    {200, NULL,     "{\"status\":1111,\"wait\":5,\"punish\":\"deny\"}",            VERDICT_SLOW_DOWN,
     600000												  },
    {200, NULL,     "{\"errcode\":410100}",					VERDICT_SLOW_DOWN, 600000 },
    {200, NULL,     "{\"errcode\":430103}",					VERDICT_SLOW_DOWN, 600000 },
    {200, NULL,     "{\"errcode\":90030}",					 VERDICT_SLOW_DOWN, 3600000},
    {200, NULL,     "{\"errcode\":300001,\"errmsg\":\"token is not exist\"}",      VERDICT_SHUT,
     0												       },
    {200, NULL,     "{\"errcode\":300005,\"errmsg\":\"token is not exist\"}",      VERDICT_LATER,
     0												       },
    {200, NULL,     "{\"errcode\":400013}",					VERDICT_SHUT,      0      },
    {200, NULL,     "{\"errcode\":400101}",					VERDICT_SHUT,      0      },
    {200, NULL,     "{\"errcode\":400102}",					VERDICT_SHUT,      0      },
    {200, NULL,     "{\"errcode\":400105}",					VERDICT_UNWANTED,  0      },
    {200, NULL,     "{\"errcode\":400106}",					VERDICT_UNWANTED,  0      },
    {200, NULL,     "{\"errcode\":460101}",					VERDICT_UNWANTED,  0      },
    {200, NULL,     "{\"errcode\":43004}",					 VERDICT_UNWANTED,  0      },
    {200, NULL,     "{\"errcode\":40008}",					 VERDICT_UNWANTED,  0      },
    {200, NULL,     "{\"errcode\":-1,\"errmsg\":\"busy\"}",                        VERDICT_LATER,     0      },
    {429, NULL,     "",							    VERDICT_SLOW_DOWN, 600000 },
    {502, NULL,     "<html>",						      VERDICT_LATER,     0      },
    {200, NULL,     "{\"errcode\":987654}",					VERDICT_LATER,     0      },
    {200, NULL,     "{\"errmsg\":\"ok\"}",					 VERDICT_LATER,     0      },
    {200, NULL,     "<html>Please log in</html>",                                  VERDICT_LATER,     0      },
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
	assert_true(far_check(&channel_dingtalk, URL, "SECabc", false, &e));
	assert_true(far_check(&channel_dingtalk, TOKEN, NULL, false, &e));
	assert_false(far_check(&channel_dingtalk, URL, "abc", false, &e));
	assert_non_null(strstr(e.msg, "SEC"));
	assert_false(
	    far_check(&channel_dingtalk, URL "&timestamp=1&sign=x", "SECabc", false, &e));
	assert_non_null(strstr(e.msg, "signature already"));
	assert_false(far_check(
	    &channel_dingtalk, "https://oapi.dingtalk.com/robot", NULL, false, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(no_mark_up_and_no_mention_of_a_stranger),
	    cmocka_unit_test(the_longest_message_stays_small),
	    cmocka_unit_test(signature_is_percent_encoded_once),
	    cmocka_unit_test(the_bare_token_is_enough),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(check_names_the_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
