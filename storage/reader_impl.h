/* SPDX-License-Identifier: MIT
 *
 * What the files of the reader share: the connection and its clock.
 */
#ifndef DIMWATCH_STORAGE_READER_IMPL_H
#define DIMWATCH_STORAGE_READER_IMPL_H

#include "storage/reader.h"

struct reader {
	struct db *db;
	int64_t budget_ms;
	int64_t deadline_us; /* monotonic */
};

/* A call begins: its budget counts from now. */
void reader_begin(struct reader *r);

#endif
