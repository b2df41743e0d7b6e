/* SPDX-License-Identifier: MIT
 *
 * One SQLite connection with our pragmas, prepared statements by text, and errors as
 * sentences. The file's identity (application_id, user_version, auto_vacuum) is checked
 * here: a file that is not ours, or of a later version, is refused with a sentence.
 * A connection is used by one thread at a time.
 */
#ifndef DIMWATCH_STORAGE_DB_H
#define DIMWATCH_STORAGE_DB_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "agent/base/err.h"

#define DB_APPLICATION_ID 0x44494d57 /* "DIMW" */
#define DB_SCHEMA_VERSION 1          /* user_version: migrate.c brings a file here */

enum db_mode { DB_READ_ONLY, DB_READ_WRITE, DB_CREATE };

struct db; /* opaque: connection and its statements */

/* Never open()s the file itself: that would drop SQLite's own locks. Created 0600. With
 * DB_CREATE a missing or empty file comes back without tables: see migrate.h. */
struct db *db_open(const char *path, enum db_mode mode, struct err *e) MUST_CHECK;
void db_close(struct db *d); /* NULL is fine */
sqlite3 *db_handle(struct db *d);
/* A prepared statement, cached by its text (a literal); reset and cleared. NULL when it
 * cannot be prepared: binding and stepping NULL is harmless, db_step and db_run say why.
 */
sqlite3_stmt *db_stmt(struct db *d, const char *sql);
bool db_exec(struct db *d, const char *sql, struct err *e) MUST_CHECK;
/* Steps a statement that returns no rows, resets it. */
bool db_run(struct db *d, sqlite3_stmt *st, struct err *e) MUST_CHECK;
/* Steps to the next row; *ret_row false: there is none (the statement is reset then). */
bool db_step(struct db *d, sqlite3_stmt *st, bool *ret_row, struct err *e) MUST_CHECK;
/* The first column of the first row; `none` when there is no row. */
bool db_number(
    struct db *d, const char *sql, int64_t none, int64_t *ret, struct err *e) MUST_CHECK;
/* Sets e from the connection's last error. Returns false. */
bool db_error(struct db *d, struct err *e, const char *doing);
/* SQLite's extended code of the last failure. */
int db_code(const struct db *d);
/* A failure that comes from the values, not from disk, locks or file: doing the same
 * again would fail again. */
bool db_code_is_ours(int code);
bool db_begin(struct db *d, struct err *e) MUST_CHECK; /* IMMEDIATE */
bool db_commit(struct db *d, struct err *e) MUST_CHECK;
void db_rollback(struct db *d);

#endif
