/* SPDX-License-Identifier: MIT
 *
 * Cohere's second chat: named events, `message-end` with reason and usage is the end.
 * Errors are flat: an id and a message.
 */
#include <string.h>

#include "probes/dialect_parts.h"

static json_t *embedding_body(const struct target *t, const struct question *q)
{
	json_t *body = json_object(), *texts = json_array(), *types = json_array();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	json_array_append_new(texts, parts_question(t, q));
	json_array_append_new(types, json_string("float"));
	json_object_set_new(body, "texts", texts);
	json_object_set_new(body, "input_type", json_string("search_query"));
	json_object_set_new(body, "embedding_types", types);
	return body;
}

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	json_t *body;

	if (t->kind == PROBE_EMBEDDING) {
		body = embedding_body(t, q);
	} else {
		body = json_object();
		json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
		json_object_set_new(body, "messages", parts_messages(t, q));
		json_object_set_new(
		    body, "stream", json_boolean(dialect_streams(t->dialect, t->kind)));
		parts_limit(t, body);
	}
	parts_send(t, body, rq);
}

/* What is billed is less than what was read: a hidden preamble is not. */
static void read_usage(const json_t *usage, struct reading *ret)
{
	ret->tokens_in = parts_count(usage, "billed_units.input_tokens");
	ret->tokens_out = parts_count(usage, "billed_units.output_tokens");
	if (ret->tokens_in < 0)
		ret->tokens_in = parts_count(usage, "tokens.input_tokens");
	if (ret->tokens_out < 0)
		ret->tokens_out = parts_count(usage, "tokens.output_tokens");
}

static void on_message_start(const json_t *v, struct reading *ret)
{
	ret->id = parts_word(v, "id");
}

static void on_content(const json_t *v, struct reading *ret)
{
	ret->text = parts_text_at(v, "delta.message.content.text");
	ret->reasoning = parts_text_at(v, "delta.message.content.thinking");
}

static void on_call(const json_t *v, struct reading *ret)
{
	const json_t *call = json_at(v, "delta.message.tool_calls.function");

	parts_add_call(ret, json_at(call, "name"), json_at(call, "arguments"));
}

static void on_message_end(const json_t *v, struct reading *ret)
{
	ret->finish = parts_word(v, "delta.finish_reason");
	ret->done = true;
	read_usage(json_at(v, "delta.usage"), ret);
	if (parts_said(v, "delta.error"))
		ret->error = v;
}

static const struct event_row events[] = {
    {"message-start",   on_message_start},
    {"content-start",   on_content      },
    {"content-delta",   on_content      },
    {"content-end",     NULL            },
    {"tool-plan-delta", NULL            },
    {"tool-call-start", on_call         },
    {"tool-call-delta", on_call         },
    {"tool-call-end",   NULL            },
    {"citation-start",  NULL            },
    {"citation-end",    NULL            },
    {"message-end",     on_message_end  },
};

/* The answer in one piece. */
static void read_whole(const json_t *v, struct reading *ret)
{
	const json_t *content = json_at(v, "message.content");
	const json_t *calls = json_at(v, "message.tool_calls");

	for (size_t i = 0; i < json_array_size(content); i++) {
		const json_t *part = json_array_get(content, i);

		parts_add_text(ret, parts_text_at(part, "text"));
		parts_add_thought(ret, parts_text_at(part, "thinking"));
	}
	for (size_t i = 0; i < json_array_size(calls); i++) {
		const json_t *call = json_at(json_array_get(calls, i), "function");

		parts_add_call(ret, json_at(call, "name"), json_at(call, "arguments"));
	}
	ret->id = parts_word(v, "id");
	ret->finish = parts_word(v, "finish_reason");
	read_usage(json_at(v, "usage"), ret);
	ret->understood = true;
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
	if (json_is_object(json_at(v, "message"))) {
		read_whole(v, ret);
	} else if (parts_is_error(event_name, v) || parts_word(v, "message") != NULL) {
		ret->error = v;
		ret->id = parts_word(v, "id");
		ret->understood = true;
	}
}

/* clang-format off */
static const struct error_row errors[] = {
	{200, WORDS("delta.finish_reason", "delta.error"), WORDS("*"),
	 OUTCOME_ERROR_IN_STREAM, NULL},
	{0, WORDS("message"), WORDS("~no api key supplied", "~invalid api token"),
	 OUTCOME_AUTH, NULL},
	{404, WORDS("message"), WORDS("~model"), OUTCOME_MODEL_GONE, NULL},
	{404, WORDS("*"), WORDS("*"), OUTCOME_BAD_REQUEST, "wrong path"},
	{429, WORDS("message"), WORDS("~per minute"), OUTCOME_RATE_LIMITED, NULL},
	{429, WORDS("message"), WORDS("~trial key"), OUTCOME_QUOTA,
	 "a trial key has a number of calls a month"},
	{498, WORDS("*"), WORDS("*"), OUTCOME_CONTENT_FILTERED, "a blocked word in the question"},
};
static const struct finish_row finishes[] = {
	{"ERROR", OUTCOME_ERROR_IN_STREAM},
	{"TIMEOUT", OUTCOME_ERROR_IN_STREAM},
};
/* clang-format on */

const struct dialect dialect_cohere = {
    .name = "cohere-v2",
    .framing = FRAMING_SSE,
    .build = build,
    .read = read_event,
    .kinds = KINDS_CHAT | KIND(PROBE_MODELS) | KIND(PROBE_DOOR) | KIND(PROBE_EMBEDDING),
    .max_tokens_field = "max_tokens",
    .json_mode = "{\"response_format\":" JSON_MODE "}",
    .tools = "{\"tools\":[" WEATHER_TOOL "]}",
    .paths = {.prefix = "",
	      .chat = "/v2/chat",
	      .models = "/v1/models?page_size=1000",
	      .embedding = "/v2/embed"},
    .auth_header = "Authorization",
    .auth_scheme = "Bearer",
    ERRORS(errors),
    FINISHES(finishes),
};
