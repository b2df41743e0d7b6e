/* SPDX-License-Identifier: MIT
 *
 * What a report of an incident reads beside samples: its log, and what the asks cost.
 */
#ifndef DIMWATCH_STORAGE_READER_REPORT_H
#define DIMWATCH_STORAGE_READER_REPORT_H

#include "alerts/fact.h"
#include "storage/incidents.h"
#include "storage/reader.h"

/* In order. The value lives until the callback returns. */
typedef bool (*reader_entry_fn)(void *arg, const struct incident_entry *en);
bool reader_log(struct reader *r, const struct ulid *incident, reader_entry_fn fn,
    void *arg, struct err *e) MUST_CHECK;

struct reader_cost_of {
	uint32_t series;
	struct wall from, until; /* from <= start < until */
};
/* Of these samples, by currency; currency "":
 * `asks` of which nobody knows the cost. */
struct reader_cost {
	char currency[4];
	int64_t asks, nano, failed_nano;
};
typedef bool (*reader_cost_fn)(void *arg, const struct reader_cost *c);
bool reader_cost(struct reader *r, const struct reader_cost_of *of, reader_cost_fn fn,
    void *arg, struct err *e) MUST_CHECK;

#endif
