/* SPDX-License-Identifier: MIT
 *
 * The storm with the real channels in virtual time: 200 targets fail at once and recover
 * later, five channels are told. For ten minutes one hangs (and sometimes took what it
 * did not answer), one says 429 and when to come back, one 500. Teller, outbox, renderer,
 * build() and read() are the product's; the oracle is what arrived where under which key.
 */
#ifndef DIMWATCH_TESTS_STORM_DAY_H
#define DIMWATCH_TESTS_STORM_DAY_H

#include "alerts/outbox.h"
#include "alerts/render_many.h"
#include "alerts/tell.h"
#include "tests/unit/alerts/every_channel.h"

#define TARGETS     200
#define CHANNELS    5
#define APART_MS    10 /* between two that fail */
#define BAD_MS      (10 * MS_PER_MIN)
#define RECOVER_MS  (20 * MS_PER_MIN)
#define END_MS      (40 * MS_PER_MIN)
#define ANSWER_MS   200
#define COMMIT_MS   50
#define RETRY_AFTER 30
#define HANGS       (-1)

/* Far sides, and what they say in the ten bad minutes; bad_status 0: they have none. */
struct side {
	const char *kind, *good;
	int bad_status;
	const char *bad_header, *bad;
	/* Of both halves of the day together. */
	int max_messages, max_attempts;
};
extern const struct side storm_sides[CHANNELS];

struct flight {
	bool up, bad;
	struct ulid id;
	struct wall lands;
};

struct storm_day {
	struct wall start, now, commit_at;
	struct tell *tell;
	struct outbox *o;
	struct outbox_update up;
	struct every_channel all[EVERY_CHANNEL_COUNT];
	struct incident incidents[TARGETS];
	int failed, recovered; /* so many have, by now */
	struct flight flights[CHANNELS];
	struct wall not_again_before[CHANNELS]; /* the 429 said so */
	struct ulid keys[CHANNELS][TARGETS][2]; /* what arrived: beginning, end */
	int arrivals[CHANNELS][TARGETS][2];
	int attempts[CHANNELS], messages[CHANNELS];
	int owed, sent, folded, summaries;
	size_t max_rows, max_body;
	struct wall told_all[CHANNELS]; /* of every beginning; 0: not yet */
	/* of the attempt that is being looked at */
	struct news news[OUTBOX_MAX_BUNDLE];
	struct message_many many;
	struct ulid key;
	int channel;
	bool arrives;
};

/* Zeroed before; plays until nobody has anything to say. */
void storm_day_play(struct storm_day *w);
void storm_day_fini(struct storm_day *w);

#endif
