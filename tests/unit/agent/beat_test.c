/* SPDX-License-Identifier: MIT
 *
 * The dead man's switch in virtual time: what completes a cycle, what is said when, and
 * what answers mean.
 */
#include "agent/beat.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct mono at(int64_t s)
{
	return (struct mono){s * US_PER_S};
}

static const struct mono never = {INT64_MAX};

static void a_cycle_waits_for_whom_is_under_way_and_whom_is_due(void **state)
{
	struct cycle c;

	(void)state;
	cycle_begin(&c, at(100));
	cycle_look(&c, at(101), at(99), never, 1); /* asked before it began */
	assert_false(cycle_committed(&c, 99));
	cycle_look(&c, at(102), never, at(100), 1); /* due, not asked yet */
	assert_false(cycle_committed(&c, 99));
	cycle_look(&c, at(103), at(101), at(130), 7);
	assert_false(cycle_committed(&c, 6)); /* judged, not on disk yet */
	assert_true(cycle_committed(&c, 7));
}

static void what_is_posted_later_does_not_delay_a_cycle(void **state)
{
	struct cycle c;

	(void)state;
	cycle_begin(&c, at(100));
	cycle_look(&c, at(101), never, never, 7);
	cycle_look(&c, at(102), at(50), at(50), 9);
	assert_true(cycle_committed(&c, 8));
}

static void a_writer_that_is_stuck_completes_nothing(void **state)
{
	struct cycle c;

	(void)state;
	cycle_begin(&c, at(0));
	for (int i = 1; i < 1000; i++) {
		cycle_look(&c, at(i), never, never, 5);
		assert_false(cycle_committed(&c, 4));
	}
}

static void successes_keep_their_pace(void **state)
{
	struct beat b;

	(void)state;
	beat_init(&b, 60 * MS_PER_S, false);
	assert_int_equal(beat_on_cycle(&b, at(1), ""), BEAT_GOOD);
	assert_int_equal(beat_on_cycle(&b, at(80), ""), BEAT_NOTHING); /* under way */
	assert_int_equal(beat_on_answer(&b, at(81), true), BEAT_SAME);
	assert_int_equal(beat_on_cycle(&b, at(60), ""), BEAT_NOTHING);
	assert_int_equal(beat_on_cycle(&b, at(61), ""), BEAT_GOOD);
}

static void time_alone_never_says_that_all_is_well(void **state)
{
	struct beat b;

	(void)state;
	beat_init(&b, 60 * MS_PER_S, true);
	for (int i = 0; i < 3600; i++)
		assert_int_equal(beat_on_time(&b, at(i), ""), BEAT_NOTHING);
}

static void trouble_is_said_by_time_and_by_cycle(void **state)
{
	struct beat b;

	(void)state;
	beat_init(&b, 60 * MS_PER_S, false);
	assert_int_equal(beat_on_cycle(&b, at(0), ""), BEAT_GOOD);
	assert_int_equal(beat_on_answer(&b, at(0), true), BEAT_SAME);
	assert_int_equal(beat_on_time(&b, at(59), "stuck"), BEAT_NOTHING);
	assert_int_equal(beat_on_time(&b, at(60), "stuck"), BEAT_FAIL);
	assert_int_equal(beat_on_answer(&b, at(60), true), BEAT_SAME);
	assert_int_equal(beat_on_cycle(&b, at(120), "late"), BEAT_FAIL);
	assert_int_equal(beat_on_answer(&b, at(120), true), BEAT_SAME);
	assert_int_equal(beat_on_cycle(&b, at(180), ""), BEAT_GOOD);
}

static void a_start_is_said_once_and_a_success_follows_at_once(void **state)
{
	struct beat b;

	(void)state;
	beat_init(&b, 60 * MS_PER_S, true);
	assert_int_equal(beat_on_cycle(&b, at(1), ""), BEAT_START);
	assert_int_equal(beat_on_answer(&b, at(1), true), BEAT_SAME);
	assert_int_equal(beat_on_cycle(&b, at(2), ""), BEAT_GOOD);
}

static void its_own_failures_are_said_once_and_told_after_ten_minutes(void **state)
{
	struct beat b;
	int broken = 0, lost = 0, well = 0;

	(void)state;
	beat_init(&b, 60 * MS_PER_S, false);
	for (int s = 0; s <= 3600; s += 60) {
		assert_int_equal(beat_on_cycle(&b, at(s), ""), BEAT_GOOD);
		switch (beat_on_answer(&b, at(s), s >= 1800)) {
		case BEAT_BROKEN:
			broken++;
			assert_int_equal(s, 0);
			break;
		case BEAT_LOST:
			lost++;
			assert_int_equal(s, 600);
			break;
		case BEAT_WELL:
			well++;
			assert_int_equal(s, 1800);
			break;
		case BEAT_SAME:
			break;
		}
	}
	assert_int_equal(broken, 1);
	assert_int_equal(lost, 1);
	assert_int_equal(well, 1);
}

static void addresses_of_every_service_are_built(void **state)
{
	static const struct {
		const char *url;
		enum beat_word word;
		const char *wanted;
	} rows[] = {
	    {"https://hc.example/uuid",                                  BEAT_GOOD,  "POST https://hc.example/uuid"      },
	    {"https://hc.example/uuid",                                  BEAT_START, "POST https://hc.example/uuid/start"},
	    {"https://hc.example/uuid/",                                 BEAT_FAIL,  "POST https://hc.example/uuid/fail" },
	    {"https://x.example/b?k=1",                                  BEAT_FAIL,  "POST https://x.example/b/fail?k=1" },
	    {"https://kuma.example/api/push/T0k?status=up&msg=OK&ping=", BEAT_GOOD,
             "GET https://kuma.example/api/push/T0k?status=up&msg=OK"                                                    },
	    {"https://kuma.example/api/push/T0k",                        BEAT_FAIL,
             "GET https://kuma.example/api/push/T0k?status=down&msg=dimwatch+is+in+"
		"trouble"												},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct request rq;
		struct str text;

		beat_request(&rq, rows[i].url, rows[i].word, "words");
		str_init(&text, 1000);
		(void)str_addf(&text, "%s %s", rq.method, rq.url);
		assert_string_equal(str_c(&text), rows[i].wanted);
		str_fini(&text);
		request_fini(&rq);
	}
}

static void answers_that_record_nothing_are_failures(void **state)
{
	static const struct {
		int status;
		const char *body, *words; /* "" arrived */
	} rows[] = {
	    {200, "OK",					     ""                  },
            {200, "{\"ok\":true}",                                  ""                  },
            {204, "",                                               ""                  },
	    {200, "OK (rate-limited)",                              "rate-limited"      },
            {200, "OK (not found)",                                 "nobody"            },
	    {200, "{\"ok\":false,\"msg\":\"Monitor not active.\"}", "nobody"            },
	    {301, "",					       "redirect (301)"    },
            {302, "OK",                                             "redirect (302)"    },
            {404, "",                                               "404"               },
	    {429, "",					       "429"               },
            {503, "",					       "503"               },
            {0,   "",                                               "no answer: refused"}
        };
	struct wire_end end = {.wire = WIRE_DONE, .text = "refused"};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char words[200];
		bool good = beat_read(
		    &end, rows[i].status, span_of(rows[i].body), words, sizeof(words));

		assert_int_equal(good, !rows[i].words[0]);
		if (!strstr(words, rows[i].words))
			fail_msg("'%s' does not say '%s'", words, rows[i].words);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_cycle_waits_for_whom_is_under_way_and_whom_is_due),
	    cmocka_unit_test(what_is_posted_later_does_not_delay_a_cycle),
	    cmocka_unit_test(a_writer_that_is_stuck_completes_nothing),
	    cmocka_unit_test(successes_keep_their_pace),
	    cmocka_unit_test(time_alone_never_says_that_all_is_well),
	    cmocka_unit_test(trouble_is_said_by_time_and_by_cycle),
	    cmocka_unit_test(a_start_is_said_once_and_a_success_follows_at_once),
	    cmocka_unit_test(its_own_failures_are_said_once_and_told_after_ten_minutes),
	    cmocka_unit_test(addresses_of_every_service_are_built),
	    cmocka_unit_test(answers_that_record_nothing_are_failures),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
