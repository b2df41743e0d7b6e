/* SPDX-License-Identifier: MIT
 *
 * Push parser for server-sent events (WHATWG HTML 9.2): bytes in, events out, the same
 * events however the bytes are cut. LF, CRLF, CR and mixtures; a BOM; `data:` with and
 * without a blank; several data lines; comments; a missing last blank line (sse_end).
 * Limits are ours: line and event 64 KiB,
 * 20,000 events and comments.
 */
#ifndef DIMWATCH_PROBES_SSE_H
#define DIMWATCH_PROBES_SSE_H

#include "agent/base/str.h"

#define SSE_MAX_LINE   ((size_t)64 << 10)
#define SSE_MAX_EVENT  ((size_t)64 << 10)
#define SSE_MAX_EVENTS 20000 /* comments included */

struct sse_event {
	struct span name; /* "event:" value, empty when none */
	struct span data; /* data lines joined by \n */
	struct span id;   /* the last one said so far, as the standard has it */
	int status; /* last ":HTTP_STATUS/NNN" comment or "status:" field in this event; 0
		     */
};

/* Spans are valid until the callback returns. Return false to stop parsing. */
typedef bool (*sse_event_fn)(void *arg, const struct sse_event *ev);
/* A comment line (without the colon), "HTTP_STATUS/NNN" included. */
typedef bool (*sse_comment_fn)(void *arg, struct span comment);

enum sse_state { SSE_GOING, SSE_STOPPED, SSE_TOO_LARGE };

struct sse {
	sse_event_fn on_event;
	sse_comment_fn on_comment; /* may be NULL */
	void *arg;
	struct str line, data, name, id;
	bool after_cr, started, has_data;
	int status;
	unsigned events;
	enum sse_state state;
};

void sse_init(struct sse *s, sse_event_fn on_event, sse_comment_fn on_comment, void *arg);
void sse_fini(struct sse *s);
enum sse_state sse_feed(struct sse *s, struct span in);
/* Data came whose event has not ended yet: only a blank line ends an event. */
bool sse_is_inside(const struct sse *s);
/* End of input: a line or event without its final blank line is still delivered. */
enum sse_state sse_end(struct sse *s);

#endif
