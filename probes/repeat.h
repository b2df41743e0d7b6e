/* SPDX-License-Identifier: MIT
 *
 * A stream says the same again and again: one event differs from the one before in one
 * string, the next piece of text. Such an event need not be parsed to be understood.
 * This is exact, not a guess: bytes that are equal but for the inside of one string
 * literal, which holds no quote, no backslash and no control character and is UTF-8, are
 * the same JSON value with another string in that place.
 */
#ifndef DIMWATCH_PROBES_REPEAT_H
#define DIMWATCH_PROBES_REPEAT_H

#include <stdbool.h>

#include "agent/base/str.h"

struct repeat {
	struct str event; /* owned: the pattern; empty: none is known */
	char name[32];    /* of the event */
	size_t head;      /* its bytes before the text; behind it comes the tail */
	size_t tail;
};

void repeat_init(struct repeat *r);
void repeat_fini(struct repeat *r);
/* This event was parsed, is good, and said nothing but `text`. Remembered when it is
 * certain where in the event that text stands. */
void repeat_learn(
    struct repeat *r, struct span name, struct span event, struct span text);
/* True: the event says what the learned one said, with *ret_text (not empty, within the
 * event) in place of its text. */
bool repeat_is(
    const struct repeat *r, struct span name, struct span event, struct span *ret_text);

#endif
