/* SPDX-License-Identifier: MIT
 *
 * A teller and one incident in virtual time. What a step owes is written
 * "channel kind seq" in order.
 */
#ifndef DIMWATCH_TESTS_TELL_STAGE_H
#define DIMWATCH_TESTS_TELL_STAGE_H

#include "agent/base/str.h"
#include "alerts/tell.h"

#define MINOR    SEVERITY_MINOR
#define MAJOR    SEVERITY_MAJOR
#define CRITICAL SEVERITY_CRITICAL

struct tell_stage {
	struct tell *t;
	struct tell_update up;
	struct incident in;
	struct str said;
};

void tell_stage_init(struct tell_stage *s, const struct route *routes, size_t n);
void tell_stage_fini(struct tell_stage *s);
void tell_stage_routes(struct tell_stage *s, const struct route *routes, size_t n);
/* The judge says `kind` at 14:00 plus `second`; severity as it is afterwards. */
const char *tell_stage_fact(
    struct tell_stage *s, int64_t second, enum fact_kind kind, enum severity severity);
const char *tell_stage_time(struct tell_stage *s, int64_t second);
/* Seconds after 14:00; -1: never. */
int64_t tell_stage_wake_s(const struct tell_stage *s);

#endif
