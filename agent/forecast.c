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

static bool is_judged(const struct rule *r, const struct target *t)
{
	if (t->lead) /* rules judge the lead */
		return false;
	for (size_t i = 0; i < r->n_targets; i++)
		if (!strcmp(r->targets[i], t->name))
			return true;
	return !r->targets;
}

/* What its targets have in common; NULL: each is judged by itself. */
static const char *group_of(const struct rule *r, const struct target *t)
{
	switch (r->by) {
	case BY_PROVIDER:
		return t->provider->id;
	case BY_REGION:
		return t->region;
	case BY_MODEL:
		return t->model;
	case BY_ALL:
		return "all targets";
	case BY_TARGET:
	case BY_COUNT:
		break;
	}
	return NULL;
}

static struct forecast_rule *find_rule(
    struct forecast *f, const struct rule *r, const struct forecast_row *of)
{
	const char *group = group_of(r, of->target);
	for (size_t i = f->n_rules; i > 0 && f->rules[i - 1].rule == r; i--) {
		struct forecast_rule *row = &f->rules[i - 1];
		if (group ? !strcmp(row->group, group) &&
				(r->by != BY_REGION ||
				    row->provider == of->target->provider)
			  : row->pace_ms == of->pace_ms)
			return row;
	}
	return NULL;
}

static void add_rule(
    struct forecast *f, const struct rule *r, const struct forecast_row *of)
{
	f->rules = xreallocarray(f->rules, f->n_rules + 1, sizeof *f->rules);
	f->rules[f->n_rules++] = (struct forecast_rule){.rule = r,
	    .pace_ms = of->pace_ms,
	    .n_targets = 1,
	    .target = of->target->name,
	    .provider = of->target->provider,
	    .group = group_of(r, of->target),
	    .habitless = rule_needs_habits(r) && !of->target->auto_on};
}

/* Two paces at once: as many asks as both together. */
static int64_t pooled_ms(int64_t a, int64_t b)
{
	double pace = 1 / (1 / (double)a + 1 / (double)b);
	return pace < 1 ? 1 : (int64_t)pace;
}

static void weigh_rule(struct forecast_rule *row)
{
	const struct rule *r = row->rule;
	rule_need(r, row->pace_ms, &row->need);
	row->samples = row->need.samples;
	row->needed = row->need.share;
	row->never = row->needed > 1;
	row->few = !row->never && row->need.window_ms > 0 && row->samples < FEW_SAMPLES;
	row->hasty = r->for_ms > 0 && r->for_ms < row->pace_ms;
	row->thin = row->samples < row->need.least;
}

static void judge_rule(struct forecast *f, const struct rule *r)
{
	size_t first = f->n_rules;
	for (size_t i = 0; i < f->n; i++) {
		if (!is_judged(r, f->rows[i].target))
			continue;
		struct forecast_rule *row = find_rule(f, r, &f->rows[i]);
		if (!row) {
			add_rule(f, r, &f->rows[i]);
			continue;
		}
		row->n_targets++;
		row->habitless |= rule_needs_habits(r) && !f->rows[i].target->auto_on;
		if (row->group)
			row->pace_ms = pooled_ms(row->pace_ms, f->rows[i].pace_ms);
	}
	for (size_t i = first; i < f->n_rules; i++)
		weigh_rule(&f->rules[i]);
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

static void say_never(const struct forecast_rule *r, char *buf, size_t size)
{
	char pace[40], window[40], wish[40];
	if (r->need.guard <= floor(r->samples)) {
		(void)snprintf(
		    buf, size, "can never fire: not even if every request failed");
		return;
	}
	(void)duration_format(
	    (int64_t)ceil(r->need.guard * (double)r->pace_ms / 60000) * MS_PER_MIN, wish,
	    sizeof wish);
	(void)snprintf(buf, size,
	    "can never fire: at a pace of %s a window of %s holds %.0f samples; "
	    "make it %s, or ask faster",
	    duration_format(r->pace_ms, pace, sizeof pace),
	    duration_format(r->need.window_ms, window, sizeof window), floor(r->samples),
	    wish);
}

char *forecast_doubt(const struct forecast_rule *r, char *buf, size_t size)
{
	char pace[40], window[40], hold[40];
	(void)duration_format(r->pace_ms, pace, sizeof pace);
	(void)duration_format(r->need.window_ms, window, sizeof window);
	buf[0] = '\0';
	if (r->never)
		say_never(r, buf, size);
	else if (r->habitless)
		(void)snprintf(buf, size,
		    "compares with a baseline, which only the built-in detector learns: "
		    "'%s' has `auto: off`",
		    r->target);
	else if (r->few)
		(void)snprintf(buf, size,
		    "at a pace of %s a window of %s holds only %.0f samples: one lost "
		    "request weighs much",
		    pace, window, fmax(1, floor(r->samples)));
	else if (r->thin)
		(void)snprintf(buf, size,
		    "needs %.0f samples over %s, so that %.0f %% of them are enough to tell; "
		    "you will have %.0f",
		    r->need.least, window, r->need.tail * 100, floor(r->samples));
	else if (r->hasty)
		(void)snprintf(buf, size,
		    "`for: %s` is shorter than the pace of %s: the next sample may come after "
		    "it",
		    duration_format(r->rule->for_ms, hold, sizeof hold), pace);
	return buf;
}
