/* SPDX-License-Identifier: MIT
 *
 * Slack's Web API: heads, edits and replies, answers row by row, what check sees.
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

#define TOKEN "xoxb-1234567890-abcdefghijkl"
#define HEAD  "C0REAL 1405894322.002768"

static const struct stage stage = {
    .kind = &channel_slack_app, .url = TOKEN, .chat = "C0123"};

static void payloads(void **state)
{
	(void)state;
	stage_payloads(&stage);
}

static void nothing_reaches_slack_unescaped(void **state)
{
	static const char *const forbidden[] = {
	    "<!", "<@", "<http", "\x1b", "\xe2\x80\xae", NULL};

	(void)state;
	stage_escapes(&stage, forbidden);
	stage_longest(&stage, "x&<`", 24000);
}

/* The body of a message in the thread under HEAD; "" a message of its own. */
static json_t *built(enum message_kind kind, const char *thread, bool edit, char *ret_url)
{
	struct incident in =
	    kind == MESSAGE_RESOLVED ? fixture_recovered() : fixture_outage();
	struct message m = fixture_message(kind, &in);
	struct request r;
	json_t *v;

	str_copy(m.thread, sizeof(m.thread), thread);
	m.edit = edit;
	stage_build(&stage, &m, false, &r);
	v = json_parse(str_span(&r.body), NULL);
	assert_non_null(v);
	str_copy(ret_url, 200, r.url);
	for (size_t i = 0; i < r.n_headers; i++) {
		if (!strcmp(r.headers[i].name, "Authorization"))
			assert_string_equal(r.headers[i].value, "Bearer " TOKEN);
	}
	request_fini(&r);
	return v;
}

static void the_first_message_is_posted_to_the_configured_channel(void **state)
{
	char url[200];
	json_t *v = built(MESSAGE_OPENED, "", false, url);

	(void)state;
	assert_string_equal(url, "https://slack.com/api/chat.postMessage");
	assert_string_equal(json_text_at(v, "channel"), "C0123");
	assert_null(json_at(v, "thread_ts"));
	json_decref(v);
}

static void a_change_is_a_reply_below_the_head_where_slack_put_it(void **state)
{
	char url[200];
	json_t *v = built(MESSAGE_CHANGED, HEAD, false, url);

	(void)state;
	assert_string_equal(url, "https://slack.com/api/chat.postMessage");
	assert_string_equal(json_text_at(v, "channel"), "C0REAL");
	assert_string_equal(json_text_at(v, "thread_ts"), "1405894322.002768");
	assert_null(json_at(v, "reply_broadcast"));
	json_decref(v);
}

static void the_end_is_shown_in_the_channel_too(void **state)
{
	char url[200];
	json_t *v = built(MESSAGE_RESOLVED, HEAD, false, url);

	(void)state;
	assert_true(json_is_true(json_at(v, "reply_broadcast")));
	json_decref(v);
}

static void an_edit_names_all_three_keys_and_the_head(void **state)
{
	char url[200];
	json_t *v = built(MESSAGE_RESOLVED, HEAD, true, url);

	(void)state;
	assert_string_equal(url, "https://slack.com/api/chat.update");
	assert_string_equal(json_text_at(v, "ts"), "1405894322.002768");
	assert_null(json_at(v, "thread_ts"));
	assert_null(json_at(v, "reply_broadcast"));
	assert_non_null(json_at(v, "text"));
	assert_non_null(json_at(v, "blocks"));
	assert_string_equal(json_text_at(v, "attachments[0].color"), "#2eb67d");
	json_decref(v);
}

#define REFUSED(word, verdict, wait)                                                     \
	{                                                                                \
		200, NULL, "{\"ok\":false,\"error\":\"" word "\"}", verdict, wait        \
	}

static const struct stage_answer rows[] = {
    {200, NULL,             "{\"ok\":true,\"channel\":\"C0REAL\",\"ts\":\"1.2\"}", VERDICT_ACCEPTED,
     0												 },
    {200, NULL,             "ok",						  VERDICT_LATER,     0},
    {200, NULL,             "<html>portal</html>",                                 VERDICT_LATER,     0},
    REFUSED("ratelimited", VERDICT_SLOW_DOWN, 30000),
    REFUSED("rate_limited", VERDICT_SLOW_DOWN, 30000),
    REFUSED("message_limit_exceeded", VERDICT_SLOW_DOWN, 30000),
    {429, "Retry-After: 7", "{\"ok\":false,\"error\":\"ratelimited\"}",            VERDICT_SLOW_DOWN,
     7000											      },
    REFUSED("internal_error", VERDICT_LATER, 0),
    REFUSED("fatal_error", VERDICT_LATER, 0),
    REFUSED("service_unavailable", VERDICT_LATER, 0),
    REFUSED("request_timeout", VERDICT_LATER, 0),
    REFUSED("team_added_to_org", VERDICT_LATER, 0),
    REFUSED("a_word_of_tomorrow", VERDICT_LATER, 0),
    REFUSED("invalid_auth", VERDICT_SHUT, 0),
    REFUSED("not_authed", VERDICT_SHUT, 0),
    REFUSED("token_revoked", VERDICT_SHUT, 0),
    REFUSED("token_expired", VERDICT_SHUT, 0),
    REFUSED("account_inactive", VERDICT_SHUT, 0),
    REFUSED("missing_scope", VERDICT_SHUT, 0),
    REFUSED("no_permission", VERDICT_SHUT, 0),
    REFUSED("not_in_channel", VERDICT_SHUT, 0),
    REFUSED("channel_not_found", VERDICT_SHUT, 0),
    REFUSED("is_archived", VERDICT_SHUT, 0),
    REFUSED("restricted_action_read_only_channel", VERDICT_SHUT, 0),
    REFUSED("ekm_access_denied", VERDICT_SHUT, 0),
    REFUSED("access_denied", VERDICT_SHUT, 0),
    REFUSED("accesslimited", VERDICT_SHUT, 0),
    REFUSED("org_login_required", VERDICT_SHUT, 0),
    REFUSED("msg_too_long", VERDICT_UNWANTED, 0),
    REFUSED("msg_blocks_too_long", VERDICT_UNWANTED, 0),
    REFUSED("no_text", VERDICT_UNWANTED, 0),
    REFUSED("invalid_blocks_format", VERDICT_UNWANTED, 0),
    REFUSED("too_many_attachments", VERDICT_UNWANTED, 0),
    REFUSED("invalid_json", VERDICT_UNWANTED, 0),
    REFUSED("json_not_object", VERDICT_UNWANTED, 0),
    REFUSED("invalid_arguments", VERDICT_UNWANTED, 0),
    REFUSED("markdown_text_conflict", VERDICT_UNWANTED, 0),
    REFUSED("message_not_found", VERDICT_STALE_HANDLE, 0),
    REFUSED("cant_update_message", VERDICT_STALE_HANDLE, 0),
    REFUSED("edit_window_closed", VERDICT_STALE_HANDLE, 0),
    REFUSED("thread_not_found", VERDICT_STALE_HANDLE, 0),
    REFUSED("cannot_reply_to_message", VERDICT_STALE_HANDLE, 0),
    {403, NULL,             "<html>Forbidden by firewall</html>",                  VERDICT_LATER,     0},
    {500, NULL,             "",						    VERDICT_LATER,     0},
    {301, NULL,             "",						    VERDICT_SHUT,      0},
};

static void answers_row_by_row(void **state)
{
	(void)state;
	stage_answers(&stage, rows, sizeof(rows) / sizeof(rows[0]));
}

static struct channel_verdict verdict(const char *body)
{
	struct channel_verdict v;
	struct far_conf c;
	struct far_side f;

	far_conf_init(&c, &channel_slack_app, TOKEN, NULL, NULL);
	far_answers(&f, 200, NULL, body);
	v = far_verdict(&c, &f);
	far_conf_fini(&c);
	return v;
}

static void the_head_is_where_slack_says_it_is(void **state)
{
	(void)state;
	assert_string_equal(
	    verdict("{\"ok\":true,\"channel\":\"C0REAL\",\"ts\":\"1405894322.002768\"}")
		.handle,
	    HEAD);
	/* Nothing of a stranger's becomes a part of a later request. */
	assert_string_equal(
	    verdict("{\"ok\":true,\"channel\":\"C0\\\"}\",\"ts\":\"1.2\"}").handle, "");
	assert_string_equal(
	    verdict("{\"ok\":true,\"channel\":\"C0\",\"ts\":\"1 2\"}").handle, "");
	assert_string_equal(verdict("{\"ok\":true}").handle, "");
}

static bool checks(const char *token, const char *chat, struct err *e)
{
	struct far_conf c;
	bool good;

	far_conf_init(&c, &channel_slack_app, token, NULL, NULL);
	c.conf.chat = chat;
	good = channel_slack_app.check(&c.conf, e);
	far_conf_fini(&c);
	return good;
}

static void check_names_the_mistake(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(checks(TOKEN, "C0123", &e));
	assert_false(checks(TOKEN, NULL, &e));
	assert_non_null(strstr(e.msg, "chat is missing"));
	assert_false(checks(SLACK_URL, "C0123", &e));
	assert_non_null(strstr(e.msg, "`slack: ...`"));
	assert_false(checks("xoxs-1", "C0123", &e));
	assert_non_null(strstr(e.msg, "xoxb-"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(payloads),
	    cmocka_unit_test(nothing_reaches_slack_unescaped),
	    cmocka_unit_test(the_first_message_is_posted_to_the_configured_channel),
	    cmocka_unit_test(a_change_is_a_reply_below_the_head_where_slack_put_it),
	    cmocka_unit_test(the_end_is_shown_in_the_channel_too),
	    cmocka_unit_test(an_edit_names_all_three_keys_and_the_head),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(the_head_is_where_slack_says_it_is),
	    cmocka_unit_test(check_names_the_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
