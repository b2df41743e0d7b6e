/* SPDX-License-Identifier: MIT
 *
 * What a config will do, told before anything is spent: the pace of every target once
 * budgets and caps have stretched it, asks and cost a day, and what each rule really
 * needs at those paces. Pure.
 */
#ifndef DIMWATCH_AGENT_FORECAST_H
#define DIMWATCH_AGENT_FORECAST_H

#include "agent/conf.h"

#define FORECAST_MONTH_DAYS 30

/* What made the pace longer than the interval. */
enum forecast_limit {
	FORECAST_FREE,     /* nothing */
	FORECAST_MAX_ASKS, /* the cap of asks */
	FORECAST_BUDGET,   /* the target's budget */
	FORECAST_TOTAL,    /* the budget of all targets together */
	FORECAST_LIMIT_COUNT
};

struct forecast_row {
	const struct target *target; /* of the generation */
	int64_t pace_ms;             /* >= its interval */
	enum forecast_limit limit;
	int64_t asks_day; /* rounded up */
	int64_t ask_nano; /* one ask, in the price's currency; -1 unknown */
	int64_t day_nano; /* a day; -1 unknown */
};

/* One rule at one pace; a rule has as many rows as the targets have paces, with `by` one
 * a group, whose paces are added up. */
struct forecast_rule {
	const struct rule *rule;
	int64_t pace_ms;
	size_t n_targets;      /* that have this pace */
	const char *target;    /* the first of them */
	double samples;        /* that the window holds */
	double needed;         /* share of failures, 0..1; above 1: can never fire */
	struct rule_need need; /* of its hardest condition */
	const struct provider *provider;
	const char *group;      /* with `by`: its provider, region, model; else NULL */
	bool never, few, hasty; /* worth a warning: forecast_doubt */
	bool thin, habitless;   /* ... too */
};

struct forecast {
	struct forecast_row *rows; /* owned; in the order of the config */
	size_t n;
	struct forecast_rule *rules; /* owned */
	size_t n_rules;
	int64_t asks_day;
	int64_t day_nano; /* of the known parts, in `currency` */
	char currency[4]; /* the total budget's, else USD */
	size_t n_unknown; /* targets whose price is unknown */
};

void forecast_init(struct forecast *f, const struct conf *c);
void forecast_fini(struct forecast *f);
/* An amount for people: up to the next cent, small ones to two digits; -1 stays. */
int64_t forecast_round(int64_t nano);
/* Sentences about a row, "" when there is nothing to say; returns buf. */
char *forecast_limit_words(const struct forecast_row *r, char *buf, size_t size);
char *forecast_doubt(const struct forecast_rule *r, char *buf, size_t size);

#endif
