/* SPDX-License-Identifier: MIT
 *
 * The simulator's chat completions: role chunk, tokens, finish, usage, [DONE]. With the
 * variations of those who speak it as rows: refusals by the provider's name, and Azure's
 * first chunk, its filter results and its words.
 */
#include <string.h>

#include "agent/base/json.h"
#include "agent/sim/sim_dialect.h"

#define ERROR_OBJECT                                                                     \
	"{\"error\":{\"message\":\"The server had an error while processing your "       \
	"request.\",\"type\":\"server_error\",\"param\":null,\"code\":null}}"
#define SAFE "{\"filtered\":false,\"severity\":\"safe\"}"
#define ALL_SAFE                                                                         \
	"{\"hate\":" SAFE ",\"self_harm\":" SAFE ",\"sexual\":" SAFE                     \
	",\"violence\":" SAFE "}"

static bool is_azure(const struct sim_writer *w)
{
	return w->dialect == &sim_dialect_azure;
}

/* --- the question --- */

static bool read_inputs(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const char *format = json_text_at(v, "encoding_format");

	sim_question_set(ret, json_text_at(v, "model"), NULL);
	ret->inputs = sim_count_inputs(json_at(v, "input"));
	ret->base64 = format && strcmp(format, "base64") == 0;
	json_decref(v);
	return ret->inputs > 0;
}

static bool is_name(const char *text)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-";

	return text && text[0] && strspn(text, good) == strlen(text);
}

/* JSON mode, and the first tool that is offered. */
static void read_wishes(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const char *format = json_text_at(v, "response_format.type");
	const char *tool = json_text_at(v, "tools[0].function.name");

	ret->json = format && strcmp(format, "json_object") == 0;
	if (is_name(tool))
		str_copy(ret->tool, sizeof(ret->tool), tool);
	json_decref(v);
}

static bool read_question(const struct sim_request *rq, struct sim_question *ret)
{
	bool good = sim_question_read(rq->body, ret);

	read_wishes(rq, ret);
	return good;
}

/* Azure's older doors name the model, or rather the deployment, in the path. */
static void read_deployment(const struct sim_request *rq, struct sim_question *ret)
{
	char model[sizeof(ret->model)];

	sim_path_part(rq, "/deployments/", "/", model, sizeof(model));
	if (model[0])
		str_copy(ret->model, sizeof(ret->model), model);
}

static bool read_azure(const struct sim_request *rq, struct sim_question *ret)
{
	bool good = read_question(rq, ret);

	read_deployment(rq, ret);
	return good;
}

static bool read_azure_inputs(const struct sim_request *rq, struct sim_question *ret)
{
	bool good = read_inputs(rq, ret);

	read_deployment(rq, ret);
	return good;
}

/* --- the stream --- */

/* delta and finish are JSON. */
static void put_chunk(struct sim_writer *w, const char *delta, const char *finish)
{
	sim_plan_bodyf(w->p,
	    "data: {\"id\":\"chatcmpl-%s\",\"object\":\"chat.completion.chunk\","
	    "\"created\":%lld,\"model\":%s,\"choices\":[{\"index\":0,\"delta\":%s,"
	    "\"finish_reason\":%s%s}],\"usage\":null}\n\n",
	    w->id, (long long)w->ask->now_s, str_c(&w->model), delta, finish,
	    is_azure(w) ? ",\"content_filter_results\":{},\"logprobs\":null" : "");
}

static const char *tool_of(const struct sim_writer *w)
{
	return w->ask->chat->tool;
}

/* Its name comes first, its arguments are the tokens. */
static void begin_call(struct sim_writer *w)
{
	struct str delta;

	str_init(&delta, 512);
	str_addf(&delta,
	    "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"index\":0,"
	    "\"id\":\"call-%s\",\"type\":\"function\",\"function\":{\"name\":\"%s\","
	    "\"arguments\":\"\"}}]}",
	    w->id, tool_of(w));
	put_chunk(w, str_c(&delta), "null");
	str_fini(&delta);
}

static const char *finish_word(const struct sim_writer *w)
{
	bool calls = tool_of(w)[0] && w->shape->finish == SIM_FINISH_STOP;

	return calls ? "tool_calls" : sim_finish_word(w);
}

static void begin(struct sim_writer *w)
{
	if (is_azure(w))
		sim_plan_bodyf(w->p,
		    "data: {\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\","
		    "\"object\":\"\",\"prompt_filter_results\":[{\"prompt_index\":0,"
		    "\"content_filter_results\":" ALL_SAFE "}]}\n\n");
	if (tool_of(w)[0])
		begin_call(w);
	else
		put_chunk(w, "{\"role\":\"assistant\",\"content\":\"\"}", "null");
}

static void token(struct sim_writer *w, const char *text, size_t n)
{
	struct str delta;

	str_init(&delta, 256);
	if (w->shape->reasoning)
		str_addf(&delta, "{\"content\":null,\"reasoning_content\":\"%.*s \"}",
		    (int)n, text);
	else if (tool_of(w)[0])
		str_addf(&delta,
		    "{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"%.*s\"}}]}",
		    (int)n, text);
	else
		str_addf(&delta, "{\"content\":\"%.*s%s\"}", (int)n, text,
		    w->shape->bad_utf8 ? "\xff\xfe" : "");
	put_chunk(w, str_c(&delta), "null");
	str_fini(&delta);
}

static void add_usage(const struct sim_writer *w, struct str *out)
{
	size_t n = sim_tokens_out(w);

	str_addf(out,
	    "{\"prompt_tokens\":%d,\"completion_tokens\":%zu,\"total_tokens\":%zu,"
	    "\"prompt_tokens_details\":{\"cached_tokens\":0},"
	    "\"completion_tokens_details\":{\"reasoning_tokens\":%zu}}",
	    SIM_PROMPT_TOKENS, n, SIM_PROMPT_TOKENS + n, w->shape->reasoning ? n : 0);
}

static void put_usage(struct sim_writer *w)
{
	struct str usage;

	str_init(&usage, 1024);
	add_usage(w, &usage);
	sim_plan_bodyf(w->p,
	    "data: {\"id\":\"chatcmpl-%s\",\"object\":\"chat.completion.chunk\","
	    "\"created\":%lld,\"model\":%s,\"choices\":[],\"usage\":%s}\n\n",
	    w->id, (long long)w->ask->now_s, str_c(&w->model), str_c(&usage));
	str_fini(&usage);
}

static void end(struct sim_writer *w)
{
	struct str finish;

	str_init(&finish, 64);
	str_addf(&finish, "\"%s\"", finish_word(w));
	put_chunk(w, "{}", str_c(&finish));
	str_fini(&finish);
	if (!w->shape->no_usage)
		put_usage(w);
	if (!w->shape->no_done)
		sim_plan_bodyf(w->p, "data: [DONE]\n\n");
}

static void error(struct sim_writer *w)
{
	sim_plan_bodyf(w->p, "data: " ERROR_OBJECT "\n\n");
}

static void broken(struct sim_writer *w)
{
	sim_plan_bodyf(w->p, "data: {\"id\":\"chatcmpl-%s\",\"choices\":[{\n\n", w->id);
}

/* --- in one piece --- */

static void add_message(const struct sim_writer *w, struct str *out)
{
	bool thinks = w->shape->reasoning, calls = tool_of(w)[0] && !thinks;

	if (calls)
		str_addf(out,
		    "\"content\":null,\"tool_calls\":[{\"id\":\"call-%s\",\"type\":"
		    "\"function\",\"function\":{\"name\":\"%s\",\"arguments\":\"",
		    w->id, tool_of(w));
	else
		str_addf(out, "\"%s\":\"", thinks ? "reasoning_content" : "content");
	sim_whole_text(w, out);
	str_adds(out, calls ? "\"}}]" : "\"");
	str_adds(out, thinks ? ",\"content\":\"\"" : ",\"refusal\":null");
}

static void whole(struct sim_writer *w, struct str *out)
{
	const struct sim_shape *s = w->shape;

	if (s->middle == SIM_MIDDLE_ERROR) {
		str_adds(out, ERROR_OBJECT);
		return;
	}
	str_addf(out,
	    "{\"id\":\"chatcmpl-%s\",\"object\":\"chat.completion\",\"created\":%lld,"
	    "\"model\":%s,\"choices\":[",
	    w->id, (long long)w->ask->now_s, str_c(&w->model));
	if (s->malformed)
		return;
	str_adds(out, "{\"index\":0,\"message\":{\"role\":\"assistant\",");
	add_message(w, out);
	str_addf(out, "},\"logprobs\":null%s,\"finish_reason\":\"%s\"}]",
	    is_azure(w) ? ",\"content_filter_results\":" ALL_SAFE : "", finish_word(w));
	if (!s->no_usage) {
		str_adds(out, ",\"usage\":");
		add_usage(w, out);
	}
	str_adds(out, "}");
}

static void models(const struct sim_ask *ask, struct str *out)
{
	str_addf(out,
	    "{\"object\":\"list\",\"data\":[{\"id\":\"" SIM_MODEL
	    "\",\"object\":\"model\",\"created\":%lld,\"owned_by\":\"sim\"}]}",
	    (long long)ask->now_s);
}

static void vectors(struct sim_writer *w, struct str *out)
{
	str_adds(out, "{\"object\":\"list\",\"data\":[");
	for (int i = 0; i < w->ask->chat->inputs; i++)
		str_addf(out,
		    "%s{\"object\":\"embedding\",\"index\":%d,\"embedding\":%s}",
		    i > 0 ? "," : "", i,
		    w->ask->chat->base64 ? "\"" SIM_VECTOR_BASE64 "\"" : SIM_VECTOR);
	str_addf(out,
	    "],\"model\":%s,\"usage\":{\"prompt_tokens\":%d,\"total_tokens\":%d}}",
	    str_c(&w->model), SIM_PROMPT_TOKENS, SIM_PROMPT_TOKENS);
}

/* --- the tables --- */

/* clang-format off */
static const struct sim_refusal refusals[] = {
	{SIM_OVERLOADED, 503, "", "",
	 "{\"error\":{\"message\":\"Server overloaded\",\"type\":\"server_error\","
	 "\"param\":null,\"code\":\"overloaded\"}}"},
	{SIM_ENGINE_OVERLOADED, 429, "", "",
	 "{\"error\":{\"message\":\"The engine is currently overloaded, please try again "
	 "later\",\"type\":\"engine_overloaded_error\"}}"},
	{SIM_RATE_LIMITED, 429, "", "Retry-After: 7\r\n",
	 "{\"error\":{\"message\":\"Rate limit reached for requests\",\"type\":\"requests\","
	 "\"param\":null,\"code\":\"rate_limit_exceeded\"}}"},
	{SIM_QUOTA, 402, "deepseek", "",
	 "{\"error\":{\"message\":\"Insufficient Balance\",\"type\":\"unknown_error\","
	 "\"param\":null,\"code\":\"invalid_request_error\"}}"},
	{SIM_QUOTA, 429, "moonshot", "",
	 "{\"error\":{\"message\":\"Your account is suspended due to insufficient balance, "
	 "please recharge\",\"type\":\"exceeded_current_quota_error\"}}"},
	{SIM_QUOTA, 400, "dashscope", "",
	 "{\"error\":{\"message\":\"Access denied, please make sure your account is in good "
	 "standing.\",\"type\":\"Arrearage\",\"param\":null,\"code\":\"Arrearage\"}}"},
	{SIM_QUOTA, 429, "", "",
	 "{\"error\":{\"message\":\"You exceeded your current quota, please check your plan "
	 "and billing details.\",\"type\":\"insufficient_quota\",\"param\":null,"
	 "\"code\":\"insufficient_quota\"}}"},
	{SIM_AUTH, 401, "", "",
	 "{\"error\":{\"message\":\"Incorrect API key provided\","
	 "\"type\":\"invalid_request_error\",\"param\":null,\"code\":\"invalid_api_key\"}}"},
	{SIM_FORBIDDEN_REGION, 403, "", "",
	 "{\"error\":{\"message\":\"Country, region, or territory not supported\","
	 "\"type\":\"request_forbidden\",\"param\":null,"
	 "\"code\":\"unsupported_country_region_territory\"}}"},
	{SIM_MODEL_GONE, 404, "", "",
	 "{\"error\":{\"message\":\"The model `{model}` does not exist or you do not have "
	 "access to it.\",\"type\":\"invalid_request_error\",\"param\":null,"
	 "\"code\":\"model_not_found\"}}"},
};

static const struct sim_refusal azure_refusals[] = {
	{SIM_OVERLOADED, 429, "", "retry-after-ms: 7000\r\nretry-after: 7\r\n",
	 "{\"error\":{\"code\":\"429\",\"message\":\"We're currently experiencing high "
	 "demand, which may cause temporary errors.\"}}"},
	{SIM_RATE_LIMITED, 429, "",
	 "retry-after-ms: 7000\r\nretry-after: 7\r\nx-ms-region: Sweden Central\r\n",
	 "{\"error\":{\"code\":\"RateLimitReached\",\"message\":\"Your requests to {model} "
	 "have exceeded the token rate limit of your tier. Please retry after 7 seconds.\"}}"},
	{SIM_QUOTA, 429, "", "",
	 "{\"error\":{\"code\":\"insufficient_quota\",\"message\":\"You exceeded your current "
	 "quota, please check your plan and billing details.\"}}"},
	{SIM_AUTH, 401, "", "",
	 "{\"error\":{\"code\":\"401\",\"message\":\"Access denied due to invalid subscription "
	 "key or wrong API endpoint. Make sure to provide a valid key for an active "
	 "subscription and use a correct regional API endpoint for your resource.\"}}"},
	{SIM_FORBIDDEN_REGION, 403, "", "",
	 "{\"error\":{\"code\":\"403\",\"message\":\"Public access is disabled. Please "
	 "configure private endpoint.\"}}"},
	{SIM_MODEL_GONE, 404, "", "",
	 "{\"error\":{\"code\":\"DeploymentNotFound\",\"message\":\"The API deployment for this "
	 "resource does not exist. If you created the deployment within the last 5 minutes, "
	 "please wait a moment and try again.\"}}"},
	{SIM_CONTENT_FILTERED, 400, "", "",
	 "{\"error\":{\"code\":\"content_filter\",\"status\":400,\"param\":\"prompt\","
	 "\"message\":\"The response was filtered due to the prompt triggering Azure OpenAI's "
	 "content management policy.\",\"innererror\":{\"code\":\"ResponsibleAIPolicyViolation\","
	 "\"content_filter_result\":{\"hate\":{\"filtered\":true,\"severity\":\"high\"}}}}}"},
};

static const struct sim_path paths[] = {
	{"/chat/completions", SIM_DOOR_CHAT, false, NULL, NULL},
	{"/models", SIM_DOOR_MODELS, false, NULL, NULL},
	{"/embeddings", SIM_DOOR_EMBEDDING, false, NULL, NULL},
};
static const struct sim_path azure_paths[] = {
	{"/chat/completions", SIM_DOOR_CHAT, false, "api-key", "azure"},
	{"/models", SIM_DOOR_MODELS, false, "api-key", "azure"},
	{"/embeddings", SIM_DOOR_EMBEDDING, false, "api-key", "azure"},
};

#define OPENAI                                                                           \
	.stream_type = "text/event-stream; charset=utf-8", .json_type = "application/json", \
	.keep_alive = ": keep-alive\n\n", .begin = begin, .token = token, .end = end,    \
	.error = error, .broken = broken, .whole = whole, .models = models,              \
	.vectors = vectors
/* clang-format on */

const struct sim_dialect sim_dialect_openai = {
    .name = "openai-chat",
    OPENAI,
    .id_header = "X-Request-Id",
    .finishes = {"stop", "length", "content_filter", "insufficient_system_resource"},
    .question = read_question,
    .inputs = read_inputs,
    .bad_request =
	"{\"error\":{\"message\":\"not a chat request\",\"type\":\"invalid_request_error\","
	"\"param\":null,\"code\":null}}",
    .paths = paths,
    .n_paths = sizeof(paths) / sizeof(paths[0]),
    .refusals = refusals,
    .n_refusals = sizeof(refusals) / sizeof(refusals[0]),
};

const struct sim_dialect sim_dialect_azure = {
    .name = "azure-openai",
    OPENAI,
    .id_header = "apim-request-id",
    .finishes = {"stop", "length", "content_filter", NULL},
    .question = read_azure,
    .inputs = read_azure_inputs,
    .bad_request =
	"{\"error\":{\"code\":\"BadRequest\",\"message\":\"not a chat request\"}}",
    .paths = azure_paths,
    .n_paths = sizeof(azure_paths) / sizeof(azure_paths[0]),
    .refusals = azure_refusals,
    .n_refusals = sizeof(azure_refusals) / sizeof(azure_refusals[0]),
};
