/* SPDX-License-Identifier: MIT
 *
 * A failure without an HTTP answer may be our own network's. It is held until witnesses
 * spoke: control addresses on the same way, else targets of other providers. Here are the
 * values and what follows from the count of answers; who is asked, and what becomes of
 * the sample, is in correlate_*.c.
 */
#ifndef DIMWATCH_ALERTS_WITNESS_H
#define DIMWATCH_ALERTS_WITNESS_H

#include <jansson.h>

#include "agent/base/err.h"
#include "alerts/incident.h"

#define WITNESS_CONTROLS   8  /* of one way */
#define WITNESS_TARGETS    3  /* other providers' targets that are asked */
#define WITNESS_ROUNDS     3  /* of asking while the answers are mixed */
#define WITNESS_HELD       16 /* of one target; what is more is nobody's evidence */
#define WITNESS_FAULTS     64 /* latest silences of controls, per way */
#define WITNESS_BURST      16 /* control asks before an outage is booked on silence */
#define WITNESS_BURSTS     4  /* of them at most, while it stays in doubt */

#define WITNESS_AGAIN_MS   INT64_C(5000)
#define WITNESS_CONTROL_MS INT64_C(10000) /* a control's answer is waited for so long */
#define WITNESS_TARGET_MS  INT64_C(45000) /* ... and another target's */
#define WITNESS_BURST_GAP  INT64_C(250)   /* ms between two asks of the burst */
#define WITNESS_PATIENCE_MS                                                              \
	INT64_C(90000)                 /* in an open outage an answer may be so old      \
					*/
#define WITNESS_SLACK_MS INT64_C(5000) /* a failure's start is a guess by so much */

enum witness_kind {
	WITNESS_NONE, /* nobody could be asked */
	WITNESS_BY_CONTROLS,
	WITNESS_BY_TARGETS,
	WITNESS_KIND_COUNT
};

enum witness_verdict {
	WITNESS_WAIT,  /* answers are mixed: another round */
	WITNESS_COUNT, /* it was not us: the failure counts */
	WITNESS_PATH,  /* it was us */
};

/* One sample that waits. Less than half a KiB. */
struct held {
	struct incident_error what; /* the sample: start, outcome, words */
	enum witness_kind by;
	bool path;      /* excluded already (`local`); it only asks whether it is us */
	bool booking;   /* it would open an outage: controls are asked in a burst */
	int round;      /* of asking, from 1 */
	int good, bad;  /* answers in all rounds */
	uint32_t await; /* controls that owe an answer: bits */
	uint32_t asked[WITNESS_TARGETS]; /* series that owe an answer; 0: none */
	uint32_t look;                   /* number of the burst it waits for */
	int looks;                       /* bursts so far */
	int64_t since_ms;                /* answers to asks from then on count */
	int64_t again_ms;                /* the next round; 0: none waits */
	int64_t due_ms;                  /* decided then with what is there */
};

/* "All good: evidence. All failed: path. Mixed: ask again, at most three rounds; then
 * path if at least a third (controls) or more than half (others) failed." */
enum witness_verdict witness_verdict(const struct held *h);
/* Does nobody owe it an answer? */
bool witness_all_spoke(const struct held *h);
/* When time decides something about it. */
int64_t witness_wake_ms(const struct held *h);

/* A control that was silent: when, and its number. */
struct fault {
	int64_t at_ms;
	uint32_t who;
};
/* Ring of the latest. */
struct faults {
	struct fault last[WITNESS_FAULTS];
	uint32_t n; /* ever */
};
void faults_add(struct faults *f, struct wall at, uint32_t who);
int faults_since(const struct faults *f, struct wall since);

json_t *held_dump(const struct held *h);
bool held_restore(struct held *h, const json_t *v) MUST_CHECK;
json_t *faults_dump(const struct faults *f);
bool faults_restore(struct faults *f, const json_t *v) MUST_CHECK;

#endif
