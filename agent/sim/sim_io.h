/* SPDX-License-Identifier: MIT
 *
 * Private to sim*.c of the shell: the server, its listeners and connections.
 *
 * sim.c owns everything and knows the script; sim_listen.c opens, closes and clogs ports;
 * sim_conn.c reads one request after the other and carries out plans.
 */
#ifndef DIMWATCH_AGENT_SIM_IO_H
#define DIMWATCH_AGENT_SIM_IO_H

#include <event2/event.h>

#include "agent/base/queue.h"
#include "agent/sim/sim.h"
#include "agent/sim/sim_plan.h"

#define SIM_MAX_CONNECTIONS 1024
#define SIM_MAX_PORTS       64
#define SIM_KEPT_HOOKS      64
#define SIM_FILLERS         3

struct evconnlistener;
struct sim_conn;

/* Who is asked: counters of one provider or hook. */
struct sim_party {
	bool hook;
	char name[SIM_NAME_BYTES];
	uint64_t requests;
	size_t open;
};

enum sim_port_state { SIM_PORT_OPEN, SIM_PORT_REFUSING, SIM_PORT_CLOGGED };

struct sim_listener {
	struct sim *sim;
	struct sim_party *party; /* NULL: the shared port */
	int port;
	evutil_socket_t fd; /* owned by ev */
	struct evconnlistener *ev;
	enum sim_port_state state;
	evutil_socket_t fillers[SIM_FILLERS]; /* what clogs it; -1 none */
	struct loop_timer again;              /* out of descriptors: later */
};

struct sim {
	struct loop *loop;               /* borrowed */
	const struct sim_script *script; /* borrowed */
	struct sim_options options;
	struct rng cutter; /* for options.pieces */
	struct mono start;
	struct sim_listener *listeners[SIM_MAX_PORTS]; /* owned; the first is shared */
	size_t n_listeners;
	struct loop_timer edge; /* the next line of the script */
	struct map *parties;    /* "hook/NAME" or "NAME" -> struct sim_party, owned */
	TAILQ_HEAD(, sim_conn) conns;
	size_t n_conns;
	struct sim_hook hooks[SIM_KEPT_HOOKS]; /* ring */
	size_t hooks_at, n_hooks;
};

/* sim.c. NULL: too many names. */
struct sim_party *sim_find_party(struct sim *s, bool hook, const char *name);
int64_t sim_script_ms(struct sim *s);
/* What the party's next request meets; counts it. */
void sim_draw(
    struct sim *s, struct sim_party *party, struct sim_action *ret, uint64_t *ret_number);
/* Fills the plan for a request (NULL action: as the script says) and tells everybody.
 * Returns who was asked; NULL: nobody we know. */
struct sim_party *sim_answer(struct sim *s, const struct sim_listener *on,
    const struct sim_request *rq, const struct sim_action *drawn, uint64_t number,
    struct sim_plan *plan);

/* sim_listen.c */
struct sim_listener *sim_listener_new(
    struct sim *s, struct sim_party *party, int port, struct err *e) MUST_CHECK;
void sim_listener_free(struct sim_listener *ln);
void sim_listener_set(struct sim_listener *ln, enum sim_port_state state);

/* sim_conn.c */
void sim_conn_new(struct sim *s, struct sim_listener *ln, evutil_socket_t fd);
void sim_conn_free(struct sim_conn *c); /* closes */
void sim_conn_reset(struct sim_conn *c);
/* Closes a descriptor with a reset instead of a farewell. */
void sim_reset_fd(evutil_socket_t fd);

#endif
