/* SPDX-License-Identifier: MIT
 *
 * The orders of people on the whole agent in virtual time: what an acknowledgement, a
 * silence, a pause and nothing at all do to an outage, over restarts and reloads.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "agent/base/xalloc.h"
#include "agent/requests.h"
#include "tests/integration/agent/house.h"

#define TARGETS                                                                          \
	"  - {name: alpha, provider: deepseek, labels: {tier: one}, base_url: "          \
	"'http://127.0.0.1:%d/deepseek/v1', key: '${KEY}'}\n"                            \
	"  - {name: beta, provider: moonshot-cn, base_url: "                             \
	"'http://127.0.0.1:%d/moonshot/v1', key: '${KEY}'}\n"
#define CONFIG                                                                           \
	"defaults: {interval: 30s}\n"                                                    \
	"targets:\n" TARGETS "channels:\n"                                               \
	"  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"                    \
	"  - {name: boss, webhook: 'http://127.0.0.1:%d/hook/boss'}\n"                   \
	"routes:\n"                                                                      \
	"  - {to: hook, escalate: {after: 15m, to: boss}}\n"
#define REMINDING                                                                        \
	"defaults: {interval: 30s}\n"                                                    \
	"targets:\n" TARGETS "channels:\n"                                               \
	"  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"                    \
	"routes:\n"                                                                      \
	"  - {to: hook, repeat: 30m}\n"
#define AT_5M  "at 5m deepseek: http 500\n"

#define UNDONE "select count(*) from requests where done_at is null"

static int64_t orders;

/* As the writer hands it over. */
static void order(struct house *h, const char *verb, const char *args)
{
	struct order o = {.id = ++orders, .at = loop_wall(h->loop)};

	(void)str_copy(o.verb, sizeof(o.verb), verb);
	o.args = xstrdup(args);
	pipeline_on_order(h->pipeline, &o);
	order_fini(&o);
}

static void change_database(struct house *h, const char *sql)
{
	sqlite3 *d = NULL;

	assert_int_equal(sqlite3_open(h->database, &d), SQLITE_OK);
	(void)sqlite3_busy_timeout(d, 5000);
	assert_int_equal(sqlite3_exec(d, sql, NULL, NULL, NULL), SQLITE_OK);
	sqlite3_close(d);
}

static void nobody_acknowledges_and_it_escalates_once(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, AT_5M "at 40m deepseek: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 15 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_int_equal(house_count(&h, "boss", NULL), 0);
	/* The timer is in the rows: a restart loses nothing. */
	house_stop(&h);
	house_start(&h, CONFIG);
	house_run_to(&h, 25 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "boss", "incident.opened"), 1);
	house_stop(&h);
	house_start(&h, CONFIG);
	house_run_to(&h, 50 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "boss", NULL), 2);
	assert_int_equal(house_count(&h, "boss", "incident.resolved"), 1);
	assert_int_equal(house_count(&h, "one", NULL), 2);
	house_close(&h);
}

/* Nothing else happens meanwhile that would wake the teller. */
static void a_reminder_comes_although_dimwatch_was_restarted(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, AT_5M);
	house_start(&h, REMINDING);
	house_run_to(&h, 10 * MS_PER_MIN);
	house_stop(&h);
	house_start(&h, REMINDING);
	house_run_to(&h, 40 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.reminder"), 1);
	house_close(&h);
}

static void what_is_acknowledged_does_not(void **state)
{
	struct house h;
	char args[80];

	(void)state;
	house_open(&h, AT_5M "at 40m deepseek: ok\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 10 * MS_PER_MIN);
	(void)snprintf(args, sizeof(args), "{\"incident\":\"%s\",\"who\":\"ann\"}",
	    house_sql(&h, "select short_id from incidents"));
	order(&h, "ack", args);
	order(&h, "ack", args); /* told once */
	house_run_to(&h, 11 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.acknowledged"), 1);
	house_stop(&h);
	house_start(&h, CONFIG);
	house_run_to(&h, 50 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "boss", NULL), 0);
	assert_int_equal(house_count(&h, "one", NULL), 3);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select group_concat(kind) from (select kind from incident_log"
			  " order by seq)"),
	    "opened,acknowledged,closed");
	assert_string_equal(
	    house_sql(&h, "select hand from incidents"), "acknowledged by ann");
	house_close(&h);
}

/* Over and back within half an hour: told again, and this time it escalates. */
static void a_relapse_ends_an_acknowledgement(void **state)
{
	struct house h;
	char args[80];

	(void)state;
	house_open(&h, AT_5M "at 12m deepseek: ok\nat 25m deepseek: http 500\n");
	house_start(&h, CONFIG);
	house_run_to(&h, 10 * MS_PER_MIN);
	(void)snprintf(args, sizeof(args), "{\"incident\":\"%s\"}",
	    house_sql(&h, "select short_id from incidents"));
	order(&h, "ack", args);
	house_run_to(&h, 35 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.reopened"), 1);
	assert_int_equal(house_count(&h, "boss", NULL), 0);
	house_run_to(&h, 60 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "boss", "incident.opened"), 1);
	house_stop(&h);
	assert_string_equal(house_sql(&h, "select acked is null from incidents"), "1");
	house_close(&h);
}

static void a_silence_outlives_a_restart_and_its_end_is_told(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, AT_5M);
	house_start(&h, CONFIG);
	house_run_to(&h, MS_PER_MIN);
	order(&h, "silence", "{\"labels\":{\"tier\":\"one\"},\"for_ms\":1800000}");
	house_run_to(&h, 10 * MS_PER_MIN);
	house_stop(&h);
	house_start(&h, CONFIG);
	house_reload(&h, CONFIG);
	house_run_to(&h, 30 * MS_PER_MIN);
	assert_int_equal(h.n_got, 0);
	house_run_to(&h, 33 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_int_equal(house_count(&h, "boss", NULL), 0);
	/* Nobody was told before: only now somebody can leave it lying. */
	house_run_to(&h, 50 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "boss", "incident.opened"), 1);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select state || ' ' || substr(last_error, 1, 14)"
			  " from deliveries_v order by created_ms limit 1"),
	    "muted silenced until");
	house_close(&h);
}

static void a_paused_target_is_neither_asked_nor_judged(void **state)
{
	struct house h;

	(void)state;
	house_open(&h, AT_5M);
	house_start(&h, CONFIG);
	house_run_to(&h, 10 * MS_PER_MIN);
	order(&h, "pause", "{\"target\":\"alpha\"}");
	house_run_to(&h, 11 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	house_stop(&h);
	house_start(&h, CONFIG);
	house_reload(&h, CONFIG);
	house_run_to(&h, 30 * MS_PER_MIN);
	/* One may have been on its way. */
	assert_string_equal(
	    house_sql(&h,
		"select max(at_ms) < (select max(at_ms) from samples_v) - 1000000"
		" from samples_v where target = 'alpha'"),
	    "1");
	order(&h, "resume", "{\"target\":\"alpha\"}");
	house_run_to(&h, 40 * MS_PER_MIN);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 2);
	house_stop(&h);
	assert_string_equal(
	    house_sql(&h, "select group_concat(ending) from (select ending"
			  " from incidents_v order by opened_ms)"),
	    "unwatched,none");
	assert_string_equal(house_sql(&h, "select count(*) from pauses"), "0");
	house_close(&h);
}

/* What cannot be read or is not known changes nothing and says so. */
static void nonsense_is_answered(void **state)
{
	static const char *const rows[][2] = {
	    {"ack",           "{}"					},
            {"ack",           "[]"					},
            {"ack",           "{\"incident\":7}"                          },
            {"ack",           "{"                                         },
	    {"silence",       "{}"					},
            {"silence",       "{\"subject\":\"alpha\"}"                   },
	    {"silence",       "{\"subject\":\"alpha\",\"for_ms\":-1}"     },
	    {"silence",       "{\"subject\":\"alpha\",\"for_ms\":9e18}"   },
	    {"silence",       "{\"labels\":{},\"for_ms\":60000}"          },
	    {"silence",       "{\"labels\":{\"tier\":1},\"for_ms\":60000}"},
	    {"silence",       "{\"subject\":\"gamma\",\"for_ms\":60000}"  },
	    {"silence --end", "{\"id\":1}"                                },
            {"pause",         "{\"target\":\"gamma\"}"                    },
	    {"resume",        "{\"target\":\"gamma\"}"                    },
            {"conquer",       "{}"                                        }
        };
	struct house h;

	(void)state;
	house_open(&h, "");
	house_start(&h, CONFIG);
	house_run_to(&h, MS_PER_MIN);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		char sql[200];

		(void)snprintf(sql, sizeof(sql),
		    "insert into requests(at, verb, args) values(%lld, '%s', '%s')",
		    (long long)loop_wall(h.loop).ms, rows[i][0], rows[i][1]);
		change_database(&h, sql);
	}
	/* The writer finds them by itself, and looks again when there was more. */
	for (int i = 0; i < 3000 && strcmp(house_sql(&h, UNDONE), "0") != 0; i++)
		loop_turn(h.loop, 10);
	house_stop(&h);
	assert_string_equal(house_sql(&h, "select group_concat(code) from requests"),
	    "2,2,2,2,2,2,2,2,2,2,2,2,2,2,2");
	assert_string_equal(house_sql(&h, "select count(*) from silences"), "0");
	assert_string_equal(house_sql(&h, "select count(*) from pauses"), "0");
	house_close(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(nobody_acknowledges_and_it_escalates_once),
	    cmocka_unit_test(a_reminder_comes_although_dimwatch_was_restarted),
	    cmocka_unit_test(what_is_acknowledged_does_not),
	    cmocka_unit_test(a_relapse_ends_an_acknowledgement),
	    cmocka_unit_test(a_silence_outlives_a_restart_and_its_end_is_told),
	    cmocka_unit_test(a_paused_target_is_neither_asked_nor_judged),
	    cmocka_unit_test(nonsense_is_answered),
	};

	return cmocka_run_group_tests_name("orders", tests, NULL, NULL);
}
