/* SPDX-License-Identifier: MIT
 *
 * The words that the stories of `why` are made of: times, spans, counts, errors.
 */
#ifndef DIMWATCH_AGENT_WHY_WORDS_H
#define DIMWATCH_AGENT_WHY_WORDS_H

#include "agent/why.h"

struct teller {
	struct str *out;
	const struct why_clock *clock;
};

void why_time(const struct teller *t, struct wall at);
void why_span(const struct teller *t, int64_t ms);
/* "3 asks", "1 ask". */
void why_count(const struct teller *t, uint32_t n, const char *what);
/* What a table has as a phrase, as a sentence; nothing for "". */
void why_sentence(const struct teller *t, const char *phrase);
/* `overloaded, HTTP 503 server_busy: "Server overloaded" (request id req-1)` */
void why_error(const struct teller *t, const struct incident_error *er);
/* "overloaded 17, stalled 2", most frequent first. */
void why_mix(const struct teller *t, const uint32_t *counts);

#endif
