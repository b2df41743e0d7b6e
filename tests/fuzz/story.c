/* SPDX-License-Identifier: MIT
 *
 * The readable form of inputs. It is forgiving on purpose: whatever a mutation makes of
 * a line still chooses something.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "tests/fuzz/fuzz.h"

#define MARK  "---\n"
#define BLOCK ((size_t)8 << 10)

struct span fuzz_span(const uint8_t *data, size_t size)
{
	return (struct span){size > 0 ? (const char *)data : "", size};
}

static struct span cut_at(struct span *rest, size_t n, size_t skip)
{
	struct span head = {rest->p, n};

	*rest = (struct span){rest->p + n + skip, rest->n - n - skip};
	return head;
}

struct span fuzz_line(struct span *rest)
{
	const char *lf = memchr(rest->p, '\n', rest->n);
	size_t n = lf != NULL ? (size_t)(lf - rest->p) : rest->n;

	return cut_at(rest, n, lf != NULL);
}

struct span fuzz_word(struct span *rest)
{
	size_t n = 0;

	*rest = span_trim(*rest);
	while (n < rest->n && rest->p[n] != ' ')
		n++;
	return cut_at(rest, n, 0);
}

uint64_t fuzz_number(struct span word, uint64_t below)
{
	uint64_t n = 0;

	for (size_t i = 0; i < word.n && i < 18; i++) {
		if (word.p[i] < '0' || word.p[i] > '9')
			return fuzz_seed(word) % below;
		n = n * 10 + (uint64_t)(word.p[i] - '0');
	}
	return n % below;
}

uint64_t fuzz_seed(struct span in)
{
	return hash64(in.p, in.n);
}

char *fuzz_text(struct span in)
{
	char *text = xmalloc(in.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (in.p[i] != '\0')
			text[n++] = in.p[i];
	}
	text[n] = '\0';
	return text;
}

/* --- stories ----------------------------------------------------------------------- */

/* Where the mark stands at the start of a line; the length when it does not. */
static size_t find_mark(struct span in)
{
	for (size_t i = 0; i + strlen(MARK) <= in.n; i++) {
		if ((i == 0 || in.p[i - 1] == '\n') &&
		    memcmp(in.p + i, MARK, strlen(MARK)) == 0)
			return i;
	}
	return in.n;
}

void story_init(struct story *s, struct span in)
{
	size_t at = find_mark(in);

	s->head = (struct span){in.p, 0};
	if (at < in.n)
		s->head = cut_at(&in, at, strlen(MARK));
	str_init(&s->body, FUZZ_MAX_EXPANDED);
	fuzz_expand(&s->body, in, FUZZ_KEY);
}

void story_fini(struct story *s)
{
	str_fini(&s->body);
}

bool story_value(const struct story *s, const char *key, size_t n, struct span *ret)
{
	struct span rest = s->head;

	while (rest.n > 0) {
		struct span line = fuzz_line(&rest);
		const char *colon = line.n > 0 ? memchr(line.p, ':', line.n) : NULL;
		struct span name = {line.p, colon ? (size_t)(colon - line.p) : 0};

		if (colon == NULL || !span_eq(name, key) || n-- > 0)
			continue;
		*ret = span_trim(
		    (struct span){colon + 1, line.n - (size_t)(colon + 1 - line.p)});
		return true;
	}
	return false;
}

uint64_t story_number(
    const struct story *s, const char *key, uint64_t below, uint64_t otherwise)
{
	struct span value;

	return story_value(s, key, 0, &value) ? fuzz_number(value, below) : otherwise;
}

/* Pointers are taken when all bytes are in, because a growing string moves. */
void story_wire_head(
    const struct story *s, int status, struct str *bytes, struct wire_head *ret)
{
	size_t ends[HEAD_MAX_HEADERS], from = 0;
	struct span line;

	memset(ret, 0, sizeof(*ret));
	ret->status = status;
	for (; ret->n < HEAD_MAX_HEADERS && story_value(s, "header", ret->n, &line);
	     ret->n++) {
		fuzz_expand(bytes, line, FUZZ_KEY);
		ends[ret->n] = bytes->len;
	}
	for (size_t i = 0; i < ret->n; from = ends[i++]) {
		struct span value = {str_c(bytes) + from, ends[i] - from};
		const char *colon = value.n ? memchr(value.p, ':', value.n) : NULL;

		if (colon != NULL)
			ret->headers[i].name =
			    cut_at(&value, (size_t)(colon - value.p), 1);
		ret->headers[i].value = span_trim(value);
	}
}

void story_wire_end(const struct story *s, struct wire_end *ret)
{
	struct span code, text;

	memset(ret, 0, sizeof(*ret));
	ret->dns_us = ret->connect_us = ret->tls_us = NOT_REACHED;
	if (story_value(s, "end", 0, &code)) {
		ret->wire = (enum wire)fuzz_number(code, WIRE_COUNT);
		for (int w = 0; w < WIRE_COUNT; w++) {
			if (span_eq(code, wire_code((enum wire)w)))
				ret->wire = (enum wire)w;
		}
	}
	ret->phase =
	    (enum wire_phase)story_number(s, "phase", PHASE_BODY + 1, PHASE_BODY);
	if (ret->phase > PHASE_DNS)
		ret->dns_us = 10000;
	if (ret->phase > PHASE_CONNECT)
		ret->connect_us = 40000;
	if (ret->phase > PHASE_TLS)
		ret->tls_us = 90000;
	if (story_value(s, "text", 0, &text)) {
		char *words = fuzz_text(text);

		str_copy(ret->text, sizeof(ret->text), words);
		free(words);
	}
}

/* --- expansion --------------------------------------------------------------------- */

static void add_key(struct str *out, const char *key, char how)
{
	for (size_t i = 0; key[i] != '\0'; i++) {
		char c = key[i];

		if (how == '%' && i % 3 != 1)
			str_addf(out, i % 2 ? "%%%02x" : "%%%02X", (unsigned)c);
		else if (how == 'u' && i % 3 != 1)
			str_addf(out, i % 2 ? "\\u%04x" : "\\u%04X", (unsigned)c);
		else if (how == '^' && ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')))
			str_addc(out, (char)(c ^ 0x20));
		else
			str_addc(out, c);
	}
}

/* By blocks, because a limit may be a million repetitions away. */
static void repeat(struct str *out, struct span text, uint64_t times)
{
	uint64_t each = text.n < BLOCK ? BLOCK / text.n : 1;
	struct str block;

	str_init(&block, BLOCK + text.n);
	for (uint64_t i = 0; i < each && i < times; i++)
		str_add(&block, text.p, text.n);
	for (; times > 0 && !out->cut; times -= each < times ? each : times)
		str_add(out, block.data, text.n * (size_t)(each < times ? each : times));
	str_fini(&block);
}

/* What stands between the braces; false: nothing of ours. */
static bool expand_one(struct str *out, struct span what, const char *key)
{
	uint64_t times = 0;
	size_t i = 0;

	if (what.n >= 3 && what.n <= 4 && memcmp(what.p, "KEY", 3) == 0) {
		add_key(out, key, what.n == 4 ? what.p[3] : '\0');
		return true;
	}
	while (i < what.n && i < 7 && what.p[i] >= '0' && what.p[i] <= '9')
		times = times * 10 + (uint64_t)(what.p[i++] - '0');
	if (i == 0 || i + 1 >= what.n || what.p[i] != ' ')
		return false;
	repeat(out, (struct span){what.p + i + 1, what.n - i - 1}, times);
	return true;
}

void fuzz_expand(struct str *out, struct span in, const char *key)
{
	while (in.n > 0) {
		const char *open = memmem(in.p, in.n, "{{", 2);
		size_t before = open != NULL ? (size_t)(open - in.p) : in.n;
		const char *close;
		struct span what;

		str_add(out, in.p, before);
		(void)cut_at(&in, before, 0);
		if (in.n == 0)
			break;
		close = memmem(in.p + 2, in.n - 2, "}}", 2);
		what = (struct span){in.p + 2, close ? (size_t)(close - in.p) - 2 : 0};
		if (close != NULL && expand_one(out, what, key))
			(void)cut_at(&in, what.n + 4, 0);
		else
			str_add(out, cut_at(&in, 2, 0).p, 2);
	}
}
