/* SPDX-License-Identifier: MIT
 *
 * The simulator's second chat of Cohere: named events, `message-end` with reason and
 * usage is the end. Errors are flat: an id and a message.
 */
#include "agent/base/json.h"
#include "agent/sim/sim_dialect.h"

#define EVENT(type) "event: " type "\ndata: {\"type\":\"" type "\""

static bool read_question(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const json_t *last = sim_last(json_at(v, "messages"));

	sim_question_set(ret, json_text_at(v, "model"), sim_message_text(last));
	ret->stream = json_is_true(json_at(v, "stream"));
	json_decref(v);
	return last != NULL;
}

static bool read_inputs(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);

	sim_question_set(ret, json_text_at(v, "model"), NULL);
	ret->inputs = sim_count_inputs(json_at(v, "texts"));
	json_decref(v);
	return ret->inputs > 0;
}

/* --- the stream --- */

static const char *part_type(const struct sim_writer *w)
{
	return w->shape->reasoning ? "thinking" : "text";
}

static void begin(struct sim_writer *w)
{
	sim_plan_bodyf(w->p,
	    "event: message-start\ndata: {\"id\":\"%s\",\"type\":\"message-start\","
	    "\"delta\":{\"message\":{\"role\":\"assistant\",\"content\":[],\"tool_plan\":"
	    "\"\",\"tool_calls\":[],\"citations\":[]}}}\n\n",
	    w->id);
	sim_plan_bodyf(w->p,
	    EVENT("content-start") ",\"index\":0,\"delta\":{\"message\":{\"content\":{"
				   "\"type\":\"%s\",\"%s\":\"\"}}}}\n\n",
	    part_type(w), part_type(w));
}

static void token(struct sim_writer *w, const char *text, size_t n)
{
	sim_plan_bodyf(w->p,
	    EVENT("content-delta") ",\"index\":0,\"delta\":{\"message\":{\"content\":{"
				   "\"%s\":\"%.*s%s\"}}}}\n\n",
	    part_type(w), (int)n, text, w->shape->bad_utf8 ? "\xff\xfe" : "");
}

/* What was read is more than what is billed: a hidden preamble. */
static void add_usage(const struct sim_writer *w, struct str *out)
{
	size_t n = sim_tokens_out(w);

	if (w->shape->no_usage)
		return;
	str_addf(out,
	    ",\"usage\":{\"billed_units\":{\"input_tokens\":%d,\"output_tokens\":%zu},"
	    "\"tokens\":{\"input_tokens\":%d,\"output_tokens\":%zu}}",
	    SIM_PROMPT_TOKENS, n, SIM_PROMPT_TOKENS + 60, n);
}

static void put_message_end(struct sim_writer *w, const char *finish, const char *more)
{
	struct str usage;

	str_init(&usage, 512);
	add_usage(w, &usage);
	sim_plan_bodyf(w->p,
	    EVENT("message-end") ",\"delta\":{\"finish_reason\":\"%s\"%s%s}}\n\n", finish,
	    more, str_c(&usage));
	str_fini(&usage);
}

static void end(struct sim_writer *w)
{
	sim_plan_bodyf(w->p, EVENT("content-end") ",\"index\":0}\n\n");
	if (!w->shape->no_done)
		put_message_end(w, sim_finish_word(w), "");
}

static const char *error_finish(const struct sim_writer *w)
{
	return w->shape->finish == SIM_FINISH_STARVED ? "TIMEOUT" : "ERROR";
}

static void error(struct sim_writer *w)
{
	put_message_end(w, error_finish(w), ",\"error\":\"internal server error\"");
}

static void broken(struct sim_writer *w)
{
	sim_plan_bodyf(w->p, EVENT("message-start") ",\"delta\":{\n\n");
}

/* --- in one piece --- */

static void whole(struct sim_writer *w, struct str *out)
{
	bool failed = w->shape->middle == SIM_MIDDLE_ERROR;

	str_addf(out, "{\"id\":\"%s\",\"message\":{\"role\":\"assistant\",\"content\":[",
	    w->id);
	if (w->shape->malformed)
		return;
	if (!w->shape->no_tokens && !failed) {
		str_addf(out, "{\"type\":\"%s\",\"%s\":\"", part_type(w), part_type(w));
		sim_whole_text(w, out);
		str_adds(out, "\"}");
	}
	str_addf(out, "]},\"finish_reason\":\"%s\"",
	    failed ? error_finish(w) : sim_finish_word(w));
	add_usage(w, out);
	str_adds(out, "}");
}

static void models(const struct sim_ask *ask, struct str *out)
{
	(void)ask;
	str_adds(out,
	    "{\"models\":[{\"name\":\"" SIM_MODEL "\",\"endpoints\":[\"chat\",\"embed\"],"
	    "\"finetuned\":false,\"context_length\":8192,\"features\":[]}]}");
}

static void vectors(struct sim_writer *w, struct str *out)
{
	str_addf(out, "{\"id\":\"%s\",\"embeddings\":{\"float\":[", w->id);
	sim_vectors(w, SIM_VECTOR, out);
	str_addf(out,
	    "]},\"texts\":[],\"meta\":{\"api_version\":{\"version\":\"2\"},"
	    "\"billed_units\":{\"input_tokens\":%d}},\"response_type\":"
	    "\"embeddings_by_type\"}",
	    SIM_PROMPT_TOKENS);
}

/* --- the tables --- */

#define REFUSAL(message) "{\"id\":\"{id}\",\"message\":\"" message "\"}"
/* clang-format off */
static const struct sim_refusal refusals[] = {
	{SIM_OVERLOADED, 503, "", "", REFUSAL("service unavailable, please try again later")},
	{SIM_RATE_LIMITED, 429, "", "",
	 REFUSAL("You are using a Trial key, which is limited to 20 API calls / minute: the "
	 "limit per minute is reached.")},
	{SIM_QUOTA, 429, "", "",
	 REFUSAL("You are using a Trial key, which is limited to 1000 API calls / month. You "
	 "can continue to use the Trial key for free or upgrade to a Production key.")},
	{SIM_AUTH, 401, "", "", REFUSAL("invalid api token")},
	{SIM_MODEL_GONE, 404, "", "",
	 REFUSAL("model '{model}' not found, make sure the correct model ID was used and that "
	 "you have access to the model.")},
	{SIM_CONTENT_FILTERED, 498, "", "", REFUSAL("invalid token: the input was blocked")},
};

static const struct sim_path paths[] = {
	{"/v2/chat", SIM_DOOR_CHAT, false, NULL, NULL},
	{"/v2/embed", SIM_DOOR_EMBEDDING, false, NULL, NULL},
	{"/v1/models", SIM_DOOR_MODELS, false, NULL, "cohere"},
};
/* clang-format on */

const struct sim_dialect sim_dialect_cohere = {
    .name = "cohere-v2",
    .stream_type = "text/event-stream",
    .json_type = "application/json",
    .id_header = "x-debug-trace-id",
    .keep_alive = ": keep-alive\n\n",
    .finishes = {"COMPLETE", "MAX_TOKENS", NULL, NULL},
    .question = read_question,
    .inputs = read_inputs,
    .bad_request = REFUSAL("invalid request: messages must not be empty"),
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
