/* SPDX-License-Identifier: MIT
 *
 * A dialect is one wire grammar: how to ask and how to read the answer. One file and one
 * row of the table in dialect.c. Pure: tested with strings.
 */
#ifndef DIMWATCH_PROBES_DIALECT_H
#define DIMWATCH_PROBES_DIALECT_H

#include "agent/base/json.h"
#include "probes/question.h"
#include "probes/request.h"
#include "probes/target.h"

/* Of a streamed answer; one in one piece is a JSON body in every dialect. */
enum framing { FRAMING_SSE, FRAMING_NDJSON, FRAMING_JSON };

/* What one event (or one whole JSON body) says. Spans and JSON are borrowed from the
 * event and live until the reader returns. */
struct reading {
	struct span text;      /* new visible text; empty deltas are no token */
	struct span reasoning; /* new reasoning text */
	struct span repeated;  /* all the text once more: counts where no delta came */
	bool done;             /* the dialect's terminator ("[DONE]") */
	const char *finish;    /* finish reason, or NULL */
	const char *model;     /* returned model, or NULL */
	const char *id;        /* the body's own id, or NULL */
	int64_t tokens_in, tokens_out; /* -1 not said here */
	const json_t *error; /* the event is an error: the whole object to classify */
	bool understood;     /* the event has this dialect's shape */
	struct span call;    /* of a tool: its name and arguments, as they come */
	struct str joined;   /* where `text` lives when it came in several parts */
	struct str thoughts; /* and `reasoning` */
	struct str calls;    /* and `call` */
};

#define READING_MAX_JOINED ((size_t)64 << 10)
void reading_init(struct reading *r); /* nothing said, counts -1 */
void reading_fini(struct reading *r);

/* Paths of a server that speaks it, behind the base URL; NULL: it has none. "{model}" is
 * filled in. */
struct dialect_paths {
	const char *prefix; /* what a base URL ends with: "/v1"; may be "" */
	const char *chat, *models, *embedding;
	/* How the chat path ends for a stream and for an answer in one piece, where that
	 * differs; NULL: it does not. */
	const char *stream_tail, *whole_tail;
};

#define KIND(k)    (1u << (k))
#define KINDS_CHAT (KIND(PROBE_STREAM) | KIND(PROBE_CHAT) | KIND(PROBE_HEAVY))

struct dialect {
	const char *name; /* "openai-chat" */
	enum framing framing;
	/* Fills method, headers, body of an initialised request; the URL is the target's.
	 */
	void (*build)(
	    const struct target *t, const struct question *q, struct request *rq);
	/* event_name is "" for unnamed events. v is NULL when the data is not JSON (then
	 * `data` may still be the terminator). ret is initialised. */
	void (*read)(struct span event_name, struct span data, const json_t *v,
	    struct reading *ret);
	unsigned kinds;   /* what it can be asked for: KIND(...) | ... */
	bool finish_ends; /* the finish reason is all the end that it promises */
	const char *max_tokens_field; /* where the limit stands: a dotted path */
	/* Objects that are laid over the body: the answer is to be a JSON object; here is
	 * the tool get_weather(city). NULL: it has no way to say so. */
	const char *json_mode, *tools;
	struct dialect_paths paths;
	/* How a server without a catalogue row wants the key and what else it must hear:
	 * "Name: value". */
	const char *auth_header, *auth_scheme;
	const char *const *headers;
	size_t n_headers;
	/* Tried behind the provider's own rows and before the general ones. */
	const struct error_row *errors;
	size_t n_errors;
	const struct finish_row *finishes;
	size_t n_finishes;
};

/* The headers that all dialects share: content type, Accept, our name, the key in the
 * provider's own header, the provider's extra headers. */
void dialect_headers(const struct target *t, const char *accept, struct request *rq);
/* Does this kind of probe ask for a stream? (A door does where it can: it stays shut.) */
bool dialect_streams(const struct dialect *d, enum probe_kind kind);

const struct dialect *dialect_find(const char *name); /* NULL: no such dialect */
const struct dialect *const *dialects(size_t *ret_n);

extern const struct dialect dialect_anthropic, dialect_azure_openai, dialect_bedrock,
    dialect_cohere, dialect_dashscope, dialect_gemini, dialect_http, dialect_ollama,
    dialect_openai_chat, dialect_responses;

/* Tables of error and finish rows are written with these. */
#define WORDS(...)                                                                       \
	(const char *const[]){__VA_ARGS__},                                              \
	    sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)
#define ERRORS(table) .errors = (table), .n_errors = sizeof(table) / sizeof((table)[0])
#define FINISHES(table)                                                                  \
	.finishes = (table), .n_finishes = sizeof(table) / sizeof((table)[0])

#endif
