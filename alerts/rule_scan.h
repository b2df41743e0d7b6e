/* SPDX-License-Identifier: MIT
 *
 * The words of a rule's text one by one, and the sentences about those that are wrong:
 * each names the place, what is expected there and the nearest right word.
 */
#ifndef DIMWATCH_ALERTS_RULE_SCAN_H
#define DIMWATCH_ALERTS_RULE_SCAN_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "alerts/rule.h"

struct scan {
	const char *text;
	const char *p;     /* where the next token begins, blanks skipped */
	const char *token; /* where the present one began: the place of an error */
	struct err *e;
};

/* The next token: a word or number, a comparison, or one character; "" at the end. */
struct span scan_take(struct scan *s);
/* The next one, which is not taken. */
struct span scan_peek(const struct scan *s);
/* Takes it if it is that word. */
bool scan_is(struct scan *s, const char *word);
bool scan_want(struct scan *s, const char *word) MUST_CHECK;
/* "expected X, found Y (did you mean ...?)"; near: n right words. Always false. */
bool scan_expected(struct scan *s, struct span found, const char *what,
    const char *const *near, size_t n);
/* digits [. digits] as an exact fraction, so that 20% is the same double as 1 of 5. */
bool scan_fraction(struct span t, double *ret_num, double *ret_den);
/* A whole number in its range; `what` is about the range: "a guard". */
bool scan_count(
    struct scan *s, const char *what, int least, int most, int *ret) MUST_CHECK;
/* A window such as 10m or 1h30m. */
bool scan_window(struct scan *s, int64_t *ret_ms) MUST_CHECK;
/* 20% as 0.2; 0 to 100. */
bool scan_percent(struct scan *s, double *ret) MUST_CHECK;

/* rule_condition.c: one condition, up to what does not belong to it. Its rings are not
 * given yet. */
bool condition_parse(struct scan *s, struct condition *c) MUST_CHECK;

#endif
