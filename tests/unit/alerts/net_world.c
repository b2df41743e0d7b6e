/* SPDX-License-Identifier: MIT
 *
 * See the header. Times are milliseconds from the beginning of the trouble.
 */
#include "tests/unit/alerts/net_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define EPOCH     INT64_C(1767225600000)
#define BEFORE_MS INT64_C(120000)
#define PACE_MS   INT64_C(60000)
#define NEVER     INT64_MAX
/* An exchange that is lost fails at once or hangs; controls hang. */
#define FAST_MS       100
#define HANG_MS       6000
#define GOOD_MS       1500
#define CONTROL_OK_MS 300
#define CONTROL_NO_MS 3000

/* Of a shared incident all are told by one fact. */
static uint32_t members(const struct net *w, const struct fact *f)
{
	uint32_t bits = 0;

	for (int i = 0; i < w->n; i++) {
		char name[64];

		snprintf(name, sizeof(name), "t%d", i + 1);
		for (int k = 0; k < f->incident.n_targets; k++) {
			if (strcmp(f->incident.targets[k], name) == 0)
				bits |= UINT32_C(1) << i;
		}
	}
	return bits;
}

static void on_facts(struct net *w)
{
	for (size_t i = 0; i < w->up.n_facts; i++) {
		const struct fact *f = &w->up.facts[i];
		uint32_t bit = f->series ? UINT32_C(1) << (f->series - 1) : 0;

		bool joined = f->kind == FACT_CHANGED && f->joined[0];
		bool out = f->kind == FACT_CHANGED && strstr(f->detail, "it was us");

		if ((f->kind == FACT_OPENED || joined) &&
		    f->incident.class == CLASS_OUTAGE) {
			w->booked |= bit;
			if (w->now_ms < w->first_booked_ms)
				w->first_booked_ms = w->now_ms;
		} else if (f->kind == FACT_RETRACTED || out) {
			w->booked &= f->kind == FACT_RETRACTED ? ~members(w, f) : ~bit;
			w->retracted++;
		}
	}
	if (w->declared_ms == NEVER && strstr(str_c(&w->up.trace), " vantage path "))
		w->declared_ms = w->now_ms;
}

static struct net_event *add_event(struct net *w)
{
	struct net_event *e = &w->events[w->n_events++];

	assert_true(w->n_events < NET_EVENTS);
	memset(e, 0, sizeof(*e));
	e->target = e->control = -1;
	return e;
}

static void step(struct net *w, struct judge_event ev)
{
	ev.at.ms = EPOCH + w->now_ms;
	judge_step(w->judge, &ev, &w->up);
	on_facts(w);
	for (size_t i = 0; i < w->up.n_wishes; i++) {
		int k = (int)w->up.wishes[i].series - 1;
		int64_t at = w->now_ms + w->up.wishes[i].in_ms;

		if (w->flying[k] < 3 && at < w->wish_ms[k])
			w->wish_ms[k] = at;
	}
	for (size_t i = 0; i < w->up.n_asks; i++) {
		struct net_event *e = add_event(w);

		e->control = w->up.asks[i].control;
		e->look = w->up.asks[i].look;
		e->at_ms = w->now_ms + w->up.asks[i].in_ms;
	}
}

void net_init(struct net *w, int n, int n_controls, uint64_t seed)
{
	static struct judge_target targets[NET_TARGETS];
	struct judge_way direct = {.n_controls = n_controls};
	struct judge_config c = {.vantage = "hk-1",
	    .targets = targets,
	    .n_targets = (size_t)n,
	    .ways = &direct,
	    .n_ways = 1};

	memset(w, 0, sizeof(*w));
	assert_in_range(n, 1, NET_TARGETS);
	rng_init(&w->rng, seed);
	w->n = n;
	w->n_controls = n_controls;
	w->now_ms = -BEFORE_MS;
	w->first_booked_ms = w->declared_ms = NEVER;
	memset(targets, 0, sizeof(targets));
	for (int i = 0; i < n; i++) {
		targets[i].series = (uint32_t)i + 1;
		targets[i].interval_ms = PACE_MS;
		targets[i].auto_on = targets[i].remote = true;
		snprintf(targets[i].name, sizeof(targets[i].name), "t%d", i + 1);
		snprintf(targets[i].provider, sizeof(targets[i].provider), "p%d", i + 1);
		w->slot_ms[i] = w->now_ms + (int64_t)rng_below(&w->rng, PACE_MS);
		w->wish_ms[i] = NEVER;
	}
	w->judge = judge_new("hk-1");
	judge_update_init(&w->up);
	step(w, (struct judge_event){.kind = JUDGE_CONFIG, .u.config = &c});
}

void net_fini(struct net *w)
{
	judge_free(w->judge);
	judge_update_fini(&w->up);
}

/* --- asking --------------------------------------------------------------------- */

static bool is_on(const struct net *w)
{
	return w->now_ms >= 0 && w->now_ms < (int64_t)(w->trouble.lasts_s * 1000);
}

static bool lost(struct net *w, double share)
{
	return rng_unit(&w->rng) < share;
}

static double loss_of(const struct net *w, int k)
{
	if (w->trouble.silent >> k & 1)
		return w->trouble.theirs > 0 ? w->trouble.theirs : 1;
	return w->trouble.loss;
}

static void ask(struct net *w, int k)
{
	struct net_event *e = add_event(w);

	e->target = k;
	e->started_ms = w->now_ms;
	e->failed = is_on(w) && lost(w, loss_of(w, k));
	e->failed = (w->trouble.base > 0 && lost(w, w->trouble.base)) || e->failed;
	e->at_ms = w->now_ms + (!e->failed ? GOOD_MS : lost(w, 0.5) ? FAST_MS : HANG_MS);
	w->flying[k]++;
	if (w->wish_ms[k] <= w->now_ms)
		w->wish_ms[k] = NEVER;
	while (w->slot_ms[k] <= w->now_ms)
		w->slot_ms[k] += PACE_MS;
}

static void begin_control(struct net *w, struct net_event *e)
{
	e->begun = true;
	e->started_ms = w->now_ms;
	e->failed =
	    (is_on(w) && lost(w, w->trouble.loss)) || lost(w, w->trouble.control_loss);
	e->at_ms = w->now_ms + (e->failed ? CONTROL_NO_MS : CONTROL_OK_MS);
}

static void end_ask(struct net *w, const struct net_event *e)
{
	struct judge_event ev = {.kind = JUDGE_SAMPLE};
	struct sample s;

	w->flying[e->target]--;
	sample_init(&s, (uint32_t)e->target + 1, (struct wall){EPOCH + e->started_ms});
	s.outcome = e->failed ? OUTCOME_TIMEOUT_CONNECT : OUTCOME_OK;
	s.first_token_us = e->failed ? NOT_REACHED : 700000;
	s.end_us = (e->at_ms - e->started_ms) * US_PER_MS;
	ev.u.sample = &s;
	step(w, ev);
}

static void end_control(struct net *w, const struct net_event *e)
{
	struct judge_event ev = {.kind = JUDGE_WITNESS};

	ev.u.witness.control = e->control;
	ev.u.witness.started.ms = EPOCH + e->started_ms;
	ev.u.witness.answered = !e->failed;
	ev.u.witness.look = e->look;
	step(w, ev);
}

/* --- time ----------------------------------------------------------------------- */

static int first_event(const struct net *w)
{
	int first = -1;

	for (int i = 0; i < w->n_events; i++) {
		if (first < 0 || w->events[i].at_ms < w->events[first].at_ms)
			first = i;
	}
	return first;
}

static int first_target(const struct net *w, int64_t *ret_at)
{
	int first = -1;

	*ret_at = NEVER;
	for (int k = 0; k < w->n; k++) {
		int64_t at =
		    w->slot_ms[k] < w->wish_ms[k] ? w->slot_ms[k] : w->wish_ms[k];

		if (w->flying[k] < 3 && at < *ret_at) {
			*ret_at = at;
			first = k;
		}
	}
	return first;
}

static void end_event(struct net *w, int i)
{
	struct net_event e = w->events[i];

	w->now_ms = e.at_ms > w->now_ms ? e.at_ms : w->now_ms;
	if (e.control >= 0 && !e.begun) {
		begin_control(w, &w->events[i]);
		return;
	}
	w->events[i] = w->events[--w->n_events];
	if (e.control >= 0)
		end_control(w, &e);
	else
		end_ask(w, &e);
}

void net_run(struct net *w, const struct net_trouble *t, double until_s)
{
	w->trouble = *t;
	for (;;) {
		int i = first_event(w), k;
		int64_t event = i < 0 ? NEVER : w->events[i].at_ms, due, wake;

		k = first_target(w, &due);
		wake = w->up.wake_at.ms == INT64_MAX ? NEVER : w->up.wake_at.ms - EPOCH;
		if (event > until_s * 1000 && due > until_s * 1000)
			return;
		if (wake < event && wake < due) {
			w->now_ms = wake > w->now_ms ? wake : w->now_ms;
			step(w, (struct judge_event){.kind = JUDGE_TIME});
		} else if (event <= due) {
			end_event(w, i);
		} else {
			w->now_ms = due > w->now_ms ? due : w->now_ms;
			ask(w, k);
		}
	}
}
