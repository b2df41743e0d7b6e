/* SPDX-License-Identifier: MIT
 *
 * Values into statements and out of rows. What a file holds need not be what we wrote:
 * every reader checks ranges, and text that is not there is "".
 */
#ifndef DIMWATCH_STORAGE_ROW_H
#define DIMWATCH_STORAGE_ROW_H

#include <stdbool.h>
#include <stdint.h>

#include <sqlite3.h>

#include "agent/base/tick.h"

/* Parameters are bound in order: each call takes the next place. The texts must live
 * until the statement was stepped. Binding to a NULL statement does nothing. */
struct bind {
	sqlite3_stmt *st;
	int place;
};

struct bind bind_to(sqlite3_stmt *st);
void bind_int(struct bind *b, int64_t v);
void bind_int_unless(struct bind *b, int64_t v, int64_t null); /* v == null: NULL */
void bind_text(struct bind *b, const char *text);
void bind_text_some(struct bind *b, const char *text); /* "": NULL */
void bind_wall(struct bind *b, struct wall t);         /* 0: NULL */
void bind_real(struct bind *b, double v);
void bind_forget(struct bind *b); /* the texts go now */

/* Columns are read in order, in the same way. `bad` is set once a value is not in its
 * range; what is returned then is the lower bound. */
struct row {
	sqlite3_stmt *st;
	int place;
	bool bad;
};

struct row row_of(sqlite3_stmt *st);
int64_t row_int(struct row *r);
int64_t row_int_or(struct row *r, int64_t null); /* NULL: null */
int64_t row_in(struct row *r, int64_t min, int64_t max);
bool row_bool(struct row *r);
double row_real(struct row *r);
struct wall row_wall(struct row *r); /* NULL: 0 */
/* Copied, cut to size; NULL: "". */
void row_text(struct row *r, char *buf, size_t size);
/* Borrowed until the next step. */
const char *row_peek(struct row *r);

#endif
