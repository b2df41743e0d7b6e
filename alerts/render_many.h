/* SPDX-License-Identifier: MIT
 *
 * News of many incidents as one message: counts, then names, the worst first, cut with
 * "and 187 more". Channels lay it out like any other message; who wants each of them (a
 * webhook) reads the list itself.
 */
#ifndef DIMWATCH_ALERTS_RENDER_MANY_H
#define DIMWATCH_ALERTS_RENDER_MANY_H

#include "alerts/message.h"

/* One of them: what was owed, and the incident as it stands now. */
struct news {
	const struct incident *in; /* borrowed */
	enum message_kind kind;    /* after render_many: as things stand */
	uint32_t seq;
	bool both, maybe; /* as in outbox_attempt; both: for ends only */
};

struct message_many {
	struct news *all; /* borrowed */
	size_t n;
	size_t
	    going_on; /* what this channel was told of and is not over, these included */
};

/* Sorts them, the worst first; ret->many is `many`. c->both and c->maybe are not used. */
void render_many(
    struct message *ret, struct message_many *many, const struct render_context *c);
/* What an owed kind has become, as the incident stands now; ret_both: it tells the
 * beginning too. In render.c. */
enum message_kind render_present(
    enum message_kind kind, const struct incident *in, bool maybe, bool *ret_both);

#endif
