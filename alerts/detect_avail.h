/* SPDX-License-Identifier: MIT
 *
 * Does it answer? Four CUSUMs side by side look for failure rates of 90, 50, 25 and 10 %
 * against a learned base rate; the likelihood knows that failures seconds apart may be
 * one blip. An alarm is back-dated to where its sum left zero; its end is the same
 * certainty the other way round. Constant memory and time a sample.
 *
 *   unknown -> up <-> suspect -> degraded | down <-> recovering -> up
 */
#ifndef DIMWATCH_ALERTS_DETECT_AVAIL_H
#define DIMWATCH_ALERTS_DETECT_AVAIL_H

#include "agent/base/tick.h"
#include "alerts/detect_constants.h"
#include "alerts/health.h"

/* How the target is asked and judged now; may differ at every call. */
struct detect_pace {
	double interval_s;
	enum sensitivity sensitivity;
};

struct detect_avail {
	double sum[DETECT_ARMS];       /* nats */
	int64_t onset_ms[DETECT_ARMS]; /* where each sum left zero */
	int64_t evidence_ms;           /* start of the latest evidence; 0: none */
	bool prev_failed;
	int n_fail;            /* since all sums were zero */
	int64_t first_fail_ms; /* of them */
	int ok_since_fail;
	double tokens;              /* sooner asks that may still be wished */
	double base_f, base_n;      /* the base rate is f/n, bounded */
	int pend_f, pend_n;         /* counted once suspicion has died */
	uint32_t bits;              /* latest outcomes, newest in bit 0, 1 = failed */
	int n_bits;                 /* how many of them count */
	enum health health, before; /* before: it was recovering */
	/* The alarm; since_ms 0: none. */
	int64_t since_ms;
	bool major;
	double rate, end; /* its own failure rate; evidence of its end, nats */
	int64_t end_onset_ms;
	int end_ok;
	/* Earlier ones. */
	int64_t closed_ms, leak_ms; /* 0: none */
	double dwell_s, leak;
	int flaps;
	bool chronic;
};

enum detect_change { DETECT_SAME, DETECT_ALARM, DETECT_OVER, DETECT_NORMAL };

struct avail_step {
	enum detect_change change;
	struct wall edge; /* ALARM: back-dated start; OVER: back-dated end */
	double ask_s;     /* the next ask so long after this one's start */
};

void detect_avail_init(struct detect_avail *d);
/* One evidence sample (never an excluded one), in the order they finish. */
void detect_avail_on_sample(struct detect_avail *d, const struct detect_pace *p,
    struct wall at, bool failed, struct avail_step *ret);
/* Sums, runs and what was not yet learned are forgotten; the base rate and an alarm
 * stay. */
void detect_avail_on_gap(struct detect_avail *d);
/* The failures of the present run were not theirs, nor is an alarm made of them. */
void detect_avail_withdraw(struct detect_avail *d);
/* The clock stepped back: no time of ours may lie ahead of now. */
void detect_avail_on_clock_back(struct detect_avail *d, struct wall now);
/* An incident of storage says that this detector is alarmed. */
void detect_avail_adopt(struct detect_avail *d, struct wall since, bool down);

bool detect_avail_alarmed(const struct detect_avail *d);
double detect_avail_base(const struct detect_avail *d); /* p0 */
/* The sum that alarms at this pace. */
double detect_avail_threshold(const struct detect_pace *p);
double detect_avail_largest(const struct detect_avail *d, int *ret_arm);
/* Of the alarm: down is critical, degraded major or minor. */
enum severity detect_avail_severity(const struct detect_avail *d);
/* How many of the latest 32 asks failed since the run's first failure. */
int detect_avail_run(const struct detect_avail *d, int *ret_asked);
/* Nothing hangs over it: all sums are zero and no alarm. */
bool detect_avail_calm(const struct detect_avail *d);

#endif
