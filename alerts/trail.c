/* SPDX-License-Identifier: MIT
 *
 * Two rings. Numbers count from the first evidence ever, so that "everything after the
 * sample that closed it" can be said without comparing times.
 */
#include "alerts/trail.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/state_json.h"

static uint64_t oldest(uint64_t n, uint64_t kept)
{
	return n > kept ? n - kept : 0;
}

static int64_t packed(int64_t at_ms, enum outcome outcome)
{
	return at_ms * 256 + (int64_t)outcome;
}

static int64_t at_of(const struct trail *t, uint64_t i)
{
	return t->last[i % TRAIL_SAMPLES] / 256;
}

static enum outcome outcome_of(const struct trail *t, uint64_t i)
{
	return (enum outcome)(t->last[i % TRAIL_SAMPLES] % 256);
}

void trail_fini(struct trail *t)
{
	free(t->errors);
	free(t->last);
	t->errors = NULL;
	t->last = NULL;
	t->room = 0;
}

/* For so many samples, as far as the ring keeps them. */
static void make_room(struct trail *t, uint64_t n)
{
	size_t room = !n ? 0 : n <= 4 ? 4 : n <= 16 ? 16 : TRAIL_SAMPLES;

	if (room <= t->room)
		return;
	t->last = xreallocarray(t->last, room, sizeof(*t->last));
	t->room = room;
}

static struct trail_errors *errors_of(struct trail *t)
{
	if (!t->errors)
		t->errors = xcalloc(1, sizeof(*t->errors));
	return t->errors;
}

void trail_add(struct trail *t, const struct sample *s)
{
	struct trail_errors *errors;

	make_room(t, t->n + 1);
	t->last[t->n++ % TRAIL_SAMPLES] = packed(s->at.ms, s->outcome);
	if (!outcome_is_failure(s->outcome))
		return;
	errors = errors_of(t);
	incident_error_from(&errors->last[t->n_errors++ % TRAIL_ERRORS], s);
	if (errors->first.at.ms == 0)
		incident_error_from(&errors->first, s);
}

void trail_calm(struct trail *t)
{
	if (t->errors)
		t->errors->first.at.ms = 0;
}

/* Errors outside of the range are another incident's. */
static void tell_error(const struct incident_error *e, struct wall from,
    struct wall until, struct incident *in)
{
	if (e->at.ms == 0 || e->at.ms < from.ms || e->at.ms >= until.ms)
		return;
	if (in->first_error.at.ms == 0 || e->at.ms < in->first_error.at.ms)
		in->first_error = *e;
	if (e->at.ms >= in->last_error.at.ms)
		in->last_error = *e;
}

static void tell_errors(
    const struct trail *t, struct wall from, struct wall until, struct incident *in)
{
	if (!t->errors)
		return;
	tell_error(&t->errors->first, from, until, in);
	for (uint64_t i = oldest(t->n_errors, TRAIL_ERRORS); i < t->n_errors; i++)
		tell_error(&t->errors->last[i % TRAIL_ERRORS], from, until, in);
}

void trail_tell(const struct trail *t, uint64_t first, struct wall from,
    struct wall until, struct incident *in)
{
	uint64_t i = oldest(t->n, TRAIL_SAMPLES);

	for (i = i > first ? i : first; i < t->n; i++) {
		int64_t at = at_of(t, i);
		enum outcome outcome = outcome_of(t, i);

		if (at < from.ms || at >= until.ms)
			continue;
		in->samples++;
		in->outcomes[outcome]++;
		in->failures += outcome_is_failure(outcome);
	}
	tell_errors(t, from, until, in);
}

void trail_count(const struct trail *t, uint64_t first, struct wall from,
    struct wall until, struct incident_share *s)
{
	uint64_t i = oldest(t->n, TRAIL_SAMPLES);

	for (i = i > first ? i : first; i < t->n; i++) {
		if (at_of(t, i) < from.ms || at_of(t, i) >= until.ms)
			continue;
		s->samples++;
		s->failures += outcome_is_failure(outcome_of(t, i));
	}
}

int trail_failures_since(const struct trail *t, struct wall from)
{
	int n = 0;

	for (uint64_t i = oldest(t->n, TRAIL_SAMPLES); i < t->n; i++)
		n += at_of(t, i) >= from.ms && outcome_is_failure(outcome_of(t, i));
	return n;
}

void trail_silence_since(const struct trail *t, struct wall from, int *asked, int *silent)
{
	for (uint64_t i = oldest(t->n, TRAIL_SAMPLES); i < t->n; i++) {
		if (at_of(t, i) < from.ms)
			continue;
		++*asked;
		*silent += outcome_row(outcome_of(t, i))->evidence == EVIDENCE_SILENT;
	}
}

static void forget_error(struct incident_error *e, struct wall from)
{
	if (e->at.ms >= from.ms && outcome_row(e->outcome)->evidence == EVIDENCE_SILENT)
		e->at.ms = 0;
}

/* Their places stay, as those of samples from before any incident. */
void trail_forget_silent(struct trail *t, struct wall from, trail_said_fn said, void *arg)
{
	for (uint64_t i = oldest(t->n, TRAIL_SAMPLES); i < t->n; i++) {
		int64_t at = at_of(t, i);
		enum outcome outcome = outcome_of(t, i);

		if (at < from.ms || outcome_row(outcome)->evidence != EVIDENCE_SILENT)
			continue;
		t->last[i % TRAIL_SAMPLES] = packed(0, OUTCOME_OK);
		said(arg, (struct wall){at}, outcome);
	}
	if (!t->errors)
		return;
	forget_error(&t->errors->first, from);
	for (int i = 0; i < TRAIL_ERRORS; i++)
		forget_error(&t->errors->last[i], from);
}

static void not_after(struct wall *at, struct wall now)
{
	if (at->ms > now.ms)
		*at = now;
}

void trail_on_clock_back(struct trail *t, struct wall now)
{
	for (uint64_t i = oldest(t->n, TRAIL_SAMPLES); i < t->n; i++) {
		if (at_of(t, i) > now.ms)
			t->last[i % TRAIL_SAMPLES] = packed(now.ms, outcome_of(t, i));
	}
	if (!t->errors)
		return;
	not_after(&t->errors->first.at, now);
	for (int i = 0; i < TRAIL_ERRORS; i++)
		not_after(&t->errors->last[i].at, now);
}

json_t *trail_dump(const struct trail *t)
{
	json_t *v = json_object(), *last = json_array(), *errors = json_array();

	for (uint64_t i = oldest(t->n, TRAIL_SAMPLES); i < t->n; i++) {
		json_array_append_new(last, json_pack("[I,s]", (json_int_t)at_of(t, i),
						outcome_code(outcome_of(t, i))));
	}
	for (uint64_t i = oldest(t->n_errors, TRAIL_ERRORS); i < t->n_errors; i++)
		json_array_append_new(
		    errors, state_error_dump(&t->errors->last[i % TRAIL_ERRORS]));
	json_object_set_new(v, "n", json_integer((json_int_t)t->n));
	json_object_set_new(v, "last", last);
	if (t->errors)
		json_object_set_new(v, "first", state_error_dump(&t->errors->first));
	json_object_set_new(v, "errors", errors);
	return v;
}

static bool restore_last(struct trail *t, const json_t *last)
{
	size_t n = json_array_size(last);

	/* Numbers whose samples are not there would be read as samples of 1970. */
	if (!json_is_array(last) || n > TRAIL_SAMPLES || n > t->n ||
	    (n < TRAIL_SAMPLES && n < t->n))
		return false;
	make_room(t, t->n);
	for (size_t k = 0; k < n; k++) {
		const json_t *one = json_array_get(last, k);
		uint64_t i = (t->n - n + k) % TRAIL_SAMPLES;
		int64_t at_ms;
		enum outcome outcome;

		if (!state_int(one, "[0]", 0, STATE_MAX_MS, &at_ms) ||
		    !state_outcome(one, "[1]", &outcome))
			return false;
		t->last[i] = packed(at_ms, outcome);
	}
	return true;
}

static bool restore_errors(struct trail *t, const json_t *v)
{
	const json_t *first = json_at(v, "first"), *errors = json_at(v, "errors");

	if (!json_is_array(errors) || json_array_size(errors) > TRAIL_ERRORS)
		return false;
	t->n_errors = json_array_size(errors);
	if (!first)
		return t->n_errors == 0;
	if (!state_error_restore(first, &errors_of(t)->first))
		return false;
	for (size_t k = 0; k < t->n_errors; k++) {
		if (!state_error_restore(json_array_get(errors, k), &t->errors->last[k]))
			return false;
	}
	return true;
}

bool trail_restore(struct trail *t, const json_t *v)
{
	struct trail back;
	int64_t n;

	memset(&back, 0, sizeof(back));
	if (!state_int(v, "n", 0, INT64_MAX, &n))
		return false;
	back.n = (uint64_t)n;
	if (!restore_last(&back, json_at(v, "last")) || !restore_errors(&back, v)) {
		trail_fini(&back);
		return false;
	}
	*t = back;
	return true;
}
