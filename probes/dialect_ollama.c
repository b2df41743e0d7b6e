/* SPDX-License-Identifier: MIT
 *
 * Ollama's own door: one JSON object a line, the last one with `done` and the counts. A
 * failure in mid-stream is a line with nothing but `error`.
 */
#include "probes/dialect_parts.h"

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	json_t *body = json_object();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	if (t->kind == PROBE_EMBEDDING) {
		json_object_set_new(body, "input", parts_question(t, q));
	} else {
		/* It streams unless told not to. */
		json_object_set_new(body, "messages", parts_messages(t, q));
		json_object_set_new(
		    body, "stream", json_boolean(dialect_streams(t->dialect, t->kind)));
		parts_limit(t, body);
	}
	parts_send(t, body, rq);
}

static void read_event(
    struct span event_name, struct span data, const json_t *v, struct reading *ret)
{
	const json_t *calls = json_at(v, "message.tool_calls");

	(void)data;
	if (!json_is_object(v))
		return;
	if (parts_is_error(event_name, v)) {
		ret->error = v;
		ret->understood = true;
		return;
	}
	ret->understood =
	    json_is_object(json_at(v, "message")) || json_is_boolean(json_at(v, "done"));
	ret->model = parts_word(v, "model");
	ret->text = parts_text_at(v, "message.content");
	ret->reasoning = parts_text_at(v, "message.thinking");
	for (size_t i = 0; i < json_array_size(calls); i++) {
		const json_t *call = json_at(json_array_get(calls, i), "function");

		parts_add_call(ret, json_at(call, "name"), json_at(call, "arguments"));
	}
	ret->finish = parts_word(v, "done_reason");
	ret->done = json_is_true(json_at(v, "done"));
	ret->tokens_in = parts_count(v, "prompt_eval_count");
	ret->tokens_out = parts_count(v, "eval_count");
}

/* clang-format off */
static const struct error_row errors[] = {
	{404, WORDS("error"), WORDS("~not found"), OUTCOME_MODEL_GONE,
	 "the model was not pulled"},
	{404, WORDS("*"), WORDS("*"), OUTCOME_BAD_REQUEST, "wrong path"},
	{0, WORDS("error"), WORDS("~server busy", "~maximum pending requests exceeded"),
	 OUTCOME_OVERLOADED, "the queue is full (OLLAMA_MAX_QUEUE)"},
	{503, WORDS("*"), WORDS("*"), OUTCOME_OVERLOADED, NULL},
	{200, WORDS("error"), WORDS("~not found"), OUTCOME_MODEL_GONE, NULL},
	{200, WORDS("error"), WORDS("*"), OUTCOME_ERROR_IN_STREAM, NULL},
};
/* clang-format on */

const struct dialect dialect_ollama = {
    .name = "ollama-native",
    .framing = FRAMING_NDJSON,
    .build = build,
    .read = read_event,
    .kinds = KINDS_CHAT | KIND(PROBE_MODELS) | KIND(PROBE_DOOR) | KIND(PROBE_EMBEDDING),
    .max_tokens_field = "options.num_predict",
    .json_mode = "{\"format\":\"json\"}",
    .tools = "{\"tools\":[" WEATHER_TOOL "]}",
    .paths = {.prefix = "",
	      .chat = "/api/chat",
	      .models = "/api/tags",
	      .embedding = "/api/embed"},
    .auth_header = "Authorization",
    .auth_scheme = "Bearer",
    ERRORS(errors),
};
