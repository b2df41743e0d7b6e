/* SPDX-License-Identifier: MIT
 *
 * The rows. Whoever can write the file can write them, so nothing in them is trusted to
 * be short or well formed.
 */
#include "storage/requests.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "storage/row.h"

void order_fini(struct order *r)
{
	free(r->args);
	r->args = NULL;
}

/* ---- the command ---- */

bool requests_insert(struct db *d, const char *verb, const char *args, struct wall now,
    int64_t *ret_id, struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(d, "INSERT INTO requests(at, verb, args) VALUES(?, ?, ?)"));

	bind_int(&b, now.ms);
	bind_text(&b, verb);
	bind_text(&b, args);
	if (!db_run(d, b.st, e))
		return false;
	*ret_id = sqlite3_last_insert_rowid(db_handle(d));
	return true;
}

bool requests_answer(struct db *d, int64_t id, struct order_answer *ret, struct err *e)
{
	struct bind b = bind_to(
	    db_stmt(d, "SELECT done_at, code, answer FROM requests WHERE id = ?"));
	struct row r = row_of(b.st);
	bool row = false;

	memset(ret, 0, sizeof(*ret));
	bind_int(&b, id);
	if (!db_step(d, b.st, &row, e))
		return false;
	if (!row)
		return err_set(
		    e, ERR_NOT_FOUND, "the request is gone: the database was replaced");
	ret->done_at = row_wall(&r);
	ret->code = (int)row_int_or(&r, 0);
	row_text(&r, ret->text, sizeof(ret->text));
	(void)sqlite3_reset(b.st);
	return true;
}

/* ---- the daemon ---- */

static void read_order(sqlite3_stmt *st, struct order *ret)
{
	struct row r = row_of(st);
	const char *args = NULL;

	memset(ret, 0, sizeof(*ret));
	ret->id = row_int(&r);
	ret->at = row_wall(&r);
	row_text(&r, ret->verb, sizeof(ret->verb));
	args = row_peek(&r);
	if (args && strlen(args) <= ORDER_ARGS_BYTES)
		ret->args = xstrdup(args);
}

bool requests_undone(struct db *d, int limit, order_fn fn, void *arg, struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(d, "SELECT id, at, verb, substr(args, 1, 4097) FROM requests"
			       " WHERE done_at IS NULL ORDER BY id LIMIT ?"));
	bool ok = true, row = true;

	bind_int(&b, limit);
	while ((ok = db_step(d, b.st, &row, e)) && row) {
		struct order one;

		read_order(b.st, &one);
		fn(arg, &one);
		order_fini(&one);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

bool requests_version(struct db *d, int64_t *ret, struct err *e)
{
	return db_number(d, "PRAGMA data_version", 0, ret, e);
}

bool requests_finish(struct db *d, const struct order_done *done, struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(d, "UPDATE requests SET done_at = ?, code = ?, answer = ?"
			       " WHERE id = ? AND at = ? AND done_at IS NULL"));

	bind_int(&b, done->done_at.ms);
	bind_int(&b, done->code);
	bind_text(&b, done->text);
	bind_int(&b, done->id);
	bind_int(&b, done->at.ms);
	return db_run(d, b.st, e);
}
