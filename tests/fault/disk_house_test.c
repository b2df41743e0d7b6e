/* SPDX-License-Identifier: MIT
 *
 * A bad disk under the whole pipeline: real client, judge, outbox and writer on a file
 * system that is slow, silent or full. Probing keeps its pace, the loop is not held up,
 * what the disk delays is told later, and after ten seconds of it the alarm is spoken
 * from memory and written with the same key when the disk is back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <sqlite3.h>

#include "agent/pipeline_impl.h"
#include "tests/fault/vfs_fault.h"
#include "tests/integration/agent/house.h"

#define TARGETS(pace)                                                                                           \
	"defaults: {interval: " pace ", budget: none, max_asks: none}\n"                                        \
	"targets:\n"                                                                                            \
	"  - {name: alpha, provider: deepseek, base_url: 'http://127.0.0.1:%d/deepseek/v1', key: '${KEY}'}\n"   \
	"  - {name: beta, provider: moonshot-cn, base_url: 'http://127.0.0.1:%d/moonshot/v1', key: '${KEY}'}\n" \
	"  - {name: gamma, provider: dashscope, base_url: 'http://127.0.0.1:%d/dashscope/v1', key: '${KEY}'}\n" \
	"channels:\n"                                                                                           \
	"  - {name: hook, webhook: 'http://127.0.0.1:%d/hook/one'}\n"                                           \
	"routes:\n"                                                                                             \
	"  - to: [hook]\n"

/* The longest time without a sample of a target that is well. */
#define LONGEST_PAUSE_MS                                                                 \
	"select max(pause) from (select at_ms - lag(at_ms) over (order by at_ms) as"     \
	" pause from samples_v where target = 'beta')"
#define WORST_LAG_US "select max(lag_us) from samples"
#define MOST_LAG_US  2500000 /* a loop that waits for a disk of 5 s would be later */
#define MANY_SAMPLES 25000
#define DEADLINE_MS  (5 * MS_PER_MIN)

/* The pipeline's writer has the usual patience unless a test is in a hurry. */
static const struct writer_patience hasty = {250, 100, 1000, 3600000};
static const struct writer_patience *patience;

struct writer *__wrap_writer_start(struct store *s, struct loop *l,
    const struct writer_handler *on, void *arg, struct err *e);
struct writer *__wrap_writer_start(struct store *s, struct loop *l,
    const struct writer_handler *on, void *arg, struct err *e)
{
	return writer_start_with(patience, s, l, on, arg, e);
}

static int64_t clock_ms(const struct house *h)
{
	return mono_diff_us(loop_mono(h->loop), h->start) / US_PER_MS;
}

/* Turns the loop until `what` is true; a bound, so that a hang is a failure. */
#define RUN_UNTIL(h, what)                                                               \
	do {                                                                             \
		int64_t until_ = clock_ms(h) + DEADLINE_MS;                              \
		while (!(what) && clock_ms(h) < until_)                                  \
			loop_turn((h)->loop, 5);                                         \
		assert_true(what);                                                       \
	} while (0)

static int64_t ask_number(struct house *h, const char *sql)
{
	return strtoll(house_sql(h, sql), NULL, 10);
}

/* Asks past our file system, which may refuse even to open. */
static void nothing_is_on_disk(struct house *h)
{
	sqlite3 *d = NULL;
	sqlite3_stmt *st = NULL;

	assert_int_equal(
	    sqlite3_open_v2(h->database, &d, SQLITE_OPEN_READONLY, "unix"), SQLITE_OK);
	assert_int_equal(sqlite3_prepare_v2(d,
			     "select (select count(*) from incidents) +"
			     " (select count(*) from deliveries)",
			     -1, &st, NULL),
	    SQLITE_OK);
	assert_int_equal(sqlite3_step(st), SQLITE_ROW);
	assert_int_equal(sqlite3_column_int64(st, 0), 0);
	(void)sqlite3_finalize(st);
	(void)sqlite3_close(d);
}

/* Everything that was told is on disk as sent, and each of it was told once. */
static void what_was_told_is_on_disk(struct house *h)
{
	char sql[200];

	for (size_t i = 0; i < h->n_got; i++) {
		const char *id = h->got[i].id;

		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(id, h->got[k].id);
		assert_int_equal(strncmp(id, "msg_", 4), 0);
		(void)snprintf(sql, sizeof(sql),
		    "select count(*) from deliveries_v where id = '%s' and state = 'sent'",
		    id + 4);
		assert_string_equal(house_sql(h, sql), "1");
	}
	assert_string_equal(
	    house_sql(h, "select count(*) from deliveries_v where state <> 'sent'"), "0");
	assert_string_equal(house_sql(h, "pragma quick_check"), "ok");
}

/* ---- slow ---- */

static void a_sync_of_30_ms_changes_neither_pace_nor_alarm(void **state)
{
	struct house h;
	const struct house_message *m = NULL;
	int64_t syncs = vfs_fault_syncs(), pause = 0, after_ms = 0;

	(void)state;
	house_open(&h, "at 2m deepseek: http 500\nat 6m deepseek: ok\n");
	vfs_fault_slow(30 * US_PER_MS);
	house_start(&h, TARGETS("30s"));
	house_run_to(&h, 12 * MS_PER_MIN);
	house_stop(&h);
	vfs_fault_slow(0);
	syncs = vfs_fault_syncs() - syncs;
	assert_true(syncs > 20);
	m = house_find(&h, "one", "incident.opened");
	assert_non_null(m);
	after_ms = mono_diff_us(m->at, h.start) / US_PER_MS - 2 * MS_PER_MIN;
	assert_in_range(after_ms, 0, 90 * MS_PER_S);
	assert_int_equal(house_count(&h, "one", "incident.opened"), 1);
	assert_int_equal(house_count(&h, "one", "incident.resolved"), 1);
	pause = ask_number(&h, LONGEST_PAUSE_MS);
	assert_in_range(pause, 1, 45 * MS_PER_S);
	what_was_told_is_on_disk(&h);
	print_message(
	    "# evidence disk, 30 ms a sync: %lld syncs, longest pause of a jittered"
	    " pace of 30 s %lld ms, worst loop lag %lld us, told after %lld ms\n",
	    (long long)syncs, (long long)pause, (long long)ask_number(&h, WORST_LAG_US),
	    (long long)after_ms);
	house_close(&h);
}

static void a_sync_of_5_s_delays_the_alarm_and_nothing_else(void **state)
{
	struct house h;
	const struct house_message *m = NULL;
	int64_t pause = 0, lag = 0, samples = 0, syncs = 0;

	(void)state;
	house_open(&h, "at 6s deepseek: http 500\n");
	house_start(&h, TARGETS("1s"));
	house_run_to(&h, 8 * MS_PER_S);
	syncs = vfs_fault_syncs();
	vfs_fault_slow(5 * US_PER_S);
	RUN_UNTIL(&h, house_count(&h, "one", "incident.opened") == 1);
	m = house_find(&h, "one", "incident.opened");
	syncs = vfs_fault_syncs() - syncs;
	assert_true(syncs >= 1);
	vfs_fault_slow(0);
	house_run_to(&h, clock_ms(&h) + 2 * MS_PER_S);
	house_stop(&h);
	assert_int_equal(h.n_got, 1); /* that the disk is slow is no news */
	samples = ask_number(&h, "select count(*) from samples_v where target = 'beta'");
	pause = ask_number(&h, LONGEST_PAUSE_MS);
	lag = ask_number(&h, WORST_LAG_US);
	assert_in_range(pause, 1, 4 * MS_PER_S);
	assert_in_range(lag, 0, MOST_LAG_US);
	what_was_told_is_on_disk(&h);
	print_message(
	    "# evidence disk, 5 s a sync: told %lld ms after the outage began,"
	    " %lld syncs, %lld samples at 1 s, longest pause %lld ms, worst loop"
	    " lag %lld us\n",
	    (long long)(mono_diff_us(m->at, h.start) / US_PER_MS - 6 * MS_PER_S),
	    (long long)syncs, (long long)samples, (long long)pause, (long long)lag);
	house_close(&h);
}

/* ---- silent, full, failing ---- */

struct illness {
	const char *name;
	void (*begin)(void);
	void (*end)(void);
	const char *words; /* the incident says so */
	const struct writer_patience *patience;
};

static void be_full(void)
{
	vfs_fault_arm(FAULT_FULL, 1, INT64_MAX / 2);
}

static void be_broken(void)
{
	vfs_fault_arm(FAULT_SHORT, 1, INT64_MAX / 2);
}

static void be_well(void)
{
	vfs_fault_arm(FAULT_IO, 0, 0);
}

/* alpha goes down while nothing can be written. */
static void fall_ill_and_recover(const struct illness *ill)
{
	struct house h;
	int64_t pause = 0, lag = 0, began = 0, told = 0;

	patience = ill->patience;
	house_open(&h, "at 6s deepseek: http 500\nat 3m deepseek: ok\n");
	house_start(&h, TARGETS("1s"));
	house_run_to(&h, 7 * MS_PER_S); /* too soon to decide anything */
	began = clock_ms(&h);
	ill->begin();
	RUN_UNTIL(&h, house_count(&h, "one", "incident.opened") == 2);
	told = clock_ms(&h) - began;
	nothing_is_on_disk(&h);
	house_run_to(&h, clock_ms(&h) + 3 * MS_PER_S);
	assert_int_equal(h.n_got, 2); /* the outage and our own trouble, once each */
	ill->end();
	RUN_UNTIL(&h, house_count(&h, "one", "incident.resolved") == 1);
	assert_string_equal(
	    house_sql(&h, "select subject || ' ' || state from incidents_v where class ="
			  " 'outage'"),
	    "alpha open");
	assert_non_null(strstr(house_sql(&h, "select words from incident_causes where"
					     " detector = 'self'"),
	    ill->words));
	RUN_UNTIL(&h, house_count(&h, "one", "incident.resolved") == 2);
	house_run_to(&h, clock_ms(&h) + 2 * MS_PER_S); /* its answer is heard */
	assert_int_equal(h.n_got, 4);
	house_stop(&h);
	pause = ask_number(&h, LONGEST_PAUSE_MS);
	lag = ask_number(&h, WORST_LAG_US);
	assert_in_range(pause, 1, 4 * MS_PER_S);
	assert_in_range(lag, 0, MOST_LAG_US);
	assert_string_equal(
	    house_sql(&h, "select count(*) from incidents_v where state = 'open'"), "0");
	what_was_told_is_on_disk(&h);
	print_message("# evidence disk, %s: outage and trouble spoken from memory %lld ms"
		      " after it began, written later under the same keys, told once;"
		      " longest pause of a pace of 1 s %lld ms, worst loop lag %lld us\n",
	    ill->name, (long long)told, (long long)pause, (long long)lag);
	house_close(&h);
	patience = &writer_usual;
}

static void a_disk_that_does_not_answer_is_told_after_ten_seconds(void **state)
{
	static const struct illness ill = {"a sync that does not return", vfs_fault_hold,
	    vfs_fault_release, "has not answered", &writer_usual};

	(void)state;
	fall_ill_and_recover(&ill);
}

static void a_full_disk_is_told_and_written_to_when_it_is_emptied(void **state)
{
	static const struct illness ill = {
	    "full for a while", be_full, be_well, "full", &hasty};

	(void)state;
	fall_ill_and_recover(&ill);
}

static void a_disk_of_short_writes_is_told_and_written_to_when_it_is_mended(void **state)
{
	static const struct illness ill = {
	    "EIO for a while", be_broken, be_well, "I/O", &hasty};

	(void)state;
	fall_ill_and_recover(&ill);
}

/* ---- too much to remember ---- */

static void post_many(struct house *h)
{
	struct sample s;

	for (int i = 0; i < MANY_SAMPLES; i++) {
		struct txn *t = txn_new();

		sample_init(&s, 9, (struct wall){loop_wall(h->loop).ms + i});
		s.end_us = 1000;
		txn_sample(t, &s, JUDGED_COUNTED);
		(void)writer_post(h->pipeline->writer, t, loop_wall(h->loop));
	}
}

static void what_does_not_fit_into_memory_is_dropped_counted_and_shown(void **state)
{
	struct house h;
	struct pipeline_view v;
	char words[200];
	int64_t posted = 0;

	(void)state;
	patience = &hasty;
	house_open(&h, "");
	house_start(&h, TARGETS("1s"));
	house_run_to(&h, 5 * MS_PER_S);
	be_full();
	RUN_UNTIL(&h, house_count(&h, "one", "incident.opened") == 1);
	pipeline_look(h.pipeline, &v);
	assert_true(v.disk_fails);
	assert_int_equal(v.writer.dropped_samples, 0);
	post_many(&h);
	pipeline_look(h.pipeline, &v);
	assert_true(v.writer.dropped_samples >= MANY_SAMPLES - WRITER_MAX_SAMPLES);
	assert_true(v.writer.queued_bytes <= WRITER_MAX_BYTES);
	be_well();
	RUN_UNTIL(&h, house_count(&h, "one", "incident.resolved") == 1);
	pipeline_look(h.pipeline, &v);
	assert_false(v.disk_fails);
	assert_int_equal(h.n_got, 2);
	house_stop(&h);
	/* The incident's words keep the number. */
	(void)snprintf(words, sizeof(words), "%llu samples and 0 changes",
	    (unsigned long long)v.writer.dropped_samples);
	assert_non_null(
	    strstr(house_sql(&h, "select words from incident_causes"), words));
	posted = ask_number(&h, "select count(*) from samples where series = 9");
	assert_true(posted <= MANY_SAMPLES);
	assert_true(posted + (int64_t)v.writer.dropped_samples >= MANY_SAMPLES);
	print_message(
	    "# evidence disk, more than fits: %d samples posted to a full disk,"
	    " %llu dropped and counted in the incident's words, the rest written\n",
	    MANY_SAMPLES, (unsigned long long)v.writer.dropped_samples);
	house_close(&h);
	patience = &writer_usual;
}

static int install(void **state)
{
	(void)state;
	patience = &writer_usual;
	vfs_fault_install();
	return 0;
}

/* The short form leaves out what differs from its neighbour in the words only, and where
 * the sanitizers look, what is only slow. */
static bool is_long(void)
{
	const char *is = getenv("DIMWATCH_TESTS_LONG");

	return is && *is;
}

int main(void)
{
	const struct CMUnitTest fast[] = {
	    cmocka_unit_test(a_sync_of_30_ms_changes_neither_pace_nor_alarm),
#ifndef __SANITIZE_ADDRESS__
	    cmocka_unit_test(a_sync_of_5_s_delays_the_alarm_and_nothing_else),
#endif
	    cmocka_unit_test(a_disk_that_does_not_answer_is_told_after_ten_seconds),
	    cmocka_unit_test(a_full_disk_is_told_and_written_to_when_it_is_emptied),
	    cmocka_unit_test(what_does_not_fit_into_memory_is_dropped_counted_and_shown),
	};
	const struct CMUnitTest all[] = {
	    cmocka_unit_test(a_sync_of_30_ms_changes_neither_pace_nor_alarm),
	    cmocka_unit_test(a_sync_of_5_s_delays_the_alarm_and_nothing_else),
	    cmocka_unit_test(a_disk_that_does_not_answer_is_told_after_ten_seconds),
	    cmocka_unit_test(a_full_disk_is_told_and_written_to_when_it_is_emptied),
	    cmocka_unit_test(
		a_disk_of_short_writes_is_told_and_written_to_when_it_is_mended),
	    cmocka_unit_test(what_does_not_fit_into_memory_is_dropped_counted_and_shown),
	};

	return is_long() ? cmocka_run_group_tests(all, install, NULL)
			 : cmocka_run_group_tests(fast, install, NULL);
}
