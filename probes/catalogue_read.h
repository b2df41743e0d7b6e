/* SPDX-License-Identifier: MIT
 *
 * Reading a strict YAML map by a table of keys: name, kind (the reader of the value),
 * where the value goes, whether it must be there. Unknown names, missing keys and wrong
 * values are errors with file, line, column and path. What it makes lives in the arena.
 */
#ifndef DIMWATCH_PROBES_CATALOGUE_READ_H
#define DIMWATCH_PROBES_CATALOGUE_READ_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/arena.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/yaml.h"

struct catalogue_report;
struct provider;

struct reader {
	const char *file;
	struct arena *arena;
	struct err *e;
	char path[160]; /* of the value that is being read: "errors[3].class" */
	/* Hears of every mistake and reading goes on; NULL: the first one ends it. */
	const struct catalogue_report *report;
	bool partial; /* what is missing stands in the base already */
};

struct key {
	const char *name; /* NULL ends a table */
	/* Reads the value into base + at (and its count into base + at_n). */
	bool (*read)(
	    struct reader *r, const struct yaml_node *n, const struct key *k, void *base);
	size_t at, at_n;
	bool required;
	const struct key *inside; /* keys of a map that fills the same base */
};

/* Rows of a table: key, reader, struct and field that the value goes to. _LIST: and its
 * count, the field n_FIELD. _MAP: a map whose keys fill the same struct. */
#define KEY_ROW(...)                                                                     \
	{                                                                                \
		__VA_ARGS__                                                              \
	}
#define MUST(name, read, type, field)                                                    \
	KEY_ROW(name, read, offsetof(struct type, field), 0, true, NULL)
#define MAY(name, read, type, field)                                                     \
	KEY_ROW(name, read, offsetof(struct type, field), 0, false, NULL)
#define MUST_LIST(name, read, type, field)                                               \
	KEY_ROW(name, read, offsetof(struct type, field),                                \
	    offsetof(struct type, n_##field), true, NULL)
#define MAY_LIST(name, read, type, field)                                                \
	KEY_ROW(name, read, offsetof(struct type, field),                                \
	    offsetof(struct type, n_##field), false, NULL)
#define MUST_MAP(name, inside) KEY_ROW(name, read_map, 0, 0, true, inside)
#define MAY_MAP(name, inside)  KEY_ROW(name, read_map, 0, 0, false, inside)
#define END_OF_KEYS            KEY_ROW(NULL, NULL, 0, 0, false, NULL)

/* Where a reader puts its value. */
#define FIELD(type, base, k) ((type *)(void *)((char *)(base) + (k)->at))
#define COUNT(base, k)       ((size_t *)(void *)((char *)(base) + (k)->at_n))

/* "FILE:LINE:COLUMN: path: ..."; returns false. */
bool read_fail(struct reader *r, const struct yaml_node *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* The same for a name that is none of the right ones; suggests the nearest. */
bool read_fail_name(struct reader *r, const struct yaml_node *n, const char *what,
    const char *const *names, size_t n_names);
/* Steps into ".name" or, without a name, "[i]"; returns what read_leave wants. */
size_t read_enter(struct reader *r, const char *name, int i);
void read_leave(struct reader *r, size_t len);

bool read_is_kind(struct reader *r, const struct yaml_node *n, enum yaml_kind kind);
/* A map by its table. */
bool read_keys(
    struct reader *r, const struct yaml_node *map, const struct key *keys, void *base);
/* A list of maps, each by the same table, into an array of the arena; NULL: an error. */
void *read_rows(struct reader *r, const struct yaml_node *list, const struct key *keys,
    size_t row_bytes);
/* The tree of a file, in the arena; NULL: e says where it is no YAML. */
struct yaml_node *provider_tree(
    struct span yaml, const char *file, struct arena *a, struct err *e) MUST_CHECK;
/* A provider's file by the tables of catalogue_parse.c, over what *p holds. */
bool read_provider(struct reader *r, const struct yaml_node *root, struct provider *p);
/* Zeroed room for the entries of a list or map (1 to 256 of them); NULL: an error. */
void *read_room(struct reader *r, const struct yaml_node *n, size_t bytes);

/* Kinds of values, for the tables. */
#define READER(name)                                                                     \
	bool name(struct reader *r, const struct yaml_node *n, const struct key *k,      \
	    void *base)
READER(read_map);        /* fills the same base by k->inside */
READER(read_text);       /* const char *, not empty */
READER(read_maybe_text); /* may be "" */
READER(read_id);         /* small letters, digits, "-" */
READER(read_url);        /* scheme, host, prefix; no final slash */
READER(read_url_path);   /* begins with "/" */
READER(read_date);       /* YYYY-MM-DD */
READER(read_bool);
READER(read_status);     /* int: an HTTP status or 0 */
READER(read_max_tokens); /* int from 2 */
READER(read_words);      /* one text or a list: const char ** and its count */
READER(read_headers);    /* a map: "Name: value" each */
READER(read_json);       /* a map: const char *, its JSON */

#endif
