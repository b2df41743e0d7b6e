/* SPDX-License-Identifier: MIT
 *
 * A YAML value as JSON, for what is handed on as it stands: extra bodies of requests.
 */
#ifndef DIMWATCH_BASE_YAML_JSON_H
#define DIMWATCH_BASE_YAML_JSON_H

#include "agent/base/json.h"
#include "agent/base/yaml.h"

/* Unquoted numbers, true, false and null are what they look like. A new reference. */
json_t *yaml_to_json(const struct yaml_node *n);

#endif
