/* SPDX-License-Identifier: MIT
 *
 * Secrets: one allocation, wiped before it is given back.
 */
#include "agent/base/secret.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/sha256.h"
#include "agent/base/xalloc.h"

struct secret {
	size_t n;
	char bytes[]; /* n bytes and a NUL */
};

struct secret *secret_new(const char *bytes, size_t n)
{
	struct secret *s = xcalloc(1, sizeof(*s) + n + 1);

	s->n = n;
	if (n)
		memcpy(s->bytes, bytes, n);
	return s;
}

void secret_free(struct secret *s)
{
	if (!s)
		return;
	explicit_bzero(s->bytes, s->n);
	free(s);
}

const char *secret_print(const struct secret *s)
{
	return s && s->n ? "***" : "";
}

const char *secret_reveal(const struct secret *s)
{
	return s ? s->bytes : NULL;
}

bool secret_eq(const struct secret *a, const struct secret *b)
{
	unsigned differs = 0;

	if (!a || !b)
		return a == b;
	if (a->n != b->n)
		return false;
	for (size_t i = 0; i < a->n; i++)
		differs |= (unsigned char)a->bytes[i] ^ (unsigned char)b->bytes[i];
	return differs == 0;
}

void secret_tag(const struct secret *s, char out[7])
{
	uint8_t digest[SHA256_BYTES];

	sha256(s ? s->bytes : "", s ? s->n : 0, digest);
	hex_encode(digest, 3, out);
}
