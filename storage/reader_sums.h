/* SPDX-License-Identifier: MIT
 *
 * A stretch of the past out of the finest rows that are still there: raw samples where
 * they are kept, else five-minute rows, else hours, else days. Each moment is told by one
 * level only.
 */
#ifndef DIMWATCH_STORAGE_READER_SUMS_H
#define DIMWATCH_STORAGE_READER_SUMS_H

#include "alerts/window.h"
#include "storage/reader.h"
#include "storage/rollup.h"

#define READER_NEVER INT64_MAX

/* Which level tells which time: five-minute rows from rows[0] until raw, hours from
 * rows[1] until where those begin, and so on; READER_NEVER: it tells nothing. */
struct reader_levels {
	int64_t raw;
	int64_t rows[ROLLUP_LEVEL_COUNT];
};
bool reader_levels(struct reader *r, struct reader_levels *ret, struct err *e) MUST_CHECK;
/* Where what a level tells ends. */
int64_t reader_level_until(const struct reader_levels *l, enum rollup_level level);

/* Rows of the level that touch the time, of all series; the value lives until the
 * callback returns. */
typedef bool (*reader_sum_fn)(
    void *arg, enum rollup_level level, const struct rollup *row);
bool reader_sums(struct reader *r, const struct reader_levels *l, struct wall_span span,
    reader_sum_fn fn, void *arg, struct err *e) MUST_CHECK;

#endif
