/* SPDX-License-Identifier: MIT
 *
 * The habits of one target's latency. A sign step follows the median and cannot be
 * dragged by an outlier's size; quantiles are read from the residuals' histogram; the
 * dispersion factor says how many correlated samples are worth one.
 */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/detect_latency.h"

static const double cuts[DETECT_CELLS - 1] = {
    DETECT_Q_0, DETECT_Q_1, DETECT_Q_2, DETECT_Q_3};

double latency_score(int cell)
{
	static const double scores[DETECT_CELLS] = {DETECT_SCORE_0, DETECT_SCORE_1,
	    DETECT_SCORE_2, DETECT_SCORE_3, DETECT_SCORE_4};

	return scores[cell];
}

/* Hours are read between their middles, UTC. */
float latency_hour(struct wall at)
{
	double hours = (double)at.ms / (double)MS_PER_H - 0.5;

	return (float)(hours - floor(hours / LATENCY_HOURS) * LATENCY_HOURS);
}

static int hour_before(float hour)
{
	return (int)hour % LATENCY_HOURS;
}

double latency_median(const struct detect_latency *d, float hour)
{
	int i = hour_before(hour), j = (i + 1) % LATENCY_HOURS;
	double w = (double)hour - floor((double)hour);

	return (double)d->median[i] * (1 - w) + (double)d->median[j] * w;
}

/* --- residuals ------------------------------------------------------------------ */

static void halve(struct detect_latency *d)
{
	d->total = 0;
	for (int i = 0; i < LATENCY_BINS; i++) {
		d->bins[i] = (uint16_t)(d->bins[i] / 2);
		d->total += d->bins[i];
	}
}

static void put(struct detect_latency *d, double residual)
{
	int bin = (int)((residual + 8.0) * 8.0);

	bin = bin < 0 ? 0 : bin >= LATENCY_BINS ? LATENCY_BINS - 1 : bin;
	d->bins[bin] = (uint16_t)(d->bins[bin] + LATENCY_COUNT);
	d->total += LATENCY_COUNT;
	if (d->total > DETECT_LAT_HALVE * LATENCY_COUNT)
		halve(d);
}

static void read_quantiles(struct detect_latency *d)
{
	double before = 0;
	int k = 0;

	for (int i = 0; i < LATENCY_BINS && k < DETECT_CELLS - 1; i++) {
		double count = d->bins[i];

		for (; k < DETECT_CELLS - 1 && count > 0 &&
		       before + count >= cuts[k] * d->total;
		     k++)
			d->quantile[k] =
			    (float)(-8.0 +
				    (i + (cuts[k] * d->total - before) / count) / 8.0);
		before += count;
	}
	for (; k < DETECT_CELLS - 1; k++)
		d->quantile[k] = 8.0f;
}

/* --- dispersion ----------------------------------------------------------------- */

/* "f = Var(sum of 10 consecutive scores)/(10 Var(score))" */
static void disperse(struct detect_latency *d, double score)
{
	double off, square;

	d->mean += DETECT_LAT_F_SCORE * (score - d->mean);
	off = score - d->mean;
	d->variance += DETECT_LAT_F_SCORE * (off * off - d->variance);
	d->block_sum += off;
	if (++d->n_block < DETECT_LAT_BLOCK)
		return;
	square = d->block_sum * d->block_sum / DETECT_LAT_BLOCK;
	square = fmin(square, DETECT_LAT_F_CLIP * d->block_variance);
	d->block_variance += DETECT_LAT_F_BLOCK * (square - d->block_variance);
	d->block_sum = 0;
	d->n_block = 0;
	d->dispersion =
	    fmin(fmax(d->block_variance / d->variance, 1.0), DETECT_LAT_F_MAX);
}

/* --- medians -------------------------------------------------------------------- */

static int by_size(const void *a, const void *b)
{
	float x = *(const float *)a, y = *(const float *)b;

	return x < y ? -1 : x > y;
}

/* "First 30 samples: their median fills all 24." They wait in the ring meanwhile. */
static void begin(struct detect_latency *d, float log2_ms)
{
	float first[DETECT_LAT_FIRST];

	d->pending[d->seen++].log2_ms = log2_ms;
	if (d->seen < DETECT_LAT_FIRST)
		return;
	for (int i = 0; i < DETECT_LAT_FIRST; i++)
		first[i] = d->pending[i].log2_ms;
	qsort(first, DETECT_LAT_FIRST, sizeof(*first), by_size);
	for (int i = 0; i < LATENCY_HOURS; i++)
		d->median[i] = first[DETECT_LAT_FIRST / 2];
	for (int i = 0; i < DETECT_LAT_FIRST; i++)
		put(d, (double)d->pending[i].log2_ms - (double)d->median[0]);
	read_quantiles(d);
}

static void step_medians(
    struct detect_latency *d, const struct detect_pace *p, float hour, double residual)
{
	int i = hour_before(hour), j = (i + 1) % LATENCY_HOURS;
	double w = (double)hour - floor((double)hour);
	bool cold = d->seen * p->interval_s < DETECT_LAT_ETA_S;
	double eta = DETECT_LAT_ETA * (cold ? DETECT_LAT_ETA_COLD : 1.0) *
		     fmin(DETECT_LAT_ETA_MAX, fmax(1.0, p->interval_s / 60.0));

	if (residual <= (double)d->quantile[0])
		eta = -eta;
	d->median[i] = (float)((double)d->median[i] + eta * (1 - w));
	d->median[j] = (float)((double)d->median[j] + eta * w);
}

void latency_learn(struct detect_latency *d, const struct detect_pace *p,
    const struct latency_pending *s)
{
	double residual;

	if (s->cell >= 0)
		disperse(d, latency_score(s->cell));
	if (d->seen < DETECT_LAT_FIRST) {
		begin(d, s->log2_ms);
		return;
	}
	residual = (double)s->log2_ms - latency_median(d, s->hour);
	put(d, residual);
	d->seen++;
	step_medians(d, p, s->hour, residual);
	if (d->seen % DETECT_LAT_QUANTILES == 0)
		read_quantiles(d);
}
