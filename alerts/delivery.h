/* SPDX-License-Identifier: MIT
 *
 * One message owed to one channel: a row of the outbox, without a body (it is rendered
 * from the incident at each attempt). The id is frozen at creation, made of what it is
 * for, so the same news always carries the same key.
 */
#ifndef DIMWATCH_ALERTS_DELIVERY_H
#define DIMWATCH_ALERTS_DELIVERY_H

#include "agent/base/ulid.h"
#include "alerts/channel.h"
#include "alerts/message.h"

/* Stored. "In flight" is no state: it lives in memory, a crash leaves `pending`. */
enum delivery_state {
	DELIVERY_PENDING = 0,
	DELIVERY_SENT = 1,
	DELIVERY_DEAD = 2,   /* gave up: 24 h, or refused twice */
	DELIVERY_FOLDED = 3, /* told by another delivery (an opened by its resolved) */
	DELIVERY_MUTED = 4,  /* silenced: last_error says until when */
	DELIVERY_STATE_COUNT
};
const char *delivery_state_code(enum delivery_state s);

struct delivery {
	struct ulid id;
	struct ulid incident;
	uint32_t seq; /* entry of the incident's log */
	char channel[64];
	enum message_kind kind;
	struct wall created, not_before, first_try, sent; /* 0: not yet */
	struct wall held_until; /* quiet hours keep it back; 0: they do not */
	struct wall retried; /* somebody wished another try then: 24 h more; 0: never */
	int attempts;
	bool plain; /* the next attempt is the plain rendering */
	enum delivery_state state;
	enum verdict_kind verdict; /* of the last attempt */
	char last_error[257];
	char handle[128];
	struct ulid into; /* the delivery that tells it (FOLDED) or shall (PENDING); "" */
	char group[80];   /* waits until not_before for more of it; "": for nobody */
};

struct ulid delivery_id(const struct ulid *incident, uint32_t seq, const char *channel,
    enum message_kind kind, struct wall created);

#endif
