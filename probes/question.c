/* SPDX-License-Identifier: MIT
 *
 * Makes the question and checks the answer.
 */
#include "probes/question.h"

#include <stdio.h>
#include <string.h>

#include "probes/expect.h"

/* Two-digit numbers: every model can, about eight thousand different questions. */
#define SUM_FROM 11
#define SUM_SPAN 89

void question_make(struct question *q, const struct target *t, struct rng *r)
{
	unsigned a, b;

	memset(q, 0, sizeof(*q));
	if (t->kind == PROBE_HEAVY)
		q->padding = rng_next(r);
	if (t->prompt != NULL) {
		str_copy(q->text, sizeof(q->text), t->prompt);
		return;
	}
	if (t->kind == PROBE_HTTP) /* a page is asked nothing */
		return;
	a = SUM_FROM + (unsigned)rng_below(r, SUM_SPAN);
	b = SUM_FROM + (unsigned)rng_below(r, SUM_SPAN);
	(void)snprintf(q->text, sizeof(q->text),
	    "What is %u + %u? Reply with the number only.", a, b);
	(void)snprintf(q->expected, sizeof(q->expected), "%u", a + b);
}

/* Short and frequent: a token each in the vocabularies that are in use. */
static const char *const words[] = {"time", "year", "people", "way", "day", "man",
    "thing", "woman", "life", "child", "world", "school", "state", "family", "student",
    "group", "country", "problem", "hand", "part", "place", "case", "week", "company",
    "system", "program", "question", "work", "government", "number", "night", "point",
    "home", "water", "room", "mother", "area", "money", "story", "fact", "month", "lot",
    "right", "study", "book", "eye", "job", "word", "business", "issue", "side", "kind",
    "head", "house", "service", "friend", "father", "power", "hour", "game", "line",
    "end", "member", "law"};
#define N_WORDS (sizeof(words) / sizeof(words[0]))

void question_text(const struct question *q, const struct target *t, struct str *out)
{
	struct rng r;

	if (t->kind == PROBE_HEAVY) {
		rng_init(&r, q->padding);
		for (int i = 0; i < t->heavy_tokens; i++)
			str_addf(
			    out, i == 0 ? "%s" : " %s", words[rng_below(&r, N_WORDS)]);
		str_adds(out, "\n\nThe words above mean nothing. ");
	}
	str_adds(out, q->text);
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
	*ret_odd = q->expected[0] != '\0' && !has_number(answer, q->expected);
	return expect_is_met(t, answer) ? OUTCOME_OK : OUTCOME_WRONG_ANSWER;
}
