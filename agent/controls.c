/* SPDX-License-Identifier: MIT
 *
 * See controls.h.
 */
#include "agent/controls.h"

#include <stdlib.h>

#include "agent/base/log.h"
#include "agent/base/queue.h"
#include "agent/base/xalloc.h"
#include "agent/conf_judge.h"

#define BODY_BYTES ((int64_t)64 << 10)

struct ask {
	TAILQ_ENTRY(ask) link;
	struct controls *owner;
	struct control_ask what;
	struct arena *generation;       /* referenced */
	const char *url;                /* of it */
	struct loop_timer timer;        /* until it begins, then its limit */
	struct http_exchange *exchange; /* NULL: not begun */
	struct wall started;
	bool answered, forgotten;
};
TAILQ_HEAD(asks, ask);

struct controls {
	struct loop *loop; /* borrowed */
	struct http *http; /* borrowed */
	const struct conf *conf;
	struct arena *generation; /* referenced; NULL before the first config */
	struct conf_ways ways;
	struct asks asks;
	size_t n;
	bool stopped;
	bool live[WAY_MAX][WITNESS_CONTROLS], warned[WAY_MAX][WITNESS_CONTROLS];
	controls_answer_fn on_answer;
	void *arg;
};

static void ask_free(struct ask *a)
{
	TAILQ_REMOVE(&a->owner->asks, a, link);
	a->owner->n--;
	loop_timer_cancel(&a->timer);
	arena_free(a->generation);
	free(a);
}

/* Said once: a control that has never answered since the start is no witness. */
static void note(struct controls *c, const struct ask *a, const char *why)
{
	int way = a->what.way, i = a->what.control;
	c->live[way][i] |= a->answered;
	if (c->live[way][i] || c->warned[way][i])
		return;
	c->warned[way][i] = true;
	log_event(LOG_WARN, "control_silent", "url=%s via=%s why=%s", a->url,
	    c->ways.judge[way].name[0] ? c->ways.judge[way].name : "-", why);
}

static enum http_next on_head(void *arg, struct mono at, const struct wire_head *head)
{
	struct ask *a = arg;
	(void)at;
	(void)head;
	a->answered = true;
	return HTTP_ENOUGH;
}

static enum http_next on_bytes(void *arg, struct mono at, struct span bytes)
{
	(void)arg;
	(void)at;
	(void)bytes;
	return HTTP_ENOUGH;
}

static void on_done(void *arg, struct mono at, const struct wire_end *end)
{
	struct ask *a = arg;
	struct controls *c = a->owner;
	struct control_ask what = a->what;
	struct wall started = a->started;
	bool answered = a->answered, quiet = c->stopped || a->forgotten;
	(void)at;
	if (!quiet)
		note(c, a, end->text);
	log_event(LOG_DEBUG, "control", "url=%s answered=%d", a->url, answered);
	ask_free(a);
	if (!quiet)
		c->on_answer(c->arg, &what, started, answered);
}

static const struct http_handler handler = {on_head, on_bytes, on_done};

static void on_limit(void *arg, struct mono now)
{
	struct ask *a = arg;
	(void)now;
	http_abort(a->exchange);
}

static void begin(struct ask *a)
{
	struct controls *c = a->owner;
	const struct secret *proxy = c->ways.proxy[a->what.way];
	struct request rq;
	request_init(&rq, "GET", a->url);
	if (proxy)
		rq.proxy = xstrdup(secret_reveal(proxy));
	rq.cold = true;
	rq.max_body_bytes = BODY_BYTES;
	rq.backstop_ms = rq.connect_backstop_ms = CONTROLS_LIMIT_MS + MS_PER_S;
	a->started = loop_wall(c->loop);
	loop_timer_init(&a->timer, c->loop, on_limit, a);
	loop_timer_in_ms(&a->timer, CONTROLS_LIMIT_MS);
	a->exchange = http_start(c->http, &rq, &handler, a);
}

static void on_begin(void *arg, struct mono now)
{
	(void)now;
	begin(arg);
}

void controls_ask(struct controls *c, const struct control_ask *a)
{
	if (c->stopped || !c->conf || c->n == CONTROLS_IN_FLIGHT || a->way < 0 ||
	    (size_t)a->way >= c->ways.n || a->control < 0 ||
	    (size_t)a->control >= c->conf->n_controls)
		return;
	struct ask *ask = xcalloc(1, sizeof *ask);
	ask->owner = c;
	ask->what = *a;
	ask->generation = arena_ref(c->generation);
	ask->url = c->conf->controls[a->control];
	TAILQ_INSERT_TAIL(&c->asks, ask, link);
	c->n++;
	loop_timer_init(&ask->timer, c->loop, on_begin, ask);
	loop_timer_in_ms(&ask->timer, a->in_ms > 0 ? a->in_ms : 0);
}

/* Other ways or other addresses: an old answer would be taken for another's. */
static void forget_asks(struct controls *c)
{
	struct ask *a = NULL, *next = NULL;
	TAILQ_FOREACH_SAFE(a, &c->asks, link, next)
	if (a->exchange)
		a->forgotten = true;
	else
		ask_free(a);
}

struct controls *controls_new(
    struct loop *l, struct http *h, controls_answer_fn on_answer, void *arg)
{
	struct controls *c = xcalloc(1, sizeof *c);
	c->loop = l;
	c->http = h;
	c->on_answer = on_answer;
	c->arg = arg;
	TAILQ_INIT(&c->asks);
	return c;
}

void controls_config(struct controls *c, const struct conf *conf)
{
	struct arena *old = c->generation;
	forget_asks(c);
	c->generation = arena_ref(conf->arena);
	c->conf = conf;
	conf_ways(conf, &c->ways);
	arena_free(old);
}

void controls_stop(struct controls *c)
{
	struct ask *a = NULL, *next = NULL;
	c->stopped = true;
	TAILQ_FOREACH_SAFE(a, &c->asks, link, next)
	if (a->exchange)
		http_abort(a->exchange);
	else
		ask_free(a);
}

void controls_free(struct controls *c)
{
	struct ask *a = NULL, *next = NULL;
	if (!c)
		return;
	TAILQ_FOREACH_SAFE(a, &c->asks, link, next)
	ask_free(a);
	arena_free(c->generation);
	free(c);
}
