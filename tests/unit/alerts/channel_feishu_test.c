/* SPDX-License-Identifier: MIT
 *
 * Feishu's and Lark's custom bot: payloads, signature, codes row by row, what check sees.
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

#define URL                                                                              \
	"https://open.feishu.cn/open-apis/bot/v2/hook/01234567-89ab-cdef-0123-456789abcdef"

static const struct stage stage = {.kind = &channel_feishu, .url = URL};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
}

static void nobody_is_called_by_a_strangers_words(void **state)
{
	static const char *const forbidden[] = {"<at ", NULL};
	static const char *const tags[] = {"lark_md", "markdown", NULL};
	struct incident in = fixture_hostile_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct request r;

	(void)state;
	/* In a card only plain_text elements stand, so only the text form has to escape.
	 */
	stage_build(&stage, &m, true, &r);
	assert_null(strstr(str_c(&r.body), forbidden[0]));
	request_fini(&r);
	stage_build(&stage, &m, false, &r);
	for (size_t i = 0; tags[i]; i++)
		assert_null(strstr(str_c(&r.body), tags[i]));
	request_fini(&r);
}

static void the_longest_message_stays_below_the_limit(void **state)
{
	(void)state;
	stage_longest(&stage, "x<&\"\\", 18000);
}

/* Vectors made with another implementation of HMAC: the key holds time and secret, the
 * message is empty. */
static void signature_has_the_secret_in_its_key(void **state)
{
	static const struct {
		int64_t at_s;
		const char *sign;
	} vectors[] = {
	    {1767225602, "747Mk/DkuUkFfO3ZGdRvrxL+LkMCQnFg6eoPm49wIIc="},
	    {1767225600, "Hi/E1EnY8i4LuGHkKy9bh2pDjAUyryk9PiYWiVRjw/A="},
	};
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct far_conf c;

	(void)state;
	far_conf_init(&c, &channel_feishu, URL, "dimwatch-feishu-secret", NULL);
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct request r;
		char at[32];
		json_t *v;

		channel_feishu.build(
		    &c.conf, &m, "x", false, (struct wall){vectors[i].at_s * 1000}, &r);
		v = json_parse(str_span(&r.body), NULL);
		snprintf(at, sizeof(at), "%lld", (long long)vectors[i].at_s);
		assert_string_equal(json_text_at(v, "timestamp"), at);
		assert_string_equal(json_text_at(v, "sign"), vectors[i].sign);
		json_decref(v);
		request_fini(&r);
	}
	far_conf_fini(&c);
}

static void keyword_stands_in_every_message(void **state)
{
	struct stage with = stage;
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);

	(void)state;
	with.keyword = "\xe7\x9b\x91\xe6\x8e\xa7";
	for (int plain = 0; plain < 2; plain++) {
		struct request r;

		stage_build(&with, &m, plain, &r);
		assert_non_null(strstr(str_c(&r.body), with.keyword));
		request_fini(&r);
	}
}

#define FAR_PAST "Date: Thu, 01 Jan 2026 00:00:00 GMT"

static const struct stage_answer rows[] = {
    {200, NULL,			   "{\"code\":0,\"msg\":\"success\"}",                                VERDICT_ACCEPTED,  0    },
    {200, NULL,			   "{\"Extra\":null,\"StatusCode\":0,\"StatusMessage\":\"success\"}",
     VERDICT_ACCEPTED,													  0    },
 /* The newer code counts. */
    {200, NULL,			   "{\"code\":9499,\"StatusCode\":0}",                                VERDICT_UNWANTED,  0    },
    {200, NULL,
     "{\"code\":19001,\"msg\":\"param invalid: incoming webhook access token invalid\"}",		    VERDICT_SHUT,      0    },
    {200, NULL,			   "{\"code\":19002}",						VERDICT_UNWANTED,  0    },
    {200, NULL,			   "{\"code\":19021,\"msg\":\"sign match fail\"}",                    VERDICT_SHUT,      0    },
    {200, FAR_PAST,		       "{\"code\":19021}",						VERDICT_LATER,     0    },
    {200, NULL,			   "{\"code\":19022}",						VERDICT_SHUT,      0    },
    {200, NULL,			   "{\"code\":19024}",						VERDICT_UNWANTED,  0    },
    {200, NULL,			   "{\"code\":19036}",						VERDICT_UNWANTED,  0    },
    {200, NULL,			   "{\"code\":11232}",						VERDICT_SLOW_DOWN, 60000},
    {200, NULL,			   "{\"code\":11233}",						VERDICT_SLOW_DOWN, 60000},
    {400, NULL,			   "{\"code\":99991400}",					     VERDICT_SLOW_DOWN, 60000},
    {429, "Retry-After: 7",               "{\"code\":99991400}",                                             VERDICT_SLOW_DOWN, 7000 },
    {200, NULL,			   "{\"code\":10999}",						VERDICT_LATER,     0    },
    {400, NULL,			   "{\"code\":12345}",						VERDICT_UNWANTED,  0    },
    {500, NULL,			   "{\"code\":0}",						    VERDICT_LATER,     0    },
 /* 200 is not success. */
    {200, NULL,			   "",								VERDICT_LATER,     0    },
    {200, NULL,			   "ok",							      VERDICT_LATER,     0    },
    {200, NULL,			   "{\"code\":\"0\"}",						VERDICT_LATER,     0    },
    {200, NULL,			   "<html>Please log in</html>",                                      VERDICT_LATER,     0    },
    {403, NULL,			   "<html>Forbidden</html>",					  VERDICT_LATER,     0    },
    {302, "Location: https://x.example/", "",								VERDICT_SHUT,      0    },
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_wrong_clock_is_named(void **state)
{
	struct channel_verdict v;
	struct far_conf c;
	struct far_side f;

	(void)state;
	far_conf_init(&c, &channel_feishu, URL, "s", NULL);
	far_answers(&f, 200, FAR_PAST, "{\"code\":19021}");
	v = far_verdict(&c, &f);
	assert_non_null(strstr(v.words, "clock"));
	far_conf_fini(&c);
}

static void check_names_the_mistake(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(far_check(&channel_feishu, URL, NULL, false, &e));
	assert_true(far_check(&channel_lark,
	    "https://open.larksuite.com/open-apis/bot/v2/hook/01234567-89ab-cdef-0123-456789abcdef",
	    "s", false, &e));
	assert_false(far_check(&channel_feishu,
	    "https://open.feishu.cn/open-apis/bot/hook/0123456789", NULL, false, &e));
	assert_non_null(strstr(e.msg, "first version"));
	assert_false(far_check(&channel_feishu,
	    "https://open.feishu.cn/open-apis/bot/v2/hook/", NULL, false, &e));
	assert_false(
	    far_check(&channel_feishu, "http://open.feishu.cn/x", NULL, false, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(nobody_is_called_by_a_strangers_words),
	    cmocka_unit_test(the_longest_message_stays_below_the_limit),
	    cmocka_unit_test(signature_has_the_secret_in_its_key),
	    cmocka_unit_test(keyword_stands_in_every_message),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(a_wrong_clock_is_named),
	    cmocka_unit_test(check_names_the_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
