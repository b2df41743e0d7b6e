/* SPDX-License-Identifier: MIT
 *
 * The outbox: committed deliveries, per channel in order, and when each may be tried.
 * Pure policy: limiter, back-off (1 s, 5 s, 15 s, 1, 2, 5 min, then every 5 min,
 * jittered, until 24 h), pauses, shut channels (one try an hour), an undelivered opened
 * folded into its resolved (outbox_fold.c), the plain second try of an unwanted message.
 * A channel that hangs holds back only itself: one attempt in flight per channel. A
 * resolved whose opened died is sent as it is: every message is complete on its own.
 */
#ifndef DIMWATCH_ALERTS_OUTBOX_H
#define DIMWATCH_ALERTS_OUTBOX_H

#include "agent/base/rng.h"
#include "alerts/delivery.h"

struct outbox; /* opaque */

#define OUTBOX_GIVE_UP_MS ((int64_t)24 * 3600 * 1000) /* after `created` */
#define OUTBOX_MAX_ROWS   10000 /* waiting in one channel; then the oldest dies */
/* More than a handful waiting for one channel become one summary, which gathers for a
 * moment; for a while after one, two are enough. */
#define OUTBOX_HANDFUL    5
#define OUTBOX_GATHER_MS  ((int64_t)5000)
#define OUTBOX_STORM_MS   MS_PER_MIN
#define OUTBOX_MAX_BUNDLE 250 /* in one summary */

enum channel_state { CHANNEL_OPEN = 0, CHANNEL_PAUSED = 1, CHANNEL_SHUT = 2 };
const char *channel_state_code(enum channel_state s);

/* The state of a channel, stored: the limiter survives a restart. */
struct channel_status {
	char name[64];
	enum channel_state state;
	bool for_good;
	struct wall until; /* PAUSED: no try before; SHUT: next try */
	struct wall since; /* in this state since */
	struct wall last_sent;
	double tokens; /* limiter's bucket */
	struct wall tokens_at;
	char words[257];
};

struct outbox_attempt {
	struct delivery delivery; /* as it stands; attempts counts this one */
	bool both;                /* its opened was folded into it: say both */
	bool maybe;               /* an earlier attempt of it may have arrived */
	/* One incident, one thread: its head's handle, "" none; edit: this attempt
	 * changes the head, the message itself follows. */
	char thread[128];
	bool edit;
};

/* What calls changed: rows to commit. Each call that takes one adds to it, so that a loop
 * around outbox_next loses nothing; the flags stay until a reset. */
struct outbox_update {
	struct delivery *deliveries; /* owned */
	size_t n, cap;
	bool channel_changed;
	struct channel_status channel;
	bool became_shut, reopened; /* edges, to be told as an incident on ourselves */
	bool bundled; /* commit this, then say outbox_committed: a summary waits for it */
};
void outbox_update_init(struct outbox_update *u);
void outbox_update_reset(struct outbox_update *u); /* empty again, keeps its memory */
void outbox_update_fini(struct outbox_update *u);

struct outbox *outbox_new(uint64_t seed);
void outbox_free(struct outbox *o);
/* A configured channel; known ones keep their state, a SHUT one gets a fresh try. */
void outbox_put_channel(
    struct outbox *o, const char *name, const struct channel_kind *k, struct wall now);
/* The channel left the config: its pending rows die, returned in ret. */
void outbox_remove_channel(
    struct outbox *o, const char *name, struct wall now, struct outbox_update *ret);
void outbox_restore_channel(struct outbox *o, const struct channel_status *s);
/* A committed, pending delivery (also at restart); other states and an id that waits
 * already are ignored. Rows of a channel nobody has put wait for it (until they die):
 * after loading, remove the channels that the config does not name. */
void outbox_put(struct outbox *o, const struct delivery *d);
/* The same for a pending row of a run before, which may have been under way when that
 * ended: nothing is claimed about whether it was told. */
void outbox_restore(struct outbox *o, const struct delivery *d);
/* What an accepted row of a run before says: this message heads the incident's thread. */
void outbox_restore_thread(struct outbox *o, const char *channel,
    const struct ulid *incident, const char *handle);
/* Call until it returns false. An attempt that may start now; it is in flight until
 * outbox_result. Rows folded or dead on the way are reported in ret_up (commit them). */
bool outbox_next(struct outbox *o, struct wall now, struct outbox_attempt *ret,
    struct outbox_update *ret_up);
/* Folding many (outbox_bundle.c): off until it is asked for, because whoever asks must
 * commit. committed: every update so far is on disk. */
void outbox_bundles(struct outbox *o, bool on);
void outbox_committed(struct outbox *o);
/* What an attempt of kind SUMMARY tells. both, maybe: as in outbox_attempt. */
typedef void (*outbox_member_fn)(
    void *arg, const struct delivery *d, bool both, bool maybe);
void outbox_each_member(
    const struct outbox *o, const struct ulid *summary, outbox_member_fn fn, void *arg);
void outbox_result(struct outbox *o, const struct ulid *id,
    const struct channel_verdict *v, struct wall now, struct outbox_update *ret_up);
/* By hand (outbox_hand.c). What waits is tried at once (a member with its summary), and
 * what stands before it; it gets 24 h more. A channel that is shut gets a fresh try; a
 * pause goes on, and so do quiet hours for all that was not named. */
enum outbox_hand { OUTBOX_HAND_DONE, OUTBOX_HAND_UNKNOWN, OUTBOX_HAND_UNDER_WAY };
enum outbox_hand outbox_retry(struct outbox *o, const struct ulid *id, struct wall now,
    struct outbox_update *ret_up);
/* Everything that waits there (ret_n); false: there is no such channel. */
bool outbox_retry_channel(struct outbox *o, const char *name, struct wall now,
    size_t *ret_n, struct outbox_update *ret_up);
/* It dies, for this reason: nobody is told. A summary takes its members along. */
enum outbox_hand outbox_drop(struct outbox *o, const struct ulid *id, const char *why,
    struct outbox_update *ret_up);
/* Somebody else speaks to the channel (a state is sent again): no attempt starts until
 * the release. False: an attempt is under way, or the channel is not open. */
bool outbox_hold(struct outbox *o, const char *name) MUST_CHECK;
void outbox_release(struct outbox *o, const char *name);
/* When outbox_next may have something; INT64_MAX: only after put or result. */
struct wall outbox_wake_at(const struct outbox *o);

struct outbox_stats {
	size_t pending, in_flight, channels_shut, channels_paused;
	struct wall oldest; /* created time of the oldest pending; 0 none */
};
struct outbox_stats outbox_stats(const struct outbox *o);
bool outbox_channel(const struct outbox *o, const char *name, struct channel_status *ret);
/* Every row that waits or is under way. (The records of their incidents must stay in
 * memory.) */
void outbox_each(
    const struct outbox *o, void (*fn)(void *arg, const struct delivery *d), void *arg);

#endif
