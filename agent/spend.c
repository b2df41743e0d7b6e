/* SPDX-License-Identifier: MIT
 *
 * See spend.h. One row a series; a day is a UTC day, so that a budget means the same on
 * every machine. Where usage is not reported the forecast counts, never less.
 */
#include "agent/spend.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"

struct row {
	const struct target *target; /* borrowed from the generation; NULL: not watched */
	int64_t nano, asks;          /* today, in the price's currency */
	int flying;                  /* asks that began and have not ended */
	int64_t reserved;            /* what they cost at most, in the total's currency */
};

struct spend {
	struct row *rows; /* owned; indexed by series: stored ids are small and dense */
	size_t n;
	int64_t day;            /* UTC day number that the rows count */
	struct budget total;    /* nano < 0: none */
	struct rates rates;     /* borrowed from the generation */
	int64_t total_nano;     /* today, all targets, in the total's currency */
	int64_t total_reserved; /* sum of the rows */
	bool total_unknown;     /* a part of it has no price or no rate */
	double wanted_per_day;  /* what all targets would spend at their own paces */
};

/* Averages of fewer asks than this say less than the forecast. */
#define TRUSTED_ASKS 5

struct spend *spend_new(void)
{
	struct spend *s = xcalloc(1, sizeof *s);
	s->total.nano = -1;
	s->rates = *rates_default();
	return s;
}

void spend_free(struct spend *s)
{
	if (!s)
		return;
	free(s->rows);
	free(s);
}

static struct row *row_get(struct spend *s, uint32_t series)
{
	if (series >= s->n) {
		size_t n = series + 64;
		s->rows = xreallocarray(s->rows, n, sizeof *s->rows);
		memset(s->rows + s->n, 0, (n - s->n) * sizeof *s->rows);
		s->n = n;
	}
	return &s->rows[series];
}

static const char *total_currency(const struct spend *s)
{
	return s->total.nano >= 0 ? s->total.currency : "USD";
}

static void start_day(struct spend *s, struct wall now)
{
	int64_t day = now.ms / MS_PER_DAY;
	if (day == s->day)
		return;
	s->day = day;
	s->total_nano = 0;
	s->total_unknown = false;
	for (size_t i = 0; i < s->n; i++)
		s->rows[i].nano = s->rows[i].asks = 0;
}

static void add_to_total(struct spend *s, int64_t nano, const char *currency)
{
	int64_t in_total =
	    nano < 0 ? -1 : money_convert(&s->rates, nano, currency, total_currency(s));
	if (in_total < 0)
		s->total_unknown = true;
	else
		s->total_nano += in_total;
}

/* What an ask of this target costs: today's average once it is worth something. */
static int64_t cost_now(const struct row *r)
{
	int64_t forecast = cost_per_ask(r->target);
	if (r->asks >= TRUSTED_ASKS && forecast >= 0)
		return r->nano / r->asks;
	return forecast;
}

/* What the next one costs at most: the average of cheap hours is no promise. */
static int64_t cost_at_most(const struct row *r)
{
	int64_t forecast = cost_per_ask(r->target), now = cost_now(r);
	return forecast > now ? forecast : now;
}

static int64_t most_in_total(const struct spend *s, const struct row *r)
{
	return money_convert(
	    &s->rates, cost_at_most(r), r->target->price.currency, total_currency(s));
}

static void set_reserved(struct spend *s, struct row *r, int64_t nano)
{
	s->total_reserved += nano - r->reserved;
	r->reserved = nano;
}

/* Of a new generation: the same asks are in flight, in another currency maybe. */
static void reserve_again(struct spend *s)
{
	for (size_t i = 0; i < s->n; i++) {
		struct row *r = &s->rows[i];
		int64_t one = r->flying && r->target ? most_in_total(s, r) : 0;
		set_reserved(s, r, one > 0 ? one * r->flying : 0);
	}
}

void spend_started(struct spend *s, uint32_t series)
{
	struct row *r = row_get(s, series);
	int64_t one = r->target ? most_in_total(s, r) : 0;
	r->flying++;
	set_reserved(s, r, r->reserved + (one > 0 ? one : 0));
}

/* Equal shares: whatever it really cost is counted by itself. */
static void land(struct spend *s, struct row *r)
{
	if (!r->flying)
		return;
	set_reserved(s, r, r->reserved - r->reserved / r->flying);
	r->flying--;
}

int64_t spend_own_pace_ms(const struct target *t, const struct rates *rates)
{
	int64_t pace = t->interval_ms;
	int64_t budget = t->budget.nano < 0 ? -1
					    : money_convert(rates, t->budget.nano,
						  t->budget.currency, t->price.currency);
	if (budget >= 0)
		pace = cost_pace_ms(pace, cost_per_ask(t), budget, MS_PER_DAY);
	if (t->max_asks_per_day > 0 && MS_PER_DAY / t->max_asks_per_day > pace)
		pace = MS_PER_DAY / t->max_asks_per_day;
	return pace;
}

void spend_config(struct spend *s, const struct target *targets, size_t n,
    const struct budget *total, const struct rates *rates)
{
	for (size_t i = 0; i < s->n; i++)
		s->rows[i].target = NULL;
	if (strcmp(total_currency(s), total->nano >= 0 ? total->currency : "USD") != 0) {
		int64_t moved = money_convert(rates, s->total_nano, total_currency(s),
		    total->nano >= 0 ? total->currency : "USD");
		s->total_nano = moved < 0 ? 0 : moved;
		s->total_unknown |= moved < 0;
	}
	s->total = *total;
	s->rates = *rates;
	s->wanted_per_day = 0;
	for (size_t i = 0; i < n; i++) {
		row_get(s, targets[i].series)->target = &targets[i];
		int64_t cost = money_convert(rates, cost_per_ask(&targets[i]),
		    targets[i].price.currency, total_currency(s));
		if (cost > 0)
			s->wanted_per_day +=
			    (double)cost * (double)MS_PER_DAY /
			    (double)spend_own_pace_ms(&targets[i], rates);
	}
	reserve_again(s);
}

void spend_restore(struct spend *s, uint32_t series, const char *currency, int64_t nano,
    int64_t asks, struct wall now)
{
	start_day(s, now);
	struct row *r = row_get(s, series);
	r->asks += asks;
	if (nano > 0 && r->target) {
		int64_t own =
		    money_convert(&s->rates, nano, currency, r->target->price.currency);
		r->nano += own < 0 ? nano : own;
	}
	add_to_total(s, nano, currency);
}

void spend_sample(struct spend *s, const struct sample *sm, struct wall now)
{
	start_day(s, now);
	struct row *r = row_get(s, sm->series);
	land(s, r);
	r->asks++;
	if (sm->cost_nano > 0)
		r->nano += sm->cost_nano;
	if (sm->cost_nano != 0)
		add_to_total(s, sm->cost_nano, sm->currency);
}

/* What every limit looks at: the target, what it used today, what is left of the day. */
struct day_so_far {
	const struct target *t;
	int64_t left_ms, cost, most, asks, nano, total;
	int in_flight;
};

static void keep_to_asks(const struct day_so_far *d, struct spend_pace *p)
{
	int64_t left = d->t->max_asks_per_day - d->asks - d->in_flight;
	if (d->t->max_asks_per_day <= 0)
		return;
	p->hold |= left <= 0;
	if (left > 0 && d->left_ms / left > p->pace_ms)
		p->pace_ms = d->left_ms / left;
}

static void keep_to_budget(
    const struct spend *s, const struct day_so_far *d, struct spend_pace *p)
{
	const struct target *t = d->t;
	if (t->budget.nano < 0 || d->cost <= 0)
		return;
	int64_t in_price = money_convert(
	    &s->rates, t->budget.nano, t->budget.currency, t->price.currency);
	int64_t left = in_price - d->nano - d->in_flight * d->most;
	if (in_price < 0)
		return;
	p->hold |= left < d->most;
	p->pace_ms = cost_pace_ms(p->pace_ms, d->cost, left < 0 ? 0 : left, d->left_ms);
}

static void keep_to_total(
    const struct spend *s, const struct day_so_far *d, struct spend_pace *p)
{
	if (s->total.nano < 0 || d->cost <= 0)
		return;
	int64_t left = s->total.nano - d->total;
	int64_t one =
	    money_convert(&s->rates, d->most, d->t->price.currency, s->total.currency);
	int64_t mine = one > 0 ? one * d->in_flight : 0;
	double wanted = s->wanted_per_day * (double)d->left_ms / (double)MS_PER_DAY;
	/* Everybody's asks in flight count: one purse, many hands. */
	int64_t reserved = s->total_reserved > mine ? s->total_reserved : mine;
	p->hold |= one >= 0 && left - reserved < one;
	if (left > 0 && wanted > (double)left)
		p->pace_ms = (int64_t)((double)p->pace_ms * wanted / (double)left);
}

struct spend_pace spend_pace(
    const struct spend *s, uint32_t series, struct wall now, int asks_in_flight)
{
	const struct row *r = series < s->n ? &s->rows[series] : NULL;
	struct spend_pace p = {0};
	if (!r || !r->target)
		return p;
	int64_t midnight = (now.ms / MS_PER_DAY + 1) * MS_PER_DAY;
	struct day_so_far d = {.t = r->target,
	    .left_ms = midnight - now.ms,
	    .cost = cost_now(r),
	    .most = cost_at_most(r),
	    .in_flight = asks_in_flight};
	if (now.ms / MS_PER_DAY == s->day) {
		d.asks = r->asks;
		d.nano = r->nano;
		d.total = s->total_nano;
	}
	p.pace_ms = r->target->interval_ms;
	p.hold_until = (struct wall){midnight};
	keep_to_asks(&d, &p);
	keep_to_budget(s, &d, &p);
	keep_to_total(s, &d, &p);
	return p;
}

int64_t spend_today(const struct spend *s, struct wall now, char currency[4])
{
	(void)str_copy(currency, 4, total_currency(s));
	if (now.ms / MS_PER_DAY != s->day)
		return 0;
	return s->total_unknown ? -1 : s->total_nano;
}
