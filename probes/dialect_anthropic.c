/* SPDX-License-Identifier: MIT
 *
 * Anthropic's Messages: named events around content blocks, pings between them, an error
 * event that ends the stream without `message_stop`. An empty wallet is a 400 here.
 */
#include "probes/dialect_parts.h"

static void build(const struct target *t, const struct question *q, struct request *rq)
{
	json_t *body = json_object();

	json_object_set_new(body, "model", json_clean_string(span_of(t->model)));
	parts_limit(t, body);
	json_object_set_new(body, "messages", parts_messages(t, q));
	if (dialect_streams(t->dialect, t->kind))
		json_object_set_new(body, "stream", json_true());
	parts_send(t, body, rq);
}

/* Cached parts of the prompt are counted beside it. */
static void read_usage(const json_t *usage, bool out_too, struct reading *ret)
{
	static const char *const cached[] = {
	    "cache_creation_input_tokens", "cache_read_input_tokens"};
	int64_t in = parts_count(usage, "input_tokens");

	for (size_t i = 0; in >= 0 && i < sizeof(cached) / sizeof(cached[0]); i++) {
		int64_t more = parts_count(usage, cached[i]);

		in += more > 0 ? more : 0;
	}
	ret->tokens_in = in;
	if (out_too)
		ret->tokens_out = parts_count(usage, "output_tokens");
}

/* The output count of the start is provisional. */
static void on_message_start(const json_t *v, struct reading *ret)
{
	ret->id = parts_word(v, "message.id");
	ret->model = parts_word(v, "message.model");
	read_usage(json_at(v, "message.usage"), false, ret);
}

static void on_block_start(const json_t *v, struct reading *ret)
{
	ret->text = parts_text_at(v, "content_block.text");
	ret->reasoning = parts_text_at(v, "content_block.thinking");
	if (parts_is(v, "content_block.type", "tool_use"))
		parts_add_call(ret, json_at(v, "content_block.name"), NULL);
}

/* A signature is no token; a tool's arguments are. */
static void on_block_delta(const json_t *v, struct reading *ret)
{
	ret->text = parts_text_at(v, "delta.text");
	ret->reasoning = parts_text_at(v, "delta.thinking");
	parts_add_call(ret, NULL, json_at(v, "delta.partial_json"));
}

static void on_message_delta(const json_t *v, struct reading *ret)
{
	ret->finish = parts_word(v, "delta.stop_reason");
	read_usage(json_at(v, "usage"), true, ret);
}

static void on_message_stop(const json_t *v, struct reading *ret)
{
	(void)v;
	ret->done = true;
}

static void on_error(const json_t *v, struct reading *ret)
{
	ret->error = v;
	ret->id = parts_word(v, "request_id");
}

/* The answer in one piece. */
static void on_message(const json_t *v, struct reading *ret)
{
	const json_t *content = json_at(v, "content");

	for (size_t i = 0; i < json_array_size(content); i++) {
		const json_t *block = json_array_get(content, i);

		parts_add_text(ret, parts_text_at(block, "text"));
		parts_add_thought(ret, parts_text_at(block, "thinking"));
		if (parts_is(block, "type", "tool_use"))
			parts_add_call(
			    ret, json_at(block, "name"), json_at(block, "input"));
	}
	ret->id = parts_word(v, "id");
	ret->model = parts_word(v, "model");
	ret->finish = parts_word(v, "stop_reason");
	read_usage(json_at(v, "usage"), true, ret);
}

static const struct event_row events[] = {
    {"message_start",       on_message_start},
    {"content_block_start", on_block_start  },
    {"content_block_delta", on_block_delta  },
    {"content_block_stop",  NULL            },
    {"message_delta",       on_message_delta},
    {"message_stop",        on_message_stop },
    {"ping",		NULL            },
    {"error",	       on_error        },
    {"message",             on_message      },
};

static void read_event(
    struct span event_name, struct span data, const json_t *v, struct reading *ret)
{
	(void)data;
	v = parts_unwrapped(v);
	if (!json_is_object(v))
		return;
	if (parts_by_type(event_name, v, events, sizeof(events) / sizeof(events[0]), ret))
		return;
	/* A gateway's own envelope. */
	if (parts_is_error(event_name, v)) {
		on_error(v, ret);
		ret->understood = true;
	}
}

/* clang-format off */
static const struct error_row errors[] = {
	{400, WORDS("error.message"), WORDS("~credit balance is too low", "~usage limits"),
	 OUTCOME_QUOTA, "an empty balance is a 400 here"},
	{0, WORDS("error.details.error_code"), WORDS("enforced_spend_limit_reached"),
	 OUTCOME_QUOTA, "called a rate limit, but there is no retry-after"},
	{0, WORDS("error.type"), WORDS("overloaded_error"), OUTCOME_OVERLOADED,
	 "capacity of the whole fleet"},
	{0, WORDS("error.type"), WORDS("rate_limit_error"), OUTCOME_RATE_LIMITED, NULL},
	{0, WORDS("error.type"), WORDS("authentication_error", "permission_error"),
	 OUTCOME_AUTH, NULL},
	{0, WORDS("error.type"), WORDS("billing_error"), OUTCOME_QUOTA, NULL},
	{0, WORDS("error.type"), WORDS("not_found_error"), OUTCOME_MODEL_GONE, NULL},
	{0, WORDS("error.type"), WORDS("invalid_request_error", "request_too_large",
	 "conflict_error"), OUTCOME_BAD_REQUEST, NULL},
	{0, WORDS("error.type"), WORDS("api_error", "timeout_error"), OUTCOME_HTTP_5XX, NULL},
	{529, WORDS("*"), WORDS("*"), OUTCOME_OVERLOADED, NULL},
	{403, WORDS("error.type"), WORDS("forbidden"), OUTCOME_FORBIDDEN_REGION,
	 "the edge refuses where we ask from"},
};
static const struct finish_row finishes[] = {
	{"refusal", OUTCOME_CONTENT_FILTERED},
	{"model_context_window_exceeded", OUTCOME_BAD_REQUEST},
};
/* clang-format on */

static const char *const headers[] = {"anthropic-version: 2023-06-01"};

const struct dialect dialect_anthropic = {
    .name = "anthropic",
    .framing = FRAMING_SSE,
    .build = build,
    .read = read_event,
    .kinds = KINDS_CHAT | KIND(PROBE_MODELS) | KIND(PROBE_DOOR),
    .max_tokens_field = "max_tokens",
    .tools = "{\"tools\":[{\"name\":\"get_weather\",\"description\":\"" WEATHER_ABOUT
	     "\",\"input_schema\":" WEATHER_TAKES "}]}",
    .paths = {.prefix = "/v1", .chat = "/messages", .models = "/models"},
    .auth_header = "x-api-key",
    .auth_scheme = "",
    .headers = headers,
    .n_headers = sizeof(headers) / sizeof(headers[0]),
    ERRORS(errors),
    FINISHES(finishes),
};
