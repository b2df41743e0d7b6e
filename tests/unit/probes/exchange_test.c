/* SPDX-License-Identifier: MIT
 *
 * The phases in virtual time: a good answer measured, and what each deadline comes to.
 */
#include "probes/exchange.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probes/request.h"
#include "tests/unit/probes/exchange_run.h"

static void phases_of_a_good_answer_are_measured(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 200, 200, SSE);
	bytes(&r, 300, ": keep-alive\n\n");
	bytes(&r, 400, TOKEN(""));
	bytes(&r, 1000, TOKEN("1"));
	bytes(&r, 1700, TOKEN("2"));
	bytes(&r, 1750, TOKEN(" "));
	bytes(&r, 1800, FINISH("stop"));
	assert_int_equal(r.next, EXCHANGE_MORE);
	bytes(&r, 1900, DONE);
	assert_int_equal(r.next, EXCHANGE_ENOUGH);
	bytes(&r, 1950, TOKEN("more"));
	assert_int_equal(r.next, EXCHANGE_ENOUGH);
	finish(&r, 2000, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	assert_int_equal(r.s.series, 7);
	assert_int_equal(r.s.at.ms, FIXTURE_WALL.ms);
	assert_int_equal(r.s.http_status, 200);
	assert_int_equal(r.s.dns_us, 10000);
	assert_int_equal(r.s.connect_us, 40000);
	assert_int_equal(r.s.tls_us, 90000);
	assert_int_equal(r.s.first_byte_us, 200000);
	assert_int_equal(r.s.first_token_us, 1000000);
	assert_int_equal(r.s.longest_gap_us, 700000);
	assert_int_equal(r.s.end_us, 2000000);
	assert_int_equal(r.s.tokens_in, -1);
	assert_int_equal(r.s.tokens_out, 3);
	assert_string_equal(r.s.finish, "stop");
	assert_string_equal(r.s.evidence, "");
	assert_string_equal(r.s.message, "");
	assert_int_equal(r.s.flags, FLAG_QUEUED | FLAG_COST_ESTIMATED);
	assert_int_equal(r.s.retry_after_ms, -1);
}

static void one_token_has_no_gap(void **state)
{
	struct run r;

	(void)state;
	good(&r, TOKEN("12") FINISH("stop") DONE);
	finish(&r, 600, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	assert_int_equal(r.s.longest_gap_us, NOT_REACHED);
}

static void reasoning_is_a_token_and_text_makes_it_whole(void **state)
{
	struct run r;

	(void)state;
	good(&r, THOUGHT("seven"));
	bytes(&r, 900, TOKEN("12") FINISH("stop") DONE);
	finish(&r, 1000, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	assert_int_equal(r.s.first_token_us, 500000);
	assert_int_equal(r.s.flags & FLAG_REASONING_ONLY, 0);
	assert_int_equal(r.s.tokens_out, 2);
}

static void the_request_carries_limits_and_a_secret_only_in_its_header(void **state)
{
	struct secret *proxy = secret_new("http://u:p@proxy.example:3128", 29);
	struct request rq;
	struct run r;
	bool found = false;

	(void)state;
	begin(&r);
	r.t.proxy = proxy;
	start(&r);
	exchange_request(r.x, &rq);
	assert_string_equal(rq.url, r.t.url);
	assert_string_equal(rq.proxy, "http://u:p@proxy.example:3128");
	assert_true(rq.cold);
	assert_int_equal(rq.max_body_bytes, EXCHANGE_MAX_BODY);
	assert_int_equal(rq.connect_backstop_ms, 5000);
	assert_true(rq.backstop_ms > 30000);
	assert_false(span_contains(str_span(&rq.body), span_of(FIXTURE_KEY)));
	for (size_t i = 0; i < rq.n_headers; i++)
		found |= strcmp(rq.headers[i].value, "Bearer " FIXTURE_KEY) == 0;
	assert_true(found);
	request_fini(&rq);
	finish(&r, 1, WIRE_LOCAL, PHASE_DNS);
	secret_free(proxy);
	begin(&r);
	r.t.connection = CONNECTION_WARM;
	start(&r);
	exchange_request(r.x, &rq);
	assert_false(rq.cold);
	assert_null(rq.proxy);
	request_fini(&rq);
	finish(&r, 1, WIRE_LOCAL, PHASE_DNS);
}

static void silence_before_the_head_is_timeout_first_byte(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	deadline(&r, 10000);
	finish(&r, 10001, WIRE_ABORTED, PHASE_SENT);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_FIRST_BYTE);
	assert_string_equal(r.s.message, "no answer within 10 s");
	assert_int_equal(r.s.first_byte_us, NOT_REACHED);
	assert_int_equal(r.s.end_us, 10001000);
	assert_int_equal(r.s.http_status, 0);
}

static void still_connecting_then_is_timeout_connect(void **state)
{
	static const enum wire_phase phases[] = {PHASE_DNS, PHASE_CONNECT, PHASE_TLS};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct run r;

		begin(&r);
		start(&r);
		deadline(&r, 10000);
		finish(&r, 10001, WIRE_ABORTED, phases[i]);
		assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_CONNECT);
	}
}

static void the_clients_connect_limit_is_timeout_connect_too(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	finish(&r, 5000, WIRE_TIMEOUT, PHASE_CONNECT);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_CONNECT);
	assert_string_equal(r.s.message, "words of the library");
	assert_int_equal(r.s.connect_us, NOT_REACHED);
}

static void comments_and_empty_deltas_are_no_token(void **state)
{
	struct run r;

	(void)state;
	good(&r, TOKEN(""));
	for (int64_t ms = 1000; ms < 20000; ms += 1000)
		bytes(&r, ms, ": keep-alive\n\n" TOKEN(""));
	deadline(&r, 20000);
	finish(&r, 20001, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_FIRST_TOKEN);
	assert_string_equal(r.s.message, "no token within 20 s, 19 keep-alive comments");
	assert_int_equal(r.s.flags & FLAG_QUEUED, FLAG_QUEUED);
	assert_int_equal(r.s.first_byte_us, 200000);
	assert_int_equal(r.s.first_token_us, NOT_REACHED);
}

static void a_gap_after_a_token_is_stalled(void **state)
{
	struct run r;

	(void)state;
	good(&r, TOKEN("1"));
	bytes(&r, 5000, TOKEN("2"));
	/* What is no token does not move the deadline. */
	bytes(&r, 9000, ": keep-alive\n\n" TOKEN(""));
	deadline(&r, 15000);
	finish(&r, 15001, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_STALLED);
	assert_int_equal(r.s.longest_gap_us, 4500000);
	assert_int_equal(r.s.flags & FLAG_QUEUED, 0);
}

static void one_token_a_while_ends_at_the_whole_time(void **state)
{
	struct run r;

	(void)state;
	good(&r, TOKEN("1"));
	for (int64_t ms = 5000; ms < 30000; ms += 5000)
		bytes(&r, ms, TOKEN("1"));
	deadline(&r, 30000);
	finish(&r, 30001, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_TOTAL);
}

static void the_phase_wins_a_tie_with_the_whole_time(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	r.t.timeouts.total_ms = r.t.timeouts.first_byte_ms;
	start(&r);
	deadline(&r, 10000);
	finish(&r, 10000, WIRE_ABORTED, PHASE_SENT);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_FIRST_BYTE);
	begin(&r);
	r.t.timeouts.total_ms = 9999;
	start(&r);
	deadline(&r, 9999);
	finish(&r, 10000, WIRE_ABORTED, PHASE_SENT);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_TOTAL);
}

static void a_limit_of_zero_is_no_limit(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	memset(&r.t.timeouts, 0, sizeof(r.t.timeouts));
	start(&r);
	assert_int_equal(exchange_deadline(r.x).us, INT64_MAX);
	assert_int_equal(exchange_on_time(r.x, at(1000000)), EXCHANGE_MORE);
	finish(&r, 1000001, WIRE_REFUSED, PHASE_CONNECT);
	assert_int_equal(r.s.outcome, OUTCOME_REFUSED);
}

static void an_error_status_says_more_than_the_silence_behind_it(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 200, 503, JSON "\nretry-after: 7\nx-request-id: rid-1");
	bytes(&r, 300, "{\"error\":{\"mess");
	deadline(&r, 20000);
	finish(&r, 20001, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OVERLOADED);
	assert_int_equal(r.s.http_status, 503);
	assert_int_equal(r.s.retry_after_ms, 7000);
	assert_string_equal(r.s.request_id, "rid-1");
	assert_string_equal(r.s.evidence, "{\"error\":{\"mess");
}

static void a_finish_reason_says_more_than_the_silence_behind_it(void **state)
{
	struct run r;

	(void)state;
	good(&r, TOKEN("12"));
	bytes(&r, 2000, FINISH("stop"));
	deadline(&r, 12000);
	finish(&r, 12001, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	assert_int_equal(r.s.flags & FLAG_NO_DONE, FLAG_NO_DONE);
}

static void a_page_says_more_than_the_silence_behind_it(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 200, 200, "content-type: text/html");
	bytes(&r, 300, " \n<html><title>Sign in</title>");
	deadline(&r, 20000);
	finish(&r, 20001, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_MALFORMED);
	assert_string_equal(r.s.message, "Sign in");
}

static void half_a_body_in_silence_is_timeout_first_token(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 200, 200, JSON);
	bytes(&r, 300, "{\"choices\":[{\"mess");
	deadline(&r, 20000);
	finish(&r, 20001, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_FIRST_TOKEN);
}

static void bytes_behind_a_deadline_that_nobody_saw_are_taken(void **state)
{
	struct run r;

	(void)state;
	good(&r, TOKEN(""));
	bytes(&r, 25000, TOKEN("12") FINISH("stop") DONE);
	finish(&r, 25001, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	assert_int_equal(r.s.first_token_us, 25000000);
}

static void giving_up_is_local_unless_the_answer_was_there(void **state)
{
	struct run r;

	(void)state;
	good(&r, TOKEN("1"));
	exchange_give_up(r.x, "shutting down");
	finish(&r, 600, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_LOCAL);
	assert_string_equal(r.s.message, "shutting down");
	good(&r, TOKEN("12") FINISH("stop"));
	exchange_give_up(r.x, "shutting down");
	finish(&r, 600, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	begin(&r);
	start(&r);
	deadline(&r, 10000);
	exchange_give_up(r.x, "shutting down");
	finish(&r, 10001, WIRE_ABORTED, PHASE_SENT);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_FIRST_BYTE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(phases_of_a_good_answer_are_measured),
	    cmocka_unit_test(one_token_has_no_gap),
	    cmocka_unit_test(reasoning_is_a_token_and_text_makes_it_whole),
	    cmocka_unit_test(the_request_carries_limits_and_a_secret_only_in_its_header),
	    cmocka_unit_test(silence_before_the_head_is_timeout_first_byte),
	    cmocka_unit_test(still_connecting_then_is_timeout_connect),
	    cmocka_unit_test(the_clients_connect_limit_is_timeout_connect_too),
	    cmocka_unit_test(comments_and_empty_deltas_are_no_token),
	    cmocka_unit_test(a_gap_after_a_token_is_stalled),
	    cmocka_unit_test(one_token_a_while_ends_at_the_whole_time),
	    cmocka_unit_test(the_phase_wins_a_tie_with_the_whole_time),
	    cmocka_unit_test(a_limit_of_zero_is_no_limit),
	    cmocka_unit_test(an_error_status_says_more_than_the_silence_behind_it),
	    cmocka_unit_test(a_finish_reason_says_more_than_the_silence_behind_it),
	    cmocka_unit_test(a_page_says_more_than_the_silence_behind_it),
	    cmocka_unit_test(half_a_body_in_silence_is_timeout_first_token),
	    cmocka_unit_test(bytes_behind_a_deadline_that_nobody_saw_are_taken),
	    cmocka_unit_test(giving_up_is_local_unless_the_answer_was_there),
	};

	return cmocka_run_group_tests_name("probes/exchange", tests, NULL, NULL);
}
