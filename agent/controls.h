/* SPDX-License-Identifier: MIT
 *
 * Asks control addresses when the judge wants to know whether it is us: one GET without a
 * key, on the way of the targets they witness for, three seconds at most. Any HTTP status
 * is an answer; over https nobody in between can give it.
 */
#ifndef DIMWATCH_AGENT_CONTROLS_H
#define DIMWATCH_AGENT_CONTROLS_H

#include "agent/conf.h"
#include "alerts/judge.h"
#include "probes/http.h"

struct controls; /* opaque */

#define CONTROLS_LIMIT_MS  ((int64_t)3000)
#define CONTROLS_IN_FLIGHT 128 /* what is more is not asked */

/* From the loop, once for each ask that began; never after controls_stop. */
typedef void (*controls_answer_fn)(
    void *arg, const struct control_ask *a, struct wall started, bool answered);

struct controls *controls_new(
    struct loop *l, struct http *h, controls_answer_fn on_answer, void *arg);
/* Nothing may be in flight in http any more. NULL is fine. */
void controls_free(struct controls *c);
/* Asks that are on their way keep their generation. */
void controls_config(struct controls *c, const struct conf *conf);
void controls_ask(struct controls *c, const struct control_ask *a);
void controls_stop(struct controls *c);

#endif
