/* SPDX-License-Identifier: MIT
 *
 * The tree with its places, and broken files: each names line, column and cure.
 */
#include "agent/base/yaml.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"

/* Kinds agree with fields, children are counted, keys stand in maps only. */
static void assert_sane_node(const struct yaml_node *n, int level)
{
	int kids = 0;

	assert_true(n->line >= 1 && n->column >= 1);
	assert_int_equal(n->kind == YAML_SCALAR, n->text != NULL);
	assert_true(level <= YAML_MAX_DEPTH + 1);
	for (const struct yaml_node *kid = n->kids; kid; kid = kid->next) {
		assert_int_equal(kid->key != NULL, n->kind == YAML_MAP);
		assert_int_equal(kid->key_line > 0, n->kind == YAML_MAP);
		assert_sane_node(kid, level + 1);
		kids++;
	}
	assert_int_equal(kids, n->n_kids);
}

static struct yaml_node *parsed(struct arena *a, const char *text)
{
	struct err e = {0};
	struct yaml_node *n = yaml_parse(span_of(text), a, &e);

	if (!n)
		fail_msg("%s\n%s", text, e.msg);
	assert_sane_node(n, 1);
	return n;
}

static void a_config_becomes_a_tree(void **state)
{
	struct arena *a = arena_new();
	struct yaml_node *root =
	    parsed(a, "# head\n"
		      "targets:\n"
		      "  - provider: deepseek   # cheap\n"
		      "    interval: 30s\n"
		      "  - {provider: moonshot, probe: [stream, \"chat\"]}\n"
		      "prompt: |\n"
		      "  two\n"
		      "  lines\n");
	struct yaml_node *targets = yaml_find(root, "targets");
	struct yaml_node *first = targets->kids, *second = first->next;

	(void)state;
	assert_int_equal(root->kind, YAML_MAP);
	assert_int_equal(targets->kind, YAML_LIST);
	assert_int_equal(targets->n_kids, 2);
	assert_string_equal(yaml_find(first, "provider")->text, "deepseek");
	assert_string_equal(yaml_find(first, "interval")->text, "30s");
	assert_string_equal(yaml_find(second, "probe")->kids->next->text, "chat");
	assert_string_equal(yaml_find(root, "prompt")->text, "two\nlines\n");
	assert_null(yaml_find(root, "nothing"));
	assert_null(yaml_find(targets, "provider"));
	assert_null(yaml_find(NULL, "provider"));
	arena_free(a);
}

static void every_node_knows_its_place(void **state)
{
	struct arena *a = arena_new();
	struct yaml_node *root = parsed(a, "a: 1\n\xe7\x81\xaf: {b: [x, \"y\"]}\n");
	struct yaml_node *lamp = yaml_find(root, "\xe7\x81\xaf"), *b = lamp->kids;

	(void)state;
	assert_int_equal(lamp->key_line, 2);
	assert_int_equal(lamp->key_column, 1);
	assert_int_equal(lamp->line, 2);
	assert_int_equal(lamp->column, 4);
	assert_int_equal(b->key_column, 5);
	assert_int_equal(b->kids->next->line, 2);
	assert_int_equal(b->kids->next->column, 12);
	arena_free(a);
}

static void scalars_stay_text(void **state)
{
	static const char *const words[] = {"no", "1e3", "12:30", "0x10", "true",
	    "2026-11-23", "007", "http://x/y?z=1#q",
	    "error_rate > 20% over 10m, at least 3 failures", "${SLACK_WEBHOOK_URL}"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
		char text[100];
		struct yaml_node *v;

		snprintf(text, sizeof(text), "k: %s\n", words[i]);
		v = yaml_find(parsed(a, text), "k");
		assert_string_equal(v->text, words[i]);
		assert_false(v->quoted);
	}
	arena_free(a);
}

static void quoting_is_remembered(void **state)
{
	struct arena *a = arena_new();
	struct yaml_node *root = parsed(a,
	    "a: \"\"\nb: ''\nc:\nd: ~\ne: null\nf: 'null'\ng: \"x\\ty\"\nh: |\n  t\ni: []\n");
	static const struct {
		const char *key;
		bool quoted, null;
	} rows[] = {
	    {"a", true,  false},
	    {"b", true,  false},
	    {"c", false, true },
	    {"d", false, true },
	    {"e", false, true },
	    {"f", true,  false},
	    {"g", true,  false},
	    {"h", true,  false},
	    {"i", false, false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct yaml_node *n = yaml_find(root, rows[i].key);

		assert_int_equal(n->quoted, rows[i].quoted);
		assert_int_equal(yaml_is_null(n), rows[i].null);
	}
	assert_string_equal(yaml_find(root, "g")->text, "x\ty");
	assert_false(yaml_is_null(NULL));
	arena_free(a);
}

static void an_empty_document_is_an_empty_map(void **state)
{
	static const char *const empty[] = {
	    "", "\n\n", "# only a comment\n", "\xef\xbb\xbf", "---\n"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct yaml_node *root = parsed(a, empty[i]);

		assert_int_equal(root->kind, YAML_MAP);
		assert_int_equal(root->n_kids, 0);
	}
	assert_true(yaml_is_null(parsed(a, empty[4])));
	assert_non_null(yaml_parse((struct span){NULL, 0}, a, NULL));
	arena_free(a);
}

static void windows_files_and_byte_order_marks_are_fine(void **state)
{
	struct arena *a = arena_new();
	struct yaml_node *root = parsed(a, "\xef\xbb\xbf"
					   "a: 1\r\nb: 2\r\n");

	(void)state;
	assert_string_equal(yaml_find(root, "a")->text, "1");
	assert_string_equal(yaml_find(root, "b")->text, "2");
	assert_int_equal(root->kids->key_column, 1);
	assert_int_equal(root->kids->next->key_line, 2);
	arena_free(a);
}

static void comments_may_hold_tabs(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	parsed(a, "  #\ttab\na: 1\n");
	arena_free(a);
}

struct broken {
	const char *text;
	const char *place; /* "LINE:COLUMN: " */
	const char *cure;  /* a part of the sentence */
};

/* clang-format off */
static const struct broken broken[] = {
    {"a: {slack: ${X}}", "1:12: ", "needs quotes: write \"${X}\""},
    {"a:\n  - {u: https://h/${X_Y}, b: 1}", "2:19: ", "write \"${X_Y}\""},
    {"a: [${X}]", "1:5: ", "write \"${X}\""},
    {"a: [x, ${X", "1:8: ", "write \"${NAME}\""},
    {"a: 1\n b: 2", "2:3: ", "indent this line like its neighbours"},
    {"  a: 1\n b: 2", "2:2: ", "check the indentation"},
    {"a:\n  b: 1\n c: 2", "3:2: ", "indent it like its neighbours"},
    {"a: error: b", "1:9: ", "put the value in quotes"},
    {"a: *x", "1:4: ", "alias"},
    {"a: * * *", "1:5: ", "put it in quotes"},
    {"a: &x 1", "1:4: ", "anchor"},
    {"a: & b", "1:5: ", "put it in quotes"},
    {"a: !x 1", "1:4: ", "tag"},
    {"a: !!str 1", "1:4: ", "tag"},
    {"a: !e!x 1", "1:4: ", "tag"},
    {"a: &x [1]", "1:4: ", "anchor"},
    {"a: !x {b: 1}", "1:4: ", "tag"},
    {"a: \"abc", "1:4: ", "add the closing quote"},
    {"a: 'abc\n\nb: 1", "1:4: ", "add the closing quote"},
    {"a: \"\\q\"", "1:5: ", "unknown escape"},
    {"a: \"\\xZZ\"", "1:7: ", "unknown escape"},
    {"a: \"\\ud800\"", "1:7: ", "unknown escape"},
    {"a: \"\\0\"", "1:4: ", "\\0"},
    {"a: %x", "1:4: ", "put it in quotes"},
    {"a: @x", "1:4: ", "put it in quotes"},
    {"a: `x`", "1:4: ", "put it in quotes"},
    {"%YAML 1.1\n---\na: 1", "1:1: ", "delete"},
    {"%TAG ! x\n---\na: 1", "1:1: ", "delete"},
    {"%x\n", "1:3: ", "delete"},
    {"a: 1\n---\nb: 2", "2:1: ", "second document"},
    {"a: 1\n...\nb: 2", "3:1: ", "check the indentation"},
    {"a: 1\nb: 2\na: 3", "3:1: ", "twice (first in line 1): delete one"},
    {"{a: 1, a: 2}", "1:8: ", "twice"},
    {"<<: x", "1:1: ", "merge keys"},
    {": x", "1:1: ", "write 'key: value'"},
    {"\"\": x", "1:1: ", "the key is empty"},
    {"[a]: x", "1:1: ", "a key must be a word"},
    {"{a: b}: x", "1:1: ", "a key must be a word"},
    {"- a\nb: 1", "2:1: ", "start it with '- '"},
    {"a: 1\n- b", "2:1: ", "write 'key: value'"},
    {"a: - b", "1:4: ", "start the list on a line of its own"},
    {"a: [1, 2\nb: 3", "2:2: ", "close the '['"},
    {"a: {b: 1\nc: 3", "2:2: ", "close the '{'"},
    {"a: {b: 1}}", "1:10: ", "behind a complete value"},
    {"a: \"b\" c", "1:8: ", "behind a complete value"},
    {"- 'b' c", "1:7: ", "behind a complete value"},
    {"a: }", "1:4: ", "put it in quotes"},
    {"a: ,", "1:4: ", "put it in quotes"},
    {"a: |x\n  b", "1:5: ", "text block"},
    {"a: 1\nword", "2:1: ", "write 'key: value'"},
    {"a: ? b", "1:4: ", "write 'key: value'"},
    {"a:\t1", "1:3: ", "use blanks"},
    {"a:\n\tb: 1", "2:1: ", "use blanks"},
    {"a: 1 # x\ty", "1:9: ", "use blanks"},
    {"a: \xff", "1:4: ", "save the file as UTF-8"},
    {"\xff\xfe" "a", "1:1: ", "save the file as UTF-8"},
    {"a: \xe7\x81\xaf\xe7\x81", "1:5: ", "save the file as UTF-8"},
    {"# \xc0\x80\n", "1:3: ", "save the file as UTF-8"},
    {"a: x\x1b[31m", "1:5: ", "control character"},
    {"a: x\x7f", "1:5: ", "control character"},
    {"a: x\xc2\x85", "1:5: ", "control character"},
    {"a: x\xe2\x80\xa8", "1:5: ", "invisible"},
    {"a: x\xef\xbb\xbf", "1:5: ", "invisible"},
    {"a: 1\rb: 2", "1:5: ", "line feed"},
};
/* clang-format on */

static void broken_files_name_line_column_and_cure(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(broken) / sizeof(broken[0]); i++) {
		struct arena *a = arena_new();
		struct err e = {0};

		if (yaml_parse(span_of(broken[i].text), a, &e))
			fail_msg("accepted: %s", broken[i].text);
		if (strncmp(e.msg, broken[i].place, strlen(broken[i].place)) != 0 ||
		    !strstr(e.msg, broken[i].cure))
			fail_msg("%s\n%s", broken[i].text, e.msg);
		assert_null(strchr(e.msg, 0x1b));
		assert_true(utf8_valid(span_of(e.msg)));
		arena_free(a);
	}
}

static void a_nul_byte_is_refused_where_it_stands(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};

	(void)state;
	assert_null(yaml_parse((struct span){"a: b\0c", 6}, a, &e));
	assert_int_equal(strncmp(e.msg, "1:5: ", 5), 0);
	arena_free(a);
}

static void a_duplicate_key_is_shown_harmlessly(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};

	(void)state;
	assert_null(yaml_parse(span_of("\"\\e[31m\": 1\n\"\\e[31m\": 2\n"), a, &e));
	assert_null(strchr(e.msg, 0x1b));
	assert_non_null(strstr(e.msg, "'\\x1b[31m'"));
	arena_free(a);
}

static void depth_has_a_limit(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	char text[64] = "";

	(void)state;
	memset(text, '[', YAML_MAX_DEPTH);
	memset(text + YAML_MAX_DEPTH, ']', YAML_MAX_DEPTH);
	parsed(a, text);
	memset(text, '[', YAML_MAX_DEPTH + 1);
	assert_null(yaml_parse(span_of(text), a, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_string_equal(e.msg, "1:17: nested deeper than 16 levels: flatten it");
	arena_free(a);
}

static char *repeated(const char *piece, size_t times, size_t *ret_n)
{
	size_t n = strlen(piece);
	char *text = xmalloc(n * times + 1);

	for (size_t i = 0; i < times; i++)
		memcpy(text + i * n, piece, n);
	text[n * times] = '\0';
	*ret_n = n * times;
	return text;
}

static void size_and_count_have_limits(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	size_t n;
	char *text = repeated("#2345678", YAML_MAX_BYTES / 8 + 1, &n);

	(void)state;
	assert_null(yaml_parse((struct span){text, n}, a, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_non_null(yaml_parse((struct span){text, YAML_MAX_BYTES}, a, &e));
	free(text);
	text = repeated("- \n", YAML_MAX_NODES + 1, &n);
	assert_null(yaml_parse((struct span){text, n}, a, &e));
	assert_int_equal(e.code, ERR_LIMIT);
	assert_non_null(strstr(e.msg, "500000:2: more than 500000 values"));
	free(text);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_config_becomes_a_tree),
	    cmocka_unit_test(every_node_knows_its_place),
	    cmocka_unit_test(scalars_stay_text),
	    cmocka_unit_test(quoting_is_remembered),
	    cmocka_unit_test(an_empty_document_is_an_empty_map),
	    cmocka_unit_test(windows_files_and_byte_order_marks_are_fine),
	    cmocka_unit_test(comments_may_hold_tabs),
	    cmocka_unit_test(broken_files_name_line_column_and_cure),
	    cmocka_unit_test(a_nul_byte_is_refused_where_it_stands),
	    cmocka_unit_test(a_duplicate_key_is_shown_harmlessly),
	    cmocka_unit_test(depth_has_a_limit),
	    cmocka_unit_test(size_and_count_have_limits),
	};

	return cmocka_run_group_tests_name("yaml", tests, NULL, NULL);
}
