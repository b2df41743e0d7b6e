/* SPDX-License-Identifier: MIT
 *
 * One exchange in virtual time, step by step.
 */
#ifndef DIMWATCH_TESTS_PROBES_EXCHANGE_RUN_H
#define DIMWATCH_TESTS_PROBES_EXCHANGE_RUN_H

#include "tests/unit/probes/fixture.h"

#define SSE        "content-type: text/event-stream"
#define JSON       "content-type: application/json"
#define TOKEN(t)   "data: {\"choices\":[{\"delta\":{\"content\":\"" t "\"}}]}\n\n"
#define THOUGHT(t) "data: {\"choices\":[{\"delta\":{\"reasoning\":\"" t "\"}}]}\n\n"
#define FINISH(r)  "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"" r "\"}]}\n\n"
#define DONE       "data: [DONE]\n\n"

struct run {
	struct target t;
	struct question q;
	struct secret *key;
	struct exchange *x;
	enum exchange_next next;
	struct sample s;
};

/* So many milliseconds after the start. */
struct mono at(int64_t ms);
/* A target of the provider "plain", asked for 7 + 5; may be changed before start(). */
void begin(struct run *r);
void start(struct run *r);
void head(struct run *r, int64_t ms, int status, const char *headers);
void bytes(struct run *r, int64_t ms, const char *text);
/* begin, start, a good head of events at 200 ms, `body` at 500 ms. */
void good(struct run *r, const char *body);
/* Asserts that the next deadline is `ms` and lets it pass. */
void deadline(struct run *r, int64_t ms);
/* The transfer ended so, having come that far; fills r->s and frees the rest. */
void finish(struct run *r, int64_t ms, enum wire wire, enum wire_phase phase);

#endif
