/* SPDX-License-Identifier: MIT
 *
 * Providers and the player. The rows are a small selection on purpose: the catalogue has
 * its own tests, these pin down what rows mean.
 */
#include "tests/unit/probes/fixture.h"

#include <stdlib.h>
#include <string.h>

#include "probes/dialect.h"

#define N(...)    (sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *))
#define LIST(...) (const char *const[]){__VA_ARGS__}, N(__VA_ARGS__)
#define PATHS     LIST
#define MATCH     LIST
#define ANY       NULL, 0, NULL, 0
#define ROWS(r)   .errors = r, .n_errors = sizeof(r) / sizeof((r)[0])
#define ENDS(f)   .finishes = f, .n_finishes = sizeof(f) / sizeof((f)[0])
#define IDS(...)                                                                         \
	.request_id_headers = (const char *const[]){__VA_ARGS__},                        \
	.n_request_id_headers = N(__VA_ARGS__)
#define BASICS                                                                           \
	.dialect = "openai-chat", .auth_header = "Authorization",                        \
	.auth_scheme = "Bearer", .max_tokens = 16, .max_tokens_field = "max_tokens"

/* clang-format off */
static const struct error_row deepseek[] = {
	{401, PATHS("*"), MATCH("~Authentication Fails"), OUTCOME_AUTH, NULL},
	{402, PATHS("error.message"), MATCH("~Insufficient Balance"), OUTCOME_QUOTA, NULL},
	{400, PATHS("error.message"), MATCH("~Model Not Exist"), OUTCOME_MODEL_GONE, NULL},
	{400, PATHS("error.message"), MATCH("~Content Exists Risk"),
	 OUTCOME_CONTENT_FILTERED, NULL},
	{503, ANY, OUTCOME_OVERLOADED, NULL},
};
static const struct finish_row deepseek_ends[] = {
	{"insufficient_system_resource", OUTCOME_OVERLOADED},
};
static const struct error_row moonshot[] = {
	{429, PATHS("error.type"), MATCH("engine_overloaded_error"), OUTCOME_OVERLOADED,
	 "429 but the provider's fault"},
	{429, PATHS("error.type"), MATCH("exceeded_current_quota_error"), OUTCOME_QUOTA, NULL},
	{429, PATHS("error.type"), MATCH("rate_limit_reached_error"), OUTCOME_RATE_LIMITED,
	 NULL},
};
static const struct error_row dashscope[] = {
	{0, PATHS("code", "error.code", "error.message", "message"),
	 MATCH("~system capacity limits"), OUTCOME_OVERLOADED, NULL},
	{400, PATHS("code", "error.code"), MATCH("Arrearage"), OUTCOME_QUOTA, NULL},
	{400, PATHS("code", "error.code"),
	 MATCH("DataInspectionFailed", "data_inspection_failed"), OUTCOME_CONTENT_FILTERED,
	 NULL},
	{429, PATHS("message", "error.message"), MATCH("~Free allocated quota exceeded"),
	 OUTCOME_QUOTA, NULL},
	{429, PATHS("code", "error.code"), MATCH("~Throttling", "insufficient_quota"),
	 OUTCOME_RATE_LIMITED, NULL},
	{500, PATHS("message", "error.message"), MATCH("~Role must be in"),
	 OUTCOME_BAD_REQUEST, NULL},
	{500, PATHS("code", "error.code"), MATCH("ModelServingError", "ServiceUnavailable"),
	 OUTCOME_OVERLOADED, NULL},
};
static const struct error_row qianfan[] = {
	{429, PATHS("error.code"),
	 MATCH("cluster_rate_limit_exceeded", "cluster_tpm_rate_limit_exceeded"),
	 OUTCOME_OVERLOADED, NULL},
	{401, PATHS("error.code"), MATCH("invalid_iam_token", "missing_authorization"),
	 OUTCOME_AUTH, NULL},
	{200, PATHS("error_code"), MATCH("4", "18", "336501"), OUTCOME_RATE_LIMITED, NULL},
	{200, PATHS("error_code"), MATCH("17", "19"), OUTCOME_QUOTA, NULL},
};
static const struct error_row ark[] = {
	{429, PATHS("error.code"), MATCH("ServerOverloaded"), OUTCOME_OVERLOADED, NULL},
	{403, PATHS("error.code"), MATCH("AccountOverdueError"), OUTCOME_QUOTA, NULL},
	{500, PATHS("error.code"), MATCH("InternalServiceError"), OUTCOME_HTTP_5XX, NULL},
	{429, ANY, OUTCOME_RATE_LIMITED, NULL},
};
static const struct error_row zhipu[] = {
	{429, PATHS("error.code", "code"), MATCH("1305", "1312"), OUTCOME_OVERLOADED, NULL},
	{429, PATHS("error.code", "code"), MATCH("1113"), OUTCOME_QUOTA, NULL},
	{0, PATHS("error.code", "code"), MATCH("1000", "1001", "1002"), OUTCOME_AUTH, NULL},
};
static const struct finish_row zhipu_ends[] = {
	{"sensitive", OUTCOME_CONTENT_FILTERED},
	{"network_error", OUTCOME_ERROR_IN_STREAM},
};
static const struct error_row minimax[] = {
	{0, PATHS("error.type"), MATCH("overloaded_error"), OUTCOME_OVERLOADED, NULL},
	{0, PATHS("base_resp.status_code"), MATCH("1002", "1039"), OUTCOME_RATE_LIMITED, NULL},
	{0, PATHS("base_resp.status_code"), MATCH("1008"), OUTCOME_QUOTA, NULL},
	{0, PATHS("base_resp.status_code"), MATCH("1026", "1027"), OUTCOME_CONTENT_FILTERED,
	 NULL},
	{0, PATHS("base_resp.status_code"), MATCH("1000", "1001"), OUTCOME_HTTP_5XX, NULL},
};
static const struct error_row siliconflow[] = {
	{0, PATHS("message"), MATCH("~System is too busy"), OUTCOME_OVERLOADED, NULL},
	{0, PATHS("code"), MATCH("30001"), OUTCOME_QUOTA, NULL},
	{401, PATHS("*"), MATCH("~oken"), OUTCOME_AUTH, NULL},
};
static const struct error_row spark[] = {
	{0, PATHS("error.code", "code"), MATCH("11200"), OUTCOME_QUOTA, NULL},
	{0, PATHS("error.code", "code"), MATCH("11201", "11202"), OUTCOME_RATE_LIMITED, NULL},
};
static const struct error_row stepfun[] = {
	{451, PATHS("error.type"), MATCH("censorship_blocked"), OUTCOME_CONTENT_FILTERED,
	 NULL},
};
static const struct error_row openai[] = {
	{403, PATHS("error.code"), MATCH("unsupported_country_region_territory"),
	 OUTCOME_FORBIDDEN_REGION, NULL},
	{404, PATHS("error.code"), MATCH("model_not_found"), OUTCOME_MODEL_GONE, NULL},
	{429, PATHS("error.code", "error.type"), MATCH("insufficient_quota"), OUTCOME_QUOTA,
	 NULL},
	{503, PATHS("error.code"), MATCH("server_is_overloaded"), OUTCOME_OVERLOADED, NULL},
	{200, PATHS("error.code", "error.type"), MATCH("insufficient_quota"), OUTCOME_QUOTA,
	 NULL},
	{200, PATHS("error"), MATCH("*"), OUTCOME_ERROR_IN_STREAM, NULL},
};
static const struct error_row openrouter[] = {
	{402, PATHS("error.code"), MATCH("402"), OUTCOME_QUOTA, NULL},
	{429, PATHS("error.metadata.provider_name"), MATCH("*"), OUTCOME_OVERLOADED, NULL},
	{429, PATHS("error.code"), MATCH("429"), OUTCOME_RATE_LIMITED, NULL},
	{200, PATHS("error.code"), MATCH("429", "503"), OUTCOME_OVERLOADED, NULL},
	{200, PATHS("error.code"), MATCH("402"), OUTCOME_QUOTA, NULL},
	{200, PATHS("error"), MATCH("*"), OUTCOME_ERROR_IN_STREAM, NULL},
};
static const struct error_row groq[] = {
	{400, PATHS("error.code"), MATCH("model_decommissioned"), OUTCOME_MODEL_GONE, NULL},
	{498, PATHS("*"), MATCH("*"), OUTCOME_OVERLOADED, "flex tier only"},
	{200, PATHS("x_groq.error"), MATCH("*"), OUTCOME_ERROR_IN_STREAM, NULL},
};
static const struct error_row mistral[] = {
	{401, PATHS("*"), MATCH("*"), OUTCOME_AUTH, NULL},
	{429, PATHS("message"), MATCH("~service tier capacity exceeded"), OUTCOME_OVERLOADED,
	 NULL},
	{429, PATHS("code"), MATCH("1300"), OUTCOME_RATE_LIMITED, NULL},
	{200, PATHS("object"), MATCH("error"), OUTCOME_ERROR_IN_STREAM, NULL},
};
static const struct error_row xai[] = {
	{400, PATHS("error"), MATCH("~Incorrect API key provided"), OUTCOME_AUTH, NULL},
	{429, PATHS("error", "error.message"), MATCH("~used all available credits"),
	 OUTCOME_QUOTA, NULL},
};
static const struct error_row vllm[] = {
	{404, PATHS("error.type", "type"), MATCH("NotFoundError"), OUTCOME_MODEL_GONE, NULL},
	{404, PATHS("*"), MATCH("*"), OUTCOME_BAD_REQUEST, NULL},
	{200, PATHS("error"), MATCH("*"), OUTCOME_ERROR_IN_STREAM, NULL},
};
static const struct error_row llamacpp[] = {
	{503, PATHS("error.message"), MATCH("~loading model"), OUTCOME_OVERLOADED, NULL},
	{401, PATHS("*"), MATCH("*"), OUTCOME_AUTH, NULL},
};
static const struct error_row ollama[] = {
	{404, PATHS("error.type"), MATCH("not_found_error"), OUTCOME_MODEL_GONE, NULL},
};
static const struct door_row locked[] = {
	{401, PATHS("error.code", "error.type"), MATCH("no_key", "authentication_error")},
	{403, PATHS("header:x-why"), MATCH("~nokey")},
};
/* clang-format on */

/* Providers of other dialects have no rows here: theirs are the dialect's. */
#define SPEAKS(d, header, scheme)                                                        \
	.dialect = (d), .auth_header = (header), .auth_scheme = (scheme),                \
	.max_tokens = 16, .door = locked, .n_door = sizeof(locked) / sizeof(locked[0])

static const struct provider providers[] = {
  /* clang-format off */
	{.id = "anthropic", SPEAKS("anthropic", "x-api-key", ""),
	 .model = "claude-haiku-5-5", IDS("request-id")},
	{.id = "gemini", SPEAKS("gemini", "x-goog-api-key", ""),
	 .model = "gemini-2.5-flash-lite"},
	{.id = "openai-responses", SPEAKS("openai-responses", "Authorization", "Bearer"),
	 .model = "gpt-6-luna"},
	{.id = "cohere", SPEAKS("cohere-v2", "Authorization", "Bearer"),
	 .model = "command-r7b-12-2024"},
	{.id = "dashscope-native", SPEAKS("dashscope-native", "Authorization", "Bearer"),
	 .model = "qwen-flash"},
	{.id = "ollama-native", SPEAKS("ollama-native", "Authorization", "Bearer"),
	 .model = "qwen3:0.6b"},
	{.id = "bedrock", SPEAKS("bedrock-converse", "Authorization", "Bearer"),
	 .model = "amazon.nova-micro-v1:0", IDS("x-amzn-requestid")},
	{.id = "azure-openai", SPEAKS("azure-openai", "api-key", ""),
	 .model = "my-deployment"},
	{.id = "locked", SPEAKS("openai-chat", "Authorization", "Bearer"),
	 .model = "m1"},
	{.id = "page", SPEAKS("http", "Authorization", "Bearer"),
	 .model = ""},
  /* clang-format on */
    {.id = "deepseek",
     BASICS,							 .model = "deepseek-flash",
     IDS("x-ds-trace-id"),
     ENDS(deepseek_ends),
     ROWS(deepseek)},
    {.id = "moonshot",
     BASICS,						 .model = "kimi-k2.6",
     IDS("msh-request-id"),
     ROWS(moonshot)},
    {.id = "dashscope",			  BASICS,.model = "qwen-flash",													  ROWS(dashscope)},
    {.id = "qianfan",			       BASICS,					    .model = "ernie-4.5-turbo-32k",									   ROWS(qianfan)},
    {.id = "ark",                BASICS,					     .model = "doubao-seed-2-0-mini-260428",ROWS(ark)},
    {.id = "zhipu", BASICS,.model = "glm-4.7-flashx",ENDS(zhipu_ends), ROWS(zhipu)},
    {.id = "minimax",          BASICS,.model = "MiniMax-M2.5",                       ROWS(minimax)},
    {.id = "siliconflow",                   BASICS,					  .model = "Qwen/Qwen2.5-7B-Instruct",													  ROWS(siliconflow)},
    {.id = "spark",		    BASICS,						 .model = "lite",												 ROWS(spark)},
    {.id = "stepfun",        BASICS,								    .model = "step-3.5-flash",													    ROWS(stepfun)},
    {.id = "openai",       BASICS,.model = "gpt-6-luna",ROWS(openai)},
    {.id = "openrouter",
     BASICS,		       .model = "meta-llama/llama-3.1-8b-instruct",
     ROWS(openrouter)},
    {.id = "groq",			       BASICS,					      .model = "openai/gpt-oss-20b",											       ROWS(groq)},
    {.id = "mistral",                  BASICS,					       .model = "ministral-3b-latest",ROWS(mistral)},
    {.id = "xai",          BASICS,								    .model = "grok-4.3",																												       ROWS(xai)},
    {.id = "vllm",			  BASICS,.model = "x",													       ROWS(vllm)},
    {.id = "llamacpp",                    BASICS,             .model = "x", ROWS(llamacpp)},
    {.id = "ollama",			       BASICS,					      .model = "x",										     ROWS(ollama)},
    {.id = "plain",                  BASICS,					       .model = "house-model"													      },
};

const struct provider *fixture_provider(const char *id)
{
	for (size_t i = 0; i < sizeof(providers) / sizeof(providers[0]); i++) {
		if (strcmp(providers[i].id, id) == 0)
			return &providers[i];
	}
	return NULL;
}

void fixture_target(struct target *t, const char *provider, const struct secret *key)
{
	memset(t, 0, sizeof(*t));
	t->name = provider;
	t->series = 7;
	t->provider = fixture_provider(provider);
	t->dialect = dialect_find(t->provider->dialect);
	t->model = t->provider->model;
	t->region = "";
	t->url = "https://provider.example/v1/chat/completions";
	t->key = key;
	t->interval_ms = 60000;
	t->timeouts = (struct probe_timeouts){30000, 5000, 10000, 20000, 10000};
	t->budget.nano = -1;
	t->price = (struct price){"USD", 100, 400};
	t->auto_on = true;
}

struct wire_end fixture_end(enum wire wire, enum wire_phase phase)
{
	struct wire_end end = {.wire = wire, .phase = phase};

	end.dns_us = phase >= PHASE_CONNECT ? 10000 : NOT_REACHED;
	end.connect_us = phase >= PHASE_TLS ? 40000 : NOT_REACHED;
	end.tls_us = phase >= PHASE_SENT ? 90000 : NOT_REACHED;
	return end;
}

void fixture_head(struct wire_head *h, int status, const char *headers)
{
	memset(h, 0, sizeof(*h));
	h->status = status;
	while (headers != NULL && *headers != '\0') {
		size_t n = strcspn(headers, "\n");
		const char *colon = memchr(headers, ':', n);
		size_t name = (size_t)(colon - headers);

		h->headers[h->n].name = (struct span){headers, name};
		h->headers[h->n].value =
		    span_trim((struct span){colon + 1, n - name - 1});
		h->n++;
		headers += n + (headers[n] == '\n');
	}
}

/* The pieces end at first, first + piece, first + 2 piece … */
static void play(const struct target *t, const struct question *q, const struct play *p,
    size_t first, size_t piece, struct sample *ret)
{
	struct exchange *x = exchange_new(t, q, FIXTURE_START, FIXTURE_WALL);
	enum exchange_next next = EXCHANGE_MORE;
	struct wire_end end = p->end;
	struct wire_head head;
	size_t at = 0;

	fixture_head(&head, p->status, p->headers);
	if (p->status != 0)
		next = exchange_on_head(x, mono_add_ms(FIXTURE_START, 200), &head);
	while (at < p->body.n && next == EXCHANGE_MORE) {
		size_t n = at == 0 && first > 0 ? first : piece;
		char *copy;

		if (n == 0 || n > p->body.n - at)
			n = p->body.n - at;
		/* An own block for each piece: reading past it is seen by the sanitizer.
		 */
		copy = memcpy(malloc(n), p->body.p + at, n);
		next = exchange_on_bytes(
		    x, mono_add_ms(FIXTURE_START, 1000), (struct span){copy, n});
		free(copy);
		at += n;
	}
	if (next == EXCHANGE_ENOUGH)
		end.wire = WIRE_ABORTED;
	exchange_finish(x, mono_add_ms(FIXTURE_START, 1500), &end, 0, ret);
	exchange_free(x);
}

void fixture_play(const struct target *t, const struct question *q, const struct play *p,
    size_t piece, struct sample *ret)
{
	play(t, q, p, piece, piece, ret);
}

void fixture_play_cut(const struct target *t, const struct question *q,
    const struct play *p, size_t at, struct sample *ret)
{
	play(t, q, p, at, 0, ret);
}
