/* SPDX-License-Identifier: MIT
 *
 * Two rings. Numbers count from the first evidence ever, so that "everything after the
 * sample that closed it" can be said without comparing times.
 */
#include "alerts/trail.h"

#include <string.h>

#include "alerts/state_json.h"

static uint64_t oldest(uint64_t n, uint64_t kept)
{
	return n > kept ? n - kept : 0;
}

void trail_add(struct trail *t, const struct sample *s)
{
	t->last[t->n % TRAIL_SAMPLES].at_ms = s->at.ms;
	t->last[t->n % TRAIL_SAMPLES].outcome = s->outcome;
	t->n++;
	if (outcome_is_failure(s->outcome))
		incident_error_from(&t->errors[t->n_errors++ % TRAIL_ERRORS], s);
}

/* Errors outside of the range are another incident's. */
static void tell_errors(
    const struct trail *t, struct wall from, struct wall until, struct incident *in)
{
	for (uint64_t i = oldest(t->n_errors, TRAIL_ERRORS); i < t->n_errors; i++) {
		const struct incident_error *e = &t->errors[i % TRAIL_ERRORS];

		if (e->at.ms < from.ms || e->at.ms >= until.ms)
			continue;
		if (in->first_error.at.ms == 0 || e->at.ms < in->first_error.at.ms)
			in->first_error = *e;
		if (e->at.ms >= in->last_error.at.ms)
			in->last_error = *e;
	}
}

void trail_tell(const struct trail *t, uint64_t first, struct wall from,
    struct wall until, struct incident *in)
{
	uint64_t i = oldest(t->n, TRAIL_SAMPLES);

	for (i = i > first ? i : first; i < t->n; i++) {
		int64_t at = t->last[i % TRAIL_SAMPLES].at_ms;
		enum outcome outcome = t->last[i % TRAIL_SAMPLES].outcome;

		if (at < from.ms || at >= until.ms)
			continue;
		in->samples++;
		in->outcomes[outcome]++;
		in->failures += outcome_is_failure(outcome);
	}
	tell_errors(t, from, until, in);
}

void trail_on_clock_back(struct trail *t, struct wall now)
{
	for (int i = 0; i < TRAIL_SAMPLES; i++) {
		if (t->last[i].at_ms > now.ms)
			t->last[i].at_ms = now.ms;
	}
	for (int i = 0; i < TRAIL_ERRORS; i++) {
		if (t->errors[i].at.ms > now.ms)
			t->errors[i].at = now;
	}
}

json_t *trail_dump(const struct trail *t)
{
	json_t *v = json_object(), *last = json_array(), *errors = json_array();

	for (uint64_t i = oldest(t->n, TRAIL_SAMPLES); i < t->n; i++) {
		json_array_append_new(
		    last, json_pack("[I,s]", (json_int_t)t->last[i % TRAIL_SAMPLES].at_ms,
			      outcome_code(t->last[i % TRAIL_SAMPLES].outcome)));
	}
	for (uint64_t i = oldest(t->n_errors, TRAIL_ERRORS); i < t->n_errors; i++)
		json_array_append_new(
		    errors, state_error_dump(&t->errors[i % TRAIL_ERRORS]));
	json_object_set_new(v, "n", json_integer((json_int_t)t->n));
	json_object_set_new(v, "last", last);
	json_object_set_new(v, "errors", errors);
	return v;
}

static bool restore_last(struct trail *t, const json_t *last)
{
	size_t n = json_array_size(last);

	if (!json_is_array(last) || n > TRAIL_SAMPLES || n > t->n)
		return false;
	for (size_t k = 0; k < n; k++) {
		const json_t *one = json_array_get(last, k);
		uint64_t i = (t->n - n + k) % TRAIL_SAMPLES;

		if (!state_int(one, "[0]", 0, STATE_MAX_MS, &t->last[i].at_ms) ||
		    !state_outcome(one, "[1]", &t->last[i].outcome))
			return false;
	}
	/* Numbers whose samples are not there would be read as samples of 1970. */
	return n == TRAIL_SAMPLES || n == t->n;
}

bool trail_restore(struct trail *t, const json_t *v)
{
	struct trail back;
	const json_t *errors = json_at(v, "errors");
	int64_t n;

	memset(&back, 0, sizeof(back));
	if (!state_int(v, "n", 0, INT64_MAX, &n))
		return false;
	back.n = (uint64_t)n;
	if (!restore_last(&back, json_at(v, "last")))
		return false;
	if (!json_is_array(errors) || json_array_size(errors) > TRAIL_ERRORS)
		return false;
	back.n_errors = json_array_size(errors);
	for (size_t k = 0; k < back.n_errors; k++) {
		if (!state_error_restore(json_array_get(errors, k), &back.errors[k]))
			return false;
	}
	*t = back;
	return true;
}
