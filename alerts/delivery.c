/* SPDX-License-Identifier: MIT
 *
 * Names of states, and the id that makes a repeated message harmless: a function of what
 * the message is for, so that folding the same samples again gives the same key.
 */
#include "alerts/delivery.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/sha256.h"

static const char *const state_codes[] = {
    [DELIVERY_PENDING] = "pending",
    [DELIVERY_SENT] = "sent",
    [DELIVERY_DEAD] = "dead",
    [DELIVERY_FOLDED] = "folded",
    [DELIVERY_MUTED] = "muted",
};
static_assert(sizeof(state_codes) / sizeof(state_codes[0]) == DELIVERY_STATE_COUNT,
    "one code per state");

const char *delivery_state_code(enum delivery_state s)
{
	assert(s < DELIVERY_STATE_COUNT);
	return state_codes[s];
}

struct ulid delivery_id(const struct ulid *incident, uint32_t seq, const char *channel,
    enum message_kind kind, struct wall created)
{
	uint8_t digest[SHA256_BYTES];
	char what[160];
	int n = snprintf(what, sizeof(what), "%s %" PRIu32 " %s %d", incident->text, seq,
	    channel, (int)kind);

	assert(n > 0 && (size_t)n < sizeof(what));
	sha256(what, (size_t)n, digest);
	return ulid_make(created, digest);
}
