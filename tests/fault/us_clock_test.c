/* SPDX-License-Identifier: MIT
 *
 * Our own time goes wrong: the loop stalls, the wall clock steps, the machine sleeps. The
 * clocks are those of the kernel plus what us_wrap adds; between two turns an idle house
 * lets a fifth of a second pass, so that minutes take seconds. No provider ever fails
 * here, so whatever is told would be invented.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/fault/us_house.h"

#define PASS_MS 150 /* below what counts as late */

static const char quick_config[] =
    "vantage: test\n"
    "defaults: {interval: 5s, budget: none, max_asks: none}\n"
    "store: {keep: {samples: 2d}}\n"
    "targets:\n"
    "  - {name: alpha, provider: deepseek, base_url: 'http://127.0.0.1:PORT/alpha/v1', "
    "key: '${KEY}'}\n"
    "  - {name: beta, provider: dashscope, base_url: 'http://127.0.0.1:PORT/beta/v1', "
    "key: '${KEY}'}\n"
    "channels:\n"
    "  - {name: hook, webhook: 'http://127.0.0.1:PORT/hook/x'}\n"
    "routes:\n"
    "  - {to: [hook]}\n";

struct day {
	struct us_house h;
	struct us_ledger ledger;
	char dir[64];
};

static int open_day(void **state)
{
	struct day *d = calloc(1, sizeof(*d));
	struct err e = {0};

	assert_non_null(d);
	(void)snprintf(d->dir, sizeof(d->dir), "%s/dimwatch-us.XXXXXX",
	    access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
	assert_non_null(mkdtemp(d->dir));
	d->h = (struct us_house){.dir = d->dir, .ledger = &d->ledger, .clock = LOOP_REAL};
	if (!us_open(&d->h, &e) || !us_start(&d->h, quick_config, &e))
		fail_msg("%s", e.msg);
	*state = d;
	return 0;
}

static int close_day(void **state)
{
	static const char *const names[] = {
	    "dimwatch.db", "dimwatch.db-wal", "dimwatch.db-shm", "dimwatch.db.lock"};
	struct day *d = *state;
	char path[200];

	us_close(&d->h);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		(void)snprintf(path, sizeof(path), "%s/%s", d->dir, names[i]);
		(void)unlink(path);
	}
	(void)rmdir(d->dir);
	free(d);
	return 0;
}

/* ---- time ---- */

static bool is_in_flight(struct us_house *h)
{
	struct pipeline_view v;

	pipeline_look(h->pipeline, &v);
	return v.schedule.in_flight > 0;
}

static bool is_held(struct us_house *h)
{
	return party_held(h->party) > 0;
}

/* Time passes between two turns when nobody is being answered. */
static void live(struct us_house *h, int64_t ms)
{
	for (int64_t passed = 0; passed < ms;) {
		(void)party_serve(h->party);
		loop_turn(h->loop, 1);
		if (is_in_flight(h))
			continue;
		us_pass_time(PASS_MS * US_PER_MS);
		passed += PASS_MS;
	}
}

/* Until alpha's request is at the provider's, who says nothing. */
static void live_until_held(struct us_house *h)
{
	party_set(h->party, "alpha", PARTY_SILENT);
	for (int i = 0; i < 100000 && !is_held(h); i++) {
		(void)party_serve(h->party);
		loop_turn(h->loop, 1);
		if (!is_in_flight(h))
			us_pass_time(PASS_MS * US_PER_MS);
	}
	assert_true(is_held(h));
}

static uint64_t samples_of(struct us_house *h)
{
	struct pipeline_view v;

	pipeline_look(h->pipeline, &v);
	return v.samples;
}

/* A machine that is busy makes late samples, and they are no evidence: a few more then.
 */
static void live_until_told(struct day *d, const char *type)
{
	for (int i = 0; i < 60 && us_told(&d->ledger, type) == 0; i++)
		live(&d->h, 30 * MS_PER_S);
	assert_int_equal(us_told(&d->ledger, type), 1);
}

/* ---- what must hold ---- */

static void expect(struct day *d, const char *sql, const char *wanted)
{
	const char *got = us_sql(&d->h, sql);

	if (strcmp(got, wanted) != 0)
		fail_msg("wanted %s, got %s: %s", wanted, got, sql);
}

/* Everything that was asked is there, and nobody heard of anything. */
static void nobody_was_blamed(struct day *d)
{
	char n[40];

	(void)snprintf(n, sizeof(n), "%llu", (unsigned long long)samples_of(&d->h));
	assert_true(us_stop(&d->h));
	expect(d, "select count(*) from samples", n);
	expect(d,
	    "select count(*) from samples_v where outcome not in ('ok', 'local') and "
	    "judged = 'counted'",
	    "0");
	expect(d, "PRAGMA quick_check", "ok");
	expect(d, "select count(*) from incidents", "0");
	assert_int_equal(d->ledger.messages.n, 0);
}

/* One turn in which the machine stands still for so long. */
static void sleep_for(struct us_house *h, int64_t ms)
{
	us_sleep(ms * US_PER_MS);
	(void)party_serve(h->party);
	loop_turn(h->loop, 5);
}

/* ---- the loop stalls ---- */

static void a_stall_of_2_s_in_mid_exchange_makes_a_late_sample_and_no_news(void **state)
{
	struct day *d = *state;

	live(&d->h, 20 * MS_PER_S);
	for (int i = 0; i < 6; i++) {
		live_until_held(&d->h);
		/* The answer comes at once; we look two seconds later. */
		party_set(d->h.party, "alpha", PARTY_GOOD);
		sleep_for(&d->h, 2000);
		live(&d->h, 2 * MS_PER_S);
	}
	nobody_was_blamed(d);
	expect(d,
	    "select count(*) >= 6 and min(judged = 'late') from samples_v where flags like "
	    "'%loop_late%'",
	    "1");
	expect(d, "select count(*) from gaps", "0");
	printf(
	    "# evidence stall: 6 x 2 s in mid-exchange, all samples late and excluded\n");
}

/* ---- suspend ---- */

static void suspend(struct day *d, enum party_mood afterwards)
{
	live_until_held(&d->h);
	party_set(d->h.party, "alpha", afterwards);
	sleep_for(&d->h, 8 * MS_PER_H);
	party_set(d->h.party, "alpha", PARTY_GOOD);
	live(&d->h, 2 * MS_PER_MIN);
}

static void suspend_in_mid_exchange_is_a_gap_and_the_exchange_is_local(void **state)
{
	struct day *d = *state;

	live(&d->h, 30 * MS_PER_S);
	suspend(d, PARTY_GOOD);
	suspend(d, PARTY_FAILS);
	suspend(d, PARTY_SILENT);
	nobody_was_blamed(d);
	expect(d, "select count(*) from samples_v where outcome = 'local'", "3");
	expect(d,
	    "select count(*) from samples_v where detail like '%did not run for 8%'",
	    "3");
	expect(d,
	    "select count(*) || ' ' || min(ended - began >= 28799000) || ' ' || "
	    "max(ended - began <= 28802000) from gaps",
	    "3 1 1");
	printf(
	    "# evidence suspend: 3 x 8 h in mid-exchange: local, gap noted, no news\n");
}

static void suspend_while_idle_is_a_gap_without_a_burst_of_asks(void **state)
{
	struct day *d = *state;
	uint64_t before;

	live(&d->h, 30 * MS_PER_S);
	while (is_in_flight(&d->h))
		live(&d->h, PASS_MS);
	before = samples_of(&d->h);
	sleep_for(&d->h, 8 * MS_PER_H);
	live(&d->h, MS_PER_S);
	/* Each target once, and perhaps its regular slot. */
	assert_in_range(samples_of(&d->h) - before, 2, 4);
	live(&d->h, MS_PER_MIN);
	assert_in_range(samples_of(&d->h) - before, 20, 30);
	nobody_was_blamed(d);
	expect(d, "select count(*) from gaps", "1");
}

static void an_outage_that_was_open_before_a_suspend_is_closed_once_after_it(void **state)
{
	struct day *d = *state;

	live(&d->h, 30 * MS_PER_S);
	party_set(d->h.party, "alpha", PARTY_FAILS);
	live_until_told(d, "incident.opened");
	sleep_for(&d->h, 8 * MS_PER_H);
	party_set(d->h.party, "alpha", PARTY_GOOD);
	live_until_told(d, "incident.resolved");
	assert_int_equal(d->ledger.messages.n, 2);
	assert_true(us_stop(&d->h));
	/* Eight hours of it nobody was there. */
	expect(d,
	    "select count(*) || ' ' || min(unknown_ms between 28790000 and 28810000) from "
	    "incidents",
	    "1 1");
}

/* ---- the wall clock steps ---- */

static void the_wall_clock_steps_an_hour_both_ways_and_nothing_happens(void **state)
{
	static const int64_t steps[] = {1, -1, -1, 1};
	struct day *d = *state;

	live(&d->h, 30 * MS_PER_S);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		live_until_held(&d->h); /* in mid-exchange … */
		us_step_wall(steps[i] * MS_PER_H * US_PER_MS);
		party_set(d->h.party, "alpha", PARTY_GOOD);
		live(&d->h, MS_PER_MIN);
		us_step_wall(-steps[i] * MS_PER_H * US_PER_MS); /* … and in between */
		live(&d->h, MS_PER_MIN);
	}
	/* Retention looks at them, too, and takes nothing. */
	nobody_was_blamed(d);
	expect(d, "select max(end_us) < 10000000 and min(end_us) >= 0 from samples", "1");
	expect(d,
	    "select count(*) from samples_v where flags like '%clock_jumped%' and judged "
	    "<> 'excluded' and judged <> 'late'",
	    "0");
	printf("# evidence clock: 8 steps of an hour, no sample lost, no news\n");
}

static void an_outage_keeps_a_sane_duration_when_the_clock_steps(struct day *d, int way)
{
	live(&d->h, 30 * MS_PER_S);
	party_set(d->h.party, "alpha", PARTY_FAILS);
	live_until_told(d, "incident.opened");
	us_step_wall(way * MS_PER_H * US_PER_MS);
	live(&d->h, MS_PER_MIN);
	party_set(d->h.party, "alpha", PARTY_GOOD);
	live_until_told(d, "incident.resolved");
	assert_int_equal(us_told(&d->ledger, "incident.opened"), 1);
	assert_int_equal(d->ledger.messages.n, 2);
	assert_true(us_stop(&d->h));
	expect(d,
	    "select count(*) || ' ' || min(ended >= started) || ' ' || max(ended - started "
	    "<= 3600000 + 3600000) from incidents",
	    "1 1 1");
	expect(d, "select count(*) from deliveries_v where state = 'sent'", "2");
}

static void an_outage_has_a_sane_duration_when_the_clock_steps_ahead(void **state)
{
	an_outage_keeps_a_sane_duration_when_the_clock_steps(*state, 1);
}

static void an_outage_has_a_sane_duration_when_the_clock_steps_back(void **state)
{
	an_outage_keeps_a_sane_duration_when_the_clock_steps(*state, -1);
}

static void a_delivery_that_waits_is_not_held_up_by_a_clock_that_steps_back(void **state)
{
	struct day *d = *state;

	live(&d->h, 30 * MS_PER_S);
	party_set(d->h.party, "hook", PARTY_FAILS);
	party_set(d->h.party, "alpha", PARTY_FAILS);
	for (int i = 0; i < 60 && d->ledger.messages.n == 0; i++)
		live(&d->h, 30 * MS_PER_S);
	assert_int_not_equal(d->ledger.messages.n, 0);
	assert_int_equal(us_told(&d->ledger, "incident.opened"), 0);
	us_step_wall(-MS_PER_H * US_PER_MS);
	party_set(d->h.party, "hook", PARTY_GOOD);
	live(&d->h, 8 * MS_PER_MIN); /* a minute's wait, then the longest pause */
	assert_int_equal(us_told(&d->ledger, "incident.opened"), 1);
}

#define DAY(test) cmocka_unit_test_setup_teardown(test, open_day, close_day)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    DAY(a_stall_of_2_s_in_mid_exchange_makes_a_late_sample_and_no_news),
	    DAY(suspend_in_mid_exchange_is_a_gap_and_the_exchange_is_local),
	    DAY(suspend_while_idle_is_a_gap_without_a_burst_of_asks),
	    DAY(an_outage_that_was_open_before_a_suspend_is_closed_once_after_it),
	    DAY(the_wall_clock_steps_an_hour_both_ways_and_nothing_happens),
	    DAY(an_outage_has_a_sane_duration_when_the_clock_steps_ahead),
	    DAY(an_outage_has_a_sane_duration_when_the_clock_steps_back),
	    DAY(a_delivery_that_waits_is_not_held_up_by_a_clock_that_steps_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
