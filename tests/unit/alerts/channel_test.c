/* SPDX-License-Identifier: MIT
 *
 * What all channels share: the table, transport trouble, statuses that mean the same
 * everywhere, Retry-After, the far side's words without secrets.
 */
#include "alerts/channel.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/text.h"
#include "tests/unit/alerts/far_side.h"
#include "tests/unit/alerts/incident_fixture.h"

static void kinds_are_found_by_their_key(void **state)
{
	size_t n;
	const struct channel_kind *const *all = channel_kinds(&n);

	(void)state;
	assert_int_equal(n, 15);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(channel_find(all[i]->name), all[i]);
		assert_true(all[i]->help[0]);
		assert_true(all[i]->pace_ms > 0 && all[i]->burst > 0);
		assert_true(all[i]->slow_down_ms >= 1000 && all[i]->timeout_ms > 0);
		assert_non_null(all[i]->check);
	}
	assert_null(channel_find("pigeon"));
}

static void verdicts_have_stable_codes(void **state)
{
	static const char *const want[] = {"none", "accepted", "later", "slow_down",
	    "unwanted", "stale_handle", "shut", "done_already"};

	(void)state;
	for (int v = 0; v < VERDICT_KIND_COUNT; v++)
		assert_string_equal(verdict_code((enum verdict_kind)v), want[v]);
}

static void retry_after_is_read_rounded_up_and_clamped(void **state)
{
	static const struct {
		const char *header;
		int64_t want_ms;
	} rows[] = {
	    {"Retry-After: 2",                             2000   },
	    {"retry-after: 30 ",                           30000  },
	    {"Retry-After: 64.57",                         65000  },
	    {"Retry-After: 0.2",                           1000   },
	    {"Retry-After: 3600",                          3600000},
	    {"Retry-After: 99999999999",                   3600000},
	    {"Retry-After: Mon, 23 Nov 2026 14:05:10 GMT", 10000  },
	    {"Retry-After: Fri, 01 Jan 2099 00:00:00 GMT", 3600000},
	    {"Retry-After: 0",                             -1     },
	    {"Retry-After: 0.0",                           -1     },
	    {"Retry-After: -5",                            -1     },
	    {"Retry-After: soon",                          -1     },
	    {"Retry-After: ",			      -1     },
	    {"Retry-After: Mon, 99 Nov 2026 14:05:10 GMT", -1     },
	    {"X-Other: 5",				 -1     },
	};
	struct far_side f;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		far_answers(&f, 429, rows[i].header, "");
		assert_int_equal(channel_retry_after_ms(&f.answer), rows[i].want_ms);
	}
	far_is_silent(&f, WIRE_TIMEOUT, PHASE_SENT);
	assert_int_equal(channel_retry_after_ms(&f.answer), -1);
}

static void statuses_that_mean_the_same_everywhere(void **state)
{
	static const struct {
		int status;
		const char *header, *body;
		bool decided;
		enum verdict_kind want;
		int64_t wait_ms;
	} rows[] = {
	    {301, NULL,				     "",                  true,  VERDICT_SHUT,      0     },
	    {307, "Location: https://elsewhere.example/",   "",                  true,  VERDICT_SHUT,      0     },
	    {308, NULL,				     "",                  true,  VERDICT_SHUT,      0     },
	    {401, "Content-Type: text/html",                "x",                 true,  VERDICT_LATER,     0     },
	    {403, "Content-Type: text/html; charset=utf-8", "x",                 true,  VERDICT_LATER,     0     },
	    {403, NULL,				     "  <!DOCTYPE html>", true,  VERDICT_LATER,     0     },
	    {404, NULL,				     "<html>",            true,  VERDICT_LATER,     0     },
	    {410, NULL,				     "<html>",            true,  VERDICT_LATER,     0     },
	    {407, NULL,				     "",                  true,  VERDICT_LATER,     0     },
	    {511, NULL,				     "",                  true,  VERDICT_LATER,     0     },
	    {408, NULL,				     "",                  true,  VERDICT_LATER,     0     },
	    {425, NULL,				     "",                  true,  VERDICT_LATER,     0     },
	    {429, NULL,				     "",                  true,  VERDICT_SLOW_DOWN, 0     },
	    {429, "Retry-After: 7",                         "",                  true,  VERDICT_SLOW_DOWN, 7000  },
	    {500, NULL,				     "",                  true,  VERDICT_LATER,     0     },
	    {503, NULL,				     "",                  true,  VERDICT_LATER,     0     },
	    {503, "Retry-After: 120",                       "",                  true,  VERDICT_SLOW_DOWN, 120000},
	    {599, NULL,				     "",                  true,  VERDICT_LATER,     0     },
	    {200, NULL,				     "ok",                false, VERDICT_NONE,      0     },
	    {400, NULL,				     "<html>",            false, VERDICT_NONE,      0     },
	    {401, NULL,				     "{}",                false, VERDICT_NONE,      0     },
	    {403, NULL,				     "",                  false, VERDICT_NONE,      0     },
	    {404, NULL,				     "no_service",        false, VERDICT_NONE,      0     },
	    {410, NULL,				     "",                  false, VERDICT_NONE,      0     },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct channel_verdict v = {0};
		struct far_side f;

		far_answers(&f, rows[i].status, rows[i].header, rows[i].body);
		assert_int_equal(channel_common_verdict(&f.answer, &v), rows[i].decided);
		assert_int_equal(v.kind, rows[i].want);
		assert_int_equal(v.wait_ms, rows[i].wait_ms);
		assert_false(v.for_good);
	}
}

static void silence_is_later_whatever_the_reason(void **state)
{
	static const struct {
		enum wire wire;
		enum wire_phase phase;
		bool maybe;
	} rows[] = {
	    {WIRE_DNS,       PHASE_DNS,     false},
	    {WIRE_DNS_LOCAL, PHASE_DNS,     false},
	    {WIRE_REFUSED,   PHASE_CONNECT, false},
	    {WIRE_CONNECT,   PHASE_CONNECT, false},
	    {WIRE_NO_ROUTE,  PHASE_CONNECT, false},
	    {WIRE_TLS,       PHASE_TLS,     false},
	    {WIRE_PROXY,     PHASE_CONNECT, false},
	    {WIRE_LOCAL,     PHASE_DNS,     false},
	    {WIRE_RESET,     PHASE_SENT,    true },
	    {WIRE_TIMEOUT,   PHASE_SENT,    true },
	    {WIRE_ABORTED,   PHASE_SENT,    true },
	    {WIRE_PROTOCOL,  PHASE_SENT,    true },
	    {WIRE_HEADERS,   PHASE_HEAD,    true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct channel_verdict v = {0};
		struct far_side f;

		far_is_silent(&f, rows[i].wire, rows[i].phase);
		assert_true(channel_common_verdict(&f.answer, &v));
		assert_int_equal(v.kind, VERDICT_LATER);
		assert_int_equal(v.maybe, rows[i].maybe);
		assert_string_equal(v.words, wire_code(rows[i].wire));
	}
}

static void a_proxys_refusal_is_not_the_far_sides(void **state)
{
	struct channel_verdict v = {0};
	struct far_side f;

	(void)state;
	far_answers(&f, 403, NULL, "");
	f.end.wire = WIRE_PROXY;
	f.end.phase = PHASE_CONNECT;
	assert_true(channel_common_verdict(&f.answer, &v));
	assert_int_equal(v.kind, VERDICT_LATER);
	assert_false(v.maybe);
}

static void words_hold_no_secret_and_one_line(void **state)
{
	struct channel_verdict v = {0};
	struct far_conf c;

	(void)state;
	far_conf_init(&c, &channel_webhook, HOOK_URL,
	    "whsec_ZGltd2F0Y2gtdGVzdC1zZWNyZXQtMzItYnl0ZXMtb2s=", NULL);
	channel_words(&c.conf,
	    span_of(
		"no such hook: " HOOK_URL "\r\nkey ZGltd2F0Y2gtdGVzdC1zZWNyZXQ \x1b[31m"),
	    &v);
	assert_null(strstr(v.words, "3f9a8c7d"));
	assert_null(strstr(v.words, "ZGltd2F0Y2gtdGVzdC1z"));
	assert_non_null(strstr(v.words, "no such hook"));
	assert_null(strpbrk(v.words, "\r\n\x1b"));
	far_conf_fini(&c);
}

static void words_are_cut_and_stay_valid(void **state)
{
	struct channel_verdict v = {0};
	struct far_conf c;
	struct str words;

	(void)state;
	far_conf_init(&c, &channel_slack, SLACK_URL, NULL, NULL);
	fixture_hostile(&words);
	channel_words(&c.conf, str_span(&words), &v);
	assert_true(utf8_valid(span_of(v.words)));
	assert_in_range(strlen(v.words), 200, 256);
	str_fini(&words);
	far_conf_fini(&c);
}

static void request_is_a_cold_post_with_limits(void **state)
{
	struct request r;
	struct far_conf c;

	(void)state;
	far_conf_init(&c, &channel_webhook, HOOK_URL, NULL, NULL);
	channel_request(&c.conf, "dimwatch/x", &r);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.url, HOOK_URL);
	assert_true(r.cold);
	assert_int_equal(r.max_body_bytes, CHANNEL_ANSWER_BYTES);
	assert_true(r.backstop_ms > channel_webhook.timeout_ms);
	assert_string_equal(r.headers[0].name, "Content-Type");
	assert_string_equal(r.headers[0].value, "application/json");
	assert_string_equal(r.headers[1].value, "dimwatch/x");
	request_fini(&r);
	far_conf_fini(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kinds_are_found_by_their_key),
	    cmocka_unit_test(verdicts_have_stable_codes),
	    cmocka_unit_test(retry_after_is_read_rounded_up_and_clamped),
	    cmocka_unit_test(statuses_that_mean_the_same_everywhere),
	    cmocka_unit_test(silence_is_later_whatever_the_reason),
	    cmocka_unit_test(a_proxys_refusal_is_not_the_far_sides),
	    cmocka_unit_test(words_hold_no_secret_and_one_line),
	    cmocka_unit_test(words_are_cut_and_stay_valid),
	    cmocka_unit_test(request_is_a_cold_post_with_limits),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
