/* SPDX-License-Identifier: MIT
 *
 * The dialects that the simulator speaks: one file each and one row of the table in
 * sim_dialect.c. A dialect says at which paths it is met, how its questions are read, the
 * frames of its stream, its answer in one piece, its lists and its refusals. When what is
 * said is the common story of sim_chat.c; in which words is theirs. Pure.
 */
#ifndef DIMWATCH_AGENT_SIM_DIALECT_H
#define DIMWATCH_AGENT_SIM_DIALECT_H

#include "agent/sim/sim_chat.h"
#include "agent/sim/sim_script.h"

#define SIM_PROMPT_TOKENS 14
#define SIM_MODEL         "sim-model" /* what its lists hold */

/* One answer being written. */
struct sim_writer {
	struct sim_plan *p;
	const struct sim_ask *ask;
	const struct sim_dialect *dialect;
	const struct sim_pace *pace;
	const struct sim_shape *shape;
	struct str model; /* as a JSON string, quotes included */
	char answer[32];
	char id[96]; /* "deepseek-3": of this request */
	int frames;  /* written so far, for those who number them */
};

/* Where it is met. The longest row hits by how the path ends; among equals the first one
 * in the table of dialects. */
struct sim_path {
	const char *end; /* "/chat/completions", ":generateContent" */
	enum sim_door door;
	bool streams; /* the path itself says so */
	/* When either is given, one must be true: the request has this header, the name
	 * begins so. */
	const char *header, *name;
};

/* A refusal in this dialect's words. In the texts {id} is the request's id and {model}
 * the model asked for. The first row hits. */
struct sim_refusal {
	enum sim_fault fault;
	int status;           /* 200: inside a stream; tried only when one is asked for */
	const char *provider; /* prefix of the name; "" any */
	const char *extra;    /* whole header lines */
	const char *body;
};

struct sim_dialect {
	const char *name;        /* as dimwatch calls it */
	const char *stream_type; /* content type of a stream; NULL: it has none */
	const char *json_type;   /* of everything else */
	const char *id_header;   /* "X-Request-Id"; NULL: the id is not in the head */
	const char *keep_alive;  /* what fills a wait; NULL: nothing does */
	/* What an answer ends with; NULL: it has no word for that. */
	const char *finishes[SIM_FINISH_COUNT];
	/* What is asked at door CHAT, at door EMBEDDING (NULL: it has none), into a
	 * zeroed value. False: nothing. */
	bool (*question)(const struct sim_request *rq, struct sim_question *ret);
	bool (*inputs)(const struct sim_request *rq, struct sim_question *ret);
	const char *bad_request; /* the body of the 400 that a bad one gets */
	/* The stream: what comes before the first token, a token of text, the end with
	 * its usage, an error in the middle, a frame that does not parse. */
	void (*begin)(struct sim_writer *w);
	void (*token)(struct sim_writer *w, const char *text, size_t n);
	void (*end)(struct sim_writer *w);
	void (*error)(struct sim_writer *w);
	void (*broken)(struct sim_writer *w);
	/* In one piece; with shape->malformed cut anywhere, with middle ERROR an error
	 * in a 200. */
	void (*whole)(struct sim_writer *w, struct str *out);
	void (*models)(const struct sim_ask *ask, struct str *out); /* NULL: no list */
	void (*vectors)(struct sim_writer *w, struct str *out);     /* NULL: none */
	const struct sim_path *paths;
	size_t n_paths;
	const struct sim_refusal *refusals;
	size_t n_refusals;
};

/* Where a request leads. */
struct sim_route {
	enum sim_door door;
	const struct sim_dialect *dialect; /* NULL unless CHAT, MODELS or EMBEDDING */
	bool streams;                      /* as the path says */
	char name[SIM_NAME_BYTES];         /* the provider's or the hook's */
};
void sim_route_find(const struct sim_request *rq, struct sim_route *ret);
/* The question of a route that has one. False: the body is none. */
bool sim_route_question(const struct sim_route *route, const struct sim_request *rq,
    struct sim_question *ret);

/* In the order in which their paths are tried. */
const struct sim_dialect *const *sim_dialects(size_t *ret_n);
/* The row for this fault; NULL: the dialect has no words for it. */
const struct sim_refusal *sim_refusal_find(
    const struct sim_ask *ask, enum sim_fault fault);
/* Its body (or stream) with {id} and {model} filled in. */
void sim_refusal_text(
    const struct sim_refusal *r, const struct sim_ask *ask, struct str *out);

/* Appends the header line of the request's id, where the dialect has one. */
void sim_id_header(const struct sim_ask *ask, struct str *out);

extern const struct sim_dialect sim_dialect_anthropic, sim_dialect_azure,
    sim_dialect_bedrock, sim_dialect_cohere, sim_dialect_dashscope, sim_dialect_gemini,
    sim_dialect_ollama, sim_dialect_openai, sim_dialect_responses;

/* --- for the dialects --- */

/* The last element; NULL when there is none. */
const json_t *sim_last(const json_t *array);
/* A string counts as one, an array as its length, everything else as none. */
int sim_count_inputs(const json_t *input);
/* What stands in the path between two words, percent signs decoded. */
void sim_path_part(const struct sim_request *rq, const char *before, const char *after,
    char *out, size_t size);
/* How the answer ends, in the dialect's word (its word for stop when it has none). */
const char *sim_finish_word(const struct sim_writer *w);
size_t sim_tokens_out(const struct sim_writer *w);
/* The text of an answer in one piece, with whatever the shape spoils in it. */
void sim_whole_text(const struct sim_writer *w, struct str *out);
/* The numbers of every vector, as in "[0.25,-0.5,0.125,1]". */
#define SIM_VECTOR        "[0.25,-0.5,0.125,1]"
#define SIM_VECTOR_BASE64 "AACAPgAAAL8AAAA+AACAPw=="
/* This text for every input, with commas between. */
void sim_vectors(const struct sim_writer *w, const char *one, struct str *out);

#endif
