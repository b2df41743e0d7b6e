/* SPDX-License-Identifier: MIT
 *
 * Who takes over for a model that is gone: the catalogue's next, for the catalogue's own
 * choice only, with its own address, series and unknown price; rungs and rivals follow.
 */
#include "agent/conf_fallback.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/conf_fixture.h"

static bool own_text(void *arg, const char *path, struct str *out, struct err *e)
{
	(void)arg;
	(void)e;
	(void)path;
	/* Gemini's addresses hold the model; two may follow, the first is retired. */
	return str_adds(out, "id: gemini\nkey_env: OPENAI_API_KEY\n"
			     "probe: {model: m1, fallback_models: [m2, m3, m4]}\n"
			     "retired_models: [m2]\n");
}

static struct conf *load(const char *targets)
{
	struct conf_world w = fixture_world();
	struct conf_problems p;
	struct str text;
	struct conf *c = NULL;
	w.text = own_text;
	str_init(&text, 5000);
	str_addf(&text, "catalogue: g.yaml\ntargets:\n%s", targets);
	conf_problems_init(&p);
	c = conf_load(str_span(&text), "c.yaml", &w, &p);
	if (!c)
		print_error("%s\n", p.rows[0].text);
	assert_non_null(c);
	conf_problems_fini(&p);
	str_fini(&text);
	return c;
}

static void the_next_model_that_lives_is_asked_at_its_own_address(void **state)
{
	struct conf *c = load("  - {provider: gemini}\n  - {provider: deepseek}\n"), *d,
		    *e;
	const struct target *t = &c->targets[0];
	(void)state;
	d = conf_take_over(c, t);
	assert_non_null(d);
	assert_string_equal(t->model, "m1"); /* the old generation is as it was */
	assert_non_null(strstr(t->url, "/models/m1:"));
	t = &d->targets[0];
	assert_string_equal(t->model, "m3");
	assert_string_equal(t->instead_of, "m1");
	assert_non_null(strstr(t->url, "/models/m3:"));
	assert_false(target_same_series(t, &c->targets[0]));
	assert_int_equal(t->price.in_nano_per_tok, -1);
	assert_int_equal(t->max_asks_per_day, 2000);
	assert_true(target_same_series(&d->targets[1], &c->targets[1]));
	e = conf_take_over(d, t);
	assert_string_equal(e->targets[0].model, "m4");
	assert_string_equal(e->targets[0].instead_of, "m1");
	assert_null(conf_take_over(e, &e->targets[0])); /* nobody is left */
	assert_null(conf_take_over(e, &e->targets[1])); /* nobody was named */
	conf_free(c);
}

static void what_the_config_names_is_never_replaced(void **state)
{
	struct conf *c = load("  - {provider: gemini, model: m1}\n");
	(void)state;
	assert_null(conf_take_over(c, &c->targets[0]));
	conf_free(c);
}

static void an_address_of_ones_own_that_holds_the_model_is_left_alone(void **state)
{
	struct conf *c =
	    load("  - {provider: gemini, base_url: 'https://gw.example.org/v1', "
		 "key: '${GATEWAY}'}\n");
	(void)state;
	assert_null(conf_take_over(c, &c->targets[0]));
	conf_free(c);
	c = load("  - {provider: groq, base_url: 'https://gw.example.org/v1', "
		 "key: '${GATEWAY}'}\n");
	struct conf *d = conf_take_over(c, &c->targets[0]);
	assert_non_null(d);
	assert_string_equal(d->targets[0].url, c->targets[0].url);
	conf_free(c);
}

static void rungs_and_rivals_follow_into_the_new_generation(void **state)
{
	struct conf *c =
	    load("  - {provider: deepseek}\n"
		 "  - {provider: gemini, probe: {stream: 60s, models: 120s, door: 60s}}\n"
		 "failover: {chat: [gemini, deepseek]}\n");
	struct conf *d = NULL;
	(void)state;
	assert_int_equal(c->n_targets, 4);
	d = conf_take_over(c, c->failovers[0].rivals[0]);
	assert_non_null(d);
	assert_int_equal(d->n_targets, 4);
	assert_ptr_equal(d->failovers[0].rivals[1], &d->targets[0]);
	assert_string_equal(d->failovers[0].rivals[0]->model, "m3");
	for (size_t i = 1; i < 4; i++) {
		assert_string_equal(d->targets[i].model, "m3");
		if (d->targets[i].lead)
			assert_ptr_equal(d->targets[i].lead, d->failovers[0].rivals[0]);
	}
	conf_free(c);
}

static void a_reload_keeps_who_took_over_for_targets_that_are_the_same(void **state)
{
	struct conf *c = load("  - {provider: gemini}\n"), *old = NULL, *again = NULL;
	struct conf *fresh = load("  - {provider: gemini}\n");
	struct conf *named = load("  - {provider: gemini, model: mine}\n");
	struct conf *other = load("  - {name: gemini, provider: deepseek}\n");
	(void)state;
	old = conf_take_over(c, &c->targets[0]);
	old = conf_take_over(old, &old->targets[0]);
	again = conf_keep_taken_over(old, fresh);
	assert_string_equal(again->targets[0].model, "m4");
	assert_string_equal(again->targets[0].instead_of, "m1");
	assert_ptr_equal(conf_keep_taken_over(old, named), named);
	assert_ptr_equal(conf_keep_taken_over(old, other), other);
	assert_ptr_equal(conf_keep_taken_over(other, other), other);
	conf_free(c);
	conf_free(fresh);
	conf_free(named);
	conf_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_next_model_that_lives_is_asked_at_its_own_address),
	    cmocka_unit_test(what_the_config_names_is_never_replaced),
	    cmocka_unit_test(an_address_of_ones_own_that_holds_the_model_is_left_alone),
	    cmocka_unit_test(rungs_and_rivals_follow_into_the_new_generation),
	    cmocka_unit_test(a_reload_keeps_who_took_over_for_targets_that_are_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
