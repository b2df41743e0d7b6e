/* SPDX-License-Identifier: MIT
 *
 * Providers that never stop: the probe ends, memory does not grow, others are not kept
 * waiting.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/world.h"

static struct bomb {
	const char *name, *fault;
	enum outcome outcome;
	int status;
} bombs[] = {
    {"endless_body",             "huge_body",         OUTCOME_TOO_LARGE, 200},
    {"ten_megabyte_line",        "huge_line",         OUTCOME_TOO_LARGE, 200},
    {"endless_headers",          "endless_headers",   OUTCOME_MALFORMED, 0  },
    {"endless_trailers",         "endless_trailers",  OUTCOME_MALFORMED, 200},
    {"endless_chunk_extensions", "endless_chunk_ext", OUTCOME_STALLED,   200},
};

static void bomb_ends_and_costs_no_memory(void **state)
{
	const struct bomb *b = *state;
	const struct sample *s;
	struct world w;
	char script[128];
	int64_t before;

	snprintf(script, sizeof(script), "at 0s p: ok\nat 10m p: %s\n", b->fault);
	world_init(&w, LOOP_SKIPPING, script);
	assert_int_equal(world_probe(&w)->outcome, OUTCOME_OK);
	sim_set_start(w.sim, mono_add_ms(loop_mono(w.loop), -10 * MS_PER_MIN));
	before = resident_bytes();
	peak_reset();
	s = world_probe(&w);
	assert_string_equal(outcome_code(s->outcome), outcome_code(b->outcome));
	assert_int_equal(s->http_status, b->status);
	assert_true(strlen(s->evidence) <= SAMPLE_EVIDENCE_BYTES);
	assert_in_range(peak_bytes() - before, 0, GROWTH_MAX);
	world_fini(&w);
}

static void four_bombs_keep_nobody_waiting(void **state)
{
	struct world w;
	size_t ok = 0;

	(void)state;
	world_init(&w, LOOP_REAL, "at 0s p: endless_chunk_ext\n");
	for (int i = 0; i < 4; i++)
		world_ask(&w);
	world_set_url(&w, "http://127.0.0.1:%d/q/v1/chat/completions", sim_port(w.sim));
	world_ask(&w);
	world_await(&w, 5);
	for (size_t i = 0; i < 5; i++) {
		if (w.samples[i].outcome == OUTCOME_OK)
			ok++;
		else
			assert_int_equal(w.samples[i].outcome, OUTCOME_STALLED);
	}
	assert_int_equal(ok, 1);
	assert_int_equal(sim_stats(w.sim, false, "p").requests, 4);
	world_fini(&w);
}

#define N_BOMBS (sizeof(bombs) / sizeof(bombs[0]))

int main(void)
{
	struct CMUnitTest tests[N_BOMBS + 1];

	for (size_t i = 0; i < N_BOMBS; i++)
		tests[i] = (struct CMUnitTest){
		    .name = bombs[i].name,
		    .test_func = bomb_ends_and_costs_no_memory,
		    .initial_state = &bombs[i],
		};
	tests[N_BOMBS] =
	    (struct CMUnitTest)cmocka_unit_test(four_bombs_keep_nobody_waiting);
	return cmocka_run_group_tests_name("probe bombs", tests, NULL, NULL);
}
