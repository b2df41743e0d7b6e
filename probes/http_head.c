/* SPDX-License-Identifier: MIT
 *
 * Head lines to a struct wire_head, within a budget.
 */
#include "probes/http_head.h"

#include <string.h>

void http_head_init(struct http_head *h)
{
	memset(h, 0, sizeof(*h));
	str_init(&h->bytes, HEAD_MAX_BYTES);
}

void http_head_fini(struct http_head *h)
{
	str_fini(&h->bytes);
}

/* "HTTP/1.1 200 OK" -> 200; 0 when it is no status line. */
static int status_of(struct span line)
{
	const char *blank = line.n ? memchr(line.p, ' ', line.n) : NULL;
	size_t at = blank ? (size_t)(blank - line.p) + 1 : line.n;
	int status = 0;

	if (!span_has_prefix(line, "HTTP/"))
		return 0;
	for (int digits = 0; digits < 3; digits++, at++) {
		if (at >= line.n || line.p[at] < '0' || line.p[at] > '9')
			return 0;
		status = status * 10 + (line.p[at] - '0');
	}
	return status;
}

static struct span cut_line(struct span *rest)
{
	const char *end = memchr(rest->p, '\n', rest->n);
	size_t n = end ? (size_t)(end - rest->p) + 1 : rest->n;
	struct span line = {rest->p, n};

	rest->p += n;
	rest->n -= n;
	return line;
}

static bool add_header(struct wire_head *head, struct span line)
{
	const char *colon = memchr(line.p, ':', line.n);
	size_t name = colon ? (size_t)(colon - line.p) : 0;

	/* Folded continuation lines and lines without a colon say nothing we use. */
	if (name == 0 || line.p[0] == ' ' || line.p[0] == '\t')
		return true;
	if (head->n == HEAD_MAX_HEADERS)
		return false;
	head->headers[head->n++] = (struct wire_header){
	    .name = span_trim((struct span){line.p, name}),
	    .value = span_trim((struct span){colon + 1, line.n - name - 1}),
	};
	return true;
}

/* The spans are cut only now, because the buffer moves while it grows. */
static bool split_head(struct http_head *h)
{
	struct span rest = str_span(&h->bytes);

	h->head.n = 0;
	h->head.status = status_of(cut_line(&rest));
	while (rest.n > 0) {
		if (!add_header(&h->head, cut_line(&rest)))
			return false;
	}
	return true;
}

static enum http_head_next end_of_head(struct http_head *h)
{
	int status = status_of(str_span(&h->bytes));

	if (status < 200) { /* an interim answer: the real one follows */
		str_reset(&h->bytes);
		return ++h->interim > HEAD_MAX_INTERIM ? HTTP_HEAD_TOO_LARGE
						       : HTTP_HEAD_MORE;
	}
	if (!split_head(h))
		return HTTP_HEAD_TOO_LARGE;
	h->ready = true;
	return HTTP_HEAD_READY;
}

enum http_head_next http_head_line(struct http_head *h, struct span line)
{
	if (line.n > HEAD_MAX_BYTES - h->seen)
		return HTTP_HEAD_TOO_LARGE;
	h->seen += line.n;
	if (h->ready)
		return HTTP_HEAD_MORE; /* a trailer */
	if (span_trim(line).n == 0)
		return end_of_head(h);
	if (status_of(line) > 0)
		str_reset(&h->bytes);
	(void)str_add(&h->bytes, line.p, line.n);
	return HTTP_HEAD_MORE;
}

/* Is there anything in this list beside what every client understands? */
static bool is_plain(struct span list)
{
	return list.n == 0 || span_ieq(list, "identity") || span_ieq(list, "chunked");
}

struct span http_head_coding(const struct wire_head *h)
{
	struct span content = head_find(h, "content-encoding");
	struct span transfer = head_find(h, "transfer-encoding");

	if (!is_plain(content))
		return content;
	if (!is_plain(transfer))
		return transfer;
	return (struct span){NULL, 0};
}
