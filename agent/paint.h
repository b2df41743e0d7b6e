/* SPDX-License-Identifier: MIT
 *
 * Text for people: colours only on a terminal (and not with NO_COLOR or TERM=dumb),
 * columns by display width, ASCII where the locale is not UTF-8.
 */
#ifndef DIMWATCH_AGENT_PAINT_H
#define DIMWATCH_AGENT_PAINT_H

#include <stdbool.h>
#include <stdio.h>

#include "agent/base/str.h"

enum paint {
	PAINT_PLAIN,
	PAINT_GOOD,
	PAINT_WARN,
	PAINT_BAD,
	PAINT_DIM,
	PAINT_BOLD,
	PAINT_COUNT
};

bool paint_is_terminal(FILE *f); /* a terminal that wants colours */
int paint_width(FILE *f);        /* columns; 80 when not a terminal */
/* "\033[..m" or "" when f wants no colours. paint_end resets. */
const char *paint_begin(FILE *f, enum paint p);
const char *paint_end(FILE *f);

#define TABLE_MAX_COLUMNS 12

/* A left-aligned table: rows are collected, widths are computed, strangers' text is made
 * printable. The last column is not padded; cells longer than `max` are cut with an
 * ellipsis (0 = never). */
struct table; /* opaque */
struct table *table_new(int columns);
void table_free(struct table *t);
void table_max(struct table *t, int column, int max);
void table_row(struct table *t, const enum paint *paints, const char *const *cells);
void table_print(struct table *t, FILE *f);

#endif
