/* SPDX-License-Identifier: MIT
 *
 * What a start remembers: incidents, owed deliveries, channels and judge states are read
 * back; samples newer than those states are folded through the same judge_step. Facts
 * that the log already holds are dropped; one that a crash kept from the disk comes out
 * again, with the same ids.
 */
#ifndef DIMWATCH_AGENT_RESTART_H
#define DIMWATCH_AGENT_RESTART_H

#include "agent/book.h"
#include "agent/conf.h"
#include "agent/spend.h"
#include "alerts/judge.h"
#include "alerts/outbox.h"
#include "alerts/tell.h"
#include "storage/store.h"

struct restart {
	struct store *store;
	const struct conf *conf; /* series are known */
	struct judge *judge;     /* configured */
	struct tell *tell;       /* configured */
	struct outbox *outbox;   /* channels configured */
	struct book *book;
	struct spend *spend; /* configured */
	struct wall now;
	/* A fact that is not in the log yet. */
	void (*on_fact)(void *arg, const struct fact *f);
	/* Everything is read, nothing is folded yet: the moment for what the present
	 * config changes of it, before older times pass. */
	void (*on_rows)(void *arg);
	/* The state of a target that left the config: it must not come back with it. */
	void (*on_stranger)(void *arg, uint32_t series);
	/* A pending row whose channel left the config. */
	void (*on_orphan)(void *arg, const struct delivery *d);
	void *arg;
};

/* A shorter time without dimwatch is no gap: asks are rarely closer than that. */
#define RESTART_GAP_MS ((int64_t)60 * 1000)

/* ret_off: when the run before was last alive (ms 0: there was none). */
bool restart_read(struct restart *r, struct wall *ret_off, struct err *e) MUST_CHECK;

#endif
