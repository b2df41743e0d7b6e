/* SPDX-License-Identifier: MIT
 *
 * The stored past as a stream: samples in the order they finished and the gaps between
 * them, for judging them again. Read-only and in constant memory, however long it is: it
 * walks the key of `samples` (by start) and holds back only what has not ended yet.
 */
#ifndef DIMWATCH_STORAGE_PAST_H
#define DIMWATCH_STORAGE_PAST_H

#include "probes/sample.h"
#include "storage/db.h"
#include "storage/series.h"

struct past_reader {
	/* Only samples of these; sorted. */
	const uint32_t *series;
	size_t n_series;
	struct wall from, until; /* from <= start < until */
	/* At its end. The fields that a judge reads are there: times, outcome, status,
	 * flags, and for failures the provider's words. */
	bool (*on_sample)(void *arg, const struct sample *s, enum judged judged);
	/* dimwatch was off; comes between the samples, at its end. */
	bool (*on_gap)(void *arg, struct wall began, struct wall ended);
	void *arg; /* a callback that returns false stops */
};

bool past_read(struct db *d, const struct past_reader *r, struct err *e) MUST_CHECK;
/* Start of the first sample and of the last; false with ERR_NOT_FOUND: there is none. */
bool past_bounds(struct db *d, struct wall *ret_first, struct wall *ret_last,
    struct err *e) MUST_CHECK;

#endif
