/* SPDX-License-Identifier: MIT
 *
 * Rows of five_minutes, hours and days to and from struct rollup; and the samples that a
 * bucket is made of.
 */
#ifndef DIMWATCH_STORAGE_ROLLUP_ROWS_H
#define DIMWATCH_STORAGE_ROLLUP_ROWS_H

#include "storage/db.h"
#include "storage/rollup.h"

bool rollup_write(
    struct db *d, enum rollup_level l, const struct rollup *r, struct err *e) MUST_CHECK;
/* The row of io->series that begins at io->at; *ret_found false: there is none. */
bool rollup_find(struct db *d, enum rollup_level l, struct rollup *io, bool *ret_found,
    struct err *e) MUST_CHECK;
#define ROLLUP_COLUMNS                                                                   \
	"series, at, samples, good, failed, good_ms, failed_ms, outcomes, latency,"      \
	" total, tokens_in, tokens_out, cost"
/* Reads a row of ROLLUP_COLUMNS; damaged parts come out empty. */
void rollup_read(sqlite3_stmt *st, struct rollup *ret);

#define ROLLUP_ALL_SERIES ((int64_t)0)

struct rollup_range {
	int64_t from, until;
	int64_t series; /* or ROLLUP_ALL_SERIES */
};
/* Folds the samples of a range into one rollup per series. False with e untouched: emit
 * stopped it. */
bool rollup_fold_samples(struct db *d, const struct rollup_range *range,
    rollup_emit_fn emit, void *arg, struct err *e) MUST_CHECK;

#endif
