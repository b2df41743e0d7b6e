/* SPDX-License-Identifier: MIT
 *
 * Opening with care, and a small cache of statements. Statements are found by the address
 * of their text: every caller passes a literal.
 */
#include "storage/db.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/base/str.h"
#include "agent/base/xalloc.h"

#define WRITER_BUSY_MS 5000
#define READER_BUSY_MS 200
#define MAX_STATEMENTS 160
#define MAX_URI        8192

struct statement {
	const char *sql; /* borrowed, a literal */
	sqlite3_stmt *st;
};

struct db {
	sqlite3 *handle; /* owned */
	struct statement statements[MAX_STATEMENTS];
	size_t n_statements;
	int code; /* of the last failure */
	char words[300];
};

sqlite3 *db_handle(struct db *d)
{
	return d->handle;
}

int db_code(const struct db *d)
{
	return d->code;
}

bool db_code_is_ours(int code)
{
	switch (code & 0xff) {
	case SQLITE_CONSTRAINT:
	case SQLITE_MISMATCH:
	case SQLITE_TOOBIG:
	case SQLITE_RANGE:
		return true;
	default:
		return false;
	}
}

/* Keeps what the connection says now: the next call may say something else. */
static void note_failure(struct db *d)
{
	d->code = sqlite3_extended_errcode(d->handle);
	(void)str_copy(d->words, sizeof(d->words), sqlite3_errmsg(d->handle));
}

static bool fail(struct db *d, struct err *e, const char *doing)
{
	int primary = d->code & 0xff;
	enum err_code code =
	    primary == SQLITE_BUSY || primary == SQLITE_LOCKED ? ERR_BUSY : ERR_STORAGE;

	if (primary == SQLITE_NOTADB)
		return err_set(
		    e, code, "%s: this is not a database, or a damaged one", doing);
	if (primary == SQLITE_INTERRUPT)
		return err_set(e, ERR_LIMIT, "%s: it took too long", doing);
	return err_set(e, code, "%s: %s", doing, d->words);
}

bool db_error(struct db *d, struct err *e, const char *doing)
{
	note_failure(d);
	return fail(d, e, doing);
}

sqlite3_stmt *db_stmt(struct db *d, const char *sql)
{
	struct statement *s = NULL;

	for (size_t i = 0; i < d->n_statements; i++) {
		s = &d->statements[i];
		if (s->sql == sql) {
			(void)sqlite3_reset(s->st);
			(void)sqlite3_clear_bindings(s->st);
			return s->st;
		}
	}
	if (d->n_statements == MAX_STATEMENTS)
		abort(); /* a text that is not a literal */
	s = &d->statements[d->n_statements];
	if (sqlite3_prepare_v3(d->handle, sql, -1, SQLITE_PREPARE_PERSISTENT, &s->st,
		NULL) != SQLITE_OK) {
		note_failure(d);
		return NULL;
	}
	s->sql = sql;
	d->n_statements++;
	return s->st;
}

bool db_step(struct db *d, sqlite3_stmt *st, bool *ret_row, struct err *e)
{
	int rc = SQLITE_ERROR;

	*ret_row = false;
	if (!st) /* noted by db_stmt */
		return fail(d, e, "the database refuses a statement");
	rc = sqlite3_step(st);
	if (rc == SQLITE_ROW) {
		*ret_row = true;
		return true;
	}
	if (rc != SQLITE_DONE)
		note_failure(d);
	(void)sqlite3_reset(st);
	return rc == SQLITE_DONE || fail(d, e, "the database fails");
}

bool db_run(struct db *d, sqlite3_stmt *st, struct err *e)
{
	bool row = false;

	if (!db_step(d, st, &row, e))
		return false;
	if (row)
		(void)sqlite3_reset(st);
	return true;
}

bool db_number(struct db *d, const char *sql, int64_t none, int64_t *ret, struct err *e)
{
	sqlite3_stmt *st = db_stmt(d, sql);
	bool row = false;

	if (!db_step(d, st, &row, e))
		return false;
	*ret = row && sqlite3_column_type(st, 0) != SQLITE_NULL
		   ? sqlite3_column_int64(st, 0)
		   : none;
	(void)sqlite3_reset(st);
	return true;
}

bool db_exec(struct db *d, const char *sql, struct err *e)
{
	if (sqlite3_exec(d->handle, sql, NULL, NULL, NULL) == SQLITE_OK)
		return true;
	return db_error(d, e, "the database fails");
}

bool db_begin(struct db *d, struct err *e)
{
	return db_run(d, db_stmt(d, "BEGIN IMMEDIATE"), e);
}

bool db_commit(struct db *d, struct err *e)
{
	return db_run(d, db_stmt(d, "COMMIT"), e);
}

void db_rollback(struct db *d)
{
	int code = d->code;

	/* A statement in mid-walk would make ROLLBACK fail. */
	for (size_t i = 0; i < d->n_statements; i++)
		(void)sqlite3_reset(d->statements[i].st);
	if (!sqlite3_get_autocommit(d->handle))
		(void)sqlite3_exec(d->handle, "ROLLBACK", NULL, NULL, NULL);
	d->code = code;
}

void db_close(struct db *d)
{
	if (!d)
		return;
	for (size_t i = 0; i < d->n_statements; i++)
		(void)sqlite3_finalize(d->statements[i].st);
	(void)sqlite3_close_v2(d->handle);
	free(d);
}

/* ---- opening ---- */

/* An empty file with our mode, so that SQLite's own (0644) is never seen. Safe only
 * because nobody can have a file open that does not exist. */
static bool make_private(const char *path, struct err *e)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

	if (fd >= 0) {
		(void)close(fd);
		return true;
	}
	if (errno == EEXIST)
		return true;
	if (errno == ENOENT)
		return err_set(e, ERR_STORAGE,
		    "its directory does not exist: make it, or change `store.path`");
	return err_set(e, ERR_STORAGE, "it cannot be made: %s", strerror(errno));
}

static bool is_missing(const char *path)
{
	struct stat s;

	return stat(path, &s) != 0 && errno == ENOENT;
}

static bool pragma(struct db *d, const char *sql, int64_t *ret, struct err *e)
{
	sqlite3_stmt *st = NULL;
	bool ok = sqlite3_prepare_v2(d->handle, sql, -1, &st, NULL) == SQLITE_OK &&
		  sqlite3_step(st) == SQLITE_ROW;

	if (ok)
		*ret = sqlite3_column_int64(st, 0);
	else
		(void)db_error(d, e, "it cannot be read");
	(void)sqlite3_finalize(st);
	return ok;
}

static bool check_identity(struct db *d, enum db_mode mode, struct err *e)
{
	int64_t pages = 0, id = 0, version = 0;

	if (!pragma(d, "PRAGMA page_count", &pages, e))
		return false;
	if (pages == 0 && mode == DB_CREATE)
		return true;
	if (pages == 0)
		return err_set(e, ERR_NOT_FOUND,
		    "it is empty: `dimwatch run` has not started with it yet");
	if (!pragma(d, "PRAGMA application_id", &id, e) ||
	    !pragma(d, "PRAGMA user_version", &version, e))
		return false;
	if (id != DB_APPLICATION_ID)
		return err_set(e, ERR_STORAGE,
		    "it is a database of another program: choose another `store.path`");
	if (version > DB_SCHEMA_VERSION)
		return err_set(e, ERR_STORAGE,
		    "a later dimwatch wrote it (schema %d, this one knows %d): use that one",
		    (int)version, DB_SCHEMA_VERSION);
	if (version < 1)
		return err_set(e, ERR_STORAGE, "it has no schema: it is damaged");
	return true;
}

/* Strangers may have written the file: its views run no functions with side effects, and
 * nobody changes its schema by hand through us. */
static bool set_up(struct db *d, enum db_mode mode, struct err *e)
{
	int on = 0;
	bool reader = mode == DB_READ_ONLY;

	(void)sqlite3_extended_result_codes(d->handle, 1);
	(void)sqlite3_busy_timeout(d->handle, reader ? READER_BUSY_MS : WRITER_BUSY_MS);
	(void)sqlite3_db_config(d->handle, SQLITE_DBCONFIG_DEFENSIVE, 1, &on);
	(void)sqlite3_db_config(d->handle, SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0, &on);
	if (!db_exec(d,
		"PRAGMA cell_size_check=ON; PRAGMA mmap_size=0; PRAGMA temp_store=MEMORY",
		e))
		return false;
	return reader ||
	       db_exec(d,
		   "PRAGMA foreign_keys=ON; PRAGMA synchronous=FULL;"
		   "PRAGMA wal_autocheckpoint=0; PRAGMA journal_size_limit=67108864;"
		   "PRAGMA secure_delete=FAST",
		   e);
}

static bool make_ready(struct db *d, const char *path, enum db_mode mode, struct err *e)
{
	/* SQLite opens what it may not write for reading, without a word. */
	if (mode != DB_READ_ONLY && sqlite3_db_readonly(d->handle, "main") == 1)
		return err_set(e, ERR_STORAGE,
		    "it may only be read: check the owner and mode of %s", path);
	return set_up(d, mode, e) && check_identity(d, mode, e);
}

/* "file:...?immutable=1" for a closed database in a place where we may not write. */
static char *immutable_uri(const char *path)
{
	struct str s;

	str_init(&s, MAX_URI);
	(void)str_adds(&s, "file:");
	for (const char *p = path; *p; p++) {
		bool plain = (*p >= 'a' && *p <= 'z') || (*p >= 'A' && *p <= 'Z') ||
			     (*p >= '0' && *p <= '9') || strchr("/._-", *p);

		(void)str_addf(&s, plain ? "%c" : "%%%02X", (unsigned char)*p);
	}
	(void)str_adds(&s, "?immutable=1");
	return str_take(&s);
}

static struct db *try_open(
    const char *name, const char *path, enum db_mode mode, int flags, struct err *e)
{
	struct db *d = xcalloc(1, sizeof(*d));
	int rc = sqlite3_open_v2(name, &d->handle, flags | SQLITE_OPEN_NOMUTEX, NULL);

	if (rc == SQLITE_OK && make_ready(d, path, mode, e))
		return d;
	if (rc != SQLITE_OK)
		(void)db_error(d, e, "it cannot be opened");
	e->code = (d->code & 0xff) == SQLITE_CANTOPEN ? ERR_SYSTEM : e->code;
	db_close(d);
	return NULL;
}

/* A log with something in it cannot be left out. */
static bool has_wal(const char *path)
{
	char *wal = xasprintf("%s-wal", path);
	struct stat s;
	bool has = stat(wal, &s) == 0 && s.st_size > 0;

	free(wal);
	return has;
}

struct db *db_open(const char *path, enum db_mode mode, struct err *e)
{
	int flags = mode == DB_READ_ONLY ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
	struct db *d = NULL;
	struct err own = {0};

	if (!e)
		e = &own;
	e->code = ERR_NONE;
	if (mode == DB_CREATE && !make_private(path, e))
		return err_wrap(e, "database '%s'", path), NULL;
	if (mode != DB_CREATE && is_missing(path)) {
		err_set(e, ERR_NOT_FOUND,
		    "database '%s': it does not exist; has `dimwatch run` been started?",
		    path);
		return NULL;
	}
	d = try_open(path, path, mode, flags, e);
	if (!d && mode == DB_READ_ONLY && e->code == ERR_SYSTEM && !has_wal(path)) {
		char *uri = immutable_uri(path);

		d = try_open(uri, path, mode, flags | SQLITE_OPEN_URI, e);
		free(uri);
	}
	if (!d) {
		if (e->code == ERR_SYSTEM)
			e->code = ERR_STORAGE;
		err_wrap(e, "database '%s'", path);
	}
	return d;
}
