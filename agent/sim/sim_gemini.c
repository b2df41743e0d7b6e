/* SPDX-License-Identifier: MIT
 *
 * The simulator's generateContent: chunks that are whole answers, CRLF between them, and
 * no end but the finish reason. Without `alt=sse` the stream is one array.
 */
#include "agent/base/json.h"
#include "agent/sim/sim_dialect.h"

static void read_model(const struct sim_request *rq, struct sim_question *ret)
{
	sim_path_part(rq, "/models/", ":", ret->model, sizeof(ret->model));
}

static bool read_question(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const json_t *last = sim_last(json_at(v, "contents"));

	read_model(rq, ret);
	sim_question_set(ret, NULL, sim_message_text(last));
	ret->as_array = !span_contains(rq->query, span_of("alt=sse"));
	json_decref(v);
	return last != NULL;
}

/* One, or a batch of them at a path of its own. */
static bool read_inputs(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);

	read_model(rq, ret);
	ret->inputs = sim_count_inputs(json_at(v, "requests"));
	if (ret->inputs == 0 && json_is_object(json_at(v, "content")))
		ret->inputs = 1;
	else
		ret->as_array = true;
	json_decref(v);
	return ret->inputs > 0;
}

/* --- what a chunk says --- */

static void add_usage(const struct sim_writer *w, size_t n, struct str *out)
{
	if (w->shape->no_usage)
		return;
	str_addf(
	    out, ",\"usageMetadata\": {\"promptTokenCount\": %d,", SIM_PROMPT_TOKENS);
	if (n > 0)
		str_addf(out, "\"%s\": %zu,",
		    w->shape->reasoning ? "thoughtsTokenCount" : "candidatesTokenCount",
		    n);
	str_addf(out, "\"totalTokenCount\": %zu}", SIM_PROMPT_TOKENS + n);
}

/* finish: NULL while there is none. An answer that was stopped has no content. */
static void add_candidate(
    const struct sim_writer *w, struct span text, const char *finish, struct str *out)
{
	str_adds(out, "\"candidates\": [{");
	if (!finish || w->shape->finish != SIM_FINISH_FILTERED)
		str_addf(out,
		    "\"content\": {\"parts\": [{\"text\": \"%.*s%s\"%s}],"
		    "\"role\": \"model\"},",
		    (int)text.n, text.n ? text.p : "",
		    text.n && w->shape->bad_utf8 ? "\xff\xfe" : "",
		    w->shape->reasoning ? ",\"thought\": true" : "");
	if (finish)
		str_addf(out, "\"finishReason\": \"%s\",", finish);
	str_adds(out, "\"index\": 0}]");
}

static void add_names(const struct sim_writer *w, struct str *out)
{
	str_addf(
	    out, ",\"modelVersion\": %s,\"responseId\": \"%s\"", str_c(&w->model), w->id);
}

static void put_frame(struct sim_writer *w, const char *object)
{
	bool first = w->frames++ == 0;

	if (w->ask->chat->as_array)
		sim_plan_bodyf(w->p, "%s%s", first ? "[" : ",\r\n", object);
	else
		sim_plan_bodyf(w->p, "data: %s\r\n\r\n", object);
}

static void put_chunk(struct sim_writer *w, struct span text, const char *finish)
{
	struct str object;

	str_init(&object, 2048);
	str_adds(&object, "{");
	add_candidate(w, text, finish, &object);
	add_usage(w, finish ? sim_tokens_out(w) : 0, &object);
	add_names(w, &object);
	str_adds(&object, "}");
	put_frame(w, str_c(&object));
	str_fini(&object);
}

/* --- the stream --- */

static void begin(struct sim_writer *w)
{
	(void)w; /* the first chunk has text in it */
}

static void token(struct sim_writer *w, const char *text, size_t n)
{
	put_chunk(w, (struct span){text, n}, NULL);
}

static void end(struct sim_writer *w)
{
	if (!w->shape->no_done)
		put_chunk(w, (struct span){NULL, 0}, sim_finish_word(w));
	if (w->ask->chat->as_array)
		sim_plan_bodyf(w->p, "%s", w->frames > 0 ? "]" : "[]");
}

static const char *error_object(const struct sim_writer *w)
{
	if (w->shape->finish == SIM_FINISH_STARVED)
		return "{\"error\": {\"code\": 503,\"message\": \"The model is overloaded. "
		       "Please try again later.\",\"status\": \"UNAVAILABLE\"}}";
	return "{\"error\": {\"code\": 500,\"message\": \"An internal error has occurred. "
	       "Please retry.\",\"status\": \"INTERNAL\"}}";
}

static void error(struct sim_writer *w)
{
	put_frame(w, error_object(w));
	if (w->ask->chat->as_array)
		sim_plan_bodyf(w->p, "]");
}

static void broken(struct sim_writer *w)
{
	put_frame(w, "{\"candidates\": [{");
}

/* --- in one piece --- */

static void whole(struct sim_writer *w, struct str *out)
{
	struct str text;

	if (w->shape->middle == SIM_MIDDLE_ERROR) {
		str_adds(out, error_object(w));
		return;
	}
	if (w->shape->malformed) {
		str_adds(out, "{\"candidates\": [{");
		return;
	}
	str_init(&text, 64);
	if (!w->shape->no_tokens)
		str_adds(&text, w->answer);
	str_adds(out, "{");
	add_candidate(w, str_span(&text), sim_finish_word(w), out);
	add_usage(w, sim_tokens_out(w), out);
	add_names(w, out);
	str_adds(out, "}");
	str_fini(&text);
}

static void models(const struct sim_ask *ask, struct str *out)
{
	(void)ask;
	str_adds(out,
	    "{\"models\": [{\"name\": \"models/" SIM_MODEL
	    "\",\"version\": \"1\",\"displayName\": \"Sim\",\"inputTokenLimit\": 8192,"
	    "\"outputTokenLimit\": 8192,\"supportedGenerationMethods\": "
	    "[\"generateContent\",\"embedContent\"]}]}");
}

static void vectors(struct sim_writer *w, struct str *out)
{
	bool batch = w->ask->chat->as_array;

	str_adds(out, batch ? "{\"embeddings\": [" : "{\"embedding\": ");
	sim_vectors(w, "{\"values\": " SIM_VECTOR "}", out);
	str_adds(out, batch ? "]}" : "}");
}

/* --- the tables --- */

#define REFUSAL(code, status, message, more)                                             \
	"{\"error\": {\"code\": " #code ",\"message\": \"" message                       \
	"\",\"status\": \"" status "\"" more "}}"
#define DETAIL(type, more)                                                               \
	"{\"@type\": \"type.googleapis.com/google.rpc." type "\"," more "}"
#define VIOLATION(id)                                                                    \
	DETAIL("QuotaFailure", "\"violations\": [{\"quotaMetric\": "                     \
			       "\"generativelanguage.googleapis.com/requests\","         \
			       "\"quotaId\": \"" id "\"}]")
/* clang-format off */
static const struct sim_refusal refusals[] = {
	{SIM_OVERLOADED, 503, "", "",
	 REFUSAL(503, "UNAVAILABLE", "The model is overloaded. Please try again later.", "")},
	{SIM_ENGINE_OVERLOADED, 429, "", "",
	 REFUSAL(429, "RESOURCE_EXHAUSTED", "No capacity available for model {model} on the "
	 "server", "")},
	{SIM_RATE_LIMITED, 429, "", "",
	 REFUSAL(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check "
	 "your plan and billing details.", ",\"details\": ["
	 VIOLATION("GenerateRequestsPerMinutePerProjectPerModel") ","
	 DETAIL("RetryInfo", "\"retryDelay\": \"7s\"") "]")},
	{SIM_QUOTA, 429, "", "",
	 REFUSAL(429, "RESOURCE_EXHAUSTED", "You exceeded your current quota, please check "
	 "your plan and billing details.", ",\"details\": ["
	 VIOLATION("GenerateRequestsPerDayPerProjectPerModel-FreeTier") "]")},
	{SIM_AUTH, 400, "", "",
	 REFUSAL(400, "INVALID_ARGUMENT", "API key not valid. Please pass a valid API key.",
	 ",\"details\": [" DETAIL("ErrorInfo", "\"reason\": \"API_KEY_INVALID\","
	 "\"domain\": \"googleapis.com\"") "]")},
	{SIM_FORBIDDEN_REGION, 400, "", "",
	 REFUSAL(400, "FAILED_PRECONDITION", "User location is not supported for the API use.",
	 "")},
	{SIM_MODEL_GONE, 404, "", "",
	 REFUSAL(404, "NOT_FOUND", "models/{model} is not found for API version v1beta, or is "
	 "not supported for generateContent.", "")},
};

static const struct sim_path paths[] = {
	{":streamGenerateContent", SIM_DOOR_CHAT, true, NULL, NULL},
	{":generateContent", SIM_DOOR_CHAT, false, NULL, NULL},
	{":embedContent", SIM_DOOR_EMBEDDING, false, NULL, NULL},
	{":batchEmbedContents", SIM_DOOR_EMBEDDING, false, NULL, NULL},
	{"/v1beta/models", SIM_DOOR_MODELS, false, NULL, NULL},
};
/* clang-format on */

const struct sim_dialect sim_dialect_gemini = {
    .name = "gemini",
    .stream_type = "text/event-stream",
    .json_type = "application/json; charset=UTF-8",
    .finishes = {"STOP", "MAX_TOKENS", "SAFETY", NULL},
    .question = read_question,
    .inputs = read_inputs,
    .bad_request = REFUSAL(400, "INVALID_ARGUMENT", "contents is not specified", ""),
    .begin = begin,
    .token = token,
    .end = end,
    .error = error,
    .broken = broken,
    .whole = whole,
    .models = models,
    .vectors = vectors,
    .paths = paths,
    .n_paths = sizeof(paths) / sizeof(paths[0]),
    .refusals = refusals,
    .n_refusals = sizeof(refusals) / sizeof(refusals[0]),
};
