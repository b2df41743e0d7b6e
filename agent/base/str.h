/* SPDX-License-Identifier: MIT
 *
 * struct str: a growing byte string with a limit that is set when it is made.
 * struct span: a borrowed slice; whoever hands one out says until when it lives.
 * Invariants: len <= limit; data[len] == 0 once anything was appended; after an append
 * that did not fit, `cut` is true and the string holds what fitted.
 */
#ifndef DIMWATCH_BASE_STR_H
#define DIMWATCH_BASE_STR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

struct span {
	const char *p; /* borrowed; may be NULL when n == 0 */
	size_t n;
};

struct str {
	char *data; /* owned; NULL until the first append: use str_c */
	size_t len;
	size_t cap;
	size_t limit; /* bytes, without the final NUL */
	bool cut;     /* something did not fit */
};

void str_init(struct str *s, size_t limit);
void str_fini(struct str *s);
void str_reset(struct str *s);
/* Appends; returns false and sets cut when the limit was reached (what fits is kept). */
bool str_add(struct str *s, const void *p, size_t n);
bool str_adds(struct str *s, const char *text);
bool str_addf(struct str *s, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool str_addv(struct str *s, const char *fmt, va_list ap)
    __attribute__((format(printf, 2, 0)));
bool str_addc(struct str *s, char c);
/* The text, "" when empty; valid until the next append. */
const char *str_c(const struct str *s);
/* Hands the bytes to the caller (free with free()); the str is empty afterwards. */
char *str_take(struct str *s);
/* Cuts to n bytes. */
void str_truncate(struct str *s, size_t n);

struct span span_of(const char *text); /* NULL gives an empty span */
struct span str_span(const struct str *s);
bool span_eq(struct span a, const char *text);
bool span_ieq(struct span a, const char *text); /* ASCII case-insensitive */
bool span_has_prefix(struct span a, const char *prefix);
/* Case-insensitive (ASCII) search; a linear matcher without patterns. */
bool span_icontains(struct span hay, struct span needle);
bool span_contains(struct span hay, struct span needle);
struct span span_trim(struct span a); /* blanks, tabs, CR, LF at both ends */
/* Copies into buf with a NUL, cut to size; returns buf. */
char *span_copy(struct span a, char *buf, size_t size);
/* Copies text into buf with a NUL, cut to size on a UTF-8 boundary; returns buf. */
char *str_copy(char *buf, size_t size, const char *text);

/* The nearest of n words to `word` by edit distance, or NULL if none is near enough
 * (distance <= 2, or a third of the word). For "did you mean". */
const char *str_nearest(const char *word, const char *const *words, size_t n);

#endif
