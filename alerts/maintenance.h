/* SPDX-License-Identifier: MIT
 *
 * Maintenance: windows in which targets may do what they like. The judge counts nothing
 * that touches one, the teller tells nothing of it; both look at their own book of them.
 */
#ifndef DIMWATCH_ALERTS_MAINTENANCE_H
#define DIMWATCH_ALERTS_MAINTENANCE_H

#include "alerts/incident.h"
#include "alerts/window.h"

/* One entry of the config; lives as long as its generation. */
struct maintenance {
	struct window window;
	const char *const *targets; /* names */
	size_t n_targets;
};

/* The entries with their next span, so that a look costs two comparisons. */
struct maintenance_book {
	const struct maintenance *all; /* borrowed */
	size_t n;
	struct maintenance_page *pages; /* owned; one an entry */
};
/* {0} is an empty book. The entries are borrowed until the next call. */
void maintenance_open(
    struct maintenance_book *b, const struct maintenance *all, size_t n);
void maintenance_close(struct maintenance_book *b);

/* A target's window that touches the time from..until (inclusive); ret may be NULL. */
bool maintenance_touches(const struct maintenance_book *b, const char *target,
    struct wall from, struct wall until, struct wall_span *ret);
/* Is every target of the incident in a window now? ret: until the first of them ends. */
bool maintenance_mutes(const struct maintenance_book *b, const struct incident *in,
    struct wall now, struct wall_span *ret);
/* The present or next window of a target; NULL: none. */
const struct maintenance *maintenance_next(const struct maintenance *all, size_t n,
    const char *target, struct wall now, struct wall_span *ret);

#endif
