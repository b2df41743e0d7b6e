/* SPDX-License-Identifier: MIT
 *
 * Whole stories, as people read them: tests/data/why holds one a file. A real judge has
 * seen what they tell; a few incidents are made by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/agent/why_stage.h"
#include "tests/unit/alerts/golden.h"
#include "tests/unit/alerts/incident_fixture.h"

/* --- of a target ------------------------------------------------------------------ */

static void told(struct stage *s, const char *name)
{
	char path[80];

	(void)snprintf(path, sizeof(path), "why/%s.txt", name);
	assert_golden_text(str_span(&s->told), path);
	stage_fini(s);
}

static void begin(struct stage *s)
{
	stage_init(s, 1, NULL);
	stage_open(s);
}

/* Habits need some hours. */
static void begin_well_known(struct stage *s)
{
	begin(s);
	stage_feed_times(s, 30, "GGGGGGGGGG");
	stage_forget(s);
}

/* What one target is fed from its beginning on; '|' forgets what was seen so far. */
static const struct row {
	const char *name, *letters;
	bool known; /* its habits are */
} rows[] = {
    {"up",		      "GGGGGGGGGGGGGGGGGGGGGGGG",                 true },
    {"suspect",		 "GGGGGGGGGGGGGGGGGGOGGGGG",                 true },
    {"slow",		    "GGGGG|SSSSSSSSSSSS",                       true },
    {"degraded",                "GGGGG|OGGOGOGGOGOGGO",                     true },
    {"down",		    "GGGGG|OOOTORPO",                           false},
    {"down_with_other_words",   "GGGGG|OOOOT",                              false},
    {"recovering",              "GGGGG|OOOOOGG",                            false},
    {"flapping",                "GGGGGOOOOOGGGGGGGOOOOOGGGGGGGGGGG|OOOOOG", false},
    {"never_seen_up",           "|OOOOOO",				  false},
    {"key_refused",             "GGGKKKKK",				 false},
    {"our_own_network",         "GGGPPPPPPPPPPPP",                          false},
    {"our_own_machine_is_late", "GGGLLLLLLLLLLLL",                          false},
    {"just_started",            "",					 false},
    {"after_an_incident",       "GGGGGOOOOOGGGGGGGG|GG",                    false},
};

static void a_target(void **state)
{
	const struct row *r = *state;
	struct stage s;

	if (r->known)
		begin_well_known(&s);
	else
		begin(&s);
	for (const char *p = r->letters; *p; p++) {
		char one[2] = {*p, '\0'};

		if (*p == '|')
			stage_forget(&s);
		else
			stage_feed(&s, one, NULL);
	}
	stage_tell_target(&s);
	told(&s, r->name);
}

static void acknowledged_with_rivals(void **state)
{
	struct stage s;
	struct judge_event ev = {.kind = JUDGE_HAND};
	struct judge_update up;
	const struct incident *in;

	(void)state;
	begin(&s);
	stage_feed(&s, "GGGGG", NULL);
	stage_forget(&s);
	stage_feed(&s, "OOOO", NULL);
	in = judge_open_at(replay_judge(s.replay), 0);
	ev.at.ms = s.at_ms;
	ev.u.hand =
	    (struct handling){.incident = in->id, .words = "acknowledged by ann: at it"};
	judge_update_init(&up);
	judge_step(replay_judge(s.replay), &ev, &up);
	judge_update_fini(&up);
	s.class = "chat";
	stage_tell_target(&s);
	told(&s, "acknowledged_with_rivals");
}

static void paused(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	stage_feed(&s, "GGG", NULL);
	s.pause = (struct pause){
	    .target = "deepseek", .since = {s.at_ms}, .who = "ann", .note = "new cards"};
	stage_tell_target(&s);
	told(&s, "paused");
}

static void in_maintenance(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	stage_feed(&s, "GGGMMMMMMMMMMMM", NULL);
	s.maintained_ms = 10 * MS_PER_MIN;
	stage_tell_target(&s);
	told(&s, "in_maintenance");
}

static void behind_a_gateway(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s, 2, NULL);
	s.targets[0].parent = 2;
	stage_open(&s);
	stage_feed(&s, "GGG", "GGG");
	stage_feed(&s, "OOOOOOO", "OOOOOOO");
	stage_tell_target(&s);
	told(&s, "behind_a_gateway");
}

static void one_of_several(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s, 5, NULL);
	stage_open(&s);
	stage_feed_times(&s, 5, "G");
	stage_forget(&s);
	stage_feed(&s, "OOOOOO", "OOOOOO");
	stage_tell_target(&s);
	told(&s, "one_of_several");
}

static void chronic(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	stage_feed(&s, "GGGGG", NULL);
	for (int i = 0; i < 4; i++) {
		stage_feed(&s, "OOOOO", NULL);
		stage_feed_times(&s, 16, "GGGGG");
	}
	stage_forget(&s);
	stage_feed(&s, "OOOOO", NULL);
	stage_tell_target(&s);
	told(&s, "chronic");
}

static void stopped(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	stage_feed(&s, "GGG", NULL);
	s.stopped = true;
	stage_tell_target(&s);
	told(&s, "stopped");
}

static void without_auto(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s, 1, NULL);
	s.targets[0].auto_on = false;
	stage_open(&s);
	stage_feed(&s, "GOG", NULL);
	stage_tell_target(&s);
	told(&s, "without_auto");
}

#define WHEN "error_rate > 20% over 10m, at least 2 failures"

static void held_by_a_rule(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s, 1, WHEN);
	stage_open(&s);
	stage_feed(&s, "GGGGG", NULL);
	stage_forget(&s);
	stage_feed(&s, "OGOG", NULL);
	stage_tell_target(&s);
	told(&s, "held_by_a_rule");
}

/* --- of an incident --------------------------------------------------------------- */

static void incident_over(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	stage_feed(&s, "GGGGG", NULL);
	stage_forget(&s);
	stage_feed(&s, "OOOTORPOGGGGGG", NULL);
	stage_tell_incident(&s, stage_record(&s, INCIDENT_CLOSED, false));
	told(&s, "incident_over");
}

static void incident_open(void **state)
{
	struct stage s;

	(void)state;
	begin(&s);
	stage_feed(&s, "GGGGG", NULL);
	stage_forget(&s);
	stage_feed(&s, "OOOOO", NULL);
	stage_tell_incident(&s, stage_record(&s, INCIDENT_OPEN, false));
	told(&s, "incident_open");
}

static void incident_of_two_of_five_models(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s, 5, NULL);
	stage_open(&s);
	stage_feed_times(&s, 5, "G");
	stage_forget(&s);
	stage_feed(&s, "OOOOOGGGGGGGGG", "OOOOOOGGGGGGGG");
	stage_tell_incident(&s, stage_record(&s, INCIDENT_CLOSED, false));
	told(&s, "incident_of_two_of_five_models");
}

static void incident_of_a_rule(void **state)
{
	struct stage s;

	(void)state;
	stage_init(&s, 1, WHEN);
	s.targets[0].auto_on = false;
	stage_open(&s);
	stage_feed(&s, "GGGGG", NULL);
	stage_forget(&s);
	stage_feed(&s, "OGOGGGGGGGGGGGGGGGGG", NULL);
	stage_tell_incident(&s, stage_record(&s, INCIDENT_CLOSED, false));
	told(&s, "incident_of_a_rule");
}

/* Told at half past two of that day. */
static void tell_made(const struct incident *in, const char *name)
{
	struct stage s;

	begin(&s);
	s.at_ms = fixture_at(14, 30).ms;
	stage_tell_incident(&s, in);
	told(&s, name);
}

static void incident_retracted(void **state)
{
	struct incident in = fixture_recovered();

	(void)state;
	in.end = END_RETRACTED;
	in.outcomes[OUTCOME_OVERLOADED] = in.outcomes[OUTCOME_STALLED] = 0;
	in.outcomes[OUTCOME_CONNECT] = in.failures;
	in.first_error =
	    (struct incident_error){.at = fixture_at(14, 2), .outcome = OUTCOME_CONNECT};
	in.last_error = in.first_error;
	in.last_error.at = fixture_at(14, 15);
	tell_made(&in, "incident_retracted");
}

static void incident_shared(void **state)
{
	struct incident in = fixture_recovered();

	(void)state;
	in.subject = (struct subject){SUBJECT_SHARED, "deepseek + moonshot-cn"};
	incident_add_target(&in, "kimi");
	(void)str_copy(in.causes[0].words, sizeof(in.causes[0].words),
	    "2 providers, 2 of 2 targets: 5 of the last 5 failed");
	tell_made(&in, "incident_shared");
}

static void incident_drill(void **state)
{
	struct incident in = fixture_recovered();

	(void)state;
	in.subject.kind = SUBJECT_DRILL;
	tell_made(&in, "incident_drill");
}

static void incident_of_our_own(void **state)
{
	struct incident in = fixture_self("disk");

	(void)state;
	tell_made(&in, "incident_of_our_own_open");
	in.state = INCIDENT_CLOSED;
	in.end = END_CLEARED;
	in.ended = in.closed = fixture_at(14, 20);
	in.causes[0].active = false;
	in.causes[0].ended = in.ended;
	tell_made(&in, "incident_of_our_own");
}

/* Slow first, then down, then failing less and less. */
static void incident_of_a_day(void **state)
{
	struct incident in = fixture_recovered();

	(void)state;
	in.started = fixture_at(13, 30);
	in.opened = fixture_at(13, 37);
	in.health = HEALTH_DEGRADED;
	tell_made(&in, "incident_of_a_day");
}

static void incident_notice(void **state)
{
	struct incident in = fixture_notice();

	(void)state;
	tell_made(&in, "incident_notice");
}

static void incident_behind(void **state)
{
	struct incident in = fixture_recovered();

	(void)state;
	in.end = END_BEHIND;
	tell_made(&in, "incident_behind");
}

static void incident_never_seen_up(void **state)
{
	struct incident in = fixture_outage();

	(void)state;
	in.never_up = true;
	tell_made(&in, "incident_never_seen_up");
}

static void incident_with_page_and_gap(void **state)
{
	struct incident in = fixture_recovered();

	(void)state;
	in.reopened = 2;
	in.unknown_ms = 4 * MS_PER_MIN;
	in.page.state = PAGE_MAJOR;
	in.page.posted = fixture_at(14, 9);
	(void)str_copy(
	    in.page.title, sizeof(in.page.title), "Elevated errors on the API");
	tell_made(&in, "incident_with_page_and_gap");
}

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

int main(void)
{
	static const struct CMUnitTest others[] = {
	    cmocka_unit_test(acknowledged_with_rivals),
	    cmocka_unit_test(paused),
	    cmocka_unit_test(in_maintenance),
	    cmocka_unit_test(behind_a_gateway),
	    cmocka_unit_test(one_of_several),
	    cmocka_unit_test(chronic),
	    cmocka_unit_test(stopped),
	    cmocka_unit_test(without_auto),
	    cmocka_unit_test(held_by_a_rule),
	    cmocka_unit_test(incident_over),
	    cmocka_unit_test(incident_open),
	    cmocka_unit_test(incident_of_two_of_five_models),
	    cmocka_unit_test(incident_of_a_rule),
	    cmocka_unit_test(incident_retracted),
	    cmocka_unit_test(incident_shared),
	    cmocka_unit_test(incident_drill),
	    cmocka_unit_test(incident_of_our_own),
	    cmocka_unit_test(incident_of_a_day),
	    cmocka_unit_test(incident_notice),
	    cmocka_unit_test(incident_behind),
	    cmocka_unit_test(incident_never_seen_up),
	    cmocka_unit_test(incident_with_page_and_gap),
	};
	struct CMUnitTest tests[N_ROWS + sizeof(others) / sizeof(others[0])];

	for (size_t i = 0; i < N_ROWS; i++) {
		struct row *r = (struct row *)(uintptr_t)&rows[i];

		tests[i] = (struct CMUnitTest){rows[i].name, a_target, NULL, NULL, r};
	}
	memcpy(tests + N_ROWS, others, sizeof(others));
	return cmocka_run_group_tests(tests, NULL, NULL);
}
