/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "tests/bench/verdict_slow.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "agent/base/xalloc.h"
#include "tests/unit/alerts/sim_world.h"

static int by_size(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

struct slow_delays delays_of(double *all, int n)
{
	struct slow_delays d = {0};

	qsort(all, (size_t)n, sizeof(*all), by_size);
	d.median = all[n / 2];
	d.p95 = all[(int)(0.95 * n)];
	for (int i = 0; i < n; i++)
		d.missed += isinf(all[i]) ? 1.0 / n : 0;
	return d;
}

static const char *seconds(double s, char *buf, size_t size)
{
	(void)snprintf(buf, size, isinf(s) ? ">3600" : "%.0f", s);
	return buf;
}

char *delays_text(const struct slow_delays *d, char *buf, size_t size)
{
	char a[16], b[16];

	if (d->missed > 0)
		(void)snprintf(buf, size, "%s / %s (%.0f %%)",
		    seconds(d->median, a, sizeof(a)), seconds(d->p95, b, sizeof(b)),
		    100 * d->missed);
	else
		(void)snprintf(buf, size, "%s / %s", seconds(d->median, a, sizeof(a)),
		    seconds(d->p95, b, sizeof(b)));
	return buf;
}

/* Each episode happens to a copy: the habits stay clean. */
static double one_delay(
    const struct sim *habits, struct latency_world lw, double late_s, double times)
{
	double from, delay = HUGE_VAL;
	struct sim w;

	sim_copy(&w, habits);
	from = sim_next(&w) - late_s;
	while (isinf(delay) && sim_next(&w) - from < 3600) {
		sim_ask(&w, false, latency_draw(&lw, sim_next(&w), times));
		if (w.opened)
			delay = w.now_s - from;
	}
	sim_fini(&w);
	return delay;
}

struct slow_delays slow_found(uint64_t seed, double times, int n)
{
	double *all = xcalloc((size_t)n, sizeof(*all));
	struct latency_world lw;
	struct slow_delays d;
	struct rng rng;
	struct sim w;

	rng_init(&rng, seed + 12);
	latency_world_init(&lw, seed + 1);
	sim_init(&w, 1, 60, 1);
	for (int i = 0; i < n; i++) {
		double until = 5 * 86400.0 + i * 5000.0 + 1800 * rng_unit(&rng);

		while (sim_next(&w) < until || judge_open_incidents(w.judge))
			sim_ask(&w, false, latency_draw(&lw, sim_next(&w), 1));
		all[i] = one_delay(&w, lw, 60 * rng_unit(&rng), times);
	}
	d = delays_of(all, n);
	sim_fini(&w);
	free(all);
	return d;
}

int slow_invented(uint64_t seed, int days)
{
	struct latency_world lw;
	struct sim w;
	int n;

	latency_world_init(&lw, seed);
	sim_init(&w, 1, 60, 1);
	while (sim_next(&w) < 86400.0 * (days + 7)) {
		if (w.now_s < 7 * 86400.0)
			w.n_opened = 0;
		sim_ask(&w, false, latency_draw(&lw, sim_next(&w), 1));
	}
	n = w.n_opened;
	sim_fini(&w);
	return n;
}
