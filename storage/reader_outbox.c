/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "storage/reader_outbox.h"

#include <assert.h>
#include <string.h>

#include "storage/deliveries.h"
#include "storage/reader_impl.h"
#include "storage/row.h"

#define USUAL_LIMIT 50

static bool short_id_of(
    struct reader *r, const struct ulid *incident, char ret[5], struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(r->db, "SELECT short_id FROM incidents WHERE id = ?"));
	struct row row = row_of(b.st);
	bool found = false;

	ret[0] = '\0';
	bind_text(&b, incident->text);
	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return true;
	row_text(&row, ret, 5);
	(void)sqlite3_reset(b.st);
	return true;
}

static bool damaged(struct err *e)
{
	return err_set(e, ERR_STORAGE, "a row of the outbox is damaged");
}

bool reader_outbox(struct reader *r, const struct reader_outbox_filter *f,
    reader_outbox_fn fn, void *arg, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db, DELIVERIES_SELECT
	    "WHERE (?1 IS NULL OR incident = upper(?1) OR incident = (SELECT id FROM"
	    " incidents WHERE short_id = upper(?1) ORDER BY opened DESC LIMIT 1))"
	    " AND (?2 IS NULL OR channel = ?2) AND (?3 < 0 OR state = ?3)"
	    " AND created >= ?4 ORDER BY created DESC, seq DESC, id DESC LIMIT ?5"));
	bool ok = true, found = true, go = true;
	struct delivery d;
	char short_id[5];

	reader_begin(r);
	bind_text(&b, f->incident);
	bind_text(&b, f->channel);
	bind_int(&b, f->state);
	bind_int(&b, f->since.ms);
	bind_int(&b, f->limit > 0 ? f->limit : USUAL_LIMIT);
	while (go && (ok = db_step(r->db, b.st, &found, e)) && found) {
		ok = (deliveries_read(b.st, &d) || damaged(e)) &&
		     short_id_of(r, &d.incident, short_id, e);
		go = ok && fn(arg, &d, short_id);
	}
	(void)sqlite3_reset(b.st);
	return ok;
}

bool reader_delivery(
    struct reader *r, const char *id, struct delivery *ret, struct err *e)
{
	struct bind b = bind_to(db_stmt(r->db, DELIVERIES_SELECT
	    /* The first as the index has it: an outbox may be huge. */
	    "WHERE substr(id, -6) = upper(substr(?1, -6))"
	    " AND substr(id, -length(?1)) = upper(?1) ORDER BY created DESC LIMIT 2"));
	size_t n = strlen(id);
	static_assert(READER_TAIL_MIN == 6, "the index is of so many");
	bool found = false, second = false, ok;

	if (n < READER_TAIL_MIN || n > ULID_LEN)
		return err_set(e, ERR_NOT_FOUND,
		    "'%.40s' is no id of a message: it is its 26 characters, or the last %d "
		    "of them or more",
		    id, READER_TAIL_MIN);
	reader_begin(r);
	bind_text(&b, id);
	if (!db_step(r->db, b.st, &found, e))
		return false;
	if (!found)
		return err_set(e, ERR_NOT_FOUND, "there is no message '%.40s'", id);
	ok = (deliveries_read(b.st, ret) || damaged(e)) &&
	     db_step(r->db, b.st, &second, e);
	(void)sqlite3_reset(b.st);
	if (ok && second)
		return err_set(e, ERR_NOT_FOUND,
		    "more than one message ends with '%.40s': give more of its id", id);
	return ok;
}

bool reader_channels(struct reader *r, reader_channel_fn fn, void *arg, struct err *e)
{
	sqlite3_stmt *st = db_stmt(r->db, CHANNELS_SELECT "ORDER BY name");
	bool ok = true, found = true, go = true;
	struct channel_status c;

	reader_begin(r);
	while (go && (ok = db_step(r->db, st, &found, e)) && found) {
		ok = channels_read(st, &c) || damaged(e);
		go = ok && fn(arg, &c);
	}
	(void)sqlite3_reset(st);
	return ok;
}
