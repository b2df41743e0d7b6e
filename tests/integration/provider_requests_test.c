/* SPDX-License-Identifier: MIT
 *
 * What goes over the wire to each provider of the catalogue, in each kind that it can be
 * asked for: method and path, the key in its own header and nowhere else, the fields that
 * its dialect demands, and the provider's own body over them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/sim/sim_request.h"
#include "probes/dialect.h"
#include "tests/integration/asked.h"
#include "tests/integration/raw_server.h"

#define CHATS (KIND(PROBE_STREAM) | KIND(PROBE_CHAT) | KIND(PROBE_HEAVY))
#define OPENAI(dialect)                                                                  \
	{dialect, CHATS, "model", JSON_STRING},                                          \
	    {dialect, CHATS, "messages[0].role", JSON_STRING},                           \
	    {dialect, CHATS, "messages[0].content", JSON_STRING},                        \
	    {dialect, KIND(PROBE_STREAM), "stream", JSON_TRUE},                          \
	    {dialect, KIND(PROBE_CHAT), "stream", JSON_FALSE},                           \
	    {dialect, KIND(PROBE_EMBEDDING), "model", JSON_STRING},                      \
	{                                                                                \
		dialect, KIND(PROBE_EMBEDDING), "input", JSON_STRING                     \
	}

/* What a body must hold for the server to take it. */
/* clang-format off */
static const struct {
	const char *dialect;
	unsigned kinds;
	const char *path;
	json_type type;
} required[] = {
	OPENAI("openai-chat"), OPENAI("azure-openai"),
	{"openai-responses", CHATS, "model", JSON_STRING},
	{"openai-responses", CHATS, "input", JSON_STRING},
	{"openai-responses", CHATS, "max_output_tokens", JSON_INTEGER},
	{"openai-responses", KIND(PROBE_STREAM), "stream", JSON_TRUE},
	{"anthropic", CHATS, "model", JSON_STRING},
	{"anthropic", CHATS, "max_tokens", JSON_INTEGER},
	{"anthropic", CHATS, "messages[0].role", JSON_STRING},
	{"anthropic", CHATS, "messages[0].content", JSON_STRING},
	{"anthropic", KIND(PROBE_STREAM), "stream", JSON_TRUE},
	{"gemini", CHATS, "contents[0].parts[0].text", JSON_STRING},
	{"gemini", CHATS, "generationConfig.maxOutputTokens", JSON_INTEGER},
	{"gemini", KIND(PROBE_EMBEDDING), "content.parts[0].text", JSON_STRING},
	{"cohere-v2", CHATS, "model", JSON_STRING},
	{"cohere-v2", CHATS, "messages[0].content", JSON_STRING},
	{"cohere-v2", KIND(PROBE_STREAM), "stream", JSON_TRUE},
	{"cohere-v2", KIND(PROBE_EMBEDDING), "texts[0]", JSON_STRING},
	{"cohere-v2", KIND(PROBE_EMBEDDING), "input_type", JSON_STRING},
	{"dashscope-native", CHATS, "model", JSON_STRING},
	{"dashscope-native", CHATS, "input.messages[0].content", JSON_STRING},
	{"dashscope-native", CHATS, "parameters.result_format", JSON_STRING},
	{"dashscope-native", KIND(PROBE_STREAM), "parameters.incremental_output", JSON_TRUE},
	{"ollama-native", CHATS, "model", JSON_STRING},
	{"ollama-native", CHATS, "messages[0].content", JSON_STRING},
	{"ollama-native", KIND(PROBE_CHAT), "stream", JSON_FALSE},
	{"ollama-native", KIND(PROBE_EMBEDDING), "input", JSON_STRING},
	{"bedrock-converse", CHATS, "messages[0].content[0].text", JSON_STRING},
	{"bedrock-converse", CHATS, "inferenceConfig.maxTokens", JSON_INTEGER},
};
/* clang-format on */

static void check_required(const struct world *w, const json_t *body)
{
	for (size_t i = 0; i < sizeof(required) / sizeof(required[0]); i++) {
		const json_t *v = json_at(body, required[i].path);

		if (strcmp(required[i].dialect, w->target.dialect->name) != 0 ||
		    !(required[i].kinds & KIND(w->target.kind)))
			continue;
		if (!v || json_typeof(v) != required[i].type)
			fail_msg("%s %s: %s is not there", w->target.provider->id,
			    probe_kind_code(w->target.kind), required[i].path);
	}
}

/* Everything of `part` stands in `whole`. */
static bool json_holds(json_t *whole, json_t *part)
{
	const char *key;
	json_t *value;

	if (!json_is_object(part))
		return json_equal(whole, part);
	json_object_foreach(part, key, value)
	{
		if (!json_holds(json_object_get(whole, key), value))
			return false;
	}
	return true;
}

/* The provider's own fields, and the limit of the answer where it wants it. */
static void check_own(const struct world *w, json_t *body)
{
	const struct provider *p = w->target.provider;
	json_t *extra;

	if (!(KIND(w->target.kind) & CHATS))
		return;
	if (p->max_tokens > 0 && p->max_tokens_field &&
	    !json_is_integer(json_at(body, p->max_tokens_field)))
		fail_msg("%s: no %s", p->id, p->max_tokens_field);
	if (!p->extra_body)
		return;
	extra = json_parse(span_of(p->extra_body), NULL);
	/* Options of the stream go with a stream alone. */
	if (!json_holds(body, extra) && w->target.kind == PROBE_STREAM)
		fail_msg("%s: %s is not in the body", p->id, p->extra_body);
	json_decref(extra);
}

static size_t count(const char *text, const char *word)
{
	size_t n = 0;

	for (; (text = strstr(text, word)); text += strlen(word))
		n++;
	return n;
}

/* The key stands in its own header, once; a door is shown none. */
static void check_key(
    const struct world *w, const struct sim_request *rq, const char *all)
{
	const struct provider *p = w->target.provider;
	bool shown = w->target.kind != PROBE_DOOR && p->auth_header && p->auth_header[0];
	struct span value = sim_request_header(rq, p->auth_header ? p->auth_header : "");

	if (count(all, WORLD_KEY) != (shown ? 1 : 0))
		fail_msg("%s %s: the key %zu times", p->id,
		    probe_kind_code(w->target.kind), count(all, WORLD_KEY));
	if (shown)
		assert_true(span_contains(value, span_of(WORLD_KEY)));
	if (shown && p->auth_scheme && p->auth_scheme[0])
		assert_true(span_has_prefix(value, p->auth_scheme));
	for (size_t i = 0; i < p->n_extra_headers; i++) {
		char name[64];

		span_copy(
		    (struct span){p->extra_headers[i], strcspn(p->extra_headers[i], ":")},
		    name, sizeof(name));
		assert_true(sim_request_header(rq, name).n > 0);
	}
}

static void check_line(const struct world *w, const struct sim_request *rq)
{
	bool list = w->target.kind == PROBE_MODELS;
	char prefix[128];

	asked_prefix(w->target.provider, prefix, sizeof(prefix));
	assert_true(span_eq(rq->method, list ? "GET" : "POST"));
	if (!span_has_prefix(rq->path, prefix))
		fail_msg("%s: %.*s is not behind %s", w->target.provider->id,
		    (int)rq->path.n, rq->path.p, prefix);
	assert_true(memchr(rq->path.p, '{', rq->path.n) == NULL);
	assert_true(span_has_prefix(sim_request_header(rq, "user-agent"), "dimwatch/"));
	assert_true(
	    list || span_eq(sim_request_header(rq, "content-type"), "application/json"));
}

static void check_request(const struct world *w, const char *received)
{
	struct sim_request rq;
	json_t *body;

	assert_int_equal(sim_request_read(span_of(received), &rq), SIM_READ_READY);
	assert_int_equal(rq.used, strlen(received));
	check_line(w, &rq);
	check_key(w, &rq, received);
	if (w->target.kind == PROBE_MODELS) {
		assert_int_equal(rq.body.n, 0);
		return;
	}
	body = json_parse(rq.body, NULL);
	assert_non_null(body);
	check_required(w, body);
	check_own(w, body);
	json_decref(body);
}

static void every_provider_is_asked_as_its_dialect_demands(void **state)
{
	static const enum probe_kind kinds[] = {PROBE_STREAM, PROBE_CHAT, PROBE_HEAVY,
	    PROBE_MODELS, PROBE_EMBEDDING, PROBE_DOOR};
	/* Whoever waits for the whole request must not be answered before its end. */
	struct raw_answer answer = {.bytes = "HTTP/1.1 418 I'm a teapot\r\n"
					     "Content-Length: 0\r\n\r\n"};
	const struct provider *p;
	unsigned asked = 0, known = 0;
	struct world w;

	(void)state;
	world_init(&w, LOOP_SKIPPING, "");
	for (size_t i = 0; (p = catalogue_at(asked_catalogue(), i)); i++, known++) {
		for (size_t k = 0; k < sizeof(kinds) / sizeof(kinds[0]); k++) {
			struct raw_server *far = raw_server_new(w.loop, &answer);
			char front[64];

			snprintf(front, sizeof(front), "http://127.0.0.1:%d",
			    raw_server_port(far));
			w.n_samples = 0;
			if (asked_provider(&w, p, kinds[k], front)) {
				assert_int_equal(world_probe(&w)->http_status, 418);
				check_request(&w, raw_server_received(far));
				asked++;
			}
			raw_server_free(far);
		}
	}
	world_fini(&w);
	assert_true(known >= 50 && asked >= 4 * known);
	print_message(
	    "# evidence provider requests: %u requests of %u providers, as their "
	    "dialects demand\n",
	    asked, known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_provider_is_asked_as_its_dialect_demands),
	};

	return cmocka_run_group_tests_name(
	    "provider requests", tests, asked_load, asked_unload);
}
