/* SPDX-License-Identifier: MIT
 *
 * Private to http*.c: the lanes of one client. One is for everybody; whoever trusts a
 * bundle of his own or shares his connections with nobody has one of his own, opened when
 * it is needed first.
 */
#ifndef DIMWATCH_PROBES_HTTP_LANES_H
#define DIMWATCH_PROBES_HTTP_LANES_H

#include "probes/http_lane.h"
#include "probes/request.h"

TAILQ_HEAD(lane_list, lane);

struct lanes {
	struct loop *loop; /* borrowed */
	struct lane_owner owner;
	struct lane_list all;
	struct lane *usual; /* in all; NULL before lanes_open */
};

void lanes_init(struct lanes *s, struct loop *l, struct lane_owner owner);
/* The usual one. */
bool lanes_open(struct lanes *s, struct err *e) MUST_CHECK;
void lanes_fini(struct lanes *s);
/* Where this request's transfer runs; NULL: no lane can be opened. */
struct lane *lanes_for(struct lanes *s, const struct request *rq);
/* From now on transfers start in new lanes, so that bundles are read anew. False: not
 * even the usual one can be opened, and the old ones go on serving. */
bool lanes_renew(struct lanes *s);
/* Frees the old ones that nobody runs in any more. Not from inside libcurl. */
void lanes_sweep(struct lanes *s);
/* libcurl is on the stack. */
bool lanes_are_inside(const struct lanes *s);

#endif
