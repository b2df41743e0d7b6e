/* SPDX-License-Identifier: MIT
 *
 * Who is covered. An incident without targets (trouble of our own) is covered by its
 * subject alone.
 */
#include "alerts/hush.h"

#include <string.h>

static bool has_target(const struct hush *h, const char *name)
{
	for (size_t i = 0; i < h->n_targets; i++) {
		if (strcmp(h->targets[i], name) == 0)
			return true;
	}
	return false;
}

bool hush_covers(const struct hush *h, const struct incident *in)
{
	char subject[128];

	if (h->subject[0] &&
	    strcmp(subject_text(&in->subject, subject, sizeof(subject)), h->subject) == 0)
		return true;
	for (int i = 0; i < in->n_targets; i++) {
		if (!has_target(h, in->targets[i]))
			return false;
	}
	return in->n_targets > 0;
}

const struct hush *hush_find(
    const struct hush *all, size_t n, const struct incident *in, struct wall at)
{
	const struct hush *best = NULL;

	for (size_t i = 0; i < n; i++) {
		const struct hush *h = &all[i];

		if (h->from.ms <= at.ms && at.ms < h->until.ms &&
		    (!best || h->until.ms > best->until.ms) && hush_covers(h, in))
			best = h;
	}
	return best;
}

struct hush hush_copy(struct arena *a, const struct hush *from)
{
	struct hush h = *from;
	const char **targets = arena_alloc(a, (from->n_targets + 1) * sizeof(char *));

	for (size_t i = 0; i < from->n_targets; i++)
		targets[i] = arena_strdup(a, from->targets[i]);
	h.targets = targets;
	h.subject = arena_strdup(a, from->subject);
	h.why = arena_strdup(a, from->why);
	return h;
}
