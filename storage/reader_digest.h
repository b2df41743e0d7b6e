/* SPDX-License-Identifier: MIT
 *
 * What the digest counts: a stretch of time over all targets, from closed rollups and raw
 * samples, within the reader's budget.
 */
#ifndef DIMWATCH_STORAGE_READER_DIGEST_H
#define DIMWATCH_STORAGE_READER_DIGEST_H

#include "alerts/digest.h"
#include "storage/reader.h"

bool reader_digest(struct reader *r, struct wall_span span, struct digest_figures *ret,
    struct err *e) MUST_CHECK;
/* The moment of the last digest that was owed; before the first: when dimwatch was
 * started for the first time; `now` on a fresh database. */
bool digest_last(
    struct db *d, struct wall now, struct wall *ret, struct err *e) MUST_CHECK;

#endif
