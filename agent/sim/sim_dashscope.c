/* SPDX-License-Identifier: MIT
 *
 * The simulator's native generation of DashScope: frames with the status in a comment,
 * the finish reason "null" until there is one, each frame repeating the text unless asked
 * otherwise. What goes wrong goes wrong inside a 200.
 */
#include <string.h>

#include "agent/base/json.h"
#include "agent/sim/sim_dialect.h"

static bool read_question(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const json_t *last = sim_last(json_at(v, "input.messages"));
	const char *text =
	    last ? sim_message_text(last) : json_text_at(v, "input.prompt");

	sim_question_set(ret, json_text_at(v, "model"), text);
	ret->stream =
	    span_eq(sim_request_header(rq, "x-dashscope-sse"), "enable") ||
	    span_contains(sim_request_header(rq, "accept"), span_of("text/event-stream"));
	ret->cumulative = !json_is_true(json_at(v, "parameters.incremental_output"));
	json_decref(v);
	return text != NULL;
}

static bool read_inputs(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);

	sim_question_set(ret, json_text_at(v, "model"), NULL);
	ret->inputs = sim_count_inputs(json_at(v, "input.texts"));
	json_decref(v);
	return ret->inputs > 0;
}

/* --- what a frame says --- */

static void add_body(const struct sim_writer *w, struct span text, const char *finish,
    size_t tokens, struct str *out)
{
	const char *bad = text.n && w->shape->bad_utf8 ? "\xff\xfe" : "";

	str_adds(out, "{\"output\":{\"choices\":[{\"message\":{\"role\":\"assistant\",");
	if (w->shape->reasoning)
		str_addf(out, "\"content\":\"\",\"reasoning_content\":\"%.*s%s\"",
		    (int)text.n, text.n ? text.p : "", bad);
	else
		str_addf(out, "\"content\":\"%.*s%s\"", (int)text.n, text.n ? text.p : "",
		    bad);
	str_addf(out, "},\"finish_reason\":\"%s\"}]}", finish);
	if (!w->shape->no_usage)
		str_addf(out,
		    ",\"usage\":{\"total_tokens\":%zu,\"output_tokens\":%zu,"
		    "\"input_tokens\":%d}",
		    SIM_PROMPT_TOKENS + tokens, tokens, SIM_PROMPT_TOKENS);
	str_addf(out, ",\"request_id\":\"req-%s\"}", w->id);
}

static void put_frame(
    struct sim_writer *w, const char *event, int status, const char *data)
{
	sim_plan_bodyf(w->p, "id:%d\nevent:%s\n:HTTP_STATUS/%d\ndata:%s\n\n", ++w->frames,
	    event, status, data);
}

static void put_result(struct sim_writer *w, struct span text, const char *finish)
{
	struct str body;

	str_init(&body, 1024);
	add_body(w, text, finish, sim_tokens_out(w), &body);
	put_frame(w, "result", 200, str_c(&body));
	str_fini(&body);
}

/* --- the stream --- */

static void begin(struct sim_writer *w)
{
	(void)w; /* the first frame has text in it */
}

static void token(struct sim_writer *w, const char *text, size_t n)
{
	if (w->ask->chat->cumulative)
		put_result(
		    w, (struct span){w->answer, (size_t)(text - w->answer) + n}, "null");
	else
		put_result(w, (struct span){text, n}, "null");
}

static void end(struct sim_writer *w)
{
	struct span text = {w->answer, strlen(w->answer)};

	if (!w->ask->chat->cumulative || w->shape->no_tokens)
		text.n = 0;
	if (!w->shape->no_done)
		put_result(w, text, sim_finish_word(w));
}

static void add_error(const struct sim_writer *w, struct str *out)
{
	const char *code = "InternalError.Algo", *message =
						     "An internal error has occured, "
						     "please try again later.";

	if (w->shape->finish == SIM_FINISH_STARVED) {
		code = "ModelServingError";
		message = "Too many requests. Your requests are being throttled due to "
			  "system capacity limits. Please try again later.";
	}
	str_addf(out, "{\"request_id\":\"req-%s\",\"code\":\"%s\",\"message\":\"%s\"}",
	    w->id, code, message);
}

static void error(struct sim_writer *w)
{
	int status = w->shape->finish == SIM_FINISH_STARVED ? 503 : 500;
	struct str object;

	str_init(&object, 512);
	add_error(w, &object);
	put_frame(w, "error", status, str_c(&object));
	str_fini(&object);
}

static void broken(struct sim_writer *w)
{
	put_frame(w, "result", 200, "{\"output\":{");
}

/* --- in one piece --- */

static void whole(struct sim_writer *w, struct str *out)
{
	struct span text = {w->answer, w->shape->no_tokens ? 0 : strlen(w->answer)};

	if (w->shape->middle == SIM_MIDDLE_ERROR)
		add_error(w, out);
	else if (w->shape->malformed)
		str_adds(out, "{\"output\":{");
	else
		add_body(w, text, sim_finish_word(w), sim_tokens_out(w), out);
}

static void vectors(struct sim_writer *w, struct str *out)
{
	str_adds(out, "{\"output\":{\"embeddings\":[");
	for (int i = 0; i < w->ask->chat->inputs; i++)
		str_addf(out, "%s{\"text_index\":%d,\"embedding\":" SIM_VECTOR "}",
		    i > 0 ? "," : "", i);
	str_addf(out, "]},\"usage\":{\"total_tokens\":%d},\"request_id\":\"req-%s\"}",
	    SIM_PROMPT_TOKENS, w->id);
}

/* --- the tables --- */

#define REFUSAL(code, message)                                                           \
	"{\"code\":\"" code "\",\"message\":\"" message "\",\"request_id\":\"{id}\"}"
#define FRAME(status, code, message)                                                     \
	"id:1\nevent:error\n:HTTP_STATUS/" #status "\ndata:" REFUSAL(code, message) "\n\n"
/* clang-format off */
static const struct sim_refusal refusals[] = {
	{SIM_OVERLOADED, 200, "", "",
	 FRAME(503, "ModelServingError", "Too many requests. Your requests are being throttled "
	 "due to system capacity limits. Please try again later.")},
	{SIM_OVERLOADED, 503, "", "",
	 REFUSAL("ModelUnavailable", "Model is unavailable, please try again later.")},
	{SIM_ENGINE_OVERLOADED, 429, "", "",
	 REFUSAL("Throttling", "Too many requests. Your requests are being throttled due to "
	 "system capacity limits. Please try again later.")},
	{SIM_RATE_LIMITED, 200, "", "",
	 FRAME(429, "Throttling.AllocationQuota", "Allocated quota exceeded, please increase "
	 "your quota limit.")},
	{SIM_RATE_LIMITED, 429, "", "",
	 REFUSAL("Throttling.RateQuota", "Requests rate limit exceeded, please try again "
	 "later.")},
	{SIM_QUOTA, 400, "", "",
	 REFUSAL("Arrearage", "Access denied, please make sure your account is in good "
	 "standing.")},
	{SIM_AUTH, 401, "", "", REFUSAL("InvalidApiKey", "Invalid API-key provided.")},
	{SIM_CONTENT_FILTERED, 200, "", "",
	 FRAME(400, "DataInspectionFailed", "Output data may contain inappropriate content.")},
	{SIM_CONTENT_FILTERED, 400, "", "",
	 REFUSAL("DataInspectionFailed", "Input data may contain inappropriate content.")},
	{SIM_MODEL_GONE, 404, "", "", REFUSAL("ModelNotFound", "Model can not be found.")},
};

static const struct sim_path paths[] = {
	{"/services/aigc/text-generation/generation", SIM_DOOR_CHAT, false, NULL, NULL},
	{"/services/aigc/multimodal-generation/generation", SIM_DOOR_CHAT, false, NULL, NULL},
	{"/services/embeddings/text-embedding/text-embedding", SIM_DOOR_EMBEDDING, false, NULL,
	 NULL},
};
/* clang-format on */

const struct sim_dialect sim_dialect_dashscope = {
    .name = "dashscope-native",
    .stream_type = "text/event-stream;charset=UTF-8",
    .json_type = "application/json",
    .id_header = "x-request-id",
    .keep_alive = ":heartbeat\n\n",
    .finishes = {"stop", "length", NULL, NULL},
    .question = read_question,
    .inputs = read_inputs,
    .bad_request =
	REFUSAL("InvalidParameter", "Required parameter(s) missing or invalid."),
    .begin = begin,
    .token = token,
    .end = end,
    .error = error,
    .broken = broken,
    .whole = whole,
    .vectors = vectors,
    .paths = paths,
    .n_paths = sizeof(paths) / sizeof(paths[0]),
    .refusals = refusals,
    .n_refusals = sizeof(refusals) / sizeof(refusals[0]),
};
