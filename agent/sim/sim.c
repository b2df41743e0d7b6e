/* SPDX-License-Identifier: MIT
 *
 * The server: its parties, its ports and how they follow the script, and what it keeps of
 * webhook requests.
 */
#include "agent/sim/sim.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/map.h"
#include "agent/base/xalloc.h"
#include "agent/sim/sim_dialect.h"
#include "agent/sim/sim_io.h"

#define MAX_PARTIES 1024 /* names in paths are made up by whoever asks */

/* --- parties --- */

static void party_key(bool hook, const char *name, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s%s", hook ? "hook/" : "", name);
}

struct sim_party *sim_find_party(struct sim *s, bool hook, const char *name)
{
	char key[SIM_NAME_BYTES + 8];
	struct sim_party *p;

	party_key(hook, name, key, sizeof(key));
	p = map_find(s->parties, key);
	if (p || map_count(s->parties) >= MAX_PARTIES)
		return p;
	p = xcalloc(1, sizeof(*p));
	p->hook = hook;
	str_copy(p->name, sizeof(p->name), name);
	map_put(s->parties, key, p);
	return p;
}

struct sim_stats sim_stats(const struct sim *s, bool hook, const char *name)
{
	char key[SIM_NAME_BYTES + 8];
	const struct sim_party *p;

	party_key(hook, name, key, sizeof(key));
	p = map_find(s->parties, key);
	return p ? (struct sim_stats){p->requests, p->open} : (struct sim_stats){0, 0};
}

size_t sim_open(const struct sim *s)
{
	return s->n_conns;
}

/* --- the script --- */

int64_t sim_script_ms(struct sim *s)
{
	return mono_diff_us(loop_mono(s->loop), s->start) / US_PER_MS;
}

void sim_draw(
    struct sim *s, struct sim_party *party, struct sim_action *ret, uint64_t *ret_number)
{
	*ret_number = party->requests++;
	sim_script_pick(
	    s->script, party->hook, party->name, sim_script_ms(s), *ret_number, ret);
}

/* Ports of their own follow the script even when nobody asks. */
static void follow_script(struct sim *s)
{
	int64_t now = sim_script_ms(s), next = sim_script_next_ms(s->script, now);

	for (size_t i = 1; i < s->n_listeners; i++) {
		struct sim_listener *ln = s->listeners[i];
		enum sim_port_state state = SIM_PORT_OPEN;
		struct sim_action a;

		if (sim_script_only(s->script, false, ln->party->name, now, &a)) {
			if (a.fault == SIM_REFUSE)
				state = SIM_PORT_REFUSING;
			else if (a.fault == SIM_HANG && a.place == SIM_AT_CONNECT &&
				 a.ms < 0)
				state = SIM_PORT_CLOGGED;
		}
		sim_listener_set(ln, state);
	}
	loop_timer_cancel(&s->edge);
	if (next >= 0)
		loop_timer_at(&s->edge, mono_add_ms(s->start, next));
}

static void on_edge(void *arg, struct mono now)
{
	(void)now;
	follow_script(arg);
}

void sim_set_start(struct sim *s, struct mono start)
{
	s->start = start;
	follow_script(s);
}

/* --- answering --- */

static void keep_hook(
    struct sim *s, const char *name, const struct sim_request *rq, int status)
{
	size_t at = (s->hooks_at + s->n_hooks) % SIM_KEPT_HOOKS;
	struct sim_hook *h = &s->hooks[at];

	if (s->n_hooks == SIM_KEPT_HOOKS)
		s->hooks_at = (s->hooks_at + 1) % SIM_KEPT_HOOKS;
	else
		s->n_hooks++;
	str_fini(&h->bytes);
	memset(h, 0, sizeof(*h));
	h->at = loop_mono(s->loop);
	h->status = status;
	str_copy(h->name, sizeof(h->name), name);
	str_init(&h->bytes, SIM_REQUEST_MAX_HEAD + SIM_REQUEST_MAX_BODY);
	/* The request's bytes lie in one piece: method first, body last. */
	str_add(&h->bytes, rq->method.p, rq->used);
	(void)sim_request_read(str_span(&h->bytes), &h->request);
}

static bool has_key(const struct sim_request *rq)
{
	static const char *const names[] = {
	    "authorization", "x-api-key", "api-key", "x-goog-api-key"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (sim_request_header(rq, names[i]).n > 0)
			return true;
	}
	return false;
}

static bool lacks_key(
    const struct sim *s, const struct sim_route *route, const struct sim_request *rq)
{
	return s->options.require_key && route->dialect && !has_key(rq);
}

static void tell(struct sim *s, const struct sim_seen *seen)
{
	const struct sim_options *o = &s->options;

	if (seen->hook)
		keep_hook(s, seen->name, seen->request, seen->status);
	if (seen->hook && o->on_hook)
		o->on_hook(o->arg, seen->name, seen->request);
	if (o->on_request)
		o->on_request(o->arg, seen);
}

static void seed_rng(const struct sim *s, const char *name, uint64_t n, struct rng *r)
{
	rng_init(r, sim_script_seed(s->script) + hash64(name, strlen(name)) + 31 * n);
}

/* What is no question is refused, whatever the script says. */
static void refuse_question(const struct sim_route *route, struct sim_plan *plan)
{
	const char *body = route->dialect->bad_request;

	sim_plan_head(plan, 400, route->dialect->json_type, (int64_t)strlen(body), "");
	sim_plan_body(plan, span_of(body));
}

static void fill_plan(struct sim *s, const struct sim_route *route,
    const struct sim_seen *seen, struct sim_plan *plan)
{
	struct sim_question chat;
	struct rng rng;
	struct sim_ask ask = {.door = route->door,
	    .name = seen->name,
	    .number = seen->number,
	    .now_s = loop_wall(s->loop).ms / 1000,
	    .rng = &rng,
	    .dialect = route->dialect};

	seed_rng(s, seen->name, seen->number, &rng);
	if (route->door == SIM_DOOR_CHAT || route->door == SIM_DOOR_EMBEDDING) {
		if (!sim_route_question(route, seen->request, &chat)) {
			refuse_question(route, plan);
			return;
		}
		ask.chat = &chat;
	}
	sim_plan_make(plan, &ask, seen->action);
}

struct sim_party *sim_answer(struct sim *s, const struct sim_listener *on,
    const struct sim_request *rq, const struct sim_action *drawn, uint64_t number,
    struct sim_plan *plan)
{
	struct sim_action a = {.fault = SIM_OK, .ms = -1, .factor = 1};
	struct sim_seen seen = {.request = rq, .action = &a, .number = number};
	struct sim_party *party = NULL;
	struct sim_route route;

	sim_route_find(rq, &route);
	seen.hook = route.door == SIM_DOOR_HOOK;
	if (route.door != SIM_DOOR_NONE)
		party = on->party && !seen.hook
			    ? on->party
			    : sim_find_party(s, seen.hook, route.name);
	if (!party) {
		sim_plan_make(plan, &(struct sim_ask){.door = SIM_DOOR_NONE}, &a);
		seen.name = "";
	} else {
		seen.name = party->name;
		if (drawn && party == on->party)
			a = *drawn;
		else
			sim_draw(s, party, &a, &seen.number);
		if (lacks_key(s, &route, rq))
			a = (struct sim_action){.fault = SIM_AUTH, .ms = -1, .factor = 1};
		fill_plan(s, &route, &seen, plan);
	}
	seen.status = plan->status;
	tell(s, &seen);
	return party;
}

size_t sim_hooks(const struct sim *s)
{
	return s->n_hooks;
}

const struct sim_hook *sim_hook_at(const struct sim *s, size_t i)
{
	return &s->hooks[(s->hooks_at + i) % SIM_KEPT_HOOKS];
}

/* --- life --- */

static bool add_listener(struct sim *s, struct sim_party *party, int port, struct err *e)
{
	struct sim_listener *ln;

	if (s->n_listeners == SIM_MAX_PORTS)
		return err_set(e, ERR_LIMIT, "more than %d ports", SIM_MAX_PORTS);
	ln = sim_listener_new(s, party, port, e);
	if (!ln)
		return false;
	s->listeners[s->n_listeners++] = ln;
	return true;
}

static bool open_ports(struct sim *s, struct err *e)
{
	int port = s->options.port;
	const char *name;

	if (!add_listener(s, NULL, port, e))
		return false;
	for (size_t i = 0; s->options.own_ports; i++) {
		name = sim_script_provider(s->script, i);
		if (!name)
			break;
		if (!add_listener(s, sim_find_party(s, false, name),
			port > 0 ? port + 1 + (int)i : 0, e))
			return false;
	}
	return true;
}

struct sim *sim_new(struct loop *l, const struct sim_script *script,
    const struct sim_options *o, struct err *e)
{
	struct sim *s = xcalloc(1, sizeof(*s));

	s->loop = l;
	s->script = script;
	s->options = *o;
	rng_init(&s->cutter, sim_script_seed(script));
	s->parties = map_new();
	TAILQ_INIT(&s->conns);
	loop_timer_init(&s->edge, l, on_edge, s);
	if (!open_ports(s, e)) {
		sim_free(s);
		return NULL;
	}
	sim_set_start(s, loop_mono(l));
	return s;
}

void sim_free(struct sim *s)
{
	struct sim_conn *c;

	if (!s)
		return;
	loop_timer_cancel(&s->edge);
	while ((c = TAILQ_FIRST(&s->conns)))
		sim_conn_reset(c);
	for (size_t i = 0; i < s->n_listeners; i++)
		sim_listener_free(s->listeners[i]);
	for (size_t i = 0; i < SIM_KEPT_HOOKS; i++)
		str_fini(&s->hooks[i].bytes);
	for (size_t i = 0; i < map_count(s->parties); i++)
		free(map_at(s->parties, i, NULL));
	map_free(s->parties);
	free(s);
}

int sim_port(const struct sim *s)
{
	return s->listeners[0]->port;
}

int sim_provider_port(const struct sim *s, const char *provider)
{
	for (size_t i = 1; i < s->n_listeners; i++) {
		if (strcmp(s->listeners[i]->party->name, provider) == 0)
			return s->listeners[i]->port;
	}
	return 0;
}
