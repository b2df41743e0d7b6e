/* SPDX-License-Identifier: MIT
 *
 * See repeat.h.
 */
#include "probes/repeat.h"

#include <string.h>

#include "agent/base/text.h"

#define EVENT_MAX 2048 /* a larger one is parsed each time */

void repeat_init(struct repeat *r)
{
	memset(r, 0, sizeof(*r));
	str_init(&r->event, EVENT_MAX);
}

void repeat_fini(struct repeat *r)
{
	str_fini(&r->event);
}

/* A string literal's inside that stands for itself. */
static bool is_plain(struct span text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"' || text.p[i] == '\\' ||
		    (unsigned char)text.p[i] < ' ')
			return false;
	}
	return text.n > 0 && utf8_valid(text);
}

/* Where "text", quotes included, stands: once, or nobody knows which of them it is. */
static const char *only_place(struct span event, struct span text)
{
	const char *found = NULL, *p = event.p, *end = event.p + event.n;

	while ((p = memchr(p, '"', (size_t)(end - p))) != NULL) {
		p++;
		if ((size_t)(end - p) <= text.n)
			break;
		if (p[text.n] != '"' || memcmp(p, text.p, text.n) != 0)
			continue;
		if (found != NULL)
			return NULL;
		found = p;
	}
	return found;
}

void repeat_learn(struct repeat *r, struct span name, struct span event, struct span text)
{
	const char *place;

	str_reset(&r->event);
	/* Without any escape the text stands there as it is. */
	if (event.n > EVENT_MAX || name.n >= sizeof(r->name) || !is_plain(text) ||
	    memchr(event.p, '\\', event.n) != NULL)
		return;
	place = only_place(event, text);
	if (place == NULL)
		return;
	r->head = (size_t)(place - event.p);
	r->tail = event.n - r->head - text.n;
	span_copy(name, r->name, sizeof(r->name));
	str_add(&r->event, event.p, event.n);
}

bool repeat_is(
    const struct repeat *r, struct span name, struct span event, struct span *ret_text)
{
	struct span text;

	if (r->event.len == 0 || event.n <= r->head + r->tail ||
	    !span_eq(name, r->name) || memcmp(event.p, r->event.data, r->head) != 0 ||
	    memcmp(event.p + event.n - r->tail, r->event.data + r->event.len - r->tail,
		r->tail) != 0)
		return false;
	text = (struct span){event.p + r->head, event.n - r->head - r->tail};
	if (!is_plain(text))
		return false;
	*ret_text = text;
	return true;
}
