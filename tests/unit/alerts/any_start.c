/* SPDX-License-Identifier: MIT
 *
 * Ends and starts of a random history, clean ones and crashes: everything is read back in
 * the order of agent/restart.c, and what no state knows is folded again.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/any_history.h"

#define GAP_MS MS_PER_MIN

static int by_end(const void *a, const void *b)
{
	const struct any_sample *x = a, *y = b;

	if (x->end.ms != y->end.ms)
		return x->end.ms < y->end.ms ? -1 : 1;
	if (x->at.ms != y->at.ms)
		return x->at.ms < y->at.ms ? -1 : 1;
	return (x->series > y->series) - (x->series < y->series);
}

/* Samples that no state knows are judged again, as they were. */
static void fold(struct any_history *h, struct wall alive)
{
	struct any_store *s = &h->store;

	h->folding = true;
	h->up.wake_at.ms = INT64_MAX;
	qsort(s->samples, s->n_samples, sizeof(s->samples[0]), by_end);
	for (size_t i = 0; i < s->n_samples; i++) {
		const struct any_sample *a = &s->samples[i];
		struct sample sample = any_sample_of(a);
		struct judge_event ev = {.kind = JUDGE_SAMPLE, .u.sample = &sample};

		if (!any_store_knows(&h->w.config, a->series) ||
		    a->end.ms <= s->rows[a->series].through.ms)
			continue;
		if (a->judged != JUDGED_HELD) {
			ev.kind = JUDGE_PAST;
			ev.u.past.sample = &sample;
			ev.u.past.judged = a->judged;
		}
		if (h->up.wake_at.ms <= a->end.ms) {
			h->now = h->up.wake_at;
			any_pass(h, wall_diff_ms(a->end, h->now));
		}
		h->now = a->end;
		any_step(h, ev);
	}
	if (h->up.wake_at.ms <= alive.ms) {
		h->now = h->up.wake_at;
		any_pass(h, wall_diff_ms(alive, h->now));
	}
	h->folding = false;
	for (size_t i = 0; i < s->n; i++)
		judge_correct_incident(h->j, &s->incidents[i]);
}

static void start(struct any_history *h, struct wall alive, struct wall now)
{
	judge_free(h->j);
	h->now = now;
	h->j = any_store_restore(&h->store, &h->w.config, now);
	h->n_asks = 0;
	any_configure(h); /* everything is read: before older times pass */
	fold(h, alive);
	h->n_asks = 0;
	h->now = now;
	if (wall_diff_ms(now, alive) > GAP_MS)
		any_step(h, (struct judge_event){.kind = JUDGE_GAP, .u.from = alive});
	any_configure(h);
	for (int i = 0; i < ANY_PROVIDERS; i++) {
		if (h->pages[i].state != PAGE_NONE)
			any_say_page(h, i);
	}
}

void any_history_restart(struct any_history *h)
{
	struct control_ask asks[ANY_ASKS];
	int n = h->n_asks;

	memcpy(asks, h->asks, sizeof(asks));
	any_store_dump(&h->store, h->j, &h->w.config, h->now);
	start(h, h->now, h->now);
	memcpy(h->asks, asks, sizeof(asks));
	h->n_asks = n;
}

/* States are as old as the last dump; some are lost, by an upgrade that reads them no
 * more. */
void any_on_crash(struct any_history *h)
{
	struct wall alive = h->now;

	if (!h->store.keeps || h->no_crashes)
		return;
	if (any_one_in(h, 6)) {
		for (int i = 0; i < ANY_ROWS; i++) {
			free(h->store.rows[i].json);
			h->store.rows[i] = (struct any_row){0};
		}
	}
	h->crashes++;
	start(h, alive,
	    wall_add_ms(alive,
		(int64_t)rng_below(&h->rng, any_one_in(h, 3) ? 2 * MS_PER_H : 50000)));
}
