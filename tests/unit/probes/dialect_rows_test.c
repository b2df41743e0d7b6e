/* SPDX-License-Identifier: MIT
 *
 * Every error row of every dialect: a body that it is for gets its class from a provider
 * that has no rows of its own, and each of its words is reached.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "probes/classify.h"
#include "probes/dialect.h"

#define MAX_ROWS 32

/* clang-format off */
static const struct {
	const char *dialect;
	size_t row; /* of its table */
	int status; /* 200: inside the stream */
	enum outcome outcome;
	const char *type; /* header x-amzn-errortype */
	const char *body; /* with ' for " */
} rows[] = {
	{"azure-openai", 0, 429, OUTCOME_OVERLOADED, NULL, "{'error':{'code':'429','message':'We are experiencing high demand'}}"},
	{"azure-openai", 1, 429, OUTCOME_OVERLOADED, NULL, "{'error':{'code':'NoCapacity','message':'x'}}"},
	{"azure-openai", 2, 429, OUTCOME_RATE_LIMITED, NULL, "{'error':{'code':'RateLimitReached','message':'x'}}"},
	{"azure-openai", 3, 404, OUTCOME_MODEL_GONE, NULL, "{'error':{'code':'DeploymentNotFound','message':'x'}}"},
	{"azure-openai", 4, 404, OUTCOME_BAD_REQUEST, NULL, "{'error':{'code':'404','message':'Resource not found, also no model'}}"},
	{"azure-openai", 5, 403, OUTCOME_FORBIDDEN_REGION, NULL, "{'error':{'code':'403','message':'Public access is disabled.'}}"},
	{"azure-openai", 6, 403, OUTCOME_QUOTA, NULL, "{'error':{'code':'x','message':'temporarily blocked because of abuse'}}"},

	{"anthropic", 0, 400, OUTCOME_QUOTA, NULL, "{'type':'error','error':{'type':'invalid_request_error','message':'Your credit balance is too low'}}"},
	{"anthropic", 1, 429, OUTCOME_QUOTA, NULL, "{'error':{'type':'rate_limit_error','message':'x','details':{'error_code':'enforced_spend_limit_reached'}}}"},
	{"anthropic", 2, 529, OUTCOME_OVERLOADED, NULL, "{'error':{'type':'overloaded_error','message':'x'}}"},
	{"anthropic", 2, 200, OUTCOME_OVERLOADED, NULL, "{'error':{'type':'overloaded_error','message':'x'}}"},
	{"anthropic", 3, 429, OUTCOME_RATE_LIMITED, NULL, "{'error':{'type':'rate_limit_error','message':'x'}}"},
	{"anthropic", 3, 200, OUTCOME_RATE_LIMITED, NULL, "{'error':{'type':'rate_limit_error','message':'x'}}"},
	{"anthropic", 4, 200, OUTCOME_AUTH, NULL, "{'error':{'type':'permission_error','message':'x'}}"},
	{"anthropic", 5, 402, OUTCOME_QUOTA, NULL, "{'error':{'type':'billing_error','message':'x'}}"},
	{"anthropic", 6, 404, OUTCOME_MODEL_GONE, NULL, "{'error':{'type':'not_found_error','message':'x'}}"},
	{"anthropic", 7, 409, OUTCOME_BAD_REQUEST, NULL, "{'error':{'type':'conflict_error','message':'x'}}"},
	{"anthropic", 8, 504, OUTCOME_HTTP_5XX, NULL, "{'error':{'type':'timeout_error','message':'x'}}"},
	{"anthropic", 8, 200, OUTCOME_ERROR_IN_STREAM, NULL, "{'error':{'type':'api_error','message':'x'}}"},
	{"anthropic", 9, 529, OUTCOME_OVERLOADED, NULL, "<html>529</html>"},
	{"anthropic", 10, 403, OUTCOME_FORBIDDEN_REGION, NULL, "{'error':{'type':'forbidden','message':'Request not allowed'}}"},

	{"gemini", 0, 400, OUTCOME_FORBIDDEN_REGION, NULL, "{'error':{'code':400,'status':'FAILED_PRECONDITION','message':'User location is not supported'}}"},
	{"gemini", 1, 400, OUTCOME_AUTH, NULL, "{'error':{'code':400,'status':'INVALID_ARGUMENT','message':'x','details':[{'reason':'API_KEY_INVALID'}]}}"},
	{"gemini", 2, 400, OUTCOME_AUTH, NULL, "{'error':{'code':400,'status':'INVALID_ARGUMENT','message':'API key expired. Renew it'}}"},
	{"gemini", 3, 429, OUTCOME_QUOTA, NULL, "{'error':{'code':429,'status':'RESOURCE_EXHAUSTED','message':'x','details':[{'violations':[{'quotaId':'RequestsPerDay-Free'}]}]}}"},
	{"gemini", 4, 429, OUTCOME_QUOTA, NULL, "{'error':{'code':429,'status':'RESOURCE_EXHAUSTED','message':'x','details':[{'violations':[{'quotaId':'PerMinute','quotaValue':'0'}]}]}}"},
	{"gemini", 5, 429, OUTCOME_OVERLOADED, NULL, "{'error':{'code':429,'status':'RESOURCE_EXHAUSTED','message':'No capacity available'}}"},
	{"gemini", 6, 429, OUTCOME_RATE_LIMITED, NULL, "{'error':{'code':429,'status':'RESOURCE_EXHAUSTED','message':'x'}}"},
	{"gemini", 6, 200, OUTCOME_RATE_LIMITED, NULL, "{'error':{'code':429,'status':'RESOURCE_EXHAUSTED','message':'x'}}"},
	{"gemini", 7, 503, OUTCOME_OVERLOADED, NULL, "{'error':{'code':503,'status':'UNAVAILABLE','message':'x'}}"},
	{"gemini", 7, 200, OUTCOME_OVERLOADED, NULL, "{'error':{'code':503,'status':'UNAVAILABLE','message':'x'}}"},
	{"gemini", 8, 400, OUTCOME_QUOTA, NULL, "{'error':{'code':400,'status':'FAILED_PRECONDITION','message':'billing'}}"},
	{"gemini", 9, 400, OUTCOME_BAD_REQUEST, NULL, "{'error':{'code':400,'status':'INVALID_ARGUMENT','message':'x'}}"},
	{"gemini", 10, 403, OUTCOME_AUTH, NULL, "{'error':{'code':403,'status':'PERMISSION_DENIED','message':'in any region'}}"},
	{"gemini", 11, 404, OUTCOME_MODEL_GONE, NULL, "{'error':{'code':404,'status':'NOT_FOUND','message':'x'}}"},
	{"gemini", 12, 504, OUTCOME_HTTP_5XX, NULL, "{'error':{'code':504,'status':'DEADLINE_EXCEEDED','message':'x'}}"},
	{"gemini", 12, 200, OUTCOME_ERROR_IN_STREAM, NULL, "{'error':{'code':500,'status':'INTERNAL','message':'x'}}"},
	{"gemini", 13, 200, OUTCOME_CONTENT_FILTERED, NULL, "{'promptFeedback':{'blockReason':'SAFETY'}}"},

	{"openai-responses", 0, 200, OUTCOME_QUOTA, NULL, "{'type':'error','error':{'code':'insufficient_quota','message':'x'}}"},
	{"openai-responses", 0, 200, OUTCOME_QUOTA, NULL, "{'type':'error','code':'credit_balance_exhausted','message':'x'}"},
	{"openai-responses", 0, 429, OUTCOME_QUOTA, NULL, "{'error':{'code':null,'type':'insufficient_quota','message':'x'}}"},
	{"openai-responses", 1, 200, OUTCOME_OVERLOADED, NULL, "{'type':'response.failed','response':{'error':{'code':'server_is_overloaded'}}}"},
	{"openai-responses", 2, 503, OUTCOME_RATE_LIMITED, NULL, "{'error':{'code':'slow_down','message':'x'}}"},
	{"openai-responses", 3, 200, OUTCOME_CONTENT_FILTERED, NULL, "{'type':'response.failed','response':{'error':{'code':'bio_policy'}}}"},
	{"openai-responses", 4, 200, OUTCOME_BAD_REQUEST, NULL, "{'type':'response.failed','response':{'error':{'code':'data_residency_mismatch'}}}"},
	{"openai-responses", 5, 400, OUTCOME_AUTH, NULL, "{'error':{'code':'invalid_api_key','message':'x'}}"},
	{"openai-responses", 6, 400, OUTCOME_MODEL_GONE, NULL, "{'error':{'code':'model_not_found','message':'x'}}"},
	{"openai-responses", 7, 200, OUTCOME_ERROR_IN_STREAM, NULL, "{'type':'error','code':'server_error','message':'x'}"},
	{"openai-responses", 8, 200, OUTCOME_ERROR_IN_STREAM, NULL, "{'type':'response.failed','response':{'error':{'code':'new'}}}"},

	{"ollama-native", 0, 404, OUTCOME_MODEL_GONE, NULL, "{'error':'model x not found, try pulling it first'}"},
	{"ollama-native", 1, 404, OUTCOME_BAD_REQUEST, NULL, "404 page, without a model"},
	{"ollama-native", 2, 500, OUTCOME_OVERLOADED, NULL, "{'error':'server busy, please try again'}"},
	{"ollama-native", 3, 503, OUTCOME_OVERLOADED, NULL, "{'error':'x'}"},
	{"ollama-native", 4, 200, OUTCOME_MODEL_GONE, NULL, "{'error':'model not found'}"},
	{"ollama-native", 5, 200, OUTCOME_ERROR_IN_STREAM, NULL, "{'error':'x'}"},

	{"cohere-v2", 0, 200, OUTCOME_ERROR_IN_STREAM, NULL, "{'type':'message-end','delta':{'finish_reason':'ERROR','error':'x'}}"},
	{"cohere-v2", 1, 401, OUTCOME_AUTH, NULL, "{'message':'invalid api token'}"},
	{"cohere-v2", 1, 200, OUTCOME_AUTH, NULL, "{'message':'no api key supplied'}"},
	{"cohere-v2", 2, 404, OUTCOME_MODEL_GONE, NULL, "{'message':'model x not found'}"},
	{"cohere-v2", 3, 404, OUTCOME_BAD_REQUEST, NULL, "{'message':'page not found'}"},
	{"cohere-v2", 4, 429, OUTCOME_RATE_LIMITED, NULL, "{'message':'Trial key: 20 per minute'}"},
	{"cohere-v2", 5, 429, OUTCOME_QUOTA, NULL, "{'message':'You are using a Trial key'}"},
	{"cohere-v2", 6, 498, OUTCOME_CONTENT_FILTERED, NULL, "{'message':'blocked token'}"},

	{"dashscope-native", 0, 429, OUTCOME_OVERLOADED, NULL, "{'code':'Throttling','message':'due to system capacity limits'}"},
	{"dashscope-native", 1, 429, OUTCOME_QUOTA, NULL, "{'code':'Throttling.AllocationQuota','message':'Free allocated quota exceeded.'}"},
	{"dashscope-native", 2, 400, OUTCOME_MODEL_GONE, NULL, "{'code':'InvalidParameter','message':'Model not exist.'}"},
	{"dashscope-native", 3, 403, OUTCOME_QUOTA, NULL, "{'code':'AllocationQuota.FreeTierOnly','message':'x'}"},
	{"dashscope-native", 4, 400, OUTCOME_CONTENT_FILTERED, NULL, "{'code':'DataInspectionFailed','message':'x'}"},
	{"dashscope-native", 5, 403, OUTCOME_AUTH, NULL, "{'code':'Model.AccessDenied','message':'region'}"},
	{"dashscope-native", 6, 404, OUTCOME_MODEL_GONE, NULL, "{'code':'ModelNotFound','message':'x'}"},
	{"dashscope-native", 7, 429, OUTCOME_RATE_LIMITED, NULL, "{'code':'Throttling.BurstRate','message':'x'}"},
	{"dashscope-native", 7, 200, OUTCOME_RATE_LIMITED, NULL, "{'code':'Throttling.BurstRate','message':'x'}"},
	{"dashscope-native", 8, 500, OUTCOME_OVERLOADED, NULL, "{'code':'ModelServingError','message':'x'}"},
	{"dashscope-native", 9, 500, OUTCOME_BAD_REQUEST, NULL, "{'code':'InternalError.Algo','message':'Role must be in [user]'}"},
	{"dashscope-native", 10, 400, OUTCOME_BAD_REQUEST, NULL, "{'code':'InvalidParameter','message':'x'}"},
	{"dashscope-native", 11, 500, OUTCOME_HTTP_5XX, NULL, "{'code':'RequestTimeOut','message':'x'}"},
	{"dashscope-native", 11, 200, OUTCOME_ERROR_IN_STREAM, NULL, "{'code':'InternalError','message':'x'}"},

	{"bedrock-converse", 0, 400, OUTCOME_MODEL_GONE, "ValidationException", "{'message':'The provided model identifier is invalid.'}"},
	{"bedrock-converse", 1, 429, OUTCOME_QUOTA, "ThrottlingException", "{'message':'Too many tokens per day'}"},
	{"bedrock-converse", 2, 403, OUTCOME_LOCAL, "InvalidSignatureException", "{'message':'Signature not yet current'}"},
	{"bedrock-converse", 3, 403, OUTCOME_FORBIDDEN_REGION, "AccessDeniedException", "{'message':'not available in your country'}"},
	{"bedrock-converse", 4, 400, OUTCOME_QUOTA, "ServiceQuotaExceededException", "{'message':'x'}"},
	{"bedrock-converse", 5, 400, OUTCOME_LOCAL, "RequestExpired", "{'message':'x'}"},
	{"bedrock-converse", 6, 403, OUTCOME_AUTH, "MissingAuthenticationTokenException", "{'message':'region'}"},
	{"bedrock-converse", 7, 404, OUTCOME_MODEL_GONE, "ResourceNotFoundException", "{'message':'x'}"},
	{"bedrock-converse", 8, 429, OUTCOME_OVERLOADED, "ModelNotReadyException", "{'message':'x'}"},
	{"bedrock-converse", 9, 429, OUTCOME_RATE_LIMITED, "ThrottlingException", "{'message':'x'}"},
	{"bedrock-converse", 9, 400, OUTCOME_RATE_LIMITED, NULL, "{'__type':'com.amazon#ThrottlingException','message':'x'}"},
	{"bedrock-converse", 10, 408, OUTCOME_TIMEOUT_FIRST_TOKEN, "ModelTimeoutException", "{'message':'x'}"},
	{"bedrock-converse", 11, 424, OUTCOME_HTTP_5XX, "ModelErrorException", "{'message':'x'}"},
	{"bedrock-converse", 12, 400, OUTCOME_BAD_REQUEST, "ValidationException", "{'message':'x'}"},
};
/* clang-format on */
#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static enum outcome classified(
    const char *dialect, int status, const char *type, const char *body)
{
	struct provider p = {.id = "p", .dialect = dialect};
	struct wire_head head = {.status = status};
	char *text = xstrdup(body);
	struct answer a = {.status = status, .in_stream = status == 200, .head = &head};
	struct verdict v;
	json_t *json;

	for (char *c = text; *c != '\0'; c++)
		*c = (char)(*c == '\'' ? '"' : *c);
	if (type != NULL) {
		head.headers[0].name = span_of("x-amzn-errortype");
		head.headers[0].value = span_of(type);
		head.n = 1;
	}
	json = json_parse(span_of(text), NULL);
	a.body = span_of(text);
	a.json = json;
	classify_answer(&p, &a, &v);
	json_decref(json);
	free(text);
	return v.outcome;
}

static void a_body_for_each_row_gets_its_class(void **state)
{
	(void)state;
	for (size_t i = 0; i < N_ROWS; i++) {
		enum outcome o = classified(
		    rows[i].dialect, rows[i].status, rows[i].type, rows[i].body);

		if (o != rows[i].outcome)
			fail_msg("%s %d %s: %s, not %s", rows[i].dialect, rows[i].status,
			    rows[i].body, outcome_code(o), outcome_code(rows[i].outcome));
	}
}

static void every_row_of_every_dialect_stands_here(void **state)
{
	size_t n, n_rows = 0;
	const struct dialect *const *all = dialects(&n);

	(void)state;
	for (size_t i = 0; i < n; i++) {
		bool seen[MAX_ROWS] = {false};

		assert_true(all[i]->n_errors <= MAX_ROWS);
		n_rows += all[i]->n_errors;
		for (size_t k = 0; k < N_ROWS; k++) {
			if (strcmp(rows[k].dialect, all[i]->name) != 0)
				continue;
			assert_true(rows[k].row < all[i]->n_errors);
			seen[rows[k].row] = true;
		}
		for (size_t k = 0; k < all[i]->n_errors; k++) {
			if (!seen[k])
				fail_msg("%s: row %zu", all[i]->name, k);
		}
	}
	assert_true(n_rows >= 75);
	print_message("# evidence dialect error rows: %zu of %zu dialects, all played\n",
	    n_rows, n);
}

/* The provider's own row wins; what no dialect knows is the general rows'. */
static void the_providers_rows_come_first_and_the_general_ones_last(void **state)
{
	static const char *const paths[] = {"error.type"};
	static const char *const matches[] = {"overloaded_error"};
	const struct error_row own[] = {
	    {529, paths, 1, matches, 1, OUTCOME_QUOTA, "own"}
        };
	struct provider p = {
	    .id = "p", .dialect = "anthropic", .errors = own, .n_errors = 1};
	json_t *json = json_pack("{s:{s:s}}", "error", "type", "overloaded_error");
	struct answer a = {.status = 529, .json = json};
	struct verdict v;

	(void)state;
	classify_answer(&p, &a, &v);
	assert_int_equal(v.outcome, OUTCOME_QUOTA);
	assert_string_equal(v.note, "own");
	p.n_errors = 0;
	classify_answer(&p, &a, &v);
	assert_int_equal(v.outcome, OUTCOME_OVERLOADED);
	assert_string_equal(v.note, "capacity of the whole fleet");
	p.dialect = "openai-chat";
	a.status = 500;
	classify_answer(&p, &a, &v);
	assert_int_equal(v.outcome, OUTCOME_OVERLOADED);
	assert_null(v.note);
	json_decref(json);
}

static void finish_reasons_mean_what_the_dialect_says(void **state)
{
	static const struct finish_row own[] = {
	    {"SAFETY", OUTCOME_BAD_REQUEST}
        };
	struct provider p = {.id = "p", .dialect = "gemini"};

	(void)state;
	assert_int_equal(classify_finish(&p, "SAFETY"), OUTCOME_CONTENT_FILTERED);
	assert_int_equal(classify_finish(&p, "OTHER"), OUTCOME_ERROR_IN_STREAM);
	assert_int_equal(classify_finish(&p, "STOP"), OUTCOME_OK);
	assert_int_equal(classify_finish(&p, "SOMETHING_NEW"), OUTCOME_OK);
	p.finishes = own;
	p.n_finishes = 1;
	assert_int_equal(classify_finish(&p, "SAFETY"), OUTCOME_BAD_REQUEST);
	p.dialect = "openai-chat";
	assert_int_equal(classify_finish(&p, "OTHER"), OUTCOME_OK);
	p.dialect = "anthropic";
	assert_int_equal(classify_finish(&p, "refusal"), OUTCOME_CONTENT_FILTERED);
	p.dialect = "cohere-v2";
	assert_int_equal(classify_finish(&p, "TIMEOUT"), OUTCOME_ERROR_IN_STREAM);
	p.dialect = "bedrock-converse";
	assert_int_equal(
	    classify_finish(&p, "guardrail_intervened"), OUTCOME_CONTENT_FILTERED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_body_for_each_row_gets_its_class),
	    cmocka_unit_test(every_row_of_every_dialect_stands_here),
	    cmocka_unit_test(the_providers_rows_come_first_and_the_general_ones_last),
	    cmocka_unit_test(finish_reasons_mean_what_the_dialect_says),
	};

	return cmocka_run_group_tests_name("probes/dialect_rows", tests, NULL, NULL);
}
