/* SPDX-License-Identifier: MIT */
#include "probes/sample.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void a_blank_sample_has_reached_nothing(void **state)
{
	struct sample s;

	(void)state;
	memset(&s, 0xa5, sizeof(s));
	sample_init(&s, 42, (struct wall){1234});
	assert_int_equal(s.series, 42);
	assert_int_equal(s.at.ms, 1234);
	assert_int_equal(s.dns_us, NOT_REACHED);
	assert_int_equal(s.connect_us, NOT_REACHED);
	assert_int_equal(s.tls_us, NOT_REACHED);
	assert_int_equal(s.first_byte_us, NOT_REACHED);
	assert_int_equal(s.first_token_us, NOT_REACHED);
	assert_int_equal(s.longest_gap_us, NOT_REACHED);
	assert_int_equal(s.end_us, 0);
	assert_int_equal(s.tokens_in, -1);
	assert_int_equal(s.tokens_out, -1);
	assert_int_equal(s.cost_nano, -1);
	assert_int_equal(s.retry_after_ms, -1);
	assert_int_equal(s.flags, 0);
	assert_string_equal(s.evidence, "");
	assert_string_equal(s.currency, "");
}

static void latency_is_the_first_token_or_else_the_first_byte(void **state)
{
	struct sample s;

	(void)state;
	sample_init(&s, 1, (struct wall){0});
	assert_int_equal(sample_latency_us(&s), -1);
	s.first_byte_us = 500;
	assert_int_equal(sample_latency_us(&s), 500);
	s.first_token_us = 900;
	assert_int_equal(sample_latency_us(&s), 900);
}

static void every_flag_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (unsigned i = 0; i <= 15; i++) {
		assert_non_null(sample_flag_name(1u << i));
		for (unsigned k = 0; k < i; k++)
			assert_string_not_equal(
			    sample_flag_name(1u << i), sample_flag_name(1u << k));
	}
	assert_string_equal(sample_flag_name(FLAG_ODD_ANSWER), "odd_answer");
	assert_string_equal(sample_flag_name(FLAG_FIRST_LOOK), "first_look");
	assert_null(sample_flag_name(1u << 16));
	assert_null(sample_flag_name(0));
	assert_null(sample_flag_name(FLAG_REASK | FLAG_QUEUED));
}

static void every_judgement_has_a_code(void **state)
{
	(void)state;
	assert_string_equal(judged_code(JUDGED_COUNTED), "counted");
	assert_string_equal(judged_code(JUDGED_EXCLUDED), "excluded");
	assert_string_equal(judged_code(JUDGED_HELD), "held");
	assert_string_equal(judged_code(JUDGED_PATH), "path");
	assert_string_equal(judged_code(JUDGED_MAINTENANCE), "maintenance");
	assert_string_equal(judged_code(JUDGED_LATE), "late");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_blank_sample_has_reached_nothing),
	    cmocka_unit_test(latency_is_the_first_token_or_else_the_first_byte),
	    cmocka_unit_test(every_flag_has_a_name_of_its_own),
	    cmocka_unit_test(every_judgement_has_a_code),
	};

	return cmocka_run_group_tests_name("probes/sample", tests, NULL, NULL);
}
