/* SPDX-License-Identifier: MIT
 *
 * Bind and column calls with a place that moves along.
 */
#include "storage/row.h"

#include "agent/base/str.h"
#include "agent/base/xalloc.h"

struct bind bind_to(sqlite3_stmt *st)
{
	return (struct bind){.st = st};
}

void bind_int(struct bind *b, int64_t v)
{
	b->place++;
	if (b->st)
		(void)sqlite3_bind_int64(b->st, b->place, v);
}

void bind_int_unless(struct bind *b, int64_t v, int64_t null)
{
	if (v != null) {
		bind_int(b, v);
		return;
	}
	b->place++;
	if (b->st)
		(void)sqlite3_bind_null(b->st, b->place);
}

void bind_text(struct bind *b, const char *text)
{
	b->place++;
	if (b->st)
		(void)sqlite3_bind_text(b->st, b->place, text, -1, SQLITE_STATIC);
}

void bind_text_some(struct bind *b, const char *text)
{
	bind_text(b, text && *text ? text : NULL);
}

void bind_wall(struct bind *b, struct wall t)
{
	bind_int_unless(b, t.ms, 0);
}

void bind_real(struct bind *b, double v)
{
	b->place++;
	if (b->st)
		(void)sqlite3_bind_double(b->st, b->place, v);
}

void bind_forget(struct bind *b)
{
	if (b->st) /* the one call that does not take NULL */
		(void)sqlite3_clear_bindings(b->st);
}

struct row row_of(sqlite3_stmt *st)
{
	return (struct row){.st = st};
}

int64_t row_int(struct row *r)
{
	return sqlite3_column_int64(r->st, r->place++);
}

int64_t row_int_or(struct row *r, int64_t null)
{
	if (sqlite3_column_type(r->st, r->place) == SQLITE_NULL) {
		r->place++;
		return null;
	}
	return row_int(r);
}

int64_t row_in(struct row *r, int64_t min, int64_t max)
{
	int64_t v = row_int(r);

	if (v >= min && v <= max)
		return v;
	r->bad = true;
	return min;
}

bool row_bool(struct row *r)
{
	return row_int(r) != 0;
}

double row_real(struct row *r)
{
	return sqlite3_column_double(r->st, r->place++);
}

struct wall row_wall(struct row *r)
{
	return (struct wall){row_int(r)};
}

const char *row_peek(struct row *r)
{
	bool null = sqlite3_column_type(r->st, r->place) == SQLITE_NULL;
	const unsigned char *text = sqlite3_column_text(r->st, r->place++);

	/* Not even room for a final NUL: an empty id would be worse than an end. */
	if (!text && !null)
		out_of_memory();
	return text ? (const char *)text : "";
}

void row_text(struct row *r, char *buf, size_t size)
{
	(void)str_copy(buf, size, row_peek(r));
}
