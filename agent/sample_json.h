/* SPDX-License-Identifier: MIT
 *
 * The stable JSON shape of one sample (`probe --json`): add, never rename. Pure.
 */
#ifndef DIMWATCH_AGENT_SAMPLE_JSON_H
#define DIMWATCH_AGENT_SAMPLE_JSON_H

#include <jansson.h>

#include "probes/sample.h"
#include "probes/target.h"

/* A new object; what was not reached or is not known is null. */
json_t *sample_json(const struct target *t, const struct sample *s);

#endif
