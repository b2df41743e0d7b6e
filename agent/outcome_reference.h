/* SPDX-License-Identifier: MIT
 *
 * The outcome table as a document: docs/outcomes.md is what this writes, and a lint test
 * holds the two together. Pure.
 */
#ifndef DIMWATCH_AGENT_OUTCOME_REFERENCE_H
#define DIMWATCH_AGENT_OUTCOME_REFERENCE_H

#include "agent/base/str.h"

/* Appends the whole document. */
void outcome_reference(struct str *out);

#endif
