/* SPDX-License-Identifier: MIT
 *
 * The simulator's Messages: named events around one content block, a ping between them;
 * an error event ends a stream without message_stop.
 */
#include "agent/base/json.h"
#include "agent/sim/sim_dialect.h"

#define EVENT(type) "event: " type "\ndata: {\"type\":\"" type "\""

static bool read_question(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const json_t *last = sim_last(json_at(v, "messages"));
	int64_t max_tokens = 0;
	bool good;

	sim_question_set(ret, json_text_at(v, "model"), sim_message_text(last));
	ret->stream = json_is_true(json_at(v, "stream"));
	/* It refuses who does not say how much it may say. */
	good = last && json_int_at(v, "max_tokens", &max_tokens) && max_tokens > 0;
	json_decref(v);
	return good;
}

/* --- the stream --- */

static const char *block_type(const struct sim_writer *w)
{
	return w->shape->reasoning ? "thinking" : "text";
}

static void put_usage(const struct sim_writer *w, size_t out_tokens, struct str *out)
{
	if (w->shape->no_usage)
		return;
	str_addf(out,
	    ",\"usage\":{\"input_tokens\":%d,\"cache_creation_input_tokens\":0,"
	    "\"cache_read_input_tokens\":0,\"output_tokens\":%zu,"
	    "\"service_tier\":\"standard\"}",
	    SIM_PROMPT_TOKENS, out_tokens);
}

static void put_message_start(struct sim_writer *w)
{
	struct str usage;

	str_init(&usage, 512);
	put_usage(w, 1, &usage);
	sim_plan_bodyf(w->p,
	    EVENT("message_start") ",\"message\":{\"id\":\"msg_%s\",\"type\":\"message\","
				   "\"role\":\"assistant\",\"model\":%s,\"content\":[],"
				   "\"stop_reason\":null,\"stop_sequence\":null%s}}\n\n",
	    w->id, str_c(&w->model), str_c(&usage));
	str_fini(&usage);
}

/* What says nothing has no block at all. */
static void begin(struct sim_writer *w)
{
	put_message_start(w);
	if (!w->shape->no_tokens)
		sim_plan_bodyf(w->p,
		    EVENT("content_block_start") ",\"index\":0,\"content_block\":{"
						 "\"type\":\"%s\",\"%s\":\"\"%s}}\n\n",
		    block_type(w), block_type(w),
		    w->shape->reasoning ? ",\"signature\":\"\"" : "");
	sim_plan_bodyf(w->p, EVENT("ping") "}\n\n");
}

static void token(struct sim_writer *w, const char *text, size_t n)
{
	sim_plan_bodyf(w->p,
	    EVENT("content_block_delta") ",\"index\":0,\"delta\":{\"type\":\"%s_delta\","
					 "\"%s\":\"%.*s%s\"}}\n\n",
	    block_type(w), block_type(w), (int)n, text,
	    w->shape->bad_utf8 ? "\xff\xfe" : "");
}

static void end(struct sim_writer *w)
{
	struct str usage;

	str_init(&usage, 512);
	put_usage(w, sim_tokens_out(w), &usage);
	if (!w->shape->no_tokens)
		sim_plan_bodyf(w->p, EVENT("content_block_stop") ",\"index\":0}\n\n");
	sim_plan_bodyf(w->p,
	    EVENT("message_delta") ",\"delta\":{\"stop_reason\":\"%s\","
				   "\"stop_sequence\":null}%s}\n\n",
	    sim_finish_word(w), str_c(&usage));
	if (!w->shape->no_done)
		sim_plan_bodyf(w->p, EVENT("message_stop") "}\n\n");
	str_fini(&usage);
}

static void put_error(const struct sim_writer *w, struct str *out)
{
	bool starved = w->shape->finish == SIM_FINISH_STARVED;

	str_addf(out,
	    "{\"type\":\"error\",\"error\":{\"details\":null,\"type\":\"%s\","
	    "\"message\":\"%s\"},\"request_id\":\"req-%s\"}",
	    starved ? "overloaded_error" : "api_error",
	    starved ? "Overloaded" : "Internal server error", w->id);
}

static void error(struct sim_writer *w)
{
	struct str object;

	str_init(&object, 512);
	put_error(w, &object);
	sim_plan_bodyf(w->p, "event: error\ndata: %s\n\n", str_c(&object));
	str_fini(&object);
}

static void broken(struct sim_writer *w)
{
	sim_plan_bodyf(w->p, EVENT("message_start") ",\"message\":{\n\n");
}

/* --- in one piece --- */

static void whole(struct sim_writer *w, struct str *out)
{
	if (w->shape->middle == SIM_MIDDLE_ERROR) {
		put_error(w, out);
		return;
	}
	str_addf(out,
	    "{\"id\":\"msg_%s\",\"type\":\"message\",\"role\":\"assistant\",\"model\":%s,"
	    "\"content\":[",
	    w->id, str_c(&w->model));
	if (w->shape->malformed)
		return;
	if (!w->shape->no_tokens) {
		str_addf(out, "{\"type\":\"%s\",\"%s\":\"", block_type(w), block_type(w));
		sim_whole_text(w, out);
		str_addf(
		    out, "\"%s}", w->shape->reasoning ? ",\"signature\":\"c2lt\"" : "");
	}
	str_addf(
	    out, "],\"stop_reason\":\"%s\",\"stop_sequence\":null", sim_finish_word(w));
	put_usage(w, sim_tokens_out(w), out);
	str_adds(out, "}");
}

static void models(const struct sim_ask *ask, struct str *out)
{
	(void)ask;
	str_adds(out,
	    "{\"data\":[{\"type\":\"model\",\"id\":\"" SIM_MODEL
	    "\",\"display_name\":\"Sim\",\"created_at\":\"2026-01-01T00:00:00Z\"}],"
	    "\"has_more\":false,\"first_id\":\"" SIM_MODEL "\",\"last_id\":\"" SIM_MODEL
	    "\"}");
}

/* --- the tables --- */

#define REFUSAL(type, message)                                                           \
	"{\"type\":\"error\",\"error\":{\"type\":\"" type "\",\"message\":\"" message    \
	"\"},\"request_id\":\"{id}\"}"
/* clang-format off */
static const struct sim_refusal refusals[] = {
	{SIM_OVERLOADED, 529, "", "x-should-retry: true\r\n",
	 REFUSAL("overloaded_error", "Overloaded")},
	{SIM_RATE_LIMITED, 429, "",
	 "retry-after: 7\r\nanthropic-ratelimit-requests-remaining: 0\r\n",
	 REFUSAL("rate_limit_error", "This request would exceed your organization's rate "
	 "limit of 50 requests per minute.")},
	{SIM_QUOTA, 400, "", "",
	 REFUSAL("invalid_request_error", "Your credit balance is too low to access the "
	 "Anthropic API. Please go to Plans & Billing to upgrade or purchase credits.")},
	{SIM_AUTH, 401, "", "", REFUSAL("authentication_error", "invalid x-api-key")},
	{SIM_FORBIDDEN_REGION, 403, "", "", REFUSAL("forbidden", "Request not allowed")},
	{SIM_MODEL_GONE, 404, "", "", REFUSAL("not_found_error", "model: {model}")},
};

static const struct sim_path paths[] = {
	{"/messages", SIM_DOOR_CHAT, false, NULL, NULL},
	{"/models", SIM_DOOR_MODELS, false, "anthropic-version", "anthropic"},
};
/* clang-format on */

const struct sim_dialect sim_dialect_anthropic = {
    .name = "anthropic",
    .stream_type = "text/event-stream; charset=utf-8",
    .json_type = "application/json",
    .id_header = "request-id",
    .keep_alive = EVENT("ping") "}\n\n",
    .finishes = {"end_turn", "max_tokens", "refusal", NULL},
    .question = read_question,
    .bad_request = REFUSAL("invalid_request_error", "max_tokens: Field required"),
    .begin = begin,
    .token = token,
    .end = end,
    .error = error,
    .broken = broken,
    .whole = whole,
    .models = models,
    .paths = paths,
    .n_paths = sizeof(paths) / sizeof(paths[0]),
    .refusals = refusals,
    .n_refusals = sizeof(refusals) / sizeof(refusals[0]),
};
