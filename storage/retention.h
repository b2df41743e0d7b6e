/* SPDX-License-Identifier: MIT
 *
 * Forgetting, a slice at a time: by age for each table, and by the size of the file
 * (first the oldest samples, then five-minute rows, hours, days; closed incidents last).
 * A slice is one short transaction between batches. Samples that are not rolled up yet
 * and those of the last hour are never taken for the sake of size.
 */
#ifndef DIMWATCH_STORAGE_RETENTION_H
#define DIMWATCH_STORAGE_RETENTION_H

#include "storage/store.h"

#define RETENTION_SLICE 5000
#define RETENTION_EVERY_MS                                                               \
	((int64_t)60 * 1000) /* of age; the size is looked at as often */

struct retention {
	struct store_keep keep;
	struct wall next; /* next look */
	int task;         /* where the present look is; 0: at its beginning */
	uint32_t cursor;  /* of a task that walks the series */
	bool over_size;   /* until the file is below its limit again */
	uint64_t rows_deleted;
};

void retention_init(struct retention *r, const struct store_keep *keep);
/* One slice, if a look is due; *ret_more: call again when there is time. file_bytes: the
 * file with its log, as it is now. */
bool retention_step(struct retention *r, struct db *d, struct wall now,
    int64_t file_bytes, bool *ret_more, struct err *e) MUST_CHECK;

#endif
