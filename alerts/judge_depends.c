/* SPDX-License-Identifier: MIT
 *
 * `depends_on`: a target behind a gateway. While the gateway (or what that is behind of)
 * has an outage, nothing is known of the target: its samples are no evidence, it opens
 * nothing, and what it had open is folded: told once, as being behind. Behind the
 * gateway's recovery it is judged afresh.
 */
#include <inttypes.h>

#include "alerts/correlate_parts.h"

#define CHAIN_MAX 64 /* the config has no cycles; who knows what a judge is given */

static struct watched *parent_of(const struct judge *j, const struct watched *t)
{
	return t->conf.parent ? watched_find(j, t->conf.parent) : NULL;
}

const struct watched *depends_behind(const struct judge *j, const struct watched *t)
{
	const struct watched *p = parent_of(j, t);

	for (int i = 0; p && i < CHAIN_MAX; i++) {
		if (p->open && p->open->class == CLASS_OUTAGE)
			return p;
		p = parent_of(j, p);
	}
	return NULL;
}

/* Does it fail just now? */
static bool is_failing(const struct step *st, const struct watched *p)
{
	const struct trail *trail = &p->trail;
	int64_t old_ms = 2 * p->conf.interval_ms + MS_PER_MIN;

	if (p->n_held > 0)
		return true;
	if (trail->n == 0 || wall_diff_ms(st->now, p->last_evidence) > old_ms)
		return false;
	return outcome_is_failure(
	    (enum outcome)(trail->last[(trail->n - 1) % TRAIL_SAMPLES] & 0xff));
}

/* A failure may be the gateway's: it is asked at once, and while its own latest answer
 * was a failure too this one is nobody's evidence. */
static enum judged doubt(struct step *st, const struct watched *t, const struct sample *s)
{
	bool failing = false;
	const struct watched *p = parent_of(st->j, t);

	for (int i = 0; p && i < CHAIN_MAX; i++) {
		failing |= is_failing(st, p);
		if (p->last_any.ms < s->at.ms)
			news_wish(st, p->conf.series, 0, "gateway");
		p = parent_of(st->j, p);
	}
	return failing ? JUDGED_EXCLUDED : JUDGED_COUNTED;
}

enum judged depends_on_sample(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged)
{
	if (!t->conf.parent || judged != JUDGED_COUNTED)
		return judged;
	if (t->behind)
		return JUDGED_EXCLUDED;
	return outcome_is_failure(s->outcome) ? doubt(st, t, s) : judged;
}

/* --- the shadow falls and goes ---------------------------------------------------- */

static void fold(struct step *st, struct watched *t)
{
	struct incident *in = t->open;

	if (!in || scope_unwatch(st, t))
		return;
	record_close(st, in, END_BEHIND);
	scope_closed(st->j, in);
	news_fact(st,
	    &(struct news){.kind = FACT_CLOSED,
		.target = t,
		.incident = in,
		.from = in->severity_now},
	    "%s since=%" PRId64 " until=%" PRId64, incident_end_code(in->end),
	    in->started.ms, in->ended.ms);
}

static void forget(struct step *st, struct watched *t)
{
	correlate_forget(st->j, t);
	detect_auto_on_gap(&t->detector);
	detect_avail_withdraw(&t->detector.avail);
	detect_latency_withdraw(&t->detector.latency);
	rules_forget(st, t);
	t->asks_left = t->run_silent = 0;
}

static void go_behind(struct step *st, struct watched *t, const struct watched *p)
{
	t->behind = true;
	fold(st, t);
	forget(st, t);
	t->dark = true;
	if (t->health != HEALTH_UNKNOWN)
		t->since = st->now;
	t->health = HEALTH_UNKNOWN;
	news_fact(st, &(struct news){.kind = FACT_UNKNOWN, .target = t}, "behind %s",
	    p->conf.name);
	watched_rearm(st->j, t, st->now);
}

static void come_back(struct step *st, struct watched *t)
{
	t->behind = false;
	t->n_excluded = t->us_run = 0;
	t->quiet_since = st->now;
	rules_forget(st, t);
	news_trace(st, t->conf.name, "afresh", "%s", "");
	news_wish(st, t->conf.series, 0, "afresh");
	watched_rearm(st->j, t, st->now);
}

/* The states of a restart come behind its config: what they say holds. */
void depends_settle(struct step *st, bool config)
{
	struct judge *j = st->j;

	bool first = config && !j->depends_known;

	j->depends_moved |= config || st->up->n_facts > 0;
	j->depends_known |= config;
	if (first || j->n_children == 0 || !j->depends_moved)
		return;
	j->depends_moved = false;
	for (size_t i = 0; i < j->n_targets; i++) {
		struct watched *t = j->targets[i];
		const struct watched *p = depends_behind(j, t);

		if (p && !t->behind)
			go_behind(st, t, p);
		else if (!p && t->behind)
			come_back(st, t);
	}
}

/* One that was behind what it depends on no more has yet to come back. */
void depends_config(struct judge *j)
{
	j->n_children = 0;
	for (size_t i = 0; i < j->n_targets; i++)
		j->n_children += j->targets[i]->conf.parent != 0 || j->targets[i]->behind;
}
