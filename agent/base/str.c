/* SPDX-License-Identifier: MIT
 *
 * Growing strings with a limit, and borrowed slices. Growth doubles and never passes the
 * limit, so a str costs at most what its maker allowed.
 */
#include "agent/base/str.h"

#include <assert.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"

#define NEAREST_MAX 64 /* longer words are compared by their first 64 characters */

void str_init(struct str *s, size_t limit)
{
	assert(limit < SIZE_MAX / 2);
	*s = (struct str){.limit = limit};
}

void str_fini(struct str *s)
{
	if (!s)
		return;
	free(s->data);
	*s = (struct str){.limit = s->limit};
}

void str_reset(struct str *s)
{
	str_truncate(s, 0);
	s->cut = false;
}

/* Room for n more bytes and the NUL; n is within the limit. */
static void reserve(struct str *s, size_t n)
{
	size_t need = s->len + n + 1;
	size_t cap = s->cap ? s->cap : 32;

	if (need <= s->cap)
		return;
	while (cap < need)
		cap *= 2;
	if (cap > s->limit + 1)
		cap = s->limit + 1;
	s->data = xreallocarray(s->data, cap, 1);
	s->cap = cap;
}

/* How many of n bytes fit; notes when not all do. */
static size_t fitting(struct str *s, size_t n)
{
	size_t room = s->limit - s->len;

	if (n <= room)
		return n;
	s->cut = true;
	return room;
}

bool str_add(struct str *s, const void *p, size_t n)
{
	size_t fit = fitting(s, n);

	reserve(s, fit);
	if (fit)
		memcpy(s->data + s->len, p, fit);
	s->len += fit;
	s->data[s->len] = '\0';
	return fit == n;
}

bool str_adds(struct str *s, const char *text)
{
	return str_add(s, text, strlen(text));
}

bool str_addc(struct str *s, char c)
{
	return str_add(s, &c, 1);
}

bool str_addv(struct str *s, const char *fmt, va_list ap)
{
	va_list again;
	size_t fit;
	int n;

	va_copy(again, ap);
	n = vsnprintf(NULL, 0, fmt, again);
	va_end(again);
	if (n < 0) {
		s->cut = true;
		return false;
	}
	fit = fitting(s, (size_t)n);
	reserve(s, fit);
	(void)vsnprintf(s->data + s->len, fit + 1, fmt, ap);
	s->len += fit;
	return fit == (size_t)n;
}

bool str_addf(struct str *s, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = str_addv(s, fmt, ap);
	va_end(ap);
	return ok;
}

const char *str_c(const struct str *s)
{
	return s->data ? s->data : "";
}

char *str_take(struct str *s)
{
	char *data = s->data ? s->data : xstrdup("");

	*s = (struct str){.limit = s->limit};
	return data;
}

void str_truncate(struct str *s, size_t n)
{
	if (n >= s->len)
		return;
	s->len = n;
	s->data[n] = '\0';
}

struct span span_of(const char *text)
{
	return (struct span){text, text ? strlen(text) : 0};
}

struct span str_span(const struct str *s)
{
	return (struct span){s->data, s->len};
}

/* ctype depends on the locale; header names and keywords do not. */
static char ascii_lower(char c)
{
	return (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
}

static bool same_ignoring_case(const char *a, const char *b, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (ascii_lower(a[i]) != ascii_lower(b[i]))
			return false;
	}
	return true;
}

bool span_eq(struct span a, const char *text)
{
	size_t n = strlen(text);

	return a.n == n && (n == 0 || memcmp(a.p, text, n) == 0);
}

bool span_ieq(struct span a, const char *text)
{
	return a.n == strlen(text) && same_ignoring_case(a.p, text, a.n);
}

bool span_has_prefix(struct span a, const char *prefix)
{
	size_t n = strlen(prefix);

	return a.n >= n && (n == 0 || memcmp(a.p, prefix, n) == 0);
}

bool span_icontains(struct span hay, struct span needle)
{
	if (needle.n == 0)
		return true;
	for (size_t i = 0; i + needle.n <= hay.n; i++) {
		if (same_ignoring_case(hay.p + i, needle.p, needle.n))
			return true;
	}
	return false;
}

bool span_contains(struct span hay, struct span needle)
{
	if (needle.n == 0)
		return true;
	return hay.n >= needle.n && memmem(hay.p, hay.n, needle.p, needle.n) != NULL;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct span span_trim(struct span a)
{
	while (a.n && is_blank(a.p[0])) {
		a.p++;
		a.n--;
	}
	while (a.n && is_blank(a.p[a.n - 1]))
		a.n--;
	return a;
}

char *span_copy(struct span a, char *buf, size_t size)
{
	size_t n = a.n;

	if (size == 0)
		return buf;
	if (n > size - 1)
		n = size - 1;
	if (n)
		memcpy(buf, a.p, n);
	buf[n] = '\0';
	return buf;
}

char *str_copy(char *buf, size_t size, const char *text)
{
	struct span s = span_of(text);

	if (size == 0)
		return buf;
	if (s.n > size - 1)
		s.n = utf8_cut(s, size - 1);
	return span_copy(s, buf, size);
}

static size_t min3(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;

	return ab < c ? ab : c;
}

/* Edit distance where two swapped neighbours cost one, as fingers do. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[3][NEAREST_MAX + 1];
	size_t na = strnlen(a, NEAREST_MAX), nb = strnlen(b, NEAREST_MAX);

	for (size_t j = 0; j <= nb; j++)
		row[0][j] = j;
	for (size_t i = 1; i <= na; i++) {
		size_t *now = row[i % 3], *last = row[(i - 1) % 3];
		const size_t *before = row[(i + 1) % 3];

		now[0] = i;
		for (size_t j = 1; j <= nb; j++) {
			char x = ascii_lower(a[i - 1]), y = ascii_lower(b[j - 1]);

			now[j] =
			    min3(last[j] + 1, now[j - 1] + 1, last[j - 1] + (x != y));
			if (i > 1 && j > 1 && x == ascii_lower(b[j - 2]) &&
			    y == ascii_lower(a[i - 2]) && before[j - 2] + 1 < now[j])
				now[j] = before[j - 2] + 1;
		}
	}
	return row[na % 3][nb];
}

const char *str_nearest(const char *word, const char *const *words, size_t n)
{
	size_t len = strnlen(word, NEAREST_MAX);
	/* Two edits turn most words of three letters into any other. */
	size_t most = len <= 3 ? 1 : len / 3 > 2 ? len / 3 : 2;
	const char *best = NULL;

	for (size_t i = 0; i < n; i++) {
		size_t d = edit_distance(word, words[i]);

		if (d > most || d >= strlen(words[i]))
			continue;
		best = words[i];
		if (d == 0)
			break;
		most = d - 1;
	}
	return best;
}
