/* SPDX-License-Identifier: MIT
 *
 * A user's own provider files: they add, they override what they say and nothing else, a
 * changed address never gets a key by inheritance, and every mistake is told in one run.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/catalogue.h"

static struct arena *arena;
static struct catalogue *catalogue;
static struct str told; /* "LINE:COLUMN: PATH: WHAT\n" */
static struct catalogue_report report;

static void hear(void *arg, int line, int column, const char *path, const char *what)
{
	(void)arg;
	str_addf(&told, "%d:%d: %s%s%s\n", line, column, path, *path ? ": " : "", what);
}

static int open_all(void **state)
{
	(void)state;
	arena = arena_new();
	catalogue = catalogue_open(arena);
	str_init(&told, 10000);
	report.fn = hear;
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	str_fini(&told);
	arena_free(arena);
	return 0;
}

static bool add(const char *text)
{
	const char *id = NULL;

	str_reset(&told);
	return catalogue_add(catalogue, span_of(text), "own.yaml", &report, &id);
}

static void refused(const char *text, const char *why)
{
	assert_false(add(text));
	assert_string_equal(str_c(&told), why);
}

#define HOUSE                                                                            \
	"name: Our own\n"                                                                \
	"dialect: openai-chat\n"                                                         \
	"regions: [{id: a, base_url: \"https://a.example/v1\"}]\n"                       \
	"chat_path: /chat/completions\n"                                                 \
	"auth: {header: Authorization, scheme: Bearer}\n"                                \
	"key_env: HOUSE_KEY\n"                                                           \
	"probe: {model: m1, max_tokens: 16, max_tokens_field: max_tokens}\n"             \
	"price: unknown\n"                                                               \
	"errors: [{http: 429, match_path: \"*\", match: \"*\", class: quota}]\n"         \
	"checked: 2026-11-23\n"                                                          \
	"sources: ours\n"

static void a_new_provider_stands_among_the_others_in_the_order_of_ids(void **state)
{
	size_t n = catalogue_count(catalogue);
	static const char *const ids[] = {"aaa", "house", "zzz"};

	(void)state;
	assert_true(add("id: house\n" HOUSE));
	assert_true(add("id: zzz\n" HOUSE));
	assert_true(add("id: aaa\n" HOUSE));
	assert_int_equal(catalogue_count(catalogue), n + 3);
	for (size_t i = 0; i < 3; i++)
		assert_string_equal(catalogue_find(catalogue, ids[i])->id, ids[i]);
	for (size_t i = 1; i < n + 3; i++)
		assert_true(strcmp(catalogue_at(catalogue, i - 1)->id,
				catalogue_at(catalogue, i)->id) < 0);
	assert_string_equal(catalogue_nearest(catalogue, "huose"), "house");
	assert_string_equal(catalogue_find(catalogue, "deepseek")->name, "DeepSeek");
	assert_int_equal(catalogue_text(catalogue, "house").n, 0);
}

static void what_an_override_leaves_out_stays_as_it_was(void **state)
{
	struct arena *other = arena_new();
	const struct provider *was = catalogue_find(catalogue_open(other), "deepseek"),
			      *p;

	(void)state;
	assert_true(add("id: deepseek\n"
			"probe: {model: deepseek-v4-pro}\n"
			"price: {currency: USD, in: 1, out: 2}\n"));
	p = catalogue_find(catalogue, "deepseek");
	assert_string_equal(p->model, "deepseek-v4-pro");
	assert_string_equal(p->price.currency, "USD");
	assert_int_equal(p->price.out_nano_per_tok, 2000);
	/* Hours and a note that belonged to the old price went with it. */
	assert_null(p->price_hours);
	assert_null(p->price_note);
	assert_int_equal(p->max_tokens, was->max_tokens);
	assert_string_equal(p->extra_body, was->extra_body);
	assert_string_equal(p->key_env, was->key_env);
	assert_int_equal(p->n_errors, was->n_errors);
	assert_string_equal(p->regions[0].base_url, was->regions[0].base_url);
	arena_free(other);
}

static void a_changed_address_gets_no_key_by_inheritance(void **state)
{
	const struct provider *p;

	(void)state;
	refused("id: deepseek\nregions: [{id: b, base_url: \"https://b.example\"}]\n",
	    "2:10: changes where the key goes, so `key_env` must stand in the same file: "
	    "add `key_env: DEEPSEEK_API_KEY`, or another variable\n");
	refused("id: openai\nmodels_url: \"https://b.example/models\"\n",
	    "2:13: changes where the key goes, so `key_env` must stand in the same file: "
	    "add `key_env: OPENAI_API_KEY`, or another variable\n");
	p = catalogue_find(catalogue, "deepseek");
	assert_string_equal(p->regions[0].base_url, "https://api.deepseek.com");
	assert_true(add("id: deepseek\nkey_env: B_KEY\n"
			"regions: [{id: b, base_url: \"https://b.example\"}]\n"));
	p = catalogue_find(catalogue, "deepseek");
	assert_string_equal(p->regions[0].base_url, "https://b.example");
	assert_string_equal(p->key_env, "B_KEY");
	assert_int_equal(p->n_door, 0); /* nobody knows what it refuses like */
}

static void every_mistake_is_told_in_one_run(void **state)
{
	(void)state;
	refused("id: house\n"
		"nmae: Our own\n"
		"dialect: openai-caht\n"
		"regions: [{id: a, base_url: \"ftp://a\"}, {id: b}]\n"
		"errors:\n"
		"  - {http: 429, match_path: a, match: b, class: qouta}\n"
		"  - {http: 9, match_path: a, match: b, class: quota}\n"
		"  - {http: 400, match_path: a, class: quota}\n",
	    "2:1: unknown key \"nmae\" (did you mean \"name\"?)\n"
	    "3:10: dialect: unknown dialect \"openai-caht\" (did you mean "
	    "\"openai-chat\"?)\n"
	    "4:29: regions[0].base_url: expected a URL that begins with https:// or "
	    "http://\n"
	    "4:41: regions[1]: the key \"base_url\" is missing\n"
	    "6:49: errors[0].class: unknown class \"qouta\" (did you mean \"quota\"?)\n"
	    "7:12: errors[1].http: expected an HTTP status, or 0 for any\n"
	    "8:5: errors[2]: the key \"match\" is missing\n"
	    "1:1: the key \"name\" is missing\n"
	    "1:1: the key \"chat_path\" is missing\n"
	    "1:1: the key \"auth\" is missing\n"
	    "1:1: the key \"probe\" is missing\n"
	    "1:1: the key \"price\" is missing\n"
	    "1:1: the key \"checked\" is missing\n"
	    "1:1: the key \"sources\" is missing\n");
	assert_null(catalogue_find(catalogue, "house"));
}

static void rows_and_prices_of_an_override_are_whole_or_none(void **state)
{
	(void)state;
	refused("id: deepseek\nprice: {in: 1}\nerrors: [{http: 429}]\n",
	    "2:8: price: the key \"currency\" is missing\n"
	    "2:8: price: the key \"out\" is missing\n"
	    "3:10: errors[0]: the key \"match_path\" is missing\n"
	    "3:10: errors[0]: the key \"match\" is missing\n"
	    "3:10: errors[0]: the key \"class\" is missing\n");
	refused("id: deepseek\nprobe: {model: deepseek-chat}\n",
	    "2:16: the model \"deepseek-chat\" is among retired_models\n");
	refused("id: deepseek\nretired_models: [deepseek-flash]\n",
	    "1:1: the model \"deepseek-flash\" is among retired_models\n");
}

static void what_is_no_provider_file_says_where(void **state)
{
	(void)state;
	assert_false(add("id: [\n"));
	assert_non_null(strstr(str_c(&told), "2:1: "));
	refused("- a\n", "1:1: expected a map\n");
	refused("id:\n", "1:4: id: expected a text that is not empty\n"
			 "1:1: the key \"name\" is missing\n"
			 "1:1: the key \"dialect\" is missing\n"
			 "1:1: the key \"regions\" is missing\n"
			 "1:1: the key \"chat_path\" is missing\n"
			 "1:1: the key \"auth\" is missing\n"
			 "1:1: the key \"probe\" is missing\n"
			 "1:1: the key \"price\" is missing\n"
			 "1:1: the key \"errors\" is missing\n"
			 "1:1: the key \"checked\" is missing\n"
			 "1:1: the key \"sources\" is missing\n");
}

static void one_of_two_lists_of_models_gives_way(void **state)
{
	const struct provider *p;

	(void)state;
	assert_true(
	    add("id: deepseek\nkey_env: K\nmodels_url: \"https://l.example/m\"\n"));
	p = catalogue_find(catalogue, "deepseek");
	assert_null(p->models_path);
	assert_true(add("id: deepseek\nmodels_path: /models\n"));
	p = catalogue_find(catalogue, "deepseek");
	assert_null(p->models_url);
	assert_string_equal(p->models_path, "/models");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, open_all, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_new_provider_stands_among_the_others_in_the_order_of_ids),
	    CASE(what_an_override_leaves_out_stays_as_it_was),
	    CASE(a_changed_address_gets_no_key_by_inheritance),
	    CASE(every_mistake_is_told_in_one_run),
	    CASE(rows_and_prices_of_an_override_are_whole_or_none),
	    CASE(what_is_no_provider_file_says_where),
	    CASE(one_of_two_lists_of_models_gives_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
