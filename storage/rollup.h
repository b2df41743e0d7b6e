/* SPDX-License-Identifier: MIT
 *
 * What remains of samples when they are over: counts by outcome, the time they stand for,
 * and latency histograms, per five minutes, hour and day (UTC). Pure: samples go in in
 * order, rows come out when their bucket is complete. Larger buckets are sums of smaller
 * ones.
 */
#ifndef DIMWATCH_STORAGE_ROLLUP_H
#define DIMWATCH_STORAGE_ROLLUP_H

#include "agent/base/hist.h"
#include "probes/sample.h"

enum rollup_level { ROLLUP_FIVE_MINUTES, ROLLUP_HOUR, ROLLUP_DAY, ROLLUP_LEVEL_COUNT };
int64_t rollup_width_ms(enum rollup_level l);
/* Start of the bucket that this time lies in. */
int64_t rollup_floor(enum rollup_level l, int64_t at_ms);

#define ROLLUP_CURRENCIES 4   /* more than these in one bucket are not added up */
#define ROLLUP_UNKNOWN    "?" /* stands for a currency: asks of unknown cost */

struct rollup {
	uint32_t series;
	int64_t at;                    /* start of the bucket */
	int64_t samples, good, failed; /* the rest of samples is no evidence */
	int64_t good_ms, failed_ms;
	int64_t tokens_in, tokens_out;
	uint32_t outcomes[OUTCOME_COUNT];
	struct hist latency, total; /* of good samples */
	struct rollup_cost {
		char currency[4]; /* "": unused */
		int64_t nano;
	} cost[ROLLUP_CURRENCIES];
};

/* What a rollup wants to know of a sample. */
struct rollup_sample {
	uint32_t series;
	int64_t at_ms;
	int64_t pace_ms; /* of its series */
	enum outcome outcome;
	enum judged judged;
	int64_t latency_us; /* first token, else first byte, else -1 */
	int64_t end_us;
	int64_t tokens_in, tokens_out; /* -1 unknown */
	int64_t cost_nano;             /* -1 unknown */
	char currency[4];
};

void rollup_init(struct rollup *r, uint32_t series, int64_t at_ms);
/* A sample weighs the time since the one before it, at most the pace: asking again while
 * suspect bends no uptime, and a gap is nobody's. had_previous false: the pace. */
int64_t rollup_weight_ms(
    bool had_previous, int64_t previous_ms, int64_t at_ms, int64_t pace_ms);
void rollup_add(struct rollup *r, const struct rollup_sample *s, int64_t weight_ms);
void rollup_add_cost(struct rollup *r, const char *currency, int64_t nano);
/* Everything but series and at. */
void rollup_merge(struct rollup *into, const struct rollup *from);

/* {"ok":5}; {"USD":4200}, "" when nothing was paid for. */
void rollup_outcomes_json(const struct rollup *r, struct str *out);
void rollup_cost_json(const struct rollup *r, struct str *out);
/* Adds what the JSON says; what it does not know or cannot be is left out. */
void rollup_read_outcomes(struct rollup *r, const char *json);
void rollup_read_cost(struct rollup *r, const char *json);

/* One bucket of all series: feed samples ordered by (series, at), those of `lead` before
 * the bucket included, so that distances are known. Each series' rollup is emitted once,
 * when the next series begins or at the end. */
typedef bool (*rollup_emit_fn)(void *arg, const struct rollup *r);
struct rollup_fold {
	int64_t from, until;
	rollup_emit_fn emit; /* false stops the fold */
	void *arg;
	bool has_series, had_previous;
	uint32_t series;
	int64_t previous_ms;
	struct rollup r;
};
void rollup_fold_init(
    struct rollup_fold *f, int64_t from, int64_t until, rollup_emit_fn emit, void *arg);
bool rollup_fold_feed(struct rollup_fold *f, const struct rollup_sample *s);
bool rollup_fold_end(struct rollup_fold *f);

#endif
