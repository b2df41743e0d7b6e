/* SPDX-License-Identifier: MIT
 *
 * One heap of what comes (timers), one heap a provider of what is due and waits for a
 * free place (ready), and one heap of the providers that may start something (open). So a
 * full provider is passed over, and the longest overdue of the others goes first. When a
 * target is due is the business of slots.c.
 */
#include "probes/schedule.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/heap.h"
#include "agent/base/map.h"
#include "agent/base/xalloc.h"
#include "probes/slots.h"

#define DEFAULT_IN_FLIGHT    256
#define DEFAULT_PER_PROVIDER 64
#define AT_ONCE_US           INT64_C(500000)
#define MAX_SPAN_MS          (366 * MS_PER_DAY) /* of an interval, pace or wish */

/* The targets of one provider share a cap. */
struct group {
	struct heap_item in_open; /* key: due time of the longest overdue */
	struct heap ready;        /* entries that are due, by due time */
	char *provider;           /* owned */
	int in_flight;
	int entries;
};

/* One target. In `timers` or in its group's `ready`, never in both. */
struct entry {
	struct heap_item item; /* key: slots_due */
	struct group *group;   /* borrowed */
	struct slots slots;
	uint32_t series;
	uint16_t in_flight;
	bool ready; /* it waits in its group's heap */
};

struct schedule {
	struct schedule_limits limits;
	int64_t start;
	struct heap timers, open;
	struct map *groups;     /* owned; provider -> struct group */
	struct entry **entries; /* owned, both levels; sorted by series */
	size_t n, cap;
	int in_flight;
	size_t n_ready;
	uint64_t started, skipped_slots, refused_wishes;
	int64_t worst_late_us;
};

static int64_t span_us(int64_t ms)
{
	if (ms < 0)
		return 0;
	return (ms < MAX_SPAN_MS ? ms : MAX_SPAN_MS) * US_PER_MS;
}

/* --- entries by series --- */

/* Index of the first entry whose series is not below. */
static size_t place_of(const struct schedule *s, uint32_t series)
{
	size_t lo = 0, hi = s->n;

	while (lo < hi) {
		size_t mid = lo + (hi - lo) / 2;

		if (s->entries[mid]->series < series)
			lo = mid + 1;
		else
			hi = mid;
	}
	return lo;
}

static struct entry *find(const struct schedule *s, uint32_t series)
{
	size_t i = place_of(s, series);

	return i < s->n && s->entries[i]->series == series ? s->entries[i] : NULL;
}

static void insert(struct schedule *s, struct entry *e)
{
	size_t i = place_of(s, e->series);

	if (s->n == s->cap) {
		s->cap = s->cap ? s->cap * 2 : 16;
		s->entries = xreallocarray(s->entries, s->cap, sizeof(struct entry *));
	}
	memmove(s->entries + i + 1, s->entries + i, (s->n - i) * sizeof(struct entry *));
	s->entries[i] = e;
	s->n++;
}

/* --- groups --- */

static struct group *group_get(struct schedule *s, const char *provider)
{
	struct group *g = map_find(s->groups, provider);

	if (g)
		return g;
	g = xcalloc(1, sizeof(*g));
	heap_init(&g->ready);
	g->provider = xstrdup(provider);
	(void)map_put(s->groups, provider, g);
	return g;
}

static void group_free(struct group *g)
{
	heap_fini(&g->ready);
	free(g->provider);
	free(g);
}

/* Into or out of `open`, by whether it may start something. */
static void group_update(struct schedule *s, struct group *g)
{
	struct heap_item *top = heap_top(&g->ready);

	if (top && g->in_flight < s->limits.per_provider)
		heap_set(&s->open, &g->in_open, top->key);
	else
		heap_remove(&s->open, &g->in_open);
}

static void group_leave(struct schedule *s, struct group *g)
{
	if (--g->entries > 0) {
		group_update(s, g);
		return;
	}
	heap_remove(&s->open, &g->in_open);
	(void)map_remove(s->groups, g->provider);
	group_free(g);
}

/* --- one entry's place in the heaps --- */

static void dequeue(struct schedule *s, struct entry *e)
{
	if (!e->ready) {
		heap_remove(&s->timers, &e->item);
		return;
	}
	heap_remove(&e->group->ready, &e->item);
	e->ready = false;
	s->n_ready--;
	group_update(s, e->group);
}

/* After any change of its slots: back to the timers, where schedule_next picks it up.
 * Unless nothing moved: then it keeps its place among equals. */
static void requeue(struct schedule *s, struct entry *e)
{
	int64_t due = slots_due(&e->slots);

	if (heap_has(&e->item) && e->item.key == due)
		return;
	dequeue(s, e);
	heap_push(&s->timers, &e->item, due);
}

/* --- the targets --- */

struct schedule *schedule_new(struct schedule_limits limits, struct mono start)
{
	struct schedule *s = xcalloc(1, sizeof(*s));

	s->start = start.us;
	heap_init(&s->timers);
	heap_init(&s->open);
	s->groups = map_new();
	schedule_set_limits(s, limits);
	return s;
}

void schedule_set_limits(struct schedule *s, struct schedule_limits limits)
{
	s->limits = limits;
	if (limits.in_flight <= 0)
		s->limits.in_flight = DEFAULT_IN_FLIGHT;
	if (limits.per_provider <= 0)
		s->limits.per_provider = DEFAULT_PER_PROVIDER;
	for (size_t i = 0; i < map_count(s->groups); i++)
		group_update(s, map_at(s->groups, i, NULL));
}

void schedule_free(struct schedule *s)
{
	if (!s)
		return;
	heap_fini(&s->timers); /* a heap goes before its items */
	heap_fini(&s->open);
	for (size_t i = 0; i < map_count(s->groups); i++)
		group_free(map_at(s->groups, i, NULL));
	map_free(s->groups);
	for (size_t i = 0; i < s->n; i++)
		free(s->entries[i]);
	free(s->entries);
	free(s);
}

void schedule_put(struct schedule *s, const struct schedule_target *t, struct mono now)
{
	struct entry *e = find(s, t->series);

	if (e) {
		slots_set_interval(&e->slots, span_us(t->interval_ms), now.us);
		requeue(s, e);
		return;
	}
	e = xcalloc(1, sizeof(*e));
	e->series = t->series;
	e->group = group_get(s, t->provider);
	e->group->entries++;
	slots_init(&e->slots, t->spread, span_us(t->interval_ms), s->start, now.us);
	insert(s, e);
	requeue(s, e);
}

void schedule_remove(struct schedule *s, uint32_t series)
{
	size_t i = place_of(s, series);
	struct entry *e = find(s, series);

	if (!e)
		return;
	dequeue(s, e);
	s->n--;
	memmove(s->entries + i, s->entries + i + 1, (s->n - i) * sizeof(struct entry *));
	s->in_flight -= e->in_flight;
	e->group->in_flight -= e->in_flight;
	group_leave(s, e->group);
	free(e);
}

/* --- asking --- */

static void skip(struct schedule *s, struct entry *e, int64_t now)
{
	s->skipped_slots += slots_skip(&e->slots, now);
	requeue(s, e);
}

/* Moves what is due to its provider's heap; leaves out the slots of busy targets. */
static void promote(struct schedule *s, int64_t now)
{
	struct heap_item *it;

	while ((it = heap_top(&s->timers)) && it->key <= now) {
		struct entry *e = CONTAINER_OF(it, struct entry, item);

		if (e->in_flight > 0 && e->slots.regular <= now) {
			skip(s, e, now);
			continue;
		}
		heap_remove(&s->timers, &e->item);
		heap_push(&e->group->ready, &e->item, it->key);
		e->ready = true;
		s->n_ready++;
		group_update(s, e->group);
	}
}

/* What is due that soon is due at once: a wish is counted from an ask that started some
 * milliseconds behind its slot. */
static int64_t at_once_us(const struct entry *e)
{
	int64_t part = e->slots.pace / 8;

	return part < AT_ONCE_US ? part : AT_ONCE_US;
}

/* One ask serves the slot and the wish when both are due. */
static void begin(
    struct schedule *s, struct entry *e, int64_t now, struct schedule_due *ret)
{
	bool regular = e->slots.regular <= now && e->in_flight == 0;
	int64_t due = e->item.key;

	assert(e->in_flight < SCHEDULE_MAX_PER_TARGET);
	ret->series = e->series;
	ret->due = (struct mono){due};
	ret->reask = !regular;
	ret->first_look = regular && !e->slots.looked;
	if (now - due > s->worst_late_us)
		s->worst_late_us = now - due;
	s->started++;
	s->in_flight++;
	e->group->in_flight++;
	e->in_flight++;
	if (regular)
		s->skipped_slots += slots_use(&e->slots, now);
	else if (e->slots.regular <= now)
		s->skipped_slots += slots_skip(&e->slots, now);
	if (e->slots.wish <= now + (regular ? at_once_us(e) : 0))
		e->slots.wish = SLOTS_NEVER;
	requeue(s, e);
}

bool schedule_next(struct schedule *s, struct mono now, struct schedule_due *ret)
{
	struct heap_item *top;
	struct group *g;

	promote(s, now.us);
	top = heap_top(&s->open);
	if (!top || s->in_flight >= s->limits.in_flight)
		return false;
	g = CONTAINER_OF(top, struct group, in_open);
	begin(s, CONTAINER_OF(heap_top(&g->ready), struct entry, item), now.us, ret);
	return true;
}

void schedule_done(struct schedule *s, uint32_t series, struct mono now)
{
	struct entry *e = find(s, series);

	if (!e || e->in_flight == 0)
		return;
	/* The slot came while it was in flight, even if nobody looked until now. */
	if (e->slots.regular <= now.us && !e->ready)
		skip(s, e, now.us);
	e->in_flight--;
	e->group->in_flight--;
	s->in_flight--;
	group_update(s, e->group);
}

bool schedule_wish(struct schedule *s, uint32_t series, int64_t in_ms, struct mono now)
{
	struct entry *e = find(s, series);

	if (!e || e->in_flight >= SCHEDULE_MAX_PER_TARGET ||
	    !slots_wish(&e->slots, now.us + span_us(in_ms), now.us)) {
		s->refused_wishes++;
		return false;
	}
	requeue(s, e);
	return true;
}

void schedule_set_pace(
    struct schedule *s, uint32_t series, int64_t pace_ms, struct mono now)
{
	struct entry *e = find(s, series);

	if (!e)
		return;
	slots_set_pace(&e->slots, span_us(pace_ms), now.us);
	requeue(s, e);
}

void schedule_hold(struct schedule *s, uint32_t series, struct mono until)
{
	struct entry *e = find(s, series);

	if (!e)
		return;
	slots_hold(&e->slots, until.us);
	requeue(s, e);
}

struct mono schedule_wake_at(const struct schedule *s)
{
	struct heap_item *open = heap_top(&s->open);
	struct heap_item *timer = heap_top(&s->timers);
	int64_t at = SLOTS_NEVER;

	if (s->in_flight >= s->limits.in_flight)
		return (struct mono){at};
	if (open)
		at = open->key;
	if (timer && timer->key < at)
		at = timer->key;
	return (struct mono){at};
}

int64_t schedule_pace_ms(const struct schedule *s, uint32_t series)
{
	const struct entry *e = find(s, series);

	return e ? e->slots.pace / US_PER_MS : 0;
}

struct schedule_stats schedule_stats(const struct schedule *s)
{
	return (struct schedule_stats){
	    .targets = s->n,
	    .in_flight = (size_t)s->in_flight,
	    .waiting_for_cap = s->n_ready,
	    .started = s->started,
	    .skipped_slots = s->skipped_slots,
	    .refused_wishes = s->refused_wishes,
	    .worst_late_us = s->worst_late_us,
	};
}
