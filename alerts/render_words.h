/* SPDX-License-Identifier: MIT
 *
 * Phrases that several kinds of news share: times in UTC, durations, how many requests
 * failed and why, what an outage is called. Each fills buf with one phrase of our own
 * words and the config's names, never a stranger's, and returns it.
 */
#ifndef DIMWATCH_ALERTS_RENDER_WORDS_H
#define DIMWATCH_ALERTS_RENDER_WORDS_H

#include "alerts/incident.h"
#include "alerts/language.h"

/* "14:02 UTC"; with the date when that is not today. */
char *words_time(enum language l, struct wall t, struct wall now, char *buf, size_t size);
/* "14:02-14:09 UTC"; "2026-11-22 23:58 to 2026-11-23 00:09 UTC" over midnight. */
char *words_range(enum language l, struct wall from, struct wall to, struct wall now,
    char *buf, size_t size);
/* "14 m", "14 分钟": like duration_human. */
char *words_duration(enum language l, int64_t ms, char *buf, size_t size);
/* "5 of 6 requests failed"; "" when nothing was counted. */
char *words_failed(enum language l, const struct incident *in, char *buf, size_t size);
/* "overloaded 4, stalled 1", at most the first few; "" when nothing was counted. */
char *words_mix(enum language l, const struct incident *in, char *buf, size_t size);
/* Affected targets: "deepseek, deepseek-2 and 3 more". */
char *words_targets(enum language l, const struct incident *in, char *buf, size_t size);
/* "14:02 UTC overloaded 503, code server_busy, request id r-1": a stranger's words. */
char *words_error(enum language l, const struct incident_error *e, struct wall now,
    char *buf, size_t size);
/* "critical"; "unrated" when it has none. */
const char *words_severity(enum language l, enum severity s);
/* "down", "failing in part", "slow", "in trouble". */
const char *words_state(enum language l, const struct incident *in);
/* Is it slowness, or an outage of which only that is left? */
bool words_is_slow(const struct incident *in);
/* What an outcome is and what to do about it, in words. */
const char *words_outcome(enum language l, enum outcome o);
const char *words_advice(enum language l, enum outcome o);
/* Most frequent outcome that is not `ok`; OUTCOME_OK when there is none. */
enum outcome words_reason(const struct incident *in);
/* Did no failing request get any answer? Then it may be the way to the provider. */
bool words_is_unreachable(const struct incident *in);

#endif
