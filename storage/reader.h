/* SPDX-License-Identifier: MIT
 *
 * Read-only questions about history, from any process, while the daemon runs or not. Each
 * query has a time budget (sqlite3_progress_handler). A file that is not ours, newer, or
 * damaged is refused with a sentence.
 */
#ifndef DIMWATCH_STORAGE_READER_H
#define DIMWATCH_STORAGE_READER_H

#include "alerts/health.h"
#include "alerts/incident.h"
#include "storage/db.h"

struct reader; /* opaque */

/* budget_ms: of each call below. */
struct reader *reader_open(const char *path, int64_t budget_ms, struct err *e) MUST_CHECK;
void reader_close(struct reader *r);
struct db *reader_db(struct reader *r);

struct reader_run {
	int64_t id;
	struct wall started, last_alive;
	bool clean; /* ended as it should */
	char version[32], vantage[64];
};
/* The newest run; false with ERR_NOT_FOUND when there was none. */
bool reader_last_run(struct reader *r, struct reader_run *ret, struct err *e) MUST_CHECK;

/* One row per target of the newest run's config: the newest series of its name that is
 * new in that run, or had a state dumped or a sample near its last sign of life. */
struct reader_target {
	uint32_t series;
	char name[64], provider[64], model[96], region[64], kind[16];
	enum health health;  /* from judge_state; UNKNOWN when there is none */
	int64_t pace_ms;     /* it is asked so often; 0 unknown */
	bool behind;         /* unknown: something that it depends on has an outage */
	bool rung;           /* a lower one of a ladder: stands behind its lead */
	struct wall since;   /* health since; 0 unknown */
	struct wall last_at; /* newest sample; 0 none */
	char last_outcome[32];
	int64_t last_latency_us; /* first token; -1 */
	double uptime_pct;       /* 24 h; < 0 unknown */
	int64_t p50_us, p95_us;  /* first token, 24 h; -1 unknown */
	int64_t asks_24h;
	int64_t cost_nano_24h; /* -1 unknown */
	char currency[4];
	bool has_incident;
	char incident_short[5];
};
typedef bool (*reader_target_fn)(void *arg, const struct reader_target *t);
bool reader_targets(struct reader *r, struct wall now, reader_target_fn fn, void *arg,
    struct err *e) MUST_CHECK;

struct reader_incident_filter {
	bool open_only;
	struct wall since;    /* started at or after; 0 = all */
	const char *target;   /* subject or affected target; NULL = all */
	const char *provider; /* whose it is, or that has a part in it; NULL = all */
	int limit;            /* 0 = 50 */
};
typedef bool (*reader_incident_fn)(void *arg, const struct incident *in);
/* Newest first. */
bool reader_incidents(struct reader *r, const struct reader_incident_filter *f,
    reader_incident_fn fn, void *arg, struct err *e) MUST_CHECK;
/* By full id or short id (newest with it), in either case of letters. */
bool reader_incident(
    struct reader *r, const char *id, struct incident *ret, struct err *e) MUST_CHECK;

struct reader_delivery_counts {
	int64_t pending, sent_24h, dead_24h;
	struct wall oldest_pending; /* 0 none */
};
bool reader_deliveries(struct reader *r, struct wall now,
    struct reader_delivery_counts *ret, struct err *e) MUST_CHECK;

/* Since midnight UTC, all targets: the view `spend_today` added up. */
#define READER_CURRENCIES 8
struct reader_spend {
	int64_t asks, unknown_asks; /* unknown: what they cost nobody knows */
	size_t n;
	struct {
		char currency[4];
		int64_t nano;
	} sums[READER_CURRENCIES]; /* in the order of currencies; more are left out */
};
bool reader_spend(struct reader *r, struct reader_spend *ret, struct err *e) MUST_CHECK;

#endif
