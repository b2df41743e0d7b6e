/* SPDX-License-Identifier: MIT
 *
 * The whole agent in one process for tests: simulator, receiver, pipeline and a database
 * in a temporary directory, on one skipping clock. Text in, tables out.
 */
#ifndef DIMWATCH_TESTS_HOUSE_H
#define DIMWATCH_TESTS_HOUSE_H

#include "agent/pipeline.h"
#include "agent/sim/sim.h"

#define HOUSE_MAX_MESSAGES 64

struct house_message {
	char hook[64], type[40], id[64], short_id[8]; /* webhook: type and webhook-id */
	char use[64]; /* webhook: the rival that it names; "" nobody */
	struct mono at;
	int status; /* what it was told */
};

struct house {
	char dir[64], database[96];
	struct loop *loop;
	struct sim_script *script;
	struct sim *sim;
	struct store *store;
	struct pipeline *pipeline;
	struct mono start;
	struct house_message got[HOUSE_MAX_MESSAGES];
	size_t n_got;
};

/* A fresh directory, loop and simulator with this script; no pipeline yet. */
void house_open(struct house *h, const char *script);
/* Loads a config (every %d of it is the simulator's port, at most eight) and starts the
 * pipeline in it. The config's store is the house's database. */
void house_start(struct house *h, const char *config);
void house_reload(struct house *h, const char *config);
/* Turns the loop until the script's clock shows this many milliseconds. */
void house_run_to(struct house *h, int64_t ms);
/* Ends as SIGTERM does. */
void house_stop(struct house *h);
/* Stops what runs and removes the directory. */
void house_close(struct house *h);

/* One value of one row as text ("" when there is no row or it is NULL). */
const char *house_sql(struct house *h, const char *sql);
/* Accepted messages of this type (NULL: any) at this hook. */
size_t house_count(const struct house *h, const char *hook, const char *type);
const struct house_message *house_find(
    const struct house *h, const char *hook, const char *type);

#endif
