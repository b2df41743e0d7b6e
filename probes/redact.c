/* SPDX-License-Identifier: MIT
 *
 * Cleaning comes first, so that nothing dropped later can put a key together again. Then
 * the text is read as a stranger's program would read it (as it stands, and with
 * percent and JSON escapes decoded), marked, and written out as it stood with the marked
 * parts as ***.
 */
#include "probes/redact.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"

#define STRETCH    8                  /* so much of a key in a row is a leak */
#define SHORTEST   6                  /* shorter keys are words like "none" */
#define MAX_WINDOW ((size_t)16 << 10) /* of the input that is looked at */
#define MASK       "***"

/* One character as it is meant, and where it stands in the text. */
struct letter {
	uint32_t from;
	uint8_t n;
	char c;
};

/* One way to read the text; marks are kept by byte of the text. */
struct letters {
	struct letter *at;
	size_t n;
	bool *marked;
};

struct pattern {
	const char *prefix;
	const char *more;   /* what the secret part holds beside letters and digits */
	size_t least;       /* characters of the secret part */
	bool keep_prefix;   /* only the secret part is masked */
	bool starts_a_word; /* no letter or digit may stand before it */
};

static const struct pattern patterns[] = {
    {"bearer ",		   "-._~+/=", 8,  true,  true },
    {"bearer%20",                 "-._~+/=", 8,  true,  true },
    {"sk-",		       "-_",      6,  false, true },
    {"sk_",		       "-_",      6,  false, true },
    {"gsk_",		      "-_",      6,  false, true },
    {"xai-",		      "-_",      6,  false, true },
    {"hf_",		       "-_",      12, false, true },
    {"nvapi-",		    "-_",      6,  false, true },
    {"aiza",		      "-_",      20, false, true },
    {"xoxb-",		     "-",       4,  false, true },
    {"xoxp-",		     "-",       4,  false, true },
    {"xoxa-",		     "-",       4,  false, true },
    {"xoxr-",		     "-",       4,  false, true },
    {"xoxs-",		     "-",       4,  false, true },
    {"xoxe-",		     "-",       4,  false, true },
    {"xapp-",		     "-",       4,  false, true },
    {"bce-v3/",		   "-_/",     4,  false, true },
    {"akia",		      "",        12, false, true },
    {"asia",		      "",        12, false, true },
    {"eyj",		       "-_.",     17, false, true },
    {"hooks.slack.com/services/", "/_-",     1,  true,  false},
};

static char lower(char c)
{
	if (c >= 'A' && c <= 'Z')
		return (char)(c + 32);
	return c;
}

static bool is_alnum(char c)
{
	c = lower(c);
	return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

static int hex_value(char c)
{
	c = lower(c);
	if (c >= '0' && c <= '9')
		return c - '0';
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* n hex digits at p as a number; -1 when they are not. */
static int hex_number(const char *p, size_t n)
{
	int value = 0;

	for (size_t i = 0; i < n; i++) {
		int digit = hex_value(p[i]);

		if (digit < 0)
			return -1;
		value = value * 16 + digit;
	}
	return value;
}

/* Reads one letter: %2d, \u002d, \/ or a plain byte. */
static struct letter read_letter(struct span in, size_t i)
{
	struct letter l = {.from = (uint32_t)i, .n = 1, .c = in.p[i]};
	size_t left = in.n - i;
	int value = -1;

	if (l.c == '%' && left >= 3) {
		value = hex_number(in.p + i + 1, 2);
		l.n = value >= 0 ? 3 : 1;
	} else if (l.c == '\\' && left >= 6 && lower(in.p[i + 1]) == 'u') {
		value = hex_number(in.p + i + 2, 4);
		if (value > 0x7f)
			value = -1;
		l.n = value >= 0 ? 6 : 1;
	} else if (l.c == '\\' && left >= 2 && in.p[i + 1] == '/') {
		value = '/';
		l.n = 2;
	}
	if (value >= 0)
		l.c = (char)value;
	return l;
}

static struct letters read_letters(struct span in, bool decode, bool *marked)
{
	struct letters ls = {xcalloc(in.n + 1, sizeof(struct letter)), 0, marked};

	for (size_t i = 0; i < in.n; i += ls.at[ls.n++].n) {
		if (decode)
			ls.at[ls.n] = read_letter(in, i);
		else
			ls.at[ls.n] = (struct letter){(uint32_t)i, 1, in.p[i]};
	}
	return ls;
}

static bool same(const struct letters *ls, size_t i, const char *text, size_t n)
{
	if (i + n > ls->n)
		return false;
	for (size_t k = 0; k < n; k++) {
		if (lower(ls->at[i + k].c) != lower(text[k]))
			return false;
	}
	return true;
}

static void mark(const struct letters *ls, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		memset(ls->marked + ls->at[i].from, true, ls->at[i].n);
}

/* Every stretch of the key, at every place. Stretches are chained by their first letter,
 * so that a long key costs little more than a short one. */
static void mark_key(const struct letters *ls, const char *key)
{
	size_t m = strlen(key);
	size_t stretch = m < STRETCH ? m : STRETCH;
	size_t first[256] = {0}; /* place + 1 of the last stretch that starts so */
	size_t *before;          /* the one before it, the same way */

	if (m < SHORTEST)
		return;
	before = xcalloc(m, sizeof(*before));
	for (size_t k = 0; k + stretch <= m; k++) {
		size_t *place = &first[(unsigned char)lower(key[k])];

		before[k] = *place;
		*place = k + 1;
	}
	for (size_t i = 0; i + stretch <= ls->n; i++) {
		size_t k = first[(unsigned char)lower(ls->at[i].c)];

		for (; k > 0; k = before[k - 1]) {
			if (same(ls, i, key + k - 1, stretch))
				mark(ls, i, i + stretch);
		}
	}
	free(before);
}

static void mark_pattern(const struct letters *ls, size_t i, const struct pattern *p)
{
	size_t n, end;

	if (p->starts_a_word && i > 0 && is_alnum(ls->at[i - 1].c))
		return;
	n = strlen(p->prefix);
	if (!same(ls, i, p->prefix, n))
		return;
	end = i + n;
	while (end < ls->n && ls->at[end].c != '\0' &&
	       (is_alnum(ls->at[end].c) || strchr(p->more, ls->at[end].c) != NULL))
		end++;
	if (end - i - n >= p->least)
		mark(ls, p->keep_prefix ? i + n : i, end);
}

/* "://user:password@host" */
static void mark_userinfo(const struct letters *ls, size_t i)
{
	size_t end = i + 3;

	if (!same(ls, i, "://", 3))
		return;
	while (end < ls->n && ls->at[end].c != '\0' &&
	       strchr("/?# \t\n\"'<>@", ls->at[end].c) == NULL)
		end++;
	if (end < ls->n && ls->at[end].c == '@')
		mark(ls, i + 3, end);
}

#define N_PATTERNS (sizeof(patterns) / sizeof(patterns[0]))

static void mark_all(struct span in, bool decode, const struct secret *const *keys,
    size_t n_keys, bool *marked)
{
	struct letters ls = read_letters(in, decode, marked);
	bool starts[256] = {false}; /* first letters of patterns: most letters are none */

	for (size_t k = 0; k < N_PATTERNS; k++)
		starts[(unsigned char)patterns[k].prefix[0]] = true;
	for (size_t k = 0; k < n_keys; k++) {
		if (keys[k] != NULL)
			mark_key(&ls, secret_reveal(keys[k]));
	}
	for (size_t i = 0; i < ls.n; i++) {
		if (ls.at[i].c == ':')
			mark_userinfo(&ls, i);
		if (!starts[(unsigned char)lower(ls.at[i].c)])
			continue;
		for (size_t k = 0; k < N_PATTERNS; k++)
			mark_pattern(&ls, i, &patterns[k]);
	}
	free(ls.at);
}

static void put(struct str *out, struct span in, const bool *marked)
{
	for (size_t i = 0, n; i < in.n; i += n) {
		for (n = 1; i + n < in.n && marked[i + n] == marked[i];)
			n++;
		if (marked[i])
			str_adds(out, MASK);
		else
			str_add(out, in.p + i, n);
	}
}

void redact(char *out, size_t size, struct span in, const struct secret *key)
{
	redact_all(out, size, in, &key, 1);
}

void redact_all(char *out, size_t size, struct span in, const struct secret *const *keys,
    size_t n_keys)
{
	size_t window = size * 8 < MAX_WINDOW ? size * 8 : MAX_WINDOW;
	struct str clean, masked;
	bool *marked;

	if (in.n == 0) {
		str_copy(out, size, "");
		return;
	}
	if (in.n > window)
		in.n = utf8_cut(in, window);
	str_init(&clean, 3 * window);
	str_init(&masked, 4 * window);
	text_clean(&clean, in);
	marked = xcalloc(clean.len + 1, sizeof(*marked));
	mark_all(str_span(&clean), false, keys, n_keys, marked);
	if (strpbrk(str_c(&clean), "%\\") != NULL)
		mark_all(str_span(&clean), true, keys, n_keys, marked);
	put(&masked, str_span(&clean), marked);
	str_copy(out, size, str_c(&masked));
	free(marked);
	if (clean.data != NULL)
		explicit_bzero(clean.data, clean.len);
	str_fini(&clean);
	str_fini(&masked);
}
