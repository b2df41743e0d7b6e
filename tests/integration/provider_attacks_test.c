/* SPDX-License-Identifier: MIT
 *
 * Providers that mean harm: bombs in the head, the trailers, the chunk sizes, the coding
 * and the JSON, from several connections at once. Each must end as the table says, cost
 * less than 1 MiB of memory, keep the loop from its work for less than 20 ms, and leave
 * the good providers' samples as they are in peace.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "tests/integration/attacks.h"
#include "tests/integration/siege.h"

#define GOOD_IN_PEACE 6
#define GOOD_IN_WAR   6
#define BAD_IN_WAR    SIEGE_BAD_LANES
#define LONG_WAR      8   /* times as many of both */
#define STARVED       0.2 /* of the time in a queue for a processor */

#define LAG_MAX_US    (20 * US_PER_MS)

static struct attack {
	const char *name;
	attack_fn attack;
	enum outcome outcome;
} attacks[] = {
    {"headers_without_end",              endless_headers,      OUTCOME_MALFORMED      },
    {"one_header_line_without_end",      endless_header_line,  OUTCOME_MALFORMED      },
    {"interim_answers_without_end",      endless_interim,      OUTCOME_MALFORMED      },
    {"trailers_without_end",             endless_trailers,     OUTCOME_MALFORMED      },
    {"one_trailer_without_end",          endless_trailer_line, OUTCOME_MALFORMED      },
    {"chunk_extensions_without_end",     endless_extension,    OUTCOME_STALLED        },
    {"extensions_with_a_byte_between",   endless_extensions,   OUTCOME_TOO_LARGE      },
    {"gzip_of_two_gibibytes_of_zeros",   gzip_bomb,            OUTCOME_MALFORMED      },
    {"gzip_that_does_not_say_so",        silent_gzip_bomb,     OUTCOME_TOO_LARGE      },
    {"a_line_without_end",               endless_line,         OUTCOME_TOO_LARGE      },
    {"an_event_without_end",             endless_event,        OUTCOME_TOO_LARGE      },
    {"a_million_events",                 million_events,       OUTCOME_TOO_LARGE      },
    {"a_million_tokens",                 million_tokens,       OUTCOME_TOO_LARGE      },
    {"comments_without_end",             endless_comments,     OUTCOME_TOO_LARGE      },
    {"a_body_without_end",               endless_body,         OUTCOME_TOO_LARGE      },
    {"a_refusal_without_end",            endless_refusal,      OUTCOME_TOO_LARGE      },
    {"brackets_a_hundred_thousand_deep", deep_json,            OUTCOME_MALFORMED      },
    {"one_key_again_and_again",          duplicate_keys,       OUTCOME_TOO_LARGE      },
    {"many_small_objects",               many_objects,         OUTCOME_TOO_LARGE      },
    {"many_small_objects_in_one_piece",  many_objects_whole,   OUTCOME_MALFORMED      },
    {"keys_that_collide",                colliding_keys,       OUTCOME_TRUNCATED      },
    {"an_error_of_many_words",           long_error,           OUTCOME_ERROR_IN_STREAM},
    {"an_error_of_many_members",         wide_error,           OUTCOME_ERROR_IN_STREAM},
    {"bytes_that_are_no_text",           no_text,              OUTCOME_TOO_LARGE      },
};
#define N_ATTACKS (sizeof(attacks) / sizeof(attacks[0]))

static void tell(
    const struct attack *a, const struct weather *peace, const struct weather *war)
{
	printf("# evidence attack %s: %zu %s, memory %+lld KiB (peak %+lld), turn p99 "
	       "%.1f ms worst %.1f ms, timer p99 %.1f ms (%.1f in peace), %zu others ok, "
	       "first token %.0f ms (%.0f in peace), %.0f %% waiting for a processor\n",
	    a->name, war->bad, outcome_code(a->outcome),
	    (long long)war->grown_bytes / 1024, (long long)war->peak_bytes / 1024,
	    (double)war->turn_p99_us / 1e3, (double)war->turn_max_us / 1e3,
	    (double)war->late_p99_us / 1e3, (double)peace->late_p99_us / 1e3,
	    war->good_ok, (double)war->first_token_us / 1e3,
	    (double)peace->first_token_us / 1e3, 100 * war->waited);
}

static struct siege *present;

static int lift_siege(void **state)
{
	(void)state;
	siege_free(present);
	present = NULL;
	return 0;
}

/* The others' samples are of the class they had in peace: ok, and no slower; that is
 * not ours to promise while the machine lets us wait for a processor. */
static void others_are_unharmed(const struct weather *peace, const struct weather *war)
{
	assert_int_equal(peace->good_ok, peace->good);
	assert_int_equal(war->good_ok, war->good);
	if (war->waited < STARVED)
		assert_in_range(
		    war->first_token_us, 0, peace->first_token_us + 5 * LAG_MAX_US);
}

static void ends_and_harms_nobody(void **state)
{
	const struct attack *a = *state;
	struct siege *s = present = siege_new(a->attack, SIEGE_BAD_LANES);
	const char *longer = getenv("DIMWATCH_TESTS_LONG");
	size_t times = longer && longer[0] ? LONG_WAR : 1;
	struct weather warm, peace, war;

	siege_run(s, GOOD_IN_PEACE, 0, &warm);
	siege_run(s, GOOD_IN_PEACE, 0, &peace);
	siege_run(s, times * GOOD_IN_WAR, times * BAD_IN_WAR, &war);
	tell(a, &peace, &war);
	for (size_t i = 0; i < OUTCOME_COUNT; i++) {
		if (war.classes[i] > 0)
			assert_string_equal(
			    outcome_code((enum outcome)i), outcome_code(a->outcome));
	}
	others_are_unharmed(&peace, &war);
	assert_in_range(
	    war.turn_p99_us, 0, (int64_t)((double)LAG_MAX_US * siege_slowness()));
	if (war.peak_bytes > GROWTH_MAX)
		fail_msg("memory grew by %lld KiB", (long long)war.peak_bytes / 1024);
}

/* --- do the keys collide at all? --- */

static int64_t guessed_us, random_us;

/* Processor time of ten objects in the best of ten rounds. */
static int64_t best_of_rounds(struct span json)
{
	int64_t best = INT64_MAX;

	for (int round = 0; round < 10; round++) {
		int64_t before = processor_us(), took;

		for (int i = 0; i < 10; i++)
			json_decref(json_parse_provider(json, NULL));
		took = processor_us() - before;
		best = took < best ? took : best;
	}
	return best;
}

/* For the colliding keys under this seed, in a process of its own: jansson takes one seed
 * for life. */
static int64_t parse_us(size_t seed)
{
	int64_t us = -1;
	int fds[2];
	pid_t pid;

	if (pipe(fds) != 0 || (pid = fork()) < 0)
		abort();
	if (pid == 0) {
		struct str json;

		json_object_seed(seed);
		str_init(&json, JSON_PROVIDER_BYTES);
		colliding_json(&json, COLLIDING_KEYS);
		us = best_of_rounds(str_span(&json));
		_exit(write(fds[1], &us, sizeof(us)) == sizeof(us) ? 0 : 1);
	}
	if (read(fds[0], &us, sizeof(us)) != sizeof(us) || waitpid(pid, NULL, 0) != pid)
		abort();
	close(fds[0]);
	close(fds[1]);
	return us;
}

static void the_keys_collide_only_under_the_seed_they_were_made_for(void **state)
{
	(void)state;
	printf(
	    "# evidence colliding keys: %.2f ms an object under the seed they were made "
	    "for, %.2f ms under ours\n",
	    (double)guessed_us / 10e3, (double)random_us / 10e3);
	assert_true(4 * guessed_us > 5 * random_us);
}

int main(void)
{
	struct CMUnitTest tests[N_ATTACKS + 1];

	guessed_us = parse_us(ATTACKED_SEED);
	random_us = parse_us(0);
	json_object_seed(0); /* as the program does */
	attacks_prepare();
	tests[N_ATTACKS] = (struct CMUnitTest)cmocka_unit_test(
	    the_keys_collide_only_under_the_seed_they_were_made_for);
	for (size_t i = 0; i < N_ATTACKS; i++)
		tests[i] = (struct CMUnitTest){
		    .name = attacks[i].name,
		    .test_func = ends_and_harms_nobody,
		    .teardown_func = lift_siege,
		    .initial_state = &attacks[i],
		};
	return cmocka_run_group_tests_name("provider attacks", tests, NULL, NULL);
}
