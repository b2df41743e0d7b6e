/* SPDX-License-Identifier: MIT
 *
 * What the tests of this room share: a loop, the HTTP client, the simulated provider with
 * a script, the probes, and one target that asks it. Nothing sleeps: waiting means to run
 * the loop until the event; a test that waits for more than 20 s of real time fails.
 */
#ifndef DIMWATCH_TESTS_INTEGRATION_WORLD_H
#define DIMWATCH_TESTS_INTEGRATION_WORLD_H

#include "agent/base/arena.h"
#include "agent/sim/sim.h"
#include "probes/http.h"
#include "probes/probe.h"

#define WORLD_KEY         "tk-world-4f1c9a7733e0"
#define WORLD_MAX_SAMPLES 64

struct world {
	struct loop *loop;
	struct http *http;
	struct sim_script *script;
	struct sim *sim;
	struct probes *probes;
	struct arena *generation;
	struct secret *key, *proxy;
	struct provider provider;
	struct target target;
	struct sample samples[WORLD_MAX_SAMPLES];
	size_t n_samples;
	char last_request[4096]; /* the last one the sim has read: head and body */
};

/* The target asks provider "p" of the script on the shared port. */
void world_init(struct world *w, enum loop_clock clock, const char *script);
/* The same with answers in pieces of at most so many bytes (sim_options.pieces). */
void world_init_pieces(
    struct world *w, enum loop_clock clock, const char *script, size_t pieces);
void world_fini(struct world *w);
/* From now on the target asks "p" on its own port. */
void world_use_own_port(struct world *w);
void world_set_url(struct world *w, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* From now on only this CA bundle is trusted. */
void world_trust(struct world *w, const char *ca_file);
/* Starts a probe of the target. */
void world_ask(struct world *w);
/* Runs the loop until there are n samples; returns the last. */
const struct sample *world_await(struct world *w, size_t n);
/* One probe, exactly one sample, nothing left behind. */
const struct sample *world_probe(struct world *w);

/* Runs the loop until done(arg); fails after 20 s of real time. */
void loop_until(struct loop *l, bool (*done)(void *arg), void *arg);
/* Runs the loop for so many turns of at most a millisecond. */
void loop_some_turns(struct loop *l, int n);
/* Resident memory of this process, now and the most since peak_reset. */
int64_t resident_bytes(void);
void peak_reset(void);
int64_t peak_bytes(void);

/* What a bomb may cost; the sanitizers keep freed memory. */
#if defined(__SANITIZE_ADDRESS__)
#define GROWTH_MAX ((int64_t)512 << 20)
#else
#define GROWTH_MAX ((int64_t)1 << 20)
#endif

#endif
