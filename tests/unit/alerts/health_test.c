/* SPDX-License-Identifier: MIT
 *
 * Every word for a health or severity reads back as what it was.
 */
#include "alerts/health.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void every_health_reads_back(void **state)
{
	(void)state;
	for (int h = 0; h < HEALTH_COUNT; h++) {
		enum health back = HEALTH_COUNT;

		assert_true(health_parse(health_code((enum health)h), &back));
		assert_int_equal(back, h);
	}
	assert_string_equal(health_code(HEALTH_RECOVERING), "recovering");
}

static void every_severity_reads_back(void **state)
{
	(void)state;
	for (int s = SEVERITY_MINOR; s < SEVERITY_COUNT; s++) {
		enum severity back = SEVERITY_COUNT;

		assert_true(severity_parse(severity_code((enum severity)s), &back));
		assert_int_equal(back, s);
	}
}

static void unknown_words_leave_the_value_alone(void **state)
{
	enum health h = HEALTH_DOWN;
	enum severity s = SEVERITY_MAJOR;

	(void)state;
	assert_false(health_parse("Down", &h));
	assert_false(health_parse("", &h));
	assert_false(severity_parse("fatal", &s));
	assert_int_equal(h, HEALTH_DOWN);
	assert_int_equal(s, SEVERITY_MAJOR);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_health_reads_back),
	    cmocka_unit_test(every_severity_reads_back),
	    cmocka_unit_test(unknown_words_leave_the_value_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
