/* SPDX-License-Identifier: MIT
 *
 * The digest: one message about everything since the last one, so that silence can be
 * trusted. The figures come from storage; here they become words.
 */
#ifndef DIMWATCH_ALERTS_DIGEST_H
#define DIMWATCH_ALERTS_DIGEST_H

#include "alerts/message.h"
#include "alerts/window.h"

#define DIGEST_TARGETS    8 /* the worst are named */
#define DIGEST_CURRENCIES 6

struct digest_figures {
	struct wall_span span;
	int64_t samples, good, failed;             /* counted; the others are excluded */
	int64_t incidents, still_open, longest_ms; /* outages and slowness */
	int64_t notices;                           /* and trouble of our own */
	int64_t sent, dead, median_ms;             /* messages */
	int64_t lag_us; /* the worst of our own loop in the last day; -1: no sample */
	size_t n_targets, n_worst;
	struct {
		char name[64];
		double uptime_pct;
	} worst[DIGEST_TARGETS]; /* the lowest first */
	size_t n_sums;
	struct {
		char currency[4];
		int64_t nano;
	} sums[DIGEST_CURRENCIES];
	char why_not[200]; /* the figures could not be read; else "" */
};

/* The story that its deliveries belong to: the same for the same moment. */
struct ulid digest_id(const char *vantage, struct wall moment);
/* Is the digest of its last moment owed now? last: the moment of the one before, moved on
 * when it is; one that a wrong clock has put far ahead of now holds nothing up. */
bool digest_is_due(struct wall moment, struct wall now, struct wall *last);
/* zone: of the config's clock. */
void digest_render(struct message *ret, const struct digest_figures *f,
    const struct zone *zone, const char *vantage, enum language l);

#endif
