/* SPDX-License-Identifier: MIT
 *
 * See the header. Two forms of the same few pieces.
 */
#include "agent/doc.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "alerts/message.h"

#define CELL_BYTES ((size_t)4 * DOC_CELL_POINTS + 8)
#define TEXT_BYTES ((size_t)4096)

static const char head[] =
    "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
    "style-src 'unsafe-inline'\">\n"
    "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
    "<style>\n"
    ":root { color-scheme: light dark; }\n"
    "body { font: 15px/1.5 system-ui, sans-serif; max-width: 70rem; margin: 2rem auto; "
    "padding: 0 1rem; }\n"
    "h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin-top: 2rem; }\n"
    ".wide { overflow-x: auto; }\n"
    "table { border-collapse: collapse; }\n"
    "th, td { text-align: left; vertical-align: top; padding: .25rem .75rem .25rem 0; "
    "border-bottom: 1px solid #8884; }\n"
    "code { overflow-wrap: anywhere; }\n"
    "@media print { body { margin: 0; max-width: none; font-size: 10px; } "
    ".wide { overflow: visible; } tr { break-inside: avoid; } "
    "h2 { break-after: avoid; } th, td { padding-right: .4rem; } }\n"
    "</style>\n";

/* --- escaping --------------------------------------------------------------------- */

static const char *html_of(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	case '\'':
		return "&#39;";
	default:
		return NULL;
	}
}

static void put_html(struct str *out, const char *text)
{
	for (; *text; text++) {
		const char *e = html_of(*text);

		if (e)
			str_adds(out, e);
		else
			str_addc(out, *text);
	}
}

/* Our own words: what would be markup gets a backslash. */
static void put_markdown(struct str *out, const char *text)
{
	for (const char *p = text; *p; p++) {
		bool links = *p == ':' && p[1] == '/' && p[2] == '/';

		if (links || strchr("\\`*_[]<>#|~&@$", *p) ||
		    (p == text && strchr("+-=", *p)))
			str_addc(out, '\\');
		str_addc(out, *p);
	}
}

/* A stranger's words: inside of a code span nothing means anything. */
static void put_code(struct str *out, const char *text)
{
	str_addc(out, '`');
	for (; *text; text++) {
		if (*text == '`')
			str_addc(out, '\'');
		else if (*text == '|')
			str_adds(out, "\xc2\xa6");
		else
			str_addc(out, *text);
	}
	str_addc(out, '`');
}

static void put(struct doc *d, const char *text, bool strange)
{
	char line[CELL_BYTES];

	message_line(line, sizeof(line), DOC_CELL_POINTS, span_of(text));
	if (!*line) {
		str_addc(d->out, '-');
	} else if (d->format == DOC_MARKDOWN) {
		if (strange)
			put_code(d->out, line);
		else
			put_markdown(d->out, line);
	} else {
		str_adds(d->out, strange ? "<code>" : "");
		put_html(d->out, line);
		str_adds(d->out, strange ? "</code>" : "");
	}
}

/* --- pieces ----------------------------------------------------------------------- */

void doc_begin(struct doc *d, enum doc_format f, struct str *out, const char *title)
{
	*d = (struct doc){f, out};
	if (f == DOC_MARKDOWN) {
		str_adds(out, "# ");
		put(d, title, false);
		str_adds(out, "\n");
		return;
	}
	str_adds(out, head);
	str_adds(out, "<title>");
	put(d, title, false);
	str_adds(out, "</title>\n</head>\n<body>\n<h1>");
	put(d, title, false);
	str_adds(out, "</h1>\n");
}

void doc_end(struct doc *d)
{
	if (d->format == DOC_HTML)
		str_adds(d->out, "</body>\n</html>\n");
}

void doc_heading(struct doc *d, const char *text)
{
	str_adds(d->out, d->format == DOC_HTML ? "<h2>" : "\n## ");
	put(d, text, false);
	str_adds(d->out, d->format == DOC_HTML ? "</h2>\n" : "\n");
}

void doc_text(struct doc *d, const char *fmt, ...)
{
	struct str text;
	va_list ap;

	str_init(&text, TEXT_BYTES);
	va_start(ap, fmt);
	str_addv(&text, fmt, ap);
	va_end(ap);
	str_adds(d->out, d->format == DOC_HTML ? "<p>" : "\n");
	put(d, str_c(&text), false);
	str_adds(d->out, d->format == DOC_HTML ? "</p>\n" : "\n");
	str_fini(&text);
}

static void row(struct doc *d, int n, const char *const *cells, unsigned strange,
    const char *html_cell)
{
	bool html = d->format == DOC_HTML;

	str_adds(d->out, html ? "<tr>" : "|");
	for (int i = 0; i < n; i++) {
		if (html)
			str_addf(d->out, "<%s>", html_cell);
		else
			str_addc(d->out, ' ');
		put(d, cells[i] ? cells[i] : "", strange >> i & 1);
		if (html)
			str_addf(d->out, "</%s>", html_cell);
		else
			str_adds(d->out, " |");
	}
	str_adds(d->out, html ? "</tr>\n" : "\n");
}

struct doc_table doc_table(
    struct doc *d, int n, const char *const *heads, unsigned strange)
{
	struct doc_table t = {n, strange};

	assert(n > 0 && n <= DOC_MAX_COLUMNS);
	str_adds(d->out, d->format == DOC_HTML ? "<div class=\"wide\"><table>\n" : "\n");
	row(d, n, heads, 0, "th");
	if (d->format == DOC_MARKDOWN) {
		for (int i = 0; i < n; i++)
			str_adds(d->out, i ? " --- |" : "| --- |");
		str_adds(d->out, "\n");
	}
	return t;
}

void doc_row(struct doc *d, const struct doc_table *t, const char *const *cells)
{
	row(d, t->n, cells, t->strange, "td");
}

void doc_table_end(struct doc *d, const struct doc_table *t)
{
	(void)t;
	if (d->format == DOC_HTML)
		str_adds(d->out, "</table></div>\n");
}
