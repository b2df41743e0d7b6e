/* SPDX-License-Identifier: MIT
 *
 * The words and sentences that the stories of `why` are made of. A sentence that has
 * nothing to say is left out.
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

/* why_sentences.c */
/* `when` and how many of those that count failed; those that do not, and why. */
void why_failures(const struct teller *t, const struct why_seen *w, const char *when);
void why_excluded(const struct teller *t, const struct why_seen *w);
/* Whether they answered is what tells their fault from our network's. */
void why_fault(const struct teller *t, const uint32_t *counts);
void why_first(const struct teller *t, const struct incident *in);
/* `begin` and its time; first: what was told of before, or NULL. */
void why_last(const struct teller *t, const struct incident_error *er,
    const struct incident_error *first, const char *begin);
/* What such an answer means, and what mends it. */
void why_cure(const struct teller *t, enum outcome o);
void why_causes(const struct teller *t, const struct incident *in);
void why_page(const struct teller *t, const struct incident *in);
void why_unknown(const struct teller *t, const struct incident *in);
void why_hand(const struct teller *t, const struct incident *in);
void why_targets(const struct teller *t, const struct incident *in, const char *begin);
void why_zone(const struct teller *t, struct wall now);

#endif
