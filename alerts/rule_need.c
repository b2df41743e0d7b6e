/* SPDX-License-Identifier: MIT
 *
 * What a rule really needs at a pace: so many of the samples that its window holds. The
 * hardest of its conditions says it, for all of them must be true.
 */
#include <math.h>

#include "alerts/rule.h"

static const double tails[] = {0.50, 0.25, 0.10, 0.05, 0.01}; /* of the percentiles */

/* Samples of n that make a share larger than the limit. */
static double above(double n, double limit, bool or_equal)
{
	double k = or_equal ? ceil(n * limit) : floor(n * limit) + 1;

	/* n * limit may miss the whole number it means by one rounding. */
	if (or_equal && k >= 1 && (k - 1) / n >= limit)
		k--;
	if (!or_equal && k / n <= limit)
		k++;
	return k;
}

/* Failures (slow ones, named ones) that it takes of n samples. */
static double failures(const struct condition *c, double n)
{
	bool or_equal = c->compare == COMPARE_GE;

	switch (c->kind) {
	case CONDITION_SHARE:
		return fmax(fmax(above(n, c->limit, or_equal), 1), c->min_failures);
	case CONDITION_QUANTILE:
		return fmax(above(n, tails[c->percentile], false), c->min_failures);
	case CONDITION_BURN:
		return fmax(above(n, c->factor * (1 - c->limit), false), c->min_failures);
	case CONDITION_COUNT:
		return c->count + (c->compare == COMPARE_GT);
	case CONDITION_RUN:
	case CONDITION_OF_LAST:
		return c->count;
	case CONDITION_NO_DATA:
	case CONDITION_HEALTH:
	case CONDITION_KIND_COUNT:
		break;
	}
	return 0;
}

static bool is_about_trouble(const struct condition *c)
{
	return !c->good && c->kind != CONDITION_NO_DATA && c->kind != CONDITION_HEALTH &&
	       (c->compare == COMPARE_GT || c->compare == COMPARE_GE);
}

static void need_of(const struct condition *c, int64_t interval_ms, struct rule_need *ret)
{
	double n, k;

	*ret = (struct rule_need){.kind = c->kind};
	ret->window_ms = c->window_ms;
	ret->samples = c->kind == CONDITION_RUN ? c->count
		       : c->kind == CONDITION_OF_LAST
			   ? c->of
			   : (double)c->window_ms / (double)interval_ms;
	/* The sample that is being judged is always inside. */
	n = fmax(1, floor(ret->samples));
	k = failures(c, n);
	if (c->kind == CONDITION_QUANTILE) {
		ret->tail = tails[c->percentile];
		ret->least = ceil(c->min_failures / ret->tail);
	}
	ret->guard = c->min_samples;
	if (k > ret->guard)
		ret->guard = (int)fmin(k, 1e6);
	ret->share = c->min_samples > n ? fmax(2, c->min_samples / n) : k / n;
}

void rule_need(const struct rule *r, int64_t interval_ms, struct rule_need *ret)
{
	*ret = (struct rule_need){.kind = CONDITION_HEALTH}; /* no share */
	for (int i = 0; i < r->n_when; i++) {
		struct rule_need one;

		if (!is_about_trouble(&r->conditions[i]))
			continue;
		need_of(&r->conditions[i], interval_ms, &one);
		if (one.share > ret->share)
			*ret = one;
	}
}
