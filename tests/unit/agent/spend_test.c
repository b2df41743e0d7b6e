/* SPDX-License-Identifier: MIT */
#include "agent/spend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define MIDNIGHT ((int64_t)1767225600000) /* 2026-01-01T00:00:00Z */

static const struct provider provider = {.id = "p", .name = "P"};

/* 1 USD per million tokens each way: an ask of 10 + 10 tokens costs 20,000 nano-USD. */
static struct target target_of(uint32_t series)
{
	struct target t = {
	    .name = "t",
	    .series = series,
	    .provider = &provider,
	    .interval_ms = 60000,
	    .budget = {.nano = -1               },
	    .price = {
		       .currency = "USD", .in_nano_per_tok = 1000, .out_nano_per_tok = 1000}
        };
	return t;
}

static struct sample sample_of(uint32_t series, int64_t nano)
{
	struct sample s;
	sample_init(&s, series, (struct wall){MIDNIGHT});
	s.cost_nano = nano;
	(void)str_copy(s.currency, sizeof s.currency, "USD");
	return s;
}

static const struct budget no_budget = {.nano = -1};

static void without_a_budget_the_pace_is_the_interval(void **state)
{
	struct spend *s = spend_new();
	struct target t = target_of(1);
	(void)state;
	spend_config(s, &t, 1, &no_budget, rates_default());
	struct spend_pace p = spend_pace(s, 1, (struct wall){MIDNIGHT}, 0);
	assert_int_equal(p.pace_ms, 60000);
	assert_false(p.hold);
	spend_free(s);
}

static void a_small_budget_stretches_the_pace_so_that_it_lasts_the_day(void **state)
{
	struct spend *s = spend_new();
	struct target t = target_of(1);
	int64_t cost = cost_per_ask(&t);
	(void)state;
	t.budget = (struct budget){.nano = cost * 100, .currency = "USD"};
	spend_config(s, &t, 1, &no_budget, rates_default());
	struct spend_pace p = spend_pace(s, 1, (struct wall){MIDNIGHT}, 0);
	assert_true(p.pace_ms >= MS_PER_DAY / 100);
	assert_true(p.pace_ms <= MS_PER_DAY / 100 + 1000);
	spend_free(s);
}

static void a_spent_budget_holds_until_the_next_utc_midnight_and_then_asks_again(
    void **state)
{
	struct spend *s = spend_new();
	struct target t = target_of(1);
	struct sample sm = sample_of(1, cost_per_ask(&t) * 10);
	(void)state;
	t.budget = (struct budget){.nano = cost_per_ask(&t) * 10, .currency = "USD"};
	spend_config(s, &t, 1, &no_budget, rates_default());
	spend_sample(s, &sm, (struct wall){MIDNIGHT + 1000});
	struct spend_pace p = spend_pace(s, 1, (struct wall){MIDNIGHT + 2000}, 0);
	assert_true(p.hold);
	assert_int_equal(p.hold_until.ms, MIDNIGHT + MS_PER_DAY);
	assert_false(spend_pace(s, 1, (struct wall){MIDNIGHT + MS_PER_DAY}, 0).hold);
	spend_free(s);
}

static void a_whole_day_of_asks_never_spends_more_than_the_budget(void **state)
{
	struct target t = target_of(1);
	int64_t cost = cost_per_ask(&t), spent = 0, now = MIDNIGHT + 1;
	struct spend *s = spend_new();
	(void)state;
	t.budget = (struct budget){.nano = cost * 77 + cost / 2, .currency = "USD"};
	spend_config(s, &t, 1, &no_budget, rates_default());
	while (now < MIDNIGHT + MS_PER_DAY) {
		struct spend_pace p = spend_pace(s, 1, (struct wall){now}, 0);
		if (p.hold)
			break;
		struct sample sm = sample_of(1, cost);
		spend_sample(s, &sm, (struct wall){now});
		spent += cost;
		now += p.pace_ms;
	}
	assert_true(spent <= t.budget.nano);
	assert_true(spent > t.budget.nano * 9 / 10);
	spend_free(s);
}

static void asks_in_flight_count_as_spent(void **state)
{
	struct spend *s = spend_new();
	struct target t = target_of(1);
	(void)state;
	t.budget = (struct budget){.nano = cost_per_ask(&t) * 2, .currency = "USD"};
	spend_config(s, &t, 1, &no_budget, rates_default());
	assert_false(spend_pace(s, 1, (struct wall){MIDNIGHT}, 1).hold);
	assert_true(spend_pace(s, 1, (struct wall){MIDNIGHT}, 2).hold);
	spend_free(s);
}

static void an_unknown_price_is_capped_by_max_asks(void **state)
{
	struct spend *s = spend_new();
	struct target t = target_of(1);
	(void)state;
	t.price =
	    (struct price){.currency = "", .in_nano_per_tok = -1, .out_nano_per_tok = -1};
	t.max_asks_per_day = 2;
	spend_config(s, &t, 1, &no_budget, rates_default());
	struct sample sm = sample_of(1, -1);
	spend_sample(s, &sm, (struct wall){MIDNIGHT});
	assert_false(spend_pace(s, 1, (struct wall){MIDNIGHT}, 0).hold);
	spend_sample(s, &sm, (struct wall){MIDNIGHT});
	assert_true(spend_pace(s, 1, (struct wall){MIDNIGHT}, 0).hold);
	char currency[4];
	assert_int_equal(spend_today(s, (struct wall){MIDNIGHT}, currency), -1);
	spend_free(s);
}

static void the_total_budget_stretches_everybody(void **state)
{
	struct spend *s = spend_new();
	struct target t[2] = {target_of(1), target_of(2)};
	int64_t cost = cost_per_ask(&t[0]);
	/* Two targets at 60 s ask 2,880 times a day; half of that is paid for. */
	struct budget total = {.nano = cost * 1440, .currency = "USD"};
	(void)state;
	spend_config(s, t, 2, &total, rates_default());
	for (uint32_t i = 1; i <= 2; i++) {
		struct spend_pace p = spend_pace(s, i, (struct wall){MIDNIGHT}, 0);
		assert_true(p.pace_ms >= 119000 && p.pace_ms <= 121000);
	}
	spend_free(s);
}

static void what_was_spent_before_a_restart_counts(void **state)
{
	struct spend *s = spend_new();
	struct target t = target_of(1);
	(void)state;
	t.budget = (struct budget){.nano = cost_per_ask(&t) * 10, .currency = "USD"};
	spend_config(s, &t, 1, &no_budget, rates_default());
	spend_restore(
	    s, 1, "USD", cost_per_ask(&t) * 10, 10, (struct wall){MIDNIGHT + 5});
	assert_true(spend_pace(s, 1, (struct wall){MIDNIGHT + 6}, 0).hold);
	spend_free(s);
}

static void a_budget_in_another_currency_is_converted(void **state)
{
	struct spend *s = spend_new();
	struct target t = target_of(1);
	int64_t cny =
	    money_convert(rates_default(), cost_per_ask(&t) * 100, "USD", "CNY");
	(void)state;
	assert_true(cny > 0);
	t.budget = (struct budget){.nano = cny, .currency = "CNY"};
	spend_config(s, &t, 1, &no_budget, rates_default());
	struct spend_pace p = spend_pace(s, 1, (struct wall){MIDNIGHT}, 0);
	assert_true(p.pace_ms >= MS_PER_DAY / 101 && p.pace_ms <= MS_PER_DAY / 99);
	spend_free(s);
}

/* Cheap until 01:00 UTC, then dear, as DeepSeek's day is: what the cheap hours cost says
 * nothing of the dear ones. */
static void a_budget_holds_on_a_day_of_cheap_and_dear_hours(void **state)
{
	static const struct price_window w = {
	    .days = 0x7f, .from_min = 60, .to_min = 240};
	static const struct price_hours hours = {
	    .dear = &w, .n_dear = 1, .in_nano_per_tok = 500, .out_nano_per_tok = 500};
	struct provider p = {
	    .id = "p",
	    .max_tokens = 16,
	    .price = {"USD", 1000, 1000},
	    .price_hours = &hours
        };
	struct target t = target_of(1);
	int64_t spent = 0, now = MIDNIGHT + 1, last = 0;
	struct spend *s = spend_new();
	(void)state;
	t.provider = &p;
	t.budget = (struct budget){.nano = cost_per_ask(&t) * 300, .currency = "USD"};
	spend_config(s, &t, 1, &no_budget, rates_default());
	while (now < MIDNIGHT + MS_PER_DAY) {
		struct spend_pace pace = spend_pace(s, 1, (struct wall){now}, 0);
		if (pace.hold)
			break;
		struct sample sm = sample_of(1, 0);
		sm.at.ms = now;
		sm.http_status = 200;
		sm.tokens_in = 32;
		sm.tokens_out = 16;
		cost_sample(&t, &sm);
		spend_sample(s, &sm, (struct wall){now});
		spent += sm.cost_nano;
		last = now;
		now += pace.pace_ms;
	}
	assert_true(spent <= t.budget.nano);
	assert_true(spent > t.budget.nano / 2);
	/* Asked until the evening: the pace stretched, the purse was not empty at noon.
	 */
	assert_true(last > MIDNIGHT + 22 * MS_PER_H);
	spend_free(s);
}

static void the_last_ask_is_not_made_when_a_dear_one_would_not_fit(void **state)
{
	struct spend *s = spend_new();
	struct target t = target_of(1);
	int64_t most = cost_per_ask(&t);
	(void)state;
	t.budget = (struct budget){.nano = most * 10, .currency = "USD"};
	spend_config(s, &t, 1, &no_budget, rates_default());
	/* Cheap ones on the average; what is left is less than a dear one. */
	for (int i = 0; i < 19; i++) {
		struct sample sm = sample_of(1, most / 2);
		spend_sample(s, &sm, (struct wall){MIDNIGHT + i});
	}
	assert_true(spend_pace(s, 1, (struct wall){MIDNIGHT + 20}, 0).hold);
	spend_free(s);
}

/* Many targets, one purse: each alone would still fit. */
static void asks_of_others_in_flight_count_against_the_budget_of_all(void **state)
{
	struct spend *s = spend_new();
	struct target t[3] = {target_of(1), target_of(2), target_of(3)};
	int64_t most = cost_per_ask(&t[0]);
	struct budget total = {.nano = most * 2, .currency = "USD"};
	struct sample sm = sample_of(1, most / 4);
	(void)state;
	spend_config(s, t, 3, &total, rates_default());
	assert_false(spend_pace(s, 3, (struct wall){MIDNIGHT}, 0).hold);
	spend_started(s, 1);
	assert_false(spend_pace(s, 3, (struct wall){MIDNIGHT}, 0).hold);
	spend_started(s, 2);
	assert_true(spend_pace(s, 3, (struct wall){MIDNIGHT}, 0).hold);
	/* A reload forgets nothing of it. */
	spend_config(s, t, 3, &total, rates_default());
	assert_true(spend_pace(s, 3, (struct wall){MIDNIGHT}, 0).hold);
	/* It ended, and its real cost leaves no room for a third and a fourth. */
	spend_sample(s, &sm, (struct wall){MIDNIGHT});
	assert_true(spend_pace(s, 3, (struct wall){MIDNIGHT}, 0).hold);
	sm = sample_of(2, 0);
	spend_sample(s, &sm, (struct wall){MIDNIGHT});
	assert_false(spend_pace(s, 3, (struct wall){MIDNIGHT}, 0).hold);
	spend_free(s);
}

static void series_nobody_watches_have_no_pace(void **state)
{
	struct spend *s = spend_new();
	(void)state;
	assert_int_equal(spend_pace(s, 4711, (struct wall){MIDNIGHT}, 0).pace_ms, 0);
	spend_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(without_a_budget_the_pace_is_the_interval),
	    cmocka_unit_test(a_small_budget_stretches_the_pace_so_that_it_lasts_the_day),
	    cmocka_unit_test(
		a_spent_budget_holds_until_the_next_utc_midnight_and_then_asks_again),
	    cmocka_unit_test(a_whole_day_of_asks_never_spends_more_than_the_budget),
	    cmocka_unit_test(asks_in_flight_count_as_spent),
	    cmocka_unit_test(an_unknown_price_is_capped_by_max_asks),
	    cmocka_unit_test(the_total_budget_stretches_everybody),
	    cmocka_unit_test(what_was_spent_before_a_restart_counts),
	    cmocka_unit_test(a_budget_in_another_currency_is_converted),
	    cmocka_unit_test(a_budget_holds_on_a_day_of_cheap_and_dear_hours),
	    cmocka_unit_test(the_last_ask_is_not_made_when_a_dear_one_would_not_fit),
	    cmocka_unit_test(asks_of_others_in_flight_count_against_the_budget_of_all),
	    cmocka_unit_test(series_nobody_watches_have_no_pace),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
