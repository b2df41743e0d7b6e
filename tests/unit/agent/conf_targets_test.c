/* SPDX-License-Identifier: MIT
 *
 * What a target of a good config becomes, and where its key goes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probes/dialect.h"
#include "tests/unit/agent/conf_fixture.h"

#define ALERTS "alerts:\n  - slack: ${SLACK_WEBHOOK_URL}\n"

static void one_line_of_provider_is_a_whole_target(void **state)
{
	(void)state;
	struct conf *c = fixture_data("short");
	const struct target *t = fixture_target(c, "deepseek");
	assert_int_equal(c->n_targets, 3);
	assert_string_equal(t->provider->id, "deepseek");
	assert_string_equal(t->model, "deepseek-flash");
	assert_string_equal(t->region, "global");
	assert_string_equal(t->url, "https://api.deepseek.com/chat/completions");
	assert_string_equal(secret_reveal(t->key), "sk-deepseek");
	assert_string_equal(t->key_ref, "${DEEPSEEK_API_KEY}");
	assert_ptr_equal(t->dialect, dialect_find("openai-chat"));
	assert_int_equal(t->kind, PROBE_STREAM);
	assert_int_equal(t->connection, CONNECTION_COLD);
	assert_true(t->auto_on);
	assert_null(t->proxy);
	assert_null(t->prompt);
	assert_null(t->was);
	assert_int_equal(t->line, 2);
	assert_int_equal(t->column, 5);
	conf_free(c);
}

static void defaults_hold_for_targets_that_do_not_say_otherwise(void **state)
{
	(void)state;
	struct conf *c = fixture_data("vocabulary");
	const struct target *deepseek = fixture_target(c, "deepseek");
	const struct target *qwen = fixture_target(c, "qwen");
	assert_int_equal(deepseek->interval_ms, 30000);
	assert_int_equal(qwen->interval_ms, 60000);
	assert_true(deepseek->budget.nano == NANO / 10);
	assert_true(qwen->budget.nano == 7 * NANO);
	assert_string_equal(qwen->budget.currency, "XYZ");
	assert_int_equal(deepseek->max_asks_per_day, 0);
	assert_int_equal(qwen->max_asks_per_day, 500);
	assert_string_equal(
	    secret_reveal(deepseek->proxy), "http://me:pw@proxy.example.org:8080");
	assert_null(qwen->proxy);
	conf_free(c);
}

static void a_target_overrides_single_phases(void **state)
{
	(void)state;
	struct conf *c = fixture_good("defaults:\n  timeouts: {connect: 3s, gap: 7s}\n"
				      "targets:\n  - provider: deepseek\n"
				      "    timeouts: {gap: 4s}\n" ALERTS);
	assert_int_equal(c->targets[0].timeouts.connect_ms, 3000);
	assert_int_equal(c->targets[0].timeouts.gap_ms, 4000);
	assert_int_equal(c->targets[0].timeouts.first_token_ms, 20000);
	conf_free(c);
}

static void no_phase_is_longer_than_the_whole(void **state)
{
	(void)state;
	struct conf *c =
	    fixture_good("targets:\n  - provider: deepseek\n    timeout: 4s\n" ALERTS);
	assert_int_equal(c->targets[0].timeouts.connect_ms, 4000);
	assert_int_equal(c->targets[0].timeouts.first_token_ms, 4000);
	conf_free(c);
}

static void question_labels_and_former_name_are_kept(void **state)
{
	(void)state;
	struct conf *c = fixture_data("vocabulary");
	const struct target *t = fixture_target(c, "deepseek");
	assert_string_equal(t->prompt, "Reply with the single word OK.");
	assert_int_equal(t->expect, EXPECT_CONTAINS);
	assert_string_equal(t->expect_text, "OK");
	assert_string_equal(target_label(t, "tier"), "primary");
	assert_string_equal(t->was, "deepseek-old");
	assert_false(fixture_target(c, "house")->auto_on);
	assert_int_equal(fixture_target(c, "qwen")->expect, EXPECT_NONE);
	conf_free(c);
}

static void region_chooses_the_host(void **state)
{
	(void)state;
	struct conf *c = fixture_data("vocabulary");
	const struct target *t = fixture_target(c, "qwen");
	assert_string_equal(t->region, "singapore");
	assert_string_equal(t->url,
	    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1/chat/completions");
	conf_free(c);
}

static void base_url_replaces_host_and_prefix_and_takes_its_own_key(void **state)
{
	(void)state;
	struct conf *c = fixture_data("vocabulary");
	const struct target *t = fixture_target(c, "gateway");
	assert_string_equal(t->url, "https://gw.example.org/deepseek/chat/completions");
	assert_string_equal(secret_reveal(t->key), "sk-deepseek");
	assert_string_equal(t->region, "office");
	assert_string_equal(t->provider->id, "deepseek");
	conf_free(c);
}

static void a_changed_address_never_inherits_a_key(void **state)
{
	(void)state;
	const char *text = fixture_only_problem(
	    "targets:\n  - provider: deepseek\n    base_url: https://evil.example.org\n",
	    false);
	assert_non_null(strstr(text, "`key` must stand in the same block"));
	/* Not even an optional one that happens to be set. */
	text = fixture_only_problem("targets:\n  - provider: vllm\n    model: m\n"
				    "    base_url: https://evil.example.org\n",
	    false);
	assert_non_null(strstr(text, "`key: ${VLLM_API_KEY}`, or `key: none`"));
}

static void an_own_server_is_a_provider_named_by_its_host(void **state)
{
	(void)state;
	struct conf *c = fixture_data("vocabulary");
	const struct target *t = fixture_target(c, "house");
	assert_string_equal(t->provider->id, "10.0.0.5:8000");
	assert_string_equal(t->url, "http://10.0.0.5:8000/v1/chat/completions");
	assert_string_equal(t->model, "qwen2.5-7b");
	assert_string_equal(secret_reveal(t->key), "sk-house");
	assert_string_equal(t->region, "");
	assert_true(t->provider->max_tokens > 1);
	/* In a private network it costs nothing and is not capped. */
	assert_true(cost_per_ask(t) == 0);
	assert_int_equal(t->max_asks_per_day, 0);
	conf_free(c);
}

static void a_key_is_optional_for_an_own_server(void **state)
{
	(void)state;
	struct conf *c = fixture_data("vocabulary");
	assert_null(fixture_target(c, "vllm")->key);
	conf_free(c);
	c = fixture_data("own_gateway_without_a_key");
	assert_null(c->targets[0].key);
	assert_null(c->targets[0].key_ref);
	conf_free(c);
}

static void an_unknown_price_is_capped_by_asks(void **state)
{
	(void)state;
	struct conf *c =
	    fixture_good("targets:\n"
			 "  - provider: moonshot-cn\n"
			 "  - {name: far, dialect: openai-chat, url: "
			 "\"https://llm.example.org/v1/chat/completions\", model: m}\n"
			 "  - {provider: moonshot, max_asks: none}\n" ALERTS);
	assert_int_equal(c->targets[0].max_asks_per_day, 2000);
	assert_int_equal(c->targets[1].max_asks_per_day, 2000);
	assert_int_equal(c->targets[2].max_asks_per_day, 0);
	assert_true(cost_per_ask(&c->targets[0]) == -1);
	conf_free(c);
}

static void secrets_come_from_variables_files_and_credentials(void **state)
{
	(void)state;
	struct conf_problems p;
	struct conf_world w = fixture_world();
	static const char text[] =
	    "targets:\n"
	    "  - {name: a, provider: deepseek, key: \"file:/run/secrets/deepseek\"}\n"
	    "  - {name: b, provider: deepseek, key: \"file:keys/deepseek\"}\n"
	    "  - {name: c, provider: deepseek, key: \"credential:deepseek\"}\n"
	    "  - {name: d, provider: deepseek, key: \"pre-${GATEWAY}\"}\n" ALERTS;
	w.credentials_directory = "/run/credentials";
	conf_problems_init(&p);
	struct conf *c = conf_load(span_of(text), "etc/dimwatch.yaml", &w, &p);
	assert_non_null(c);
	assert_int_equal(p.n, 0);
	assert_string_equal(secret_reveal(c->targets[0].key), "sk-from-a-file");
	/* A relative path starts at the config. */
	assert_string_equal(secret_reveal(c->targets[1].key), "sk-beside");
	assert_string_equal(secret_reveal(c->targets[2].key), "sk-credential");
	assert_string_equal(secret_reveal(c->targets[3].key), "pre-gw.example.org");
	assert_string_equal(c->targets[0].key_ref, "file:/run/secrets/deepseek");
	conf_free(c);
	conf_problems_fini(&p);
}

/* Where each of the targets of good/dialects_and_kinds goes. */
static void kind_and_dialect_choose_the_address(void **state)
{
	static const struct {
		const char *name;
		enum probe_kind kind;
		bool key;
		const char *url;
	} all[] = {
	    {"claude",    PROBE_STREAM,    true,  "https://api.anthropic.com/v1/messages"    },
	    {"gemini",    PROBE_CHAT,      true,
             "https://generativelanguage.googleapis.com/v1beta/models/"
		"gemini-2.5-flash-lite:generateContent"                                      },
	    {"bedrock",   PROBE_CHAT,      true,
             "https://bedrock-runtime.us-east-1.amazonaws.com/model/"
		"amazon.nova-micro-v1%3A0/converse"                                          },
	    {"door",      PROBE_DOOR,      false, "https://api.deepseek.com/chat/completions"},
	    {"open-list", PROBE_MODELS,    false, "https://openrouter.ai/api/v1/models"      },
	    {"long",      PROBE_HEAVY,     true,  "https://api.deepseek.com/chat/completions"},
	    {"vectors",   PROBE_EMBEDDING, false, "http://10.0.0.5:8000/v1/embeddings"       },
	    {"pulled",    PROBE_MODELS,    false, "http://10.0.0.5:11434/api/tags"           },
	    {"azure",     PROBE_STREAM,    true,
             "https://house.openai.azure.com/openai/v1/chat/completions"                     },
	    {"old-azure", PROBE_STREAM,    true,
             "https://house.openai.azure.com/openai/deployments/d/chat/completions"
		"?api-version=2024-10-21"						    },
	    {"page",      PROBE_HTTP,      false, "http://10.0.0.5:8000/health"              },
	};
	struct conf *c = fixture_data("dialects_and_kinds");
	(void)state;
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		const struct target *t = fixture_target(c, all[i].name);
		assert_string_equal(t->url, all[i].url);
		assert_int_equal(t->kind, all[i].kind);
		assert_int_equal(t->key != NULL, all[i].key);
		assert_int_equal(t->key_ref != NULL, all[i].key);
	}
	assert_int_equal(fixture_target(c, "long")->heavy_tokens, 4000);
	assert_int_equal(fixture_target(c, "login")->expect_status, 401);
	assert_string_equal(fixture_target(c, "login")->method, "POST");
	assert_string_equal(fixture_target(c, "page")->method, "GET");
	assert_int_equal(fixture_target(c, "page")->max_asks_per_day, 0);
	assert_string_equal(
	    fixture_target(c, "old-azure")->provider->auth_header, "api-key");
	conf_free(c);
}

static const struct target_header *header(const struct target *t, const char *name)
{
	size_t i = 0;

	while (i < t->n_headers && strcmp(t->headers[i].name, name) != 0)
		i++;
	assert_in_range(i, 0, t->n_headers - 1);
	return &t->headers[i];
}

static void a_target_has_its_own_way(void **state)
{
	struct conf *c = fixture_data("own_ways");
	const struct target *t = fixture_target(c, "gateway");
	(void)state;
	assert_int_equal(t->connection, CONNECTION_WARM);
	assert_int_equal(t->ip, IP_V4);
	/* A relative path starts at the config. */
	assert_non_null(strstr(t->ca_file, "certs/house.pem"));
	assert_string_equal(t->resolve, "10.0.0.5");
	assert_int_equal(t->n_headers, 3);
	assert_string_equal(
	    secret_reveal(header(t, "X-Team")->value), "search and rescue");
	assert_false(header(t, "X-Team")->is_secret);
	assert_string_equal(
	    secret_reveal(header(t, "X-Gateway-Token")->value), "pre sk-house");
	assert_true(header(t, "X-Gateway-Token")->is_secret);
	assert_string_equal(t->extra_body,
	    "{\"max_tokens\":40,\"seed\":7,\"thinking\":{\"type\":\"disabled\"},"
	    "\"stop\":[\"x\",null],\"temperature\":null}");
	/* The forecast counts with the limit that is sent. */
	assert_int_equal(t->provider->max_tokens, 40);
	assert_int_equal(fixture_target(c, "answers")->provider->max_tokens,
	    catalogue_find(c->catalogue, "deepseek")->max_tokens);
	assert_int_equal(t->grace_ms, 90000);
	t = fixture_target(c, "house");
	assert_string_equal(t->ca_file, "/etc/house.pem");
	assert_int_equal(t->ip, IP_ANY);
	assert_int_equal(t->connection, CONNECTION_COLD);
	conf_free(c);
}

static void only_self_hosted_servers_of_the_catalogue_have_grace(void **state)
{
	struct conf *c = fixture_data("own_ways");
	(void)state;
	assert_int_equal(fixture_target(c, "house")->grace_ms, 5 * 60 * 1000);
	assert_int_equal(fixture_target(c, "answers")->grace_ms, 0);
	conf_free(c);
	c = fixture_data("vocabulary");
	assert_int_equal(fixture_target(c, "house")->grace_ms, 0);
	conf_free(c);
}

static void an_answer_may_be_expected_at_a_path(void **state)
{
	struct conf *c = fixture_data("own_ways");
	const struct target *t = fixture_target(c, "answers");
	(void)state;
	assert_int_equal(t->expect, EXPECT_GLOB);
	assert_string_equal(t->expect_text, "4?");
	assert_string_equal(t->expect_json, "$.sum");
	assert_int_equal(fixture_target(c, "json")->expect, EXPECT_THERE);
	conf_free(c);
}

static bool nothing_is_readable(void *arg, const char *path)
{
	(void)arg;
	(void)path;
	return false;
}

static void a_bundle_that_cannot_be_read_is_told_before_anybody_is_asked(void **state)
{
	struct conf_problems p;
	struct conf_world w = fixture_world();
	(void)state;
	w.readable = nothing_is_readable;
	conf_problems_init(&p);
	assert_null(conf_load(
	    span_of("targets:\n  - {provider: deepseek, ca_file: no.pem}\n" ALERTS),
	    "etc/c.yaml", &w, &p));
	assert_string_equal(p.rows[0].text,
	    "etc/c.yaml:2:35: targets[0].ca_file: etc/no.pem cannot be read: check the "
	    "path");
	conf_problems_fini(&p);
}

static void a_ladder_is_a_target_a_rung_and_one_leads(void **state)
{
	static const struct {
		enum probe_kind kind;
		int64_t interval_ms;
		const char *title;
		bool asks, key;
	} rungs[] = {
	    {PROBE_STREAM, 300000, "deepseek",        true,  true },
	    {PROBE_MODELS, 60000,  "deepseek/models", false, true },
	    {PROBE_DOOR,   15000,  "deepseek/door",   false, false},
	};
	struct conf *c = fixture_data("ladder");
	(void)state;
	assert_int_equal(c->n_targets, 4);
	for (size_t i = 0; i < 3; i++) {
		const struct target *t = &c->targets[i];
		assert_int_equal(t->kind, rungs[i].kind);
		assert_int_equal(t->interval_ms, rungs[i].interval_ms);
		assert_string_equal(t->name, "deepseek");
		assert_string_equal(target_title(t), rungs[i].title);
		assert_string_equal(t->was, "deepseek-old");
		assert_int_equal(t->prompt != NULL, rungs[i].asks);
		assert_int_equal(
		    t->expect, rungs[i].asks ? EXPECT_CONTAINS : EXPECT_NONE);
		assert_int_equal(t->key != NULL, rungs[i].key);
		assert_ptr_equal(t->lead, i ? &c->targets[0] : NULL);
	}
	/* One rung is no ladder. */
	assert_string_equal(target_title(&c->targets[3]), "short");
	assert_null(c->targets[3].lead);
	assert_int_equal(c->targets[3].kind, PROBE_MODELS);
	conf_free(c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(kind_and_dialect_choose_the_address),
	    cmocka_unit_test(one_line_of_provider_is_a_whole_target),
	    cmocka_unit_test(defaults_hold_for_targets_that_do_not_say_otherwise),
	    cmocka_unit_test(a_target_overrides_single_phases),
	    cmocka_unit_test(no_phase_is_longer_than_the_whole),
	    cmocka_unit_test(question_labels_and_former_name_are_kept),
	    cmocka_unit_test(region_chooses_the_host),
	    cmocka_unit_test(base_url_replaces_host_and_prefix_and_takes_its_own_key),
	    cmocka_unit_test(a_changed_address_never_inherits_a_key),
	    cmocka_unit_test(an_own_server_is_a_provider_named_by_its_host),
	    cmocka_unit_test(a_key_is_optional_for_an_own_server),
	    cmocka_unit_test(an_unknown_price_is_capped_by_asks),
	    cmocka_unit_test(secrets_come_from_variables_files_and_credentials),
	    cmocka_unit_test(a_target_has_its_own_way),
	    cmocka_unit_test(a_ladder_is_a_target_a_rung_and_one_leads),
	    cmocka_unit_test(only_self_hosted_servers_of_the_catalogue_have_grace),
	    cmocka_unit_test(an_answer_may_be_expected_at_a_path),
	    cmocka_unit_test(
		a_bundle_that_cannot_be_read_is_told_before_anybody_is_asked),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
