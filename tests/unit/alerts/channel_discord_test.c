/* SPDX-License-Identifier: MIT
 *
 * Discord's webhook: payloads, mentions, answers row by row, what check sees.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/unit/alerts/channel_stage.h"
#include "tests/unit/alerts/incident_fixture.h"

#define URL                                                                              \
	"https://discord.com/api/webhooks/123456789012345678/abcdefghijklmnopqrstuvwxyzABCDEFGHIJ"

static const struct stage stage = {.kind = &channel_discord, .url = URL};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
}

static void it_waits_for_the_message_to_be_stored(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct stage thread = stage;
	struct request r;

	(void)state;
	stage_build(&stage, &m, false, &r);
	assert_string_equal(r.url, URL "?wait=true");
	request_fini(&r);
	thread.url = URL "?thread_id=42";
	stage_build(&thread, &m, false, &r);
	assert_string_equal(r.url, URL "?thread_id=42&wait=true");
	request_fini(&r);
}

static void later_news_changes_the_first_message_and_adds_a_line(void **state)
{
	struct incident in = fixture_recovered();
	struct message m = fixture_message(MESSAGE_RESOLVED, &in);
	struct stage thread = stage;
	struct request r;
	json_t *v;

	(void)state;
	str_copy(m.thread, sizeof(m.thread), "1199");
	m.edit = true;
	thread.url = URL "?thread_id=42";
	stage_build(&thread, &m, false, &r);
	assert_string_equal(r.method, "PATCH");
	assert_string_equal(r.url, URL "/messages/1199?thread_id=42&wait=true");
	v = json_parse(str_span(&r.body), NULL);
	assert_int_equal(json_array_size(json_at(v, "embeds")), 1);
	assert_non_null(json_at(v, "allowed_mentions.parse"));
	json_decref(v);
	request_fini(&r);
	m.edit = false;
	stage_build(&stage, &m, false, &r);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.url, URL "?wait=true");
	v = json_parse(str_span(&r.body), NULL);
	assert_null(json_at(v, "embeds"));
	assert_non_null(strstr(json_text_at(v, "content"), "is back"));
	json_decref(v);
	request_fini(&r);
}

static void no_mention_is_ever_parsed(void **state)
{
	struct incident in = fixture_hostile_outage();

	(void)state;
	for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
		struct message m = fixture_message((enum message_kind)k, &in);
		struct request r;
		json_t *v;

		stage_build(&stage, &m, k % 2, &r);
		v = json_parse(str_span(&r.body), NULL);
		assert_int_equal(
		    json_array_size(json_at(v, "allowed_mentions.parse")), 0);
		assert_non_null(json_at(v, "allowed_mentions.parse"));
		json_decref(v);
		request_fini(&r);
	}
}

static size_t points(const json_t *v, const char *path)
{
	const char *text = json_text_at(v, path);

	assert_non_null(text);
	return utf8_count(span_of(text));
}

static void discords_limits_hold_for_the_longest_message(void **state)
{
	static const char fillers[] = "x*`";

	(void)state;
	stage_longest(&stage, fillers, 24000);
	for (const char *filler = fillers; *filler; filler++) {
		struct incident in = fixture_outage();
		struct message m = fixture_message(MESSAGE_OPENED, &in);
		size_t all = 0;
		struct request r;
		json_t *v;

		memset(m.title, *filler, 100);
		memset(m.summary, *filler, 300);
		memset(m.evidence, *filler, 200);
		m.n_facts = MESSAGE_MAX_FACTS;
		for (int i = 0; i < m.n_facts; i++) {
			memset(m.facts[i].name, *filler, 31);
			memset(m.facts[i].value, *filler, 255);
		}
		stage_build(&stage, &m, false, &r);
		v = json_parse(str_span(&r.body), NULL);
		assert_true(points(v, "content") <= 2000);
		assert_true(points(v, "embeds[0].title") <= 256);
		assert_true(points(v, "embeds[0].description") <= 4096);
		all = points(v, "embeds[0].title") + points(v, "embeds[0].description") +
		      points(v, "embeds[0].footer.text");
		for (size_t i = 0; i < json_array_size(json_at(v, "embeds[0].fields"));
		     i++) {
			char path[64];

			snprintf(path, sizeof(path), "embeds[0].fields[%zu].name", i);
			all += points(v, path);
			assert_true(points(v, path) <= 256);
			snprintf(path, sizeof(path), "embeds[0].fields[%zu].value", i);
			all += points(v, path);
			assert_true(points(v, path) <= 1024);
		}
		assert_true(all <= 6000);
		json_decref(v);
		request_fini(&r);
	}
}

static const struct stage_answer rows[] = {
    {200, NULL,              "{\"id\":\"1199\",\"channel_id\":\"7\"}",                 VERDICT_ACCEPTED,     0      },
    {204, NULL,              "",						       VERDICT_ACCEPTED,     0      },
    {400, NULL,              "{\"code\":50035,\"message\":\"Invalid Form Body\"}",     VERDICT_UNWANTED,
     0													      },
    {400, NULL,              "{\"embeds\":[\"0\"]}",                                   VERDICT_UNWANTED,     0      },
    {400, NULL,              "<html>Bad request</html>",                               VERDICT_LATER,        0      },
    {401, NULL,              "{\"code\":50027,\"message\":\"Invalid Webhook Token\"}", VERDICT_SHUT,
     0													      },
    {403, NULL,              "{\"code\":50013}",				       VERDICT_SHUT,         0      },
    {403, NULL,              "<html>Forbidden by firewall</html>",                     VERDICT_LATER,        0      },
    {404, NULL,              "{\"code\":10015,\"message\":\"Unknown Webhook\"}",       VERDICT_SHUT,         0      },
    {404, NULL,              "{\"code\":10008,\"message\":\"Unknown Message\"}",       VERDICT_STALE_HANDLE,
     0													      },
    {404, NULL,              "{\"code\":10003,\"message\":\"Unknown Channel\"}",       VERDICT_SHUT,         0      },
    {429, NULL,              "{\"retry_after\":64.57,\"global\":false}",               VERDICT_SLOW_DOWN,    64570  },
    {429, "Retry-After: 65", "{\"retry_after\":64.57}",                                VERDICT_SLOW_DOWN,    65000  },
    {429, NULL,              "{}",						     VERDICT_SLOW_DOWN,    5000   },
    {429, NULL,              "{\"retry_after\":1e300}",                                VERDICT_SLOW_DOWN,    3600000},
    {429, NULL,              "{\"retry_after\":-5}",                                   VERDICT_SLOW_DOWN,    5000   },
    {429, NULL,              "<html>You are being rate limited</html>",                VERDICT_SLOW_DOWN,    600000 },
    {500, NULL,              "",						       VERDICT_LATER,        0      },
    {502, NULL,              "<html>",						 VERDICT_LATER,        0      },
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static struct channel_verdict verdict(int status, const char *body)
{
	struct channel_verdict v;
	struct far_conf c;
	struct far_side f;

	far_conf_init(&c, &channel_discord, URL, NULL, NULL);
	far_answers(&f, status, NULL, body);
	v = far_verdict(&c, &f);
	far_conf_fini(&c);
	return v;
}

static void an_unknown_webhook_is_never_used_again(void **state)
{
	(void)state;
	assert_true(verdict(404, "{\"code\":10015}").for_good);
	assert_false(verdict(404, "{\"code\":10003}").for_good);
	assert_false(verdict(401, "{\"code\":50027}").for_good);
}

static void the_messages_id_is_kept_when_it_is_one(void **state)
{
	(void)state;
	assert_string_equal(verdict(200, "{\"id\":\"1199\"}").handle, "1199");
	assert_string_equal(verdict(200, "{\"id\":\"<b>\"}").handle, "");
	assert_string_equal(verdict(200, "{\"id\":12}").handle, "");
}

static void check_names_the_mistake(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(far_check(&channel_discord, URL, NULL, false, &e));
	assert_true(far_check(&channel_discord,
	    "https://ptb.discord.com/api/v10/webhooks/1/x", NULL, false, &e));
	assert_false(far_check(&channel_discord, URL "/slack", NULL, false, &e));
	assert_non_null(strstr(e.msg, "/slack"));
	assert_false(far_check(
	    &channel_discord, "https://discord.com/channels/1/2", NULL, false, &e));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(it_waits_for_the_message_to_be_stored),
	    cmocka_unit_test(later_news_changes_the_first_message_and_adds_a_line),
	    cmocka_unit_test(no_mention_is_ever_parsed),
	    cmocka_unit_test(discords_limits_hold_for_the_longest_message),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(an_unknown_webhook_is_never_used_again),
	    cmocka_unit_test(the_messages_id_is_kept_when_it_is_one),
	    cmocka_unit_test(check_names_the_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
