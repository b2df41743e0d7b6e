/* SPDX-License-Identifier: MIT
 *
 * The words behind the numbers: every enum that is stored has a table (id, code), filled
 * from the program's own tables at each writable open, so a new outcome needs no
 * migration.
 */
#ifndef DIMWATCH_STORAGE_LOOKUPS_H
#define DIMWATCH_STORAGE_LOOKUPS_H

#include "storage/db.h"

/* Inside a transaction. Rows that are right already are not written. */
bool lookups_refresh(struct db *d, struct err *e) MUST_CHECK;

#endif
