/* SPDX-License-Identifier: MIT
 *
 * How `probe` reads: the table of whose fault it is, and the waterfall of one exchange.
 */
#ifndef DIMWATCH_AGENT_PROBE_PRINT_H
#define DIMWATCH_AGENT_PROBE_PRINT_H

#include <stdio.h>

#include "agent/base/str.h"
#include "probes/sample.h"
#include "probes/target.h"

struct probe_row {
	const struct target *target;
	struct sample last; /* the last failure if any failed, else the last answer */
	int asks, failed;   /* failed: any outcome but ok */
	int64_t best_us;    /* best latency of the good answers; 0 none */
};

void probe_row_add(struct probe_row *r, const struct sample *s);
/* target, outcome, whose fault, evidence, what to do. The fastest healthy one is the one
 * to use when somebody is not well. */
void probe_print_table(FILE *f, const struct probe_row *rows, size_t n);
void probe_print_one(FILE *f, const struct probe_row *r);
/* The evidence cell: `503 "Server overloaded"`, `first token 412 ms`. */
void probe_evidence(const struct probe_row *r, struct str *out);

#endif
