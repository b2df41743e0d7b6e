/* SPDX-License-Identifier: MIT
 *
 * Strangers' bytes: the corpus goes through every function, nothing dangerous comes out.
 */
#include "agent/base/text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

static struct span bytes(const char *p, size_t n)
{
	return (struct span){p, n};
}

static void only_well_formed_utf8_is_valid(void **state)
{
	static const struct {
		const char *text;
		bool valid;
	} rows[] = {
	    {"",		 true },
	    {"plain",            true },
	    {"\xc3\xa9",         true },
	    {"\xe7\x81\xaf",     true },
	    {"\xf0\x9f\x98\x80", true },
	    {"\xf4\x8f\xbf\xbf", true },
	    {"\xc0\x80",         false}, /* overlong NUL */
	    {"\xc1\xbf",         false},
	    {"\xe0\x80\xaf",     false}, /* overlong slash */
	    {"\xf0\x80\x80\xaf", false},
	    {"\xed\xa0\x80",     false}, /* surrogate */
	    {"\xf4\x90\x80\x80", false}, /* above U+10FFFF */
	    {"\xf5\x80\x80\x80", false},
	    {"\x80",             false},
	    {"\xff",             false},
	    {"\xe7\x81",         false}, /* unfinished */
	    {"\xe7\x81x",        false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(utf8_valid(span_of(rows[i].text)), rows[i].valid);
}

static void cutting_never_splits_a_character(void **state)
{
	static const char text[] = "a\xc3\xa9\xe7\x81\xaf\xf0\x9f\x98\x80z";
	static const size_t expected[] = {0, 1, 1, 3, 3, 3, 6, 6, 6, 6, 10, 11, 11};

	(void)state;
	for (size_t max = 0; max < sizeof(expected) / sizeof(expected[0]); max++)
		assert_int_equal(utf8_cut(span_of(text), max), expected[max]);
	assert_int_equal(utf8_cut(bytes("ab\xe7\x81", 4), 10), 2);
	assert_int_equal(utf8_cut(bytes("\x80\x80\x80\x80\x80", 5), 4), 4);
	assert_int_equal(utf8_cut(bytes(NULL, 0), 4), 0);
}

static void counting_takes_an_invalid_byte_as_one(void **state)
{
	(void)state;
	assert_int_equal(utf8_count(span_of("a\xe7\x81\xaf\xff\xf0\x9f\x98\x80")), 4);
	assert_int_equal(utf8_count(span_of("\xe7\x81")), 2);
}

static void cleaning_repairs_and_drops_controls(void **state)
{
	static const struct {
		struct span in;
		const char *out;
	} rows[] = {
	    {{"a\nb\tc", 5},      "a\nb\tc"                 },
	    {{"a\0b\x1b[0m", 7},  "ab[0m"                   },
	    {{"\xff\xfe", 2},     "\xef\xbf\xbd\xef\xbf\xbd"},
	    {{"\xe7\x81", 2},     "\xef\xbf\xbd\xef\xbf\xbd"},
	    {{"\xe7\x81\xaf", 3}, "\xe7\x81\xaf"            },
	    {{"\r\n", 2},         "\n"                      },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str s;

		str_init(&s, 100);
		text_clean(&s, rows[i].in);
		assert_string_equal(str_c(&s), rows[i].out);
		str_fini(&s);
	}
}

static void printing_escapes_what_terminals_obey(void **state)
{
	static const struct {
		const char *in, *out;
	} rows[] = {
	    {"plain \xe7\x81\xaf",         "plain \xe7\x81\xaf" },
	    {"\x1b[31mred",                "\\x1b[31mred"       },
	    {"a\nb\tc\rd",                 "a\\x0ab\\x09c\\x0dd"},
	    {"\x7f",		       "\\x7f"              },
	    {"\xc2\x9b"
	     "2J",            "\\u{009b}2J"        }, /* C1 CSI */
	    {"\xe2\x80\xae"
	     "evil",          "\\u{202e}evil"      },
	    {"\xe2\x81\xa6"
	     "x\xe2\x81\xa9", "\\u{2066}x\\u{2069}"},
	    {"a\xe2\x80\x8b"
	     "b",             "a\\u{200b}b"        },
	    {"\xef\xbb\xbf",               "\\u{feff}"          },
	    {"\xe2\x80\xa8",               "\\u{2028}"          },
	    {"\xf3\xa0\x81\x81",           "\\u{e0041}"         },
	    {"\xff\x80",                   "\\xff\\x80"         },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct str s;

		str_init(&s, 100);
		text_printable(&s, span_of(rows[i].in));
		assert_string_equal(str_c(&s), rows[i].out);
		str_fini(&s);
	}
}

static void no_random_bytes_come_out_dangerous(void **state)
{
	static const char *const pieces[] = {"\x1b]0;x\x07", "\xe2\x80\xae", "\xc2\x9b",
	    "\xff", "\xe7\x81", "text", "\xe7\x81\xaf", "\r\n", "\x7f"};
	struct rng r;

	(void)state;
	rng_init(&r, 9);
	for (int round = 0; round < 3000; round++) {
		struct str in, printable, clean;

		str_init(&in, 200);
		str_init(&printable, rng_below(&r, 200));
		str_init(&clean, rng_below(&r, 200));
		for (size_t n = rng_below(&r, 20); n; n--) {
			if (rng_below(&r, 2))
				str_adds(&in, pieces[rng_below(&r, 9)]);
			else
				str_addc(&in, (char)rng_next(&r));
		}
		text_printable(&printable, str_span(&in));
		text_clean(&clean, str_span(&in));
		assert_true(utf8_valid(str_span(&printable)));
		assert_true(utf8_valid(str_span(&clean)));
		for (size_t i = 0; i < printable.len; i++)
			assert_true((unsigned char)printable.data[i] >= 0x20 &&
				    printable.data[i] != 0x7f);
		assert_null(memchr(str_c(&clean), 0x1b, clean.len));
		str_fini(&in);
		str_fini(&printable);
		str_fini(&clean);
	}
}

static void a_full_str_holds_whole_characters_and_escapes(void **state)
{
	struct str s;

	(void)state;
	str_init(&s, 5);
	text_printable(&s, span_of("ab\x1b[x"));
	assert_string_equal(str_c(&s), "ab");
	assert_true(s.cut);
	str_reset(&s);
	text_clean(&s, span_of("\xe7\x81\xaf\xe7\x81\xaf"));
	assert_string_equal(str_c(&s), "\xe7\x81\xaf");
	assert_true(s.cut);
	str_fini(&s);
}

static void wide_characters_take_two_columns(void **state)
{
	static const struct {
		const char *text;
		size_t columns;
	} rows[] = {
	    {"abc",		      3},
            {"\xe7\x81\xaf",             2}, /* CJK */
	    {"\xed\x95\x9c",             2}, /* Hangul */
	    {"\xe3\x81\x82",             2}, /* Hiragana */
	    {"\xef\xbc\xa1",             2}, /* fullwidth A */
	    {"\xf0\x9f\x98\x80",         2}, /* emoji */
	    {"\xf0\xa0\x80\x80",         2}, /* CJK extension B */
	    {"e\xcc\x81",                1}, /* e and combining acute */
	    {"\xc3\xa9",                 1},
            {"\xe2\x80\xa6",             1}, /* ellipsis */
	    {"\xe2\x9a\xa0\xef\xb8\x8f", 1}, /* warning sign with selector */
	    {"\xff",		     1},
            {"",                         0},
            {"\xe3\x80\x80",             2}, /* ideographic blank */
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(text_columns(span_of(rows[i].text)), rows[i].columns);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(only_well_formed_utf8_is_valid),
	    cmocka_unit_test(cutting_never_splits_a_character),
	    cmocka_unit_test(counting_takes_an_invalid_byte_as_one),
	    cmocka_unit_test(cleaning_repairs_and_drops_controls),
	    cmocka_unit_test(printing_escapes_what_terminals_obey),
	    cmocka_unit_test(no_random_bytes_come_out_dangerous),
	    cmocka_unit_test(a_full_str_holds_whole_characters_and_escapes),
	    cmocka_unit_test(wide_characters_take_two_columns),
	};

	return cmocka_run_group_tests_name("text", tests, NULL, NULL);
}
