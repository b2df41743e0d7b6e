/* SPDX-License-Identifier: MIT
 *
 * Series: the stored identity of targets. Immutable: the same name with another tuple is
 * a new series with a fresh baseline; a rename is a new target unless `was:` says so. The
 * registry lives in memory (read once at start); new rows go to the writer.
 */
#ifndef DIMWATCH_STORAGE_REGISTRY_H
#define DIMWATCH_STORAGE_REGISTRY_H

#include "agent/base/tick.h"
#include "probes/target.h"
#include "storage/db.h"

struct registry; /* opaque */

struct registry *registry_load(
    struct db *d, const char *vantage, struct err *e) MUST_CHECK;
void registry_free(struct registry *r);
/* The series of this target; sets *ret_new when its row must be written (txn_series): it
 * is new, goes on under another name, or has another pace. The answer is the same
 * whenever it is asked again. */
uint32_t registry_series(struct registry *r, const struct target *t, bool *ret_new);

#endif
