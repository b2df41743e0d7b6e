/* SPDX-License-Identifier: MIT
 *
 * ULIDs sort by time and carry what they were given.
 */
#include "agent/base/ulid.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const uint8_t nothing[10];
static const uint8_t everything[10] = {
    0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff};

static void known_values_encode_as_the_specification_says(void **state)
{
	struct ulid low = ulid_make((struct wall){0}, nothing);
	struct ulid high = ulid_make((struct wall){(INT64_C(1) << 48) - 1}, everything);
	struct ulid stamp = ulid_make((struct wall){1469918176385}, nothing);
	static const uint8_t counting[10] = {
	    0x00, 0x44, 0x32, 0x14, 0xc7, 0x42, 0x54, 0xb6, 0x35, 0xcf};

	(void)state;
	assert_string_equal(low.text, "00000000000000000000000000");
	assert_string_equal(high.text, "7ZZZZZZZZZZZZZZZZZZZZZZZZZ");
	/* the time of the specification's example 01ARYZ6S41TSV4RRFFQ69G5FAV */
	assert_int_equal(strncmp(stamp.text, "01ARYZ6S41", 10), 0);
	/* 80 bits that count through the alphabet, five at a time */
	assert_string_equal(
	    ulid_make((struct wall){0}, counting).text + 10, "0123456789ABCDEF");
}

static void later_sorts_after_earlier(void **state)
{
	struct ulid last = ulid_make((struct wall){1}, everything);

	(void)state;
	for (int64_t ms = 2; ms < INT64_C(1) << 47; ms = ms * 3 / 2 + 1) {
		struct ulid u = ulid_make((struct wall){ms}, nothing);

		assert_true(strcmp(last.text, u.text) < 0);
		last = ulid_make((struct wall){ms}, everything);
	}
}

static void validity_is_length_alphabet_and_first_digit(void **state)
{
	static const char *const bad[] = {"", "01ARYZ6S41TSV4RRFFQ69G5FA",
	    "01ARYZ6S41TSV4RRFFQ69G5FAVX", "81ARYZ6S41TSV4RRFFQ69G5FAV",
	    "01ARYZ6S41TSV4RRFFQ69G5FAI", "01ARYZ6S41TSV4RRFFQ69G5FAL",
	    "01ARYZ6S41TSV4RRFFQ69G5FAO", "01ARYZ6S41TSV4RRFFQ69G5FAU",
	    "01aryz6s41tsv4rrffq69g5fav", "01ARYZ6S41 SV4RRFFQ69G5FAV"};

	(void)state;
	assert_true(ulid_is_valid("01ARYZ6S41TSV4RRFFQ69G5FAV"));
	assert_false(ulid_is_valid(NULL));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(ulid_is_valid(bad[i]));
}

static void equality_is_of_the_text(void **state)
{
	struct ulid a = ulid_make((struct wall){5}, nothing), b = a;
	struct ulid none = {{0}};

	(void)state;
	assert_true(ulid_eq(&a, &b));
	assert_false(ulid_eq(&a, &none));
	b.text[25] = '1';
	assert_false(ulid_eq(&a, &b));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(known_values_encode_as_the_specification_says),
	    cmocka_unit_test(later_sorts_after_earlier),
	    cmocka_unit_test(validity_is_length_alphabet_and_first_digit),
	    cmocka_unit_test(equality_is_of_the_text),
	};

	return cmocka_run_group_tests_name("ulid", tests, NULL, NULL);
}
