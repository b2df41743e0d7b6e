/* SPDX-License-Identifier: MIT
 *
 * The dead man's switch: pings the address of the config. What it says is agent/beat.h's;
 * this is the socket. A ping is never repeated: a stale "alive" would be a lie.
 */
#ifndef DIMWATCH_AGENT_HEARTBEAT_H
#define DIMWATCH_AGENT_HEARTBEAT_H

#include "agent/conf.h"
#include "probes/http.h"

struct pulse; /* opaque */

/* failing: pings have not arrived for ten minutes; else they do again. */
typedef void (*pulse_told_fn)(void *arg, bool failing, const char *words);

struct pulse *pulse_new(struct loop *l, struct http *h, pulse_told_fn told, void *arg);
void pulse_free(struct pulse *p); /* the http client was freed before */
void pulse_config(struct pulse *p, const struct conf *c);
/* The run before told that pings do not arrive: so it is until one does. False: there is
 * no heartbeat in the config. */
bool pulse_adopt(struct pulse *p);
/* A cycle was completed; some seconds have passed. trouble: of our own, "" none. */
void pulse_on_cycle(struct pulse *p, const char *trouble);
void pulse_on_time(struct pulse *p, const char *trouble);
void pulse_stop(struct pulse *p);

#endif
