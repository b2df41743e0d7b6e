/* SPDX-License-Identifier: MIT
 *
 * Collects the head of an answer line by line, as libcurl hands it out: status lines of
 * interim answers, the final head, and whatever trailers follow the body. Everything is
 * counted against one budget; after the final head, lines are counted and forgotten.
 */
#ifndef DIMWATCH_PROBES_HTTP_HEAD_H
#define DIMWATCH_PROBES_HTTP_HEAD_H

#include "probes/wire.h"

enum http_head_next {
	HTTP_HEAD_MORE,
	HTTP_HEAD_READY,    /* the final head is complete: see `head` */
	HTTP_HEAD_TOO_LARGE /* above HEAD_MAX_BYTES, HEAD_MAX_HEADERS or _INTERIM */
};

struct http_head {
	struct str bytes;      /* owned: the lines of the present head */
	size_t seen;           /* bytes of all lines, interim answers and trailers too */
	unsigned interim;      /* answers before the final one */
	bool ready;            /* the final head was complete */
	struct wire_head head; /* its spans point into bytes; valid while ready */
};

void http_head_init(struct http_head *h);
void http_head_fini(struct http_head *h);
/* One line with its line end. READY is returned once, for the blank line that ends the
 * final head. */
enum http_head_next http_head_line(struct http_head *h, struct span line);
/* The coding the body is wrapped in although nobody asked for one ("gzip"), from
 * Content-Encoding or Transfer-Encoding; an empty span when it is plain. */
struct span http_head_coding(const struct wire_head *h);

#endif
