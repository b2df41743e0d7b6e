/* SPDX-License-Identifier: MIT
 *
 * Every fault of the simulated provider in every phase where it can happen, asked for
 * as a stream and in one piece, several times with other waits and other cuts of the
 * bytes: one sample each, and always the same class. The table is checked against the
 * simulator's own: a verb or a place without a row here is a failure.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/world.h"

#define SAME OUTCOME_COUNT /* in one piece it comes to the same */

enum door { SHARED, OWN_PORT };

/* In the order of phases: before the request, the head, the first token, between tokens,
 * before the terminator. */
/* clang-format off */
static struct fault {
	const char *text;
	enum door door;
	enum outcome stream, whole;
} faults[] = {
	/* the connection */
	{"refuse", OWN_PORT, OUTCOME_REFUSED, SAME},
	{"refuse", SHARED, OUTCOME_RESET, SAME},
	{"reset", OWN_PORT, OUTCOME_RESET, SAME},
	{"reset connect", OWN_PORT, OUTCOME_RESET, SAME},
	{"reset connect", SHARED, OUTCOME_RESET, SAME},
	{"hang connect", OWN_PORT, OUTCOME_TIMEOUT_CONNECT, SAME},
	{"hang connect", SHARED, OUTCOME_TIMEOUT_FIRST_BYTE, SAME},
	{"hang connect 3s", OWN_PORT, OUTCOME_OK, SAME},
	{"hang connect 3s", SHARED, OUTCOME_OK, SAME},
	/* instead of a head */
	{"reset head", SHARED, OUTCOME_RESET, SAME},
	{"hang head", SHARED, OUTCOME_TIMEOUT_FIRST_BYTE, SAME},
	{"hang head 5s", SHARED, OUTCOME_OK, SAME},
	{"hang head 12s", SHARED, OUTCOME_TIMEOUT_FIRST_BYTE, SAME},
	{"endless_headers", SHARED, OUTCOME_MALFORMED, SAME},
	/* the head says it */
	{"overloaded", SHARED, OUTCOME_OVERLOADED, SAME},
	{"engine_overloaded", SHARED, OUTCOME_OVERLOADED, SAME},
	{"http 500", SHARED, OUTCOME_HTTP_5XX, SAME},
	{"http 500 <html>oops</html>", SHARED, OUTCOME_HTTP_5XX, SAME},
	{"http 502 ", SHARED, OUTCOME_HTTP_5XX, SAME},
	{"http 529", SHARED, OUTCOME_OVERLOADED, SAME},
	{"http 418 teapot", SHARED, OUTCOME_BAD_REQUEST, SAME},
	{"http 204", SHARED, OUTCOME_EMPTY, SAME},
	{"http 200 {}", SHARED, OUTCOME_MALFORMED, SAME},
	{"http 304", SHARED, OUTCOME_REDIRECTED, SAME},
	{"rate_limited", SHARED, OUTCOME_RATE_LIMITED, SAME},
	{"quota", SHARED, OUTCOME_QUOTA, SAME},
	{"auth", SHARED, OUTCOME_AUTH, SAME},
	{"forbidden_region", SHARED, OUTCOME_FORBIDDEN_REGION, SAME},
	{"model_gone", SHARED, OUTCOME_MODEL_GONE, SAME},
	{"redirect http://169.254.169.254/latest/meta-data/", SHARED, OUTCOME_REDIRECTED, SAME},
	{"redirect file:///etc/passwd", SHARED, OUTCOME_REDIRECTED, SAME},
	{"html", SHARED, OUTCOME_MALFORMED, SAME},
	{"gzip", SHARED, OUTCOME_MALFORMED, SAME},
	/* before the first token */
	{"ok", SHARED, OUTCOME_OK, SAME},
	{"ok 8s", SHARED, OUTCOME_OK, SAME},
	{"slow x10", SHARED, OUTCOME_OK, SAME},
	{"latency 10s", SHARED, OUTCOME_OK, SAME},
	{"latency 28s", SHARED, OUTCOME_TIMEOUT_FIRST_TOKEN, SAME},
	{"hang first_token", SHARED, OUTCOME_TIMEOUT_FIRST_TOKEN, SAME},
	{"hang first_token 15s", SHARED, OUTCOME_OK, SAME},
	{"hang first_token 25s", SHARED, OUTCOME_TIMEOUT_FIRST_TOKEN, SAME},
	{"reset body 0", SHARED, OUTCOME_RESET, SAME},
	{"reset body 40", SHARED, OUTCOME_TRUNCATED, SAME},
	{"comments 10s", SHARED, OUTCOME_OK, SAME},
	{"comments 1m", SHARED, OUTCOME_TIMEOUT_FIRST_TOKEN, SAME},
	{"hangup 15s", SHARED, OUTCOME_OVERLOADED, SAME},
	{"hangup 1m", SHARED, OUTCOME_TIMEOUT_FIRST_TOKEN, SAME},
	{"malformed", SHARED, OUTCOME_MALFORMED, SAME},
	{"empty", SHARED, OUTCOME_EMPTY, SAME},
	{"drip", SHARED, OUTCOME_OK, SAME},
	{"huge_body", SHARED, OUTCOME_TOO_LARGE, SAME},
	{"huge_line", SHARED, OUTCOME_TOO_LARGE, SAME},
	{"endless_chunk_ext", SHARED, OUTCOME_STALLED, SAME},
	/* between tokens */
	{"stall", SHARED, OUTCOME_STALLED, OUTCOME_TIMEOUT_FIRST_TOKEN},
	{"hang stream", SHARED, OUTCOME_STALLED, OUTCOME_TIMEOUT_FIRST_TOKEN},
	{"hang stream 5s", SHARED, OUTCOME_OK, SAME},
	{"hang stream 12s", SHARED, OUTCOME_STALLED, OUTCOME_OK},
	{"truncate", SHARED, OUTCOME_TRUNCATED, SAME},
	{"reset body 420", SHARED, OUTCOME_TRUNCATED, OUTCOME_OK},
	{"error_in_stream", SHARED, OUTCOME_ERROR_IN_STREAM, SAME},
	{"endless_trailers", SHARED, OUTCOME_MALFORMED, SAME},
	{"invalid_utf8", SHARED, OUTCOME_OK, SAME},
	{"wrong_answer", SHARED, OUTCOME_OK, SAME},
	{"reasoning_only", SHARED, OUTCOME_OK, SAME},
	/* before the terminator */
	{"starved", SHARED, OUTCOME_OVERLOADED, SAME},
	{"content_filtered", SHARED, OUTCOME_CONTENT_FILTERED, SAME},
	{"no_done", SHARED, OUTCOME_OK, SAME},
	{"no_usage", SHARED, OUTCOME_OK, SAME},
	{"reset body 900", SHARED, OUTCOME_OK, SAME},
};
/* clang-format on */
#define N_FAULTS (sizeof(faults) / sizeof(faults[0]))

/* Seed and largest piece: other waits, other cuts. */
static const struct way {
	unsigned seed;
	size_t pieces;
} ways[] = {
    {1, 0   },
    {2, 1   },
    {3, 7   },
    {4, 64  },
    {5, 1500},
    {6, 0   },
    {7, 3   },
    {8, 31  },
    {9, 200 }
};
#define N_WAYS_FAST 5
#define N_WAYS      (sizeof(ways) / sizeof(ways[0]))

static struct {
	size_t exchanges, classes[OUTCOME_COUNT];
} told;

static size_t n_ways(void)
{
	const char *longer = getenv("DIMWATCH_TESTS_LONG");

	return longer && longer[0] ? N_WAYS : N_WAYS_FAST;
}

static void one_exchange(
    const struct fault *f, const struct way *way, enum probe_kind kind)
{
	enum outcome expected =
	    kind == PROBE_STREAM || f->whole == SAME ? f->stream : f->whole;
	const struct sample *s;
	struct world w;
	char script[512];

	snprintf(script, sizeof(script), "seed %u\nat 0s p: %s\n", way->seed, f->text);
	world_init_pieces(&w, LOOP_SKIPPING, script, way->pieces);
	if (f->door == OWN_PORT)
		world_use_own_port(&w);
	w.target.kind = kind;
	s = world_probe(&w);
	if (s->outcome != expected)
		fail_msg("%s, asked for a %s, seed %u, pieces of %zu: %s (%s), not %s",
		    f->text, probe_kind_code(kind), way->seed, way->pieces,
		    outcome_code(s->outcome), s->message, outcome_code(expected));
	assert_null(strstr(s->evidence, WORLD_KEY));
	told.exchanges++;
	told.classes[s->outcome]++;
	world_fini(&w);
}

static void always_comes_to_the_same(void **state)
{
	const struct fault *f = *state;

	for (size_t i = 0; i < n_ways(); i++) {
		one_exchange(f, &ways[i], PROBE_STREAM);
		one_exchange(f, &ways[i], PROBE_CHAT);
	}
}

static struct sim_action action_of(const struct fault *f)
{
	struct err e = {ERR_NONE, ""};
	struct sim_action a;

	if (!sim_action_parse(span_of(f->text), false, &a, &e))
		fail_msg("'%s': %s", f->text, e.msg);
	return a;
}

static bool has_row(enum sim_fault fault, enum sim_place place, bool any_place)
{
	for (size_t i = 0; i < N_FAULTS; i++) {
		struct sim_action a = action_of(&faults[i]);

		if (a.fault == fault && (any_place || a.place == place))
			return true;
	}
	return false;
}

static void every_verb_and_every_place_has_a_row(void **state)
{
	static const char *const places[] = {
	    "connect", "head", "first_token", "stream", "body 1"};
	size_t n;
	const struct sim_verb *verbs = sim_verbs(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (!has_row(verbs[i].fault, SIM_PLACE_COUNT, true))
			fail_msg("the verb '%s' has no row here", verbs[i].name);
		for (size_t k = 0; k < sizeof(places) / sizeof(places[0]); k++) {
			struct sim_action a;
			char text[64];

			snprintf(text, sizeof(text), "%s %s", verbs[i].name, places[k]);
			if (!sim_action_parse(span_of(text), false, &a, NULL) ||
			    a.fault == SIM_HTTP || a.fault == SIM_REDIRECT)
				continue;
			if (!has_row(a.fault, a.place, false))
				fail_msg("'%s' has no row here", text);
		}
	}
}

static void what_was_played_is_told(void **state)
{
	size_t classes = 0;

	(void)state;
	for (size_t i = 0; i < OUTCOME_COUNT; i++)
		classes += told.classes[i] > 0;
	printf(
	    "# evidence faults by phases: %zu exchanges (%zu faults, stream and whole, "
	    "%zu ways), one sample each, %zu classes, each stable\n",
	    told.exchanges, N_FAULTS, n_ways(), classes);
	assert_int_equal(told.exchanges, N_FAULTS * 2 * n_ways());
}

int main(void)
{
	static char names[N_FAULTS][64];
	struct CMUnitTest tests[N_FAULTS + 2];

	tests[0] =
	    (struct CMUnitTest)cmocka_unit_test(every_verb_and_every_place_has_a_row);
	for (size_t i = 0; i < N_FAULTS; i++) {
		snprintf(names[i], sizeof(names[i]), "%.45s%s_is_%s", faults[i].text,
		    faults[i].door == OWN_PORT ? "_at_its_port" : "",
		    outcome_code(faults[i].stream));
		for (char *c = names[i]; *c; c++)
			*c = *c == ' ' || *c == '#' ? '_' : *c;
		tests[i + 1] = (struct CMUnitTest){
		    .name = names[i],
		    .test_func = always_comes_to_the_same,
		    .initial_state = &faults[i],
		};
	}
	tests[N_FAULTS + 1] =
	    (struct CMUnitTest)cmocka_unit_test(what_was_played_is_told);
	return cmocka_run_group_tests_name("provider phases", tests, NULL, NULL);
}
