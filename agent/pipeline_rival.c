/* SPDX-License-Identifier: MIT
 *
 * Whom a message recommends meanwhile: of the classes of rivals that the failing targets
 * belong to first, in order of preference, then everybody in order of the config.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "agent/pipeline_impl.h"
#include "alerts/rival.h"

static struct rival rival_of(const struct pipeline *p, const struct target *t)
{
	struct judge_view v = {.health = HEALTH_UNKNOWN};
	(void)judge_view(p->judge, t->series, &v);
	return (struct rival){t->name, t->provider->id, v.health};
}

static bool is_in_class(const struct failover *f, const struct incident *in)
{
	for (size_t i = 0; i < f->n; i++)
		for (int k = 0; k < in->n_targets; k++)
			if (strcmp(f->rivals[i]->name, in->targets[k]) == 0)
				return true;
	return false;
}

const char *pipeline_alternative(void *arg, const struct incident *in)
{
	struct pipeline *p = arg;
	const struct conf *c = p->conf;
	size_t n = c->n_targets, leads = 0;
	for (size_t i = 0; i < c->n_failovers; i++)
		n += c->failovers[i].n;
	struct rival *all = xcalloc(n ? n : 1, sizeof *all);
	for (size_t i = 0; i < c->n_failovers; i++)
		for (size_t k = 0;
		     is_in_class(&c->failovers[i], in) && k < c->failovers[i].n; k++)
			all[leads++] = rival_of(p, c->failovers[i].rivals[k]);
	for (size_t i = 0; i < c->n_targets; i++)
		if (!c->targets[i].lead) /* a door that answers takes over for nobody */
			all[leads++] = rival_of(p, &c->targets[i]);
	const char *best = in->class == CLASS_OUTAGE && in->state == INCIDENT_OPEN
			       ? rival_best(all, leads, in->provider)
			       : NULL;
	free(all);
	return best;
}
