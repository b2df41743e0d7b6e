/* SPDX-License-Identifier: MIT
 *
 * A loop that wakes on time, without a clock.
 */
#include "tests/unit/probes/schedule_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

struct mono at(int64_t ms)
{
	return mono_add_ms(START, ms);
}

static int64_t ms_of(struct mono t)
{
	return t.us == INT64_MAX ? INT64_MAX : (t.us - START.us) / US_PER_MS;
}

void world_open(struct world *w, struct schedule_limits limits, int64_t take_ms)
{
	memset(w, 0, sizeof(*w));
	w->s = schedule_new(limits, START);
	w->take_ms = take_ms;
}

void world_close(struct world *w)
{
	schedule_free(w->s);
}

void world_put(struct world *w, uint32_t series, const char *name, const char *provider,
    int64_t interval_ms)
{
	schedule_put(w->s, &(struct schedule_target){series, name, provider, interval_ms},
	    at(w->now_ms));
}

void world_start_due(struct world *w)
{
	struct schedule_due due;

	while (schedule_next(w->s, at(w->now_ms), &due)) {
		assert_true(w->n < MAX_ASKS);
		w->asks[w->n++] = (struct ask){
		    due.series, w->now_ms, ms_of(due.due), due.reask, due.first_look};
		if (w->take_ms < 0)
			continue;
		assert_true(w->n_flying < 512);
		w->flying[w->n_flying].series = due.series;
		w->flying[w->n_flying++].at_ms = w->now_ms + w->take_ms;
	}
}

static int64_t next_landing(const struct world *w)
{
	int64_t first = INT64_MAX;

	for (size_t i = 0; i < w->n_flying; i++)
		first = w->flying[i].at_ms < first ? w->flying[i].at_ms : first;
	return first;
}

static void land(struct world *w)
{
	for (size_t i = 0; i < w->n_flying;) {
		if (w->flying[i].at_ms > w->now_ms) {
			i++;
			continue;
		}
		schedule_done(w->s, w->flying[i].series, at(w->now_ms));
		w->flying[i] = w->flying[--w->n_flying];
	}
}

/* A loop that wakes on time: from event to event until `until_ms`. */
void world_run(struct world *w, int64_t until_ms)
{
	for (;;) {
		int64_t wake, landing;

		land(w);
		world_start_due(w);
		/* A timer rounds up to its millisecond. */
		wake = schedule_wake_at(w->s).us;
		wake = wake == INT64_MAX ? wake : (wake - START.us + 999) / 1000;
		landing = next_landing(w);
		wake = wake < landing ? wake : landing;
		if (wake > until_ms)
			break;
		w->now_ms = wake > w->now_ms ? wake : w->now_ms + 1;
	}
	w->now_ms = until_ms;
}

size_t world_count(const struct world *w, uint32_t series)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		n += w->asks[i].series == series;
	return n;
}

/* Ask number k (from 0) of a series. */
const struct ask *world_nth(const struct world *w, uint32_t series, size_t k)
{
	for (size_t i = 0; i < w->n; i++) {
		if (w->asks[i].series == series && k-- == 0)
			return &w->asks[i];
	}
	fail_msg("series %u was not asked so often", series);
	return NULL;
}

const struct ask *world_last(const struct world *w, uint32_t series)
{
	return world_nth(w, series, world_count(w, series) - 1);
}
