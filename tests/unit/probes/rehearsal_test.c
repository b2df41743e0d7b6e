/* SPDX-License-Identifier: MIT
 *
 * The questions of a rehearsal: what each dialect is sent for them, how a tool's call is
 * read in each, streamed and in one piece, and what an answer proves.
 */
#include "probes/rehearsal.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/cost.h"
#include "probes/dialect.h"
#include "tests/unit/probes/fixture.h"

#define SSE  "content-type: text/event-stream"
#define JSON "content-type: application/json"

/* A rival that speaks this dialect. */
struct stage {
	struct arena *arena;
	struct provider provider;
	struct target rival;
};

static struct stage open_stage(const char *dialect)
{
	struct stage s = {.arena = arena_new()};

	s.provider = *fixture_provider("plain");
	s.provider.dialect = dialect;
	s.provider.max_tokens_field = NULL;
	fixture_target(&s.rival, "plain", NULL);
	s.rival.dialect = dialect_find(dialect);
	assert_non_null(s.rival.dialect);
	return s;
}

/* Once the stage stands still. */
static const struct target *question(struct stage *s, enum exam_id id)
{
	s->rival.provider = &s->provider;
	return exam_target(id, &s->rival, 1000, s->arena);
}

static void close_stage(struct stage *s)
{
	arena_free(s->arena);
}

static json_t *body_of(const struct target *t)
{
	struct question q = {.expected = ""};
	struct request rq;
	json_t *v;

	str_copy(
	    q.text, sizeof(q.text), t->prompt != NULL ? t->prompt : "What is 1 + 1?");
	request_init(&rq, "POST", t->url);
	t->dialect->build(t, &q, &rq);
	v = json_parse(str_span(&rq.body), NULL);
	request_fini(&rq);
	assert_non_null(v);
	return v;
}

/* --- asking --- */

/* Where the body says it; NULL: that dialect has no way. */
/* clang-format off */
static const struct {
	const char *dialect, *json, *json_value, *tool;
} places[] = {
	{"openai-chat", "response_format.type", "json_object", "tools[0].function.name"},
	{"azure-openai", "response_format.type", "json_object", "tools[0].function.name"},
	{"openai-responses", "text.format.type", "json_object", "tools[0].name"},
	{"anthropic", NULL, NULL, "tools[0].name"},
	{"gemini", "generationConfig.responseMimeType", "application/json",
	 "tools[0].functionDeclarations[0].name"},
	{"cohere-v2", "response_format.type", "json_object", "tools[0].function.name"},
	{"dashscope-native", "parameters.response_format.type", "json_object",
	 "parameters.tools[0].function.name"},
	{"ollama-native", "format", "json", "tools[0].function.name"},
	{"bedrock-converse", NULL, NULL, "toolConfig.tools[0].toolSpec.name"},
	{"http", NULL, NULL, NULL},
};
/* clang-format on */
#define N_PLACES (sizeof(places) / sizeof(places[0]))

static void check_place(
    struct stage *s, enum exam_id id, const char *path, const char *value)
{
	const struct target *t = question(s, id);
	json_t *body;

	if (path == NULL) {
		assert_null(t);
		return;
	}
	assert_non_null(t);
	body = body_of(t);
	assert_string_equal(json_text_at(body, path), value);
	json_decref(body);
}

static void each_dialect_says_json_mode_and_tools_in_its_own_words(void **state)
{
	size_t n;
	(void)state;
	(void)dialects(&n);
	assert_int_equal(n, N_PLACES); /* a new dialect gets its row here */
	for (size_t i = 0; i < N_PLACES; i++) {
		struct stage s = open_stage(places[i].dialect);

		check_place(&s, EXAM_JSON, places[i].json, places[i].json_value);
		check_place(&s, EXAM_TOOL, places[i].tool, "get_weather");
		close_stage(&s);
	}
}

static void what_a_dialect_is_not_asked_for_is_not_offered(void **state)
{
	struct stage s = open_stage("bedrock-converse");
	(void)state;

	assert_non_null(question(&s, EXAM_SHORT));
	assert_null(question(&s, EXAM_STREAM));
	assert_null(question(&s, EXAM_LONG));
	close_stage(&s);
}

static void the_target_s_own_body_stays_under_the_question_s(void **state)
{
	struct stage s = open_stage("openai-chat");
	json_t *body;
	(void)state;

	s.rival.extra_body =
	    "{\"temperature\":0,\"response_format\":{\"type\":\"text\"}}";
	body = body_of(question(&s, EXAM_JSON));
	assert_int_equal(json_integer_value(json_at(body, "temperature")), 0);
	assert_string_equal(json_text_at(body, "response_format.type"), "json_object");
	json_decref(body);
	body = body_of(question(&s, EXAM_SHORT));
	assert_string_equal(json_text_at(body, "response_format.type"), "text");
	json_decref(body);
	close_stage(&s);
}

static void a_stream_and_a_whole_answer_have_their_own_addresses(void **state)
{
	struct stage s = open_stage("gemini");
	(void)state;

	s.rival.url =
	    "https://g.example/v1beta/models/gemini-x:streamGenerateContent?alt=sse";
	assert_string_equal(question(&s, EXAM_SHORT)->url,
	    "https://g.example/v1beta/models/gemini-x:generateContent");
	assert_string_equal(question(&s, EXAM_LONG)->url, s.rival.url);
	close_stage(&s);
}

static void the_long_prompt_is_padded_and_priced(void **state)
{
	struct stage s = open_stage("openai-chat");
	const struct target *t = question(&s, EXAM_LONG);
	(void)state;

	assert_int_equal(t->kind, PROBE_HEAVY);
	assert_int_equal(t->heavy_tokens, 1000);
	assert_true(exam_cost(EXAM_LONG, t) >
		    exam_cost(EXAM_STREAM, question(&s, EXAM_STREAM)) + 1000 * 100);
	close_stage(&s);
}

static void a_question_s_forecast_covers_its_tools_and_its_longer_answer(void **state)
{
	struct stage s = open_stage("openai-chat");
	const struct target *t = question(&s, EXAM_TOOL);
	(void)state;

	assert_true(t->provider->max_tokens >= 256);
	assert_int_equal(s.provider.max_tokens, 16);
	assert_true(exam_cost(EXAM_TOOL, t) >= cost_of(&t->price, 60, 256));
	s.rival.price = (struct price){"", -1, -1};
	assert_int_equal(exam_cost(EXAM_TOOL, question(&s, EXAM_TOOL)), -1);
	close_stage(&s);
}

/* --- reading --- */

static struct sample play(
    const struct target *t, int status, const char *headers, const char *body)
{
	struct question q = {.expected = ""};
	struct play p = {.status = status,
	    .headers = headers,
	    .body = span_of(body),
	    .end = fixture_end(WIRE_DONE, PHASE_BODY)};
	struct sample s;

	if (t->prompt == NULL)
		str_copy(q.expected, sizeof(q.expected), "12");
	fixture_play(t, &q, &p, 0, &s);
	return s;
}

#define ARGS "{\\\"city\\\": \\\"Paris\\\"}"

/* A call of get_weather(Paris), in one piece and streamed; NULL: it does not stream. */
static const struct {
	const char *dialect, *whole, *stream;
} calls[] = {
    {"openai-chat",
     "{\"choices\":[{\"message\":{\"role\":\"assistant\",\"content\":null,\"tool_calls\":"
	"[{\"id\":\"c\",\"type\":\"function\",\"function\":{\"name\":\"get_weather\","
	"\"arguments\":\"" ARGS "\"}}]},\"finish_reason\":\"tool_calls\"}]}",
     "data: {\"choices\":[{\"delta\":{\"role\":\"assistant\",\"content\":null,"
	"\"tool_calls\":[{\"index\":0,\"id\":\"c\",\"type\":\"function\",\"function\":{"
	"\"name\":\"get_weather\",\"arguments\":\"\"}}]}}]}\n\n"
	"data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{"
	"\"arguments\":\"" ARGS "\"}}]}}]}\n\n"
	"data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n"
	"data: [DONE]\n\n"																			   },
    {"anthropic",
     "{\"type\":\"message\",\"content\":[{\"type\":\"tool_use\",\"id\":\"t\",\"name\":"
	"\"get_weather\",\"input\":{\"city\":\"Paris\"}}],\"stop_reason\":\"tool_use\","
	"\"usage\":{\"input_tokens\":9,\"output_tokens\":9}}",			    "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\"}}\n\n"
	"event: content_block_start\ndata: {\"type\":\"content_block_start\",\"content_block\":"
	"{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"get_weather\",\"input\":{}}}\n\n"
	"event: content_block_delta\ndata: {\"type\":\"content_block_delta\",\"delta\":{"
	"\"type\":\"input_json_delta\",\"partial_json\":\"" ARGS "\"}}\n\n"
	"event: message_delta\ndata: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":"
	"\"tool_use\"},\"usage\":{\"output_tokens\":9}}\n\n"
	"event: message_stop\ndata: {\"type\":\"message_stop\"}\n\n"                                                   },
    {"openai-responses",
     "{\"object\":\"response\",\"status\":\"completed\",\"output\":[{\"type\":"
	"\"function_call\",\"name\":\"get_weather\",\"arguments\":\"" ARGS "\"}],"
	"\"usage\":{\"input_tokens\":9,\"output_tokens\":9}}",			    "data: {\"type\":\"response.output_item.added\",\"item\":{\"type\":\"function_call\","
	"\"name\":\"get_weather\",\"arguments\":\"\"}}\n\n"
	"data: {\"type\":\"response.function_call_arguments.delta\",\"delta\":\"" ARGS
	"\"}\n\n"
	"data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\"}}\n\n"                          },
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":"
	"\"get_weather\",\"args\":{\"city\":\"Paris\"}}}]},\"finishReason\":\"STOP\"}]}", "data: {\"candidates\":[{\"content\":{\"parts\":[{\"functionCall\":{\"name\":"
	"\"get_weather\",\"args\":{\"city\":\"Paris\"}}}]},\"finishReason\":\"STOP\"}]}\n\n"},
    {"cohere-v2",
     "{\"id\":\"x\",\"message\":{\"role\":\"assistant\",\"tool_calls\":[{\"id\":\"t\","
	"\"type\":\"function\",\"function\":{\"name\":\"get_weather\",\"arguments\":\"" ARGS
	"\"}}]},\"finish_reason\":\"TOOL_CALL\"}",					"data: {\"type\":\"message-start\",\"id\":\"x\"}\n\n"
	"data: {\"type\":\"tool-call-start\",\"delta\":{\"message\":{\"tool_calls\":{"
	"\"function\":{\"name\":\"get_weather\",\"arguments\":\"\"}}}}}\n\n"
	"data: {\"type\":\"tool-call-delta\",\"delta\":{\"message\":{\"tool_calls\":{"
	"\"function\":{\"arguments\":\"" ARGS "\"}}}}}\n\n"
	"data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"TOOL_CALL\"}}\n\n"                                         },
    {"dashscope-native",
     "{\"output\":{\"choices\":[{\"finish_reason\":\"tool_calls\",\"message\":{\"content\":"
	"\"\",\"tool_calls\":[{\"function\":{\"name\":\"get_weather\",\"arguments\":\"" ARGS
	"\"}}]}}]}}",								     "data: {\"output\":{\"choices\":[{\"finish_reason\":\"tool_calls\",\"message\":{"
	"\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"get_weather\","
	"\"arguments\":\"" ARGS "\"}}]}}]}}\n\n"														},
    {"ollama-native",
     "{\"model\":\"m\",\"message\":{\"role\":\"assistant\",\"content\":\"\",\"tool_calls\":"
	"[{\"function\":{\"name\":\"get_weather\",\"arguments\":{\"city\":\"Paris\"}}}]},"
	"\"done_reason\":\"stop\",\"done\":true}",					"{\"message\":{\"content\":\"\",\"tool_calls\":[{\"function\":{\"name\":\"get_weather\","
	"\"arguments\":{\"city\":\"Paris\"}}}]},\"done\":false}\n"
	"{\"message\":{\"content\":\"\"},\"done_reason\":\"stop\",\"done\":true}\n"                                                },
    {"bedrock-converse",
     "{\"output\":{\"message\":{\"content\":[{\"toolUse\":{\"name\":\"get_weather\","
	"\"input\":{\"city\":\"Paris\"}}}]}},\"stopReason\":\"tool_use\"}",	       NULL										       },
};
#define N_CALLS (sizeof(calls) / sizeof(calls[0]))

static void a_tool_call_is_an_answer_in_every_dialect(void **state)
{
	char why[600];
	(void)state;

	for (size_t i = 0; i < N_CALLS; i++) {
		struct stage s = open_stage(calls[i].dialect);
		const struct target *t = question(&s, EXAM_TOOL);
		struct sample got = play(t, 200, JSON, calls[i].whole);

		assert_string_equal(outcome_code(got.outcome), "ok");
		assert_true(got.flags & FLAG_TOOL_CALL);
		assert_int_equal(
		    exam_judge(EXAM_TOOL, t, &got, why, sizeof(why)), EXAM_PASSED);
		assert_string_equal(why, "");
		close_stage(&s);
	}
}

static void a_tool_call_in_a_stream_has_a_first_token_in_every_dialect(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_CALLS; i++) {
		struct stage s = open_stage(calls[i].dialect);
		struct sample got;

		if (question(&s, EXAM_STREAM) == NULL) {
			assert_null(calls[i].stream);
			close_stage(&s);
			continue;
		}
		got = play(&s.rival, 200,
		    s.rival.dialect->framing == FRAMING_SSE ? SSE : JSON,
		    calls[i].stream);
		assert_string_equal(outcome_code(got.outcome), "ok");
		assert_true(got.flags & FLAG_TOOL_CALL);
		assert_true(got.first_token_us > 0);
		close_stage(&s);
	}
}

/* --- judging --- */

#define SAYS(text)                                                                       \
	"{\"choices\":[{\"message\":{\"content\":\"" text                                \
	"\"},\"finish_reason\":\"stop\"}]}"

static void an_answer_proves_what_was_asked_for(void **state)
{
	static const struct {
		enum exam_id id;
		const char *body;
		enum exam_result want;
		const char *why; /* a part of it */
	} rows[] = {
	    {EXAM_JSON,    SAYS("{\\\"city\\\": \\\"Paris\\\"}"),                 EXAM_PASSED, ""            },
	    {EXAM_JSON,    SAYS("```json\\n{\\\"city\\\": \\\"Paris\\\"}\\n```"),
             EXAM_MISSED,								      "JSON object" },
	    {EXAM_JSON,    SAYS("It is Paris."),                                  EXAM_MISSED, "JSON object" },
	    {EXAM_TOOL,    SAYS("It is sunny in Paris."),                         EXAM_MISSED, "no tool"     },
	    {EXAM_ENGLISH, SAYS("Paris."),                                        EXAM_PASSED, ""            },
	    {EXAM_ENGLISH, SAYS("London"),                                        EXAM_MISSED, "Paris"       },
	    {EXAM_CHINESE, SAYS("北京"),                                        EXAM_PASSED, ""            },
	    {EXAM_CHINESE, SAYS("??"),					    EXAM_MISSED, "北京"      },
	    {EXAM_SHORT,   SAYS("12"),					    EXAM_PASSED, ""            },
	    {EXAM_SHORT,   SAYS("13"),					    EXAM_MISSED, "adds wrongly"},
	};
	struct stage s = open_stage("openai-chat");
	char why[600];
	(void)state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		const struct target *t = question(&s, rows[i].id);
		struct sample got = play(t, 200, JSON, rows[i].body);

		assert_string_equal(
		    exam_result_code(exam_judge(rows[i].id, t, &got, why, sizeof(why))),
		    exam_result_code(rows[i].want));
		assert_non_null(strstr(why, rows[i].why));
		assert_int_equal(why[0] == '\0', rows[i].want == EXAM_PASSED);
	}
	close_stage(&s);
}

static void a_prompt_that_is_too_long_is_said_so(void **state)
{
	struct stage s = open_stage("openai-chat");
	const struct target *t = question(&s, EXAM_LONG);
	char why[600];
	struct sample got = play(t, 400, JSON,
	    "{\"error\":{\"message\":\"maximum context length is 512\",\"code\":"
	    "\"context_length_exceeded\"}}");
	(void)state;

	assert_int_equal(exam_judge(EXAM_LONG, t, &got, why, sizeof(why)), EXAM_FAILED);
	assert_non_null(strstr(why, "refuses a prompt of 1000 tokens"));
	assert_non_null(strstr(why, "context_length_exceeded"));
	assert_false(exam_is_final(EXAM_LONG, &got));
	close_stage(&s);
}

static void who_only_thinks_has_not_answered(void **state)
{
	struct stage s = open_stage("openai-chat");
	const struct target *t = question(&s, EXAM_ENGLISH);
	char why[600];
	struct sample got = play(t, 200, JSON,
	    "{\"choices\":[{\"message\":{\"content\":\"\",\"reasoning_content\":\"Paris?\"},"
	    "\"finish_reason\":\"length\"}]}");
	(void)state;

	assert_int_equal(
	    exam_judge(EXAM_ENGLISH, t, &got, why, sizeof(why)), EXAM_MISSED);
	assert_non_null(strstr(why, "only thinks"));
	close_stage(&s);
}

static void no_key_no_money_or_no_model_ends_the_questions(void **state)
{
	static const struct {
		enum exam_id id;
		enum outcome outcome;
		bool final;
	} rows[] = {
	    {EXAM_SHORT,  OUTCOME_OK,           false},
	    {EXAM_SHORT,  OUTCOME_OVERLOADED,   true },
	    {EXAM_STREAM, OUTCOME_OVERLOADED,   false},
	    {EXAM_STREAM, OUTCOME_QUOTA,        true },
	    {EXAM_STREAM, OUTCOME_AUTH,         true },
	    {EXAM_JSON,   OUTCOME_MODEL_GONE,   true },
	    {EXAM_JSON,   OUTCOME_BAD_REQUEST,  false},
	    {EXAM_JSON,   OUTCOME_WRONG_ANSWER, false},
	};
	struct sample s;
	(void)state;

	sample_init(&s, 0, FIXTURE_WALL);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		s.outcome = rows[i].outcome;
		assert_int_equal(exam_is_final(rows[i].id, &s), rows[i].final);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_dialect_says_json_mode_and_tools_in_its_own_words),
	    cmocka_unit_test(what_a_dialect_is_not_asked_for_is_not_offered),
	    cmocka_unit_test(the_target_s_own_body_stays_under_the_question_s),
	    cmocka_unit_test(a_stream_and_a_whole_answer_have_their_own_addresses),
	    cmocka_unit_test(the_long_prompt_is_padded_and_priced),
	    cmocka_unit_test(
		a_question_s_forecast_covers_its_tools_and_its_longer_answer),
	    cmocka_unit_test(a_tool_call_is_an_answer_in_every_dialect),
	    cmocka_unit_test(a_tool_call_in_a_stream_has_a_first_token_in_every_dialect),
	    cmocka_unit_test(an_answer_proves_what_was_asked_for),
	    cmocka_unit_test(a_prompt_that_is_too_long_is_said_so),
	    cmocka_unit_test(who_only_thinks_has_not_answered),
	    cmocka_unit_test(no_key_no_money_or_no_model_ends_the_questions),
	};
	return cmocka_run_group_tests_name("probes/rehearsal", tests, NULL, NULL);
}
