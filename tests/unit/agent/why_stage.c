/* SPDX-License-Identifier: MIT */
#include "tests/unit/agent/why_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define T0       INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */
#define LATER_MS 8000

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
static const struct why_clock utc_clock = {utc, NULL, "UTC"};

void stage_init(struct stage *s, int n_targets, const char *when)
{
	struct err e = {0};
	size_t at = 0;

	memset(s, 0, sizeof(*s));
	str_init(&s->told, 65536);
	s->at_ms = T0;
	for (int i = 0; i < n_targets; i++) {
		struct judge_target *t = &s->targets[i];

		*t = (struct judge_target){.series = (uint32_t)i + 1,
		    .provider = "deepseek",
		    .interval_ms = MS_PER_MIN,
		    .auto_on = true};
		if (n_targets == 1)
			(void)str_copy(t->name, sizeof(t->name), "deepseek");
		else
			(void)snprintf(t->name, sizeof(t->name), "m%d", i + 1);
	}
	s->config = (struct judge_config){.vantage = "hk-1",
	    .targets = s->targets,
	    .n_targets = (size_t)n_targets,
	    .rules = &s->rule,
	    .n_rules = when ? 1 : 0};
	if (!when)
		return;
	s->rule = (struct rule){.name = "sustained-errors",
	    .text = when,
	    .severity = SEVERITY_MAJOR,
	    .resolve_for_ms = MS_PER_MIN};
	if (!rule_parse(when, &s->rule, &at, &e))
		fail_msg("%s", e.msg);
}

void stage_open(struct stage *s)
{
	s->replay = replay_new(&s->config, (struct wall){T0}, (struct wall){T0},
	    &(struct replay_listener){no_update, no_trace, NULL});
}

void stage_fini(struct stage *s)
{
	replay_free(s->replay);
	str_fini(&s->told);
}

/* --- samples ---------------------------------------------------------------------- */

static const struct letter {
	char letter;
	enum outcome outcome;
	int status;
	enum judged judged;
	const char *code, *message, *request_id;
} letters[] = {
    {'O', OUTCOME_OVERLOADED,          503, JUDGED_COUNTED,     "server_busy", "Server overloaded",
     "req-7"											  },
    {'T', OUTCOME_TIMEOUT_FIRST_TOKEN, 200, JUDGED_COUNTED,     "",            "",                  ""},
    {'R', OUTCOME_RATE_LIMITED,        429, JUDGED_COUNTED,     "",            "",                  ""},
    {'K', OUTCOME_AUTH,                401, JUDGED_COUNTED,     "",            "Invalid API key",   ""},
    {'P', OUTCOME_CONNECT,             0,   JUDGED_PATH,        "",            "",                  ""},
    {'L', OUTCOME_OK,                  200, JUDGED_LATE,        "",            "",                  ""},
    {'M', OUTCOME_CONNECT,             0,   JUDGED_MAINTENANCE, "",            "",                  ""},
};

static void ask(struct stage *s, uint32_t series, char letter)
{
	struct sample sm;
	enum judged judged = JUDGED_COUNTED;

	sample_init(&sm, series, (struct wall){s->at_ms + (series - 1) * 1000});
	sm.end_us = 0;
	sm.first_token_us = letter == 'S' ? 2900000 : 412000;
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++) {
		const struct letter *l = &letters[i];

		if (l->letter != letter)
			continue;
		judged = l->judged;
		sm.outcome = l->outcome;
		sm.http_status = l->status;
		sm.first_token_us = NOT_REACHED;
		(void)str_copy(sm.provider_code, sizeof(sm.provider_code), l->code);
		(void)str_copy(sm.message, sizeof(sm.message), l->message);
		(void)str_copy(sm.request_id, sizeof(sm.request_id), l->request_id);
	}
	if (series == 1)
		why_see(&s->seen, &sm, judged);
	replay_past(s->replay, &sm, judged, sm.at);
}

void stage_feed(struct stage *s, const char *first, const char *second)
{
	while ((first && *first) || (second && *second)) {
		s->at_ms += MS_PER_MIN;
		if (first && *first)
			ask(s, 1, *first++);
		if (second && *second)
			ask(s, 2, *second++);
		for (uint32_t i = 3; i <= s->config.n_targets; i++)
			ask(s, i, 'G');
	}
}

void stage_feed_times(struct stage *s, int times, const char *first)
{
	for (int i = 0; i < times; i++)
		stage_feed(s, first, s->config.n_targets > 1 ? first : NULL);
}

void stage_forget(struct stage *s)
{
	memset(&s->seen, 0, sizeof(s->seen));
}

/* --- stories ---------------------------------------------------------------------- */

const struct incident *stage_record(
    const struct stage *s, enum incident_state state, bool notice)
{
	const struct incident *in, *found = NULL;

	for (size_t i = 0; (in = replay_at(s->replay, i)) != NULL; i++) {
		if (in->state == state && (in->class == CLASS_NOTICE) == notice)
			found = in;
	}
	return found;
}

void stage_tell_target(struct stage *s)
{
	struct wall now = {s->at_ms + LATER_MS};
	struct explain ex;
	struct judge_view v;
	struct why_target w = {.name = s->targets[0].name,
	    .now = now,
	    .running = !s->stopped,
	    .last_alive = {s->at_ms},
	    .explain = &ex,
	    .seen = s->seen,
	    .paused = s->pause.since.ms ? &s->pause : NULL,
	    .class = s->class};

	replay_until(s->replay, now);
	assert_true(judge_explain(replay_judge(s->replay), 1, now, &ex));
	assert_true(judge_view(replay_judge(s->replay), 1, &v));
	w.open = v.open;
	w.notice = stage_record(s, INCIDENT_OPEN, true);
	w.last = stage_record(s, INCIDENT_CLOSED, false);
	if (s->maintained_ms)
		w.maintained = wall_add_ms(now, s->maintained_ms);
	why_tell_target(&w, &utc_clock, &s->told);
}

void stage_tell_incident(struct stage *s, const struct incident *in)
{
	struct why_incident w = {in, {s->at_ms + LATER_MS}, s->seen};

	assert_non_null(in);
	why_tell_incident(&w, &utc_clock, &s->told);
}
