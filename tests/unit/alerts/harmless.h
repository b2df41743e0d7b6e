/* SPDX-License-Identifier: MIT
 *
 * What is harmless where: the mark-up, mentions and ends of each channel, and what no
 * reader can see. Each fails the test with the case that is under way.
 */
#ifndef DIMWATCH_TESTS_HARMLESS_H
#define DIMWATCH_TESTS_HARMLESS_H

#include "alerts/message.h"

/* The case under way. */
struct harmless_case {
	const char *kind; /* of the channel */
	enum message_kind news;
	const char *words; /* the stranger's */
	bool plain, zh;
	int cases, turn;
};
extern struct harmless_case now;

void bad(const char *why, const char *text) __attribute__((noreturn));
/* Valid UTF-8 without control, direction and zero-width characters. */
void is_visible(struct span text);
/* One text of a payload: visible, and no mark-up of the channel's. */
void seen_text(const char *text);
/* A whole mail. */
void mail_is_harmless(struct span mail, const char *text);

#endif
