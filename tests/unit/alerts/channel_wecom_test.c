/* SPDX-License-Identifier: MIT
 *
 * WeCom's group robot: payloads in bytes, codes row by row, what check sees.
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

#define KEY "01234567-89ab-cdef-0123-456789abcdef"
#define URL "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=" KEY

static const struct stage stage = {.kind = &channel_wecom, .url = URL};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
}

static void no_mark_up_and_no_mention_of_a_stranger(void **state)
{
	static const char *const forbidden[] = {"<@", "<at", "<!", "[", "]", "`", NULL};

	(void)state;
	stage_escapes(&stage, forbidden);
}

static void content_stays_below_the_limits_in_bytes(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);

	(void)state;
	/* Every one of them grows to three bytes. */
	memset(m.title, '<', 100);
	memset(m.summary, '<', 300);
	memset(m.lock_screen, '<', 180);
	m.n_facts = MESSAGE_MAX_FACTS;
	for (int i = 0; i < m.n_facts; i++) {
		memset(m.facts[i].name, '<', 31);
		memset(m.facts[i].value, '<', 255);
	}
	for (int plain = 0; plain < 2; plain++) {
		struct request r;
		json_t *v;

		stage_build(&stage, &m, plain, &r);
		v = json_parse(str_span(&r.body), NULL);
		assert_true(strlen(json_text_at(
				v, plain ? "text.content" : "markdown.content")) <=
			    (plain ? 2048 : 4096));
		assert_null(strstr(str_c(&r.body), "\\u"));
		json_decref(v);
		request_fini(&r);
	}
}

static const struct stage_answer rows[] = {
    {200, NULL, "{\"errcode\":0,\"errmsg\":\"ok\"}",                           VERDICT_ACCEPTED,  0    },
    {200, NULL, "{\"errcode\":0,\"errmsg\":\"Warning: wrong json format. \"}",
     VERDICT_ACCEPTED,									    0    },
    {200, NULL, "{\"errcode\":45009}",					 VERDICT_SLOW_DOWN, 60000},
    {200, NULL, "{\"errcode\":45033}",					 VERDICT_SLOW_DOWN, 60000},
    {200, NULL, "{\"errcode\":93000,\"errmsg\":\"invalid webhook url\"}",      VERDICT_SHUT,
     0												 },
    {200, NULL, "{\"errcode\":93004}",					 VERDICT_SHUT,      0    },
    {200, NULL, "{\"errcode\":93006}",					 VERDICT_SHUT,      0    },
    {200, NULL, "{\"errcode\":93008}",					 VERDICT_SHUT,      0    },
    {200, NULL, "{\"errcode\":60020}",					 VERDICT_SHUT,      0    },
    {200, NULL, "{\"errcode\":40058}",					 VERDICT_UNWANTED,  0    },
    {200, NULL, "{\"errcode\":44004}",					 VERDICT_UNWANTED,  0    },
    {200, NULL, "{\"errcode\":45002}",					 VERDICT_UNWANTED,  0    },
    {200, NULL, "{\"errcode\":40008}",					 VERDICT_UNWANTED,  0    },
    {200, NULL, "{\"errcode\":40033}",					 VERDICT_UNWANTED,  0    },
    {200, NULL, "{\"errcode\":-1}",					    VERDICT_LATER,     0    },
    {200, NULL, "{\"errcode\":6000}",					  VERDICT_LATER,     0    },
    {200, NULL, "{\"errcode\":777}",					   VERDICT_LATER,     0    },
    {200, NULL, "ok",							  VERDICT_LATER,     0    },
    {503, NULL, "",							    VERDICT_LATER,     0    },
    {200, NULL, "<html>Please log in</html>",                                  VERDICT_LATER,     0    },
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static void key_alone_and_url_are_both_accepted(void **state)
{
	struct stage bare = stage;
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct err e = {0};
	struct request r;

	(void)state;
	bare.url = KEY;
	stage_build(&bare, &m, false, &r);
	assert_string_equal(r.url, URL);
	request_fini(&r);
	assert_true(far_check(&channel_wecom, KEY, NULL, false, &e));
	assert_true(far_check(&channel_wecom, URL, NULL, false, &e));
	assert_false(far_check(&channel_wecom,
	    "https://qyapi.weixin.qq.com/cgi-bin/gettoken", NULL, false, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(no_mark_up_and_no_mention_of_a_stranger),
	    cmocka_unit_test(content_stays_below_the_limits_in_bytes),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(key_alone_and_url_are_both_accepted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
