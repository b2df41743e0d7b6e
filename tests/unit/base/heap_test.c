/* SPDX-License-Identifier: MIT
 *
 * The heap against a naive model: same items, same order, places always right.
 */
#include "agent/base/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"

#define ITEMS 200

struct thing {
	int number;
	struct heap_item item;
};

static void assert_sane_heap(const struct heap *h)
{
	assert_true(h->n <= h->cap || h->cap == 0);
	for (size_t i = 0; i < h->n; i++) {
		const struct heap_item *it = h->items[i];

		assert_int_equal(it->place, i + 1);
		if (i > 0) {
			const struct heap_item *up = h->items[(i - 1) / 2];

			assert_true(up->key < it->key ||
				    (up->key == it->key && up->order < it->order));
		}
	}
}

/* The model: the smallest (key, order) among the things that are in. */
static struct thing *model_top(struct thing *things)
{
	struct thing *best = NULL;

	for (int i = 0; i < ITEMS; i++) {
		struct thing *t = &things[i];

		if (!heap_has(&t->item))
			continue;
		if (!best || t->item.key < best->item.key ||
		    (t->item.key == best->item.key && t->item.order < best->item.order))
			best = t;
	}
	return best;
}

static void random_operations_agree_with_a_naive_model(void **state)
{
	static struct thing things[ITEMS];
	struct heap h;
	struct rng r;
	size_t inside = 0;

	(void)state;
	memset(things, 0, sizeof(things));
	rng_init(&r, 7);
	heap_init(&h);
	for (int step = 0; step < 20000; step++) {
		struct thing *t = &things[rng_below(&r, ITEMS)];
		int64_t key = (int64_t)rng_below(&r, 50) - 25;
		bool had = heap_has(&t->item);
		struct thing *top = model_top(things);

		switch (rng_below(&r, 4)) {
		case 0:
			if (!had)
				heap_push(&h, &t->item, key);
			inside += !had;
			break;
		case 1:
			heap_set(&h, &t->item, key);
			inside += !had;
			break;
		case 2:
			heap_remove(&h, &t->item);
			inside -= had;
			break;
		default:
			assert_ptr_equal(heap_pop(&h), top ? &top->item : NULL);
			inside -= top != NULL;
			break;
		}
		top = model_top(things);
		assert_ptr_equal(heap_top(&h), top ? &top->item : NULL);
		assert_int_equal(h.n, inside);
		if (step % 16 == 0)
			assert_sane_heap(&h);
	}
	heap_fini(&h);
}

static void ties_come_out_in_order_of_insertion(void **state)
{
	struct thing things[50] = {{0}};
	struct heap h;

	(void)state;
	heap_init(&h);
	for (int i = 0; i < 50; i++) {
		things[i].number = i;
		heap_push(&h, &things[i].item, i % 2);
	}
	for (int i = 0; i < 50; i++) {
		struct heap_item *it = heap_pop(&h);

		assert_non_null(it);
		assert_int_equal(CONTAINER_OF(it, struct thing, item)->number,
		    i < 25 ? 2 * i : 2 * (i - 25) + 1);
	}
	assert_null(heap_pop(&h));
	assert_null(heap_top(&h));
	heap_fini(&h);
}

static void set_again_moves_behind_its_ties(void **state)
{
	struct heap_item a = {0}, b = {0};
	struct heap h;

	(void)state;
	heap_init(&h);
	heap_push(&h, &a, 5);
	heap_push(&h, &b, 5);
	heap_set(&h, &a, 5);
	assert_ptr_equal(heap_pop(&h), &b);
	assert_ptr_equal(heap_pop(&h), &a);
	heap_fini(&h);
}

static void fini_leaves_items_in_no_heap(void **state)
{
	struct heap_item a = {0};
	struct heap h;

	(void)state;
	heap_init(&h);
	heap_push(&h, &a, 1);
	heap_fini(&h);
	assert_false(heap_has(&a));
	heap_remove(&h, &a);
	heap_fini(&h);
	heap_fini(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(random_operations_agree_with_a_naive_model),
	    cmocka_unit_test(ties_come_out_in_order_of_insertion),
	    cmocka_unit_test(set_again_moves_behind_its_ties),
	    cmocka_unit_test(fini_leaves_items_in_no_heap),
	};

	return cmocka_run_group_tests_name("heap", tests, NULL, NULL);
}
