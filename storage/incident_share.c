/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "storage/incident_share.h"

#include "storage/row.h"

static bool forget(struct db *d, const struct incident *in, struct err *e)
{
	struct bind b =
	    bind_to(db_stmt(d, "DELETE FROM incident_shares WHERE incident = ?"));

	bind_text(&b, in->id.text);
	return db_run(d, b.st, e);
}

bool incident_shares_write(struct db *d, const struct incident *in, struct err *e)
{
	if (!forget(d, in, e))
		return false;
	for (int i = 0; i < in->n_shares; i++) {
		const struct incident_share *s = &in->shares[i];
		struct bind b = bind_to(db_stmt(d,
		    "INSERT INTO incident_shares(incident, position, target, provider,"
		    " severity, started, ended, samples, failures)"
		    " VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"));

		bind_text(&b, in->id.text);
		bind_int(&b, i);
		bind_text(&b, s->target);
		bind_text(&b, s->provider);
		bind_int(&b, s->severity);
		bind_int(&b, s->started.ms);
		bind_wall(&b, s->ended);
		bind_int(&b, s->samples);
		bind_int(&b, s->failures);
		if (!db_run(d, b.st, e))
			return false;
	}
	return true;
}

bool incident_shares_read(struct db *d, struct incident *in, bool *bad, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "SELECT target, provider, severity, started, ended, samples, failures"
	    " FROM incident_shares WHERE incident = ? ORDER BY position"));

	bind_text(&b, in->id.text);
	for (;;) {
		struct row r = row_of(b.st);
		bool row = false;
		struct incident_share *s;

		if (!db_step(d, b.st, &row, e))
			return false;
		if (!row || in->n_shares == SHARE_MAX)
			break;
		s = &in->shares[in->n_shares++];
		row_text(&r, s->target, sizeof(s->target));
		row_text(&r, s->provider, sizeof(s->provider));
		s->severity =
		    (enum severity)row_in(&r, SEVERITY_MINOR, SEVERITY_COUNT - 1);
		s->started = row_wall(&r);
		s->ended = row_wall(&r);
		s->samples = (uint32_t)row_in(&r, 0, UINT32_MAX);
		s->failures = (uint32_t)row_in(&r, 0, UINT32_MAX);
		*bad |= r.bad;
	}
	(void)sqlite3_reset(b.st);
	return true;
}
