/* SPDX-License-Identifier: MIT
 *
 * Any text as the stored state of a target: taken as a whole or not at all, and whatever
 * was taken, the judge goes on. The first line is what happens next, a letter each; the
 * rest is the state.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "alerts/judge.h"
#include "tests/fuzz/fuzz.h"

#define T0        INT64_C(1767225600000)
#define MAX_STORY 300
#define MAX_STATE ((size_t)1 << 20)
#define N_TARGETS 2

struct bench {
	struct judge *j;
	struct judge_update up;
	struct wall now;
	struct judge_target targets[N_TARGETS];
	struct rule rules[2];
};

static void step(struct bench *b, struct judge_event ev)
{
	ev.at = b->now;
	judge_step(b->j, &ev, &b->up);
}

static void configure(struct bench *b)
{
	struct judge_config c = {.vantage = "hk-1",
	    .targets = b->targets,
	    .n_targets = N_TARGETS,
	    .rules = b->rules,
	    .n_rules = 2};

	step(b, (struct judge_event){.kind = JUDGE_CONFIG, .u.config = &c});
}

static void begin(struct bench *b)
{
	static const char *const when[] = {
	    "error_rate > 20% over 10m, at least 3 failures",
	    "error_rate >= 5% over 2h, at least 2 failures"};

	memset(b, 0, sizeof(*b));
	b->j = judge_new("hk-1");
	judge_update_init(&b->up);
	b->now.ms = T0;
	for (size_t i = 0; i < N_TARGETS; i++) {
		struct judge_target *t = &b->targets[i];
		struct err e;
		size_t offset;

		t->series = (uint32_t)i + 1;
		t->interval_ms = MS_PER_MIN;
		t->auto_on = true;
		snprintf(t->name, sizeof(t->name), "t%zu", i + 1);
		snprintf(t->provider, sizeof(t->provider), "p%zu", i + 1);
		b->rules[i] = (struct rule){.name = i ? "often" : "errors",
		    .text = when[i],
		    .severity = SEVERITY_MINOR,
		    .for_ms = i ? 4 * MS_PER_MIN : 0,
		    .resolve_for_ms = MS_PER_MIN};
		MUST(rule_parse(when[i], &b->rules[i], &offset, &e));
	}
	configure(b);
}

static void end(struct bench *b)
{
	judge_free(b->j);
	judge_update_fini(&b->up);
}

/* --- what must hold ---------------------------------------------------------------- */

static void check_incident(const struct incident *in)
{
	MUST(ulid_is_valid(in->id.text) && strlen(in->short_id) == 4);
	MUST((unsigned)in->class < CLASS_COUNT &&
	     (unsigned)in->state < INCIDENT_STATE_COUNT);
	MUST((unsigned)in->end < INCIDENT_END_COUNT);
	MUST((unsigned)in->health < HEALTH_COUNT);
	MUST(in->severity < SEVERITY_COUNT && in->severity_now <= in->severity);
	MUST(in->n_causes >= 0 && in->n_causes <= INCIDENT_MAX_CAUSES);
	MUST(in->n_targets >= 0 && in->n_targets <= INCIDENT_MAX_TARGETS);
	MUST(in->opened.ms >= in->started.ms && in->unknown_ms >= 0);
	MUST(fuzz_is_text(in->last_error.message, sizeof(in->last_error.message)));
	if (in->state == INCIDENT_OPEN)
		MUST(in->ended.ms == 0 && in->end == END_NONE);
	else
		MUST(in->ended.ms >= in->started.ms && in->closed.ms >= in->ended.ms);
}

static void check_update(const struct bench *b)
{
	MUST(b->up.wake_at.ms > b->now.ms);
	for (size_t i = 0; i < b->up.n_facts; i++) {
		const struct fact *f = &b->up.facts[i];

		MUST((unsigned)f->kind < FACT_KIND_COUNT &&
		     (unsigned)f->health < HEALTH_COUNT);
		MUST(fuzz_is_line(f->detail, sizeof(f->detail)));
		if (fact_is_incident(f->kind))
			check_incident(&f->incident);
	}
	for (size_t i = 0; i < b->up.n_wishes; i++)
		MUST(b->up.wishes[i].in_ms >= 0);
	for (size_t i = 0; i < judge_open_incidents(b->j); i++) {
		const struct incident *in = judge_open_at(b->j, i);

		check_incident(in);
		MUST(judge_find_open(b->j, &in->subject) == in);
	}
	for (uint32_t series = 1; series <= N_TARGETS; series++) {
		struct judge_view v;

		MUST(judge_view(b->j, series, &v));
		MUST((unsigned)v.health < HEALTH_COUNT);
		MUST(v.open == NULL || v.open->state == INCIDENT_OPEN);
	}
}

/* --- what happens ------------------------------------------------------------------ */

static void dump(const struct judge *j, uint32_t series, struct str *out)
{
	str_init(out, MAX_STATE);
	judge_dump(j, series, out);
	MUST(!out->cut && out->len > 0);
}

/* What a judge dumps another takes, and then says the same. */
static void restart(struct bench *b)
{
	struct judge *old = b->j;
	struct str before, after;
	struct err e = {0};

	b->j = judge_new("hk-1");
	configure(b);
	for (size_t i = 0; i < judge_open_incidents(old); i++)
		judge_restore_incident(b->j, judge_open_at(old, i));
	for (uint32_t series = 1; series <= N_TARGETS; series++) {
		dump(old, series, &before);
		MUST(judge_restore(b->j, series, str_c(&before), &e));
		dump(b->j, series, &after);
		MUST(strcmp(str_c(&before), str_c(&after)) == 0);
		str_fini(&before);
		str_fini(&after);
	}
	judge_free(old);
}

static void sample(struct bench *b, enum outcome o, uint32_t flags)
{
	struct sample s;

	sample_init(&s, 1, b->now);
	s.outcome = o;
	s.flags = flags;
	s.http_status = 500;
	str_copy(s.message, sizeof(s.message), "busy");
	step(b, (struct judge_event){.kind = JUDGE_SAMPLE, .u.sample = &s});
}

static void happen(struct bench *b, char c)
{
	struct wall before = b->now;

	b->now.ms += c == 'g' ? MS_PER_H : c == 'k' ? -10 * MS_PER_MIN : MS_PER_MIN;
	if (c == 'F' || c == 'D')
		sample(b, c == 'F' ? OUTCOME_HTTP_5XX : OUTCOME_DNS, 0);
	else if (c == 'G')
		sample(b, OUTCOME_OK, 0);
	else if (c == 'Q' || c == 'L')
		sample(b, c == 'Q' ? OUTCOME_QUOTA : OUTCOME_LOCAL, 0);
	else if (c == 'g')
		step(b, (struct judge_event){.kind = JUDGE_GAP, .u.from = before});
	else if (c == 'j' || c == 'k')
		step(b, (struct judge_event){
			    .kind = JUDGE_CLOCK, .u.jump_ms = b->now.ms - before.ms});
	else if (c == 'C')
		configure(b);
	else if (c == 'R')
		restart(b);
	else
		step(b, (struct judge_event){.kind = JUDGE_TIME});
	if (c != 'R')
		check_update(b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), story = fuzz_line(&in);
	char *json = fuzz_text(in);
	struct str before, after;
	struct err e = {0};
	struct bench b;

	begin(&b);
	dump(b.j, 1, &before);
	if (!judge_restore(b.j, 1, json, &e)) {
		/* Not at all. */
		MUST(e.code != ERR_NONE && e.msg[0] != '\0');
		dump(b.j, 1, &after);
		MUST(strcmp(str_c(&before), str_c(&after)) == 0);
		str_fini(&after);
	}
	str_fini(&before);
	for (size_t i = 0; i < story.n && i < MAX_STORY; i++)
		happen(&b, story.p[i]);
	restart(&b);
	end(&b);
	free(json);
	return 0;
}
