/* SPDX-License-Identifier: MIT
 *
 * 20,000 damaged configs with a fixed seed: a tree or a sentence with a place, never a
 * crash.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "agent/base/text.h"
#include "agent/base/yaml.h"

#define ROUNDS 20000

static const char *const seeds[] = {
    "targets:\n  - provider: deepseek\n    interval: 30s\n  - provider: moonshot-cn\n"
    "alerts:\n  - slack: ${SLACK_WEBHOOK_URL}\n",
    "defaults:\n  timeouts: {connect: 5s, first_byte: 10s, gap: 10s}\n"
    "  budget: 0.10 USD/day\nrates: {CNY: 0.14 USD}\ncontrols: [https://a/, https://b/]\n",
    "rules:\n  - name: sustained-errors\n    when: error_rate > 20% over 10m, at least 3\n"
    "    for: 2m\nroutes:\n  - match: {severity: [critical]}\n    to: [pager, \"on call\"]\n",
    "prompt: |\n  Reply with OK.\n\n  Only.\nother: >-\n  folded\n  text\nq: 'it''s'\n"
    "d: \"a\\tb\\u706f\"\n\xe7\x81\xaf: \xe7\x81\xaf # lamp\n",
};

static const char *const pieces[] = {"\n", " ", "  ", "\t", ": ", "- ", "{", "}", "[",
    "]", ",", "#", "&a", "*a", "!t", "|", ">", "'", "\"", "\\", "%", "@", "`", "?", "---",
    "...", "<<", "${X}", "\xff", "\xe7", "\xef\xbb\xbf", "\xc2\x85", "\x1b", "\r", "\r\n",
    "~"};

struct text {
	char bytes[2048];
	size_t n;
};

static void insert(struct text *t, size_t at, const char *p, size_t n)
{
	if (t->n + n > sizeof(t->bytes))
		return;
	memmove(t->bytes + at + n, t->bytes + at, t->n - at);
	memcpy(t->bytes + at, p, n);
	t->n += n;
}

static void mutate(struct text *t, struct rng *r)
{
	size_t at = rng_below(r, t->n + 1), n = rng_below(r, t->n - at + 1);
	const char *piece = pieces[rng_below(r, sizeof(pieces) / sizeof(pieces[0]))];
	char copy[64];

	switch (rng_below(r, 5)) {
	case 0: /* a piece that means something to YAML */
		insert(t, at, piece, strlen(piece));
		break;
	case 1: /* a hole */
		n = n % 20;
		memmove(t->bytes + at, t->bytes + at + n, t->n - at - n);
		t->n -= n;
		break;
	case 2: /* a flipped bit */
		if (at < t->n)
			t->bytes[at] = (char)(t->bytes[at] ^ (1 << rng_below(r, 8)));
		break;
	case 3: /* something again somewhere else */
		n = n % sizeof(copy);
		memcpy(copy, t->bytes + at, n);
		insert(t, rng_below(r, t->n + 1), copy, n);
		break;
	default: /* the end is missing */
		if (rng_below(r, 4) == 0)
			t->n = at;
		break;
	}
}

static void assert_place_and_sentence(const struct err *e)
{
	const char *p = e->msg;

	assert_in_range(*p, '1', '9');
	p += strspn(p, "0123456789");
	assert_int_equal(*p++, ':');
	assert_in_range(*p, '1', '9');
	p += strspn(p, "0123456789");
	assert_int_equal(strncmp(p, ": ", 2), 0);
	assert_true(strlen(p) > 10);
	assert_true(utf8_valid(span_of(e->msg)));
	assert_null(strpbrk(e->msg, "\x1b\n\r"));
}

static void damaged_configs_give_a_tree_or_a_sentence(void **state)
{
	int trees = 0, sentences = 0;
	struct rng r;

	(void)state;
	rng_init(&r, 20261123);
	for (int round = 0; round < ROUNDS; round++) {
		const char *seed = seeds[rng_below(&r, sizeof(seeds) / sizeof(seeds[0]))];
		struct arena *a = arena_new();
		struct text t = {.n = strlen(seed)};
		struct err e = {0};

		memcpy(t.bytes, seed, t.n);
		for (uint64_t n = 1 + rng_below(&r, 8); n; n--)
			mutate(&t, &r);
		if (yaml_parse((struct span){t.bytes, t.n}, a, &e)) {
			trees++;
		} else {
			assert_place_and_sentence(&e);
			sentences++;
		}
		arena_free(a);
	}
	/* Both ways are really taken. */
	assert_true(trees > ROUNDS / 20);
	assert_true(sentences > ROUNDS / 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(damaged_configs_give_a_tree_or_a_sentence),
	};

	return cmocka_run_group_tests_name("yaml_fuzz", tests, NULL, NULL);
}
