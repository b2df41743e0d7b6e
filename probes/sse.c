/* SPDX-License-Identifier: MIT
 *
 * The event-stream grammar of WHATWG HTML 9.2.6. Bytes are gathered to lines first and
 * everything else is decided a line at a time, so the cuts of the network cannot be
 * seen. A CR ends its line at once; the LF that may follow is swallowed.
 */
#include "probes/sse.h"

#include <string.h>

#define BOM           "\xef\xbb\xbf"
#define STATUS_PREFIX "HTTP_STATUS/"

void sse_init(struct sse *s, sse_event_fn on_event, sse_comment_fn on_comment, void *arg)
{
	memset(s, 0, sizeof(*s));
	s->on_event = on_event;
	s->on_comment = on_comment;
	s->arg = arg;
	str_init(&s->line, SSE_MAX_LINE);
	str_init(&s->data, SSE_MAX_EVENT);
	str_init(&s->name, SSE_MAX_LINE);
	str_init(&s->id, SSE_MAX_LINE);
}

void sse_fini(struct sse *s)
{
	if (s == NULL)
		return;
	str_fini(&s->line);
	str_fini(&s->data);
	str_fini(&s->name);
	str_fini(&s->id);
}

static void dispatch(struct sse *s)
{
	struct sse_event ev = {
	    .name = str_span(&s->name),
	    .data = str_span(&s->data),
	    .id = str_span(&s->id),
	    .status = s->status,
	};

	/* "If the data buffer is empty, set it and the event type to empty and return."
	 */
	if (s->has_data) {
		if (++s->events > SSE_MAX_EVENTS)
			s->state = SSE_TOO_LARGE;
		else if (!s->on_event(s->arg, &ev))
			s->state = SSE_STOPPED;
	}
	str_reset(&s->data);
	str_reset(&s->name);
	s->has_data = false;
	s->status = 0;
}

/* Three digits, anything behind them ignored; 0 when there are none. */
static int read_status(struct span v)
{
	int status = 0;

	if (v.n < 3)
		return 0;
	for (size_t i = 0; i < 3; i++) {
		if (v.p[i] < '0' || v.p[i] > '9')
			return 0;
		status = status * 10 + (v.p[i] - '0');
	}
	return status;
}

static void on_comment_line(struct sse *s, struct span comment)
{
	if (span_has_prefix(comment, STATUS_PREFIX)) {
		size_t skip = strlen(STATUS_PREFIX);

		s->status =
		    read_status((struct span){comment.p + skip, comment.n - skip});
	}
	if (++s->events > SSE_MAX_EVENTS)
		s->state = SSE_TOO_LARGE;
	else if (s->on_comment != NULL && !s->on_comment(s->arg, comment))
		s->state = SSE_STOPPED;
}

static void on_field(struct sse *s, struct span name, struct span value)
{
	if (span_eq(name, "data")) {
		if (s->has_data)
			str_addc(&s->data, '\n');
		s->has_data = true;
		if (!str_add(&s->data, value.p, value.n) || s->data.cut)
			s->state = SSE_TOO_LARGE;
	} else if (span_eq(name, "event")) {
		str_reset(&s->name);
		str_add(&s->name, value.p, value.n);
	} else if (span_eq(name, "id")) {
		/* "If the field value does not contain U+0000 NULL …" */
		if (value.n > 0 && memchr(value.p, 0, value.n) != NULL)
			return;
		str_reset(&s->id);
		str_add(&s->id, value.p, value.n);
	} else if (span_eq(name, "status")) {
		s->status = read_status(value);
	}
	/* "retry" and unknown fields are ignored. */
}

static void on_line(struct sse *s)
{
	struct span line = str_span(&s->line);
	struct span value = {NULL, 0};
	const char *colon;

	if (!s->started && span_has_prefix(line, BOM)) {
		line.p += strlen(BOM);
		line.n -= strlen(BOM);
	}
	s->started = true;
	if (line.n == 0) {
		dispatch(s);
	} else if (line.p[0] == ':') {
		on_comment_line(s, (struct span){line.p + 1, line.n - 1});
	} else {
		colon = memchr(line.p, ':', line.n);
		if (colon != NULL) {
			value.p = colon + 1;
			value.n = line.n - (size_t)(colon + 1 - line.p);
			line.n = (size_t)(colon - line.p);
			if (value.n > 0 && value.p[0] == ' ') {
				value.p++;
				value.n--;
			}
		}
		on_field(s, line, value);
	}
	str_reset(&s->line);
}

/* Bytes up to the next CR or LF. */
static size_t line_length(struct span in)
{
	const char *lf = memchr(in.p, '\n', in.n);
	size_t n = lf != NULL ? (size_t)(lf - in.p) : in.n;
	const char *cr = memchr(in.p, '\r', n);

	return cr != NULL ? (size_t)(cr - in.p) : n;
}

enum sse_state sse_feed(struct sse *s, struct span in)
{
	while (in.n > 0 && s->state == SSE_GOING) {
		size_t n;

		if (s->after_cr && in.p[0] == '\n') {
			in.p++;
			in.n--;
			s->after_cr = false;
			continue;
		}
		s->after_cr = false;
		n = line_length(in);
		if (!str_add(&s->line, in.p, n)) {
			s->state = SSE_TOO_LARGE;
			break;
		}
		if (n == in.n)
			break;
		s->after_cr = in.p[n] == '\r';
		in.p += n + 1;
		in.n -= n + 1;
		on_line(s);
	}
	return s->state;
}

bool sse_is_inside(const struct sse *s)
{
	return s->has_data || span_has_prefix(str_span(&s->line), "data:");
}

enum sse_state sse_end(struct sse *s)
{
	if (s->state == SSE_GOING && s->line.len > 0)
		on_line(s);
	if (s->state == SSE_GOING && s->has_data)
		dispatch(s);
	return s->state;
}
