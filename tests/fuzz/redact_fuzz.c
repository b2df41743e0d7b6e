/* SPDX-License-Identifier: MIT
 *
 * A key planted anywhere, in any dress, in anybody's text: never 8 of its characters in a
 * row survive, and what is left is a text of the size that was asked for.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "probes/redact.h"
#include "tests/fuzz/fuzz.h"

#define KEY_CHARS "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~+/="
#define MAX_KEY   256
#define MIN_KEY   6 /* shorter ones are words like "none" */

/* What the config lets through as a key and what can be told from a mask. */
static void choose_key(const struct story *s, char key[MAX_KEY + 1])
{
	struct span value;
	size_t n = 0;

	if (story_value(s, "key", 0, &value)) {
		for (size_t i = 0; i < value.n && n < MAX_KEY; i++) {
			if (value.p[i] != '\0' && strchr(KEY_CHARS, value.p[i]) != NULL)
				key[n++] = value.p[i];
		}
	}
	key[n] = '\0';
	if (n < MIN_KEY)
		str_copy(key, MAX_KEY + 1, FUZZ_KEY);
}

static void check(struct span text, const char *plain, size_t size)
{
	struct secret *key = secret_new(plain, strlen(plain));
	char *out = xmalloc(size), *again = xmalloc(size);

	memset(out, 0x5a, size);
	redact(out, size, text, key);
	MUST(fuzz_is_text(out, size));
	MUST(!fuzz_leaks(out, plain));
	redact(again, size, span_of(out), key);
	MUST(fuzz_is_text(again, size) && !fuzz_leaks(again, plain));
	/* Without a key there is nothing to find but patterns. */
	redact(again, size, text, NULL);
	MUST(fuzz_is_text(again, size));
	secret_free(key);
	free(out);
	free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const size_t sizes[] = {1, 2, 32, 64, 96, 256, SAMPLE_EVIDENCE_BYTES + 1};
	struct span in = fuzz_span(data, size);
	char key[MAX_KEY + 1];
	struct str text;
	struct story s;

	/* The story's own body has the usual key; this one may have another. */
	story_init(&s, in);
	choose_key(&s, key);
	str_init(&text, FUZZ_MAX_EXPANDED);
	fuzz_expand(&text, in, key);
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
		check(str_span(&text), key, sizes[i]);
	check(str_span(&text), key, 1 + (size_t)story_number(&s, "size", 4096, 100));
	str_fini(&text);
	story_fini(&s);
	return 0;
}
