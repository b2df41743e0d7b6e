/* SPDX-License-Identifier: MIT
 *
 * Two detectors, one bucket, and the words for what they saw.
 */
#include "alerts/detect_auto.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

void detect_auto_init(struct detect_auto *d)
{
	memset(d, 0, sizeof(*d));
	detect_avail_init(&d->avail);
	detect_latency_init(&d->latency);
}

void detect_auto_on_sample(struct detect_auto *d, const struct detect_pace *p,
    const struct detect_evidence *s, struct detect_step *ret)
{
	memset(ret, 0, sizeof(*ret));
	detect_avail_on_sample(&d->avail, p, s->at, s->failed, &ret->avail);
	ret->ask_s = ret->avail.ask_s;
	if (ret->ask_s < p->interval_s)
		ret->why = detect_avail_alarmed(&d->avail) ? "recovering" : "suspect";
	if (s->failed || s->latency_ms < 0)
		return;
	detect_latency_on_good(&d->latency, p, s->at, s->latency_ms, &ret->latency);
	if (ret->latency.ask_s < ret->ask_s && d->avail.tokens >= 1) {
		d->avail.tokens -= 1;
		ret->ask_s = ret->latency.ask_s;
		ret->why = "slow";
	}
}

bool detect_auto_ask_again(struct detect_auto *d)
{
	if (d->avail.tokens < 1)
		return false;
	d->avail.tokens -= 1;
	return true;
}

void detect_auto_on_gap(struct detect_auto *d)
{
	detect_avail_on_gap(&d->avail);
	detect_latency_on_gap(&d->latency);
}

void detect_auto_on_clock_back(struct detect_auto *d, struct wall now)
{
	detect_avail_on_clock_back(&d->avail, now);
	detect_latency_on_clock_back(&d->latency, now);
}

enum health detect_auto_health(const struct detect_auto *d)
{
	return d->avail.health;
}

char *detect_auto_words(const struct detect_auto *d, char *buf, size_t size)
{
	const struct detect_avail *a = &d->avail;
	int n = a->n_bits;
	uint32_t mask = n >= 32 ? UINT32_MAX : (UINT32_C(1) << n) - 1;

	(void)snprintf(
	    buf, size, "%d of the last %d failed", __builtin_popcount(a->bits & mask), n);
	return buf;
}

char *detect_auto_slow_words(const struct detect_auto *d, char *buf, size_t size)
{
	(void)snprintf(buf, size, "answers begin %.1f times as late as usual",
	    exp2((double)d->latency.ratio));
	return buf;
}

char *detect_auto_numbers(
    const struct detect_auto *d, const struct detect_pace *p, char *buf, size_t size)
{
	const struct detect_avail *a = &d->avail;
	static const char *const arms[DETECT_ARMS] = {"0.90", "0.50", "0.25", "0.10"};
	int arm;
	double largest = detect_avail_largest(a, &arm);

	if (detect_avail_alarmed(a) && a->end > 0)
		(void)snprintf(buf, size, "end=%.2f/%.1f rate=%.2f base=%.2f%%", a->end,
		    DETECT_END, a->rate, 100 * detect_avail_base(a));
	else
		(void)snprintf(buf, size, "sum=%.2f/%.1f arm=%s base=%.2f%%", largest,
		    detect_avail_threshold(p), arms[arm], 100 * detect_avail_base(a));
	return buf;
}
