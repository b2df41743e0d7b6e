/* SPDX-License-Identifier: MIT
 *
 * What the tests of every channel do alike: payloads against golden files, the longest
 * and the most hostile message, answers row by row.
 */
#ifndef DIMWATCH_TESTS_CHANNEL_STAGE_H
#define DIMWATCH_TESTS_CHANNEL_STAGE_H

#include "tests/unit/alerts/far_side.h"

struct stage_answer {
	int status;
	const char *header, *body;
	enum verdict_kind want;
	int64_t wait_ms;
};

/* How a channel is set up in a test. */
struct stage {
	const struct channel_kind *kind;
	const char *url;
	const char *secret, *keyword, *token, *chat; /* may be NULL */
};

/* Built at 14:04 of the fixture's day. request_fini is the caller's. */
void stage_build(
    const struct stage *s, const struct message *m, bool plain, struct request *ret);
/* opened, resolved, a notice, a hostile outage, a test, and the plain forms of two of
 * them, each against alerts/KIND_NAME.json; no text of a payload holds the URL. */
void stage_payloads(const struct stage *s);
/* Every kind of message about a hostile outage: no text of the payload holds any of
 * `forbidden` (a list of strings that ends with NULL). */
void stage_escapes(const struct stage *s, const char *const *forbidden);
/* Every text filled to its brim with these characters, one after the other: the body
 * stays below this. */
void stage_longest(const struct stage *s, const char *fillers, size_t max_bytes);
void stage_answers(const struct stage *s, const struct stage_answer *rows, size_t n);

#endif
