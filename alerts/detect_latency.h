/* SPDX-License-Identifier: MIT
 *
 * Is it slow? The first-token time of each good answer against the target's own habits:
 * 24 learned hourly medians, the quantiles of what is left, and a CUSUM over five rank
 * cells whose probabilities are the same whatever the provider's latency looks like. How
 * correlated its samples are is learned too and raises the threshold. Constant memory.
 */
#ifndef DIMWATCH_ALERTS_DETECT_LATENCY_H
#define DIMWATCH_ALERTS_DETECT_LATENCY_H

#include "alerts/detect_avail.h"

#define LATENCY_HOURS   24
#define LATENCY_BINS    128 /* 1/8 octave each, -8 .. +8 octaves around the median */
#define LATENCY_COUNT   8   /* counts are kept in eighths, so that they can be halved */
#define LATENCY_PENDING 32

/* A sample that waits to be learned. */
struct latency_pending {
	float log2_ms, hour; /* hour: place between the middles of hours, 0 .. 24 */
	int8_t cell;         /* its score; -1: none yet */
} __attribute__((packed));   /* of every target 32 */

struct detect_latency {
	float median[LATENCY_HOURS]; /* log2 of milliseconds */
	uint16_t bins[LATENCY_BINS];
	uint32_t total; /* of them, in eighths */
	float quantile[DETECT_CELLS - 1];
	int seen; /* learned samples */
	/* Learned effective sample size. */
	double mean, variance, block_variance, block_sum, dispersion;
	int n_block;
	/* Towards an alarm. */
	double sum, ratio_sum; /* nats; octaves above the median */
	int64_t onset_ms;
	int n, n_high; /* samples since the sum left zero */
	struct latency_pending pending[LATENCY_PENDING]; /* oldest first */
	int n_pending;
	/* The slow phase; since_ms 0: none. */
	int64_t since_ms, end_onset_ms;
	double end;
	int end_n;
	float ratio; /* octaves, at the alarm */
};

struct latency_step {
	enum detect_change change; /* NORMAL: a day of slowness became the habit */
	struct wall edge;
	double ask_s;
};

void detect_latency_init(struct detect_latency *d);
/* The latency of one good answer. */
void detect_latency_on_good(struct detect_latency *d, const struct detect_pace *p,
    struct wall at, double ms, struct latency_step *ret);
void detect_latency_on_gap(struct detect_latency *d);
void detect_latency_on_clock_back(struct detect_latency *d, struct wall now);
void detect_latency_adopt(struct detect_latency *d, struct wall since);
/* What it saw is nobody's evidence any more; what is usual is still known. */
void detect_latency_withdraw(struct detect_latency *d);
/* Of a slow phase: minor, major from five times the usual on. */
enum severity detect_latency_severity(const struct detect_latency *d);
/* What an answer at this time usually takes, milliseconds; 0: not known yet. */
double detect_latency_usual_ms(const struct detect_latency *d, struct wall at);
/* So that 99 of 100 are quicker; 0: not known yet. */
double detect_latency_p99_ms(const struct detect_latency *d, struct wall at);

/* Of the residuals, at this hour; q below 0: the median itself. 0: fewer than 1,000
 * samples. */
double detect_latency_quantile_ms(
    const struct detect_latency *d, struct wall at, double q);

/* detect_latency_learn.c: the habits. */
void latency_learn(struct detect_latency *d, const struct detect_pace *p,
    const struct latency_pending *s);
float latency_hour(struct wall at);
double latency_median(const struct detect_latency *d, float hour);
double latency_score(int cell);

#endif
