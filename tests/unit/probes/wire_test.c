/* SPDX-License-Identifier: MIT */
#include "probes/wire.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/unit/probes/fixture.h"

static void every_end_has_a_code_of_its_own(void **state)
{
	(void)state;
	for (int i = 0; i < WIRE_COUNT; i++) {
		assert_non_null(wire_code((enum wire)i));
		for (int k = 0; k < i; k++)
			assert_string_not_equal(
			    wire_code((enum wire)i), wire_code((enum wire)k));
	}
	assert_string_equal(wire_code(WIRE_DNS_LOCAL), "dns_local");
	assert_string_equal(wire_code(WIRE_TOO_LARGE), "too_large");
}

static void headers_are_found_in_any_case(void **state)
{
	struct wire_head h;

	(void)state;
	fixture_head(&h, 200, "Content-Type: text/html\nX-Empty:\nx-a: 1\nX-A: 2\n");
	assert_int_equal(h.n, 4);
	assert_true(span_eq(head_find(&h, "content-TYPE"), "text/html"));
	assert_true(span_eq(head_find(&h, "X-A"), "1"));
	assert_int_equal(head_find(&h, "x-empty").n, 0);
	assert_non_null(head_find(&h, "x-empty").p);
	assert_null(head_find(&h, "content").p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_end_has_a_code_of_its_own),
	    cmocka_unit_test(headers_are_found_in_any_case),
	};

	return cmocka_run_group_tests_name("probes/wire", tests, NULL, NULL);
}
