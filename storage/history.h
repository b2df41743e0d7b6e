/* SPDX-License-Identifier: MIT
 *
 * Sums per series since some time: whole hours from `hours`, five-minute rows around
 * them, raw samples for the open bucket. The same pieces as the view rollups_24h, for any
 * span.
 */
#ifndef DIMWATCH_STORAGE_HISTORY_H
#define DIMWATCH_STORAGE_HISTORY_H

#include "storage/db.h"
#include "storage/rollup.h"

struct history {
	struct rollup *sums; /* owned; one per series, by id; `at` is the newest sample's
				bucket, 0: none */
	size_t n;
};

/* `since` counts from the next five-minute edge on where samples are rolled up. Without
 * latencies it is several times faster. */
bool history_load(struct history *h, struct db *d, struct wall since, bool latencies,
    struct err *e) MUST_CHECK;
void history_fini(struct history *h);
struct rollup *history_find(const struct history *h, uint32_t series); /* or NULL */

#endif
