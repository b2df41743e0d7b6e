/* SPDX-License-Identifier: MIT
 *
 * The list of what is wrong with a config. Every text passes text_printable: a file may
 * hold anything.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/conf_loader.h"

/* Who made more mistakes than this has another file in mind. */
#define MAX_ROWS  500
#define MAX_TEXT  ((size_t)1500)
#define LOOK_BACK 32 /* for the same words at the same place */

void conf_problems_init(struct conf_problems *p)
{
	*p = (struct conf_problems){.arena = arena_new()};
}

void conf_problems_fini(struct conf_problems *p)
{
	arena_free(p->arena);
	free(p->rows);
	*p = (struct conf_problems){0};
}

/* The rungs of a ladder have most of their block in common. */
static bool is_said(const struct conf_problems *p, const char *text)
{
	for (size_t i = p->n; i > 0 && p->n - i < LOOK_BACK; i--)
		if (!strcmp(p->rows[i - 1].text, text))
			return true;
	return false;
}

void conf_problem_add(struct conf_problems *p, const char *file,
    const struct conf_problem *where, const char *path, const char *what)
{
	struct str raw, text;
	if (!where->warning)
		p->errors++;
	if (p->n >= MAX_ROWS)
		return;
	str_init(&raw, MAX_TEXT);
	str_init(&text, MAX_TEXT * 4);
	(void)str_adds(&raw, file);
	if (where->line)
		(void)str_addf(&raw, ":%d:%d", where->line, where->column);
	(void)str_addf(&raw, ": %s%s%s%s", where->warning ? "warning: " : "", path,
	    path[0] ? ": " : "", what);
	text_printable(&text, str_span(&raw));
	str_fini(&raw);
	if (is_said(p, str_c(&text))) {
		p->errors -= !where->warning;
		str_fini(&text);
		return;
	}
	if (p->n == p->cap) {
		p->cap = p->cap ? p->cap * 2 : 16;
		p->rows = xreallocarray(p->rows, p->cap, sizeof *p->rows);
	}
	struct conf_problem *row = &p->rows[p->n++];
	*row = *where;
	row->text = arena_strdup(p->arena, str_c(&text));
	str_fini(&raw);
	str_fini(&text);
}

static bool is_before(const struct conf_problem *a, const struct conf_problem *b)
{
	if (a->file != b->file)
		return a->file < b->file;
	return a->line < b->line || (a->line == b->line && a->column < b->column);
}

/* Insertion sort: stable, and the list is nearly in order already. */
void conf_problems_sort(struct conf_problems *p)
{
	for (size_t i = 1; i < p->n; i++) {
		struct conf_problem row = p->rows[i];
		size_t k = i;
		for (; k > 0; k--) {
			const struct conf_problem *b = &p->rows[k - 1];
			if (!is_before(&row, b))
				break;
			p->rows[k] = *b;
		}
		p->rows[k] = row;
	}
}

static void add(struct loader *l, const struct conf_problem *where, const char *path,
    const char *fmt, va_list ap) __attribute__((format(printf, 4, 0)));
static void add(struct loader *l, const struct conf_problem *where, const char *path,
    const char *fmt, va_list ap)
{
	struct str what;
	str_init(&what, MAX_TEXT);
	(void)str_addv(&what, fmt, ap);
	conf_problem_add(l->problems, l->file, where, path, str_c(&what));
	str_fini(&what);
}

static struct conf_problem place(const struct yaml_node *n, bool warning)
{
	if (!n)
		return (struct conf_problem){.warning = warning, .line = 1, .column = 1};
	return (struct conf_problem){
	    .warning = warning, .line = n->line, .column = n->column};
}

void conf_error(struct loader *l, const struct conf_value *v, const char *fmt, ...)
{
	struct conf_problem where = place(v->node, false);
	va_list ap;
	va_start(ap, fmt);
	add(l, &where, v->path, fmt, ap);
	va_end(ap);
}

void conf_warn(struct loader *l, const struct conf_value *v, const char *fmt, ...)
{
	struct conf_problem where = place(v->node, true);
	va_list ap;
	va_start(ap, fmt);
	add(l, &where, v->path, fmt, ap);
	va_end(ap);
}

static const char *key_path(
    struct loader *l, const struct conf_values *b, const char *key)
{
	if (!key)
		return b->path;
	return b->path[0] ? arena_printf(l->scratch, "%s.%s", b->path, key) : key;
}

void conf_error_block(
    struct loader *l, const struct conf_values *b, const char *key, const char *fmt, ...)
{
	struct conf_problem where = place(b->node, false);
	va_list ap;
	va_start(ap, fmt);
	add(l, &where, key_path(l, b, key), fmt, ap);
	va_end(ap);
}

void conf_warn_block(
    struct loader *l, const struct conf_values *b, const char *key, const char *fmt, ...)
{
	struct conf_problem where = place(b->node, true);
	va_list ap;
	va_start(ap, fmt);
	add(l, &where, key_path(l, b, key), fmt, ap);
	va_end(ap);
}
