/* SPDX-License-Identifier: MIT
 *
 * One exchange from question to sample: the pure state machine decides, http carries, the
 * loop's heap keeps the deadline. Whatever happens ends in on_done of http, and only
 * there is the sample made.
 */
#include "probes/probe.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/arena.h"
#include "agent/base/map.h"
#include "agent/base/queue.h"
#include "agent/base/xalloc.h"
#include "probes/exchange.h"

#define CERT_EVERY_MS  MS_PER_H
#define CERT_HOSTS_MAX 4096 /* hosts remembered; more: asked again */
#define HUNG_AGAIN_MS  4000 /* and so often after the first time */
#define WARM_END_MS    500  /* for the end of the body, so that the connection can stay */

struct probe {
	TAILQ_ENTRY(probe) link;
	struct probes *all;         /* borrowed */
	const struct target *t;     /* borrowed from generation */
	struct arena *generation;   /* counted */
	struct exchange *x;         /* owned */
	struct http_exchange *wire; /* borrowed; valid until on_done */
	struct loop_timer deadline, patience;
	struct mono start;
	struct mono enough; /* warm: the answer was complete then; 0: not yet */
	uint32_t flags;
	bool began; /* the answer */
};

/* When a host's certificate was last seen. */
struct cert_seen {
	struct mono at;
};

struct probes {
	struct loop *loop; /* borrowed */
	struct http *http; /* borrowed */
	struct rng rng;
	probe_done_fn on_done;
	probe_hung_fn on_hung; /* or NULL */
	void *arg;
	TAILQ_HEAD(, probe) in_flight;
	size_t n;
	struct map *certs; /* host -> struct cert_seen, owned */
};

struct probes *probes_new(
    struct loop *l, struct http *h, uint64_t seed, probe_done_fn on_done, void *arg)
{
	struct probes *p = xcalloc(1, sizeof(*p));

	p->loop = l;
	p->http = h;
	rng_init(&p->rng, seed);
	p->on_done = on_done;
	p->arg = arg;
	TAILQ_INIT(&p->in_flight);
	p->certs = map_new();
	return p;
}

static void forget_certs(struct probes *p)
{
	for (size_t i = 0; i < map_count(p->certs); i++)
		free(map_at(p->certs, i, NULL));
	map_free(p->certs);
	p->certs = NULL;
}

void probes_free(struct probes *p)
{
	if (!p)
		return;
	assert(TAILQ_EMPTY(&p->in_flight));
	forget_certs(p);
	free(p);
}

void probes_listen_hung(struct probes *p, probe_hung_fn on_hung)
{
	p->on_hung = on_hung;
}

/* --- certificates: once an hour for each host, for it costs a tenth of a handshake ---
 */

static bool wants_cert(struct probes *p, const struct target *t, struct mono now)
{
	const struct cert_seen *seen;
	char host[300];

	if (strncmp(t->url, "https:", 6) != 0)
		return false;
	seen = map_find(p->certs, target_host(t, host, sizeof(host)));
	return !seen || mono_diff_us(now, seen->at) >= CERT_EVERY_MS * US_PER_MS;
}

static void note_cert(struct probes *p, const struct target *t, struct mono now)
{
	struct cert_seen *seen;
	char host[300];

	target_host(t, host, sizeof(host));
	seen = map_find(p->certs, host);
	if (!seen) {
		if (map_count(p->certs) >= CERT_HOSTS_MAX) {
			forget_certs(p);
			p->certs = map_new();
		}
		seen = xcalloc(1, sizeof(*seen));
		map_put(p->certs, host, seen);
	}
	seen->at = now;
}

/* --- one exchange --- */

static void arm(struct probe *pr)
{
	struct mono due = exchange_deadline(pr->x);

	if (due.us == INT64_MAX) /* nothing is awaited any more */
		loop_timer_cancel(&pr->deadline);
	else
		loop_timer_at(&pr->deadline, due);
}

/* A transfer that is cut off closes its connection: for a warm target the last bytes of
 * the body are waited for, though nothing they say matters. */
static enum http_next let_it_end(struct probe *pr, struct mono at)
{
	if (pr->enough.us == 0) {
		pr->enough = at;
		loop_timer_at(&pr->deadline, mono_add_ms(at, WARM_END_MS));
	}
	return HTTP_MORE;
}

static enum http_next follow(struct probe *pr, enum exchange_next next)
{
	arm(pr);
	return next == EXCHANGE_ENOUGH ? HTTP_ENOUGH : HTTP_MORE;
}

/* Asleep in mid-exchange (suspend, a stopped process): what comes afterwards, or does
 * not, says nothing about the provider. */
static void look_for_absence(struct probe *pr)
{
	int64_t ms = loop_absent_ms(pr->all->loop, pr->start);
	char why[80], human[32];

	if (ms <= 0)
		return;
	(void)snprintf(why, sizeof(why), "dimwatch did not run for %s meanwhile",
	    duration_human(ms, human, sizeof(human)));
	exchange_give_up(pr->x, why);
}

static enum http_next on_head(void *arg, struct mono at, const struct wire_head *head)
{
	struct probe *pr = arg;

	look_for_absence(pr);
	pr->began = true;
	loop_timer_cancel(&pr->patience);
	return follow(pr, exchange_on_head(pr->x, at, head));
}

static enum http_next on_bytes(void *arg, struct mono at, struct span bytes)
{
	struct probe *pr = arg;
	enum exchange_next next;

	look_for_absence(pr);
	next = exchange_on_bytes(pr->x, at, bytes);

	if (next == EXCHANGE_ENOUGH && pr->t->connection == CONNECTION_WARM)
		return let_it_end(pr, at);
	return follow(pr, next);
}

static void on_deadline(void *arg, struct mono now)
{
	struct probe *pr = arg;

	look_for_absence(pr);
	if (follow(pr, exchange_on_time(pr->x, now)) == HTTP_ENOUGH)
		http_abort(pr->wire);
}

/* Not evidence yet, but a reason to ask another time. */
static void on_patience(void *arg, struct mono now)
{
	struct probe *pr = arg;
	struct probes *p = pr->all;

	if (pr->began || !p->on_hung)
		return;
	loop_timer_in_ms(&pr->patience, HUNG_AGAIN_MS);
	if (loop_absent_ms(p->loop, pr->start) <= 0)
		p->on_hung(p->arg, pr->t, mono_diff_us(now, pr->start) / US_PER_MS);
}

static void on_done(void *arg, struct mono at, const struct wire_end *end)
{
	struct probe *pr = arg;
	struct probes *p = pr->all;
	struct sample s;

	loop_timer_cancel(&pr->deadline);
	loop_timer_cancel(&pr->patience);
	look_for_absence(pr);
	exchange_finish(pr->x, pr->enough.us ? pr->enough : at, end,
	    loop_worst_lag_us(p->loop, pr->start), &s);
	s.flags |= pr->flags;
	if (s.cert_expiry_s > 0)
		note_cert(p, pr->t, at);
	TAILQ_REMOVE(&p->in_flight, pr, link);
	p->n--;
	loop_measure_end(p->loop);
	p->on_done(p->arg, pr->t, &s);
	exchange_free(pr->x);
	arena_free(pr->generation);
	free(pr);
}

void probe_start(
    struct probes *p, const struct target *t, struct arena *generation, uint32_t flags)
{
	static const struct http_handler handler = {on_head, on_bytes, on_done};
	struct probe *pr = xcalloc(1, sizeof(*pr));
	struct wall wall = loop_wall(p->loop); /* of the same moment as pr->start */
	struct question q;
	struct request rq;

	pr->start = loop_mono(p->loop);
	pr->all = p;
	pr->t = t;
	pr->generation = arena_ref(generation);
	pr->flags = flags;
	loop_timer_init(&pr->deadline, p->loop, on_deadline, pr);
	loop_timer_init(&pr->patience, p->loop, on_patience, pr);
	question_make(&q, t, &p->rng);
	pr->x = exchange_new(t, &q, pr->start, wall);
	exchange_request(pr->x, &rq);
	rq.want_cert = wants_cert(p, t, pr->start);
	TAILQ_INSERT_TAIL(&p->in_flight, pr, link);
	p->n++;
	loop_measure_begin(p->loop);
	pr->wire = http_start(p->http, &rq, &handler, pr);
	arm(pr);
	if (p->on_hung)
		loop_timer_in_ms(&pr->patience, PROBE_HUNG_MS);
}

void probes_give_up(struct probes *p, const char *why)
{
	struct probe *pr;

	/* http_abort never calls back from inside, so the list stands still. */
	TAILQ_FOREACH(pr, &p->in_flight, link)
	{
		exchange_give_up(pr->x, why);
		loop_timer_cancel(&pr->deadline);
		loop_timer_cancel(&pr->patience);
		http_abort(pr->wire);
	}
}

struct mono probes_oldest(const struct probes *p)
{
	const struct probe *pr = TAILQ_FIRST(&p->in_flight);

	return pr ? pr->start : (struct mono){INT64_MAX};
}

size_t probes_in_flight(const struct probes *p)
{
	return p->n;
}

void probes_clock_jumped(struct probes *p)
{
	struct probe *pr;

	TAILQ_FOREACH(pr, &p->in_flight, link)
	pr->flags |= FLAG_CLOCK_JUMPED;
}
