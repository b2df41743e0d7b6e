/* SPDX-License-Identifier: MIT */
#include "agent/conf_draft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/conf_fixture.h"

struct fake {
	const char *names[8]; /* that are set; NULL ends */
};

static const char *get(void *arg, const char *name)
{
	const struct fake *f = arg;
	for (size_t i = 0; f->names[i]; i++)
		if (!strcmp(f->names[i], name))
			return strstr(name, "SLACK") ? FIXTURE_SLACK : "sk-1";
	return NULL;
}

/* The draft of this environment; *ret_n targets. */
static void draft(struct fake *f, struct str *ret, size_t *ret_n)
{
	struct arena *a = arena_new();
	struct err e = {0};
	const struct catalogue *c = catalogue_load(a, &e);
	struct conf_draft_env env = {.arg = f, .get = get};
	assert_non_null(c);
	str_init(ret, CONF_DRAFT_LIMIT);
	*ret_n = conf_draft(c, &env, ret);
	assert_false(ret->cut);
	arena_free(a);
}

/* In the same environment that it was made of. */
static struct conf *load(struct fake *f, const struct str *text, size_t *ret_warnings)
{
	struct conf_world w = fixture_world();
	struct conf_problems p;
	w.arg = f;
	w.env = get;
	conf_problems_init(&p);
	struct conf *c = conf_load(str_span(text), "dimwatch.yaml", &w, &p);
	for (size_t i = 0; !c && i < p.n; i++)
		print_message("# %s\n", p.rows[i].text);
	*ret_warnings = p.n;
	conf_problems_fini(&p);
	assert_non_null(c);
	return c;
}

static void a_draft_loads_without_errors_and_warnings(void **state)
{
	struct fake f = {
	    {"DEEPSEEK_API_KEY", "DASHSCOPE_API_KEY", "OPENAI_API_KEY",
             "SLACK_WEBHOOK_URL"}
        };
	struct str text;
	size_t n, warnings;
	(void)state;
	draft(&f, &text, &n);
	assert_int_equal(n, 3);
	struct conf *c = load(&f, &text, &warnings);
	assert_int_equal(c->n_targets, 3);
	assert_int_equal(c->n_channels, 1);
	assert_int_equal(warnings, 0);
	conf_free(c);
	str_fini(&text);
}

static void without_slack_the_alerts_are_a_comment(void **state)
{
	struct fake f = {{"DEEPSEEK_API_KEY"}};
	struct str text;
	size_t n, warnings;
	(void)state;
	draft(&f, &text, &n);
	struct conf *c = load(&f, &text, &warnings);
	assert_int_equal(c->n_channels, 0);
	assert_int_equal(warnings, 1); /* nobody would be told */
	assert_non_null(strstr(str_c(&text), "#  - slack: ${SLACK_WEBHOOK_URL}"));
	conf_free(c);
	str_fini(&text);
}

static void a_draft_holds_references_and_never_a_key(void **state)
{
	struct fake f = {
	    {"DEEPSEEK_API_KEY", "SLACK_WEBHOOK_URL"}
        };
	struct str text;
	size_t n;
	(void)state;
	draft(&f, &text, &n);
	assert_null(strstr(str_c(&text), "sk-1"));
	assert_null(strstr(str_c(&text), "hooks.slack.com"));
	str_fini(&text);
}

static void two_account_systems_with_one_variable_are_one_target_with_a_hint(void **state)
{
	struct fake f = {{"MOONSHOT_API_KEY"}};
	struct str text;
	size_t n, warnings;
	(void)state;
	draft(&f, &text, &n);
	assert_int_equal(n, 1);
	assert_non_null(strstr(str_c(&text), "- provider: moonshot "));
	assert_non_null(strstr(str_c(&text), "write: moonshot-cn"));
	struct conf *c = load(&f, &text, &warnings);
	assert_int_equal(c->n_targets, 1);
	conf_free(c);
	str_fini(&text);
}

static void own_servers_are_comments_even_when_their_key_is_set(void **state)
{
	struct fake f = {
	    {"VLLM_API_KEY", "OLLAMA_API_KEY"}
        };
	struct str text;
	size_t n;
	(void)state;
	draft(&f, &text, &n);
	assert_int_equal(n, 0);
	assert_non_null(strstr(str_c(&text), "# - {provider: vllm"));
	str_fini(&text);
}

static void the_variables_are_named_once(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	const struct catalogue *c = catalogue_load(a, &e);
	struct str s;
	(void)state;
	assert_non_null(c);
	str_init(&s, 4000);
	conf_draft_variables(c, &s);
	const char *first = strstr(str_c(&s), "MOONSHOT_API_KEY");
	assert_non_null(first);
	assert_null(strstr(first + 1, "MOONSHOT_API_KEY"));
	assert_non_null(strstr(str_c(&s), "DEEPSEEK_API_KEY, "));
	str_fini(&s);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_draft_loads_without_errors_and_warnings),
	    cmocka_unit_test(without_slack_the_alerts_are_a_comment),
	    cmocka_unit_test(a_draft_holds_references_and_never_a_key),
	    cmocka_unit_test(
		two_account_systems_with_one_variable_are_one_target_with_a_hint),
	    cmocka_unit_test(own_servers_are_comments_even_when_their_key_is_set),
	    cmocka_unit_test(the_variables_are_named_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
