/* SPDX-License-Identifier: MIT
 *
 * Answers that no HTTP server would give, byte for byte, and what they are called. Also
 * what we send: nothing that was not asked for.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/raw_server.h"
#include "tests/integration/recorder.h"
#include "tests/integration/world.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define A16     "aaaaaaaaaaaaaaaa"
#define A256    A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16
#define A3K     A256 A256 A256 A256 A256 A256 A256 A256 A256 A256 A256 A256

/* clang-format off */
static struct strange {
	const char *name;
	struct raw_answer answer;
	enum wire wire;
	enum wire_phase phase;
	int status; /* 0: on_head is not called */
} strange[] = {
	{"a_length_that_is_kept_is_done",
	 {OK_HEAD "Content-Length: 2\r\n\r\nok", NULL, RAW_STAY, false}, WIRE_DONE, PHASE_BODY, 200},
	{"without_length_the_close_is_the_end",
	 {OK_HEAD "\r\nok", NULL, RAW_CLOSE, false}, WIRE_DONE, PHASE_BODY, 200},
	{"interim_answers_are_no_heads",
	 {"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n" OK_HEAD "Content-Length: 0\r\n\r\n", NULL,
	  RAW_STAY, false}, WIRE_DONE, PHASE_BODY, 200},
	{"closed_without_a_byte_is_reset",
	 {"", NULL, RAW_CLOSE, false}, WIRE_RESET, PHASE_SENT, 0},
	{"reset_without_a_byte_is_reset",
	 {"", NULL, RAW_RESET, false}, WIRE_RESET, PHASE_SENT, 0},
	{"closed_inside_the_head_is_reset",
	 {OK_HEAD "X-Half: 1\r\n", NULL, RAW_CLOSE, false}, WIRE_RESET, PHASE_HEAD, 0},
	{"reset_inside_the_head_is_reset",
	 {OK_HEAD "X-Half: 1\r\n", NULL, RAW_RESET, false}, WIRE_RESET, PHASE_HEAD, 0},
	{"closed_before_the_length_is_partial",
	 {OK_HEAD "Content-Length: 20\r\n\r\nhalf", NULL, RAW_CLOSE, false}, WIRE_PARTIAL, PHASE_BODY, 200},
	{"closed_before_the_last_chunk_is_partial",
	 {CHUNKED "4\r\nhalf\r\n", NULL, RAW_CLOSE, false}, WIRE_PARTIAL, PHASE_BODY, 200},
	{"a_broken_chunk_is_no_reset",
	 {CHUNKED "zz\r\nhalf\r\n", NULL, RAW_STAY, false}, WIRE_PROTOCOL, PHASE_BODY, 200},
	{"not_http_is_protocol",
	 {"SSH-2.0-OpenSSH_9.2\r\n\r\n", NULL, RAW_STAY, false}, WIRE_PROTOCOL, PHASE_SENT, 0},
	{"a_strange_version_is_protocol",
	 {"HTTP/9.9 200 OK\r\nContent-Length: 0\r\n\r\n", NULL, RAW_STAY, false}, WIRE_PROTOCOL,
	 PHASE_SENT, 0},
	{"content_encoding_is_encoded",
	 {OK_HEAD "Content-Encoding: br\r\nContent-Length: 2\r\n\r\nxx", NULL, RAW_STAY, false},
	 WIRE_ENCODED, PHASE_BODY, 200},
	{"identity_is_not_encoded",
	 {OK_HEAD "Content-Encoding: identity\r\nContent-Length: 2\r\n\r\nxx", NULL, RAW_STAY, false},
	 WIRE_DONE, PHASE_BODY, 200},
	{"transfer_encoding_gzip_is_encoded",
	 {OK_HEAD "Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nxx\r\n0\r\n\r\n", NULL, RAW_STAY, false},
	 WIRE_ENCODED, PHASE_BODY, 200},
	{"headers_without_end",
	 {OK_HEAD, "X-Filler: " A256 "\r\n", RAW_STAY, false}, WIRE_HEADERS, PHASE_HEAD, 0},
	{"one_header_line_without_end",
	 {OK_HEAD "X-Filler: ", A3K, RAW_STAY, false}, WIRE_HEADERS, PHASE_HEAD, 0},
	{"interim_answers_without_end",
	 {"", "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", RAW_STAY, false}, WIRE_HEADERS, PHASE_HEAD, 0},
	{"trailers_without_end",
	 {CHUNKED "0\r\n", "X-Trailer: " A256 "\r\n", RAW_STAY, false}, WIRE_HEADERS, PHASE_BODY, 200},
	{"one_trailer_without_end",
	 {CHUNKED "0\r\nX-Trailer: ", A3K, RAW_STAY, false}, WIRE_PROTOCOL, PHASE_BODY, 200},
	{"chunk_extensions_without_end",
	 {CHUNKED "1;", A3K, RAW_STAY, false}, WIRE_STALLED, PHASE_BODY, 200},
	{"a_body_without_end",
	 {OK_HEAD "\r\n", A3K, RAW_STAY, false}, WIRE_TOO_LARGE, PHASE_BODY, 200},
	{"a_length_above_the_limit",
	 {OK_HEAD "Content-Length: 99999999\r\n\r\n", A3K, RAW_STAY, false}, WIRE_TOO_LARGE, PHASE_BODY,
	 200},
	{"a_redirect_is_an_answer",
	 {"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", NULL,
	  RAW_STAY, false}, WIRE_DONE, PHASE_BODY, 307},
	{"silence_after_the_head",
	 {CHUNKED, NULL, RAW_STAY, false}, WIRE_TIMEOUT, PHASE_BODY, 200},
	{"silence_inside_the_head",
	 {OK_HEAD "X-Half: 1\r\n", NULL, RAW_STAY, false}, WIRE_TIMEOUT, PHASE_HEAD, 0},
};
/* clang-format on */

static void start_at(
    struct world *w, struct raw_server *s, struct recorder *r, const char *path)
{
	struct request rq;

	request_get(&rq, "http://127.0.0.1:%d%s", raw_server_port(s), path);
	recorder_start(r, w->http, &rq);
}

static void strange_answer_is_called(void **state)
{
	const struct strange *t = *state;
	struct recorder r = {.when = NEVER};
	struct raw_server *server;
	struct world w;

	world_init(&w, LOOP_SKIPPING, "");
	server = raw_server_new(w.loop, &t->answer);
	start_at(&w, server, &r, "/");
	recorder_await(&r, w.loop);
	assert_string_equal(wire_code(r.end.wire), wire_code(t->wire));
	assert_int_equal(r.end.phase, t->phase);
	assert_int_equal(r.status, t->status);
	assert_true(r.bytes <= 1 << 20);
	assert_true((r.end.text[0] == '\0') == (t->wire == WIRE_DONE));
	raw_server_free(server);
	world_fini(&w);
}

static void bombs_cost_no_memory(void **state)
{
	static const char *const bombs[] = {"headers_without_end",
	    "one_header_line_without_end", "interim_answers_without_end",
	    "trailers_without_end", "chunk_extensions_without_end", "a_body_without_end"};
	struct world w;
	int64_t before = 0;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	/* The second round may not cost anything that the first has not paid for. */
	for (size_t i = 0; i < 2 * sizeof(bombs) / sizeof(bombs[0]); i++) {
		const struct strange *t = strange;
		struct recorder r = {.when = NEVER};
		struct raw_server *server;

		if (i == sizeof(bombs) / sizeof(bombs[0]))
			before = resident_bytes(), peak_reset();
		while (
		    strcmp(t->name, bombs[i % (sizeof(bombs) / sizeof(bombs[0]))]) != 0)
			t++;
		server = raw_server_new(w.loop, &t->answer);
		start_at(&w, server, &r, "/");
		recorder_await(&r, w.loop);
		assert_int_equal(r.end.wire, t->wire);
		raw_server_free(server);
	}
	assert_in_range(peak_bytes() - before, 0, GROWTH_MAX);
	world_fini(&w);
}

/* Four connections swallow extensions at full speed; the fifth is served meanwhile, and
 * the loop is never kept from its work. */
static void chunk_extensions_disturb_nobody(void **state)
{
	struct raw_answer endless = {CHUNKED "1;", A3K, RAW_STAY, false};
	struct recorder bad[4] = {{.when = NEVER}}, good = {.when = NEVER};
	struct raw_server *server;
	struct request rq;
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	server = raw_server_new(w.loop, &endless);
	for (size_t i = 0; i < 4; i++)
		start_at(&w, server, &bad[i], "/");
	request_get(&rq, "http://127.0.0.1:%d/p/v1/models", sim_port(w.sim));
	recorder_start(&good, w.http, &rq);
	recorder_await(&good, w.loop);
	assert_int_equal(good.end.wire, WIRE_DONE);
	for (size_t i = 0; i < 4; i++) {
		recorder_await(&bad[i], w.loop);
		assert_int_equal(bad[i].end.wire, WIRE_STALLED);
	}
#if !defined(__SANITIZE_ADDRESS__)
	/* Above this a sample is marked as late, and is no evidence. */
	assert_in_range(loop_stats(w.loop).worst_lag_us, 0, 250 * US_PER_MS);
#endif
	raw_server_free(server);
	world_fini(&w);
}

/* --- what we send --- */

static const struct raw_answer fine = {
    OK_HEAD "Content-Length: 0\r\n\r\n", NULL, RAW_CLOSE, false};

static void nothing_is_sent_that_was_not_asked_for(void **state)
{
	static const char expected[] = "POST /v1/x HTTP/1.1\r\n"
				       "Host: 127.0.0.1:%d\r\n"
				       "Accept: */*\r\n"
				       "X-Empty:\r\n"
				       "Authorization: Bearer k-123456\r\n"
				       "Content-Length: 5\r\n\r\nhello";
	struct recorder r = {.when = NEVER};
	struct raw_server *server;
	struct request rq;
	struct world w;
	char text[512];

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	server = raw_server_new(w.loop, &fine);
	request_get(&rq, "http://127.0.0.1:%d/v1/x", raw_server_port(server));
	rq.method = "POST";
	assert_true(request_header(&rq, "X-Empty", ""));
	assert_true(request_header(&rq, "Authorization", "Bearer k-123456"));
	str_adds(&rq.body, "hello");
	recorder_start(&r, w.http, &rq);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_DONE);
	snprintf(text, sizeof(text), expected, raw_server_port(server));
	assert_string_equal(raw_server_received(server), text);
	raw_server_free(server);
	world_fini(&w);
}

static void large_bodies_do_not_wait_for_a_continue(void **state)
{
	struct recorder r = {.when = NEVER};
	struct request rq;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	request_get(&rq, "http://127.0.0.1:%d/hook/big", sim_port(w.sim));
	rq.method = "POST";
	for (int i = 0; i < 500; i++)
		str_adds(&rq.body, A256 A256);
	recorder_start(&r, w.http, &rq);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_DONE);
	assert_int_equal(sim_hooks(w.sim), 1);
	assert_int_equal(sim_hook_at(w.sim, 0)->request.body.n, 256000);
	assert_int_equal(
	    sim_request_header(&sim_hook_at(w.sim, 0)->request, "expect").n, 0);
	world_fini(&w);
}

static void other_methods_pass(void **state)
{
	static const char *const methods[] = {"PUT", "DELETE", "HEAD"};
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	for (size_t i = 0; i < 3; i++) {
		struct recorder r = {.when = NEVER};
		struct raw_server *server = raw_server_new(w.loop, &fine);
		struct request rq;

		request_get(&rq, "http://127.0.0.1:%d/", raw_server_port(server));
		rq.method = methods[i];
		recorder_start(&r, w.http, &rq);
		recorder_await(&r, w.loop);
		assert_int_equal(r.end.wire, WIRE_DONE);
		assert_memory_equal(
		    raw_server_received(server), methods[i], strlen(methods[i]));
		raw_server_free(server);
	}
	world_fini(&w);
}

static void proxies_of_the_environment_are_not_used(void **state)
{
	struct recorder r = {.when = NEVER};
	struct raw_server *server;
	struct world w;

	(void)state;
	setenv("http_proxy", "http://127.0.0.1:1", 1);
	setenv("all_proxy", "http://127.0.0.1:1", 1);
	world_init(&w, LOOP_SKIPPING, "");
	server = raw_server_new(w.loop, &fine);
	start_at(&w, server, &r, "/");
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_DONE);
	unsetenv("http_proxy");
	unsetenv("all_proxy");
	raw_server_free(server);
	world_fini(&w);
}

static void redirects_contact_nobody(void **state)
{
	struct recorder r = {.when = NEVER};
	struct raw_server *elsewhere, *server;
	struct raw_answer redirect = {NULL, NULL, RAW_CLOSE, false};
	struct world w;
	char head[256];

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	elsewhere = raw_server_new(w.loop, &fine);
	snprintf(head, sizeof(head),
	    "HTTP/1.1 302 Found\r\nX-Test: there\r\nLocation: http://127.0.0.1:%d/\r\n"
	    "Content-Length: 0\r\n\r\n",
	    raw_server_port(elsewhere));
	redirect.bytes = head;
	server = raw_server_new(w.loop, &redirect);
	start_at(&w, server, &r, "/");
	recorder_await(&r, w.loop);
	assert_int_equal(r.status, 302);
	assert_string_equal(r.header, "there");
	loop_some_turns(w.loop, 10);
	assert_int_equal(raw_server_connections(elsewhere), 0);
	raw_server_free(server);
	raw_server_free(elsewhere);
	world_fini(&w);
}

/* The words of an end never hold what may be secret, whatever failed. */
static void ends_never_show_a_secret(void **state)
{
	static const char *const urls[] = {"http://127.0.0.1:1/services/T0/secretpath",
	    "http://user:secretpath@127.0.0.1:1/", "ftp://127.0.0.1/secretpath",
	    "http://does-not-exist.invalid/secretpath", "secretpath://127.0.0.1/x"};
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
		struct recorder r = {.when = NEVER};
		struct request rq;

		request_get(&rq, "%s", urls[i]);
		assert_true(request_header(&rq, "Authorization", "secretpath"));
		recorder_start(&r, w.http, &rq);
		recorder_await(&r, w.loop);
		assert_int_not_equal(r.end.wire, WIRE_DONE);
		assert_true(r.end.text[0] != '\0');
		assert_null(strstr(r.end.text, "secretpath"));
	}
	world_fini(&w);
}

static void a_name_that_does_not_exist_is_dns_or_our_own_fault(void **state)
{
	struct recorder r = {.when = NEVER};
	struct request rq;
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	request_get(&rq, "http://does-not-exist.invalid/");
	recorder_start(&r, w.http, &rq);
	recorder_await(&r, w.loop);
	/* Which of them depends on this machine's resolver and network. */
	assert_true(r.end.wire == WIRE_DNS || r.end.wire == WIRE_DNS_LOCAL ||
		    r.end.wire == WIRE_NO_ROUTE);
	assert_int_equal(r.end.phase, PHASE_DNS);
	assert_int_equal(r.end.dns_us, NOT_REACHED);
	world_fini(&w);
}

/* Whoever waits for a ClientHello and does this with it. */
static void handshakes_that_fail_are_told_apart(void **state)
{
	static const struct {
		struct raw_answer answer;
		enum wire wire;
	} rows[] = {
	    {{"HTTP/1.1 400 Bad Request\r\n\r\n", NULL, RAW_CLOSE, true}, WIRE_TLS    },
	    {{"", NULL, RAW_CLOSE, true},                                 WIRE_TLS    },
	    {{"", NULL, RAW_RESET, true},                                 WIRE_RESET  },
	    {{"", NULL, RAW_STAY, true},                                  WIRE_TIMEOUT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct recorder r = {.when = NEVER};
		struct raw_server *server;
		struct request rq;
		struct world w;

		world_init(&w, LOOP_SKIPPING, "");
		server = raw_server_new(w.loop, &rows[i].answer);
		request_get(&rq, "https://127.0.0.1:%d/", raw_server_port(server));
		assert_true(request_header(&rq, "Authorization", WORLD_KEY));
		recorder_start(&r, w.http, &rq);
		recorder_await(&r, w.loop);
		assert_string_equal(wire_code(r.end.wire), wire_code(rows[i].wire));
		assert_int_equal(r.end.phase, PHASE_TLS);
		assert_true(r.end.connect_us >= 0);
		assert_int_equal(r.end.tls_us, NOT_REACHED);
		assert_null(strstr(raw_server_received(server), WORLD_KEY));
		raw_server_free(server);
		world_fini(&w);
	}
}

static void refused_says_so(void **state)
{
	struct recorder r = {.when = NEVER};
	struct raw_server *server;
	struct request rq;
	struct world w;
	int port;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	server = raw_server_new(w.loop, &fine);
	port = raw_server_port(server);
	raw_server_free(server);
	request_get(&rq, "http://127.0.0.1:%d/", port);
	recorder_start(&r, w.http, &rq);
	recorder_await(&r, w.loop);
	assert_int_equal(r.end.wire, WIRE_REFUSED);
	assert_int_equal(r.end.phase, PHASE_CONNECT);
	assert_true(r.end.dns_us >= 0);
	assert_int_equal(r.end.connect_us, NOT_REACHED);
	world_fini(&w);
}

#define N_STRANGE (sizeof(strange) / sizeof(strange[0]))

int main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(bombs_cost_no_memory),
	    cmocka_unit_test(chunk_extensions_disturb_nobody),
	    cmocka_unit_test(nothing_is_sent_that_was_not_asked_for),
	    cmocka_unit_test(large_bodies_do_not_wait_for_a_continue),
	    cmocka_unit_test(other_methods_pass),
	    cmocka_unit_test(proxies_of_the_environment_are_not_used),
	    cmocka_unit_test(redirects_contact_nobody),
	    cmocka_unit_test(ends_never_show_a_secret),
	    cmocka_unit_test(a_name_that_does_not_exist_is_dns_or_our_own_fault),
	    cmocka_unit_test(handshakes_that_fail_are_told_apart),
	    cmocka_unit_test(refused_says_so),
	};
	struct CMUnitTest tests[N_STRANGE + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < N_STRANGE; i++)
		tests[i] = (struct CMUnitTest){
		    .name = strange[i].name,
		    .test_func = strange_answer_is_called,
		    .initial_state = &strange[i],
		};
	memcpy(tests + N_STRANGE, others, sizeof(others));
	return cmocka_run_group_tests_name("http on the wire", tests, NULL, NULL);
}
