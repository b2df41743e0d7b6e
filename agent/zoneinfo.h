/* SPDX-License-Identifier: MIT
 *
 * The system's time zone files: $TZDIR, or the usual folders. Read when a config is
 * loaded, never later.
 */
#ifndef DIMWATCH_AGENT_ZONEINFO_H
#define DIMWATCH_AGENT_ZONEINFO_H

#include "agent/base/err.h"
#include "agent/base/str.h"

/* Appends the bytes of a zone's file. False: e has the nearest name, or the cure. */
bool zoneinfo_read(const char *name, struct str *out, struct err *e) MUST_CHECK;

#endif
