/* SPDX-License-Identifier: MIT
 *
 * Makes the question and checks the answer.
 */
#include "probes/question.h"

#include <stdio.h>
#include <string.h>

/* Two-digit numbers: every model can, about eight thousand different questions. */
#define SUM_FROM 11
#define SUM_SPAN 89

void question_make(struct question *q, const struct target *t, struct rng *r)
{
	unsigned a, b;

	memset(q, 0, sizeof(*q));
	if (t->prompt != NULL) {
		str_copy(q->text, sizeof(q->text), t->prompt);
		return;
	}
	a = SUM_FROM + (unsigned)rng_below(r, SUM_SPAN);
	b = SUM_FROM + (unsigned)rng_below(r, SUM_SPAN);
	snprintf(q->text, sizeof(q->text), "What is %u + %u? Reply with the number only.",
	    a, b);
	snprintf(q->expected, sizeof(q->expected), "%u", a + b);
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The number stands in the text and is not a part of a longer one. */
static bool has_number(struct span text, const char *number)
{
	size_t n = strlen(number);

	for (size_t i = 0; i + n <= text.n; i++) {
		if (memcmp(text.p + i, number, n) != 0)
			continue;
		if (i > 0 && is_digit(text.p[i - 1]))
			continue;
		if (i + n < text.n && is_digit(text.p[i + n]))
			continue;
		return true;
	}
	return false;
}

enum outcome question_check(
    const struct question *q, const struct target *t, struct span answer, bool *ret_odd)
{
	bool good = true;

	*ret_odd = q->expected[0] != '\0' && !has_number(answer, q->expected);
	switch (t->expect) {
	case EXPECT_NONE:
		break;
	case EXPECT_CONTAINS:
		good = span_icontains(answer, span_of(t->expect_text));
		break;
	case EXPECT_EQUALS:
		good = span_eq(span_trim(answer), t->expect_text);
		break;
	}
	return good ? OUTCOME_OK : OUTCOME_WRONG_ANSWER;
}
