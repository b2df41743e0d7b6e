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

#include "agent/base/xalloc.h"
#include "alerts/tell_parts.h"

static void told_free(struct told *k)
{
	map_free(k->owed);
	map_free(k->muted);
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
	arena_free(t->hush_arena);
	maintenance_close(&t->maintenance);
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
	k->ease_at_ms = k->remind_at_ms = k->escalate_at_ms = NEVER_MS;
	k->owed = map_new();
	k->muted = map_new();
	map_put(t->told, incident->text, k);
	return k;
}

static void forget(struct tell *t, struct told *k)
{
	map_remove(t->told, k->incident.text);
	told_free(k);
}

/* A reminder comes one `repeat` after whatever was told last, until somebody has it in
 * hand. */
void told_plan(const struct tell *t, struct told *k)
{
	const struct route *r = route_find(t->routes, t->n_routes, &k->in);

	k->remind_every_ms = r && !k->in.acked.ms ? r->repeat_ms : 0;
	k->remind_at_ms = k->remind_every_ms && map_count(k->owed)
			      ? k->told_at_ms + k->remind_every_ms
			      : NEVER_MS;
	k->escalate_at_ms = told_escalation_ms(t, k);
}

static void copy_routes(struct tell *t, const struct tell_config *config)
{
	struct arena *a = arena_new();

	/* An empty list needs an address too. */
	t->routes = arena_alloc(a, (config->n_routes + 1) * sizeof(*t->routes));
	t->n_routes = config->n_routes;
	maintenance_open(&t->maintenance, config->maintenance, config->n_maintenance);
	for (size_t i = 0; i < config->n_routes; i++)
		t->routes[i] = route_copy(a, &config->routes[i]);
	arena_free(t->routes_arena);
	t->routes_arena = a;
	for (size_t i = 0; i < map_count(t->told); i++) {
		const char *id;

		told_plan(t, map_at(t->told, i, &id));
	}
}

/* --- facts ------------------------------------------------------------------------ */

static void note(struct told *k, const struct incident *in)
{
	k->in = *in;
	k->seq = in->seq;
	k->now = in->severity_now ? in->severity_now : in->severity;
}

static bool still_fails(const struct told *k)
{
	return k->in.class == CLASS_OUTAGE && k->in.health != HEALTH_UP;
}

/* An easing must last to be news: a thread is no seismograph. */
static int64_t ease_wait_ms(const struct told *k, bool fails)
{
	int64_t wait = fails ? TELL_LESS_MS : TELL_ANSWERS_MS;

	for (int i = 0; i < k->relapses[fails] && wait < TELL_LONGEST_MS; i++)
		wait *= 4;
	return wait;
}

/* Worse again after it had eased. */
static bool is_relapse(
    const struct told *k, enum severity before, const struct incident *next)
{
	return next->severity_now > before && before < k->in.severity;
}

static void on_beginning(
    struct tell *t, const struct fact *f, enum message_kind kind, struct tell_update *up)
{
	struct told *k = map_find(t->told, f->incident.id.text);

	if (k) /* whoever hears of a relapse hears of its end, nobody else */
		forget(t, k);
	k = get_told(t, &f->incident.id);
	note(k, &f->incident);
	owe_beginning(t, up, k, kind, f->at);
	k->known = k->now;
	k->known_seq = k->seq;
	k->page_known = k->in.page.posted.ms != 0;
	told_plan(t, k);
}

/* Another provider's trouble is of it too: so it is told to whoever hears of that one. Or
 * one of them is well again: told if it stays so while the others fail. */
static void on_company(
    struct tell *t, struct told *k, const struct fact *f, struct tell_update *up)
{
	if (!f->joined[0]) {
		k->ease_at_ms = f->at.ms + ease_wait_ms(k, false);
		return;
	}
	if (k->known_seq != k->seq) /* it did not become worse by that */
		owe_all(t, up, k, MESSAGE_CHANGED, f->at);
	str_copy(k->in.provider, sizeof(k->in.provider), f->joined);
	owe_beginning(t, up, k, MESSAGE_OPENED, f->at);
	k->in = f->incident;
}

static void on_change(struct tell *t, const struct fact *f, struct tell_update *up)
{
	struct told *k = get_told(t, &f->incident.id);
	enum severity before = k->now ? k->now : f->from;
	bool wider = told_widens(k, &f->incident);

	if (!k->known)
		k->known = f->from;
	if (is_relapse(k, before, &f->incident))
		k->relapses[still_fails(k)]++;
	note(k, &f->incident);
	if (k->now > k->known || wider) {
		owe_all(t, up, k, MESSAGE_CHANGED, f->at);
		owe_beginning(t, up, k, MESSAGE_OPENED, f->at);
	} else if (k->now == k->known) {
		k->ease_at_ms = NEVER_MS; /* it rose again meanwhile: nothing to tell */
	} else if (k->now != before || k->ease_at_ms == NEVER_MS) {
		/* Each level must last by itself. */
		k->ease_at_ms = f->at.ms + ease_wait_ms(k, still_fails(k));
	}
	if (f->loud)
		on_company(t, k, f, up);
	told_plan(t, k);
}

/* Somebody has it in hand, or wants to hear no more, or it is over: those who know of it
 * hear that. NULL: nobody does. */
static struct told *on_hand(
    struct tell *t, const struct fact *f, enum message_kind kind, struct tell_update *up)
{
	struct told *k = map_find(t->told, f->incident.id.text);

	if (!k)
		return NULL;
	note(k, &f->incident);
	owe_all(t, up, k, kind, f->at);
	told_plan(t, k);
	return k;
}

static void on_end(
    struct tell *t, const struct fact *f, enum message_kind kind, struct tell_update *up)
{
	struct told *k = on_hand(t, f, kind, up);

	if (k)
		forget(t, k);
}

/* Their page admits it after we told it: news once, in the thread. */
static void on_page(struct tell *t, const struct fact *f, struct tell_update *up)
{
	struct told *k = map_find(t->told, f->incident.id.text);

	if (!k)
		return;
	note(k, &f->incident);
	if (!k->page_known && f->incident.page.posted.ms)
		owe_all(t, up, k, MESSAGE_REMINDER, f->at);
	k->page_known = f->incident.page.posted.ms != 0;
	told_plan(t, k);
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
	case FACT_ACKNOWLEDGED:
		(void)on_hand(t, f, MESSAGE_ACKNOWLEDGED, up);
		break;
	case FACT_SILENCED:
		(void)on_hand(t, f, MESSAGE_SILENCED, up);
		break;
	case FACT_PAGE:
		on_page(t, f, up);
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

/* One reminder, however many were due while nobody was there to send them; none while
 * nobody wants to hear of it. */
static void remind(
    const struct tell *t, struct tell_update *up, struct told *k, struct wall now)
{
	int64_t due = k->remind_at_ms;

	if (due > now.ms || k->remind_every_ms <= 0)
		return;
	if (!told_hush(t, k))
		owe_all(t, up, k, MESSAGE_REMINDER, (struct wall){due});
	k->remind_at_ms =
	    due + ((now.ms - due) / k->remind_every_ms + 1) * k->remind_every_ms;
}

static void move(int64_t *ms, int64_t by)
{
	if (*ms && *ms != NEVER_MS)
		*ms += by;
}

void tell_clock(struct tell *t, int64_t jump_ms)
{
	const char *id;

	for (size_t i = 0; i < map_count(t->told); i++) {
		struct told *k = map_at(t->told, i, &id);

		move(&k->ease_at_ms, jump_ms);
		move(&k->told_at_ms, jump_ms);
		move(&k->remind_at_ms, jump_ms);
		move(&k->began_ms, jump_ms);
		move(&k->escalate_at_ms, jump_ms);
	}
}

static int64_t sooner(int64_t a, int64_t b)
{
	return a < b ? a : b;
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
			k->ease_at_ms = now.ms + ease_wait_ms(k, still_fails(k));
		}
		/* Created when it was due: the same facts give the same ids. */
		if (k->ease_at_ms <= now.ms) {
			owe_all(t, up, k, MESSAGE_CHANGED, (struct wall){k->ease_at_ms});
			told_plan(t, k);
		}
		told_unmute(t, k, now, up);
		remind(t, up, k, now);
		told_escalate(t, k, now, up);
		wake.ms = sooner(wake.ms, k->ease_at_ms);
		wake.ms = sooner(wake.ms, k->remind_at_ms);
		wake.ms = sooner(wake.ms, told_hand_wake_ms(k, now));
	}
	return wake;
}

void tell_step(struct tell *t, const struct tell_event *ev, struct tell_update *ret_up)
{
	ret_up->n = 0;
	t->now = ev->at;
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

/* Rows come in order of their creation. */
static void restore_muted(struct told *k, const char *channel)
{
	if (map_find(k->owed, channel))
		k->hushed = true;
	else if (!map_find(k->muted, channel))
		map_put(k->muted, channel, k);
}

static void restore_told(struct told *k, const struct delivery *d)
{
	k->hushed = false;
	(void)map_remove(k->muted, d->channel);
	if (!map_find(k->owed, d->channel))
		map_put(k->owed, d->channel, k);
	if (!k->began_ms || d->kind == MESSAGE_REOPENED)
		k->began_ms = d->created.ms;
}

void tell_restore(struct tell *t, const struct incident *in, const struct delivery *d)
{
	struct told *k;

	if (in->state != INCIDENT_OPEN)
		return;
	k = get_told(t, &in->id);
	note(k, in);
	k->page_known = in->page.posted.ms != 0; /* told, or owed with it */
	if (message_kind_is_end(d->kind)) {
		/* It was told as over, then it relapsed. */
		map_remove(k->owed, d->channel);
		k->began_ms = 0;
		return;
	}
	if (d->kind == MESSAGE_REOPENED && d->seq != k->life) {
		/* Who would have heard of what was before: that is over. */
		map_free(k->muted);
		k->muted = map_new();
		k->life = d->seq;
	}
	if (d->state == DELIVERY_MUTED) {
		restore_muted(k, d->channel);
		return;
	}
	restore_told(k, d);
	if (d->seq > k->known_seq)
		k->known_seq = d->seq;
	if (d->created.ms > k->told_at_ms)
		k->told_at_ms = d->created.ms;
	told_plan(t, k);
	/* A later entry of the log that nobody was told of can be an easing that had not
	 * yet lasted. Then the channels know the worst, and the wait begins anew. */
	k->ease_undated = k->known_seq < k->seq && in->severity > k->now;
	k->known = k->ease_undated ? in->severity : k->now;
	k->ease_at_ms = NEVER_MS;
}
