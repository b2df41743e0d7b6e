/* SPDX-License-Identifier: MIT
 *
 * Payloads compared with files under tests/data, byte by byte, indented for people.
 */
#ifndef DIMWATCH_TESTS_GOLDEN_H
#define DIMWATCH_TESTS_GOLDEN_H

#include "agent/base/str.h"

/* The payload must be JSON, and equal to the file tests/data/NAME. With
 * DIMWATCH_TESTS_WRITE_GOLDEN in the environment the file is written instead: read what
 * `git diff` says of it. */
void assert_golden_json(struct span payload, const char *name);
/* The same of a text that ends with a newline. */
void assert_golden_text(struct span text, const char *name);

#endif
