/* SPDX-License-Identifier: MIT
 *
 * Is the model that answered the one that was asked for? Houses dress one name in several
 * ways: with a vendor before it, with the date of its snapshot behind it.
 */
#ifndef DIMWATCH_PROBES_MODEL_NAME_H
#define DIMWATCH_PROBES_MODEL_NAME_H

#include "agent/base/str.h"

/* ASCII case aside: the same name, once what stands before the last "/" is dropped and
 * "-latest", a date or a number of a revision behind either ("-2026-08-01", "-001",
 * "@20260801", "-v1:0") is. "gpt-4" and "gpt-4-turbo" are two models. */
bool model_is_same(struct span asked, struct span returned);

#endif
