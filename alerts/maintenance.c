/* SPDX-License-Identifier: MIT
 *
 * See maintenance.h.
 */
#include "alerts/maintenance.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"

/* The span that window_next gave for `known`; it holds until it ends. */
struct maintenance_page {
	struct wall known;
	struct wall_span span;
	bool any; /* false: none is left */
};

void maintenance_open(struct maintenance_book *b, const struct maintenance *all, size_t n)
{
	maintenance_close(b);
	b->all = all;
	b->n = n;
	b->pages = n ? xcalloc(n, sizeof(*b->pages)) : NULL;
	for (size_t i = 0; i < n; i++)
		b->pages[i].known.ms = INT64_MAX;
}

void maintenance_close(struct maintenance_book *b)
{
	free(b->pages);
	*b = (struct maintenance_book){0};
}

static const struct maintenance_page *page_at(
    const struct maintenance_book *b, size_t i, struct wall t)
{
	struct maintenance_page *p = &b->pages[i];

	if (t.ms < p->known.ms || (p->any && t.ms >= p->span.until.ms)) {
		p->known = t;
		p->any = window_next(&b->all[i].window, t, &p->span);
	}
	return p;
}

static bool covers(const struct maintenance *m, const char *target)
{
	for (size_t i = 0; i < m->n_targets; i++) {
		if (strcmp(m->targets[i], target) == 0)
			return true;
	}
	return false;
}

bool maintenance_touches(const struct maintenance_book *b, const char *target,
    struct wall from, struct wall until, struct wall_span *ret)
{
	for (size_t i = 0; i < b->n; i++) {
		const struct maintenance_page *p = page_at(b, i, from);

		if (!p->any || p->span.from.ms > until.ms || !covers(&b->all[i], target))
			continue;
		if (ret)
			*ret = p->span;
		return true;
	}
	return false;
}

bool maintenance_mutes(const struct maintenance_book *b, const struct incident *in,
    struct wall now, struct wall_span *ret)
{
	struct wall_span s, all = {{0}, {INT64_MAX}};

	if (b->n == 0 || in->n_targets == 0)
		return false;
	for (int i = 0; i < in->n_targets; i++) {
		if (!maintenance_touches(b, in->targets[i], now, now, &s))
			return false;
		all.from = s.from.ms > all.from.ms ? s.from : all.from;
		all.until = s.until.ms < all.until.ms ? s.until : all.until;
	}
	*ret = all;
	return true;
}

const struct maintenance *maintenance_next(const struct maintenance *all, size_t n,
    const char *target, struct wall now, struct wall_span *ret)
{
	const struct maintenance *found = NULL;
	struct wall_span s;

	for (size_t i = 0; i < n; i++) {
		if ((target && !covers(&all[i], target)) ||
		    !window_next(&all[i].window, now, &s) ||
		    (found && s.from.ms >= ret->from.ms))
			continue;
		found = &all[i];
		*ret = s;
	}
	return found;
}
