/* SPDX-License-Identifier: MIT
 *
 * Durations both ways, and the calendar without libc.
 */
#include "agent/base/tick.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "agent/base/rng.h"

static void durations_are_read_with_their_units(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;
	} rows[] = {
	    {"0",           0                 },
	    {"0s",          0                 },
	    {"90s",         90000             },
	    {"1h30m",       90 * MS_PER_MIN   },
	    {"250ms",       250               },
	    {"2d",          2 * MS_PER_DAY    },
	    {"2y",          730 * MS_PER_DAY  },
	    {"1w",          7 * MS_PER_DAY    },
	    {"1m1ms",       60001             },
	    {"1d2h3m4s5ms", 93784005          },
	    {"100y",        36500 * MS_PER_DAY},
	    {"007s",        7000              },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		int64_t ms = -1;

		assert_true(duration_parse(rows[i].text, &ms));
		assert_true(ms == rows[i].ms);
	}
}

static void what_is_no_duration_is_refused(void **state)
{
	static const char *const bad[] = {"", "5", "s", "5 s", " 5s", "5s ", "-5s", "+5s",
	    "1.5h", "5x", "30m1h", "1s1s", "5S", "5min", "1h30", "101y",
	    "9223372036854775807d", "99999999999999999999s", "100y1ms", "5\xc2\xb5s",
	    "00"};

	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		int64_t ms = 77;

		assert_false(duration_parse(bad[i], &ms));
		assert_int_equal(ms, 77);
	}
}

static void the_exact_form_is_short(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
	    {0,		"0s"     },
	    {90000,            "1m30s"  },
	    {250,              "250ms"  },
	    {61001,            "1m1s1ms"},
	    {2 * MS_PER_DAY,   "2d"     },
	    {730 * MS_PER_DAY, "2y"     },
	    {400 * MS_PER_DAY, "400d"   },
	    {7 * MS_PER_DAY,   "7d"     },
	    {-90000,           "-1m30s" },
	    {36 * MS_PER_H,    "1d12h"  },
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    duration_format(rows[i].ms, buf, sizeof(buf)), rows[i].text);
	duration_format(INT64_MIN, buf, sizeof(buf));
	assert_int_equal(buf[0], '-');
	assert_string_equal(duration_format(93784005, buf, 4), "1d2");
	assert_ptr_equal(duration_format(1, buf, 0), buf);
}

static void format_and_parse_are_inverse(void **state)
{
	struct rng r;

	(void)state;
	rng_init(&r, 4);
	for (int i = 0; i < 5000; i++) {
		int64_t ms = (int64_t)(rng_next(&r) >> (22 + rng_below(&r, 40))),
			back = -1;
		char buf[64];

		if (ms > 36500 * MS_PER_DAY)
			ms %= 36500 * MS_PER_DAY;
		assert_true(duration_parse(duration_format(ms, buf, sizeof(buf)), &back));
		assert_true(back == ms);
	}
}

static void people_get_one_or_two_rounded_units(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
	    {0,        "0 ms"     },
	    {412,      "412 ms"   },
	    {999,      "999 ms"   },
	    {1000,     "1 s"      },
	    {9349,     "9.3 s"    },
	    {9949,     "9.9 s"    },
	    {9950,     "10 s"     },
	    {9999,     "10 s"     },
	    {59499,    "59 s"     },
	    {59500,    "1 m"      },
	    {90000,    "1 m 30 s" },
	    {3599499,  "59 m 59 s"},
	    {3599500,  "1 h"      },
	    {43500000, "12 h 5 m" },
	    {86399999, "1 d"      },
	    {90000000, "1 d 1 h"  },
	    {-412,     "-412 ms"  },
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_string_equal(
		    duration_human(rows[i].ms, buf, sizeof(buf)), rows[i].text);
	assert_string_equal(duration_human(43500000, buf, 5), "12 h");
}

static void the_calendar_knows_its_landmarks(void **state)
{
	static const struct {
		int64_t ms;
		const char *text;
		int weekday;
	} rows[] = {
	    {0,               "1970-01-01T00:00:00.000Z", 4},
	    {-1,              "1969-12-31T23:59:59.999Z", 3},
	    {951782400000,    "2000-02-29T00:00:00.000Z", 2},
	    {1078012799999,   "2004-02-28T23:59:59.999Z", 6},
	    {1095379199001,   "2004-09-16T23:59:59.001Z", 4},
	    {4107542400000,   "2100-03-01T00:00:00.000Z", 1},
	    {253402300799999, "9999-12-31T23:59:59.999Z", 5},
	    {-62135596800000, "0001-01-01T00:00:00.000Z", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct wall t = {rows[i].ms};
		struct civil c = wall_civil(t);
		char buf[32];

		assert_string_equal(wall_rfc3339(t, buf, sizeof(buf)), rows[i].text);
		assert_int_equal(c.weekday, rows[i].weekday);
		assert_true(civil_wall(&c).ms == t.ms);
	}
}

static void every_day_of_four_centuries_follows_the_last(void **state)
{
	struct civil last = wall_civil((struct wall){-1});

	(void)state;
	for (int64_t day = 0; day < 146097; day++) {
		struct civil c = wall_civil((struct wall){day * MS_PER_DAY});

		assert_int_equal(c.weekday, (last.weekday + 1) % 7);
		assert_true(c.day == last.day + 1 || (c.day == 1 && last.day >= 28));
		assert_true(c.month == last.month || c.day == 1);
		assert_true(civil_wall(&c).ms == day * MS_PER_DAY);
		last = c;
	}
}

static void small_arithmetic_keeps_its_units(void **state)
{
	struct mono t = {1000};
	struct wall w = {5};

	(void)state;
	assert_int_equal(mono_add_us(t, 5).us, 1005);
	assert_int_equal(mono_add_ms(t, 2).us, 3000);
	assert_int_equal(mono_diff_us(mono_add_ms(t, 2), t), 2000);
	assert_int_equal(wall_diff_ms(wall_add_ms(w, -9), w), -9);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(durations_are_read_with_their_units),
	    cmocka_unit_test(what_is_no_duration_is_refused),
	    cmocka_unit_test(the_exact_form_is_short),
	    cmocka_unit_test(format_and_parse_are_inverse),
	    cmocka_unit_test(people_get_one_or_two_rounded_units),
	    cmocka_unit_test(the_calendar_knows_its_landmarks),
	    cmocka_unit_test(every_day_of_four_centuries_follows_the_last),
	    cmocka_unit_test(small_arithmetic_keeps_its_units),
	};

	return cmocka_run_group_tests_name("tick", tests, NULL, NULL);
}
