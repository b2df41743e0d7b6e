/* SPDX-License-Identifier: MIT
 *
 * The loop: our heap of deadlines drives one libevent timer, libevent drives sockets and
 * signals. A turn is: wait, (in skip mode: jump), fire the batch of due timers, look at
 * the clocks. What a callback arms falls into a later turn, so sockets never starve.
 */
#include "agent/base/loop.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <event2/event.h>

#include "agent/base/lag.h"
#include "agent/base/xalloc.h"

#define WAIT_MAX_US     (5 * US_PER_S)
#define IDLE_US         US_PER_MS         /* silence of all sockets before a jump */
#define MEASURE_US      (250 * US_PER_MS) /* longest wait while somebody measures */
#define ABSENT_US       (10 * US_PER_S)
#define JUMP_MIN_MS     1000
#define IDLE_CHECKS_MAX 8
#define SIGNALS_MAX     16

struct signal_hook {
	struct event *ev; /* owned */
	loop_signal_fn fn;
	void *arg;
};

struct idle_check {
	loop_idle_fn fn;
	void *arg;
};

struct loop {
	struct event_base *base; /* owned */
	struct event *wake;      /* owned; the one timer */
	bool woken;              /* wake fired in this turn */
	struct heap timers;
	bool firing;
	struct mono fired_up_to; /* while firing: what is armed now is due after this */
	bool stopped;

	enum loop_clock kind;
	int64_t skipped_us;
	/* Skip mode: the calendar runs with our own monotonic clock from this pair. */
	struct mono calendar_mono;
	struct wall calendar_wall;

	struct mono seen_mono; /* at the end of the last turn, for jumps of the clock */
	struct wall seen_wall;
	struct mono turn_due; /* the present turn's wait was meant to end by then */
	struct mono back_due; /* the same, counted from the end of the last turn */
	bool in_turn;
	int measuring;
	loop_absence_fn on_absence;
	void *on_absence_arg;
	loop_jump_fn on_jump;
	void *on_jump_arg;

	struct lag lag;
	struct loop_stats stats;
	struct idle_check idle_checks[IDLE_CHECKS_MAX];
	size_t n_idle_checks;
	struct signal_hook signals[SIGNALS_MAX];
	size_t n_signals;
};

static int64_t clock_us(clockid_t id)
{
	struct timespec ts;

	if (clock_gettime(id, &ts) != 0)
		abort();
	return (int64_t)ts.tv_sec * US_PER_S + ts.tv_nsec / 1000;
}

static struct mono read_mono(const struct loop *l)
{
	return (struct mono){clock_us(CLOCK_BOOTTIME) + l->skipped_us};
}

struct mono loop_mono(struct loop *l)
{
	return read_mono(l);
}

struct wall loop_wall(struct loop *l)
{
	int64_t us;

	if (l->kind == LOOP_REAL)
		return (struct wall){clock_us(CLOCK_REALTIME) / US_PER_MS};
	us = mono_diff_us(read_mono(l), l->calendar_mono);
	return wall_add_ms(l->calendar_wall, us / US_PER_MS);
}

void loop_set_wall(struct loop *l, struct wall t)
{
	assert(l->kind == LOOP_SKIPPING);
	l->calendar_mono = read_mono(l);
	l->calendar_wall = t;
	/* A script that turns its calendar is no jump of the clock. */
	l->seen_mono = l->calendar_mono;
	l->seen_wall = t;
}

static void on_wake(evutil_socket_t fd, short what, void *arg)
{
	struct loop *l = arg;

	(void)fd;
	(void)what;
	l->woken = true;
}

static struct event_base *make_base(void)
{
	struct event_config *cfg = event_config_new();
	struct event_base *base = NULL;

	if (!cfg)
		return NULL;
	/* The default timer is 1 ms late on average and 5 ms at worst. */
	if (event_config_set_flag(cfg, EVENT_BASE_FLAG_PRECISE_TIMER) == 0)
		base = event_base_new_with_config(cfg);
	event_config_free(cfg);
	return base;
}

struct loop *loop_new(enum loop_clock kind, struct err *e)
{
	struct loop *l = xcalloc(1, sizeof(*l));

	l->kind = kind;
	heap_init(&l->timers);
	l->base = make_base();
	if (l->base)
		l->wake = evtimer_new(l->base, on_wake, l);
	if (!l->wake) {
		err_set(e, ERR_SYSTEM, "cannot make an event loop: %s", strerror(errno));
		loop_free(l);
		return NULL;
	}
	l->calendar_mono = read_mono(l);
	l->calendar_wall = (struct wall){clock_us(CLOCK_REALTIME) / US_PER_MS};
	l->seen_mono = l->calendar_mono;
	l->seen_wall = loop_wall(l);
	return l;
}

void loop_free(struct loop *l)
{
	if (!l)
		return;
	for (size_t i = 0; i < l->n_signals; i++)
		event_free(l->signals[i].ev);
	if (l->wake)
		event_free(l->wake);
	if (l->base)
		event_base_free(l->base);
	heap_fini(&l->timers);
	free(l);
}

struct event_base *loop_base(struct loop *l)
{
	return l->base;
}

void loop_timer_init(struct loop_timer *t, struct loop *l, loop_timer_fn fn, void *arg)
{
	*t = (struct loop_timer){.loop = l, .fn = fn, .arg = arg};
}

void loop_timer_at(struct loop_timer *t, struct mono deadline)
{
	struct loop *l = t->loop;
	struct mono now = read_mono(l);

	/* A deadline in the past is due now: its age is not our lateness. */
	if (deadline.us < now.us)
		deadline = now;
	if (l->firing && deadline.us <= l->fired_up_to.us)
		deadline = mono_add_us(l->fired_up_to, 1);
	heap_set(&l->timers, &t->item, deadline.us);
}

void loop_timer_in_ms(struct loop_timer *t, int64_t ms)
{
	loop_timer_at(t, mono_add_ms(read_mono(t->loop), ms));
}

void loop_timer_cancel(struct loop_timer *t)
{
	if (heap_has(&t->item))
		heap_remove(&t->loop->timers, &t->item);
}

bool loop_timer_armed(const struct loop_timer *t)
{
	return heap_has(&t->item);
}

void loop_add_idle_check(struct loop *l, loop_idle_fn fn, void *arg)
{
	assert(l->n_idle_checks < IDLE_CHECKS_MAX);
	l->idle_checks[l->n_idle_checks++] = (struct idle_check){fn, arg};
}

void loop_remove_idle_check(struct loop *l, loop_idle_fn fn, void *arg)
{
	size_t kept = 0;

	for (size_t i = 0; i < l->n_idle_checks; i++) {
		if (l->idle_checks[i].fn != fn || l->idle_checks[i].arg != arg)
			l->idle_checks[kept++] = l->idle_checks[i];
	}
	l->n_idle_checks = kept;
}

int64_t loop_worst_lag_us(const struct loop *l, struct mono since)
{
	struct mono now = read_mono(l);
	int64_t worst = lag_worst_us(&l->lag, since, now);
	int64_t late = l->in_turn ? mono_diff_us(now, l->turn_due) : 0;

	return late > worst ? late : worst;
}

void loop_measure_begin(struct loop *l)
{
	l->measuring++;
}

void loop_measure_end(struct loop *l)
{
	assert(l->measuring > 0);
	l->measuring--;
}

void loop_on_absence(struct loop *l, loop_absence_fn fn, void *arg)
{
	l->on_absence = fn;
	l->on_absence_arg = arg;
}

int64_t loop_absent_ms(const struct loop *l, struct mono since)
{
	int64_t late = read_mono(l).us - l->back_due.us;

	if (!l->in_turn || late < ABSENT_US || since.us > l->seen_mono.us)
		return 0;
	return late / US_PER_MS;
}

/* Before overdue timers fire: what they would conclude is not what happened. */
static void look_for_absence(struct loop *l)
{
	int64_t ms = loop_absent_ms(l, l->seen_mono);

	l->stats.absences += ms > 0;
	if (ms > 0 && l->on_absence)
		l->on_absence(l->on_absence_arg, ms);
}

static void fire_due(struct loop *l)
{
	const struct heap_item *top;

	l->fired_up_to = read_mono(l);
	l->firing = true;
	while (!l->stopped && (top = heap_top(&l->timers)) &&
	       top->key <= l->fired_up_to.us) {
		struct heap_item *it = heap_pop(&l->timers);
		const struct loop_timer *t = CONTAINER_OF(it, struct loop_timer, item);
		struct mono now = read_mono(l);

		lag_note(&l->lag, now, now.us - it->key);
		l->stats.timers_fired++;
		/* The callback may free its owner: nothing of t is touched afterwards. */
		t->fn(t->arg, now);
	}
	l->firing = false;
}

/* Real microseconds until the next deadline, within [0, most]. */
static int64_t time_to_wait(const struct loop *l, int64_t most)
{
	const struct heap_item *top = heap_top(&l->timers);
	int64_t us = top ? top->key - read_mono(l).us : WAIT_MAX_US;

	if (us > WAIT_MAX_US)
		us = WAIT_MAX_US;
	if (us > most)
		us = most;
	return us > 0 ? us : 0;
}

/* Lets libevent work once, for at most us microseconds. True when anything but our own
 * timer had something to do. */
static bool serve_events(struct loop *l, int64_t us)
{
	struct timeval tv = {.tv_sec = us / US_PER_S, .tv_usec = us % US_PER_S};
	int active;

	l->woken = false;
	event_base_get_max_events(l->base, EVENT_BASE_COUNT_ACTIVE, 1);
	if (us > 0 && evtimer_add(l->wake, &tv) != 0)
		us = 0; /* without the timer the wait could last for ever */
	event_base_loop(l->base, us > 0 ? EVLOOP_ONCE : EVLOOP_ONCE | EVLOOP_NONBLOCK);
	evtimer_del(l->wake);
	active = event_base_get_max_events(l->base, EVENT_BASE_COUNT_ACTIVE, 1);
	return active > (l->woken ? 1 : 0);
}

static bool everyone_is_idle(const struct loop *l)
{
	for (size_t i = 0; i < l->n_idle_checks; i++) {
		if (!l->idle_checks[i].fn(l->idle_checks[i].arg))
			return false;
	}
	return true;
}

static void jump_to_next_deadline(struct loop *l)
{
	const struct heap_item *top = heap_top(&l->timers);
	int64_t distance = top ? top->key - read_mono(l).us : 0;

	if (distance <= 0)
		return;
	l->skipped_us += distance;
	l->turn_due.us += distance; /* nobody was late */
	l->back_due.us += distance;
	l->stats.skipped_us = l->skipped_us;
	l->stats.skips++;
}

static void look_at_clocks(struct loop *l)
{
	struct mono mono = read_mono(l);
	struct wall wall = loop_wall(l);
	int64_t jump_ms = wall_diff_ms(wall, l->seen_wall) -
			  mono_diff_us(mono, l->seen_mono) / US_PER_MS;

	l->seen_mono = mono;
	l->seen_wall = wall;
	if (l->on_jump && (jump_ms > JUMP_MIN_MS || jump_ms < -JUMP_MIN_MS))
		l->on_jump(l->on_jump_arg, jump_ms);
}

static void begin_turn(struct loop *l, int64_t wait)
{
	struct mono now = read_mono(l);

	/* Start-up may take its time; later the end of a turn begins the next. */
	l->turn_due = mono_add_us(now, wait);
	l->back_due = l->stats.turns ? mono_add_us(l->seen_mono, wait) : l->turn_due;
	l->in_turn = true;
	l->stats.turns++;
}

static void turn(struct loop *l, int64_t most_us)
{
	int64_t wait = time_to_wait(l, most_us);
	bool skipping =
	    l->kind == LOOP_SKIPPING && wait >= IDLE_US && heap_top(&l->timers);
	int64_t busy_since = clock_us(CLOCK_THREAD_CPUTIME_ID);
	struct mono now;

	if (skipping)
		wait = IDLE_US;
	else if (l->measuring > 0 && l->kind == LOOP_REAL && wait > MEASURE_US)
		wait = MEASURE_US;
	begin_turn(l, wait);
	if (!serve_events(l, wait) && skipping && !l->stopped && everyone_is_idle(l))
		jump_to_next_deadline(l);
	look_for_absence(l);
	fire_due(l);
	/* A callback that works or sleeps for long makes all other stamps late. */
	now = read_mono(l);
	lag_note(&l->lag, now, clock_us(CLOCK_THREAD_CPUTIME_ID) - busy_since);
	lag_note(&l->lag, now, now.us - l->turn_due.us);
	l->in_turn = false;
	look_at_clocks(l);
}

void loop_turn(struct loop *l, int64_t max_ms)
{
	turn(l, max_ms > WAIT_MAX_US / US_PER_MS ? WAIT_MAX_US : max_ms * US_PER_MS);
}

void loop_run(struct loop *l)
{
	while (!l->stopped)
		turn(l, WAIT_MAX_US);
	l->stopped = false;
}

void loop_stop(struct loop *l)
{
	l->stopped = true;
}

static void on_signal(evutil_socket_t signo, short what, void *arg)
{
	const struct signal_hook *hook = arg;

	(void)what;
	hook->fn(hook->arg, (int)signo);
}

bool loop_on_signal(
    struct loop *l, int signo, loop_signal_fn fn, void *arg, struct err *e)
{
	struct signal_hook *hook = &l->signals[l->n_signals];

	if (l->n_signals == SIGNALS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d signal handlers", SIGNALS_MAX);
	*hook = (struct signal_hook){.fn = fn, .arg = arg};
	hook->ev = evsignal_new(l->base, signo, on_signal, hook);
	if (!hook->ev || evsignal_add(hook->ev, NULL) != 0) {
		if (hook->ev)
			event_free(hook->ev);
		return err_set(e, ERR_SYSTEM, "cannot catch signal %d", signo);
	}
	l->n_signals++;
	return true;
}

void loop_on_clock_jump(struct loop *l, loop_jump_fn fn, void *arg)
{
	l->on_jump = fn;
	l->on_jump_arg = arg;
}

struct loop_stats loop_stats(const struct loop *l)
{
	struct loop_stats s = l->stats;

	s.worst_lag_us = l->lag.worst_us;
	return s;
}
