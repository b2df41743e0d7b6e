/* SPDX-License-Identifier: MIT
 *
 * The labelled traces of tests/data/traces: rows of a CSV, what any judge must say of
 * them, and what the reference implementation said. The witness rule is applied while
 * reading: a silent failure comes only behind its two control answers, as `local` when
 * both failed.
 */
#ifndef DIMWATCH_TESTS_TRACES_H
#define DIMWATCH_TESTS_TRACES_H

#include <jansson.h>

#include "agent/base/tick.h"
#include "probes/outcome.h"

#define TRACE_TARGETS 8
#define TRACE_EPOCH   INT64_C(1767225600000)

struct trace_row {
	int64_t at_ms;
	int target; /* index into trace.names */
	enum outcome outcome;
	int first_token_ms; /* -1: none */
};

struct trace {
	char names[TRACE_TARGETS][64];
	int n_names;
	int64_t interval_ms;
	struct trace_row *rows; /* owned; in the order they are folded */
	size_t n_rows;
	json_t *said; /* owned: the JSON beside the CSV */
};

extern const char *const trace_names[]; /* NULL behind the last */
void trace_read(struct trace *t, const char *name);
void trace_fini(struct trace *t);

#endif
