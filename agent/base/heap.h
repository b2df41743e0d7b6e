/* SPDX-License-Identifier: MIT
 *
 * Binary min-heap whose items know their place, so that removal and change cost log n.
 * Ties come out in order of insertion, which makes every user deterministic.
 */
#ifndef DIMWATCH_BASE_HEAP_H
#define DIMWATCH_BASE_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Embedded in the caller's struct; zero-initialised means "in no heap". */
struct heap_item {
	int64_t key;
	uint64_t order; /* set by the heap */
	size_t place;   /* index + 1; 0: in no heap */
};

struct heap {
	struct heap_item **items; /* owned array of borrowed items */
	size_t n, cap;
	uint64_t next_order;
};

void heap_init(struct heap *h);
void heap_fini(struct heap *h);
/* The item must be in no heap. */
void heap_push(struct heap *h, struct heap_item *it, int64_t key);
/* Present or not: afterwards it is in the heap with this key (a later tie than others).
 */
void heap_set(struct heap *h, struct heap_item *it, int64_t key);
void heap_remove(struct heap *h, struct heap_item *it); /* no-op when in no heap */
struct heap_item *heap_top(const struct heap *h);       /* NULL when empty */
struct heap_item *heap_pop(struct heap *h);             /* NULL when empty */
bool heap_has(const struct heap_item *it);

#define CONTAINER_OF(ptr, type, member)                                                  \
	((type *)(void *)((char *)(ptr)-offsetof(type, member)))

#endif
