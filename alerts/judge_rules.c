/* SPDX-License-Identifier: MIT
 *
 * User rules: every evidence sample of a target is counted in its own state; then each
 * rule judges the target, or its group (judge_group.c). A rule that fires is a cause like
 * any detector.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/map.h"
#include "alerts/correlate_parts.h"

/* --- what it needs to know -------------------------------------------------------- */

/* Without what rules say: a rule about health would hold itself up. */
static struct rule_now now_of(const struct watched *t, struct wall at)
{
	struct rule_now now = {.at = at, .health = HEALTH_UP};

	if (t->conf.auto_on) {
		now.health = detect_auto_health(&t->detector);
		now.slow = t->detector.latency.since_ms != 0;
	}
	if (t->dark)
		now.health = HEALTH_UNKNOWN;
	return now;
}

static bool any_needs_habits(const struct judge *j)
{
	for (size_t i = 0; i < j->n_rules; i++) {
		if (rule_needs_habits(&j->rules[i]))
			return true;
	}
	return false;
}

/* "unknown when the baseline has < 1,000 samples" */
static bool look_up_habits(
    const struct judge *j, const struct watched *t, struct wall at, struct rule_habits *h)
{
	static const double quantiles[] = {0.50, 0.75, 0.90, 0.95, 0.99};

	if (!t->conf.auto_on || !any_needs_habits(j))
		return false;
	h->median_ms = detect_latency_quantile_ms(&t->detector.latency, at, -1);
	for (int i = 0; i < 5; i++)
		h->quantile_ms[i] =
		    detect_latency_quantile_ms(&t->detector.latency, at, quantiles[i]);
	return h->median_ms > 0;
}

/* --- one rule, one target --------------------------------------------------------- */

/* s NULL: time passed. */
static void judge_target(struct step *st, struct watched *t, size_t i,
    const struct sample *s, struct change *ch)
{
	const struct rule *r = &st->j->rules[i];
	struct rule_state *state = &t->rules[i];
	const struct rule_pool pool = {&state, 1};
	struct wall at = s ? s->at : st->now;
	struct rule_now now = now_of(t, at);
	enum rule_phase before = state->phase;
	struct rule_step step;
	char detector[64], words[200] = "";
	struct cause *c;

	rule_detector(r, detector, sizeof(detector));
	c = ch->in ? incident_cause(ch->in, detector) : NULL;
	if (c && scope_is_orphan(st->j, t, ch->in, c) && state->phase != RULE_FIRING &&
	    at.ms >= c->since.ms)
		rule_adopt(state, c->since);
	rule_judge(r, &pool, &now, s != NULL, &step);
	if (state->phase != RULE_IDLE)
		(void)rule_words(r, &pool, at, words, sizeof(words));
	if (step.change == RULE_RESOLVED)
		change_end(
		    st, t, ch, detector, &(struct ending){step.edge, END_RECOVERED});
	else if (step.change == RULE_UNMEASURABLE)
		change_end(
		    st, t, ch, detector, &(struct ending){step.edge, END_UNMEASURABLE});
	else if (state->phase == RULE_FIRING)
		change_begin(st, t, ch, detector,
		    &(struct beginning){r->severity, {state->start_ms}, words});
	else if (state->phase == RULE_PENDING && before == RULE_IDLE)
		news_trace(st, t->conf.name, "pending", "%s: %s", detector, words);
}

/* --- a target's events ------------------------------------------------------------ */

static struct rule_group *group_of(struct judge *j, const struct watched *t, size_t i)
{
	int group = t->rules[i].group;

	return group < 0 || (size_t)group >= j->n_groups ? NULL : &j->groups[group];
}

static void count(struct step *st, struct watched *t, const struct sample *s, size_t i,
    const struct rule_habits *habits)
{
	rule_count(&st->j->rules[i], &t->rules[i],
	    &(struct rule_evidence){s, t->conf.interval_ms, habits});
}

void rules_on_sample(
    struct step *st, struct watched *t, const struct sample *s, struct change *ch)
{
	struct rule_habits habits;
	bool known = look_up_habits(st->j, t, s->at, &habits);

	for (size_t i = 0; i < st->j->n_rules; i++) {
		if (!t->rules[i].on)
			continue;
		count(st, t, s, i, known ? &habits : NULL);
		if (st->j->rules[i].by == BY_TARGET)
			judge_target(st, t, i, s, ch);
	}
}

void rules_judge_groups(struct step *st, struct watched *t, const struct sample *s)
{
	for (size_t i = 0; i < st->j->n_rules && st->j->n_groups > 0; i++) {
		struct rule_group *g = group_of(st->j, t, i);

		if (g && (s || g->members[0] == t))
			groups_judge(st, g, s);
		/* Another target's wake-up carries it. */
		if (g && g->members[0] != t)
			watched_rearm(st->j, g->members[0], st->now);
	}
}

void rules_on_excluded(struct step *st, struct watched *t, const struct sample *s)
{
	struct change ch;
	bool any = false;

	change_init(&ch, t);
	for (size_t i = 0; i < st->j->n_rules; i++) {
		if (!t->rules[i].on || !rule_names(&st->j->rules[i], s->outcome))
			continue;
		count(st, t, s, i, NULL);
		any = true;
		if (st->j->rules[i].by == BY_TARGET)
			judge_target(st, t, i, s, &ch);
	}
	if (!any)
		return;
	change_conclude(st, t, &ch);
	rules_judge_groups(st, t, s);
}

void rules_on_time(struct step *st, struct watched *t, struct change *ch)
{
	for (size_t i = 0; i < st->j->n_rules; i++) {
		if (t->rules[i].on && st->j->rules[i].by == BY_TARGET)
			judge_target(st, t, i, NULL, ch);
	}
}

int64_t rules_wake_ms(const struct judge *j, const struct watched *t, struct wall now)
{
	int64_t at = INT64_MAX;

	for (size_t i = 0; i < j->n_rules; i++) {
		struct rule_state *state = &t->rules[i];
		struct rule_pool pool = {&state, 1};
		int64_t wake;

		if (!state->on || (j->rules[i].by != BY_TARGET && state->group < 0))
			continue;
		if (state->group >= 0) {
			const struct rule_group *g = &j->groups[state->group];

			if (g->members[0] != t)
				continue;
			pool = (struct rule_pool){g->states, g->n};
		}
		wake = rule_wake_at(&j->rules[i], &pool, now).ms;
		at = wake < at ? wake : at;
	}
	return at;
}

/* --- generations ------------------------------------------------------------------ */

static struct map *names_of(const struct rule *r)
{
	struct map *names = map_new();

	for (size_t i = 0; i < r->n_targets; i++)
		(void)map_put(names, r->targets[i], names);
	return names;
}

static void set_on(struct step *st, struct watched *t, size_t i, bool on)
{
	struct rule_state *state = &t->rules[i];
	char detector[64];
	struct change ch;

	if (state->on == on)
		return;
	rule_state_fini(state);
	rule_state_init(&st->j->rules[i], state, st->now);
	state->on = on;
	if (on || !t->open)
		return;
	rule_detector(&st->j->rules[i], detector, sizeof(detector));
	change_init(&ch, t);
	change_end(st, t, &ch, detector, &(struct ending){st->now, END_CLEARED});
	change_conclude(st, t, &ch);
}

void rules_match(struct step *st, const struct judge_config *c)
{
	struct judge *j = st->j;

	for (size_t i = 0; i < j->n_rules && i < c->n_rules; i++) {
		struct map *names = c->rules[i].targets ? names_of(&c->rules[i]) : NULL;

		for (size_t k = 0; k < j->n_targets; k++) {
			struct watched *t = j->targets[k];

			set_on(st, t, i,
			    !t->conf.lead &&
				(!names || map_find(names, t->conf.name) != NULL));
		}
		map_free(names);
	}
}

void rules_forget(struct step *st, struct watched *t)
{
	for (size_t i = 0; i < st->j->n_rules; i++) {
		bool on = t->rules[i].on;
		int group = t->rules[i].group;

		rule_state_fini(&t->rules[i]);
		rule_state_init(&st->j->rules[i], &t->rules[i], st->now);
		t->rules[i].on = on;
		t->rules[i].group = group;
	}
}

void rules_restored(struct judge *j, struct watched *t, struct rule_state *states)
{
	for (size_t i = 0; i < j->n_rules; i++) {
		struct rule_state mine = t->rules[i];
		struct rule_group *g;

		t->rules[i] = states[i];
		t->rules[i].on = mine.on;
		t->rules[i].group = mine.group;
		states[i] = mine;
		g = group_of(j, t, i);
		if (g)
			g->firing = g->states[0]->phase == RULE_FIRING;
	}
}
