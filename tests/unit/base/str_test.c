/* SPDX-License-Identifier: MIT
 *
 * Every str passes assert_sane after every step; spans never read behind their end.
 */
#include "agent/base/str.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

static void assert_sane(const struct str *s)
{
	assert_true(s->len <= s->limit);
	assert_true(s->cap <= s->limit + 1);
	assert_true(s->data ? s->len < s->cap : s->len == 0 && s->cap == 0);
	if (s->data)
		assert_int_equal(s->data[s->len], '\0');
	assert_non_null(str_c(s));
}

static void an_untouched_str_is_empty_text(void **state)
{
	struct str s;

	(void)state;
	str_init(&s, 10);
	assert_sane(&s);
	assert_string_equal(str_c(&s), "");
	assert_int_equal(str_span(&s).n, 0);
	str_reset(&s);
	str_truncate(&s, 0);
	str_fini(&s);
	str_fini(NULL);
}

static void what_fits_is_kept_and_the_cut_is_noted(void **state)
{
	struct str s;

	(void)state;
	str_init(&s, 5);
	assert_true(str_adds(&s, "abc"));
	assert_false(s.cut);
	assert_false(str_adds(&s, "defg"));
	assert_true(s.cut);
	assert_string_equal(str_c(&s), "abcde");
	assert_false(str_addc(&s, 'x'));
	assert_false(str_addf(&s, "%d", 1));
	assert_true(str_add(&s, NULL, 0));
	assert_string_equal(str_c(&s), "abcde");
	assert_sane(&s);
	str_reset(&s);
	assert_false(s.cut);
	assert_true(str_addf(&s, "%s%d", "n=", 42));
	assert_string_equal(str_c(&s), "n=42");
	assert_false(str_addf(&s, "%s", "long"));
	assert_string_equal(str_c(&s), "n=42l");
	str_fini(&s);
}

static void a_limit_of_zero_holds_nothing(void **state)
{
	struct str s;

	(void)state;
	str_init(&s, 0);
	assert_false(str_adds(&s, "a"));
	assert_sane(&s);
	assert_string_equal(str_c(&s), "");
	str_fini(&s);
}

static void random_appends_agree_with_a_plain_buffer(void **state)
{
	char model[400];
	struct rng r;

	(void)state;
	rng_init(&r, 5);
	for (int round = 0; round < 300; round++) {
		size_t limit = rng_below(&r, sizeof(model)), n = 0;
		struct str s;

		str_init(&s, limit);
		for (int step = 0; step < 40; step++) {
			char piece[40];
			size_t len = rng_below(&r, sizeof(piece)), fit = limit - n;

			memset(piece, 'a' + step % 26, sizeof(piece));
			if (fit > len)
				fit = len;
			memcpy(model + n, piece, fit);
			n += fit;
			assert_int_equal(step % 2 ? str_add(&s, piece, len)
						  : str_addf(&s, "%.*s", (int)len, piece),
			    fit == len);
			assert_sane(&s);
			if (step % 7 == 6) {
				n = n / 2;
				str_truncate(&s, n);
				assert_sane(&s);
			}
			assert_int_equal(s.len, n);
			if (n)
				assert_memory_equal(s.data, model, n);
		}
		str_fini(&s);
	}
}

static void taking_hands_the_bytes_over(void **state)
{
	struct str s;
	char *text;

	(void)state;
	str_init(&s, 10);
	text = str_take(&s);
	assert_string_equal(text, "");
	free(text);
	str_adds(&s, "mine");
	text = str_take(&s);
	assert_string_equal(text, "mine");
	free(text);
	assert_sane(&s);
	assert_string_equal(str_c(&s), "");
	assert_int_equal(s.limit, 10);
	str_fini(&s);
}

static struct span bytes(const char *p, size_t n)
{
	return (struct span){p, n};
}

static void spans_compare_by_bytes_or_without_case(void **state)
{
	(void)state;
	assert_true(span_eq(span_of("abc"), "abc"));
	assert_false(span_eq(span_of("abc"), "abd"));
	assert_false(span_eq(bytes("abc", 2), "abc"));
	assert_true(span_eq(span_of(NULL), ""));
	assert_true(span_ieq(span_of("Retry-AFTER"), "retry-after"));
	assert_false(span_ieq(span_of("retry-after"), "retry_after"));
	assert_false(span_ieq(span_of("[x]"), "{x}"));
	assert_true(span_has_prefix(span_of("data: x"), "data:"));
	assert_false(span_has_prefix(bytes("data:", 4), "data:"));
	assert_true(span_has_prefix(span_of(NULL), ""));
}

static void searching_finds_only_inside_the_span(void **state)
{
	static const struct {
		const char *hay, *needle;
		bool exact, ignoring_case;
	} rows[] = {
	    {"Server Overloaded", "overloaded", false, true },
	    {"Server overloaded", "overloaded", true,  true },
	    {"overloade",         "overloaded", false, false},
	    {"",		  "a",          false, false},
	    {"",		  "",           true,  true },
	    {"aaab",              "aab",        true,  true },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct span hay = span_of(rows[i].hay), needle = span_of(rows[i].needle);

		assert_int_equal(span_contains(hay, needle), rows[i].exact);
		assert_int_equal(span_icontains(hay, needle), rows[i].ignoring_case);
	}
	assert_false(span_contains(bytes("abc", 2), span_of("c")));
	assert_false(span_icontains(bytes("abc", 2), span_of("C")));
	assert_false(span_contains(bytes(NULL, 0), span_of("c")));
}

static void trimming_takes_blanks_of_both_ends(void **state)
{
	(void)state;
	assert_true(span_eq(span_trim(span_of(" \t\r\na b\n ")), "a b"));
	assert_true(span_eq(span_trim(span_of(" \n")), ""));
	assert_true(span_eq(span_trim(span_of(NULL)), ""));
}

static void copies_are_cut_to_their_buffer(void **state)
{
	char buf[6];

	(void)state;
	assert_string_equal(span_copy(span_of("abcdefgh"), buf, sizeof(buf)), "abcde");
	assert_string_equal(span_copy(span_of(NULL), buf, sizeof(buf)), "");
	assert_string_equal(str_copy(buf, sizeof(buf), "abc"), "abc");
	/* five bytes would end inside the second character */
	assert_string_equal(
	    str_copy(buf, sizeof(buf), "\xe7\x81\xaf\xe7\x81\xaf"), "\xe7\x81\xaf");
	assert_ptr_equal(str_copy(buf, 0, "x"), buf);
	assert_ptr_equal(span_copy(span_of("x"), buf, 0), buf);
	assert_string_equal(str_copy(buf, 1, "x"), "");
}

static void the_nearest_word_is_what_a_person_meant(void **state)
{
	static const char *const words[] = {"interval", "timeout", "timeouts", "targets",
	    "provider", "url", "key", "when", "for", "budget"};
	static const struct {
		const char *word, *nearest;
	} rows[] = {
	    {"intervall",  "interval"},
	    {"inteval",    "interval"},
	    {"itnerval",   "interval"},
	    {"timeot",     "timeout" },
	    {"timeoutss",  "timeouts"},
	    {"TARGETS",    "targets" },
	    {"target",     "targets" },
	    {"uri",        "url"     },
	    {"wehn",       "when"    },
	    {"keys",       "key"     },
	    {"xyzzy",      NULL      },
	    {"ab",         NULL      },
	    {"",           NULL      },
	    {"providerss", "provider"},
	    {"bugdet",     "budget"  },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = str_nearest(rows[i].word, words, 10);

		if (rows[i].nearest)
			assert_string_equal(got ? got : "(none)", rows[i].nearest);
		else
			assert_null(got);
	}
	assert_null(str_nearest("word", NULL, 0));
}

static void a_word_longer_than_the_table_is_no_trouble(void **state)
{
	static const char *const words[] = {"interval"};
	char longer[300];

	(void)state;
	memset(longer, 'x', sizeof(longer));
	longer[sizeof(longer) - 1] = '\0';
	assert_null(str_nearest(longer, words, 1));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_untouched_str_is_empty_text),
	    cmocka_unit_test(what_fits_is_kept_and_the_cut_is_noted),
	    cmocka_unit_test(a_limit_of_zero_holds_nothing),
	    cmocka_unit_test(random_appends_agree_with_a_plain_buffer),
	    cmocka_unit_test(taking_hands_the_bytes_over),
	    cmocka_unit_test(spans_compare_by_bytes_or_without_case),
	    cmocka_unit_test(searching_finds_only_inside_the_span),
	    cmocka_unit_test(trimming_takes_blanks_of_both_ends),
	    cmocka_unit_test(copies_are_cut_to_their_buffer),
	    cmocka_unit_test(the_nearest_word_is_what_a_person_meant),
	    cmocka_unit_test(a_word_longer_than_the_table_is_no_trouble),
	};

	return cmocka_run_group_tests_name("str", tests, NULL, NULL);
}
