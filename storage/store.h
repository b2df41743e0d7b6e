/* SPDX-License-Identifier: MIT
 *
 * The store as a daemon holds it: lock, schema, the row of this run. Opened before
 * anything is asked; handed to the writer thread afterwards.
 */
#ifndef DIMWATCH_STORAGE_STORE_H
#define DIMWATCH_STORAGE_STORE_H

#include "agent/base/tick.h"
#include "storage/db.h"

struct store_keep {
	int64_t samples_ms, five_minutes_ms, hours_ms, days_ms;
	int64_t size_bytes; /* whole file with its WAL; 0 = no limit */
};

struct store_options {
	const char *path;
	const char *version;     /* of the program, for `runs` */
	const char *config_hash; /* hex, for `runs` */
	const char *vantage;     /* for `runs`; NULL: unknown */
	struct store_keep keep;
	struct wall now;
};

struct store; /* opaque */

/* Takes FILE.lock (flock; held until store_close), creates or migrates, writes the run's
 * row. A second dimwatch gets ERR_BUSY and a sentence. */
struct store *store_open(const struct store_options *o, struct err *e) MUST_CHECK;
/* clean: the run ended as it should. NULL is fine. */
void store_close(struct store *s, bool clean, struct wall now);
struct db *store_db(struct store *s);
const struct store_options *store_opts(const struct store *s);
int64_t store_run_id(const struct store *s);

/* The run before this one: false when there was none. */
struct store_last_run {
	struct wall started, last_alive;
	bool clean;
};
bool store_last_run(const struct store *s, struct store_last_run *ret);

#endif
