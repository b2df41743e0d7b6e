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
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
