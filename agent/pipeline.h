/* SPDX-License-Identifier: MIT
 *
 * The hallway. Read pipeline.c to learn the program:
 *
 *     due -> request -> bytes -> sample -> update -> commit -> delivery
 *
 * A sample is judged, what it changes is told to nobody before it is on disk, and what
 * was committed is delivered. `run` and `demo` live in the same hallway; they differ in
 * the clock, the store's place and who watches.
 */
#ifndef DIMWATCH_AGENT_PIPELINE_H
#define DIMWATCH_AGENT_PIPELINE_H

#include "agent/conf.h"
#include "alerts/judge.h"
#include "probes/schedule.h"
#include "storage/registry.h"
#include "storage/store.h"
#include "storage/writer.h"

struct pipeline; /* opaque */

/* Somebody who looks on: the terminal of `run`, the narrator of `demo`. NULL members are
 * skipped; values are borrowed until the call returns. */
struct pipeline_watcher {
	void *arg;
	void (*on_sample)(void *arg, const struct target *t, const struct sample *s);
	void (*on_fact)(void *arg, const struct fact *f);
	void (*on_delivery)(void *arg, const struct delivery *d); /* its row changed */
};

struct pipeline_options {
	struct loop *loop;   /* borrowed */
	struct store *store; /* borrowed; the writer uses it until pipeline_free */
	struct conf *conf;   /* taken over */
	struct schedule_limits limits;
	uint64_t seed;
	int64_t alive_ms; /* how often runs.last_alive is written; default 15 s */
	struct pipeline_watcher watcher;
};

/* How this config's store is opened. */
struct store_options pipeline_store_options(const struct conf *c, struct wall now);
/* Reads back what storage remembers, starts the writer and the asking. */
struct pipeline *pipeline_new(const struct pipeline_options *o, struct err *e) MUST_CHECK;
/* The new generation is taken over; targets whose identity is unchanged keep all state.
 */
void pipeline_reload(struct pipeline *p, struct conf *c);
/* Ends asking; what is in flight ends as `local`. Then turn the loop until
 * pipeline_is_quiet. */
void pipeline_stop(struct pipeline *p, const char *why);
bool pipeline_is_quiet(const struct pipeline *p);
/* Writes everything that is left (at most max_ms) and frees. False: something that may
 * not be lost was still unwritten. */
bool pipeline_free(struct pipeline *p, int64_t max_ms);

struct pipeline_view {
	const struct conf *conf;
	const struct judge *judge;
	struct schedule_stats schedule;
	struct writer_stats writer;
	struct outbox_stats outbox;
	uint64_t samples;
	bool disk_fails; /* told as an incident; what is decided is spoken from memory */
	int64_t spent_today_nano; /* -1: a part is unknown */
	char currency[4];
};
void pipeline_look(struct pipeline *p, struct pipeline_view *ret);

#endif
