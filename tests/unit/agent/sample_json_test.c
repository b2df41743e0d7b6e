/* SPDX-License-Identifier: MIT */
#include "agent/sample_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "agent/base/text.h"

static const struct provider provider = {.id = "deepseek", .name = "DeepSeek"};
static const struct target target = {
    .name = "primary", .provider = &provider, .model = "deepseek-flash"};

static void has_exactly_the_keys_that_were_promised_in_their_order(void **state)
{
	static const char *const keys[] = {"target", "provider", "model", "kind",
	    "outcome", "blame", "http_status", "phases_us", "longest_gap_us", "tokens",
	    "cost", "finish", "returned_model", "request_id", "provider_code", "message",
	    "flags", "evidence"};
	struct sample s;
	size_t i = 0;
	const char *key = NULL;
	json_t *v = NULL;
	(void)state;
	sample_init(&s, 1, (struct wall){1});
	json_t *o = sample_json(&target, &s);
	json_object_foreach(o, key, v)
	{
		assert_true(i < sizeof keys / sizeof *keys);
		assert_string_equal(key, keys[i++]);
	}
	assert_int_equal(i, sizeof keys / sizeof *keys);
	json_decref(o);
}

static void what_was_not_reached_is_null_and_what_was_is_a_number(void **state)
{
	struct sample s;
	struct str out;
	(void)state;
	sample_init(&s, 1, (struct wall){1});
	s.outcome = OUTCOME_OVERLOADED;
	s.http_status = 503;
	s.connect_us = 1200;
	s.end_us = 3400;
	s.cost_nano = 5000;
	s.flags = FLAG_QUEUED | FLAG_REASK;
	(void)str_copy(s.currency, sizeof s.currency, "CNY");
	(void)str_copy(s.message, sizeof s.message, "bad \xff byte");
	json_t *o = sample_json(&target, &s);
	str_init(&out, 4000);
	json_dump(o, &out);
	assert_non_null(
	    strstr(str_c(&out), "\"outcome\":\"overloaded\",\"blame\":\"provider\""));
	assert_non_null(
	    strstr(str_c(&out), "\"dns\":null,\"connect\":1200,\"tls\":null"));
	assert_non_null(strstr(str_c(&out), "\"currency\":\"CNY\""));
	assert_non_null(strstr(str_c(&out), "[\"queued\",\"reask\"]"));
	assert_true(utf8_valid(str_span(&out)));
	str_fini(&out);
	json_decref(o);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(has_exactly_the_keys_that_were_promised_in_their_order),
	    cmocka_unit_test(what_was_not_reached_is_null_and_what_was_is_a_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
