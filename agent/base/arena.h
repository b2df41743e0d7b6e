/* SPDX-License-Identifier: MIT
 *
 * Bump allocator: everything is freed together. One config generation is one arena with
 * one reference count; whatever still uses the generation (an exchange in flight) holds a
 * reference.
 */
#ifndef DIMWATCH_BASE_ARENA_H
#define DIMWATCH_BASE_ARENA_H

#include <stddef.h>

struct arena; /* opaque */

struct arena *arena_new(void); /* one reference, the caller's */
struct arena *arena_ref(struct arena *a);
/* Drops one reference; the last one runs the arena_on_free calls (latest first) and frees
 * everything. NULL is fine. */
void arena_free(struct arena *a);
/* For what lives elsewhere but dies with the arena (secrets). */
void arena_on_free(struct arena *a, void (*fn)(void *), void *arg);
/* Zeroed and aligned for any type. */
void *arena_alloc(struct arena *a, size_t bytes) __attribute__((returns_nonnull));
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t n);
/* At most 1 MiB of text. */
char *arena_printf(struct arena *a, const char *fmt, ...)
    __attribute__((format(printf, 2, 3), returns_nonnull));
size_t arena_bytes(const struct arena *a);

#endif
