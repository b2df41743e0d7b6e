/* SPDX-License-Identifier: MIT
 *
 * What the simulator does to one request, as a list of steps: wait, send, repeat, close,
 * reset. Pure; sim_conn.c carries it out, so every fault can be tested without a socket.
 */
#ifndef DIMWATCH_AGENT_SIM_PLAN_H
#define DIMWATCH_AGENT_SIM_PLAN_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/rng.h"
#include "agent/base/str.h"
#include "agent/sim/sim_request.h"
#include "agent/sim/sim_verb.h"

#define SIM_PLAN_MAX_STEPS 64
#define SIM_PLAN_MAX_BYTES ((size_t)256 << 10)
#define SIM_FOR_EVER       UINT64_MAX

enum sim_op {
	SIM_STEP_WAIT,
	SIM_STEP_SEND,
	SIM_STEP_REPEAT, /* these bytes, `times` times, `us` apart */
	SIM_STEP_HANG,   /* nothing more, the connection stays */
	SIM_STEP_CLOSE,
	SIM_STEP_RESET
};

struct sim_step {
	enum sim_op op;
	int64_t us;
	size_t at, n; /* slice of plan.bytes */
	uint64_t times;
};

/* Invariants: every slice lies within bytes; a plan that does not end in HANG, CLOSE or
 * RESET is a complete answer, after which the connection can serve again. */
struct sim_plan {
	struct sim_step steps[SIM_PLAN_MAX_STEPS];
	size_t n;
	struct str bytes; /* owned */
	size_t body_at;   /* where the body starts in bytes */
	bool chunked;     /* the body is sent in chunks */
	bool drip;        /* one byte at a time */
	int status;       /* for logs; 0: no answer */
};

void sim_plan_init(struct sim_plan *p);
void sim_plan_fini(struct sim_plan *p);

/* --- building --- */
void sim_plan_wait(struct sim_plan *p, int64_t us);
void sim_plan_send(struct sim_plan *p, struct span bytes);
void sim_plan_sendf(struct sim_plan *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* Status line and headers; length -1: chunked. `extra`: whole lines, or "". */
void sim_plan_head(
    struct sim_plan *p, int status, const char *type, int64_t length, const char *extra);
/* A part of the body, in a chunk of its own when chunked. */
void sim_plan_body(struct sim_plan *p, struct span part);
void sim_plan_bodyf(struct sim_plan *p, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* The end of a chunked body. */
void sim_plan_body_end(struct sim_plan *p);
void sim_plan_repeat(struct sim_plan *p, struct span bytes, uint64_t times, int64_t us);
/* HANG, CLOSE or RESET. */
void sim_plan_stop(struct sim_plan *p, enum sim_op op);
/* Keeps the head and n bytes of the body, then resets. */
void sim_plan_reset_in_body(struct sim_plan *p, int64_t n);

/* --- the answer to a request --- */
struct sim_dialect;

struct sim_ask {
	enum sim_door door;
	const char *name;                  /* the provider or hook */
	const struct sim_question *chat;   /* NULL unless door is CHAT or EMBEDDING */
	uint64_t number;                   /* of this provider's requests */
	int64_t now_s;                     /* for `created` */
	struct rng *rng;                   /* for the waits */
	const struct sim_dialect *dialect; /* NULL: chat completions */
};
/* Into an initialised plan. */
void sim_plan_make(
    struct sim_plan *p, const struct sim_ask *ask, const struct sim_action *a);

#endif
