/* SPDX-License-Identifier: MIT
 *
 * The faults of the simulated provider: one table. A row says the verb's name, its
 * arguments, a sentence for help and docs, and where it may be used; sim_answer.c says
 * what it sends.
 */
#ifndef DIMWATCH_AGENT_SIM_VERB_H
#define DIMWATCH_AGENT_SIM_VERB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/err.h"
#include "agent/base/str.h"

enum sim_fault {
	SIM_OK,
	SIM_SLOW,
	SIM_LATENCY,
	SIM_OVERLOADED,
	SIM_ENGINE_OVERLOADED,
	SIM_STARVED,
	SIM_HANGUP,
	SIM_HTTP,
	SIM_RATE_LIMITED,
	SIM_QUOTA,
	SIM_AUTH,
	SIM_FORBIDDEN_REGION,
	SIM_MODEL_GONE,
	SIM_CONTENT_FILTERED,
	SIM_REDIRECT,
	SIM_REFUSE,
	SIM_RESET,
	SIM_HANG,
	SIM_STALL,
	SIM_TRUNCATE,
	SIM_ERROR_IN_STREAM,
	SIM_HTML,
	SIM_EMPTY,
	SIM_MALFORMED,
	SIM_INVALID_UTF8,
	SIM_WRONG_ANSWER,
	SIM_REASONING_ONLY,
	SIM_NO_DONE,
	SIM_NO_USAGE,
	SIM_COMMENTS,
	SIM_DRIP,
	SIM_GZIP,
	SIM_HUGE_BODY,
	SIM_HUGE_LINE,
	SIM_ENDLESS_HEADERS,
	SIM_ENDLESS_TRAILERS,
	SIM_ENDLESS_CHUNK_EXT,
	SIM_FAULT_COUNT
};

/* Where a reset or a silence takes place. */
enum sim_place {
	SIM_AT_CONNECT,     /* before the request is read */
	SIM_AT_HEAD,        /* instead of the answer's head */
	SIM_AT_FIRST_TOKEN, /* after the head, before the first token */
	SIM_AT_STREAM,      /* after half of the tokens */
	SIM_AT_BODY,        /* after N bytes of the body */
	SIM_PLACE_COUNT
};

enum sim_args {
	SIM_ARGS_NONE,
	SIM_ARGS_MAYBE_DURATION, /* [DURATION] */
	SIM_ARGS_DURATION,
	SIM_ARGS_FACTOR,      /* xN */
	SIM_ARGS_STATUS_BODY, /* STATUS [BODY...] */
	SIM_ARGS_RESET_PLACE, /* [connect|head|body N] */
	SIM_ARGS_HANG_PLACE,  /* connect|head|first_token|stream [DURATION] */
	SIM_ARGS_URL,
};

struct sim_verb {
	enum sim_fault fault;
	enum sim_args args;
	const char *name;
	const char *args_help; /* "" when it takes none */
	const char *help;      /* what the server does, no full stop */
	bool for_hooks;        /* a webhook receiver can do it, too */
};

/* All rows, in the order of help. */
const struct sim_verb *sim_verbs(size_t *ret_n);
const struct sim_verb *sim_verb(enum sim_fault fault);

/* One verb with its arguments: what to do to one request. A plain value. */
struct sim_action {
	enum sim_fault fault;
	enum sim_place place;
	int64_t ms;     /* durations; -1: none given */
	double factor;  /* slow xN */
	int status;     /* http NNN */
	int64_t bytes;  /* reset body N */
	char text[256]; /* a body or a URL */
};

/* "hang first_token 40s", without a percentage. False: e says what is wrong and the
 * nearest right name. */
bool sim_action_parse(
    struct span text, bool for_hook, struct sim_action *ret, struct err *e) MUST_CHECK;
/* Appends help for terminals: one line a verb, indented by two blanks. */
void sim_verbs_help(struct str *out);

#endif
