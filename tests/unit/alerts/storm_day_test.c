/* SPDX-License-Identifier: MIT
 *
 * Acceptance of the storm: everybody is told of everything, in few messages, in order.
 */
#include "tests/unit/alerts/storm_day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

/* Everybody heard of everything, in order (arrive), and who counts keys once. */
static void assert_told(const struct storm_day *w, int c)
{
	bool honours_key = storm_sides[c].bad_status == HANGS;

	for (int i = 0; i < TARGETS; i++) {
		for (int end = 0; end < 2; end++) {
			if (!w->arrivals[c][i][end])
				fail_msg("%s never heard of %d", storm_sides[c].kind, i);
			if (!honours_key && w->arrivals[c][i][end] > 1)
				fail_msg("%s heard twice of %d", storm_sides[c].kind, i);
		}
	}
}

static void everybody_is_told_of_200_outages_and_their_ends_in_few_messages(void **state)
{
	struct storm_day *w = calloc(1, sizeof(*w));
	int messages = 0, attempts = 0;

	(void)state;
	assert_non_null(w);
	storm_day_play(w);
	for (int c = 0; c < CHANNELS; c++) {
		int64_t last = storm_sides[c].bad_status ? RECOVER_MS : 10 * MS_PER_S;

		assert_told(w, c);
		assert_in_range(w->messages[c], 2, storm_sides[c].max_messages);
		assert_in_range(w->attempts[c], 2, storm_sides[c].max_attempts);
		assert_true(
		    w->told_all[c].ms && wall_diff_ms(w->told_all[c], w->start) < last);
		printf("# %s: %d messages, %d attempts, all beginnings known after %lld "
		       "s\n",
		    storm_sides[c].kind, w->messages[c], w->attempts[c],
		    (long long)(wall_diff_ms(w->told_all[c], w->start) / MS_PER_S));
		messages += w->messages[c];
		attempts += w->attempts[c];
	}
	assert_int_equal(w->owed, 2 * TARGETS * CHANNELS);
	assert_int_equal(w->sent + w->folded, w->owed + w->summaries);
	assert_int_equal(outbox_stats(w->o).pending, 0);
	assert_true(w->max_rows <= (size_t)CHANNELS * (TARGETS + 4));
	assert_true(w->max_body < (size_t)200 * 1024);
	printf(
	    "# evidence storm of 200 over 5 real channels: %d news in %d messages, %d "
	    "attempts, at most %zu rows and a body of %zu bytes; lost 0, under two keys "
	    "0, out of order 0\n",
	    w->owed, messages, attempts, w->max_rows, w->max_body);
	storm_day_fini(w);
	free(w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		everybody_is_told_of_200_outages_and_their_ends_in_few_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
