/* SPDX-License-Identifier: MIT
 *
 * How each end of a transfer and each kind of answer is taken, and that every outcome
 * can come out of an exchange.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probes/exchange.h"
#include "tests/unit/probes/exchange_run.h"

static void a_connection_lost_before_the_body_is_reset(void **state)
{
	static const enum wire losses[] = {WIRE_RESET, WIRE_PARTIAL};
	struct run r;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(&r);
		start(&r);
		finish(&r, 300, losses[i], PHASE_SENT);
		assert_int_equal(r.s.outcome, OUTCOME_RESET);
		assert_string_equal(r.s.message, "words of the library");
		begin(&r);
		start(&r);
		head(&r, 200, 200, SSE);
		finish(&r, 300, losses[i], PHASE_HEAD);
		assert_int_equal(r.s.outcome, OUTCOME_RESET);
		assert_int_equal(r.s.http_status, 200);
	}
}

static void a_connection_lost_inside_the_body_is_truncated(void **state)
{
	static const enum wire losses[] = {WIRE_RESET, WIRE_PARTIAL, WIRE_DONE};
	struct run r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		good(&r, TOKEN("1"));
		finish(&r, 600, losses[i], PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_TRUNCATED);
		good(&r, TOKEN(""));
		finish(&r, 600, losses[i], PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_TRUNCATED);
		good(&r, ": keep-alive\n\n" TOKEN(""));
		finish(&r, 600, losses[i], PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_TRUNCATED);
		good(&r, "da");
		finish(&r, 600, losses[i], PHASE_BODY);
		assert_int_equal(r.s.outcome,
		    losses[i] == WIRE_DONE ? OUTCOME_MALFORMED : OUTCOME_TRUNCATED);
	}
}

static void comments_and_then_a_hang_up_are_overloaded(void **state)
{
	static const enum wire ends[] = {WIRE_RESET, WIRE_PARTIAL, WIRE_DONE};
	struct run r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		good(&r, ": keep-alive\n\n: keep-alive\n\n");
		finish(&r, 600, ends[i], PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_OVERLOADED);
		assert_int_equal(r.s.flags & FLAG_QUEUED, FLAG_QUEUED);
	}
}

/* "empty lines" is how a queue keeps alive who waits for an answer in one piece. */
static void blank_lines_and_then_a_hang_up_are_overloaded(void **state)
{
	static const enum wire ends[] = {WIRE_RESET, WIRE_PARTIAL, WIRE_DONE};
	struct run r;

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		begin(&r);
		start(&r);
		head(&r, 200, 200, JSON);
		bytes(&r, 500, "\n\n");
		bytes(&r, 900, "\n");
		finish(&r, 950, ends[i], PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_OVERLOADED);
		assert_int_equal(r.s.flags & FLAG_QUEUED, FLAG_QUEUED);
	}
}

static void a_close_inside_the_first_event_is_truncated(void **state)
{
	struct run r;

	(void)state;
	good(&r, "data: {\"id\":\"x\",\"choi");
	finish(&r, 600, WIRE_DONE, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_TRUNCATED);
	good(&r, "data: {\"id\":\"x\",\"choi\n\n");
	finish(&r, 600, WIRE_DONE, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_MALFORMED);
}

static void an_answer_that_was_complete_survives_any_end(void **state)
{
	static const enum wire ends[] = {WIRE_DONE, WIRE_PARTIAL, WIRE_RESET,
	    WIRE_TIMEOUT, WIRE_STALLED, WIRE_HEADERS, WIRE_ABORTED, WIRE_LOCAL};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		good(&r, TOKEN("12") FINISH("stop"));
		finish(&r, 600, ends[i], PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_OK);
		assert_int_equal(r.s.flags & FLAG_NO_DONE, FLAG_NO_DONE);
		good(&r, TOKEN("12") DONE);
		finish(&r, 600, ends[i], PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_OK);
		assert_int_equal(r.s.flags & FLAG_NO_DONE, 0);
	}
}

static void ends_without_an_answer_keep_their_names(void **state)
{
	static const struct {
		enum wire wire;
		enum wire_phase phase;
		enum outcome outcome;
	} ends[] = {
	    {WIRE_DNS,       PHASE_DNS,     OUTCOME_DNS      },
	    {WIRE_DNS_LOCAL, PHASE_DNS,     OUTCOME_LOCAL    },
	    {WIRE_REFUSED,   PHASE_CONNECT, OUTCOME_REFUSED  },
	    {WIRE_CONNECT,   PHASE_CONNECT, OUTCOME_CONNECT  },
	    {WIRE_NO_ROUTE,  PHASE_CONNECT, OUTCOME_LOCAL    },
	    {WIRE_TLS,       PHASE_TLS,     OUTCOME_TLS      },
	    {WIRE_STALLED,   PHASE_SENT,    OUTCOME_STALLED  },
	    {WIRE_HEADERS,   PHASE_SENT,    OUTCOME_MALFORMED},
	    {WIRE_ENCODED,   PHASE_HEAD,    OUTCOME_MALFORMED},
	    {WIRE_PROTOCOL,  PHASE_SENT,    OUTCOME_MALFORMED},
	    {WIRE_PROXY,     PHASE_CONNECT, OUTCOME_LOCAL    },
	    {WIRE_LOCAL,     PHASE_DNS,     OUTCOME_LOCAL    },
	    {WIRE_ABORTED,   PHASE_DNS,     OUTCOME_LOCAL    },
	};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		begin(&r);
		start(&r);
		finish(&r, 300, ends[i].wire, ends[i].phase);
		assert_int_equal(r.s.outcome, ends[i].outcome);
		assert_string_equal(r.s.message, "words of the library");
		assert_string_equal(r.s.evidence, "");
	}
}

static void misdeeds_inside_a_good_head_keep_their_names(void **state)
{
	static const struct {
		enum wire wire;
		enum outcome outcome;
	} ends[] = {
	    {WIRE_TIMEOUT,   OUTCOME_TIMEOUT_FIRST_TOKEN},
	    {WIRE_STALLED,   OUTCOME_STALLED            },
	    {WIRE_TOO_LARGE, OUTCOME_TOO_LARGE          },
	    {WIRE_HEADERS,   OUTCOME_MALFORMED          },
	    {WIRE_ENCODED,   OUTCOME_MALFORMED          },
	    {WIRE_PROTOCOL,  OUTCOME_MALFORMED          },
	    {WIRE_LOCAL,     OUTCOME_LOCAL              },
	};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		good(&r, TOKEN(""));
		finish(&r, 600, ends[i].wire, PHASE_BODY);
		assert_int_equal(r.s.outcome, ends[i].outcome);
	}
	/* Under an error status only endless bodies and headers count for more. */
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		begin(&r);
		start(&r);
		head(&r, 200, 429, "");
		finish(&r, 600, ends[i].wire, PHASE_BODY);
		if (ends[i].wire == WIRE_TOO_LARGE || ends[i].wire == WIRE_HEADERS)
			assert_int_equal(r.s.outcome, ends[i].outcome);
		else
			assert_int_equal(r.s.outcome, OUTCOME_RATE_LIMITED);
	}
	good(&r, TOKEN("1"));
	finish(&r, 600, WIRE_TIMEOUT, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_TOTAL);
}

static void an_expected_word_that_is_missing_is_wrong_answer(void **state)
{
	struct run r;

	(void)state;
	for (int i = 0; i < 2; i++) {
		begin(&r);
		r.q.expected[0] = '\0';
		r.t.prompt = "Reply with OK.";
		r.t.expect = EXPECT_CONTAINS;
		r.t.expect_text = i == 0 ? "OK" : "12";
		start(&r);
		head(&r, 200, 200, SSE);
		bytes(&r, 500, TOKEN("It is ") TOKEN("12") FINISH("stop") DONE);
		finish(&r, 600, WIRE_ABORTED, PHASE_BODY);
		assert_int_equal(r.s.outcome, i == 0 ? OUTCOME_WRONG_ANSWER : OUTCOME_OK);
		assert_string_equal(r.s.evidence, i == 0 ? "It is 12" : "");
	}
}

static void finish_reasons_decide_behind_good_tokens(void **state)
{
	static const struct {
		const char *body;
		enum outcome outcome;
	} rows[] = {
	    {TOKEN("1") FINISH("insufficient_system_resource") DONE, OUTCOME_OVERLOADED      },
	    {TOKEN("1") FINISH("content_filter"),                    OUTCOME_CONTENT_FILTERED},
	    {TOKEN("1") FINISH("error"),                             OUTCOME_ERROR_IN_STREAM },
	    {FINISH("stop"),					 OUTCOME_EMPTY           },
	    {DONE,						   OUTCOME_EMPTY           },
	    {THOUGHT("hm") FINISH("length") DONE,                    OUTCOME_OK              },
	};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		good(&r, rows[i].body);
		finish(&r, 600, WIRE_DONE, PHASE_BODY);
		assert_int_equal(r.s.outcome, rows[i].outcome);
	}
	assert_int_equal(r.s.flags & FLAG_REASONING_ONLY, FLAG_REASONING_ONLY);
}

static void refusals_of_every_kind_come_out(void **state)
{
	static const struct {
		int status;
		const char *body;
		enum outcome outcome;
	} rows[] = {
	    {429, "",			OUTCOME_RATE_LIMITED      },
	    {402, "",			OUTCOME_QUOTA             },
	    {401, "",			OUTCOME_AUTH              },
	    {403, "{\"error\":\"region\"}",  OUTCOME_FORBIDDEN_REGION  },
	    {400, "{}",                      OUTCOME_BAD_REQUEST       },
	    {404, "{\"error\":\"model\"}",   OUTCOME_MODEL_GONE        },
	    {451, "{\"error\":\"content\"}", OUTCOME_CONTENT_FILTERED  },
	    {500, "<html>",                  OUTCOME_HTTP_5XX          },
	    {408, "",			OUTCOME_TIMEOUT_FIRST_BYTE},
	    {407, "",			OUTCOME_LOCAL             },
	};
	static const enum wire ends[] = {
	    WIRE_DONE, WIRE_PARTIAL, WIRE_RESET, WIRE_ABORTED};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		for (size_t k = 0; k < 4; k++) {
			begin(&r);
			start(&r);
			head(&r, 200, rows[i].status, "");
			bytes(&r, 300, rows[i].body);
			assert_int_equal(r.next, EXCHANGE_MORE);
			finish(&r, 400, ends[k], PHASE_BODY);
			assert_int_equal(r.s.outcome, rows[i].outcome);
			assert_int_equal(r.s.http_status, rows[i].status);
		}
	}
}

static void a_redirect_ends_at_its_head(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 200, 301, "location: http://u:secret@169.254.169.254/x");
	assert_int_equal(r.next, EXCHANGE_ENOUGH);
	finish(&r, 300, WIRE_ABORTED, PHASE_HEAD);
	assert_int_equal(r.s.outcome, OUTCOME_REDIRECTED);
	assert_string_equal(r.s.message, "Location: http://***@169.254.169.254/x");
}

static void an_encoded_answer_ends_at_its_head(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 200, 200, SSE "\nContent-Encoding: identity");
	assert_int_equal(r.next, EXCHANGE_MORE);
	finish(&r, 300, WIRE_RESET, PHASE_HEAD);
	begin(&r);
	start(&r);
	head(&r, 200, 200, SSE "\nContent-Encoding: br");
	assert_int_equal(r.next, EXCHANGE_ENOUGH);
	finish(&r, 300, WIRE_ABORTED, PHASE_HEAD);
	assert_int_equal(r.s.outcome, OUTCOME_MALFORMED);
}

/* clang-format off */
static const struct {
	enum outcome outcome;
	int status;       /* 0: no head */
	const char *body;
	int64_t deadline; /* ms of the deadline that passes; 0: none */
	enum wire wire;
	enum wire_phase phase;
} coverage[] = {
	{OUTCOME_OK, 200, TOKEN("12") FINISH("stop") DONE, 0, WIRE_ABORTED, PHASE_BODY},
	{OUTCOME_HTTP_5XX, 500, "", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_OVERLOADED, 503, "", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_ERROR_IN_STREAM, 200, "data: {\"error\":{}, \"object\":\"error\"}\n\n", 0,
	 WIRE_ABORTED, PHASE_BODY},
	{OUTCOME_MALFORMED, 200, "<html>", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_TOO_LARGE, 200, TOKEN("1"), 0, WIRE_TOO_LARGE, PHASE_BODY},
	{OUTCOME_EMPTY, 200, DONE, 0, WIRE_ABORTED, PHASE_BODY},
	{OUTCOME_WRONG_ANSWER, 200, TOKEN("13") DONE, 0, WIRE_ABORTED, PHASE_BODY},
	{OUTCOME_DNS, 0, "", 0, WIRE_DNS, PHASE_DNS},
	{OUTCOME_REFUSED, 0, "", 0, WIRE_REFUSED, PHASE_CONNECT},
	{OUTCOME_CONNECT, 0, "", 0, WIRE_CONNECT, PHASE_CONNECT},
	{OUTCOME_TLS, 0, "", 0, WIRE_TLS, PHASE_TLS},
	{OUTCOME_RESET, 0, "", 0, WIRE_RESET, PHASE_SENT},
	{OUTCOME_TIMEOUT_CONNECT, 0, "", 10000, WIRE_ABORTED, PHASE_CONNECT},
	{OUTCOME_TIMEOUT_FIRST_BYTE, 0, "", 10000, WIRE_ABORTED, PHASE_SENT},
	{OUTCOME_TIMEOUT_FIRST_TOKEN, 200, TOKEN(""), 20000, WIRE_ABORTED, PHASE_BODY},
	{OUTCOME_STALLED, 200, TOKEN("1"), 10500, WIRE_ABORTED, PHASE_BODY},
	{OUTCOME_TIMEOUT_TOTAL, 200, TOKEN("1"), 0, WIRE_TIMEOUT, PHASE_BODY},
	{OUTCOME_TRUNCATED, 200, TOKEN("1"), 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_RATE_LIMITED, 429, "", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_QUOTA, 402, "", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_AUTH, 401, "", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_FORBIDDEN_REGION, 403, "{\"error\":\"region\"}", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_BAD_REQUEST, 400, "", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_MODEL_GONE, 404, "{\"error\":\"no model\"}", 0, WIRE_DONE, PHASE_BODY},
	{OUTCOME_CONTENT_FILTERED, 200, TOKEN("1") FINISH("content_filter") DONE, 0,
	 WIRE_ABORTED, PHASE_BODY},
	{OUTCOME_REDIRECTED, 302, "", 0, WIRE_ABORTED, PHASE_HEAD},
	{OUTCOME_LOCAL, 0, "", 0, WIRE_NO_ROUTE, PHASE_CONNECT},
};
/* clang-format on */
_Static_assert(sizeof(coverage) / sizeof(coverage[0]) == OUTCOME_COUNT, "all outcomes");

static void every_outcome_comes_out_of_an_exchange(void **state)
{
	(void)state;
	for (int i = 0; i < OUTCOME_COUNT; i++) {
		struct run r;

		begin(&r);
		r.t.expect = EXPECT_CONTAINS;
		r.t.expect_text = "12";
		start(&r);
		if (coverage[i].status != 0) {
			head(&r, 200, coverage[i].status, "");
			bytes(&r, 500, coverage[i].body);
		}
		if (coverage[i].deadline != 0)
			deadline(&r, coverage[i].deadline);
		finish(&r, 30000, coverage[i].wire, coverage[i].phase);
		assert_int_equal(coverage[i].outcome, i);
		if (r.s.outcome != coverage[i].outcome)
			fail_msg("%s, not %s", outcome_code(r.s.outcome),
			    outcome_code(coverage[i].outcome));
	}
}

static void evidence_ends_where_the_answer_ended(void **state)
{
	static const char *const heads[] = {SSE, ""};
	struct run r;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		begin(&r);
		start(&r);
		head(&r, 200, 200, heads[i]);
		bytes(&r, 500, DONE "what came behind it in the same piece");
		finish(&r, 600, WIRE_ABORTED, PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_EMPTY);
		assert_string_equal(r.s.evidence, DONE);
	}
}

static void a_large_first_piece_without_a_type_is_read_to_its_end(void **state)
{
	struct str body;
	struct run r;

	(void)state;
	str_init(&body, (size_t)1 << 20);
	while (body.len < (size_t)100 << 10)
		str_adds(&body, ": a queue that is told about in many words\n");
	str_adds(&body, "\n" TOKEN("12") FINISH("stop") DONE);
	begin(&r);
	start(&r);
	head(&r, 200, 200, "");
	bytes(&r, 500, str_c(&body));
	finish(&r, 600, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	str_fini(&body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_connection_lost_before_the_body_is_reset),
	    cmocka_unit_test(a_connection_lost_inside_the_body_is_truncated),
	    cmocka_unit_test(comments_and_then_a_hang_up_are_overloaded),
	    cmocka_unit_test(blank_lines_and_then_a_hang_up_are_overloaded),
	    cmocka_unit_test(a_close_inside_the_first_event_is_truncated),
	    cmocka_unit_test(an_answer_that_was_complete_survives_any_end),
	    cmocka_unit_test(ends_without_an_answer_keep_their_names),
	    cmocka_unit_test(misdeeds_inside_a_good_head_keep_their_names),
	    cmocka_unit_test(an_expected_word_that_is_missing_is_wrong_answer),
	    cmocka_unit_test(finish_reasons_decide_behind_good_tokens),
	    cmocka_unit_test(refusals_of_every_kind_come_out),
	    cmocka_unit_test(a_redirect_ends_at_its_head),
	    cmocka_unit_test(an_encoded_answer_ends_at_its_head),
	    cmocka_unit_test(every_outcome_comes_out_of_an_exchange),
	    cmocka_unit_test(evidence_ends_where_the_answer_ended),
	    cmocka_unit_test(a_large_first_piece_without_a_type_is_read_to_its_end),
	};

	return cmocka_run_group_tests_name("probes/exchange_end", tests, NULL, NULL);
}
