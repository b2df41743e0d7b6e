/* SPDX-License-Identifier: MIT
 *
 * Every exchange ends in exactly one outcome: a stable code, a blame, a kind of evidence
 * and a sentence; one row each in outcome.c. The numbers are stored in the database and
 * never change meaning; new outcomes get new numbers.
 */
#ifndef DIMWATCH_PROBES_OUTCOME_H
#define DIMWATCH_PROBES_OUTCOME_H

#include <stdbool.h>

enum outcome {
	OUTCOME_OK = 0,
	/* blame provider, answered */
	OUTCOME_HTTP_5XX = 1,
	OUTCOME_OVERLOADED = 2,
	OUTCOME_ERROR_IN_STREAM = 3,
	OUTCOME_MALFORMED = 4,
	OUTCOME_TOO_LARGE = 5,
	OUTCOME_EMPTY = 6,
	OUTCOME_WRONG_ANSWER = 7,
	/* blame provider, silent */
	OUTCOME_DNS = 8,
	OUTCOME_REFUSED = 9,
	OUTCOME_CONNECT = 10,
	OUTCOME_TLS = 11,
	OUTCOME_RESET = 12,
	OUTCOME_TIMEOUT_CONNECT = 13,
	OUTCOME_TIMEOUT_FIRST_BYTE = 14,
	OUTCOME_TIMEOUT_FIRST_TOKEN = 15,
	OUTCOME_STALLED = 16,
	OUTCOME_TIMEOUT_TOTAL = 17,
	OUTCOME_TRUNCATED = 18,
	/* blame us */
	OUTCOME_RATE_LIMITED = 19,
	OUTCOME_QUOTA = 20,
	OUTCOME_AUTH = 21,
	OUTCOME_FORBIDDEN_REGION = 22,
	OUTCOME_BAD_REQUEST = 23,
	OUTCOME_MODEL_GONE = 24,
	OUTCOME_CONTENT_FILTERED = 25,
	OUTCOME_REDIRECTED = 26,
	/* blame path */
	OUTCOME_LOCAL = 27,
	OUTCOME_COUNT
};

enum blame { BLAME_NONE, BLAME_PROVIDER, BLAME_US, BLAME_PATH, BLAME_COUNT };

/* Did an HTTP answer come through? A silent failure may be our own network's. */
enum evidence { EVIDENCE_NONE, EVIDENCE_ANSWERED, EVIDENCE_SILENT, EVIDENCE_COUNT };

struct outcome_row {
	enum outcome outcome;
	const char *code; /* stable, for machines: "overloaded" */
	enum blame blame;
	enum evidence evidence;
	const char *sentence; /* for people: what happened, no full stop */
	const char *advice;   /* what to do; "" when there is nothing to do */
};

const struct outcome_row *outcome_row(enum outcome o);
const char *outcome_code(enum outcome o);
enum blame outcome_blame(enum outcome o);
/* "none", "provider", "us", "path" (stable). */
const char *blame_code(enum blame b);
/* The word of `probe --all`: "-", "theirs", "yours", "nobody's". */
const char *blame_word(enum blame b);
/* "none", "answered", "silent". */
const char *evidence_code(enum evidence e);
/* By code; false when there is no such outcome. */
bool outcome_parse(const char *code, enum outcome *ret);
/* A failure in judgement: blame provider. */
bool outcome_is_failure(enum outcome o);
/* Not evidence at all: blame us or path. */
bool outcome_is_excluded(enum outcome o);

#endif
