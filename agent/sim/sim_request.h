/* SPDX-License-Identifier: MIT
 *
 * An HTTP/1.1 request as the simulator reads it: bounded, one at a time, and what of a
 * chat question it needs. Pure: bytes in, value out.
 */
#ifndef DIMWATCH_AGENT_SIM_REQUEST_H
#define DIMWATCH_AGENT_SIM_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/json.h"

#define SIM_REQUEST_MAX_HEAD    ((size_t)16 << 10)
#define SIM_REQUEST_MAX_BODY    ((size_t)1 << 20)
#define SIM_REQUEST_MAX_HEADERS 64

enum sim_read {
	SIM_READ_MORE,  /* not complete yet */
	SIM_READ_READY, /* `used` bytes are this request */
	SIM_READ_BAD    /* not HTTP/1, or too large */
};

struct sim_header {
	struct span name, value;
};

/* Borrowed from the bytes it was read from. */
struct sim_request {
	struct span method, path; /* the path without its query */
	struct span query;        /* behind the '?'; may be empty */
	struct sim_header headers[SIM_REQUEST_MAX_HEADERS];
	size_t n_headers;
	struct span body;
	size_t used;
	bool keep_alive;
	bool expects_continue;
};

enum sim_read sim_request_read(struct span bytes, struct sim_request *ret);
/* Case-insensitive; an empty span when absent. */
struct span sim_request_header(const struct sim_request *rq, const char *name);

/* What the path asks for (sim_route_find). */
enum sim_door {
	SIM_DOOR_CHAT,      /* a question, in one of the dialects */
	SIM_DOOR_MODELS,    /* a list of models */
	SIM_DOOR_EMBEDDING, /* vectors */
	SIM_DOOR_EMPTY,     /* /PROVIDER/generate_204: a control */
	SIM_DOOR_HOOK,      /* /hook/NAME */
	SIM_DOOR_NONE
};

#define SIM_MAX_INPUTS 16 /* that get a vector each */

/* A question: for a chat or for vectors. */
struct sim_question {
	bool stream;
	char model[96];
	bool has_sum; /* the last message holds two numbers */
	int64_t sum;
	const char *fact; /* what it asks for, when the simulator knows it; static */
	bool json;        /* the answer is to be a JSON object */
	char tool[65];    /* the tool it offers; "" none */
	bool cumulative;  /* each frame repeats the text so far (DashScope) */
	bool as_array;    /* the stream is one JSON array (Gemini) */
	bool base64;      /* vectors in base64 (OpenAI) */
	int inputs;       /* texts that want a vector */
};
/* In OpenAI's words. False: the body is no chat question. */
bool sim_question_read(struct span body, struct sim_question *ret);
/* The text of a message: a string, or that of its first part; NULL: none. */
const char *sim_message_text(const json_t *message);
/* Takes over the model and what is asked in the text; NULL: nothing. */
void sim_question_set(struct sim_question *q, const char *model, const char *text);

#endif
