/* SPDX-License-Identifier: MIT
 *
 * Prices by the hour: every edge of a window, the borders of days and weeks, and clocks
 * away from UTC. Checked against a second reckoning, minute by minute.
 */
#include "probes/price_hours.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define SECOND 1000

static struct price_window window(const char *text)
{
	struct price_window w = {0};

	assert_true(price_window_parse(text, &w));
	return w;
}

static struct wall at(int year, int month, int day, int hour, int minute)
{
	struct civil c = {
	    .year = year, .month = month, .day = day, .hour = hour, .minute = minute};

	return civil_wall(&c);
}

/* DeepSeek's: Monday to Friday 09-12 and 14-18 in Beijing. */
static const struct price_hours *beijing(struct price_window w[2])
{
	static struct price_hours h;

	w[0] = window("mon-fri 09:00-12:00");
	w[1] = window("mon-fri 14:00-18:00");
	h = (struct price_hours){.utc_offset_min = 480, .dear = w, .n_dear = 2};
	return &h;
}

static void it_is_dear_from_the_first_to_before_the_last_instant(void **state)
{
	struct price_window w[2];
	const struct price_hours *h = beijing(w);
	/* Monday 2026-11-23: 01-04 and 06-10 UTC */
	static const struct {
		int hour, dear_from;
	} edges[] = {
	    {1,  1},
            {4,  0},
            {6,  1},
            {10, 0}
        };

	(void)state;
	for (size_t i = 0; i < sizeof(edges) / sizeof(edges[0]); i++) {
		struct wall edge = at(2026, 11, 23, edges[i].hour, 0);

		assert_int_equal(price_is_dear(h, edge), edges[i].dear_from);
		assert_int_equal(
		    price_is_dear(h, wall_add_ms(edge, -1)), !edges[i].dear_from);
	}
}

static void the_day_is_that_of_the_house_and_not_of_utc(void **state)
{
	struct price_window w = window("mon 00:00-01:00");
	struct price_hours east = {.utc_offset_min = 480, .dear = &w, .n_dear = 1};
	struct price_hours west = {.utc_offset_min = -480, .dear = &w, .n_dear = 1};

	(void)state;
	/* Monday begins on Sunday at 16:00 UTC there, at 08:00 UTC on Monday here. */
	assert_true(price_is_dear(&east, at(2026, 11, 22, 16, 0)));
	assert_false(price_is_dear(&east, at(2026, 11, 22, 15, 59)));
	assert_false(price_is_dear(&east, at(2026, 11, 23, 0, 30)));
	assert_true(price_is_dear(&west, at(2026, 11, 23, 8, 0)));
	assert_false(price_is_dear(&west, at(2026, 11, 23, 0, 30)));
}

static void weekends_are_cheap_and_the_year_has_no_seam(void **state)
{
	struct price_window w[2];
	const struct price_hours *h = beijing(w);

	(void)state;
	assert_false(price_is_dear(h, at(2026, 11, 21, 2, 0)));
	assert_false(price_is_dear(h, at(2026, 11, 22, 7, 0)));
	assert_true(price_is_dear(h, at(2026, 12, 31, 2, 0)));  /* Thursday */
	assert_true(price_is_dear(h, at(2027, 1, 1, 2, 0)));    /* Friday */
	assert_true(price_is_dear(h, at(2028, 2, 29, 2, 0)));   /* Tuesday */
	assert_true(price_is_dear(h, (struct wall){3600000}));  /* Thursday, 1970 */
	assert_false(price_is_dear(h, (struct wall){-SECOND})); /* 07:59 in Beijing */
}

static void a_window_may_go_round_midnight_and_round_the_week(void **state)
{
	struct price_window night = window("fri-sun 22:00-02:00"),
			    whole = window("sun 00:00-24:00"),
			    around = window("sat-mon 12:00-13:00");
	struct price_hours h = {.dear = &night, .n_dear = 1};

	(void)state;
	assert_false(price_is_dear(&h, at(2026, 11, 20, 1, 0))); /* Friday morning */
	assert_true(price_is_dear(&h, at(2026, 11, 20, 22, 0)));
	assert_true(price_is_dear(&h, at(2026, 11, 21, 1, 59)));
	assert_false(price_is_dear(&h, at(2026, 11, 21, 2, 0)));
	assert_true(price_is_dear(&h, at(2026, 11, 23, 1, 59))); /* Monday */
	assert_false(price_is_dear(&h, at(2026, 11, 23, 2, 0)));
	assert_false(price_is_dear(&h, at(2026, 11, 23, 22, 0)));
	h.dear = &whole;
	assert_true(price_is_dear(&h, at(2026, 11, 22, 0, 0)));
	assert_true(price_is_dear(&h, at(2026, 11, 22, 23, 59)));
	assert_false(price_is_dear(&h, at(2026, 11, 23, 0, 0)));
	h.dear = &around;
	assert_true(price_is_dear(&h, at(2026, 11, 23, 12, 30)));
	assert_false(price_is_dear(&h, at(2026, 11, 24, 12, 30)));
	assert_true(price_is_dear(&h, at(2026, 11, 21, 12, 30)));
	assert_false(price_is_dear(&h, at(2026, 11, 20, 12, 30)));
}

/* The calendar's own weekday instead of the ring of minutes. */
static bool reckoned(struct wall t)
{
	struct civil c = wall_civil(wall_add_ms(t, 8 * MS_PER_H));

	return c.weekday >= 1 && c.weekday <= 5 &&
	       ((c.hour >= 9 && c.hour < 12) || (c.hour >= 14 && c.hour < 18));
}

static void five_weeks_agree_with_the_calendar_minute_by_minute(void **state)
{
	struct price_window w[2];
	const struct price_hours *h = beijing(w);
	struct wall from = at(2026, 12, 14, 0, 0);
	int minutes = 5 * 7 * 24 * 60, dear = 0;

	(void)state;
	for (int i = 0; i < minutes; i++) {
		struct wall t = wall_add_ms(from, i * MS_PER_MIN);

		assert_int_equal(price_is_dear(h, t), reckoned(t));
		dear += price_is_dear(h, t);
	}
	assert_int_equal(dear, 5 * 5 * 7 * 60);
	print_message("# evidence prices by the hour: %d minutes over the turn of a year "
		      "agree with the calendar, %d dear\n",
	    minutes, dear);
}

static void only_hours_of_the_week_are_hours_of_the_week(void **state)
{
	static const char *const bad[] = {"", "mon", "mon ", "mon 9:00-12:00",
	    "mon 09:00", "mon 09:00-", "mon 09:00-12:60", "mon 09:00-24:01",
	    "mon 24:00-01:00", "mon- 09:00-12:00", "mon-mun 09:00-12:00",
	    "Mon 09:00-12:00", "mon  09:00-12:00", "mon 09:00-12:00 ", "mon 09.00-12.00",
	    "09:00-12:00", "mon 0x:00-12:00"};
	static const char *const offsets[] = {
	    "", "8", "+8", "+08", "08:00", "+08:00 ", "+15:00", "+08:60", "UTC"};
	struct price_window w = {.days = 99};
	int minutes = 77;

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (price_window_parse(bad[i], &w))
			fail_msg("\"%s\" is taken for hours", bad[i]);
	}
	for (size_t i = 0; i < sizeof(offsets) / sizeof(offsets[0]); i++) {
		if (price_offset_parse(offsets[i], &minutes))
			fail_msg("\"%s\" is taken for a distance", offsets[i]);
	}
	assert_int_equal(w.days, 99);
	assert_int_equal(minutes, 77);
	assert_true(price_offset_parse("-03:30", &minutes));
	assert_int_equal(minutes, -210);
	w = window("sat-mon 00:00-24:00");
	assert_int_equal(w.days, 1 | 1 << 5 | 1 << 6);
	assert_string_equal(w.words, "sat-mon 00:00-24:00");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_is_dear_from_the_first_to_before_the_last_instant),
	    cmocka_unit_test(the_day_is_that_of_the_house_and_not_of_utc),
	    cmocka_unit_test(weekends_are_cheap_and_the_year_has_no_seam),
	    cmocka_unit_test(a_window_may_go_round_midnight_and_round_the_week),
	    cmocka_unit_test(five_weeks_agree_with_the_calendar_minute_by_minute),
	    cmocka_unit_test(only_hours_of_the_week_are_hours_of_the_week),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
