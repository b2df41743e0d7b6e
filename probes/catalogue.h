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
/* The newest `checked` date of the files: "2026-11-23". */
const char *catalogue_date(const struct catalogue *c);
/* NULL as id: the default region. NULL: no such region. */
const struct provider_region *provider_region(const struct provider *p, const char *id);
/* One provider from one file's bytes, read strictly. The first error is
 * "FILE:LINE:COLUMN: path: what (did you mean ...?)". */
const struct provider *provider_parse(
    struct span yaml, const char *file, struct arena *a, struct err *e) MUST_CHECK;

#endif
