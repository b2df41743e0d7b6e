/* SPDX-License-Identifier: MIT
 *
 * Evidence to outcome. Classification is data: the provider's rows first, then those of
 * its dialect, then the general rows by HTTP status (classify.c), first match wins. An
 * error inside a 200 stream goes through the same tables first: only what is left is
 * error_in_stream.
 */
#ifndef DIMWATCH_PROBES_CLASSIFY_H
#define DIMWATCH_PROBES_CLASSIFY_H

#include "agent/base/json.h"
#include "probes/provider.h"
#include "probes/wire.h"

struct answer {
	int status;     /* HTTP status, or the effective one of a frame */
	bool in_stream; /* an error inside a 2xx answer: rows with http 200 first */
	const struct wire_head *head; /* may be NULL */
	struct span body;             /* raw text (prefix), may be empty */
	const json_t *json;           /* the body or event parsed; NULL when not JSON */
};

struct verdict {
	enum outcome outcome;
	char code[64];     /* the provider's own code */
	char message[256]; /* the provider's own words, cleaned, not yet redacted */
	const char *note;  /* the matching row's note, or NULL */
};

/* For answers that are failures: status not 2xx; an error inside a 2xx (in_stream); a 2xx
 * that is no answer at all (not in_stream). provider may be NULL: general rows only.
 * Order inside a 2xx: rows with http 200 or 0; rows of the status that a frame or the
 * body's own code names; rows of any status whose match is an exact code; general rows;
 * error_in_stream (http_5xx and silence become that too: an answer did come). */
void classify_answer(
    const struct provider *p, const struct answer *a, struct verdict *ret);
/* Is it the genuine refusal of a request without a key? */
bool classify_is_door(const struct provider *p, const struct answer *a);
/* Only the provider's own code and words, from all the usual places. */
void classify_words(const struct answer *a, struct verdict *ret);
/* A page for people: content type text/html, or the first visible byte is '<'. */
bool answer_is_html(const struct answer *a);
/* A finish reason that means more than "done": OUTCOME_OK when it is good or unknown. */
enum outcome classify_finish(const struct provider *p, const char *reason);
/* A transfer that ended without any answer. The exchange knows the phases behind the
 * head better and asks only for what came before it. */
enum outcome classify_wire(const struct wire_end *end);

/* The general rows, one table in classify_rows.c. */
struct general_row {
	int from, to;      /* HTTP status; 0, 0: any */
	const char *path;  /* as in an error row; NULL: the status alone */
	const char *match; /* one value */
	bool html;         /* only when a page for people came */
	enum outcome outcome;
};
const struct general_row *general_rows(size_t *ret_n);

#endif
