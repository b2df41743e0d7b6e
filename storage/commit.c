/* SPDX-License-Identifier: MIT
 *
 * BEGIN IMMEDIATE, a savepoint per txn, the rollup rows that latecomers change, COMMIT.
 */
#include "storage/commit.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "storage/store_file.h"
#include "storage/txn_parts.h"

/* An idle log above this is emptied, so that a burst does not stay on disk. */
#define IDLE_FRAMES   1000
#define BUSY_MS       5000
#define BUSY_HURRY_MS 100
#define BUSY_STEP_MS  10

static struct db *db_of(const struct committer *c)
{
	return store_db(c->store);
}

static int on_wal(void *arg, sqlite3 *db, const char *name, int frames)
{
	struct committer *c = arg;

	(void)db;
	(void)name;
	if (frames < c->frames_done) /* the log began anew */
		c->frames_done = 0;
	c->frames = frames;
	c->emptied = false;
	return SQLITE_OK;
}

/* Another process (the command line, a snapshot) holds the lock for a moment. */
static int on_busy(void *arg, int asked)
{
	struct committer *c = arg;
	int most_ms = atomic_load(&c->hurry) ? BUSY_HURRY_MS : BUSY_MS;

	if (c->no_wait || asked * BUSY_STEP_MS >= most_ms)
		return 0;
	(void)poll(NULL, 0, BUSY_STEP_MS);
	return 1;
}

/* ---- series, in case the file vanishes ---- */

static void remember(struct committer *c, const struct series *s)
{
	struct series *place = NULL;

	for (size_t i = 0; !place && i < c->n_series; i++) {
		if (c->series[i].id == s->id)
			place = &c->series[i];
	}
	if (place) {
		bool renamed = strcmp(s->target, place->target) != 0;

		place->pace_ms = s->pace_ms;
		free(place->renamed);
		place->renamed = renamed ? xstrdup(s->target) : NULL;
		return;
	}
	if (c->n_series == c->cap_series) {
		c->cap_series = c->cap_series ? c->cap_series * 2 : 64;
		c->series = xreallocarray(c->series, c->cap_series, sizeof(*c->series));
	}
	series_copy(&c->series[c->n_series++], s);
}

static void on_stored_series(void *arg, const struct series *s)
{
	struct committer *c = arg;

	series_copy(&c->series[c->n_series++], s);
}

static bool read_series(struct committer *c, struct err *e)
{
	int64_t n = 0;

	if (!db_number(db_of(c), "SELECT count(*) FROM series", 0, &n, e))
		return false;
	c->cap_series = (size_t)n + 64;
	c->series = xreallocarray(NULL, c->cap_series, sizeof(*c->series));
	return series_each(db_of(c), on_stored_series, c, e);
}

static bool write_series(struct committer *c, struct err *e)
{
	if (!db_begin(db_of(c), e))
		return false;
	for (size_t i = 0; i < c->n_series; i++) {
		if (!series_write(db_of(c), &c->series[i], e)) {
			db_rollback(db_of(c));
			return false;
		}
	}
	if (db_commit(db_of(c), e))
		return true;
	db_rollback(db_of(c));
	return false;
}

/* ---- life ---- */

static void hook(struct committer *c)
{
	(void)sqlite3_wal_hook(db_handle(db_of(c)), on_wal, c);
	(void)sqlite3_busy_handler(db_handle(db_of(c)), on_busy, c);
	c->frames = c->frames_done = 0;
}

bool committer_init(struct committer *c, struct store *s, struct err *e)
{
	memset(c, 0, sizeof(*c));
	c->store = s;
	c->now = store_opts(s)->now;
	rolling_init(&c->rolling);
	retention_init(&c->retention, &store_opts(s)->keep);
	hook(c);
	return rolling_load(&c->rolling, db_of(c), e) && read_series(c, e);
}

void committer_fini(struct committer *c)
{
	if (c->store && db_of(c)) {
		(void)sqlite3_wal_hook(db_handle(db_of(c)), NULL, NULL);
		(void)sqlite3_busy_timeout(db_handle(db_of(c)), BUSY_MS);
	}
	for (size_t i = 0; i < c->n_series; i++)
		series_fini(&c->series[i]);
	free(c->series);
	rolling_fini(&c->rolling);
}

bool committer_look(struct committer *c, bool *ret_anew, struct err *e)
{
	enum store_file file = store_look(c->store);

	*ret_anew = false;
	if (file == STORE_FILE_SAME && !c->is_bare)
		return true;
	if (file != STORE_FILE_SAME) {
		c->lost_file |= file == STORE_FILE_GONE || file == STORE_FILE_OTHER;
		if (!store_reattach(c->store, c->now, e))
			return false;
		hook(c);
		c->is_bare = true;
	}
	retention_init(&c->retention, &store_opts(c->store)->keep);
	if (!rolling_load(&c->rolling, db_of(c), e) || !write_series(c, e))
		return false;
	c->is_bare = false;
	c->reattached++;
	*ret_anew = true;
	return true;
}

/* ---- a batch ---- */

static bool savepoint(struct committer *c, const char *sql, struct err *e)
{
	return db_run(db_of(c), db_stmt(db_of(c), sql), e);
}

/* False: the whole batch must be tried again. */
static bool apply_one(struct committer *c, const struct txn *t, struct err *e)
{
	if (!savepoint(c, "SAVEPOINT one", e))
		return false;
	if (txn_apply(t, db_of(c), store_run_id(c->store), e)) {
		rolling_note(&c->rolling, t);
		return savepoint(c, "RELEASE one", e);
	}
	if (!db_code_is_ours(db_code(db_of(c))) ||
	    sqlite3_get_autocommit(db_handle(db_of(c))))
		return false;
	log_event(LOG_ERROR, "txn_refused", "why=%s", e->msg);
	c->poisoned++;
	return savepoint(c, "ROLLBACK TO one", e) && savepoint(c, "RELEASE one", e);
}

static bool write_all(
    struct committer *c, const struct backlog_list *batch, struct err *e)
{
	const struct backlog_item *it = NULL;

	if (!db_begin(db_of(c), e))
		return false;
	TAILQ_FOREACH(it, batch, link)
	{
		if (!apply_one(c, it->txn, e))
			return false;
	}
	return rolling_repair(&c->rolling, db_of(c), e) && db_commit(db_of(c), e);
}

bool committer_write(struct committer *c, const struct backlog_list *batch, struct err *e)
{
	const struct backlog_item *it = NULL;
	uint64_t poisoned = c->poisoned;
	struct err own = {0};

	if (!e)
		e = &own;
	rolling_forget(&c->rolling);
	if (!write_all(c, batch, e)) {
		db_rollback(db_of(c));
		rolling_forget(&c->rolling);
		c->poisoned = poisoned;
		return false;
	}
	TAILQ_FOREACH(it, batch, link)
	PARTS_EACH(const struct series, s, &it->txn->series)
	remember(c, s);
	return true;
}

/* ---- housekeeping ---- */

static bool checkpoint(struct committer *c, int mode, struct err *e)
{
	sqlite3 *handle = db_handle(db_of(c));
	int in_log = 0, done = 0;
	int rc = SQLITE_OK;

	/* Readers may hold it up: then the next time, without waiting. */
	c->no_wait = true;
	rc = sqlite3_wal_checkpoint_v2(handle, NULL, mode, &in_log, &done);
	c->no_wait = false;
	c->emptied = mode == SQLITE_CHECKPOINT_TRUNCATE;
	c->frames_done = c->frames; /* failed or not: not again at once */
	if (rc == SQLITE_BUSY || rc == SQLITE_LOCKED)
		return true;
	if (rc != SQLITE_OK)
		return db_error(db_of(c), e, "the log cannot be moved into the file");
	if (mode == SQLITE_CHECKPOINT_TRUNCATE)
		c->frames = c->frames_done = 0;
	return true;
}

bool committer_wants_checkpoint(const struct committer *c)
{
	return c->frames - c->frames_done >= COMMIT_CHECKPOINT_FRAMES;
}

bool committer_tidy(struct committer *c, bool idle, bool *ret_more, struct err *e)
{
	*ret_more = false;
	if (committer_wants_checkpoint(c))
		return checkpoint(c, SQLITE_CHECKPOINT_PASSIVE, e);
	if (idle && c->frames > IDLE_FRAMES && !c->emptied)
		return checkpoint(c, SQLITE_CHECKPOINT_TRUNCATE, e);
	if (!rolling_step(&c->rolling, db_of(c), c->now, ret_more, e) || *ret_more)
		return *ret_more;
	return retention_step(
	    &c->retention, db_of(c), c->now, store_bytes(c->store), ret_more, e);
}

void committer_checkpoint(struct committer *c)
{
	if (db_of(c))
		(void)checkpoint(c, SQLITE_CHECKPOINT_TRUNCATE, NULL);
}
