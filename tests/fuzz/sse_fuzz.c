/* SPDX-License-Identifier: MIT
 *
 * A stream of events is parsed whole, byte by byte, and cut at random: what is seen must
 * be the same, whatever the bytes are, limits and an early stop included.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "probes/sse.h"
#include "tests/fuzz/fuzz.h"

#define BIG ((size_t)4 << 10) /* above: larger pieces than one byte */

enum cutting { WHOLE, SMALLEST, RANDOM };

struct transcript {
	struct str text;
	uint64_t stop_after; /* 0: never */
	uint64_t events;
};

static void write_span(struct transcript *t, const char *what, struct span s)
{
	str_addf(&t->text, "%s %zu ", what, s.n);
	str_add(&t->text, s.n > 0 ? s.p : "", s.n);
	str_addc(&t->text, '\n');
}

static bool has_byte(struct span s, char c)
{
	return s.n > 0 && memchr(s.p, c, s.n) != NULL;
}

static bool on_event(void *arg, const struct sse_event *ev)
{
	struct transcript *t = arg;

	MUST(!has_byte(ev->name, '\n') && !has_byte(ev->name, '\r'));
	MUST(!has_byte(ev->id, '\n') && !has_byte(ev->id, '\r'));
	MUST(!has_byte(ev->id, '\0'));
	MUST(!has_byte(ev->data, '\r'));
	MUST(ev->data.n <= SSE_MAX_EVENT && ev->name.n <= SSE_MAX_LINE);
	MUST(ev->status >= 0 && ev->status <= 999);
	write_span(t, "name", ev->name);
	write_span(t, "id", ev->id);
	write_span(t, "data", ev->data);
	str_addf(&t->text, "status %d\n", ev->status);
	MUST(++t->events <= SSE_MAX_EVENTS);
	return t->events != t->stop_after;
}

static bool on_comment(void *arg, struct span comment)
{
	MUST(!has_byte(comment, '\n') && !has_byte(comment, '\r'));
	write_span(arg, "comment", comment);
	return true;
}

static size_t piece(enum cutting how, size_t left, struct rng *r)
{
	size_t n = left;

	if (how == SMALLEST)
		n = left > BIG ? 4099 : 1;
	else if (how == RANDOM)
		n = 1 + (size_t)rng_below(r, left > BIG        ? BIG
					     : rng_below(r, 4) ? 7
							       : left);
	return n < left ? n : left;
}

static enum sse_state parse(struct transcript *t, struct span in, enum cutting how)
{
	enum sse_state state = SSE_GOING;
	struct sse s;
	struct rng r;

	rng_init(&r, fuzz_seed(in));
	sse_init(&s, on_event, on_comment, t);
	while (in.n > 0) {
		size_t n = piece(how, in.n, &r);
		char *block = xmalloc(n);

		/* A block of its own, so that reading behind it is seen. */
		memcpy(block, in.p, n);
		state = sse_feed(&s, (struct span){block, n});
		free(block);
		in.p += n;
		in.n -= n;
	}
	MUST(state == s.state);
	state = sse_end(&s);
	sse_fini(&s);
	return state;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct transcript seen[3];
	enum sse_state states[3];
	struct story s;

	story_init(&s, fuzz_span(data, size));
	for (int how = WHOLE; how <= RANDOM; how++) {
		struct transcript *t = &seen[how];

		memset(t, 0, sizeof(*t));
		str_init(&t->text, (size_t)32 << 20);
		t->stop_after = story_number(&s, "stop", 100, 0);
		states[how] = parse(t, str_span(&s.body), (enum cutting)how);
		MUST(!t->text.cut);
		MUST(states[how] == states[WHOLE]);
		MUST(t->text.len == seen[WHOLE].text.len);
		MUST(t->text.len == 0 ||
		     memcmp(t->text.data, seen[WHOLE].text.data, t->text.len) == 0);
	}
	for (int how = WHOLE; how <= RANDOM; how++)
		str_fini(&seen[how].text);
	story_fini(&s);
	return 0;
}
