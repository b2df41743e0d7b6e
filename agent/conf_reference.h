/* SPDX-License-Identifier: MIT
 *
 * The schema as a document: docs/config.md is what this writes, and a lint test holds the
 * two together. Pure.
 */
#ifndef DIMWATCH_AGENT_CONF_REFERENCE_H
#define DIMWATCH_AGENT_CONF_REFERENCE_H

#include "agent/base/str.h"

#define CONF_REFERENCE_LIMIT ((size_t)256 << 10)

/* Appends the whole document. */
void conf_reference(struct str *out);

#endif
