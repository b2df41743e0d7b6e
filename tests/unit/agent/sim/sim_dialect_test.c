/* SPDX-License-Identifier: MIT
 *
 * Which dialect a request is for, and what each of them says: the same question is put to
 * all, the answers must be what our own readers and strangers' clients expect.
 */
#include "agent/sim/sim_dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* "POST PATH" with a header and a body, as bytes. */
static char *ask_of(const char *path, const char *header, const char *body)
{
	char *bytes = NULL;

	assert_true(
	    asprintf(&bytes, "POST %s HTTP/1.1\r\n%sContent-Length: %zu\r\n\r\n%s", path,
		header, strlen(body), body) > 0);
	return bytes;
}

static void paths_lead_to_their_dialect(void **state)
{
	static const struct {
		const char *path, *header, *name, *dialect;
		enum sim_door door;
	} rows[] = {
	    {"/p/v1/chat/completions",					      "",                         "p",         "openai-chat",      SIM_DOOR_CHAT     },
	    {"/dashscope/compatible-mode/v1/chat/completions",                      "",                         "dashscope",
             "openai-chat",														      SIM_DOOR_CHAT     },
	    {"/p/v1/chat/completions",					      "api-key: k\r\n",           "p",         "azure-openai",
             SIM_DOOR_CHAT																	 },
	    {"/azure/openai/deployments/d/chat/completions?api-version=2024-10-21", "",
             "azure",													"azure-openai",     SIM_DOOR_CHAT     },
	    {"/p/v1/responses",						     "",                         "p",         "openai-responses", SIM_DOOR_CHAT     },
	    {"/p/v1/messages",						      "",                         "p",         "anthropic",        SIM_DOOR_CHAT     },
	    {"/p/v1beta/models/m:streamGenerateContent?alt=sse",                    "",                         "p",         "gemini",
             SIM_DOOR_CHAT																	 },
	    {"/p/v1beta/models/m:generateContent",                                  "",                         "p",         "gemini",           SIM_DOOR_CHAT     },
	    {"/p/v2/chat",							  "",                         "p",         "cohere-v2",        SIM_DOOR_CHAT     },
	    {"/p/api/v1/services/aigc/text-generation/generation",                  "",                         "p",
             "dashscope-native",														 SIM_DOOR_CHAT     },
	    {"/p/api/chat",							 "",                         "p",         "ollama-native",    SIM_DOOR_CHAT     },
	    {"/p/model/m%3A0/converse",					     "",                         "p",         "bedrock-converse", SIM_DOOR_CHAT     },
	    {"/p/v1/models",							"",                         "p",         "openai-chat",      SIM_DOOR_MODELS   },
	    {"/p/v1/models",							"anthropic-version: 1\r\n", "p",         "anthropic",
             SIM_DOOR_MODELS																       },
	    {"/cohere/v1/models",						   "",                         "cohere",    "cohere-v2",        SIM_DOOR_MODELS   },
	    {"/p/v1beta/models",						    "",                         "p",         "gemini",           SIM_DOOR_MODELS   },
	    {"/p/v1beta/openai/models",					     "",                         "p",         "openai-chat",      SIM_DOOR_MODELS   },
	    {"/p/api/tags",							 "",                         "p",         "ollama-native",    SIM_DOOR_MODELS   },
	    {"/p/v1/embeddings",						    "",                         "p",         "openai-chat",      SIM_DOOR_EMBEDDING},
	    {"/p/v2/embed",							 "",                         "p",         "cohere-v2",        SIM_DOOR_EMBEDDING},
	    {"/p/api/embed",							"",                         "p",         "ollama-native",    SIM_DOOR_EMBEDDING},
	    {"/p/v1beta/models/m:batchEmbedContents",                               "",                         "p",         "gemini",
             SIM_DOOR_EMBEDDING																    },
	    {"/control/generate_204",					       "",                         "control",   NULL,               SIM_DOOR_EMPTY    },
	    {"/hook/slack",							 "",                         "slack",     NULL,               SIM_DOOR_HOOK     },
	    {"/hook/slack/T0/B0",						   "",                         "slack",     NULL,               SIM_DOOR_HOOK     },
	    {"/hook/",							      "",                         "",          NULL,               SIM_DOOR_NONE     },
	    {"/hook",							       "",                         "",          NULL,               SIM_DOOR_NONE     },
	    {"/",								   "",			 "",          NULL,               SIM_DOOR_NONE     },
	    {"/p",								  "",			 "p",         NULL,               SIM_DOOR_NONE     },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *bytes = ask_of(rows[i].path, rows[i].header, "");
		struct sim_request rq;
		struct sim_route route;

		assert_int_equal(sim_request_read(span_of(bytes), &rq), SIM_READ_READY);
		sim_route_find(&rq, &route);
		assert_int_equal(route.door, rows[i].door);
		assert_string_equal(route.name, rows[i].name);
		assert_string_equal(route.dialect ? route.dialect->name : "",
		    rows[i].dialect ? rows[i].dialect : "");
		free(bytes);
	}
}

#define CHAT_BODY(more)                                                                     \
	"{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":\"45 + 17\"}]" more \
	"}"

#define TEXT_BODY(text, more)                                                            \
	"{\"model\":\"m1\",\"messages\":[{\"role\":\"user\",\"content\":\"" text         \
	"\"}]" more "}"
#define TOOL_BODY(more)                                                                  \
	TEXT_BODY("The weather in Paris? 45 + 17",                                       \
	    ",\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"                 \
	    "\"get_weather\"}}]" more)

/* One question in every dialect, with words that its answer must hold. */
static const struct {
	const char *path, *header, *body;
	bool stream;
	const char *model;
	const char *words[6];
} asks[] = {
    {"/p/v1/chat/completions", "",                           CHAT_BODY(",\"stream\":true"),                        true,                            "m1",
     {"\"delta\":{\"content\":\"6\"}", "\"finish_reason\":\"stop\"", "data: [DONE]",
	    "chatcmpl-p-3"}																								       },
    {"/p/v1/chat/completions", "",                           CHAT_BODY(""),                                        false,                           "m1",
     {"\"content\":\"62\"", "\"total_tokens\":16"}																						},
    {"/p/v1/chat/completions", "",                           TOOL_BODY(""),                                        false,                           "m1",
     {"\"content\":null,\"tool_calls\":[{\"id\":\"call-p-3\"",
	    "\"name\":\"get_weather\"",
	    "\"arguments\":\"{\\\"city\\\": \\\"Paris\\\"}\"}}]",
	    "\"finish_reason\":\"tool_calls\""}																						   },
    {"/p/v1/chat/completions", "",                           TOOL_BODY(",\"stream\":true"),                        true,                            "m1",
     {"\"name\":\"get_weather\",\"arguments\":\"\"}}]",
	    "{\"arguments\":\"{\\\"city\\\":\"}", "{\"arguments\":\" \\\"Paris\\\"}\"}",
	    "\"finish_reason\":\"tool_calls\""}																						   },
    {"/p/v1/chat/completions", "",
     TEXT_BODY("The capital of France? 45 + 17",
     ",\"response_format\":{\"type\":\"json_object\"}"),
     false,																								  "m1",                  {"\"content\":\"{\\\"city\\\": \\\"Paris\\\"}\""}},
    {"/p/openai/deployments/d%2F1/chat/completions",                        "api-key: k\r\n",
     CHAT_BODY(",\"stream\":true"),                    true,														 "d/1",
     {"prompt_filter_results", "content_filter_results", "data: [DONE]",
	    "apim-request-id: req-p-3"}						},
    {"/p/v1/responses",			"",				    "{\"model\":\"m1\",\"input\":\"45 + 17\",\"stream\":true}",
     true, "m1",
     {"event: response.created\n", "\"delta\":\"6\"", "\"text\":\"62\"",
	    "event: response.completed\n", "\"total_tokens\":16"}																										   },
    {"/p/v1/responses",			"",
     "{\"model\":\"m1\",\"input\":[{\"role\":\"user\",\"content\":[{\"type\":"
	"\"input_text\",\"text\":\"45 + 17\"}]}]}",							       false,												 "m1",										     {"\"object\":\"response\"", "\"text\":\"62\"", "\"completed\""}     },
    {"/p/v1/messages",			"",				     CHAT_BODY(",\"max_tokens\":9,\"stream\":true"),                                                                true,             "m1",
     {"event: message_start\n", "event: ping\n", "\"text_delta\",\"text\":\"6\"",
	    "\"stop_reason\":\"end_turn\"", "event: message_stop\n"}},
    {"/p/v1/messages",			"",				     CHAT_BODY(",\"max_tokens\":9"),								false,                             "m1",
     {"\"content\":[{\"type\":\"text\",\"text\":\"62\"}]", "\"output_tokens\":2"}    },
    {"/p/v1beta/models/m1:streamGenerateContent?alt=sse",                        "",
     "{\"contents\":[{\"parts\":[{\"text\":\"45 + 17\"}]}]}",                             true,										       "m1",
     {"{\"text\": \"6\"}", "\"finishReason\": \"STOP\"", "\"totalTokenCount\": 16",
	    "}\r\n\r\n"}					},
    {"/p/v1beta/models/m1:streamGenerateContent",                        "",
     "{\"contents\":[{\"parts\":[{\"text\":\"45 + 17\"}]}]}",                                     true,										       "m1",
     {"[{\"candidates\"", ",\r\n{\"candidates\"", "application/json"}                                },
    {"/p/v1beta/models/m1:generateContent",                        "",
     "{\"contents\":[{\"parts\":[{\"text\":\"45 + 17\"}]}]}",                                           false,										       "m1",
     {"{\"text\": \"62\"}", "\"candidatesTokenCount\": 2"}                         },
    {"/p/v2/chat",			"",					 CHAT_BODY(",\"stream\":true"),								    true,                              "m1",
     {"event: message-start\n", "{\"text\":\"6\"}", "\"COMPLETE\"",
	    "\"billed_units\":{\"input_tokens\":14"}},
    {"/p/v2/chat",			"",					 CHAT_BODY(""),								    false,					      "m1",
     {"\"content\":[{\"type\":\"text\",\"text\":\"62\"}]", "\"COMPLETE\""}                        },
    {"/p/api/v1/services/aigc/text-generation/generation",                        "X-DashScope-SSE: enable\r\n",
     "{\"model\":\"m1\",\"input\":{\"messages\":[{\"content\":\"45 + 17\"}]},"
	"\"parameters\":{\"incremental_output\":true}}", true,											    "m1",
     {":HTTP_STATUS/200\ndata:{", "\"content\":\"6\"", "\"content\":\"2\"",
	    "\"finish_reason\":\"null\"", "\"finish_reason\":\"stop\""}                                                                    },
    {"/p/api/v1/services/aigc/text-generation/generation",                        "X-DashScope-SSE: enable\r\n",
     "{\"model\":\"m1\",\"input\":{\"messages\":[{\"content\":\"45 + 17\"}]}}", true,
     "m1",															{"\"content\":\"6\"", "\"content\":\"62\"", "\"finish_reason\":\"stop\""}																											 },
    {"/p/api/v1/services/aigc/text-generation/generation",                        "",
     "{\"model\":\"m1\",\"input\":{\"prompt\":\"45 + 17\"}}",                            false,										       "m1",
     {"\"content\":\"62\"", "\"request_id\":\"req-p-3\""}                                        },
    {"/p/api/chat",			"",					CHAT_BODY(""),								   true,					      "m1",
     {"\"content\":\"6\"},\"done\":false}\n", "\"done_reason\":\"stop\"",
	    "\"eval_count\":2", "application/x-ndjson"}},
    {"/p/api/chat",			"",					CHAT_BODY(",\"stream\":false"),								   false,                             "m1",
     {"\"content\":\"62\"},\"done\":true", "\"prompt_eval_count\":14"}                                       },
    {"/p/model/a.b-v1%3A0/converse",                        "",
     "{\"messages\":[{\"content\":[{\"text\":\"45 + 17\"}]}]}",                                                  false,										     "a.b-v1:0",
     {"[{\"text\":\"62\"}]", "\"stopReason\":\"end_turn\"", "\"outputTokens\":2"}            },
};

/* The whole answer without the marks of its chunks. */
static void answer_of(size_t i, const char *verb, struct str *ret)
{
	char *bytes = ask_of(asks[i].path, asks[i].header, asks[i].body);
	struct err e = {ERR_NONE, ""};
	struct sim_action a;
	struct sim_request rq;
	struct sim_route route;
	struct sim_question q;
	struct sim_plan p;
	struct rng rng;

	rng_init(&rng, 5);
	assert_int_equal(sim_request_read(span_of(bytes), &rq), SIM_READ_READY);
	sim_route_find(&rq, &route);
	assert_int_equal(route.door, SIM_DOOR_CHAT);
	assert_true(sim_route_question(&route, &rq, &q));
	assert_int_equal(q.stream, asks[i].stream);
	assert_string_equal(q.model, asks[i].model);
	assert_true(q.has_sum);
	assert_int_equal(q.sum, 62);
	assert_true(sim_action_parse(span_of(verb), false, &a, &e));
	sim_plan_init(&p);
	sim_plan_make(&p,
	    &(struct sim_ask){SIM_DOOR_CHAT, "p", &q, 3, 1790000000, &rng, route.dialect},
	    &a);
	str_init(ret, SIM_PLAN_MAX_BYTES);
	str_add(ret, p.bytes.data, p.bytes.len);
	sim_plan_fini(&p);
	free(bytes);
}

static void every_dialect_answers_in_its_own_words(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		struct str text, flat;

		answer_of(i, "ok", &text);
		str_init(&flat, SIM_PLAN_MAX_BYTES);
		/* In one piece: the two chunks of the body are joined. */
		for (const char *p = str_c(&text); *p; p++) {
			const char *mark = strstr(p, "\r\n");
			size_t n = mark == p ? strspn(p + 2, "0123456789abcdef") : 0;

			if (!asks[i].stream && n > 0 &&
			    strncmp(p + 2 + n, "\r\n", 2) == 0)
				p += 2 + n + 1;
			else
				str_addc(&flat, *p);
		}
		for (size_t k = 0; k < 6 && asks[i].words[k]; k++) {
			if (!strstr(str_c(&flat), asks[i].words[k]))
				fail_msg("%s: no %s in %s", asks[i].path,
				    asks[i].words[k], str_c(&flat));
		}
		str_fini(&text);
		str_fini(&flat);
	}
}

static void what_is_no_question_is_none_in_every_dialect(void **state)
{
	static const char *const bodies[] = {"", "not json", "{}", "[]",
	    "{\"model\":\"m\"}", "{\"model\":7,\"input\":{}}"};

	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		for (size_t k = 0; k < sizeof(bodies) / sizeof(bodies[0]); k++) {
			char *bytes = ask_of(asks[i].path, asks[i].header, bodies[k]);
			struct sim_request rq;
			struct sim_route route;
			struct sim_question q;

			assert_int_equal(
			    sim_request_read(span_of(bytes), &rq), SIM_READ_READY);
			sim_route_find(&rq, &route);
			assert_false(sim_route_question(&route, &rq, &q));
			assert_non_null(route.dialect->bad_request);
			free(bytes);
		}
	}
}

static void vectors_come_one_for_each_text(void **state)
{
	static const struct {
		const char *path, *body, *words;
		int n;
	} rows[] = {
	    {"/p/v1/embeddings",					    "{\"model\":\"m\",\"input\":[\"a\",\"b\"]}",
             "\"index\":1,\"embedding\":[0.25,-0.5,0.125,1]",															  2},
	    {"/p/v1/embeddings",
             "{\"model\":\"m\",\"input\":\"a\",\"encoding_format\":\"base64\"}",					       "\"embedding\":\"AACAPgAAAL8AAAA+AACAPw==\"",           1},
	    {"/p/v2/embed",						 "{\"model\":\"m\",\"texts\":[\"a\",\"b\",\"c\"]}",
             "{\"float\":[[0.25,-0.5,0.125,1],[0.25,-0.5,0.125,1],[0.25,",													     3},
	    {"/p/api/embed",						"{\"model\":\"m\",\"input\":\"a\"}",
             "\"embeddings\":[[0.25,-0.5,0.125,1]]",																   1},
	    {"/p/v1beta/models/m:embedContent",                             "{\"content\":{\"parts\":[]}}",
             "{\"embedding\": {\"values\": [0.25,-0.5,0.125,1]}}",														     1},
	    {"/p/v1beta/models/m:batchEmbedContents",                       "{\"requests\":[{},{}]}",
             "{\"embeddings\": [{\"values\": [0.25,-0.5,0.125,1]},{",														  2},
	    {"/p/api/v1/services/embeddings/text-embedding/text-embedding",
             "{\"model\":\"m\",\"input\":{\"texts\":[\"a\"]}}",								"{\"text_index\":0,\"embedding\":[0.25,-0.5,0.125,1]}", 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char *bytes = ask_of(rows[i].path, "", rows[i].body);
		struct sim_action good = {.fault = SIM_OK, .ms = -1, .factor = 1};
		struct sim_request rq;
		struct sim_route route;
		struct sim_question q;
		struct sim_plan p;
		struct rng rng;

		rng_init(&rng, 5);
		assert_int_equal(sim_request_read(span_of(bytes), &rq), SIM_READ_READY);
		sim_route_find(&rq, &route);
		assert_int_equal(route.door, SIM_DOOR_EMBEDDING);
		assert_true(sim_route_question(&route, &rq, &q));
		assert_int_equal(q.inputs, rows[i].n);
		sim_plan_init(&p);
		sim_plan_make(&p,
		    &(struct sim_ask){
			route.door, "p", &q, 3, 1790000000, &rng, route.dialect},
		    &good);
		assert_non_null(strstr(str_c(&p.bytes), rows[i].words));
		sim_plan_fini(&p);
		free(bytes);
	}
}

/* Names of models go into JSON however they are spelled. */
static void a_strange_model_is_quoted(void **state)
{
	char *bytes = ask_of("/p/v1beta/models/a%22b%5C%00c%FF:generateContent", "",
	    "{\"contents\":[{}]}");
	struct sim_action gone = {.fault = SIM_MODEL_GONE, .ms = -1, .factor = 1};
	struct sim_request rq;
	struct sim_route route;
	struct sim_question q;
	struct sim_plan p;
	struct rng rng;
	const char *body;
	json_t *v;

	(void)state;
	rng_init(&rng, 5);
	assert_int_equal(sim_request_read(span_of(bytes), &rq), SIM_READ_READY);
	sim_route_find(&rq, &route);
	assert_true(sim_route_question(&route, &rq, &q));
	sim_plan_init(&p);
	sim_plan_make(&p,
	    &(struct sim_ask){SIM_DOOR_CHAT, "p", &q, 3, 1790000000, &rng, route.dialect},
	    &gone);
	body = strstr(str_c(&p.bytes), "\r\n\r\n");
	assert_non_null(body);
	v = json_parse(span_of(body), NULL);
	assert_non_null(v);
	assert_int_equal(strncmp(json_text_at(v, "error.message"),
			     "models/a\"b\\c\xef\xbf\xbd is not found", 20),
	    0);
	json_decref(v);
	sim_plan_fini(&p);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(paths_lead_to_their_dialect),
	    cmocka_unit_test(every_dialect_answers_in_its_own_words),
	    cmocka_unit_test(what_is_no_question_is_none_in_every_dialect),
	    cmocka_unit_test(vectors_come_one_for_each_text),
	    cmocka_unit_test(a_strange_model_is_quoted),
	};

	return cmocka_run_group_tests_name("sim dialect", tests, NULL, NULL);
}
