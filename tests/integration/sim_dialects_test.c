/* SPDX-License-Identifier: MIT
 *
 * The simulator in every dialect, asked by the real client as the catalogue's own
 * providers are: each kind is good, and each fault comes to the outcome that it is named
 * for, in whatever words the dialect has for it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probes/dialect.h"
#include "tests/integration/asked.h"

/* One provider for each dialect. */
static const char *const providers[] = {"openai", "azure-openai", "openai-responses",
    "anthropic", "gemini", "cohere", "dashscope-native", "ollama-native", "bedrock"};
#define N_PROVIDERS (sizeof(providers) / sizeof(providers[0]))

/* False: the provider cannot be asked for this. */
static bool set_target(struct world *w, const char *id, enum probe_kind kind)
{
	char front[128];

	snprintf(front, sizeof(front), "http://127.0.0.1:%d/%s", sim_port(w->sim), id);
	if (!asked_provider(w, catalogue_find(asked_catalogue(), id), kind, front))
		return false;
	if (kind == PROBE_MODELS)
		w->target.model = "sim-model"; /* its list has no other */
	return true;
}

/* Vectors may come without a count of tokens; who lists to anybody proves an edge. */
static void check_good(const struct world *w, const struct sample *s)
{
	bool chat = w->target.kind == PROBE_STREAM || w->target.kind == PROBE_CHAT;
	uint32_t allowed = FLAG_LOOP_LATE | FLAG_EDGE_ONLY;

	if (w->target.kind == PROBE_EMBEDDING)
		allowed |= FLAG_COST_ESTIMATED;
	if (s->outcome != OUTCOME_OK || (s->flags & ~allowed) != 0 ||
	    (chat && (s->tokens_in != 14 || s->tokens_out != 2)))
		fail_msg("%s %s: %s, flags %x, tokens %d %d, %s", w->target.provider->id,
		    probe_kind_code(w->target.kind), outcome_code(s->outcome), s->flags,
		    (int)s->tokens_in, (int)s->tokens_out, s->message);
}

static void every_dialect_and_kind_is_good(void **state)
{
	static const enum probe_kind kinds[] = {
	    PROBE_STREAM, PROBE_CHAT, PROBE_MODELS, PROBE_EMBEDDING};
	unsigned asked = 0;

	(void)state;
	for (size_t i = 0; i < N_PROVIDERS; i++) {
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct world w;

			world_init(&w, LOOP_SKIPPING, "");
			if (set_target(&w, providers[i], kinds[k])) {
				check_good(&w, world_probe(&w));
				asked++;
			}
			world_fini(&w);
		}
	}
	print_message("# evidence simulator: %u asks in %zu dialects, all good\n", asked,
	    N_PROVIDERS);
}

#define SAME OUTCOME_COUNT
/* The streamed outcome and that of an answer in one piece. */
/* clang-format off */
static const struct {
	const char *fault;
	enum outcome stream, chat;
	uint32_t flags; /* of the stream */
} faults[] = {
	{"overloaded", OUTCOME_OVERLOADED, SAME, 0},
	{"engine_overloaded", OUTCOME_OVERLOADED, SAME, 0},
	{"starved", OUTCOME_OVERLOADED, SAME, 0},
	{"rate_limited", OUTCOME_RATE_LIMITED, SAME, 0},
	{"quota", OUTCOME_QUOTA, SAME, 0},
	{"auth", OUTCOME_AUTH, SAME, 0},
	{"forbidden_region", OUTCOME_FORBIDDEN_REGION, SAME, 0},
	{"model_gone", OUTCOME_MODEL_GONE, SAME, 0},
	{"content_filtered", OUTCOME_CONTENT_FILTERED, SAME, 0},
	{"http 500", OUTCOME_HTTP_5XX, SAME, 0},
	{"error_in_stream", OUTCOME_ERROR_IN_STREAM, SAME, 0},
	{"truncate", OUTCOME_TRUNCATED, SAME, 0},
	/* In one piece nothing was understood yet when it stopped. */
	{"stall", OUTCOME_STALLED, OUTCOME_TIMEOUT_FIRST_TOKEN, 0},
	{"hang first_token", OUTCOME_TIMEOUT_FIRST_TOKEN, SAME, 0},
	{"reset head", OUTCOME_RESET, SAME, 0},
	{"empty", OUTCOME_EMPTY, SAME, 0},
	{"malformed", OUTCOME_MALFORMED, SAME, 0},
	{"html", OUTCOME_MALFORMED, SAME, 0},
	{"wrong_answer", OUTCOME_OK, SAME, FLAG_ODD_ANSWER},
	{"reasoning_only", OUTCOME_OK, SAME, FLAG_REASONING_ONLY},
	{"no_usage", OUTCOME_OK, SAME, FLAG_COST_ESTIMATED},
	{"invalid_utf8", OUTCOME_OK, SAME, FLAG_INVALID_UTF8},
	{"comments 5s", OUTCOME_OK, SAME, 0},
	{"drip", OUTCOME_OK, SAME, 0},
	{"gzip", OUTCOME_MALFORMED, SAME, 0},
	{"huge_line", OUTCOME_TOO_LARGE, SAME, 0},
	{"huge_body", OUTCOME_TOO_LARGE, SAME, 0},
	{"endless_headers", OUTCOME_MALFORMED, SAME, 0},
	/* Where the finish reason is the last event, no end is seen without it. */
	{"no_done", OUTCOME_TRUNCATED, OUTCOME_OK, 0},
};

/* Where a dialect has other words, or none. */
static const struct {
	const char *fault, *provider;
	enum outcome stream, chat;
} otherwise[] = {
	/* A word of Moonshot's; what stands first there is OpenAI's own row for a 429. */
	{"engine_overloaded", "openai", OUTCOME_RATE_LIMITED, SAME},
	/* An error in a stream that has begun is no more than that. */
	{"starved", "azure-openai", OUTCOME_ERROR_IN_STREAM, OUTCOME_OVERLOADED},
	{"starved", "ollama-native", OUTCOME_ERROR_IN_STREAM, OUTCOME_OVERLOADED},
	{"starved", "cohere", OUTCOME_ERROR_IN_STREAM, OUTCOME_OVERLOADED},
	{"forbidden_region", "cohere", OUTCOME_OK, SAME},
	{"forbidden_region", "dashscope-native", OUTCOME_OK, SAME},
	{"forbidden_region", "ollama-native", OUTCOME_OK, SAME},
	{"content_filtered", "ollama-native", OUTCOME_OK, SAME},
	{"no_done", "openai", OUTCOME_OK, SAME},
	{"no_done", "azure-openai", OUTCOME_OK, SAME},
	{"no_done", "anthropic", OUTCOME_OK, SAME},
};
/* clang-format on */

static enum outcome expected(const char *fault, const char *provider, bool stream)
{
	for (size_t i = 0; i < sizeof(otherwise) / sizeof(otherwise[0]); i++) {
		if (strcmp(otherwise[i].fault, fault) == 0 &&
		    strcmp(otherwise[i].provider, provider) == 0)
			return stream || otherwise[i].chat == SAME ? otherwise[i].stream
								   : otherwise[i].chat;
	}
	for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
		if (strcmp(faults[i].fault, fault) == 0)
			return stream || faults[i].chat == SAME ? faults[i].stream
								: faults[i].chat;
	}
	return SAME;
}

static unsigned try_fault(size_t fault, const char *provider, enum probe_kind kind)
{
	const char *verb = faults[fault].fault;
	enum outcome want = expected(verb, provider, kind == PROBE_STREAM);
	const struct sample *s;
	struct world w;
	char script[128];
	unsigned wrong = 0;

	snprintf(script, sizeof(script), "at 0s %s: %s\n", provider, verb);
	world_init(&w, LOOP_SKIPPING, script);
	if (set_target(&w, provider, kind)) {
		s = world_probe(&w);
		wrong = s->outcome != want ||
			(want == OUTCOME_OK &&
			    (s->flags & faults[fault].flags) != faults[fault].flags);
		if (wrong)
			print_message("# %s %s, %s: %s, not %s; flags %x; %s\n", provider,
			    probe_kind_code(kind), verb, outcome_code(s->outcome),
			    outcome_code(want), s->flags, s->message);
	}
	world_fini(&w);
	return wrong;
}

static void every_fault_comes_to_its_outcome_in_every_dialect(void **state)
{
	size_t n = sizeof(faults) / sizeof(faults[0]);
	unsigned wrong = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		for (size_t k = 0; k < N_PROVIDERS; k++) {
			wrong += try_fault(i, providers[k], PROBE_STREAM);
			wrong += try_fault(i, providers[k], PROBE_CHAT);
		}
	}
	assert_int_equal(wrong, 0);
	print_message(
	    "# evidence simulator faults: %zu faults in %zu dialects, streamed and whole\n",
	    n, N_PROVIDERS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_dialect_and_kind_is_good),
	    cmocka_unit_test(every_fault_comes_to_its_outcome_in_every_dialect),
	};

	return cmocka_run_group_tests_name(
	    "sim dialects", tests, asked_load, asked_unload);
}
