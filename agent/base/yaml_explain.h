/* SPDX-License-Identifier: MIT
 *
 * The part of agent/base/yaml that talks to people: libyaml knows where it stopped but
 * not what to do about it, so each of its complaints gets a sentence with a cure.
 */
#ifndef DIMWATCH_BASE_YAML_EXPLAIN_H
#define DIMWATCH_BASE_YAML_EXPLAIN_H

#include <yaml.h>

#include "agent/base/err.h"
#include "agent/base/str.h"

/* Before libyaml: UTF-8, no tabs outside comment lines, no control or invisible
 * characters (libyaml takes some of them for line breaks). */
bool yaml_check_characters(struct span in, struct err *e) MUST_CHECK;
/* After libyaml refused `in`. Always returns false. */
bool yaml_explain(const yaml_parser_t *p, struct span in, struct err *e);

#endif
