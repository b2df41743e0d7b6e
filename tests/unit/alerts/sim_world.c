/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "tests/unit/alerts/sim_world.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct wall wall_at(double s)
{
	return (struct wall){SIM_EPOCH + (int64_t)(s * 1000)};
}

static void configure(struct sim *w)
{
	static struct judge_target targets[SIM_TARGETS];
	struct judge_config c = {
	    .vantage = "hk-1", .targets = targets, .n_targets = (size_t)w->n};
	struct judge_event ev = {
	    .kind = JUDGE_CONFIG, .at = wall_at(w->now_s), .u.config = &c};

	memset(targets, 0, sizeof(targets));
	for (int i = 0; i < w->n; i++) {
		targets[i].series = (uint32_t)i + 1;
		targets[i].interval_ms = (int64_t)(w->interval_s * 1000);
		targets[i].auto_on = true;
		snprintf(targets[i].name, sizeof(targets[i].name), "t%d", i + 1);
	}
	w->judge = judge_new("hk-1");
	judge_update_init(&w->up);
	judge_step(w->judge, &ev, &w->up);
}

void sim_init(struct sim *w, int n, double interval_s, double first_s)
{
	assert_in_range(n, 1, SIM_TARGETS);
	memset(w, 0, sizeof(*w));
	w->n = n;
	w->interval_s = interval_s;
	for (int i = 0; i < n; i++) {
		w->slot_s[i] = first_s + interval_s * i / n;
		w->wish_s[i] = HUGE_VAL;
	}
	configure(w);
}

void sim_copy(struct sim *w, const struct sim *from)
{
	struct str json;
	struct err e;

	assert_int_equal(from->n, 1);
	*w = *from;
	configure(w);
	str_init(&json, (size_t)1 << 20);
	judge_dump(from->judge, 1, &json);
	if (!judge_restore(w->judge, 1, str_c(&json), &e))
		fail_msg("%s", e.msg);
	str_fini(&json);
}

void sim_fini(struct sim *w)
{
	judge_free(w->judge);
	judge_update_fini(&w->up);
}

static double next_of(const struct sim *w, int i)
{
	return fmin(w->slot_s[i], w->wish_s[i]);
}

static int whose_turn(const struct sim *w)
{
	int first = 0;

	for (int i = 1; i < w->n; i++) {
		if (next_of(w, i) < next_of(w, first))
			first = i;
	}
	return first;
}

double sim_next(const struct sim *w)
{
	return next_of(w, whose_turn(w));
}

/* As in the program, a wish does not move the slots and one ask serves both. */
void sim_ask(struct sim *w, bool failed, double latency_ms)
{
	int i = whose_turn(w);
	struct judge_event ev = {.kind = JUDGE_SAMPLE};
	struct judge_view view;
	struct sample s;

	w->now_s = next_of(w, i);
	w->asks++;
	w->wish_s[i] = HUGE_VAL;
	while (w->slot_s[i] <= w->now_s)
		w->slot_s[i] += w->interval_s;
	sample_init(&s, (uint32_t)i + 1, wall_at(w->now_s));
	s.outcome = failed ? OUTCOME_HTTP_5XX : OUTCOME_OK;
	if (!failed && latency_ms > 0)
		s.first_token_us = (int64_t)(latency_ms * 1000);
	ev.at = s.at;
	ev.u.sample = &s;
	judge_step(w->judge, &ev, &w->up);
	w->opened = false;
	for (size_t k = 0; k < w->up.n_facts; k++)
		w->opened |= w->up.facts[k].kind == FACT_OPENED;
	w->n_opened += w->opened;
	for (size_t k = 0; k < w->up.n_wishes; k++)
		w->wish_s[i] = w->now_s + (double)w->up.wishes[k].in_ms / 1000;
	assert_true(judge_view(w->judge, s.series, &view));
	w->health = view.health;
}

void latency_world_init(struct latency_world *w, uint64_t seed)
{
	memset(w, 0, sizeof(*w));
	rng_init(&w->rng, seed);
}

static double normal(struct rng *rng)
{
	double u = 1 - rng_unit(rng), v = rng_unit(rng);

	return sqrt(-2 * log(u)) * cos(6.283185307179586 * v);
}

/* Median 700 ms, sigma 0.45, waves of 15 % that last ten minutes, twice as slow at the
 * peak as at night, 2 % of answers two to eight times later. */
double latency_draw(struct latency_world *w, double at_s, double times)
{
	double kept = exp(-(at_s - w->at_s) / 600), ms;

	w->at_s = at_s;
	w->load = w->load * kept + 0.15 * sqrt(1 - kept * kept) * normal(&w->rng);
	ms = exp(log(700) + w->load +
		 log(2) / 2 * sin(6.283185307179586 * (at_s / 86400 - 0.3)) +
		 0.45 * normal(&w->rng)) *
	     times;
	if (rng_unit(&w->rng) < 0.02)
		ms *= 2 + 6 * rng_unit(&w->rng);
	return ms;
}
