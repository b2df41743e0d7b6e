/* SPDX-License-Identifier: MIT
 *
 * Every way an exchange can end, played by the simulated provider through real sockets:
 * exactly one sample each, with the outcome, the phases that were reached and the time it
 * took (virtual: nothing sleeps).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/world.h"

struct end {
	const char *name, *fault;
	bool own_port;
	enum outcome outcome;
	int status;
	const char *reached;       /* of d(ns) c(onnect) b(yte) t(oken) */
	uint32_t flags;            /* exactly these, FLAG_LOOP_LATE aside */
	int64_t least_ms, most_ms; /* virtual */
};

/* clang-format off */
static struct end ends[] = {
	{"a_good_answer_is_ok", "ok",
	 false, OUTCOME_OK, 200, "dcbt", 0, 200, 3000},
	{"a_named_latency_is_measured", "ok 3s",
	 false, OUTCOME_OK, 200, "dcbt", 0, 2500, 6000},
	{"slow_stretches_every_wait", "slow x10",
	 false, OUTCOME_OK, 200, "dcbt", 0, 2000, 6000},
	{"overloaded_is_503", "overloaded",
	 false, OUTCOME_OVERLOADED, 503, "dcb", 0, 0, 3000},
	{"overload_in_a_429_is_overload", "engine_overloaded",
	 false, OUTCOME_OVERLOADED, 429, "dcb", 0, 0, 3000},
	{"a_starved_finish_is_overload", "starved",
	 false, OUTCOME_OVERLOADED, 200, "dcbt", 0, 0, 3000},
	{"queued_then_hung_up_is_overload", "hangup 15s",
	 false, OUTCOME_OVERLOADED, 200, "dcb", FLAG_QUEUED, 15000, 19000},
	{"http_500_is_http_5xx", "http 500",
	 false, OUTCOME_HTTP_5XX, 500, "dcb", 0, 0, 3000},
	{"a_rate_limit_is_ours", "rate_limited",
	 false, OUTCOME_RATE_LIMITED, 429, "dcb", 0, 0, 3000},
	{"an_empty_account_is_ours", "quota",
	 false, OUTCOME_QUOTA, 429, "dcb", 0, 0, 3000},
	{"a_refused_key_is_ours", "auth",
	 false, OUTCOME_AUTH, 401, "dcb", 0, 0, 3000},
	{"a_gone_model_is_ours", "model_gone",
	 false, OUTCOME_MODEL_GONE, 404, "dcb", 0, 0, 3000},
	{"a_forbidden_region_is_ours", "forbidden_region",
	 false, OUTCOME_FORBIDDEN_REGION, 403, "dcb", 0, 0, 3000},
	{"a_content_filter_is_ours", "content_filtered",
	 false, OUTCOME_CONTENT_FILTERED, 200, "dcbt", 0, 0, 3000},
	{"a_redirect_is_not_followed", "redirect http://127.0.0.1:9/elsewhere",
	 false, OUTCOME_REDIRECTED, 302, "dcb", 0, 0, 3000},
	{"refused_at_the_port", "refuse",
	 true, OUTCOME_REFUSED, 0, "d", 0, 0, 3000},
	{"reset_right_after_accept", "reset connect",
	 true, OUTCOME_RESET, 0, "dC", 0, 0, 3000},
	{"reset_before_the_head", "reset head",
	 false, OUTCOME_RESET, 0, "dc", 0, 0, 3000},
	{"reset_in_the_body_is_truncated", "reset body 600",
	 false, OUTCOME_TRUNCATED, 200, "dcbt", FLAG_COST_ESTIMATED, 0, 3000},
	{"reset_with_no_byte_of_the_body", "reset body 0",
	 false, OUTCOME_RESET, 200, "dcb", 0, 0, 3000},
	{"silence_at_connect", "hang connect",
	 true, OUTCOME_TIMEOUT_CONNECT, 0, "d", 0, 4900, 7300},
	{"silence_before_the_head", "hang head",
	 false, OUTCOME_TIMEOUT_FIRST_BYTE, 0, "dc", 0, 9900, 12300},
	{"silence_before_the_first_token", "hang first_token",
	 false, OUTCOME_TIMEOUT_FIRST_TOKEN, 200, "dcb", 0, 19900, 22300},
	{"a_late_first_token_is_still_ok", "hang first_token 15s",
	 false, OUTCOME_OK, 200, "dcbt", 0, 15000, 17600},
	{"silence_in_the_stream", "hang stream",
	 false, OUTCOME_STALLED, 200, "dcbt", FLAG_COST_ESTIMATED, 10000, 12700},
	{"a_stall_ends_at_the_gap", "stall",
	 false, OUTCOME_STALLED, 200, "dcbt", FLAG_COST_ESTIMATED, 10000, 12700},
	{"closed_in_mid_stream", "truncate",
	 false, OUTCOME_TRUNCATED, 200, "dcbt", FLAG_COST_ESTIMATED, 0, 3000},
	{"an_error_inside_a_200", "error_in_stream",
	 false, OUTCOME_ERROR_IN_STREAM, 200, "dcbt", FLAG_COST_ESTIMATED, 0, 3000},
	{"html_instead_of_json", "html",
	 false, OUTCOME_MALFORMED, 200, "dcb", 0, 0, 3000},
	{"an_answer_without_a_token", "empty",
	 false, OUTCOME_EMPTY, 200, "dcb", 0, 0, 3000},
	{"json_that_does_not_parse", "malformed",
	 false, OUTCOME_MALFORMED, 200, "dcb", 0, 0, 3000},
	{"a_wrong_sum_is_ok_and_odd", "wrong_answer",
	 false, OUTCOME_OK, 200, "dcbt", FLAG_ODD_ANSWER, 0, 3000},
	{"reasoning_alone_is_alive", "reasoning_only",
	 false, OUTCOME_OK, 200, "dcbt", FLAG_REASONING_ONLY, 0, 3000},
	{"a_missing_done_is_noted", "no_done",
	 false, OUTCOME_OK, 200, "dcbt", FLAG_NO_DONE, 0, 3000},
	{"missing_usage_is_estimated", "no_usage",
	 false, OUTCOME_OK, 200, "dcbt", FLAG_COST_ESTIMATED, 0, 3000},
	{"invalid_utf8_is_noted", "invalid_utf8",
	 false, OUTCOME_OK, 200, "dcbt", FLAG_INVALID_UTF8 | FLAG_ODD_ANSWER, 0, 3000},
	{"comments_for_ten_seconds_then_an_answer", "comments 10s",
	 false, OUTCOME_OK, 200, "dcbt", FLAG_QUEUED, 10000, 15000},
	{"comments_for_a_minute_are_no_tokens", "comments 1m",
	 false, OUTCOME_TIMEOUT_FIRST_TOKEN, 200, "dcb", FLAG_QUEUED, 19900, 22300},
	{"one_byte_at_a_time", "drip",
	 false, OUTCOME_OK, 200, "dcbt", 0, 0, 22000},
	{"an_encoded_body", "gzip",
	 false, OUTCOME_MALFORMED, 200, "dcb", 0, 0, 3000},
};
/* clang-format on */

static void has_phase(const struct end *end, char letter, int64_t us)
{
	bool expected = strchr(end->reached, letter) != NULL;

	if (strchr(end->reached, letter - 'a' + 'A'))
		return;
	if (expected != (us >= 0))
		fail_msg("%s: phase %c is %lld", end->name, letter, (long long)us);
}

static void ends_as_told(void **state)
{
	const struct end *end = *state;
	const struct sample *s;
	struct world w;
	char script[256];

	snprintf(script, sizeof(script), "at 0s p: %s\n", end->fault);
	world_init(&w, LOOP_SKIPPING, script);
	if (end->own_port)
		world_use_own_port(&w);
	s = world_probe(&w);
	assert_string_equal(outcome_code(s->outcome), outcome_code(end->outcome));
	assert_int_equal(s->http_status, end->status);
	assert_int_equal(s->series, 7);
	has_phase(end, 'd', s->dns_us);
	has_phase(end, 'c', s->connect_us);
	has_phase(end, 'b', s->first_byte_us);
	has_phase(end, 't', s->first_token_us);
	assert_int_equal(s->tls_us, NOT_REACHED);
	assert_int_equal(s->flags & ~(uint32_t)FLAG_LOOP_LATE, end->flags);
	assert_in_range(s->end_us, end->least_ms * US_PER_MS, end->most_ms * US_PER_MS);
	assert_null(strstr(s->evidence, WORLD_KEY));
	world_fini(&w);
}

#define N_ENDS (sizeof(ends) / sizeof(ends[0]))

int main(void)
{
	struct CMUnitTest tests[N_ENDS];

	for (size_t i = 0; i < N_ENDS; i++)
		tests[i] = (struct CMUnitTest){
		    .name = ends[i].name,
		    .test_func = ends_as_told,
		    .initial_state = &ends[i],
		};
	return cmocka_run_group_tests_name("probe ends", tests, NULL, NULL);
}
