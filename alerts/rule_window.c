/* SPDX-License-Identifier: MIT
 *
 * The ring of buckets: aligned to absolute time, so that the same samples fall into the
 * same buckets in `run`, in `replay` and behind a restart.
 */
#include "alerts/rule_window.h"

#include <string.h>

/* Divisors of a day in seconds, so that buckets are aligned to absolute time. */
static const int32_t widths_s[] = {1, 2, 3, 4, 5, 6, 8, 9, 10, 12, 15, 16, 18, 20, 24, 25,
    27, 30, 32, 36, 40, 45, 48, 50, 54, 60, 64, 72, 75, 80, 90, 96, 100, 108, 120, 128,
    135, 144, 150, 160, 180, 192, 200, 216, 225, 240, 270, 288, 300, 320, 360, 384, 400,
    432, 450, 480, 540, 576, 600, 640, 675, 720, 800, 864, 900, 960, 1080, 1152, 1200,
    1350, 1440, 1600, 1728, 1800, 1920, 2160, 2400, 2700, 2880, 3200, 3456, 3600, 4320,
    4800, 5400, 5760, 7200, 8640, 9600, 10800, 14400, 17280, 21600, 28800, 43200};

int64_t ring_width_ms(const struct rule_ring *g)
{
	int64_t least = (g->window_ms + 59) / 60;

	for (size_t i = 0; i < sizeof(widths_s) / sizeof(*widths_s); i++) {
		if (widths_s[i] * MS_PER_S >= least)
			return widths_s[i] * MS_PER_S;
	}
	return MS_PER_DAY;
}

static int64_t slot_of(const struct rule_ring *g, int64_t ms)
{
	return (ms < 0 ? 0 : ms) / ring_width_ms(g);
}

void ring_clear(struct rule_ring *g)
{
	int64_t window_ms = g->window_ms;

	memset(g, 0, sizeof(*g));
	g->window_ms = window_ms;
	g->newest = -1;
}

static void empty_slot(struct rule_ring *g, int64_t i)
{
	g->n[i] = g->hit[i] = g->near[i] = 0;
	g->weight_ms[i] = g->hit_ms[i] = 0;
	g->first_hit_ms[i] = 0;
}

/* Makes `slot` the newest, dropping what falls out; older slots are left as they are. */
static void advance(struct rule_ring *g, int64_t slot)
{
	int64_t from = slot - RULE_SLOTS + 1;

	if (g->newest >= from)
		from = g->newest + 1;
	for (int64_t i = from < 0 ? 0 : from; i <= slot; i++)
		empty_slot(g, i % RULE_SLOTS);
	g->newest = slot;
}

static uint32_t sum(uint32_t a, int64_t b)
{
	return b > (int64_t)UINT32_MAX - a ? UINT32_MAX : a + (uint32_t)b;
}

bool ring_add(struct rule_ring *g, const struct rule_entry *e)
{
	int64_t slot = slot_of(g, e->at_ms), i = slot % RULE_SLOTS;

	if (g->newest >= 0 && slot <= g->newest - RULE_SLOTS)
		return false;
	if (slot > g->newest)
		advance(g, slot);
	g->n[i]++;
	g->weight_ms[i] = sum(g->weight_ms[i], e->weight_ms);
	g->near[i] += e->near;
	if (!e->hit) {
		g->since += e->good && g->since < INT32_MAX;
		return true;
	}
	g->since = 0;
	g->hit[i]++;
	g->hit_ms[i] = sum(g->hit_ms[i], e->weight_ms);
	if (g->first_hit_ms[i] == 0 || e->at_ms < g->first_hit_ms[i])
		g->first_hit_ms[i] = e->at_ms;
	return true;
}

int64_t ring_newest_ms(const struct rule_ring *g)
{
	return g->newest < 0 ? 0 : g->newest * ring_width_ms(g);
}

static void add_slot(struct rule_sums *w, const struct rule_ring *g, int64_t i)
{
	w->n += g->n[i];
	w->hit += g->hit[i];
	w->near += g->near[i];
	w->weight_ms += g->weight_ms[i];
	w->hit_ms += g->hit_ms[i];
	if (g->first_hit_ms[i] &&
	    (w->first_hit_ms == 0 || g->first_hit_ms[i] < w->first_hit_ms))
		w->first_hit_ms = g->first_hit_ms[i];
}

/* Overlapping asks may finish out of order, so that the newest slot may lie ahead. */
static void add_ring(struct rule_sums *w, const struct rule_ring *g, int64_t now_ms)
{
	int64_t width = ring_width_ms(g);
	int64_t slots = (g->window_ms + width - 1) / width + 1;
	int64_t last = slot_of(g, now_ms), from;

	last = g->newest > last ? g->newest : last;
	from = last - slots + 1;
	if (from <= g->newest - RULE_SLOTS)
		from = g->newest - RULE_SLOTS + 1;
	for (int64_t k = from < 0 ? 0 : from; k <= g->newest; k++)
		add_slot(w, g, k % RULE_SLOTS);
}

/* Of several, the one that was good the shortest says how long all were. */
struct rule_sums ring_sums(const struct rule_pool *pool, int ring, int64_t now_ms)
{
	struct rule_sums w = {0};
	int64_t covered = INT64_MAX;

	for (size_t i = 0; i < pool->n; i++) {
		const struct rule_state *s = pool->states[i];
		const struct rule_ring *g = &s->rings[ring];
		uint32_t before = w.n;

		add_ring(&w, g, now_ms);
		if (pool->n == 1 || (w.n > before && (before == 0 || g->since < w.since)))
			w.since = g->since;
		if (s->covered_from_ms < covered)
			covered = s->covered_from_ms;
	}
	w.half_covered =
	    pool->n && now_ms - covered >= pool->states[0]->rings[ring].window_ms / 2;
	return w;
}
