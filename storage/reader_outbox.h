/* SPDX-License-Identifier: MIT
 *
 * The outbox as people ask for it: which message went where and what became of it, and
 * how each channel stands. Read-only, from any process.
 */
#ifndef DIMWATCH_STORAGE_READER_OUTBOX_H
#define DIMWATCH_STORAGE_READER_OUTBOX_H

#include "alerts/delivery.h"
#include "alerts/outbox.h"
#include "storage/reader.h"

#define READER_ANY_STATE (-1)

struct reader_outbox_filter {
	const char *incident; /* full or short id; NULL: all */
	const char *channel;  /* NULL: all */
	int state;            /* enum delivery_state, or READER_ANY_STATE */
	struct wall since;    /* created at or after; 0: all */
	int limit;            /* 0: 50 */
};
/* short_id: of the incident, "" when its record is gone. */
typedef bool (*reader_outbox_fn)(
    void *arg, const struct delivery *d, const char *short_id);
/* Newest first. */
bool reader_outbox(struct reader *r, const struct reader_outbox_filter *f,
    reader_outbox_fn fn, void *arg, struct err *e) MUST_CHECK;

#define READER_TAIL_MIN 6
/* By its full id or the last characters of it (READER_TAIL_MIN at least), in either case
 * of letters. ERR_NOT_FOUND: there is none, or more than one. */
bool reader_delivery(
    struct reader *r, const char *id, struct delivery *ret, struct err *e) MUST_CHECK;

typedef bool (*reader_channel_fn)(void *arg, const struct channel_status *c);
bool reader_channels(
    struct reader *r, reader_channel_fn fn, void *arg, struct err *e) MUST_CHECK;

#endif
