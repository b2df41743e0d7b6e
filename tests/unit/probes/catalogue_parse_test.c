/* SPDX-License-Identifier: MIT
 *
 * The strict reader: what a good file becomes, and that every broken one names line,
 * column, path and the cure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/catalogue.h"

/* A complete file; the tests replace one line of it. */
static const char *const good[] = {
    "id: house",                                                          /* 1 */
    "name: Our own",                                                      /* 2 */
    "dialect: openai-chat",                                               /* 3 */
    "regions: [{id: a, base_url: \"https://a.example/v1\"}]",             /* 4 */
    "chat_path: /chat/completions",                                       /* 5 */
    "models_path: /models",                                               /* 6 */
    "auth: {header: x-api-key, scheme: \"\"}",                            /* 7 */
    "key_env: HOUSE_KEY",                                                 /* 8 */
    "extra_headers: {x-version: 2026-01-01}",                             /* 9 */
    "probe: {model: m1, max_tokens: 16, max_tokens_field: max_tokens}",   /* 10 */
    "price: {currency: EUR, in: 0.0375, out: 1.5}",                       /* 11 */
    "finishes: {length_exceeded: bad_request}",                           /* 12 */
    "errors: [{http: 0, match_path: [a.b, c], match: 17, class: quota}]", /* 13 */
    "checked: 2026-11-23",                                                /* 14 */
    "sources: invented",                                                  /* 15 */
    "retired_models: [m0]",                                               /* 16 */
};
#define N_LINES (sizeof(good) / sizeof(good[0]))

/* Line number `line` (from 1) replaced; 0: none. */
static const struct provider *parse_with(
    size_t line, const char *text, struct arena *a, struct err *e)
{
	struct str file;
	const struct provider *p;

	str_init(&file, 100000);
	for (size_t i = 0; i < N_LINES; i++)
		str_addf(&file, "%s\n", i + 1 == line ? text : good[i]);
	p = provider_parse(str_span(&file), "house.yaml", a, e);
	str_fini(&file);
	return p;
}

static void good_file_becomes_a_provider(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	const struct provider *p = parse_with(0, NULL, a, &e);

	(void)state;
	assert_non_null(p);
	assert_string_equal(p->id, "house");
	assert_string_equal(p->otel, "house");
	assert_string_equal(p->auth_scheme, "");
	assert_int_equal(p->n_extra_headers, 1);
	assert_string_equal(p->extra_headers[0], "x-version: 2026-01-01");
	assert_int_equal(p->price.in_nano_per_tok, 38); /* 37.5: rounded up */
	assert_int_equal(p->price.out_nano_per_tok, 1500);
	assert_int_equal(p->n_finishes, 1);
	assert_string_equal(p->finishes[0].reason, "length_exceeded");
	assert_int_equal(p->finishes[0].outcome, OUTCOME_BAD_REQUEST);
	assert_int_equal(p->n_errors, 1);
	assert_int_equal(p->errors[0].n_paths, 2);
	assert_string_equal(p->errors[0].paths[1], "c");
	assert_string_equal(p->errors[0].matches[0], "17");
	assert_int_equal(p->errors[0].outcome, OUTCOME_QUOTA);
	assert_null(p->errors[0].note);
	assert_null(p->extra_body);
	assert_null(p->notes);
	assert_false(p->self_hosted);
	arena_free(a);
}

static void extra_body_keeps_types_and_order(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	const struct provider *p = parse_with(10,
	    "probe: {model: m1, max_tokens: 256, max_tokens_field: max_tokens, "
	    "extra_body: "
	    "{z: 1, a: [true, null, 0.5, \"1\", no, -3], b: {c: x y}}}",
	    a, &e);

	(void)state;
	assert_non_null(p);
	assert_int_equal(p->max_tokens, 256);
	assert_string_equal(p->extra_body,
	    "{\"z\":1,\"a\":[true,null,0.5,\"1\",\"no\",-3],\"b\":{\"c\":\"x y\"}}");
	arena_free(a);
}

static void the_other_doors_of_a_provider_are_read(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	const struct provider *p = parse_with(6,
	    "models_url: https://list.example/v2/models\n"
	    "models_open: true\n"
	    "embedding: {path: /embeddings, model: e1}\n"
	    "health_path: /health\n"
	    "door: [{http: 401, match_path: [error.code, \"*\"], match: [no_key, "
	    "\"~Missing\"]}, {http: 403, match_path: \"header:x-why\", match: nokey}]",
	    a, &e);

	(void)state;
	assert_non_null(p);
	assert_null(p->models_path);
	assert_string_equal(p->models_url, "https://list.example/v2/models");
	assert_true(p->models_open);
	assert_string_equal(p->embedding_path, "/embeddings");
	assert_string_equal(p->embedding_model, "e1");
	assert_string_equal(p->health_path, "/health");
	assert_int_equal(p->n_door, 2);
	assert_int_equal(p->door[0].http, 401);
	assert_int_equal(p->door[0].n_paths, 2);
	assert_string_equal(p->door[0].matches[1], "~Missing");
	assert_string_equal(p->door[1].paths[0], "header:x-why");
	arena_free(a);
}

/* clang-format off */
static const struct {
	size_t line;
	const char *text;
	const char *error;
} broken[] = {
	{1, "idd: house",
	 "house.yaml:1:1: unknown key \"idd\" (did you mean \"id\"?)"},
	{1, "# nothing",
	 "house.yaml:2:1: the key \"id\" is missing"},
	{1, "id: House",
	 "house.yaml:1:5: id: expected small letters, digits and \"-\""},
	{1, "id:",
	 "house.yaml:1:4: id: expected a text that is not empty"},
	{2, "name: \"\"",
	 "house.yaml:2:7: name: expected a text that is not empty"},
	{2, "name: [a]",
	 "house.yaml:2:7: name: expected a text that is not empty"},
	{2, "id: twice",
	 "house.yaml:2:1: "},
	{2, "\tname: x",
	 "house.yaml:2:1: "},
	{3, "dialect: openai-caht",
	 "house.yaml:3:10: dialect: unknown dialect \"openai-caht\" (did you mean "
	 "\"openai-chat\"?)"},
	{3, "dialect: smoke",
	 "house.yaml:3:10: dialect: unknown dialect \"smoke\""},
	{4, "regions: []",
	 "house.yaml:4:10: regions: expected at least one entry"},
	{4, "regions: {a: b}",
	 "house.yaml:4:10: regions: expected a list"},
	{4, "regions: [{id: a}]",
	 "house.yaml:4:11: regions[0]: the key \"base_url\" is missing"},
	{4, "regions: [{id: a, url: \"https://a.example\"}]",
	 "house.yaml:4:19: regions[0]: unknown key \"url\""},
	{4, "regions: [{id: a, base_url: \"https://a.example/\"}]",
	 "house.yaml:4:29: regions[0].base_url: the final \"/\" belongs to the "
	 "path: leave it "
	 "out"},
	{4, "regions: [{id: a, base_url: \"ftp://a.example\"}]",
	 "house.yaml:4:29: regions[0].base_url: expected a URL that begins with "
	 "https:// or "
	 "http://"},
	{4, "regions: [{id: a, base_url: \"https://k:p@a.example\"}]",
	 "house.yaml:4:29: regions[0].base_url: expected scheme, host and path only"},
	{4, "regions: [{id: a, base_url: \"https://a.b\"}, {id: a, base_url: "
	 "\"https://c.d\"}]",
	 "house.yaml:4:45: regions: the region \"a\" is there twice"},
	{11, "price: {currency: EUR, in: 1, out: 2, cheap_hours: {utc: \"+08:00\", dear: "
	 "mon-fri, in: 1, out: 1}}",
	 "house.yaml:11:74: price.cheap_hours.dear: expected hours of the week such as "
	 "mon-fri 09:00-12:00"},
	{11, "price: {currency: EUR, in: 1, out: 2, cheap_hours: {utc: 8, dear: "
	 "mon 09:00-12:00, in: 1, out: 1}}",
	 "house.yaml:11:58: price.cheap_hours.utc: expected a distance to UTC such as "
	 "\"+08:00\""},
	{11, "price: {currency: EUR, in: 1, out: 2, cheap_hours: {utc: \"+08:00\", dear: "
	 "[], in: 1, out: 1}}",
	 "house.yaml:11:74: price.cheap_hours.dear: expected at least one entry"},
	{11, "price: {currency: EUR, in: 1, out: 2, cheap_hours: {utc: \"+08:00\", dear: "
	 "mon 09:00-12:00, in: 3, out: 1}}",
	 "house.yaml:11:8: cheap_hours are dearer than the price itself: in and out are "
	 "the dear ones"},
	{5, "chat_path: chat",
	 "house.yaml:5:12: chat_path: expected a path that begins with \"/\""},
	{7, "auth: Bearer",
	 "house.yaml:7:7: auth: expected a map"},
	{7, "auth: {header: Authorization}",
	 "house.yaml:7:7: auth: the key \"scheme\" is missing"},
	{8, "key_optional: true",
	 "house.yaml:8:15: key_optional needs key_env beside it"},
	{8, "self_hosted: yes",
	 "house.yaml:8:14: self_hosted: expected true or false"},
	{9, "extra_headers: {a: [b]}",
	 "house.yaml:9:20: extra_headers: expected a header's value on one line"},
	{10, "probe: {model: m1, max_tokens: 1, max_tokens_field: max_tokens}",
	 "house.yaml:10:32: probe.max_tokens: expected a number from 2 to 100000"},
	{10, "probe: {model: m1, max_tokens: many, max_tokens_field: max_tokens}",
	 "house.yaml:10:32: probe.max_tokens: expected a number from 2 to 100000"},
	{10, "probe: {model: m0, max_tokens: 16, max_tokens_field: max_tokens}",
	 "house.yaml:10:16: the model \"m0\" is among retired_models"},
	{10, "probe: {max_tokens: 16, max_tokens_field: max_tokens}",
	 "house.yaml:10:8: the key \"model\" is missing"},
	{10, "probe: {model: m1, max_tokens: 16, max_tokens_field: x, extra_body: "
	 "\"{}\"}",
	 "house.yaml:10:69: probe.extra_body: expected a map"},
	{11, "price: free",
	 "house.yaml:11:8: price: expected a map with currency, in and out, or unknown"},
	{11, "price: {currency: eur, in: 1, out: 1}",
	 "house.yaml:11:19: price.currency: expected a currency such as USD"},
	{11, "price: {currency: EUR, in: -1, out: 1}",
	 "house.yaml:11:28: price.in: expected an amount per million tokens, such "
	 "as 0.10"},
	{11, "price: {currency: EUR, in: 1, out: 1.0000001}",
	 "house.yaml:11:36: price.out: expected an amount per million tokens, such "
	 "as 0.10"},
	{12, "finishes: {cut: overlaoded}",
	 "house.yaml:12:17: finishes.cut: unknown class \"overlaoded\" (did you mean "
	 "\"overloaded\"?)"},
	{13, "errors: [{http: 42, match_path: a, match: b, class: quota}]",
	 "house.yaml:13:17: errors[0].http: expected an HTTP status, or 0 for any"},
	{13, "errors: [{http: 400, match_path: a, match: b, class: http_4xx}]",
	 "house.yaml:13:54: errors[0].class: unknown class \"http_4xx\" (did you mean "
	 "\"http_5xx\"?)"},
	{13, "errors: [{http: 400, match_path: a, match: \"\", class: quota}]",
	 "house.yaml:13:44: errors[0].match: expected a text that is not empty"},
	{13, "errors: [{http: 400, match_path: a, class: quota}]",
	 "house.yaml:13:10: errors[0]: the key \"match\" is missing"},
	{13, "errors: [{http: 400, match_path: a, match: [b, {c: d}], class: quota}]",
	 "house.yaml:13:48: errors[0].match: expected a text that is not empty"},
	{13, "errors: [{http: 400, match_path: a, matches: b, class: quota}]",
	 "house.yaml:13:37: errors[0]: unknown key \"matches\" (did you mean "
	 "\"match\"?)"},
	{13, "errors: [{http: 0, match_path: a, match: b, class: quota}]\n"
	 "door: [{http: 0, match_path: a, match: b}]",
	 "house.yaml:14:8: door: a door has one HTTP status, not any"},
	{13, "errors: [{http: 0, match_path: a, match: b, class: quota}]\n"
	 "door: [{http: 401, match_path: a}]",
	 "house.yaml:14:8: door[0]: the key \"match\" is missing"},
	{6, "models_path: /models\nmodels_url: https://a.example/list",
	 "house.yaml:7:13: models_path is there too: one of the two"},
	{6, "embedding: {model: e}",
	 "house.yaml:6:12: embedding: the key \"path\" is missing"},
	{14, "checked: 2026-1-23",
	 "house.yaml:14:10: checked: expected a date such as 2026-11-23"},
	{14, "checked: 2026-11-230",
	 "house.yaml:14:10: checked: expected a date such as 2026-11-23"},
	{15, "sources: &a invented",
	 "house.yaml:15:10: "},
	{16, "retired_models: {a: b}",
	 "house.yaml:16:17: retired_models: expected a list"},
};
/* clang-format on */

static void every_broken_file_names_line_column_path_and_cure(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct arena *a = arena_new();
		struct err e = {0};
		size_t n = strlen(broken[i].error);
		bool begins = broken[i].error[n - 1] == ' ';

		assert_null(parse_with(broken[i].line, broken[i].text, a, &e));
		if (begins ? strncmp(e.msg, broken[i].error, n) != 0
			   : strcmp(e.msg, broken[i].error) != 0)
			fail_msg("%s\n  gives  %s\n  wanted %s", broken[i].text, e.msg,
			    broken[i].error);
		assert_int_equal(e.code, ERR_CONFIG);
		arena_free(a);
	}
}

static void self_hosted_file_needs_no_model(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	const struct provider *p = parse_with(10,
	    "probe: {max_tokens: 16, max_tokens_field: max_tokens}\nself_hosted: true", a,
	    &e);

	(void)state;
	assert_non_null(p);
	assert_null(p->model);
	arena_free(a);
}

static void file_that_is_too_large_is_refused(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	struct str text;

	(void)state;
	str_init(&text, 1 << 20);
	for (int i = 0; i < 30000; i++)
		str_adds(&text, "# nothing\n");
	assert_null(provider_parse(str_span(&text), "big.yaml", a, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_int_equal(strncmp(e.msg, "big.yaml: ", 10), 0);
	str_fini(&text);
	arena_free(a);
}

static void every_prefix_of_a_file_is_read_or_refused_without_harm(void **state)
{
	struct str file;

	(void)state;
	str_init(&file, 100000);
	for (size_t i = 0; i < N_LINES; i++)
		str_addf(&file, "%s\n", good[i]);
	for (size_t n = 0; n < file.len; n++) {
		struct arena *a = arena_new();
		struct err e = {0};
		const struct provider *p =
		    provider_parse((struct span){file.data, n}, "cut.yaml", a, &e);

		assert_true(p != NULL || strncmp(e.msg, "cut.yaml:", 9) == 0);
		arena_free(a);
	}
	str_fini(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(good_file_becomes_a_provider),
	    cmocka_unit_test(extra_body_keeps_types_and_order),
	    cmocka_unit_test(the_other_doors_of_a_provider_are_read),
	    cmocka_unit_test(every_broken_file_names_line_column_path_and_cure),
	    cmocka_unit_test(self_hosted_file_needs_no_model),
	    cmocka_unit_test(file_that_is_too_large_is_refused),
	    cmocka_unit_test(every_prefix_of_a_file_is_read_or_refused_without_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
