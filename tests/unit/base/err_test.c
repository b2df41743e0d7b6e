/* SPDX-License-Identifier: MIT
 *
 * Error values: the sentence grows on its way up and never breaks a character.
 */
#include "agent/base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/text.h"

static void set_gives_code_and_sentence(void **state)
{
	struct err e = {0};

	(void)state;
	assert_false(err_set(&e, ERR_CONFIG, "expected %s, not %d", "a word", 7));
	assert_int_equal(e.code, ERR_CONFIG);
	assert_string_equal(e.msg, "expected a word, not 7");
}

static void wrap_puts_the_prefix_before(void **state)
{
	struct err e = {0};

	(void)state;
	err_set(&e, ERR_SYSTEM, "no space left");
	assert_false(err_wrap(&e, "database '%s'", "d.db"));
	assert_false(err_wrap(&e, "run"));
	assert_string_equal(e.msg, "run: database 'd.db': no space left");
	assert_int_equal(e.code, ERR_SYSTEM);
}

static void nobody_interested_is_fine(void **state)
{
	(void)state;
	assert_false(err_set(NULL, ERR_BUSY, "x"));
	assert_false(err_wrap(NULL, "y"));
}

static void a_quoted_word_does_not_break_the_line(void **state)
{
	struct err e = {0};

	(void)state;
	err_set(&e, ERR_CONFIG, "unknown key \"%s\"", "a\nb\x1b[31m\x7f");
	assert_string_equal(e.msg, "unknown key \"a?b?[31m?\"");
}

static void a_long_sentence_is_cut_between_characters(void **state)
{
	/* 3 bytes each: the limit of 399 bytes falls between two, with a prefix inside.
	 */
	char text[3 * 300 + 1];
	struct err e = {0};

	(void)state;
	for (size_t i = 0; i < 300; i++)
		memcpy(text + 3 * i, "\xe7\x81\xaf", 3);
	text[sizeof(text) - 1] = '\0';
	for (int lead = 0; lead < 4; lead++) {
		err_set(&e, ERR_LIMIT, "%.*s%s", lead, "abc", text);
		assert_true(strlen(e.msg) < sizeof(e.msg));
		assert_true(strlen(e.msg) > sizeof(e.msg) - 5);
		assert_true(utf8_valid(span_of(e.msg)));
		err_wrap(&e, "%.*s", lead, "wxyz");
		assert_true(utf8_valid(span_of(e.msg)));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(set_gives_code_and_sentence),
	    cmocka_unit_test(wrap_puts_the_prefix_before),
	    cmocka_unit_test(nobody_interested_is_fine),
	    cmocka_unit_test(a_long_sentence_is_cut_between_characters),
	    cmocka_unit_test(a_quoted_word_does_not_break_the_line),
	};

	return cmocka_run_group_tests_name("err", tests, NULL, NULL);
}
