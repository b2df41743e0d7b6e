/* SPDX-License-Identifier: MIT
 *
 * What the tests of this room share: a few providers with the rows that matter, a target
 * for each, and an exchange that is played from a text.
 */
#ifndef DIMWATCH_TESTS_PROBES_FIXTURE_H
#define DIMWATCH_TESTS_PROBES_FIXTURE_H

#include "probes/exchange.h"

#define FIXTURE_KEY   "tk-Zq8Ww3Lm5Pv9Rt2Xy7"
#define FIXTURE_START ((struct mono){1000000000})
#define FIXTURE_WALL  ((struct wall){1795467600000})

/* NULL: no such provider here. */
const struct provider *fixture_provider(const char *id);
/* A streamed chat target of that provider: total 30 s, connect 5 s, first byte 10 s,
 * first token 20 s, gap 10 s. The key is the caller's to free. */
void fixture_target(struct target *t, const char *provider, const struct secret *key);

/* One answer, told as a value. */
struct play {
	int status;          /* 0: no head comes */
	const char *headers; /* "name: value\n" lines */
	struct span body;
	struct wire_end end;
};
/* A transfer that ended so, having come that far. */
struct wire_end fixture_end(enum wire wire, enum wire_phase phase);
/* Plays it: head at 200 ms, bytes at 1 s in pieces of `piece` bytes (0: one piece), the
 * end at 1.5 s. */
void fixture_play(const struct target *t, const struct question *q, const struct play *p,
    size_t piece, struct sample *ret);
/* The same with one cut at `at`. */
void fixture_play_cut(const struct target *t, const struct question *q,
    const struct play *p, size_t at, struct sample *ret);
/* Fills a head from "name: value\n" lines; the spans point into `headers`. */
void fixture_head(struct wire_head *h, int status, const char *headers);

#endif
