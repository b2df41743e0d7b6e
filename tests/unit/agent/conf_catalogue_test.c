/* SPDX-License-Identifier: MIT
 *
 * `catalogue:` in a config: found beside it, told by place like every mistake of a
 * config, read anew by every load, and no key goes anywhere by inheritance.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/conf_fixture.h"

struct page {
	const char *path, *text;
};

static const struct page *pages;
static size_t n_pages;

static bool text_of(void *arg, const char *path, struct str *out, struct err *e)
{
	(void)arg;
	for (size_t i = 0; i < n_pages; i++)
		if (!strcmp(pages[i].path, path))
			return str_adds(out, pages[i].text);
	return err_set(e, ERR_NOT_FOUND,
	    "cannot be read (No such file or directory): check the path");
}

static struct conf_problems problems;

static struct conf *load(const char *config, const struct page *all, size_t n)
{
	struct conf_world w = fixture_world();
	w.text = text_of;
	pages = all;
	n_pages = n;
	conf_problems_fini(&problems);
	conf_problems_init(&problems);
	return conf_load(span_of(config), "etc/c.yaml", &w, &problems);
}

#define HOUSE                                                                            \
	"id: house\n"                                                                    \
	"name: Our own\n"                                                                \
	"dialect: openai-chat\n"                                                         \
	"regions: [{id: a, base_url: \"https://a.example/v1\"}]\n"                       \
	"chat_path: /chat/completions\n"                                                 \
	"auth: {header: Authorization, scheme: Bearer}\n"                                \
	"key_env: VLLM_KEY\n"                                                            \
	"probe: {model: m1, max_tokens: 16, max_tokens_field: max_tokens}\n"             \
	"price: {currency: EUR, in: 1, out: 2}\n"                                        \
	"errors: [{http: 429, match_path: \"*\", match: \"*\", class: quota}]\n"         \
	"checked: 2026-11-23\n"                                                          \
	"sources: ours\n"

static void a_provider_of_the_users_own_can_be_asked(void **state)
{
	static const struct page all[] = {
	    {"etc/house.yaml", HOUSE}
        };
	struct conf *c =
	    load("catalogue: house.yaml\ntargets: [{provider: house}]\n", all, 1);
	(void)state;
	if (!c)
		print_error("%s\n", problems.rows[0].text);
	assert_non_null(c);
	assert_string_equal(c->targets[0].url, "https://a.example/v1/chat/completions");
	assert_string_equal(c->targets[0].model, "m1");
	assert_string_equal(secret_reveal(c->targets[0].key), "sk-house");
	assert_string_equal(c->targets[0].price.currency, "EUR");
	conf_free(c);
}

static void an_override_is_what_targets_see(void **state)
{
	static const struct page all[] = {
	    {"/abs/ds.yaml",   "id: deepseek\nprobe: {model: deepseek-v4-pro}\n"},
	    {"etc/sub/o.yaml",
             "id: openai\nkey_env: VLLM_KEY\n"
		"regions: [{id: x, base_url: \"https://x.example/v1\"}]\n"      }
        };
	struct conf *c = load("catalogue: [/abs/ds.yaml, sub/o.yaml]\n"
			      "targets: [{provider: deepseek}, {provider: openai}]\n",
	    all, 2);
	(void)state;
	assert_non_null(c);
	assert_string_equal(c->targets[0].model, "deepseek-v4-pro");
	assert_string_equal(secret_reveal(c->targets[0].key), "sk-deepseek");
	assert_string_equal(c->targets[1].url, "https://x.example/v1/chat/completions");
	/* The variable that stands beside the address, not the one of OpenAI. */
	assert_string_equal(secret_reveal(c->targets[1].key), "sk-house");
	conf_free(c);
}

static void an_address_without_its_key_stops_the_load(void **state)
{
	static const struct page all[] = {
	    {"etc/o.yaml",
             "id: openai\nregions: [{id: x, base_url: \"https://x.example/v1\"}]\n"}
        };
	(void)state;
	assert_null(load("catalogue: o.yaml\ntargets: [{provider: openai}]\n", all, 1));
	assert_int_equal(problems.errors, 1);
	assert_string_equal(problems.rows[0].text,
	    "etc/o.yaml:2:10: changes where the key goes, so `key_env` must stand in the "
	    "same file: add `key_env: OPENAI_API_KEY`, or another variable");
}

static void mistakes_of_all_files_come_out_of_one_run_each_with_its_place(void **state)
{
	static const struct page all[] = {
	    {"etc/a.yaml", "id: deepseek\nprice: {currency: usd, in: x, out: 1}\n"},
	    {"etc/b.yaml", "id: openai\nchat_path: nowhere\n"                     }
        };
	static const char *const expected[] = {
	    "etc/c.yaml:1:29: catalogue[2]: etc/gone.yaml cannot be read (No such file or "
	    "directory): check the path",
	    "etc/c.yaml:2:22: targets[0].provider: no provider 'deepseak' (did you mean "
	    "deepseek?)",
	    "etc/a.yaml:2:19: price.currency: expected a currency such as USD",
	    "etc/a.yaml:2:28: price.in: expected an amount per million tokens, such as 0.10",
	    "etc/b.yaml:2:12: chat_path: expected a path that begins with \"/\""};
	(void)state;
	assert_null(load("catalogue: [a.yaml, b.yaml, gone.yaml]\n"
			 "targets: [{provider: deepseak}]\n"
			 "",
	    all, 2));
	for (size_t i = 0; i < sizeof(expected) / sizeof(*expected); i++) {
		bool there = false;
		for (size_t k = 0; k < problems.n; k++)
			there |= !strcmp(problems.rows[k].text, expected[i]);
		if (!there)
			for (size_t k = 0; k < problems.n; k++)
				print_error("%s\n", problems.rows[k].text);
		assert_true(there);
	}
	/* The config's own come first, then file by file. */
	for (size_t k = 1; k < problems.n; k++)
		assert_true(problems.rows[k - 1].file <= problems.rows[k].file);
}

static void the_same_provider_twice_is_an_error(void **state)
{
	static const struct page all[] = {
	    {"etc/a.yaml", "id: deepseek\nname: A\n"},
            {"etc/b.yaml", "id: deepseek\n"         }
        };
	(void)state;
	assert_null(load(
	    "catalogue: [a.yaml, b.yaml]\ntargets: [{provider: deepseek}]\n", all, 2));
	assert_int_equal(problems.errors, 1);
	assert_string_equal(problems.rows[0].text,
	    "etc/c.yaml:1:21: catalogue[1]: the provider 'deepseek' is already in "
	    "etc/a.yaml: put both into one file");
}

/* A reload is a load: what the file says now holds, and the config counts as another. */
static void every_load_reads_the_files_anew(void **state)
{
	static const char config[] =
	    "catalogue: ds.yaml\ntargets: [{provider: deepseek}]\n";
	static const struct page before[] = {
	    {"etc/ds.yaml", "id: deepseek\nprobe: {model: m1}\n"}
        };
	static const struct page after[] = {
	    {"etc/ds.yaml", "id: deepseek\nprobe: {model: m2}\n"}
        };
	struct conf *a = load(config, before, 1), *b = load(config, after, 1);
	struct conf_diff diff;
	(void)state;
	assert_non_null(a);
	assert_non_null(b);
	assert_string_equal(a->targets[0].model, "m1");
	assert_string_equal(b->targets[0].model, "m2");
	assert_string_not_equal(a->hash, b->hash);
	conf_compare(a, b, &diff);
	assert_int_equal(diff.targets_added, 1);
	assert_int_equal(diff.targets_kept, 0);
	conf_free(a);
	conf_free(b);
}

static int tidy(void **state)
{
	(void)state;
	conf_problems_fini(&problems);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_provider_of_the_users_own_can_be_asked),
	    cmocka_unit_test(an_override_is_what_targets_see),
	    cmocka_unit_test(an_address_without_its_key_stops_the_load),
	    cmocka_unit_test(
		mistakes_of_all_files_come_out_of_one_run_each_with_its_place),
	    cmocka_unit_test(the_same_provider_twice_is_an_error),
	    cmocka_unit_test(every_load_reads_the_files_anew),
	};
	return cmocka_run_group_tests(tests, NULL, tidy);
}
