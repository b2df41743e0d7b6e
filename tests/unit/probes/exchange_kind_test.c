/* SPDX-License-Identifier: MIT
 *
 * The kinds that are no stream: what is sent, how long is waited, and the ends that a
 * recorded body cannot show.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/dialect.h"
#include "tests/unit/probes/exchange_run.h"

static const char as_json[] = "content-type: application/json";

static void begin_kind(struct run *r, const char *provider, enum probe_kind kind)
{
	begin(r);
	fixture_target(&r->t, provider, r->key);
	r->t.kind = kind;
	start(r);
}

static bool sends_key(const struct request *rq)
{
	for (size_t i = 0; i < rq->n_headers; i++) {
		if (strstr(rq->headers[i].value, FIXTURE_KEY) != NULL)
			return true;
	}
	return span_contains(str_span(&rq->body), span_of(FIXTURE_KEY)) ||
	       strstr(rq->url, FIXTURE_KEY) != NULL;
}

static void a_door_never_gets_a_key(void **state)
{
	size_t n;
	const struct dialect *const *all = dialects(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (int k = 0; k < PROBE_KIND_COUNT; k++) {
			struct provider p = *fixture_provider("locked");
			struct request rq;
			struct run r;

			if (!(all[i]->kinds & KIND(k)))
				continue;
			begin_kind(&r, "locked", (enum probe_kind)k);
			p.auth_header = all[i]->auth_header;
			p.auth_scheme = all[i]->auth_scheme;
			r.t.provider = &p;
			r.t.dialect = all[i];
			exchange_request(r.x, &rq);
			assert_int_equal(sends_key(&rq), k != PROBE_DOOR);
			assert_int_equal(strcmp(rq.method, "GET") == 0,
			    k == PROBE_MODELS || k == PROBE_HTTP);
			request_fini(&rq);
			finish(&r, 100, WIRE_LOCAL, PHASE_DNS);
		}
	}
}

static void what_is_one_document_is_waited_for_to_the_end(void **state)
{
	static const enum probe_kind plain[] = {
	    PROBE_MODELS, PROBE_DOOR, PROBE_EMBEDDING, PROBE_HTTP};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct run r;

		begin_kind(&r, "locked", plain[i]);
		deadline(&r, 10000);
		finish(&r, 10000, WIRE_ABORTED, PHASE_SENT);
		assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_FIRST_BYTE);

		begin_kind(&r, "locked", plain[i]);
		head(&r, 200, 200, as_json);
		bytes(&r, 25000, "{\"data\":[");
		assert_int_equal(r.next, EXCHANGE_MORE);
		deadline(&r, 30000);
		finish(&r, 30000, WIRE_ABORTED, PHASE_BODY);
		assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_TOTAL);

		begin_kind(&r, "locked", plain[i]);
		head(&r, 200, 200, as_json);
		finish(&r, 30000, WIRE_TIMEOUT, PHASE_HEAD);
		assert_int_equal(r.s.outcome, OUTCOME_TIMEOUT_TOTAL);
	}
}

static void an_answer_in_one_piece_has_no_first_token(void **state)
{
	struct run r;

	(void)state;
	begin_kind(&r, "plain", PROBE_CHAT);
	head(&r, 4000, 200, as_json);
	bytes(&r, 4100,
	    "{\"choices\":[{\"message\":{\"content\":\"12\"},\"finish_reason\":\"stop\"}]}");
	finish(&r, 4200, WIRE_DONE, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	assert_int_equal(r.s.first_token_us, NOT_REACHED);
	assert_int_equal(r.s.first_byte_us, 4000000);
	assert_int_equal(r.s.longest_gap_us, NOT_REACHED);
	assert_int_equal(r.s.tokens_out, 1);
}

/* Longer than anybody reads: the beginning has to do, the model is not looked for. */
static void a_list_that_is_too_long_is_still_a_list(void **state)
{
	struct run r;

	(void)state;
	begin_kind(&r, "locked", PROBE_MODELS);
	head(&r, 200, 200, as_json);
	bytes(&r, 300, "{\"object\":\"list\",\"data\":[");
	for (int i = 0; r.next == EXCHANGE_MORE && i < 200000; i++)
		bytes(&r, 400, "{\"id\":\"another-model\",\"object\":\"model\"},");
	assert_int_equal(r.next, EXCHANGE_ENOUGH);
	finish(&r, 500, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	assert_int_equal(r.s.flags, 0);

	begin_kind(&r, "locked", PROBE_MODELS);
	head(&r, 200, 200, as_json);
	for (int i = 0; r.next == EXCHANGE_MORE && i < 200000; i++)
		bytes(&r, 400, "filling filling filling filling filling filling");
	finish(&r, 500, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_MALFORMED);
}

static void an_open_list_proves_only_the_edge(void **state)
{
	struct provider p = *fixture_provider("locked");
	struct run r;

	(void)state;
	p.models_open = true;
	begin_kind(&r, "locked", PROBE_MODELS);
	r.t.provider = &p;
	head(&r, 200, 200, as_json);
	bytes(&r, 300, "{\"data\":[{\"id\":\"m1\"},{\"id\":\"\xff\"}]}");
	finish(&r, 400, WIRE_DONE, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
	assert_int_equal(r.s.flags, FLAG_EDGE_ONLY | FLAG_INVALID_UTF8);
	assert_int_equal(r.s.cost_nano, 0);
	assert_int_equal(r.s.tokens_out, -1);
}

static void a_door_that_is_lost_is_lost(void **state)
{
	static const struct {
		enum wire wire;
		enum wire_phase phase;
		enum outcome outcome;
	} ends[] = {
	    {WIRE_DNS,     PHASE_DNS,     OUTCOME_DNS    },
	    {WIRE_REFUSED, PHASE_CONNECT, OUTCOME_REFUSED},
	    {WIRE_TLS,     PHASE_TLS,     OUTCOME_TLS    },
	    {WIRE_RESET,   PHASE_SENT,    OUTCOME_RESET  },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		struct run r;

		begin_kind(&r, "locked", PROBE_DOOR);
		finish(&r, 300, ends[i].wire, ends[i].phase);
		assert_int_equal(r.s.outcome, ends[i].outcome);
	}
}

static void a_page_without_end_is_judged_by_its_beginning(void **state)
{
	struct run r;

	(void)state;
	begin_kind(&r, "page", PROBE_HTTP);
	r.t.expect = EXPECT_CONTAINS;
	r.t.expect_text = "healthy";
	head(&r, 200, 200, "");
	bytes(&r, 300, "all healthy\n");
	for (int i = 0; r.next == EXCHANGE_MORE && i < 200000; i++)
		bytes(&r, 400, "filling filling filling filling filling filling");
	finish(&r, 500, WIRE_ABORTED, PHASE_BODY);
	assert_int_equal(r.s.outcome, OUTCOME_OK);
}

static void a_heavy_question_is_long_different_and_repeats_itself(void **state)
{
	struct question q[3];
	struct str text[3];
	struct request rq;
	struct run r;
	struct rng rng;

	(void)state;
	begin_kind(&r, "plain", PROBE_HEAVY);
	r.t.heavy_tokens = 8000;
	rng_init(&rng, 5);
	for (size_t i = 0; i < 3; i++) {
		if (i < 2)
			question_make(&q[i], &r.t, &rng);
		else
			q[2] = q[1];
		str_init(&text[i], 1 << 20);
		question_text(&q[i], &r.t, &text[i]);
	}
	assert_int_equal(strcmp(str_c(&text[1]), str_c(&text[2])), 0);
	assert_int_not_equal(strncmp(str_c(&text[0]), str_c(&text[1]), 40), 0);
	assert_in_range(text[0].len, 8000 * 3, 8000 * 8);
	assert_non_null(strstr(str_c(&text[0]), q[0].text));
	request_init(&rq, "POST", r.t.url);
	r.t.dialect->build(&r.t, &q[0], &rq);
	assert_true(span_contains(str_span(&rq.body), span_of("\"stream\":true")));
	assert_true(rq.body.len > text[0].len && !rq.body.cut);
	request_fini(&rq);
	/* The longest that may be configured fits too. */
	r.t.heavy_tokens = 100000;
	request_init(&rq, "POST", r.t.url);
	r.t.dialect->build(&r.t, &q[0], &rq);
	assert_false(rq.body.cut);
	assert_true(span_contains(str_span(&rq.body), span_of(q[0].text)));
	request_fini(&rq);
	for (size_t i = 0; i < 3; i++)
		str_fini(&text[i]);
	finish(&r, 100, WIRE_LOCAL, PHASE_DNS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_door_never_gets_a_key),
	    cmocka_unit_test(what_is_one_document_is_waited_for_to_the_end),
	    cmocka_unit_test(an_answer_in_one_piece_has_no_first_token),
	    cmocka_unit_test(a_list_that_is_too_long_is_still_a_list),
	    cmocka_unit_test(an_open_list_proves_only_the_edge),
	    cmocka_unit_test(a_door_that_is_lost_is_lost),
	    cmocka_unit_test(a_page_without_end_is_judged_by_its_beginning),
	    cmocka_unit_test(a_heavy_question_is_long_different_and_repeats_itself),
	};

	return cmocka_run_group_tests_name("probes/exchange_kind", tests, NULL, NULL);
}
