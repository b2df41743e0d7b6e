/* SPDX-License-Identifier: MIT
 *
 * Slack's payloads (golden files under tests/data/alerts), its answers row by row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/unit/alerts/far_side.h"
#include "tests/unit/alerts/golden.h"
#include "tests/unit/alerts/incident_fixture.h"

static void build(const struct message *m, bool plain, struct request *ret)
{
	struct far_conf c;

	far_conf_init(&c, &channel_slack, SLACK_URL, NULL, NULL);
	channel_slack.build(
	    &c.conf, m, "01KAR4K8RGAAAAAAAAAAAAAAAA", plain, fixture_at(14, 4), ret);
	far_conf_fini(&c);
}

static void assert_payload(const struct message *m, bool plain, const char *name)
{
	struct request r;

	build(m, plain, &r);
	assert_golden_json(str_span(&r.body), name);
	assert_true(utf8_count(str_span(&r.body)) < 8000);
	/* The URL is the secret: it stands in no text. */
	assert_null(strstr(str_c(&r.body), "T0AB"));
	request_fini(&r);
}

static void opened_payload(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);

	(void)state;
	assert_payload(&m, false, "alerts/slack_opened.json");
	assert_payload(&m, true, "alerts/slack_opened_plain.json");
}

static void resolved_payload(void **state)
{
	struct incident in = fixture_recovered();
	struct message m = fixture_message(MESSAGE_RESOLVED, &in);

	(void)state;
	assert_payload(&m, false, "alerts/slack_resolved.json");
}

static void notice_payload(void **state)
{
	struct incident in = fixture_notice();
	struct message m = fixture_message(MESSAGE_NOTICE_RAISED, &in);

	(void)state;
	assert_payload(&m, false, "alerts/slack_notice.json");
}

static void hostile_payload(void **state)
{
	struct incident in = fixture_hostile_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);

	(void)state;
	assert_payload(&m, false, "alerts/slack_hostile.json");
	assert_payload(&m, true, "alerts/slack_hostile_plain.json");
}

static void test_payload_needs_no_incident(void **state)
{
	struct render_context c = {.vantage = "hk-1", .now = fixture_at(14, 4)};
	struct message m;

	(void)state;
	render(&m, MESSAGE_TEST, NULL, c.now, 0, &c);
	assert_payload(&m, false, "alerts/slack_test.json");
}

static void assert_no_mention(const json_t *v)
{
	const char *text = json_string_value(v);
	const char *key;
	json_t *kid;
	size_t i;

	if (text) {
		assert_null(strpbrk(text, "<>"));
		for (const char *p = strchr(text, '&'); p; p = strchr(p + 1, '&'))
			assert_true(strncmp(p, "&amp;", 5) == 0 ||
				    strncmp(p, "&lt;", 4) == 0 ||
				    strncmp(p, "&gt;", 4) == 0);
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, kid) assert_no_mention(kid);
	json_array_foreach(v, i, kid) assert_no_mention(kid);
}

static void no_byte_of_a_message_reaches_slack_unescaped(void **state)
{
	struct incident in = fixture_hostile_outage();
	struct message m;

	(void)state;
	/* Even what only the config can say. */
	str_copy(in.subject.id, sizeof(in.subject.id), "a<!here>&b");
	str_copy(in.targets[0], sizeof(in.targets[0]), "<@U1>");
	str_copy(in.causes[0].detector, sizeof(in.causes[0].detector), "rule <!channel>");
	for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
		for (int plain = 0; plain < 2; plain++) {
			struct request r;
			json_t *v;

			m = fixture_message((enum message_kind)k, &in);
			build(&m, plain, &r);
			v = json_parse(str_span(&r.body), NULL);
			assert_non_null(v);
			assert_no_mention(v);
			json_decref(v);
			request_fini(&r);
		}
	}
}

/* Fills every text to its brim with characters that grow fivefold when escaped. */
static struct message brimful(char filler)
{
	struct message m;

	memset(&m, 0, sizeof(m));
	memset(m.title, filler, 100);
	memset(m.summary, filler, 300);
	memset(m.lock_screen, filler, 180);
	memset(m.evidence, filler, 200);
	memset(m.vantage, filler, 63);
	m.n_facts = MESSAGE_MAX_FACTS;
	for (int i = 0; i < m.n_facts; i++) {
		memset(m.facts[i].name, filler, 31);
		memset(m.facts[i].value, filler, 255);
		m.facts[i].untrusted = i % 2;
	}
	return m;
}

static size_t points_at(const json_t *v, const char *path)
{
	const char *text = json_text_at(v, path);

	assert_non_null(text);
	return utf8_count(span_of(text));
}

static void slacks_limits_hold_for_the_longest_message(void **state)
{
	static const char fillers[] = "&<`x";

	(void)state;
	for (const char *filler = fillers; *filler; filler++) {
		struct message m = brimful(*filler);
		struct request r;
		json_t *v;

		build(&m, false, &r);
		assert_true(utf8_count(str_span(&r.body)) < 8000);
		v = json_parse(str_span(&r.body), NULL);
		assert_non_null(v);
		assert_true(points_at(v, "attachments[0].blocks[0].text.text") <= 150);
		assert_true(points_at(v, "attachments[0].blocks[1].text.text") <= 3000);
		assert_int_equal(
		    json_array_size(json_at(v, "attachments[0].blocks[1].fields")), 10);
		for (int i = 0; i < 10; i++) {
			char path[64];

			snprintf(path, sizeof(path),
			    "attachments[0].blocks[1].fields[%d].text", i);
			assert_true(points_at(v, path) <= 2000);
		}
		assert_no_mention(v);
		json_decref(v);
		request_fini(&r);
	}
}

static const struct {
	int status;
	const char *header, *body;
	enum verdict_kind want;
	int64_t wait_ms;
} rows[] = {
    {200, NULL,			   "ok",				      VERDICT_ACCEPTED,  0    },
    {400, NULL,			   "invalid_payload",                         VERDICT_UNWANTED,  0    },
    {400, NULL,			   "invalid_blocks",                          VERDICT_UNWANTED,  0    },
    {400, NULL,			   "invalid_blocks_format",                   VERDICT_UNWANTED,  0    },
    {400, NULL,			   "no_text",				 VERDICT_UNWANTED,  0    },
    {400, NULL,			   "missing_text_or_fallback_or_attachments", VERDICT_UNWANTED,  0    },
    {400, NULL,			   "too_many_attachments",                    VERDICT_UNWANTED,  0    },
    {400, NULL,			   "msg_blocks_too_long",                     VERDICT_UNWANTED,  0    },
    {400, NULL,			   "user_not_found",                          VERDICT_SHUT,      0    },
    {403, NULL,			   "action_prohibited",                       VERDICT_SHUT,      0    },
    {403, NULL,			   "invalid_token",                           VERDICT_SHUT,      0    },
    {403, NULL,			   "posting_to_general_channel_denied",       VERDICT_SHUT,      0    },
    {404, NULL,			   "channel_not_found",                       VERDICT_SHUT,      0    },
    {404, NULL,			   "no_service",			      VERDICT_SHUT,      0    },
    {404, NULL,			   "no_service_id",                           VERDICT_SHUT,      0    },
    {404, NULL,			   "no_team",				 VERDICT_SHUT,      0    },
    {404, NULL,			   "team_disabled",                           VERDICT_SHUT,      0    },
    {404, NULL,			   "no_active_hooks",                         VERDICT_SHUT,      0    },
    {410, NULL,			   "channel_is_archived",                     VERDICT_SHUT,      0    },
    {429, "Retry-After: 17",              "rate_limited",                            VERDICT_SLOW_DOWN, 17000},
    {429, NULL,			   "rate_limited",                            VERDICT_SLOW_DOWN, 30000},
    {429, NULL,			   "{\"ok\":false}",                          VERDICT_SLOW_DOWN, 30000},
    {500, NULL,			   "rollup_error",                            VERDICT_LATER,     0    },
    {500, NULL,			   "server_error",                            VERDICT_LATER,     0    },
    {502, NULL,			   "<html>Bad gateway</html>",                VERDICT_LATER,     0    },
    {503, NULL,			   "",					VERDICT_LATER,     0    },
    {504, "Content-Type: text/html",      "x",                                       VERDICT_LATER,     0    },
    {302, "Location: https://x.example/", "",                                        VERDICT_SHUT,      0    },
    {307, NULL,			   "",					VERDICT_SHUT,      0    },
 /* The word decides, not the number. */
    {400, NULL,			   "no_team",				 VERDICT_SHUT,      0    },
    {403, NULL,			   "no_active_hooks",                         VERDICT_SHUT,      0    },
    {200, NULL,			   "no_service",			      VERDICT_SHUT,      0    },
    {200, NULL,			   "invalid_payload",                         VERDICT_UNWANTED,  0    },
 /* 200 is not success. */
    {200, NULL,			   "",					VERDICT_LATER,     0    },
    {200, NULL,			   "o",				       VERDICT_LATER,     0    },
    {200, NULL,			   "OK",				      VERDICT_LATER,     0    },
    {200, NULL,			   "ok\n",				    VERDICT_LATER,     0    },
    {200, NULL,			   "<html>Please log in</html>",              VERDICT_LATER,     0    },
    {202, NULL,			   "ok",				      VERDICT_LATER,     0    },
 /* Only the far side itself may shut a channel. */
    {403, NULL,			   "<html>Forbidden by firewall</html>",      VERDICT_LATER,     0    },
    {403, "Content-Type: text/html",      "no",                                      VERDICT_LATER,     0    },
    {403, NULL,			   "Access denied by policy",                 VERDICT_LATER,     0    },
    {404, NULL,			   "",					VERDICT_LATER,     0    },
    {407, NULL,			   "",					VERDICT_LATER,     0    },
    {511, NULL,			   "",					VERDICT_LATER,     0    },
 /* Words of the future. */
    {400, NULL,			   "some_new_word",                           VERDICT_UNWANTED,  0    },
    {403, NULL,			   "some_new_word",                           VERDICT_SHUT,      0    },
    {404, NULL,			   "some_new_word",                           VERDICT_SHUT,      0    },
    {418, NULL,			   "some_new_word",                           VERDICT_LATER,     0    },
};

static void answers_row_by_row(void **state)
{
	struct far_conf c;

	(void)state;
	far_conf_init(&c, &channel_slack, SLACK_URL, NULL, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct channel_verdict v;
		struct far_side f;

		far_answers(&f, rows[i].status, rows[i].header, rows[i].body);
		v = far_verdict(&c, &f);
		if (v.kind != rows[i].want)
			print_error("row %zu: %d %s\n", i, rows[i].status, rows[i].body);
		assert_int_equal(v.kind, rows[i].want);
		assert_int_equal(v.wait_ms, rows[i].wait_ms);
		assert_false(v.for_good);
	}
	far_conf_fini(&c);
}

static void short_body_with_200_is_later_and_may_have_arrived(void **state)
{
	struct far_conf c;
	struct far_side f;
	struct channel_verdict v;

	(void)state;
	far_conf_init(&c, &channel_slack, SLACK_URL, NULL, NULL);
	far_answers(&f, 200, NULL, "ok");
	f.end.wire = WIRE_PARTIAL;
	v = far_verdict(&c, &f);
	assert_int_equal(v.kind, VERDICT_LATER);
	assert_true(v.maybe);
	far_is_silent(&f, WIRE_RESET, PHASE_SENT);
	v = far_verdict(&c, &f);
	assert_int_equal(v.kind, VERDICT_LATER);
	assert_true(v.maybe);
	far_is_silent(&f, WIRE_REFUSED, PHASE_CONNECT);
	v = far_verdict(&c, &f);
	assert_int_equal(v.kind, VERDICT_LATER);
	assert_false(v.maybe);
	far_conf_fini(&c);
}

static void redirect_says_url_moved(void **state)
{
	struct far_conf c;
	struct far_side f;

	(void)state;
	far_conf_init(&c, &channel_slack, SLACK_URL, NULL, NULL);
	far_answers(&f, 301, NULL, "moved to " SLACK_URL);
	assert_string_equal(far_verdict(&c, &f).words, "URL moved");
	far_conf_fini(&c);
}

static void answer_of_bad_bytes_is_kept_clean(void **state)
{
	struct far_conf c;
	struct far_side f;
	struct channel_verdict v;

	(void)state;
	far_conf_init(&c, &channel_slack, SLACK_URL, NULL, NULL);
	far_answers(&f, 500, NULL, "bro\xffken\x1b[2J at " SLACK_URL);
	v = far_verdict(&c, &f);
	assert_true(utf8_valid(span_of(v.words)));
	assert_null(strchr(v.words, 0x1b));
	assert_null(strstr(v.words, "abcdefgh"));
	far_conf_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opened_payload),
	    cmocka_unit_test(resolved_payload),
	    cmocka_unit_test(notice_payload),
	    cmocka_unit_test(hostile_payload),
	    cmocka_unit_test(test_payload_needs_no_incident),
	    cmocka_unit_test(no_byte_of_a_message_reaches_slack_unescaped),
	    cmocka_unit_test(slacks_limits_hold_for_the_longest_message),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(short_body_with_200_is_later_and_may_have_arrived),
	    cmocka_unit_test(redirect_says_url_moved),
	    cmocka_unit_test(answer_of_bad_bytes_is_kept_clean),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
