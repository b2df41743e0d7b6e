/* SPDX-License-Identifier: MIT
 *
 * Chained blocks, each twice as large as the last up to 64 KiB; a request that does not
 * fit a block gets a block of its own. References are counted without atomics: arenas
 * belong to the loop's thread.
 */
#include "agent/base/arena.h"

#include <assert.h>
#include <stdalign.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/str.h"
#include "agent/base/xalloc.h"

#define BLOCK_FIRST 1024
#define BLOCK_MAX   65536
#define PRINTF_MAX  ((size_t)1 << 20)

struct block {
	struct block *next;
	size_t used, size;
	alignas(max_align_t) unsigned char bytes[];
};

struct on_free {
	struct on_free *next; /* the one registered before */
	void (*fn)(void *);
	void *arg;
};

struct arena {
	struct block *blocks;  /* owned; newest first */
	struct on_free *calls; /* in the arena itself; latest first */
	size_t refs, bytes, next_size;
};

struct arena *arena_new(void)
{
	struct arena *a = xcalloc(1, sizeof(*a));

	a->refs = 1;
	a->next_size = BLOCK_FIRST;
	return a;
}

struct arena *arena_ref(struct arena *a)
{
	assert(a->refs > 0);
	a->refs++;
	return a;
}

void arena_free(struct arena *a)
{
	if (!a)
		return;
	assert(a->refs > 0);
	if (--a->refs > 0)
		return;
	for (const struct on_free *c = a->calls; c; c = c->next)
		c->fn(c->arg);
	while (a->blocks) {
		struct block *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
	free(a);
}

void arena_on_free(struct arena *a, void (*fn)(void *), void *arg)
{
	struct on_free *c = arena_alloc(a, sizeof(*c));

	*c = (struct on_free){a->calls, fn, arg};
	a->calls = c;
}

static struct block *add_block(struct arena *a, size_t bytes)
{
	size_t size = a->next_size;
	struct block *b;

	if (a->next_size < BLOCK_MAX)
		a->next_size *= 2;
	if (size < bytes)
		size = bytes;
	b = xcalloc(1, sizeof(*b) + size);
	b->size = size;
	/* A large single request does not end the filling of the block before it. */
	if (a->blocks && bytes > BLOCK_MAX / 4) {
		b->next = a->blocks->next;
		a->blocks->next = b;
	} else {
		b->next = a->blocks;
		a->blocks = b;
	}
	return b;
}

void *arena_alloc(struct arena *a, size_t bytes)
{
	struct block *b = a->blocks;
	void *p;

	assert(bytes < SIZE_MAX / 2);
	bytes = bytes ? bytes : 1;
	bytes = (bytes + alignof(max_align_t) - 1) & ~(alignof(max_align_t) - 1);
	if (!b || b->size - b->used < bytes)
		b = add_block(a, bytes);
	p = b->bytes + b->used;
	b->used += bytes;
	a->bytes += bytes;
	return p;
}

char *arena_strdup(struct arena *a, const char *s)
{
	return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_strndup(struct arena *a, const char *s, size_t n)
{
	char *copy = arena_alloc(a, n + 1);

	if (n)
		memcpy(copy, s, n);
	return copy;
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
	struct str text;
	char *copy;
	va_list ap;

	str_init(&text, PRINTF_MAX);
	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	copy = arena_strndup(a, str_c(&text), text.len);
	str_fini(&text);
	return copy;
}

size_t arena_bytes(const struct arena *a)
{
	return a->bytes;
}
