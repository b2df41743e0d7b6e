/* SPDX-License-Identifier: MIT
 *
 * "A silent failure is held. Witnesses are asked at once: the controls; without controls,
 * one ask of up to three other providers' targets, those not suspect first." An ask that
 * began after the failing one and got any HTTP answer is a good witness. What is held is
 * bounded and always decided: answers have deadlines.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/correlate_parts.h"

static bool is_silent(const struct sample *s)
{
	return outcome_row(s->outcome)->evidence == EVIDENCE_SILENT;
}

/* --- what is held --------------------------------------------------------------- */

static struct held *add_held(struct judge *j, struct watched *t, const struct sample *s)
{
	struct held *h;

	t->held = xreallocarray(t->held, (size_t)t->n_held + 1, sizeof(*t->held));
	h = &t->held[t->n_held++];
	memset(h, 0, sizeof(*h));
	incident_error_from(&h->what, s);
	h->since_ms = s->at.ms;
	j->n_held++;
	return h;
}

static void remove_held(struct judge *j, struct watched *t, const struct held *h)
{
	size_t i = (size_t)(h - t->held);

	memmove(
	    &t->held[i], &t->held[i + 1], ((size_t)t->n_held - i - 1) * sizeof(*t->held));
	t->n_held--;
	j->n_held--;
}

void correlate_forget(struct judge *j, struct watched *t)
{
	j->n_held -= (size_t)t->n_held;
	free(t->held);
	t->held = NULL;
	t->n_held = 0;
}

struct sample correlate_sample(const struct watched *t, const struct held *h)
{
	struct sample s;

	sample_init(&s, t->conf.series, h->what.at);
	s.outcome = h->what.outcome;
	s.http_status = h->what.http_status;
	str_copy(s.provider_code, sizeof(s.provider_code), h->what.code);
	str_copy(s.message, sizeof(s.message), h->what.message);
	str_copy(s.request_id, sizeof(s.request_id), h->what.request_id);
	return s;
}

/* --- asking --------------------------------------------------------------------- */

uint32_t correlate_ask_controls(
    struct step *st, int way, uint32_t which, struct wall since)
{
	struct way *w = &st->j->ways[way];
	uint32_t awaited = 0;

	for (int i = 0; i < w->n_controls; i++) {
		struct control *c = &w->controls[i];

		if (!(which >> i & 1))
			continue;
		awaited |= UINT32_C(1) << i;
		if (c->asked_ms >= since.ms && c->asked_ms &&
		    st->now.ms - c->asked_ms < WITNESS_CONTROL_MS)
			continue; /* that answer will do */
		c->asked_ms = st->now.ms;
		news_ask(st, &(struct control_ask){.way = way, .control = i});
	}
	return awaited;
}

static void ask_controls(struct step *st, struct watched *t, struct held *h)
{
	const struct way *w = way_of(st->j, t);
	uint32_t live = way_live(w);

	h->by = WITNESS_BY_CONTROLS;
	h->await = correlate_ask_controls(
	    st, t->conf.way, live ? live : UINT32_MAX, (struct wall){h->since_ms});
	h->due_ms = st->now.ms + WITNESS_CONTROL_MS;
}

/* One whose own outage is no longer in doubt says nothing by its silence. */
static bool may_witness(
    const struct step *st, const struct watched *x, const struct watched *t)
{
	bool down = x->open && detect_avail_alarmed(&x->detector.avail) &&
		    wall_diff_ms(st->now, x->open->opened) > WAY_ALONE_MS;

	return !down && !x->behind && x->conf.parent != t->conf.series &&
	       x->conf.remote && x->conf.way == t->conf.way &&
	       strcmp(x->conf.provider, t->conf.provider) != 0;
}

/* Targets that answered meanwhile speak without being asked. */
static int call_targets(
    struct step *st, struct watched *t, struct held *h, int n, bool calm)
{
	/* Their asks cost: in an outage that is no longer young their own pace is witness
	 * enough. */
	bool old = t->open && wall_diff_ms(st->now, t->open->opened) > WAY_ALONE_MS;
	int64_t patience = old ? WITNESS_PATIENCE_MS : 0;

	for (size_t i = 0; i < st->j->n_targets && n < WITNESS_TARGETS; i++) {
		const struct watched *x = st->j->targets[i];

		if (!may_witness(st, x, t) || (x->health == HEALTH_UP) != calm)
			continue;
		if (x->last_answer.ms >= h->since_ms - patience) {
			h->good++;
		} else {
			h->asked[n] = x->conf.series;
			news_wish(st, x->conf.series, 0, "witness");
		}
		n++;
	}
	return n;
}

static void ask_targets(struct step *st, struct watched *t, struct held *h)
{
	int n;

	h->by = WITNESS_BY_TARGETS;
	h->await = 0;
	h->due_ms = st->now.ms + WITNESS_TARGET_MS;
	n = call_targets(st, t, h, 0, true);
	if (call_targets(st, t, h, n, false) == 0)
		h->by = WITNESS_NONE;
}

/* Answers to asks of this round: not older than the failure, nor than the round. */
static void begin_round(struct step *st, struct watched *t, struct held *h)
{
	if (h->round++ > 0)
		h->since_ms = st->now.ms;
	h->again_ms = 0;
	if (h->by == WITNESS_BY_TARGETS || way_of(st->j, t)->n_controls == 0)
		ask_targets(st, t, h);
	else
		ask_controls(st, t, h);
}

/* --- deciding ------------------------------------------------------------------- */

static void count(struct step *st, struct watched *t, const struct held *h)
{
	struct sample s = correlate_sample(t, h);

	remove_held(st->j, t, h);
	news_remark(st, &s, JUDGED_COUNTED);
	watched_take(st, t, &s);
}

static void leave_out(struct step *st, struct watched *t, const struct held *h)
{
	struct sample s = correlate_sample(t, h);

	if (!is_silent(&s)) {
		count(st, t, h); /* their answer is never in doubt */
		return;
	}
	remove_held(st->j, t, h);
	watched_exclude(st, t, &s, JUDGED_PATH);
}

/* The second look says so. */
static void conclude(
    struct step *st, struct watched *t, const struct held *h, enum book verdict)
{
	switch (verdict) {
	case BOOK_WAIT:
		break;
	case BOOK_THEIRS:
		count(st, t, h);
		break;
	case BOOK_OURS:
		way_impair(st, way_of(st->j, t), h->what.at, t);
		break;
	case BOOK_DOUBT:
		leave_out(st, t, h);
		break;
	}
}

/* It was not us. */
static void believe(struct step *st, struct watched *t, struct held *h)
{
	struct sample s;

	if (h->path) {
		remove_held(st->j, t, h);
		return;
	}
	s = correlate_sample(t, h);
	if (!book_needs_look(t, &s)) {
		count(st, t, h);
		return;
	}
	h->booking = true;
	conclude(st, t, h, book_begin(st, t, h));
}

/* Controls that never answered are no witnesses: others are asked. Where nothing at all
 * has ever answered it can only be us. */
static void nobody_spoke(struct step *st, struct watched *t, struct held *h)
{
	const struct way *w = way_of(st->j, t);

	if (h->by == WITNESS_BY_CONTROLS && !witness_all_spoke(h) &&
	    h->round < WITNESS_ROUNDS) {
		begin_round(st, t, h);
		return;
	}
	if (h->by == WITNESS_BY_CONTROLS && !w->answered && witness_all_spoke(h)) {
		way_impair(st, way_of(st->j, t), h->what.at, NULL);
		return;
	}
	if (h->by == WITNESS_BY_CONTROLS) {
		ask_targets(st, t, h);
		if (h->by != WITNESS_NONE)
			return;
	}
	believe(st, t, h);
}

static void decide(struct step *st, struct watched *t, struct held *h)
{
	if (h->good + h->bad == 0) {
		nobody_spoke(st, t, h);
		return;
	}
	switch (witness_verdict(h)) {
	case WITNESS_WAIT:
		h->await = 0;
		memset(h->asked, 0, sizeof(h->asked));
		h->again_ms = st->now.ms + WITNESS_AGAIN_MS;
		h->due_ms = h->again_ms + WITNESS_TARGET_MS;
		break;
	case WITNESS_COUNT:
		believe(st, t, h);
		break;
	case WITNESS_PATH:
		way_impair(st, way_of(st->j, t), h->what.at, NULL);
		break;
	}
}

static bool is_ripe(const struct step *st, const struct held *h)
{
	if (h->booking)
		return true; /* book_decide knows */
	if (h->again_ms)
		return h->again_ms <= st->now.ms;
	return witness_all_spoke(h) || h->due_ms <= st->now.ms;
}

/* The first of them that is ripe, whatever becomes of it. */
static bool step_first(struct step *st, struct watched *t, int *from)
{
	int n = t->n_held;

	while (*from < t->n_held) {
		struct held *h = &t->held[*from];

		if (!is_ripe(st, h)) {
			++*from;
			continue;
		}
		if (h->booking)
			conclude(st, t, h, book_decide(st, t, h));
		else if (h->again_ms)
			begin_round(st, t, h);
		else
			decide(st, t, h);
		if (t->n_held == n)
			++*from; /* it goes on waiting */
		return true;
	}
	return false;
}

/* Passive witnesses may decide a round as it begins: twice is enough, for the second look
 * has no round. */
void correlate_work(struct step *st, struct watched *t)
{
	for (int pass = 0; pass < 2; pass++) {
		int from = 0;

		while (step_first(st, t, &from)) {
		}
	}
	watched_rearm(st->j, t, st->now);
}

/* --- a sample came in
 * --------------------------------------------------------------------- */

/* `local`: excluded, but is it more than this one? One question at a time. */
static void wonder(struct step *st, struct watched *t, const struct sample *s)
{
	struct held *h;

	for (int i = 0; i < t->n_held; i++) {
		if (t->held[i].path)
			return;
	}
	if (t->n_held == WITNESS_HELD)
		return;
	h = add_held(st->j, t, s);
	h->path = true;
	begin_round(st, t, h);
	correlate_work(st, t);
}

static enum judged hold(struct step *st, struct watched *t, const struct sample *s)
{
	struct held *h;

	news_remark(st, s, JUDGED_HELD);
	if (t->n_held == WITNESS_HELD)
		return JUDGED_HELD; /* as many as can be known at once: no evidence */
	h = add_held(st->j, t, s);
	if (is_silent(s)) {
		begin_round(st, t, h);
	} else { /* their answer, but the story so far is silent */
		h->booking = true;
		conclude(st, t, h, book_begin(st, t, h));
	}
	correlate_work(st, t);
	return JUDGED_HELD;
}

enum judged correlate_on_sample(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged)
{
	struct way *w = way_of(st->j, t);

	if (!t->conf.remote || !outcome_is_failure(s->outcome)) {
		if (t->conf.remote && s->outcome == OUTCOME_LOCAL &&
		    judged == JUDGED_PATH) {
			if (w->impaired_ms)
				way_swallow(st, w, s);
			else
				wonder(st, t, s);
		}
		return judged;
	}
	if (judged != JUDGED_COUNTED)
		return judged;
	if (t->detector.avail.n_fail == 0 && t->n_held == 0)
		t->run_good = w->n_good;
	if (is_silent(s) && w->impaired_ms) {
		way_swallow(st, w, s);
		return JUDGED_PATH;
	}
	return is_silent(s) || book_needs_look(t, s) ? hold(st, t, s) : JUDGED_COUNTED;
}

void correlate_let_go(struct step *st, struct watched *t)
{
	while (t->n_held) {
		if (t->held[0].path)
			remove_held(st->j, t, &t->held[0]);
		else
			count(st, t, &t->held[0]);
	}
}
