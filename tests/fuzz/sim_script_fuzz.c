/* SPDX-License-Identifier: MIT
 *
 * A script of the simulator: refused with its line, or every request of every provider
 * meets a fault that makes a sound plan, the same one each time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/sim/sim_plan.h"
#include "agent/sim/sim_script.h"
#include "tests/fuzz/fuzz.h"

#define MAX_TIMES     12
#define MAX_PROVIDERS 4

static void check_refused(struct span text, const struct err *e)
{
	int line = 0, n = 0, lines = 1;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n';
	MUST(e->code != ERR_NONE && strlen(e->msg) < sizeof(e->msg));
	if (e->code == ERR_LIMIT && text.n > SIM_SCRIPT_MAX)
		return;
	MUST(sscanf(e->msg, "%d: %n", &line, &n) == 1 && n > 0 && e->msg[n] != '\0');
	MUST(line >= 1 && line <= lines);
}

static void check_plan(const struct sim_plan *p)
{
	MUST(p->n > 0 && p->n <= SIM_PLAN_MAX_STEPS);
	MUST(!p->bytes.cut && p->bytes.len <= SIM_PLAN_MAX_BYTES);
	MUST(p->body_at <= p->bytes.len);
	for (size_t i = 0; i < p->n; i++) {
		const struct sim_step *s = &p->steps[i];

		MUST(s->at <= p->bytes.len && s->n <= p->bytes.len - s->at);
		MUST(s->us >= 0);
		if (s->op == SIM_STEP_SEND || s->op == SIM_STEP_REPEAT)
			MUST(s->n > 0);
		if (s->op == SIM_STEP_HANG || s->op == SIM_STEP_CLOSE ||
		    s->op == SIM_STEP_RESET)
			MUST(i + 1 == p->n);
	}
}

static void check_action(const struct sim_action *a, const char *name, bool hook)
{
	static const enum sim_door doors[] = {SIM_DOOR_CHAT, SIM_DOOR_MODELS,
	    SIM_DOOR_EMBEDDING, SIM_DOOR_EMPTY, SIM_DOOR_NONE};

	MUST(
	    (unsigned)a->fault < SIM_FAULT_COUNT && (unsigned)a->place < SIM_PLACE_COUNT);
	MUST(memchr(a->text, '\0', sizeof(a->text)) != NULL);
	MUST(!hook || sim_verb(a->fault)->for_hooks);
	for (size_t i = 0; i < sizeof(doors) / sizeof(doors[0]); i++) {
		struct sim_question q = {
		    .stream = i % 2 == 0, .model = "m", .has_sum = true, .sum = 12};
		struct sim_ask ask = {.door = hook ? SIM_DOOR_HOOK : doors[i],
		    .name = name,
		    .number = i,
		    .now_s = 1790000000};
		struct sim_plan plan;
		struct rng r;

		rng_init(&r, i);
		ask.rng = &r;
		ask.chat = ask.door == SIM_DOOR_CHAT ? &q : NULL;
		sim_plan_init(&plan);
		sim_plan_make(&plan, &ask, a);
		check_plan(&plan);
		sim_plan_fini(&plan);
	}
}

static void check_at(const struct sim_script *s, const char *name, bool hook, int64_t ms)
{
	struct sim_action a, again;

	for (uint64_t n = 0; n < 3; n++) {
		sim_script_pick(s, hook, name, ms, n, &a);
		sim_script_pick(s, hook, name, ms, n, &again);
		MUST(a.fault == again.fault && strcmp(a.text, again.text) == 0);
		check_action(&a, name, hook);
	}
	if (sim_script_only(s, hook, name, ms, &again))
		MUST(again.fault == a.fault);
}

static void check_script(const struct sim_script *s)
{
	int64_t ms = 0;
	int times = 0;

	(void)sim_script_seed(s);
	for (; ms >= 0 && times < MAX_TIMES; times++) {
		const char *name;
		int64_t next = sim_script_next_ms(s, ms);

		for (size_t i = 0; i < MAX_PROVIDERS; i++) {
			name = sim_script_provider(s, i);
			if (name == NULL)
				break;
			MUST(fuzz_is_line(name, SIM_NAME_BYTES) && name[0] != '\0');
			check_at(s, name, false, ms);
		}
		check_at(s, "slack", true, ms);
		MUST(next == -1 || next > ms);
		if (next < 0)
			MUST(sim_script_last_ms(s) <= ms);
		ms = next;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span text = fuzz_span(data, size);
	struct err e = {0};
	struct sim_script *s = sim_script_parse(text, &e);

	if (s == NULL)
		check_refused(text, &e);
	else
		check_script(s);
	sim_script_free(s);
	return 0;
}
