/* SPDX-License-Identifier: MIT
 *
 * An incident that several targets share: who holds its causes, who leaves it, who
 * belongs to it after a restart. A cause is held by whoever still suffers from it and
 * ends with the last of them.
 */
#include <string.h>

#include "alerts/correlate_parts.h"

static int members(const struct judge *j, const struct incident *in)
{
	int n = 0;

	for (size_t i = 0; i < j->n_targets; i++)
		n += j->targets[i]->open == in;
	return n;
}

bool scope_holds(const struct judge *j, const struct watched *t, const char *detector)
{
	char name[64];

	if (t->dark && !t->open)
		return false;
	if (strcmp(detector, CAUSE_AUTO) == 0)
		return t->conf.auto_on && detect_avail_alarmed(&t->detector.avail);
	if (strcmp(detector, CAUSE_LATENCY) == 0)
		return t->conf.auto_on && t->detector.latency.since_ms != 0;
	for (size_t i = 0; i < j->n_rules; i++) {
		rule_detector(&j->rules[i], name, sizeof(name));
		if (strcmp(name, detector) == 0)
			return t->rules[i].phase == RULE_FIRING && t->rules[i].group < 0;
	}
	return false;
}

static bool holds_any(const struct judge *j, const struct watched *t)
{
	for (int i = 0; i < t->open->n_causes; i++) {
		if (t->open->causes[i].active &&
		    scope_holds(j, t, t->open->causes[i].detector))
			return true;
	}
	return false;
}

bool scope_others_hold(const struct judge *j, const struct watched *t,
    const struct incident *in, const char *detector)
{
	if (groups_hold(j, in, detector))
		return true;
	for (size_t i = 0; scope_is_shared(in) && i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];

		if (x != t && x->open == in && scope_holds(j, x, detector))
			return true;
	}
	return false;
}

bool scope_is_orphan(const struct judge *j, const struct watched *t,
    const struct incident *in, const struct cause *c)
{
	return c->active && !scope_others_hold(j, t, in, c->detector);
}

static enum severity severity_of(
    const struct judge *j, const struct watched *x, const struct cause *c)
{
	if (strcmp(c->detector, CAUSE_AUTO) == 0)
		return detect_avail_severity(&x->detector.avail);
	if (strcmp(c->detector, CAUSE_LATENCY) == 0)
		return detect_latency_severity(&x->detector.latency);
	(void)j;
	return c->severity; /* a rule's own */
}

enum severity scope_severity(const struct judge *j, const struct watched *t,
    const struct incident *in, const struct cause *c, enum severity own)
{
	for (size_t i = 0; scope_is_shared(in) && i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];
		enum severity s;

		if (x == t || x->open != in || !scope_holds(j, x, c->detector))
			continue;
		s = severity_of(j, x, c);
		own = s > own ? s : own;
	}
	return own;
}

/* The target leaves the config; what only it suffered from is over. False: it stood alone
 * in its incident. */
bool scope_unwatch(struct step *st, struct watched *t)
{
	struct incident *in = t->open;
	struct news news = {.kind = FACT_CHANGED, .target = t, .incident = in};
	bool ended = false;

	if (!in || (members(st->j, in) < 2 && !groups_attach(st->j, in)))
		return false;
	news.from = in->severity_now;
	for (int i = 0; i < in->n_causes; i++) {
		struct cause *c = &in->causes[i];

		if (!c->active || scope_others_hold(st->j, t, in, c->detector))
			continue;
		record_end_cause(c, st->now);
		ended = true;
	}
	if (!incident_has_active_cause(in))
		return false;
	t->open = NULL;
	share_end(in, t->conf.name, st->now);
	(void)incident_settle(in);
	if (ended)
		news_fact(st, &news, "%s %s without %s", health_code(in->health),
		    severity_code(in->severity_now), t->conf.name);
	return true;
}

/* Causes that nobody holds: the last of them saw its end when others still suffered, and
 * theirs came in another order. What is judged again without a state is older than the
 * incident at first: its holders have still to suffer. */
bool scope_end_orphans(struct step *st, struct watched *t, struct incident *in)
{
	bool any = false;

	if (st->now.ms < in->opened.ms)
		return false;
	for (int i = 0; scope_is_shared(in) && i < in->n_causes; i++) {
		struct cause *c = &in->causes[i];

		if (!c->active || scope_holds(st->j, t, c->detector) ||
		    scope_others_hold(st->j, t, in, c->detector))
			continue;
		record_end_cause(c, st->now);
		any = true;
	}
	return any;
}

/* It suffers no more, others do. */
bool scope_leave(struct step *st, struct watched *t)
{
	if (!t->open || !scope_is_shared(t->open) || holds_any(st->j, t) ||
	    (members(st->j, t->open) < 2 && !groups_attach(st->j, t->open)))
		return false;
	if (members(st->j, t->open) < 2 && t->open->health == HEALTH_DOWN)
		t->open->health = HEALTH_DEGRADED; /* a group's rule alone holds it */
	t->open = NULL;
	return true;
}

/* The record is closed: nobody belongs to it. */
void scope_closed(struct judge *j, const struct incident *in)
{
	for (size_t i = 0; i < j->n_targets; i++) {
		if (j->targets[i]->open == in)
			j->targets[i]->open = NULL;
	}
}

/* Storage says it is open: whose state counts in it belongs to it, whatever the config
 * says by now; who has no state, by name. */
bool scope_attach(struct judge *j, struct incident *in)
{
	bool any = false;

	for (size_t i = 0; scope_is_shared(in) && i < j->n_targets; i++) {
		struct watched *t = j->targets[i];
		const struct tally *stash = t->stash[0];
		bool named = false;

		if (t->open || t->conf.lead)
			continue;
		for (int k = 0; k < in->n_targets; k++)
			named |= strcmp(in->targets[k], t->conf.name) == 0;
		if (stash ? !ulid_eq(&stash->id, &in->id)
			  : !named || t->restored || !scope_covers(j, in, t))
			continue;
		t->open = in;
		if (stash)
			state_tally_apply(stash, in, t->conf.name);
		any = true;
	}
	for (size_t i = 0; !any && i < j->n_targets; i++)
		any = j->targets[i]->open == in;
	return any;
}

/* Its state knows better than a list of names whether it belongs. */
void scope_restored(struct judge *j, struct watched *t)
{
	const struct tally *stash = t->stash[0];

	if (t->open && scope_is_shared(t->open))
		t->open = NULL;
	for (size_t i = 0; stash && !t->open && i < j->n_open; i++) {
		if (scope_is_shared(j->open[i]) && ulid_eq(&stash->id, &j->open[i]->id))
			t->open = j->open[i];
	}
}

bool scope_is_first(const struct judge *j, const struct watched *t)
{
	for (size_t i = 0; i < j->n_targets; i++) {
		if (j->targets[i]->open == t->open)
			return j->targets[i] == t;
	}
	return false;
}
