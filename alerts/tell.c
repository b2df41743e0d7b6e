/* SPDX-License-Identifier: MIT
 *
 * Facts in, deliveries out. Per open incident it remembers how bad the channels think it
 * is and which of them are owed its end; nothing of it is stored, because the committed
 * deliveries say it all again after a restart (tell_restore).
 */
#include "alerts/tell.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/arena.h"
#include "agent/base/map.h"
#include "agent/base/str.h"
#include "agent/base/xalloc.h"

#define NEVER_MS INT64_MAX

/* What the channels know of one open incident. */
struct told {
	struct ulid incident;
	uint32_t seq;            /* of the last fact */
	enum severity now;       /* as it is */
	enum severity known;     /* as the channels know it */
	int64_t ease_at_ms;      /* tell then that it eased; NEVER_MS: nothing to tell */
	bool ease_undated;       /* eased before a restart: the wait begins anew */
	uint32_t known_seq;      /* latest log entry that a delivery tells */
	struct incident in;      /* as of the last fact: what routes look at */
	int64_t told_at_ms;      /* when a delivery was created last */
	int64_t remind_at_ms;    /* the next reminder is due; NEVER_MS: none */
	int64_t remind_every_ms; /* of the route that holds now */
	struct map *owed;        /* owned: names of channels that hear of the end */
};

struct tell {
	struct map *told;           /* owned; incident id to owned struct told */
	struct arena *routes_arena; /* owned; NULL before the first config */
	struct route *routes;       /* in the arena */
	size_t n_routes;
};

static void told_free(struct told *k)
{
	map_free(k->owed);
	free(k);
}

struct tell *tell_new(void)
{
	struct tell *t = xcalloc(1, sizeof(*t));

	t->told = map_new();
	return t;
}

void tell_free(struct tell *t)
{
	const char *id;

	if (!t)
		return;
	for (size_t i = 0; i < map_count(t->told); i++)
		told_free(map_at(t->told, i, &id));
	map_free(t->told);
	arena_free(t->routes_arena);
	free(t);
}

void tell_update_init(struct tell_update *u)
{
	memset(u, 0, sizeof(*u));
	u->wake_at.ms = NEVER_MS;
}

void tell_update_fini(struct tell_update *u)
{
	if (!u)
		return;
	free(u->deliveries);
	tell_update_init(u);
}

/* --- memory ----------------------------------------------------------------------- */

static struct told *get_told(struct tell *t, const struct ulid *incident)
{
	struct told *k = map_find(t->told, incident->text);

	if (k)
		return k;
	k = xcalloc(1, sizeof(*k));
	k->incident = *incident;
	k->ease_at_ms = k->remind_at_ms = NEVER_MS;
	k->owed = map_new();
	map_put(t->told, incident->text, k);
	return k;
}

static void forget(struct tell *t, struct told *k)
{
	map_remove(t->told, k->incident.text);
	told_free(k);
}

/* A reminder comes one `repeat` after whatever was told last. */
static void plan_reminder(const struct tell *t, struct told *k)
{
	const struct route *r = route_find(t->routes, t->n_routes, &k->in);

	k->remind_every_ms = r ? r->repeat_ms : 0;
	k->remind_at_ms = k->remind_every_ms && map_count(k->owed)
			      ? k->told_at_ms + k->remind_every_ms
			      : NEVER_MS;
}

static void copy_routes(struct tell *t, const struct tell_config *config)
{
	struct arena *a = arena_new();

	/* An empty list needs an address too. */
	t->routes = arena_alloc(a, (config->n_routes + 1) * sizeof(*t->routes));
	t->n_routes = config->n_routes;
	for (size_t i = 0; i < config->n_routes; i++)
		t->routes[i] = route_copy(a, &config->routes[i]);
	arena_free(t->routes_arena);
	t->routes_arena = a;
	for (size_t i = 0; i < map_count(t->told); i++) {
		const char *id;

		plan_reminder(t, map_at(t->told, i, &id));
	}
}

/* --- deliveries ------------------------------------------------------------------- */

static void owe(struct tell_update *up, struct told *k, const char *channel,
    enum message_kind kind, struct wall at)
{
	struct delivery d = {
	    .incident = k->incident,
	    .seq = k->seq,
	    .kind = kind,
	    .created = at,
	    .not_before = at,
	    .state = DELIVERY_PENDING,
	};

	str_copy(d.channel, sizeof(d.channel), channel);
	d.id = delivery_id(&d.incident, d.seq, d.channel, kind, at);
	if (up->n == up->cap) {
		up->cap = up->cap ? 2 * up->cap : 8;
		up->deliveries =
		    xreallocarray(up->deliveries, up->cap, sizeof(*up->deliveries));
	}
	up->deliveries[up->n++] = d;
	k->told_at_ms = at.ms;
}

static void owe_all(
    struct tell_update *up, struct told *k, enum message_kind kind, struct wall at)
{
	const char *channel;

	for (size_t i = 0; i < map_count(k->owed); i++) {
		map_at(k->owed, i, &channel);
		owe(up, k, channel, kind, at);
	}
	k->known = k->now;
	k->known_seq = k->seq;
	k->ease_at_ms = NEVER_MS;
}

/* "Told through every other channel": is the subject this very channel? */
static bool is_own_trouble(const struct incident *in, const char *channel)
{
	return in->subject.kind == SUBJECT_SELF &&
	       strncmp(in->subject.id, "channel ", 8) == 0 &&
	       strcmp(in->subject.id + 8, channel) == 0;
}

static bool is_about_channel(const struct incident *in)
{
	return in->subject.kind == SUBJECT_SELF &&
	       strncmp(in->subject.id, "channel ", 8) == 0;
}

/* Whoever of the route has not been told hears that it began. */
static void owe_route(struct tell_update *up, struct told *k, const struct route *r,
    const struct fact *f, enum message_kind kind)
{
	for (size_t i = 0; r && i < r->n_to; i++) {
		if (map_find(k->owed, r->to[i]) || is_own_trouble(&f->incident, r->to[i]))
			continue;
		map_put(k->owed, r->to[i], k);
		owe(up, k, r->to[i], kind, f->at);
	}
}

static void owe_beginning(struct tell *t, struct tell_update *up, struct told *k,
    const struct fact *f, enum message_kind kind)
{
	if (!is_about_channel(&f->incident)) {
		owe_route(
		    up, k, route_find(t->routes, t->n_routes, &f->incident), f, kind);
		return;
	}
	for (size_t i = 0; i < t->n_routes; i++)
		owe_route(up, k, &t->routes[i], f, kind);
}

/* --- facts ------------------------------------------------------------------------ */

static void note(struct told *k, const struct incident *in)
{
	k->in = *in;
	k->seq = in->seq;
	k->now = in->severity_now ? in->severity_now : in->severity;
}

static void on_beginning(
    struct tell *t, const struct fact *f, enum message_kind kind, struct tell_update *up)
{
	struct told *k = map_find(t->told, f->incident.id.text);

	if (k) /* whoever hears of a relapse hears of its end, nobody else */
		forget(t, k);
	k = get_told(t, &f->incident.id);
	note(k, &f->incident);
	owe_beginning(t, up, k, f, kind);
	k->known = k->now;
	k->known_seq = k->seq;
	plan_reminder(t, k);
}

static void on_change(struct tell *t, const struct fact *f, struct tell_update *up)
{
	struct told *k = get_told(t, &f->incident.id);
	enum severity before = k->now ? k->now : f->from;

	if (!k->known)
		k->known = f->from;
	note(k, &f->incident);
	if (k->now > k->known) {
		owe_all(up, k, MESSAGE_CHANGED, f->at);
		owe_beginning(t, up, k, f, MESSAGE_OPENED);
	} else if (k->now == k->known) {
		k->ease_at_ms = NEVER_MS; /* it rose again meanwhile: nothing to tell */
	} else if (k->now != before || k->ease_at_ms == NEVER_MS) {
		/* Each level must last by itself. */
		k->ease_at_ms = f->at.ms + TELL_DOWNWARD_MS;
	}
	plan_reminder(t, k);
}

static void on_end(
    struct tell *t, const struct fact *f, enum message_kind kind, struct tell_update *up)
{
	struct told *k = map_find(t->told, f->incident.id.text);

	if (!k)
		return;
	note(k, &f->incident);
	owe_all(up, k, kind, f->at);
	forget(t, k);
}

static void on_fact(struct tell *t, const struct fact *f, struct tell_update *up)
{
	switch (f->kind) {
	case FACT_OPENED:
		on_beginning(t, f, MESSAGE_OPENED, up);
		break;
	case FACT_REOPENED:
		on_beginning(t, f, MESSAGE_REOPENED, up);
		break;
	case FACT_NOTICE:
		on_beginning(t, f, MESSAGE_NOTICE_RAISED, up);
		break;
	case FACT_CHANGED:
		on_change(t, f, up);
		break;
	case FACT_CLOSED:
		on_end(t, f, MESSAGE_RESOLVED, up);
		break;
	case FACT_RETRACTED:
		on_end(t, f, MESSAGE_RETRACTED, up);
		break;
	case FACT_CLEARED:
		on_end(t, f, MESSAGE_NOTICE_CLEARED, up);
		break;
	case FACT_UP:
	case FACT_SUSPECT:
	case FACT_UNKNOWN:
	case FACT_RECOVERING:
	case FACT_RELAPSE:
	case FACT_GAP:
	case FACT_RUNG:
	case FACT_KIND_COUNT:
		break;
	}
}

/* One reminder, however many were due while nobody was there to send them. */
static void remind(struct tell_update *up, struct told *k, struct wall now)
{
	int64_t due = k->remind_at_ms;

	if (due > now.ms || k->remind_every_ms <= 0)
		return;
	owe_all(up, k, MESSAGE_REMINDER, (struct wall){due});
	k->remind_at_ms =
	    due + ((now.ms - due) / k->remind_every_ms + 1) * k->remind_every_ms;
}

/* Tells what has eased for long enough; says when to look again. */
static struct wall pass_time(struct tell *t, struct wall now, struct tell_update *up)
{
	struct wall wake = {NEVER_MS};
	const char *id;

	for (size_t i = 0; i < map_count(t->told); i++) {
		struct told *k = map_at(t->told, i, &id);

		if (k->ease_undated) {
			k->ease_undated = false;
			k->ease_at_ms = now.ms + TELL_DOWNWARD_MS;
		}
		/* Created when it was due: the same facts give the same ids. */
		if (k->ease_at_ms <= now.ms) {
			owe_all(up, k, MESSAGE_CHANGED, (struct wall){k->ease_at_ms});
			plan_reminder(t, k);
		}
		remind(up, k, now);
		if (k->ease_at_ms < wake.ms)
			wake.ms = k->ease_at_ms;
		if (k->remind_at_ms < wake.ms)
			wake.ms = k->remind_at_ms;
	}
	return wake;
}

void tell_step(struct tell *t, const struct tell_event *ev, struct tell_update *ret_up)
{
	ret_up->n = 0;
	/* What was due before this event comes first: order of creation is order of time.
	 */
	pass_time(t, ev->at, ret_up);
	switch (ev->kind) {
	case TELL_FACT:
		on_fact(t, ev->fact, ret_up);
		break;
	case TELL_CONFIG:
		copy_routes(t, ev->config);
		break;
	case TELL_TIME:
		break;
	}
	ret_up->wake_at = pass_time(t, ev->at, ret_up);
}

void tell_restore(struct tell *t, const struct incident *in, const struct delivery *d)
{
	struct told *k;

	if (in->state != INCIDENT_OPEN)
		return;
	k = get_told(t, &in->id);
	note(k, in);
	if (d->kind == MESSAGE_RESOLVED || d->kind == MESSAGE_RETRACTED ||
	    d->kind == MESSAGE_NOTICE_CLEARED) {
		/* It was told as over, then it relapsed. */
		map_remove(k->owed, d->channel);
		return;
	}
	if (!map_find(k->owed, d->channel))
		map_put(k->owed, d->channel, k);
	if (d->seq > k->known_seq)
		k->known_seq = d->seq;
	if (d->created.ms > k->told_at_ms)
		k->told_at_ms = d->created.ms;
	plan_reminder(t, k);
	/* A later entry of the log that nobody was told of can be an easing that had not
	 * yet lasted. Then the channels know the worst, and the wait begins anew. */
	k->ease_undated = k->known_seq < k->seq && in->severity > k->now;
	k->known = k->ease_undated ? in->severity : k->now;
	k->ease_at_ms = NEVER_MS;
}
