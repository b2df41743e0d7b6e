/* SPDX-License-Identifier: MIT
 *
 * Quiet: four sums of log likelihood ratios. Alarmed: one sum the other way round, from
 * the incident's own failure rate back to the base rate. The order of the steps is that
 * of docs/detection.md.
 */
#include "alerts/detect_avail.h"

#include <math.h>
#include <string.h>

#define SMALL  1e-9 /* "reached" in spite of rounding */
#define MEMORY 32   /* outcomes in `bits` */

static const double arms[DETECT_ARMS] = {
    DETECT_ARM_0, DETECT_ARM_1, DETECT_ARM_2, DETECT_ARM_3};

void detect_avail_init(struct detect_avail *d)
{
	memset(d, 0, sizeof(*d));
	d->tokens = DETECT_BUCKET;
	d->base_f = DETECT_PRIOR_F;
	d->base_n = DETECT_PRIOR_N;
	d->ok_since_fail = DETECT_FAST_ASKS;
}

static double bounded(double v, double least, double most)
{
	return v < least ? least : v > most ? most : v;
}

static double seconds(int64_t later_ms, int64_t earlier_ms)
{
	return (double)(later_ms - earlier_ms) / 1000.0;
}

bool detect_avail_alarmed(const struct detect_avail *d)
{
	return d->since_ms != 0;
}

double detect_avail_base(const struct detect_avail *d)
{
	return bounded(d->base_f / d->base_n, DETECT_BASE_MIN, DETECT_BASE_MAX);
}

/* "H(I) = clamp(10.5 + ln(60 s/I), 9.5, 12.5), which keeps the budget per target-year" */
double detect_avail_threshold(const struct detect_pace *p)
{
	double h = DETECT_ALARM_NATS + log(60.0 / p->interval_s);

	return bounded(h, DETECT_ALARM_NATS - DETECT_ALARM_LESS,
		   DETECT_ALARM_NATS + DETECT_ALARM_MORE) +
	       sensitivity_row(p->sensitivity)->alarm_nats;
}

double detect_avail_largest(const struct detect_avail *d, int *ret_arm)
{
	double largest = 0;

	*ret_arm = 0;
	for (int k = 0; k < DETECT_ARMS; k++) {
		if (d->sum[k] > largest) {
			largest = d->sum[k];
			*ret_arm = k;
		}
	}
	return largest;
}

bool detect_avail_calm(const struct detect_avail *d)
{
	int arm;

	return d->since_ms == 0 && detect_avail_largest(d, &arm) <= 0;
}

/* --- the base rate -------------------------------------------------------------- */

static void learn(struct detect_avail *d)
{
	d->base_f += d->pend_f;
	d->base_n += d->pend_n;
	d->pend_f = d->pend_n = 0;
	if (d->base_n > DETECT_BASE_MEMORY) {
		d->base_f *= 0.5;
		d->base_n *= 0.5;
	}
}

/* --- outcomes ------------------------------------------------------------------- */

static void remember(struct detect_avail *d, bool failed)
{
	d->bits = d->bits << 1 | (failed ? 1u : 0u);
	if (d->n_bits < MEMORY)
		d->n_bits++;
}

static int failed_of(const struct detect_avail *d, int n)
{
	uint32_t mask;

	n = n < d->n_bits ? n : d->n_bits;
	mask = n >= 32 ? UINT32_MAX : (UINT32_C(1) << n) - 1;
	return __builtin_popcount(d->bits & mask);
}

int detect_avail_run(const struct detect_avail *d, int *ret_asked)
{
	*ret_asked = d->n_bits;
	return failed_of(d, MEMORY);
}

static double share(const struct detect_avail *d)
{
	return d->n_bits ? (double)failed_of(d, MEMORY) / d->n_bits : 0;
}

static void estimate_rate(struct detect_avail *d)
{
	if (d->n_bits)
		d->rate = bounded((failed_of(d, MEMORY) + 0.5) / (d->n_bits + 1.0),
		    DETECT_RATE_MIN, DETECT_RATE_MAX);
}

/* "cut to the failing run, so that what came before it does not soften the verdict" */
static void keep_failing_run(struct detect_avail *d)
{
	int run = 0;

	while (run < d->n_bits && (d->bits >> run & 1))
		run++;
	d->n_bits = run;
}

/* --- sooner asks ---------------------------------------------------------------- */

static double paid(struct detect_avail *d, double ask_s, const struct detect_pace *p)
{
	if (d->tokens < 1)
		return p->interval_s;
	d->tokens -= 1;
	return ask_s < p->interval_s ? ask_s : p->interval_s;
}

static double next_ask_quiet(
    struct detect_avail *d, double largest, double h, const struct detect_pace *p)
{
	if (largest > 0 && d->ok_since_fail < DETECT_FAST_ASKS)
		return paid(d, DETECT_FAST_S, p);
	if (largest >= DETECT_SUSPECT * h)
		return paid(d, DETECT_SLOW_S, p);
	return p->interval_s;
}

/* --- quiet ---------------------------------------------------------------------- */

/* "the likelihood knows that failures seconds apart are correlated" */
static void add_ratios(struct detect_avail *d, int64_t at_ms, bool failed, double gap_s)
{
	double p0 = detect_avail_base(d);
	double e = d->prev_failed ? DETECT_RHO * exp(-gap_s / DETECT_TAU_S) : 0;

	for (int k = 0; k < DETECT_ARMS; k++) {
		double p1 = arms[k], ratio;

		if (d->sum[k] <= 0) {
			if (!failed)
				continue; /* stays at zero */
			d->onset_ms[k] = at_ms;
		}
		ratio = failed ? log((p1 + (1 - p1) * e) / (p0 + (1 - p0) * e))
			       : log((1 - p1) / (1 - p0));
		d->sum[k] += ratio;
		if (d->sum[k] < 0)
			d->sum[k] = 0;
		if (failed && at_ms < d->onset_ms[k])
			d->onset_ms[k] = at_ms; /* overlapping asks end out of order */
	}
}

static void count(struct detect_avail *d, int64_t at_ms, bool failed)
{
	if (failed) {
		if (d->n_fail == 0) {
			d->first_fail_ms = at_ms;
			d->n_bits = 0;
		}
		if (at_ms < d->first_fail_ms)
			d->first_fail_ms = at_ms;
		d->n_fail++;
		d->pend_f++;
	}
	remember(d, failed);
	d->pend_n++;
}

static bool is_certain(const struct detect_avail *d, int64_t at_ms, double largest,
    double h, const struct detect_pace *p)
{
	double span = bounded(DETECT_SPAN_PACES * p->interval_s, 0, DETECT_MIN_SPAN_S);

	return largest >= h && d->n_fail >= DETECT_MIN_FAILURES &&
	       seconds(at_ms, d->first_fail_ms) >= span;
}

/* Flapping and chronic targets must stay well for longer. */
static void choose_dwell(
    struct detect_avail *d, int64_t at_ms, const struct detect_pace *p)
{
	double first = bounded(DETECT_END_PACES * p->interval_s, 0, DETECT_END_SPAN_S);
	double passed = seconds(at_ms, d->closed_ms);

	if (d->closed_ms && passed < DETECT_FLAP_S)
		d->flaps++;
	else if (!d->closed_ms || passed > DETECT_FLAP_FORGET_S)
		d->flaps = 0;
	d->dwell_s =
	    first * bounded(pow(DETECT_FLAP_TIMES, d->flaps), 1, DETECT_FLAP_MAX);
	d->leak *= pow(0.5, seconds(at_ms, d->leak_ms) / DETECT_CHRONIC_S);
	d->leak += 1;
	d->leak_ms = at_ms;
	d->chronic = d->leak >= DETECT_CHRONIC;
	if (d->chronic)
		d->dwell_s = first * DETECT_CHRONIC_MAX;
}

static void alarm(struct detect_avail *d, int64_t at_ms, int arm,
    const struct detect_pace *p, struct avail_step *ret)
{
	bool down = arm == 0 || (d->n_bits >= DETECT_DOWN_RUN &&
				    failed_of(d, DETECT_DOWN_RUN) == DETECT_DOWN_RUN);

	d->since_ms = d->onset_ms[down ? 0 : arm];
	d->pend_f = d->pend_n = 0;
	choose_dwell(d, at_ms, p);
	estimate_rate(d);
	if (down) {
		keep_failing_run(d);
		d->rate = DETECT_ARM_0;
	}
	d->major = share(d) >= DETECT_MAJOR;
	d->health = down ? HEALTH_DOWN : HEALTH_DEGRADED;
	d->end = 0;
	d->end_ok = 0;
	ret->change = DETECT_ALARM;
	ret->edge.ms = d->since_ms;
}

static void step_quiet(struct detect_avail *d, const struct detect_pace *p, int64_t at_ms,
    bool failed, double gap_s, struct avail_step *ret)
{
	double h = detect_avail_threshold(p), largest;
	int arm;

	add_ratios(d, at_ms, failed, gap_s);
	largest = detect_avail_largest(d, &arm);
	count(d, at_ms, failed);
	if (largest <= 0)
		d->n_fail = 0;
	if (largest <= 0 || d->pend_n > DETECT_BASE_PATIENT)
		learn(d);
	d->health = largest < DETECT_SUSPECT * h ? HEALTH_UP : HEALTH_SUSPECT;
	if (failed && is_certain(d, at_ms, largest, h, p))
		alarm(d, at_ms, arm, p, ret);
	else
		ret->ask_s = next_ask_quiet(d, largest, h, p);
}

/* --- alarmed -------------------------------------------------------------------- */

static void add_end(struct detect_avail *d, int64_t at_ms, bool failed)
{
	double p0 = d->chronic ? DETECT_CHRONIC_BASE : detect_avail_base(d);
	double r = d->chronic ? DETECT_CHRONIC_RATE : d->rate;
	double v = failed ? log(p0 / r) : log((1 - p0) / (1 - r));

	if (d->end <= 0) {
		d->end_onset_ms = at_ms;
		d->end_ok = 0;
	}
	d->end = bounded(d->end + v, 0, DETECT_END); /* so late failures still count */
	if (d->end <= 0)
		d->end_ok = 0;
	else if (!failed)
		d->end_ok++;
}

static void over(struct detect_avail *d, int64_t at_ms, struct avail_step *ret)
{
	ret->change = DETECT_OVER;
	/* A good answer may have begun before the first failure and ended behind it. */
	ret->edge.ms = d->end_onset_ms < d->since_ms ? d->since_ms : d->end_onset_ms;
	memset(d->sum, 0, sizeof(d->sum));
	d->since_ms = 0;
	d->health = HEALTH_UP;
	d->closed_ms = at_ms;
	d->n_fail = d->pend_f = d->pend_n = d->n_bits = 0;
	d->end = 0;
}

static void move_health(struct detect_avail *d)
{
	if (d->health == HEALTH_RECOVERING) {
		if (d->end <= 0)
			d->health = d->before;
	} else if (d->end >= 0.5 * DETECT_END) {
		d->before = d->health;
		d->health = HEALTH_RECOVERING;
	}
}

static void move_severity(struct detect_avail *d)
{
	int failed = failed_of(d, DETECT_WINDOW);

	if (d->health == HEALTH_RECOVERING || d->n_bits < DETECT_WINDOW)
		return;
	if (d->health == HEALTH_DEGRADED && failed >= DETECT_TO_DOWN)
		d->health = HEALTH_DOWN;
	else if (d->health == HEALTH_DOWN && failed <= DETECT_TO_DEGRADED)
		d->health = HEALTH_DEGRADED;
	if (share(d) >= DETECT_MAJOR)
		d->major = true;
	else if (share(d) < DETECT_MINOR)
		d->major = false;
}

static void step_alarmed(struct detect_avail *d, const struct detect_pace *p,
    int64_t at_ms, bool failed, struct avail_step *ret)
{
	add_end(d, at_ms, failed);
	remember(d, failed);
	/* "so a beginning recovery does not move its own goal" */
	if (failed || d->end <= 0)
		estimate_rate(d);
	move_health(d);
	if (!failed && d->end >= DETECT_END - SMALL && d->end_ok >= DETECT_END_GOOD &&
	    seconds(at_ms, d->end_onset_ms) >= d->dwell_s) {
		over(d, at_ms, ret);
		return;
	}
	move_severity(d);
	if (d->end >= DETECT_END_ASKS * DETECT_END)
		ret->ask_s = paid(d, DETECT_END_S, p);
}

/* --- the step ------------------------------------------------------------------- */

void detect_avail_on_sample(struct detect_avail *d, const struct detect_pace *p,
    struct wall at, bool failed, struct avail_step *ret)
{
	double gap_s =
	    d->evidence_ms ? fabs(seconds(at.ms, d->evidence_ms)) : p->interval_s;

	*ret = (struct avail_step){.ask_s = p->interval_s};
	d->tokens =
	    bounded(d->tokens + DETECT_REFILL * gap_s / p->interval_s, 0, DETECT_BUCKET);
	d->evidence_ms = at.ms;
	if (failed)
		d->ok_since_fail = 0;
	else if (d->ok_since_fail < DETECT_FAST_ASKS)
		d->ok_since_fail++;
	if (d->since_ms)
		step_alarmed(d, p, at.ms, failed, ret);
	else
		step_quiet(d, p, at.ms, failed, gap_s, ret);
	d->prev_failed = failed;
}

void detect_avail_on_gap(struct detect_avail *d)
{
	memset(d->sum, 0, sizeof(d->sum));
	d->n_fail = d->pend_f = d->pend_n = d->n_bits = d->end_ok = 0;
	d->prev_failed = false;
	d->end = 0;
	if (!d->since_ms)
		d->health = HEALTH_UNKNOWN;
	else if (d->health == HEALTH_RECOVERING)
		d->health = d->before;
}

void detect_avail_withdraw(struct detect_avail *d)
{
	if (d->since_ms) {
		d->flaps -= d->flaps > 0;
		d->leak = d->leak > 1 ? d->leak - 1 : 0;
		d->chronic = false;
	}
	d->since_ms = 0;
	detect_avail_on_gap(d);
	d->ok_since_fail = DETECT_FAST_ASKS;
}

static void not_after(int64_t *ms, struct wall now)
{
	if (*ms > now.ms)
		*ms = now.ms;
}

void detect_avail_on_clock_back(struct detect_avail *d, struct wall now)
{
	for (int k = 0; k < DETECT_ARMS; k++)
		not_after(&d->onset_ms[k], now);
	not_after(&d->evidence_ms, now);
	not_after(&d->first_fail_ms, now);
	not_after(&d->since_ms, now);
	not_after(&d->end_onset_ms, now);
	not_after(&d->closed_ms, now);
	not_after(&d->leak_ms, now);
}

void detect_avail_adopt(struct detect_avail *d, struct wall since, bool down)
{
	d->since_ms = since.ms;
	d->health = d->before = down ? HEALTH_DOWN : HEALTH_DEGRADED;
	d->rate = down ? DETECT_ARM_0 : DETECT_ARM_1;
	d->major = true;
	d->end = 0;
	d->end_ok = 0;
	/* What was seen before is not what alarmed; this is what must have been. */
	d->bits = down ? 0xffu : 0x55u;
	d->n_bits = 8;
	d->dwell_s = DETECT_END_SPAN_S;
	d->pend_f = d->pend_n = 0;
}

enum severity detect_avail_severity(const struct detect_avail *d)
{
	enum health h = d->health == HEALTH_RECOVERING ? d->before : d->health;

	if (h == HEALTH_DOWN)
		return SEVERITY_CRITICAL;
	return d->major ? SEVERITY_MAJOR : SEVERITY_MINOR;
}
