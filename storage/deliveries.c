/* SPDX-License-Identifier: MIT
 *
 * The outbox table: pending, sent, dead, folded; and what is known of each channel.
 */
#include "storage/deliveries.h"

#include <string.h>

#include "storage/row.h"

bool deliveries_write(struct db *d, const struct delivery *one, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "INSERT INTO deliveries(id, incident, seq, channel, kind, state, created,"
	    " not_before, first_try, sent, attempts, plain, verdict, last_error, handle,"
	    " retried, folded_into, held_until, waits_for) VALUES(?, ?, ?, ?, ?, ?, ?, ?,"
	    " ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
	    " ON CONFLICT(id) DO UPDATE SET state = excluded.state,"
	    " kind = excluded.kind, seq = excluded.seq,"
	    " not_before = excluded.not_before, first_try = excluded.first_try,"
	    " sent = excluded.sent, attempts = excluded.attempts,"
	    " plain = excluded.plain, verdict = excluded.verdict,"
	    " last_error = excluded.last_error, handle = excluded.handle,"
	    " retried = excluded.retried, folded_into = excluded.folded_into,"
	    " held_until = excluded.held_until, waits_for = excluded.waits_for"));

	bind_text(&b, one->id.text);
	bind_text(&b, one->incident.text);
	bind_int(&b, one->seq);
	bind_text(&b, one->channel);
	bind_int(&b, one->kind);
	bind_int(&b, one->state);
	bind_int(&b, one->created.ms);
	bind_wall(&b, one->not_before);
	bind_wall(&b, one->first_try);
	bind_wall(&b, one->sent);
	bind_int(&b, one->attempts);
	bind_int(&b, one->plain);
	bind_int(&b, one->verdict);
	bind_text(&b, one->last_error);
	bind_text(&b, one->handle);
	bind_wall(&b, one->retried);
	bind_text(&b, one->into.text);
	bind_wall(&b, one->held_until);
	bind_text(&b, one->group);
	return db_run(d, b.st, e);
}

bool deliveries_read(sqlite3_stmt *st, struct delivery *ret)
{
	struct row r = row_of(st);

	memset(ret, 0, sizeof(*ret));
	row_text(&r, ret->id.text, sizeof(ret->id.text));
	row_text(&r, ret->incident.text, sizeof(ret->incident.text));
	ret->seq = (uint32_t)row_in(&r, 0, UINT32_MAX);
	row_text(&r, ret->channel, sizeof(ret->channel));
	ret->kind = (enum message_kind)row_in(&r, 0, MESSAGE_KIND_COUNT - 1);
	ret->state = (enum delivery_state)row_in(&r, 0, DELIVERY_STATE_COUNT - 1);
	ret->created = row_wall(&r);
	ret->not_before = row_wall(&r);
	ret->first_try = row_wall(&r);
	ret->sent = row_wall(&r);
	ret->attempts = (int)row_in(&r, 0, INT32_MAX);
	ret->plain = row_bool(&r);
	ret->verdict = (enum verdict_kind)row_in(&r, 0, VERDICT_KIND_COUNT - 1);
	row_text(&r, ret->last_error, sizeof(ret->last_error));
	row_text(&r, ret->handle, sizeof(ret->handle));
	ret->retried = row_wall(&r);
	row_text(&r, ret->into.text, sizeof(ret->into.text));
	ret->held_until = row_wall(&r);
	row_text(&r, ret->group, sizeof(ret->group));
	return !r.bad && ulid_is_valid(ret->id.text);
}

bool channels_write(struct db *d, const struct channel_status *c, struct err *e)
{
	struct bind b = bind_to(db_stmt(d,
	    "REPLACE INTO channels(name, state, for_good, until, since, last_sent,"
	    " tokens, tokens_at, words) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"));

	bind_text(&b, c->name);
	bind_int(&b, c->state);
	bind_int(&b, c->for_good);
	bind_wall(&b, c->until);
	bind_wall(&b, c->since);
	bind_wall(&b, c->last_sent);
	bind_real(&b, c->tokens);
	bind_wall(&b, c->tokens_at);
	bind_text(&b, c->words);
	return db_run(d, b.st, e);
}

bool channels_read(sqlite3_stmt *st, struct channel_status *ret)
{
	struct row r = row_of(st);

	memset(ret, 0, sizeof(*ret));
	row_text(&r, ret->name, sizeof(ret->name));
	ret->state = (enum channel_state)row_in(&r, CHANNEL_OPEN, CHANNEL_SHUT);
	ret->for_good = row_bool(&r);
	ret->until = row_wall(&r);
	ret->since = row_wall(&r);
	ret->last_sent = row_wall(&r);
	ret->tokens = row_real(&r);
	ret->tokens_at = row_wall(&r);
	row_text(&r, ret->words, sizeof(ret->words));
	return !r.bad;
}
