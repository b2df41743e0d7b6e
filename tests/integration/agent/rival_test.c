/* SPDX-License-Identifier: MIT
 *
 * Whom messages name meanwhile, on the whole agent in virtual time: never somebody who
 * fails with the one that is down or whom nobody asks, and not somebody who came back
 * just now, over a restart as well.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "agent/pipeline_impl.h"
#include "agent/requests.h"
#include "tests/integration/agent/house.h"

#define TARGET(name, provider, path, more)                                               \
	"  - {name: " name ", provider: " provider                                       \
	", base_url: 'http://127.0.0.1:%d/" path "/v1', key: '${KEY}'" more "}\n"
#define TARGETS                                                                          \
	TARGET("alpha", "deepseek", "deepseek", ", interval: 30s")                       \
	TARGET("beta", "moonshot-cn", "moonshot", ", interval: 30s")                     \
	TARGET("gamma", "dashscope", "dashscope", ", interval: 30s")
#define HOOK                                                                             \
	"channels:\n"                                                                    \
	"  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"                    \
	"routes:\n"                                                                      \
	"  - {to: hook, repeat: 10m}\n"
#define CONFIG "targets:\n" TARGETS HOOK

/* Whom a message about an outage of these would name now. */
static const char *meanwhile(
    struct house *h, const char *provider, const char *a, const char *b)
{
	struct incident in = {.class = CLASS_OUTAGE, .state = INCIDENT_OPEN};
	const char *use;

	(void)str_copy(in.provider, sizeof(in.provider), provider);
	incident_add_target(&in, a);
	if (b)
		incident_add_target(&in, b);
	use = pipeline_alternative(h->pipeline, &in);
	return use ? use : "";
}

static void order(struct house *h, const char *verb, const char *args)
{
	struct order o = {.id = 1, .at = loop_wall(h->loop)};

	(void)str_copy(o.verb, sizeof(o.verb), verb);
	o.args = xstrdup(args);
	pipeline_on_order(h->pipeline, &o);
	order_fini(&o);
}

static void nobody_who_fails_with_it_is_named(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, "");
	house_start(&h, CONFIG);
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "");
	house_run_to(&h, 2 * MS_PER_MIN);
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "beta");
	assert_string_equal(meanwhile(&h, "moonshot-cn", "beta", NULL), "alpha");
	/* Of a cause that two share, in whatever order they are named. */
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", "beta"), "gamma");
	assert_string_equal(meanwhile(&h, "deepseek", "beta", "alpha"), "gamma");
	house_close(&h);
}

static void the_class_of_rivals_comes_first_and_other_models_of_it_never(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, "");
	house_start(&h,
	    "targets:\n" TARGETS TARGET("alpha2", "deepseek", "deepseek",
		", model: deepseek-v4") "failover:\n  chat: [alpha, alpha2, gamma]\n" HOOK);
	house_run_to(&h, 2 * MS_PER_MIN);
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "gamma");
	assert_string_equal(meanwhile(&h, "dashscope", "gamma", NULL), "alpha");
	house_close(&h);
}

static void nobody_whom_nobody_asks_is_named(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, "");
	house_start(&h,
	    "targets:\n" TARGETS HOOK "maintenance:\n"
	    "  - {match: {target: gamma}, every: \"daily 00:10-00:30 UTC\"}\n");
	house_run_to(&h, 5 * MS_PER_MIN);
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "beta");
	order(&h, "pause", "{\"target\":\"beta\"}");
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "gamma");
	house_run_to(&h, 10 * MS_PER_MIN + 1000);
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "");
	house_run_to(&h, 32 * MS_PER_MIN);
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "gamma");
	order(&h, "resume", "{\"target\":\"beta\"}");
	house_run_to(&h, 33 * MS_PER_MIN);
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "beta");
	house_close(&h);
}

static void nobody_whose_budget_is_spent_is_named(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, "");
	house_start(&h, "targets:\n" TARGET("alpha", "deepseek", "deepseek", "")
			    TARGET("beta", "moonshot-cn", "moonshot", ", max_asks: 1/day")
				TARGET("gamma", "dashscope", "dashscope", "") HOOK);
	house_run_to(&h, MS_PER_MIN);
	assert_string_equal(
	    house_sql(&h, "select count(*) from samples_v where target = 'beta'"), "1");
	assert_string_equal(meanwhile(&h, "deepseek", "alpha", NULL), "gamma");
	house_close(&h);
}

static void nobody_behind_the_gateway_that_fails_is_named(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, "");
	house_start(&h,
	    "targets:\n" TARGET("gate", "deepseek", "deepseek", "")
		TARGET("alpha", "zhipu", "zhipu", ", depends_on: gate")
		    TARGET("beta", "moonshot-cn", "moonshot", ", depends_on: gate")
			TARGET("deep", "minimax", "minimax", ", depends_on: beta")
			    TARGET("gamma", "dashscope", "dashscope", "") HOOK);
	house_run_to(&h, 2 * MS_PER_MIN);
	assert_string_equal(meanwhile(&h, "deepseek", "gate", NULL), "gamma");
	assert_string_equal(meanwhile(&h, "zhipu", "alpha", NULL), "gamma");
	order(&h, "pause", "{\"target\":\"gamma\"}");
	assert_string_equal(meanwhile(&h, "deepseek", "gate", NULL), "");
	/* One model behind it fails: the gateway works, and whom else would it be? */
	assert_string_equal(meanwhile(&h, "zhipu", "alpha", NULL), "gate");
	assert_string_equal(meanwhile(&h, "deepseek", "gate", "alpha"), "");
	house_close(&h);
}

/* alpha was down until the 15th minute; beta fails from the 17th on, for long. */
static void who_came_back_just_now_is_not_named_over_a_restart(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, "at 5m deepseek: http 500\nat 15m deepseek: ok\n"
		       "at 17m moonshot: http 500\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 17 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	assert_string_equal(h.got[0].use, "beta"); /* of the first outage */
	assert_string_equal(meanwhile(&h, "moonshot-cn", "beta", NULL), "gamma");
	house_stop(&h);
	house_start(&h, CONFIG);
	house_run_to(&h, 22 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 2);
	assert_string_equal(h.got[h.n_got - 1].use, "gamma");
	/* Well for a while: it is the first in order of preference again. */
	house_run_to(&h, 32 * MS_PER_MIN);
	assert_string_equal(h.got[h.n_got - 1].type, "incident.reminder");
	assert_string_equal(h.got[h.n_got - 1].use, "alpha");
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_who_fails_with_it_is_named),
	    cmocka_unit_test(
		the_class_of_rivals_comes_first_and_other_models_of_it_never),
	    cmocka_unit_test(nobody_whom_nobody_asks_is_named),
	    cmocka_unit_test(nobody_whose_budget_is_spent_is_named),
	    cmocka_unit_test(nobody_behind_the_gateway_that_fails_is_named),
	    cmocka_unit_test(who_came_back_just_now_is_not_named_over_a_restart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
