/* SPDX-License-Identifier: MIT
 *
 * A way out was found impaired: what it had to do with our own network is taken back.
 * What is held is `path`; a young run of silent failures is withdrawn before anything is
 * told; an outage booked on such a run within the last three minutes is retracted.
 */
#include <inttypes.h>
#include <string.h>

#include "alerts/correlate_parts.h"

static bool takes(struct judge *j, const struct watched *t, const struct way *w)
{
	return t->conf.remote && way_of(j, t) == w;
}

struct taking {
	struct step *st;
	struct watched *t;
};

static void take_sample(void *arg, struct wall at, enum outcome o)
{
	struct taking *k = arg;
	struct sample s;

	sample_init(&s, k->t->conf.series, at);
	s.outcome = o;
	news_remark(k->st, &s, JUDGED_PATH);
}

static void forget_run(struct step *st, struct watched *t, struct wall from)
{
	trail_forget_silent(&t->trail, from, take_sample, &(struct taking){st, t});
	detect_avail_withdraw(&t->detector.avail);
	t->run_silent = 0;
	t->asks_left = 0;
}

/* Suspicion was about us. */
static void calm_down(struct step *st, struct watched *t)
{
	enum health before = t->health;

	t->detector.avail.health = t->ever_up ? HEALTH_UP : HEALTH_UNKNOWN;
	if (t->open || t->dark)
		return; /* others say how it is */
	t->health = t->detector.avail.health;
	t->dark = !t->ever_up;
	if (before == t->health)
		return;
	t->since = st->now;
	news_fact(st,
	    &(struct news){.kind = t->ever_up ? FACT_UP : FACT_UNKNOWN, .target = t},
	    "it was us");
}

static void withdraw(struct step *st, struct watched *t)
{
	const struct detect_avail *a = &t->detector.avail;

	if (a->n_fail == 0)
		return;
	news_trace(st, t->conf.name, "withdrawn", "%d failures since=%" PRId64, a->n_fail,
	    a->first_fail_ms);
	forget_run(st, t, (struct wall){a->first_fail_ms});
	calm_down(st, t);
}

static bool only_silent(const struct incident *in)
{
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (in->outcomes[o] && outcome_is_failure((enum outcome)o) &&
		    outcome_row((enum outcome)o)->evidence != EVIDENCE_SILENT)
			return false;
	}
	return true;
}

/* "An outage booked on such a run within the last 180 s is closed as retracted." */
static bool is_retractable(const struct step *st, const struct watched *t)
{
	const struct incident *in = t->open;
	int64_t young = way_of(st->j, t)->n_controls ? WAY_YOUNG_MS : WAY_ALONE_MS;

	return in && in->class == CLASS_OUTAGE && in->reopened == 0 &&
	       wall_diff_ms(st->now, in->opened) < young && only_silent(in);
}

static void let_out(struct step *st, struct watched *t, const struct incident *in)
{
	forget_run(st, t, in->started);
	rules_forget(st, t);
	t->open = NULL;
	t->since = st->now;
	t->dark = !t->ever_up;
	t->health = t->ever_up ? HEALTH_UP : HEALTH_UNKNOWN;
	t->detector.avail.health = t->health;
}

/* With all that share it: they take the same way, or are of the same silence. */
static void retract(struct step *st, struct watched *t)
{
	struct incident *in = t->open;

	for (size_t i = 0; i < st->j->n_targets; i++) {
		if (st->j->targets[i]->open == in)
			let_out(st, st->j->targets[i], in);
	}
	record_close(st, in, END_RETRACTED);
	news_fact(st, &(struct news){.kind = FACT_RETRACTED, .target = t, .incident = in},
	    "%s since=%" PRId64, incident_end_code(in->end), in->started.ms);
}

/* Of an older cause of several providers only this one's part was our own path. */
static bool is_young_part(const struct step *st, const struct watched *t)
{
	const struct detect_avail *a = &t->detector.avail;

	return t->open && cause_is_common(t->open) && detect_avail_alarmed(a) &&
	       a->n_fail > 0 && t->run_silent >= a->n_fail &&
	       wall_diff_ms(st->now, t->since) < WAY_YOUNG_MS &&
	       cause_providers(st->j, t->open) > 1;
}

static void strike_out(struct incident *in, const char *name)
{
	share_strike(in, name);
	for (int i = 0; i < in->n_targets; i++) {
		if (strcmp(in->targets[i], name) != 0)
			continue;
		memmove(in->targets[i], in->targets[i + 1],
		    (size_t)(--in->n_targets - i) * sizeof(in->targets[0]));
		return;
	}
}

static void take_out(struct step *st, struct watched *t)
{
	struct incident *in = t->open;
	struct news news = {.kind = FACT_CHANGED,
	    .target = t,
	    .incident = in,
	    .from = in->severity_now,
	    .loud = cause_left(st->j, t, in)};

	let_out(st, t, in);
	strike_out(in, t->conf.name);
	(void)scope_end_orphans(st, t, in);
	(void)incident_settle(in);
	scope_health(st->j, t, in);
	scope_say(st->j, in);
	news_fact(st, &news, "%s %s without %s: it was us", health_code(in->health),
	    severity_code(in->severity_now), t->conf.name);
}

static void take_held(struct step *st, struct way *w, struct watched *t)
{
	for (int i = 0; i < t->n_held; i++) {
		struct sample s = correlate_sample(t, &t->held[i]);

		if (t->held[i].path)
			continue;
		watched_exclude(st, t, &s, JUDGED_PATH);
		way_swallow(st, w, &s);
	}
	correlate_forget(st->j, t);
}

static void take_back(
    struct step *st, struct way *w, struct watched *t, const struct watched *whole)
{
	const struct detect_avail *a = &t->detector.avail;
	bool young = st->now.ms - a->first_fail_ms < WAY_YOUNG_MS;

	take_held(st, w, t);
	if (is_retractable(st, t))
		retract(st, t);
	else if (is_young_part(st, t))
		take_out(st, t);
	else if (!detect_avail_alarmed(a) &&
		 (t == whole || (young && t->run_silent == a->n_fail)))
		withdraw(st, t);
	watched_rearm(st->j, t, st->now);
}

void way_impair(struct step *st, struct way *w, struct wall since, struct watched *whole)
{
	struct judge *j = st->j;

	st->up->ways_moved = true;
	if (!w->impaired_ms) {
		w->impaired_ms = since.ms;
		w->over_ms = 0;
		w->good_run = w->ok_run = w->swallowed = 0;
		w->ok_ms = 0;
		w->ask_ms = w->n_controls ? st->now.ms + WAY_ASK_MS : 0;
		news_trace(st, way_text(w), "path", "start=%" PRId64, since.ms);
	}
	for (size_t i = 0; i < j->n_targets; i++) {
		if (takes(j, j->targets[i], w))
			take_back(st, w, j->targets[i], whole);
	}
	way_tell(st, w);
}
