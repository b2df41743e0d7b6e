/* SPDX-License-Identifier: MIT
 *
 * The digest in words, in both languages, full and empty.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/digest.h"

#define MOMENT INT64_C(1795395600000) /* 2026-11-23T01:00:00Z */

static struct digest_figures some_figures(void)
{
	struct digest_figures f = {
	    .span = {{MOMENT - 7 * MS_PER_DAY}, {MOMENT}},
	    .samples = 20160,
	    .good = 20100,
	    .failed = 52,
	    .incidents = 3,
	    .still_open = 1,
	    .longest_ms = 124 * MS_PER_MIN,
	    .notices = 2,
	    .sent = 14,
	    .dead = 1,
	    .median_ms = 400,
	    .lag_us = 12000,
	    .n_targets = 3,
	    .n_worst = 2,
	    .worst = {{"deepseek", 99.2},                         {"qwen", 99.98}},
	    .n_sums = 1,
	    .sums = {{"USD", 1250000000}},
	};

	return f;
}

static const char *fact(const struct message *m, const char *name)
{
	for (int i = 0; i < m->n_facts; i++) {
		if (strcmp(m->facts[i].name, name) == 0)
			return m->facts[i].value;
	}
	return "";
}

static void the_figures_become_words(void **state)
{
	struct digest_figures f = some_figures();
	struct arena *a = arena_new();
	struct message m;

	(void)state;
	digest_render(&m, &f, zone_fixed(a, "+08:00"), "hk-1", LANGUAGE_EN);
	assert_string_equal(m.title, "Digest until 2026-11-23 09:00 +08:00");
	assert_string_equal(
	    fact(&m, "Period"), "2026-11-16 09:00 +08:00 to 2026-11-23 09:00 +08:00");
	assert_string_equal(
	    fact(&m, "Incidents"), "incidents: 3, still open: 1, the longest 2 h 4 m");
	assert_string_equal(fact(&m, "Uptime, the lowest first"),
	    "deepseek 99.20 %, qwen 99.98 % and 1 more");
	assert_string_equal(fact(&m, "Probes"), "20160 asked, 20100 good, 52 failed");
	assert_non_null(strstr(fact(&m, "Spent"), "1.25"));
	assert_string_equal(
	    fact(&m, "Messages"), "14 delivered, half of them within 400 ms; 1 not");
	assert_string_equal(fact(&m, "Own lag"), "at most 12 ms in the last day");
	assert_string_equal(fact(&m, "Notices"), "2");
	assert_non_null(strstr(m.lock_screen, "[digest] hk-1: incidents: 3"));
	arena_free(a);
}

static void an_empty_week_says_so(void **state)
{
	struct digest_figures f = {
	    .span = {{0}, {MOMENT}},
              .lag_us = -1
        };
	struct arena *a = arena_new();
	struct message m;

	(void)state;
	digest_render(&m, &f, zone_fixed(a, "UTC"), "", LANGUAGE_EN);
	assert_string_equal(m.summary, "no incident");
	f.longest_ms = 3 * MS_PER_H; /* of one that began before and lasted into it */
	digest_render(&m, &f, zone_fixed(a, "UTC"), "", LANGUAGE_EN);
	assert_string_equal(m.summary, "incidents: 0, still open: 0, the longest 3 h");
	f.longest_ms = 0;
	digest_render(&m, &f, zone_fixed(a, "UTC"), "", LANGUAGE_EN);
	assert_string_equal(fact(&m, "Messages"), "none was owed");
	assert_string_equal(fact(&m, "Spent"), "nothing");
	assert_string_equal(fact(&m, "Own lag"), "");
	assert_true(m.title[0] && m.lock_screen[0]);
	arena_free(a);
}

static void figures_that_cannot_be_read_are_said(void **state)
{
	struct digest_figures f = {
	    .span = {{0}, {MOMENT}},
              .why_not = "the database is locked"
        };
	struct arena *a = arena_new();
	struct message m;

	(void)state;
	digest_render(&m, &f, zone_fixed(a, "UTC"), "hk-1", LANGUAGE_EN);
	assert_string_equal(
	    m.summary, "the figures could not be read: the database is locked");
	assert_string_equal(fact(&m, "Probes"), "");
	arena_free(a);
}

static void it_is_told_in_chinese_too(void **state)
{
	struct digest_figures f = some_figures();
	struct arena *a = arena_new();
	struct message m;

	(void)state;
	digest_render(&m, &f, zone_fixed(a, "+08:00"), "hk-1", LANGUAGE_ZH);
	assert_non_null(strstr(m.title, "周报"));
	assert_non_null(strstr(m.summary, "故障 3 起"));
	assert_null(strstr(m.summary, "incident"));
	arena_free(a);
}

static void the_same_moment_is_the_same_story(void **state)
{
	struct ulid a = digest_id("hk-1", (struct wall){MOMENT}),
		    b = digest_id("hk-1", (struct wall){MOMENT}),
		    c = digest_id("sg-1", (struct wall){MOMENT}),
		    d = digest_id("hk-1", (struct wall){MOMENT + 1});

	(void)state;
	assert_true(ulid_eq(&a, &b));
	assert_false(ulid_eq(&a, &c));
	assert_false(ulid_eq(&a, &d));
}

/* Owed once at each moment, a day late at most. A clock that was three years ahead (and
 * owed a digest there) costs one digest, not those of three years. */
static void a_clock_that_was_years_ahead_holds_no_digest_up(void **state)
{
	struct wall moment = {MOMENT}, last = {MOMENT - 7 * MS_PER_DAY};
	struct wall ahead = wall_add_ms(moment, 3 * 365 * MS_PER_DAY);

	(void)state;
	assert_true(digest_is_due(moment, moment, &last));
	assert_false(digest_is_due(moment, wall_add_ms(moment, MS_PER_H), &last));
	/* A small step back: the moment before is not owed again. */
	assert_false(digest_is_due(
	    wall_add_ms(moment, -MS_PER_DAY), wall_add_ms(moment, -MS_PER_S), &last));
	assert_true(digest_is_due(ahead, wall_add_ms(ahead, MS_PER_H), &last));
	assert_false(digest_is_due(moment, wall_add_ms(moment, MS_PER_H), &last));
	moment = wall_add_ms(moment, 7 * MS_PER_DAY);
	assert_true(digest_is_due(moment, moment, &last));
	assert_false(digest_is_due(moment, moment, &last));
	moment = wall_add_ms(moment, 7 * MS_PER_DAY);
	assert_false(digest_is_due(moment, wall_add_ms(moment, MS_PER_DAY), &last));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_figures_become_words),
	    cmocka_unit_test(an_empty_week_says_so),
	    cmocka_unit_test(figures_that_cannot_be_read_are_said),
	    cmocka_unit_test(it_is_told_in_chinese_too),
	    cmocka_unit_test(the_same_moment_is_the_same_story),
	    cmocka_unit_test(a_clock_that_was_years_ahead_holds_no_digest_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
