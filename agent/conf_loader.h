/* SPDX-License-Identifier: MIT
 *
 * Between the files of the loader: what one run carries, the reader of blocks, and one
 * function a noun that turns read values into its part of the generation. Others include
 * agent/conf.h.
 */
#ifndef DIMWATCH_AGENT_CONF_LOADER_H
#define DIMWATCH_AGENT_CONF_LOADER_H

#include "agent/base/map.h"
#include "agent/conf.h"
#include "agent/conf_value.h"

/* A block as read: one value a row of its schema. */
struct conf_values {
	const struct conf_block *block;
	const struct yaml_node *node; /* NULL: absent, all defaults. scratch */
	const char *path;             /* "targets[0]", "" at the top. scratch */
	struct conf_value *v;         /* by row. scratch */
};

struct loader {
	const char *file; /* as it was named */
	const struct conf_world *world;
	struct conf_problems *problems;
	struct arena *arena;   /* the generation's */
	struct arena *scratch; /* the tree and the values: freed after loading */
	struct conf *conf;
};

/* --- saying what is wrong (conf_problems.c) --- */

/* At a value, at its key, or at a place. Strangers' bytes become printable. */
void conf_error(struct loader *l, const struct conf_value *v, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void conf_warn(struct loader *l, const struct conf_value *v, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* About a block as a whole, or about a key that is missing in it (key NULL: the block).
 */
void conf_error_block(struct loader *l, const struct conf_values *b, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
void conf_warn_block(struct loader *l, const struct conf_values *b, const char *key,
    const char *fmt, ...) __attribute__((format(printf, 4, 5)));
/* Anything: place and path by hand. */
void conf_problem_add(struct conf_problems *p, const char *file,
    const struct conf_problem *where, const char *path, const char *what);
void conf_problems_sort(struct conf_problems *p);

/* --- reading (conf_read.c) --- */

/* node NULL: the block is absent. Never NULL; problems are reported. */
struct conf_values *conf_read_block(struct loader *l, const struct conf_block *block,
    const struct yaml_node *node, const char *path);

/* conf_shape.c. "a list", "a map", for messages. */
const char *conf_kind_word(const struct yaml_node *n);
#define CONF_MAX_TEXT ((size_t)16 << 10)
void conf_read_document(struct loader *l, struct conf_value *v);
/* The map that a single value stands for, where the key has a short form. */
const struct yaml_node *conf_long_form(
    struct loader *l, const struct conf_key *k, const struct yaml_node *n);

/* --- references (conf_ref.c) --- */

/* Resolves ${NAME} anywhere in text; appends to out. *ret_any: there was one. */
bool conf_ref_expand(struct loader *l, const char *text, struct str *out, bool *ret_any,
    struct err *e) MUST_CHECK;
/* A secret of the generation from the text of the file; *ret_clear: it stood there in
 * clear text. NULL without an error only when secrets are skipped. */
struct secret *conf_ref_secret(
    struct loader *l, const char *text, bool *ret_clear, struct err *e);
/* The same for a line that may hold blanks: a header's value. */
struct secret *conf_ref_line(
    struct loader *l, const char *text, bool *ret_clear, struct err *e);

/* --- the nouns --- */

void conf_read_rates(struct loader *l, const struct conf_value *v);
/* A budget; reports a currency without a rate. Absent or none: nano -1. */
struct budget conf_read_budget(struct loader *l, const struct conf_value *v);
/* A file of the config's folder, unless the path is absolute. */
const char *conf_beside(struct loader *l, const char *path);
void conf_read_store(struct loader *l, const struct conf_values *store);
#define CONF_UNPRICED_ASKS 2000 /* a day, where nobody knows what they cost */
void conf_read_targets(struct loader *l, const struct conf_values *top);
/* Which provider, region, address and key: the part of a target that says whom to ask. */
void conf_read_address(struct loader *l, const struct conf_values *tv, struct target *t);
/* --- ladders (conf_ladder.c) --- */
#define CONF_RUNGS_MAX 4
bool conf_is_rung(const char *word);
/* How many targets this block of the config is. */
size_t conf_rungs(const struct conf_values *tv);
/* The block as one block a rung, the lead first; their number. */
size_t conf_ladder(struct loader *l, const struct conf_values *tv,
    const struct conf_values *ret[CONF_RUNGS_MAX]);
/* How it is asked: CA, address family, address, headers, body, grace. Provider, kind and
 * key are known. */
void conf_read_transport(struct loader *l, const struct conf_values *tv,
    const struct conf_values *defaults, struct target *t);
/* Which kind of probe, once provider and dialect are known. */
void conf_read_kind(struct loader *l, const struct conf_values *tv, struct target *t);
/* `depends_on`, once every name is known. */
void conf_read_depends(struct loader *l, const struct conf_values *top);
void conf_read_rules(struct loader *l, const struct conf_values *top);
/* The user's own provider files, before anybody asks for a provider. */
void conf_read_catalogue(
    struct loader *l, struct catalogue *c, const struct conf_value *v);
void conf_read_controls(struct loader *l, const struct conf_value *v);
/* The targets are read. */
void conf_read_pages(struct loader *l, const struct conf_values *top);
/* channels or alerts, and their routes. */
void conf_read_channels(struct loader *l, const struct conf_values *top);
void conf_read_routes(struct loader *l, const struct conf_values *top);
/* Each of the list is a target's name; reports those that are not. */
bool conf_targets_are_known(struct loader *l, const struct conf_value *v);
/* conf_when.c. The targets and channels are read. */
void conf_read_maintenance(struct loader *l, const struct conf_value *list);
void conf_read_quiet(struct loader *l, const struct conf_value *v, struct quiet *ret);
void conf_read_heartbeat(struct loader *l, const struct conf_values *top);
void conf_read_digest(struct loader *l, const struct conf_value *v);
/* Classes of rivals; the targets are read. */
void conf_read_failover(struct loader *l, const struct conf_values *top);
/* conf_hidden.c. Tells every target what its answers must not show. */
void conf_hide_secrets(struct loader *l);

/* Reports a name that is there already, with the cure; else remembers it. */
bool conf_name_is_new(struct loader *l, struct map *seen, const struct conf_value *v,
    const char *name, const char *what);

#endif
