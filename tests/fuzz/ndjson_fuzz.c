/* SPDX-License-Identifier: MIT
 *
 * Lines of JSON are parsed whole, byte by byte, and cut at random: what is seen must be
 * the same, whatever the bytes are, limits and an early stop included.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "probes/ndjson.h"
#include "tests/fuzz/fuzz.h"

#define BIG ((size_t)4 << 10) /* above: larger pieces than one byte */

enum cutting { WHOLE, SMALLEST, RANDOM };

struct transcript {
	struct str text;
	uint64_t stop_after; /* 0: never */
	uint64_t lines;
};

static bool on_line(void *arg, struct span line)
{
	struct transcript *t = arg;

	MUST(line.n > 0 && line.n <= NDJSON_MAX_LINE);
	MUST(memchr(line.p, '\n', line.n) == NULL);
	MUST(span_trim(line).n == line.n);
	str_addf(&t->text, "%zu ", line.n);
	str_add(&t->text, line.p, line.n);
	MUST(++t->lines <= NDJSON_MAX_LINES);
	return t->lines != t->stop_after;
}

static size_t piece(enum cutting how, size_t left, struct rng *r)
{
	size_t n = left;

	if (how == SMALLEST)
		n = left > BIG ? 4099 : 1;
	else if (how == RANDOM)
		n = 1 + (size_t)rng_below(r, left > BIG ? BIG : 40);
	return n < left ? n : left;
}

static enum ndjson_state parse(struct transcript *t, struct span in, enum cutting how)
{
	enum ndjson_state state;
	struct ndjson p;
	struct rng r;

	rng_init(&r, fuzz_seed(in));
	ndjson_init(&p, on_line, t);
	while (in.n > 0) {
		size_t n = piece(how, in.n, &r);
		/* A block of its own, so that reading behind it is seen. */
		char *block = memcpy(xmalloc(n), in.p, n);

		(void)ndjson_feed(&p, (struct span){block, n});
		free(block);
		in.p += n;
		in.n -= n;
	}
	state = ndjson_end(&p);
	ndjson_fini(&p);
	return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transcript seen[3];
	enum ndjson_state states[3];
	struct story s;

	story_init(&s, fuzz_span(data, size));
	for (int how = WHOLE; how <= RANDOM; how++) {
		struct transcript *t = &seen[how];

		memset(t, 0, sizeof(*t));
		str_init(&t->text, (size_t)8 << 20);
		t->stop_after = story_number(&s, "stop", 100, 0);
		states[how] = parse(t, str_span(&s.body), (enum cutting)how);
		MUST(!t->text.cut && states[how] == states[WHOLE]);
		MUST(t->text.len == seen[WHOLE].text.len);
		MUST(t->text.len == 0 ||
		     memcmp(t->text.data, seen[WHOLE].text.data, t->text.len) == 0);
	}
	for (int how = WHOLE; how <= RANDOM; how++)
		str_fini(&seen[how].text);
	story_fini(&s);
	return 0;
}
