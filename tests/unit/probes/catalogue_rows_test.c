/* SPDX-License-Identifier: MIT
 *
 * The catalogue's error rows, played through the classification: every word of every row
 * is reached, and whole bodies get the class that their provider means.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "agent/base/xalloc.h"
#include "probes/catalogue.h"
#include "probes/classify.h"
#include "tests/unit/probes/row_answer.h"

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

/* The outcome that the program gives to a body made for one path and match of a row. The
 * row's class is swapped for one that no row has, so the answer says who caught it. */
static bool reaches(const struct provider *p, size_t row, const char *path,
    const char *match, bool as_number)
{
	struct error_row rows[64];
	struct provider probe = *p;
	struct wire_head head = {.status = p->errors[row].http};
	struct answer a = {.status = p->errors[row].http, .head = &head};
	struct verdict v;
	struct row_answer told;

	assert_true(p->n_errors <= 64);
	memcpy(rows, p->errors, p->n_errors * sizeof(rows[0]));
	rows[row].outcome = OUTCOME_WRONG_ANSWER;
	probe.errors = rows;
	if (a.status == 0)
		a.status = 418;
	a.in_stream = a.status == 200;
	row_answer_init(&told, path, match, as_number);
	if (told.header[0] != '\0') {
		head.headers[0].name = span_of(told.header);
		head.headers[0].value = span_of(told.value);
		head.n = 1;
	}
	a.json = told.json;
	a.body = str_span(&told.body);
	classify_answer(&probe, &a, &v);
	if (v.outcome != OUTCOME_WRONG_ANSWER)
		print_error("%s: row %zu (http %d, %s, %s) gives %s for %s\n", p->id, row,
		    p->errors[row].http, path, match, outcome_code(v.outcome),
		    str_c(&told.body));
	row_answer_fini(&told);
	return v.outcome == OUTCOME_WRONG_ANSWER;
}

static void every_error_row_is_reached_by_each_of_its_words(void **state)
{
	size_t played = 0;

	(void)state;
	EACH(p, i)
	{
		for (size_t row = 0; row < p->n_errors; row++) {
			const struct error_row *e = &p->errors[row];

			assert_int_not_equal(e->outcome, OUTCOME_OK);
			for (size_t a = 0; a < e->n_paths; a++) {
				for (size_t b = 0; b < e->n_matches; b++, played++) {
					assert_true(reaches(
					    p, row, e->paths[a], e->matches[b], false));
					if (row_match_is_number(e->matches[b]))
						assert_true(reaches(p, row, e->paths[a],
						    e->matches[b], true));
				}
			}
		}
	}
	assert_true(played > 250);
}

/* Whole bodies as the providers send them (reconstructed, ids invented). */
/* clang-format off */
static const struct {
	const char *provider;
	int status;
	enum outcome outcome;
	const char *body; /* with ' for " */
} bodies[] = {
	{"deepseek", 401, OUTCOME_AUTH,
	 "Authentication Fails (governor)"},
	{"deepseek", 402, OUTCOME_QUOTA,
	 "{'error':{'message':'Insufficient Balance','type':'unknown_error',"
	 "'param':null,'code':'invalid_request_error'}}"},
	{"deepseek", 503, OUTCOME_OVERLOADED,
	 "{'error':{'message':'Service is too busy'}}"},
	{"moonshot", 429, OUTCOME_OVERLOADED,
	 "{'error':{'message':'The engine is currently overloaded, please try again "
	 "later','type':'engine_overloaded_error'}}"},
	{"moonshot-cn", 429, OUTCOME_QUOTA,
	 "{'error':{'message':'Your account is suspended due to insufficient balance',"
	 "'type':'exceeded_current_quota_error'}}"},
	{"moonshot", 504, OUTCOME_HTTP_5XX,
	 "<html><body>504 Gateway Time-out</body></html>"},
	{"dashscope", 429, OUTCOME_QUOTA,
	 "{'error':{'message':'Free allocated quota exceeded.',"
	 "'code':'insufficient_quota'},'request_id':'r'}"},
	{"dashscope", 200, OUTCOME_RATE_LIMITED,
	 "{'request_id':'r','code':'Throttling.AllocationQuota','message':'Allocated "
	 "quota exceeded'}"},
	{"dashscope", 500, OUTCOME_OVERLOADED,
	 "{'code':'ServiceUnavailable','message':'<503> InternalError.Algo: Too many "
	 "requests. Your requests are being throttled due to system capacity limits'}"},
	{"dashscope", 400, OUTCOME_MODEL_GONE,
	 "{'error':{'code':'invalid_parameter_error','message':'Model not exist.'}}"},
	{"qianfan", 429, OUTCOME_OVERLOADED,
	 "{'error':{'code':'cluster_rpm_rate_limit_exceeded','message':'m',"
	 "'type':'rate_limit_exceeded'},'id':'as-1'}"},
	{"qianfan", 429, OUTCOME_RATE_LIMITED,
	 "{'error':{'code':'tpm_rate_limit_exceeded','message':'m',"
	 "'type':'rate_limit_exceeded'},'id':'as-1'}"},
	{"openai", 429, OUTCOME_QUOTA,
	 "{'error':{'message':'You exceeded your current quota.',"
	 "'type':'insufficient_quota','param':null,'code':'insufficient_quota'}}"},
	{"openai", 404, OUTCOME_MODEL_GONE,
	 "{'error':{'message':'The model `x` does not exist or you do not have access "
	 "to it.','type':'invalid_request_error','code':'model_not_found'}}"},
	{"openai", 200, OUTCOME_ERROR_IN_STREAM,
	 "{'error':{'message':'The server had an error.','type':'server_error',"
	 "'param':null,'code':null}}"},
	{"openrouter", 429, OUTCOME_OVERLOADED,
	 "{'error':{'code':429,'message':'Provider returned error',"
	 "'metadata':{'raw':'busy','provider_name':'DeepInfra'}}}"},
	{"openrouter", 400, OUTCOME_MODEL_GONE,
	 "{'error':{'code':400,'message':'x/y is not a valid model ID'}}"},
	{"openrouter", 200, OUTCOME_ERROR_IN_STREAM,
	 "{'id':'gen-1','error':{'code':502,'message':'Upstream went away'},"
	 "'choices':[{'delta':{'content':''},'finish_reason':'error'}]}"},
	{"mistral", 429, OUTCOME_RATE_LIMITED,
	 "{'object':'error','message':'Rate limit exceeded','type':'rate_limited',"
	 "'code':'1300','raw_status_code':429}"},
	{"mistral", 401, OUTCOME_AUTH,
	 "{'detail':'Unauthorized'}"},
	{"groq", 400, OUTCOME_MODEL_GONE,
	 "{'error':{'message':'The model has been decommissioned.',"
	 "'type':'invalid_request_error','code':'model_decommissioned'}}"},
	{"groq", 498, OUTCOME_OVERLOADED,
	 "{'error':{'message':'Flex tier capacity exceeded',"
	 "'code':'capacity_exceeded'}}"},
	{"xai", 429, OUTCOME_QUOTA,
	 "{'code':'Some resource has been exhausted','error':'Your team has either "
	 "used all available credits or reached its monthly spending limit.'}"},
	{"vllm", 404, OUTCOME_MODEL_GONE,
	 "{'error':{'message':'The model `x` does not exist.','type':'NotFoundError',"
	 "'param':'model','code':404}}"},
	{"vllm", 200, OUTCOME_ERROR_IN_STREAM,
	 "{'error':{'message':'Internal server error','type':'InternalServerError',"
	 "'code':500}}"},
	{"ollama", 404, OUTCOME_MODEL_GONE,
	 "{'error':{'message':'model `x` not found','type':'not_found_error'}}"},
	{"llamacpp", 503, OUTCOME_OVERLOADED,
	 "{'error':{'message':'Loading model','type':'unavailable_error','code':503}}"},
};
/* clang-format on */

static char *with_quotes(const char *body)
{
	char *text = xstrdup(body);

	for (char *p = text; *p != '\0'; p++) {
		if (*p == '\'')
			*p = '"';
	}
	return text;
}

static void whole_bodies_get_the_class_that_their_provider_means(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
		const struct provider *p = catalogue_find(catalogue, bodies[i].provider);
		struct wire_head head = {.status = bodies[i].status};
		char *text = with_quotes(bodies[i].body);
		json_t *body = json_parse(span_of(text), NULL);
		struct answer a = {.status = bodies[i].status,
		    .in_stream = bodies[i].status == 200,
		    .head = &head,
		    .body = span_of(text),
		    .json = body};
		struct verdict v;

		assert_non_null(p);
		classify_answer(p, &a, &v);
		if (v.outcome != bodies[i].outcome)
			print_error("%s %s\n", bodies[i].provider, bodies[i].body);
		assert_string_equal(
		    outcome_code(v.outcome), outcome_code(bodies[i].outcome));
		json_decref(body);
		free(text);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_error_row_is_reached_by_each_of_its_words),
	    cmocka_unit_test(whole_bodies_get_the_class_that_their_provider_means),
	};

	return cmocka_run_group_tests(tests, load, unload);
}
