/* SPDX-License-Identifier: MIT
 *
 * The arithmetic of agent/spend at the start of a day, for people. Divisions round
 * against us: a forecast may be too high, never too low.
 */
#include "agent/forecast.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/tick.h"
#include "agent/base/xalloc.h"

#define FEW_SAMPLES 5 /* fewer in a window: one lost request weighs too much */

/* --- targets ---------------------------------------------------------------------- */

static void lengthen(struct forecast_row *r, int64_t pace_ms, enum forecast_limit why)
{
	if (pace_ms <= r->pace_ms)
		return;
	r->pace_ms = pace_ms;
	r->limit = why;
}

static void own_pace(struct forecast_row *r, const struct rates *rates)
{
	const struct target *t = r->target;
	r->pace_ms = t->interval_ms;
	r->ask_nano = cost_per_ask(t);
	if (t->max_asks_per_day > 0)
		lengthen(r, (MS_PER_DAY + t->max_asks_per_day - 1) / t->max_asks_per_day,
		    FORECAST_MAX_ASKS);
	if (t->budget.nano >= 0 && r->ask_nano > 0) {
		int64_t left = money_convert(
		    rates, t->budget.nano, t->budget.currency, t->price.currency);
		if (left >= 0)
			lengthen(r,
			    cost_pace_ms(r->pace_ms, r->ask_nano, left, MS_PER_DAY),
			    FORECAST_BUDGET);
	}
}

static void count_day(struct forecast_row *r)
{
	r->asks_day = (MS_PER_DAY + r->pace_ms - 1) / r->pace_ms;
	r->day_nano = -1;
	if (r->ask_nano >= 0 &&
	    __builtin_mul_overflow(r->ask_nano, r->asks_day, &r->day_nano))
		r->day_nano = INT64_MAX;
}

static int64_t in_total(const struct forecast *f, const struct conf *c, size_t i)
{
	const struct forecast_row *r = &f->rows[i];
	return money_convert(
	    &c->rates, r->day_nano, r->target->price.currency, f->currency);
}

/* The paces at which all targets together keep the total budget. */
static void keep_total(struct forecast *f, const struct conf *c)
{
	double wanted = 0;
	for (size_t i = 0; i < f->n; i++)
		if (f->rows[i].day_nano > 0)
			wanted += (double)in_total(f, c, i);
	if (c->budget.nano <= 0 || wanted <= (double)c->budget.nano)
		return;
	double factor = wanted / (double)c->budget.nano;
	for (size_t i = 0; i < f->n; i++) {
		struct forecast_row *r = &f->rows[i];
		if (r->day_nano <= 0)
			continue;
		double pace = ceil((double)r->pace_ms * factor);
		lengthen(r, pace < (double)MS_PER_DAY ? (int64_t)pace : MS_PER_DAY,
		    FORECAST_TOTAL);
		count_day(r);
	}
}

static void add_up(struct forecast *f, const struct conf *c)
{
	for (size_t i = 0; i < f->n; i++) {
		int64_t part = f->rows[i].day_nano < 0 ? -1 : in_total(f, c, i);
		f->asks_day += f->rows[i].asks_day;
		if (part < 0)
			f->n_unknown++;
		else if (__builtin_add_overflow(f->day_nano, part, &f->day_nano))
			f->day_nano = INT64_MAX;
	}
}

/* --- rules ------------------------------------------------------------------------ */

static struct forecast_rule *find_rule(
    struct forecast *f, const struct rule *r, int64_t pace_ms)
{
	for (size_t i = f->n_rules; i > 0 && f->rules[i - 1].rule == r; i--)
		if (f->rules[i - 1].pace_ms == pace_ms)
			return &f->rules[i - 1];
	return NULL;
}

static void judge_rule(struct forecast *f, const struct rule *r)
{
	for (size_t i = 0; i < f->n; i++) {
		if (f->rows[i].target->lead) /* rules judge the lead */
			continue;
		struct forecast_rule *row = find_rule(f, r, f->rows[i].pace_ms);
		if (row) {
			row->n_targets++;
			continue;
		}
		f->rules = xreallocarray(f->rules, f->n_rules + 1, sizeof *f->rules);
		row = &f->rules[f->n_rules++];
		*row = (struct forecast_rule){.rule = r,
		    .pace_ms = f->rows[i].pace_ms,
		    .n_targets = 1,
		    .target = f->rows[i].target->name};
		row->samples = rule_samples(r, row->pace_ms);
		row->needed = rule_needed_share(r, row->pace_ms);
		row->never = row->needed > 1;
		row->few = !row->never && row->samples < FEW_SAMPLES;
		row->hasty = r->for_ms > 0 && r->for_ms < row->pace_ms;
	}
}

/* --- the whole -------------------------------------------------------------------- */

void forecast_init(struct forecast *f, const struct conf *c)
{
	*f = (struct forecast){
	    .rows = xcalloc(c->n_targets ? c->n_targets : 1, sizeof *f->rows),
	    .n = c->n_targets};
	(void)str_copy(f->currency, sizeof f->currency,
	    c->budget.nano >= 0 ? c->budget.currency : "USD");
	for (size_t i = 0; i < f->n; i++) {
		f->rows[i].target = &c->targets[i];
		own_pace(&f->rows[i], &c->rates);
		count_day(&f->rows[i]);
	}
	keep_total(f, c);
	add_up(f, c);
	for (size_t i = 0; i < c->n_rules; i++)
		judge_rule(f, &c->rules[i]);
}

void forecast_fini(struct forecast *f)
{
	free(f->rows);
	free(f->rules);
	*f = (struct forecast){0};
}

int64_t forecast_round(int64_t nano)
{
	int64_t step = 1;
	while (step < NANO / 100 && nano >= step * 100)
		step *= 10;
	if (nano <= 0 || nano > INT64_MAX - step)
		return nano;
	return (nano + step - 1) / step * step;
}

char *forecast_limit_words(const struct forecast_row *r, char *buf, size_t size)
{
	char pace[40], money[48];
	const struct target *t = r->target;
	(void)duration_human(r->pace_ms, pace, sizeof pace);
	buf[0] = '\0';
	switch (r->limit) {
	case FORECAST_MAX_ASKS:
		(void)snprintf(buf, size, "every %s to hold %" PRId64 " asks/day", pace,
		    t->max_asks_per_day);
		break;
	case FORECAST_BUDGET:
		(void)snprintf(buf, size, "every %s to hold %s/day", pace,
		    money_format(
			t->budget.nano, t->budget.currency, money, sizeof money));
		break;
	case FORECAST_TOTAL:
		(void)snprintf(
		    buf, size, "every %s to hold the budget of all targets", pace);
		break;
	case FORECAST_FREE:
	case FORECAST_LIMIT_COUNT:
		break;
	}
	return buf;
}

char *forecast_doubt(const struct forecast_rule *r, char *buf, size_t size)
{
	char pace[40], window[40], wish[40];
	(void)duration_format(r->pace_ms, pace, sizeof pace);
	(void)duration_format(r->rule->window_ms, window, sizeof window);
	buf[0] = '\0';
	if (r->never) {
		double more = (r->rule->min_samples > r->rule->min_failures
				   ? r->rule->min_samples
				   : r->rule->min_failures);
		(void)duration_format(
		    (int64_t)ceil(more * (double)r->pace_ms / 60000) * MS_PER_MIN, wish,
		    sizeof wish);
		(void)snprintf(buf, size,
		    "can never fire: at a pace of %s a window of %s holds %.0f samples; "
		    "make it %s, or ask faster",
		    pace, window, floor(r->samples), wish);
	} else if (r->few) {
		(void)snprintf(buf, size,
		    "at a pace of %s a window of %s holds only %.0f samples: one lost "
		    "request weighs much",
		    pace, window, fmax(1, floor(r->samples)));
	} else if (r->hasty) {
		char hold[40];
		(void)snprintf(buf, size,
		    "`for: %s` is shorter than the pace of %s: the next sample may come after "
		    "it",
		    duration_format(r->rule->for_ms, hold, sizeof hold), pace);
	}
	return buf;
}
