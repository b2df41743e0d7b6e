/* SPDX-License-Identifier: MIT
 *
 * An availability detector fed with strings: F a failure, G a good answer, | a gap;
 * `step_s` apart, the first that long after T0.
 */
#ifndef DIMWATCH_TESTS_AVAIL_RUN_H
#define DIMWATCH_TESTS_AVAIL_RUN_H

#include "alerts/detect_avail.h"

#define T0 INT64_C(1767225600000)

struct run {
	struct detect_avail d;
	struct detect_pace pace;
	struct avail_step last;
	int64_t now_ms;
	double step_s;
	int alarms, overs;
};

static inline void one(struct run *r, double after_s, bool failed)
{
	r->now_ms += (int64_t)(after_s * 1000);
	detect_avail_on_sample(
	    &r->d, &r->pace, (struct wall){r->now_ms}, failed, &r->last);
	r->alarms += r->last.change == DETECT_ALARM;
	r->overs += r->last.change == DETECT_OVER;
}

static inline void feed(struct run *r, const char *samples)
{
	for (; *samples; samples++) {
		if (*samples == '|')
			detect_avail_on_gap(&r->d);
		else
			one(r, r->step_s, *samples == 'F');
	}
}

static inline struct run fed_at(double step_s, const char *samples)
{
	struct run r = {
	    .pace = {60, SENSITIVITY_NORMAL},
              .now_ms = T0, .step_s = step_s
        };

	detect_avail_init(&r.d);
	feed(&r, samples);
	return r;
}

static inline struct run fed(const char *samples)
{
	return fed_at(60, samples);
}

static inline void many(struct run *r, int n, bool failed)
{
	for (int i = 0; i < n; i++)
		one(r, r->step_s, failed);
}

#endif
