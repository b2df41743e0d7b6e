/* SPDX-License-Identifier: MIT
 *
 * Binary heap. An item stores index + 1, so that a zeroed item is in no heap and removal
 * needs no search.
 */
#include "agent/base/heap.h"

#include <assert.h>
#include <stdlib.h>

#include "agent/base/xalloc.h"

void heap_init(struct heap *h)
{
	*h = (struct heap){0};
}

void heap_fini(struct heap *h)
{
	if (!h)
		return;
	for (size_t i = 0; i < h->n; i++)
		h->items[i]->place = 0;
	free(h->items);
	*h = (struct heap){0};
}

static bool before(const struct heap_item *a, const struct heap_item *b)
{
	return a->key != b->key ? a->key < b->key : a->order < b->order;
}

static void put(struct heap *h, size_t i, struct heap_item *it)
{
	h->items[i] = it;
	it->place = i + 1;
}

static void sift_up(struct heap *h, size_t i)
{
	struct heap_item *it = h->items[i];

	while (i > 0) {
		size_t parent = (i - 1) / 2;

		if (!before(it, h->items[parent]))
			break;
		put(h, i, h->items[parent]);
		i = parent;
	}
	put(h, i, it);
}

static void sift_down(struct heap *h, size_t i)
{
	struct heap_item *it = h->items[i];

	for (;;) {
		size_t kid = 2 * i + 1;

		if (kid >= h->n)
			break;
		if (kid + 1 < h->n && before(h->items[kid + 1], h->items[kid]))
			kid++;
		if (!before(h->items[kid], it))
			break;
		put(h, i, h->items[kid]);
		i = kid;
	}
	put(h, i, it);
}

void heap_push(struct heap *h, struct heap_item *it, int64_t key)
{
	assert(it->place == 0);
	if (h->n == h->cap) {
		h->cap = h->cap ? h->cap * 2 : 16;
		h->items = xreallocarray(h->items, h->cap, sizeof(struct heap_item *));
	}
	it->key = key;
	it->order = h->next_order++;
	put(h, h->n++, it);
	sift_up(h, h->n - 1);
}

void heap_set(struct heap *h, struct heap_item *it, int64_t key)
{
	heap_remove(h, it);
	heap_push(h, it, key);
}

void heap_remove(struct heap *h, struct heap_item *it)
{
	size_t i;
	struct heap_item *last;

	if (it->place == 0)
		return;
	i = it->place - 1;
	assert(i < h->n && h->items[i] == it);
	last = h->items[--h->n];
	it->place = 0;
	if (last == it)
		return;
	put(h, i, last);
	sift_up(h, i);
	sift_down(h, last->place - 1);
}

struct heap_item *heap_top(const struct heap *h)
{
	return h->n ? h->items[0] : NULL;
}

struct heap_item *heap_pop(struct heap *h)
{
	struct heap_item *it = heap_top(h);

	if (it)
		heap_remove(h, it);
	return it;
}

bool heap_has(const struct heap_item *it)
{
	return it->place != 0;
}
