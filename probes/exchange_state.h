/* SPDX-License-Identifier: MIT
 *
 * Private to exchange*.c: what one request in flight knows so far. exchange.c owns the
 * phases and deadlines, exchange_read.c what the bytes say, exchange_end.c what it all
 * comes to.
 */
#ifndef DIMWATCH_PROBES_EXCHANGE_STATE_H
#define DIMWATCH_PROBES_EXCHANGE_STATE_H

#include "probes/classify.h"
#include "probes/exchange.h"
#include "probes/ndjson.h"
#include "probes/repeat.h"
#include "probes/sse.h"

#define KEEP_BODY   ((size_t)64 << 10) /* of a body, for classification and evidence */
#define KEEP_LIST   JSON_MAX_BYTES     /* of a list of models, which may be long */
#define KEEP_ANSWER ((size_t)4 << 10)  /* of the visible text, for the check */
#define KEEP_FRAME  ((size_t)8 << 10)  /* of the event that was an error */

enum body_kind {
	BODY_UNKNOWN, /* the first visible bytes will tell */
	BODY_EVENTS,  /* server-sent events, read as they come */
	BODY_LINES,   /* one JSON a line, read as they come */
	BODY_WHOLE,   /* read when it is complete */
};

struct exchange {
	const struct target *t; /* borrowed; its generation is held by the caller */
	struct question q;
	struct mono start;
	struct wall start_wall;

	bool over;    /* nothing more is needed: ENOUGH */
	bool decided; /* the outcome stands */
	bool timed_out;
	bool has_head;
	bool has_text, has_reasoning; /* at least one delta of that kind */
	bool done; /* the dialect's terminator, or a whole body that was read */
	enum outcome outcome;
	char code[64];
	char message[256];
	struct str frame; /* the event that was an error */

	struct mono head_at;
	struct wire_head head; /* spans into head_bytes */
	struct str head_bytes;
	int64_t retry_after_ms;

	enum body_kind kind;
	struct str body; /* its first bytes, leading blanks left out */
	int64_t body_bytes;
	struct mono now; /* stamp of the bytes that are being read */
	struct sse sse;
	struct repeat repeat;
	struct ndjson lines;
	unsigned comments;   /* before the first token */
	unsigned events;     /* with anything in them */
	unsigned understood; /* of those */
	bool cut_in_event;   /* the stream ended inside an event */

	int64_t n_tokens; /* deltas with text or reasoning */
	struct mono first_token, last_token;
	struct mono last_sign; /* last token or finish reason */
	int64_t longest_gap_us;
	struct str answer;

	char finish[32]; /* "" not seen */
	char model[96];
	char id[96];       /* the body's */
	char error_id[96]; /* the error frame's */
	char header_id[96];
	int64_t tokens_in, tokens_out;
	uint32_t flags;
};

/* The first decision stands. message may be NULL. */
void exchange_decide(struct exchange *x, enum outcome o, const char *message);
bool exchange_is_2xx(const struct exchange *x);
/* The answer is complete: terminator or finish reason. */
bool exchange_is_complete(const struct exchange *x);

/* exchange_read.c */
void exchange_read_init(struct exchange *x);
void exchange_read_bytes(struct exchange *x, struct span bytes);
/* End of input: what is still in the buffers is read. */
void exchange_read_end(struct exchange *x);
/* The body's JSON, or that of its first event when events came under an error status;
 * text is what to look at. The caller drops the reference; NULL: no JSON. */
json_t *exchange_error_json(const struct exchange *x, struct str *text);

/* An error inside a 2xx: by the tables. frame_status 0: that of the head. */
void exchange_take_error(
    struct exchange *x, struct span data, const json_t *error, int frame_status);

/* exchange_kind.c: what is not a chat */

/* Its answer is one document that is looked at as a whole. */
bool exchange_is_plain(const struct exchange *x);
/* Method, headers and body for this kind. */
void exchange_build(const struct exchange *x, struct request *rq);
/* Another status than 2xx that is the right one: decides, and says true. */
bool exchange_is_expected(struct exchange *x, const struct answer *a);
/* How a 2xx of a plain kind ended. */
void exchange_conclude_plain(struct exchange *x, const struct wire_end *end);

/* exchange_end.c */
/* A 2xx whose body is no answer and no error: a portal's page, {} or plain words. */
void exchange_conclude_strange(struct exchange *x);
void exchange_conclude(struct exchange *x, const struct wire_end *end);

#endif
