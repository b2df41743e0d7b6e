/* SPDX-License-Identifier: MIT
 *
 * What witnesses say, and what time does to those who wait for them: answers of controls,
 * answers of other targets, deadlines, gaps and steps of the clock.
 */
#include <string.h>

#include "alerts/correlate_parts.h"

/* Of those that asked for its word. */
static void hear(struct step *st, struct watched *t, const struct watched *x,
    struct wall at, bool good)
{
	for (int i = 0; i < t->n_held; i++) {
		struct held *h = &t->held[i];

		for (int k = 0; k < WITNESS_TARGETS; k++) {
			if (h->asked[k] != x->conf.series || at.ms < h->since_ms)
				continue;
			h->asked[k] = 0;
			h->good += good;
			h->bad += !good;
		}
	}
	correlate_work(st, t);
}

void correlate_on_word(struct step *st, struct watched *t, const struct sample *s)
{
	bool answered = outcome_row(s->outcome)->evidence != EVIDENCE_SILENT &&
			s->outcome != OUTCOME_LOCAL;

	if (!t->conf.remote)
		return;
	if (answered && s->at.ms > t->last_answer.ms)
		t->last_answer = s->at;
	way_on_word(st, t, s, answered);
	for (size_t i = 0; st->j->n_held && i < st->j->n_targets; i++) {
		struct watched *other = st->j->targets[i];

		if (other->n_held && other != t && other->conf.way == t->conf.way)
			hear(st, other, t, s->at, answered);
	}
}

/* Silence of a control that never answered says nothing. */
static void hear_control(
    struct held *h, int control, const struct judge_event *ev, bool counts)
{
	if (ev->u.witness.started.ms < h->since_ms)
		return;
	if (h->booking || !(h->await >> control & 1))
		return;
	h->await &= ~(UINT32_C(1) << control);
	h->good += counts && ev->u.witness.answered;
	h->bad += counts && !ev->u.witness.answered;
}

void correlate_on_witness(struct step *st, const struct judge_event *ev)
{
	int way = ev->u.witness.way, control = ev->u.witness.control;
	bool answered = ev->u.witness.answered, counts;
	struct way *w;

	if (way < 0 || way >= st->j->n_ways)
		return;
	w = &st->j->ways[way];
	if (control < 0 || control >= w->n_controls)
		return;
	counts = answered || w->controls[control].live;
	if (counts && !answered)
		faults_add(&w->faults, st->now, (uint32_t)control);
	w->n_good += answered;
	if (ev->u.witness.look && ev->u.witness.look == w->look)
		w->look_owed -= w->look_owed > 0;
	if (ev->u.witness.started.ms >= w->controls[control].asked_ms)
		w->controls[control].asked_ms = 0;
	way_on_control(st, w, &w->controls[control], answered);
	for (size_t i = 0; st->j->n_held && i < st->j->n_targets; i++) {
		struct watched *t = st->j->targets[i];

		if (!t->n_held || t->conf.way != way)
			continue;
		for (int k = 0; k < t->n_held; k++)
			hear_control(&t->held[k], control, ev, counts);
		correlate_work(st, t);
	}
}

void correlate_on_time(struct step *st, struct watched *t)
{
	if (t->n_held)
		correlate_work(st, t);
}

int64_t correlate_wake_ms(const struct watched *t)
{
	int64_t at = INT64_MAX;

	for (int i = 0; i < t->n_held; i++) {
		int64_t one = witness_wake_ms(&t->held[i]);

		at = one < at ? one : at;
	}
	return at;
}

void correlate_on_gap(struct judge *j, struct watched *t, struct wall until, bool forget)
{
	if (forget) {
		correlate_forget(j, t);
		return;
	}
	for (int i = 0; i < t->n_held; i++) {
		struct held *h = &t->held[i];

		if (h->booking)
			continue; /* its deadline is enough */
		h->await = 0;
		memset(h->asked, 0, sizeof(h->asked));
		h->round = h->round > 1 ? 1 : h->round;
		h->again_ms = until.ms;
		h->due_ms = until.ms + WITNESS_TARGET_MS;
	}
}

void correlate_on_clock(struct watched *t, int64_t jump_ms, struct wall now)
{
	for (int i = 0; i < t->n_held; i++) {
		struct held *h = &t->held[i];

		h->since_ms += jump_ms;
		h->due_ms += jump_ms;
		if (h->again_ms)
			h->again_ms += jump_ms;
		if (h->what.at.ms > now.ms)
			h->what.at = now;
	}
	if (t->last_answer.ms)
		t->last_answer.ms += jump_ms;
}
