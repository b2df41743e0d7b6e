/* SPDX-License-Identifier: MIT
 *
 * The catalogue: one readable YAML file a provider (probes/catalogue/NAME.yaml), compiled
 * in. Reading it is the same code for our own files and for a user's.
 */
#ifndef DIMWATCH_PROBES_CATALOGUE_H
#define DIMWATCH_PROBES_CATALOGUE_H

#include "agent/base/arena.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "probes/provider.h"

struct catalogue; /* opaque; lives in the arena it was made in, which outlives it */

/* The compiled-in files; never fails in a tested build (a bad file asserts in the test
 * that loads them all), so e is for the reader's sake. */
struct catalogue *catalogue_load(struct arena *a, struct err *e) MUST_CHECK;
/* The same without reading them: each is read when it is asked for. */
struct catalogue *catalogue_open(struct arena *a);
const struct provider *catalogue_find(const struct catalogue *c, const char *id);
size_t catalogue_count(const struct catalogue *c);
const struct provider *catalogue_at(const struct catalogue *c, size_t i); /* by id */
/* Nearest id for "did you mean"; NULL if none is near. */
const char *catalogue_nearest(const struct catalogue *c, const char *id);
/* The file as it was compiled in; empty: no such provider, or a user's own. */
struct span catalogue_text(const struct catalogue *c, const char *id);
/* The newest `checked` date of the files: "2026-11-23". */
const char *catalogue_date(const struct catalogue *c);
/* NULL as id: the default region. NULL: no such region. */
const struct provider_region *provider_region(const struct provider *p, const char *id);
/* One provider from one file's bytes, read strictly. The first error is
 * "FILE:LINE:COLUMN: path: what (did you mean ...?)". */
const struct provider *provider_parse(
    struct span yaml, const char *file, struct arena *a, struct err *e) MUST_CHECK;

/* --- a user's own --- */

#define CATALOGUE_FILE_BYTES ((size_t)256 << 10)

/* Hears of each mistake of a file: its place, where in the tree, what, with the cure. */
struct catalogue_report {
	void *arg;
	void (*fn)(void *arg, int line, int column, const char *path, const char *what);
};
/* A file of the user's, in the same grammar. One whose id is new must be complete and is
 * added. One whose id is known overrides: what it leaves out stays as it was. A changed
 * address never receives a key by inheritance: `key_env` must then stand in the same
 * file. Reports every mistake; false: there was one, nothing changed. The id is told
 * when there is one. */
bool catalogue_add(struct catalogue *c, struct span yaml, const char *file,
    const struct catalogue_report *report, const char **ret_id);
/* Adds, or takes the place of the one with its id. */
void catalogue_put(struct catalogue *c, const struct provider *p);
struct arena *catalogue_arena(const struct catalogue *c);

#endif
