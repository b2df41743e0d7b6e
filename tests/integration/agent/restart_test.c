/* SPDX-License-Identifier: MIT
 *
 * What a start makes of what the run before left behind, in virtual time: states that
 * must be folded again, targets that left meanwhile or come back, a channel that was
 * shut.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "tests/integration/agent/house.h"

#define ALPHA                                                                            \
	"  - {name: alpha, provider: deepseek, base_url: "                               \
	"'http://127.0.0.1:%d/deepseek/v1', key: '${KEY}'}\n"
#define BETA                                                                             \
	"  - {name: beta, provider: moonshot-cn, base_url: "                             \
	"'http://127.0.0.1:%d/moonshot/v1', key: '${KEY}'}\n"
#define CONFIG(targets)                                                                  \
	"defaults: {interval: 30s}\n"                                                    \
	"targets:\n" targets "channels:\n"                                               \
	"  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"                    \
	"  - {name: other, webhook: 'http://127.0.0.1:%d/hook/two'}\n"                   \
	"routes:\n"                                                                      \
	"  - to: [hook, other]\n"

static void change_database(struct house *h, const char *sql)
{
	sqlite3 *d = NULL;
	assert_int_equal(sqlite3_open(h->database, &d), SQLITE_OK);
	assert_int_equal(sqlite3_exec(d, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(d);
}

static void a_start_tries_a_channel_that_was_shut_at_once(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\n"
		       "at 0s hook two: http 404\nat 9m hook two: ok\n");
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 10 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "two", NULL), 0);
	house_stop(&h);
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 12 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "two", "incident.opened"), 1);
	house_stop(&h);
	assert_string_equal(
	    house_sql(
		&h, "select group_concat(state) from incidents_v where class = 'self'"),
	    "closed");
	house_close(&h);
}

/* The states are of an older program, so everything is folded again: that is when older
 * times pass. */
static void an_incident_whose_target_left_meanwhile_ends_at_the_start(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\n");
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 10 * MS_PER_MIN);
	house_stop(&h);
	change_database(&h, "update judge_state set constants_hash = 1");
	house_start(&h, CONFIG(BETA));
	house_run_to(&h, 12 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	assert_string_equal(
	    house_sql(&h, "select ended_ms >= (select max(started) from runs)"
			  " from incidents_v where subject = 'alpha'"),
	    "1");
	house_close(&h);
}

static void a_target_that_comes_back_at_a_start_begins_anew(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\nat 10m deepseek: ok\n");
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 9 * MS_PER_MIN);
	house_stop(&h);
	house_start(&h, CONFIG(BETA));
	house_run_to(&h, 11 * MS_PER_MIN);
	house_stop(&h);
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 20 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	assert_string_equal(house_sql(&h, "select count(*) from incidents_v"), "1");
	house_close(&h);
}

/* The same after a reload, and although what it left must be folded again. */
static void a_target_that_left_by_a_reload_comes_back_at_a_start_without_its_past(
    void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\nat 10m deepseek: ok\n");
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 9 * MS_PER_MIN);
	house_reload(&h, CONFIG(BETA));
	house_run_to(&h, 11 * MS_PER_MIN);
	house_stop(&h);
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 20 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_string_equal(house_sql(&h, "select count(*) from incidents_v"), "1");
	house_close(&h);
}

static bool is_asking(struct house *h)
{
	struct pipeline_view v;
	pipeline_look(h->pipeline, &v);
	return v.schedule.in_flight > 0;
}

/* Otherwise a start folds that sample a second time, and two failures are three. */
static void a_state_holds_the_sample_that_made_it_although_the_clock_was_set_back(
    void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "at 5m deepseek: hang first_token 60s\n");
	house_start(&h, CONFIG(ALPHA));
	house_run_to(&h, 5 * MS_PER_MIN);
	while (!is_asking(&h))
		loop_turn(h.loop, 5);
	loop_set_wall(h.loop, wall_add_ms(loop_wall(h.loop), -30));
	while (is_asking(&h))
		loop_turn(h.loop, 5);
	house_run_to(
	    &h, loop_mono(h.loop).us / US_PER_MS - h.start.us / US_PER_MS + 2000);
	assert_string_equal(
	    house_sql(&h, "select outcome from samples_v order by at_ms desc"),
	    "timeout_first_token");
	assert_string_equal(
	    house_sql(&h,
		"select j.through_ms >= max(s.at + s.end_us / 1000) from samples s"
		" join judge_state j on j.series = s.series"),
	    "1");
	house_stop(&h);
	house_close(&h);
}

/* What only the fold of a start finds, because the disk had lost it, is told when it goes
 * on, also when it seemed over in between. */
static void an_outage_that_came_back_and_is_only_found_by_folding_is_told(void **state)
{
	struct house h;
	size_t before;
	(void)state;
	house_open(&h, "at 5m deepseek: http 500\nat 8m deepseek: ok\n"
		       "at 17m deepseek: http 500\n");
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 22 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", "incident.reopened"), 1);
	before = house_count(&h, "one", NULL);
	change_database(&h, "delete from incident_log; delete from incident_causes;"
			    "delete from incident_targets; delete from incidents;"
			    "delete from deliveries;"
			    "update judge_state set constants_hash = 1");
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 24 * MS_PER_MIN);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select group_concat(state) from incidents_v"), "open");
	assert_int_equal(house_count(&h, "one", NULL), before + 1);
	assert_int_equal(house_count(&h, "one", "incident.reopened"), 2);
	house_close(&h);
}

/* Money is spent until midnight, whoever starts meanwhile. */
static void a_budget_that_is_still_spent_at_a_start_is_no_news(void **state)
{
	static const char config[] =
	    CONFIG("  - {name: alpha, provider: deepseek, max_asks: 1/day, base_url: "
		   "'http://127.0.0.1:%d/deepseek/v1', key: '${KEY}'}\n" BETA);
	struct house h;
	(void)state;
	house_open(&h, "");
	house_start(&h, config);
	house_run_to(&h, 5 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	house_start(&h, config);
	house_run_to(&h, 7 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", NULL), 1);
	house_stop(&h);
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 9 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	assert_int_equal(house_count(&h, "one", NULL), 2);
	house_close(&h);
}

/* It is over when a ping arrives, or when there is none any more. */
static void a_heartbeat_that_does_not_arrive_is_not_over_because_of_a_start(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "");
	house_start(&h,
	    CONFIG(
		ALPHA BETA) "heartbeat: {url: 'http://127.0.0.1:1/ping', every: 60s}\n");
	house_run_to(&h, 15 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	house_start(&h,
	    CONFIG(
		ALPHA BETA) "heartbeat: {url: 'http://127.0.0.1:1/ping', every: 60s}\n");
	house_run_to(&h, 18 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", NULL), 1);
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 20 * MS_PER_MIN);
	house_stop(&h);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	house_close(&h);
}

/* A proxy that left the config while dimwatch was off is in nobody's way. */
static void a_way_out_that_left_the_config_meanwhile_is_no_trouble_any_more(void **state)
{
	struct house h;
	(void)state;
	house_open(&h, "");
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, MS_PER_MIN);
	house_stop(&h);
	change_database(&h,
	    "insert into incidents(id, short_id, subject_kind, subject, class, severity,"
	    " severity_now, state, ending, health, started, opened, reopened, seq, provider,"
	    " region, never_up, samples, failures, unknown_ms, outcomes)"
	    " select '01M870YMTCBY4Y5GZ09Q1JMKRP', 'JMKR', 3, 'network via old.example', 2, 2,"
	    " 2, 0, 0, 0, last_alive, last_alive, 0, 1, '', '', 0, 0, 0, 0, '{}' from runs;"
	    "insert into incident_causes select id, 0, 'self', 2, 1, started, NULL, 'silent'"
	    " from incidents");
	house_start(&h, CONFIG(ALPHA BETA));
	house_run_to(&h, 2 * MS_PER_MIN);
	house_stop(&h);
	assert_string_equal(house_sql(&h, "select state from incidents_v"), "closed");
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_start_tries_a_channel_that_was_shut_at_once),
	    cmocka_unit_test(an_incident_whose_target_left_meanwhile_ends_at_the_start),
	    cmocka_unit_test(a_target_that_comes_back_at_a_start_begins_anew),
	    cmocka_unit_test(
		a_target_that_left_by_a_reload_comes_back_at_a_start_without_its_past),
	    cmocka_unit_test(
		a_state_holds_the_sample_that_made_it_although_the_clock_was_set_back),
	    cmocka_unit_test(
		an_outage_that_came_back_and_is_only_found_by_folding_is_told),
	    cmocka_unit_test(a_budget_that_is_still_spent_at_a_start_is_no_news),
	    cmocka_unit_test(
		a_heartbeat_that_does_not_arrive_is_not_over_because_of_a_start),
	    cmocka_unit_test(
		a_way_out_that_left_the_config_meanwhile_is_no_trouble_any_more),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
