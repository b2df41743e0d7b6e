/* SPDX-License-Identifier: MIT
 *
 * A secret shows itself only to those who ask by name.
 */
#include "agent/base/secret.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void printing_shows_stars(void **state)
{
	struct secret *s = secret_new("sk-1234567890", 13);
	struct secret *empty = secret_new("", 0);

	(void)state;
	assert_string_equal(secret_print(s), "***");
	assert_string_equal(secret_print(empty), "");
	assert_string_equal(secret_print(NULL), "");
	secret_free(s);
	secret_free(empty);
	secret_free(NULL);
}

static void revealing_gives_the_text(void **state)
{
	struct secret *s = secret_new("sk-1234567890", 5);

	(void)state;
	assert_string_equal(secret_reveal(s), "sk-12");
	assert_null(secret_reveal(NULL));
	secret_free(s);
}

static void equality_looks_at_every_byte(void **state)
{
	static const struct {
		const char *a, *b;
		bool equal;
	} rows[] = {
	    {"abcdef", "abcdef",  true },
	    {"abcdef", "abcdeg",  false},
	    {"abcdef", "xbcdef",  false},
	    {"abcdef", "abcdefg", false},
	    {"",       "",        true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct secret *a = secret_new(rows[i].a, strlen(rows[i].a));
		struct secret *b = secret_new(rows[i].b, strlen(rows[i].b));

		assert_int_equal(secret_eq(a, b), rows[i].equal);
		assert_false(secret_eq(a, NULL));
		secret_free(a);
		secret_free(b);
	}
	assert_true(secret_eq(NULL, NULL));
}

static void the_tag_is_six_digits_of_the_digest(void **state)
{
	struct secret *s = secret_new("abc", 3);
	char tag[7];

	(void)state;
	secret_tag(s, tag);
	assert_string_equal(tag, "ba7816");
	secret_tag(NULL, tag);
	assert_string_equal(tag, "e3b0c4");
	secret_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(printing_shows_stars),
	    cmocka_unit_test(revealing_gives_the_text),
	    cmocka_unit_test(equality_looks_at_every_byte),
	    cmocka_unit_test(the_tag_is_six_digits_of_the_digest),
	};

	return cmocka_run_group_tests_name("secret", tests, NULL, NULL);
}
