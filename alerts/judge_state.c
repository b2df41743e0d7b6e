/* SPDX-License-Identifier: MIT
 *
 * State of one target as JSON, one row of judge_state. Restored as a whole or not at all:
 * what does not fit leaves a fresh state. A rule's part is taken only by the same rule.
 * Incidents are not in it; only what was counted since their last fact is.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/rng.h"
#include "agent/base/xalloc.h"
#include "alerts/correlate_parts.h"

/* Changes whenever the meaning of the JSON or of a constant behind it does. */
static const char constants[] =
    "judge 5: likelihoods, blind 3, trail 48, ring 61, grace, rules, looks";

uint64_t judge_constants_hash(void)
{
	uint64_t hash = hash64(constants, sizeof(constants) - 1);
	const struct detect_constant *c;

	for (size_t i = 0; (c = detect_constant_at(i)) != NULL; i++)
		hash = hash * 31 + hash64(&c->value, sizeof(c->value));
	return hash;
}

static const struct {
	const char *name;
	size_t offset;
} times[] = {
    {"since",         offsetof(struct watched, since)        },
    {"quiet_since",   offsetof(struct watched, quiet_since)  },
    {"last_evidence", offsetof(struct watched, last_evidence)},
    {"last_any",      offsetof(struct watched, last_any)     },
    {"counted_to",    offsetof(struct watched, counted_to)   },
    {"stepped_from",  offsetof(struct watched, stepped_from) },
    {"ask_next",      offsetof(struct watched, ask_next)     },
    {"grace_since",   offsetof(struct watched, grace_since)  },
    {"maintained",    offsetof(struct watched, maintained)   },
};
#define N_TIMES (sizeof(times) / sizeof(*times))

static const char *const stash_names[2] = {"incident", "notice"};

static json_t *dump_rules(const struct judge *j, const struct watched *t)
{
	json_t *rules = json_array();

	for (size_t i = 0; i < j->n_rules; i++) {
		char hash[20];

		(void)snprintf(hash, sizeof(hash), "%016" PRIx64, j->rule_hashes[i]);
		json_array_append_new(
		    rules, json_pack("{s:o, s:s, s:o}", "name",
			       json_clean_string(span_of(j->rules[i].name)), "hash", hash,
			       "state", rule_dump(&t->rules[i])));
	}
	return rules;
}

static void dump_excluded(const struct watched *t, json_t *v)
{
	json_object_set_new(v, "n_excluded", json_integer(t->n_excluded));
	json_object_set_new(v, "last_judged", json_integer(t->last_judged));
	json_object_set_new(
	    v, "last_excluded", json_string(outcome_code(t->last_excluded)));
	json_object_set_new(v, "us_run", json_integer(t->us_run));
	json_object_set_new(v, "us_outcome", json_string(outcome_code(t->us_outcome)));
	if (t->us_first)
		json_object_set_new(v, "us_first", state_error_dump(t->us_first));
}

void judge_dump(const struct judge *j, uint32_t series, struct str *out)
{
	const struct watched *t = watched_find(j, series);
	json_t *v;

	if (series == 0)
		correlate_dump(j, out);
	if (!t)
		return;
	v = json_object();
	for (size_t i = 0; i < N_TIMES; i++) {
		struct wall w;

		memcpy(&w, (const char *)t + times[i].offset, sizeof(w));
		json_object_set_new(v, times[i].name, json_integer(w.ms));
	}
	json_object_set_new(
	    v, "wake", json_integer(heap_has(&t->wake) ? t->wake.key : 0));
	json_object_set_new(v, "health", json_string(health_code(t->health)));
	json_object_set_new(v, "dark", json_boolean(t->dark));
	json_object_set_new(v, "behind", json_boolean(t->behind));
	json_object_set_new(v, "ever_up", json_boolean(t->ever_up));
	json_object_set_new(v, "asks_left", json_integer(t->asks_left));
	json_object_set_new(v, "tallied", json_integer((json_int_t)t->tallied));
	dump_excluded(t, v);
	json_object_set_new(v, "trail", trail_dump(&t->trail));
	json_object_set_new(v, "auto", detect_auto_dump(&t->detector));
	json_object_set_new(v, "rules", dump_rules(j, t));
	json_object_set_new(v, "drift", drift_dump(&t->drift));
	correlate_dump_target(t, v);
	if (t->open)
		json_object_set_new(
		    v, stash_names[0], state_tally_dump(t->open, t->conf.name));
	if (t->notice)
		json_object_set_new(
		    v, stash_names[1], state_tally_dump(t->notice, t->conf.name));
	json_dump(v, out);
	json_decref(v);
}

static bool restore_us_first(struct watched *t, const json_t *v, bool needed)
{
	if (!v)
		return !needed;
	t->us_first = xcalloc(1, sizeof(*t->us_first));
	return state_error_restore(v, t->us_first);
}

static bool restore_excluded(struct watched *t, const json_t *v)
{
	int64_t n, run, judged;

	if (!state_int(v, "n_excluded", 0, STATE_MAX_COUNT, &n) ||
	    !state_int(v, "us_run", 0, STATE_MAX_COUNT, &run) ||
	    !state_int(v, "last_judged", 0, JUDGED_COUNT - 1, &judged) ||
	    !state_outcome(v, "last_excluded", &t->last_excluded) ||
	    !state_outcome(v, "us_outcome", &t->us_outcome) ||
	    !restore_us_first(t, json_at(v, "us_first"), run > 0))
		return false;
	t->n_excluded = (int)n;
	t->us_run = (int)run;
	t->last_judged = (enum judged)judged;
	return true;
}

static bool restore_scalars(struct watched *t, const json_t *v)
{
	const char *health = json_text_at(v, "health");
	int64_t tallied, asks_left;

	/* Not in the heap before the state is taken. */
	if (!state_int(v, "wake", 0, STATE_MAX_MS, &t->wake.key))
		return false;

	for (size_t i = 0; i < N_TIMES; i++) {
		struct wall w;

		if (!state_time(v, times[i].name, &w))
			return false;
		memcpy((char *)t + times[i].offset, &w, sizeof(w));
	}
	if (!health || !health_parse(health, &t->health) ||
	    !state_int(v, "asks_left", 0, DETECT_FAST_ASKS, &asks_left) ||
	    !state_int(v, "tallied", 0, INT64_MAX, &tallied))
		return false;
	t->asks_left = (int)asks_left;
	t->tallied = (uint64_t)tallied;
	t->dark = json_is_true(json_at(v, "dark"));
	t->behind = json_is_true(json_at(v, "behind"));
	t->ever_up = json_is_true(json_at(v, "ever_up"));
	/* Unknown without being dark: `auto` was switched on, and nothing was good yet.
	 */
	return !t->dark || t->health == HEALTH_UNKNOWN;
}

/* States of rules that changed meanwhile stay fresh. */
static bool restore_rules(
    const struct judge *j, const json_t *rules, struct rule_state *states)
{
	if (!json_is_array(rules))
		return false;
	for (size_t i = 0; i < j->n_rules; i++) {
		char hash[20];

		(void)snprintf(hash, sizeof(hash), "%016" PRIx64, j->rule_hashes[i]);
		for (size_t k = 0; k < json_array_size(rules); k++) {
			const json_t *one = json_array_get(rules, k);
			const char *name = json_text_at(one, "name");
			const char *was = json_text_at(one, "hash");

			if (!name || !was)
				return false;
			if (strcmp(name, j->rules[i].name) != 0 || strcmp(was, hash) != 0)
				continue;
			if (!rule_restore(
				&j->rules[i], &states[i], json_at(one, "state")))
				return false;
		}
	}
	return true;
}

static bool restore_stash(struct tally **stash, const json_t *v)
{
	struct tally tally;

	if (!v)
		return true;
	if (!state_tally_restore(v, &tally))
		return false;
	*stash = xmalloc(sizeof(tally));
	**stash = tally;
	return true;
}

static bool restore_all(struct judge *j, struct watched *t, const json_t *v)
{
	return restore_scalars(t, v) && restore_excluded(t, v) &&
	       trail_restore(&t->trail, json_at(v, "trail")) &&
	       detect_auto_restore(&t->detector, json_at(v, "auto")) &&
	       restore_rules(j, json_at(v, "rules"), t->rules) &&
	       drift_restore(&t->drift, json_at(v, "drift")) &&
	       correlate_restore_target(j, t, v) &&
	       restore_stash(&t->stash[0], json_at(v, stash_names[0])) &&
	       restore_stash(&t->stash[1], json_at(v, stash_names[1]));
}

/* `from` gives its restored parts to `t`, which keeps its place and its incidents. */
static void take_state(struct judge *j, struct watched *t, struct watched *from)
{
	struct watched old = *t;

	heap_remove(&j->wakes, &t->wake);
	*t = *from;
	t->wake = (struct heap_item){0};
	t->restored = true;
	if (from->wake.key)
		heap_set(&j->wakes, &t->wake, from->wake.key);
	t->open = old.open;
	t->notice = old.notice;
	from->trail = old.trail;
	from->us_first = old.us_first;
	t->rules = old.rules;
	rules_restored(j, t, from->rules);
	from->held = old.held;
	from->n_held = old.n_held;
	from->stash[0] = old.stash[0];
	from->stash[1] = old.stash[1];
	scope_restored(j, t);
	if (t->open && t->stash[0])
		state_tally_apply(t->stash[0], t->open, t->conf.name);
	if (t->notice && t->stash[1])
		state_tally_apply(t->stash[1], t->notice, t->conf.name);
}

bool judge_restore(struct judge *j, uint32_t series, const char *json, struct err *e)
{
	struct watched *t = watched_find(j, series), *fresh;
	json_t *v;
	bool ok;

	if (series == 0)
		return correlate_restore(j, json, e);
	if (!t)
		return err_set(e, ERR_NOT_FOUND, "no target has series %" PRIu32, series);
	v = json_parse(span_of(json), e);
	if (!v)
		return err_wrap(e, "judge state of '%s'", t->conf.name);
	fresh = watched_new(j, &t->conf, t->quiet_since);
	ok = restore_all(j, fresh, v);
	if (ok)
		take_state(j, t, fresh);
	else
		err_set(e, ERR_SYNTAX, "judge state of '%s' is not ours", t->conf.name);
	watched_free(j, fresh);
	json_decref(v);
	return ok;
}
