/* SPDX-License-Identifier: MIT
 *
 * See model_name.h.
 */
#include "probes/model_name.h"

#include <stdint.h>
#include <string.h>

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct span bare(struct span name)
{
	const char *slash = name.n > 0 ? memrchr(name.p, '/', name.n) : NULL;

	if (slash != NULL) {
		name.n -= (size_t)(slash + 1 - name.p);
		name.p = slash + 1;
	}
	return name;
}

static bool ends_ieq(struct span name, const char *tail)
{
	size_t n = strlen(tail);

	return name.n > n && span_ieq((struct span){name.p + name.n - n, n}, tail);
}

/* Where the tail of digits, with a "v" before them maybe, begins; SIZE_MAX: there is
 * none. One digit alone is a version ("claude-3"), no date and no revision. */
static size_t digits_from(struct span name)
{
	size_t i = name.n;

	while (i > 0 && is_digit(name.p[i - 1]))
		i--;
	if (i == name.n || i == 0)
		return SIZE_MAX;
	if (name.n - i < 2 && name.p[i - 1] != ':' && name.p[i - 1] != 'v')
		return SIZE_MAX;
	if (name.p[i - 1] == 'v' && i > 1)
		i--;
	return i;
}

static bool is_joint(char c)
{
	return c == '-' || c == '@' || c == ':' || c == '_';
}

/* Drops one "-latest", "-2026-08-01" piece by piece, "@001", ":0" ... */
static struct span without_revision(struct span name)
{
	for (;;) {
		size_t from;

		if (ends_ieq(name, "-latest")) {
			name.n -= strlen("-latest");
			continue;
		}
		from = digits_from(name);
		if (from == SIZE_MAX || from < 2 || !is_joint(name.p[from - 1]))
			return name;
		name.n = from - 1;
	}
}

static bool same(struct span a, struct span b)
{
	char text[200];

	return a.n < sizeof(text) && span_ieq(b, span_copy(a, text, sizeof(text)));
}

bool model_is_same(struct span asked, struct span returned)
{
	struct span a = bare(asked), b = bare(returned);

	return same(a, b) || same(without_revision(a), without_revision(b));
}
