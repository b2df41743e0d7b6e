/* SPDX-License-Identifier: MIT
 *
 * The main job through the real client, judge, database and outbox, in virtual time with
 * durations unscaled.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/integration/agent/house.h"

#define CONFIG                                                                                                  \
	"defaults: {interval: 30s}\n"                                                                           \
	"targets:\n"                                                                                            \
	"  - {name: alpha, provider: deepseek, base_url: 'http://127.0.0.1:%d/deepseek/v1', key: '${KEY}'}\n"   \
	"  - {name: beta, provider: moonshot-cn, base_url: 'http://127.0.0.1:%d/moonshot/v1', key: '${KEY}'}\n" \
	"  - {name: gamma, provider: dashscope, base_url: 'http://127.0.0.1:%d/dashscope/v1', key: '${KEY}'}\n" \
	"channels:\n"                                                                                           \
	"  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"                                           \
	"  - {name: slack, slack: 'http://127.0.0.1:%d/hook/slack'}\n"                                          \
	"routes:\n"                                                                                             \
	"  - to: [hook, slack]\n"

static void an_outage_is_told_within_90_s_at_a_pace_of_30_s_and_resolved_once(
    void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\nat 15m deepseek: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 30 * MS_PER_MIN);
	const struct house_message *m = house_find(&h, "one", "incident.opened");
	assert_non_null(m);
	int64_t after_ms = mono_diff_us(m->at, h.start) / US_PER_MS - 5 * MS_PER_MIN;
	assert_in_range(after_ms, 0, 90 * MS_PER_S);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	assert_int_equal(h.n_got, 4); /* the same two at slack, and nothing else */
	house_stop(&h);
	assert_string_equal(house_sql(&h, "select count(*) from incidents_v"), "1");
	assert_string_equal(
	    house_sql(&h, "select subject || ' ' || state from incidents_v"),
	    "alpha closed");
	assert_string_equal(
	    house_sql(&h, "select count(*) from deliveries_v where state = 'sent'"), "4");
	/* What the incident says agrees with the samples. */
	assert_string_equal(
	    house_sql(&h,
		"select (select failures from incidents_v) = (select count(*) from "
		"samples_v where outcome = 'http_5xx')"),
	    "1");
	assert_string_equal(
	    house_sql(&h, "select count(*) from samples_v where target <> "
			  "'alpha' and outcome <> 'ok' and outcome <> 'local'"),
	    "0");
	house_close(&h);
}

static void started_is_the_first_failing_sample_and_ended_the_first_good_one(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: overloaded\nat 15m deepseek: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 30 * MS_PER_MIN);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h,
		"select started_ms = (select min(at_ms) from samples_v where outcome = "
		"'overloaded') from incidents_v"),
	    "1");
	assert_string_equal(
	    house_sql(&h,
		"select ended_ms = (select min(at_ms) from samples_v where target = "
		"'alpha' and outcome = 'ok' and at_ms > (select max(at_ms) from samples_v "
		"where outcome = 'overloaded')) from incidents_v"),
	    "1");
	house_close(&h);
}

static void a_message_waits_for_its_receiver_and_keeps_its_id(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\nat 0s hook one: http 503\n"
		       "at 20m hook one: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 10 * MS_PER_MIN);
	house_stop(&h); /* and dimwatch is restarted meanwhile */
	assert_string_equal(
	    house_sql(&h, "select state from deliveries_v where channel = "
			  "'hook' and kind = 'opened'"),
	    "pending");
	house_start(&h, CONFIG);
	house_run_to(&h, 40 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	for (size_t i = 0; i < h.n_got; i++)
		if (!strcmp(h.got[i].hook, "one"))
			assert_string_equal(
			    h.got[i].id, house_find(&h, "one", "incident.opened")->id);
	assert_int_equal(house_count(&h, "slack", NULL), 1);
	house_close(&h);
}

static void a_restart_in_mid_outage_neither_repeats_nor_forgets(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\nat 15m deepseek: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 8 * MS_PER_MIN);
	house_stop(&h);
	house_start(&h, CONFIG);
	house_run_to(&h, 30 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	assert_string_equal(house_sql(&h, "select count(*) from incidents_v"), "1");
	assert_string_equal(house_find(&h, "one", "incident.opened")->short_id,
	    house_find(&h, "one", "incident.resolved")->short_id);
	house_close(&h);
}

static void our_own_errors_never_become_an_outage_but_one_notice(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: quota\nat 40m deepseek: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 60 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 0);
	assert_int_equal(house_count(&h, "one", "notice.raised"), 1);
	assert_int_equal(house_count(&h, "one", "notice.cleared"), 1);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select count(*) from incidents_v where class = 'outage'"),
	    "0");
	house_close(&h);
}

static void a_removed_target_has_its_incident_closed_and_told_once(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 10 * MS_PER_MIN);
	house_reload(&h,
	    "defaults: {interval: 30s}\n"
	    "targets:\n"
	    "  - {name: beta, provider: moonshot-cn, base_url: 'http://127.0.0.1:%d/moonshot/v1', key: '${KEY}'}\n"
	    "channels:\n"
	    "  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"
	    "routes:\n"
	    "  - to: [hook]\n");
	house_run_to(&h, 20 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select count(*) from incidents_v where state = 'open'"), "0");
	assert_string_equal(
	    house_sql(&h,
		"select count(distinct series) from samples join series on series.id = "
		"samples.series where target = 'beta'"),
	    "1");
	house_close(&h);
}

static void a_shut_channel_is_told_through_the_other_one(void **state)
{
	struct house h;
	(void)state;
	house_open(
	    &h, "at 5m deepseek: http 500\nat 0s hook slack: http 404 no_service\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 10 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_int_equal(house_count(&h, "one", "channel.shut"), 1);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select count(*) from incidents_v where class = 'self'"), "1");
	house_close(&h);
}

static void a_budget_is_never_overspent_in_a_day(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "");
	house_start(&h,
	    "targets:\n"
	    "  - {name: alpha, provider: deepseek, base_url: 'http://127.0.0.1:%d/deepseek/v1', "
	    "key: '${KEY}', budget: 0.002 USD/day}\n");
	house_run_to(&h, 24 * MS_PER_H - MS_PER_MIN);
	house_stop(&h);
	assert_string_equal(
	    house_sql(
		&h, "select sum(cost) * 0.14 <= 0.0021 and count(*) > 5 from samples_v"),
	    "1");
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(
		an_outage_is_told_within_90_s_at_a_pace_of_30_s_and_resolved_once),
	    cmocka_unit_test(
		started_is_the_first_failing_sample_and_ended_the_first_good_one),
	    cmocka_unit_test(a_message_waits_for_its_receiver_and_keeps_its_id),
	    cmocka_unit_test(a_restart_in_mid_outage_neither_repeats_nor_forgets),
	    cmocka_unit_test(our_own_errors_never_become_an_outage_but_one_notice),
	    cmocka_unit_test(a_removed_target_has_its_incident_closed_and_told_once),
	    cmocka_unit_test(a_shut_channel_is_told_through_the_other_one),
	    cmocka_unit_test(a_budget_is_never_overspent_in_a_day),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
