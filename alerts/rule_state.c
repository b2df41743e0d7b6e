/* SPDX-License-Identifier: MIT
 *
 * What one target remembers for one rule: its samples are counted into each window once;
 * runs and the latest outcomes beside them. Gaps and a clock that went back forget.
 */
#include "alerts/rule_state.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/rule_window.h"

/* --- the state -------------------------------------------------------------------- */

/* The condition that a window was made for. */
static const struct condition *owner(const struct rule *r, int ring, bool *ret_short)
{
	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		const struct condition *c = &r->conditions[i];

		*ret_short = c->ring != ring;
		if (c->ring == ring || c->short_ring == ring)
			return c;
	}
	return NULL;
}

static void make_rings(const struct rule *r, struct rule_state *s)
{
	s->n_rings = r->n_rings;
	s->rings = r->n_rings ? xcalloc((size_t)r->n_rings, sizeof(*s->rings)) : NULL;
	for (int i = 0; i < r->n_rings; i++) {
		bool quick;
		const struct condition *c = owner(r, i, &quick);

		if (c)
			s->rings[i].window_ms = quick ? c->short_ms : c->window_ms;
		ring_clear(&s->rings[i]);
	}
}

void rule_state_init(const struct rule *r, struct rule_state *s, struct wall known_from)
{
	memset(s, 0, sizeof(*s));
	s->covered_from_ms = s->last_ms = s->looked_ms = known_from.ms;
	s->on = true;
	s->group = -1;
	make_rings(r, s);
	if (rule_has_kind(r, CONDITION_OF_LAST))
		s->last = xcalloc(1, sizeof(*s->last));
}

void rule_state_fini(struct rule_state *s)
{
	if (!s)
		return;
	free(s->rings);
	free(s->last);
	s->rings = NULL;
	s->last = NULL;
	s->n_rings = 0;
}

static void forget(struct rule_state *s, int64_t covered_from_ms)
{
	for (int i = 0; i < s->n_rings; i++)
		ring_clear(&s->rings[i]);
	if (s->last)
		memset(s->last, 0, sizeof(*s->last));
	s->covered_from_ms = s->last_ms = covered_from_ms;
	if (s->phase == RULE_PENDING)
		s->phase = RULE_IDLE;
	s->pending_since_ms = s->resolving_since_ms = s->unknown_since_ms = 0;
	s->first_good_ms = s->failed_since_ms = 0;
	s->failed_run = s->ok_run = 0;
}

void rule_on_gap(struct rule_state *s, struct wall until)
{
	forget(s, until.ms);
}

void rule_hold_off(struct rule_state *s, struct wall until)
{
	if (until.ms > s->last_ms)
		s->last_ms = until.ms;
}

static void move(int64_t *ms, int64_t by)
{
	if (*ms)
		*ms += by;
}

void rule_on_jump(struct rule_state *s, int64_t jump_ms, struct wall now)
{
	if (jump_ms < 0) {
		forget(s, now.ms);
		s->looked_ms = now.ms;
		return;
	}
	/* No time passed: what is being timed moves along. */
	move(&s->pending_since_ms, jump_ms);
	move(&s->resolving_since_ms, jump_ms);
	move(&s->unknown_since_ms, jump_ms);
	move(&s->last_ms, jump_ms);
	move(&s->looked_ms, jump_ms);
}

void rule_adopt(struct rule_state *s, struct wall start)
{
	s->phase = RULE_FIRING;
	s->start_ms = start.ms;
	s->pending_since_ms = s->resolving_since_ms = s->unknown_since_ms = 0;
}

/* --- one sample ------------------------------------------------------------------- */

static void count_runs(struct rule_state *s, const struct sample *sample)
{
	bool failed = outcome_is_failure(sample->outcome);

	if (outcome_is_excluded(sample->outcome))
		return;
	if (!failed) {
		s->failed_run = 0;
		s->ok_run += s->ok_run < INT32_MAX;
	} else {
		if (s->failed_run == 0 || sample->at.ms < s->failed_since_ms)
			s->failed_since_ms = sample->at.ms;
		s->ok_run = 0;
		s->failed_run += s->failed_run < INT32_MAX;
	}
	if (!s->last)
		return;
	s->last->place = (s->last->place + 1) % RULE_LAST;
	s->last->at_ms[s->last->place] = sample->at.ms;
	s->last->failed = s->last->failed << 1 | (failed ? 1 : 0);
	s->last->n += s->last->n < RULE_LAST;
}

/* Into each window once. True: it speaks against the target, in one of them. */
static bool count_rings(const struct rule *r, struct rule_state *s,
    const struct rule_evidence *ev, struct rule_entry *e)
{
	bool against = false;
	int next = 0;

	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		const struct condition *c = &r->conditions[i];

		if (c->ring < next && c->short_ring < next)
			continue;
		e->hit = e->near = e->good = false;
		if (condition_enters(c, ev, e)) {
			if (c->ring >= next)
				(void)ring_add(&s->rings[c->ring], e);
			if (c->short_ring >= next)
				(void)ring_add(&s->rings[c->short_ring], e);
			against |= e->hit && !c->good;
		}
		next = c->ring >= next ? c->ring + 1 : next;
		next = c->short_ring >= next ? c->short_ring + 1 : next;
	}
	return against;
}

/* More than a window older than what is known: the clock went back unnoticed. */
static bool is_from_before(const struct rule_state *s, int64_t at_ms)
{
	for (int i = 0; i < s->n_rings; i++) {
		const struct rule_ring *g = &s->rings[i];
		int64_t width = ring_width_ms(g);

		if (g->newest >= 0 &&
		    (at_ms < 0 ? 0 : at_ms) / width <= g->newest - RULE_SLOTS)
			return true;
	}
	return false;
}

static bool is_empty(const struct rule_state *s)
{
	for (int i = 0; i < s->n_rings; i++) {
		if (s->rings[i].newest >= 0)
			return false;
	}
	return s->failed_run == 0 && s->ok_run == 0;
}

/* Did its absence end with this one? */
static bool ends_absence(const struct rule *r, const struct rule_state *s, int64_t at_ms)
{
	for (int i = 0; i < r->n_when; i++) {
		if (r->conditions[i].kind == CONDITION_NO_DATA &&
		    at_ms - s->last_ms >= r->conditions[i].window_ms)
			return true;
	}
	return false;
}

void rule_count(
    const struct rule *r, struct rule_state *s, const struct rule_evidence *ev)
{
	const struct sample *sample = ev->sample;
	struct rule_entry e = {.at_ms = sample->at.ms};
	bool excluded = outcome_is_excluded(sample->outcome), against;

	if (is_from_before(s, e.at_ms))
		forget(s, e.at_ms);
	if (is_empty(s) && e.at_ms < s->covered_from_ms)
		s->covered_from_ms = e.at_ms; /* folding what was stored before */
	e.weight_ms = e.at_ms - s->last_ms;
	e.weight_ms = e.weight_ms < 0 ? 0 : e.weight_ms;
	e.weight_ms = e.weight_ms > ev->pace_ms ? ev->pace_ms : e.weight_ms;
	against = count_rings(r, s, ev, &e);
	count_runs(s, sample);
	if (s->n_rings == 0)
		against = outcome_is_failure(sample->outcome);
	s->against |= against;
	if (against)
		s->first_good_ms = 0;
	else if (!excluded && (s->first_good_ms == 0 || ends_absence(r, s, e.at_ms)))
		s->first_good_ms = e.at_ms;
	if (!excluded && e.at_ms > s->last_ms)
		s->last_ms = e.at_ms;
}
