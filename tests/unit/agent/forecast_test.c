/* SPDX-License-Identifier: MIT */
#include "agent/forecast.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/tick.h"
#include "agent/spend.h"
#include "tests/unit/agent/conf_fixture.h"

#define ALERTS "alerts:\n  - slack: ${SLACK_WEBHOOK_URL}\n"

struct fc {
	struct conf *c;
	struct forecast f;
};

static struct fc forecast_of(const char *text)
{
	struct fc x = {.c = fixture_good(text)};
	forecast_init(&x.f, x.c);
	return x;
}

static void drop(struct fc *x)
{
	forecast_fini(&x->f);
	conf_free(x->c);
}

static void asks_a_day_times_cost_is_the_forecast(void **state)
{
	struct fc x =
	    forecast_of("targets:\n  - {provider: deepseek, interval: 60s}\n" ALERTS);
	const struct forecast_row *r = &x.f.rows[0];
	(void)state;
	assert_int_equal(r->limit, FORECAST_FREE);
	assert_int_equal(r->pace_ms, 60000);
	assert_int_equal(r->asks_day, 1440);
	assert_true(r->ask_nano > 0 && r->ask_nano == cost_per_ask(r->target));
	assert_true(r->day_nano == 1440 * r->ask_nano);
	/* Told in dollars. */
	assert_string_equal(x.f.currency, "USD");
	assert_true(
	    x.f.day_nano == money_convert(&x.c->rates, r->day_nano, "CNY", "USD"));
	drop(&x);
}

static void a_budget_stretches_the_pace_until_it_fits(void **state)
{
	struct fc x = forecast_of("targets:\n  - provider: deepseek\n    interval: 1s\n"
				  "    budget: 0.01 USD/day\n" ALERTS);
	const struct forecast_row *r = &x.f.rows[0];
	char words[100];
	(void)state;
	assert_int_equal(r->limit, FORECAST_BUDGET);
	assert_true(r->pace_ms > 60000);
	assert_true(x.f.day_nano <= NANO / 100 + r->ask_nano);
	assert_non_null(
	    strstr(forecast_limit_words(r, words, sizeof words), "to hold 0.01 USD/day"));
	drop(&x);
}

static void a_budget_in_another_currency_counts_by_the_rates(void **state)
{
	struct fc x = forecast_of(
	    "rates: {CNY: 0.5 USD}\ntargets:\n"
	    "  - {name: a, provider: deepseek, interval: 1s, budget: 0.01 USD/day}\n"
	    "  - {name: b, provider: deepseek, interval: 1s, budget: 0.02 CNY/day}\n" ALERTS);
	(void)state;
	assert_int_equal(x.f.rows[0].pace_ms, x.f.rows[1].pace_ms);
	drop(&x);
}

static void an_unknown_price_is_unknown_and_capped(void **state)
{
	struct fc x = forecast_of("targets:\n  - {provider: moonshot-cn, interval: 10s}\n"
				  "  - {provider: dashscope}\n" ALERTS);
	char words[100];
	(void)state;
	assert_true(x.f.rows[0].day_nano == -1);
	assert_int_equal(x.f.rows[0].limit, FORECAST_MAX_ASKS);
	assert_int_equal(x.f.rows[0].asks_day, 2000);
	assert_non_null(strstr(forecast_limit_words(&x.f.rows[0], words, sizeof words),
	    "to hold 2000 asks/day"));
	assert_int_equal(x.f.n_unknown, 1);
	assert_true(x.f.day_nano > 0);
	assert_int_equal(x.f.asks_day, 3440);
	drop(&x);
}

static void the_total_budget_stretches_what_costs_and_nothing_else(void **state)
{
	struct fc x =
	    forecast_of("budget: 0.01 USD/day\ntargets:\n"
			"  - {name: a, provider: deepseek, interval: 30s}\n"
			"  - {name: b, provider: dashscope, interval: 60s}\n"
			"  - {provider: ollama, model: m, interval: 60s}\n" ALERTS);
	(void)state;
	assert_int_equal(x.f.rows[0].limit, FORECAST_TOTAL);
	assert_int_equal(x.f.rows[1].limit, FORECAST_TOTAL);
	assert_int_equal(x.f.rows[2].limit, FORECAST_FREE);
	assert_int_equal(x.f.rows[2].pace_ms, 60000);
	/* Both by the same factor. */
	assert_true(x.f.rows[1].pace_ms / 2 - x.f.rows[0].pace_ms < 10);
	assert_true(x.f.day_nano <= NANO / 100 + NANO / 100000);
	drop(&x);
}

static void a_rule_says_what_it_needs_at_each_pace(void **state)
{
	struct fc x = forecast_of(
	    "rules:\n  - {name: r, when: \"error_rate > 20% over 10m, at least 3 failures\"}\n"
	    "targets:\n  - {provider: deepseek, interval: 60s}\n"
	    "  - {provider: dashscope, interval: 10s}\n"
	    "  - {provider: openai, interval: 60s}\n" ALERTS);
	(void)state;
	assert_int_equal(x.f.n_rules, 2);
	assert_int_equal(x.f.rules[0].n_targets, 2);
	assert_string_equal(x.f.rules[0].target, "deepseek");
	assert_true(x.f.rules[0].needed > 0.299 && x.f.rules[0].needed < 0.301);
	assert_true(x.f.rules[1].needed > 0.2 && x.f.rules[1].needed < 0.22);
	assert_false(x.f.rules[0].never || x.f.rules[0].few || x.f.rules[0].hasty);
	drop(&x);
}

static void a_window_that_holds_too_few_samples_is_told(void **state)
{
	struct fc x = forecast_of(
	    "rules:\n"
	    "  - {name: never, when: \"error_rate > 20% over 5m, at least 10 failures\"}\n"
	    "  - {name: few, when: \"error_rate > 20% over 2m, at least 1 failure\"}\n"
	    "  - {name: hasty, when: \"error_rate > 20% over 30m\", for: 10s}\n"
	    "targets:\n  - {provider: deepseek, interval: 60s}\n" ALERTS);
	char words[300];
	(void)state;
	assert_int_equal(x.f.n_rules, 3);
	assert_true(x.f.rules[0].never);
	assert_string_equal(forecast_doubt(&x.f.rules[0], words, sizeof words),
	    "can never fire: at a pace of 1m a window of 5m holds 5 samples; make it 10m, "
	    "or ask faster");
	assert_true(x.f.rules[1].few);
	assert_non_null(strstr(
	    forecast_doubt(&x.f.rules[1], words, sizeof words), "holds only 2 samples"));
	assert_true(x.f.rules[2].hasty);
	assert_non_null(strstr(forecast_doubt(&x.f.rules[2], words, sizeof words),
	    "`for: 10s` is shorter than the pace"));
	drop(&x);
}

/* What `check` tells is what the purse will do, at the first minute of a day. */
static void expect_purse_agrees(const char *text)
{
	struct fc x = forecast_of(text);
	struct spend *s = spend_new();
	const struct wall midnight = {20000 * MS_PER_DAY};
	for (size_t i = 0; i < x.c->n_targets; i++)
		x.c->targets[i].series = (uint32_t)i + 1;
	spend_config(s, x.c->targets, x.c->n_targets, &x.c->budget, &x.c->rates);
	for (size_t i = 0; i < x.f.n; i++) {
		int64_t told = x.f.rows[i].pace_ms;
		int64_t done = spend_pace(s, (uint32_t)i + 1, midnight, 0).pace_ms;
		/* Roundings of a thousandth are nobody's business. */
		if (done < told - told / 1000 - 1 || done > told + told / 1000 + 1)
			fail_msg("%s: told %d ms, done %d ms", x.f.rows[i].target->name,
			    (int)told, (int)done);
	}
	spend_free(s);
	drop(&x);
}

static void the_purse_keeps_the_pace_that_was_told(void **state)
{
	(void)state;
	expect_purse_agrees("targets:\n  - {provider: deepseek, interval: 30s}\n" ALERTS);
	expect_purse_agrees(
	    "targets:\n  - {provider: deepseek, interval: 1s, budget: 0.01 USD/day}\n"
	    "  - {provider: moonshot-cn, interval: 10s}\n"
	    "  - {provider: dashscope, interval: 1s, max_asks: 100/day}\n" ALERTS);
	expect_purse_agrees(
	    "budget: 0.01 USD/day\ntargets:\n  - {provider: deepseek, interval: 30s}\n"
	    "  - {provider: dashscope, interval: 60s}\n" ALERTS);
	expect_purse_agrees(
	    "budget: 0.02 USD/day\ntargets:\n"
	    "  - {provider: deepseek, interval: 1s, budget: 0.05 USD/day}\n"
	    "  - {provider: dashscope, interval: 60s}\n" ALERTS);
}

static void amounts_are_rounded_up_for_people(void **state)
{
	(void)state;
	assert_true(forecast_round(NANO / 1000 * 1234) == NANO / 100 * 124);
	assert_true(forecast_round(11520000) == 12000000);
	assert_true(forecast_round(NANO) == NANO);
	assert_true(forecast_round(0) == 0);
	assert_true(forecast_round(-1) == -1);
	assert_true(forecast_round(INT64_MAX) == INT64_MAX);
}

static void each_rung_is_forecast_and_rules_see_the_lead(void **state)
{
	struct fc x = forecast_of(
	    "targets:\n  - provider: deepseek\n"
	    "    probe: {door: 15s, models: 1m, stream: 5m}\n"
	    "rules:\n  - {name: r, when: error_rate > 20% over 60m}\n" ALERTS);
	(void)state;
	assert_int_equal(x.f.n, 3);
	assert_int_equal(x.f.rows[0].asks_day, 288);
	assert_true(x.f.rows[0].day_nano == 288 * x.f.rows[0].ask_nano);
	assert_int_equal(x.f.rows[1].asks_day, 1440);
	assert_int_equal(x.f.rows[2].asks_day, 5760);
	for (size_t i = 1; i < 3; i++)
		assert_int_equal(x.f.rows[i].day_nano, 0);
	assert_int_equal(x.f.n_rules, 1);
	assert_int_equal(x.f.rules[0].pace_ms, 300000);
	assert_int_equal(x.f.rules[0].n_targets, 1);
	drop(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(asks_a_day_times_cost_is_the_forecast),
	    cmocka_unit_test(a_budget_stretches_the_pace_until_it_fits),
	    cmocka_unit_test(a_budget_in_another_currency_counts_by_the_rates),
	    cmocka_unit_test(an_unknown_price_is_unknown_and_capped),
	    cmocka_unit_test(the_total_budget_stretches_what_costs_and_nothing_else),
	    cmocka_unit_test(a_rule_says_what_it_needs_at_each_pace),
	    cmocka_unit_test(a_window_that_holds_too_few_samples_is_told),
	    cmocka_unit_test(the_purse_keeps_the_pace_that_was_told),
	    cmocka_unit_test(each_rung_is_forecast_and_rules_see_the_lead),
	    cmocka_unit_test(amounts_are_rounded_up_for_people),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
