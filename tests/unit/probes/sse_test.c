/* SPDX-License-Identifier: MIT
 *
 * The parser as a function from bytes to a trace of events; every stream gives the same
 * trace whole, cut in two at every byte, and byte by byte.
 */
#include "probes/sse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"

struct trace {
	struct str text;
	unsigned stop_after; /* events; 0: never */
	unsigned events;
};

static bool on_event(void *arg, const struct sse_event *ev)
{
	struct trace *t = arg;

	str_addf(&t->text, "[%.*s|%.*s|%.*s|%d]", (int)ev->name.n, ev->name.p,
	    (int)ev->data.n, ev->data.p, (int)ev->id.n, ev->id.p, ev->status);
	return ++t->events != t->stop_after;
}

static bool on_comment(void *arg, struct span comment)
{
	struct trace *t = arg;

	str_addf(&t->text, "(%.*s)", (int)comment.n, comment.p);
	return true;
}

/* Feeds in pieces: the first of `first` bytes (0: none), the others of `piece`. */
static enum sse_state run(struct trace *t, struct span in, size_t first, size_t piece)
{
	enum sse_state state;
	struct sse s;

	str_init(&t->text, 4 << 20);
	t->events = 0;
	sse_init(&s, on_event, on_comment, t);
	for (size_t at = 0; at < in.n;) {
		size_t n = at == 0 && first > 0 ? first : piece;
		char *copy;

		if (n > in.n - at)
			n = in.n - at;
		copy = xmemdup0(in.p + at, n);
		(void)sse_feed(&s, (struct span){copy, n});
		free(copy);
		at += n;
	}
	state = sse_end(&s);
	sse_fini(&s);
	return state;
}

#define T(bytes, trace)                                                                  \
	{                                                                                \
		{bytes, sizeof(bytes) - 1}, trace                                        \
	}
static const struct {
	struct span bytes;
	const char *trace;
} streams[] = {
    T("data: a\n\ndata: b\n\n", "[|a||0][|b||0]"),
    T("data: a\r\n\r\ndata: b\r\n\r\n", "[|a||0][|b||0]"),
    T("event: x\r\ndata: a\r\ndata: b\r\n\r\n", "[x|a\nb||0]"),
    T("data: a\r\rdata: b\r\r", "[|a||0][|b||0]"),
    T("data: a\r\n\ndata: b\n\rdata: c\r\n\r\n", "[|a||0][|b||0][|c||0]"),
    T("\xef\xbb\xbf"
      "data: a\n\n",
	"[|a||0]"),
    T("data: a\n\n\xef\xbb\xbf"
      "data: b\n\n",
	"[|a||0]"),
    T("data:a\ndata: b\ndata:  c\n\n", "[|a\nb\n c||0]"),
    T("data\n\n", "[|||0]"),
    T("data:\n\n", "[|||0]"),
    T("data\ndata\n\n", "[|\n||0]"),
    T(": hello\n:\n: \n\ndata: a\n\n", "( hello)()( )[|a||0]"),
    T("event: add\ndata: a\n\ndata: b\n\n", "[add|a||0][|b||0]"),
    T("event: lonely\n\ndata: b\n\n", "[|b||0]"),
    T("event: one\nevent: two\ndata: b\n\n", "[two|b||0]"),
    T("id: 7\ndata: a\n\ndata: b\n\nid\ndata: c\n\n", "[|a|7|0][|b|7|0][|c||0]"),
    T("id: 7\ndata: a\n\nid: x\0y\ndata: b\n\n", "[|a|7|0][|b|7|0]"),
    T("retry: 5\nfoo: bar\nfoo\ndata: a\n\n", "[|a||0]"),
    T("data : a\n\nDATA: b\n\n", ""),
    T("data: a", "[|a||0]"),
    T("data: a\n", "[|a||0]"),
    T("data: a\r", "[|a||0]"),
    T("data: a\n\ndata: b", "[|a||0][|b||0]"),
    T(": last", "( last)"),
    T("", ""),
    T("\n\n\r\n\r\r", ""),
    T("id:1\nevent:error\n:HTTP_STATUS/429\ndata:{}\n\ndata: b\n\n",
	"(HTTP_STATUS/429)[error|{}|1|429][|b|1|0]"),
    T("status:503\ndata: a\n\n", "[|a||503]"),
    T("status: 200\nstatus: abc\ndata: a\n\n", "[|a||0]"),
    T(":HTTP_STATUS/429\n\ndata: a\n\n", "(HTTP_STATUS/429)[|a||0]"),
    T(":HTTP_STATUS/42\ndata: a\n\n", "(HTTP_STATUS/42)[|a||0]"),
    T("data: \xe4\xb8\xad\xff\n\n", "[|\xe4\xb8\xad\xff||0]"),
    T("data: [DONE]\n\ndata: more\n\n", "[|[DONE]||0][|more||0]"),
};
#define N_STREAMS (sizeof(streams) / sizeof(streams[0]))

static void assert_trace(struct trace *t, const char *want)
{
	assert_string_equal(str_c(&t->text), want);
	str_fini(&t->text);
}

static void streams_give_their_events(void **state)
{
	struct trace t = {.stop_after = 0};

	(void)state;
	for (size_t i = 0; i < N_STREAMS; i++) {
		assert_int_equal(
		    run(&t, streams[i].bytes, 0, streams[i].bytes.n), SSE_GOING);
		assert_trace(&t, streams[i].trace);
	}
}

static void events_are_the_same_however_the_bytes_are_cut(void **state)
{
	struct trace t = {.stop_after = 0};

	(void)state;
	for (size_t i = 0; i < N_STREAMS; i++) {
		struct span all = streams[i].bytes;

		for (size_t cut = 1; cut < all.n; cut++) {
			(void)run(&t, all, cut, all.n);
			assert_trace(&t, streams[i].trace);
		}
		for (size_t piece = 1; piece <= 5; piece++) {
			(void)run(&t, all, 0, piece);
			assert_trace(&t, streams[i].trace);
		}
	}
}

static void a_callback_that_says_no_stops_the_parser(void **state)
{
	struct trace t = {.stop_after = 2};
	struct span all = span_of("data: a\n\ndata: b\n\ndata: c\n\n: x\n");

	(void)state;
	assert_int_equal(run(&t, all, 0, all.n), SSE_STOPPED);
	assert_trace(&t, "[|a||0][|b||0]");
	assert_int_equal(run(&t, all, 0, 1), SSE_STOPPED);
	assert_trace(&t, "[|a||0][|b||0]");
}

/* n bytes of filling between prefix and suffix. */
static void fill(struct str *ret, const char *prefix, size_t n, const char *suffix)
{
	str_adds(ret, prefix);
	for (size_t i = 0; i < n; i++)
		str_addc(ret, 'x');
	str_adds(ret, suffix);
}

static void a_line_has_a_limit(void **state)
{
	struct trace t = {.stop_after = 0};
	struct str in;

	(void)state;
	str_init(&in, 4 << 20);
	fill(&in, "data: ", SSE_MAX_LINE - 6, "\n\n");
	assert_int_equal(run(&t, str_span(&in), 0, 10000), SSE_GOING);
	assert_int_equal(t.events, 1);
	str_fini(&t.text);
	str_reset(&in);
	fill(&in, "data: ", SSE_MAX_LINE - 5, "\n\n");
	assert_int_equal(run(&t, str_span(&in), 0, 10000), SSE_TOO_LARGE);
	assert_int_equal(t.events, 0);
	str_fini(&t.text);
	assert_int_equal(run(&t, str_span(&in), 0, in.len), SSE_TOO_LARGE);
	str_fini(&t.text);
	str_fini(&in);
}

static void an_event_has_a_limit(void **state)
{
	struct trace t = {.stop_after = 0};
	struct str in;

	(void)state;
	str_init(&in, 4 << 20);
	for (int i = 0; i < 5; i++)
		fill(&in, "data: ", 13100, "\n");
	assert_int_equal(run(&t, str_span(&in), 0, 4096), SSE_GOING);
	assert_int_equal(t.events, 1);
	str_fini(&t.text);
	fill(&in, "data: ", 13100, "\n");
	assert_int_equal(run(&t, str_span(&in), 0, 4096), SSE_TOO_LARGE);
	assert_int_equal(t.events, 0);
	str_fini(&t.text);
	str_fini(&in);
}

static void events_have_a_limit_in_number(void **state)
{
	struct trace t = {.stop_after = 0};
	struct str all;

	(void)state;
	str_init(&all, 4 << 20);
	for (int i = 0; i < SSE_MAX_EVENTS; i++)
		str_adds(&all, "data\n\n");
	assert_int_equal(run(&t, str_span(&all), 0, 4096), SSE_GOING);
	assert_int_equal(t.events, SSE_MAX_EVENTS);
	str_fini(&t.text);
	str_adds(&all, "data\n\n");
	assert_int_equal(run(&t, str_span(&all), 0, 4096), SSE_TOO_LARGE);
	assert_int_equal(t.events, SSE_MAX_EVENTS);
	str_fini(&t.text);
	str_fini(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(streams_give_their_events),
	    cmocka_unit_test(events_are_the_same_however_the_bytes_are_cut),
	    cmocka_unit_test(a_callback_that_says_no_stops_the_parser),
	    cmocka_unit_test(a_line_has_a_limit),
	    cmocka_unit_test(an_event_has_a_limit),
	    cmocka_unit_test(events_have_a_limit_in_number),
	};

	return cmocka_run_group_tests_name("probes/sse", tests, NULL, NULL);
}
