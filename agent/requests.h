/* SPDX-License-Identifier: MIT
 *
 * What the command line may ask of the running daemon: one table of verbs. An order
 * arrives as a row of `requests`; what its verb changes goes into p->txn, the answer
 * behind it, and both are committed together: done once, whatever dies in between.
 *
 * So a verb works with pipeline_step, pipeline_tell and txn_*, and never calls
 * pipeline_send_off (or pipeline_own, which does): that would commit half of it.
 */
#ifndef DIMWATCH_AGENT_REQUESTS_H
#define DIMWATCH_AGENT_REQUESTS_H

#include <jansson.h>

#include "agent/base/str.h"
#include "agent/cmd.h"
#include "storage/requests.h"

struct pipeline;

/* What the command prints, and its exit code. */
struct reply {
	enum exit_code code;
	struct str text; /* sentences for people, no '\n' at the end */
};

/* An older order is answered "too old", and nothing is done: nobody waits for it any
 * more; nor is one that lies so far ahead of the clock. */
#define REQUEST_MAX_AGE_MS ((int64_t)10 * 60 * 1000)

struct request_verb {
	const char *name; /* "ack", "deliveries retry" */
	/* args: an object, its texts are of a stranger. ret: EXIT_GOOD and "" before. */
	void (*run)(struct pipeline *p, const struct order *o, const json_t *args,
	    struct reply *ret);
};

/* One row each in requests.c. */
extern const struct request_verb verb_ack, verb_silence, verb_unsilence, verb_pause,
    verb_resume, verb_deliveries_retry, verb_deliveries_drop, verb_drill;

/* For the writer: does the order and answers it. arg: the pipeline. */
void pipeline_on_order(void *arg, const struct order *o);
/* Answers: sets code and text. */
void reply_set(struct reply *r, enum exit_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A text of the args without control characters, cut to size; "" when there is none. */
char *request_text(const json_t *args, const char *key, char *buf, size_t size);

#endif
