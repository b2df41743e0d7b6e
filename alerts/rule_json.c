/* SPDX-License-Identifier: MIT
 *
 * The state of a rule as JSON: scalars by name, each ring as a list of its filled slots,
 * the latest outcomes as a list, newest first. Read back in its ranges or not at all.
 */
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/rule_window.h"
#include "alerts/state_json.h"

/* Times the widest bucket it still fits 63 bits. */
#define MAX_SLOT INT64_C(200000000000)

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
    {"failed_since",    offsetof(struct rule_state, failed_since_ms)   },
    {"last_at",         offsetof(struct rule_state, last_ms)           },
    {"looked",          offsetof(struct rule_state, looked_ms)         },
};

/* --- out -------------------------------------------------------------------------- */

static json_t *dump_ring(const struct rule_ring *g)
{
	json_t *slots = json_array();

	for (int i = 0; i < RULE_SLOTS; i++) {
		if (g->n[i])
			json_array_append_new(slots,
			    json_pack("[i,I,I,I,I,I,I]", i, (json_int_t)g->n[i],
				(json_int_t)g->hit[i], (json_int_t)g->near[i],
				(json_int_t)g->weight_ms[i], (json_int_t)g->hit_ms[i],
				(json_int_t)g->first_hit_ms[i]));
	}
	return json_pack("{s:I,s:i,s:o}", "newest", (json_int_t)g->newest, "since",
	    g->since, "slots", slots);
}

/* [[start, failed], ...] */
static json_t *dump_last(const struct rule_last *last)
{
	json_t *all = json_array();

	for (int i = 0; i < last->n; i++)
		json_array_append_new(
		    all, json_pack("[I,i]",
			     (json_int_t)
				 last->at_ms[(last->place + RULE_LAST - i) % RULE_LAST],
			     (int)(last->failed >> i & 1)));
	return all;
}

json_t *rule_dump(const struct rule_state *s)
{
	json_t *v = json_object(), *rings = json_array();

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		int64_t ms;

		memcpy(&ms, (const char *)s + times[i].offset, sizeof(ms));
		json_object_set_new(v, times[i].name, json_integer(ms));
	}
	json_object_set_new(v, "phase", json_integer(s->phase));
	json_object_set_new(v, "spent", json_integer(s->spent));
	json_object_set_new(v, "failed_run", json_integer(s->failed_run));
	json_object_set_new(v, "ok_run", json_integer(s->ok_run));
	for (int i = 0; i < s->n_rings; i++)
		json_array_append_new(rings, dump_ring(&s->rings[i]));
	json_object_set_new(v, "rings", rings);
	if (s->last)
		json_object_set_new(v, "last", dump_last(s->last));
	return v;
}

/* --- in --------------------------------------------------------------------------- */

static bool restore_slot(struct rule_ring *g, const json_t *slot)
{
	int64_t i, n, hit, near, weight, hit_ms, first;

	if (!state_int(slot, "[0]", 0, RULE_SLOTS - 1, &i) ||
	    !state_int(slot, "[1]", 1, STATE_MAX_COUNT, &n) ||
	    !state_int(slot, "[2]", 0, n, &hit) || !state_int(slot, "[3]", 0, n, &near) ||
	    !state_int(slot, "[4]", 0, UINT32_MAX, &weight) ||
	    !state_int(slot, "[5]", 0, weight, &hit_ms) ||
	    !state_int(slot, "[6]", 0, STATE_MAX_MS, &first))
		return false;
	g->n[i] = (uint32_t)n;
	g->hit[i] = (uint32_t)hit;
	g->near[i] = (uint32_t)near;
	g->weight_ms[i] = (uint32_t)weight;
	g->hit_ms[i] = (uint32_t)hit_ms;
	g->first_hit_ms[i] = first;
	return true;
}

static bool restore_ring(struct rule_ring *g, const json_t *v)
{
	const json_t *slots = json_at(v, "slots");
	int64_t since;

	if (!json_is_array(slots) || !state_int(v, "newest", -1, MAX_SLOT, &g->newest) ||
	    !state_int(v, "since", 0, INT32_MAX, &since))
		return false;
	g->since = (int)since;
	for (size_t k = 0; k < json_array_size(slots); k++) {
		if (!restore_slot(g, json_array_get(slots, k)))
			return false;
	}
	return g->newest >= 0 || json_array_size(slots) == 0;
}

static bool restore_last(struct rule_last *last, const json_t *v)
{
	size_t n = json_array_size(v);

	if (!json_is_array(v) || n > RULE_LAST)
		return false;
	last->n = (int)n;
	for (size_t i = 0; i < n; i++) {
		const json_t *one = json_array_get(v, i);
		int64_t at, failed;

		if (!state_int(one, "[0]", 0, STATE_MAX_MS, &at) ||
		    !state_int(one, "[1]", 0, 1, &failed))
			return false;
		last->at_ms[(RULE_LAST - i) % RULE_LAST] = at;
		last->failed |= (uint64_t)failed << i;
	}
	return true;
}

static bool restore_parts(struct rule_state *s, const json_t *v)
{
	const json_t *rings = json_at(v, "rings");

	if (!json_is_array(rings) || json_array_size(rings) != (size_t)s->n_rings)
		return false;
	for (int i = 0; i < s->n_rings; i++) {
		if (!restore_ring(&s->rings[i], json_array_get(rings, (size_t)i)))
			return false;
	}
	return !s->last || restore_last(s->last, json_at(v, "last"));
}

static bool restore_scalars(struct rule_state *s, const json_t *v)
{
	int64_t n;

	for (size_t i = 0; i < sizeof(times) / sizeof(*times); i++) {
		if (!state_int(v, times[i].name, 0, STATE_MAX_MS, &n))
			return false;
		memcpy((char *)s + times[i].offset, &n, sizeof(n));
	}
	if (!state_int(v, "phase", RULE_IDLE, RULE_FIRING, &n))
		return false;
	s->phase = (enum rule_phase)n;
	if (!state_int(v, "spent", 0, 1, &n))
		return false;
	s->spent = n != 0;
	if (!state_int(v, "failed_run", 0, INT32_MAX, &n))
		return false;
	s->failed_run = (int)n;
	if (!state_int(v, "ok_run", 0, INT32_MAX, &n))
		return false;
	s->ok_run = (int)n;
	return true;
}

bool rule_restore(const struct rule *r, struct rule_state *s, const json_t *v)
{
	struct rule_state back;

	rule_state_init(r, &back, (struct wall){0});
	if (!restore_scalars(&back, v) || !restore_parts(&back, v)) {
		rule_state_fini(&back);
		return false;
	}
	back.on = s->on;
	back.group = s->group;
	rule_state_fini(s);
	*s = back;
	return true;
}
