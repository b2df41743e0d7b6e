/* SPDX-License-Identifier: MIT
 *
 * A strict subset of YAML as a tree of nodes that know their line and column: one
 * document; maps, lists, plain and quoted scalars; no anchors, aliases, merge keys, tags
 * or tabs; no duplicate keys; at most 8 MiB and 16 levels. Scalars stay text: types come
 * from whoever reads them, so `no`, `1e3` and `12:30` never surprise.
 */
#ifndef DIMWATCH_BASE_YAML_H
#define DIMWATCH_BASE_YAML_H

#include "agent/base/arena.h"
#include "agent/base/err.h"
#include "agent/base/str.h"

#define YAML_MAX_BYTES ((size_t)8 << 20)
#define YAML_MAX_DEPTH 16
#define YAML_MAX_NODES 500000

enum yaml_kind { YAML_SCALAR, YAML_LIST, YAML_MAP };

struct yaml_node {
	enum yaml_kind kind;
	bool quoted;      /* scalar stood in quotes (then "" is text, not null) */
	int line, column; /* 1-based */
	const char *key;  /* in a map: the key; else NULL. arena */
	int key_line, key_column;
	const char *text;       /* scalar: value, UTF-8 without NUL. arena */
	struct yaml_node *kids; /* first child of a list or map */
	struct yaml_node *next; /* next sibling */
	int n_kids;
};

/* The tree lives in the arena. NULL on error: e->msg is "LINE:COLUMN: what, and the cure"
 * (without a file name). An empty document gives a map without children. */
struct yaml_node *yaml_parse(struct span in, struct arena *a, struct err *e) MUST_CHECK;
/* Child of a map by key; NULL when absent. */
struct yaml_node *yaml_find(const struct yaml_node *map, const char *key);
/* `key:` with nothing behind it, `~` or `null`, unquoted. */
bool yaml_is_null(const struct yaml_node *n);

#endif
