/* SPDX-License-Identifier: MIT
 *
 * Windows of the calendar: what is read, what is refused and why, and the days on which a
 * clock is set.
 */
#include "alerts/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "agent/base/xalloc.h"

static struct zone *load(struct arena *a, const char *name)
{
	char *path, bytes[8192];
	struct err e = {0};
	struct zone *z = zone_fixed(a, name);
	FILE *in;

	if (z)
		return z;
	path = xasprintf("%s/zones/%s.tzif", getenv("DIMWATCH_TESTS_DATA"), name);
	in = fopen(path, "rb");
	assert_non_null(in);
	z = zone_read(
	    a, name, (struct span){bytes, fread(bytes, 1, sizeof(bytes), in)}, &e);
	assert_non_null(z);
	assert_int_equal(fclose(in), 0);
	free(path);
	return z;
}

static struct window window_of(struct arena *a, const char *text)
{
	struct window w;
	const char *zone = NULL;
	struct err e = {0};

	if (!window_parse(text, &w, &zone, &e))
		fail_msg("%s: %s", text, e.msg);
	w.text = text;
	w.zone = load(a, zone);
	return w;
}

static struct wall at(int year, int month, int day, int hour, int minute)
{
	struct civil c = {
	    .year = year, .month = month, .day = day, .hour = hour, .minute = minute};

	return civil_wall(&c);
}

static void assert_span(const struct window *w, struct wall t, const char *wanted)
{
	struct wall_span s;
	char from[32], until[32], text[80];

	assert_true(window_next(w, t, &s));
	wall_rfc3339(s.from, from, sizeof(from));
	wall_rfc3339(s.until, until, sizeof(until));
	(void)snprintf(text, sizeof(text), "%.16s %.16s", from, until);
	assert_string_equal(text, wanted);
}

static void the_present_window_comes_before_the_next(void **state)
{
	struct arena *a = arena_new();
	struct window w = window_of(a, "sun 02:00-04:00 Hong_Kong");

	(void)state; /* 2026-11-29 is a Sunday */
	assert_span(&w, at(2026, 11, 24, 12, 0), "2026-11-28T18:00 2026-11-28T20:00");
	assert_span(&w, at(2026, 11, 28, 18, 0), "2026-11-28T18:00 2026-11-28T20:00");
	assert_span(&w, at(2026, 11, 28, 19, 59), "2026-11-28T18:00 2026-11-28T20:00");
	assert_span(&w, at(2026, 11, 28, 20, 0), "2026-12-05T18:00 2026-12-05T20:00");
	arena_free(a);
}

static void a_window_over_midnight_belongs_to_the_day_it_begins_on(void **state)
{
	struct arena *a = arena_new();
	struct window w = window_of(a, "fri 22:00-07:00 UTC");

	(void)state;
	assert_span(&w, at(2026, 11, 28, 6, 59), "2026-11-27T22:00 2026-11-28T07:00");
	assert_span(&w, at(2026, 11, 28, 7, 0), "2026-12-04T22:00 2026-12-05T07:00");
	arena_free(a);
}

/* Berlin, 2026-03-29: from 02:00 straight to 03:00 at 01:00 UTC. */
static void what_begins_in_a_skipped_hour_begins_when_the_clock_jumps(void **state)
{
	struct arena *a = arena_new();
	struct window begins = window_of(a, "sun 02:30-04:00 Berlin"),
		      ends = window_of(a, "sun 01:00-02:30 Berlin"),
		      inside = window_of(a, "sun 02:00-02:45 Berlin");

	(void)state;
	assert_span(&begins, at(2026, 3, 28, 12, 0), "2026-03-29T01:00 2026-03-29T02:00");
	assert_span(&ends, at(2026, 3, 28, 12, 0), "2026-03-29T00:00 2026-03-29T01:00");
	/* It would be empty: the next one counts. */
	assert_span(&inside, at(2026, 3, 28, 12, 0), "2026-04-05T00:00 2026-04-05T00:45");
	arena_free(a);
}

/* Berlin, 2026-10-25: 02:00 to 03:00 twice, from 00:00 to 02:00 UTC. */
static void an_hour_that_comes_twice_is_all_inside(void **state)
{
	struct arena *a = arena_new();
	struct window w = window_of(a, "sun 02:15-02:45 Berlin");

	(void)state;
	assert_span(&w, at(2026, 10, 24, 12, 0), "2026-10-25T00:15 2026-10-25T01:45");
	arena_free(a);
}

static void days_are_read_in_every_form(void **state)
{
	static const struct {
		const char *text;
		unsigned days; /* bit 0: Sunday */
	} rows[] = {
	    {"daily 01:00-02:00 UTC",        0x7f},
            {"01:00-02:00 UTC",              0x7f},
	    {"mon 01:00-02:00 UTC",          0x02},
            {"Monday 01:00-02:00 UTC",       0x02},
	    {"mon-fri 01:00-02:00 UTC",      0x3e},
            {"sat,sun 01:00-02:00 UTC",      0x41},
	    {"fri-mon 01:00-02:00 UTC",      0x63},
            {"mon-wed,fri 01:00-02:00 UTC",  0x2e},
	    {"  sun   00:00-24:00   +08:00", 0x01}
        };
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		assert_int_equal(window_of(a, rows[i].text).days, rows[i].days);
	arena_free(a);
}

static void wrong_windows_say_what_is_wrong(void **state)
{
	static const struct {
		const char *text, *words;
	} rows[] = {
	    {"",			     "names no hours"     },
            {"sun",                          "names no hours"     },
	    {"sonntag 02:00-04:00 UTC",      "'sonntag' is no day"},
	    {"mon-mittwoch 02:00-04:00 UTC", "is no day"          },
	    {"mon, 02:00-04:00 UTC",         "'' is no day"       },
	    {"sun 02:00-04:00",              "names no time zone" },
            {"sun 02:00 UTC",                "has no end"         },
	    {"sun 2:00-4:00 UTC",            "are no hours"       },
	    {"sun 02:60-04:00 UTC",          "are no hours"       },
	    {"sun 25:00-26:00 UTC",          "are no hours"       },
	    {"sun 24:00-01:00 UTC",          "are no hours"       },
	    {"sun 02:00-02:00 UTC",          "same minute"        },
	    {"sun 02.00-04.00 UTC",          "are no hours"       }
        };

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct window w;
		const char *zone;
		struct err e = {0};

		assert_false(window_parse(rows[i].text, &w, &zone, &e));
		if (!strstr(e.msg, rows[i].words))
			fail_msg("'%s': '%s' does not say '%s'", rows[i].text, e.msg,
			    rows[i].words);
	}
}

static void times_of_once_are_read_and_refused(void **state)
{
	static const char *const bad[] = {"", "tomorrow", "2026-12-01",
	    "2026-13-01T02:00", "2026-02-30T02:00", "2026-12-01T24:01",
	    "2026-12-01T02:60", "2026-12-01 2:00", "2026-12-01T02:00:61",
	    "2026-12-01T02:00:"};
	struct civil c;
	struct err e = {0};
	const char *zone;

	(void)state;
	assert_true(window_parse_time("2026-12-01T02:00", &c, &zone, &e));
	assert_string_equal(zone, "");
	assert_int_equal(civil_wall(&c).ms, at(2026, 12, 1, 2, 0).ms);
	assert_true(window_parse_time("2026-12-01T02:00:30+08:00", &c, &zone, &e));
	assert_string_equal(zone, "+08:00");
	assert_int_equal(c.second, 30);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (window_parse_time(bad[i], &c, &zone, &e))
			fail_msg("'%s' was taken for a time", bad[i]);
	}
}

static void a_moment_in_a_skipped_hour_comes_once(void **state)
{
	struct arena *a = arena_new();
	struct window w;
	struct err e = {0};
	const char *zone;

	(void)state;
	assert_true(window_parse_moment("daily 02:30 Berlin", &w, &zone, &e));
	w.zone = load(a, zone);
	assert_int_equal(
	    window_next_moment(&w, at(2026, 3, 29, 0, 0)).ms, at(2026, 3, 29, 1, 0).ms);
	assert_int_equal(
	    window_next_moment(&w, at(2026, 3, 29, 1, 0)).ms, at(2026, 3, 30, 0, 30).ms);
	/* Twice on the clock, once for us: the first. */
	assert_int_equal(window_next_moment(&w, at(2026, 10, 25, 0, 0)).ms,
	    at(2026, 10, 25, 0, 30).ms);
	assert_int_equal(window_next_moment(&w, at(2026, 10, 25, 0, 30)).ms,
	    at(2026, 10, 26, 1, 30).ms);
	assert_int_equal(window_last_moment(&w, at(2026, 10, 25, 1, 30)).ms,
	    at(2026, 10, 25, 0, 30).ms);
	arena_free(a);
}

/* Every span follows the one before, and every moment of it finds it again. */
static void spans_of_years_are_in_order_and_found_from_everywhere(void **state)
{
	static const char *const texts[] = {"mon-fri 22:00-07:00 Berlin",
	    "daily 02:00-03:00 New_York", "daily 01:30-02:30 Lord_Howe",
	    "sat,sun 00:00-24:00 Chatham", "daily 23:30-00:30 Sao_Paulo",
	    "fri 12:00-11:00 Apia"};
	struct arena *a = arena_new();
	struct rng rng;
	long n = 0;

	(void)state;
	rng_init(&rng, 7);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		struct window w = window_of(a, texts[i]);
		struct wall t = at(2009, 1, 1, 0, 0), end = at(2012, 1, 20, 0, 0);
		struct wall_span s, again;

		for (; t.ms < end.ms; t = s.until, n++) {
			int64_t length;

			assert_true(window_next(&w, t, &s));
			assert_true(s.until.ms > t.ms && s.from.ms < s.until.ms);
			assert_true(n == 0 || s.from.ms >= t.ms || s.until.ms > t.ms);
			length = wall_diff_ms(s.until, s.from);
			assert_true(length <= 25 * MS_PER_H + 1);
			t.ms = s.from.ms + (int64_t)rng_below(&rng, (uint64_t)length);
			assert_true(window_next(&w, t, &again));
			assert_true(again.until.ms > t.ms && again.from.ms <= t.ms);
		}
	}
	assert_true(n > 3000);
	arena_free(a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_present_window_comes_before_the_next),
	    cmocka_unit_test(a_window_over_midnight_belongs_to_the_day_it_begins_on),
	    cmocka_unit_test(what_begins_in_a_skipped_hour_begins_when_the_clock_jumps),
	    cmocka_unit_test(an_hour_that_comes_twice_is_all_inside),
	    cmocka_unit_test(days_are_read_in_every_form),
	    cmocka_unit_test(wrong_windows_say_what_is_wrong),
	    cmocka_unit_test(times_of_once_are_read_and_refused),
	    cmocka_unit_test(a_moment_in_a_skipped_hour_comes_once),
	    cmocka_unit_test(spans_of_years_are_in_order_and_found_from_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
