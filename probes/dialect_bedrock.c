/* SPDX-License-Identifier: MIT
 *
 * Bedrock's Converse with an API key, answered in one piece: its stream is made of binary
 * frames, which are not read here. The name of an error stands in a header.
 */
#include "probes/dialect_parts.h"

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	json_t *body = json_object(), *messages = json_array();
	json_t *message = json_object(), *content = json_array(), *part = json_object();

	json_object_set_new(part, "text", parts_question(t, q));
	json_array_append_new(content, part);
	json_object_set_new(message, "role", json_string("user"));
	json_object_set_new(message, "content", content);
	json_array_append_new(messages, message);
	json_object_set_new(body, "messages", messages);
	parts_limit(t, body);
	parts_send(t, body, rq);
}

static void read_event(
    struct span event_name, struct span data, const json_t *v, struct reading *ret)
{
	const json_t *content = json_at(v, "output.message.content");

	(void)data;
	if (!json_is_object(v))
		return;
	if (!json_is_array(content)) {
		if (parts_is_error(event_name, v) || parts_word(v, "message") != NULL ||
		    parts_word(v, "Message") != NULL) {
			ret->error = v;
			ret->understood = true;
		}
		return;
	}
	for (size_t i = 0; i < json_array_size(content); i++) {
		const json_t *part = json_array_get(content, i);

		parts_add_text(ret, parts_text_at(part, "text"));
		parts_add_thought(
		    ret, parts_text_at(part, "reasoningContent.reasoningText.text"));
		if (json_is_object(json_at(part, "toolUse")))
			parts_add_call(ret, json_at(part, "toolUse.name"),
			    json_at(part, "toolUse.input"));
	}
	ret->finish = parts_word(v, "stopReason");
	ret->tokens_in = parts_count(v, "usage.inputTokens");
	ret->tokens_out = parts_count(v, "usage.outputTokens");
	ret->understood = true;
}

#define TYPE    WORDS("header:x-amzn-errortype", "__type")
#define MESSAGE WORDS("message", "Message")
/* clang-format off */
static const struct error_row errors[] = {
	{400, MESSAGE, WORDS("~on-demand throughput isn", "~model identifier is invalid"),
	 OUTCOME_MODEL_GONE, "the model wants the id of an inference profile (us. eu. global.)"},
	{429, MESSAGE, WORDS("~too many tokens per day"), OUTCOME_QUOTA, NULL},
	{403, MESSAGE, WORDS("~signature not yet current"), OUTCOME_LOCAL,
	 "our clock is wrong"},
	{403, MESSAGE, WORDS("~not available in your"), OUTCOME_FORBIDDEN_REGION, NULL},
	{0, TYPE, WORDS("~ServiceQuotaExceeded"), OUTCOME_QUOTA, NULL},
	{0, TYPE, WORDS("~RequestExpired", "~InvalidSignature"), OUTCOME_LOCAL,
	 "our clock or our signature"},
	{0, TYPE, WORDS("~IncompleteSignature", "~MissingAuthenticationToken",
	 "~UnrecognizedClient", "~ExpiredToken", "~AccessDenied"), OUTCOME_AUTH, NULL},
	{0, TYPE, WORDS("~ResourceNotFound"), OUTCOME_MODEL_GONE, NULL},
	{0, TYPE, WORDS("~ModelNotReady", "~ServiceUnavailable"), OUTCOME_OVERLOADED, NULL},
	{0, TYPE, WORDS("~Throttling"), OUTCOME_RATE_LIMITED, NULL},
	{0, TYPE, WORDS("~ModelTimeout"), OUTCOME_TIMEOUT_FIRST_TOKEN, NULL},
	{0, TYPE, WORDS("~ModelError", "~ModelStreamError", "~InternalServer"),
	 OUTCOME_HTTP_5XX, NULL},
	{0, TYPE, WORDS("~Validation"), OUTCOME_BAD_REQUEST, NULL},
};
static const struct finish_row finishes[] = {
	{"guardrail_intervened", OUTCOME_CONTENT_FILTERED},
	{"content_filtered", OUTCOME_CONTENT_FILTERED},
	{"malformed_model_output", OUTCOME_ERROR_IN_STREAM},
	{"model_context_window_exceeded", OUTCOME_BAD_REQUEST},
};
/* clang-format on */

const struct dialect dialect_bedrock = {
    .name = "bedrock-converse",
    .framing = FRAMING_JSON,
    .build = build,
    .read = read_event,
    .kinds = KIND(PROBE_CHAT) | KIND(PROBE_DOOR),
    .finish_ends = true,
    .max_tokens_field = "inferenceConfig.maxTokens",
    .tools = "{\"toolConfig\":{\"tools\":[{\"toolSpec\":{\"name\":\"get_weather\","
	     "\"description\":\"" WEATHER_ABOUT
	     "\",\"inputSchema\":{\"json\":" WEATHER_TAKES "}}}]}}",
    .paths = {.prefix = "",
	      .chat = "/model/{model}/converse",
	      .stream_tail = "/converse-stream",
	      .whole_tail = "/converse"},
    .auth_header = "Authorization",
    .auth_scheme = "Bearer",
    ERRORS(errors),
    FINISHES(finishes),
};
