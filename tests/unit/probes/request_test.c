/* SPDX-License-Identifier: MIT */
#include "probes/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"

static void a_request_owns_copies(void **state)
{
	char url[] = "https://a.example/x", name[] = "X-A", value[] = "one";
	struct request r;

	(void)state;
	request_init(&r, "POST", url);
	assert_true(request_header(&r, name, value));
	memset(url, '!', sizeof(url) - 1);
	memset(name, '!', sizeof(name) - 1);
	memset(value, '!', sizeof(value) - 1);
	assert_string_equal(r.method, "POST");
	assert_string_equal(r.url, "https://a.example/x");
	assert_int_equal(r.n_headers, 1);
	assert_string_equal(r.headers[0].name, "X-A");
	assert_string_equal(r.headers[0].value, "one");
	r.proxy = xstrdup("http://u:p@proxy.example");
	str_adds(&r.body, "{}");
	request_fini(&r);
	assert_null(r.url);
	assert_int_equal(r.n_headers, 0);
}

static void a_header_that_would_split_is_refused(void **state)
{
	struct request r;

	(void)state;
	request_init(&r, "GET", "http://a.example/");
	assert_false(request_header(&r, "X-A", "one\r\nX-B: two"));
	assert_false(request_header(&r, "X-A", "one\n"));
	assert_false(request_header(&r, "X\r", "one"));
	assert_false(request_header(&r, "X-A: two\nX", "one"));
	assert_false(request_header(&r, "X:A", "one"));
	assert_false(request_header(&r, "", "one"));
	assert_int_equal(r.n_headers, 0);
	assert_true(request_header(&r, "X-Empty", ""));
	request_fini(&r);
}

static void headers_have_a_limit(void **state)
{
	struct request r;

	(void)state;
	request_init(&r, "GET", "http://a.example/");
	for (int i = 0; i < REQUEST_MAX_HEADERS; i++)
		assert_true(request_header(&r, "X-N", "v"));
	assert_false(request_header(&r, "X-N", "v"));
	assert_int_equal(r.n_headers, REQUEST_MAX_HEADERS);
	request_fini(&r);
}

static void finishing_twice_or_nothing_is_fine(void **state)
{
	struct request r;

	(void)state;
	request_init(&r, "GET", "http://a.example/");
	request_fini(&r);
	request_fini(&r);
	request_fini(NULL);
	memset(&r, 0, sizeof(r));
	request_fini(&r);
	assert_null(r.url);
}

static void the_body_has_a_limit(void **state)
{
	struct request r;
	char block[1024];

	(void)state;
	memset(block, 'x', sizeof(block));
	request_init(&r, "POST", "http://a.example/");
	for (size_t i = 0; i < REQUEST_MAX_BODY / sizeof(block); i++)
		assert_true(str_add(&r.body, block, sizeof(block)));
	assert_false(str_add(&r.body, block, 1));
	request_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_request_owns_copies),
	    cmocka_unit_test(a_header_that_would_split_is_refused),
	    cmocka_unit_test(headers_have_a_limit),
	    cmocka_unit_test(finishing_twice_or_nothing_is_fine),
	    cmocka_unit_test(the_body_has_a_limit),
	};

	return cmocka_run_group_tests_name("probes/request", tests, NULL, NULL);
}
