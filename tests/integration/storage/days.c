/* SPDX-License-Identifier: MIT
 *
 * See the header. Whether an ask was good follows from its time alone, so that any
 * stretch can be counted without the rest.
 */
#include "tests/integration/storage/days.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "storage/rollup_rows.h"

#define OFFSET_MS 7000 /* of an ask in its minute */

static bool in_gap(const struct days *d, int64_t at)
{
	return at >= d->gap.from && at < d->gap.until;
}

/* Series 2 in the third hour of each day, 3 in the third and the fourth. */
static bool fails(const struct days *d, uint32_t series, int64_t at)
{
	int64_t hour = at / MS_PER_H % 24;

	if (series == 1)
		return at >= d->fail_from && at < d->fail_until;
	return hour >= 2 && hour < 1 + (int64_t)series;
}

int64_t days_latency_us(uint32_t series, int64_t at)
{
	return (300 + at / MS_PER_MIN % 100 * 4 + series) * US_PER_MS;
}

static struct rollup_sample one(const struct days *d, uint32_t series, int64_t at)
{
	bool bad = fails(d, series, at);

	return (struct rollup_sample){.series = series,
	    .at_ms = at,
	    .pace_ms = MS_PER_MIN,
	    .outcome = bad ? OUTCOME_OVERLOADED : OUTCOME_OK,
	    .judged = JUDGED_COUNTED,
	    .latency_us = bad ? -1 : days_latency_us(series, at),
	    .end_us = MS_PER_S * US_PER_MS,
	    .tokens_in = 10,
	    .tokens_out = 1,
	    .cost_nano = bad ? 0 : DAYS_COST,
	    .currency = "USD"};
}

/* The first ask at or after that time. */
static int64_t first_ask(int64_t from)
{
	int64_t at = from / MS_PER_MIN * MS_PER_MIN + OFFSET_MS;

	return at < from ? at + MS_PER_MIN : at;
}

struct days_sums days_count(const struct days *d, int64_t from, int64_t until)
{
	struct days_sums sums = {0};

	for (int64_t at = first_ask(from); at < until; at += MS_PER_MIN) {
		for (uint32_t s = 1; s <= DAYS_SERIES && !in_gap(d, at); s++) {
			bool bad = fails(d, s, at);

			sums.samples++;
			sums.good += !bad;
			sums.failed += bad;
			sums.nano += bad ? 0 : DAYS_COST;
			*(bad ? &sums.failed_ms[s - 1] : &sums.good_ms[s - 1]) +=
			    MS_PER_MIN;
		}
	}
	return sums;
}

static bool fill(const struct days *d, struct rollup *r, int64_t until)
{
	for (int64_t at = first_ask(r->at); at < until; at += MS_PER_MIN) {
		struct rollup_sample s = one(d, r->series, at);

		if (!in_gap(d, at))
			rollup_add(r, &s, MS_PER_MIN);
	}
	return r->samples > 0;
}

void days_put(struct house *h, const struct days *d, enum rollup_level l, int64_t from,
    int64_t until)
{
	struct db *db = store_db(h->store);
	int64_t width = rollup_width_ms(l);
	struct err e = {0};

	assert_true(db_begin(db, &e));
	for (int64_t at = rollup_floor(l, from); at < until; at += width) {
		for (uint32_t s = 1; s <= DAYS_SERIES; s++) {
			struct rollup r;

			rollup_init(&r, s, at);
			if (fill(d, &r, at + width))
				assert_true(rollup_write(db, l, &r, &e));
		}
	}
	assert_true(db_commit(db, &e));
}

void days_put_samples(struct house *h, const struct days *d, int64_t from, int64_t until)
{
	struct txn *t = txn_new();

	for (int64_t at = first_ask(from); at < until; at += MS_PER_MIN) {
		for (uint32_t series = 1; series <= DAYS_SERIES && !in_gap(d, at);
		     series++) {
			struct sample s = fails(d, series, at) ? failed_sample(series, at,
								     OUTCOME_OVERLOADED)
							       : good_sample(series, at);

			s.cost_nano = s.outcome == OUTCOME_OK ? DAYS_COST : 0;
			if (s.outcome == OUTCOME_OK)
				s.first_token_us = days_latency_us(series, at);
			(void)str_copy(s.currency, sizeof(s.currency), "USD");
			txn_sample(t, &s, JUDGED_COUNTED);
		}
	}
	house_apply(h->store, t);
}

void days_rolled(struct house *h, int64_t five, int64_t hours)
{
	char sql[200];
	struct err e = {0};

	(void)snprintf(sql, sizeof(sql),
	    "UPDATE rolled SET through = CASE level WHEN 'five_minutes' THEN %" PRId64
	    " ELSE %" PRId64 " END",
	    five, hours);
	assert_true(db_exec(store_db(h->store), sql, &e));
}

void days_series(struct house *h)
{
	house_series(h->store, 1, "one");
	house_series(h->store, 2, "two");
	house_series(h->store, 3, "three");
}
