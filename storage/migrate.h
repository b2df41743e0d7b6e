/* SPDX-License-Identifier: MIT
 *
 * From an empty file, or one of an earlier version, to the present schema: ordered
 * migrations, each in one transaction. Afterwards the lookup tables hold the program's
 * words and the views are the present ones, which needs no migration.
 */
#ifndef DIMWATCH_STORAGE_MIGRATE_H
#define DIMWATCH_STORAGE_MIGRATE_H

#include "storage/db.h"

/* The connection was opened with DB_CREATE. Writes nothing when nothing changed. */
bool migrate(struct db *d, struct err *e) MUST_CHECK;

#endif
