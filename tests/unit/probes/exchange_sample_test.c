/* SPDX-License-Identifier: MIT
 *
 * Limits on what may come in, and what of it all is on the sample.
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

static void endless_bodies_are_too_large(void **state)
{
	static const struct {
		int status;
		const char *headers, *block;
	} rows[] = {
	    {200, SSE,		       ": x\n"           },
	    {200, SSE,		       "data: {}\n\n"    },
	    {200, SSE,		       "aaaaaaaa"        },
	    {200, JSON,                      "[[[[[["          },
	    {200, "content-type: text/html", "<p>x</p>"        },
	    {200, "",			"\n\n\n\n\n\n\n\n"},
	    {500, "",			"error"           },
	};
	struct run r;

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str block;
		int64_t fed = 0;

		str_init(&block, 1 << 16);
		while (!block.cut)
			str_adds(&block, rows[i].block);
		begin(&r);
		start(&r);
		head(&r, 200, rows[i].status, rows[i].headers);
		while (r.next == EXCHANGE_MORE) {
			r.next = exchange_on_bytes(r.x, at(300), str_span(&block));
			fed += (int64_t)block.len;
			assert_true(fed <= EXCHANGE_MAX_BODY + (int64_t)block.len);
		}
		finish(&r, 400, WIRE_ABORTED, PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_TOO_LARGE);
		assert_true(strlen(r.s.evidence) <= SAMPLE_EVIDENCE_BYTES);
		str_fini(&block);
	}
}

static void the_limit_counts_bytes_and_not_pieces(void **state)
{
	struct run r;
	struct str all;

	(void)state;
	str_init(&all, (size_t)EXCHANGE_MAX_BODY + 1);
	str_adds(&all, TOKEN("12") FINISH("stop"));
	while (!all.cut)
		str_addf(&all, ": %4000s\n", "filling");
	assert_int_equal(all.len, EXCHANGE_MAX_BODY + 1);
	good(&r, "");
	r.next = exchange_on_bytes(
	    r.x, at(500), (struct span){all.data, (size_t)EXCHANGE_MAX_BODY});
	assert_int_equal(r.next, EXCHANGE_MORE);
	finish(&r, 600, WIRE_DONE, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	good(&r, "");
	r.next = exchange_on_bytes(r.x, at(500), str_span(&all));
	assert_int_equal(r.next, EXCHANGE_ENOUGH);
	finish(&r, 600, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_TOO_LARGE);
	str_fini(&all);
}

static void sixty_thousand_brackets_are_no_answer(void **state)
{
	struct str body;
	struct run r;

	(void)state;
	str_init(&body, 300000);
	str_adds(&body, "data: ");
	for (int i = 0; i < 60000; i++)
		str_addc(&body, '[');
	str_adds(&body, "\n\n");
	good(&r, "");
	r.next = exchange_on_bytes(r.x, at(500), str_span(&body));
	finish(&r, 600, WIRE_DONE, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_MALFORMED);
	str_fini(&body);
}

static void late_loops_are_flagged_by_their_share(void **state)
{
	static const struct {
		int64_t end_ms, lag_us;
		bool late;
	} rows[] = {
	    {1000,  250000,  false},
	    {1000,  250001,  true },
	    {10000, 1000000, false},
	    {10000, 1000001, true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wire_end end = fixture_end(WIRE_REFUSED, PHASE_CONNECT);
		struct run r;

		begin(&r);
		start(&r);
		exchange_finish(r.x, at(rows[i].end_ms), &end, rows[i].lag_us, &r.s);
		assert_int_equal(r.s.lag_us, rows[i].lag_us);
		assert_int_equal((r.s.flags & FLAG_LOOP_LATE) != 0, rows[i].late);
		exchange_free(r.x);
		secret_free(r.key);
	}
}

static void phases_never_go_back(void **state)
{
	struct wire_end end = fixture_end(WIRE_DONE, PHASE_BODY);
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 80, 200, SSE);
	bytes(&r, 85, TOKEN("12") FINISH("stop"));
	end.dns_us = 50000;
	end.connect_us = 40000;
	end.tls_us = 90000;
	end.reused = true;
	end.cert_expiry_s = 1800000000;
	exchange_finish(r.x, at(86), &end, 0, &r.s);
	assert_int_equal(r.s.dns_us, 50000);
	assert_int_equal(r.s.connect_us, 50000);
	assert_int_equal(r.s.tls_us, 90000);
	assert_int_equal(r.s.first_byte_us, 90000);
	assert_int_equal(r.s.first_token_us, 90000);
	assert_int_equal(r.s.end_us, 90000);
	assert_true(r.s.reused);
	assert_int_equal(r.s.cert_expiry_s, 1800000000);
	exchange_free(r.x);
	secret_free(r.key);
}

static void a_phase_that_was_skipped_stays_unreached(void **state)
{
	struct wire_end end = fixture_end(WIRE_DONE, PHASE_BODY);
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 80, 200, SSE);
	bytes(&r, 85, TOKEN("12") FINISH("stop"));
	end.dns_us = end.connect_us = end.tls_us = NOT_REACHED;
	exchange_finish(r.x, at(86), &end, 0, &r.s);
	assert_int_equal(r.s.dns_us, NOT_REACHED);
	assert_int_equal(r.s.tls_us, NOT_REACHED);
	assert_int_equal(r.s.first_byte_us, 80000);
	exchange_free(r.x);
	secret_free(r.key);
}

static void another_model_is_flagged_a_dated_name_is_not(void **state)
{
	static const struct {
		const char *returned;
		bool differs;
	} rows[] = {
	    {"house-model",            false},
	    {"House-Model-2026-09-01", false},
	    {"org/house-model",        false},
	    {"house",                  true },
	    {"other",                  true },
	    {"",		       false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char body[256];
		struct run r;

		snprintf(body, sizeof(body),
		    "data: {\"model\":\"%s\",\"choices\":[{\"delta\":{\"content\":\"12\"},"
		    "\"finish_reason\":\"stop\"}]}\n\n",
		    rows[i].returned);
		good(&r, body);
		finish(&r, 600, WIRE_DONE, PHASE_BODY);
		assert_string_equal(r.s.returned_model, rows[i].returned);
		assert_int_equal((r.s.flags & FLAG_MODEL_DIFFERS) != 0, rows[i].differs);
	}
}

/* Wherever a provider may put it, the key it was sent does not reach the sample. */
static void the_key_is_echoed_by_the_provider_and_never_kept(void **state)
{
	static const char *const bodies[] = {
	    "{\"error\":{\"message\":\"bad key " FIXTURE_KEY "\",\"code\":\"" FIXTURE_KEY
	    "\"},\"id\":\"" FIXTURE_KEY "\"}",
	    "bad key " FIXTURE_KEY,
	    "<html><title>" FIXTURE_KEY "</title>",
	    "data: {\"model\":\"" FIXTURE_KEY "\",\"id\":\"" FIXTURE_KEY
	    "\",\"choices\":[{\"delta\":{\"content\":\"" FIXTURE_KEY
	    "\"},\"finish_reason\":\"" FIXTURE_KEY "\"}]}\n\n",
	};
	static const int statuses[] = {200, 301, 401, 500};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		for (size_t k = 0; k < 4; k++) {
			struct run r;

			begin(&r);
			r.t.expect = EXPECT_EQUALS;
			r.t.expect_text = "no";
			start(&r);
			head(&r, 200, statuses[k],
			    "x-request-id: " FIXTURE_KEY
			    "\nlocation: http://x/" FIXTURE_KEY);
			bytes(&r, 300, bodies[i]);
			finish(&r, 400, WIRE_DONE, PHASE_BODY);
			for (size_t n = 0; n + 8 <= sizeof(r.s); n++)
				assert_memory_not_equal(
				    (const char *)&r.s + n, &FIXTURE_KEY[3], 8);
		}
	}
}

static void words_of_strangers_are_clean(void **state)
{
	struct run r;

	(void)state;
	begin(&r);
	start(&r);
	head(&r, 200, 500, "x-request-id: a\x1b]0;b");
	bytes(&r, 300, "{\"error\":{\"message\":\"\\u001b[31mred\\nblue\"}}");
	finish(&r, 400, WIRE_DONE, PHASE_BODY);
	assert_string_equal(r.s.message, "[31mred blue");
	assert_string_equal(r.s.request_id, "a]0;b");
}

static void what_it_cost_is_on_the_sample(void **state)
{
	struct run r;

	(void)state;
	good(&r,
	    TOKEN("12") "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}],"
			"\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":3}}\n\n");
	finish(&r, 600, WIRE_DONE, PHASE_BODY);
	assert_int_equal(r.s.tokens_in, 10);
	assert_int_equal(r.s.tokens_out, 3);
	assert_int_equal(r.s.cost_nano, 10 * 100 + 3 * 400);
	assert_string_equal(r.s.currency, "USD");
	assert_int_equal(r.s.flags & FLAG_COST_ESTIMATED, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(endless_bodies_are_too_large),
	    cmocka_unit_test(the_limit_counts_bytes_and_not_pieces),
	    cmocka_unit_test(sixty_thousand_brackets_are_no_answer),
	    cmocka_unit_test(late_loops_are_flagged_by_their_share),
	    cmocka_unit_test(phases_never_go_back),
	    cmocka_unit_test(a_phase_that_was_skipped_stays_unreached),
	    cmocka_unit_test(another_model_is_flagged_a_dated_name_is_not),
	    cmocka_unit_test(the_key_is_echoed_by_the_provider_and_never_kept),
	    cmocka_unit_test(words_of_strangers_are_clean),
	    cmocka_unit_test(what_it_cost_is_on_the_sample),
	};

	return cmocka_run_group_tests_name("probes/exchange_sample", tests, NULL, NULL);
}
