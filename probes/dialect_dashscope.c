/* SPDX-License-Identifier: MIT
 *
 * DashScope's native generation: frames of `output`, the finish reason "null" until there
 * is one, and errors that come inside a 200 with the real status in a comment (which the
 * exchange hands to the classification).
 */
#include <string.h>

#include "probes/dialect_parts.h"

static json_t *embedding_body(const struct target *t, const struct question *q)
{
	json_t *body = json_object(), *texts = json_array();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	json_array_append_new(texts, parts_question(t, q));
	parts_set(body, "input.texts", texts);
	return body;
}

static json_t *chat_body(const struct target *t, const struct question *q)
{
	json_t *body = json_object();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	parts_set(body, "input.messages", parts_messages(t, q));
	parts_set(body, "parameters.result_format", json_string("message"));
	if (dialect_streams(t->dialect, t->kind))
		parts_set(body, "parameters.incremental_output", json_true());
	parts_limit(t, body);
	return body;
}

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	bool chat = t->kind != PROBE_EMBEDDING;

	parts_send(t, chat ? chat_body(t, q) : embedding_body(t, q), rq);
	if (dialect_streams(t->dialect, t->kind))
		(void)request_header(rq, "X-DashScope-SSE", "enable");
}

/* A text, or the parts that models with eyes answer in. */
static void read_message(const json_t *message, struct reading *ret)
{
	const json_t *content = json_at(message, "content");
	const json_t *calls = json_at(message, "tool_calls");

	ret->reasoning = parts_text_at(message, "reasoning_content");
	ret->text = parts_text(content);
	for (size_t i = 0; i < json_array_size(content); i++)
		parts_add_text(ret, parts_text_at(json_array_get(content, i), "text"));
	for (size_t i = 0; i < json_array_size(calls); i++) {
		const json_t *call = json_at(json_array_get(calls, i), "function");

		parts_add_call(ret, json_at(call, "name"), json_at(call, "arguments"));
	}
}

static void read_output(const json_t *v, const json_t *output, struct reading *ret)
{
	const char *finish = parts_word(output, "choices[0].finish_reason");
	const json_t *message = json_at(output, "choices[0].message");

	if (finish == NULL)
		finish = parts_word(output, "finish_reason");
	if (finish != NULL && strcmp(finish, "null") != 0)
		ret->finish = finish;
	if (message != NULL)
		read_message(message, ret);
	else
		ret->text = parts_text_at(output, "text");
	ret->tokens_in = parts_count(v, "usage.input_tokens");
	ret->tokens_out = parts_count(v, "usage.output_tokens");
	ret->understood = true;
}

static void read_event(
    struct span event_name, struct span data, const json_t *v, struct reading *ret)
{
	const json_t *output;

	if (span_eq(span_trim(data), "[DONE]")) {
		ret->done = ret->understood = true;
		return;
	}
	v = parts_unwrapped(v);
	if (!json_is_object(v))
		return;
	output = json_at(v, "output");
	ret->id = parts_word(v, "request_id");
	if (json_is_object(output) && !span_eq(event_name, "error")) {
		read_output(v, output, ret);
	} else if (parts_is_error(event_name, v)) {
		ret->error = v;
		ret->understood = true;
	}
}

#define CODE    WORDS("code", "error.code")
#define MESSAGE WORDS("message", "error.message")
/* clang-format off */
static const struct error_row errors[] = {
	{0, MESSAGE, WORDS("~system capacity limits"), OUTCOME_OVERLOADED, NULL},
	{0, MESSAGE, WORDS("~Free allocated quota exceeded"), OUTCOME_QUOTA, NULL},
	{0, MESSAGE, WORDS("~Model not exist"), OUTCOME_MODEL_GONE, NULL},
	{0, CODE, WORDS("Arrearage", "AccessDenied.Unpurchased",
	 "AllocationQuota.FreeTierOnly", "CommodityNotPurchased", "PrepaidBillOverdue",
	 "PostpaidBillOverdue"), OUTCOME_QUOTA, NULL},
	{0, CODE, WORDS("DataInspectionFailed", "data_inspection_failed"),
	 OUTCOME_CONTENT_FILTERED, NULL},
	{0, CODE, WORDS("InvalidApiKey", "invalid_api_key", "NOT AUTHORIZED", "AccessDenied",
	 "access_denied", "Model.AccessDenied", "Workspace.AccessDenied", "App.AccessDenied",
	 "WorkSpaceNotFound"), OUTCOME_AUTH, NULL},
	{0, CODE, WORDS("ModelNotFound", "model_not_found", "model_not_supported"),
	 OUTCOME_MODEL_GONE, NULL},
	{0, CODE, WORDS("Throttling", "Throttling.RateQuota", "Throttling.BurstRate",
	 "Throttling.AllocationQuota", "limit_requests", "LimitRequests", "limit_burst_rate",
	 "insufficient_quota"), OUTCOME_RATE_LIMITED, NULL},
	{0, CODE, WORDS("ModelServingError", "ServiceUnavailable", "ModelUnavailable"),
	 OUTCOME_OVERLOADED, NULL},
	{0, MESSAGE, WORDS("~Role must be in", "~list index out of range",
	 "~object is not iterable"), OUTCOME_BAD_REQUEST, "our request, though they say 500"},
	{0, CODE, WORDS("InvalidParameter", "invalid_parameter_error"), OUTCOME_BAD_REQUEST,
	 NULL},
	{0, CODE, WORDS("InternalError", "InternalError.Algo", "InternalError.Timeout",
	 "SystemError", "ModelServiceFailed", "RequestTimeOut", "ResponseTimeout"),
	 OUTCOME_HTTP_5XX, NULL},
};
/* clang-format on */

const struct dialect dialect_dashscope = {
    .name = "dashscope-native",
    .framing = FRAMING_SSE,
    .build = build,
    .read = read_event,
    .kinds = KINDS_CHAT | KIND(PROBE_DOOR) | KIND(PROBE_EMBEDDING),
    .finish_ends = true,
    .max_tokens_field = "parameters.max_tokens",
    .json_mode = "{\"parameters\":{\"response_format\":" JSON_MODE "}}",
    .tools = "{\"parameters\":{\"tools\":[" WEATHER_TOOL "]}}",
    .paths = {.prefix = "/api/v1",
	      .chat = "/services/aigc/text-generation/generation",
	      .embedding = "/services/embeddings/text-embedding/text-embedding"},
    .auth_header = "Authorization",
    .auth_scheme = "Bearer",
    ERRORS(errors),
};
