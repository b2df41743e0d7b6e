/* SPDX-License-Identifier: MIT
 *
 * Where each kind of probe goes, from a base URL or from the complete one.
 */
#include "probes/address.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/probes/fixture.h"

#define S PROBE_STREAM
#define C PROBE_CHAT
#define M PROBE_MODELS
#define E PROBE_EMBEDDING

/* clang-format off */
static const struct {
	const char *dialect, *url;
	enum probe_kind kind;
	enum address_how how;
	const char *out; /* NULL: as given */
} servers[] = {
	{"openai-chat", "http://h:8000", S, ADDRESS_COMPLETED, "http://h:8000/v1/chat/completions"},
	{"openai-chat", "http://h:8000/", S, ADDRESS_COMPLETED, "http://h:8000/v1/chat/completions"},
	{"openai-chat", "http://h/v1", S, ADDRESS_COMPLETED, "http://h/v1/chat/completions"},
	{"openai-chat", "http://h/v1/", C, ADDRESS_COMPLETED, "http://h/v1/chat/completions"},
	{"openai-chat", "http://h/openai/v1", S, ADDRESS_COMPLETED, "http://h/openai/v1/chat/completions"},
	{"openai-chat", "http://h/api/v3", S, ADDRESS_COMPLETED, "http://h/api/v3/chat/completions"},
	{"openai-chat", "http://h/v1beta2", S, ADDRESS_COMPLETED, "http://h/v1beta2/chat/completions"},
	{"openai-chat", "http://h/v1/chat", S, ADDRESS_COMPLETED, "http://h/v1/chat/completions"},
	{"openai-chat", "http://h/v1/chat/completions", S, ADDRESS_GIVEN, NULL},
	{"openai-chat", "http://h/chat/completions", S, ADDRESS_GIVEN, NULL},
	{"openai-chat", "http://h/d/chat/completions?api-version=1", S, ADDRESS_GIVEN, NULL},
	{"openai-chat", "http://h/generate", S, ADDRESS_UNKNOWN, NULL},
	{"openai-chat", "http://h/version", S, ADDRESS_UNKNOWN, NULL},
	{"openai-chat", "http://h/v1/chat/completions", M, ADDRESS_COMPLETED, "http://h/v1/models"},
	{"openai-chat", "http://h/chat/completions", M, ADDRESS_COMPLETED, "http://h/models"},
	{"openai-chat", "http://h/v1", M, ADDRESS_COMPLETED, "http://h/v1/models"},
	{"openai-chat", "http://h", M, ADDRESS_COMPLETED, "http://h/v1/models"},
	{"openai-chat", "http://h/v1/models", M, ADDRESS_GIVEN, NULL},
	{"openai-chat", "http://h/api/v3", E, ADDRESS_COMPLETED, "http://h/api/v3/embeddings"},
	{"openai-chat", "http://h/v1/embeddings", E, ADDRESS_GIVEN, NULL},
	{"openai-chat", "http://h/generate", M, ADDRESS_NONE, ""},
	{"openai-chat", "http://h/x/chat/completions?a=b", M, ADDRESS_NONE, ""},
	{"openai-responses", "http://h/v1", S, ADDRESS_COMPLETED, "http://h/v1/responses"},
	{"anthropic", "http://h", S, ADDRESS_COMPLETED, "http://h/v1/messages"},
	{"anthropic", "http://h/anthropic", S, ADDRESS_UNKNOWN, NULL},
	{"anthropic", "http://h/anthropic/v1", S, ADDRESS_COMPLETED, "http://h/anthropic/v1/messages"},
	{"anthropic", "http://h/v1/messages", M, ADDRESS_COMPLETED, "http://h/v1/models"},
	{"anthropic", "http://h/v1", E, ADDRESS_NONE, ""},
	{"ollama-native", "http://h:11434", S, ADDRESS_COMPLETED, "http://h:11434/api/chat"},
	{"ollama-native", "http://h:11434/api", S, ADDRESS_COMPLETED, "http://h:11434/api/chat"},
	{"ollama-native", "http://h:11434/api/chat", M, ADDRESS_COMPLETED, "http://h:11434/api/tags"},
	{"cohere-v2", "https://h", S, ADDRESS_COMPLETED, "https://h/v2/chat"},
	{"cohere-v2", "https://h/v2", M, ADDRESS_COMPLETED, "https://h/v1/models?page_size=1000"},
	{"gemini", "https://h", S, ADDRESS_COMPLETED, "https://h/v1beta/models/m%2F1:streamGenerateContent?alt=sse"},
	{"gemini", "https://h/v1beta", C, ADDRESS_COMPLETED, "https://h/v1beta/models/m%2F1:generateContent"},
	{"gemini", "https://h/v1beta/models", S, ADDRESS_COMPLETED, "https://h/v1beta/models/m%2F1:streamGenerateContent?alt=sse"},
	{"gemini", "https://h/v1/models/x:generateContent", S, ADDRESS_GIVEN, "https://h/v1/models/x:streamGenerateContent?alt=sse"},
	{"gemini", "https://h/v1/models/x:streamGenerateContent?alt=sse", C, ADDRESS_GIVEN, "https://h/v1/models/x:generateContent"},
	{"bedrock-converse", "https://h", C, ADDRESS_COMPLETED, "https://h/model/m%2F1/converse"},
	{"bedrock-converse", "https://h/model/x/converse-stream", C, ADDRESS_GIVEN, "https://h/model/x/converse"},
	{"dashscope-native", "https://h/api/v1", S, ADDRESS_COMPLETED, "https://h/api/v1/services/aigc/text-generation/generation"},
	{"azure-openai", "https://h/openai/v1", S, ADDRESS_COMPLETED, "https://h/openai/v1/chat/completions"},
	{"azure-openai", "https://h", S, ADDRESS_COMPLETED, "https://h/openai/v1/chat/completions"},
	{"http", "https://h/any/thing/", PROBE_HTTP, ADDRESS_GIVEN, NULL},
};
/* clang-format on */

static void a_base_url_and_a_complete_one_lead_to_the_same_place(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(servers) / sizeof(servers[0]); i++) {
		struct address_ask ask = {
		    dialect_find(servers[i].dialect), servers[i].kind, "m/1"};
		struct str out;
		enum address_how how;

		str_init(&out, 4096);
		how = address_of_server(servers[i].url, &ask, &out);
		if (how != servers[i].how)
			fail_msg("%s in %s: %d", servers[i].url, servers[i].dialect, how);
		assert_string_equal(str_c(&out),
		    servers[i].out != NULL ? servers[i].out : servers[i].url);
		str_fini(&out);
	}
}

static const char *of_provider(const struct provider *p, enum probe_kind kind)
{
	static char text[300];
	struct address_ask ask = {dialect_find(p->dialect), kind, "m:1"};
	struct str out;
	bool any;

	str_init(&out, 4096);
	any = address_of_provider(p, &ask, "https://h/v1", &out);
	assert_int_equal(any, out.len > 0);
	str_copy(text, sizeof(text), str_c(&out));
	str_fini(&out);
	return text;
}

static void a_provider_has_a_path_for_each_kind_or_none(void **state)
{
	struct provider p = {.dialect = "openai-chat",
	    .chat_path = "/chat/completions",
	    .models_path = "/models",
	    .embedding_path = "/embeddings"};

	(void)state;
	assert_string_equal(of_provider(&p, S), "https://h/v1/chat/completions");
	assert_string_equal(of_provider(&p, C), "https://h/v1/chat/completions");
	assert_string_equal(of_provider(&p, PROBE_DOOR), "https://h/v1/chat/completions");
	assert_string_equal(
	    of_provider(&p, PROBE_HEAVY), "https://h/v1/chat/completions");
	assert_string_equal(of_provider(&p, M), "https://h/v1/models");
	assert_string_equal(of_provider(&p, E), "https://h/v1/embeddings");
	assert_string_equal(of_provider(&p, PROBE_HTTP), "");
	p.models_path = p.embedding_path = NULL;
	assert_string_equal(of_provider(&p, M), "");
	assert_string_equal(of_provider(&p, E), "");
	p.models_url = "https://other/list";
	assert_string_equal(of_provider(&p, M), "https://other/list");
	p.dialect = "gemini";
	p.chat_path = "/models/{model}:streamGenerateContent?alt=sse";
	assert_string_equal(of_provider(&p, S),
	    "https://h/v1/models/m%3A1:streamGenerateContent?alt=sse");
	assert_string_equal(
	    of_provider(&p, C), "https://h/v1/models/m%3A1:generateContent");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_base_url_and_a_complete_one_lead_to_the_same_place),
	    cmocka_unit_test(a_provider_has_a_path_for_each_kind_or_none),
	};

	return cmocka_run_group_tests_name("probes/address", tests, NULL, NULL);
}
