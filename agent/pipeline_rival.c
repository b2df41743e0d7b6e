/* SPDX-License-Identifier: MIT
 *
 * Whom a message recommends meanwhile: of the classes of rivals that the failing targets
 * belong to first, in order of preference, then everybody in order of the config. Never
 * one that fails with them or whom nobody asks just now: what was last heard of it may be
 * old.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "agent/pipeline_impl.h"
#include "alerts/maintenance.h"
#include "alerts/rival.h"

#define CHAIN_MAX 64 /* gateways behind gateways; the config has no circles */

struct search {
	struct pipeline *p;
	const struct incident *in;
	const struct target *failing[INCIDENT_MAX_TARGETS]; /* those of this config */
	int n_failing;
	struct wall now;
	struct rival *all; /* owned; in order of preference */
	size_t n;
	bool found; /* nobody can come before the last of them */
};

static void find_failing(struct search *s)
{
	const struct conf *c = s->p->conf;
	for (size_t i = 0; i < c->n_targets; i++) {
		const struct target *t = &c->targets[i];
		if (!t->lead && s->n_failing < INCIDENT_MAX_TARGETS &&
		    incident_has_target(s->in, t->name))
			s->failing[s->n_failing++] = t;
	}
}

static bool is_of_their_provider(const struct search *s, const struct target *t)
{
	if (!strcmp(t->provider->id, s->in->provider))
		return true;
	for (int i = 0; i < s->n_failing; i++)
		if (!strcmp(t->provider->id, s->failing[i]->provider->id))
			return true;
	return false;
}

/* Is `above` what t asks through, at whatever distance, or t itself? */
static bool goes_through(const struct target *t, const struct target *above)
{
	for (int i = 0; t && i < CHAIN_MAX; i++, t = t->depends_on)
		if (t == above)
			return true;
	return false;
}

static bool is_behind_them(const struct search *s, const struct target *t)
{
	for (int i = 0; i < s->n_failing; i++)
		if (goes_through(t, s->failing[i]))
			return true;
	return false;
}

static bool shares_a_gateway(const struct search *s, const struct target *t)
{
	for (int i = 0; i < s->n_failing; i++) {
		const struct target *above = s->failing[i]->depends_on;
		for (int k = 0; above && k < CHAIN_MAX; k++, above = above->depends_on)
			if (goes_through(t, above))
				return true;
	}
	return false;
}

/* Paused, in maintenance, or its budget is spent. */
static bool is_asked_by_nobody(const struct search *s, const struct target *t)
{
	const struct conf *c = s->p->conf;
	struct wall_span span;
	if (hands_paused(s->p->hands, t->name) ||
	    spend_pace(asker_spend(s->p->asker), t->series, s->now, 0).hold)
		return true;
	return maintenance_next(
		   c->maintenance, c->n_maintenance, t->name, s->now, &span) &&
	       span.from.ms <= s->now.ms;
}

static void consider(struct search *s, const struct target *t)
{
	struct judge_view v = {.health = HEALTH_UNKNOWN};
	struct rival r = {.name = t->name};
	if (s->found || t->lead) /* a door that answers takes over for nobody */
		return;
	(void)judge_view(s->p->judge, t->series, &v);
	if (v.health != HEALTH_UP || is_of_their_provider(s, t) || is_behind_them(s, t) ||
	    is_asked_by_nobody(s, t))
		return;
	r.near = shares_a_gateway(s, t);
	r.state = (struct rival_state){
	    v.health, v.slow, judge_recovered(s->p->judge, t->series)};
	s->all[s->n++] = r;
	s->found = rival_is_perfect(&r, s->now);
}

static bool is_in_class(const struct failover *f, const struct incident *in)
{
	for (size_t i = 0; i < f->n; i++)
		if (incident_has_target(in, f->rivals[i]->name))
			return true;
	return false;
}

const char *pipeline_alternative(void *arg, const struct incident *in)
{
	struct pipeline *p = arg;
	const struct conf *c = p->conf;
	struct search s = {.p = p, .in = in, .now = loop_wall(p->o.loop)};
	size_t most = c->n_targets;
	if (in->class != CLASS_OUTAGE || in->state != INCIDENT_OPEN)
		return NULL;
	for (size_t i = 0; i < c->n_failovers; i++)
		most += c->failovers[i].n;
	s.all = xcalloc(most ? most : 1, sizeof *s.all);
	find_failing(&s);
	for (size_t i = 0; i < c->n_failovers; i++)
		for (size_t k = 0;
		     is_in_class(&c->failovers[i], in) && k < c->failovers[i].n; k++)
			consider(&s, c->failovers[i].rivals[k]);
	for (size_t i = 0; i < c->n_targets; i++)
		consider(&s, &c->targets[i]);
	const char *best = rival_best(s.all, s.n, s.now);
	free(s.all);
	return best;
}
