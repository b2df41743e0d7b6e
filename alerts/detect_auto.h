/* SPDX-License-Identifier: MIT
 *
 * The built-in detector of one target: 3 of the last 5 evidence samples failed. It sees
 * only evidence and knows neither incidents nor rules; the judge composes. A later
 * version puts a likelihood detector in this place: the interface stays.
 *
 *   suspect    one of the last 5 failed; dies when none of them did
 *   alarm      on a failing sample when 3 of the last 5 failed; since the earliest of
 * them down       the last 3 all failed; degraded again when at most 1 of the last 3 did
 * (not while recovering: then the next failure decides) recovering second good answer in
 * a row; a failure is a relapse over       third good answer in a row; ended with the
 * first of them
 */
#ifndef DIMWATCH_ALERTS_DETECT_AUTO_H
#define DIMWATCH_ALERTS_DETECT_AUTO_H

#include <stdbool.h>
#include <stdint.h>

#include <jansson.h>

#include "agent/base/err.h"
#include "agent/base/tick.h"
#include "alerts/health.h"

#define AUTO_REGISTER 5
#define AUTO_FAILURES 3
#define AUTO_DOWN_RUN 3
#define AUTO_GOOD_RUN 3

struct detect_auto {
	struct {
		int64_t at_ms;
		bool failed;
	} last[AUTO_REGISTER]; /* newest first */
	int n;                 /* how many of them exist */
	bool alarmed, down, recovering;
	int64_t since_ms;      /* alarmed: the first failing sample */
	int64_t first_good_ms; /* of the present run */
	int good_run;
};

enum detect_change { DETECT_SAME, DETECT_ALARM, DETECT_OVER };

struct detect_step {
	enum detect_change change;
	struct wall edge; /* ALARM: back-dated start; OVER: back-dated end */
};

void detect_auto_init(struct detect_auto *d);
/* One evidence sample (never an excluded one), in the order they finish. */
void detect_auto_on_sample(
    struct detect_auto *d, struct wall at, bool failed, struct detect_step *ret);
/* Register and runs are forgotten; an alarm stays until evidence ends it. */
void detect_auto_on_gap(struct detect_auto *d);
/* The clock stepped back: no time of ours may lie ahead of now. */
void detect_auto_on_clock_back(struct detect_auto *d, struct wall now);
/* An incident of storage says that this detector is alarmed. */
void detect_auto_adopt(struct detect_auto *d, struct wall since, bool down);

/* UP SUSPECT DEGRADED DOWN RECOVERING */
enum health detect_auto_health(const struct detect_auto *d);
/* Of the alarm: down is critical, degraded is major. */
enum severity detect_auto_severity(const struct detect_auto *d);
/* Why it wishes an ask sooner than the pace; NULL: it does not. Static. */
const char *detect_auto_wish(const struct detect_auto *d);
/* What it saw: "3 of last 5 failed"; returns buf. */
char *detect_auto_words(const struct detect_auto *d, char *buf, size_t size);

json_t *detect_auto_dump(const struct detect_auto *d);
/* False: not a state of this detector; d is left alone. */
bool detect_auto_restore(struct detect_auto *d, const json_t *v) MUST_CHECK;

#endif
