/* SPDX-License-Identifier: MIT
 *
 * A model that is gone, through the whole house: the catalogue's next one takes over, one
 * notice says so, a reload keeps it, and a model that the config named is left alone.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/agent/house.h"

#define CONFIG(model)                                                                    \
	"defaults: {interval: 30s}\n"                                                    \
	"targets:\n"                                                                     \
	"  - {name: alpha, provider: groq, " model                                       \
	"base_url: 'http://127.0.0.1:%d/groq/v1', key: '${KEY}'}\n"                      \
	"channels:\n"                                                                    \
	"  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"                    \
	"routes:\n"                                                                      \
	"  - to: [hook]\n"

/* Two asks at a pace of 30 s find it gone, and maybe the successor's first. */
#define GONE_FOR_A_MINUTE "at 5m groq: model_gone\nat 6m5s groq: ok\n"

#define FIRST             "openai/gpt-oss-20b"
#define SECOND            "openai/gpt-oss-120b"

static const char count_second[] =
    "select count(*) > 20 from samples_v where model = '" SECOND "' and outcome = 'ok'";

static void the_next_model_takes_over_with_one_notice_and_a_reload_keeps_it(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, GONE_FOR_A_MINUTE);
	house_start(&h, CONFIG(""));
	house_run_to(&h, 20 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "notice.raised"), 1);
	assert_int_equal(h.n_got, 1);
	house_reload(&h, CONFIG(""));
	house_run_to(&h, 30 * MS_PER_MIN);
	assert_int_equal(h.n_got, 1);
	house_stop(&h);
	assert_string_equal(house_sql(&h, count_second), "1");
	assert_string_equal(
	    house_sql(&h, "select count(*) from samples_v where model = '" FIRST
			  "' and outcome = 'model_gone'"),
	    "2");
	/* From the take-over on nobody asked the first one any more. */
	assert_string_equal(
	    house_sql(&h,
		"select max(at_ms) < (select min(at_ms) from samples_v where "
		"model = '" SECOND "') from samples_v where model = '" FIRST "'"),
	    "1");
	assert_string_equal(
	    house_sql(
		&h, "select subject || ': ' || causes || ' ' || state from incidents_v"),
	    "drift alpha fallback: drift: '" FIRST "' is gone, '" SECOND
	    "' is asked instead open");
	/* What it costs nobody told. */
	assert_string_equal(
	    house_sql(&h, "select count(*) from samples_v where model = '" SECOND
			  "' and outcome = 'ok' and cost is not null"),
	    "0");
	house_close(&h);
}

static void a_start_asks_the_first_again_and_its_answer_ends_the_notice(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, GONE_FOR_A_MINUTE);
	house_start(&h, CONFIG(""));
	house_run_to(&h, 15 * MS_PER_MIN);
	house_stop(&h);
	house_start(&h, CONFIG(""));
	house_run_to(&h, 25 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "notice.raised"), 1);
	assert_int_equal(house_count(&h, "one", "notice.cleared"), 1);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select model from samples_v order by at_ms desc limit 1"),
	    FIRST);
	house_close(&h);
}

static void a_start_while_it_is_still_gone_tells_nothing_twice(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m groq: model_gone\nat 6m5s groq: ok\n"
		       "at 14m groq: model_gone\nat 16m5s groq: ok\n");
	house_start(&h, CONFIG(""));
	house_run_to(&h, 13 * MS_PER_MIN);
	house_stop(&h);
	house_run_to(&h, 14 * MS_PER_MIN + 20 * MS_PER_S);
	house_start(&h, CONFIG(""));
	house_run_to(&h, 15 * MS_PER_MIN + 10 * MS_PER_S);
	assert_int_equal(house_count(&h, "one", "notice.raised"), 1);
	assert_int_equal(house_count(&h, "one", "notice.cleared"), 0);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select model from samples_v order by at_ms desc limit 1"),
	    SECOND);
	house_close(&h);
}

static void a_model_that_the_config_named_is_left_alone_and_blind(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m groq: model_gone\n");
	house_start(&h, CONFIG("model: " FIRST ", "));
	house_run_to(&h, 15 * MS_PER_MIN);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select count(distinct model) from samples_v"), "1");
	assert_string_equal(
	    house_sql(&h, "select subject || ' ' || state from incidents_v"),
	    "access alpha open");
	assert_int_equal(house_count(&h, "one", "notice.raised"), 1);
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		the_next_model_takes_over_with_one_notice_and_a_reload_keeps_it),
	    cmocka_unit_test(a_start_asks_the_first_again_and_its_answer_ends_the_notice),
	    cmocka_unit_test(a_start_while_it_is_still_gone_tells_nothing_twice),
	    cmocka_unit_test(a_model_that_the_config_named_is_left_alone_and_blind),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
