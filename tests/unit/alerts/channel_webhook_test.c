/* SPDX-License-Identifier: MIT
 *
 * Standard Webhooks: signatures by the published vectors, bodies as golden files, answers
 * row by row.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "agent/base/sha256.h"
#include "agent/base/text.h"
#include "tests/unit/alerts/far_side.h"
#include "tests/unit/alerts/golden.h"
#include "tests/unit/alerts/incident_fixture.h"

#define SECRET   "whsec_ZGltd2F0Y2gtdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s="
#define PREVIOUS "whsec_cHJldmlvdXMtc2VjcmV0LTI0LWJ5dGVz"
#define ID       "01J9ZK3V7Q8R2S4T6U8W0Y2A4C"

static const char *header(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	}
	return NULL;
}

static void build(const struct message *m, const char *secret, const char *previous,
    bool plain, struct request *ret)
{
	struct far_conf c;

	far_conf_init(&c, &channel_webhook, HOOK_URL, secret, previous);
	channel_webhook.build(
	    &c.conf, m, ID, plain, (struct wall){INT64_C(1767225600) * 1000 + 999}, ret);
	far_conf_fini(&c);
}

/* HMAC of "id.timestamp.body" in base64, computed apart from the code under test. */
static void sign(const char *key, const char *id, const char *timestamp, struct span body,
    struct str *ret)
{
	uint8_t mac[SHA256_BYTES];
	struct str text;

	str_init(&text, 1 << 16);
	str_addf(&text, "%s.%s.", id, timestamp);
	str_add(&text, body.p, body.n);
	hmac_sha256(span_of(key), str_span(&text), mac);
	str_adds(ret, "v1,");
	base64_encode(ret, (struct span){(const char *)mac, sizeof(mac)});
	str_fini(&text);
}

static void published_vectors_verify(void **state)
{
	static const struct {
		const char *key, *body, *want;
	} rows[] = {
	    {"dimwatch-test-secret-32-bytes-ok",
             "{\"type\":\"incident.opened\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":{"
		"\"incident\":\"01J9ZK3V7Q8R2S4T6U8W0Y2A4C\",\"provider\":\"deepseek\","
		"\"severity\":\"major\"}}",				       "v1,HKKvwU1rDp7oUfi8JWs/4JKDUe8pITQ9xHbuMTDzn8s="},
	    {"previous-secret-24-bytes",
             "{\"type\":\"incident.opened\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":{"
		"\"incident\":\"01J9ZK3V7Q8R2S4T6U8W0Y2A4C\",\"provider\":\"deepseek\","
		"\"severity\":\"major\"}}",				       "v1,aVUb+pkcE024o4Z2xV8gV3WvhNiyHGUW9AFWHxPz3J4="},
	    {"dimwatch-test-secret-32-bytes-ok",
             "{\"note\":\"\xc3\xa9 \xe4\xb8\xad\xe6\x96\x87 \xf0\x9f\x98\x80\"}", "v1,W0diyFpGFxTGIpIfzrDPzvseqGOxnSq21JkZ8AOrV+I="},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str is;

		str_init(&is, 256);
		sign(rows[i].key, "msg_" ID, "1767225600", span_of(rows[i].body), &is);
		assert_string_equal(str_c(&is), rows[i].want);
		str_fini(&is);
	}
}

static void headers_are_those_of_standard_webhooks(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct request r;
	struct str want;

	(void)state;
	build(&m, SECRET, PREVIOUS, false, &r);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.url, HOOK_URL);
	assert_string_equal(header(&r, "Content-Type"), "application/json");
	assert_true(strncmp(header(&r, "User-Agent"), "dimwatch/", 9) == 0);
	assert_string_equal(header(&r, "webhook-id"), "msg_" ID);
	assert_string_equal(header(&r, "webhook-timestamp"), "1767225600");
	str_init(&want, 512);
	sign("dimwatch-test-secret-32-bytes-ok", "msg_" ID, "1767225600",
	    str_span(&r.body), &want);
	str_adds(&want, " ");
	sign("previous-secret-24-bytes", "msg_" ID, "1767225600", str_span(&r.body),
	    &want);
	assert_string_equal(header(&r, "webhook-signature"), str_c(&want));
	str_fini(&want);
	request_fini(&r);
}

static void one_secret_gives_one_signature_and_none_gives_none(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct request r;

	(void)state;
	build(&m, SECRET, NULL, false, &r);
	assert_null(strchr(header(&r, "webhook-signature"), ' '));
	request_fini(&r);
	build(&m, NULL, NULL, false, &r);
	assert_null(header(&r, "webhook-signature"));
	assert_non_null(header(&r, "webhook-id"));
	request_fini(&r);
}

static void signature_is_of_the_attempt_not_of_the_enqueueing(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct far_conf c;
	struct request early, late;

	(void)state;
	far_conf_init(&c, &channel_webhook, HOOK_URL, SECRET, NULL);
	channel_webhook.build(&c.conf, &m, ID, false, fixture_at(14, 4), &early);
	channel_webhook.build(&c.conf, &m, ID, false, fixture_at(16, 4), &late);
	assert_string_equal(header(&early, "webhook-id"), header(&late, "webhook-id"));
	assert_string_not_equal(
	    header(&early, "webhook-timestamp"), header(&late, "webhook-timestamp"));
	assert_string_not_equal(
	    header(&early, "webhook-signature"), header(&late, "webhook-signature"));
	request_fini(&early);
	request_fini(&late);
	far_conf_fini(&c);
}

static void assert_payload(const struct message *m, bool plain, const char *name)
{
	struct request r;

	build(m, SECRET, NULL, plain, &r);
	assert_golden_json(str_span(&r.body), name);
	assert_true(r.body.len <= 20000);
	assert_null(strstr(str_c(&r.body), "tok-3f9a8c7d"));
	request_fini(&r);
}

static void opened_payload(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);

	(void)state;
	assert_payload(&m, false, "alerts/webhook_opened.json");
	assert_payload(&m, true, "alerts/webhook_opened_thin.json");
}

static void resolved_payload(void **state)
{
	struct incident in = fixture_recovered();
	struct message m = fixture_message(MESSAGE_RESOLVED, &in);

	(void)state;
	assert_payload(&m, false, "alerts/webhook_resolved.json");
}

static void notice_payload(void **state)
{
	struct incident in = fixture_notice();
	struct message m = fixture_message(MESSAGE_NOTICE_RAISED, &in);

	(void)state;
	assert_payload(&m, false, "alerts/webhook_notice.json");
}

static void hostile_payload(void **state)
{
	struct incident in = fixture_hostile_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);

	(void)state;
	assert_payload(&m, false, "alerts/webhook_hostile.json");
}

static void test_payload_holds_no_incident(void **state)
{
	struct render_context c = {.vantage = "hk-1", .now = fixture_at(14, 4)};
	struct message m;

	(void)state;
	render(&m, MESSAGE_TEST, NULL, c.now, 0, &c);
	assert_payload(&m, false, "alerts/webhook_test.json");
}

static void assert_type(const struct message *m, const char *want)
{
	struct request r;
	json_t *v;

	build(m, NULL, NULL, false, &r);
	v = json_parse(str_span(&r.body), NULL);
	assert_non_null(v);
	assert_string_equal(json_text_at(v, "type"), want);
	json_decref(v);
	request_fini(&r);
}

static void every_kind_has_its_type(void **state)
{
	struct incident open = fixture_outage(), over = fixture_recovered();
	struct incident notice = fixture_notice(), self = fixture_self("channel slack");
	struct incident disk = fixture_self("disk"), seen = notice;
	struct message m;

	(void)state;
	seen.state = INCIDENT_CLOSED;
	m = fixture_message(MESSAGE_OPENED, &open);
	assert_type(&m, "incident.opened");
	m = fixture_message(MESSAGE_CHANGED, &open);
	assert_type(&m, "incident.changed");
	m = fixture_message(MESSAGE_REOPENED, &open);
	assert_type(&m, "incident.reopened");
	m = fixture_message(MESSAGE_RESOLVED, &over);
	assert_type(&m, "incident.resolved");
	over.end = END_RETRACTED;
	m = fixture_message(MESSAGE_RETRACTED, &over);
	assert_type(&m, "incident.retracted");
	m = fixture_message(MESSAGE_NOTICE_RAISED, &notice);
	assert_type(&m, "notice.raised");
	m = fixture_message(MESSAGE_NOTICE_CLEARED, &seen);
	assert_type(&m, "notice.cleared");
	m = fixture_message(MESSAGE_OPENED, &self);
	assert_type(&m, "channel.shut");
	m = fixture_message(MESSAGE_OPENED, &disk);
	assert_type(&m, "incident.opened");
}

static void largest_body_stays_below_20_kB_and_is_json(void **state)
{
	struct incident in = fixture_outage();
	struct message m;
	struct request r;
	json_t *v;

	(void)state;
	memset(in.first_error.message, '"', sizeof(in.first_error.message) - 1);
	memset(in.first_error.code, '\\', sizeof(in.first_error.code) - 1);
	memset(in.first_error.request_id, 0xff, sizeof(in.first_error.request_id) - 1);
	in.last_error = in.first_error;
	in.n_targets = 0;
	for (int i = 0; i < INCIDENT_MAX_TARGETS; i++) {
		memset(in.targets[i], '"', 62);
		in.targets[i][62] = (char)('a' + i);
		in.targets[i][63] = '\0';
		in.n_targets++;
	}
	for (int o = 0; o < OUTCOME_COUNT; o++)
		in.outcomes[o] = UINT32_MAX;
	m = fixture_message(MESSAGE_OPENED, &in);
	memset(m.summary, '"', sizeof(m.summary) - 1);
	memset(m.title, '"', sizeof(m.title) - 1);
	memset(m.evidence, '"', sizeof(m.evidence) - 1);
	build(&m, SECRET, NULL, false, &r);
	assert_true(r.body.len <= 20000);
	v = json_parse(str_span(&r.body), NULL);
	assert_non_null(v);
	json_decref(v);
	request_fini(&r);
}

static void answers_row_by_row(void **state)
{
	static const struct {
		int status;
		const char *header, *body;
		enum verdict_kind want;
		bool for_good;
		int64_t wait_ms;
	} rows[] = {
	    {200, NULL,					 "",                       VERDICT_ACCEPTED,  false, 0    },
	    {200, NULL,					 "<html>anything</html>",  VERDICT_ACCEPTED,  false, 0    },
	    {201, NULL,					 "",                       VERDICT_ACCEPTED,  false, 0    },
	    {202, "Retry-After: 5",                             "",                       VERDICT_ACCEPTED,  false, 0    },
	    {204, NULL,					 "",                       VERDICT_ACCEPTED,  false, 0    },
	    {299, NULL,					 "",                       VERDICT_ACCEPTED,  false, 0    },
	    {301, NULL,					 "",                       VERDICT_SHUT,      false, 0    },
	    {302, NULL,					 "",                       VERDICT_SHUT,      false, 0    },
	    {307, NULL,					 "",                       VERDICT_SHUT,      false, 0    },
	    {308, NULL,					 "",                       VERDICT_SHUT,      false, 0    },
	    {410, NULL,					 "",                       VERDICT_SHUT,      true,  0    },
	    {410, NULL,					 "{\"error\":\"gone\"}",   VERDICT_SHUT,      true,  0    },
	    {401, NULL,					 "",                       VERDICT_SHUT,      false, 0    },
	    {403, NULL,					 "{}",                     VERDICT_SHUT,      false, 0    },
	    {404, NULL,					 "not found",              VERDICT_SHUT,      false, 0    },
	    {400, NULL,					 "",                       VERDICT_UNWANTED,  false, 0    },
	    {413, NULL,					 "<html>too large</html>", VERDICT_UNWANTED,  false, 0    },
	    {415, NULL,					 "",                       VERDICT_UNWANTED,  false, 0    },
	    {422, NULL,					 "",                       VERDICT_UNWANTED,  false, 0    },
	    {408, NULL,					 "",                       VERDICT_LATER,     false, 0    },
	    {425, NULL,					 "",                       VERDICT_LATER,     false, 0    },
	    {500, NULL,					 "",                       VERDICT_LATER,     false, 0    },
	    {502, NULL,					 "<html>",                 VERDICT_LATER,     false, 0    },
	    {503, NULL,					 "",                       VERDICT_LATER,     false, 0    },
	    {504, NULL,					 "",                       VERDICT_LATER,     false, 0    },
	    {429, NULL,					 "",                       VERDICT_SLOW_DOWN, false, 30000},
	    {429, "Retry-After: 3",                             "",                       VERDICT_SLOW_DOWN, false, 3000 },
	    {429, "Retry-After: Mon, 23 Nov 2026 14:06:00 GMT", "",                       VERDICT_SLOW_DOWN,
             false,												 60000},
	    {503, "Retry-After: 9",                             "",                       VERDICT_SLOW_DOWN, false, 9000 },
	    {403, "Retry-After: 9",                             "",                       VERDICT_SLOW_DOWN, false, 9000 },
	    {400, "Retry-After: 9",                             "",                       VERDICT_SLOW_DOWN, false, 9000 },
	    {410, "Retry-After: 9",                             "",                       VERDICT_SHUT,      true,  0    },
 /* Only the far side itself may shut a channel. */
	    {401, NULL,					 "<html>log in</html>",    VERDICT_LATER,     false, 0    },
	    {403, "Content-Type: text/html",                    "",                       VERDICT_LATER,     false, 0    },
	    {404, NULL,					 "<!doctype html>",        VERDICT_LATER,     false, 0    },
	    {410, "Content-Type: text/html",                    "",                       VERDICT_LATER,     false, 0    },
	    {407, NULL,					 "",                       VERDICT_LATER,     false, 0    },
	    {511, NULL,					 "",                       VERDICT_LATER,     false, 0    },
 /* An address that wants something else: told, nothing lost meanwhile. */
	    {405, NULL,					 "",                       VERDICT_SHUT,      false, 0    },
	    {451, NULL,					 "",                       VERDICT_SHUT,      false, 0    },
	    {101, NULL,					 "",                       VERDICT_LATER,     false, 0    },
	};
	struct far_conf c;

	(void)state;
	far_conf_init(&c, &channel_webhook, HOOK_URL, SECRET, NULL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct channel_verdict v;
		struct far_side f;

		far_answers(&f, rows[i].status, rows[i].header, rows[i].body);
		v = far_verdict(&c, &f);
		if (v.kind != rows[i].want)
			print_error("row %zu: %d %s\n", i, rows[i].status, rows[i].body);
		assert_int_equal(v.kind, rows[i].want);
		assert_int_equal(v.for_good, rows[i].for_good);
		assert_int_equal(v.wait_ms, rows[i].wait_ms);
	}
	far_conf_fini(&c);
}

static void lost_answer_is_later_and_may_have_arrived(void **state)
{
	struct far_conf c;
	struct far_side f;

	(void)state;
	far_conf_init(&c, &channel_webhook, HOOK_URL, NULL, NULL);
	far_is_silent(&f, WIRE_RESET, PHASE_SENT);
	assert_int_equal(far_verdict(&c, &f).kind, VERDICT_LATER);
	assert_true(far_verdict(&c, &f).maybe);
	/* Where only the status counts, half a body is enough. */
	far_answers(&f, 200, NULL, "thank");
	f.end.wire = WIRE_PARTIAL;
	assert_int_equal(far_verdict(&c, &f).kind, VERDICT_ACCEPTED);
	far_answers(&f, 200, NULL, "a giant body");
	f.end.wire = WIRE_TOO_LARGE;
	assert_int_equal(far_verdict(&c, &f).kind, VERDICT_ACCEPTED);
	far_conf_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(published_vectors_verify),
	    cmocka_unit_test(headers_are_those_of_standard_webhooks),
	    cmocka_unit_test(one_secret_gives_one_signature_and_none_gives_none),
	    cmocka_unit_test(signature_is_of_the_attempt_not_of_the_enqueueing),
	    cmocka_unit_test(opened_payload),
	    cmocka_unit_test(resolved_payload),
	    cmocka_unit_test(notice_payload),
	    cmocka_unit_test(hostile_payload),
	    cmocka_unit_test(test_payload_holds_no_incident),
	    cmocka_unit_test(every_kind_has_its_type),
	    cmocka_unit_test(largest_body_stays_below_20_kB_and_is_json),
	    cmocka_unit_test(answers_row_by_row),
	    cmocka_unit_test(lost_answer_is_later_and_may_have_arrived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
