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

enum framing { FRAMING_SSE, FRAMING_NDJSON, FRAMING_JSON };

/* What one event (or one whole JSON body) says. Spans and JSON are borrowed from the
 * event and live until the reader returns. */
struct reading {
	struct span text;              /* new visible text; empty deltas are no token */
	struct span reasoning;         /* new reasoning text */
	bool done;                     /* the dialect's terminator ("[DONE]") */
	const char *finish;            /* finish reason, or NULL */
	const char *model;             /* returned model, or NULL */
	const char *id;                /* the body's own id, or NULL */
	int64_t tokens_in, tokens_out; /* -1 not said here */
	const json_t *error; /* the event is an error: the whole object to classify */
	bool understood;     /* the event has this dialect's shape */
	struct str joined;   /* where `text` lives when it came in several parts */
};

#define READING_MAX_JOINED ((size_t)64 << 10)
void reading_init(struct reading *r); /* nothing said, counts -1 */
void reading_fini(struct reading *r);

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
};

/* The headers that all dialects share: content type, Accept, our name, the key in the
 * provider's own header, the provider's extra headers. */
void dialect_headers(const struct target *t, const char *accept, struct request *rq);

const struct dialect *dialect_find(const char *name); /* NULL: no such dialect */
const struct dialect *const *dialects(size_t *ret_n);

extern const struct dialect dialect_openai_chat;

#endif
