/* SPDX-License-Identifier: MIT
 *
 * The event loop: one libevent base, one clock, one heap of deadlines, a lag meter.
 * Stands in base because whoever owns a socket (probes/http, agent/sim) needs its
 * deadlines on the same heap. In skip mode (`demo`, tests) the clock is real time plus
 * skipped time: when no socket was ready for a millisecond and every idle check agrees,
 * it jumps to the next deadline, so a day plays in a minute with durations unscaled.
 *
 * Rules: a timer callback runs from the loop, never from inside the call that armed it.
 * Timers may be armed, cancelled and freed from any callback, their own included.
 */
#ifndef DIMWATCH_BASE_LOOP_H
#define DIMWATCH_BASE_LOOP_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/err.h"
#include "agent/base/heap.h"
#include "agent/base/tick.h"

struct event_base;
struct loop; /* opaque */

enum loop_clock { LOOP_REAL, LOOP_SKIPPING };

struct loop *loop_new(enum loop_clock kind, struct err *e) MUST_CHECK;
/* Timers still armed are disarmed; cancel those whose memory goes before the loop does.
 */
void loop_free(struct loop *l);
struct event_base *loop_base(struct loop *l);

/* Clocks, read anew at every call (skipped time included). */
struct mono loop_mono(struct loop *l);
struct wall loop_wall(struct loop *l);
/* Skip mode: sets what loop_wall says now (a script's calendar). */
void loop_set_wall(struct loop *l, struct wall t);

typedef void (*loop_timer_fn)(void *arg, struct mono now);

/* Embedded in its owner; zeroed = idle. fn and arg are set by loop_timer_init. */
struct loop_timer {
	struct heap_item item;
	struct loop *loop; /* borrowed */
	loop_timer_fn fn;
	void *arg;
};

void loop_timer_init(struct loop_timer *t, struct loop *l, loop_timer_fn fn, void *arg);
/* (Re)arms for a deadline; one in the past fires in the next turn. Fires once. */
void loop_timer_at(struct loop_timer *t, struct mono deadline);
void loop_timer_in_ms(struct loop_timer *t, int64_t ms);
void loop_timer_cancel(struct loop_timer *t); /* idle is fine */
bool loop_timer_armed(const struct loop_timer *t);

/* Called before each jump of the skipping clock; false vetoes it (e.g. the writer is
 * busy). At most 8 checks. */
typedef bool (*loop_idle_fn)(void *arg);
void loop_add_idle_check(struct loop *l, loop_idle_fn fn, void *arg);
void loop_remove_idle_check(struct loop *l, loop_idle_fn fn, void *arg);

/* Runs until loop_stop. Wakes at least every 5 s. */
void loop_run(struct loop *l);
void loop_stop(struct loop *l);
/* Runs one turn: waits at most max_ms (real) for something to do. For tests. */
void loop_turn(struct loop *l, int64_t max_ms);

typedef void (*loop_signal_fn)(void *arg, int signo);
bool loop_on_signal(
    struct loop *l, int signo, loop_signal_fn fn, void *arg, struct err *e) MUST_CHECK;

/* Lag: how late timers fire, how much longer a turn took than it meant to wait, and how
 * long it kept the processor, i.e. how busy (or stopped) we ourselves were. Worst since
 * mark (a mono taken earlier, whole seconds), over a sliding record of the last 120 s,
 * microseconds; what the present turn is late by now counts. */
int64_t loop_worst_lag_us(const struct loop *l, struct mono since);
/* While somebody measures, the loop wakes at least every 250 ms (real clock), so that a
 * stall cannot hide in a long wait. Begin and end are counted. */
void loop_measure_begin(struct loop *l);
void loop_measure_end(struct loop *l);

/* Absence: the process did not run for ten seconds or more (suspended, stopped, its
 * machine paused): what is overdue then is no news. The callback runs once per absence,
 * after the sockets of that turn and before any overdue timer. */
typedef void (*loop_absence_fn)(void *arg, int64_t ms);
void loop_on_absence(struct loop *l, loop_absence_fn fn, void *arg);
/* For the callbacks of sockets in that same turn: how long we were absent after `since`;
 * 0: we were not. */
int64_t loop_absent_ms(const struct loop *l, struct mono since);
/* Wall clock against monotonic clock: the jump (ms, signed) seen in this turn, 0 if none
 * above 1 s. The callback runs once per jump. */
typedef void (*loop_jump_fn)(void *arg, int64_t jump_ms);
void loop_on_clock_jump(struct loop *l, loop_jump_fn fn, void *arg);

struct loop_stats {
	uint64_t turns, timers_fired, skips, absences;
	int64_t worst_lag_us, skipped_us;
};
struct loop_stats loop_stats(const struct loop *l);

#endif
