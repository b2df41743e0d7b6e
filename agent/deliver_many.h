/* SPDX-License-Identifier: MIT
 *
 * The message of a summary: what its members tell, from the incidents as they stand now.
 */
#ifndef DIMWATCH_AGENT_DELIVER_MANY_H
#define DIMWATCH_AGENT_DELIVER_MANY_H

#include "agent/book.h"
#include "alerts/render_many.h"

/* Borrowed by the message until `many` is finished. */
struct deliver_many {
	struct message_many many;
	struct news news[OUTBOX_MAX_BUNDLE];
};

void deliver_many(struct deliver_many *ret, const struct outbox *o, const struct book *b,
    const struct delivery *summary, const struct render_context *c, struct message *m);

#endif
