/* SPDX-License-Identifier: MIT
 *
 * Each target's own part of an incident: from its own first failing ask to its own first
 * good one, at its own worst. Targets and providers that fail together are one record and
 * one thread; for whoever claims credits of one of them, its part is an incident of its
 * own. Who is back for longer than half an hour and fails again has another part.
 */
#ifndef DIMWATCH_ALERTS_SHARE_H
#define DIMWATCH_ALERTS_SHARE_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/tick.h"
#include "alerts/health.h"

#define SHARE_EXTRA    4                  /* that are not the first of their target */
#define SHARE_MAX      (16 + SHARE_EXTRA) /* 16: targets of an incident */
#define SHARE_APART_MS (30 * MS_PER_MIN)  /* a shorter calm is a part of it */

struct incident_share {
	char target[64], provider[64];
	enum severity severity; /* the worst of its own */
	struct wall started;    /* its first failing sample */
	struct wall ended;      /* the first good one of its recovery; 0: goes on */
	uint32_t samples, failures;
};

struct incident;
/* The latest of that target; NULL: it has none. */
struct incident_share *share_last(struct incident *in, const char *target);
const struct incident_share *share_find(const struct incident *in, const char *target);
/* Goes on with the latest, if that is not long over, or begins another. NULL: there is no
 * room, or it does not belong to the incident. */
struct incident_share *share_begin(
    struct incident *in, const char *target, const char *provider, struct wall since);
void share_count(struct incident *in, const char *target, bool failed);
/* What it suffered from is over. */
void share_end(struct incident *in, const char *target, struct wall at);
void share_rename(struct incident *in, const char *was, const char *is);
/* It had no part in it. */
void share_strike(struct incident *in, const char *target);
/* The incident is closed: whatever goes on ends with it. */
void share_close(struct incident *in, struct wall at);

/* What several targets of one provider suffered without a pause in between. */
struct share_part {
	enum severity severity;
	struct wall started, ended; /* ended 0: goes on */
	uint32_t samples, failures;
};
/* Its provider; the target itself, where that is nobody's. */
const char *share_owner(const struct incident_share *s);
/* Is shares[i] the first of its owner? */
bool share_is_first(const struct incident *in, int i);
/* An owner's parts, in order. How many. */
int share_parts(
    const struct incident *in, const char *provider, struct share_part ret[SHARE_MAX]);
/* How many providers have a part in it. */
int share_providers(const struct incident *in);
/* Makes of a record what it is to one provider alone: times, severity, counts, targets.
 * What is not known of it alone is empty. False: it has no part in it. */
bool share_narrow(struct incident *io, const char *provider);

#endif
