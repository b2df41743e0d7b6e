/* SPDX-License-Identifier: MIT
 *
 * Plans: every fault gives one for every door, within the limits, and the good ones say
 * what they should.
 */
#include "agent/sim/sim_plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/sim/sim_dialect.h"

static const struct sim_question streamed = {
    .stream = true, .model = "m\"x", .has_sum = true, .sum = 42, .inputs = 2};
static const struct sim_question whole = {
    .model = "m", .has_sum = true, .sum = 42, .inputs = 1};

static void make_in(struct sim_plan *p, const struct sim_dialect *d, enum sim_door door,
    const struct sim_question *q, const char *verb)
{
	struct err e = {ERR_NONE, ""};
	struct sim_action a;
	struct rng rng;
	struct sim_ask ask = {.door = door,
	    .name = "deepseek",
	    .chat = q,
	    .number = 3,
	    .now_s = 1790000000,
	    .rng = &rng,
	    .dialect = d};

	rng_init(&rng, 5);
	if (!sim_action_parse(span_of(verb), false, &a, &e))
		fail_msg("%s", e.msg);
	sim_plan_init(p);
	sim_plan_make(p, &ask, &a);
}

static void make(struct sim_plan *p, enum sim_door door, const struct sim_question *q,
    const char *verb)
{
	make_in(p, NULL, door, q, verb);
}

static void assert_sane_plan(const struct sim_plan *p)
{
	assert_in_range(p->n, 1, SIM_PLAN_MAX_STEPS);
	assert_false(p->bytes.cut);
	for (size_t i = 0; i < p->n; i++) {
		const struct sim_step *s = &p->steps[i];

		assert_true(s->at + s->n <= p->bytes.len);
		assert_true(s->us >= 0);
		if (s->op == SIM_STEP_REPEAT)
			assert_true(s->n > 0 && s->times > 0);
		/* Nothing comes behind the end. */
		if (s->op == SIM_STEP_HANG || s->op == SIM_STEP_CLOSE ||
		    s->op == SIM_STEP_RESET)
			assert_int_equal(i, p->n - 1);
	}
}

/* Does the dialect have this door at all? */
static bool has_door(const struct sim_dialect *d, enum sim_door door)
{
	if (door == SIM_DOOR_MODELS)
		return d->models != NULL;
	return door != SIM_DOOR_EMBEDDING || d->vectors != NULL;
}

static void try_every_door(const struct sim_dialect *d, const char *verb)
{
	for (int door = SIM_DOOR_CHAT; door <= SIM_DOOR_HOOK; door++) {
		for (int piece = 0; piece < 2; piece++) {
			struct sim_plan p;

			if (!has_door(d, (enum sim_door)door))
				continue;
			make_in(
			    &p, d, (enum sim_door)door, piece ? &whole : &streamed, verb);
			assert_sane_plan(&p);
			sim_plan_fini(&p);
		}
	}
}

static void every_fault_has_a_sane_plan_in_every_dialect_for_every_door(void **state)
{
	static const char *const args[] = {
	    [SIM_ARGS_NONE] = "",
	    [SIM_ARGS_MAYBE_DURATION] = "",
	    [SIM_ARGS_DURATION] = " 3s",
	    [SIM_ARGS_FACTOR] = " x2",
	    [SIM_ARGS_STATUS_BODY] = " 503",
	    [SIM_ARGS_RESET_PLACE] = " body 12",
	    [SIM_ARGS_HANG_PLACE] = " stream",
	    [SIM_ARGS_URL] = " http://127.0.0.1:1/",
	};
	size_t n, n_dialects;
	const struct sim_verb *verbs = sim_verbs(&n);
	const struct sim_dialect *const *all = sim_dialects(&n_dialects);

	(void)state;
	assert_int_equal(n_dialects, 9);
	for (size_t i = 0; i < n; i++) {
		char verb[80];

		snprintf(verb, sizeof(verb), "%s%s", verbs[i].name, args[verbs[i].args]);
		for (size_t k = 0; k < n_dialects; k++)
			try_every_door(all[k], verb);
	}
}

static void a_good_stream_answers_the_sum(void **state)
{
	struct sim_plan p;
	const char *text;

	(void)state;
	make(&p, SIM_DOOR_CHAT, &streamed, "ok");
	text = str_c(&p.bytes);
	assert_int_equal(p.status, 200);
	assert_non_null(strstr(text, "Content-Type: text/event-stream"));
	assert_non_null(strstr(text, "X-Request-Id: req-deepseek-3"));
	assert_non_null(strstr(text, "\"content\":\"4\""));
	assert_non_null(strstr(text, "\"content\":\"2\""));
	assert_non_null(strstr(text, "\"finish_reason\":\"stop\""));
	assert_non_null(strstr(text, "\"completion_tokens\":2"));
	assert_non_null(strstr(text, "\"model\":\"m\\\"x\""));
	assert_non_null(strstr(text, "data: [DONE]\n\n\r\n0\r\n\r\n"));
	sim_plan_fini(&p);
}

static void one_piece_is_one_object(void **state)
{
	struct sim_plan p;

	(void)state;
	make(&p, SIM_DOOR_CHAT, &whole, "wrong_answer");
	assert_non_null(strstr(str_c(&p.bytes), "Content-Type: application/json"));
	assert_non_null(strstr(str_c(&p.bytes), "\"content\":\""));
	assert_null(strstr(str_c(&p.bytes), "\"content\":\"42\""));
	assert_null(strstr(str_c(&p.bytes), "data:"));
	sim_plan_fini(&p);
}

static void refusals_speak_the_providers_language(void **state)
{
	struct sim_plan p;

	(void)state;
	make(&p, SIM_DOOR_CHAT, &streamed, "quota");
	assert_int_equal(p.status, 402);
	assert_non_null(strstr(str_c(&p.bytes), "Insufficient Balance"));
	sim_plan_fini(&p);
	make(&p, SIM_DOOR_CHAT, &streamed, "rate_limited");
	assert_non_null(strstr(str_c(&p.bytes), "Retry-After: 7\r\n"));
	sim_plan_fini(&p);
}

static int64_t waits(const struct sim_plan *p)
{
	int64_t us = 0;

	for (size_t i = 0; i < p->n; i++) {
		if (p->steps[i].op == SIM_STEP_WAIT)
			us += p->steps[i].us;
	}
	return us;
}

static void named_latencies_are_kept(void **state)
{
	struct sim_plan p;

	(void)state;
	make(&p, SIM_DOOR_CHAT, &streamed, "latency 10s");
	assert_in_range(waits(&p), 8000000, 12000000);
	sim_plan_fini(&p);
	make(&p, SIM_DOOR_HOOK, NULL, "latency 10s");
	assert_in_range(waits(&p), 8000000, 12000000);
	sim_plan_fini(&p);
	make(&p, SIM_DOOR_CHAT, &streamed, "ok");
	assert_in_range(waits(&p), 200000, 500000);
	sim_plan_fini(&p);
}

static void a_reset_in_the_body_keeps_its_bytes(void **state)
{
	(void)state;
	for (int n = 0; n < 2000; n += 37) {
		struct sim_plan p;
		size_t sent = 0;
		char verb[32];

		snprintf(verb, sizeof(verb), "reset body %d", n);
		make(&p, SIM_DOOR_CHAT, &streamed, verb);
		assert_sane_plan(&p);
		assert_int_equal(p.steps[p.n - 1].op, SIM_STEP_RESET);
		for (size_t i = 0; i < p.n; i++)
			sent += p.steps[i].op == SIM_STEP_SEND ? p.steps[i].n : 0;
		if (p.body_at + (size_t)n <= p.bytes.len)
			assert_int_equal(sent, p.body_at + (size_t)n);
		sim_plan_fini(&p);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_fault_has_a_sane_plan_in_every_dialect_for_every_door),
	    cmocka_unit_test(a_good_stream_answers_the_sum),
	    cmocka_unit_test(one_piece_is_one_object),
	    cmocka_unit_test(refusals_speak_the_providers_language),
	    cmocka_unit_test(named_latencies_are_kept),
	    cmocka_unit_test(a_reset_in_the_body_keeps_its_bytes),
	};

	return cmocka_run_group_tests_name("sim plan", tests, NULL, NULL);
}
