/* SPDX-License-Identifier: MIT
 *
 * See the header. The verb only begins it; time and answers play the rest.
 */
#include "agent/drill.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "agent/pipeline_impl.h"
#include "agent/requests.h"

/* What is under way, or not on disk yet, can be given up a little later. */
#define GIVE_UP_STEP_MS 200
#define GIVE_UP_TRIES   100

#define MAX_LEFT                                                                         \
	32 /* drills that dead runs left open; the rest waits for a start more           \
	    */

struct waiting {
	struct ulid id;
	bool answered, ended; /* ended: no longer pending */
};

enum act { ACT_OPEN, ACT_GROW, ACT_END, ACT_OVER };

struct drill {
	struct pipeline *p; /* borrowed */
	struct incident in; /* id "": none is played */
	enum severity goal;
	char channel[64]; /* the only one that is told; "": all of the route */
	enum act next;
	struct waiting *waiting; /* owned: of the last act */
	size_t n, cap;
	int tries; /* to give up what is left */
	struct loop_timer timer;
};

static bool is_playing(const struct drill *d)
{
	return d->in.id.text[0] != '\0';
}

/* --- acts ------------------------------------------------------------------------- */

static void put_fact(
    struct pipeline *p, struct incident *in, enum fact_kind kind, enum severity from)
{
	struct fact f = {.kind = kind, .at = loop_wall(p->o.loop), .from = from};

	in->seq++;
	f.health = in->health;
	f.incident = *in;
	(void)str_copy(
	    f.detail, sizeof(f.detail), kind == FACT_ACKNOWLEDGED ? in->hand : "drill");
	pipeline_on_fact(p, &f);
}

static void close_it(struct pipeline *p, struct incident *in)
{
	struct wall now = loop_wall(p->o.loop);

	in->state = INCIDENT_CLOSED;
	in->end = END_RECOVERED;
	in->ended = in->closed = now.ms > in->opened.ms ? now : in->opened;
	for (int i = 0; i < in->n_causes; i++) {
		in->causes[i].active = false;
		in->causes[i].ended = in->ended;
	}
	put_fact(p, in, FACT_CLOSED, in->severity_now);
}

/* What no channel has taken by now is nobody's news any more. */
static void give_up_rest(struct drill *d)
{
	struct outbox_update u;
	bool left = false;

	outbox_update_init(&u);
	for (size_t i = 0; i < d->n; i++) {
		if (d->waiting[i].ended)
			continue;
		left |= outbox_drop(deliver_outbox(d->p->deliver), &d->waiting[i].id,
			    "the drill is over", &u) != OUTBOX_HAND_DONE;
	}
	pipeline_note_update(d->p, &u);
	outbox_update_fini(&u);
	if (left && d->tries++ < GIVE_UP_TRIES) {
		loop_timer_in_ms(&d->timer, GIVE_UP_STEP_MS);
		return;
	}
	d->in = (struct incident){0};
	d->n = 0;
}

static bool all_answered(const struct drill *d)
{
	for (size_t i = 0; i < d->n; i++)
		if (!d->waiting[i].answered)
			return false;
	return true;
}

static void plan_next(struct drill *d)
{
	loop_timer_in_ms(&d->timer, all_answered(d) ? 0 : DRILL_STEP_MS);
}

static void play(struct drill *d)
{
	enum severity from = d->in.severity_now;
	enum act act = d->next;

	if (act != ACT_OVER)
		d->next++;
	switch (act) {
	case ACT_OPEN:
		put_fact(d->p, &d->in, FACT_OPENED, from);
		break;
	case ACT_GROW:
		d->in.health = HEALTH_DOWN;
		d->in.causes[0].severity = d->goal;
		if (incident_settle(&d->in))
			put_fact(d->p, &d->in, FACT_CHANGED, from);
		break;
	case ACT_END:
		close_it(d->p, &d->in);
		break;
	case ACT_OVER:
		give_up_rest(d);
		return;
	}
	plan_next(d);
}

static void on_timer(void *arg, struct mono now)
{
	struct drill *d = arg;

	(void)now;
	if (d->p->stopping || !is_playing(d))
		return;
	play(d);
	pipeline_send_off(d->p);
}

/* --- what the hallway says -------------------------------------------------------- */

/* An answer that is not followed by another attempt at once, or none for long. */
static bool is_answered(const struct drill *d, const struct delivery *dl)
{
	const struct outbox *o = deliver_outbox(d->p->deliver);
	struct wall late = wall_add_ms(loop_wall(d->p->o.loop), DRILL_STEP_MS);
	struct channel_status c;

	if (dl->state != DELIVERY_PENDING || dl->not_before.ms > late.ms ||
	    dl->verdict == VERDICT_LATER || dl->verdict == VERDICT_SLOW_DOWN ||
	    dl->verdict == VERDICT_SHUT)
		return true;
	return outbox_channel(o, dl->channel, &c) && c.state != CHANNEL_OPEN &&
	       c.until.ms > late.ms;
}

bool drill_admits(struct drill *d, const struct delivery *dl)
{
	if (!is_playing(d) || !ulid_eq(&dl->incident, &d->in.id))
		return true;
	if (d->channel[0] && strcmp(dl->channel, d->channel) != 0)
		return false;
	if (d->n == d->cap) {
		d->cap = d->cap ? 2 * d->cap : 8;
		d->waiting = xreallocarray(d->waiting, d->cap, sizeof(*d->waiting));
	}
	d->waiting[d->n++] =
	    (struct waiting){dl->id, is_answered(d, dl), dl->state != DELIVERY_PENDING};
	return true;
}

void drill_on_delivery(struct drill *d, const struct delivery *dl)
{
	bool moved = false;

	if (!is_playing(d) || !ulid_eq(&dl->incident, &d->in.id))
		return;
	for (size_t i = 0; i < d->n; i++) {
		if (!ulid_eq(&d->waiting[i].id, &dl->id))
			continue;
		d->waiting[i].ended = dl->state != DELIVERY_PENDING;
		if (!is_answered(d, dl))
			continue;
		moved = !d->waiting[i].answered;
		d->waiting[i].answered = true;
	}
	if (moved && all_answered(d))
		plan_next(d);
}

const struct incident *drill_playing(const struct drill *d)
{
	return is_playing(d) && d->in.state == INCIDENT_OPEN ? &d->in : NULL;
}

void drill_ack(struct drill *d, const char *words)
{
	d->in.acked = loop_wall(d->p->o.loop);
	(void)str_copy(d->in.hand, sizeof(d->in.hand), words);
	put_fact(d->p, &d->in, FACT_ACKNOWLEDGED, d->in.severity_now);
}

/* --- begin and end ---------------------------------------------------------------- */

struct drill *drill_new(struct pipeline *p)
{
	struct drill *d = xcalloc(1, sizeof(*d));

	d->p = p;
	loop_timer_init(&d->timer, p->o.loop, on_timer, d);
	return d;
}

void drill_free(struct drill *d)
{
	if (!d)
		return;
	loop_timer_cancel(&d->timer);
	free(d->waiting);
	free(d);
}

struct left {
	struct incident *all; /* owned */
	size_t n;
};

static void on_left(void *arg, const struct incident *in)
{
	struct left *l = arg;

	if (incident_is_drill(in) && in->state == INCIDENT_OPEN && l->n < MAX_LEFT)
		l->all[l->n++] = *in;
}

static void skip_told(void *arg, const struct delivery *d)
{
	(void)arg;
	(void)d;
}

void drill_end_left(struct drill *d)
{
	static const struct book_reader reader = {on_left, skip_told};
	struct left l = {xcalloc(MAX_LEFT, sizeof(*l.all)), 0};

	book_each(d->p->book, &reader, &l);
	for (size_t i = 0; i < l.n; i++)
		close_it(d->p, &l.all[i]);
	free(l.all);
}

static void begin(struct drill *d, const struct target *t, enum severity goal)
{
	struct pipeline *p = d->p;
	struct incident *in = &d->in;
	struct cause *c;

	*in = (struct incident){.subject.kind = SUBJECT_DRILL,
	    .class = CLASS_OUTAGE,
	    .state = INCIDENT_OPEN,
	    .health = HEALTH_DEGRADED};
	(void)str_copy(in->subject.id, sizeof(in->subject.id), t->name);
	(void)str_copy(in->provider, sizeof(in->provider), t->provider->id);
	(void)str_copy(in->region, sizeof(in->region), t->region ? t->region : "");
	in->opened = in->started = loop_wall(p->o.loop);
	incident_add_target(in, t->name);
	c = incident_add_cause(in, "drill");
	c->severity = goal > SEVERITY_MINOR ? goal - 1 : goal;
	c->active = true;
	c->since = in->started;
	(void)str_copy(c->words, sizeof(c->words), "played by hand, nothing is wrong");
	(void)incident_settle(in);
	judge_name(p->judge, in);
	d->goal = goal;
	d->n = 0;
	d->tries = 0;
	d->next = ACT_OPEN;
	play(d);
}

/* --- the verb --------------------------------------------------------------------- */

static const struct target *find_target(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_targets; i++)
		if (strcmp(c->targets[i].name, name) == 0)
			return &c->targets[i];
	return NULL;
}

static bool find_severity(const char *word, enum severity *ret)
{
	for (int s = SEVERITY_MINOR; s <= SEVERITY_CRITICAL; s++) {
		if (strcmp(severity_code((enum severity)s), word) != 0)
			continue;
		*ret = (enum severity)s;
		return true;
	}
	return word[0] == '\0';
}

static void run(
    struct pipeline *p, const struct order *o, const json_t *args, struct reply *ret)
{
	struct drill *d = p->drill;
	enum severity goal = SEVERITY_CRITICAL;
	char name[96], word[32];
	const struct target *t =
	    find_target(p->conf, request_text(args, "target", name, sizeof(name)));

	(void)o;
	if (is_playing(d)) {
		reply_set(ret, EXIT_BAD_NEWS,
		    "a drill is being played (#%s): one at a time", d->in.short_id);
		return;
	}
	if (!t) {
		reply_set(ret, EXIT_USAGE, "there is no target '%s'", name);
		return;
	}
	if (!find_severity(request_text(args, "severity", word, sizeof(word)), &goal)) {
		reply_set(ret, EXIT_USAGE,
		    "'%s' is no severity: it is minor, major or critical", word);
		return;
	}
	(void)request_text(args, "channel", d->channel, sizeof(d->channel));
	if (d->channel[0] && !conf_find_channel(p->conf, d->channel)) {
		reply_set(ret, EXIT_USAGE, "there is no channel '%s'", d->channel);
		return;
	}
	begin(d, t, goal);
	/* The command looks for it by this id. */
	reply_set(ret, EXIT_GOOD, "%s", d->in.id.text);
}

const struct request_verb verb_drill = {"drill", run};
