/* SPDX-License-Identifier: MIT
 *
 * Closing buckets: a grace after its end a bucket's rows are made from what is stored and
 * written once; hours from five-minute rows, days from hours. Nothing is kept in memory,
 * so a crash costs nothing. A sample (or a remark) that comes later than its bucket's
 * grace makes that row, and those above it, anew.
 */
#ifndef DIMWATCH_STORAGE_ROLLING_H
#define DIMWATCH_STORAGE_ROLLING_H

#include "storage/db.h"
#include "storage/rollup.h"
#include "storage/txn.h"

/* Longer than any exchange lasts by default, so latecomers are rare. */
#define ROLLING_GRACE_MS ((int64_t)2 * 60 * 1000)

struct rolling_late {
	uint32_t series;
	int64_t at; /* of the five-minute bucket */
};

struct rolling {
	int64_t through[ROLLUP_LEVEL_COUNT]; /* buckets that began before are closed */
	uint32_t cursor[ROLLUP_LEVEL_COUNT]; /* the last series done of the next one */
	struct rolling_late *late;           /* owned: to be made anew with this batch */
	size_t n_late, cap_late;
};

void rolling_init(struct rolling *r);
void rolling_fini(struct rolling *r);
/* Reads how far the file is. */
bool rolling_load(struct rolling *r, struct db *d, struct err *e) MUST_CHECK;
/* Notes what of this txn belongs to closed buckets. */
void rolling_note(struct rolling *r, const struct txn *t);
void rolling_forget(struct rolling *r); /* the batch was rolled back */
/* Makes the noted rows anew; inside the batch's transaction. */
bool rolling_repair(struct rolling *r, struct db *d, struct err *e) MUST_CHECK;
/* Closes what is due, one short transaction a call; *ret_more: call again. */
bool rolling_step(struct rolling *r, struct db *d, struct wall now, bool *ret_more,
    struct err *e) MUST_CHECK;

#endif
