/* SPDX-License-Identifier: MIT
 *
 * The probes as a whole: exactly one sample for each start, given up, jumped, mixed and
 * many at once; the generation is held until its sample is handed over.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/world.h"

static void giving_up_ends_everything_as_local(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "at 0s p: hang head\n");
	for (int i = 0; i < 5; i++)
		world_ask(&w);
	loop_some_turns(w.loop, 3);
	world_ask(&w); /* this one never left */
	assert_int_equal(probes_in_flight(w.probes), 6);
	probes_give_up(w.probes, "shutting down");
	probes_give_up(w.probes, "twice is fine");
	assert_int_equal(w.n_samples, 0);
	world_await(&w, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_int_equal(w.samples[i].outcome, OUTCOME_LOCAL);
		assert_string_equal(w.samples[i].message, "shutting down");
	}
	loop_some_turns(w.loop, 5);
	assert_int_equal(w.n_samples, 6);
	assert_int_equal(probes_in_flight(w.probes), 0);
	world_fini(&w);
}

static void a_clock_jump_marks_what_is_in_flight(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	world_ask(&w);
	probes_clock_jumped(w.probes);
	world_ask(&w);
	world_await(&w, 2);
	/* Either may be the first to end. */
	assert_int_equal((w.samples[0].flags ^ w.samples[1].flags) & FLAG_CLOCK_JUMPED,
	    FLAG_CLOCK_JUMPED);
	world_fini(&w);
}

static void flags_of_the_start_stand_on_the_sample(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	probe_start(w.probes, &w.target, w.generation, FLAG_REASK | FLAG_FIRST_LOOK);
	world_await(&w, 1);
	assert_int_equal(
	    w.samples[0].flags & ~(uint32_t)FLAG_LOOP_LATE, FLAG_REASK | FLAG_FIRST_LOOK);
	world_fini(&w);
}

struct freed {
	size_t samples; /* that were handed over when it was freed */
	const struct world *w;
	bool done;
};

static void on_free(void *arg)
{
	struct freed *f = arg;

	f->done = true;
	f->samples = f->w->n_samples;
}

static void the_generation_lives_until_its_sample(void **state)
{
	struct freed freed = {.samples = 0};
	struct arena *old;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "at 0s p: hang first_token\n");
	freed.w = &w;
	old = arena_new();
	arena_on_free(old, on_free, &freed);
	probe_start(w.probes, &w.target, old, 0);
	arena_free(old); /* a reload drops it while the exchange is in flight */
	loop_some_turns(w.loop, 3);
	assert_false(freed.done);
	world_await(&w, 1);
	assert_true(freed.done);
	assert_int_equal(freed.samples, 1);
	world_fini(&w);
}

/* All kinds of faults at once: nobody waits for anybody, nothing is lost or doubled. */
static void many_at_once_give_one_sample_each(void **state)
{
	struct world w;
	size_t seen[OUTCOME_COUNT] = {0};

	(void)state;
	world_init(&w, LOOP_SKIPPING,
	    "seed 9\nat 0s p: ok 30%, overloaded, reset head, hang head, stall, truncate, "
	    "hang first_token, drip\n");
	for (int i = 0; i < WORLD_MAX_SAMPLES; i++)
		world_ask(&w);
	world_await(&w, WORLD_MAX_SAMPLES);
	loop_some_turns(w.loop, 20);
	for (size_t i = 0; i < WORLD_MAX_SAMPLES; i++)
		seen[w.samples[i].outcome]++;
	assert_true(seen[OUTCOME_OK] > 10);
	assert_true(seen[OUTCOME_OVERLOADED] > 0);
	assert_true(seen[OUTCOME_RESET] > 0);
	assert_true(seen[OUTCOME_TIMEOUT_FIRST_BYTE] > 0);
	assert_true(seen[OUTCOME_TIMEOUT_FIRST_TOKEN] > 0);
	assert_true(seen[OUTCOME_STALLED] > 0);
	assert_true(seen[OUTCOME_TRUNCATED] > 0);
	assert_int_equal(probes_in_flight(w.probes), 0);
	assert_int_equal(http_in_flight(w.http), 0);
	assert_int_equal(sim_open(w.sim), 0);
	world_fini(&w);
}

static void one_shot_chat_is_understood(void **state)
{
	static const struct {
		const char *fault;
		enum outcome outcome;
	} rows[] = {
	    {"ok",              OUTCOME_OK             },
	    {"comments 5s",     OUTCOME_OK             }, /* blanks in front of the object */
	    {"malformed",       OUTCOME_MALFORMED      },
	    {"error_in_stream", OUTCOME_ERROR_IN_STREAM},
	    {"truncate",        OUTCOME_TRUNCATED      },
	    {"empty",           OUTCOME_EMPTY          },
	    {"overloaded",      OUTCOME_OVERLOADED     },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct world w;
		char script[64];

		snprintf(script, sizeof(script), "at 0s p: %s\n", rows[i].fault);
		world_init(&w, LOOP_SKIPPING, script);
		w.target.kind = PROBE_CHAT;
		assert_string_equal(outcome_code(world_probe(&w)->outcome),
		    outcome_code(rows[i].outcome));
		world_fini(&w);
	}
}

static void questions_differ_and_carry_the_key_once(void **state)
{
	struct world w;
	char first[sizeof(w.last_request)];
	const char *key;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	world_probe(&w);
	str_copy(first, sizeof(first), w.last_request);
	world_probe(&w);
	assert_non_null(strstr(first, "What is "));
	assert_string_not_equal(
	    strstr(first, "What is "), strstr(w.last_request, "What is "));
	key = strstr(first, "Authorization: Bearer " WORLD_KEY "\r\n");
	assert_non_null(key);
	assert_null(strstr(key + 30, WORLD_KEY));
	assert_null(strcasestr(first, "accept-encoding"));
	assert_null(strcasestr(first, "expect:"));
	world_fini(&w);
}

static void warm_targets_reuse_their_connection(void **state)
{
	struct world w;

	(void)state;
	world_init(&w, LOOP_REAL, "");
	w.target.connection = CONNECTION_WARM;
	assert_false(world_probe(&w)->reused);
	assert_true(w.samples[0].connect_us >= 0);
	assert_true(world_probe(&w)->reused);
	assert_int_equal(w.samples[1].connect_us, NOT_REACHED);
	world_fini(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(giving_up_ends_everything_as_local),
	    cmocka_unit_test(a_clock_jump_marks_what_is_in_flight),
	    cmocka_unit_test(flags_of_the_start_stand_on_the_sample),
	    cmocka_unit_test(the_generation_lives_until_its_sample),
	    cmocka_unit_test(many_at_once_give_one_sample_each),
	    cmocka_unit_test(one_shot_chat_is_understood),
	    cmocka_unit_test(questions_differ_and_carry_the_key_once),
	    cmocka_unit_test(warm_targets_reuse_their_connection),
	};

	return cmocka_run_group_tests_name("probes", tests, NULL, NULL);
}
