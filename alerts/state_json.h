/* SPDX-License-Identifier: MIT
 *
 * Reading state back from JSON that may be old, cut or not ours: every number in its
 * range or nothing. Shared by the parts of a target's judge state.
 */
#ifndef DIMWATCH_ALERTS_STATE_JSON_H
#define DIMWATCH_ALERTS_STATE_JSON_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "agent/base/json.h"
#include "alerts/incident.h"

/* Far enough for any date, near enough that sums of several never overflow. */
#define STATE_MAX_MS    INT64_C(253402300800000)
#define STATE_MAX_COUNT INT64_C(1000000000)

/* False: absent, no integer or out of range; ret is then undefined. */
bool state_int(const json_t *v, const char *path, int64_t min, int64_t max, int64_t *ret);
bool state_time(const json_t *v, const char *path, struct wall *ret);
bool state_outcome(const json_t *v, const char *path, enum outcome *ret);

json_t *state_error_dump(const struct incident_error *e);
bool state_error_restore(const json_t *v, struct incident_error *ret);

/* What an incident has counted since its last fact: the record in storage does not know
 * it. Applied to the incident only while id and seq are still the same. */
struct tally {
	struct ulid id;
	uint32_t seq;
	uint32_t samples, failures;
	uint32_t outcomes[OUTCOME_COUNT];
	struct incident_error first_error, last_error;
	int64_t unknown_ms;
	struct incident_share own; /* the target's part, as it is now; no target: none */
};
/* target: whose state it is part of. */
json_t *state_tally_dump(const struct incident *in, const char *target);
bool state_tally_restore(const json_t *v, struct tally *ret);
void state_tally_apply(const struct tally *t, struct incident *in, const char *target);

#endif
