/* SPDX-License-Identifier: MIT
 *
 * Migrations are rows; what they do stands in schema/. A new file gets its identity and
 * its tables in the same transaction, so that a crash leaves it empty or whole.
 */
#include "storage/migrate.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/rng.h"
#include "agent/base/xalloc.h"
#include "storage/lookups.h"
#include "storage/schema_files.h"

/* Row i brings a file from version i to i + 1. */
static const char *const migrations[] = {"1.sql"};
static_assert(sizeof(migrations) / sizeof(migrations[0]) == DB_SCHEMA_VERSION,
    "one migration for each version");

static const struct schema_file *find_file(const char *name)
{
	for (size_t i = 0; i < schema_files_n; i++) {
		if (strcmp(schema_files[i].name, name) == 0)
			return &schema_files[i];
	}
	abort();
}

static bool run_file(struct db *d, const char *name, struct err *e)
{
	const struct schema_file *f = find_file(name);
	char *sql = xmemdup0(f->bytes, f->n);
	bool ok = db_exec(d, sql, e);

	free(sql);
	return ok;
}

static bool set_number(struct db *d, const char *what, int64_t n, struct err *e)
{
	char sql[80];

	(void)snprintf(sql, sizeof(sql), "PRAGMA %s=%lld", what, (long long)n);
	return db_exec(d, sql, e);
}

/* A new file: auto_vacuum must be set before its first page exists, so the transaction
 * begins without a lock (the store's own is held), and that pragma makes the page. */
static bool begin_new(struct db *d, struct err *e)
{
	return db_exec(d, "BEGIN; PRAGMA auto_vacuum=INCREMENTAL", e) &&
	       set_number(d, "application_id", DB_APPLICATION_ID, e);
}

static bool one_version(struct db *d, int from, struct err *e)
{
	if ((from == 0 ? begin_new(d, e) : db_begin(d, e)) &&
	    run_file(d, migrations[from], e) &&
	    set_number(d, "user_version", from + 1, e) && db_commit(d, e))
		return true;
	db_rollback(d);
	return err_wrap(e, "schema version %d", from + 1);
}

/* ---- views: dropped and made whenever their text changed ---- */

static bool drop_views(struct db *d, struct err *e)
{
	char sql[200] = "";

	for (;;) {
		sqlite3_stmt *st = db_stmt(d,
		    "SELECT name FROM sqlite_schema WHERE type = 'view' AND name IN"
		    " (SELECT name FROM stock_views) LIMIT 1");
		bool row = false;

		if (!db_step(d, st, &row, e))
			return false;
		if (!row)
			return true;
		(void)snprintf(sql, sizeof(sql), "DROP VIEW \"%.100s\"",
		    (const char *)sqlite3_column_text(st, 0));
		(void)sqlite3_reset(st);
		if (!db_exec(d, sql, e))
			return false;
	}
}

static bool make_views(struct db *d, int64_t hash, struct err *e)
{
	sqlite3_stmt *st = NULL;

	if (!drop_views(d, e) || !db_exec(d, "DELETE FROM stock_views", e) ||
	    !run_file(d, "views.sql", e))
		return false;
	st = db_stmt(d, "INSERT INTO stock_views(name, hash)"
			" SELECT name, ?1 FROM sqlite_schema WHERE type = 'view'");
	(void)sqlite3_bind_int64(st, 1, hash);
	return db_run(d, st, e);
}

static bool refresh_views(struct db *d, struct err *e)
{
	const struct schema_file *f = find_file("views.sql");
	int64_t is = 0, should = (int64_t)(hash64(f->bytes, f->n) >> 1);

	if (!db_number(d, "SELECT max(hash) FROM stock_views", 0, &is, e))
		return false;
	return is == should || make_views(d, should, e);
}

static bool refresh(struct db *d, struct err *e)
{
	if (!db_begin(d, e))
		return false;
	if (lookups_refresh(d, e) && refresh_views(d, e) && db_commit(d, e))
		return true;
	db_rollback(d);
	return false;
}

/* Not possible inside a transaction; changes nothing when it is so already. */
static bool use_wal(struct db *d, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, "PRAGMA journal_mode=WAL");
	bool row = false, wal = false;

	if (!db_step(d, st, &row, e))
		return false;
	wal = row && sqlite3_column_text(st, 0) &&
	      strcmp((const char *)sqlite3_column_text(st, 0), "wal") == 0;
	(void)sqlite3_reset(st);
	return wal || err_set(e, ERR_STORAGE,
			  "its file system has no shared memory, which a database that is"
			  " read while it is written needs: choose another `store.path`");
}

bool migrate(struct db *d, struct err *e)
{
	int64_t version = 0;

	if (!db_number(d, "PRAGMA user_version", 0, &version, e))
		return false;
	for (; version < DB_SCHEMA_VERSION; version++) {
		if (!one_version(d, (int)version, e))
			return false;
	}
	return use_wal(d, e) && refresh(d, e);
}
