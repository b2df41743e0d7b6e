/* SPDX-License-Identifier: MIT
 *
 * SHA-256, HMAC-SHA-256, hex and base64, as the standards write them.
 */
#include "agent/base/sha256.h"

#include <string.h>

/* FIPS 180-4, 4.2.2: the cube roots of the first 64 primes. */
static const uint32_t k[64] = {0x428a2f98, 0x71374491, 0xb5c0fbcf, 0xe9b5dba5, 0x3956c25b,
    0x59f111f1, 0x923f82a4, 0xab1c5ed5, 0xd807aa98, 0x12835b01, 0x243185be, 0x550c7dc3,
    0x72be5d74, 0x80deb1fe, 0x9bdc06a7, 0xc19bf174, 0xe49b69c1, 0xefbe4786, 0x0fc19dc6,
    0x240ca1cc, 0x2de92c6f, 0x4a7484aa, 0x5cb0a9dc, 0x76f988da, 0x983e5152, 0xa831c66d,
    0xb00327c8, 0xbf597fc7, 0xc6e00bf3, 0xd5a79147, 0x06ca6351, 0x14292967, 0x27b70a85,
    0x2e1b2138, 0x4d2c6dfc, 0x53380d13, 0x650a7354, 0x766a0abb, 0x81c2c92e, 0x92722c85,
    0xa2bfe8a1, 0xa81a664b, 0xc24b8b70, 0xc76c51a3, 0xd192e819, 0xd6990624, 0xf40e3585,
    0x106aa070, 0x19a4c116, 0x1e376c08, 0x2748774c, 0x34b0bcb5, 0x391c0cb3, 0x4ed8aa4a,
    0x5b9cca4f, 0x682e6ff3, 0x748f82ee, 0x78a5636f, 0x84c87814, 0x8cc70208, 0x90befffa,
    0xa4506ceb, 0xbef9a3f7, 0xc67178f2};

static const char base64_alphabet[] =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

static uint32_t rotr(uint32_t x, int n)
{
	return (x >> n) | (x << (32 - n));
}

static uint32_t load32(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static void compress(struct sha256 *s)
{
	uint32_t w[64], v[8];

	for (size_t t = 0; t < 16; t++)
		w[t] = load32(&s->block[4 * t]);
	for (size_t t = 16; t < 64; t++) {
		uint32_t a = w[t - 15], b = w[t - 2];
		uint32_t s0 = rotr(a, 7) ^ rotr(a, 18) ^ (a >> 3);
		uint32_t s1 = rotr(b, 17) ^ rotr(b, 19) ^ (b >> 10);

		w[t] = w[t - 16] + s0 + w[t - 7] + s1;
	}
	memcpy(v, s->h, sizeof(v));
	for (size_t t = 0; t < 64; t++) {
		uint32_t e = v[4], a = v[0];
		uint32_t ch = (e & v[5]) ^ (~e & v[6]);
		uint32_t maj = (a & v[1]) ^ (a & v[2]) ^ (v[1] & v[2]);
		uint32_t t1 =
		    v[7] + (rotr(e, 6) ^ rotr(e, 11) ^ rotr(e, 25)) + ch + k[t] + w[t];
		uint32_t t2 = (rotr(a, 2) ^ rotr(a, 13) ^ rotr(a, 22)) + maj;

		memmove(v + 1, v, 7 * sizeof(v[0]));
		v[4] += t1;
		v[0] = t1 + t2;
	}
	for (int i = 0; i < 8; i++)
		s->h[i] += v[i];
}

void sha256_init(struct sha256 *s)
{
	static const uint32_t start[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
	    0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};

	*s = (struct sha256){.bytes = 0};
	memcpy(s->h, start, sizeof(start));
}

void sha256_feed(struct sha256 *s, const void *p, size_t n)
{
	const uint8_t *in = p;

	while (n > 0) {
		size_t used = (size_t)(s->bytes % 64), take = 64 - used;

		if (take > n)
			take = n;
		memcpy(s->block + used, in, take);
		s->bytes += take;
		in += take;
		n -= take;
		if (used + take == 64)
			compress(s);
	}
}

void sha256_done(struct sha256 *s, uint8_t out[SHA256_BYTES])
{
	static const uint8_t padding[64] = {0x80};
	uint64_t bits = s->bytes * 8;
	uint8_t length[8];
	size_t used = (size_t)(s->bytes % 64);

	for (int i = 0; i < 8; i++)
		length[i] = (uint8_t)(bits >> (56 - 8 * i));
	sha256_feed(s, padding, used < 56 ? 56 - used : 120 - used);
	sha256_feed(s, length, sizeof(length));
	for (int i = 0; i < SHA256_BYTES; i++)
		out[i] = (uint8_t)(s->h[i / 4] >> (24 - 8 * (i % 4)));
}

void sha256(const void *p, size_t n, uint8_t out[SHA256_BYTES])
{
	struct sha256 s;

	sha256_init(&s);
	sha256_feed(&s, p, n);
	sha256_done(&s, out);
}

void hmac_sha256(struct span key, struct span msg, uint8_t out[SHA256_BYTES])
{
	uint8_t inner[64] = {0}, outer[64], digest[SHA256_BYTES];
	struct sha256 s;

	if (key.n > sizeof(inner))
		sha256(key.p, key.n, inner);
	else if (key.n > 0)
		memcpy(inner, key.p, key.n);
	for (size_t i = 0; i < sizeof(inner); i++) {
		outer[i] = inner[i] ^ 0x5c;
		inner[i] ^= 0x36;
	}
	sha256_init(&s);
	sha256_feed(&s, inner, sizeof(inner));
	sha256_feed(&s, msg.p, msg.n);
	sha256_done(&s, digest);
	sha256_init(&s);
	sha256_feed(&s, outer, sizeof(outer));
	sha256_feed(&s, digest, sizeof(digest));
	sha256_done(&s, out);
	explicit_bzero(inner, sizeof(inner));
	explicit_bzero(outer, sizeof(outer));
}

void hex_encode(const uint8_t *p, size_t n, char *out)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		out[2 * i] = digits[p[i] >> 4];
		out[2 * i + 1] = digits[p[i] & 15];
	}
	out[2 * n] = '\0';
}

void base64_encode(struct str *out, struct span in)
{
	for (size_t i = 0; i < in.n; i += 3) {
		size_t n = in.n - i < 3 ? in.n - i : 3;
		uint8_t b[3] = {0};
		char four[4];

		memcpy(b, in.p + i, n);
		four[0] = base64_alphabet[b[0] >> 2];
		four[1] = base64_alphabet[(b[0] & 3) << 4 | b[1] >> 4];
		four[2] =
		    (char)(n > 1 ? base64_alphabet[(b[1] & 15) << 2 | b[2] >> 6] : '=');
		four[3] = (char)(n > 2 ? base64_alphabet[b[2] & 63] : '=');
		str_add(out, four, sizeof(four));
	}
}

static int base64_value(char c)
{
	const char *at = c ? strchr(base64_alphabet, c) : NULL;

	return at ? (int)(at - base64_alphabet) : -1;
}

/* One group of four characters with `pad` of them '='. */
static bool decode_group(const char *p, size_t pad, uint8_t ret[3])
{
	uint32_t bits = 0;

	for (size_t i = 0; i < 4; i++) {
		int v = i < 4 - pad ? base64_value(p[i]) : 0;

		if (v < 0 || (i >= 4 - pad && p[i] != '='))
			return false;
		bits = bits << 6 | (uint32_t)v;
	}
	/* Bits behind the end must be zero, or two texts would mean the same bytes. */
	if (bits & ((1u << (8 * pad)) - 1))
		return false;
	for (int i = 0; i < 3; i++)
		ret[i] = (uint8_t)(bits >> (16 - 8 * i));
	return true;
}

bool base64_decode(struct str *out, struct span in)
{
	size_t before = out->len;

	if (in.n % 4 != 0)
		return false;
	for (size_t i = 0; i < in.n; i += 4) {
		size_t pad = 0;
		uint8_t three[3];

		if (i + 4 == in.n)
			pad = in.p[i + 3] != '=' ? 0 : in.p[i + 2] != '=' ? 1 : 2;
		if (!decode_group(in.p + i, pad, three)) {
			str_truncate(out, before);
			return false;
		}
		str_add(out, three, 3 - pad);
	}
	return true;
}
