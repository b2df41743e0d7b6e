/* SPDX-License-Identifier: MIT
 *
 * The clocks of the loop: jumps of our own, jumps of the machine, lag.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "tests/unit/base/loop_teller.h"

static void a_jump_lands_on_the_deadline(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct mono start = loop_mono(l);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	t.stops = l;
	loop_timer_at(&t.timer, mono_add_ms(start, 12 * MS_PER_H));
	loop_run(l);
	assert_true(mono_diff_us(t.fired, start) >= 12 * MS_PER_H * US_PER_MS);
	/* not early, and late only by what the machine took */
	assert_true(mono_diff_us(t.fired, start) < 12 * MS_PER_H * US_PER_MS + US_PER_S);
	assert_int_equal(loop_stats(l).skips, 1);
	assert_true(loop_stats(l).skipped_us > 11 * MS_PER_H * US_PER_MS);
	assert_int_equal(loop_stats(l).timers_fired, 1);
	loop_free(l);
}

static void a_day_of_minutes_keeps_its_durations(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct mono start = loop_mono(l);
	struct wall wall_start = loop_wall(l);
	struct teller t;

	(void)state;
	teller_init(&t, l, '.');
	t.left = 144;
	t.again_ms = 10 * MS_PER_MIN;
	loop_timer_in_ms(&t.timer, 0);
	while (t.left >= 0)
		loop_turn(l, 100);
	assert_in_range(mono_diff_us(loop_mono(l), start) / US_PER_S, 86400, 86410);
	assert_in_range(wall_diff_ms(loop_wall(l), wall_start) / 1000, 86400, 86410);
	loop_free(l);
}

static void a_ready_socket_comes_before_a_jump(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct teller t;
	struct event *ev;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	ev = event_new(loop_base(l), pipes[0], EV_READ | EV_PERSIST, tell_readable, NULL);
	event_add(ev, NULL);
	teller_init(&t, l, 'Z');
	t.stops = l;
	loop_timer_in_ms(&t.timer, MS_PER_H);
	assert_int_equal(write(pipes[1], "abc", 3), 3);
	loop_run(l);
	assert_string_equal(story, "abcZ");
	event_free(ev);
	close(pipes[0]);
	close(pipes[1]);
	loop_free(l);
}

static void on_plain_timer(evutil_socket_t fd, short what, void *arg)
{
	(void)fd;
	(void)what;
	(void)arg;
	tell('p');
}

static void a_plain_libevent_timer_is_served_beside_the_jumps(void **state)
{
	static const struct timeval soon = {0, 300}, later = {0, 30000};
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct event *ev = evtimer_new(loop_base(l), on_plain_timer, NULL);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'Z');
	t.stops = l;
	loop_timer_in_ms(&t.timer, MS_PER_H);
	evtimer_add(ev, &soon);
	loop_run(l);
	/* due within the millisecond: waited for */
	assert_string_equal(story, "pZ");
	loop_timer_in_ms(&t.timer, MS_PER_H);
	evtimer_add(ev, &later);
	loop_run(l);
	/* due much later: it blocks no jump, and fires in its own real time */
	assert_string_equal(story, "pZZ");
	t.stops = NULL;
	t.left = 100000;
	t.again_ms = MS_PER_MIN;
	loop_timer_in_ms(&t.timer, 0);
	story[0] = '\0';
	while (!strchr(story, 'p')) {
		if (strlen(story) > 200)
			story[0] = '\0';
		loop_turn(l, 100);
	}
	event_free(ev);
	loop_free(l);
}

static int vetoes;

static bool on_idle_check(void *arg)
{
	(void)arg;
	return --vetoes < 0;
}

static void an_idle_check_holds_the_clock(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct teller t;

	(void)state;
	loop_add_idle_check(l, on_idle_check, NULL);
	vetoes = 3;
	teller_init(&t, l, 'a');
	loop_timer_in_ms(&t.timer, MS_PER_H);
	for (int i = 0; i < 3; i++) {
		loop_turn(l, 100);
		assert_int_equal(loop_stats(l).skips, 0);
		assert_string_equal(story, "");
	}
	loop_turn(l, 100);
	assert_int_equal(loop_stats(l).skips, 1);
	assert_string_equal(story, "a");
	loop_free(l);
}

static void a_turn_shorter_than_a_millisecond_never_jumps(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	loop_timer_in_ms(&t.timer, MS_PER_H);
	for (int i = 0; i < 5; i++)
		loop_turn(l, 0);
	assert_int_equal(loop_stats(l).skips, 0);
	loop_free(l);
}

static void the_real_clock_never_jumps(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct mono start = loop_mono(l);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	t.stops = l;
	loop_timer_in_ms(&t.timer, 20);
	loop_run(l);
	assert_true(mono_diff_us(t.fired, start) >= 20 * US_PER_MS);
	assert_int_equal(loop_stats(l).skips, 0);
	assert_int_equal(loop_stats(l).skipped_us, 0);
	loop_free(l);
}

static void a_script_sets_its_calendar(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct teller t;

	(void)state;
	loop_set_wall(l, (struct wall){1000000});
	assert_in_range(loop_wall(l).ms, 1000000, 1000000 + 1000);
	teller_init(&t, l, 'a');
	t.stops = l;
	loop_timer_in_ms(&t.timer, MS_PER_H);
	loop_run(l);
	assert_in_range(loop_wall(l).ms, 1000000 + MS_PER_H, 1000000 + MS_PER_H + 1000);
	loop_free(l);
}

static void lag_is_how_late_a_timer_fired(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct mono mark;
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	mark = loop_mono(l);
	loop_timer_in_ms(&t.timer, 10);
	boot_offset_us += 500 * US_PER_MS; /* we were held up */
	loop_turn(l, 0);
	assert_string_equal(story, "a");
	assert_in_range(loop_worst_lag_us(l, mark), 480000, 10000000);
	assert_in_range(loop_stats(l).worst_lag_us, 480000, 10000000);
	/* a mark of a later second does not see it, nor does anyone after two minutes */
	assert_true(loop_worst_lag_us(l, mono_add_ms(loop_mono(l), 1000)) == 0);
	boot_offset_us += 121 * US_PER_S;
	assert_true(loop_worst_lag_us(l, mark) == 0);
	loop_free(l);
}

static void a_deadline_in_the_past_is_no_lag(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct mono mark = loop_mono(l);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	loop_timer_at(&t.timer, mono_add_ms(mark, -3600000));
	loop_turn(l, 0);
	assert_string_equal(story, "a");
	assert_true(loop_worst_lag_us(l, mark) < 60 * US_PER_S);
	loop_free(l);
}

static int64_t jumps[8];
static int n_jumps;

static void on_jump(void *arg, int64_t jump_ms)
{
	(void)arg;
	jumps[n_jumps++] = jump_ms;
}

static void a_jump_of_the_wall_clock_is_told_once(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);

	(void)state;
	n_jumps = 0;
	loop_on_clock_jump(l, on_jump, NULL);
	loop_turn(l, 0);
	wall_offset_us += MS_PER_H * US_PER_MS;
	loop_turn(l, 0);
	loop_turn(l, 0);
	assert_int_equal(n_jumps, 1);
	assert_in_range(jumps[0], MS_PER_H - 900, MS_PER_H + 900);
	wall_offset_us -= 2 * MS_PER_H * US_PER_MS;
	loop_turn(l, 0);
	loop_turn(l, 0);
	assert_int_equal(n_jumps, 2);
	assert_in_range(-jumps[1], 2 * MS_PER_H - 900, 2 * MS_PER_H + 900);
	loop_free(l);
}

static void sleep_and_small_steps_are_no_jump(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);

	(void)state;
	n_jumps = 0;
	loop_on_clock_jump(l, on_jump, NULL);
	loop_turn(l, 0);
	boot_offset_us += 8 * MS_PER_H * US_PER_MS; /* suspended: both clocks go on */
	wall_offset_us += 8 * MS_PER_H * US_PER_MS;
	loop_turn(l, 0);
	wall_offset_us += 400 * US_PER_MS;
	loop_turn(l, 0);
	assert_int_equal(n_jumps, 0);
	loop_free(l);
}

static void skipping_is_no_jump_of_the_clock(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct teller t;

	(void)state;
	n_jumps = 0;
	loop_on_clock_jump(l, on_jump, NULL);
	loop_set_wall(l, (struct wall){5});
	teller_init(&t, l, 'a');
	t.stops = l;
	loop_timer_in_ms(&t.timer, MS_PER_DAY);
	loop_run(l);
	assert_int_equal(n_jumps, 0);
	loop_free(l);
}

/* --- absence --- */

static int64_t absent_ms;

static void on_absence(void *arg, int64_t ms)
{
	(void)arg;
	tell('!');
	absent_ms = ms;
}

static void absence_is_told_before_any_overdue_timer(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct teller t;

	(void)state;
	loop_on_absence(l, on_absence, NULL);
	loop_turn(l, 0);
	teller_init(&t, l, 'a');
	loop_timer_in_ms(&t.timer, 30000);
	boot_offset_us += 8 * MS_PER_H * US_PER_MS;
	loop_turn(l, 0);
	loop_turn(l, 0);
	assert_string_equal(story, "!a");
	assert_in_range(absent_ms, 8 * MS_PER_H - 1000, 8 * MS_PER_H + 60000);
	assert_int_equal(loop_stats(l).absences, 1);
	loop_free(l);
}

static void a_stall_of_seconds_is_lag_and_no_absence(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct mono mark = loop_mono(l);

	(void)state;
	loop_on_absence(l, on_absence, NULL);
	loop_turn(l, 0);
	boot_offset_us += 2 * US_PER_S; /* between two turns: nobody waited */
	loop_turn(l, 0);
	assert_string_equal(story, "");
	assert_int_equal(loop_absent_ms(l, mark), 0);
	loop_free(l);
}

struct sleeper {
	struct loop *loop;
	struct mono since;
	int64_t lag_us, absent_ms, absent_since_now_ms;
};

/* The machine slept in the wait that ends with this callback. */
static void on_woken(evutil_socket_t fd, short what, void *arg)
{
	struct sleeper *s = arg;

	(void)what;
	tell_readable(fd, EV_READ, NULL);
	boot_offset_us += MS_PER_MIN * US_PER_MS;
	s->lag_us = loop_worst_lag_us(s->loop, s->since);
	s->absent_ms = loop_absent_ms(s->loop, s->since);
	s->absent_since_now_ms = loop_absent_ms(s->loop, loop_mono(s->loop));
}

static void a_socket_sees_the_lag_and_the_absence_of_its_own_turn(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct sleeper s = {.loop = l, .since = loop_mono(l)};
	struct event *ev;
	int pipes[2];

	(void)state;
	assert_int_equal(pipe(pipes), 0);
	loop_turn(l, 0);
	ev = event_new(loop_base(l), pipes[0], EV_READ, on_woken, &s);
	event_add(ev, NULL);
	assert_int_equal(write(pipes[1], "x", 1), 1);
	loop_on_absence(l, on_absence, NULL);
	loop_turn(l, 0);
	assert_string_equal(story, "x!");
	assert_true(s.lag_us >= 60 * US_PER_S);
	assert_true(s.absent_ms >= 60000);
	assert_int_equal(s.absent_since_now_ms, 0);
	assert_int_equal(loop_absent_ms(l, s.since), 0); /* the turn is over */
	event_free(ev);
	close(pipes[0]);
	close(pipes[1]);
	loop_free(l);
}

static void no_wait_is_long_while_somebody_measures(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct mono start = loop_mono(l);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	loop_timer_in_ms(&t.timer, MS_PER_H);
	loop_measure_begin(l);
	loop_turn(l, 5000);
	loop_measure_end(l);
	assert_string_equal(story, "");
	assert_true(mono_diff_us(loop_mono(l), start) < 4 * US_PER_S);
	loop_timer_cancel(&t.timer);
	loop_free(l);
}

static void a_jump_of_the_skipping_clock_is_neither_lag_nor_absence(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct mono mark = loop_mono(l);
	struct teller t;

	(void)state;
	loop_on_absence(l, on_absence, NULL);
	teller_init(&t, l, 'a');
	t.stops = l;
	loop_timer_in_ms(&t.timer, MS_PER_MIN);
	loop_run(l);
	assert_string_equal(story, "a");
	assert_true(loop_worst_lag_us(l, mark) < 30 * US_PER_S);
	loop_free(l);
}

#define CASE(fn) cmocka_unit_test_setup(fn, teller_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(a_jump_lands_on_the_deadline),
	    CASE(a_day_of_minutes_keeps_its_durations),
	    CASE(a_ready_socket_comes_before_a_jump),
	    CASE(a_plain_libevent_timer_is_served_beside_the_jumps),
	    CASE(an_idle_check_holds_the_clock),
	    CASE(a_turn_shorter_than_a_millisecond_never_jumps),
	    CASE(the_real_clock_never_jumps),
	    CASE(a_script_sets_its_calendar),
	    CASE(lag_is_how_late_a_timer_fired),
	    CASE(a_deadline_in_the_past_is_no_lag),
	    CASE(a_jump_of_the_wall_clock_is_told_once),
	    CASE(sleep_and_small_steps_are_no_jump),
	    CASE(skipping_is_no_jump_of_the_clock),
	    CASE(absence_is_told_before_any_overdue_timer),
	    CASE(a_stall_of_seconds_is_lag_and_no_absence),
	    CASE(a_socket_sees_the_lag_and_the_absence_of_its_own_turn),
	    CASE(no_wait_is_long_while_somebody_measures),
	    CASE(a_jump_of_the_skipping_clock_is_neither_lag_nor_absence),
	};

	return cmocka_run_group_tests_name("loop_clock", tests, NULL, NULL);
}
