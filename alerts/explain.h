/* SPDX-License-Identifier: MIT
 *
 * Why is a target's health what it is, in numbers, and what would move it next: found by
 * letting a copy of its detector see nothing but failures, or nothing but good answers.
 */
#ifndef DIMWATCH_ALERTS_EXPLAIN_H
#define DIMWATCH_ALERTS_EXPLAIN_H

#include "alerts/judge.h"

struct explain {
	enum health health;
	struct wall since;         /* health has been so since */
	struct wall last_evidence; /* 0: none yet */
	bool auto_on, ever_up, slow;
	bool chronic; /* it fails so often that only hours of peace end an outage of it */
	int relapses; /* it came back so often lately: its end takes longer */
	int64_t pace_ms;
	int n_recent, n_recent_failed; /* the detector's latest outcomes */
	double base_share;             /* of failures in peace, learned; 0..1 */
	double usual_ms;   /* until an answer begins, at this hour; 0: unknown */
	char numbers[120]; /* as in the trace */
	/* Excluded samples since the last evidence. */
	char behind[64]; /* unknown because that one has an outage; or "" */
	int n_excluded;
	enum outcome last_excluded;
	enum judged last_judged;
	/* From the next ask on; n 0: it would take more than a day, or `auto` is off. */
	struct explain_next {
		int n;       /* asks in a row */
		int64_t ms;  /* from the first of them to the last */
		int64_t gap; /* ms between the first two */
	} to_alarm, to_end;
};

/* False: no target has that series. */
bool judge_explain(
    const struct judge *j, uint32_t series, struct wall now, struct explain *ret);

#endif
