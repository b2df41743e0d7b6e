/* SPDX-License-Identifier: MIT
 *
 * "Before an outage is booked whose evidence is mostly silent: 16 more control asks
 * within 4 s. Witness failures since the run began: none: book; one: 16 more; two or
 * more: it is us. Without controls: two other providers or more in silent trouble that
 * began within 180 s of this one and make up a third of the others: us."
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/map.h"
#include "alerts/correlate_parts.h"

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

/* --- with controls -------------------------------------------------------------- */

static void burst(struct step *st, struct watched *t, struct held *h)
{
	const struct way *w = way_of(st->j, t);
	uint32_t live = way_live(w);
	int control = 0;

	h->since_ms = st->now.ms;
	h->due_ms = st->now.ms + WITNESS_BURST * WITNESS_BURST_GAP + WITNESS_CONTROL_MS;
	h->burst_left = WITNESS_BURST;
	for (int i = 0; i < WITNESS_BURST; i++) {
		while (!(live >> control & 1))
			control = (control + 1) % w->n_controls;
		news_ask(st, t->conf.way, control, i * WITNESS_BURST_GAP);
		control = (control + 1) % w->n_controls;
	}
}

bool book_decided(struct step *st, struct watched *t, struct held *h, bool *ret_us)
{
	struct wall since = {began_ms(t, h) - WITNESS_SLACK_MS};
	int bad = faults_since(&way_of(st->j, t)->faults, since, false);

	*ret_us = bad >= 2;
	if (*ret_us)
		return true;
	if (h->burst_left > 0 && st->now.ms < h->due_ms)
		return false;
	if (bad == 1 && !h->burst_2 && way_live(way_of(st->j, t))) {
		h->burst_2 = true;
		burst(st, t, h);
		return false;
	}
	return true;
}

/* --- without -------------------------------------------------------------------- */

static bool is_troubled(const struct watched *x, int64_t began)
{
	const struct detect_avail *a = &x->detector.avail;
	int64_t apart = a->first_fail_ms - began;

	return !x->behind && x->run_silent > 0 && a->n_fail > 0 &&
	       apart > -WAY_YOUNG_MS && apart < WAY_YOUNG_MS;
}

/* A provider with many targets is one. */
static bool others_suffer(struct judge *j, const struct watched *t, const struct held *h)
{
	struct map *seen = map_new();
	size_t others = 0, troubled = 0, failed;
	struct wall since = {began_ms(t, h) - WITNESS_SLACK_MS};

	for (size_t i = 0; i < j->n_targets; i++) {
		const struct watched *x = j->targets[i];
		const char *key = x->conf.provider;

		if (!x->conf.remote || x->conf.way != t->conf.way ||
		    strcmp(key, t->conf.provider) == 0)
			continue;
		if (is_troubled(x, began_ms(t, h)))
			(void)map_put(seen, key, &troubled);
		else if (!map_find(seen, key))
			(void)map_put(seen, key, &others);
	}
	others = map_count(seen);
	for (size_t i = 0; i < others; i++) {
		const char *key;

		troubled += map_at(seen, i, &key) == &troubled;
	}
	map_free(seen);
	failed = (size_t)faults_since(&way_of(j, t)->faults, since, true);
	if (2 * failed < others)
		failed = 0;
	return failed >= 2 || (troubled >= 2 && 3 * troubled >= others);
}

bool book_begin(struct step *st, struct watched *t, struct held *h, bool *ret_us)
{
	if (!way_live(way_of(st->j, t))) {
		*ret_us = others_suffer(st->j, t, h);
		return true;
	}
	burst(st, t, h);
	return book_decided(st, t, h, ret_us);
}
