/* SPDX-License-Identifier: MIT
 *
 * See asker.h. due -> request: the first two hops of the hallway.
 */
#include "agent/asker.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "agent/memory.h"
#include "agent/room.h"

#define CROWD        64 /* in flight; the holes of fewer are not worth the work */
#define GIVE_BACK_MS ((int64_t)60 * 1000)

struct seen {
	const struct target *target; /* of the present generation; NULL: not watched */
	int in_flight;
	bool local; /* its last sample said nothing about the provider */
};

struct asker {
	struct loop *loop; /* borrowed */
	struct schedule *schedule;
	struct schedule_limits limits; /* as given; 0: by the config */
	struct probes *probes;
	struct spend *spend;
	struct conf *conf; /* present generation; its arena is referenced */
	struct seen *seen; /* owned; indexed by series */
	size_t n_seen;
	size_t n_local;
	size_t peak;           /* most in flight since memory was given back */
	struct mono gave_back; /* when */
	struct loop_timer due;
	asker_paused_fn is_paused; /* NULL: nobody is */
	void *pause_arg;
	probe_done_fn on_sample;
	probe_hung_fn on_hung;
	void *arg;
	bool stopped;
};

static void rearm(struct asker *a)
{
	struct mono at = schedule_wake_at(a->schedule);
	if (a->stopped || at.us == INT64_MAX)
		loop_timer_cancel(&a->due);
	else
		loop_timer_at(&a->due, at);
}

static struct seen *seen_get(struct asker *a, uint32_t series)
{
	if (series >= a->n_seen) {
		size_t n = series + 64;
		a->seen = xreallocarray(a->seen, n, sizeof *a->seen);
		memset(a->seen + a->n_seen, 0, (n - a->n_seen) * sizeof *a->seen);
		a->n_seen = n;
	}
	return &a->seen[series];
}

/* What the purse allows from now on. */
static void apply_budget(struct asker *a, uint32_t series)
{
	struct seen *s = seen_get(a, series);
	struct wall now = loop_wall(a->loop);
	if (!s->target)
		return;
	struct spend_pace p = spend_pace(a->spend, series, now, s->in_flight);
	schedule_set_pace(a->schedule, series, p.pace_ms, loop_mono(a->loop));
	if (p.hold)
		schedule_hold(a->schedule, series,
		    mono_add_ms(loop_mono(a->loop), wall_diff_ms(p.hold_until, now)));
}

static void ask(struct asker *a, const struct schedule_due *d)
{
	struct seen *s = seen_get(a, d->series);
	struct wall now = loop_wall(a->loop);
	if (!s->target || spend_pace(a->spend, d->series, now, s->in_flight).hold) {
		schedule_done(a->schedule, d->series, loop_mono(a->loop));
		apply_budget(a, d->series);
		return;
	}
	uint32_t flags =
	    (d->reask ? FLAG_REASK : 0) | (d->first_look ? FLAG_FIRST_LOOK : 0);
	s->in_flight++;
	spend_started(a->spend, d->series);
	probe_start(a->probes, s->target, a->conf->arena, flags);
	if (probes_in_flight(a->probes) > a->peak)
		a->peak = probes_in_flight(a->probes);
}

/* One turn starts at most this many, so that a crowd that is due at once (10,000 targets
 * after start) leaves the loop to others in between. */
#define STARTS_PER_TURN 16

static void on_due(void *arg, struct mono now)
{
	struct asker *a = arg;
	struct schedule_due d;
	for (int i = 0; i < STARTS_PER_TURN && schedule_next(a->schedule, now, &d); i++)
		ask(a, &d);
	rearm(a);
}

/* A provider that says when to come again is not asked before, one interval at most. */
static void obey_retry_after(
    struct asker *a, const struct target *t, const struct sample *s)
{
	if (s->retry_after_ms <= 0)
		return;
	int64_t ms =
	    s->retry_after_ms < t->interval_ms ? s->retry_after_ms : t->interval_ms;
	schedule_hold(a->schedule, s->series, mono_add_ms(loop_mono(a->loop), ms));
}

/* A shortage of our own (descriptors, a route, a resolver) is said when the first target
 * feels it and when the last one has got over it. */
static void note_local(
    struct asker *a, struct seen *seen, bool local, const char *name, const char *why)
{
	if (local == seen->local)
		return;
	seen->local = local;
	a->n_local += local ? 1 : (size_t)-1;
	if (local && a->n_local == 1)
		log_event(LOG_WARN, "path_fails", "target=%s why=%s", name, why);
	else if (!local && !a->n_local)
		log_event(LOG_NOTICE, "path_works", "target=%s", name);
}

/* After a crowd (a provider that hung, the first looks) the heap is full of holes, and
 * nothing of it goes back by itself. */
static void give_back(struct asker *a)
{
	size_t n = probes_in_flight(a->probes);
	struct mono now = loop_mono(a->loop);
	if (a->peak < CROWD || n > a->peak / 3 * 2 ||
	    mono_diff_us(now, a->gave_back) < GIVE_BACK_MS * US_PER_MS)
		return;
	memory_give_back();
	a->peak = n;
	a->gave_back = now;
}

static void on_done(void *arg, const struct target *t, const struct sample *s)
{
	struct asker *a = arg;
	struct seen *seen = seen_get(a, s->series);
	seen->in_flight--;
	schedule_done(a->schedule, s->series, loop_mono(a->loop));
	spend_sample(a->spend, s, loop_wall(a->loop));
	apply_budget(a, s->series);
	obey_retry_after(a, t, s);
	if (!a->stopped && seen->target)
		note_local(a, seen, s->outcome == OUTCOME_LOCAL, t->name, s->message);
	a->on_sample(a->arg, t, s);
	rearm(a);
	give_back(a);
}

static void on_hung(void *arg, const struct target *t, int64_t waited_ms)
{
	struct asker *a = arg;
	if (!a->stopped && seen_get(a, t->series)->target)
		a->on_hung(a->arg, t, waited_ms);
}

void asker_listen_hung(struct asker *a, probe_hung_fn fn)
{
	a->on_hung = fn;
	probes_listen_hung(a->probes, on_hung);
}

struct asker *asker_new(struct loop *l, struct http *h, uint64_t seed,
    struct schedule_limits limits, probe_done_fn on_sample, void *arg)
{
	struct asker *a = xcalloc(1, sizeof *a);
	a->loop = l;
	a->schedule = schedule_new(limits, loop_mono(l));
	a->limits = limits;
	a->probes = probes_new(l, h, seed, on_done, a);
	a->spend = spend_new();
	a->on_sample = on_sample;
	a->arg = arg;
	loop_timer_init(&a->due, l, on_due, a);
	return a;
}

void asker_free(struct asker *a)
{
	if (!a)
		return;
	loop_timer_cancel(&a->due);
	probes_free(a->probes);
	schedule_free(a->schedule);
	spend_free(a->spend);
	free(a->seen);
	if (a->conf)
		arena_free(a->conf->arena);
	free(a);
}

void asker_config(struct asker *a, struct conf *c)
{
	struct conf *old = a->conf;
	struct mono now = loop_mono(a->loop);
	a->conf = c;
	(void)arena_ref(c->arena);
	for (size_t i = 0; i < a->n_seen; i++)
		a->seen[i].target = NULL;
	spend_config(a->spend, c->targets, c->n_targets, &c->budget, &c->rates);
	schedule_set_limits(a->schedule, a->limits.in_flight ? a->limits : room_for(c));
	for (size_t i = 0; i < c->n_targets; i++) {
		const struct target *t = &c->targets[i];
		if (a->is_paused && a->is_paused(a->pause_arg, t->name))
			continue;
		struct schedule_target st = {.series = t->series,
		    .spread = target_title(t),
		    .provider = t->provider->id,
		    .interval_ms = t->interval_ms};
		seen_get(a, t->series)->target = t;
		schedule_put(a->schedule, &st, now);
		apply_budget(a, t->series);
	}
	for (size_t i = 0; old && i < old->n_targets; i++) {
		struct seen *s = seen_get(a, old->targets[i].series);
		if (s->target)
			continue;
		note_local(a, s, false, old->targets[i].name, "");
		schedule_remove(a->schedule, old->targets[i].series);
	}
	if (old)
		arena_free(old->arena);
	rearm(a);
}

void asker_pauses(struct asker *a, asker_paused_fn is_paused, void *arg)
{
	a->is_paused = is_paused;
	a->pause_arg = arg;
}

struct spend *asker_spend(struct asker *a)
{
	return a->spend;
}

void asker_wish(struct asker *a, uint32_t series, int64_t in_ms)
{
	(void)schedule_wish(a->schedule, series, in_ms, loop_mono(a->loop));
	rearm(a);
}

void asker_stop(struct asker *a, const char *why)
{
	a->stopped = true;
	rearm(a);
	probes_give_up(a->probes, why);
}

void asker_give_up(struct asker *a, const char *why)
{
	probes_give_up(a->probes, why);
}

struct mono asker_oldest(const struct asker *a)
{
	return probes_oldest(a->probes);
}

struct mono asker_due(const struct asker *a)
{
	return schedule_wake_at(a->schedule);
}

size_t asker_in_flight(const struct asker *a)
{
	return probes_in_flight(a->probes);
}

void asker_clock_jumped(struct asker *a)
{
	probes_clock_jumped(a->probes);
}

struct schedule_stats asker_stats(const struct asker *a)
{
	return schedule_stats(a->schedule);
}
