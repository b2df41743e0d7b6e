/* SPDX-License-Identifier: MIT
 *
 * What stops us from doing our job: a code to branch on and a sentence for people. What
 * the world did to us (a timeout, a 503) is not an error but data: see probes/outcome.h.
 */
#ifndef DIMWATCH_BASE_ERR_H
#define DIMWATCH_BASE_ERR_H

#include <stdbool.h>

enum err_code {
	ERR_NONE,
	ERR_CONFIG,  /* the user's file or arguments: exit 2 */
	ERR_LIMIT,   /* something is larger than we allow */
	ERR_SYNTAX,  /* bytes that do not parse */
	ERR_SYSTEM,  /* the operating system said no: exit 3 */
	ERR_STORAGE, /* the database said no: exit 3 */
	ERR_BUSY,    /* somebody else holds it */
	ERR_NOT_FOUND,
	ERR_CODE_COUNT
};

/* On the caller's stack, always the last parameter. msg is one sentence, no newline. */
struct err {
	enum err_code code;
	char msg[400];
};

/* Functions that take a struct err return bool or a pointer and may not be ignored. */
#define MUST_CHECK __attribute__((warn_unused_result))

/* Sets code and sentence at the place where the trouble starts; e may be NULL. Returns
 * false, so that `return err_set(...)` reads well. */
bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Puts "PREFIX: " before the sentence on the way up. Returns false. */
bool err_wrap(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
