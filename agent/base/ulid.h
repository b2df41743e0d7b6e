/* SPDX-License-Identifier: MIT
 *
 * ULIDs: 48 bits of milliseconds and 80 bits of anything, as 26 characters of
 * Crockford's base 32; they sort by time.
 */
#ifndef DIMWATCH_BASE_ULID_H
#define DIMWATCH_BASE_ULID_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/tick.h"

#define ULID_LEN 26

struct ulid {
	char text[ULID_LEN + 1]; /* "" means none */
};

struct ulid ulid_make(struct wall at, const uint8_t entropy[10]);
bool ulid_is_valid(const char *text); /* 26 characters of the alphabet, first <= '7' */
bool ulid_eq(const struct ulid *a, const struct ulid *b);

#endif
