/* SPDX-License-Identifier: MIT
 *
 * The chat completions wire that nearly everybody speaks, with the quirks of all who do:
 * two names for reasoning, content in typed parts, usage in three places, errors as
 * object, string, number, flat fields or hidden in a healthy-looking chunk.
 */
#include <string.h>

#include "probes/dialect.h"

#define MAX_COUNT 100000000 /* more tokens than that is no count */

/* --- asking --- */

static json_t *base_body(const struct target *t, const struct question *q)
{
	const struct provider *p = t->provider;
	const char *limit =
	    p->max_tokens_field != NULL ? p->max_tokens_field : "max_tokens";
	json_t *body = json_object();
	json_t *message = json_object();
	json_t *messages = json_array();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	json_object_set_new(message, "role", json_string("user"));
	json_object_set_new(message, "content", json_clean_string(span_of(q->text)));
	json_array_append_new(messages, message);
	json_object_set_new(body, "messages", messages);
	json_object_set_new(body, "stream", json_boolean(t->kind != PROBE_CHAT));
	if (p->max_tokens > 0)
		json_object_set_new(body, limit, json_integer(p->max_tokens));
	return body;
}

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	json_t *body = base_body(t, q);
	json_t *extra = NULL;

	if (t->provider->extra_body != NULL)
		extra = json_parse(span_of(t->provider->extra_body), NULL);
	if (json_is_object(extra))
		json_object_update(body, extra);
	/* "stream_options … only set this when you set stream: true" */
	if (t->kind == PROBE_CHAT)
		json_object_del(body, "stream_options");
	rq->method = "POST";
	dialect_headers(
	    t, t->kind == PROBE_CHAT ? "application/json" : "text/event-stream", rq);
	json_dump(body, &rq->body);
	json_decref(extra);
	json_decref(body);
}

/* --- is it an error? --- */

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

/* Something is said there: not null, false, 0, "", {} or []. */
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

static bool said_at(const json_t *v, const char *path)
{
	const json_t *found = json_at(v, path);

	return found != NULL && is_said(found);
}

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

static bool text_is(const json_t *v, const char *path, const char *want)
{
	const char *text = json_text_at(v, path);

	return text != NULL && strcmp(text, want) == 0;
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

static bool is_error(struct span event_name, const json_t *v)
{
	if (span_eq(event_name, "error"))
		return true;
	for (size_t i = 0; i < sizeof(error_places) / sizeof(error_places[0]); i++) {
		if (said_at(v, error_places[i]))
			return true;
	}
	if (text_is(v, "object", "error") || text_is(v, "type", "error"))
		return true;
	if (bad_code_at(v, "error_code") || bad_code_at(v, "base_resp.status_code"))
		return true;
	if (json_is_false(json_at(v, "success")) || has_error_code(v))
		return true;
	return json_at(v, "choices") == NULL && said_at(v, "detail");
}

/* --- what a chunk says --- */

static struct span text_span(const json_t *v)
{
	if (!json_is_string(v))
		return (struct span){NULL, 0};
	return (struct span){json_string_value(v), json_string_length(v)};
}

static const char *word_at(const json_t *v, const char *path)
{
	const char *text = json_text_at(v, path);

	return text != NULL && text[0] != '\0' ? text : NULL;
}

/* Mistral's typed parts: [{"type":"thinking","thinking":[{"type":"text","text":…}]},
 * {"type":"text","text":…}]. */
static void read_parts(const json_t *parts, struct reading *ret)
{
	for (size_t i = 0; i < json_array_size(parts); i++) {
		const json_t *part = json_array_get(parts, i);
		struct span text = text_span(json_at(part, "text"));
		struct span thought = text_span(json_at(part, "thinking"));

		if (thought.n == 0)
			thought = text_span(json_at(part, "thinking[].text"));
		if (ret->reasoning.n == 0)
			ret->reasoning = thought;
		str_add(&ret->joined, text.n > 0 ? text.p : "", text.n);
	}
	ret->text = str_span(&ret->joined);
}

static void read_delta(const json_t *delta, struct reading *ret)
{
	static const char *const thoughts[] = {"reasoning_content", "reasoning"};
	const json_t *content = json_at(delta, "content");

	for (size_t i = 0; i < 2 && ret->reasoning.n == 0; i++)
		ret->reasoning = text_span(json_at(delta, thoughts[i]));
	if (json_is_array(content))
		read_parts(content, ret);
	else
		ret->text = text_span(content);
	/* A refusal is an answer too: the model lives. */
	if (ret->text.n == 0)
		ret->text = text_span(json_at(delta, "refusal"));
}

static void read_choice(const json_t *choice, struct reading *ret)
{
	const char *finish = word_at(choice, "finish_reason");
	const json_t *delta = json_at(choice, "delta");

	if (!json_is_object(delta))
		delta = json_at(choice, "message");
	read_delta(delta, ret);
	if (finish != NULL && strcmp(finish, "null") != 0)
		ret->finish = finish;
}

static int64_t count_at(const json_t *usage, const char *a, const char *b)
{
	int64_t n = -1;

	if (!json_int_at(usage, a, &n))
		(void)json_int_at(usage, b, &n);
	return n < 0 || n > MAX_COUNT ? -1 : n;
}

static void read_usage(const json_t *usage, struct reading *ret)
{
	int64_t in = count_at(usage, "prompt_tokens", "input_tokens");
	int64_t out = count_at(usage, "completion_tokens", "output_tokens");
	int64_t total = count_at(usage, "total_tokens", "total_tokens");
	int64_t thought = count_at(usage, "completion_tokens_details.reasoning_tokens",
	    "output_tokens_details.reasoning_tokens");

	/* Some leave reasoning out of completion_tokens; their total betrays it. */
	if (in >= 0 && out >= 0 && thought > 0 && total >= in + out + thought)
		out += thought;
	if (in >= 0)
		ret->tokens_in = in;
	if (out >= 0)
		ret->tokens_out = out;
}

/* An error frame names the request it belongs to; an ordinary chunk names itself. */
static const char *id_of(const json_t *v, bool in_error)
{
	static const char *const places[] = {
	    "request_id", "error.request_id", "id", "request_id", "sid"};
	const char *id = NULL;

	for (size_t i = in_error ? 0 : 2; i < 5 && id == NULL; i++)
		id = word_at(v, places[i]);
	return id;
}

static void read_event(
    struct span event_name, struct span data, const json_t *v, struct reading *ret)
{
	static const char *const usages[] = {"usage", "choices[0].usage", "x_groq.usage"};
	const json_t *choices;

	if (span_eq(span_trim(data), "[DONE]")) {
		ret->done = ret->understood = true;
		return;
	}
	/* Some doors wrap an error in an array of one. */
	if (json_is_array(v) && json_array_size(v) > 0)
		v = json_array_get(v, 0);
	if (!json_is_object(v))
		return;
	choices = json_at(v, "choices");
	ret->model = word_at(v, "model");
	ret->id = id_of(v, false);
	for (size_t i = 0; i < 3; i++) {
		const json_t *usage = json_at(v, usages[i]);

		if (json_is_object(usage) && ret->tokens_in < 0)
			read_usage(usage, ret);
	}
	if (is_error(event_name, v)) {
		ret->error = v;
		ret->id = id_of(v, true);
		ret->understood = true;
		return;
	}
	ret->understood = json_is_array(choices) || ret->tokens_out >= 0;
	if (json_array_size(choices) > 0)
		read_choice(json_array_get(choices, 0), ret);
}

const struct dialect dialect_openai_chat = {
    .name = "openai-chat",
    .framing = FRAMING_SSE,
    .build = build,
    .read = read_event,
};
