/* SPDX-License-Identifier: MIT
 *
 * The chat completions wire that nearly everybody speaks, with the quirks of all who do:
 * two names for reasoning, content in typed parts, usage in three places, errors as
 * object, string, number, flat fields or hidden in a healthy-looking chunk.
 */
#include <string.h>

#include "probes/dialect_parts.h"

/* --- asking --- */

static json_t *embedding_body(const struct target *t, const struct question *q)
{
	json_t *body = json_object();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	json_object_set_new(body, "input", parts_question(t, q));
	return body;
}

static json_t *chat_body(const struct target *t, const struct question *q)
{
	json_t *body = json_object();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	json_object_set_new(body, "messages", parts_messages(t, q));
	json_object_set_new(
	    body, "stream", json_boolean(dialect_streams(t->dialect, t->kind)));
	parts_limit(t, body);
	return body;
}

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	bool chat = t->kind != PROBE_EMBEDDING;

	parts_send(t, chat ? chat_body(t, q) : embedding_body(t, q), rq);
}

/* --- what a chunk says --- */

/* Mistral's typed parts: [{"type":"thinking","thinking":[{"type":"text","text":…}]},
 * {"type":"text","text":…}]. */
static void read_parts(const json_t *parts, struct reading *ret)
{
	for (size_t i = 0; i < json_array_size(parts); i++) {
		const json_t *part = json_array_get(parts, i);
		struct span text = parts_text(json_at(part, "text"));
		struct span thought = parts_text(json_at(part, "thinking"));

		if (thought.n == 0)
			thought = parts_text(json_at(part, "thinking[].text"));
		if (ret->reasoning.n == 0)
			ret->reasoning = thought;
		str_add(&ret->joined, text.n > 0 ? text.p : "", text.n);
	}
	ret->text = str_span(&ret->joined);
}

static void read_calls(const json_t *calls, struct reading *ret)
{
	for (size_t i = 0; i < json_array_size(calls); i++) {
		const json_t *call = json_at(json_array_get(calls, i), "function");

		parts_add_call(ret, json_at(call, "name"), json_at(call, "arguments"));
	}
}

static void read_delta(const json_t *delta, struct reading *ret)
{
	static const char *const thoughts[] = {"reasoning_content", "reasoning"};
	const json_t *content = json_at(delta, "content");

	for (size_t i = 0; i < 2 && ret->reasoning.n == 0; i++)
		ret->reasoning = parts_text(json_at(delta, thoughts[i]));
	if (json_is_array(content))
		read_parts(content, ret);
	else
		ret->text = parts_text(content);
	/* A refusal is an answer too: the model lives. */
	if (ret->text.n == 0)
		ret->text = parts_text(json_at(delta, "refusal"));
	read_calls(json_at(delta, "tool_calls"), ret);
}

static void read_choice(const json_t *choice, struct reading *ret)
{
	const char *finish = parts_word(choice, "finish_reason");
	const json_t *delta = json_at(choice, "delta");

	if (!json_is_object(delta))
		delta = json_at(choice, "message");
	read_delta(delta, ret);
	if (finish != NULL && strcmp(finish, "null") != 0)
		ret->finish = finish;
}

static int64_t count_at(const json_t *usage, const char *a, const char *b)
{
	int64_t n = parts_count(usage, a);

	return n >= 0 ? n : parts_count(usage, b);
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
		id = parts_word(v, places[i]);
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
	v = parts_unwrapped(v);
	if (!json_is_object(v))
		return;
	choices = json_at(v, "choices");
	ret->model = parts_word(v, "model");
	ret->id = id_of(v, false);
	for (size_t i = 0; i < 3; i++) {
		const json_t *usage = json_at(v, usages[i]);

		if (json_is_object(usage) && ret->tokens_in < 0)
			read_usage(usage, ret);
	}
	if (parts_is_error(event_name, v)) {
		ret->error = v;
		ret->id = id_of(v, true);
		ret->understood = true;
		return;
	}
	ret->understood = json_is_array(choices) || ret->tokens_out >= 0;
	if (json_array_size(choices) > 0)
		read_choice(json_array_get(choices, 0), ret);
}

#define OPENAI_KINDS                                                                     \
	(KINDS_CHAT | KIND(PROBE_MODELS) | KIND(PROBE_DOOR) | KIND(PROBE_EMBEDDING))
#define OPENAI_EXTRAS                                                                    \
	.json_mode = "{\"response_format\":" JSON_MODE "}",                              \
	.tools = "{\"tools\":[" WEATHER_TOOL "],\"tool_choice\":\"auto\"}"
#define OPENAI_PATHS                                                                     \
	{                                                                                \
		.prefix = "/v1", .chat = "/chat/completions", .models = "/models",       \
		.embedding = "/embeddings"                                               \
	}

const struct dialect dialect_openai_chat = {
    .name = "openai-chat",
    .framing = FRAMING_SSE,
    .build = build,
    .read = read_event,
    .kinds = OPENAI_KINDS,
    .max_tokens_field = "max_tokens",
    OPENAI_EXTRAS,
    .paths = OPENAI_PATHS,
    .auth_header = "Authorization",
    .auth_scheme = "Bearer",
};

/* Azure's variation: its own header for the key, its own words for capacity. */
static const struct error_row azure_errors[] = {
    {429,			    WORDS("error.message"),
     WORDS("~experiencing high demand",                          "~temporarily unable to process"),
     OUTCOME_OVERLOADED,																		   "shared capacity, not your quota"},
    {429,			      WORDS("error.code"),						  WORDS("NoCapacity"),    OUTCOME_OVERLOADED,                   NULL                },
    {429,			      WORDS("error.code"),						  WORDS("RateLimitReached"),    OUTCOME_RATE_LIMITED,             NULL},
    {404,			      WORDS("error.code"),						  WORDS("DeploymentNotFound"),    OUTCOME_MODEL_GONE,
     "also for some minutes after it was made"                },
    {404,			      WORDS("error.code"),						  WORDS("404"),    OUTCOME_BAD_REQUEST,
     "wrong path or api-version"      },
    {403,			      WORDS("error.message"),						  WORDS("~public access is disabled", "~virtual network"),
     OUTCOME_FORBIDDEN_REGION,"the resource's own firewall"},
    {403, WORDS("error.message"),                       WORDS("~temporarily blocked"),                       OUTCOME_QUOTA,
     "blocked by abuse monitoring"							 },
};

const struct dialect dialect_azure_openai = {
    .name = "azure-openai",
    .framing = FRAMING_SSE,
    .build = build,
    .read = read_event,
    .kinds = OPENAI_KINDS,
    .max_tokens_field = "max_completion_tokens",
    OPENAI_EXTRAS,
    .paths = {.prefix = "/openai/v1",
	      .chat = "/chat/completions",
	      .models = "/models",
	      .embedding = "/embeddings"},
    .auth_header = "api-key",
    .auth_scheme = "",
    ERRORS(azure_errors),
};
