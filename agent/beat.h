/* SPDX-License-Identifier: MIT
 *
 * The dead man's switch, the part without a socket: when an evaluation cycle is complete,
 * what is to be said to the far side then, and what its answers mean. Pure.
 *
 * A cycle is complete when every target that was due at its beginning has been asked and
 * judged and that is on disk. Only the news of such a commit can become a success, so a
 * process that is stuck anywhere says nothing.
 */
#ifndef DIMWATCH_AGENT_BEAT_H
#define DIMWATCH_AGENT_BEAT_H

#include "agent/base/tick.h"
#include "probes/request.h"
#include "probes/wire.h"

/* --- cycles ------------------------------------------------------------------------- */

struct cycle {
	struct mono mark; /* its beginning */
	bool storing;     /* all were judged; waits for txn since `judged` */
	struct mono judged;
	uint64_t txn;
};
void cycle_begin(struct cycle *c, struct mono now);
/* oldest: the start of the ask that has been under way longest; due: when somebody is to
 * be asked next (INT64_MAX: none); posted: the last transaction given to the writer. */
void cycle_look(struct cycle *c, struct mono now, struct mono oldest, struct mono due,
    uint64_t posted);
/* Is it complete with this commit? Then begin the next. */
bool cycle_committed(const struct cycle *c, uint64_t upto);

/* --- beats -------------------------------------------------------------------------- */

#define BEAT_LOST_MS (10 * MS_PER_MIN) /* so long without success: a notice */

enum beat_word { BEAT_NOTHING, BEAT_START, BEAT_GOOD, BEAT_FAIL };
enum beat_news {
	BEAT_SAME,
	BEAT_BROKEN, /* to be logged, once */
	BEAT_LOST,   /* to be told: it has failed for BEAT_LOST_MS */
	BEAT_WELL    /* it works again */
};

struct beat {
	int64_t every_ms;
	bool wants_start;
	bool busy;        /* a ping is under way */
	struct mono last; /* the last success or failure that was sent */
	bool ever;        /* there was one */
	struct mono bad_since;
	bool bad, lost; /* answers fail; that was told */
};

/* Another address begins anew. */
void beat_init(struct beat *b, int64_t every_ms, bool start);
/* A cycle was completed (well), or some seconds have passed. trouble: what is wrong with
 * ourselves, "" nothing. What it says to send is under way until the answer. */
enum beat_word beat_on_cycle(struct beat *b, struct mono now, const char *trouble);
enum beat_word beat_on_time(struct beat *b, struct mono now, const char *trouble);
enum beat_news beat_on_answer(struct beat *b, struct mono now, bool good);

/* The ping: healthchecks and its likes, or an Uptime Kuma push address. */
void beat_request(
    struct request *rq, const char *url, enum beat_word word, const char *text);
/* Did it arrive? else words says why. */
bool beat_read(
    const struct wire_end *end, int status, struct span body, char *words, size_t size);

#endif
