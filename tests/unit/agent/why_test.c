/* SPDX-License-Identifier: MIT
 *
 * Whole stories, as people read them: a real judge has seen what they tell.
 */
#include "agent/why.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/replay.h"

#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

struct story {
	struct replay *replay;
	struct judge_target target;
	struct judge_config config;
	int64_t at_ms;
	struct why_seen seen;
	struct str told;
};

static void no_update(void *arg, const struct replay_update *u)
{
	(void)arg;
	(void)u;
}

static void no_trace(void *arg, const char *lines)
{
	(void)arg;
	(void)lines;
}

static char *utc(const void *arg, struct wall t, char *buf, size_t size)
{
	struct civil c = wall_civil(t);
	(void)arg;
	(void)snprintf(buf, size, "%02d:%02d:%02d", c.hour, c.minute, c.second);
	return buf;
}
static const struct why_clock utc_clock = {utc, NULL};

static void begin(struct story *s, bool auto_on)
{
	memset(s, 0, sizeof *s);
	str_init(&s->told, 65536);
	s->target = (struct judge_target){.series = 1,
	    .name = "deepseek",
	    .provider = "deepseek",
	    .interval_ms = MS_PER_MIN,
	    .auto_on = auto_on};
	s->config = (struct judge_config){
	    .vantage = "hk-1", .targets = &s->target, .n_targets = 1};
	s->at_ms = T0;
	s->replay = replay_new(&s->config, (struct wall){T0}, (struct wall){T0},
	    &(struct replay_listener){no_update, no_trace, NULL});
}

static void end(struct story *s)
{
	replay_free(s->replay);
	str_fini(&s->told);
}

static void take(struct story *s, const struct sample *sm, enum judged judged)
{
	why_see(&s->seen, sm, judged);
	replay_past(s->replay, sm, judged, sm->at);
}

/* One a minute: G good, O overloaded, T no token, R our rate limit, K our key, P our own
 * network, M maintenance. */
static void feed(struct story *s, const char *samples)
{
	for (; *samples; samples++) {
		struct sample sm;
		s->at_ms += MS_PER_MIN;
		sample_init(&sm, 1, (struct wall){s->at_ms});
		sm.end_us = 0;
		switch (*samples) {
		case 'O':
			sm.outcome = OUTCOME_OVERLOADED;
			sm.http_status = 503;
			(void)str_copy(
			    sm.provider_code, sizeof sm.provider_code, "server_busy");
			(void)str_copy(
			    sm.message, sizeof sm.message, "Server overloaded");
			(void)str_copy(sm.request_id, sizeof sm.request_id, "req-7");
			break;
		case 'T':
			sm.outcome = OUTCOME_TIMEOUT_FIRST_TOKEN;
			break;
		case 'R':
			sm.outcome = OUTCOME_RATE_LIMITED;
			sm.http_status = 429;
			break;
		case 'K':
			sm.outcome = OUTCOME_AUTH;
			sm.http_status = 401;
			(void)str_copy(sm.message, sizeof sm.message, "Invalid API key");
			break;
		case 'P':
		case 'M':
			sm.outcome = OUTCOME_CONNECT;
			break;
		default:
			sm.first_token_us = 412000;
		}
		take(s, &sm,
		    *samples == 'P'   ? JUDGED_PATH
		    : *samples == 'M' ? JUDGED_MAINTENANCE
				      : JUDGED_COUNTED);
	}
}

/* `forget` restarts what was seen: a story tells of the incident or the last hour. */
static void forget(struct story *s)
{
	memset(&s->seen, 0, sizeof s->seen);
}

static const struct incident *record(
    const struct story *s, enum incident_state state, enum incident_class class)
{
	const struct incident *in, *found = NULL;
	for (size_t i = 0; (in = replay_at(s->replay, i)) != NULL; i++)
		if (in->state == state &&
		    (in->class == CLASS_NOTICE) == (class == CLASS_NOTICE))
			found = in;
	return found;
}

static const char *tell(struct story *s, bool running)
{
	struct wall now = {s->at_ms + 8000};
	struct explain ex;
	replay_until(s->replay, now);
	assert_true(judge_explain(replay_judge(s->replay), 1, now, &ex));
	struct why_target w = {"deepseek", now, running, {s->at_ms}, &ex,
	    record(s, INCIDENT_OPEN, CLASS_OUTAGE),
	    record(s, INCIDENT_OPEN, CLASS_NOTICE),
	    record(s, INCIDENT_CLOSED, CLASS_OUTAGE), s->seen};
	str_reset(&s->told);
	why_tell_target(&w, &utc_clock, &s->told);
	return str_c(&s->told);
}

static const char *tell_record(struct story *s, const struct incident *in)
{
	struct why_incident w = {in, {s->at_ms + 8000}, s->seen};
	assert_non_null(in);
	str_reset(&s->told);
	why_tell_incident(&w, &utc_clock, &s->told);
	return str_c(&s->told);
}

static void an_outage_is_told_with_its_first_and_last_words(void **state)
{
	struct story s;
	(void)state;
	begin(&s, true);
	feed(&s, "GGGGG");
	forget(&s);
	feed(&s, "OOOTORPO");
	assert_string_equal(tell(&s, true),
	    "deepseek is down since 00:06:00, for 7 m 8 s (incident NNFX, "
	    "critical).\n"
	    "\n"
	    "It began at 00:06:00 with overloaded, HTTP 503 server_busy: \"Server "
	    "overloaded\" (request id req-7).\n"
	    "Since it began 6 of 6 asks failed: overloaded 5, timeout_first_token "
	    "1.\n"
	    "The last one at 00:13:00: overloaded, HTTP 503 server_busy: \"Server "
	    "overloaded\" (request id req-7).\n"
	    "The fault is theirs: they answered 5 times with an error, and 1 time "
	    "not at all.\n"
	    "It was decided at 00:08:00, 2 m after it began.\n"
	    "  auto: 3 of the last 3 failed\n"
	    "2 asks do not count: rate_limited 1 (yours), it was our own network 1.\n"
	    "\n"
	    "It is asked every 1 m, and every 20 s once it answers.\n"
	    "It is over after 4 more good answers in a row, within 1 m.\n"
	    "In numbers: sum=11.73/10.5 arm=0.90 base=0.98%.\n");
	end(&s);
}

static void health_is_told_with_its_habits_and_what_would_end_it(void **state)
{
	struct story s;
	(void)state;
	begin(&s, true);
	for (int i = 0; i < 30; i++)
		feed(&s, "GGGGGGGGGG");
	forget(&s);
	feed(&s, "GGGGGGGGGGGGGGGGGGOGGGGG");
	assert_string_equal(tell(&s, true),
	    "deepseek is suspect (not an outage yet) since 05:19:00, for 5 m 8 s.\n"
	    "\n"
	    "In the last hour 1 of 24 asks failed: overloaded 1.\n"
	    "That was at 05:19:00: overloaded, HTTP 503 server_busy: \"Server "
	    "overloaded\" (request id req-7).\n"
	    "\n"
	    "At this hour its answers usually begin after 407 ms.\n"
	    "Its habit is 0.4 % of failures.\n"
	    "It is asked every 1 m, and every 10 s after a failure.\n"
	    "It would be an outage after 5 more failures in a row, within 40 s.\n"
	    "In numbers: sum=2.75/10.5 arm=0.25 base=0.39%.\n");
	end(&s);
}

static void what_is_ours_to_mend_is_told_with_the_cure(void **state)
{
	struct story s;
	(void)state;
	begin(&s, true);
	feed(&s, "GGGKKKKK");
	assert_string_equal(tell(&s, true),
	    "deepseek is unknown since 00:06:00, for 2 m 8 s.\n"
	    "\n"
	    "The fault is yours: auth, HTTP 401: \"Invalid API key\".\n"
	    "The key was not accepted.\n"
	    "Check the key; keys belong to one host, region and plan.\n"
	    "In the last hour all 3 asks that count were answered.\n"
	    "5 asks do not count: auth 5 (yours).\n"
	    "\n"
	    "Its habit is 1.0 % of failures.\n"
	    "It is asked every 1 m, and every 10 s after a failure.\n"
	    "It would be an outage after 5 more failures in a row, within 40 s.\n"
	    "In numbers: sum=0.00/10.5 arm=0.90 base=0.99%.\n");
	end(&s);
}

static void a_stopped_dimwatch_tells_how_it_stood(void **state)
{
	struct story s;
	(void)state;
	begin(&s, true);
	feed(&s, "GGG");
	assert_string_equal(tell(&s, false),
	    "deepseek is up since 00:01:00, for 2 m 8 s.\n"
	    "dimwatch is not running: this is how it stood at 00:03:00.\n"
	    "\n"
	    "In the last hour all 3 asks were answered.\n"
	    "\n"
	    "Its habit is 1.0 % of failures.\n"
	    "It is asked every 1 m, and every 10 s after a failure.\n"
	    "It would be an outage after 5 more failures in a row, within 40 s.\n"
	    "In numbers: sum=0.00/10.5 arm=0.90 base=0.99%.\n");
	end(&s);
}

static void without_auto_only_rules_judge(void **state)
{
	struct story s;
	(void)state;
	begin(&s, false);
	feed(&s, "GOG");
	assert_string_equal(tell(&s, true),
	    "deepseek is up since 00:01:00, for 2 m 8 s.\n"
	    "\n"
	    "In the last hour 1 of 3 asks failed: overloaded 1.\n"
	    "That was at 00:02:00: overloaded, HTTP 503 server_busy: \"Server "
	    "overloaded\" (request id req-7).\n"
	    "\n"
	    "It is asked every 1 m.\n"
	    "Only your rules judge it (auto: off).\n");
	end(&s);
}

static void an_incident_that_is_over_is_told_to_its_end(void **state)
{
	struct story s;
	(void)state;
	begin(&s, true);
	feed(&s, "GGGGG");
	forget(&s);
	feed(&s, "OOOTORPO");
	feed(&s, "GGGGGG");
	assert_string_equal(tell_record(&s, record(&s, INCIDENT_CLOSED, CLASS_OUTAGE)),
	    "NNFX: deepseek was down from 00:06:00 to 00:14:00, for 8 m (critical).\n"
	    "\n"
	    "It began at 00:06:00 with overloaded, HTTP 503 server_busy: \"Server "
	    "overloaded\" (request id req-7).\n"
	    "6 of 10 asks failed: overloaded 5, timeout_first_token 1.\n"
	    "The last one at 00:13:00: overloaded, HTTP 503 server_busy: \"Server "
	    "overloaded\" (request id req-7).\n"
	    "The fault is theirs: they answered 5 times with an error, and 1 time "
	    "not at all.\n"
	    "2 asks do not count: rate_limited 1 (yours), it was our own network 1.\n"
	    "\n"
	    "It was decided at 00:08:00, 2 m after it began.\n"
	    "  auto: 3 of the last 3 failed, until 00:14:00\n"
	    "It ended with the first good answer of a run; that it was over was "
	    "certain at 00:17:00.\n");
	end(&s);
}

static void nothing_is_told_of_what_nobody_asked(void **state)
{
	struct story s;
	(void)state;
	begin(&s, true);
	assert_string_equal(tell(&s, true),
	    "deepseek is unknown since 00:00:00, for 8 s.\n"
	    "\n"
	    "Nobody has asked it for a while.\n"
	    "\n"
	    "It is asked every 1 m, and every 10 s after a failure.\n"
	    "It would be an outage after 5 more failures in a row, within 40 s.\n"
	    "In numbers: sum=0.00/10.5 arm=0.90 base=1.00%.\n");
	end(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_outage_is_told_with_its_first_and_last_words),
	    cmocka_unit_test(health_is_told_with_its_habits_and_what_would_end_it),
	    cmocka_unit_test(what_is_ours_to_mend_is_told_with_the_cure),
	    cmocka_unit_test(a_stopped_dimwatch_tells_how_it_stood),
	    cmocka_unit_test(without_auto_only_rules_judge),
	    cmocka_unit_test(an_incident_that_is_over_is_told_to_its_end),
	    cmocka_unit_test(nothing_is_told_of_what_nobody_asked),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
