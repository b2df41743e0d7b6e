/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "alerts/way.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/str.h"
#include "alerts/state_json.h"

struct subject way_subject(const struct way *w)
{
	struct subject s = {.kind = SUBJECT_SELF};

	(void)snprintf(
	    s.id, sizeof(s.id), WAY_SUBJECT "%s%s", w->name[0] ? " via " : "", w->name);
	return s;
}

uint32_t way_live(const struct way *w)
{
	uint32_t bits = 0;

	for (int i = 0; i < w->n_controls; i++) {
		if (w->controls[i].live)
			bits |= UINT32_C(1) << i;
	}
	return bits;
}

bool way_is_serious(const struct way *w, struct wall now)
{
	return w->impaired_ms &&
	       (w->swallowed >= WAY_TELL_COUNT || now.ms - w->impaired_ms >= WAY_TELL_MS);
}

int64_t way_wake_ms(const struct way *w, bool told)
{
	int64_t at = w->ask_ms ? w->ask_ms : INT64_MAX;

	if (w->over_ms && w->over_ms < at)
		at = w->over_ms;
	if (w->impaired_ms && !told && w->impaired_ms + WAY_TELL_MS < at)
		at = w->impaired_ms + WAY_TELL_MS;
	return at;
}

static void move(int64_t *ms, int64_t jump_ms)
{
	if (*ms)
		*ms = *ms + jump_ms > 1 ? *ms + jump_ms : 1;
}

void way_on_clock(struct way *w, int64_t jump_ms)
{
	move(&w->impaired_ms, jump_ms);
	move(&w->ask_ms, jump_ms);
	move(&w->ok_ms, jump_ms);
	move(&w->over_ms, jump_ms);
	move(&w->cleared_ms, jump_ms);
	move(&w->look_due_ms, jump_ms);
	for (int i = 0; i < w->n_controls; i++)
		move(&w->controls[i].asked_ms, jump_ms);
	for (uint32_t i = 0; i < WITNESS_FAULTS; i++)
		move(&w->faults.last[i].at_ms, jump_ms);
}

/* --- stored --------------------------------------------------------------------- */

json_t *way_dump(const struct way *w)
{
	json_t *controls = json_array();

	for (int i = 0; i < w->n_controls; i++)
		json_array_append_new(controls,
		    json_pack("[b,I,i]", w->controls[i].live,
			(json_int_t)w->controls[i].asked_ms, w->controls[i].run));
	return json_pack("{s:o, s:o, s:b, s:I, s:I, s:i, s:i, s:I, s:i, s:I, s:I, s:o, "
			 "s:I, s:I, s:i, s:I}",
	    "name", json_clean_string(span_of(w->name)), "controls", controls, "answered",
	    w->answered, "impaired", (json_int_t)w->impaired_ms, "ask",
	    (json_int_t)w->ask_ms, "good_run", w->good_run, "ok_run", w->ok_run, "ok",
	    (json_int_t)w->ok_ms, "swallowed", w->swallowed, "over",
	    (json_int_t)w->over_ms, "cleared", (json_int_t)w->cleared_ms, "faults",
	    faults_dump(&w->faults), "good", (json_int_t)w->n_good, "look",
	    (json_int_t)w->look, "look_owed", w->look_owed, "look_due",
	    (json_int_t)w->look_due_ms);
}

/* Other controls than then: they begin anew. */
static bool restore_controls(struct way *w, const json_t *v)
{
	if (!json_is_array(v))
		return false;
	if (json_array_size(v) != (size_t)w->n_controls)
		return true;
	for (int i = 0; i < w->n_controls; i++) {
		const json_t *one = json_array_get(v, (size_t)i);
		int64_t run;

		if (!state_int(one, "[1]", 0, STATE_MAX_MS, &w->controls[i].asked_ms) ||
		    !state_int(one, "[2]", -WAY_ALONE, WAY_ALONE, &run))
			return false;
		w->controls[i].run = (int)run;
		w->controls[i].live = json_is_true(json_at(one, "[0]"));
	}
	return true;
}

bool way_restore(struct way *w, const json_t *v)
{
	struct way back = *w;
	int64_t good, ok, swallowed, look, owed;

	if (!state_int(v, "impaired", 0, STATE_MAX_MS, &back.impaired_ms) ||
	    !state_int(v, "ask", 0, STATE_MAX_MS, &back.ask_ms) ||
	    !state_int(v, "ok", 0, STATE_MAX_MS, &back.ok_ms) ||
	    !state_int(v, "over", 0, STATE_MAX_MS, &back.over_ms) ||
	    !state_int(v, "cleared", 0, STATE_MAX_MS, &back.cleared_ms) ||
	    !state_int(v, "good_run", 0, WAY_OK_RUN, &good) ||
	    !state_int(v, "ok_run", 0, WAY_OK_RUN, &ok) ||
	    !state_int(v, "swallowed", 0, STATE_MAX_COUNT, &swallowed) ||
	    !state_int(v, "good", 0, INT64_MAX, &back.n_good) ||
	    !state_int(v, "look", 0, UINT32_MAX, &look) ||
	    !state_int(v, "look_owed", 0, WITNESS_BURST, &owed) ||
	    !state_int(v, "look_due", 0, STATE_MAX_MS, &back.look_due_ms) ||
	    !restore_controls(&back, json_at(v, "controls")) ||
	    !faults_restore(&back.faults, json_at(v, "faults")))
		return false;
	back.answered = json_is_true(json_at(v, "answered"));
	back.good_run = (int)good;
	back.ok_run = (int)ok;
	back.swallowed = (int)swallowed;
	back.look = (uint32_t)look;
	back.look_owed = (int)owed;
	*w = back;
	return true;
}
