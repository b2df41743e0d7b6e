/* SPDX-License-Identifier: MIT
 *
 * Lines, however the bytes are cut, and the limits that end them.
 */
#include "probes/ndjson.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct lines {
	struct str seen; /* "<line>" each */
	unsigned n, stop_at;
};

static bool on_line(void *arg, struct span line)
{
	struct lines *l = arg;

	str_addc(&l->seen, '<');
	str_add(&l->seen, line.p, line.n);
	str_addc(&l->seen, '>');
	return ++l->n != l->stop_at;
}

static const struct {
	const char *in, *out;
} cases[] = {
    {"",			 ""		      },
    {"\n\n \r\n\t\n",            ""                      },
    {"{\"a\":1}\n{\"b\":2}\n",   "<{\"a\":1}><{\"b\":2}>"},
    {"{\"a\":1}\r\n{\"b\":2}",   "<{\"a\":1}><{\"b\":2}>"},
    {"\n\n{\"a\":1}\n\n{}\n",    "<{\"a\":1}><{}>"       },
    {"  {\"a\":\"x y\"}  \nend", "<{\"a\":\"x y\"}><end>"},
    {"a\rb\n",		   "<a\rb>"                },
};

static void lines_are_the_same_however_the_bytes_are_cut(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t n = strlen(cases[i].in);

		for (size_t piece = 1; piece <= n + 1; piece++) {
			struct lines l = {.stop_at = 0};
			struct ndjson p;

			str_init(&l.seen, 1000);
			ndjson_init(&p, on_line, &l);
			for (size_t at = 0; at < n; at += piece)
				assert_int_equal(
				    ndjson_feed(&p, (struct span){cases[i].in + at,
							at + piece < n ? piece : n - at}),
				    NDJSON_GOING);
			assert_int_equal(ndjson_end(&p), NDJSON_GOING);
			assert_string_equal(str_c(&l.seen), cases[i].out);
			ndjson_fini(&p);
			str_fini(&l.seen);
		}
	}
}

static void a_callback_that_says_no_stops_the_parser(void **state)
{
	struct lines l = {.stop_at = 2};
	struct ndjson p;

	(void)state;
	str_init(&l.seen, 1000);
	ndjson_init(&p, on_line, &l);
	assert_int_equal(ndjson_feed(&p, span_of("1\n2\n3\n")), NDJSON_STOPPED);
	assert_int_equal(ndjson_feed(&p, span_of("4\n")), NDJSON_STOPPED);
	assert_int_equal(ndjson_end(&p), NDJSON_STOPPED);
	assert_string_equal(str_c(&l.seen), "<1><2>");
	ndjson_fini(&p);
	str_fini(&l.seen);
}

static void a_line_and_their_number_have_limits(void **state)
{
	struct lines l = {.stop_at = 0};
	struct ndjson p;
	size_t fed = 0;

	(void)state;
	str_init(&l.seen, 10);
	ndjson_init(&p, on_line, &l);
	while (ndjson_feed(&p, span_of("................")) == NDJSON_GOING)
		fed += 16;
	assert_int_equal(fed, NDJSON_MAX_LINE);
	assert_int_equal(ndjson_end(&p), NDJSON_TOO_LARGE);
	assert_int_equal(l.n, 0);
	ndjson_fini(&p);

	ndjson_init(&p, on_line, &l);
	while (ndjson_feed(&p, span_of("1\n")) == NDJSON_GOING)
		continue;
	assert_int_equal(p.state, NDJSON_TOO_LARGE);
	assert_int_equal(l.n, NDJSON_MAX_LINES);
	ndjson_fini(&p);
	str_fini(&l.seen);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(lines_are_the_same_however_the_bytes_are_cut),
	    cmocka_unit_test(a_callback_that_says_no_stops_the_parser),
	    cmocka_unit_test(a_line_and_their_number_have_limits),
	};

	return cmocka_run_group_tests_name("probes/ndjson", tests, NULL, NULL);
}
