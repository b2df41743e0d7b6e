/* SPDX-License-Identifier: MIT
 *
 * From a latency to a cell, from cells to a sum, from the sum to "slow" and back. What is
 * suspicious is learned only when the suspicion has died.
 */
#include "alerts/detect_latency.h"

#include <math.h>
#include <string.h>

void detect_latency_init(struct detect_latency *d)
{
	memset(d, 0, sizeof(*d));
	d->mean = -0.73;
	d->variance = 2.0;
	d->block_variance = 3.0;
	d->dispersion = 1.5;
}

static void calm_down(struct detect_latency *d)
{
	d->sum = 0;
	d->n_pending = d->n_high = 0;
}

static int cell_of(const struct detect_latency *d, double residual)
{
	int cell = 0;

	while (cell < DETECT_CELLS - 1 && residual > (double)d->quantile[cell])
		cell++;
	return cell;
}

/* "microscopic changes never add up" */
static bool is_below_floor(double ms, double usual_ms)
{
	return ms < DETECT_LAT_FLOOR * usual_ms || ms < usual_ms + DETECT_LAT_FLOOR_MS;
}

static void wait_to_learn(struct detect_latency *d, const struct detect_pace *p,
    const struct latency_pending *s)
{
	if (d->sum <= 0) {
		for (int i = 0; i < d->n_pending; i++)
			latency_learn(d, p, &d->pending[i]);
		d->n_pending = 0;
		latency_learn(d, p, s);
		return;
	}
	if (d->n_pending == LATENCY_PENDING) {
		struct latency_pending oldest = d->pending[0];

		memmove(d->pending, d->pending + 1,
		    sizeof(*d->pending) * (LATENCY_PENDING - 1));
		d->n_pending--;
		latency_learn(d, p, &oldest);
	}
	d->pending[d->n_pending++] = *s;
}

static bool is_slow(
    const struct detect_latency *d, const struct detect_pace *p, int64_t at_ms)
{
	bool cold = d->seen * p->interval_s < DETECT_LAT_COLD_S;
	double least =
	    cold ? DETECT_LAT_COLD : sensitivity_row(p->sensitivity)->slow_ratio;

	return d->sum >= DETECT_LAT_ALARM * d->dispersion &&
	       d->n_high >= DETECT_LAT_HIGH &&
	       (double)(at_ms - d->onset_ms) >= DETECT_LAT_SPAN_S * 1000 &&
	       d->ratio_sum / d->n >= least;
}

static void step_fast(struct detect_latency *d, const struct detect_pace *p, double ms,
    struct wall at, struct latency_step *ret)
{
	struct latency_pending s = {(float)log2(ms), latency_hour(at), -1};
	double base = latency_median(d, s.hour), residual = log2(ms) - base, score;
	int cell = cell_of(d, residual);

	if (cell == DETECT_CELLS - 1 && d->seen < DETECT_LAT_FULL)
		cell--;
	s.cell = (int8_t)cell;
	score = latency_score(cell);
	if (is_below_floor(ms, exp2(base + (double)d->quantile[0])))
		score = fmin(score, DETECT_LAT_CAP);
	if (d->sum <= 0) {
		d->onset_ms = at.ms;
		d->n = d->n_high = 0;
		d->ratio_sum = 0;
	}
	d->sum = fmax(0, d->sum + score);
	d->n++;
	d->n_high += score > 0;
	d->ratio_sum += residual - (double)d->quantile[0];
	wait_to_learn(d, p, &s);
	if (d->sum >= 0.5 * DETECT_LAT_ALARM)
		ret->ask_s = fmin(DETECT_LAT_ASK_S, p->interval_s);
	if (score <= 0 || !is_slow(d, p, at.ms))
		return;
	d->since_ms = d->onset_ms;
	d->ratio = (float)(d->ratio_sum / d->n);
	d->end = 0;
	d->end_n = 0;
	calm_down(d);
	ret->change = DETECT_ALARM;
	ret->edge.ms = d->since_ms;
}

static void forget_habits(struct detect_latency *d)
{
	memset(d->bins, 0, sizeof(d->bins));
	d->total = 0;
	d->seen = 0;
}

/* "the same scores with opposite sign" */
static void step_slow(
    struct detect_latency *d, double ms, struct wall at, struct latency_step *ret)
{
	double residual = log2(ms) - latency_median(d, latency_hour(at));

	if (d->end <= 0) {
		d->end_onset_ms = at.ms;
		d->end_n = 0;
	}
	d->end = fmax(0, d->end - latency_score(cell_of(d, residual)));
	d->end_n = d->end > 0 ? d->end_n + 1 : 0;
	if (d->end >= DETECT_END * d->dispersion && d->end_n >= DETECT_LAT_END_GOOD &&
	    (double)(at.ms - d->end_onset_ms) >= DETECT_LAT_SPAN_S * 1000) {
		ret->change = DETECT_OVER;
		ret->edge.ms = d->end_onset_ms;
	} else if ((double)(at.ms - d->since_ms) > DETECT_LAT_NORMAL_S * 1000) {
		ret->change = DETECT_NORMAL;
		ret->edge = at;
		forget_habits(d);
	}
	if (ret->change != DETECT_SAME)
		d->since_ms = 0;
}

void detect_latency_on_good(struct detect_latency *d, const struct detect_pace *p,
    struct wall at, double ms, struct latency_step *ret)
{
	*ret = (struct latency_step){.ask_s = p->interval_s};
	ms = fmax(ms, 0.001);
	if (d->since_ms && d->seen < DETECT_LAT_WARM) { /* adopted without habits */
		d->since_ms = 0;
		ret->change = DETECT_NORMAL;
		ret->edge = at;
	}
	if (d->since_ms)
		step_slow(d, ms, at, ret);
	else if (d->seen < DETECT_LAT_WARM)
		latency_learn(d, p,
		    &(struct latency_pending){(float)log2(ms), latency_hour(at), -1});
	else
		step_fast(d, p, ms, at, ret);
}

void detect_latency_on_gap(struct detect_latency *d)
{
	calm_down(d);
	d->end = 0;
}

static void not_after(int64_t *ms, struct wall now)
{
	if (*ms > now.ms)
		*ms = now.ms;
}

void detect_latency_on_clock_back(struct detect_latency *d, struct wall now)
{
	not_after(&d->onset_ms, now);
	not_after(&d->since_ms, now);
	not_after(&d->end_onset_ms, now);
}

void detect_latency_adopt(struct detect_latency *d, struct wall since)
{
	d->since_ms = since.ms;
	d->end = 0;
	d->end_n = 0;
	calm_down(d);
}

enum severity detect_latency_severity(const struct detect_latency *d)
{
	return (double)d->ratio >= DETECT_LAT_MAJOR ? SEVERITY_MAJOR : SEVERITY_MINOR;
}

static double level_ms(const struct detect_latency *d, struct wall at, int quantile)
{
	if (d->seen < DETECT_LAT_WARM)
		return 0;
	return exp2(latency_median(d, latency_hour(at)) + (double)d->quantile[quantile]);
}

double detect_latency_usual_ms(const struct detect_latency *d, struct wall at)
{
	return level_ms(d, at, 0);
}

double detect_latency_p99_ms(const struct detect_latency *d, struct wall at)
{
	return level_ms(d, at, DETECT_CELLS - 2);
}

double detect_latency_quantile_ms(
    const struct detect_latency *d, struct wall at, double q)
{
	double median = latency_median(d, latency_hour(at)), want = q * d->total;
	double before = 0;

	if (d->seen < DETECT_LAT_FULL)
		return 0;
	if (q < 0)
		return exp2(median);
	for (int i = 0; i < LATENCY_BINS; i++) {
		double count = d->bins[i];

		if (count > 0 && before + count >= want)
			return exp2(median - 8.0 + (i + (want - before) / count) / 8.0);
		before += count;
	}
	return exp2(median + 8.0);
}

void detect_latency_withdraw(struct detect_latency *d)
{
	d->since_ms = d->end_onset_ms = 0;
	d->end = 0;
	d->end_n = 0;
	detect_latency_on_gap(d);
}
