/* SPDX-License-Identifier: MIT
 *
 * "Now" only ever says which point of the grid is next. So lateness never moves a target,
 * and slots that were missed cannot pile up.
 */
#include "probes/slots.h"

#include <assert.h>
#include <string.h>

#include "agent/base/rng.h"
#include "agent/base/tick.h"
#include "probes/schedule.h"

#define LATEST (INT64_MAX / 4) /* "for ever" leaves room for arithmetic */

static int64_t max64(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

/* First point of origin + k * period (k may be negative) at or after `from`. */
static int64_t grid_at(int64_t origin, int64_t period, int64_t from)
{
	int64_t past = (from - origin) % period;

	if (past == 0)
		return from;
	return past > 0 ? from + period - past : from - past;
}

bool slots_is_stretched(const struct slots *t)
{
	return t->pace > t->interval;
}

/* The next regular slot at or after `from`. A stretched pace would leave up to half of
 * its budget unused on the grid, so it counts from the slot before instead. */
static int64_t slot_at(const struct slots *t, int64_t from)
{
	int64_t phase = (int64_t)(t->hash % (uint64_t)t->interval);

	from = max64(from, t->hold);
	if (slots_is_stretched(t))
		return grid_at(t->last, t->pace, from);
	return grid_at(t->epoch + phase, t->interval, from);
}

static int64_t first_look_us(uint64_t hash)
{
	uint64_t span = (uint64_t)SCHEDULE_FIRST_LOOK_MS * (uint64_t)US_PER_MS;

	return (int64_t)(((hash >> 32) * span) >> 32);
}

void slots_init(
    struct slots *t, const char *name, int64_t interval, int64_t epoch, int64_t now)
{
	assert(interval > 0);
	*t = (struct slots){
	    .hash = hash64(name, strlen(name)),
	    .epoch = epoch,
	    .interval = interval,
	    .pace = interval,
	    .wish = SLOTS_NEVER,
	    .hold = INT64_MIN,
	};
	t->regular = now + first_look_us(t->hash);
}

int64_t slots_due(const struct slots *t)
{
	return t->regular < t->wish ? t->regular : t->wish;
}

/* Slots between the present one and the next. */
static uint64_t missed(const struct slots *t, int64_t next)
{
	int64_t periods = (next - t->regular) / t->pace;

	return t->looked && periods > 1 ? (uint64_t)(periods - 1) : 0;
}

uint64_t slots_use(struct slots *t, int64_t now)
{
	uint64_t n;
	int64_t next;

	t->last = t->regular;
	t->used = max64(t->regular, now);
	next = slot_at(t, t->used + t->pace / 2);
	n = missed(t, next);
	t->looked = true;
	t->regular = next;
	return n;
}

uint64_t slots_skip(struct slots *t, int64_t now)
{
	int64_t next = slot_at(t, max64(t->regular, now) + 1);
	uint64_t n = missed(t, next) + 1;

	t->regular = next;
	return n;
}

/* Where the next slot lies after the pace or the interval changed. */
static void replan(struct slots *t, int64_t now)
{
	int64_t next;

	if (!t->looked)
		return;
	next = slot_at(t, t->used + t->pace / 2);
	if (next >= now)
		t->regular = next;
	else if (t->regular > now)
		t->regular = slot_at(t, now);
}

void slots_set_interval(struct slots *t, int64_t interval, int64_t now)
{
	assert(interval > 0);
	if (interval == t->interval)
		return;
	if (!slots_is_stretched(t) || t->pace < interval)
		t->pace = interval;
	t->interval = interval;
	replan(t, now);
}

void slots_set_pace(struct slots *t, int64_t pace, int64_t now)
{
	pace = max64(pace, t->interval);
	if (pace == t->pace)
		return;
	t->pace = pace;
	if (slots_is_stretched(t))
		t->wish = SLOTS_NEVER;
	replan(t, now);
}

void slots_hold(struct slots *t, int64_t until)
{
	t->hold = max64(t->hold, until < LATEST ? until : LATEST);
	if (t->regular < t->hold)
		t->regular = t->looked ? slot_at(t, t->hold) : t->hold;
	if (t->wish < t->hold)
		t->wish = SLOTS_NEVER;
}

bool slots_wish(struct slots *t, int64_t due, int64_t now)
{
	if (slots_is_stretched(t) || now < t->hold)
		return false;
	if (due < t->wish)
		t->wish = due;
	return true;
}
