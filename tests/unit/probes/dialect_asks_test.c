/* SPDX-License-Identifier: MIT
 *
 * What each dialect sends: the body by kind of probe, the key in its own header, the
 * limit of the answer where that dialect has it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/dialect.h"
#include "tests/unit/probes/fixture.h"

#define QUESTION "What is 17 + 25?"

#define S        PROBE_STREAM
#define C        PROBE_CHAT
#define E        PROBE_EMBEDDING

/* What stands at a path of the body, as compact JSON; NULL: nothing. */
/* clang-format off */
static const struct {
	const char *provider;
	enum probe_kind kind;
	const char *path, *value;
} bodies[] = {
	{"anthropic", S, "model", "\"claude-haiku-5-5\""},
	{"anthropic", S, "messages", "[{\"role\":\"user\",\"content\":\"" QUESTION "\"}]"},
	{"anthropic", S, "max_tokens", "16"},
	{"anthropic", S, "stream", "true"},
	{"anthropic", C, "stream", NULL},
	{"gemini", S, "contents", "[{\"parts\":[{\"text\":\"" QUESTION "\"}],\"role\":\"user\"}]"},
	{"gemini", S, "generationConfig", "{\"maxOutputTokens\":16}"},
	{"gemini", S, "stream", NULL},
	{"gemini", S, "model", NULL},
	{"gemini", E, "content.parts[0].text", "\"" QUESTION "\""},
	{"gemini", E, "generationConfig", NULL},
	{"openai-responses", S, "input", "\"" QUESTION "\""},
	{"openai-responses", S, "max_output_tokens", "16"},
	{"openai-responses", S, "stream", "true"},
	{"openai-responses", C, "stream", "false"},
	{"openai-responses", E, "stream", NULL},
	{"openai-responses", E, "input", "\"" QUESTION "\""},
	{"cohere", S, "messages[0].content", "\"" QUESTION "\""},
	{"cohere", S, "max_tokens", "16"},
	{"cohere", C, "stream", "false"},
	{"cohere", E, "texts", "[\"" QUESTION "\"]"},
	{"cohere", E, "embedding_types", "[\"float\"]"},
	{"cohere", E, "input_type", "\"search_query\""},
	{"dashscope-native", S, "input.messages[0].content", "\"" QUESTION "\""},
	{"dashscope-native", S, "parameters", "{\"result_format\":\"message\",\"incremental_output\":true,\"max_tokens\":16}"},
	{"dashscope-native", C, "parameters", "{\"result_format\":\"message\",\"max_tokens\":16}"},
	{"dashscope-native", E, "input", "{\"texts\":[\"" QUESTION "\"]}"},
	{"ollama-native", S, "messages[0].role", "\"user\""},
	{"ollama-native", S, "stream", "true"},
	{"ollama-native", C, "stream", "false"},
	{"ollama-native", S, "options", "{\"num_predict\":16}"},
	{"ollama-native", E, "input", "\"" QUESTION "\""},
	{"ollama-native", E, "options", NULL},
	{"bedrock", C, "messages", "[{\"role\":\"user\",\"content\":[{\"text\":\"" QUESTION "\"}]}]"},
	{"bedrock", C, "inferenceConfig", "{\"maxTokens\":16}"},
	{"azure-openai", S, "model", "\"my-deployment\""},
	{"azure-openai", S, "max_completion_tokens", "16"},
	{"azure-openai", S, "max_tokens", NULL},
	{"locked", S, "stream", "true"},
	{"locked", C, "stream", "false"},
	{"locked", E, "input", "\"" QUESTION "\""},
	{"locked", E, "messages", NULL},
	{"locked", E, "max_tokens", NULL},
};
/* clang-format on */

static void ask(const struct target *t, struct request *rq)
{
	struct question q = {.expected = ""};

	str_copy(q.text, sizeof(q.text), QUESTION);
	request_init(rq, "POST", t->url);
	t->dialect->build(t, &q, rq);
}

static void every_dialect_asks_in_its_own_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		struct request rq;
		struct target t;
		struct str got;
		json_t *body;

		fixture_target(&t, bodies[i].provider, NULL);
		t.kind = bodies[i].kind;
		ask(&t, &rq);
		body = json_parse(str_span(&rq.body), NULL);
		assert_true(json_is_object(body));
		str_init(&got, 1000);
		if (json_at(body, bodies[i].path) != NULL)
			json_dump(json_at(body, bodies[i].path), &got);
		if (strcmp(str_c(&got), bodies[i].value ? bodies[i].value : "") != 0)
			fail_msg("%s %s: %s is %s", bodies[i].provider,
			    probe_kind_code(bodies[i].kind), bodies[i].path, str_c(&got));
		str_fini(&got);
		json_decref(body);
		request_fini(&rq);
	}
}

static const char *header(const struct request *rq, const char *name)
{
	for (size_t i = 0; i < rq->n_headers; i++) {
		if (span_ieq(span_of(rq->headers[i].name), name))
			return rq->headers[i].value;
	}
	return "";
}

static void the_key_goes_into_the_dialects_header_and_nowhere_else(void **state)
{
	size_t n;
	const struct dialect *const *all = dialects(&n);
	struct secret *key = secret_new("k-123456789", 11);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct provider p = *fixture_provider("plain");
		struct request rq;
		struct target t;
		size_t with_key = 0;

		fixture_target(&t, "plain", key);
		p.dialect = all[i]->name;
		p.auth_header = all[i]->auth_header;
		p.auth_scheme = all[i]->auth_scheme;
		t.provider = &p;
		t.dialect = all[i];
		t.kind = all[i]->kinds & KIND(PROBE_CHAT) ? PROBE_CHAT : PROBE_HTTP;
		ask(&t, &rq);
		assert_non_null(strstr(header(&rq, all[i]->auth_header), "k-123456789"));
		for (size_t k = 0; k < rq.n_headers; k++)
			with_key += strstr(rq.headers[k].value, "k-1234") != NULL;
		assert_int_equal(with_key, 1);
		assert_false(span_contains(str_span(&rq.body), span_of("k-1234")));
		assert_null(strstr(rq.url, "k-1234"));
		request_fini(&rq);
	}
	secret_free(key);
}

/* A server of one's own gets the same, without a catalogue file. */
static void what_a_dialect_must_hear_is_in_its_table(void **state)
{
	(void)state;
	assert_int_equal(dialect_anthropic.n_headers, 1);
	assert_string_equal(
	    dialect_anthropic.headers[0], "anthropic-version: 2023-06-01");
	assert_string_equal(dialect_anthropic.auth_header, "x-api-key");
	assert_string_equal(dialect_gemini.auth_header, "x-goog-api-key");
	assert_string_equal(dialect_azure_openai.auth_header, "api-key");
}

static void a_stream_is_asked_for_where_the_dialect_has_one(void **state)
{
	struct request rq;
	struct target t;

	(void)state;
	fixture_target(&t, "dashscope-native", NULL);
	ask(&t, &rq);
	assert_string_equal(header(&rq, "x-dashscope-sse"), "enable");
	assert_string_equal(header(&rq, "accept"), "text/event-stream");
	request_fini(&rq);
	t.kind = PROBE_CHAT;
	ask(&t, &rq);
	assert_string_equal(header(&rq, "x-dashscope-sse"), "");
	assert_string_equal(header(&rq, "accept"), "application/json");
	request_fini(&rq);
	assert_true(dialect_streams(&dialect_anthropic, PROBE_DOOR));
	assert_true(dialect_streams(&dialect_anthropic, PROBE_HEAVY));
	assert_false(dialect_streams(&dialect_anthropic, PROBE_CHAT));
	assert_false(dialect_streams(&dialect_bedrock, PROBE_DOOR));
}

static void the_providers_body_is_merged_into_the_depth(void **state)
{
	struct provider p = *fixture_provider("gemini");
	struct request rq;
	struct target t;

	(void)state;
	fixture_target(&t, "gemini", NULL);
	p.extra_body = "{\"generationConfig\":{\"temperature\":0},\"x\":1}";
	t.provider = &p;
	ask(&t, &rq);
	assert_true(span_contains(str_span(&rq.body),
	    span_of("\"generationConfig\":{\"maxOutputTokens\":16,\"temperature\":0}")));
	request_fini(&rq);
	t.kind = PROBE_EMBEDDING;
	ask(&t, &rq);
	assert_false(span_contains(str_span(&rq.body), span_of("temperature")));
	request_fini(&rq);
}

static void a_page_is_got_or_posted_with_the_targets_own_text(void **state)
{
	struct request rq;
	struct target t;
	struct question q;
	struct rng r;

	(void)state;
	fixture_target(&t, "page", NULL);
	t.kind = PROBE_HTTP;
	rng_init(&r, 1);
	question_make(&q, &t, &r);
	request_init(&rq, "POST", t.url);
	t.dialect->build(&t, &q, &rq);
	assert_string_equal(rq.method, "GET");
	assert_int_equal(rq.body.len, 0);
	assert_string_equal(header(&rq, "content-type"), "");
	request_fini(&rq);
	t.method = "POST";
	t.prompt = "{\"a\":1}";
	question_make(&q, &t, &r);
	request_init(&rq, "POST", t.url);
	t.dialect->build(&t, &q, &rq);
	assert_string_equal(rq.method, "POST");
	assert_string_equal(str_c(&rq.body), "{\"a\":1}");
	request_fini(&rq);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_dialect_asks_in_its_own_words),
	    cmocka_unit_test(the_key_goes_into_the_dialects_header_and_nowhere_else),
	    cmocka_unit_test(what_a_dialect_must_hear_is_in_its_table),
	    cmocka_unit_test(a_stream_is_asked_for_where_the_dialect_has_one),
	    cmocka_unit_test(the_providers_body_is_merged_into_the_depth),
	    cmocka_unit_test(a_page_is_got_or_posted_with_the_targets_own_text),
	};

	return cmocka_run_group_tests_name("probes/dialect_asks", tests, NULL, NULL);
}
