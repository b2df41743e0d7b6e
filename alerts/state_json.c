/* SPDX-License-Identifier: MIT
 *
 * Outcomes are written by code, so that the JSON can be read in the sqlite3 shell.
 */
#include "alerts/state_json.h"

#include <string.h>

bool state_int(const json_t *v, const char *path, int64_t min, int64_t max, int64_t *ret)
{
	return json_int_at(v, path, ret) && *ret >= min && *ret <= max;
}

bool state_time(const json_t *v, const char *path, struct wall *ret)
{
	return state_int(v, path, 0, STATE_MAX_MS, &ret->ms);
}

bool state_outcome(const json_t *v, const char *path, enum outcome *ret)
{
	const char *code = json_text_at(v, path);

	return code && outcome_parse(code, ret);
}

static json_t *text(const char *s)
{
	return json_clean_string(span_of(s));
}

json_t *state_error_dump(const struct incident_error *e)
{
	json_t *v = json_object();

	json_object_set_new(v, "at", json_integer(e->at.ms));
	json_object_set_new(v, "outcome", json_string(outcome_code(e->outcome)));
	json_object_set_new(v, "http_status", json_integer(e->http_status));
	json_object_set_new(v, "code", text(e->code));
	json_object_set_new(v, "message", text(e->message));
	json_object_set_new(v, "request_id", text(e->request_id));
	return v;
}

static bool restore_text(const json_t *v, const char *path, char *buf, size_t size)
{
	const char *s = json_text_at(v, path);

	if (!s)
		return false;
	str_copy(buf, size, s);
	return true;
}

bool state_error_restore(const json_t *v, struct incident_error *ret)
{
	struct incident_error e;
	int64_t status;

	memset(&e, 0, sizeof(e));
	if (!state_time(v, "at", &e.at) || !state_outcome(v, "outcome", &e.outcome) ||
	    !state_int(v, "http_status", 0, 999, &status) ||
	    !restore_text(v, "code", e.code, sizeof(e.code)) ||
	    !restore_text(v, "message", e.message, sizeof(e.message)) ||
	    !restore_text(v, "request_id", e.request_id, sizeof(e.request_id)))
		return false;
	e.http_status = (int)status;
	*ret = e;
	return true;
}

static json_t *dump_own(const struct incident_share *own)
{
	return json_pack("{s:o, s:o, s:s, s:I, s:I, s:I, s:I}", "target",
	    text(own->target), "provider", text(own->provider), "severity",
	    severity_code(own->severity), "started", (json_int_t)own->started.ms, "ended",
	    (json_int_t)own->ended.ms, "samples", (json_int_t)own->samples, "failures",
	    (json_int_t)own->failures);
}

static bool restore_own(const json_t *v, struct incident_share *ret)
{
	const char *severity = json_text_at(v, "severity");
	int64_t samples, failures;

	if (!v)
		return true;
	if (!severity || !severity_parse(severity, &ret->severity) ||
	    !restore_text(v, "target", ret->target, sizeof(ret->target)) ||
	    !restore_text(v, "provider", ret->provider, sizeof(ret->provider)) ||
	    !state_time(v, "started", &ret->started) ||
	    !state_time(v, "ended", &ret->ended) ||
	    !state_int(v, "samples", 0, STATE_MAX_COUNT, &samples) ||
	    !state_int(v, "failures", 0, STATE_MAX_COUNT, &failures))
		return false;
	ret->samples = (uint32_t)samples;
	ret->failures = (uint32_t)failures;
	return true;
}

json_t *state_tally_dump(const struct incident *in, const char *target)
{
	const struct incident_share *own = share_find(in, target);
	json_t *v = json_object(), *outcomes = json_object();

	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (in->outcomes[o])
			json_object_set_new(outcomes, outcome_code((enum outcome)o),
			    json_integer(in->outcomes[o]));
	}
	json_object_set_new(v, "id", json_string(in->id.text));
	json_object_set_new(v, "seq", json_integer(in->seq));
	json_object_set_new(v, "samples", json_integer(in->samples));
	json_object_set_new(v, "failures", json_integer(in->failures));
	json_object_set_new(v, "outcomes", outcomes);
	json_object_set_new(v, "first_error", state_error_dump(&in->first_error));
	json_object_set_new(v, "last_error", state_error_dump(&in->last_error));
	json_object_set_new(v, "unknown_ms", json_integer(in->unknown_ms));
	if (own)
		json_object_set_new(v, "own", dump_own(own));
	return v;
}

static bool restore_outcomes(const json_t *v, uint32_t *outcomes)
{
	if (!json_is_object(v))
		return false;
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		const json_t *n = json_object_get(v, outcome_code((enum outcome)o));

		if (!n)
			continue;
		if (!json_is_integer(n) || json_integer_value(n) < 0 ||
		    json_integer_value(n) > STATE_MAX_COUNT)
			return false;
		outcomes[o] = (uint32_t)json_integer_value(n);
	}
	return true;
}

bool state_tally_restore(const json_t *v, struct tally *ret)
{
	struct tally t;
	int64_t seq, samples, failures;
	const char *id = json_text_at(v, "id");

	memset(&t, 0, sizeof(t));
	if (!id || !ulid_is_valid(id) || !state_int(v, "seq", 0, STATE_MAX_COUNT, &seq) ||
	    !state_int(v, "samples", 0, STATE_MAX_COUNT, &samples) ||
	    !state_int(v, "failures", 0, STATE_MAX_COUNT, &failures) ||
	    !state_int(v, "unknown_ms", 0, STATE_MAX_MS, &t.unknown_ms) ||
	    !restore_outcomes(json_at(v, "outcomes"), t.outcomes) ||
	    !state_error_restore(json_at(v, "first_error"), &t.first_error) ||
	    !state_error_restore(json_at(v, "last_error"), &t.last_error))
		return false;
	if (!restore_own(json_at(v, "own"), &t.own))
		return false;
	str_copy(t.id.text, sizeof(t.id.text), id);
	t.seq = (uint32_t)seq;
	t.samples = (uint32_t)samples;
	t.failures = (uint32_t)failures;
	*ret = t;
	return true;
}

/* Nobody else counts in it: its own state knows best, also of a part that began or ended
 * without a fact. */
static void apply_own(const struct tally *t, struct incident *in, const char *target)
{
	struct incident_share *s;

	if (!t->own.target[0] || strcmp(t->own.target, target) != 0)
		return;
	s = t->seq == in->seq ? share_begin(in, target, t->own.provider, t->own.started)
			      : share_last(in, target);
	if (!s)
		return;
	if (t->seq == in->seq)
		*s = t->own;
	s->samples = t->own.samples;
	s->failures = t->own.failures;
}

void state_tally_apply(const struct tally *t, struct incident *in, const char *target)
{
	if (!ulid_eq(&t->id, &in->id))
		return;
	apply_own(t, in, target);
	if (t->seq != in->seq)
		return;
	if (t->samples < in->samples) /* another of those that share it knows more */
		return;
	in->samples = t->samples;
	in->failures = t->failures;
	memcpy(in->outcomes, t->outcomes, sizeof(in->outcomes));
	in->first_error = t->first_error;
	in->last_error = t->last_error;
	in->unknown_ms = t->unknown_ms;
}
