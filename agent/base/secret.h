/* SPDX-License-Identifier: MIT
 *
 * A string that prints as ***. Whoever needs the bytes says so by name
 * (secret_reveal), which makes every use greppable. Wiped when freed.
 */
#ifndef DIMWATCH_BASE_SECRET_H
#define DIMWATCH_BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/str.h"

struct secret; /* opaque */

struct secret *secret_new(const char *bytes, size_t n);
void secret_free(struct secret *s);                /* wipes; NULL is fine */
const char *secret_print(const struct secret *s);  /* "***", or "" when NULL or empty */
const char *secret_reveal(const struct secret *s); /* the text; NULL when s is NULL */
bool secret_eq(const struct secret *a, const struct secret *b); /* constant time */
/* Six hex digits of SHA-256, to tell two secrets apart in a log. */
void secret_tag(const struct secret *s, char out[7]);

#endif
