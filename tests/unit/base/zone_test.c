/* SPDX-License-Identifier: MIT
 *
 * Time zones: what is read, what is refused, and the two odd hours of a year. Python's
 * zoneinfo checks the arithmetic in zone_test.py.
 */
#include "agent/base/zone.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "agent/base/xalloc.h"
#include "agent/base/zone_rule.h"

struct file {
	char bytes[8192];
	size_t n;
};

static struct file read_file(const char *name)
{
	struct file f = {.n = 0};
	char *path = xasprintf("%s/zones/%s.tzif", getenv("DIMWATCH_TESTS_DATA"), name);
	FILE *in = fopen(path, "rb");

	assert_non_null(in);
	f.n = fread(f.bytes, 1, sizeof(f.bytes), in);
	assert_int_equal(fclose(in), 0);
	free(path);
	return f;
}

static struct zone *zone_of(struct arena *a, const char *name)
{
	struct file f = read_file(name);
	struct err e = {0};
	struct zone *z = zone_read(a, name, (struct span){f.bytes, f.n}, &e);

	assert_string_equal(e.msg, "");
	assert_non_null(z);
	return z;
}

static void assert_refused(const struct file *f, size_t n, const char *words)
{
	struct arena *a = arena_new();
	struct err e = {0};
	/* Exactly so many bytes: the sanitizer sees a step beyond. */
	char *bytes = xmalloc(n ? n : 1);

	memcpy(bytes, f->bytes, n);
	assert_null(zone_read(a, "X", (struct span){bytes, n}, &e));
	if (!strstr(e.msg, words))
		fail_msg("'%s' does not say '%s'", e.msg, words);
	free(bytes);
	arena_free(a);
}

static struct zone_moments at(
    const struct zone *z, int year, int month, int day, int hour, int minute)
{
	struct civil c = {
	    .year = year, .month = month, .day = day, .hour = hour, .minute = minute};

	return zone_wall(z, &c);
}

static void assert_moment(struct wall t, const char *rfc3339)
{
	char buf[32];

	assert_string_equal(wall_rfc3339(t, buf, sizeof(buf)), rfc3339);
}

static void a_skipped_hour_is_the_moment_the_clock_jumps(void **state)
{
	struct arena *a = arena_new();
	struct zone_moments m = at(zone_of(a, "Berlin"), 2026, 3, 29, 2, 30);

	(void)state;
	assert_int_equal(m.fit, ZONE_SKIPPED);
	assert_moment(m.first, "2026-03-29T01:00:00.000Z");
	assert_moment(m.last, "2026-03-29T01:00:00.000Z");
	arena_free(a);
}

static void an_hour_that_comes_twice_has_two_moments(void **state)
{
	struct arena *a = arena_new();
	struct zone_moments m = at(zone_of(a, "Berlin"), 2026, 10, 25, 2, 30);

	(void)state;
	assert_int_equal(m.fit, ZONE_TWICE);
	assert_moment(m.first, "2026-10-25T00:30:00.000Z");
	assert_moment(m.last, "2026-10-25T01:30:00.000Z");
	arena_free(a);
}

/* Samoa went to bed on a Thursday and rose on a Saturday. */
static void a_day_that_never_was_is_the_moment_it_was_left_out(void **state)
{
	struct arena *a = arena_new();
	struct zone_moments m = at(zone_of(a, "Apia"), 2011, 12, 30, 12, 0);

	(void)state;
	assert_int_equal(m.fit, ZONE_SKIPPED);
	assert_moment(m.first, "2011-12-30T10:00:00.000Z");
	arena_free(a);
}

static void years_behind_the_table_follow_the_rule(void **state)
{
	struct arena *a = arena_new();
	struct zone *z = zone_of(a, "New_York");

	(void)state;
	assert_moment(at(z, 2099, 7, 1, 12, 0).first, "2099-07-01T16:00:00.000Z");
	assert_moment(at(z, 2099, 12, 1, 12, 0).first, "2099-12-01T17:00:00.000Z");
	arena_free(a);
}

static void a_zone_is_told_with_its_offset(void **state)
{
	struct arena *a = arena_new();
	char buf[32];

	(void)state;
	assert_string_equal(zone_text(zone_of(a, "Kathmandu"),
				(struct wall){INT64_C(1767225600000)}, buf, sizeof(buf)),
	    "2026-01-01 05:45 +05:45");
	assert_string_equal(zone_text(zone_fixed(a, "-03:30"),
				(struct wall){INT64_C(1767225600000)}, buf, sizeof(buf)),
	    "2025-12-31 20:30 -03:30");
	arena_free(a);
}

static void offsets_and_utc_need_no_file(void **state)
{
	static const struct {
		const char *text;
		int offset_s;
	} good[] = {
	    {"UTC",    0     },
            {"Z",      0     },
            {"+08:00", 28800 },
            {"-0330",  -12600},
            {"+05:45", 20700 },
	    {"+14",    50400 }
        };
	static const char *const bad[] = {"", "+", "8", "+8", "+8:00", "+24:00", "+08:60",
	    "+08:0", "+08:000", "UTC+8", "Asia/Hong_Kong", "+:800", "+0:800", "+080:"};
	struct arena *a = arena_new();

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		struct zone *z = zone_fixed(a, good[i].text);

		assert_non_null(z);
		assert_int_equal(zone_offset_s(z, (struct wall){0}), good[i].offset_s);
		assert_true(zone_next_change(z, (struct wall){0}).ms == INT64_MAX);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (zone_fixed(a, bad[i]))
			fail_msg("'%s' was taken for an offset", bad[i]);
	}
	arena_free(a);
}

static void rules_of_every_notation_are_read(void **state)
{
	static const char *const good[] = {"HKT-8", "<+0545>-5:45",
	    "CET-1CEST,M3.5.0,M10.5.0/3", "<-03>3<-02>,M3.5.0/-2,M10.5.0/-1",
	    "IST-1GMT0,M10.5.0,M3.5.0/1", "XXX3EDT4,0/0,J365/23",
	    "AAA0BBB,J60/24,J300/167"};
	static const char *const bad[] = {"", "HK-8", "HKT", "HKT-25", "HKT-8:60",
	    "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
	    "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J10",
	    "CET-1CEST,366,10", "CET-1CEST,M3.5.0/168,M10.5.0",
	    "CET-1CEST,M3.5.0,M10.5.0,", "<+08-8", "CET-1CEST,M3.5.0,M10.5.0/3 "};
	struct zone_rule r;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		if (!zone_rule_parse(span_of(good[i]), &r))
			fail_msg("'%s' was refused", good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (zone_rule_parse(span_of(bad[i]), &r))
			fail_msg("'%s' was taken for a rule", bad[i]);
	}
}

/* RFC 8536, 3.3.1: it ends when the next begins. */
static void summer_time_all_the_year_round_has_no_winter(void **state)
{
	struct zone_rule r;

	(void)state;
	assert_true(zone_rule_parse(span_of("XXX3EDT4,0/0,J365/23"), &r));
	for (int64_t t = INT64_C(1767225600); t < INT64_C(1767225600) + 2 * 366 * 86400;
	     t += 1800)
		assert_int_equal(zone_rule_offset_s(&r, t), -4 * 3600);
}

static void every_cut_of_a_file_is_refused(void **state)
{
	struct file f = read_file("Lord_Howe");

	(void)state;
	for (size_t n = 0; n < f.n; n++)
		assert_refused(&f, n, "damaged");
}

static void put32(struct file *f, size_t at, uint32_t v)
{
	for (int i = 0; i < 4; i++)
		f->bytes[at + (size_t)i] = (char)(v >> (24 - 8 * i));
}

/* Where the second, 64-bit block begins. */
static size_t second_head(const struct file *f)
{
	size_t at = 44;

	while (memcmp(f->bytes + at, "TZif", 4) != 0)
		at++;
	return at;
}

static void hostile_files_are_refused(void **state)
{
	struct file whole = read_file("Hong_Kong"), f;
	size_t head = second_head(&whole);
	static const struct {
		size_t at; /* of the second head */
		uint32_t value;
		const char *words;
	} counts[] = {
	    {20, 3,          "damaged"},
            {24, 3,          "damaged"},
            {28, 0xffffffff, "more"   },
	    {28, 1,          "leap"   },
            {32, 0xffffffff, "more"   },
            {32, 2000,       "early"  },
	    {36, 0,          "damaged"},
            {36, 0xffffffff, "more"   },
            {40, 0xffffffff, "more"   },
	    {40, 0,          "damaged"}
        };

	(void)state;
	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		f = whole;
		put32(&f, head + counts[i].at, counts[i].value);
		assert_refused(&f, f.n, counts[i].words);
	}
	f = whole;
	f.bytes[4] = 0;
	assert_refused(&f, f.n, "version 1");
	f = whole;
	memcpy(f.bytes, "GIF8", 4);
	assert_refused(&f, f.n, "no TZif");
	f = whole;
	memset(f.bytes + head + 44 + 8, 0x80, 8); /* long ago, behind the first */
	assert_refused(&f, f.n, "ascend");
	f = whole;
	memcpy(f.bytes + f.n - 6, "HKT$8\n", 6);
	assert_refused(&f, f.n, "no rule");
}

static void a_file_larger_than_any_zone_is_refused(void **state)
{
	struct arena *a = arena_new();
	struct err e = {0};
	char *bytes = xcalloc(1, ZONE_MAX_BYTES + 1);

	(void)state;
	assert_null(zone_read(a, "X", (struct span){bytes, ZONE_MAX_BYTES + 1}, &e));
	assert_non_null(strstr(e.msg, "larger"));
	free(bytes);
	arena_free(a);
}

/* Whatever a file says, questions about it end, within the table. */
static void mutated_files_never_lead_astray(void **state)
{
	struct file whole = read_file("Casablanca");
	uint64_t seed = (uint64_t)time(NULL);
	const char *given = getenv("DIMWATCH_SEED");
	const char *longer = getenv("DIMWATCH_TESTS_LONG");
	int rounds = longer && longer[0] ? 20000 : 1500, taken = 0;
	struct rng rng;

	(void)state;
	if (given)
		seed = strtoull(given, NULL, 10);
	rng_init(&rng, seed);
	for (int i = 0; i < rounds; i++) {
		struct arena *a = arena_new();
		struct file f = whole;
		struct err e = {0};
		struct zone *z;
		char *bytes = xmalloc(f.n);

		for (uint64_t k = rng_below(&rng, 6) + 1; k > 0; k--)
			f.bytes[rng_below(&rng, f.n)] = (char)rng_below(&rng, 256);
		memcpy(bytes, f.bytes, f.n);
		z = zone_read(a, "X", (struct span){bytes, f.n}, &e);
		for (int k = 0; z && k < 5; k++) {
			struct wall t = {
			    (int64_t)rng_below(&rng, UINT64_C(5000000000000))};
			struct civil c = zone_civil(z, t);
			struct zone_moments m = zone_wall(z, &c);

			assert_true(m.first.ms <= t.ms && t.ms <= m.last.ms);
			assert_true(zone_next_change(z, t).ms > t.ms);
		}
		taken += z != NULL;
		free(bytes);
		arena_free(a);
	}
	printf("# seed %llu (DIMWATCH_SEED), %d of %d were still a zone\n",
	    (unsigned long long)seed, taken, rounds);
	assert_true(taken > 0 && taken < rounds);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_skipped_hour_is_the_moment_the_clock_jumps),
	    cmocka_unit_test(an_hour_that_comes_twice_has_two_moments),
	    cmocka_unit_test(a_day_that_never_was_is_the_moment_it_was_left_out),
	    cmocka_unit_test(years_behind_the_table_follow_the_rule),
	    cmocka_unit_test(a_zone_is_told_with_its_offset),
	    cmocka_unit_test(offsets_and_utc_need_no_file),
	    cmocka_unit_test(rules_of_every_notation_are_read),
	    cmocka_unit_test(summer_time_all_the_year_round_has_no_winter),
	    cmocka_unit_test(every_cut_of_a_file_is_refused),
	    cmocka_unit_test(hostile_files_are_refused),
	    cmocka_unit_test(a_file_larger_than_any_zone_is_refused),
	    cmocka_unit_test(mutated_files_never_lead_astray),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
