/* SPDX-License-Identifier: MIT
 *
 * See heartbeat.h.
 */
#include "agent/heartbeat.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "agent/beat.h"

#define LIMIT_MS     (10 * MS_PER_S)
#define ANSWER_BYTES ((size_t)4096)

struct pulse {
	struct loop *loop;            /* borrowed */
	struct http *http;            /* borrowed */
	const struct heartbeat *what; /* of the generation; NULL: none */
	struct arena *generation;     /* referenced */
	const char *vantage;
	struct beat beat;
	struct http_exchange *exchange; /* NULL: none is under way */
	struct loop_timer limit;
	bool forgotten; /* the address changed while it was under way */
	int status;
	struct str body;
	pulse_told_fn told;
	void *arg;
	bool stopped;
};

static enum http_next on_head(void *arg, struct mono at, const struct wire_head *head)
{
	struct pulse *p = arg;
	(void)at;
	p->status = head->status;
	return HTTP_MORE;
}

static enum http_next on_bytes(void *arg, struct mono at, struct span bytes)
{
	struct pulse *p = arg;
	(void)at;
	(void)str_add(&p->body, bytes.p, bytes.n);
	return p->body.cut ? HTTP_ENOUGH : HTTP_MORE;
}

static void tell(struct pulse *p, enum beat_news news, const char *words)
{
	switch (news) {
	case BEAT_SAME:
		return;
	case BEAT_BROKEN:
		log_event(LOG_WARN, "heartbeat_fails", "why=%s", words);
		return;
	case BEAT_LOST:
		p->told(p->arg, true, words);
		return;
	case BEAT_WELL:
		log_event(LOG_NOTICE, "heartbeat_works", "%s", "why=it arrives again");
		p->told(p->arg, false, "it arrives again");
		return;
	}
}

static void on_done(void *arg, struct mono at, const struct wire_end *end)
{
	struct pulse *p = arg;
	char words[200];
	bool good = beat_read(end, p->status, str_span(&p->body), words, sizeof words);
	p->exchange = NULL;
	loop_timer_cancel(&p->limit);
	if (p->forgotten || p->stopped) {
		p->beat.busy = p->forgotten = false;
		return;
	}
	tell(p, beat_on_answer(&p->beat, at, good), words);
}

static const struct http_handler handler = {on_head, on_bytes, on_done};

static void on_limit(void *arg, struct mono now)
{
	struct pulse *p = arg;
	(void)now;
	if (p->exchange)
		http_abort(p->exchange);
}

static void send(struct pulse *p, enum beat_word word, const char *trouble)
{
	struct request rq;
	struct str text;
	if (word == BEAT_NOTHING)
		return;
	str_init(&text, 400);
	(void)str_addf(&text, "dimwatch " DIMWATCH_VERSION " at %s: %s", p->vantage,
	    word == BEAT_FAIL    ? trouble
	    : word == BEAT_START ? "started"
				 : "all that was due is judged and stored");
	beat_request(&rq, secret_reveal(p->what->url), word, str_c(&text));
	str_fini(&text);
	if (p->what->proxy)
		rq.proxy = xstrdup(secret_reveal(p->what->proxy));
	rq.cold = true;
	rq.max_body_bytes = (int64_t)ANSWER_BYTES * 4;
	rq.backstop_ms = rq.connect_backstop_ms = LIMIT_MS + MS_PER_S;
	p->status = 0;
	str_reset(&p->body);
	loop_timer_in_ms(&p->limit, LIMIT_MS);
	log_event(LOG_DEBUG, "heartbeat", "kind=%d", (int)word);
	p->exchange = http_start(p->http, &rq, &handler, p);
}

static bool is_on(const struct pulse *p)
{
	return p->what && p->what->url && !p->stopped && !p->exchange;
}

void pulse_on_cycle(struct pulse *p, const char *trouble)
{
	if (is_on(p))
		send(p, beat_on_cycle(&p->beat, loop_mono(p->loop), trouble), trouble);
}

void pulse_on_time(struct pulse *p, const char *trouble)
{
	if (is_on(p))
		send(p, beat_on_time(&p->beat, loop_mono(p->loop), trouble), trouble);
}

struct pulse *pulse_new(struct loop *l, struct http *h, pulse_told_fn told, void *arg)
{
	struct pulse *p = xcalloc(1, sizeof *p);
	p->loop = l;
	p->http = h;
	p->told = told;
	p->arg = arg;
	str_init(&p->body, ANSWER_BYTES);
	loop_timer_init(&p->limit, l, on_limit, p);
	return p;
}

void pulse_free(struct pulse *p)
{
	if (!p)
		return;
	loop_timer_cancel(&p->limit);
	str_fini(&p->body);
	arena_free(p->generation);
	free(p);
}

static bool same_address(const struct heartbeat *a, const struct heartbeat *b)
{
	return a && b && a->url && b->url && secret_eq(a->url, b->url);
}

void pulse_config(struct pulse *p, const struct conf *c)
{
	struct arena *old = p->generation;
	bool same = same_address(p->what, c->heartbeat), first = !old;
	p->forgotten = p->exchange && (p->forgotten || !same);
	p->generation = arena_ref(c->arena);
	p->what = c->heartbeat;
	p->vantage = c->vantage;
	if (!same && p->beat.lost)
		p->told(p->arg, false, "it left the config");
	if (same)
		p->beat.every_ms = p->what->every_ms;
	else if (p->what)
		beat_init(&p->beat, p->what->every_ms, p->what->start && first);
	arena_free(old);
}

bool pulse_adopt(struct pulse *p)
{
	if (p->what)
		p->beat.bad = p->beat.lost = true;
	return p->what != NULL;
}

void pulse_stop(struct pulse *p)
{
	if (!p)
		return;
	p->stopped = true;
	if (p->exchange)
		http_abort(p->exchange);
}
