/* SPDX-License-Identifier: MIT
 *
 * ULIDs: 10 characters of time, 16 of entropy, 5 bits each, most significant first.
 */
#include "agent/base/ulid.h"

#include <string.h>

static const char alphabet[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct ulid ulid_make(struct wall at, const uint8_t entropy[10])
{
	struct ulid u = {{0}};
	uint64_t ms = (uint64_t)at.ms & UINT64_C(0xffffffffffff);

	if (at.ms < 0)
		ms = 0;
	for (int i = 9; i >= 0; i--) {
		u.text[i] = alphabet[ms & 31];
		ms >>= 5;
	}
	for (int i = 0; i < 16; i++) {
		int bit = i * 5, byte = bit / 8, shift = 11 - bit % 8;
		unsigned pair = (unsigned)entropy[byte] << 8;

		if (byte + 1 < 10)
			pair |= entropy[byte + 1];
		u.text[10 + i] = alphabet[(pair >> shift) & 31];
	}
	return u;
}

bool ulid_is_valid(const char *text)
{
	if (!text || strlen(text) != ULID_LEN || text[0] > '7')
		return false;
	return strspn(text, alphabet) == ULID_LEN;
}

bool ulid_eq(const struct ulid *a, const struct ulid *b)
{
	return strcmp(a->text, b->text) == 0;
}
