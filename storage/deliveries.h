/* SPDX-License-Identifier: MIT
 *
 * Rows of the outbox and of `channels`, to and from their values.
 */
#ifndef DIMWATCH_STORAGE_DELIVERIES_H
#define DIMWATCH_STORAGE_DELIVERIES_H

#include "alerts/delivery.h"
#include "alerts/outbox.h"
#include "storage/db.h"

bool deliveries_write(struct db *d, const struct delivery *one, struct err *e) MUST_CHECK;
#define DELIVERIES_SELECT                                                                \
	"SELECT id, incident, seq, channel, kind, state, created, not_before,"           \
	" first_try, sent, attempts, plain, verdict, last_error, handle, retried,"       \
	" folded_into, held_until, waits_for FROM deliveries d "
/* False: damaged. */
bool deliveries_read(sqlite3_stmt *st, struct delivery *ret);

bool channels_write(
    struct db *d, const struct channel_status *c, struct err *e) MUST_CHECK;
#define CHANNELS_SELECT                                                                  \
	"SELECT name, state, for_good, until, since, last_sent, tokens, tokens_at,"      \
	" words FROM channels "
bool channels_read(sqlite3_stmt *st, struct channel_status *ret);

#endif
