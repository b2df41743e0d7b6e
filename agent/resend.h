/* SPDX-License-Identifier: MIT
 *
 * For channels whose far side keeps a state (Alertmanager): tells everything that is open
 * again and again, in one request, outside the outbox. The outbox says each change once
 * and for certain; this brings back what the far side has lost. Never both at a time: an
 * old "it burns" must not come after "it is out".
 */
#ifndef DIMWATCH_AGENT_RESEND_H
#define DIMWATCH_AGENT_RESEND_H

#include "agent/book.h"
#include "agent/conf.h"
#include "alerts/outbox.h"
#include "probes/http.h"

struct resend; /* opaque */

/* Of an incident that is going on; borrowed until the call returns. */
struct resend_handler {
	void (*compose)(
	    void *arg, enum language l, const struct incident *in, struct message *ret);
	void (*on_idle)(void *arg); /* a channel was released: the outbox may go on */
};

struct resend *resend_new(struct loop *l, struct http *h, const struct book *b,
    struct outbox *o, const struct resend_handler *on, void *arg);
/* The http client was freed before. */
void resend_free(struct resend *r);
/* The channels of this generation; what is under way ends by itself. */
void resend_config(struct resend *r, struct conf *c);
void resend_stop(struct resend *r);
/* The severity under which this channel shows the incident; 0: not at all, or unknown
 * since a start (then it ends there by itself). */
enum severity resend_shows(
    const struct resend *r, const char *channel, const struct ulid *incident);
/* The channel accepted this incident as it stands here. */
void resend_note(struct resend *r, const char *channel, const struct incident *in);

#endif
