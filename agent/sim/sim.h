/* SPDX-License-Identifier: MIT
 *
 * The simulated provider and webhook receiver: an HTTP/1.1 server on loopback that does
 * what a script says, down to resets and silences. Who is asked is the first segment of
 * the path (http://127.0.0.1:PORT/deepseek/v1/chat/completions, /hook/NAME), or the port
 * when providers have ports of their own. Its waits are deadlines of the loop, so a
 * skipping clock plays them in no time. The program ignores SIGPIPE. For `dimwatch sim`,
 * `demo` and tests.
 *
 * Limits: 1024 connections, requests of 16 KiB head and 1 MiB body, the last 64 webhook
 * requests are kept.
 */
#ifndef DIMWATCH_AGENT_SIM_H
#define DIMWATCH_AGENT_SIM_H

#include "agent/base/err.h"
#include "agent/base/loop.h"
#include "agent/sim/sim_request.h"
#include "agent/sim/sim_script.h"

struct sim; /* opaque */

/* One request that was read, before it is answered; borrowed for the call. */
struct sim_seen {
	bool hook;
	const char *name; /* the provider or hook; "" for unknown paths */
	uint64_t number;  /* of this name's requests, from 0 */
	const struct sim_request *request;
	const struct sim_action *action; /* what it meets */
	int status;                      /* what it will be told; 0: nothing */
};

struct sim_options {
	int port;         /* 0: any free one */
	bool own_ports;   /* each provider of the script listens on one of its own, too:
			   * port + 1, port + 2 … in order of appearance; only there can
			   * `refuse` and `hang connect` be what their names say */
	bool require_key; /* no key: 401 */
	size_t pieces;    /* > 0: answers go out in pieces of 1 to so many bytes, drawn
			   * from the script's seed */
	/* Both optional; they may not free the sim. on_hook comes beside on_request. */
	void (*on_request)(void *arg, const struct sim_seen *seen);
	void (*on_hook)(void *arg, const char *name, const struct sim_request *rq);
	void *arg;
};

/* The script is borrowed until sim_free. Script time starts now. */
struct sim *sim_new(struct loop *l, const struct sim_script *script,
    const struct sim_options *o, struct err *e) MUST_CHECK;
void sim_free(struct sim *s); /* resets what is still open; NULL is fine */
int sim_port(const struct sim *s);
/* The provider's own port; 0 when it has none. */
int sim_provider_port(const struct sim *s, const char *provider);
/* Script time zero. */
void sim_set_start(struct sim *s, struct mono start);

struct sim_stats {
	uint64_t requests;
	size_t open; /* connections that serve this name now */
};
/* Zeros for a name nobody asked. */
struct sim_stats sim_stats(const struct sim *s, bool hook, const char *name);
size_t sim_open(const struct sim *s); /* connections, all of them */

/* A webhook request that came. */
struct sim_hook {
	struct mono at;
	char name[SIM_NAME_BYTES];
	int status;                 /* what it was told; 0: nothing */
	struct str bytes;           /* owned */
	struct sim_request request; /* points into bytes */
};
/* The oldest is 0; older ones than the last 64 are gone. */
size_t sim_hooks(const struct sim *s);
const struct sim_hook *sim_hook_at(const struct sim *s, size_t i);

#endif
