/* SPDX-License-Identifier: MIT
 *
 * See deliver.h. commit -> delivery: the last hop of the hallway.
 */
#include "agent/deliver.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/queue.h"
#include "agent/base/xalloc.h"
#include "agent/child.h"
#include "agent/deliver_many.h"
#include "agent/resend.h"

/* A far side that keeps talking is cut here; channels look at the first 16 KiB. */
#define ANSWER_LIMIT ((int64_t)CHANNEL_ANSWER_BYTES * 4)

/* One attempt in flight. */
struct attempt {
	TAILQ_ENTRY(attempt) link;
	struct deliver *owner;
	struct delivery delivery;
	const struct channel_conf *channel; /* alive: its generation is referenced */
	struct arena *generation;
	struct http_exchange *exchange; /* or */
	struct child *child;
	struct loop_timer deadline;
	struct mono started;
	bool timed_out;
	bool edit;             /* it changes the head of its thread */
	struct incident *told; /* owned; of a channel that is a state: what it says */
	/* The answer so far. */
	bool has_head;
	struct wire_head head; /* spans point into head_bytes */
	struct str head_bytes, body;
};

struct deliver {
	struct loop *loop;
	struct http *http;
	struct children *children; /* owned */
	struct book *book;
	struct outbox *outbox;
	struct resend *resend; /* owned */
	struct conf *conf;     /* its arena is referenced; NULL before the first config */
	struct loop_timer wake;
	struct deliver_handler on;
	void *arg;
	TAILQ_HEAD(attempts, attempt) attempts;
	size_t in_flight;
	bool stopped;
};

/* The head's spans live only during the callback: keep our own copy of what channels look
 * at. */
static enum http_next on_head(void *arg, struct mono at, const struct wire_head *head)
{
	struct attempt *t = arg;
	(void)at;
	size_t n = 0, start = t->head_bytes.len;
	for (; n < head->n; n++) {
		const struct wire_header *h = &head->headers[n];
		if (t->head_bytes.len + h->name.n + h->value.n > t->head_bytes.limit)
			break;
		(void)str_add(&t->head_bytes, h->name.p, h->name.n);
		(void)str_add(&t->head_bytes, h->value.p, h->value.n);
		t->head.headers[n] = *h;
	}
	/* Only now: the buffer moved while it grew. */
	const char *p = t->head_bytes.data + start;
	for (size_t i = 0; i < n; i++) {
		struct wire_header *h = &t->head.headers[i];
		h->name.p = p;
		h->value.p = p + h->name.n;
		p += h->name.n + h->value.n;
	}
	t->head.n = n;
	t->head.status = head->status;
	t->has_head = true;
	return HTTP_MORE;
}

static enum http_next on_bytes(void *arg, struct mono at, struct span bytes)
{
	struct attempt *t = arg;
	(void)at;
	(void)str_add(&t->body, bytes.p, bytes.n);
	return t->body.cut ? HTTP_ENOUGH : HTTP_MORE;
}

static void attempt_free(struct attempt *t)
{
	TAILQ_REMOVE(&t->owner->attempts, t, link);
	t->owner->in_flight--;
	loop_timer_cancel(&t->deadline);
	str_fini(&t->head_bytes);
	str_fini(&t->body);
	arena_free(t->generation);
	free(t->told);
	free(t);
}

static void log_attempt(
    const struct attempt *t, const struct channel_verdict *v, struct mono now)
{
	bool good = v->kind == VERDICT_ACCEPTED || v->kind == VERDICT_DONE_ALREADY;
	log_event(good ? LOG_INFO : LOG_WARN, "delivery_attempt",
	    "channel=%s delivery=%s incident=%s kind=%s attempt=%d status=%d verdict=%s "
	    "ms=%lld words=%s",
	    t->delivery.channel, t->delivery.id.text, t->delivery.incident.text,
	    message_kind_code(t->delivery.kind), t->delivery.attempts, t->head.status,
	    verdict_code(v->kind), (long long)(mono_diff_us(now, t->started) / US_PER_MS),
	    v->words);
}

static int64_t tried_ms(const struct delivery *d, struct wall now)
{
	return d->first_try.ms ? wall_diff_ms(now, d->first_try) : 0;
}

static void on_done(void *arg, struct mono at, const struct wire_end *end)
{
	struct attempt *t = arg;
	struct deliver *d = t->owner;
	struct wire_end how = *end;
	struct channel_verdict v = {.kind = VERDICT_LATER};
	struct outbox_update u;
	if (t->timed_out)
		how.wire = WIRE_TIMEOUT;
	else if (how.wire == WIRE_ABORTED && t->body.cut)
		how.wire = WIRE_DONE; /* we had enough of a long answer */
	struct channel_answer a = {.end = &how,
	    .head = t->has_head ? &t->head : NULL,
	    .body = str_span(&t->body),
	    .now = loop_wall(d->loop),
	    .plain = t->delivery.plain,
	    .edit = t->edit,
	    .tried_ms = tried_ms(&t->delivery, loop_wall(d->loop))};
	t->channel->kind->read(t->channel, &a, &v);
	log_attempt(t, &v, at);
	if (t->told && v.kind == VERDICT_ACCEPTED)
		resend_note(d->resend, t->channel->name, t->told);
	outbox_update_init(&u);
	outbox_result(d->outbox, &t->delivery.id, &v, loop_wall(d->loop), &u);
	attempt_free(t);
	d->on.on_update(d->arg, &u);
	outbox_update_fini(&u);
	deliver_poke(d);
}

static const struct http_handler http_handler = {on_head, on_bytes, on_done};

static void on_deadline(void *arg, struct mono now)
{
	struct attempt *t = arg;
	(void)now;
	t->timed_out = true;
	if (t->child)
		child_abort(t->child);
	else
		http_abort(t->exchange);
}

/* The incident is in the book as long as the outbox needs it; a row whose incident is
 * nowhere (a damaged database) still becomes a message that says so. */
static void compose(struct deliver *d, const struct outbox_attempt *oa, struct message *m)
{
	const struct delivery *dl = &oa->delivery;
	const struct incident *in = book_find(d->book, &dl->incident);
	struct incident lost = {.id = dl->incident, .class = CLASS_NOTICE};
	struct wall now = loop_wall(d->loop);
	if (!in) {
		(void)str_copy(lost.subject.id, sizeof lost.subject.id,
		    "an incident whose record is gone");
		in = &lost;
	}
	struct render_context c = {
	    .language = conf_find_channel(d->conf, dl->channel)->language,
	    .vantage = d->conf->vantage,
	    .alternative = d->on.alternative(d->arg, in),
	    .now = now,
	    .late_ms = wall_diff_ms(now, dl->created),
	    .both = oa->both,
	    .maybe = oa->maybe};
	render(m, dl->kind, in, dl->created, dl->seq, &c);
	(void)str_copy(m->thread, sizeof m->thread, oa->thread);
	m->edit = oa->edit;
	m->was = resend_shows(d->resend, dl->channel, &dl->incident);
}

static void compose_many(struct deliver *d, const struct outbox_attempt *oa,
    struct deliver_many *many, struct message *m)
{
	struct render_context c = {
	    .language = conf_find_channel(d->conf, oa->delivery.channel)->language,
	    .vantage = d->conf->vantage,
	    .now = loop_wall(d->loop)};
	deliver_many(many, d->outbox, d->book, &oa->delivery, &c, m);
}

static void compose_present(
    void *arg, enum language l, const struct incident *in, struct message *ret)
{
	struct deliver *d = arg;
	struct render_context c = {.language = l,
	    .vantage = d->conf->vantage,
	    .alternative = d->on.alternative(d->arg, in),
	    .now = loop_wall(d->loop)};
	render(ret, in->class == CLASS_NOTICE ? MESSAGE_NOTICE_RAISED : MESSAGE_OPENED,
	    in, in->opened, in->seq, &c);
}

static void start(struct deliver *d, const struct outbox_attempt *oa)
{
	const struct channel_conf *c = conf_find_channel(d->conf, oa->delivery.channel);
	struct attempt *t = xcalloc(1, sizeof *t);
	struct message *m = xcalloc(1, sizeof *m);
	struct deliver_many *many = NULL;
	struct request rq;
	assert(c && "the outbox only knows configured channels");
	t->owner = d;
	t->delivery = oa->delivery;
	t->edit = oa->edit;
	t->channel = c;
	t->generation = arena_ref(d->conf->arena);
	t->started = loop_mono(d->loop);
	str_init(&t->head_bytes, CHANNEL_ANSWER_BYTES);
	str_init(&t->body, CHANNEL_ANSWER_BYTES);
	if (oa->delivery.kind == MESSAGE_SUMMARY) {
		many = xcalloc(1, sizeof *many);
		compose_many(d, oa, many, m);
	} else if (oa->delivery.kind == MESSAGE_DIGEST && d->on.digest) {
		d->on.digest(d->arg, &oa->delivery, c->language, m);
	} else {
		compose(d, oa, m);
	}
	c->kind->build(
	    c, m, t->delivery.id.text, t->delivery.plain, loop_wall(d->loop), &rq);
	if (c->kind->build_state && m->incident.id.text[0]) {
		t->told = xcalloc(1, sizeof *t->told);
		*t->told = m->incident;
	}
	free(many);
	free(m);
	if (c->proxy)
		rq.proxy = xstrdup(secret_reveal(c->proxy));
	rq.max_body_bytes = ANSWER_LIMIT;
	rq.backstop_ms = c->kind->timeout_ms + 5000;
	rq.connect_backstop_ms = c->kind->timeout_ms;
	TAILQ_INSERT_TAIL(&d->attempts, t, link);
	d->in_flight++;
	loop_timer_init(&t->deadline, d->loop, on_deadline, t);
	loop_timer_in_ms(&t->deadline, c->kind->timeout_ms);
	if (c->argv)
		t->child = child_start(d->children, c->argv, &rq, &http_handler, t);
	else
		t->exchange = http_start(d->http, &rq, &http_handler, t);
}

void deliver_poke(struct deliver *d)
{
	struct outbox_attempt oa;
	struct wall now = loop_wall(d->loop);
	struct outbox_update u;
	if (d->stopped || !d->conf)
		return;
	outbox_update_init(&u);
	while (outbox_next(d->outbox, now, &oa, &u))
		start(d, &oa);
	if (u.n || u.channel_changed || u.bundled)
		d->on.on_update(d->arg, &u);
	outbox_update_fini(&u);
	struct wall wake = outbox_wake_at(d->outbox);
	if (wake.ms == INT64_MAX)
		loop_timer_cancel(&d->wake);
	else
		loop_timer_in_ms(&d->wake, wake.ms > now.ms ? wake.ms - now.ms : 0);
}

static void on_wake(void *arg, struct mono now)
{
	(void)now;
	deliver_poke(arg);
}

static void on_idle(void *arg)
{
	deliver_poke(arg);
}

void deliver_nudge(struct deliver *d)
{
	if (!d->stopped)
		loop_timer_in_ms(&d->wake, 0);
}

static const struct resend_handler resend_handler = {compose_present, on_idle};

struct deliver *deliver_new(struct loop *l, struct http *h, struct book *b, uint64_t seed,
    const struct deliver_handler *on, void *arg)
{
	struct deliver *d = xcalloc(1, sizeof *d);
	d->loop = l;
	d->http = h;
	d->book = b;
	d->children = children_new(l);
	d->outbox = outbox_new(seed);
	outbox_bundles(d->outbox, true);
	d->resend = resend_new(l, h, b, d->outbox, &resend_handler, d);
	d->on = *on;
	d->arg = arg;
	TAILQ_INIT(&d->attempts);
	loop_timer_init(&d->wake, l, on_wake, d);
	return d;
}

/* The http client was freed before, so every attempt has had its on_done. */
void deliver_free(struct deliver *d)
{
	if (!d)
		return;
	assert(!d->in_flight);
	loop_timer_cancel(&d->wake);
	children_free(d->children);
	resend_free(d->resend);
	outbox_free(d->outbox);
	if (d->conf)
		arena_free(d->conf->arena);
	free(d);
}

void deliver_config(struct deliver *d, struct conf *c)
{
	struct conf *old = d->conf;
	struct wall now = loop_wall(d->loop);
	d->conf = c;
	(void)arena_ref(c->arena);
	for (size_t i = 0; i < c->n_channels; i++)
		outbox_put_channel(
		    d->outbox, c->channels[i].name, c->channels[i].kind, now);
	for (size_t i = 0; old && i < old->n_channels; i++) {
		struct outbox_update u;
		if (conf_find_channel(c, old->channels[i].name))
			continue;
		outbox_update_init(&u);
		outbox_remove_channel(d->outbox, old->channels[i].name, now, &u);
		d->on.on_update(d->arg, &u);
		outbox_update_fini(&u);
	}
	resend_config(d->resend, c);
	if (old)
		arena_free(old->arena);
	deliver_poke(d);
}

struct outbox *deliver_outbox(struct deliver *d)
{
	return d->outbox;
}

void deliver_stop(struct deliver *d)
{
	d->stopped = true;
	resend_stop(d->resend);
	loop_timer_cancel(&d->wake);
}

void deliver_end(struct deliver *d)
{
	if (!d)
		return;
	deliver_stop(d);
	children_end(d->children);
}

size_t deliver_in_flight(const struct deliver *d)
{
	return d->in_flight;
}
