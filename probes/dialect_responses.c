/* SPDX-License-Identifier: MIT
 *
 * OpenAI's Responses: named events, no [DONE]; the last event carries the whole answer
 * once more. A billing failure can come as an event of a 200.
 */
#include <string.h>

#include "probes/dialect_parts.h"

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	json_t *body = json_object();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	json_object_set_new(body, "input", parts_question(t, q));
	if (t->kind != PROBE_EMBEDDING) {
		json_object_set_new(
		    body, "stream", json_boolean(dialect_streams(t->dialect, t->kind)));
		parts_limit(t, body);
	}
	parts_send(t, body, rq);
}

static void on_text(const json_t *v, struct reading *ret)
{
	ret->text = parts_text_at(v, "delta");
}

static void on_thought(const json_t *v, struct reading *ret)
{
	ret->reasoning = parts_text_at(v, "delta");
}

static void on_text_done(const json_t *v, struct reading *ret)
{
	ret->repeated = parts_text_at(v, "text");
}

static void on_error(const json_t *v, struct reading *ret)
{
	ret->error = v;
	if (parts_word(v, "response.id") != NULL)
		ret->id = parts_word(v, "response.id");
}

static void read_facts(const json_t *response, struct reading *ret)
{
	ret->id = parts_word(response, "id");
	ret->model = parts_word(response, "model");
	ret->tokens_in = parts_count(response, "usage.input_tokens");
	ret->tokens_out = parts_count(response, "usage.output_tokens");
}

static void on_call(const json_t *v, struct reading *ret)
{
	parts_add_call(ret, NULL, json_at(v, "delta"));
}

/* A call begins with its name; a message has none yet. */
static void on_item(const json_t *v, struct reading *ret)
{
	if (parts_is(v, "item.type", "function_call"))
		parts_add_call(ret, json_at(v, "item.name"), NULL);
}

static void on_begin(const json_t *v, struct reading *ret)
{
	read_facts(json_at(v, "response"), ret);
}

static void read_item(const json_t *item, struct reading *ret)
{
	bool thought = parts_is(item, "type", "reasoning");
	const json_t *content = json_at(item, "content");
	const json_t *summary = json_at(item, "summary");

	for (size_t i = 0; i < json_array_size(content); i++) {
		const json_t *part = json_array_get(content, i);

		if (thought)
			parts_add_thought(ret, parts_text_at(part, "text"));
		else
			parts_add_text(ret, parts_text_at(part, "text"));
		parts_add_text(ret, parts_text_at(part, "refusal"));
	}
	for (size_t i = 0; i < json_array_size(summary); i++)
		parts_add_thought(ret, parts_text_at(json_array_get(summary, i), "text"));
}

/* "incomplete" because the limit of tokens was reached is a healthy end. */
static void read_end(const json_t *response, struct reading *ret)
{
	const char *reason = parts_word(response, "incomplete_details.reason");

	ret->finish = reason != NULL ? reason : parts_word(response, "status");
	ret->done = true;
}

static void on_end(const json_t *v, struct reading *ret)
{
	const json_t *response = json_at(v, "response");
	const json_t *output = json_at(response, "output");

	read_facts(response, ret);
	for (size_t i = 0; i < json_array_size(output); i++)
		read_item(json_array_get(output, i), ret);
	ret->repeated = ret->text;
	ret->text = ret->reasoning = (struct span){NULL, 0};
	read_end(response, ret);
}

static const struct event_row events[] = {
    {"response.created",                       on_begin    },
    {"response.in_progress",                   on_begin    },
    {"response.queued",			on_begin    },
    {"response.output_item.added",             on_item     },
    {"response.output_item.done",              NULL        },
    {"response.content_part.added",            NULL        },
    {"response.content_part.done",             NULL        },
    {"response.output_text.delta",             on_text     },
    {"response.refusal.delta",                 on_text     },
    {"response.output_text.done",              on_text_done},
    {"response.reasoning_text.delta",          on_thought  },
    {"response.reasoning_summary_text.delta",  on_thought  },
    {"response.function_call_arguments.delta", on_call     },
    {"response.function_call_arguments.done",  NULL        },
    {"response.completed",                     on_end      },
    {"response.incomplete",                    on_end      },
    {"response.failed",			on_error    },
    {"error",				  on_error    },
};

/* The answer in one piece. */
static void read_whole(const json_t *v, struct reading *ret)
{
	const json_t *output = json_at(v, "output");

	read_facts(v, ret);
	ret->understood = true;
	if (parts_is(v, "status", "failed") || parts_said(v, "error")) {
		ret->error = v;
		return;
	}
	for (size_t i = 0; i < json_array_size(output); i++) {
		const json_t *item = json_array_get(output, i);

		read_item(item, ret);
		if (parts_is(item, "type", "function_call"))
			parts_add_call(
			    ret, json_at(item, "name"), json_at(item, "arguments"));
	}
	read_end(v, ret);
}

static void read_event(
    struct span event_name, struct span data, const json_t *v, struct reading *ret)
{
	if (span_eq(span_trim(data), "[DONE]")) {
		ret->done = ret->understood = true;
		return;
	}
	v = parts_unwrapped(v);
	if (!json_is_object(v))
		return;
	if (parts_by_type(event_name, v, events, sizeof(events) / sizeof(events[0]), ret))
		return;
	if (parts_is(v, "object", "response")) {
		read_whole(v, ret);
	} else if (parts_is_error(event_name, v)) {
		ret->error = v;
		ret->understood = true;
	}
}

/* The three forms of the same error: nested, flat, inside the failed response. */
#define CODE WORDS("error.code", "code", "response.error.code", "error.type")
/* clang-format off */
static const struct error_row errors[] = {
	{0, CODE, WORDS("insufficient_quota", "credit_balance_exhausted",
	 "organization_spend_limit_exceeded", "project_spend_limit_exceeded",
	 "organization_usage_limit_exceeded"), OUTCOME_QUOTA, NULL},
	{0, CODE, WORDS("server_is_overloaded"), OUTCOME_OVERLOADED, NULL},
	{0, CODE, WORDS("rate_limit_exceeded", "slow_down"), OUTCOME_RATE_LIMITED, NULL},
	{0, CODE, WORDS("invalid_prompt", "bio_policy", "content_policy_violation"),
	 OUTCOME_CONTENT_FILTERED, NULL},
	{0, CODE, WORDS("data_residency_mismatch"), OUTCOME_BAD_REQUEST,
	 "the host of another region than the project's"},
	{0, CODE, WORDS("invalid_api_key"), OUTCOME_AUTH, NULL},
	{0, CODE, WORDS("model_not_found"), OUTCOME_MODEL_GONE, NULL},
	{200, CODE, WORDS("server_error"), OUTCOME_ERROR_IN_STREAM, NULL},
	{200, WORDS("type"), WORDS("error", "response.failed"), OUTCOME_ERROR_IN_STREAM,
	 "any other code"},
};
/* clang-format on */

const struct dialect dialect_responses = {
    .name = "openai-responses",
    .framing = FRAMING_SSE,
    .build = build,
    .read = read_event,
    .kinds = KINDS_CHAT | KIND(PROBE_MODELS) | KIND(PROBE_DOOR) | KIND(PROBE_EMBEDDING),
    .max_tokens_field = "max_output_tokens",
    .json_mode = "{\"text\":{\"format\":" JSON_MODE "}}",
    .tools = "{\"tools\":[{\"type\":\"function\",\"name\":\"get_weather\","
	     "\"description\":\"" WEATHER_ABOUT "\",\"parameters\":" WEATHER_TAKES
	     ",\"strict\":false}]}",
    .paths = {.prefix = "/v1",
	      .chat = "/responses",
	      .models = "/models",
	      .embedding = "/embeddings"},
    .auth_header = "Authorization",
    .auth_scheme = "Bearer",
    ERRORS(errors),
};
