/* SPDX-License-Identifier: MIT
 *
 * The detector's state as JSON, one row a field. Numbers that are not whole are written
 * with all their digits, so that what is restored decides the same to the last bit.
 */
#include <assert.h>
#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "alerts/detect_auto.h"
#include "alerts/state_json.h"

#define LARGEST      1e12
#define MOST_IN_BINS 32768 /* eighths; halved above it */
static_assert(MOST_IN_BINS == DETECT_LAT_HALVE * LATENCY_COUNT, "the same limit");

enum field_kind { FIELD_REAL, FIELD_TIME, FIELD_COUNT, FIELD_FLAG };

struct field {
	const char *name;
	size_t offset;
	enum field_kind kind;
	int64_t max; /* of COUNT */
};
#define AVAIL(name, kind, max)                                                           \
	{                                                                                \
#name, offsetof(struct detect_avail, name), kind, max                    \
	}
#define LATENCY(name, kind, max)                                                         \
	{                                                                                \
#name, offsetof(struct detect_latency, name), kind, max                  \
	}

/* clang-format off */
static const struct field avail_fields[] = {
	AVAIL(evidence_ms, FIELD_TIME, 0), AVAIL(prev_failed, FIELD_FLAG, 0),
	AVAIL(n_fail, FIELD_COUNT, STATE_MAX_COUNT), AVAIL(first_fail_ms, FIELD_TIME, 0),
	AVAIL(ok_since_fail, FIELD_COUNT, DETECT_FAST_ASKS), AVAIL(tokens, FIELD_REAL, 0),
	AVAIL(base_f, FIELD_REAL, 0), AVAIL(base_n, FIELD_REAL, 0),
	AVAIL(pend_f, FIELD_COUNT, STATE_MAX_COUNT), AVAIL(pend_n, FIELD_COUNT, STATE_MAX_COUNT),
	AVAIL(n_bits, FIELD_COUNT, 32), AVAIL(since_ms, FIELD_TIME, 0),
	AVAIL(major, FIELD_FLAG, 0), AVAIL(rate, FIELD_REAL, 0), AVAIL(end, FIELD_REAL, 0),
	AVAIL(end_onset_ms, FIELD_TIME, 0), AVAIL(end_ok, FIELD_COUNT, STATE_MAX_COUNT),
	AVAIL(closed_ms, FIELD_TIME, 0), AVAIL(leak_ms, FIELD_TIME, 0),
	AVAIL(dwell_s, FIELD_REAL, 0), AVAIL(leak, FIELD_REAL, 0),
	AVAIL(flaps, FIELD_COUNT, STATE_MAX_COUNT), AVAIL(chronic, FIELD_FLAG, 0),
};
static const struct field latency_fields[] = {
	LATENCY(seen, FIELD_COUNT, STATE_MAX_COUNT), LATENCY(mean, FIELD_REAL, 0),
	LATENCY(variance, FIELD_REAL, 0), LATENCY(block_variance, FIELD_REAL, 0),
	LATENCY(block_sum, FIELD_REAL, 0), LATENCY(dispersion, FIELD_REAL, 0),
	LATENCY(n_block, FIELD_COUNT, DETECT_LAT_BLOCK - 1), LATENCY(sum, FIELD_REAL, 0),
	LATENCY(ratio_sum, FIELD_REAL, 0), LATENCY(onset_ms, FIELD_TIME, 0),
	LATENCY(n, FIELD_COUNT, STATE_MAX_COUNT), LATENCY(n_high, FIELD_COUNT, STATE_MAX_COUNT),
	LATENCY(n_pending, FIELD_COUNT, LATENCY_PENDING), LATENCY(since_ms, FIELD_TIME, 0),
	LATENCY(end_onset_ms, FIELD_TIME, 0), LATENCY(end, FIELD_REAL, 0),
	LATENCY(end_n, FIELD_COUNT, STATE_MAX_COUNT),
};
/* clang-format on */
#define N_AVAIL   (sizeof(avail_fields) / sizeof(*avail_fields))
#define N_LATENCY (sizeof(latency_fields) / sizeof(*latency_fields))

/* --- numbers -------------------------------------------------------------------- */

static json_t *real(double v)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%.15g", v);
	if (strtod(text, NULL) != v)
		(void)snprintf(text, sizeof(text), "%.17g", v);
	return json_string(text);
}

static json_t *short_real(float v)
{
	char text[40];

	(void)snprintf(text, sizeof(text), "%.9g", (double)v);
	return json_string(text);
}

static bool take_real(const json_t *v, double *ret)
{
	const char *text = json_is_string(v) ? json_string_value(v) : "";
	char *end;
	double got;

	got = strtod(text, &end);
	if (end == text || *end || !isfinite(got) || fabs(got) > LARGEST)
		return false;
	*ret = got;
	return true;
}

static bool take_float(const json_t *v, float *ret)
{
	double got;

	if (!take_real(v, &got))
		return false;
	*ret = (float)got;
	return true;
}

/* --- fields --------------------------------------------------------------------- */

static void dump_fields(json_t *v, const struct field *f, size_t n, const void *base)
{
	for (size_t i = 0; i < n; i++) {
		const char *at = (const char *)base + f[i].offset;
		json_t *one = NULL;
		int64_t ms;
		double r;
		int count;

		switch (f[i].kind) {
		case FIELD_REAL:
			memcpy(&r, at, sizeof(r));
			one = real(r);
			break;
		case FIELD_TIME:
			memcpy(&ms, at, sizeof(ms));
			one = json_integer(ms);
			break;
		case FIELD_COUNT:
			memcpy(&count, at, sizeof(count));
			one = json_integer(count);
			break;
		case FIELD_FLAG:
			one = json_boolean(*(const bool *)at);
			break;
		}
		json_object_set_new(v, f[i].name, one);
	}
}

static bool restore_field(const json_t *v, const struct field *f, void *base)
{
	char *at = (char *)base + f->offset;
	int64_t n;
	double r;
	int count;

	switch (f->kind) {
	case FIELD_REAL:
		if (!take_real(json_object_get(v, f->name), &r))
			return false;
		memcpy(at, &r, sizeof(r));
		return true;
	case FIELD_TIME:
		if (!state_int(v, f->name, 0, STATE_MAX_MS, &n))
			return false;
		memcpy(at, &n, sizeof(n));
		return true;
	case FIELD_COUNT:
		if (!state_int(v, f->name, 0, f->max, &n))
			return false;
		count = (int)n;
		memcpy(at, &count, sizeof(count));
		return true;
	case FIELD_FLAG:
		*(bool *)at = json_is_true(json_object_get(v, f->name));
		return true;
	}
	return false;
}

static bool restore_fields(const json_t *v, const struct field *f, size_t n, void *base)
{
	for (size_t i = 0; i < n; i++) {
		if (!restore_field(v, &f[i], base))
			return false;
	}
	return true;
}

/* --- availability --------------------------------------------------------------- */

static json_t *dump_avail(const struct detect_avail *d)
{
	json_t *v = json_object(), *sums = json_array();

	for (int k = 0; k < DETECT_ARMS; k++)
		json_array_append_new(sums,
		    json_pack("[o,I]", real(d->sum[k]), (json_int_t)d->onset_ms[k]));
	json_object_set_new(v, "sums", sums);
	json_object_set_new(v, "bits", json_integer(d->bits));
	json_object_set_new(v, "health", json_string(health_code(d->health)));
	json_object_set_new(v, "before", json_string(health_code(d->before)));
	dump_fields(v, avail_fields, N_AVAIL, d);
	return v;
}

static bool take_health(const json_t *v, const char *name, enum health *ret)
{
	const char *code = json_text_at(v, name);

	return code && health_parse(code, ret);
}

/* Alarmed or not, all of it says the same. */
static bool is_coherent(const struct detect_avail *d)
{
	bool alarmed = d->health == HEALTH_DEGRADED || d->health == HEALTH_DOWN ||
		       d->health == HEALTH_RECOVERING;
	bool sane_before = d->before == HEALTH_DEGRADED || d->before == HEALTH_DOWN;

	return alarmed == (d->since_ms != 0) && d->base_n >= 1 && d->base_f >= 0 &&
	       d->base_f <= d->base_n && d->tokens >= 0 && d->rate >= 0 &&
	       d->rate <= DETECT_RATE_MAX && d->end >= 0 && d->end <= DETECT_END &&
	       d->dwell_s >= 0 && d->leak >= 0 &&
	       (!alarmed || d->rate >= DETECT_RATE_MIN) &&
	       (d->health != HEALTH_RECOVERING || sane_before);
}

static bool restore_avail(const json_t *v, struct detect_avail *d)
{
	const json_t *sums = json_at(v, "sums");
	int64_t bits;

	if (json_array_size(sums) != DETECT_ARMS ||
	    !state_int(v, "bits", 0, UINT32_MAX, &bits) ||
	    !take_health(v, "health", &d->health) ||
	    !take_health(v, "before", &d->before))
		return false;
	d->bits = (uint32_t)bits;
	for (size_t k = 0; k < DETECT_ARMS; k++) {
		const json_t *one = json_array_get(sums, k);

		if (!take_real(json_array_get(one, 0), &d->sum[k]) || d->sum[k] < 0 ||
		    !state_int(one, "[1]", 0, STATE_MAX_MS, &d->onset_ms[k]))
			return false;
	}
	return restore_fields(v, avail_fields, N_AVAIL, d) && is_coherent(d);
}

/* --- latency -------------------------------------------------------------------- */

/* Bins as [[first, count, count...], ...]: most of the 128 are empty. */
static json_t *dump_bins(const struct detect_latency *d)
{
	json_t *runs = json_array(), *run = NULL;

	for (int i = 0; i < LATENCY_BINS; i++) {
		if (d->bins[i] && !run) {
			run = json_array();
			json_array_append_new(run, json_integer(i));
			json_array_append_new(runs, run);
		}
		if (d->bins[i])
			json_array_append_new(run, json_integer(d->bins[i]));
		else
			run = NULL;
	}
	return runs;
}

static bool restore_run(const json_t *run, struct detect_latency *d)
{
	int64_t first, count;
	size_t n = json_array_size(run);

	if (n < 2 || !state_int(run, "[0]", 0, LATENCY_BINS - (int64_t)n + 1, &first))
		return false;
	for (size_t k = 1; k < n; k++) {
		const json_t *one = json_array_get(run, k);

		count = json_is_integer(one) ? json_integer_value(one) : -1;
		if (count < 0 || count > MOST_IN_BINS)
			return false;
		d->total += (uint32_t)count - d->bins[(size_t)first + k - 1];
		d->bins[(size_t)first + k - 1] = (uint16_t)count;
	}
	return true;
}

static bool restore_bins(const json_t *runs, struct detect_latency *d)
{
	if (!json_is_array(runs) || json_array_size(runs) > LATENCY_BINS)
		return false;
	for (size_t i = 0; i < json_array_size(runs); i++) {
		if (!restore_run(json_array_get(runs, i), d))
			return false;
	}
	return d->total <= MOST_IN_BINS;
}

static json_t *dump_floats(const float *v, size_t n)
{
	json_t *list = json_array();

	for (size_t i = 0; i < n; i++)
		json_array_append_new(list, short_real(v[i]));
	return list;
}

static bool restore_floats(const json_t *list, float *v, size_t n)
{
	if (json_array_size(list) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		if (!take_float(json_array_get(list, i), &v[i]))
			return false;
	}
	return true;
}

/* While the first samples are gathered they lie where suspicious ones will wait. */
static int n_waiting(const struct detect_latency *d)
{
	return d->seen < DETECT_LAT_FIRST ? d->seen : d->n_pending;
}

static json_t *dump_latency(const struct detect_latency *d)
{
	json_t *v = json_object(), *pending = json_array();

	for (int i = 0; i < n_waiting(d); i++)
		json_array_append_new(
		    pending, json_pack("[o,o,i]", short_real(d->pending[i].log2_ms),
				 short_real(d->pending[i].hour), d->pending[i].cell));
	dump_fields(v, latency_fields, N_LATENCY, d);
	json_object_set_new(v, "pending", pending);
	json_object_set_new(v, "ratio", short_real(d->ratio));
	json_object_set_new(v, "bins", dump_bins(d));
	if (d->seen < DETECT_LAT_FIRST)
		return v;
	json_object_set_new(v, "median", dump_floats(d->median, LATENCY_HOURS));
	json_object_set_new(v, "quantile", dump_floats(d->quantile, DETECT_CELLS - 1));
	return v;
}

static bool restore_pending(const json_t *list, struct detect_latency *d)
{
	size_t n = (size_t)n_waiting(d);

	if (json_array_size(list) != n)
		return false;
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(list, i);
		float log2_ms, hour;
		int64_t cell;

		if (!take_float(json_array_get(one, 0), &log2_ms) ||
		    !take_float(json_array_get(one, 1), &hour) || hour < 0 ||
		    hour > LATENCY_HOURS ||
		    !state_int(one, "[2]", -1, DETECT_CELLS - 1, &cell))
			return false;
		d->pending[i] = (struct latency_pending){log2_ms, hour, (int8_t)cell};
	}
	return true;
}

static bool restore_latency(const json_t *v, struct detect_latency *d)
{
	if (!restore_fields(v, latency_fields, N_LATENCY, d) ||
	    !restore_pending(json_at(v, "pending"), d) ||
	    !restore_bins(json_at(v, "bins"), d) ||
	    !take_float(json_at(v, "ratio"), &d->ratio))
		return false;
	if (d->sum < 0 || d->end < 0 || d->variance < 0 || d->dispersion < 1 ||
	    (d->sum > 0 && d->n < 1))
		return false;
	return d->seen < DETECT_LAT_FIRST ||
	       (restore_floats(json_at(v, "median"), d->median, LATENCY_HOURS) &&
		   restore_floats(json_at(v, "quantile"), d->quantile, DETECT_CELLS - 1));
}

/* --- both ----------------------------------------------------------------------- */

json_t *detect_auto_dump(const struct detect_auto *d)
{
	json_t *v = json_object();

	json_object_set_new(v, "avail", dump_avail(&d->avail));
	json_object_set_new(v, "latency", dump_latency(&d->latency));
	return v;
}

bool detect_auto_restore(struct detect_auto *d, const json_t *v)
{
	struct detect_auto back;

	memset(&back, 0, sizeof(back));
	if (!restore_avail(json_at(v, "avail"), &back.avail) ||
	    !restore_latency(json_at(v, "latency"), &back.latency))
		return false;
	*d = back;
	return true;
}
