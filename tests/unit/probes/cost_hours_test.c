/* SPDX-License-Identifier: MIT
 *
 * What a sample costs at its hour, and what costs nothing at any.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/cost.h"

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

static const struct price_window office[] = {
    {.days = 0x1f, .from_min = 9 * 60,  .to_min = 12 * 60},
    {.days = 0x1f, .from_min = 14 * 60, .to_min = 18 * 60},
};
static const struct price_hours office_hours = {.utc_offset_min = 480,
    .dear = office,
    .n_dear = 2,
    .in_nano_per_tok = 1000,
    .out_nano_per_tok = 4000};
static const struct provider by_the_hour = {
    .id = "h",
    .max_tokens = 16,
    .price = {"CNY", 2000, 8000},
    .price_hours = &office_hours
};

#define MONDAY_NINE                                                                      \
	((int64_t)1795395600000) /* 2026-11-23T01:00:00Z, 09:00 in Beijing               \
				  */

static void sample_is_priced_at_its_own_start_and_not_at_its_end(void **state)
{
	struct target t = some_target();
	struct sample s = some_sample();

	(void)state;
	t.provider = &by_the_hour;
	s.http_status = 200;
	s.tokens_in = 20;
	s.tokens_out = 3;
	s.at.ms = MONDAY_NINE - 1;
	s.end_us = 60000000; /* ends in the dear hour */
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 32000);
	s.at.ms = MONDAY_NINE;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 64000);
	s.at.ms = MONDAY_NINE + 3 * MS_PER_H - 1; /* ends at lunch */
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 64000);
	s.at.ms = MONDAY_NINE - 2 * MS_PER_DAY; /* Saturday */
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 32000);
}

static void forecast_takes_the_dear_hour(void **state)
{
	struct target t = some_target(), flat = some_target();

	(void)state;
	t.provider = &by_the_hour;
	assert_int_equal(cost_per_ask(&t), cost_per_ask(&flat));
}

static void another_price_than_the_providers_has_no_hours(void **state)
{
	struct target t = some_target();

	(void)state;
	t.provider = &by_the_hour;
	t.price = (struct price){"USD", 10, 20};
	assert_int_equal(
	    cost_price_at(&t, (struct wall){MONDAY_NINE - 1}).in_nano_per_tok, 10);
	t.price = (struct price){"", -1, -1};
	assert_int_equal(
	    cost_price_at(&t, (struct wall){MONDAY_NINE - 1}).in_nano_per_tok, -1);
}

static void free_kinds_cost_nothing_where_no_price_is_known(void **state)
{
	struct target t = some_target();
	struct sample s = some_sample();

	(void)state;
	t.price = (struct price){"", -1, -1};
	t.kind = PROBE_MODELS;
	s.http_status = 200;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 0);
	/* Nor does a refusal, and what never arrived. */
	t.kind = PROBE_STREAM;
	s.http_status = 429;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, 0);
	s.http_status = 200;
	cost_sample(&t, &s);
	assert_int_equal(s.cost_nano, -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(sample_is_priced_at_its_own_start_and_not_at_its_end),
	    cmocka_unit_test(forecast_takes_the_dear_hour),
	    cmocka_unit_test(another_price_than_the_providers_has_no_hours),
	    cmocka_unit_test(free_kinds_cost_nothing_where_no_price_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
