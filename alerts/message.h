/* SPDX-License-Identifier: MIT
 *
 * One piece of news as a neutral value: what every channel lays out and escapes in its
 * own way. render() makes it from the incident as it stands *now*, at each attempt, so a
 * delayed message tells the present.
 */
#ifndef DIMWATCH_ALERTS_MESSAGE_H
#define DIMWATCH_ALERTS_MESSAGE_H

#include "agent/base/str.h"
#include "alerts/incident.h"
#include "alerts/language.h"

/* Stored in deliveries. */
enum message_kind {
	MESSAGE_OPENED = 0,
	MESSAGE_CHANGED = 1,
	MESSAGE_RESOLVED = 2,
	MESSAGE_RETRACTED = 3,
	MESSAGE_NOTICE_RAISED = 4,
	MESSAGE_NOTICE_CLEARED = 5,
	MESSAGE_REOPENED = 6,
	MESSAGE_TEST = 7,
	MESSAGE_REMINDER = 8,     /* it is still going on */
	MESSAGE_ACKNOWLEDGED = 9, /* somebody has it in hand */
	MESSAGE_SILENCED = 10,    /* no more of it for a while */
	MESSAGE_SUMMARY = 11,     /* news of many incidents in one: render_many.h */
	MESSAGE_DIGEST = 12,      /* about everything: digest.h */
	MESSAGE_KIND_COUNT
};
const char *message_kind_code(enum message_kind k); /* "opened" ... */
bool message_kind_is_end(enum message_kind k);      /* of its incident, for now */
/* The webhook's type: "incident.opened", "notice.raised", "test"... */
const char *message_kind_type(enum message_kind k);

#define MESSAGE_MAX_FACTS 10

struct message_many; /* render_many.h */

struct message {
	enum message_kind kind;
	bool late_both;  /* an opened that was never told and its end, in one message */
	char title[256]; /* <= 100 code points, short id included */
	char summary[1200];    /* <= 300 code points */
	char lock_screen[400]; /* one line that is enough on a locked phone */
	struct {
		char name[32];
		char value[256];
		bool untrusted; /* holds a stranger's words: no mark-up may be seen in it
				 */
	} facts[MESSAGE_MAX_FACTS];
	int n_facts;
	char evidence[512];   /* provider's own words, untrusted, <= 200 code points, one
				 line */
	char alternative[64]; /* "use this one meanwhile"; "" none */
	char vantage[64];
	struct wall at; /* of the log entry it tells */
	uint32_t seq;
	struct incident incident; /* as it stands now */
	enum language language;   /* of all its words */
	/* One incident is one thread: the head's handle where the channel knows threads,
	 * "" for a message of its own; edit: this request changes the head itself. */
	char thread[128];
	bool edit;
	enum severity was; /* what a state channel shows of it now; 0: nothing else */
	const struct message_many *many; /* of a SUMMARY, borrowed; else NULL */
};

struct render_context {
	enum language language;
	const char *vantage;
	const char *alternative; /* best healthy rival's target name, or NULL */
	struct wall now;
	int64_t
	    late_ms; /* how long the delivery has waited; a hint is added above 2 min */
	bool both;   /* outbox_attempt.both: the end also tells the beginning */
	bool maybe;  /* outbox_attempt.maybe: its beginning may have been read */
};

/* kind: what the delivery is for; the present state may turn it into another (an opened
 * whose incident is over becomes a resolved with late_both). in may be NULL for a test.
 * All texts are one line of valid, harmless UTF-8 whatever a provider sent; title,
 * summary and lock_screen hold no word of a stranger. */
void render(struct message *ret, enum message_kind kind, const struct incident *in,
    struct wall log_at, uint32_t seq, const struct render_context *c);

/* One harmless line: white space folded to single blanks, control and direction
 * characters and invalid bytes as \\xNN, cut with an ellipsis at max_points code points
 * or at size. Returns buf. */
char *message_line(char *buf, size_t size, size_t max_points, struct span in);
/* Adds a pair unless the value is empty or the message holds MESSAGE_MAX_FACTS. */
void message_fact(struct message *m, bool untrusted, const char *name, const char *value);

#endif
