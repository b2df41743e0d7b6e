/* SPDX-License-Identifier: MIT
 *
 * Heads line by line: interim answers, the final one, trailers, and the one budget.
 */
#include "probes/http_head.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static enum http_head_next feed(struct http_head *h, const char *text)
{
	enum http_head_next next = HTTP_HEAD_MORE;

	while (*text && next != HTTP_HEAD_TOO_LARGE) {
		size_t n = strcspn(text, "\n") + 1;

		next = http_head_line(h, (struct span){text, n});
		text += n;
	}
	return next;
}

static void the_final_head_is_found_behind_interim_ones(void **state)
{
	struct http_head h;

	(void)state;
	http_head_init(&h);
	assert_int_equal(feed(&h, "HTTP/1.1 100 Continue\r\n\r\n"), HTTP_HEAD_MORE);
	assert_int_equal(
	    feed(&h, "HTTP/1.1 103 Early\r\nLink: l\r\n\r\n"), HTTP_HEAD_MORE);
	assert_int_equal(feed(&h, "HTTP/1.1 429 Too many\r\nRetry-After:  7 \r\n"
				  "broken line\r\n folded: x\r\nX-B:\r\n\r\n"),
	    HTTP_HEAD_READY);
	assert_true(h.ready);
	assert_int_equal(h.head.status, 429);
	assert_int_equal(h.head.n, 2);
	assert_true(span_eq(head_find(&h.head, "RETRY-AFTER"), "7"));
	assert_int_equal(head_find(&h.head, "link").n, 0);
	assert_int_equal(head_find(&h.head, "x-b").n, 0);
	http_head_fini(&h);
}

static void trailers_are_counted_and_forgotten(void **state)
{
	struct http_head h;
	int lines = 0;

	(void)state;
	http_head_init(&h);
	assert_int_equal(feed(&h, "HTTP/1.1 200 OK\r\nA: 1\r\n\r\n"), HTTP_HEAD_READY);
	while (feed(&h, "X-Trailer: 0123456789abcdef\r\n") == HTTP_HEAD_MORE)
		lines++;
	assert_in_range(lines, HEAD_MAX_BYTES / 29 - 2, HEAD_MAX_BYTES / 29);
	assert_int_equal(h.head.n, 1);
	assert_true(span_eq(head_find(&h.head, "a"), "1"));
	http_head_fini(&h);
}

static void the_budget_counts_interim_answers_too(void **state)
{
	struct http_head h;
	char answer[4096];
	int answers = 0;

	(void)state;
	http_head_init(&h);
	snprintf(
	    answer, sizeof(answer), "HTTP/1.1 103 Early Hints\r\nA: %3964s\r\n\r\n", "a");
	while (feed(&h, answer) == HTTP_HEAD_MORE)
		assert_true(++answers < HEAD_MAX_INTERIM);
	assert_int_equal(answers, 16);
	http_head_fini(&h);
}

static void more_than_thirty_two_interim_answers_are_too_many(void **state)
{
	struct http_head h;

	(void)state;
	http_head_init(&h);
	for (int i = 0; i < HEAD_MAX_INTERIM; i++)
		assert_int_equal(
		    feed(&h, "HTTP/1.1 103 Early Hints\r\n\r\n"), HTTP_HEAD_MORE);
	assert_int_equal(
	    feed(&h, "HTTP/1.1 103 Early Hints\r\n\r\n"), HTTP_HEAD_TOO_LARGE);
	http_head_fini(&h);
}

static void more_than_a_hundred_headers_are_too_many(void **state)
{
	(void)state;
	for (int n = HEAD_MAX_HEADERS; n <= HEAD_MAX_HEADERS + 1; n++) {
		struct http_head h;

		http_head_init(&h);
		feed(&h, "HTTP/1.1 200 OK\r\n");
		for (int i = 0; i < n; i++)
			feed(&h, "a: b\r\n");
		assert_int_equal(feed(&h, "\r\n"),
		    n == HEAD_MAX_HEADERS ? HTTP_HEAD_READY : HTTP_HEAD_TOO_LARGE);
		http_head_fini(&h);
	}
}

static void codings_nobody_asked_for_are_named(void **state)
{
	static const struct {
		const char *header, *coding;
	} rows[] = {
	    {"Content-Encoding: gzip\r\n",           "gzip"         },
	    {"Content-Encoding: identity\r\n",       ""             },
	    {"Content-Encoding: \r\n",               ""             },
	    {"Transfer-Encoding: chunked\r\n",       ""             },
	    {"Transfer-Encoding: gzip, chunked\r\n", "gzip, chunked"},
	    {"X-Other: 1\r\n",                       ""             },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct http_head h;

		http_head_init(&h);
		feed(&h, "HTTP/1.1 200 OK\r\n");
		feed(&h, rows[i].header);
		feed(&h, "\r\n");
		assert_true(span_eq(http_head_coding(&h.head), rows[i].coding));
		http_head_fini(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_final_head_is_found_behind_interim_ones),
	    cmocka_unit_test(trailers_are_counted_and_forgotten),
	    cmocka_unit_test(the_budget_counts_interim_answers_too),
	    cmocka_unit_test(more_than_thirty_two_interim_answers_are_too_many),
	    cmocka_unit_test(more_than_a_hundred_headers_are_too_many),
	    cmocka_unit_test(codings_nobody_asked_for_are_named),
	};

	return cmocka_run_group_tests_name("http head", tests, NULL, NULL);
}
