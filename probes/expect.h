/* SPDX-License-Identifier: MIT
 *
 * Is it the answer that `expect` wants? Text against text, or against one value of a JSON
 * answer. No regular expressions: nothing here takes longer than pattern times answer.
 */
#ifndef DIMWATCH_PROBES_EXPECT_H
#define DIMWATCH_PROBES_EXPECT_H

#include "agent/base/err.h"
#include "probes/target.h"

/* `contains` overlooks ASCII case; `equals` and `glob` are exact and overlook the blanks
 * around the answer. With expect_json the answer is read as JSON (a Markdown fence around
 * it is overlooked) and the value at the path is compared: a text as it stands, anything
 * else as compact JSON with sorted names. */
bool expect_is_met(const struct target *t, struct span answer);

/* The whole text: `*` is any run of characters, `?` one character, `\` takes the next one
 * as it stands. */
bool expect_glob(const char *pattern, struct span text);

/* A path is `$` (the whole), then steps: `.name`, `["any name"]`, `[0]`, `[-1]` from the
 * end; a leading `$` or `$.` may be left out. False: e says what is wrong. */
bool expect_path_check(const char *path, struct err *e);

#endif
