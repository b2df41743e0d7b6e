/* SPDX-License-Identifier: MIT
 *
 * The report of one incident, as people hand it in: what happened when, to what extent,
 * on what evidence, in whose words, who was told, what it cost, and when nobody looked.
 * Pure: who reads the history is elsewhere (report_read.h). Everything in it may hold a
 * stranger's words; doc.h makes them harmless.
 */
#ifndef DIMWATCH_AGENT_REPORT_H
#define DIMWATCH_AGENT_REPORT_H

#include "agent/base/hist.h"
#include "agent/base/zone.h"
#include "agent/doc.h"
#include "alerts/delivery.h"
#include "alerts/fact.h"
#include "alerts/incident.h"
#include "storage/rollup.h"

/* The stretches of time that are compared. EDGES: sums of which one part lies in the
 * incident and another beside it; single asks never do. */
enum report_span { SPAN_BEFORE, SPAN_DURING, SPAN_AFTER, SPAN_EDGES, SPAN_COUNT };

#define REPORT_AROUND_MS  MS_PER_DAY /* before, and after */
#define REPORT_MAX_PROOFS 60         /* the first and the last failures, half each */
#define REPORT_MAX_WORDS  24         /* kinds of failure */
#define REPORT_MAX_MONEY  8

/* Asks of one series in one stretch. */
struct report_sums {
	uint32_t good, failed;            /* that count */
	uint32_t ours;                    /* our key, quota, request */
	uint32_t path, late, maintenance; /* judged so */
	uint32_t other; /* do not count for another reason, or one that sums do not say */
	struct hist hist;    /* of sums: latencies of good answers */
	unsigned rows;       /* of sums: 1 << level */
	bool single;         /* single asks are in it */
	int64_t *latency_us; /* owned; of good answers: first token, else first byte */
	size_t n, cap;
};

struct report_series {
	uint32_t id;
	char name[64], provider[64], model[96], region[64], kind[16], vantage[64];
	int64_t pace_ms;
	bool affected;
	struct report_sums spans[SPAN_COUNT];
};

/* One failing ask. */
struct report_proof {
	uint32_t series;
	int64_t end_us;
	struct incident_error error;
};

/* Failures of the same kind in the same words. */
struct report_words {
	struct incident_error first;
	uint32_t n;
};

struct report_entry {
	uint32_t seq;
	enum fact_kind kind;
	struct wall at;
	enum severity severity, from;
	enum health health;
	char detail[200];
	char *causes; /* owned: JSON, as in incident_log */
};

struct report_gap {
	struct wall began, ended;
};

struct report_money {
	char currency[4];
	int64_t nano, failed_nano;
};

struct report {
	struct incident in;
	struct incident *whole; /* owned; `in` is one provider's part of it; or NULL */
	struct wall now;
	const struct zone *zone; /* borrowed; NULL: UTC */
	char vantage[64], version[32];
	struct report_entry *entries; /* owned, in order */
	size_t n_entries;
	struct report_series *series; /* owned, sorted by id */
	size_t n_series;
	struct report_proof *proofs; /* owned; the first, then the last of them */
	size_t n_proofs;
	uint32_t n_failures; /* in all */
	struct report_words words[REPORT_MAX_WORDS];
	size_t n_words;
	uint32_t n_other_words;
	struct delivery *deliveries; /* owned, in order of creation */
	size_t n_deliveries;
	struct incident *ours; /* owned: trouble of our own meanwhile */
	size_t n_ours;
	struct report_gap *gaps; /* owned */
	size_t n_gaps;
	struct report_money money[REPORT_MAX_MONEY];
	size_t n_money;
	uint32_t asks, unknown_asks; /* of the affected; what they cost nobody knows */
	struct wall single_from; /* sums stand for what was before; 0: nothing is old */
	struct wall kept_from;   /* of what was before, not even sums are left */
	uint32_t sum_failures;   /* of the affected, in sums of its time and its edges */
	bool rough_cost;         /* sums do not say what failed asks cost */
};

/* When it was over, or now. */
struct wall report_end(const struct report *r);
void report_fini(struct report *r);
/* Counts one in: of a known series, between a day before and a day after. */
void report_see(struct report *r, const struct sample *s, enum judged judged);
/* The same of a row that sums them up. */
void report_see_sum(struct report *r, enum rollup_level l, const struct rollup *row);
/* Everything was seen: what is gone is taken from the incident's record. */
void report_complete(struct report *r);
void report_note_gap(struct report *r, struct wall began, struct wall ended);
void report_write(const struct report *r, enum doc_format f, struct str *out);

#endif
