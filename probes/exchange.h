/* SPDX-License-Identifier: MIT
 *
 * One request in flight as a pure state machine: head, bytes, deadlines, end -> sample.
 * It knows the phases (connect, first byte, first token, gaps, total), when an answer is
 * enough, and ends in exactly one outcome whatever it is fed, in any order that the http
 * contract allows.
 */
#ifndef DIMWATCH_PROBES_EXCHANGE_H
#define DIMWATCH_PROBES_EXCHANGE_H

#include "agent/base/tick.h"
#include "probes/question.h"
#include "probes/request.h"
#include "probes/sample.h"
#include "probes/target.h"
#include "probes/wire.h"

struct exchange; /* opaque */

enum exchange_next { EXCHANGE_MORE, EXCHANGE_ENOUGH }; /* ENOUGH: end the transfer now */

#define EXCHANGE_MAX_BODY ((int64_t)8 << 20)

struct exchange *exchange_new(const struct target *t, const struct question *q,
    struct mono start, struct wall start_wall);
void exchange_free(struct exchange *x);

/* The request for this exchange (dialect, auth, limits, cold). */
void exchange_request(const struct exchange *x, struct request *ret);

enum exchange_next exchange_on_head(
    struct exchange *x, struct mono at, const struct wire_head *head);
enum exchange_next exchange_on_bytes(
    struct exchange *x, struct mono at, struct span bytes);
/* The earliest of our own deadlines; it moves with every event. */
struct mono exchange_deadline(const struct exchange *x);
/* A deadline may have passed: ENOUGH when one did (the outcome is decided then). */
enum exchange_next exchange_on_time(struct exchange *x, struct mono now);
/* We end it ourselves (shutdown, reload, clock jump): outcome local unless decided. */
void exchange_give_up(struct exchange *x, const char *why);
/* The transfer is over: makes the sample. lag_us: our worst loop lag meanwhile; a lag
 * above max(250 ms, 10 % of the measured time) sets FLAG_LOOP_LATE. Call once. */
void exchange_finish(struct exchange *x, struct mono at, const struct wire_end *end,
    int64_t lag_us, struct sample *ret);

#endif
