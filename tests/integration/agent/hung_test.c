/* SPDX-License-Identifier: MIT
 *
 * An ask that hangs, through real sockets and in virtual time: the second one starts when
 * the first has waited eight seconds for a byte, both are recorded and paid for, and
 * where there is no peace, or no budget, nobody hurries.
 */
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/agent/house.h"

/* A target of this name is asked 40 s behind every minute (its name is hashed). */
#define CONFIG                                                                           \
	"defaults: {interval: 60s, timeouts: {first_byte: 30s}}\n"                       \
	"targets:\n"                                                                     \
	"  - {name: deepseek, provider: deepseek, base_url: "                            \
	"'http://127.0.0.1:%d/deepseek/v1', key: '${KEY}'}\n"                            \
	"channels:\n"                                                                    \
	"  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"                    \
	"routes:\n"                                                                      \
	"  - to: hook\n"

#define HUNG            "outcome = 'timeout_first_byte'"
#define AFTERS          "(select at_ms - lag(at_ms) over (order by at_ms) as after from samples_v"
#define CLOSER_THAN(ms) "select count(*) from " AFTERS ") where after < " ms
#define REASKS          "select count(*) from samples where flags & 16 > 0"

_Static_assert(FLAG_REASK == 16, "as the SQL has it");

static int64_t number(struct house *h, const char *sql)
{
	return strtoll(house_sql(h, sql), NULL, 10);
}

static void the_second_starts_after_eight_seconds_and_the_first_is_recorded(void **state)
{
	struct house h;
	int64_t first, second, third, flights;

	(void)state;
	house_open(&h, "at 5m30s deepseek: hang head\nat 9m deepseek: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 20 * MS_PER_MIN);
	house_stop(&h);
	first = number(&h, "select min(at_ms) from samples_v where " HUNG);
	second = number(&h,
	    "select at_ms from samples_v where " HUNG " order by at_ms limit 1 offset 1");
	third = number(&h,
	    "select at_ms from samples_v where " HUNG " order by at_ms limit 1 offset 2");
	/* A machine that stands still may add to it. */
	assert_in_range(second - first, 8000, 15000);
	assert_in_range(third - second, 8000, 15000);
	assert_int_equal(
	    number(&h,
		"select total_ms between 30000 and 40000 from samples_v where " HUNG
		" order by at_ms limit 1"),
	    1);
	flights =
	    number(&h, "select max(n) from (select (select count(*) from samples_v b "
		       "where b.at_ms <= a.at_ms and b.at_ms + b.total_ms > a.at_ms + 50)"
		       " n from samples_v a)");
	assert_in_range(flights, 2, 3);
	assert_int_equal(number(&h, CLOSER_THAN("100")), 0);
	/* The outage is seen before a second regular ask has ended. */
	const struct house_message *m = house_find(&h, "one", "incident.opened");
	assert_non_null(m);
	assert_true(mono_diff_us(m->at, h.start) / US_PER_MS <
		    5 * MS_PER_MIN + (40 + 60 + 30) * MS_PER_S);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	printf("# evidence hung ask: the second starts %" PRId64
	       " ms after the first, %" PRId64 " in flight at most\n",
	    second - first, flights);
	house_close(&h);
}

/* One failure is suspicion: what hangs then is not asked beside, its re-asks are paced.
 */
static void outside_peace_nobody_hurries(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, "at 5m30s deepseek: http 500\nat 5m45s deepseek: hang head\n"
		       "at 6m30s deepseek: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 8 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(
	    number(&h, "select count(*) from samples_v where outcome = 'http_5xx'"), 1);
	assert_true(number(&h, "select count(*) from samples_v where " HUNG) >= 1);
	/* What failed is asked again every ten seconds, and not eight behind an ask. */
	assert_int_equal(
	    number(&h, CLOSER_THAN("8400") " and after between 7900 and 8400"), 0);
	house_close(&h);
}

/* Every answer begins after twenty seconds, an hour apart; there are six asks to spare.
 */
static void the_second_is_paid_for_and_refused_when_the_purse_is_tight(void **state)
{
	struct house h;
	int64_t asks, sooner, longest;

	(void)state;
	house_open(&h, "at 150m deepseek: hang head 20s\n");
	house_start(&h, "defaults: {interval: 1h, max_asks: 30/day, timeouts: "
			"{first_byte: 30s, first_token: 30s}}\n"
			"targets:\n"
			"  - {name: deepseek, provider: deepseek, base_url: "
			"'http://127.0.0.1:%d/deepseek/v1', key: '${KEY}'}\n");
	house_run_to(&h, 24 * MS_PER_H - MS_PER_MIN);
	house_stop(&h);
	asks = number(&h, "select count(*) from samples_v");
	sooner = number(&h, REASKS);
	longest = number(&h, "select max(after) / 60000 from " AFTERS ")");
	assert_in_range(sooner, 1, 6);
	assert_in_range(asks, 24, 30);
	/* What they cost is missing later: the pace stretches, and nothing is sooner. */
	assert_in_range(longest, 61, 120);
	assert_string_equal(
	    house_sql(&h, "select count(*) from samples_v where outcome <> 'ok'"), "0");
	printf("# evidence hung ask, tight purse: %" PRId64
	       " of 30 asks in a day, %" PRId64
	       " of them sooner, the others up to %" PRId64 " minutes apart\n",
	    asks, sooner, longest);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_second_starts_after_eight_seconds_and_the_first_is_recorded),
	    cmocka_unit_test(outside_peace_nobody_hurries),
	    cmocka_unit_test(the_second_is_paid_for_and_refused_when_the_purse_is_tight),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
