/* SPDX-License-Identifier: MIT
 *
 * One target, one event: exclusion, detectors, what follows for its incident and health,
 * wishes and the next wake-up. Excluded samples change no register, run or window.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/judge_parts.h"

static_assert(sizeof(struct watched) <= 4096, "memory per target is a promise");

static int64_t larger(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

int64_t gap_limit_ms(const struct watched *t)
{
	return larger(30 * MS_PER_MIN, 10 * t->conf.interval_ms);
}

static int64_t unknown_limit_ms(const struct watched *t)
{
	return larger(10 * MS_PER_MIN, 5 * t->conf.interval_ms);
}

struct subject watched_subject(const struct watched *t, enum subject_kind kind)
{
	struct subject s = {.kind = kind};

	str_copy(s.id, sizeof(s.id), t->conf.name);
	return s;
}

struct watched *watched_new(
    struct judge *j, const struct judge_target *conf, struct wall now)
{
	struct watched *t = xcalloc(1, sizeof(*t));

	t->conf = *conf;
	t->conf.interval_ms = larger(conf->interval_ms, MS_PER_S);
	t->dark = true;
	t->since = t->quiet_since = t->tokens_at = now;
	t->tokens = TOKENS_FULL;
	detect_auto_init(&t->detector);
	t->rules = xcalloc(j->n_rules ? j->n_rules : 1, sizeof(*t->rules));
	for (size_t i = 0; i < j->n_rules; i++)
		rule_state_init(&t->rules[i], now);
	return t;
}

void watched_free(struct judge *j, struct watched *t)
{
	if (!t)
		return;
	heap_remove(&j->wakes, &t->wake);
	free(t->rules);
	free(t->stash[0]);
	free(t->stash[1]);
	free(t);
}

void watched_rearm(struct judge *j, struct watched *t, struct wall now)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < j->n_rules; i++) {
		int64_t wake = rule_wake_at(&j->rules[i], &t->rules[i], now).ms;

		at = wake < at ? wake : at;
	}
	if (!t->dark || (t->us_run > 0 && !t->notice)) {
		int64_t deadline = t->quiet_since.ms + unknown_limit_ms(t);

		at = deadline < at ? deadline : at;
	}
	if (at == INT64_MAX)
		heap_remove(&j->wakes, &t->wake);
	else
		heap_set(&j->wakes, &t->wake, larger(at, now.ms + 1));
}

/* --- evidence ------------------------------------------------------------------- */

static void feed_auto(
    struct step *st, struct watched *t, const struct sample *s, struct change *ch)
{
	struct cause *c = ch->in ? incident_cause(ch->in, "auto") : NULL;
	struct detect_step d;
	char words[200];

	/* What was restored without its state; what is folded from before it is older
	 * news. */
	if (c && c->active && !t->detector.alarmed && s->at.ms >= c->since.ms)
		detect_auto_adopt(&t->detector, c->since, ch->in->health == HEALTH_DOWN);
	detect_auto_on_sample(&t->detector, s->at, outcome_is_failure(s->outcome), &d);
	if (d.change == DETECT_OVER)
		change_end(st, t, ch, "auto", &(struct ending){d.edge, END_RECOVERED});
	else if (t->detector.alarmed)
		change_begin(st, t, ch, "auto",
		    &(struct beginning){detect_auto_severity(&t->detector),
			{t->detector.since_ms},
			detect_auto_words(&t->detector, words, sizeof(words))});
}

static void feed_rule(struct step *st, struct watched *t, size_t i,
    const struct sample *s, struct change *ch)
{
	const struct rule *r = &st->j->rules[i];
	struct rule_state *state = &t->rules[i];
	enum rule_phase before = state->phase;
	struct rule_step now;
	char detector[64], words[200];
	struct cause *c;

	rule_detector(r, detector, sizeof(detector));
	c = ch->in ? incident_cause(ch->in, detector) : NULL;
	if (c && c->active && state->phase != RULE_FIRING &&
	    (s ? s->at.ms : st->now.ms) >= c->since.ms)
		rule_adopt(state, c->since);
	if (s)
		rule_on_sample(r, state, s->at, outcome_is_failure(s->outcome), &now);
	else
		rule_on_time(r, state, st->now, &now);
	snprintf(words, sizeof(words), "%" PRIu32 " of %" PRIu32 " failed (%.0f %%)",
	    now.failed, now.n, now.share * 100);
	if (now.change == RULE_RESOLVED)
		change_end(
		    st, t, ch, detector, &(struct ending){now.edge, END_RECOVERED});
	else if (now.change == RULE_UNMEASURABLE)
		change_end(
		    st, t, ch, detector, &(struct ending){now.edge, END_UNMEASURABLE});
	else if (state->phase == RULE_FIRING)
		change_begin(st, t, ch, detector,
		    &(struct beginning){r->severity, {state->start_ms}, words});
	else if (state->phase == RULE_PENDING && before == RULE_IDLE)
		news_trace(st, t->conf.name, "pending", "%s: %s", detector, words);
}

static void wish(struct step *st, struct watched *t, const struct sample *s)
{
	const char *why = t->conf.auto_on ? detect_auto_wish(&t->detector) : NULL;
	int64_t passed = wall_diff_ms(st->now, t->tokens_at), in_ms;

	/* "a bucket of 60 refilled with 25 % of the base pace": fast asking is never
	 * endless. */
	if (passed > 0) {
		t->tokens += passed * TOKENS_PER_PACE / t->conf.interval_ms;
		t->tokens = t->tokens > TOKENS_FULL ? TOKENS_FULL : t->tokens;
	}
	t->tokens_at = st->now;
	if (!why || t->tokens < TOKENS_PER_ASK)
		return;
	/* From start to start: an ask that hung has waited already. */
	in_ms = REASK_MS - larger(0, wall_diff_ms(st->now, s->at));
	in_ms = larger(0, in_ms);
	if (in_ms >= t->conf.interval_ms)
		return;
	t->tokens -= TOKENS_PER_ASK;
	news_wish(st, t->conf.series, in_ms, why);
}

static void on_evidence(struct step *st, struct watched *t, const struct sample *s)
{
	struct change ch;

	trail_add(&t->trail, s);
	t->n_excluded = t->us_run = 0;
	t->dark = false;
	t->ever_up |= s->outcome == OUTCOME_OK;
	t->quiet_since = t->last_evidence = st->now;
	if (t->notice && s->at.ms >= t->notice->started.ms)
		notice_clear(st, t, s->at, END_CLEARED);
	if (t->open) {
		if (s->at.ms >= t->open->started.ms)
			incident_tally(t->open, s);
		t->tallied = t->trail.n;
	}
	change_init(&ch, t);
	ch.failed = outcome_is_failure(s->outcome);
	if (t->conf.auto_on)
		feed_auto(st, t, s, &ch);
	for (size_t i = 0; i < st->j->n_rules; i++)
		feed_rule(st, t, i, s, &ch);
	change_conclude(st, t, &ch);
	wish(st, t, s);
}

/* "Excluded samples change no sum, no run, no window, no baseline" */
static enum judged exclusion(const struct sample *s)
{
	if (s->flags & FLAG_LOOP_LATE)
		return JUDGED_LATE;
	if (s->flags & FLAG_CLOCK_JUMPED)
		return JUDGED_EXCLUDED;
	switch (outcome_blame(s->outcome)) {
	case BLAME_US:
		return JUDGED_EXCLUDED;
	case BLAME_PATH:
		return JUDGED_PATH;
	case BLAME_NONE:
	case BLAME_PROVIDER:
	case BLAME_COUNT:
		break;
	}
	return JUDGED_COUNTED;
}

static void go_dark(struct step *st, struct watched *t)
{
	const char *why = "no samples";

	t->dark = true;
	t->health = HEALTH_UNKNOWN;
	t->since = st->now;
	if (t->us_run > 0)
		why = outcome_code(t->us_outcome);
	else if (t->n_excluded > 0)
		why = t->last_judged == JUDGED_PATH ? outcome_code(t->last_excluded)
						    : judged_code(t->last_judged);
	news_fact(st, &(struct news){.kind = FACT_UNKNOWN, .target = t}, "%s%s",
	    t->n_excluded ? "only " : "", why);
}

static void on_excluded(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged)
{
	bool ours = judged == JUDGED_EXCLUDED && outcome_blame(s->outcome) == BLAME_US;

	news_remark(st, s, judged);
	t->n_excluded++;
	t->last_judged = judged;
	t->last_excluded = s->outcome;
	if (!ours)
		return;
	if (t->us_run++ == 0)
		incident_error_from(&t->us_first, s);
	t->us_outcome = s->outcome;
	notice_on_excluded(st, t, s);
	if (t->us_run < BLIND_RUN || t->notice)
		return;
	if (!t->dark)
		go_dark(st, t);
	notice_raise(st, t);
}

void watched_on_sample(struct step *st, struct watched *t, const struct sample *s)
{
	enum judged judged = exclusion(s);

	if (t->last_any.ms && wall_diff_ms(s->at, t->last_any) >= gap_limit_ms(t))
		watched_on_gap(st, t, t->last_any, s->at, false);
	if (s->at.ms > t->last_any.ms)
		t->last_any = s->at;
	if (judged == JUDGED_COUNTED)
		on_evidence(st, t, s);
	else
		on_excluded(st, t, s, judged);
	watched_rearm(st->j, t, st->now);
}

/* --- time ----------------------------------------------------------------------- */

void watched_on_time(struct step *st, struct watched *t)
{
	struct change ch;

	change_init(&ch, t);
	for (size_t i = 0; i < st->j->n_rules; i++)
		feed_rule(st, t, i, NULL, &ch);
	change_conclude(st, t, &ch);
	if (wall_diff_ms(st->now, t->quiet_since) >= unknown_limit_ms(t)) {
		if (!t->dark)
			go_dark(st, t);
		if (t->us_run > 0 && !t->notice)
			notice_raise(st, t);
	}
	watched_rearm(st->j, t, st->now);
}

/* Nobody was looking from `from` until `until`. A silence below the limit is no gap for
 * the detectors (a restart takes seconds), but it is unknown time all the same. */
void watched_on_gap(
    struct step *st, struct watched *t, struct wall from, struct wall until, bool told)
{
	struct wall silent =
	    t->last_any.ms && t->last_any.ms < from.ms ? t->last_any : from;

	if (t->open)
		record_count_gap(
		    t->open, from.ms > t->counted_to.ms ? from : t->counted_to, until);
	t->counted_to = until;
	if (wall_diff_ms(until, silent) < gap_limit_ms(t))
		return;
	detect_auto_on_gap(&t->detector);
	for (size_t i = 0; i < st->j->n_rules; i++)
		rule_on_gap(&t->rules[i], until);
	t->n_excluded = t->us_run = 0;
	t->dark = true;
	if (t->health != HEALTH_UNKNOWN)
		t->since = st->now;
	t->health = HEALTH_UNKNOWN;
	t->quiet_since = until;
	if (t->last_any.ms)
		t->last_any = until;
	if (!told)
		news_fact(st, &(struct news){.kind = FACT_GAP, .target = t},
		    "from=%" PRId64, from.ms);
	watched_rearm(st->j, t, st->now);
}

/* No time passed: what is being timed moves along. */
void watched_on_clock_forward(struct watched *t, int64_t jump_ms)
{
	t->quiet_since.ms += jump_ms;
	t->tokens_at.ms += jump_ms;
	if (t->last_any.ms)
		t->last_any.ms += jump_ms;
}

static void not_after(struct wall *t, struct wall now)
{
	if (t->ms > now.ms)
		*t = now;
}

void watched_on_clock_back(struct step *st, struct watched *t, int64_t jump_ms)
{
	struct wall before = {st->now.ms - jump_ms};

	if (before.ms > t->stepped_from.ms)
		t->stepped_from = before;
	not_after(&t->since, st->now);
	not_after(&t->quiet_since, st->now);
	not_after(&t->last_evidence, st->now);
	not_after(&t->last_any, st->now);
	not_after(&t->counted_to, st->now);
	not_after(&t->tokens_at, st->now);
	not_after(&t->us_first.at, st->now);
	trail_on_clock_back(&t->trail, st->now);
	detect_auto_on_clock_back(&t->detector, st->now);
	watched_rearm(st->j, t, st->now);
}
