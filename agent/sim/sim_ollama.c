/* SPDX-License-Identifier: MIT
 *
 * The simulator's Ollama: one JSON object a line, the last one with `done` and counts. It
 * streams unless told not to. A failure in the middle is a line with nothing but `error`.
 */
#include "agent/base/json.h"
#include "agent/base/tick.h"
#include "agent/sim/sim_dialect.h"

static bool read_question(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);
	const json_t *last = sim_last(json_at(v, "messages"));

	sim_question_set(ret, json_text_at(v, "model"), sim_message_text(last));
	ret->stream = !json_is_false(json_at(v, "stream"));
	json_decref(v);
	return last != NULL;
}

static bool read_inputs(const struct sim_request *rq, struct sim_question *ret)
{
	json_t *v = json_parse(rq->body, NULL);

	sim_question_set(ret, json_text_at(v, "model"), NULL);
	ret->inputs = sim_count_inputs(json_at(v, "input"));
	json_decref(v);
	return ret->inputs > 0;
}

/* --- lines --- */

/* The beginning of every object: up to the text, whose string and object are open. */
static void add_start(const struct sim_writer *w, struct str *out)
{
	char when[32];

	wall_rfc3339((struct wall){w->ask->now_s * MS_PER_S}, when, sizeof(when));
	str_addf(out,
	    "{\"model\":%s,\"created_at\":\"%s\",\"message\":{\"role\":"
	    "\"assistant\",",
	    str_c(&w->model), when);
}

static void add_end(const struct sim_writer *w, struct str *out)
{
	str_addf(out, "\"done\":true,\"done_reason\":\"%s\"", sim_finish_word(w));
	if (!w->shape->no_usage)
		str_addf(out,
		    ",\"total_duration\":812000000,\"load_duration\":640000000,"
		    "\"prompt_eval_count\":%d,\"prompt_eval_duration\":90000000,"
		    "\"eval_count\":%zu,\"eval_duration\":60000000",
		    SIM_PROMPT_TOKENS, sim_tokens_out(w));
	str_adds(out, "}");
}

static void begin(struct sim_writer *w)
{
	(void)w; /* the first line has text in it */
}

static void token(struct sim_writer *w, const char *text, size_t n)
{
	struct str line;

	str_init(&line, 1024);
	add_start(w, &line);
	if (w->shape->reasoning)
		str_addf(&line, "\"content\":\"\",\"thinking\":\"%.*s\"", (int)n, text);
	else
		str_addf(&line, "\"content\":\"%.*s%s\"", (int)n, text,
		    w->shape->bad_utf8 ? "\xff\xfe" : "");
	sim_plan_bodyf(w->p, "%s},\"done\":false}\n", str_c(&line));
	str_fini(&line);
}

static void end(struct sim_writer *w)
{
	struct str line;

	if (w->shape->no_done)
		return;
	str_init(&line, 1024);
	add_start(w, &line);
	str_adds(&line, "\"content\":\"\"},");
	add_end(w, &line);
	sim_plan_bodyf(w->p, "%s\n", str_c(&line));
	str_fini(&line);
}

static const char *error_object(const struct sim_writer *w)
{
	if (w->shape->finish == SIM_FINISH_STARVED)
		return "{\"error\":\"server busy, please try again.  maximum pending "
		       "requests exceeded\"}";
	return "{\"error\":\"an error was encountered while running the model\"}";
}

static void error(struct sim_writer *w)
{
	sim_plan_bodyf(w->p, "%s\n", error_object(w));
}

static void broken(struct sim_writer *w)
{
	sim_plan_bodyf(w->p, "{\"model\":%s,\"message\":{\n", str_c(&w->model));
}

/* --- in one piece --- */

static void whole(struct sim_writer *w, struct str *out)
{
	if (w->shape->middle == SIM_MIDDLE_ERROR) {
		str_adds(out, error_object(w));
		return;
	}
	add_start(w, out);
	if (w->shape->malformed)
		return;
	str_addf(out, "%s\"",
	    w->shape->reasoning ? "\"content\":\"\",\"thinking\":" : "\"content\":");
	sim_whole_text(w, out);
	str_adds(out, "\"},");
	add_end(w, out);
}

static void models(const struct sim_ask *ask, struct str *out)
{
	(void)ask;
	str_adds(out,
	    "{\"models\":[{\"name\":\"" SIM_MODEL "\",\"model\":\"" SIM_MODEL
	    "\",\"modified_at\":\"2026-01-01T00:00:00Z\",\"size\":1,\"digest\":\"0\","
	    "\"details\":{\"parent_model\":\"\",\"format\":\"gguf\",\"family\":\"sim\","
	    "\"families\":[\"sim\"],\"parameter_size\":\"1B\",\"quantization_level\":"
	    "\"Q4_0\"}}]}");
}

static void vectors(struct sim_writer *w, struct str *out)
{
	str_addf(out, "{\"model\":%s,\"embeddings\":[", str_c(&w->model));
	sim_vectors(w, SIM_VECTOR, out);
	str_addf(out,
	    "],\"total_duration\":14000000,\"load_duration\":1000000,"
	    "\"prompt_eval_count\":%d}",
	    SIM_PROMPT_TOKENS);
}

/* --- the tables --- */

/* clang-format off */
static const struct sim_refusal refusals[] = {
	{SIM_OVERLOADED, 503, "", "",
	 "{\"error\":\"server busy, please try again.  maximum pending requests exceeded\"}"},
	{SIM_RATE_LIMITED, 429, "", "", "{\"error\":\"too many requests\"}"},
	{SIM_QUOTA, 402, "", "", "{\"error\":\"usage limit reached, upgrade for more\"}"},
	{SIM_AUTH, 401, "", "", "{\"error\":\"unauthorized\"}"},
	{SIM_MODEL_GONE, 404, "", "", "{\"error\":\"model '{model}' not found\"}"},
};

static const struct sim_path paths[] = {
	{"/api/chat", SIM_DOOR_CHAT, true, NULL, NULL},
	{"/api/tags", SIM_DOOR_MODELS, false, NULL, NULL},
	{"/api/embed", SIM_DOOR_EMBEDDING, false, NULL, NULL},
};
/* clang-format on */

const struct sim_dialect sim_dialect_ollama = {
    .name = "ollama-native",
    .stream_type = "application/x-ndjson",
    .json_type = "application/json; charset=utf-8",
    .finishes = {"stop", "length", NULL, NULL},
    .question = read_question,
    .inputs = read_inputs,
    .bad_request = "{\"error\":\"missing request body\"}",
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
