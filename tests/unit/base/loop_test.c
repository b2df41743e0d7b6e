/* SPDX-License-Identifier: MIT
 *
 * The loop: order of timers, what callbacks may do, sockets, signals.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <event2/event.h>

#include "agent/base/xalloc.h"
#include "tests/unit/base/loop_teller.h"

static void timers_fire_in_order_of_deadline_then_of_arming(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct mono start = loop_mono(l);
	struct teller t[5];
	static const int64_t at_ms[5] = {5000, 1000, 3000, 1000, 2000};

	(void)state;
	for (int i = 0; i < 5; i++) {
		teller_init(&t[i], l, (char)('a' + i));
		loop_timer_at(&t[i].timer, mono_add_ms(start, at_ms[i]));
	}
	t[0].stops = l;
	loop_run(l);
	assert_string_equal(story, "bdeca");
	loop_free(l);
}

static void a_callback_may_cancel_another_due_timer(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct mono now = loop_mono(l);
	struct teller a, b;

	(void)state;
	teller_init(&a, l, 'a');
	teller_init(&b, l, 'b');
	a.other = &b;
	loop_timer_at(&a.timer, now);
	loop_timer_at(&b.timer, now);
	assert_true(loop_timer_armed(&b.timer));
	loop_turn(l, 0);
	assert_string_equal(story, "a");
	assert_false(loop_timer_armed(&a.timer));
	assert_false(loop_timer_armed(&b.timer));
	loop_timer_cancel(&b.timer);
	loop_free(l);
}

static void a_callback_may_free_its_own_timer(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct teller *t = xmalloc(sizeof(*t)), last;

	(void)state;
	teller_init(t, l, 'a');
	t->frees = true;
	loop_timer_in_ms(&t->timer, 10);
	teller_init(&last, l, 'z');
	last.stops = l;
	loop_timer_in_ms(&last.timer, 20);
	loop_run(l);
	assert_string_equal(story, "az");
	loop_free(l);
}

static void arming_again_moves_a_timer(void **state)
{
	struct loop *l = teller_loop(LOOP_SKIPPING);
	struct teller a, b;

	(void)state;
	teller_init(&a, l, 'a');
	teller_init(&b, l, 'b');
	loop_timer_in_ms(&a.timer, 1000);
	loop_timer_in_ms(&b.timer, 2000);
	loop_timer_in_ms(&a.timer, 3000);
	a.stops = l;
	loop_run(l);
	assert_string_equal(story, "ba");
	loop_free(l);
}

static void no_timer_fires_inside_the_call_that_arms_it(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	loop_timer_at(&t.timer, (struct mono){0});
	loop_timer_in_ms(&t.timer, -1000);
	assert_string_equal(story, "");
	loop_turn(l, 0);
	assert_string_equal(story, "a");
	loop_free(l);
}

static void what_a_callback_arms_fires_in_a_later_turn(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	t.left = 3;
	loop_timer_in_ms(&t.timer, 0);
	for (size_t turns = 1; turns <= 4; turns++) {
		uint64_t before = loop_stats(l).turns;

		while (strlen(story) < turns)
			loop_turn(l, 1);
		assert_int_equal(strlen(story), turns);
		assert_true(loop_stats(l).turns > before);
	}
	loop_free(l);
}

static void endless_timers_do_not_starve_a_socket(void **state)
{
	static const enum loop_clock kinds[] = {LOOP_REAL, LOOP_SKIPPING};

	for (int i = 0; i < 2; i++) {
		struct loop *l = teller_loop(kinds[i]);
		struct teller t;
		struct event *ev;
		int pipes[2];

		teller_reset(state);
		assert_int_equal(pipe(pipes), 0);
		ev = event_new(
		    loop_base(l), pipes[0], EV_READ | EV_PERSIST, tell_readable, NULL);
		event_add(ev, NULL);
		teller_init(&t, l, '.');
		t.left = 1000;
		loop_timer_in_ms(&t.timer, 0);
		assert_int_equal(write(pipes[1], "x", 1), 1);
		for (int turns = 0; turns < 10; turns++)
			loop_turn(l, 0);
		assert_non_null(strchr(story, 'x'));
		assert_true(strlen(story) >= 5);
		event_free(ev);
		close(pipes[0]);
		close(pipes[1]);
		loop_free(l);
	}
}

static void on_signal(void *arg, int signo)
{
	tell(signo == SIGUSR1 ? '1' : '2');
	loop_stop(arg);
}

static void signals_arrive_in_the_loop(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct err e = {0};

	(void)state;
	assert_true(loop_on_signal(l, SIGUSR1, on_signal, l, &e));
	assert_true(loop_on_signal(l, SIGUSR2, on_signal, l, &e));
	raise(SIGUSR1);
	assert_string_equal(story, "");
	loop_run(l);
	raise(SIGUSR2);
	loop_run(l);
	assert_string_equal(story, "12");
	assert_false(loop_on_signal(l, 12345, on_signal, l, &e));
	assert_int_equal(e.code, ERR_SYSTEM);
	loop_free(l);
}

static void stopping_leaves_due_timers_armed(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct mono now = loop_mono(l);
	struct teller a, b;

	(void)state;
	teller_init(&a, l, 'a');
	teller_init(&b, l, 'b');
	a.stops = b.stops = l;
	loop_timer_at(&a.timer, now);
	loop_timer_at(&b.timer, now);
	loop_run(l);
	assert_string_equal(story, "a");
	assert_true(loop_timer_armed(&b.timer));
	loop_run(l);
	assert_string_equal(story, "ab");
	loop_free(l);
}

static void freeing_the_loop_disarms_what_is_left(void **state)
{
	struct loop *l = teller_loop(LOOP_REAL);
	struct teller t;

	(void)state;
	teller_init(&t, l, 'a');
	loop_timer_in_ms(&t.timer, 1000);
	loop_free(l);
	assert_false(loop_timer_armed(&t.timer));
	loop_timer_cancel(&t.timer);
	loop_free(NULL);
}

#define CASE(fn) cmocka_unit_test_setup(fn, teller_reset)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    CASE(timers_fire_in_order_of_deadline_then_of_arming),
	    CASE(a_callback_may_cancel_another_due_timer),
	    CASE(a_callback_may_free_its_own_timer),
	    CASE(arming_again_moves_a_timer),
	    CASE(no_timer_fires_inside_the_call_that_arms_it),
	    CASE(what_a_callback_arms_fires_in_a_later_turn),
	    CASE(endless_timers_do_not_starve_a_socket),
	    CASE(signals_arrive_in_the_loop),
	    CASE(stopping_leaves_due_timers_armed),
	    CASE(freeing_the_loop_disarms_what_is_left),
	};

	return cmocka_run_group_tests_name("loop", tests, NULL, NULL);
}
