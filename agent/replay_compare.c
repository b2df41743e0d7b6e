/* SPDX-License-Identifier: MIT
 *
 * Each replayed story takes the first stored one that nobody has and that overlaps it.
 */
#include "agent/replay_compare.h"

#include <assert.h>
#include <stdlib.h>

#include "agent/base/str.h"
#include "agent/base/xalloc.h"

#define NEAR_MS (2 * MS_PER_S)

static const char *const codes[] = {
    [LIKE_SAME] = "same",
    [LIKE_OTHER] = "other",
    [LIKE_NEW] = "new",
    [LIKE_MISSING] = "missing",
};
static_assert(sizeof codes / sizeof *codes == LIKE_COUNT, "one each");

const char *likeness_code(enum likeness l)
{
	return codes[l];
}

struct story story_of(const struct incident *in)
{
	struct story s = {.subject = in->subject,
	    .started = in->started,
	    .opened = in->opened,
	    .ended = in->ended};
	(void)str_copy(s.short_id, sizeof s.short_id, in->short_id);
	return s;
}

static int64_t end_of(const struct story *s)
{
	return s->ended.ms ? s->ended.ms : INT64_MAX;
}

static bool overlap(const struct story *a, const struct story *b)
{
	return subject_eq(&a->subject, &b->subject) && a->started.ms <= end_of(b) &&
	       b->started.ms <= end_of(a);
}

static bool near_ms(int64_t ms)
{
	return ms >= -NEAR_MS && ms <= NEAR_MS;
}

static struct likening liken(const struct story *a, const struct story *b)
{
	struct likening l = {LIKE_NEW, a, b, 0, 0};
	if (!a)
		l.likeness = LIKE_MISSING;
	if (!a || !b)
		return l;
	l.decided_ms = wall_diff_ms(a->opened, b->opened);
	l.ended_ms = a->ended.ms && b->ended.ms ? wall_diff_ms(a->ended, b->ended) : 0;
	l.likeness = near_ms(l.decided_ms) && near_ms(l.ended_ms) &&
			     near_ms(wall_diff_ms(a->started, b->started)) &&
			     !a->ended.ms == !b->ended.ms
			 ? LIKE_SAME
			 : LIKE_OTHER;
	return l;
}

static int64_t began(const struct likening *l)
{
	return l->replayed ? l->replayed->opened.ms : l->stored->opened.ms;
}

static int by_time(const void *a, const void *b)
{
	int64_t x = began(a), y = began(b);
	return x < y ? -1 : x > y;
}

struct likening *stories_compare(const struct story *replayed, size_t n_replayed,
    const struct story *stored, size_t n_stored, size_t *ret_n)
{
	struct likening *all =
	    xcalloc(n_replayed + n_stored ? n_replayed + n_stored : 1, sizeof *all);
	bool *taken = xcalloc(n_stored ? n_stored : 1, sizeof *taken);
	size_t n = 0;
	for (size_t i = 0; i < n_replayed; i++) {
		size_t k = 0;
		while (k < n_stored && (taken[k] || !overlap(&replayed[i], &stored[k])))
			k++;
		all[n++] = liken(&replayed[i], k < n_stored ? &stored[k] : NULL);
		if (k < n_stored)
			taken[k] = true;
	}
	for (size_t k = 0; k < n_stored; k++)
		if (!taken[k])
			all[n++] = liken(NULL, &stored[k]);
	qsort(all, n, sizeof *all, by_time);
	free(taken);
	*ret_n = n;
	return all;
}
