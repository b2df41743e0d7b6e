/* SPDX-License-Identifier: MIT
 *
 * The whole agent in a process that is about to fail: what tests/integration/agent/house
 * is, but without a single assertion, because here everything may fail and must say so.
 * What it was told to be on disk is noted in a ledger that outlives the process.
 */
#ifndef DIMWATCH_TESTS_US_HOUSE_H
#define DIMWATCH_TESTS_US_HOUSE_H

#include "agent/pipeline.h"
#include "tests/fault/us_party.h"
#include "tests/fault/us_wrap.h"

#define US_NOTES_MAX 2000
#define US_RUNS_MAX  8

/* What a transaction held. */
struct us_note {
	size_t run; /* which writer */
	uint64_t number;
	uint32_t series; /* 0: a delivery */
	int64_t at_ms;
	char delivery[32];
};

/* Shared between the process that fails and the one that looks afterwards. */
struct us_ledger {
	struct party_log messages;
	struct us_note notes[US_NOTES_MAX];
	size_t n_notes, runs;
	uint64_t on_disk[US_RUNS_MAX]; /* what each writer said to be committed */
	struct wall now;
	int64_t counted[US_CALL_COUNT][US_SIDE_COUNT];
	bool happened;
};

struct us_house {
	const char *dir;
	char database[160];
	struct us_ledger *ledger; /* borrowed */
	enum loop_clock clock;
	struct loop *loop;
	struct party *party;
	struct store *store;
	struct pipeline *pipeline;
	bool looked_busy;
};

/* In every config PORT is the party's. */
extern const char us_config[], us_config_changed[];

/* False: e says why, as it would to a user. us_close cleans up whatever there is. */
bool us_open(struct us_house *h, struct err *e) MUST_CHECK;
bool us_start(struct us_house *h, const char *config, struct err *e) MUST_CHECK;
/* SIGHUP: a config that cannot be loaded is refused, the old one stays. */
void us_reload(struct us_house *h, const char *config);
void us_run(struct us_house *h, int64_t ms);
typedef bool (*us_until_fn)(struct us_house *h);
/* Until it is so, `ms` at most; was it? */
bool us_run_until(struct us_house *h, us_until_fn is_so, int64_t ms);
/* False: something that may not be lost is not on disk. */
bool us_stop(struct us_house *h);
void us_close(struct us_house *h);

/* Accepted messages of this type (NULL: any; slack's have none: ""). */
size_t us_told(const struct us_ledger *l, const char *type);
/* One value of one row as text, from the database of the house. */
const char *us_sql(const struct us_house *h, const char *sql);

#endif
