/* SPDX-License-Identifier: MIT
 *
 * Rows of `silences` and `pauses`: what people asked for that lasts.
 */
#ifndef DIMWATCH_STORAGE_HANDS_ROWS_H
#define DIMWATCH_STORAGE_HANDS_ROWS_H

#include "alerts/silence.h"
#include "storage/db.h"

bool silences_write(struct db *d, const struct silence *s, struct err *e) MUST_CHECK;
bool pauses_write(struct db *d, const struct pause *p, struct err *e) MUST_CHECK;

typedef void (*silence_fn)(void *arg, const struct silence *s);
typedef void (*pause_fn)(void *arg, const struct pause *p);
/* Those that are not over at `now`, and the newest: its number is taken. */
bool silences_each(
    struct db *d, struct wall now, silence_fn fn, void *arg, struct err *e) MUST_CHECK;
bool pauses_each(struct db *d, pause_fn fn, void *arg, struct err *e) MUST_CHECK;

#endif
