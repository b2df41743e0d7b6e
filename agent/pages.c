/* SPDX-License-Identifier: MIT
 *
 * See pages.h. One page a struct, one timer and at most one exchange each; on_done turns
 * an answer into a reading, and a reading into what is held.
 */
#include "agent/pages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/queue.h"
#include "agent/base/rng.h"
#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "probes/retry_after.h"

#define FIRST_MS     (2 * MS_PER_S)
#define TAG_BYTES    256
#define MAX_DOUBLING 6

struct page {
	TAILQ_ENTRY(page) link;
	struct pages *owner;
	struct arena *generation; /* referenced */
	const struct conf_page *conf;
	bool gone; /* left the config; freed when its exchange ends */
	struct loop_timer timer;
	struct http_exchange *exchange; /* NULL: none */
	/* The answer that is coming. */
	int status;
	int64_t retry_ms; /* -1: it wishes nothing */
	char etag_new[TAG_BYTES], modified_new[TAG_BYTES];
	struct str body;
	/* What is known. */
	bool read; /* `last` holds a reading */
	struct page_reading last;
	char etag[TAG_BYTES], modified[TAG_BYTES]; /* of it */
	struct opinion opinion;
	int failures; /* in a row */
	char why[200];
};
TAILQ_HEAD(page_list, page);

struct pages {
	struct loop *loop; /* borrowed */
	struct http *http; /* borrowed */
	struct rng rng;
	struct page_list list;
	struct pages_stats stats;
	bool stopped;
	pages_news_fn on_news;
	void *arg;
};

static void page_free(struct page *g)
{
	TAILQ_REMOVE(&g->owner->list, g, link);
	loop_timer_cancel(&g->timer);
	str_fini(&g->body);
	arena_free(g->generation);
	free(g);
}

/* --- when again ------------------------------------------------------------------- */

/* Never sooner than the interval: the jitter only adds. */
static int64_t next_ms(struct page *g)
{
	int64_t ms = g->conf->interval_ms;
	int doubling = g->failures < MAX_DOUBLING ? g->failures : MAX_DOUBLING;
	if (g->failures)
		ms <<= doubling;
	else if (g->opinion.n_next && ms > PAGES_AGAIN_MS)
		ms = PAGES_AGAIN_MS;
	if (ms > PAGES_SLOWEST_MS)
		ms = PAGES_SLOWEST_MS;
	ms += (int64_t)(rng_unit(&g->owner->rng) * 0.2 * (double)ms);
	return g->retry_ms > ms ? g->retry_ms : ms;
}

static void arm(struct page *g, int64_t ms)
{
	if (!g->owner->stopped && !g->gone)
		loop_timer_in_ms(&g->timer, ms);
}

/* --- what it said ----------------------------------------------------------------- */

static void say(struct page *g)
{
	struct page_news n = {g->conf->provider, &g->opinion.held};
	log_event(LOG_NOTICE, "page_says", "provider=%s state=%s title=%s", n.provider,
	    page_state_code(n.held->state), n.held->title);
	g->owner->on_news(g->owner->arg, &n);
}

/* The same trouble is said once. */
static void note_failure(struct page *g, const char *why)
{
	struct str clean;
	str_init(&clean, sizeof g->why - 1);
	text_printable(&clean, span_of(why));
	if (strcmp(g->why, str_c(&clean)) != 0)
		log_event(LOG_WARN, "page_unread", "provider=%s url=%s why=%s",
		    g->conf->provider, g->conf->url, str_c(&clean));
	(void)str_copy(g->why, sizeof g->why, str_c(&clean));
	str_fini(&clean);
	g->failures++;
	g->owner->stats.failed++;
}

static struct page_focus focus_of(const struct page *g)
{
	return (struct page_focus){g->conf->parts, g->conf->n_parts, g->conf->host};
}

static bool take_answer(struct page *g, const struct wire_end *end)
{
	struct page_focus f = focus_of(g);
	struct page_reading r;
	struct err e = {0};
	char why[sizeof e.msg] = "";
	if (end->wire == WIRE_TOO_LARGE)
		(void)snprintf(why, sizeof why, "more than 1 MiB");
	else if (end->wire != WIRE_DONE)
		(void)snprintf(why, sizeof why, "%s", end->text);
	else if (g->status == 304 && g->read)
		g->owner->stats.same++;
	else if (g->status != 200)
		(void)snprintf(why, sizeof why, "HTTP %d", g->status);
	else if (!page_read(g->conf->kind, &f, str_span(&g->body), &r, &e))
		(void)snprintf(why, sizeof why, "%s", e.msg);
	else
		g->owner->stats.changed++;
	if (*why) {
		note_failure(g, why);
		return false;
	}
	if (g->status == 200) {
		g->last = r;
		g->read = true;
		(void)str_copy(g->etag, sizeof g->etag, g->etag_new);
		(void)str_copy(g->modified, sizeof g->modified, g->modified_new);
	}
	g->failures = 0;
	g->why[0] = '\0';
	return true;
}

static void on_done(void *arg, struct mono at, const struct wire_end *end)
{
	struct page *g = arg;
	struct page_opinion said = {.state = PAGE_NONE};
	struct page_focus f = focus_of(g);
	struct wall now = loop_wall(g->owner->loop);
	(void)at;
	g->exchange = NULL;
	if (g->gone) {
		page_free(g);
		return;
	}
	if (g->owner->stopped)
		return;
	if (take_answer(g, end))
		page_weigh(&g->last, &f, now, &said);
	str_reset(&g->body);
	if (opinion_on_reading(&g->opinion, &said, now))
		say(g);
	arm(g, next_ms(g));
}

/* --- asking ----------------------------------------------------------------------- */

static enum http_next on_head(void *arg, struct mono at, const struct wire_head *head)
{
	struct page *g = arg;
	(void)at;
	g->status = head->status;
	g->retry_ms = retry_after_ms(head, loop_wall(g->owner->loop));
	(void)span_copy(head_find(head, "etag"), g->etag_new, sizeof g->etag_new);
	(void)span_copy(
	    head_find(head, "last-modified"), g->modified_new, sizeof g->modified_new);
	return HTTP_MORE;
}

static enum http_next on_bytes(void *arg, struct mono at, struct span bytes)
{
	struct page *g = arg;
	(void)at;
	(void)str_add(&g->body, bytes.p, bytes.n);
	return HTTP_MORE;
}

static const struct http_handler handler = {on_head, on_bytes, on_done};

static void on_due(void *arg, struct mono now)
{
	struct page *g = arg;
	const struct conf_page *c = g->conf;
	struct request rq;
	(void)now;
	if (g->exchange)
		return;
	request_init(&rq, "GET", c->url);
	(void)request_header(&rq, "User-Agent", "dimwatch/" DIMWATCH_VERSION);
	(void)request_header(&rq, "Accept", "application/json, application/xml, */*");
	/* One of a page that we cannot read any more would keep us so. */
	if (g->read && g->etag[0])
		(void)request_header(&rq, "If-None-Match", g->etag);
	if (g->read && g->modified[0])
		(void)request_header(&rq, "If-Modified-Since", g->modified);
	if (c->proxy)
		rq.proxy = xstrdup(secret_reveal(c->proxy));
	if (c->ca_file)
		rq.ca_file = xstrdup(c->ca_file);
	rq.ip_version = c->ip == IP_V4 ? 4 : c->ip == IP_V6 ? 6 : 0;
	rq.cold = true;
	rq.max_body_bytes = (int64_t)PAGE_MAX_BYTES;
	rq.backstop_ms = PAGES_LIMIT_MS;
	rq.connect_backstop_ms = PAGES_LIMIT_MS / 2;
	g->status = 0;
	g->retry_ms = -1;
	g->etag_new[0] = g->modified_new[0] = '\0';
	str_reset(&g->body);
	g->owner->stats.asked++;
	g->exchange = http_start(g->owner->http, &rq, &handler, g);
}

/* --- generations ------------------------------------------------------------------ */

static bool is_same(const struct conf_page *a, const struct conf_page *b)
{
	return !strcmp(a->provider, b->provider) && !strcmp(a->url, b->url) &&
	       a->kind == b->kind;
}

static bool has_page(const struct conf *c, const char *provider)
{
	for (size_t i = 0; i < c->n_pages; i++)
		if (!strcmp(c->pages[i].provider, provider))
			return true;
	return false;
}

/* It left the config: nobody holds anything of it any more. */
static void retire(struct page *g, const struct conf *c)
{
	bool spoke = g->opinion.held.state != PAGE_NONE;
	g->gone = true;
	loop_timer_cancel(&g->timer);
	g->opinion.held = (struct opinion_held){0};
	if (spoke && !has_page(c, g->conf->provider))
		say(g);
	if (g->exchange)
		http_abort(g->exchange);
	else
		page_free(g);
}

static struct page *find_page(struct pages *p, const struct conf_page *c)
{
	struct page *g = NULL;
	TAILQ_FOREACH(g, &p->list, link)
	if (!g->gone && is_same(g->conf, c))
		return g;
	return NULL;
}

static void adopt(struct pages *p, const struct conf *conf, const struct conf_page *c)
{
	struct page *g = find_page(p, c);
	if (g) {
		struct arena *old = g->generation;
		g->generation = arena_ref(conf->arena);
		g->conf = c;
		arena_free(old);
		return;
	}
	g = xcalloc(1, sizeof *g);
	g->owner = p;
	g->generation = arena_ref(conf->arena);
	g->conf = c;
	str_init(&g->body, PAGE_MAX_BYTES + 1);
	loop_timer_init(&g->timer, p->loop, on_due, g);
	TAILQ_INSERT_TAIL(&p->list, g, link);
	arm(g, FIRST_MS + (int64_t)(rng_unit(&p->rng) * (double)FIRST_MS));
}

void pages_config(struct pages *p, const struct conf *conf)
{
	struct page *g = NULL, *next = NULL;
	for (size_t i = 0; i < conf->n_pages; i++)
		adopt(p, conf, &conf->pages[i]);
	TAILQ_FOREACH_SAFE(g, &p->list, link, next)
	{
		bool kept = false;
		for (size_t i = 0; i < conf->n_pages; i++)
			kept |= is_same(g->conf, &conf->pages[i]);
		if (!kept && !g->gone)
			retire(g, conf);
	}
}

struct pages *pages_new(
    struct loop *l, struct http *h, uint64_t seed, pages_news_fn on_news, void *arg)
{
	struct pages *p = xcalloc(1, sizeof *p);
	p->loop = l;
	p->http = h;
	rng_init(&p->rng, seed);
	p->on_news = on_news;
	p->arg = arg;
	TAILQ_INIT(&p->list);
	return p;
}

void pages_stop(struct pages *p)
{
	struct page *g = NULL;
	p->stopped = true;
	TAILQ_FOREACH(g, &p->list, link)
	{
		loop_timer_cancel(&g->timer);
		if (g->exchange)
			http_abort(g->exchange);
	}
}

void pages_free(struct pages *p)
{
	struct page *g = NULL, *next = NULL;
	if (!p)
		return;
	TAILQ_FOREACH_SAFE(g, &p->list, link, next)
	page_free(g);
	free(p);
}

struct pages_stats pages_stats(const struct pages *p)
{
	return p->stats;
}
