/* SPDX-License-Identifier: MIT
 *
 * The compiled-in catalogue as a whole: every file loads and keeps the promises that the
 * rest of the program relies on.
 */
#include "probes/catalogue.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "probes/classify.h"
#include "probes/dialect.h"

static struct arena *arena;
static struct catalogue *catalogue;

static int load(void **state)
{
	struct err e = {0};

	(void)state;
	arena = arena_new();
	catalogue = catalogue_load(arena, &e);
	if (catalogue == NULL)
		print_error("%s\n", e.msg);
	return catalogue != NULL ? 0 : -1;
}

static int unload(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

#define EACH(p, i)                                                                       \
	const struct provider *p;                                                        \
	for (size_t i = 0; (p = catalogue_at(catalogue, i)) != NULL; i++)

static bool has_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(words[i], word) == 0)
			return true;
	}
	return false;
}

/* --- the files --- */

/* A config names a few providers: reading all of them was half of a start. */
static void opened_catalogue_reads_what_is_asked_for_and_nothing_else(void **state)
{
	struct arena *few = arena_new();
	const struct catalogue *c = catalogue_open(few);
	size_t before = arena_bytes(few);

	(void)state;
	assert_int_equal(catalogue_count(c), catalogue_count(catalogue));
	assert_string_equal(catalogue_nearest(c, "deepsek"), "deepseek");
	assert_true(arena_bytes(few) < arena_bytes(arena) / 10);
	assert_string_equal(catalogue_find(c, "moonshot")->id, "moonshot");
	assert_ptr_equal(catalogue_find(c, "moonshot"), catalogue_find(c, "moonshot"));
	assert_true(arena_bytes(few) > before);
	assert_true(arena_bytes(few) < arena_bytes(arena) / 4);
	assert_string_equal(catalogue_date(c), catalogue_date(catalogue));
	arena_free(few);
}

static void providers_stand_in_the_order_of_their_ids_and_are_found_by_them(void **state)
{
	static const char *const some[] = {"dashscope", "deepseek", "gemini-openai",
	    "groq", "llamacpp", "minimax-cn", "mistral", "moonshot", "moonshot-cn",
	    "nvidia", "ollama", "openai", "openrouter", "qianfan", "vllm", "xai", "zai",
	    "zhipu"};
	size_t n = catalogue_count(catalogue);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		const struct provider *p = catalogue_at(catalogue, i);

		assert_ptr_equal(catalogue_find(catalogue, p->id), p);
		if (i > 0)
			assert_true(
			    strcmp(catalogue_at(catalogue, i - 1)->id, p->id) < 0);
	}
	for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
		assert_non_null(catalogue_find(catalogue, some[i]));
	assert_null(catalogue_at(catalogue, n));
	assert_null(catalogue_find(catalogue, "nobody"));
	assert_null(catalogue_find(catalogue, "deepsee"));
	assert_string_equal(catalogue_nearest(catalogue, "deepsek"), "deepseek");
	assert_null(catalogue_nearest(catalogue, "zzzzzzzzzz"));
	assert_int_equal(strlen(catalogue_date(catalogue)), strlen("2026-11-23"));
	assert_true(strcmp(catalogue_date(catalogue), "2026-11-23") >= 0);
}

static void every_default_can_be_asked(void **state)
{
	(void)state;
	EACH(p, i)
	{
		assert_non_null(dialect_find(p->dialect));
		assert_true(p->n_regions > 0);
		assert_true(p->model != NULL || p->self_hosted ||
			    strchr(p->regions[0].base_url, '{') != NULL);
		assert_true(p->max_tokens >= 16);
		assert_true(p->key_env != NULL || p->key_optional || p->self_hosted);
		/* Vertex speaks Gemini and wants Google Cloud's own token. */
		if (strcmp(p->id, "vertex") != 0) {
			assert_string_equal(
			    p->auth_header, dialect_find(p->dialect)->auth_header);
			assert_string_equal(
			    p->auth_scheme, dialect_find(p->dialect)->auth_scheme);
		}
		assert_non_null(p->otel);
	}
}

/* Whom the two research files name, with all their account systems. */
static void every_house_has_its_row_and_who_is_gone_says_so(void **state)
{
	static const char *const houses[] = {"anthropic", "ark", "azure-openai",
	    "bedrock", "bedrock-mantle", "byteplus", "cerebras", "cloudflare", "cohere",
	    "dashscope", "dashscope-native", "deepinfra", "deepseek", "fireworks",
	    "gemini", "gemini-openai", "github-models", "groq", "huggingface", "hunyuan",
	    "hunyuan-legacy", "litellm", "llamacpp", "lmstudio", "mimo", "minimax",
	    "minimax-cn", "mistral", "moonshot", "moonshot-cn", "nebius", "novita",
	    "nvidia", "ollama", "ollama-native", "openai", "openai-responses",
	    "openrouter", "perplexity", "qianfan", "sambanova", "sglang", "siliconflow",
	    "siliconflow-cn", "spark", "stepfun", "tgi", "together", "vertex",
	    "vertex-express", "vllm", "xai", "zai", "zhipu"};
	size_t n = sizeof(houses) / sizeof(houses[0]), gone = 0;

	(void)state;
	for (size_t i = 0; i < n; i++) {
		if (catalogue_find(catalogue, houses[i]) == NULL)
			fail_msg("nobody knows %s", houses[i]);
	}
	EACH(p, i)
	{
		assert_true((p->retired != NULL) == (p->retired_why != NULL));
		gone += p->retired != NULL;
	}
	assert_int_equal(gone, 1);
	assert_string_equal(
	    catalogue_find(catalogue, "github-models")->retired, "2026-07-30");
	print_message("# evidence catalogue: %zu providers, %zu of them retired\n",
	    catalogue_count(catalogue), gone);
}

static void no_default_model_is_retired_and_no_fallback_either(void **state)
{
	(void)state;
	EACH(p, i)
	{
		if (p->model != NULL)
			assert_false(
			    has_word(p->retired_models, p->n_retired_models, p->model));
		for (size_t k = 0; k < p->n_fallback_models; k++)
			assert_false(has_word(p->retired_models, p->n_retired_models,
			    p->fallback_models[k]));
	}
	assert_true(has_word(
	    catalogue_find(catalogue, "deepseek")->retired_models, 2, "deepseek-chat"));
}

static void siblings_name_each_other(void **state)
{
	(void)state;
	EACH(p, i)
	{
		for (size_t k = 0; k < p->n_siblings; k++) {
			const struct provider *q =
			    catalogue_find(catalogue, p->siblings[k]);

			assert_non_null(q);
			assert_true(has_word(q->siblings, q->n_siblings, p->id));
		}
	}
	assert_int_equal(catalogue_find(catalogue, "moonshot")->n_siblings, 1);
}

static void every_extra_body_is_an_object(void **state)
{
	(void)state;
	EACH(p, i)
	{
		json_t *v;

		if (p->extra_body == NULL)
			continue;
		v = json_parse(span_of(p->extra_body), NULL);
		assert_true(json_is_object(v));
		json_decref(v);
	}
	assert_string_equal(catalogue_find(catalogue, "deepseek")->extra_body,
	    "{\"thinking\":{\"type\":\"disabled\"},"
	    "\"stream_options\":{\"include_usage\":true}}");
	assert_string_equal(
	    catalogue_find(catalogue, "mistral")->extra_body, "{\"temperature\":0}");
}

static void regions_are_found_and_the_first_is_the_default(void **state)
{
	const struct provider *p = catalogue_find(catalogue, "dashscope");

	(void)state;
	assert_string_equal(provider_region(p, NULL)->id, "beijing");
	assert_string_equal(provider_region(p, "singapore")->base_url,
	    "https://dashscope-intl.aliyuncs.com/compatible-mode/v1");
	assert_non_null(provider_region(p, "us"));
	assert_non_null(provider_region(p, "hongkong"));
	assert_null(provider_region(p, "mars"));
}

static void prices_are_nano_units_a_token(void **state)
{
	const struct provider *p = catalogue_find(catalogue, "deepseek");

	(void)state;
	assert_string_equal(p->price.currency, "CNY");
	assert_int_equal(p->price.in_nano_per_tok, 2000);
	assert_int_equal(p->price.out_nano_per_tok, 8000);
	assert_non_null(p->price_note);
	assert_int_equal(p->price_hours->n_dear, 2);
	assert_int_equal(p->price_hours->utc_offset_min, 480);
	assert_int_equal(p->price_hours->in_nano_per_tok, 1000);
	assert_int_equal(p->price_hours->out_nano_per_tok, 4000);
	p = catalogue_find(catalogue, "groq");
	assert_int_equal(p->price.in_nano_per_tok, 75);
	p = catalogue_find(catalogue, "moonshot-cn");
	assert_string_equal(p->price.currency, "");
	assert_int_equal(p->price.in_nano_per_tok, -1);
	p = catalogue_find(catalogue, "vllm");
	assert_int_equal(p->price.out_nano_per_tok, 0);
}

static void lack_of_capacity_may_be_a_finish_reason(void **state)
{
	const struct provider *p = catalogue_find(catalogue, "deepseek");

	(void)state;
	assert_int_equal(
	    classify_finish(p, "insufficient_system_resource"), OUTCOME_OVERLOADED);
	assert_int_equal(classify_finish(p, "content_filter"), OUTCOME_CONTENT_FILTERED);
	assert_int_equal(classify_finish(p, "stop"), OUTCOME_OK);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(opened_catalogue_reads_what_is_asked_for_and_nothing_else),
	    cmocka_unit_test(
		providers_stand_in_the_order_of_their_ids_and_are_found_by_them),
	    cmocka_unit_test(every_default_can_be_asked),
	    cmocka_unit_test(every_house_has_its_row_and_who_is_gone_says_so),
	    cmocka_unit_test(no_default_model_is_retired_and_no_fallback_either),
	    cmocka_unit_test(siblings_name_each_other),
	    cmocka_unit_test(every_extra_body_is_an_object),
	    cmocka_unit_test(regions_are_found_and_the_first_is_the_default),
	    cmocka_unit_test(prices_are_nano_units_a_token),
	    cmocka_unit_test(lack_of_capacity_may_be_a_finish_reason),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
