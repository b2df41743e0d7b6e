/* SPDX-License-Identifier: MIT
 *
 * Between the files that write a report: the paper, and how times stand on it. Others
 * include agent/report.h.
 */
#ifndef DIMWATCH_AGENT_REPORT_PARTS_H
#define DIMWATCH_AGENT_REPORT_PARTS_H

#include "agent/report.h"

struct paper {
	const struct report *r;
	struct doc d;
};

#define PAPER_TIME 48
/* "2026-11-23 14:02:07", in the zone of the report; "-" for none. */
char *paper_time(const struct paper *p, struct wall t, char *buf, size_t size);
/* "16 asks", "1 ask". */
char *paper_count(uint32_t n, const char *what, char *buf, size_t size);
/* "provider deepseek", "deepseek + kimi together". */
char *paper_subject(const struct incident *in, char *buf, size_t size);
const struct report_series *paper_series(const struct paper *p, uint32_t id);

/* Asks of one series in the incident, out of single ones or of sums; of which other ones
 * do not count. Sums that are partly beside it are in it: else a short one had none. */
struct asked {
	uint32_t failed, counted, other;
};
struct asked paper_asked(const struct report_series *s);

/* report_head.c */
void paper_summary(struct paper *p);
void paper_shares(struct paper *p);

/* report_timeline.c */
void paper_timeline(struct paper *p);

/* report_proof.c */
void paper_latency(struct paper *p);
void paper_proofs(struct paper *p);
void paper_words(struct paper *p);
void paper_page(struct paper *p);
void paper_told(struct paper *p);
void paper_cost(struct paper *p);
void paper_gaps(struct paper *p);

#endif
