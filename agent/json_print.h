/* SPDX-License-Identifier: MIT
 *
 * JSON to stdout: one compact line. Takes the value over.
 */
#ifndef DIMWATCH_AGENT_JSON_PRINT_H
#define DIMWATCH_AGENT_JSON_PRINT_H

#include <jansson.h>

void json_print(json_t *v);

#endif
