/* SPDX-License-Identifier: MIT
 *
 * The truth of one condition, three-valued: "a `failures` guard not met makes it false; a
 * `samples` guard not met makes it unknown". And what ends a condition that has no
 * `resolve` of its own.
 */
#include <string.h>

#include "alerts/rule_window.h"

#define HALF_SUCCESSES    3    /* since the last failure that counted */
#define QUANTILE_SINCE    5    /* samples, since the last one above */
#define QUANTILE_SOFT     0.75 /* of the limit: below it is over */
#define QUANTILE_LEAST_MS 300  /* above the median, or it is nobody's business */

static const double quantiles[] = {0.50, 0.75, 0.90, 0.95, 0.99};

static bool holds(enum compare compare, double a, double b)
{
	switch (compare) {
	case COMPARE_GT:
		return a > b;
	case COMPARE_GE:
		return a >= b;
	case COMPARE_LT:
		return a < b;
	case COMPARE_LE:
		return a <= b;
	case COMPARE_COUNT:
		break;
	}
	return false;
}

static bool is_upward(const struct condition *c)
{
	return c->compare == COMPARE_GT || c->compare == COMPARE_GE;
}

static enum truth truth_of(bool yes)
{
	return yes ? TRUTH_TRUE : TRUTH_FALSE;
}

static enum truth opposite(enum truth t)
{
	return t == TRUTH_UNKNOWN ? t : truth_of(t == TRUTH_FALSE);
}

/* --- what a sample is for it ------------------------------------------------------ */

static bool is_named(const struct condition *c, enum outcome o)
{
	return c->outcomes >> o & 1;
}

static bool counts_outcome(
    const struct condition *c, const struct rule_evidence *ev, struct rule_entry *ret)
{
	enum outcome o = ev->sample->outcome;

	if (outcome_is_excluded(o) && !is_named(c, o))
		return false;
	ret->hit = c->outcomes ? is_named(c, o)
		   : c->good   ? o == OUTCOME_OK
			       : outcome_is_failure(o);
	ret->good = o == OUTCOME_OK;
	return true;
}

static int64_t metric_us(const struct sample *s, enum rule_metric m)
{
	const int64_t us[METRIC_COUNT] = {
	    [METRIC_DNS] = s->dns_us,
	    [METRIC_CONNECT] = s->connect_us,
	    [METRIC_TLS] = s->tls_us,
	    [METRIC_FIRST_BYTE] = s->first_byte_us,
	    [METRIC_FIRST_TOKEN] = s->first_token_us,
	    [METRIC_GAP] = s->longest_gap_us,
	    [METRIC_TOTAL] = s->end_us,
	};

	return us[m];
}

/* "For first_token and total, time-outs of that phase count as above" */
static bool is_endless(const struct condition *c, enum outcome o)
{
	return (c->metric == METRIC_FIRST_TOKEN && o == OUTCOME_TIMEOUT_FIRST_TOKEN) ||
	       (c->metric == METRIC_TOTAL && o == OUTCOME_TIMEOUT_TOTAL);
}

static bool counts_metric(
    const struct condition *c, const struct rule_evidence *ev, struct rule_entry *ret)
{
	enum outcome o = ev->sample->outcome;
	int64_t us = metric_us(ev->sample, c->metric);
	double limit = (double)c->limit_ms, ms = (double)us / (double)US_PER_MS;

	if (c->factor > 0) {
		if (!ev->habits)
			return false;
		limit = c->factor * ev->habits->quantile_ms[c->percentile];
		if (limit < ev->habits->median_ms + QUANTILE_LEAST_MS)
			limit = ev->habits->median_ms + QUANTILE_LEAST_MS;
	}
	ret->good = true;
	ret->hit = ret->near = is_endless(c, o);
	if (ret->hit)
		return true;
	if (o != OUTCOME_OK || us < 0)
		return false;
	ret->hit = c->compare == COMPARE_GE || c->compare == COMPARE_LT ? ms >= limit
									: ms > limit;
	ret->near = ms > QUANTILE_SOFT * limit;
	return true;
}

bool condition_enters(
    const struct condition *c, const struct rule_evidence *ev, struct rule_entry *ret)
{
	switch (c->kind) {
	case CONDITION_SHARE:
	case CONDITION_COUNT:
	case CONDITION_BURN:
		return counts_outcome(c, ev, ret);
	case CONDITION_QUANTILE:
		return counts_metric(c, ev, ret);
	case CONDITION_RUN:
	case CONDITION_OF_LAST:
	case CONDITION_NO_DATA:
	case CONDITION_HEALTH:
	case CONDITION_KIND_COUNT:
		break;
	}
	return false;
}

/* --- is it so? -------------------------------------------------------------------- */

static double share_of(const struct rule_sums *w)
{
	return w->n ? (double)w->hit / w->n : 0;
}

/* Of those that are too little, what is missing. */
static bool is_guarded(
    const struct condition *c, const struct rule_sums *w, enum truth *ret)
{
	if (w->hit < (uint32_t)c->min_failures) {
		*ret = TRUTH_FALSE;
		return true;
	}
	*ret = TRUTH_UNKNOWN;
	return w->n == 0 || w->n < (uint32_t)c->min_samples;
}

/* "unknown when less than half of W is covered and the value is not above the limit" */
static enum truth share_when(const struct condition *c, const struct rule_sums *w)
{
	enum truth guarded;
	bool yes = holds(c->compare, share_of(w), c->limit);

	if (is_guarded(c, w, &guarded))
		return guarded;
	if (yes == is_upward(c))
		return truth_of(yes);
	return w->half_covered ? truth_of(yes) : TRUTH_UNKNOWN;
}

/* "share of samples above T in W is > 1 - Q": the same as comparing the quantile. */
static enum truth quantile_when(const struct condition *c, const struct rule_sums *w)
{
	enum truth guarded;
	bool above;

	if (is_guarded(c, w, &guarded))
		return guarded;
	above = share_of(w) > 1 - quantiles[c->percentile] + 1e-12;
	return truth_of(above == is_upward(c));
}

static double burn_of(const struct condition *c, const struct rule_sums *w)
{
	return w->weight_ms > 0
		   ? (double)w->hit_ms / (double)w->weight_ms / (1 - c->limit)
		   : 0;
}

/* The weaker of its two windows. */
static double least_burn(
    const struct condition *c, const struct rule_sums *w, const struct rule_sums *quick)
{
	double a = burn_of(c, w), b = burn_of(c, quick);

	return a < b ? a : b;
}

static enum truth burn_when(
    const struct condition *c, const struct rule_sums *w, const struct rule_sums *quick)
{
	enum truth guarded;

	if (is_guarded(c, w, &guarded))
		return guarded;
	return truth_of(quick->hit > 0 && least_burn(c, w, quick) > c->factor);
}

static int run_of(const struct condition *c, const struct rule_state *s)
{
	return c->good ? s->ok_run : s->failed_run;
}

/* "before N samples exist the missing ones are good" */
static int of_last(const struct condition *c, const struct rule_state *s)
{
	uint64_t mask = c->of >= 64 ? UINT64_MAX : (UINT64_C(1) << c->of) - 1;
	int failed = __builtin_popcountll(s->last->failed & mask);

	return c->good ? c->of - failed : failed;
}

int64_t pool_last_ms(const struct rule_pool *pool)
{
	int64_t last = 0;

	for (size_t i = 0; i < pool->n; i++) {
		if (pool->states[i]->last_ms > last)
			last = pool->states[i]->last_ms;
	}
	return last;
}

enum truth condition_when(
    const struct condition *c, const struct rule_pool *pool, const struct rule_now *now)
{
	const struct rule_state *s = pool->states[0];
	struct rule_sums w = {0}, quick = {0};

	if (c->ring >= 0)
		w = ring_sums(pool, c->ring, now->at.ms);
	if (c->short_ring >= 0)
		quick = ring_sums(pool, c->short_ring, now->at.ms);
	switch (c->kind) {
	case CONDITION_SHARE:
		return share_when(c, &w);
	case CONDITION_COUNT:
		return truth_of(holds(c->compare, w.hit, c->count));
	case CONDITION_RUN:
		if (s->ok_run == 0 && s->failed_run == 0)
			return TRUTH_UNKNOWN;
		return truth_of(run_of(c, s) >= c->count);
	case CONDITION_OF_LAST:
		return truth_of(of_last(c, s) >= c->count);
	case CONDITION_QUANTILE:
		return quantile_when(c, &w);
	case CONDITION_BURN:
		return burn_when(c, &w, &quick);
	case CONDITION_NO_DATA:
		return truth_of(now->at.ms - pool_last_ms(pool) >= c->window_ms);
	case CONDITION_HEALTH:
		return truth_of(c->slow ? now->slow : now->health == c->health);
	case CONDITION_KIND_COUNT:
		break;
	}
	return TRUTH_UNKNOWN;
}

/* --- is it over? ------------------------------------------------------------------ */

/* "value < R/2 in the window, and >= 3 successes since the last failure that counted" */
static enum truth half_over(
    const struct condition *c, const struct rule_sums *w, bool below)
{
	if (w->n == 0 || w->n < (uint32_t)c->min_samples)
		return TRUTH_UNKNOWN;
	if ((!below && w->hit) || w->since < HALF_SUCCESSES)
		return TRUTH_FALSE;
	return w->half_covered ? TRUTH_TRUE : TRUTH_UNKNOWN;
}

/* "share above 0.75 T is < 1 - Q, with >= 5 samples since" */
static enum truth quantile_over(const struct condition *c, const struct rule_sums *w)
{
	double near = w->n ? (double)w->near / w->n : 0;

	if (w->n == 0 || w->n < (uint32_t)c->min_samples)
		return TRUTH_UNKNOWN;
	return truth_of(
	    near < 1 - quantiles[c->percentile] - 1e-12 && w->since >= QUANTILE_SINCE);
}

/* "max(3, min(N, 5)) successes in a row" */
static enum truth run_over(
    const struct condition *c, const struct rule_pool *pool, const struct rule_sums *w)
{
	int need = c->count > 5 ? 5 : c->count;
	int good = pool->n == 1 ? pool->states[0]->ok_run : w->since;

	return truth_of(good >= (need < 3 ? 3 : need));
}

static enum truth last_over(const struct condition *c, const struct rule_state *s)
{
	return truth_of(of_last(c, s) <= c->count / 3 && s->ok_run >= 2);
}

enum truth condition_over(
    const struct condition *c, const struct rule_pool *pool, const struct rule_now *now)
{
	struct rule_sums w = {0}, quick = {0};

	if (c->good || !is_upward(c))
		return opposite(condition_when(c, pool, now));
	if (c->ring >= 0)
		w = ring_sums(pool, c->ring, now->at.ms);
	if (c->short_ring >= 0)
		quick = ring_sums(pool, c->short_ring, now->at.ms);
	switch (c->kind) {
	case CONDITION_SHARE:
		return half_over(c, &w, share_of(&w) < c->limit / 2);
	case CONDITION_BURN:
		return half_over(c, &w, least_burn(c, &w, &quick) < c->factor / 2);
	case CONDITION_COUNT:
	case CONDITION_RUN:
		return run_over(c, pool, &w);
	case CONDITION_OF_LAST:
		return last_over(c, pool->states[0]);
	case CONDITION_QUANTILE:
		return quantile_over(c, &w);
	case CONDITION_NO_DATA:
	case CONDITION_HEALTH:
	case CONDITION_KIND_COUNT:
		break;
	}
	return opposite(condition_when(c, pool, now));
}

/* --- since when? ------------------------------------------------------------------ */

/* The oldest failure among the last N. */
static int64_t last_first_ms(const struct condition *c, const struct rule_last *last)
{
	for (int i = c->of - 1; i >= 0; i--) {
		if (last->failed >> i & 1)
			return last->at_ms[(last->place + RULE_LAST - i) % RULE_LAST];
	}
	return 0;
}

int64_t condition_first_ms(
    const struct condition *c, const struct rule_pool *pool, int64_t now_ms)
{
	if (c->kind == CONDITION_NO_DATA)
		return pool_last_ms(pool);
	if (c->good || !is_upward(c))
		return 0;
	if (c->ring >= 0)
		return ring_sums(pool, c->ring, now_ms).first_hit_ms;
	if (c->kind == CONDITION_RUN)
		return pool->states[0]->failed_run ? pool->states[0]->failed_since_ms : 0;
	if (c->kind == CONDITION_OF_LAST)
		return last_first_ms(c, pool->states[0]->last);
	return 0;
}

bool condition_is_timed(const struct condition *c)
{
	return c->kind == CONDITION_NO_DATA || c->kind == CONDITION_HEALTH;
}
