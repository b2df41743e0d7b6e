/* SPDX-License-Identifier: MIT
 *
 * Google's generateContent: the model stands in the path, chunks are whole answers with
 * less in them, the finish reason is all the end there is, and a broken stream may end in
 * bare JSON without `data:` (which the exchange looks for).
 */
#include "probes/dialect_parts.h"

static json_t *content_of(const struct target *t, const struct question *q)
{
	json_t *content = json_object(), *parts = json_array(), *part = json_object();

	json_object_set_new(part, "text", parts_question(t, q));
	json_array_append_new(parts, part);
	json_object_set_new(content, "parts", parts);
	return content;
}

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	json_t *body = json_object(), *content = content_of(t, q), *contents;

	if (t->kind == PROBE_EMBEDDING) {
		json_object_set_new(body, "content", content);
	} else {
		contents = json_array();
		json_object_set_new(content, "role", json_string("user"));
		json_array_append_new(contents, content);
		json_object_set_new(body, "contents", contents);
		parts_limit(t, body);
	}
	parts_send(t, body, rq);
}

static void read_candidate(const json_t *candidate, struct reading *ret)
{
	const json_t *parts = json_at(candidate, "content.parts");

	for (size_t i = 0; i < json_array_size(parts); i++) {
		const json_t *part = json_array_get(parts, i);
		struct span text = parts_text_at(part, "text");

		if (json_is_true(json_at(part, "thought")))
			parts_add_thought(ret, text);
		else
			parts_add_text(ret, text);
		if (json_is_object(json_at(part, "functionCall")))
			parts_add_call(ret, json_at(part, "functionCall.name"),
			    json_at(part, "functionCall.args"));
	}
	ret->finish = parts_word(candidate, "finishReason");
}

/* Cumulative, the last one wins; thoughts are billed as output. */
static void read_usage(const json_t *usage, struct reading *ret)
{
	int64_t in = parts_count(usage, "promptTokenCount");
	int64_t out = parts_count(usage, "candidatesTokenCount");
	int64_t thought = parts_count(usage, "thoughtsTokenCount");

	if (thought >= 0)
		out = (out >= 0 ? out : 0) + thought;
	if (in >= 0)
		ret->tokens_in = in;
	if (out >= 0)
		ret->tokens_out = out;
}

static void read_chunk(struct span event_name, const json_t *v, struct reading *ret)
{
	const json_t *candidates = json_at(v, "candidates");
	const json_t *usage = json_at(v, "usageMetadata");

	if (!json_is_object(v))
		return;
	ret->id = parts_word(v, "responseId");
	ret->model = parts_word(v, "modelVersion");
	read_usage(usage, ret);
	if (parts_is_error(event_name, v) ||
	    (json_array_size(candidates) == 0 &&
		parts_said(v, "promptFeedback.blockReason"))) {
		ret->error = v;
		ret->understood = true;
		return;
	}
	if (json_is_array(candidates) || json_is_object(usage))
		ret->understood = true;
	if (json_array_size(candidates) > 0)
		read_candidate(json_array_get(candidates, 0), ret);
}

/* Asked without `alt=sse` the stream is one array of chunks. */
static void read_event(
    struct span event_name, struct span data, const json_t *v, struct reading *ret)
{
	(void)data;
	if (!json_is_array(v)) {
		read_chunk(event_name, v, ret);
		return;
	}
	for (size_t i = 0; i < json_array_size(v) && ret->error == NULL; i++)
		read_chunk(event_name, json_array_get(v, i), ret);
}

/* clang-format off */
static const struct error_row errors[] = {
	{400, WORDS("error.message"), WORDS("~user location is not supported"),
	 OUTCOME_FORBIDDEN_REGION, NULL},
	{0, WORDS("error.details[].reason"), WORDS("API_KEY_INVALID", "SERVICE_DISABLED",
	 "BILLING_DISABLED"), OUTCOME_AUTH, "a bad key is a 400 here"},
	{0, WORDS("error.message"), WORDS("~api key not valid", "~api key not found",
	 "~api key expired", "~authorization header", "~reported as leaked"), OUTCOME_AUTH,
	 NULL},
	{0, WORDS("error.details[].violations[].quotaId"), WORDS("~PerDay"), OUTCOME_QUOTA,
	 "the quota of a day, until midnight in California"},
	{429, WORDS("error.details[].violations[].quotaValue"), WORDS("0"), OUTCOME_QUOTA,
	 "the free tier has none of this model"},
	{0, WORDS("error.message"), WORDS("~no capacity available"), OUTCOME_OVERLOADED,
	 "their capacity, dressed as our quota"},
	{0, WORDS("error.status"), WORDS("RESOURCE_EXHAUSTED"), OUTCOME_RATE_LIMITED, NULL},
	{0, WORDS("error.status"), WORDS("UNAVAILABLE"), OUTCOME_OVERLOADED, NULL},
	{400, WORDS("error.status"), WORDS("FAILED_PRECONDITION"), OUTCOME_QUOTA,
	 "no free tier here, or billing is off"},
	{0, WORDS("error.status"), WORDS("INVALID_ARGUMENT", "FAILED_PRECONDITION"),
	 OUTCOME_BAD_REQUEST, NULL},
	{0, WORDS("error.status"), WORDS("UNAUTHENTICATED", "PERMISSION_DENIED"),
	 OUTCOME_AUTH, NULL},
	{0, WORDS("error.status"), WORDS("NOT_FOUND"), OUTCOME_MODEL_GONE, NULL},
	{0, WORDS("error.status"), WORDS("INTERNAL", "DEADLINE_EXCEEDED"), OUTCOME_HTTP_5XX,
	 NULL},
	{0, WORDS("promptFeedback.blockReason"), WORDS("*"), OUTCOME_CONTENT_FILTERED, NULL},
};
static const struct finish_row finishes[] = {
	{"SAFETY", OUTCOME_CONTENT_FILTERED},
	{"RECITATION", OUTCOME_CONTENT_FILTERED},
	{"BLOCKLIST", OUTCOME_CONTENT_FILTERED},
	{"PROHIBITED_CONTENT", OUTCOME_CONTENT_FILTERED},
	{"SPII", OUTCOME_CONTENT_FILTERED},
	{"LANGUAGE", OUTCOME_CONTENT_FILTERED},
	{"OTHER", OUTCOME_ERROR_IN_STREAM},
	{"MALFORMED_FUNCTION_CALL", OUTCOME_ERROR_IN_STREAM},
	{"UNEXPECTED_TOOL_CALL", OUTCOME_ERROR_IN_STREAM},
};
/* clang-format on */

const struct dialect dialect_gemini = {
    .name = "gemini",
    .framing = FRAMING_SSE,
    .build = build,
    .read = read_event,
    .kinds = KINDS_CHAT | KIND(PROBE_MODELS) | KIND(PROBE_DOOR) | KIND(PROBE_EMBEDDING),
    .finish_ends = true,
    .max_tokens_field = "generationConfig.maxOutputTokens",
    .json_mode = "{\"generationConfig\":{\"responseMimeType\":\"application/json\"}}",
    .tools =
	"{\"tools\":[{\"functionDeclarations\":[{\"name\":\"get_weather\","
	"\"description\":\"" WEATHER_ABOUT "\",\"parameters\":" WEATHER_TAKES "}]}]}",
    .paths = {.prefix = "/v1beta",
	      .chat = "/models/{model}:streamGenerateContent?alt=sse",
	      .models = "/models?pageSize=1000",
	      .embedding = "/models/{model}:embedContent",
	      .stream_tail = ":streamGenerateContent?alt=sse",
	      .whole_tail = ":generateContent"},
    .auth_header = "x-goog-api-key",
    .auth_scheme = "",
    ERRORS(errors),
    FINISHES(finishes),
};
