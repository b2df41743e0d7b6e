/* SPDX-License-Identifier: MIT
 *
 * The state of a rule as JSON: scalars by name, the ring as a list of its filled slots.
 */
#include <stddef.h>
#include <string.h>

#include "alerts/rule.h"
#include "alerts/state_json.h"

#define MAX_SLOT                                                                         \
	INT64_C(200000000000) /* times the widest bucket it still fits 63 bits           \
			       */

static const struct {
	const char *name;
	size_t offset;
} times[] = {
    {"covered_from",    offsetof(struct rule_state, covered_from_ms)   },
    {"pending_since",   offsetof(struct rule_state, pending_since_ms)  },
    {"resolving_since", offsetof(struct rule_state, resolving_since_ms)},
    {"unknown_since",   offsetof(struct rule_state, unknown_since_ms)  },
    {"start",           offsetof(struct rule_state, start_ms)          },
    {"first_good",      offsetof(struct rule_state, first_good_ms)     },
};

json_t *rule_dump(const struct rule_state *s)
{
	json_t *v = json_object(), *ring = json_array();

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		int64_t ms;

		memcpy(&ms, (const char *)s + times[i].offset, sizeof(ms));
		json_object_set_new(v, times[i].name, json_integer(ms));
	}
	json_object_set_new(v, "phase", json_integer(s->phase));
	json_object_set_new(v, "ok_since_fail", json_integer(s->ok_since_fail));
	json_object_set_new(v, "newest", json_integer(s->newest));
	for (int i = 0; i < RULE_SLOTS; i++) {
		if (s->n[i])
			json_array_append_new(
			    ring, json_pack("[i,I,I,I]", i, (json_int_t)s->n[i],
				      (json_int_t)s->failed[i],
				      (json_int_t)s->first_fail_ms[i]));
	}
	json_object_set_new(v, "ring", ring);
	return v;
}

static bool restore_ring(struct rule_state *s, const json_t *ring)
{
	if (!json_is_array(ring))
		return false;
	for (size_t k = 0; k < json_array_size(ring); k++) {
		const json_t *slot = json_array_get(ring, k);
		int64_t i, n, failed, first;

		if (!state_int(slot, "[0]", 0, RULE_SLOTS - 1, &i) ||
		    !state_int(slot, "[1]", 1, STATE_MAX_COUNT, &n) ||
		    !state_int(slot, "[2]", 0, n, &failed) ||
		    !state_int(slot, "[3]", 0, STATE_MAX_MS, &first))
			return false;
		s->n[i] = (uint32_t)n;
		s->failed[i] = (uint32_t)failed;
		s->first_fail_ms[i] = first;
	}
	return true;
}

bool rule_restore(struct rule_state *s, const json_t *v)
{
	struct rule_state back;
	int64_t n;

	memset(&back, 0, sizeof(back));
	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		if (!state_int(v, times[i].name, 0, STATE_MAX_MS, &n))
			return false;
		memcpy((char *)&back + times[i].offset, &n, sizeof(n));
	}
	if (!state_int(v, "phase", RULE_IDLE, RULE_FIRING, &n))
		return false;
	back.phase = (enum rule_phase)n;
	if (!state_int(v, "ok_since_fail", 0, STATE_MAX_COUNT, &n))
		return false;
	back.ok_since_fail = (int)n;
	if (!state_int(v, "newest", -1, MAX_SLOT, &back.newest))
		return false;
	if (!restore_ring(&back, json_at(v, "ring")))
		return false;
	*s = back;
	return true;
}
