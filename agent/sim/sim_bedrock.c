/* SPDX-License-Identifier: MIT
 *
 * The simulator's Converse of Bedrock, in one piece: its stream of binary frames is not
 * spoken. The model stands in the path, the name of an error in a header.
 */
#include "agent/base/json.h"
#include "agent/sim/sim_dialect.h"

static bool read_question(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const json_t *last = sim_last(json_at(v, "messages"));

	sim_path_part(rq, "/model/", "/", ret->model, sizeof(ret->model));
	sim_question_set(ret, NULL, sim_message_text(last));
	json_decref(v);
	return last != NULL;
}

static void whole(struct sim_writer *w, struct str *out)
{
	size_t n = sim_tokens_out(w);

	if (w->shape->middle == SIM_MIDDLE_ERROR) {
		str_adds(out, "{\"message\":\"The system encountered an unexpected error "
			      "during processing. Try your request again.\"}");
		return;
	}
	str_adds(out,
	    "{\"metrics\":{\"latencyMs\":212},\"output\":{\"message\":{\"content\":[");
	if (w->shape->malformed)
		return;
	if (!w->shape->no_tokens) {
		str_adds(
		    out, w->shape->reasoning
			     ? "{\"reasoningContent\":{\"reasoningText\":{\"text\":\""
			     : "{\"text\":\"");
		sim_whole_text(w, out);
		str_adds(out, w->shape->reasoning ? "\"}}}" : "\"}");
	}
	str_addf(
	    out, "],\"role\":\"assistant\"}},\"stopReason\":\"%s\"", sim_finish_word(w));
	if (!w->shape->no_usage)
		str_addf(out,
		    ",\"usage\":{\"inputTokens\":%d,\"outputTokens\":%zu,\"totalTokens\":%zu}",
		    SIM_PROMPT_TOKENS, n, SIM_PROMPT_TOKENS + n);
	str_adds(out, "}");
}

/* --- the tables --- */

#define TYPE(type)       "x-amzn-ErrorType: " type ":http://internal.amazon.com/\r\n"
#define REFUSAL(message) "{\"message\":\"" message "\"}"
/* clang-format off */
static const struct sim_refusal refusals[] = {
	{SIM_OVERLOADED, 503, "", TYPE("ServiceUnavailableException"),
	 REFUSAL("Bedrock is unable to process your request.")},
	{SIM_ENGINE_OVERLOADED, 429, "", TYPE("ModelNotReadyException"),
	 REFUSAL("Model is not ready for inference. Please wait and try your request again.")},
	{SIM_RATE_LIMITED, 429, "", TYPE("ThrottlingException"),
	 REFUSAL("Too many requests, please wait before trying again.")},
	{SIM_QUOTA, 429, "", TYPE("ThrottlingException"),
	 REFUSAL("Too many tokens per day, please wait before trying again.")},
	{SIM_AUTH, 403, "", TYPE("UnrecognizedClientException"),
	 REFUSAL("The security token included in the request is invalid.")},
	{SIM_FORBIDDEN_REGION, 403, "", TYPE("AccessDeniedException"),
	 REFUSAL("This model is not available in your country or region.")},
	{SIM_MODEL_GONE, 404, "", TYPE("ResourceNotFoundException"),
	 REFUSAL("Model {model} has reached the end of its life.")},
};

static const struct sim_path paths[] = {
	{"/converse", SIM_DOOR_CHAT, false, NULL, NULL},
};
/* clang-format on */

const struct sim_dialect sim_dialect_bedrock = {
    .name = "bedrock-converse",
    .json_type = "application/json",
    .id_header = "x-amzn-RequestId",
    .finishes = {"end_turn", "max_tokens", "content_filtered", NULL},
    .question = read_question,
    .bad_request = REFUSAL("The provided request is not valid"),
    .whole = whole,
    .paths = paths,
    .n_paths = sizeof(paths) / sizeof(paths[0]),
    .refusals = refusals,
    .n_refusals = sizeof(refusals) / sizeof(refusals[0]),
};
