/* SPDX-License-Identifier: MIT
 *
 * The simulator's Responses: named and numbered events around one output item; the last
 * event carries the whole answer once more. There is no [DONE].
 */
#include <string.h>

#include "agent/base/json.h"
#include "agent/sim/sim_dialect.h"

static bool read_question(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const char *text = json_text_at(v, "input");

	if (!text)
		text = sim_message_text(sim_last(json_at(v, "input")));
	sim_question_set(ret, json_text_at(v, "model"), text);
	ret->stream = json_is_true(json_at(v, "stream"));
	json_decref(v);
	return text != NULL;
}

/* --- what events are made of --- */

static bool is_cut(const struct sim_writer *w)
{
	return w->shape->finish == SIM_FINISH_LENGTH ||
	       w->shape->finish == SIM_FINISH_FILTERED;
}

/* The one item: a message, or a train of thought. */
static void add_item(
    const struct sim_writer *w, const char *text, const char *status, struct str *out)
{
	if (w->shape->reasoning)
		str_addf(out, "{\"id\":\"rs_%s\",\"type\":\"reasoning\",\"summary\":[]",
		    w->id);
	else
		str_addf(out,
		    "{\"id\":\"msg_%s\",\"type\":\"message\",\"role\":\"assistant\"",
		    w->id);
	str_addf(out, ",\"status\":\"%s\",\"content\":[", status);
	if (text && w->shape->reasoning)
		str_addf(out, "{\"type\":\"reasoning_text\",\"text\":\"%s\"}", text);
	else if (text)
		str_addf(out,
		    "{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],"
		    "\"text\":\"%s%s\"}",
		    text, w->shape->bad_utf8 ? "\xff\xfe" : "");
	str_adds(out, "]}");
}

static void add_usage(const struct sim_writer *w, struct str *out)
{
	size_t n = sim_tokens_out(w);

	if (w->shape->no_usage) {
		str_adds(out, "null");
		return;
	}
	str_addf(out,
	    "{\"input_tokens\":%d,\"input_tokens_details\":{\"cached_tokens\":0},"
	    "\"output_tokens\":%zu,\"output_tokens_details\":{\"reasoning_tokens\":%zu},"
	    "\"total_tokens\":%zu}",
	    SIM_PROMPT_TOKENS, n, w->shape->reasoning ? n : 0, SIM_PROMPT_TOKENS + n);
}

/* error: a JSON object, or "null". An answer that is not over has neither output nor
 * usage. */
static void add_response(
    const struct sim_writer *w, const char *status, const char *error, struct str *out)
{
	bool over = strcmp(status, "completed") == 0 || strcmp(status, "incomplete") == 0;

	str_addf(out,
	    "{\"id\":\"resp_%s\",\"object\":\"response\",\"created_at\":%lld,"
	    "\"status\":\"%s\",\"background\":false,\"error\":%s,"
	    "\"incomplete_details\":",
	    w->id, (long long)w->ask->now_s, status, error);
	if (strcmp(status, "incomplete") == 0)
		str_addf(out, "{\"reason\":\"%s\"}", sim_finish_word(w));
	else
		str_adds(out, "null");
	str_addf(out,
	    ",\"instructions\":null,\"max_output_tokens\":null,\"metadata\":{},"
	    "\"model\":%s,\"parallel_tool_calls\":true,\"previous_response_id\":null,"
	    "\"store\":false,\"temperature\":1.0,\"text\":{\"format\":{\"type\":\"text\"}},"
	    "\"tool_choice\":\"auto\",\"tools\":[],\"top_p\":1.0,\"truncation\":"
	    "\"disabled\",\"output\":[",
	    str_c(&w->model));
	if (over && !w->shape->no_tokens)
		add_item(w, w->answer, status, out);
	str_adds(out, "],\"usage\":");
	if (over)
		add_usage(w, out);
	else
		str_adds(out, "null");
	str_adds(out, "}");
}

/* --- the stream --- */

/* rest: the fields behind type and number, with their comma. */
static void put(struct sim_writer *w, const char *type, const char *rest)
{
	sim_plan_bodyf(w->p,
	    "event: %s\ndata: {\"type\":\"%s\",\"sequence_number\":%d%s}\n\n", type, type,
	    w->frames++, rest);
}

static void put_response(
    struct sim_writer *w, const char *type, const char *status, const char *error)
{
	struct str rest;

	str_init(&rest, 4096);
	str_adds(&rest, ",\"response\":");
	add_response(w, status, error, &rest);
	put(w, type, str_c(&rest));
	str_fini(&rest);
}

static void put_item(
    struct sim_writer *w, const char *type, const char *text, const char *status)
{
	struct str rest;

	str_init(&rest, 2048);
	str_adds(&rest, ",\"output_index\":0,\"item\":");
	add_item(w, text, status, &rest);
	put(w, type, str_c(&rest));
	str_fini(&rest);
}

/* An event about the item's one part; field: what it says, as JSON. */
static void put_part(struct sim_writer *w, const char *type, const char *field)
{
	struct str rest;

	str_init(&rest, 1024);
	str_addf(&rest,
	    ",\"item_id\":\"%s_%s\",\"output_index\":0,\"content_index\":0,%s",
	    w->shape->reasoning ? "rs" : "msg", w->id, field);
	put(w, type, str_c(&rest));
	str_fini(&rest);
}

#define PART(text)                                                                       \
	"\"part\":{\"type\":\"output_text\",\"annotations\":[],\"logprobs\":[],"         \
	"\"text\":\"" text "\"}"

static void begin(struct sim_writer *w)
{
	put_response(w, "response.created", "in_progress", "null");
	put_response(w, "response.in_progress", "in_progress", "null");
	if (w->shape->no_tokens)
		return;
	put_item(w, "response.output_item.added", NULL, "in_progress");
	if (!w->shape->reasoning)
		put_part(w, "response.content_part.added", PART(""));
}

static void token(struct sim_writer *w, const char *text, size_t n)
{
	struct str field;

	str_init(&field, 256);
	str_addf(&field, "\"delta\":\"%.*s%s\"%s", (int)n, text,
	    w->shape->bad_utf8 ? "\xff\xfe" : "",
	    w->shape->reasoning ? "" : ",\"logprobs\":[]");
	put_part(w,
	    w->shape->reasoning ? "response.reasoning_text.delta"
				: "response.output_text.delta",
	    str_c(&field));
	str_fini(&field);
}

/* The item and its part are over. */
static void put_done(struct sim_writer *w, const char *status)
{
	struct str field;

	str_init(&field, 256);
	str_addf(&field, "\"text\":\"%s%s\",\"logprobs\":[]", w->answer,
	    w->shape->bad_utf8 ? "\xff\xfe" : "");
	if (!w->shape->reasoning) {
		put_part(w, "response.output_text.done", str_c(&field));
		str_reset(&field);
		str_addf(&field,
		    "\"part\":{\"type\":\"output_text\",\"annotations\":[],"
		    "\"logprobs\":[],\"text\":\"%s\"}",
		    w->answer);
		put_part(w, "response.content_part.done", str_c(&field));
	}
	put_item(w, "response.output_item.done", w->answer, status);
	str_fini(&field);
}

static void end(struct sim_writer *w)
{
	const char *status = is_cut(w) ? "incomplete" : "completed";

	if (!w->shape->no_tokens)
		put_done(w, status);
	if (w->shape->no_done)
		return;
	put_response(
	    w, is_cut(w) ? "response.incomplete" : "response.completed", status, "null");
}

#define SERVER_ERROR                                                                     \
	"\"code\":\"server_error\",\"message\":\"The server had an error while "         \
	"processing your request.\""
#define STARVED_ERROR                                                                    \
	"\"code\":\"server_is_overloaded\",\"message\":\"Our servers are currently "     \
	"overloaded. Please try again later.\""

static bool is_starved(const struct sim_writer *w)
{
	return w->shape->finish == SIM_FINISH_STARVED;
}

static void error(struct sim_writer *w)
{
	put(w, "error",
	    is_starved(w)
		? ",\"error\":{\"type\":\"service_unavailable_error\"," STARVED_ERROR
		  ",\"param\":null}"
		: ",\"error\":{\"type\":\"server_error\"," SERVER_ERROR
		  ",\"param\":null}");
	put_response(w, "response.failed", "failed",
	    is_starved(w) ? "{" STARVED_ERROR "}" : "{" SERVER_ERROR "}");
}

static void broken(struct sim_writer *w)
{
	sim_plan_bodyf(
	    w->p, "event: response.created\ndata: {\"type\":\"response.created\",{\n\n");
}

/* --- in one piece --- */

static void whole(struct sim_writer *w, struct str *out)
{
	if (w->shape->middle == SIM_MIDDLE_ERROR)
		add_response(w, "failed", "{" SERVER_ERROR "}", out);
	else
		add_response(w, is_cut(w) ? "incomplete" : "completed", "null", out);
	if (w->shape->malformed)
		str_truncate(out, out->len / 2);
}

/* --- the tables --- */

#define REFUSAL(type, code, message)                                                     \
	"{\"error\":{\"message\":\"" message "\",\"type\":\"" type                       \
	"\",\"param\":null,\"code\":\"" code "\"}}"
#define NO_QUOTA                                                                         \
	"You exceeded your current quota, please check your plan and billing details."
/* clang-format off */
static const struct sim_refusal refusals[] = {
	{SIM_OVERLOADED, 503, "", "",
	 REFUSAL("service_unavailable_error", "server_is_overloaded", "Our servers are currently "
	 "overloaded. Please try again later.")},
	{SIM_RATE_LIMITED, 429, "", "Retry-After: 7\r\n",
	 REFUSAL("requests", "rate_limit_exceeded", "Rate limit reached for requests")},
	{SIM_QUOTA, 200, "", "",
	 "event: response.created\ndata: {\"type\":\"response.created\",\"sequence_number\":0,"
	 "\"response\":{\"id\":\"{id}\",\"object\":\"response\",\"status\":\"in_progress\","
	 "\"output\":[]}}\n\n"
	 "event: error\ndata: {\"type\":\"error\",\"sequence_number\":1,\"error\":{\"type\":"
	 "\"insufficient_quota\",\"code\":\"insufficient_quota\",\"message\":\"" NO_QUOTA "\","
	 "\"param\":null}}\n\n"
	 "event: response.failed\ndata: {\"type\":\"response.failed\",\"sequence_number\":2,"
	 "\"response\":{\"id\":\"{id}\",\"object\":\"response\",\"status\":\"failed\",\"error\":"
	 "{\"code\":\"insufficient_quota\",\"message\":\"" NO_QUOTA "\"},\"output\":[]}}\n\n"},
	{SIM_QUOTA, 429, "", "", REFUSAL("insufficient_quota", "insufficient_quota", NO_QUOTA)},
	{SIM_AUTH, 401, "", "",
	 REFUSAL("invalid_request_error", "invalid_api_key", "Incorrect API key provided")},
	{SIM_FORBIDDEN_REGION, 403, "", "",
	 REFUSAL("request_forbidden", "unsupported_country_region_territory",
	 "Country, region, or territory not supported")},
	{SIM_MODEL_GONE, 404, "", "",
	 REFUSAL("invalid_request_error", "model_not_found", "The model `{model}` does not "
	 "exist or you do not have access to it.")},
};

static const struct sim_path paths[] = {
	{"/responses", SIM_DOOR_CHAT, false, NULL, NULL},
};
/* clang-format on */

const struct sim_dialect sim_dialect_responses = {
    .name = "openai-responses",
    .stream_type = "text/event-stream; charset=utf-8",
    .json_type = "application/json",
    .id_header = "x-request-id",
    .keep_alive = ": keep-alive\n\n",
    .finishes = {"completed", "max_output_tokens", "content_filter", NULL},
    .question = read_question,
    .bad_request = REFUSAL("invalid_request_error", "missing_required_parameter",
	"Missing required parameter: 'input'."),
    .begin = begin,
    .token = token,
    .end = end,
    .error = error,
    .broken = broken,
    .whole = whole,
    .paths = paths,
    .n_paths = sizeof(paths) / sizeof(paths[0]),
    .refusals = refusals,
    .n_refusals = sizeof(refusals) / sizeof(refusals[0]),
};
