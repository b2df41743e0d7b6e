/* SPDX-License-Identifier: MIT
 *
 * Bodies share the loop's turn: a handler that takes its time over a body that comes at
 * once gets every byte, in order, but a few pieces a turn, so that others are not kept
 * waiting; and it may end, abort or free in the middle.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "tests/integration/raw_server.h"
#include "tests/integration/world.h"

#define BODY_BYTES   ((size_t)200 << 10)
#define CHUNK_BYTES  ((size_t)10)
#define TAKES_US     (1500)
#define MOST_A_TURN  6 /* of 4 ms, the piece that was resumed, and one that was begun */
#define SOME_OF_THEM 20
#define ALL_OF_THEM  SIZE_MAX

struct slow_reader {
	struct world *w;
	struct http_exchange *x;
	struct str got;
	size_t calls, abort_after;
	uint64_t turn;
	size_t in_turn, most_in_turn;
	int dones;
	struct wire_end end;
};

static void take_time(void)
{
	struct timespec ts;
	int64_t now, until = 0;

	do {
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
		now = (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
		until = until ? until : now + TAKES_US;
	} while (now < until);
}

static enum http_next on_bytes(void *arg, struct mono at, struct span bytes)
{
	struct slow_reader *r = arg;
	uint64_t turn = loop_stats(r->w->loop).turns;

	(void)at;
	assert_int_equal(r->dones, 0);
	r->in_turn = turn == r->turn ? r->in_turn + 1 : 1;
	r->turn = turn;
	if (r->in_turn > r->most_in_turn)
		r->most_in_turn = r->in_turn;
	assert_true(str_add(&r->got, bytes.p, bytes.n));
	take_time();
	if (++r->calls == r->abort_after)
		http_abort(r->x);
	return HTTP_MORE;
}

static void on_done(void *arg, struct mono at, const struct wire_end *end)
{
	struct slow_reader *r = arg;

	(void)at;
	r->dones++;
	r->end = *end;
}

static bool is_done(void *arg)
{
	const struct slow_reader *r = arg;

	return r->dones > 0;
}

/* A body in which every byte tells where it stands, more or less. */
static char *make_body(void)
{
	char *body = xmalloc(BODY_BYTES + 1);

	for (size_t i = 0; i < BODY_BYTES; i++)
		body[i] = (char)('!' + (i * 7 + i / 1000) % 90);
	body[BODY_BYTES] = '\0';
	return body;
}

static char *on_the_wire(const char *body, bool chunked)
{
	struct str s;

	str_init(&s, 4 * BODY_BYTES);
	str_adds(&s, "HTTP/1.1 200 OK\r\n");
	if (!chunked) {
		str_addf(&s, "Content-Length: %zu\r\n\r\n%s", BODY_BYTES, body);
		return str_take(&s);
	}
	str_adds(&s, "Transfer-Encoding: chunked\r\n\r\n");
	for (size_t i = 0; i < BODY_BYTES; i += CHUNK_BYTES)
		str_addf(&s, "a\r\n%.*s\r\n", (int)CHUNK_BYTES, body + i);
	str_adds(&s, "0\r\n\r\n");
	return str_take(&s);
}

struct slow_case {
	bool chunked;
	size_t abort_after;
};

static void play(const struct slow_case *c, struct slow_reader *r, const char *body)
{
	static const struct http_handler handler = {NULL, on_bytes, on_done};
	char *bytes = on_the_wire(body, c->chunked);
	struct raw_answer answer = {bytes, NULL, RAW_STAY, false};
	struct raw_server *server;
	struct request rq;
	struct world w;
	char url[64];

	world_init(&w, LOOP_REAL, "");
	server = raw_server_new(w.loop, &answer);
	*r = (struct slow_reader){.w = &w, .abort_after = c->abort_after};
	str_init(&r->got, 2 * BODY_BYTES);
	snprintf(url, sizeof(url), "http://127.0.0.1:%d/", raw_server_port(server));
	request_init(&rq, "GET", url);
	rq.cold = true;
	r->x = http_start(w.http, &rq, &handler, r);
	loop_until(w.loop, is_done, r);
	loop_some_turns(w.loop, 3);
	assert_int_equal(r->dones, 1);
	assert_int_equal(http_in_flight(w.http), 0);
	raw_server_free(server);
	world_fini(&w);
	free(bytes);
}

static void every_byte_comes_a_few_pieces_a_turn(void **state)
{
	const struct slow_case *c = *state;
	char *body = make_body();
	struct slow_reader r;

	play(c, &r, body);
	assert_int_equal(r.end.wire, WIRE_DONE);
	assert_int_equal(r.got.len, BODY_BYTES);
	assert_memory_equal(r.got.data, body, BODY_BYTES);
	assert_in_range(r.most_in_turn, 1, MOST_A_TURN);
	str_fini(&r.got);
	free(body);
}

static void an_abort_in_the_middle_is_the_end(void **state)
{
	const struct slow_case *c = *state;
	char *body = make_body();
	struct slow_reader r;

	play(c, &r, body);
	assert_int_equal(r.end.wire, WIRE_ABORTED);
	assert_int_equal(r.calls, c->abort_after);
	assert_memory_equal(r.got.data, body, r.got.len);
	str_fini(&r.got);
	free(body);
}

int main(void)
{
	static struct slow_case plain = {false, ALL_OF_THEM},
				chunked = {true, ALL_OF_THEM};
	static struct slow_case cut = {false, SOME_OF_THEM},
				chunked_cut = {true, SOME_OF_THEM};
	const struct CMUnitTest tests[] = {
	    {"every_byte_of_a_length_comes_a_few_pieces_a_turn",
             every_byte_comes_a_few_pieces_a_turn,                                                  NULL, NULL, &plain      },
	    {"every_byte_in_chunks_comes_a_few_pieces_a_turn",
             every_byte_comes_a_few_pieces_a_turn,                                                  NULL, NULL, &chunked    },
	    {"an_abort_in_the_middle_is_the_end",                an_abort_in_the_middle_is_the_end, NULL,
             NULL,											      &cut        },
	    {"an_abort_between_chunks_is_the_end",               an_abort_in_the_middle_is_the_end,
             NULL,											NULL, &chunked_cut},
	};

	return cmocka_run_group_tests_name("http turns", tests, NULL, NULL);
}
