/* SPDX-License-Identifier: MIT
 *
 * Memory that does not come back NULL: running out aborts with one sentence on stderr.
 * Crash safety is the database's business (WAL, outbox), so no caller handles NULL; in
 * exchange every buffer and queue has a limit given when it is made.
 */
#ifndef DIMWATCH_BASE_XALLOC_H
#define DIMWATCH_BASE_XALLOC_H

#include <stddef.h>

void *xmalloc(size_t bytes) __attribute__((returns_nonnull, malloc));
/* Zeroed; n * bytes is checked for overflow. */
void *xcalloc(size_t n, size_t bytes) __attribute__((returns_nonnull, malloc));
/* realloc of n * bytes, checked for overflow. */
void *xreallocarray(void *p, size_t n, size_t bytes) __attribute__((returns_nonnull));
/* The plain shape that libraries want. */
void *xrealloc(void *p, size_t bytes) __attribute__((returns_nonnull));
char *xstrdup(const char *s) __attribute__((returns_nonnull, malloc));
/* Copies n bytes and adds a NUL. */
char *xmemdup0(const void *p, size_t n) __attribute__((returns_nonnull, malloc));
char *xasprintf(const char *fmt, ...)
    __attribute__((returns_nonnull, format(printf, 1, 2)));
/* The sentence, for what a library could not allocate. */
void out_of_memory(void) __attribute__((noreturn));
/* Frees what its owner keeps as const; NULL is fine. */
void xfree(const void *p);

#endif
