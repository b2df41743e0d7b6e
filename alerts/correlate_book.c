/* SPDX-License-Identifier: MIT
 *
 * Before an outage is booked whose evidence is mostly silent, the controls are asked 16
 * times within 4 s. Then: could one loss rate of ours explain the run, what the controls
 * said since it began, and what other providers did meanwhile? Clearly not: it is booked.
 * Clearly: it is us. In doubt: 16 more asks, until it is clear. A hard outage is clear
 * after the first 16; the fewer requests fail, the more answers it takes. Without
 * controls the others decide at once.
 */
#include <string.h>

#include "alerts/common_loss.h"
#include "alerts/correlate_parts.h"

#define CLEARLY_THEIRS (-5.0) /* nats: booked */
#define CLEARLY_OURS   5.0    /* with controls; a silent one among them */
#define OURS_ALONE     (-0.5) /* without any: who could ask no more must not insist */

static int64_t began_ms(const struct watched *t, const struct held *h)
{
	const struct detect_avail *a = &t->detector.avail;

	return a->n_fail > 0 ? a->first_fail_ms : h->what.at.ms;
}

bool book_needs_look(const struct watched *t, const struct sample *s)
{
	bool silent = outcome_row(s->outcome)->evidence == EVIDENCE_SILENT;
	struct detect_pace pace = watched_pace(t);
	struct detect_evidence e = {s->at, true, -1};
	struct detect_auto copy;
	struct detect_step d;

	if (!t->conf.auto_on || detect_avail_alarmed(&t->detector.avail))
		return false;
	copy = t->detector;
	detect_auto_on_sample(&copy, &pace, &e, &d);
	return d.avail.change == DETECT_ALARM &&
	       2 * (t->run_silent + silent) > copy.avail.n_fail;
}

/* --- what was seen since the run began -------------------------------------------- */

static void count_own(const struct watched *t, struct loss_seen *ret)
{
	ret->silent = detect_avail_run(&t->detector.avail, &ret->asked) + 1;
	ret->asked++; /* the one that is held */
}

/* Two other targets of one provider are one word. */
static struct loss_seen *place_of(
    struct common_loss *c, const char **names, const char *p)
{
	for (int i = 0; i < c->n_others; i++) {
		if (names[i] && strcmp(names[i], p) == 0)
			return &c->others[i];
	}
	if (c->n_others == COMMON_OTHERS)
		return NULL;
	names[c->n_others] = p;
	return &c->others[c->n_others++];
}

static void count_other(
    const struct watched *x, struct wall since, struct loss_seen *seen)
{
	trail_silence_since(&x->trail, since, &seen->asked, &seen->silent);
	for (int i = 0; i < x->n_held; i++) {
		bool counts = !x->held[i].path && x->held[i].what.at.ms >= since.ms;

		seen->asked += counts;
		seen->silent += counts;
	}
}

static void count_others(
    struct judge *j, const struct watched *t, struct wall since, struct common_loss *c)
{
	const char *names[COMMON_OTHERS] = {NULL};

	memset(c->others, 0, sizeof(c->others));
	c->n_others = 0;
	for (size_t i = 0; i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];
		struct loss_seen *seen;

		if (!x->conf.remote || x->behind || x->conf.way != t->conf.way ||
		    strcmp(x->conf.provider, t->conf.provider) == 0)
			continue;
		seen = place_of(c, names, x->conf.provider);
		if (seen)
			count_other(x, since, seen);
	}
}

/* Above 0: rather us. */
static double look_back(struct judge *j, const struct watched *t, const struct held *h,
    struct common_loss *ret)
{
	struct wall since = {began_ms(t, h) - WITNESS_SLACK_MS};
	struct way *w = way_of(j, t);

	memset(ret, 0, sizeof(*ret));
	count_own(t, &ret->own);
	count_others(j, t, since, ret);
	if (way_live(w)) {
		int64_t good = w->n_good - t->run_good;

		ret->controls.silent = faults_since(&w->faults, since);
		ret->controls.asked = ret->controls.silent;
		if (good > 0) /* the two were not stored at the same moment */
			ret->controls.asked += (int)good;
	}
	return common_loss_nats(ret);
}

/* --- asking the controls ---------------------------------------------------------- */

static bool is_looking(const struct way *w, struct wall now)
{
	return w->look_owed > 0 && now.ms < w->look_due_ms;
}

/* Everybody on the way waits for the same burst. */
static void burst(struct step *st, struct watched *t, struct held *h)
{
	struct way *w = way_of(st->j, t);
	uint32_t live = way_live(w);
	int control = 0;

	if (!is_looking(w, st->now)) {
		w->look += w->look == UINT32_MAX ? 2 : 1;
		w->look_owed = WITNESS_BURST;
		w->look_due_ms =
		    st->now.ms + WITNESS_BURST * WITNESS_BURST_GAP + WITNESS_CONTROL_MS;
		for (int i = 0; i < WITNESS_BURST; i++) {
			while (!(live >> control & 1))
				control = (control + 1) % w->n_controls;
			news_ask(st, &(struct control_ask){t->conf.way, control,
					 i * WITNESS_BURST_GAP, w->look});
			control = (control + 1) % w->n_controls;
		}
		st->up->ways_moved = true;
	}
	h->look = w->look;
	h->looks++;
	h->due_ms = w->look_due_ms;
}

static void say(
    struct step *st, const struct watched *t, const struct common_loss *seen, double nats)
{
	news_trace(st, t->conf.name, "look",
	    "%s: %d of %d silent, controls %d of %d [%+.1f nats]",
	    nats >= OURS_ALONE ? "ours" : "in doubt", seen->own.silent, seen->own.asked,
	    seen->controls.silent, seen->controls.asked, nats);
}

enum book book_decide(struct step *st, struct watched *t, struct held *h)
{
	const struct way *w = way_of(st->j, t);
	struct common_loss seen;
	double nats = look_back(st->j, t, h, &seen);
	bool spoke = seen.controls.silent > 0;

	if (spoke && nats >= CLEARLY_OURS) {
		say(st, t, &seen, nats);
		return BOOK_OURS;
	}
	if (h->look == w->look && is_looking(w, st->now))
		return BOOK_WAIT;
	if (nats <= CLEARLY_THEIRS || !way_live(w))
		return BOOK_THEIRS;
	if (h->looks < WITNESS_BURSTS) {
		burst(st, t, h);
		return BOOK_WAIT;
	}
	say(st, t, &seen, nats);
	return spoke && nats >= 0 ? BOOK_OURS : BOOK_DOUBT;
}

/* "Providers that have nothing in common": now, or in the last three minutes before. */
static enum book decide_alone(struct step *st, struct watched *t, const struct held *h)
{
	struct wall before = {began_ms(t, h) - WAY_YOUNG_MS};
	struct common_loss seen;
	double nats = look_back(st->j, t, h, &seen), longer;

	if (seen.n_others == 0)
		return BOOK_THEIRS;
	count_others(st->j, t, before, &seen);
	longer = common_loss_nats(&seen);
	nats = longer > nats ? longer : nats;
	if (nats < OURS_ALONE)
		return BOOK_THEIRS;
	say(st, t, &seen, nats);
	return BOOK_OURS;
}

enum book book_begin(struct step *st, struct watched *t, struct held *h)
{
	if (!way_live(way_of(st->j, t)))
		return decide_alone(st, t, h);
	burst(st, t, h);
	return book_decide(st, t, h);
}
