/* SPDX-License-Identifier: MIT
 *
 * Strangers' JSON: refused by size and depth first, read by path, never a changed type.
 */
#include "agent/base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"

static json_t *parsed(const char *text)
{
	struct err e = {0};
	json_t *v = json_parse(span_of(text), &e);

	if (!v)
		fail_msg("%s: %s", text, e.msg);
	return v;
}

static void any_value_may_stand_at_the_top(void **state)
{
	static const char *const good[] = {"{}", "[]", "1", "\"x\"", "null", " true ",
	    "{\"a\":1,\"a\":2}", "\"\\u0000\"", "\"\xe7\x81\xaf\""};

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		json_decref(parsed(good[i]));
}

static void broken_json_says_where(void **state)
{
	static const char *const bad[] = {"", "{", "{\"a\":}", "[1,]", "nul", "'x'",
	    "\"\xff\"", "\"\\ud800\"", "1e999", "99999999999999999999", "{} x"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};

		assert_null(json_parse(span_of(bad[i]), &e));
		assert_int_equal(e.code, ERR_SYNTAX);
		assert_non_null(strstr(e.msg, "line 1, column "));
	}
	assert_null(json_parse((struct span){NULL, 0}, NULL));
}

static void what_it_says_of_broken_json_is_one_harmless_line(void **state)
{
	static const char *const bad[] = {"[{\"x\x1b\":[\"31m", "{\n\"a\" \"\x7f\" \n",
	    "[\"\xe7\x81\xaf\" \"\xe2\x80\xae\"]"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct err e = {0};
		struct str line;

		assert_null(json_parse(span_of(bad[i]), &e));
		str_init(&line, 4 * sizeof(e.msg));
		text_printable(&line, span_of(e.msg));
		assert_string_equal(str_c(&line), e.msg);
		str_fini(&line);
	}
}

static json_t *nested(int depth, const char *inside)
{
	struct str s;
	json_t *v;

	str_init(&s, 4096);
	for (int i = 0; i < depth; i++)
		str_addc(&s, '[');
	str_adds(&s, inside);
	for (int i = 0; i < depth; i++)
		str_addc(&s, ']');
	v = json_parse(str_span(&s), NULL);
	str_fini(&s);
	return v;
}

static void depth_has_a_limit(void **state)
{
	struct err e = {0};
	json_t *v = nested(JSON_MAX_DEPTH, "1");

	(void)state;
	assert_non_null(v);
	json_decref(v);
	assert_null(nested(JSON_MAX_DEPTH + 1, "1"));
	assert_null(json_parse(
	    span_of("[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[["),
	    &e));
	assert_int_equal(e.code, ERR_LIMIT);
}

static void providers_may_send_less(void **state)
{
	struct err e = {0};
	struct str s;
	json_t *v;

	(void)state;
	str_init(&s, JSON_MAX_BYTES);
	str_adds(&s, "[{}");
	while (s.len < (size_t)3 * (JSON_PROVIDER_VALUES / 2 - 1))
		str_adds(&s, ",{}");
	str_adds(&s, "]");
	v = json_parse_provider(str_span(&s), &e);
	assert_non_null(v);
	json_decref(v);
	str_truncate(&s, s.len - 1);
	str_adds(&s, ",{},{}]");
	assert_null(json_parse_provider(str_span(&s), &e));
	assert_non_null(strstr(e.msg, "2048 values"));
	v = json_parse(str_span(&s), NULL);
	assert_non_null(v);
	json_decref(v);
	/* A list may be longer, and not endless either. */
	v = json_parse_list(str_span(&s), NULL);
	assert_non_null(v);
	json_decref(v);
	str_truncate(&s, s.len - 1);
	while (s.len < (size_t)3 * JSON_LIST_VALUES / 2)
		str_adds(&s, ",{}");
	str_adds(&s, ",{}]");
	assert_null(json_parse_list(str_span(&s), &e));
	assert_non_null(strstr(e.msg, "40000 values"));
	str_reset(&s);
	str_addf(&s, "\"%*s\"", (int)JSON_PROVIDER_BYTES - 1, "x");
	assert_null(json_parse_provider(str_span(&s), &e));
	str_fini(&s);
}

static void brackets_in_strings_do_not_count(void **state)
{
	json_t *v = nested(60, "\"[[[[[[[[[[\\\"[[[[[[{{{{\\\\\"");

	(void)state;
	assert_non_null(v);
	json_decref(v);
}

static void size_has_a_limit(void **state)
{
	size_t n = JSON_MAX_BYTES + 1;
	char *text = xmalloc(n);
	struct err e = {0};
	json_t *v;

	(void)state;
	memset(text, 'a', n);
	text[0] = text[n - 1] = '"';
	assert_null(json_parse((struct span){text, n}, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	text[n - 2] = '"';
	v = json_parse((struct span){text, n - 1}, &e);
	assert_non_null(v);
	json_decref(v);
	free(text);
}

static void paths_find_what_is_there(void **state)
{
	static const struct {
		const char *path, *text; /* NULL: nothing there */
	} rows[] = {
	    {"error.message",                    "slow"},
	    {"choices[0].id",                    "a"   },
	    {"choices[1].id",                    "b"   },
	    {"choices[2].id",                    NULL  },
	    {"choices[].only_b",                 "yes" },
	    {"choices[].id",                     "a"   },
	    {"choices[].deep[].x",               "d"   },
	    {"choices.id",                       NULL  },
	    {"error[0]",			 NULL  },
	    {"error.message.length",             NULL  },
	    {"error.",			   NULL  },
	    {"error..message",                   NULL  },
	    {"choices[x].id",                    NULL  },
	    {"choices[-1].id",                   NULL  },
	    {"choices[0",                        NULL  },
	    {"choices[99999999999999999999].id", NULL  },
	    {"nothing",			  NULL  },
	};
	json_t *v =
	    parsed("{\"error\":{\"message\":\"slow\"},\"choices\":[{\"id\":\"a\"},"
		   "{\"id\":\"b\",\"only_b\":\"yes\",\"deep\":[1,{\"x\":\"d\"}]}]}");

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const char *got = json_text_at(v, rows[i].path);

		if (rows[i].text)
			assert_string_equal(got, rows[i].text);
		else
			assert_null(got);
	}
	assert_ptr_equal(json_at(v, ""), v);
	assert_null(json_at(NULL, "a"));
	json_decref(v);
}

static void a_list_at_the_top_has_paths_too(void **state)
{
	json_t *v = parsed("[{\"error\":{\"code\":429}}]");
	int64_t code = 0;

	(void)state;
	assert_true(json_int_at(v, "[].error.code", &code));
	assert_int_equal(code, 429);
	assert_true(json_int_at(v, "[0].error.code", &code));
	json_decref(v);
}

static void getters_never_change_a_type(void **state)
{
	json_t *v = parsed("{\"s\":\"429\",\"i\":5000000000,\"r\":1.0,\"t\":true}");
	int64_t n = 7;

	(void)state;
	assert_false(json_int_at(v, "s", &n));
	assert_false(json_int_at(v, "r", &n));
	assert_false(json_int_at(v, "t", &n));
	assert_int_equal(n, 7);
	assert_true(json_int_at(v, "i", &n));
	assert_true(n == INT64_C(5000000000));
	assert_null(json_text_at(v, "i"));
	json_decref(v);
}

static void scalars_have_one_text(void **state)
{
	static const struct {
		const char *json, *text; /* NULL: no scalar */
	} rows[] = {
	    {"\"429\"", "429" },
	    {"429",     "429" },
	    {"0.1",     "0.1" },
	    {"true",    "true"},
	    {"null",    "null"},
	    {"[1]",     NULL  },
	    {"{}",      NULL  },
	    {"\"\"",    ""    },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *v = parsed(rows[i].json);
		struct str s;

		str_init(&s, 64);
		assert_int_equal(json_scalar_text(v, &s), rows[i].text != NULL);
		assert_string_equal(str_c(&s), rows[i].text ? rows[i].text : "");
		str_fini(&s);
		json_decref(v);
	}
	assert_false(json_scalar_text(NULL, NULL));
}

static void dumps_are_compact_and_readable(void **state)
{
	json_t *v = parsed("{ \"b\" : [ 1 , 0.1 ] , \"a\" : \"\xe7\x81\xaf\\n\" }");
	struct str s;

	(void)state;
	str_init(&s, 200);
	json_dump(v, &s);
	assert_string_equal(str_c(&s), "{\"b\":[1,0.1],\"a\":\"\xe7\x81\xaf\\n\"}");
	str_fini(&s);
	str_init(&s, 5);
	json_dump(v, &s);
	assert_true(s.cut);
	assert_string_equal(str_c(&s), "{\"b\":");
	str_fini(&s);
	json_decref(v);
}

static void clean_strings_never_fail(void **state)
{
	static const char bytes[] = "a\0\xff\xed\xa0\x80\x1b[31m\n\xe7\x81";
	json_t *v = json_clean_string((struct span){bytes, sizeof(bytes) - 1});
	json_t *empty = json_clean_string((struct span){NULL, 0});

	(void)state;
	assert_non_null(v);
	assert_true(utf8_valid(span_of(json_string_value(v))));
	assert_null(strchr(json_string_value(v), 0x1b));
	assert_string_equal(json_string_value(empty), "");
	json_decref(v);
	json_decref(empty);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(any_value_may_stand_at_the_top),
	    cmocka_unit_test(broken_json_says_where),
	    cmocka_unit_test(what_it_says_of_broken_json_is_one_harmless_line),
	    cmocka_unit_test(depth_has_a_limit),
	    cmocka_unit_test(providers_may_send_less),
	    cmocka_unit_test(brackets_in_strings_do_not_count),
	    cmocka_unit_test(size_has_a_limit),
	    cmocka_unit_test(paths_find_what_is_there),
	    cmocka_unit_test(a_list_at_the_top_has_paths_too),
	    cmocka_unit_test(getters_never_change_a_type),
	    cmocka_unit_test(scalars_have_one_text),
	    cmocka_unit_test(dumps_are_compact_and_readable),
	    cmocka_unit_test(clean_strings_never_fail),
	};

	return cmocka_run_group_tests_name("json", tests, NULL, NULL);
}
