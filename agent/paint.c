/* SPDX-License-Identifier: MIT
 *
 * See paint.h. What a terminal can show is asked of the terminal and the locale, each
 * time: streams may be redirected by a test.
 */
#include "agent/paint.h"

#include <assert.h>
#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"

#define DEFAULT_WIDTH 80
#define MAX_CELL      ((size_t)4096)
#define GAP           2

static const char *const codes[PAINT_COUNT] = {
    [PAINT_PLAIN] = "",
    [PAINT_GOOD] = "\033[32m",
    [PAINT_WARN] = "\033[33m",
    [PAINT_BAD] = "\033[31m",
    [PAINT_DIM] = "\033[2m",
    [PAINT_BOLD] = "\033[1m",
};

bool paint_is_terminal(FILE *f)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	if (no_color && *no_color)
		return false;
	return term && *term && strcmp(term, "dumb") != 0 && isatty(fileno(f));
}

int paint_width(FILE *f)
{
	struct winsize size;
	if (isatty(fileno(f)) && ioctl(fileno(f), TIOCGWINSZ, &size) == 0 &&
	    size.ws_col > 0)
		return size.ws_col;
	return DEFAULT_WIDTH;
}

const char *paint_begin(FILE *f, enum paint p)
{
	return paint_is_terminal(f) ? codes[p] : "";
}

const char *paint_end(FILE *f)
{
	return paint_is_terminal(f) ? "\033[0m" : "";
}

/* --- tables ----------------------------------------------------------------------- */

struct table_cell {
	char *text; /* owned, printable */
	enum paint paint;
};

struct table {
	int columns;
	int max[TABLE_MAX_COLUMNS];
	struct table_cell *cells; /* owned; row after row */
	size_t n, cap;            /* of cells */
};

struct table *table_new(int columns)
{
	assert(columns > 0 && columns <= TABLE_MAX_COLUMNS);
	struct table *t = xcalloc(1, sizeof *t);
	t->columns = columns;
	return t;
}

void table_free(struct table *t)
{
	if (!t)
		return;
	for (size_t i = 0; i < t->n; i++)
		free(t->cells[i].text);
	free(t->cells);
	free(t);
}

void table_max(struct table *t, int column, int max)
{
	assert(column >= 0 && column < t->columns);
	t->max[column] = max;
}

static const char *ellipsis(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8") ? "\xe2\x80\xa6" : "...";
}

/* Cuts `s` to at most `max` columns, the ellipsis included. */
static void cut(struct str *s, int max)
{
	const char *tail = ellipsis();
	size_t room = text_columns(span_of(tail)), width = (size_t)max;
	if (max <= 0 || text_columns(str_span(s)) <= width)
		return;
	size_t n = s->len;
	while (n > 0 && text_columns((struct span){s->data, n}) + room > width)
		n = utf8_cut((struct span){s->data, n}, n - 1);
	str_truncate(s, n);
	(void)str_adds(s, tail);
}

static char *cell_text(const struct table *t, int column, const char *text)
{
	struct str s;
	str_init(&s, MAX_CELL);
	text_printable(&s, span_of(text ? text : ""));
	cut(&s, t->max[column]);
	char *kept = xstrdup(str_c(&s));
	str_fini(&s);
	return kept;
}

void table_row(struct table *t, const enum paint *paints, const char *const *cells)
{
	if (t->n + (size_t)t->columns > t->cap) {
		t->cap = t->cap ? t->cap * 2 : (size_t)t->columns * 16;
		t->cells = xreallocarray(t->cells, t->cap, sizeof *t->cells);
	}
	for (int i = 0; i < t->columns; i++)
		t->cells[t->n++] = (struct table_cell){
		    .text = cell_text(t, i, cells[i]),
		    .paint = paints ? paints[i] : PAINT_PLAIN,
		};
}

static void print_cell(FILE *f, const struct table_cell *c, size_t width, bool last)
{
	size_t used = text_columns(span_of(c->text));
	(void)fprintf(f, "%s%s%s", paint_begin(f, c->paint), c->text,
	    c->paint == PAINT_PLAIN ? "" : paint_end(f));
	for (; !last && used < width + GAP; used++)
		(void)fputc(' ', f);
}

void table_print(struct table *t, FILE *f)
{
	size_t widths[TABLE_MAX_COLUMNS] = {0}, columns = (size_t)t->columns;
	for (size_t i = 0; i < t->n; i++) {
		size_t width = text_columns(span_of(t->cells[i].text));
		if (width > widths[i % columns])
			widths[i % columns] = width;
	}
	for (size_t i = 0; i < t->n; i++) {
		bool last = i % columns == columns - 1;
		/* Nothing follows in this row: no blanks at the end of a line. */
		bool bare = true;
		for (size_t k = i + 1; k % columns != 0; k++)
			bare &= !t->cells[k].text[0];
		print_cell(f, &t->cells[i], widths[i % columns], last || bare);
		if (last)
			(void)fputc('\n', f);
	}
}
