/* SPDX-License-Identifier: MIT
 *
 * The JSON shape of a provider of the catalogue (`providers --json`): the words of its
 * file; add, never rename. Pure.
 */
#ifndef DIMWATCH_AGENT_PROVIDER_JSON_H
#define DIMWATCH_AGENT_PROVIDER_JSON_H

#include <jansson.h>

#include "probes/catalogue.h"

/* A new object with everything, the error table included. */
json_t *provider_json(const struct provider *p);
/* A new array of all providers without their error tables. */
json_t *providers_json(const struct catalogue *c);

#endif
