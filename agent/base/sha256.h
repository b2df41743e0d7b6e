/* SPDX-License-Identifier: MIT
 *
 * SHA-256 (FIPS 180-4), HMAC (RFC 2104) and base64 (RFC 4648), tested with the
 * standards' vectors. Ours because a sixth library for 150 lines is dearer.
 */
#ifndef DIMWATCH_BASE_SHA256_H
#define DIMWATCH_BASE_SHA256_H

#include <stddef.h>
#include <stdint.h>

#include "agent/base/str.h"

#define SHA256_BYTES 32

struct sha256 {
	uint32_t h[8];
	uint64_t bytes;
	uint8_t block[64];
};

void sha256_init(struct sha256 *s);
void sha256_feed(struct sha256 *s, const void *p, size_t n);
void sha256_done(struct sha256 *s, uint8_t out[SHA256_BYTES]);
void sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES]);
void hmac_sha256(struct span key, struct span msg, uint8_t out[SHA256_BYTES]);
void hex_encode(const uint8_t *p, size_t n, char *out); /* 2n+1 bytes, lower case */
void base64_encode(struct str *out, struct span in);
/* Strict: padding required, no white space. Appends; false when `in` is not base64. */
bool base64_decode(struct str *out, struct span in);

#endif
