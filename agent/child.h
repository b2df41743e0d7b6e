/* SPDX-License-Identifier: MIT
 *
 * A program of the owner's that is given a message: JSON on stdin, a few variables, no
 * shell. Its end is told like that of an HTTP exchange, so that the sender treats both
 * alike: exit status N is the status CHILD_STATUS + N, what it printed is the body, an
 * end by a signal has no head. It runs in a process group of its own, in /, with nothing
 * of our environment but PATH, HOME, LANG and TZ, and with none of our descriptors.
 */
#ifndef DIMWATCH_AGENT_CHILD_H
#define DIMWATCH_AGENT_CHILD_H

#include "agent/base/loop.h"
#include "probes/http.h"

struct children; /* opaque */
struct child;    /* opaque; invalid after on_done returned */

#define CHILD_STATUS       1000
#define CHILD_MAX          16 /* at once; one more ends as WIRE_LOCAL */
#define CHILD_OUTPUT_BYTES ((size_t)16 << 10)
#define CHILD_GRACE_MS     ((int64_t)5000) /* between SIGTERM and SIGKILL */

struct children *children_new(struct loop *l);
/* Kills whatever runs; each has its on_done (WIRE_ABORTED) before this returns. */
void children_end(struct children *c);
void children_free(struct children *c);
/* argv ends with NULL and is borrowed until this returns. The request's headers are the
 * variables, its body is stdin; its bytes are taken over. on_done is called exactly once
 * and never before this returned. */
struct child *child_start(struct children *c, const char *const *argv, struct request *rq,
    const struct http_handler *on, void *arg);
/* SIGTERM to its group, SIGKILL after the grace; on_done follows when it is gone. */
void child_abort(struct child *c);

#endif
