/* SPDX-License-Identifier: MIT
 *
 * One grammar, many speakers: what is built, and what each quirk reads as.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/dialect.h"
#include "tests/unit/probes/fixture.h"

/* --- building --- */

static json_t *built(const struct target *t, const char *question, struct request *rq)
{
	struct question q = {.expected = ""};
	json_t *body;

	str_copy(q.text, sizeof(q.text), question);
	request_init(rq, "GET", t->url);
	t->dialect->build(t, &q, rq);
	body = json_parse(str_span(&rq->body), NULL);
	assert_non_null(body);
	return body;
}

static void the_request_is_one_small_streamed_question(void **state)
{
	struct request rq;
	struct target t;
	json_t *body;
	int64_t n = 0;

	(void)state;
	fixture_target(&t, "deepseek", NULL);
	body = built(&t, "What is 17 + 25?", &rq);
	assert_string_equal(rq.method, "POST");
	assert_string_equal(rq.url, t.url);
	assert_string_equal(json_text_at(body, "model"), "deepseek-flash");
	assert_int_equal(json_array_size(json_at(body, "messages")), 1);
	assert_string_equal(json_text_at(body, "messages[0].role"), "user");
	assert_string_equal(
	    json_text_at(body, "messages[0].content"), "What is 17 + 25?");
	assert_true(json_is_true(json_at(body, "stream")));
	assert_true(json_int_at(body, "max_tokens", &n));
	assert_int_equal(n, 16);
	assert_null(json_at(body, "stream_options"));
	json_decref(body);
	request_fini(&rq);
}

static void the_providers_own_body_goes_over_the_base(void **state)
{
	struct provider p = *fixture_provider("openai");
	struct request rq;
	struct target t;
	json_t *body;
	int64_t n = 0;

	(void)state;
	fixture_target(&t, "openai", NULL);
	p.max_tokens_field = "max_completion_tokens";
	p.max_tokens = 24;
	p.extra_body = "{\"stream_options\":{\"include_usage\":true},"
		       "\"thinking\":{\"type\":\"disabled\"},\"model\":\"other\"}";
	t.provider = &p;
	body = built(&t, "x", &rq);
	assert_true(json_is_true(json_at(body, "stream_options.include_usage")));
	assert_string_equal(json_text_at(body, "thinking.type"), "disabled");
	assert_string_equal(json_text_at(body, "model"), "other");
	assert_null(json_at(body, "max_tokens"));
	assert_true(json_int_at(body, "max_completion_tokens", &n));
	assert_int_equal(n, 24);
	json_decref(body);
	request_fini(&rq);
	t.kind = PROBE_CHAT;
	body = built(&t, "x", &rq);
	assert_true(json_is_false(json_at(body, "stream")));
	assert_null(json_at(body, "stream_options"));
	json_decref(body);
	request_fini(&rq);
}

static void hostile_words_of_the_config_stay_words(void **state)
{
	struct request rq;
	struct target t;
	json_t *body;

	(void)state;
	fixture_target(&t, "plain", NULL);
	t.model = "a\",\"x\":\"b";
	body = built(&t, "say \"\xe4\xbd\xa0\xe5\xa5\xbd\" \xff \\ now", &rq);
	assert_string_equal(json_text_at(body, "model"), "a\",\"x\":\"b");
	assert_string_equal(json_text_at(body, "messages[0].content"),
	    "say \"\xe4\xbd\xa0\xe5\xa5\xbd\" \xef\xbf\xbd \\ now");
	assert_null(json_at(body, "x"));
	json_decref(body);
	request_fini(&rq);
}

/* --- reading --- */

struct row {
	const char *data, *text, *reasoning, *finish;
	int64_t in, out;
};

#define CHUNK(delta, rest) "{\"choices\":[{\"index\":0,\"delta\":" delta rest "}]}"
/* clang-format off */
static const struct row rows[] = {
	{CHUNK("{\"content\":\"12\"}", ""), "12", "", NULL, -1, -1},
	{CHUNK("{\"role\":\"assistant\",\"content\":\"\"}", ",\"finish_reason\":null"),
	 "", "", NULL, -1, -1},
	{CHUNK("{\"content\":null,\"reasoning_content\":\"Let\"}", ""), "", "Let", NULL, -1, -1},
	{CHUNK("{\"content\":\"\",\"reasoning\":\"Seven\"}", ""), "", "Seven", NULL, -1, -1},
	{CHUNK("{\"reasoning\":\"a\",\"reasoning_content\":\"a\"}", ""), "", "a", NULL, -1, -1},
	{CHUNK("{\"content\":\"12\",\"reasoning_content\":null}", ""), "12", "", NULL, -1, -1},
	{CHUNK("{}", ",\"finish_reason\":\"stop\""), "", "", "stop", -1, -1},
	{CHUNK("{}", ",\"finish_reason\":\"null\""), "", "", NULL, -1, -1},
	{CHUNK("{}", ",\"finish_reason\":\"\""), "", "", NULL, -1, -1},
	{CHUNK("{\"content\":\"x\"}", ",\"finish_reason\":\"length\""), "x", "", "length", -1, -1},
	{CHUNK("{\"refusal\":\"no\",\"content\":null}", ""), "no", "", NULL, -1, -1},
	{CHUNK("{\"tool_calls\":[]}", ""), "", "", NULL, -1, -1},
	{CHUNK("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\","
	 "\"text\":\"hm\"}]},{\"type\":\"text\",\"text\":\"4\"},{\"type\":\"text\","
	 "\"text\":\"2\"}]}", ""), "42", "hm", NULL, -1, -1},
	{"{\"object\":\"chat.completion\",\"choices\":[{\"message\":{\"role\":\"assistant\","
	 "\"content\":\"12\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":9,"
	 "\"completion_tokens\":2,\"total_tokens\":11}}", "12", "", "stop", 9, 2},
	{"{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}",
	 "", "", NULL, 9, 2},
	{"{\"choices\":[{\"delta\":{},\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2}}]}",
	 "", "", NULL, 9, 2},
	{"{\"choices\":[],\"usage\":{\"input_tokens\":9,\"output_tokens\":2}}",
	 "", "", NULL, 9, 2},
	{"{\"choices\":[],\"x_groq\":{\"id\":\"r\",\"usage\":{\"prompt_tokens\":9,"
	 "\"completion_tokens\":2}}}", "", "", NULL, 9, 2},
	{"{\"choices\":[],\"usage\":null}", "", "", NULL, -1, -1},
	{"{\"choices\":[],\"usage\":{\"prompt_tokens\":-4,\"completion_tokens\":\"2\"}}",
	 "", "", NULL, -1, -1},
	/* Reasoning left out of completion_tokens, and counted in it. */
	{"{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":2,"
	 "\"total_tokens\":61,\"completion_tokens_details\":{\"reasoning_tokens\":50}}}",
	 "", "", NULL, 9, 52},
	{"{\"choices\":[],\"usage\":{\"prompt_tokens\":9,\"completion_tokens\":52,"
	 "\"total_tokens\":61,\"completion_tokens_details\":{\"reasoning_tokens\":50}}}",
	 "", "", NULL, 9, 52},
	{"{\"choices\":[],\"created\":0,\"id\":\"\",\"model\":\"\",\"object\":\"\","
	 "\"prompt_filter_results\":[{\"prompt_index\":0}]}", "", "", NULL, -1, -1},
	{"{\"code\":0,\"message\":\"Success\",\"sid\":\"s\",\"choices\":[{\"index\":0,"
	 "\"delta\":{\"content\":\"12\"}}]}", "12", "", NULL, -1, -1},
	{"{\"error\":null,\"choices\":[{\"delta\":{\"content\":\"12\"}}]}",
	 "12", "", NULL, -1, -1},
	{"{\"base_resp\":{\"status_code\":0,\"status_msg\":\"\"},\"choices\":[{\"delta\":"
	 "{\"content\":\"12\"}}]}", "12", "", NULL, -1, -1},
	{"{\"code\":\"fast-lane\",\"choices\":[{\"delta\":{\"content\":\"12\"}}]}",
	 "12", "", NULL, -1, -1},
};
/* clang-format on */

static void assert_span(struct span s, const char *want, const char *data)
{
	if (!span_eq(s, want))
		fail_msg("'%.*s', not '%s' in %s", (int)s.n, s.p, want, data);
}

static void every_quirk_of_a_good_chunk_is_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		json_t *v = json_parse(span_of(rows[i].data), NULL);
		struct reading r;

		assert_non_null(v);
		reading_init(&r);
		dialect_openai_chat.read(span_of(""), span_of(rows[i].data), v, &r);
		if (r.error != NULL || !r.understood || r.done)
			fail_msg("taken for something else: %s", rows[i].data);
		assert_span(r.text, rows[i].text, rows[i].data);
		assert_span(r.reasoning, rows[i].reasoning, rows[i].data);
		assert_span(span_of(r.finish), rows[i].finish ? rows[i].finish : "",
		    rows[i].data);
		assert_int_equal(r.tokens_in, rows[i].in);
		assert_int_equal(r.tokens_out, rows[i].out);
		reading_fini(&r);
		json_decref(v);
	}
}

/* clang-format off */
static const struct {
	const char *name, *data, *id;
} errors[] = {
	{"", "{\"error\":{\"message\":\"m\",\"code\":null}}", NULL},
	{"", "{\"error\":\"words\",\"code\":\"c\"}", NULL},
	{"", "{\"error\":503}", NULL},
	{"", "[{\"error\":{\"code\":400,\"message\":\"m\"}}]", NULL},
	{"", "{\"id\":\"gen-1\",\"error\":{\"code\":502},\"choices\":[{\"delta\":{\"content\":"
	 "\"\"},\"finish_reason\":\"error\"}]}", "gen-1"},
	{"", "{\"request_id\":\"aa\",\"id\":\"x\",\"code\":\"Throttling\",\"message\":\"m\"}", "aa"},
	{"error", "{\"anything\":1}", NULL},
	{"", "{\"error_code\":18,\"error_msg\":\"m\"}", NULL},
	{"", "{\"base_resp\":{\"status_code\":1002,\"status_msg\":\"m\"}}", NULL},
	{"", "{\"code\":11202,\"message\":\"m\",\"sid\":\"cha\",\"choices\":[]}", "cha"},
	{"", "{\"code\":1001,\"msg\":\"m\",\"success\":false}", NULL},
	{"", "{\"success\":false,\"errors\":[{\"code\":1}]}", NULL},
	{"", "{\"object\":\"error\",\"message\":\"m\",\"code\":null}", NULL},
	{"", "{\"type\":\"error\",\"message\":\"m\"}", NULL},
	{"", "{\"detail\":\"Unauthorized\"}", NULL},
	{"", "{\"choices\":[{\"delta\":{}}],\"x_groq\":{\"error\":\"over capacity\"}}", NULL},
	{"", "{\"Response\":{\"Error\":{\"Code\":\"x\"},\"RequestId\":\"y\"}}", NULL},
	{"", "{\"error\":{\"message\":\"m\",\"request_id\":\"t1\"}}", "t1"},
};
/* clang-format on */

static void every_shape_of_an_error_is_seen(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(errors) / sizeof(errors[0]); i++) {
		json_t *v = json_parse(span_of(errors[i].data), NULL);
		struct reading r;

		assert_non_null(v);
		reading_init(&r);
		dialect_openai_chat.read(
		    span_of(errors[i].name), span_of(errors[i].data), v, &r);
		if (r.error == NULL || r.text.n > 0 || r.finish != NULL)
			fail_msg("not an error: %s", errors[i].data);
		assert_true(json_is_object(r.error));
		assert_span(
		    span_of(r.id), errors[i].id ? errors[i].id : "", errors[i].data);
		reading_fini(&r);
		json_decref(v);
	}
}

static void what_is_none_of_ours_is_not_understood(void **state)
{
	static const char *const strange[] = {"{}", "[]", "12", "\"x\"", "null",
	    "{\"foo\":1}", "{\"error\":\"\"}", "[[1]]"};

	(void)state;
	for (size_t i = 0; i < sizeof(strange) / sizeof(strange[0]); i++) {
		json_t *v = json_parse(span_of(strange[i]), NULL);
		struct reading r;

		assert_non_null(v);
		reading_init(&r);
		dialect_openai_chat.read(span_of(""), span_of(strange[i]), v, &r);
		assert_false(r.understood);
		assert_false(r.done);
		assert_null(r.error);
		reading_fini(&r);
		json_decref(v);
	}
}

static void the_terminator_is_no_json(void **state)
{
	struct reading r;

	(void)state;
	reading_init(&r);
	dialect_openai_chat.read(span_of(""), span_of("[DONE]"), NULL, &r);
	assert_true(r.done);
	reading_fini(&r);
	reading_init(&r);
	dialect_openai_chat.read(span_of(""), span_of(" [DONE] "), NULL, &r);
	assert_true(r.done);
	reading_fini(&r);
	reading_init(&r);
	dialect_openai_chat.read(span_of(""), span_of("DONE"), NULL, &r);
	assert_false(r.done || r.understood);
	reading_fini(&r);
}

static void model_and_id_are_read(void **state)
{
	static const char data[] = "{\"id\":\"chatcmpl-1\",\"request_id\":\"r\","
				   "\"model\":\"m-2\",\"choices\":[]}";
	json_t *v = json_parse(span_of(data), NULL);
	struct reading r;

	(void)state;
	reading_init(&r);
	dialect_openai_chat.read(span_of(""), span_of(data), v, &r);
	assert_string_equal(r.id, "chatcmpl-1");
	assert_string_equal(r.model, "m-2");
	reading_fini(&r);
	json_decref(v);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_request_is_one_small_streamed_question),
	    cmocka_unit_test(the_providers_own_body_goes_over_the_base),
	    cmocka_unit_test(hostile_words_of_the_config_stay_words),
	    cmocka_unit_test(every_quirk_of_a_good_chunk_is_read),
	    cmocka_unit_test(every_shape_of_an_error_is_seen),
	    cmocka_unit_test(what_is_none_of_ours_is_not_understood),
	    cmocka_unit_test(the_terminator_is_no_json),
	    cmocka_unit_test(model_and_id_are_read),
	};

	return cmocka_run_group_tests_name("probes/dialect_openai", tests, NULL, NULL);
}
