/* SPDX-License-Identifier: MIT
 *
 * Controls of a scenario: they answer within 300 ms or are given up after three seconds,
 * as the agent does it.
 */
#include <stdio.h>
#include <string.h>

#include "tests/scenario/world.h"

#define ANSWER_MS  300
#define GIVE_UP_MS 3000

static struct control_place *find(struct world *w, const char *name)
{
	for (int i = 0; i < w->n_controls; i++) {
		if (strcmp(w->controls[i].name, name) == 0)
			return &w->controls[i];
	}
	return NULL;
}

bool world_add_control(struct world *w, const char *name)
{
	struct control_place *c = &w->controls[w->n_controls];

	if (w->n_controls == MAX_CONTROLS)
		return false;
	str_copy(c->name, sizeof(c->name), name);
	c->percent = 100;
	w->n_controls++;
	return true;
}

bool world_set_control(struct world *w, const char *name, const char *state)
{
	struct control_place *c = find(w, name);

	if (!c)
		return false;
	if (strcmp(state, "ok") == 0)
		c->percent = 100;
	else if (strcmp(state, "silent") == 0)
		c->percent = 0;
	else
		return sscanf(state, "%d%%", &c->percent) == 1;
	return true;
}

void world_ask_controls(struct world *w)
{
	for (size_t i = 0; i < w->judged.n_asks; i++) {
		struct control_flight *f = &w->control_flights[w->n_control_flights];

		if (w->n_control_flights == MAX_CONTROL_ASKS)
			return;
		memset(f, 0, sizeof(*f));
		f->what = w->judged.asks[i];
		f->starts_ms = w->now_ms + f->what.in_ms;
		w->n_control_flights++;
	}
}

static void begin(struct world *w, struct control_flight *f)
{
	const struct control_place *c = &w->controls[f->what.control];

	f->begun = true;
	f->answered = rng_below(&w->rng, 100) < (uint64_t)c->percent;
	f->ends_ms = w->now_ms + (f->answered ? ANSWER_MS : GIVE_UP_MS);
	if (w->show_asks)
		see(w, c->name, "control", f->answered ? "answers" : "is silent");
}

static void end(struct world *w, int i)
{
	struct control_flight f = w->control_flights[i];
	struct judge_event ev = {.kind = JUDGE_WITNESS, .at = world_wall(w)};

	w->n_control_flights--;
	memmove(&w->control_flights[i], &w->control_flights[i + 1],
	    (size_t)(w->n_control_flights - i) * sizeof(f));
	ev.u.witness.way = f.what.way;
	ev.u.witness.control = f.what.control;
	ev.u.witness.started = wall_add_ms(ev.at, f.starts_ms - w->now_ms);
	ev.u.witness.answered = f.answered;
	ev.u.witness.look = f.what.look;
	world_event(w, &ev);
}

static int64_t due_ms(const struct control_flight *f)
{
	return f->begun ? f->ends_ms : f->starts_ms;
}

bool world_control_due(struct world *w)
{
	for (int i = 0; i < w->n_control_flights; i++) {
		struct control_flight *f = &w->control_flights[i];

		if (due_ms(f) > w->now_ms)
			continue;
		if (f->begun)
			end(w, i);
		else
			begin(w, f);
		return true;
	}
	return false;
}

int64_t world_control_next(const struct world *w)
{
	int64_t next = INT64_MAX;

	for (int i = 0; i < w->n_control_flights; i++) {
		int64_t one = due_ms(&w->control_flights[i]);

		next = one < next ? one : next;
	}
	return next;
}
