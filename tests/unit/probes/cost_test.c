/* SPDX-License-Identifier: MIT
 *
 * Money: a forecast is never lower than the bill, nothing overflows, and what is printed
 * can be read back.
 */
#include "probes/cost.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const struct provider provider = {.id = "p", .max_tokens = 16};

static struct target some_target(void)
{
	return (struct target){
	    .name = "t",
	    .provider = &provider,
	    .kind = PROBE_STREAM,
	    .price = {"CNY", 2000, 8000}
        };
}

static struct sample some_sample(void)
{
	struct sample s;

	sample_init(&s, 1, (struct wall){0});
	s.connect_us = 1000;
	return s;
}

/* --- tokens to money --- */

static void tokens_cost_what_the_price_says(void **state)
{
	struct price p = {"USD", 100, 500};

	(void)state;
	assert_int_equal(cost_of(&p, 20, 3), 3500);
	assert_int_equal(cost_of(&p, 0, 0), 0);
	assert_int_equal(cost_of(&p, -1, 3), -1);
	assert_int_equal(cost_of(&p, 20, -1), -1);
	assert_int_equal(cost_of(&p, INT64_MAX, INT64_MAX), INT64_MAX);
	p.out_nano_per_tok = -1;
	assert_int_equal(cost_of(&p, 20, 3), -1);
	assert_int_equal(cost_of(&(struct price){"", -1, -1}, 20, 3), -1);
	assert_int_equal(cost_of(&(struct price){"USD", 0, 0}, 20, 3), 0);
}

static void forecast_takes_the_longest_answer_that_was_allowed(void **state)
{
	struct target t = some_target();
	int64_t per_ask = cost_per_ask(&t);

	(void)state;
	/* The sum really costs some twenty tokens in and two out. */
	assert_true(per_ask >= cost_of(&t.price, 24, 16));
	assert_true(per_ask <= cost_of(&t.price, 64, 16));
	t.price.in_nano_per_tok = 0;
	assert_int_equal(cost_per_ask(&t), 16 * 8000);
}

static void own_prompt_is_counted_by_its_bytes(void **state)
{
	struct target t = some_target();

	(void)state;
	t.price.out_nano_per_tok = 0;
	t.prompt = "Reply with the single word OK."; /* 30 bytes, about 7 tokens */
	assert_int_equal(cost_per_ask(&t), (10 + 12) * 2000);
	t.prompt = "Reply with the single word OK.."; /* a third of a token more */
	assert_int_equal(cost_per_ask(&t), (11 + 12) * 2000);
	t.prompt = "\xe5\x9b\x9e\xe7\xad\x94"; /* two Chinese characters */
	assert_int_equal(cost_per_ask(&t), (2 + 12) * 2000);
}

static void models_and_door_are_free_and_unknown_prices_unknown(void **state)
{
	struct target t = some_target();

	(void)state;
	t.kind = PROBE_MODELS;
	assert_int_equal(cost_per_ask(&t), 0);
	t.kind = PROBE_DOOR;
	t.price = (struct price){"", -1, -1};
	assert_int_equal(cost_per_ask(&t), 0);
	t.kind = PROBE_HTTP;
	assert_int_equal(cost_per_ask(&t), 0);
	t.kind = PROBE_CHAT;
	assert_int_equal(cost_per_ask(&t), -1);
}

static void a_long_prompt_is_forecast_and_a_vector_has_no_answer(void **state)
{
	struct target t = some_target();
	int64_t light = cost_per_ask(&t), answer;

	(void)state;
	t.kind = PROBE_EMBEDDING;
	answer = light - cost_per_ask(&t);
	assert_int_equal(answer, t.provider->max_tokens * t.price.out_nano_per_tok);
	t.kind = PROBE_HEAVY;
	t.heavy_tokens = 8000;
	assert_int_equal(cost_per_ask(&t), light + 9600 * t.price.in_nano_per_tok);
}

static void sample_with_usage_costs_its_tokens(void **state)
{
	struct target t = some_target();
	struct sample s = some_sample();

	(void)state;
	s.http_status = 200;
	s.tokens_in = 20;
	s.tokens_out = 3;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 64000);
	assert_string_equal(s.currency, "CNY");
	assert_int_equal(s.flags & FLAG_COST_ESTIMATED, 0);
}

static void sample_without_usage_is_estimated_at_its_bound(void **state)
{
	struct target t = some_target();
	struct sample s = some_sample();

	(void)state;
	s.http_status = 200;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, cost_per_ask(&t));
	assert_true(s.flags & FLAG_COST_ESTIMATED);
	s = some_sample();
	s.http_status = 200;
	s.tokens_in = 10;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 10 * 2000 + 16 * 8000);
	assert_true(s.flags & FLAG_COST_ESTIMATED);
	/* Sent, and then silence: they may have worked and billed. */
	s = some_sample();
	s.outcome = OUTCOME_TIMEOUT_FIRST_BYTE;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, cost_per_ask(&t));
	assert_true(s.flags & FLAG_COST_ESTIMATED);
}

static void what_never_arrived_or_was_refused_is_free(void **state)
{
	struct target t = some_target();
	struct sample s = some_sample();

	(void)state;
	s.connect_us = NOT_REACHED;
	s.outcome = OUTCOME_REFUSED;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 0);
	assert_string_equal(s.currency, "CNY");
	assert_int_equal(s.flags, 0);
	s = some_sample();
	s.http_status = 429;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 0);
	/* A warm connection has no connect phase, and yet it arrived. */
	s = some_sample();
	s.connect_us = NOT_REACHED;
	s.reused = true;
	cost_sample(&t, &s);
	assert_true(s.cost_nano > 0);
}

static void unknown_price_leaves_the_cost_unknown(void **state)
{
	struct target t = some_target();
	struct sample s = some_sample();

	(void)state;
	t.price = (struct price){"", -1, -1};
	s.http_status = 200;
	s.tokens_in = s.tokens_out = 5;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, -1);
	assert_string_equal(s.currency, "");
	assert_int_equal(s.flags, 0);
}

/* --- currencies --- */

static void money_converts_through_the_rates(void **state)
{
	static const struct rate rows[] = {
	    {"CNY", 140000000},
	    {"USD", NANO     },
	    {"XXX", 0        },
	};
	struct rates r = {rows, 3};

	(void)state;
	assert_int_equal(money_convert(&r, NANO, "CNY", "USD"), 140000000);
	assert_int_equal(money_convert(&r, 140000000, "USD", "CNY"), NANO);
	assert_int_equal(money_convert(&r, 0, "CNY", "USD"), 0);
	assert_int_equal(money_convert(&r, NANO, "EUR", "USD"), -1);
	assert_int_equal(money_convert(&r, NANO, "USD", "EUR"), -1);
	assert_int_equal(money_convert(&r, 7, "EUR", "EUR"), 7);
	assert_int_equal(money_convert(&r, NANO, "", "USD"), -1);
	assert_int_equal(money_convert(&r, NANO, "", ""), -1);
	assert_int_equal(money_convert(&r, -1, "CNY", "USD"), -1);
	assert_int_equal(money_convert(&r, NANO, "USD", "XXX"), -1);
	assert_int_equal(money_convert(&r, INT64_MAX, "USD", "CNY"), INT64_MAX);
}

static void conversion_rounds_up_never_down(void **state)
{
	(void)state;
	/* 1 nano-CNY is 0.14 nano-USD. */
	assert_int_equal(money_convert(rates_default(), 1, "CNY", "USD"), 1);
	assert_int_equal(money_convert(rates_default(), 1, "USD", "CNY"), 8);
}

static void default_rates_are_sane(void **state)
{
	const struct rates *r = rates_default();

	(void)state;
	assert_int_equal(money_convert(r, NANO, "CNY", "USD"), 140000000);
	for (size_t i = 0; i < r->n; i++) {
		assert_int_equal(strlen(r->rows[i].currency), 3);
		assert_in_range(r->rows[i].nano_usd, NANO / 10000, 3 * NANO);
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(r->rows[i].currency, r->rows[k].currency);
	}
}

/* --- pace --- */

static void pace_makes_the_rest_last_until_the_end(void **state)
{
	(void)state;
	/* A day, 0.10 USD, asks of 100 micro-USD: a thousand asks, one in 86.4 s. */
	assert_int_equal(cost_pace_ms(60000, NANO / 10000, NANO / 10, MS_PER_DAY), 86400);
	/* Cheap: the interval. */
	assert_int_equal(cost_pace_ms(60000, 1000, NANO / 10, MS_PER_DAY), 60000);
	assert_int_equal(cost_pace_ms(60000, 0, 0, MS_PER_DAY), 60000);
	assert_int_equal(cost_pace_ms(60000, -1, 5, MS_PER_DAY), 60000);
	assert_int_equal(cost_pace_ms(60000, 100, -1, MS_PER_DAY), 60000);
	/* Nothing left, or not enough for one: tomorrow. */
	assert_int_equal(cost_pace_ms(60000, 100, 0, 5000000), 5000000);
	assert_int_equal(cost_pace_ms(60000, 100, 99, 5000000), 5000000);
	assert_int_equal(cost_pace_ms(60000, 100, 0, 5), 60000);
}

static void pace_never_spends_more_than_is_left(void **state)
{
	(void)state;
	for (int64_t left = 100; left < 5000; left += 37) {
		int64_t pace = cost_pace_ms(1, 100, left, 100000);

		assert_true((100000 / pace) * 100 <= left);
	}
	assert_int_equal(cost_pace_ms(60000, INT64_MAX, INT64_MAX, INT64_MAX), INT64_MAX);
}

/* --- text --- */

static const struct {
	int64_t nano;
	const char *text;
} formats[] = {
    {0,	  "0.00 USD"             },
    {NANO,       "1.00 USD"             },
    {NANO / 10,  "0.10 USD"             },
    {1200000000, "1.20 USD"             },
    {4200000,    "0.0042 USD"           },
    {1234567890, "1.234568 USD"         },
    {1000,       "0.000001 USD"         },
    {1499,       "0.000001 USD"         },
    {1500,       "0.000002 USD"         },
    {999,        "<0.000001 USD"        },
    {1,	  "<0.000001 USD"        },
    {999999500,  "1.00 USD"             },
    {-1,	 "unknown"              },
    {INT64_MAX,  "9223372036.854776 USD"},
};

static void money_prints_two_to_six_digits_and_never_hides_a_cost(void **state)
{
	char buf[40];

	(void)state;
	for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++)
		assert_string_equal(
		    money_format(formats[i].nano, "USD", buf, sizeof(buf)),
		    formats[i].text);
	assert_string_equal(money_format(5, "", buf, sizeof(buf)), "unknown");
	assert_string_equal(money_format(NANO, "USD", buf, 4), "1.0");
}

static void money_that_was_printed_reads_back(void **state)
{
	char buf[40], cur[4];
	int64_t nano;

	(void)state;
	for (int64_t micro = 1; micro < 40000000; micro = micro * 3 + 1) {
		money_format(micro * 1000, "CNY", buf, sizeof(buf));
		assert_true(money_parse(buf, false, &nano, cur));
		assert_int_equal(nano, micro * 1000);
		assert_string_equal(cur, "CNY");
	}
}

static void money_is_an_amount_and_a_currency(void **state)
{
	char cur[4] = "old";
	int64_t nano = 7;

	(void)state;
	assert_true(money_parse("0.14 USD", false, &nano, cur));
	assert_int_equal(nano, 140000000);
	assert_string_equal(cur, "USD");
	assert_true(money_parse("0.10 CNY/day", true, &nano, cur));
	assert_int_equal(nano, NANO / 10);
	assert_string_equal(cur, "CNY");
	assert_true(money_parse("3  EUR", false, &nano, cur));
	assert_int_equal(nano, 3 * NANO);
	assert_true(money_parse("0.000000001 USD", false, &nano, cur));
	assert_int_equal(nano, 1);
	assert_true(money_parse("9223372036 USD", false, &nano, cur));
	assert_int_equal(nano, 9223372036 * NANO);
}

static void other_texts_are_no_money_and_change_nothing(void **state)
{
	static const char *const bad[] = {"", "USD", "1", "1USD", "1 usd", "1 US",
	    "1 USDX", "1 USD ", " 1 USD", "-1 USD", "+1 USD", ".5 USD", "1. USD",
	    "1.5.0 USD", "1,5 USD", "1e3 USD", "1 USD/day", "0.0000000001 USD",
	    "9223372037 USD", "99999999999999999999 USD", "9223372036.9 USD",
	    "1 USD /day", "1\tUSD"};
	char cur[4] = "old";
	int64_t nano = 7;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (money_parse(bad[i], false, &nano, cur))
			fail_msg("\"%s\" is taken for money", bad[i]);
	}
	assert_false(money_parse("1 USD", true, &nano, cur));
	assert_false(money_parse("1 USD/hour", true, &nano, cur));
	assert_false(money_parse("1 USD/days", true, &nano, cur));
	assert_int_equal(nano, 7);
	assert_string_equal(cur, "old");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(tokens_cost_what_the_price_says),
	    cmocka_unit_test(forecast_takes_the_longest_answer_that_was_allowed),
	    cmocka_unit_test(own_prompt_is_counted_by_its_bytes),
	    cmocka_unit_test(models_and_door_are_free_and_unknown_prices_unknown),
	    cmocka_unit_test(a_long_prompt_is_forecast_and_a_vector_has_no_answer),
	    cmocka_unit_test(sample_with_usage_costs_its_tokens),
	    cmocka_unit_test(sample_without_usage_is_estimated_at_its_bound),
	    cmocka_unit_test(what_never_arrived_or_was_refused_is_free),
	    cmocka_unit_test(unknown_price_leaves_the_cost_unknown),
	    cmocka_unit_test(money_converts_through_the_rates),
	    cmocka_unit_test(conversion_rounds_up_never_down),
	    cmocka_unit_test(default_rates_are_sane),
	    cmocka_unit_test(pace_makes_the_rest_last_until_the_end),
	    cmocka_unit_test(pace_never_spends_more_than_is_left),
	    cmocka_unit_test(money_prints_two_to_six_digits_and_never_hides_a_cost),
	    cmocka_unit_test(money_that_was_printed_reads_back),
	    cmocka_unit_test(money_is_an_amount_and_a_currency),
	    cmocka_unit_test(other_texts_are_no_money_and_change_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
