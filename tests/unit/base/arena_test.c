/* SPDX-License-Identifier: MIT
 *
 * One arena is one life: everything in it dies together, callbacks first.
 */
#include "agent/base/arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void memory_is_zeroed_and_aligned(void **state)
{
	struct arena *a = arena_new();
	static const unsigned char zeros[200];

	(void)state;
	for (size_t n = 1; n <= 200; n++) {
		unsigned char *p = arena_alloc(a, n);

		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		assert_memory_equal(p, zeros, n);
		memset(p, 0xaa, n);
	}
	arena_free(a);
}

static void a_large_request_does_not_disturb_its_neighbours(void **state)
{
	struct arena *a = arena_new();
	char *before = arena_strdup(a, "before");
	char *large = arena_alloc(a, 300000);
	char *after = arena_strdup(a, "after");

	(void)state;
	memset(large, 'x', 300000);
	assert_string_equal(before, "before");
	assert_string_equal(after, "after");
	assert_true(arena_bytes(a) >= 300000 + 7 + 6);
	arena_free(a);
}

static void many_small_requests_keep_their_values(void **state)
{
	struct arena *a = arena_new();
	char **texts = arena_alloc(a, 5000 * sizeof(*texts));

	(void)state;
	for (int i = 0; i < 5000; i++)
		texts[i] = arena_printf(a, "text %d", i);
	for (int i = 0; i < 5000; i++)
		assert_int_equal(strncmp(texts[i], "text ", 5), 0);
	assert_string_equal(texts[0], "text 0");
	assert_string_equal(texts[4999], "text 4999");
	arena_free(a);
}

static void copies_end_with_nul(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	assert_string_equal(arena_strndup(a, "abcdef", 3), "abc");
	assert_string_equal(arena_strndup(a, NULL, 0), "");
	assert_null(arena_strdup(a, NULL));
	assert_string_equal(arena_printf(a, "%s-%d", "x", 7), "x-7");
	arena_free(a);
}

static char calls[16];

static void note(void *arg)
{
	size_t n = strlen(calls);

	if (n + 1 < sizeof(calls)) {
		calls[n] = *(const char *)arg;
		calls[n + 1] = 0;
	}
}

static void on_free_runs_latest_first_and_once(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	calls[0] = '\0';
	arena_on_free(a, note, arena_strdup(a, "1"));
	arena_on_free(a, note, arena_strdup(a, "2"));
	arena_on_free(a, note, arena_strdup(a, "3"));
	arena_free(a);
	assert_string_equal(calls, "321");
}

static void the_last_reference_frees(void **state)
{
	struct arena *a = arena_new();

	(void)state;
	calls[0] = '\0';
	arena_on_free(a, note, arena_strdup(a, "x"));
	assert_ptr_equal(arena_ref(a), a);
	arena_free(a);
	assert_string_equal(calls, "");
	arena_free(a);
	assert_string_equal(calls, "x");
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(memory_is_zeroed_and_aligned),
	    cmocka_unit_test(a_large_request_does_not_disturb_its_neighbours),
	    cmocka_unit_test(many_small_requests_keep_their_values),
	    cmocka_unit_test(copies_end_with_nul),
	    cmocka_unit_test(on_free_runs_latest_first_and_once),
	    cmocka_unit_test(the_last_reference_frees),
	};

	return cmocka_run_group_tests_name("arena", tests, NULL, NULL);
}
