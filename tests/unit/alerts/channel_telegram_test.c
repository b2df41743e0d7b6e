/* SPDX-License-Identifier: MIT
 *
 * Telegram's bot: payloads, escaping, sentences row by row, what check sees.
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

#define TOKEN "123456789:AAbbccddeeffgghhiijjkkllmmnnooppqqr"

static const struct stage stage = {
    .kind = &channel_telegram, .url = TOKEN, .chat = "-1001234567890"};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
}

static void only_our_own_tags_stand_in_the_text(void **state)
{
	static const char *const forbidden[] = {
	    "<!", "<@", "<at", "<https", "<script", "<a ", NULL};

	(void)state;
	/* Without a parse mode nothing has to be escaped. */
	for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
		struct incident in = fixture_hostile_outage();
		struct message m = fixture_message((enum message_kind)k, &in);
		struct request r;
		json_t *v;

		stage_build(&stage, &m, false, &r);
		v = json_parse(str_span(&r.body), NULL);
		assert_string_equal(json_text_at(v, "parse_mode"), "HTML");
		for (size_t i = 0; forbidden[i]; i++)
			assert_null(strstr(json_text_at(v, "text"), forbidden[i]));
		json_decref(v);
		request_fini(&r);
	}
}

static void the_token_stands_in_the_url_and_the_chat_is_a_number(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct stage named = stage;
	struct request r;
	json_t *v;

	(void)state;
	stage_build(&stage, &m, true, &r);
	assert_string_equal(r.url, "https://api.telegram.org/bot" TOKEN "/sendMessage");
	v = json_parse(str_span(&r.body), NULL);
	assert_true(json_is_integer(json_object_get(v, "chat_id")));
	assert_null(json_object_get(v, "parse_mode"));
	json_decref(v);
	request_fini(&r);
	named.chat = "@outages";
	stage_build(&named, &m, false, &r);
	v = json_parse(str_span(&r.body), NULL);
	assert_string_equal(json_text_at(v, "chat_id"), "@outages");
	json_decref(v);
	request_fini(&r);
}

#define NO(code, text)                                                                   \
	"{\"ok\":false,\"error_code\":" #code ",\"description\":\"" text "\"}"

static const struct stage_answer rows[] = {
    {200,					       NULL,             "{\"ok\":true,\"result\":{\"message_id\":42}}",       VERDICT_ACCEPTED,0},
    {429,					       NULL,             "{\"ok\":false,\"parameters\":{\"retry_after\":17}}", VERDICT_SLOW_DOWN,
     17000},
    {429,					       "Retry-After: 5", "{}",						 VERDICT_SLOW_DOWN,5000},
    {429,					       NULL,             "{}",						 VERDICT_SLOW_DOWN,30000},
    {400,					       NULL,             NO(400,					       "Bad Request: message is not modified: x"),VERDICT_DONE_ALREADY,
     0},
    {400,						 NULL,							       NO(400,							       "Bad Request: message to edit not found"),VERDICT_STALE_HANDLE,
     0},
    {400,						 NULL,								 NO(400,														   "Bad Request: message can't be edited"),VERDICT_STALE_HANDLE,0},
    {400,			     NULL,					    NO(400,												"Bad Request: message to be replied not found"),
     VERDICT_STALE_HANDLE,																	   0},
    {400,  NULL,						NO(400,												   "Bad Request: can't parse entities: x"),VERDICT_UNWANTED,0},
    {400,					   NULL,NO(400,"Bad Request: message is too long"),VERDICT_UNWANTED,0},
    {400,   NULL,					 NO(400,																		    "Bad Request: message text is empty"),																							      VERDICT_UNWANTED,																			     0},
    {400,					       NULL,							 NO(400,							       "Bad Request: chat not found"),VERDICT_SHUT,0},
    {400,						 NULL,							       NO(400,								 "Bad Request: message thread not found"),VERDICT_SHUT,0},
    {403,						NULL,								NO(403,														  "Forbidden: bot was kicked from the group chat"),VERDICT_SHUT,
     0},
    {403,				     NULL,						    NO(403,													"Forbidden: bot was blocked by the user"),												    VERDICT_SHUT,																																	      0},
    {403, NULL,     NO(403,															 "Forbidden: user is deactivated"),VERDICT_SHUT,0},
    {401,					   NULL,NO(401,"Unauthorized"),VERDICT_SHUT,0},
    {404,					     NULL,						   NO(404,"Not Found"),VERDICT_SHUT,0},
    {500,					       NULL,		 NO(500,												 "Request aborted"),						VERDICT_LATER,																																							    0},
    {502,						 NULL,							       "<html>Bad gateway</html>",								   VERDICT_LATER,0},
    {200,						NULL,								"<html>Please log in</html>",														  VERDICT_LATER,0                                 },
    {403,				    NULL,						   "<html>Forbidden</html>",												       VERDICT_LATER,0},
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static void a_group_that_moved_is_named_with_its_new_number(void **state)
{
	struct channel_verdict v;
	struct far_conf c;
	struct far_side f;

	(void)state;
	far_conf_init(&c, &channel_telegram, TOKEN, NULL, NULL);
	far_answers(&f, 400, NULL,
	    "{\"ok\":false,\"description\":\"Bad Request: group chat was upgraded to a supergroup "
	    "chat\",\"parameters\":{\"migrate_to_chat_id\":-1009}}");
	v = far_verdict(&c, &f);
	assert_int_equal(v.kind, VERDICT_SHUT);
	assert_non_null(strstr(v.words, "-1009"));
	far_conf_fini(&c);
}

static void check_wants_a_token_and_a_chat(void **state)
{
	struct err e = {0};
	struct far_conf c;

	(void)state;
	far_conf_init(&c, &channel_telegram, TOKEN, NULL, NULL);
	assert_false(channel_telegram.check(&c.conf, &e));
	assert_non_null(strstr(e.msg, "chat is missing"));
	c.conf.chat = "@outages";
	assert_true(channel_telegram.check(&c.conf, &e));
	c.conf.base_url = "http://bots.example";
	assert_false(channel_telegram.check(&c.conf, &e));
	far_conf_fini(&c);
	assert_false(far_check(&channel_telegram, "123456789:short", NULL, false, &e));
	assert_non_null(strstr(e.msg, "BotFather"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(only_our_own_tags_stand_in_the_text),
	    cmocka_unit_test(the_token_stands_in_the_url_and_the_chat_is_a_number),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(a_group_that_moved_is_named_with_its_new_number),
	    cmocka_unit_test(check_wants_a_token_and_a_chat),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
