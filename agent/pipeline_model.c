/* SPDX-License-Identifier: MIT
 *
 * The hallway when a model is gone: the second answer that says so, and the catalogue's
 * next model is asked, as a generation that differs in nothing else. Told as a notice by
 * the judge, which sees whom the target is asked instead of.
 */
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "agent/conf_fallback.h"
#include "agent/pipeline_impl.h"

#define GONE_RUN 2 /* the judge calls a target blind at the third */

static struct gone_run *run_of(struct pipeline *p, uint32_t series)
{
	if (series >= p->n_gone) {
		size_t n = series + 64;
		p->gone = xreallocarray(p->gone, n, sizeof *p->gone);
		memset(p->gone + p->n_gone, 0, (n - p->n_gone) * sizeof *p->gone);
		p->n_gone = n;
	}
	return &p->gone[series];
}

void pipeline_note_model(struct pipeline *p, const struct sample *s)
{
	struct gone_run *run = NULL;
	if (s->outcome != OUTCOME_MODEL_GONE && s->series >= p->n_gone)
		return;
	run = run_of(p, s->series);
	run->n = s->outcome == OUTCOME_MODEL_GONE ? run->n + 1 : 0;
	if (run->n < GONE_RUN || p->stopping)
		return;
	run->n = 0;
	/* Not from inside the sample's own call. */
	p->gone_series = s->series;
	loop_timer_in_ms(&p->take_over, 0);
}

void pipeline_on_take_over(void *arg, struct mono mono)
{
	struct pipeline *p = arg;
	const struct target *t = NULL;
	struct conf *next = NULL;
	(void)mono;
	for (size_t i = 0; i < p->conf->n_targets; i++)
		if (p->conf->targets[i].series == p->gone_series)
			t = &p->conf->targets[i];
	next = t && !p->stopping ? conf_take_over(p->conf, t) : NULL;
	if (!next)
		return;
	log_event(LOG_NOTICE, "model_taken_over", "target=%s gone=%s asked=%s", t->name,
	    t->model, next->targets[t - p->conf->targets].model);
	(void)arena_ref(next->arena);
	pipeline_reload(p, next);
}
