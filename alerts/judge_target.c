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
#include "alerts/correlate_parts.h"

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
	t->since = t->quiet_since = now;
	detect_auto_init(&t->detector);
	t->rules = j->n_rules ? xcalloc(j->n_rules, sizeof(*t->rules)) : NULL;
	for (size_t i = 0; i < j->n_rules; i++)
		rule_state_init(&j->rules[i], &t->rules[i], now);
	return t;
}

void watched_free(struct judge *j, struct watched *t)
{
	if (!t)
		return;
	heap_remove(&j->wakes, &t->wake);
	correlate_forget(j, t);
	for (size_t i = 0; i < j->n_rules && t->rules; i++)
		rule_state_fini(&t->rules[i]);
	free(t->rules);
	free(t->stash[0]);
	free(t->stash[1]);
	trail_fini(&t->trail);
	free(t->us_first);
	free(t);
}

void watched_rearm(struct judge *j, struct watched *t, struct wall now)
{
	int64_t at = correlate_wake_ms(t), not_before;
	struct wall_span span;

	not_before = maintained_now(j, t, now, &span) ? span.until.ms : 0;
	if (j->n_rules > 0 && !t->conf.lead && !t->behind) {
		int64_t wake = larger(rules_wake_ms(j, t, now), not_before);

		at = wake < at ? wake : at;
	}
	if (!t->dark || (t->us_run > 0 && !t->notice && !t->conf.lead)) {
		int64_t deadline = t->quiet_since.ms + unknown_limit_ms(t);

		at = deadline < at ? deadline : at;
	}
	if (t->asks_left > 0 && t->ask_next.ms < at)
		at = t->ask_next.ms;
	if (at == INT64_MAX)
		heap_remove(&j->wakes, &t->wake);
	else
		heap_set(&j->wakes, &t->wake, larger(at, now.ms + 1));
}

/* --- evidence ------------------------------------------------------------------- */

struct detect_pace watched_pace(const struct watched *t)
{
	return (struct detect_pace){
	    (double)t->conf.interval_ms / MS_PER_S, t->conf.sensitivity};
}

/* First token; the whole answer where it does not come in pieces. */
static struct detect_evidence evidence_of(const struct watched *t, const struct sample *s)
{
	int64_t us = s->first_token_us == NOT_REACHED ? s->end_us : s->first_token_us;
	bool fresh = t->conf.warm && !s->reused; /* it paid for a connection */

	return (struct detect_evidence){s->at, outcome_is_failure(s->outcome),
	    s->outcome == OUTCOME_OK && us > 0 && !fresh ? (double)us / US_PER_MS : -1};
}

/* What was restored without its state; what is folded from before it is older news. */
static void adopt_causes(
    struct step *st, struct watched *t, const struct sample *s, const struct change *ch)
{
	const struct cause *avail = ch->in ? incident_cause(ch->in, CAUSE_AUTO) : NULL;
	const struct cause *slow = ch->in ? incident_cause(ch->in, CAUSE_LATENCY) : NULL;

	if (avail && scope_is_orphan(st->j, t, ch->in, avail) &&
	    !detect_avail_alarmed(&t->detector.avail) && s->at.ms >= avail->since.ms)
		detect_avail_adopt(
		    &t->detector.avail, avail->since, ch->in->health == HEALTH_DOWN);
	if (slow && scope_is_orphan(st->j, t, ch->in, slow) &&
	    !t->detector.latency.since_ms && s->at.ms >= slow->since.ms)
		detect_latency_adopt(&t->detector.latency, slow->since);
}

/* Behind the first word of an incident: what the other rungs see. */
static const char *alarm_words(
    const struct judge *j, const struct watched *t, char *buf, size_t size)
{
	detect_auto_words(&t->detector, buf, size);
	return t->open ? buf : rung_words(j, t, buf, size);
}

static void feed_auto(struct step *st, struct watched *t, const struct sample *s,
    struct change *ch, struct detect_step *d)
{
	struct detect_pace pace = watched_pace(t);
	struct detect_evidence evidence = evidence_of(t, s);
	struct detect_avail *avail = &t->detector.avail;
	struct detect_latency *latency = &t->detector.latency;
	char words[200];

	adopt_causes(st, t, s, ch);
	detect_auto_on_sample(&t->detector, &pace, &evidence, d);
	if (d->avail.change == DETECT_OVER)
		change_end(st, t, ch, CAUSE_AUTO,
		    &(struct ending){d->avail.edge, END_RECOVERED});
	else if (detect_avail_alarmed(avail))
		change_begin(st, t, ch, CAUSE_AUTO,
		    &(struct beginning){detect_avail_severity(avail), {avail->since_ms},
			alarm_words(st->j, t, words, sizeof(words))});
	if (d->latency.change == DETECT_OVER || d->latency.change == DETECT_NORMAL)
		change_end(st, t, ch, CAUSE_LATENCY,
		    &(struct ending){d->latency.edge, d->latency.change == DETECT_OVER
							  ? END_RECOVERED
							  : END_NEW_NORMAL});
	else if (latency->since_ms)
		change_begin(st, t, ch, CAUSE_LATENCY,
		    &(struct beginning){detect_latency_severity(latency),
			{latency->since_ms},
			detect_auto_slow_words(&t->detector, words, sizeof(words))});
}

/* "re-asks are paced from start to start and may overlap": an ask that hung has waited
 * already, and those that hang do not delay the next. */
static void wish(struct step *st, struct watched *t, const struct sample *s,
    const struct detect_step *d)
{
	int64_t in_ms;

	t->asks_left = 0;
	if (!d->why)
		return;
	in_ms = (int64_t)(d->ask_s * MS_PER_S) - larger(0, wall_diff_ms(st->now, s->at));
	in_ms = larger(0, in_ms);
	news_wish(st, t->conf.series, in_ms, d->why);
	if (detect_avail_alarmed(&t->detector.avail) || !outcome_is_failure(s->outcome))
		return;
	t->asks_left = DETECT_FAST_ASKS - 1;
	t->ask_next = wall_add_ms(st->now, in_ms + (int64_t)(DETECT_FAST_S * MS_PER_S));
}

static void wish_another(struct step *st, struct watched *t)
{
	if (t->asks_left == 0 || t->ask_next.ms > st->now.ms)
		return;
	t->asks_left--;
	t->ask_next = wall_add_ms(st->now, (int64_t)(DETECT_FAST_S * MS_PER_S));
	if (detect_auto_ask_again(&t->detector))
		news_wish(st, t->conf.series, 0, "suspect");
}

/* How much of the present run could have been our own network. */
static void count_silent(struct watched *t, const struct sample *s)
{
	t->run_silent += outcome_row(s->outcome)->evidence == EVIDENCE_SILENT;
	if (t->detector.avail.n_fail == 0)
		t->run_silent = 0;
}

/* Failures from here on belong to another story. */
static void note_calm(struct watched *t, const struct sample *s)
{
	bool calm = t->conf.auto_on ? detect_avail_calm(&t->detector.avail)
				    : !outcome_is_failure(s->outcome);

	if (calm && !t->open)
		trail_calm(&t->trail);
}

void watched_take(struct step *st, struct watched *t, const struct sample *s)
{
	struct change ch;
	struct detect_step d = {0};

	if (t->conf.lead) {
		struct detect_evidence evidence = evidence_of(t, s);

		rung_on_evidence(st, t, s, &evidence, &d);
		wish(st, t, s, &d);
		return;
	}
	trail_add(&t->trail, s);
	t->n_excluded = t->us_run = 0;
	t->dark = false;
	t->ever_up |= s->outcome == OUTCOME_OK;
	t->quiet_since = t->last_evidence = st->now;
	if (t->notice && s->at.ms >= t->notice->started.ms)
		notice_clear(st, t, s->at, END_CLEARED);
	if (t->open) {
		if (s->at.ms >= t->open->started.ms) {
			incident_tally(t->open, s);
			share_count(
			    t->open, t->conf.name, outcome_is_failure(s->outcome));
		}
		t->tallied = t->trail.n;
	}
	change_init(&ch, t);
	ch.failed = outcome_is_failure(s->outcome);
	if (t->conf.auto_on)
		feed_auto(st, t, s, &ch, &d);
	if (st->j->n_rules > 0)
		rules_on_sample(st, t, s, &ch);
	change_conclude(st, t, &ch);
	rules_judge_groups(st, t, s);
	note_calm(t, s);
	count_silent(t, s);
	if (ch.failed)
		scope_on_failure(st, t);
	wish(st, t, s, &d);
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

void watched_exclude(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged)
{
	bool ours = judged == JUDGED_EXCLUDED && outcome_blame(s->outcome) == BLAME_US &&
		    !t->behind;

	news_remark(st, s, judged);
	t->asks_left = 0;
	t->n_excluded++;
	t->last_judged = judged;
	t->last_excluded = s->outcome;
	if (!ours)
		return;
	if (!t->us_first)
		t->us_first = xcalloc(1, sizeof(*t->us_first));
	if (t->us_run++ == 0)
		incident_error_from(t->us_first, s);
	t->us_outcome = s->outcome;
	if (t->conf.lead) {
		rung_on_ours(st, t);
		return;
	}
	if (st->j->n_rules > 0)
		rules_on_excluded(st, t, s);
	notice_on_excluded(st, t, s);
	if (t->us_run < BLIND_RUN || t->notice)
		return;
	if (!t->dark)
		go_dark(st, t);
	notice_raise(st, t);
}

static void note_any(struct step *st, struct watched *t, const struct sample *s)
{
	if (t->last_any.ms && wall_diff_ms(s->at, t->last_any) >= gap_limit_ms(t))
		watched_on_gap(st, t, t->last_any, s->at, false);
	if (s->at.ms > t->last_any.ms)
		t->last_any = s->at;
}

void watched_on_sample(struct step *st, struct watched *t, const struct sample *s)
{
	enum judged judged;

	note_any(st, t, s);
	judged = maintenance_on_sample(st, t, s, exclusion(s));
	judged = grace_on_sample(st, t, s, judged);
	judged = depends_on_sample(st, t, s, judged);
	judged = correlate_on_sample(st, t, s, judged);
	if (judged == JUDGED_COUNTED)
		watched_take(st, t, s);
	else if (judged != JUDGED_HELD)
		watched_exclude(st, t, s, judged);
	correlate_on_word(st, t, s);
	watched_rearm(st->j, t, st->now);
}

void watched_on_past(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged)
{
	enum judged now;

	note_any(st, t, s);
	now = grace_on_sample(st, t, s, exclusion(s));
	if (now != JUDGED_COUNTED && judged != JUDGED_MAINTENANCE)
		judged = now;
	judged = maintenance_on_past(st, t, s, judged);
	if (t->behind && judged == JUDGED_COUNTED)
		judged = JUDGED_EXCLUDED;
	if (judged == JUDGED_COUNTED || judged == JUDGED_HELD)
		watched_take(st, t, s);
	else
		watched_exclude(st, t, s, judged);
	watched_rearm(st->j, t, st->now);
}

/* --- time ----------------------------------------------------------------------- */

void watched_on_time(struct step *st, struct watched *t)
{
	struct change ch;
	struct wall_span span;
	bool maintained = maintained_now(st->j, t, st->now, &span);
	bool may_open = !t->conf.lead && !t->behind && !maintained;

	if (maintained)
		maintenance_hold_off(st, t);
	change_init(&ch, t);
	if (may_open)
		rules_on_time(st, t, &ch);
	if (!t->conf.lead)
		change_conclude(st, t, &ch);
	if (may_open)
		rules_judge_groups(st, t, NULL);
	correlate_on_time(st, t);
	wish_another(st, t);
	if (wall_diff_ms(st->now, t->quiet_since) >= unknown_limit_ms(t)) {
		if (!t->dark)
			go_dark(st, t);
		if (t->us_run > 0 && !t->notice && !t->conf.lead)
			notice_raise(st, t);
	}
	watched_rearm(st->j, t, st->now);
}
