/* SPDX-License-Identifier: MIT
 *
 * The one function of the judge and the looks at its present picture. What each event
 * means is in the files named in judge_impl.h.
 */
#include "alerts/judge.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/correlate_parts.h"

struct judge *judge_new(const char *vantage)
{
	struct judge *j = xcalloc(1, sizeof(*j));

	str_copy(j->vantage, sizeof(j->vantage), vantage);
	heap_init(&j->wakes);
	j->n_ways = 1;
	return j;
}

void judge_free(struct judge *j)
{
	if (!j)
		return;
	config_free(j);
	correlate_free(j);
	heap_fini(&j->wakes);
	for (size_t i = 0; i < j->n_open; i++)
		free(j->open[i]);
	for (size_t i = 0; i < j->n_shut; i++)
		free(j->shut[i]);
	free(j->open);
	free(j->shut);
	free(j->notes);
	free(j->pages);
	free(j);
}

/* past: how it was judged then; NULL: it is new. */
static void sample_step(struct step *st, const struct sample *s, const enum judged *past)
{
	struct watched *t = watched_find(st->j, s->series);
	char subject[32];

	if (t && past)
		watched_on_past(st, t, s, *past);
	else if (t)
		watched_on_sample(st, t, s);
	if (t && !past)
		lag_on_sample(st, s);
	if (t) {
		if (!t->maintained.ms)
			judge_drift_on_sample(st, t, s);
		return;
	}
	(void)snprintf(subject, sizeof(subject), "series-%" PRIu32, s->series);
	news_trace(st, subject, "ignored", "unknown series");
}

/* By time, then by series: a restart arms them in another order. */
static int by_turn(const void *a, const void *b)
{
	const struct watched *x = *(struct watched *const *)a;
	const struct watched *y = *(struct watched *const *)b;

	if (x->wake.key != y->wake.key)
		return x->wake.key < y->wake.key ? -1 : 1;
	return x->conf.series < y->conf.series ? -1 : 1;
}

/* Whoever is due, each once: rearming always lies after now. */
static void time_step(struct step *st)
{
	struct heap_item *top;
	struct watched **due = NULL;
	size_t n = 0;

	for (top = heap_top(&st->j->wakes); top && top->key <= st->now.ms;
	     top = heap_top(&st->j->wakes)) {
		due = xreallocarray(due, n + 1, sizeof(struct watched *));
		due[n++] = CONTAINER_OF(top, struct watched, wake);
		heap_remove(&st->j->wakes, top);
	}
	if (n > 1)
		qsort(due, n, sizeof(struct watched *), by_turn);
	for (size_t i = 0; i < n; i++)
		watched_on_time(st, due[i]);
	free(due);
	way_on_time(st);
	lag_on_time(st);
}

static void gap_step(struct step *st, struct wall from)
{
	if (from.ms >= st->now.ms)
		return;
	lag_on_gap(st);
	for (size_t i = 0; i < st->j->n_targets; i++)
		watched_on_gap(st, st->j->targets[i], from, st->now, true);
	news_fact(st, &(struct news){.kind = FACT_GAP}, "from=%" PRId64, from.ms);
}

/* A leap above the gap limit cannot be told from absence; a step back makes every time
 * that lies ahead worthless. */
static void clock_step(struct step *st, int64_t jump_ms)
{
	struct judge *j = st->j;
	struct wall from = {st->now.ms - jump_ms};
	bool gap = false;

	if (j->lag.heard.ms)
		j->lag.heard = st->now;
	for (int i = 0; i < j->n_ways; i++)
		way_on_clock(&j->ways[i], jump_ms);
	for (size_t i = 0; i < j->n_targets; i++) {
		struct watched *t = j->targets[i];

		correlate_on_clock(t, jump_ms, st->now);
		for (size_t k = 0; k < j->n_rules; k++)
			rule_on_jump(&t->rules[k], jump_ms, st->now);
		if (jump_ms < 0) {
			watched_on_clock_back(st, t, jump_ms);
		} else if (jump_ms >= gap_limit_ms(t)) {
			watched_on_gap(st, t, from, st->now, true);
			gap = true;
		} else {
			watched_on_clock_forward(t, jump_ms);
		}
		watched_rearm(j, t, st->now);
	}
	if (gap)
		news_fact(st, &(struct news){.kind = FACT_GAP}, "from=%" PRId64 " clock",
		    from.ms);
}

void judge_step(
    struct judge *j, const struct judge_event *ev, struct judge_update *ret_up)
{
	struct step st = {.j = j, .up = ret_up, .now = ev->at};
	struct heap_item *top;

	update_reset(ret_up);
	record_forget_old(j, ev->at);
	config_match_restored(&st);
	switch (ev->kind) {
	case JUDGE_SAMPLE:
		sample_step(&st, ev->u.sample, NULL);
		break;
	case JUDGE_PAST:
		sample_step(&st, ev->u.past.sample, &ev->u.past.judged);
		break;
	case JUDGE_WITNESS:
		correlate_on_witness(&st, ev);
		break;
	case JUDGE_TIME:
		time_step(&st);
		break;
	case JUDGE_GAP:
		gap_step(&st, ev->u.from);
		break;
	case JUDGE_CONFIG:
		config_step(&st, ev->u.config);
		break;
	case JUDGE_OWN:
		own_step(&st, ev);
		break;
	case JUDGE_CLOCK:
		clock_step(&st, ev->u.jump_ms);
		break;
	case JUDGE_HUNG:
		hung_step(&st, ev);
		break;
	case JUDGE_PAGE:
		page_step(&st, ev);
		break;
	case JUDGE_HAND:
		hand_step(&st, ev);
		break;
	}
	depends_settle(&st, ev->kind == JUDGE_CONFIG);
	top = heap_top(&j->wakes);
	ret_up->wake_at.ms = way_next_ms(j);
	if (lag_wake_ms(j) < ret_up->wake_at.ms)
		ret_up->wake_at.ms = lag_wake_ms(j);
	if (ret_up->wake_at.ms <= ev->at.ms)
		ret_up->wake_at.ms = ev->at.ms + 1;
	if (top && top->key < ret_up->wake_at.ms)
		ret_up->wake_at.ms = top->key;
}

bool judge_view(const struct judge *j, uint32_t series, struct judge_view *ret)
{
	const struct watched *t = watched_find(j, series);

	if (!t)
		return false;
	ret->series = series;
	ret->health = t->health;
	ret->since = t->since;
	ret->last_evidence = t->last_evidence;
	ret->open = t->open;
	ret->behind = NULL;
	if (t->behind) {
		const struct watched *p = depends_behind(j, t);

		ret->behind = p ? p->conf.name : "";
	}
	ret->slow = t->conf.auto_on && t->detector.latency.since_ms != 0;
	ret->blind = t->notice ? outcome_code(t->notice->last_error.outcome) : NULL;
	return true;
}

struct wall judge_recovered(const struct judge *j, uint32_t series)
{
	const struct watched *t = watched_find(j, series);
	struct wall last = {0};

	for (size_t i = 0; t && i < j->n_shut; i++) {
		const struct incident *in = j->shut[i];

		if (in->class == CLASS_OUTAGE && in->end == END_RECOVERED &&
		    in->closed.ms > last.ms && incident_has_target(in, t->conf.name))
			last = in->closed;
	}
	/* Of an incident that others still suffer from it has left. */
	for (size_t i = 0; t && i < j->n_open; i++) {
		const struct incident *in = j->open[i];

		if (in->class == CLASS_OUTAGE && in != t->open && t->since.ms > last.ms &&
		    incident_has_target(in, t->conf.name))
			last = t->since;
	}
	return last;
}

size_t judge_open_incidents(const struct judge *j)
{
	return j->n_open;
}

const struct incident *judge_open_at(const struct judge *j, size_t i)
{
	assert(i < j->n_open);
	return j->open[i];
}

const struct incident *judge_find_open(const struct judge *j, const struct subject *s)
{
	return record_find(j, s);
}
