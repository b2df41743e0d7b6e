/* SPDX-License-Identifier: MIT */
#include "probes/dialect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/probes/fixture.h"

static const char *header(const struct request *rq, const char *name)
{
	const char *value = NULL;

	for (size_t i = 0; i < rq->n_headers; i++) {
		if (span_ieq(span_of(rq->headers[i].name), name)) {
			assert_null(value);
			value = rq->headers[i].value;
		}
	}
	return value;
}

static void dialects_are_found_by_name(void **state)
{
	size_t n;
	const struct dialect *const *all = dialects(&n);

	(void)state;
	assert_true(n >= 1);
	for (size_t i = 0; i < n; i++) {
		assert_ptr_equal(dialect_find(all[i]->name), all[i]);
		assert_non_null(all[i]->build);
		assert_non_null(all[i]->read);
	}
	assert_ptr_equal(dialect_find("openai-chat"), &dialect_openai_chat);
	assert_null(dialect_find("openai"));
	assert_null(dialect_find(""));
}

static void headers_carry_key_name_and_the_providers_own(void **state)
{
	static const char *extra[] = {"X-Title: dimwatch ", "HTTP-Referer:https://a/b:c",
	    "no colon", "X-Bad: a\nb"};
	struct secret *key = secret_new("k-123", 5);
	struct provider p = *fixture_provider("openrouter");
	struct request rq;
	struct target t;

	(void)state;
	fixture_target(&t, "openrouter", key);
	p.extra_headers = extra;
	p.n_extra_headers = 4;
	t.provider = &p;
	request_init(&rq, "POST", t.url);
	dialect_headers(&t, "text/event-stream", &rq);
	assert_string_equal(header(&rq, "authorization"), "Bearer k-123");
	assert_string_equal(header(&rq, "content-type"), "application/json");
	assert_string_equal(header(&rq, "accept"), "text/event-stream");
	assert_string_equal(header(&rq, "user-agent"), "dimwatch/" DIMWATCH_VERSION);
	assert_string_equal(header(&rq, "x-title"), "dimwatch");
	assert_string_equal(header(&rq, "http-referer"), "https://a/b:c");
	assert_null(header(&rq, "x-bad"));
	assert_null(header(&rq, "accept-encoding"));
	assert_int_equal(rq.n_headers, 6);
	request_fini(&rq);
	secret_free(key);
}

static void the_scheme_and_the_header_are_the_providers(void **state)
{
	struct secret *key = secret_new("k-123", 5);
	struct provider p = *fixture_provider("openai");
	struct request rq;
	struct target t;

	(void)state;
	fixture_target(&t, "openai", key);
	p.auth_header = "api-key";
	p.auth_scheme = "";
	t.provider = &p;
	request_init(&rq, "POST", t.url);
	dialect_headers(&t, "x/y", &rq);
	assert_string_equal(header(&rq, "api-key"), "k-123");
	assert_null(header(&rq, "authorization"));
	request_fini(&rq);
	secret_free(key);
}

static void without_a_key_no_key_is_sent(void **state)
{
	struct request rq;
	struct target t;

	(void)state;
	fixture_target(&t, "vllm", NULL);
	request_init(&rq, "POST", t.url);
	dialect_headers(&t, "x/y", &rq);
	assert_null(header(&rq, "authorization"));
	request_fini(&rq);
}

static void a_key_that_would_split_the_header_is_not_sent(void **state)
{
	struct secret *key = secret_new("k-1\r\nX-Evil: 1", 14);
	struct request rq;
	struct target t;

	(void)state;
	fixture_target(&t, "openai", key);
	request_init(&rq, "POST", t.url);
	dialect_headers(&t, "x/y", &rq);
	assert_null(header(&rq, "authorization"));
	assert_null(header(&rq, "x-evil"));
	request_fini(&rq);
	secret_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(dialects_are_found_by_name),
	    cmocka_unit_test(headers_carry_key_name_and_the_providers_own),
	    cmocka_unit_test(the_scheme_and_the_header_are_the_providers),
	    cmocka_unit_test(without_a_key_no_key_is_sent),
	    cmocka_unit_test(a_key_that_would_split_the_header_is_not_sent),
	};

	return cmocka_run_group_tests_name("probes/dialect", tests, NULL, NULL);
}
