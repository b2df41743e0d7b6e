/* SPDX-License-Identifier: MIT
 *
 * Requests as the simulator reads them: whole, cut anywhere, too large, or not HTTP.
 */
#include "agent/sim/sim_request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define POST                                                                             \
	"POST /p/v1/chat/completions?x=1 HTTP/1.1\r\nHost: h\r\n"                        \
	"AUTHORIZATION: Bearer k\r\ncontent-length: 4\r\n\r\nbody"

static void a_request_is_read_however_it_is_cut(void **state)
{
	const char text[] = POST "GET /next";
	size_t whole = strlen(POST);

	(void)state;
	for (size_t n = 0; n < sizeof(text); n++) {
		struct sim_request rq;
		enum sim_read read = sim_request_read((struct span){text, n}, &rq);

		assert_int_equal(read, n < whole ? SIM_READ_MORE : SIM_READ_READY);
		if (read != SIM_READ_READY)
			continue;
		assert_int_equal(rq.used, whole);
		assert_true(span_eq(rq.method, "POST"));
		assert_true(span_eq(rq.path, "/p/v1/chat/completions"));
		assert_true(span_eq(rq.query, "x=1"));
		assert_true(span_eq(rq.body, "body"));
		assert_true(
		    span_eq(sim_request_header(&rq, "authorization"), "Bearer k"));
		assert_int_equal(sim_request_header(&rq, "x-none").n, 0);
		assert_true(rq.keep_alive);
	}
}

static void connection_close_is_obeyed(void **state)
{
	struct sim_request rq;

	(void)state;
	assert_int_equal(
	    sim_request_read(span_of("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n"), &rq),
	    SIM_READ_READY);
	assert_false(rq.keep_alive);
	assert_int_equal(
	    sim_request_read(span_of("GET / HTTP/1.0\r\n\r\n"), &rq), SIM_READ_READY);
	assert_false(rq.keep_alive);
}

static void what_is_no_request_is_bad(void **state)
{
	static const char *const bad[] = {"hello\r\n\r\n", "GET / HTTP/2\r\n\r\n",
	    "GET x HTTP/1.1\r\n\r\n", "GET / HTTP/1.1\r\nno colon\r\n\r\n",
	    "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
	    "POST / HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n",
	    "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", "\r\n\r\n"};
	struct sim_request rq;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(sim_request_read(span_of(bad[i]), &rq), SIM_READ_BAD);
}

static void limits_hold(void **state)
{
	struct sim_request rq;
	struct str s;

	(void)state;
	str_init(&s, (size_t)64 << 10);
	str_adds(&s, "GET / HTTP/1.1\r\nX: ");
	while (s.len <= SIM_REQUEST_MAX_HEAD)
		str_addc(&s, 'x');
	assert_int_equal(sim_request_read(str_span(&s), &rq), SIM_READ_BAD);
	str_reset(&s);
	str_adds(&s, "GET / HTTP/1.1\r\n");
	for (int i = 0; i < SIM_REQUEST_MAX_HEADERS + 1; i++)
		str_adds(&s, "a: b\r\n");
	str_adds(&s, "\r\n");
	assert_int_equal(sim_request_read(str_span(&s), &rq), SIM_READ_BAD);
	str_fini(&s);
}

static void the_sum_is_found_in_the_last_message(void **state)
{
	struct sim_question q;

	(void)state;
	assert_true(sim_question_read(
	    span_of("{\"model\":\"m\",\"stream\":true,\"messages\":[{\"role\":\"system\","
		    "\"content\":\"1 2\"},{\"role\":\"user\",\"content\":"
		    "\"What is 45 + 17? Reply with the number only.\"}]}"),
	    &q));
	assert_true(q.stream);
	assert_true(q.has_sum);
	assert_int_equal(q.sum, 62);
	assert_string_equal(q.model, "m");
	assert_true(sim_question_read(
	    span_of("{\"model\":\"m\",\"messages\":[{\"content\":\"Say OK 1\"}]}"), &q));
	assert_false(q.stream);
	assert_false(q.has_sum);
	assert_false(sim_question_read(span_of("{\"messages\":[]}"), &q));
	assert_false(sim_question_read(span_of("not json"), &q));
	assert_false(sim_question_read(span_of(""), &q));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_is_read_however_it_is_cut),
	    cmocka_unit_test(connection_close_is_obeyed),
	    cmocka_unit_test(what_is_no_request_is_bad),
	    cmocka_unit_test(limits_hold),
	    cmocka_unit_test(the_sum_is_found_in_the_last_message),
	};

	return cmocka_run_group_tests_name("sim request", tests, NULL, NULL);
}
