/* SPDX-License-Identifier: MIT
 *
 * An outbox with one channel ("slack") in virtual time from 14:00, for the tests of its
 * files. What a call changed is in `up` until the next call.
 */
#ifndef DIMWATCH_TESTS_OUTBOX_STAGE_H
#define DIMWATCH_TESTS_OUTBOX_STAGE_H

#include "alerts/outbox.h"

/* One a second, bursts of 3, 30 s after a slow_down. */
extern const struct channel_kind stage_kind;

struct stage {
	struct outbox *o;
	struct outbox_update up;
	struct wall now;
	struct outbox_attempt a; /* of the last successful stage_next */
};

void stage_init(struct stage *s);
void stage_fini(struct stage *s);
/* A delivery created now; incident is a number. */
struct delivery stage_row(const struct stage *s, const char *channel, int incident,
    enum message_kind k, uint32_t seq);
struct ulid stage_put_on(struct stage *s, const char *channel, int incident,
    enum message_kind k, uint32_t seq);
struct ulid stage_put(struct stage *s, int incident, enum message_kind k, uint32_t seq);
bool stage_next(struct stage *s);
bool stage_next_is(struct stage *s, const struct ulid *id);
/* The attempt in `a` ends. */
void stage_answer(struct stage *s, struct channel_verdict v);
void stage_verdict(struct stage *s, enum verdict_kind v); /* words: "their words" */
void stage_pass(struct stage *s, int64_t ms);
/* Goes to where the outbox wants to be woken; returns how far that was. */
int64_t stage_sleep(struct stage *s);
/* The row in `up`; fails when it is not there. */
const struct delivery *stage_updated(const struct stage *s, const struct ulid *id);
enum channel_state stage_state_of(const struct stage *s, const char *name);

#endif
