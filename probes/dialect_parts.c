/* SPDX-License-Identifier: MIT
 *
 * The parts that dialects share. Nothing here knows which dialect asks.
 */
#include "probes/dialect_parts.h"

#include <string.h>

#define MAX_COUNT 100000000 /* more tokens than that is no count */
#define MAX_NAME  64        /* of one step of a path */

/* --- asking --- */

json_t *parts_question(const struct target *t, const struct question *q)
{
	struct str text;
	json_t *v;

	str_init(&text, REQUEST_MAX_BODY);
	question_text(q, t, &text);
	v = json_clean_string(str_span(&text));
	str_fini(&text);
	return v;
}

json_t *parts_messages(const struct target *t, const struct question *q)
{
	json_t *message = json_object();
	json_t *messages = json_array();

	json_object_set_new(message, "role", json_string("user"));
	json_object_set_new(message, "content", parts_question(t, q));
	json_array_append_new(messages, message);
	return messages;
}

void parts_set(json_t *object, const char *path, json_t *value)
{
	const char *dot = strchr(path, '.');
	char name[MAX_NAME];
	json_t *inner;

	if (dot == NULL) {
		json_object_set_new(object, path, value);
		return;
	}
	span_copy((struct span){path, (size_t)(dot - path)}, name, sizeof(name));
	inner = json_object_get(object, name);
	if (!json_is_object(inner)) {
		inner = json_object();
		json_object_set_new(object, name, inner);
	}
	parts_set(inner, dot + 1, value);
}

void parts_limit(const struct target *t, json_t *body)
{
	const char *path = t->provider->max_tokens_field;

	if (path == NULL)
		path = t->dialect->max_tokens_field;
	if (path != NULL && t->provider->max_tokens > 0)
		parts_set(body, path, json_integer(t->provider->max_tokens));
}

/* "null removes": a JSON merge patch, as of RFC 7396. */
static void patch(json_t *body, json_t *over)
{
	const char *name;
	json_t *value;

	json_object_foreach(over, name, value)
	{
		json_t *inner = json_object_get(body, name);

		if (json_is_null(value))
			(void)json_object_del(body, name);
		else if (json_is_object(value) && json_is_object(inner))
			patch(inner, value);
		else
			(void)json_object_set_new(body, name, json_deep_copy(value));
	}
}

/* The target's own words come last. */
static void add_own_body(const struct target *t, json_t *body)
{
	json_t *own = t->extra_body ? json_parse(span_of(t->extra_body), NULL) : NULL;

	if (json_is_object(own))
		patch(body, own);
	json_decref(own);
}

void parts_send(const struct target *t, json_t *body, struct request *rq)
{
	bool sse =
	    dialect_streams(t->dialect, t->kind) && t->dialect->framing == FRAMING_SSE;
	json_t *extra = NULL;

	/* It is written for a chat; an embedding knows none of it. */
	if (t->provider->extra_body != NULL && t->kind != PROBE_EMBEDDING)
		extra = json_parse(span_of(t->provider->extra_body), NULL);
	if (json_is_object(extra))
		json_object_update_recursive(body, extra);
	/* "stream_options … only set this when you set stream: true" */
	if (!dialect_streams(t->dialect, t->kind))
		json_object_del(body, "stream_options");
	add_own_body(t, body);
	rq->method = "POST";
	dialect_headers(t, sse ? "text/event-stream" : "application/json", rq);
	json_dump(body, &rq->body);
	json_decref(extra);
	json_decref(body);
}

/* --- reading --- */

struct span parts_text(const json_t *v)
{
	if (!json_is_string(v))
		return (struct span){NULL, 0};
	return (struct span){json_string_value(v), json_string_length(v)};
}

struct span parts_text_at(const json_t *v, const char *path)
{
	return parts_text(json_at(v, path));
}

const char *parts_word(const json_t *v, const char *path)
{
	const char *text = json_text_at(v, path);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

int64_t parts_count(const json_t *v, const char *path)
{
	int64_t n = -1;

	if (!json_int_at(v, path, &n) || n < 0 || n > MAX_COUNT)
		return -1;
	return n;
}

bool parts_is(const json_t *v, const char *path, const char *text)
{
	const char *found = json_text_at(v, path);

	return found != NULL && strcmp(found, text) == 0;
}

static bool is_said(const json_t *v)
{
	switch (json_typeof(v)) {
	case JSON_OBJECT:
		return json_object_size(v) > 0;
	case JSON_ARRAY:
		return json_array_size(v) > 0;
	case JSON_STRING:
		return json_string_length(v) > 0;
	case JSON_INTEGER:
		return json_integer_value(v) != 0;
	case JSON_REAL:
	case JSON_TRUE:
		return true;
	case JSON_FALSE:
	case JSON_NULL:
		break;
	}
	return false;
}

bool parts_said(const json_t *v, const char *path)
{
	const json_t *found = json_at(v, path);

	return found != NULL && is_said(found);
}

/* Where an error stands when it is there at all. */
static const char *const error_places[] = {
    "error",
    "errors[0]",
    "choices[0].error",
    "x_groq.error",
    "Response.Error",
    "ResponseMetadata.Error",
};

/* Numbers that say "no error" with one of these. */
static const char *const good_codes[] = {
    "", "0", "200", "null", "false", "success", "ok"};

/* A code that is there and is not one of the good ones. */
static bool bad_code_at(const json_t *v, const char *path)
{
	const json_t *found = json_at(v, path);
	struct str text;
	bool bad = false;

	if (found == NULL)
		return false;
	str_init(&text, 64);
	if (json_scalar_text(found, &text)) {
		bad = true;
		for (size_t i = 0; i < sizeof(good_codes) / sizeof(good_codes[0]); i++) {
			if (span_ieq(str_span(&text), good_codes[i]))
				bad = false;
		}
	}
	str_fini(&text);
	return bad;
}

/* Beside choices only a number counts as a code (a gateway may label healthy chunks);
 * without choices a code with words is an error frame. */
static bool has_error_code(const json_t *v)
{
	if (!bad_code_at(v, "code"))
		return false;
	if (json_is_array(json_at(v, "choices")))
		return json_is_integer(json_at(v, "code"));
	return json_text_at(v, "message") != NULL || json_text_at(v, "msg") != NULL;
}

bool parts_is_error(struct span event_name, const json_t *v)
{
	if (span_eq(event_name, "error"))
		return true;
	for (size_t i = 0; i < sizeof(error_places) / sizeof(error_places[0]); i++) {
		if (parts_said(v, error_places[i]))
			return true;
	}
	if (parts_is(v, "object", "error") || parts_is(v, "type", "error"))
		return true;
	if (bad_code_at(v, "error_code") || bad_code_at(v, "base_resp.status_code"))
		return true;
	if (json_is_false(json_at(v, "success")) || has_error_code(v))
		return true;
	if (json_at(v, "choices") != NULL || json_at(v, "candidates") != NULL)
		return false;
	return parts_said(v, "detail") || bad_code_at(v, "status_code") ||
	       parts_said(v, "promptFeedback.blockReason");
}

void parts_add_text(struct reading *ret, struct span text)
{
	if (text.n == 0)
		return;
	str_add(&ret->joined, text.p, text.n);
	ret->text = str_span(&ret->joined);
}

void parts_add_thought(struct reading *ret, struct span text)
{
	if (text.n == 0)
		return;
	str_add(&ret->thoughts, text.p, text.n);
	ret->reasoning = str_span(&ret->thoughts);
}

void parts_add_call(struct reading *ret, const json_t *name, const json_t *arguments)
{
	struct span text = parts_text(name);

	str_add(&ret->calls, text.n > 0 ? text.p : "", text.n);
	text = parts_text(arguments);
	str_add(&ret->calls, text.n > 0 ? text.p : "", text.n);
	if (json_is_object(arguments))
		json_dump(arguments, &ret->calls);
	ret->call = str_span(&ret->calls);
}

const json_t *parts_unwrapped(const json_t *v)
{
	return json_is_array(v) && json_array_size(v) > 0 ? json_array_get(v, 0) : v;
}

bool parts_by_type(struct span event_name, const json_t *v, const struct event_row *rows,
    size_t n_rows, struct reading *ret)
{
	const char *said = parts_word(v, "type");
	struct span type = said != NULL ? span_of(said) : event_name;

	for (size_t i = 0; i < n_rows; i++) {
		if (!span_eq(type, rows[i].type))
			continue;
		ret->understood = true;
		if (rows[i].read != NULL)
			rows[i].read(v, ret);
		return true;
	}
	return false;
}
