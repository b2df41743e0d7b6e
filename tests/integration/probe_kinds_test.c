/* SPDX-License-Identifier: MIT
 *
 * Dialects and kinds through the real client: what goes over the wire (method, path, key)
 * and that an answer of that dialect comes to a good sample. The far side is a server of
 * raw bytes; what the bytes mean is tested with strings elsewhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probes/address.h"
#include "tests/integration/raw_server.h"
#include "tests/integration/world.h"

#define OK(type) "HTTP/1.1 200 OK\r\nContent-Type: " type "\r\nConnection: close\r\n\r\n"
#define SSE      OK("text/event-stream")
#define JSON     OK("application/json")

/* clang-format off */
static const struct {
	const char *dialect;
	enum probe_kind kind;
	const char *line; /* the request's first line, without the version */
	const char *key;  /* the header's line; NULL: the key must not be sent */
	const char *answer;
} asks[] = {
	{"anthropic", PROBE_STREAM, "POST /v1/messages", "x-api-key: " WORLD_KEY,
	 SSE "event: message_start\ndata: {\"type\":\"message_start\",\"message\":{\"id\":\"m\",\"model\":\"m-1\"}}\n\n"
	 "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"12\"}}\n\n"
	 "data: {\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"end_turn\"}}\n\ndata: {\"type\":\"message_stop\"}\n\n"},
	{"gemini", PROBE_STREAM, "POST /v1beta/models/m-1:streamGenerateContent?alt=sse", "x-goog-api-key: " WORLD_KEY,
	 SSE "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"12\"}]},\"finishReason\":\"STOP\"}]}\r\n\r\n"},
	{"gemini", PROBE_CHAT, "POST /v1beta/models/m-1:generateContent", "x-goog-api-key: " WORLD_KEY,
	 JSON "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"12\"}]},\"finishReason\":\"STOP\"}]}"},
	{"openai-responses", PROBE_STREAM, "POST /v1/responses", "Authorization: Bearer " WORLD_KEY,
	 SSE "data: {\"type\":\"response.output_text.delta\",\"delta\":\"12\"}\n\n"
	 "data: {\"type\":\"response.completed\",\"response\":{\"status\":\"completed\",\"model\":\"m-1\"}}\n\n"},
	{"ollama-native", PROBE_STREAM, "POST /api/chat", "Authorization: Bearer " WORLD_KEY,
	 OK("application/x-ndjson") "{\"model\":\"m-1\",\"message\":{\"content\":\"12\"},\"done\":false}\n"
	 "{\"model\":\"m-1\",\"message\":{\"content\":\"\"},\"done\":true,\"done_reason\":\"stop\"}\n"},
	{"ollama-native", PROBE_MODELS, "GET /api/tags", "Authorization: Bearer " WORLD_KEY,
	 JSON "{\"models\":[{\"name\":\"m-1:latest\"}]}"},
	{"cohere-v2", PROBE_STREAM, "POST /v2/chat", "Authorization: Bearer " WORLD_KEY,
	 SSE "data: {\"type\":\"content-delta\",\"delta\":{\"message\":{\"content\":{\"text\":\"12\"}}}}\n\n"
	 "data: {\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"COMPLETE\"}}\n\n"},
	{"dashscope-native", PROBE_STREAM, "POST /api/v1/services/aigc/text-generation/generation", "Authorization: Bearer " WORLD_KEY,
	 SSE "event:result\n:HTTP_STATUS/200\ndata:{\"output\":{\"choices\":[{\"message\":{\"content\":\"12\"},\"finish_reason\":\"stop\"}]}}\n\n"},
	{"bedrock-converse", PROBE_CHAT, "POST /model/m-1/converse", "Authorization: Bearer " WORLD_KEY,
	 JSON "{\"output\":{\"message\":{\"content\":[{\"text\":\"12\"}]}},\"stopReason\":\"end_turn\"}"},
	{"azure-openai", PROBE_STREAM, "POST /openai/v1/chat/completions", "api-key: " WORLD_KEY,
	 SSE "data: {\"choices\":[{\"delta\":{\"content\":\"12\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"},
	{"openai-chat", PROBE_HEAVY, "POST /v1/chat/completions", "Authorization: Bearer " WORLD_KEY,
	 SSE "data: {\"choices\":[{\"delta\":{\"content\":\"12\"},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"},
	{"openai-chat", PROBE_MODELS, "GET /v1/models", "Authorization: Bearer " WORLD_KEY,
	 JSON "{\"object\":\"list\",\"data\":[{\"id\":\"m-1\"}]}"},
	{"openai-chat", PROBE_EMBEDDING, "POST /v1/embeddings", "Authorization: Bearer " WORLD_KEY,
	 JSON "{\"data\":[{\"embedding\":[0.5]}],\"model\":\"m-1\"}"},
	{"openai-chat", PROBE_DOOR, "POST /v1/chat/completions", NULL,
	 "HTTP/1.1 401 Unauthorized\r\nConnection: close\r\n\r\n{\"error\":{\"code\":\"no_key\"}}"},
	{"http", PROBE_HTTP, "GET /", "Authorization: Bearer " WORLD_KEY,
	 OK("text/html") "<html>all is well</html>"},
};
/* clang-format on */

static const char *paths[] = {"error.code"}, *matches[] = {"no_key"};
static const struct door_row door = {401, paths, 1, matches, 1};

static void set_target(struct world *w, size_t i, int port)
{
	const struct dialect *d = dialect_find(asks[i].dialect);
	struct address_ask ask = {d, asks[i].kind, "m-1"};
	char base[64];
	struct str url;

	w->target.dialect = d;
	w->target.kind = asks[i].kind;
	w->target.model = "m-1";
	w->target.heavy_tokens = 8000;
	w->provider.dialect = d->name;
	w->provider.auth_header = d->auth_header;
	w->provider.auth_scheme = d->auth_scheme;
	w->provider.door = &door;
	w->provider.n_door = 1;
	snprintf(base, sizeof(base), "http://127.0.0.1:%d", port);
	str_init(&url, 1000);
	assert_int_not_equal(address_of_server(base, &ask, &url), ADDRESS_NONE);
	world_set_url(w, "%s", str_c(&url));
	str_fini(&url);
}

static void check_request(size_t i, const char *seen)
{
	size_t n = strlen(asks[i].line);

	if (strncmp(seen, asks[i].line, n) != 0 || strncmp(seen + n, " HTTP/1.1", 9) != 0)
		fail_msg("%.100s, not %s", seen, asks[i].line);
	if (asks[i].key != NULL)
		assert_non_null(strstr(seen, asks[i].key));
	else
		assert_null(strstr(seen, WORLD_KEY));
}

static void every_dialect_and_kind_goes_its_way(void **state)
{
	struct world w;

	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		struct raw_answer answer = {.bytes = asks[i].answer};
		struct raw_server *far;
		const struct sample *s;

		world_init(&w, LOOP_SKIPPING, "");
		far = raw_server_new(w.loop, &answer);
		set_target(&w, i, raw_server_port(far));
		s = world_probe(&w);
		if (s->outcome != OUTCOME_OK)
			fail_msg("%s %s: %s, %s", asks[i].dialect,
			    probe_kind_code(asks[i].kind), outcome_code(s->outcome),
			    s->message);
		check_request(i, raw_server_received(far));
		raw_server_free(far);
		world_fini(&w);
	}
	print_message("# evidence dialects through the client: %zu asks, all ok\n",
	    sizeof(asks) / sizeof(asks[0]));
}

/* Somebody who answers 200 to everything is no provider's door. */
static void a_captive_portal_opens_no_door(void **state)
{
	static const char page[] = OK("text/html") "<html><title>Hotel</title></html>";

	(void)state;
	for (size_t i = 0; i < sizeof(asks) / sizeof(asks[0]); i++) {
		struct raw_answer answer = {.bytes = page};
		struct raw_server *far;
		struct world w;

		if (asks[i].kind == PROBE_HTTP)
			continue;
		world_init(&w, LOOP_SKIPPING, "");
		far = raw_server_new(w.loop, &answer);
		set_target(&w, i, raw_server_port(far));
		assert_int_equal(world_probe(&w)->outcome, OUTCOME_MALFORMED);
		raw_server_free(far);
		world_fini(&w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_dialect_and_kind_goes_its_way),
	    cmocka_unit_test(a_captive_portal_opens_no_door),
	};

	return cmocka_run_group_tests_name("integration/probe_kinds", tests, NULL, NULL);
}
