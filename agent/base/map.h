/* SPDX-License-Identifier: MIT
 *
 * String to pointer, iterated in order of insertion. Keys are copied, values borrowed.
 */
#ifndef DIMWATCH_BASE_MAP_H
#define DIMWATCH_BASE_MAP_H

#include <stddef.h>

struct map; /* opaque */

struct map *map_new(void);
void map_free(struct map *m); /* values are not freed */
/* Returns the value that was there before, NULL if none; value must not be NULL. */
void *map_put(struct map *m, const char *key, void *value);
void *map_find(const struct map *m, const char *key);
void *map_remove(struct map *m, const char *key);
size_t map_count(const struct map *m);
/* Entry i of map_count in order of insertion (removals keep the order). */
void *map_at(const struct map *m, size_t i, const char **ret_key);

#endif
