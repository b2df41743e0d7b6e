/* SPDX-License-Identifier: MIT
 *
 * The strict reader behind the catalogue's tables. The first error ends it: the path says
 * where it stood.
 */
#include "probes/catalogue_read.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/yaml_json.h"
#include "probes/catalogue.h"

#define MAX_ITEMS      256 /* rows, regions, words of one list */
#define MAX_NAMES      64  /* names that one suggestion is chosen from */
#define MAX_JSON_BYTES ((size_t)16 << 10)

/* --- saying what is wrong --- */

static bool fail_at(struct reader *r, int line, int column, const char *what)
{
	if (r->report != NULL)
		r->report->fn(r->report->arg, line, column, r->path, what);
	return err_set(r->e, ERR_CONFIG, "%s:%d:%d: %s%s%s", r->file, line, column,
	    r->path, r->path[0] != '\0' ? ": " : "", what);
}

bool read_fail(struct reader *r, const struct yaml_node *n, const char *fmt, ...)
{
	char what[256];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(what, sizeof(what), fmt, ap);
	va_end(ap);
	return fail_at(r, n->line, n->column, what);
}

/* `what` "word", and the nearest of the right names. */
static bool fail_word(struct reader *r, int line, int column, const char *what,
    const char *word, const char *near)
{
	struct span shown = span_of(word);
	char text[256];

	(void)snprintf(text, sizeof(text), "%s \"%.*s\"%s%.60s%s", what,
	    (int)utf8_cut(shown, 60), word, near != NULL ? " (did you mean \"" : "",
	    near != NULL ? near : "", near != NULL ? "\"?)" : "");
	return fail_at(r, line, column, text);
}

bool read_fail_name(struct reader *r, const struct yaml_node *n, const char *what,
    const char *const *names, size_t n_names)
{
	return fail_word(
	    r, n->line, n->column, what, n->text, str_nearest(n->text, names, n_names));
}

static bool fail_key(struct reader *r, const struct yaml_node *n, const struct key *keys)
{
	const char *names[MAX_NAMES];
	size_t count = 0;

	for (; keys->name != NULL && count < MAX_NAMES; keys++)
		names[count++] = keys->name;
	return fail_word(r, n->key_line, n->key_column, "unknown key", n->key,
	    str_nearest(n->key, names, count));
}

size_t read_enter(struct reader *r, const char *name, int i)
{
	size_t len = strlen(r->path);
	char *end = r->path + len;
	size_t room = sizeof(r->path) - len;

	if (name == NULL)
		(void)snprintf(end, room, "[%d]", i);
	else
		(void)snprintf(end, room, "%s%.60s", len > 0 ? "." : "", name);
	return len;
}

void read_leave(struct reader *r, size_t len)
{
	r->path[len] = '\0';
}

/* --- maps and lists --- */

static const struct key *find_key(const struct key *keys, const char *name)
{
	for (; keys->name != NULL; keys++) {
		if (strcmp(keys->name, name) == 0)
			return keys;
	}
	return NULL;
}

bool read_is_kind(struct reader *r, const struct yaml_node *n, enum yaml_kind kind)
{
	static const char *const words[] = {"a single value", "a list", "a map"};

	if (n->kind == kind && !yaml_is_null(n))
		return true;
	return read_fail(r, n, "expected %s", words[kind]);
}

/* A map by its table of keys. */
bool read_keys(
    struct reader *r, const struct yaml_node *map, const struct key *keys, void *base)
{
	bool ok = true;

	if (!read_is_kind(r, map, YAML_MAP))
		return false;
	for (const struct yaml_node *n = map->kids; n != NULL; n = n->next) {
		const struct key *k = find_key(keys, n->key);
		size_t len = strlen(r->path);

		if (k == NULL) {
			ok = fail_key(r, n, keys);
		} else {
			len = read_enter(r, k->name, 0);
			ok &= k->read(r, n, k, base);
		}
		if (!ok && r->report == NULL)
			return false;
		read_leave(r, len);
	}
	for (; keys->name != NULL && (ok || r->report != NULL); keys++) {
		if (keys->required && !r->partial && yaml_find(map, keys->name) == NULL)
			ok = read_fail(r, map, "the key \"%s\" is missing", keys->name);
	}
	return ok;
}

READER(read_map)
{
	return read_keys(r, n, k->inside, base);
}

/* Room for the n kids of a list or map; NULL after an error. */
void *read_room(struct reader *r, const struct yaml_node *n, size_t bytes)
{
	if (n->n_kids == 0) {
		read_fail(r, n, "expected at least one entry");
		return NULL;
	}
	if (n->n_kids > MAX_ITEMS) {
		read_fail(r, n, "more than %d entries", MAX_ITEMS);
		return NULL;
	}
	return arena_alloc(r->arena, (size_t)n->n_kids * bytes);
}

void *read_rows(struct reader *r, const struct yaml_node *list, const struct key *keys,
    size_t row_bytes)
{
	bool partial = r->partial, ok = true;
	char *rows;
	int i = 0;

	if (!read_is_kind(r, list, YAML_LIST))
		return NULL;
	rows = read_room(r, list, row_bytes);
	if (rows == NULL)
		return NULL;
	r->partial = false; /* a row is whole or none */
	for (const struct yaml_node *n = list->kids; n != NULL; n = n->next, i++) {
		size_t len = read_enter(r, NULL, i);

		ok &= read_keys(r, n, keys, rows + (size_t)i * row_bytes);
		if (!ok && r->report == NULL)
			break;
		read_leave(r, len);
	}
	r->partial = partial;
	return ok ? rows : NULL;
}

/* --- single values --- */

/* A text that may be empty ("" as auth scheme: the bare key). */
READER(read_maybe_text)
{
	if (n->kind != YAML_SCALAR || yaml_is_null(n))
		return read_fail(r, n, "expected a text");
	*FIELD(const char *, base, k) = n->text;
	return true;
}

READER(read_text)
{
	if (n->kind != YAML_SCALAR || yaml_is_null(n) || n->text[0] == '\0')
		return read_fail(r, n, "expected a text that is not empty");
	return read_maybe_text(r, n, k, base);
}

READER(read_id)
{
	if (!read_text(r, n, k, base))
		return false;
	if (n->text[strspn(n->text, "abcdefghijklmnopqrstuvwxyz0123456789-")] != '\0')
		return read_fail(r, n, "expected small letters, digits and \"-\"");
	return true;
}

READER(read_url)
{
	struct span text;

	if (!read_text(r, n, k, base))
		return false;
	text = span_of(n->text);
	if (!span_has_prefix(text, "https://") && !span_has_prefix(text, "http://"))
		return read_fail(
		    r, n, "expected a URL that begins with https:// or http://");
	if (text.p[text.n - 1] == '/')
		return read_fail(
		    r, n, "the final \"/\" belongs to the path: leave it out");
	if (text.p[strcspn(text.p, " ?#@")] != '\0')
		return read_fail(r, n, "expected scheme, host and path only");
	return true;
}

READER(read_url_path)
{
	if (!read_text(r, n, k, base))
		return false;
	if (n->text[0] != '/')
		return read_fail(r, n, "expected a path that begins with \"/\"");
	return true;
}

READER(read_bool)
{
	bool yes = n->kind == YAML_SCALAR && strcmp(n->text, "true") == 0;

	if (!yes && (n->kind != YAML_SCALAR || strcmp(n->text, "false") != 0))
		return read_fail(r, n, "expected true or false");
	*FIELD(bool, base, k) = yes;
	return true;
}

/* Digits only, at most six of them; -1: not such a number. */
static int small_number(const struct yaml_node *n)
{
	int v = 0;
	size_t len;

	if (n->kind != YAML_SCALAR || n->quoted)
		return -1;
	len = strlen(n->text);
	if (len == 0 || len > 6 || strspn(n->text, "0123456789") != len)
		return -1;
	for (const char *p = n->text; *p != '\0'; p++)
		v = v * 10 + (*p - '0');
	return v;
}

READER(read_max_tokens)
{
	int v = small_number(n);

	if (v < 2 || v > 100000)
		return read_fail(r, n, "expected a number from 2 to 100000");
	*FIELD(int, base, k) = v;
	return true;
}

READER(read_status)
{
	int v = small_number(n);

	if (v != 0 && (v < 100 || v > 599))
		return read_fail(r, n, "expected an HTTP status, or 0 for any");
	*FIELD(int, base, k) = v;
	return true;
}

READER(read_date)
{
	static const char shape[] = "dddd-dd-dd";

	if (!read_text(r, n, k, base))
		return false;
	for (size_t i = 0; i < sizeof(shape); i++) {
		char c = n->text[i];
		bool digit = c >= '0' && c <= '9';

		if (shape[i] == 'd' ? !digit : c != shape[i])
			return read_fail(r, n, "expected a date such as 2026-11-23");
	}
	return true;
}

/* --- several values --- */

/* One text or a list of them. */
READER(read_words)
{
	bool one = n->kind == YAML_SCALAR;
	const struct yaml_node *word = one ? n : n->kids;
	const char **words;
	size_t count = 0;

	if (!one && !read_is_kind(r, n, YAML_LIST))
		return false;
	words =
	    one ? arena_alloc(r->arena, sizeof(*words)) : read_room(r, n, sizeof(*words));
	if (words == NULL)
		return false;
	for (; word != NULL; word = one ? NULL : word->next) {
		if (word->kind != YAML_SCALAR || yaml_is_null(word) ||
		    word->text[0] == '\0')
			return read_fail(r, word, "expected a text that is not empty");
		words[count++] = word->text;
	}
	*FIELD(const char *const *, base, k) = words;
	*COUNT(base, k) = count;
	return true;
}

/* A map of header names and values: "Name: value" each. */
READER(read_headers)
{
	const char **lines;
	size_t count = 0;

	if (!read_is_kind(r, n, YAML_MAP))
		return false;
	lines = read_room(r, n, sizeof(*lines));
	if (lines == NULL)
		return false;
	for (const struct yaml_node *h = n->kids; h != NULL; h = h->next) {
		if (h->kind != YAML_SCALAR || strpbrk(h->text, "\r\n") != NULL)
			return read_fail(r, h, "expected a header's value on one line");
		lines[count++] = arena_printf(r->arena, "%s: %s", h->key, h->text);
	}
	*FIELD(const char *const *, base, k) = lines;
	*COUNT(base, k) = count;
	return true;
}

READER(read_json)
{
	struct str text;
	json_t *v;

	if (!read_is_kind(r, n, YAML_MAP))
		return false;
	v = yaml_to_json(n);
	str_init(&text, MAX_JSON_BYTES);
	json_dump(v, &text);
	*FIELD(const char *, base, k) = arena_strdup(r->arena, str_c(&text));
	str_fini(&text);
	json_decref(v);
	return true;
}
