/* SPDX-License-Identifier: MIT
 *
 * The table of constants and docs/detection.md say the same; the three words.
 */
#include "alerts/detect_constants.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_PAGE 65536

static void read_page(char *page)
{
	const char *data = getenv("DIMWATCH_TESTS_DATA");
	char path[4096];
	size_t n;
	FILE *f;

	assert_non_null(data);
	snprintf(path, sizeof(path), "%s/../../docs/detection.md", data);
	f = fopen(path, "r");
	if (!f)
		fail_msg("no %s", path);
	n = fread(page, 1, MAX_PAGE - 1, f);
	page[n] = 0;
	fclose(f);
}

static void every_constant_stands_in_the_docs_with_its_reason(void **state)
{
	static char page[MAX_PAGE];
	const struct detect_constant *c;
	size_t i;

	(void)state;
	read_page(page);
	for (i = 0; (c = detect_constant_at(i)) != NULL; i++) {
		char line[400];

		snprintf(line, sizeof(line), "| %s | %g | %s | %s |\n", c->name, c->value,
		    c->unit, c->why);
		if (!strstr(page, line))
			fail_msg("docs/detection.md lacks: %s", line);
	}
	assert_true(i > 70);
}

static void every_constant_has_a_reason_and_a_name_of_its_own(void **state)
{
	const struct detect_constant *c, *other;

	(void)state;
	for (size_t i = 0; (c = detect_constant_at(i)) != NULL; i++) {
		assert_true(strlen(c->why) > 5);
		for (size_t k = 0; k < i && (other = detect_constant_at(k)); k++)
			assert_string_not_equal(c->name, other->name);
	}
}

static void three_words_are_known_and_no_other(void **state)
{
	enum sensitivity s = SENSITIVITY_NORMAL;

	(void)state;
	assert_true(sensitivity_parse("calm", &s));
	assert_int_equal(s, SENSITIVITY_CALM);
	assert_true(sensitivity_parse("keen", &s));
	assert_true(sensitivity_row(SENSITIVITY_KEEN)->alarm_nats < 0);
	assert_true(sensitivity_row(SENSITIVITY_CALM)->alarm_nats > 0);
	assert_false(sensitivity_parse("nervous", &s));
	assert_int_equal(s, SENSITIVITY_KEEN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_constant_stands_in_the_docs_with_its_reason),
	    cmocka_unit_test(every_constant_has_a_reason_and_a_name_of_its_own),
	    cmocka_unit_test(three_words_are_known_and_no_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
