/* SPDX-License-Identifier: MIT
 *
 * See sample_json.h.
 */
#include "agent/sample_json.h"

#include <string.h>

#include "agent/base/json.h"
#include "probes/cost.h"

static json_t *known(int64_t v)
{
	return v < 0 ? json_null() : json_integer(v);
}

static json_t *text(const char *s)
{
	return s && *s ? json_clean_string(span_of(s)) : json_null();
}

static json_t *phases(const struct sample *s)
{
	json_t *o = json_object();
	(void)json_object_set_new(o, "dns", known(s->dns_us));
	(void)json_object_set_new(o, "connect", known(s->connect_us));
	(void)json_object_set_new(o, "tls", known(s->tls_us));
	(void)json_object_set_new(o, "first_byte", known(s->first_byte_us));
	(void)json_object_set_new(o, "first_token", known(s->first_token_us));
	(void)json_object_set_new(o, "end", known(s->end_us));
	return o;
}

static json_t *flags(const struct sample *s)
{
	json_t *a = json_array();
	for (uint32_t bit = 1; bit; bit <<= 1)
		if ((s->flags & bit) && sample_flag_name(bit))
			(void)json_array_append_new(
			    a, json_string(sample_flag_name(bit)));
	return a;
}

static json_t *cost(const struct sample *s)
{
	json_t *o = json_object();
	if (s->cost_nano < 0) {
		json_decref(o);
		return json_null();
	}
	(void)json_object_set_new(
	    o, "amount", json_real((double)s->cost_nano / (double)NANO));
	(void)json_object_set_new(o, "currency", text(s->currency));
	return o;
}

json_t *sample_json(const struct target *t, const struct sample *s)
{
	json_t *o = json_object(), *tokens = json_object();
	(void)json_object_set_new(tokens, "in", known(s->tokens_in));
	(void)json_object_set_new(tokens, "out", known(s->tokens_out));
	(void)json_object_set_new(o, "target", text(t->name));
	(void)json_object_set_new(o, "provider", text(t->provider->id));
	(void)json_object_set_new(o, "model", text(t->model));
	(void)json_object_set_new(o, "kind", text(probe_kind_code(t->kind)));
	(void)json_object_set_new(o, "outcome", text(outcome_code(s->outcome)));
	(void)json_object_set_new(
	    o, "blame", text(blame_code(outcome_blame(s->outcome))));
	(void)json_object_set_new(o, "http_status",
	    s->http_status ? json_integer(s->http_status) : json_null());
	(void)json_object_set_new(o, "phases_us", phases(s));
	(void)json_object_set_new(o, "longest_gap_us", known(s->longest_gap_us));
	(void)json_object_set_new(o, "tokens", tokens);
	(void)json_object_set_new(o, "cost", cost(s));
	(void)json_object_set_new(o, "finish", text(s->finish));
	(void)json_object_set_new(o, "returned_model", text(s->returned_model));
	(void)json_object_set_new(o, "request_id", text(s->request_id));
	(void)json_object_set_new(o, "provider_code", text(s->provider_code));
	(void)json_object_set_new(o, "message", text(s->message));
	(void)json_object_set_new(o, "flags", flags(s));
	(void)json_object_set_new(o, "evidence", text(s->evidence));
	return o;
}
