/* SPDX-License-Identifier: MIT
 *
 * Incidents as the judge would hand them over, for tests that tell of them. Everything
 * happens on 2026-11-23, a little after 14:02 UTC.
 */
#ifndef DIMWATCH_TESTS_INCIDENT_FIXTURE_H
#define DIMWATCH_TESTS_INCIDENT_FIXTURE_H

#include "agent/base/str.h"
#include "alerts/message.h"

/* 2026-11-23 hh:mm:00 UTC */
struct wall fixture_at(int hour, int minute);
/* deepseek, critical, down since 14:02: 5 of 6 failed (overloaded 4, stalled 1). */
struct incident fixture_outage(void);
/* The same, over at 14:16. */
struct incident fixture_recovered(void);
/* access kimi: quota, since 14:02. */
struct incident fixture_notice(void);
/* Trouble of our own with this part ("disk", "channel slack") since 14:02. */
struct incident fixture_self(const char *part);
/* Bytes that break careless senders, as they would stand in a provider's answer. */
void fixture_hostile(struct str *ret);
/* Its beginning in last_error: message, code and request id. */
struct incident fixture_hostile_outage(void);
/* Rendered from hk-1 at 14:04, qwen being healthy. */
struct message fixture_message(enum message_kind kind, const struct incident *in);

#endif
