/* SPDX-License-Identifier: MIT
 *
 * See resend.h.
 */
#include "agent/resend.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/queue.h"
#include "agent/base/xalloc.h"

#define MAX_AT_ONCE 300 /* some 1.5 KiB each, and a request has at most 1 MiB */
#define BUSY_MS     ((int64_t)500)

/* What the far side shows. */
struct shown {
	struct ulid incident;
	enum severity severity;
};

/* One channel that is a state. */
struct post {
	TAILQ_ENTRY(post) link;
	struct resend *owner;
	const struct channel_conf *channel; /* alive: its generation is referenced */
	struct arena *generation;
	struct loop_timer timer;
	struct http_exchange *exchange; /* NULL: none under way */
	struct shown *sent;             /* owned: what the request says */
	size_t n_sent;
	int status;
	bool gone;    /* left the config; freed when the exchange is over */
	bool refused; /* the last one was: say it once */
};

/* What is shown survives a reload. */
struct memory {
	TAILQ_ENTRY(memory) link;
	char channel[64];
	struct shown shown;
};

struct resend {
	struct loop *loop;
	struct http *http;
	const struct book *book;
	struct outbox *outbox;
	struct resend_handler on;
	void *arg;
	TAILQ_HEAD(posts, post) posts;
	TAILQ_HEAD(memories, memory) memories;
	bool stopped;
};

/* --- what is shown where ---------------------------------------------------------- */

static struct memory *find_memory(
    const struct resend *r, const char *channel, const struct ulid *incident)
{
	struct memory *m = NULL;
	TAILQ_FOREACH(m, &r->memories, link)
	if (ulid_eq(&m->shown.incident, incident) && !strcmp(m->channel, channel))
		return m;
	return NULL;
}

enum severity resend_shows(
    const struct resend *r, const char *channel, const struct ulid *incident)
{
	const struct memory *m = find_memory(r, channel, incident);
	return m ? m->shown.severity : 0;
}

static enum severity severity_of(const struct incident *in)
{
	return in->severity_now ? in->severity_now : in->severity;
}

static void forget(struct resend *r, struct memory *m)
{
	TAILQ_REMOVE(&r->memories, m, link);
	free(m);
}

void resend_note(struct resend *r, const char *channel, const struct incident *in)
{
	struct memory *m = find_memory(r, channel, &in->id);
	if (m && in->state == INCIDENT_CLOSED)
		forget(r, m);
	if (in->state == INCIDENT_CLOSED)
		return;
	if (!m) {
		m = xcalloc(1, sizeof *m);
		(void)str_copy(m->channel, sizeof m->channel, channel);
		m->shown.incident = in->id;
		TAILQ_INSERT_TAIL(&r->memories, m, link);
	}
	m->shown.severity = severity_of(in);
}

/* --- one round -------------------------------------------------------------------- */

/* Incidents that are going on and that this channel was told of. */
struct round {
	struct post *post;
	const struct incident *in; /* the page that is being read */
	struct message *all;       /* owned */
	size_t n;
};

static void on_incident(void *arg, const struct incident *in)
{
	struct round *rd = arg;
	rd->in = in;
}

static void on_told(void *arg, const struct delivery *d)
{
	struct round *rd = arg;
	struct resend *r = rd->post->owner;
	const char *name = rd->post->channel->name;
	enum severity was = 0;
	if (rd->n == MAX_AT_ONCE || rd->in->state != INCIDENT_OPEN ||
	    strcmp(d->channel, name) != 0)
		return;
	was = resend_shows(r, name, &rd->in->id);
	/* Not told yet: the outbox does that first. */
	if (d->state == DELIVERY_PENDING && !was)
		return;
	r->on.compose(r->arg, rd->post->channel->language, rd->in, &rd->all[rd->n]);
	rd->all[rd->n++].was = was;
}

static enum http_next on_head(void *arg, struct mono at, const struct wire_head *head)
{
	struct post *p = arg;
	(void)at;
	p->status = head->status;
	return HTTP_MORE;
}

static enum http_next on_bytes(void *arg, struct mono at, struct span bytes)
{
	(void)arg;
	(void)at;
	(void)bytes;
	return HTTP_MORE;
}

static void post_free(struct post *p)
{
	TAILQ_REMOVE(&p->owner->posts, p, link);
	loop_timer_cancel(&p->timer);
	free(p->sent);
	arena_free(p->generation);
	free(p);
}

static int64_t pace_ms(const struct post *p)
{
	return p->channel->resend_ms ? p->channel->resend_ms
				     : p->channel->kind->resend_ms;
}

static void note_sent(struct post *p)
{
	for (size_t i = 0; i < p->n_sent; i++) {
		struct memory *m =
		    find_memory(p->owner, p->channel->name, &p->sent[i].incident);
		if (m) {
			m->shown.severity = p->sent[i].severity;
			continue;
		}
		m = xcalloc(1, sizeof *m);
		(void)str_copy(m->channel, sizeof m->channel, p->channel->name);
		m->shown = p->sent[i];
		TAILQ_INSERT_TAIL(&p->owner->memories, m, link);
	}
}

/* Nothing is retried: the next round says it all again. */
static void on_done(void *arg, struct mono at, const struct wire_end *end)
{
	struct post *p = arg;
	struct resend *r = p->owner;
	bool good = p->status >= 200 && p->status <= 299;
	(void)at;
	p->exchange = NULL;
	if (good)
		note_sent(p);
	else if (!p->refused)
		log_event(LOG_WARN, "resend_failed", "channel=%s status=%d wire=%s",
		    p->channel->name, p->status, wire_code(end->wire));
	p->refused = !good;
	outbox_release(r->outbox, p->channel->name);
	if (p->gone)
		post_free(p);
	else if (!r->stopped)
		loop_timer_in_ms(&p->timer, pace_ms(p));
	if (!r->stopped)
		r->on.on_idle(r->arg);
}

static const struct http_handler handler = {on_head, on_bytes, on_done};

static void send_all(struct post *p, struct round *rd)
{
	const struct channel_conf *c = p->channel;
	struct request rq;
	c->kind->build_state(c, rd->all, rd->n, loop_wall(p->owner->loop), &rq);
	if (c->proxy)
		rq.proxy = xstrdup(secret_reveal(c->proxy));
	rq.backstop_ms = c->kind->timeout_ms;
	rq.connect_backstop_ms = c->kind->timeout_ms;
	p->sent = xreallocarray(p->sent, rd->n, sizeof *p->sent);
	p->n_sent = rd->n;
	for (size_t i = 0; i < rd->n; i++)
		p->sent[i] = (struct shown){
		    rd->all[i].incident.id, severity_of(&rd->all[i].incident)};
	p->status = 0;
	p->exchange = http_start(p->owner->http, &rq, &handler, p);
}

static void on_timer(void *arg, struct mono now)
{
	struct post *p = arg;
	struct resend *r = p->owner;
	struct book_reader reader = {on_incident, on_told};
	struct round rd = {.post = p};
	(void)now;
	if (!outbox_hold(r->outbox, p->channel->name)) {
		loop_timer_in_ms(&p->timer, BUSY_MS);
		return;
	}
	rd.all = xcalloc(MAX_AT_ONCE, sizeof *rd.all);
	book_each(r->book, &reader, &rd);
	if (rd.n) {
		send_all(p, &rd);
	} else {
		outbox_release(r->outbox, p->channel->name);
		loop_timer_in_ms(&p->timer, pace_ms(p));
	}
	free(rd.all);
}

/* --- life ------------------------------------------------------------------------- */

struct resend *resend_new(struct loop *l, struct http *h, const struct book *b,
    struct outbox *o, const struct resend_handler *on, void *arg)
{
	struct resend *r = xcalloc(1, sizeof *r);
	r->loop = l;
	r->http = h;
	r->book = b;
	r->outbox = o;
	r->on = *on;
	r->arg = arg;
	TAILQ_INIT(&r->posts);
	TAILQ_INIT(&r->memories);
	return r;
}

void resend_stop(struct resend *r)
{
	struct post *p = NULL;
	r->stopped = true;
	TAILQ_FOREACH(p, &r->posts, link)
	loop_timer_cancel(&p->timer);
}

void resend_free(struct resend *r)
{
	if (!r)
		return;
	for (struct post *p = TAILQ_FIRST(&r->posts), *next = NULL; p; p = next) {
		next = TAILQ_NEXT(p, link);
		post_free(p);
	}
	for (struct memory *m = TAILQ_FIRST(&r->memories), *next = NULL; m; m = next) {
		next = TAILQ_NEXT(m, link);
		free(m);
	}
	free(r);
}

static void drop_posts(struct resend *r)
{
	for (struct post *p = TAILQ_FIRST(&r->posts), *next = NULL; p; p = next) {
		next = TAILQ_NEXT(p, link);
		loop_timer_cancel(&p->timer);
		p->gone = true;
		if (!p->exchange)
			post_free(p);
	}
}

void resend_config(struct resend *r, struct conf *c)
{
	drop_posts(r);
	for (size_t i = 0; i < c->n_channels; i++) {
		struct post *p = NULL;
		if (!c->channels[i].kind->build_state)
			continue;
		p = xcalloc(1, sizeof *p);
		p->owner = r;
		p->channel = &c->channels[i];
		p->generation = arena_ref(c->arena);
		loop_timer_init(&p->timer, r->loop, on_timer, p);
		loop_timer_in_ms(&p->timer, pace_ms(p));
		TAILQ_INSERT_TAIL(&r->posts, p, link);
	}
}
