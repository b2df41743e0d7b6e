/* SPDX-License-Identifier: MIT
 *
 * A row of `series`: the stored identity of a target, a plain value with its own texts.
 */
#ifndef DIMWATCH_STORAGE_SERIES_H
#define DIMWATCH_STORAGE_SERIES_H

#include "agent/base/tick.h"
#include "probes/target.h"
#include "storage/db.h"

struct series {
	uint32_t id;
	/* Owned, never NULL except `renamed` (NULL: still called `target`). */
	char *vantage, *target, *provider, *model, *region, *renamed;
	const char *kind, *connection; /* static codes */
	struct wall first_seen;
	int64_t pace_ms;
};

void series_init(struct series *s, uint32_t id, const char *vantage,
    const struct target *t, struct wall first_seen);
void series_copy(struct series *to, const struct series *from);
void series_fini(struct series *s); /* a zeroed one is fine */
/* The name it goes by now. */
const char *series_name(const struct series *s);
/* Same provider, model, region, kind and connection, and it goes by this name. */
bool series_is(const struct series *s, const char *name, const struct target *t);

/* Writes a new row; of a known one the present name and pace. */
bool series_write(struct db *d, const struct series *s, struct err *e) MUST_CHECK;
/* Every row, oldest first. The value lives until the callback returns. */
typedef void (*series_fn)(void *arg, const struct series *s);
bool series_each(struct db *d, series_fn fn, void *arg, struct err *e) MUST_CHECK;

#endif
