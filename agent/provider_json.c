/* SPDX-License-Identifier: MIT
 *
 * See provider_json.h.
 */
#include "agent/provider_json.h"

#include "agent/base/json.h"

static json_t *text(const char *s)
{
	return s != NULL ? json_string(s) : json_null();
}

static json_t *words(const char *const *list, size_t n)
{
	json_t *a = json_array();

	for (size_t i = 0; i < n; i++)
		(void)json_array_append_new(a, json_string(list[i]));
	return a;
}

/* Per million tokens; null when it is not known. */
static json_t *price(const struct price *p)
{
	json_t *o;

	if (p->currency[0] == '\0')
		return json_null();
	o = json_object();
	(void)json_object_set_new(o, "currency", json_string(p->currency));
	(void)json_object_set_new(
	    o, "in", json_real((double)p->in_nano_per_tok / 1000.0));
	(void)json_object_set_new(
	    o, "out", json_real((double)p->out_nano_per_tok / 1000.0));
	return o;
}

/* The price outside of the dear hours; null: the same all day. */
static json_t *cheap_hours(const struct provider *p)
{
	const struct price_hours *h = p->price_hours;
	struct price cheap = p->price;

	if (h == NULL)
		return json_null();
	cheap.in_nano_per_tok = h->in_nano_per_tok;
	cheap.out_nano_per_tok = h->out_nano_per_tok;
	return price(&cheap);
}

static json_t *regions(const struct provider *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->n_regions; i++) {
		json_t *o = json_object();

		(void)json_object_set_new(o, "id", json_string(p->regions[i].id));
		(void)json_object_set_new(
		    o, "base_url", json_string(p->regions[i].base_url));
		(void)json_array_append_new(a, o);
	}
	return a;
}

static json_t *shutdowns(const struct provider *p)
{
	json_t *o = json_object();

	for (size_t i = 0; i < p->n_shutdowns; i++)
		(void)json_object_set_new(
		    o, p->shutdowns[i].model, json_string(p->shutdowns[i].date));
	return o;
}

static json_t *errors(const struct provider *p)
{
	json_t *a = json_array();

	for (size_t i = 0; i < p->n_errors; i++) {
		const struct error_row *row = &p->errors[i];
		json_t *o = json_object();

		(void)json_object_set_new(o, "http", json_integer(row->http));
		(void)json_object_set_new(
		    o, "match_path", words(row->paths, row->n_paths));
		(void)json_object_set_new(
		    o, "match", words(row->matches, row->n_matches));
		(void)json_object_set_new(
		    o, "outcome", json_string(outcome_code(row->outcome)));
		(void)json_object_set_new(
		    o, "blame", json_string(blame_code(outcome_blame(row->outcome))));
		(void)json_object_set_new(o, "note", text(row->note));
		(void)json_array_append_new(a, o);
	}
	return a;
}

static json_t *summary(const struct provider *p)
{
	json_t *o = json_object();

	(void)json_object_set_new(o, "id", json_string(p->id));
	(void)json_object_set_new(o, "name", json_string(p->name));
	(void)json_object_set_new(o, "dialect", json_string(p->dialect));
	(void)json_object_set_new(o, "regions", regions(p));
	(void)json_object_set_new(o, "model", text(p->model));
	(void)json_object_set_new(o, "price_per_million_tokens", price(&p->price));
	(void)json_object_set_new(o, "price_in_cheap_hours", cheap_hours(p));
	(void)json_object_set_new(o, "key_env", text(p->key_env));
	(void)json_object_set_new(o, "self_hosted", json_boolean(p->self_hosted));
	(void)json_object_set_new(o, "models_open", json_boolean(p->models_open));
	(void)json_object_set_new(o, "checked", json_string(p->checked));
	(void)json_object_set_new(o, "retired", text(p->retired));
	return o;
}

json_t *provider_json(const struct provider *p)
{
	json_t *o = summary(p);

	(void)json_object_set_new(
	    o, "fallback_models", words(p->fallback_models, p->n_fallback_models));
	(void)json_object_set_new(
	    o, "retired_models", words(p->retired_models, p->n_retired_models));
	(void)json_object_set_new(o, "shutdowns", shutdowns(p));
	(void)json_object_set_new(o, "retired_why", text(p->retired_why));
	(void)json_object_set_new(o, "siblings", words(p->siblings, p->n_siblings));
	(void)json_object_set_new(o, "notes", text(p->notes));
	(void)json_object_set_new(o, "sources", text(p->sources));
	(void)json_object_set_new(o, "errors", errors(p));
	return o;
}

json_t *providers_json(const struct catalogue *c)
{
	json_t *a = json_array();

	for (size_t i = 0; i < catalogue_count(c); i++)
		(void)json_array_append_new(a, summary(catalogue_at(c, i)));
	return a;
}
