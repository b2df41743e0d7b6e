/* SPDX-License-Identifier: MIT
 *
 * A document as it is written: headings, sentences, tables, in Markdown or as one HTML
 * file that needs nothing else (no script, nothing from outside). Whatever is put in is
 * one harmless line: control and direction characters are made visible, markup is
 * escaped. A stranger's words stand as code, so that nothing in them is a link, a mention
 * or markup in any reader; in Markdown ` stands as ' there, and | as a broken bar.
 */
#ifndef DIMWATCH_AGENT_DOC_H
#define DIMWATCH_AGENT_DOC_H

#include "agent/base/str.h"

enum doc_format { DOC_MARKDOWN, DOC_HTML };

#define DOC_MAX_BYTES   ((size_t)16 << 20)
#define DOC_MAX_COLUMNS 10
#define DOC_CELL_POINTS 400 /* longer ones are cut */

struct doc {
	enum doc_format format;
	struct str *out; /* borrowed */
};

/* The head of the file and its title. */
void doc_begin(struct doc *d, enum doc_format f, struct str *out, const char *title);
void doc_end(struct doc *d);
void doc_heading(struct doc *d, const char *text);
/* A paragraph of our own words. */
void doc_text(struct doc *d, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Columns from 0; strange: bit per column that holds a stranger's words. "" and NULL
 * stand as a dash. */
struct doc_table {
	int n;
	unsigned strange;
};
struct doc_table doc_table(
    struct doc *d, int n, const char *const *heads, unsigned strange);
void doc_row(struct doc *d, const struct doc_table *t, const char *const *cells);
void doc_table_end(struct doc *d, const struct doc_table *t);

#endif
