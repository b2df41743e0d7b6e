/* SPDX-License-Identifier: MIT
 *
 * Attacks as bytes.
 */
#include "tests/integration/attacks.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/str.h"
#include "agent/base/xalloc.h"
#include "probes/sse.h"

#define OK      "HTTP/1.1 200 OK\r\n"
#define EVENTS  "Content-Type: text/event-stream\r\n"
#define JSON    "Content-Type: application/json\r\n"
#define CHUNKED "Transfer-Encoding: chunked\r\n"
#define A16     "aaaaaaaaaaaaaaaa"
#define A256    A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16 A16

/* --- around the body --- */

void endless_headers(int fd)
{
	say(fd, OK);
	repeat(fd, "X-Filler: " A256 "\r\n", 0);
}

void endless_header_line(int fd)
{
	say(fd, OK "X-Filler: ");
	repeat(fd, A256, 0);
}

void endless_interim(int fd)
{
	repeat(fd, "HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n", 0);
}

void endless_trailers(int fd)
{
	say(fd, OK EVENTS CHUNKED "\r\n0\r\n");
	repeat(fd, "X-Filler: " A256 "\r\n", 0);
}

void endless_trailer_line(int fd)
{
	say(fd, OK EVENTS CHUNKED "\r\n0\r\nX-Filler: ");
	repeat(fd, A256, 0);
}

void endless_extension(int fd)
{
	say(fd, OK EVENTS CHUNKED "\r\n1;");
	repeat(fd, A256, 0);
}

void endless_extensions(int fd)
{
	say(fd, OK EVENTS CHUNKED "\r\n");
	repeat(fd, "2;" A256 A256 "\r\n:\n\r\n", 0);
}

/* --- a bomb that inflates a thousandfold --- */

struct bits {
	unsigned char bytes[64];
	size_t n; /* bits */
};

/* Least significant bit first, as deflate packs everything but its codes. */
static void put_bits(struct bits *b, unsigned value, int n)
{
	for (int i = 0; i < n; i++, b->n++) {
		if (value >> i & 1)
			b->bytes[b->n / 8] |= (unsigned char)(1U << b->n % 8);
	}
}

/* Codes go out with their first bit first. */
static void put_code(struct bits *b, unsigned code, int n)
{
	for (int i = n - 1; i >= 0; i--)
		put_bits(b, code >> i & 1, 1);
}

/* A literal zero, then "258 bytes from one byte ago", eight of which are 13 bytes. */
static void inflate_to_zeros(int fd)
{
	static const unsigned char head[10] = {0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3};
	uint64_t rounds = ((uint64_t)2 << 30) / (258 * 8);
	struct bits start = {.n = 0}, run = {.n = 0};
	static char block[13 * 4096];

	put_bits(&start, 1, 1);    /* the last block */
	put_bits(&start, 1, 2);    /* of fixed codes */
	put_code(&start, 0x30, 8); /* literal 0 */
	/* Runs until the start ends on a byte. */
	while (start.n % 8 != 0) {
		put_code(&start, 0xc5, 8);
		put_code(&start, 0, 5);
	}
	for (int i = 0; i < 8; i++) {
		put_code(&run, 0xc5, 8); /* length 258 */
		put_code(&run, 0, 5);    /* distance 1 */
	}
	for (size_t at = 0; at < sizeof(block); at += run.n / 8)
		memcpy(block + at, run.bytes, run.n / 8);
	say_bytes(fd, head, sizeof(head));
	say_bytes(fd, start.bytes, start.n / 8);
	for (uint64_t i = 0; i < rounds; i += sizeof(block) / 13)
		say_bytes(fd, block, sizeof(block));
}

void gzip_bomb(int fd)
{
	say(fd, OK EVENTS "Content-Encoding: gzip\r\n\r\n");
	inflate_to_zeros(fd);
}

void silent_gzip_bomb(int fd)
{
	say(fd, OK EVENTS "\r\n");
	inflate_to_zeros(fd);
}

/* --- the body's size --- */

void endless_line(int fd)
{
	say(fd, OK EVENTS "\r\ndata: {\"choices\":[{\"delta\":{\"content\":\"");
	repeat(fd, A256, 0);
}

void endless_event(int fd)
{
	say(fd, OK EVENTS "\r\n");
	repeat(fd, "data: " A256 "\n", 0);
}

void million_events(int fd)
{
	say(fd, OK EVENTS "\r\n");
	repeat(fd, "data: {}\n\n", 1000000);
}

void million_tokens(int fd)
{
	say(fd, OK EVENTS "\r\n");
	repeat(fd, "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n", 1000000);
}

void endless_comments(int fd)
{
	say(fd, OK EVENTS "\r\n");
	repeat(fd, ": x\n", 0);
}

void endless_body(int fd)
{
	say(fd, OK JSON "\r\n{\"choices\":[");
	repeat(fd, "{\"message\":{\"content\":\"12\"}},", 0);
}

void endless_refusal(int fd)
{
	say(fd, "HTTP/1.1 503 Busy\r\n" JSON "\r\n{\"error\":[");
	repeat(fd, "{\"message\":\"busy\"},", 0);
}

/* --- what is in it --- */

/* Events as long as a line may be: before, middle again and again, after. */
static void full_events(int fd, const char *before, const char *middle, const char *after)
{
	size_t room = SSE_MAX_LINE - strlen(before) - strlen(after);
	size_t times = room / strlen(middle);

	say(fd, OK EVENTS "\r\n");
	for (;;) {
		say(fd, before);
		repeat(fd, middle, times);
		say(fd, after);
		say(fd, "\n\n");
	}
}

void deep_json(int fd)
{
	say(fd, OK EVENTS "\r\ndata: ");
	repeat(fd, "[", SSE_MAX_LINE / 2 - 10);
	repeat(fd, "]", SSE_MAX_LINE / 2 - 10);
	say(fd, "\n\n");
}

void duplicate_keys(int fd)
{
	full_events(fd, "data: {", "\"choices\":0,", "\"choices\":[]}");
}

void many_objects(int fd)
{
	full_events(fd, "data: {\"choices\":[", "{},", "{}]}");
}

void many_objects_whole(int fd)
{
	say(fd, OK JSON "Content-Length: 60005\r\n\r\n[");
	repeat(fd, "{},", 20000);
	say(fd, "{}  ");
}

void long_error(int fd)
{
	full_events(fd, "data: {\"error\":{\"message\":\"", A256, "\"}}");
}

/* As many members as are read at all. */
void wide_error(int fd)
{
	char member[32];

	say(fd, OK EVENTS "\r\ndata: {\"error\":{");
	for (size_t i = 0; i < JSON_PROVIDER_VALUES / 3 - 4; i++) {
		snprintf(member, sizeof(member), "\"m%08zu\":[1],", i);
		say(fd, member);
	}
	say(fd, "\"z\":1}}\n\n");
}

void no_text(int fd)
{
	full_events(fd, "data: ", "\xff\xfe", "");
}

/* --- keys that collide --- */

/* Made once, before the attackers fork. */
static struct str colliding;

static uint32_t rot(uint32_t x, int k)
{
	return x << k | x >> (32 - k);
}

/* jansson's hash (Bob Jenkins' lookup3) of a key of eight bytes. */
static uint32_t hash_of(const char *key, uint32_t seed)
{
	uint32_t a, b, c, word[2];

	memcpy(word, key, 8);
	a = b = c = 0xdeadbeefU + 8 + seed;
	a += word[0];
	b += word[1];
	c = (c ^ b) - rot(b, 14);
	a = (a ^ c) - rot(c, 11);
	b = (b ^ a) - rot(a, 25);
	c = (c ^ b) - rot(b, 16);
	a = (a ^ c) - rot(c, 4);
	b = (b ^ a) - rot(a, 14);
	return (c ^ b) - rot(b, 24);
}

void colliding_json(struct str *out, size_t n)
{
	char key[17];

	str_adds(out, "{");
	for (uint32_t i = 0; n > 0; i++) {
		snprintf(key, sizeof(key), "%08x", i);
		if ((hash_of(key, ATTACKED_SEED) & (COLLIDING_BUCKETS - 1)) != 0)
			continue;
		str_addf(out, "\"%s\":1,", key);
		n--;
	}
	str_adds(out, "\"choices\":[]}");
}

void attacks_prepare(void)
{
	str_init(&colliding, SSE_MAX_LINE);
	colliding_json(&colliding, COLLIDING_KEYS);
}

void colliding_keys(int fd)
{
	say(fd, OK EVENTS "\r\n");
	for (int i = 0; i < 40; i++) {
		say(fd, "data: ");
		say_bytes(fd, colliding.data, colliding.len);
		say(fd, "\n\n");
	}
}
