/* SPDX-License-Identifier: MIT
 *
 * Rows of `incident_shares`: each target's own part of an incident. Written and read with
 * the incident (incidents.h).
 */
#ifndef DIMWATCH_STORAGE_INCIDENT_SHARE_H
#define DIMWATCH_STORAGE_INCIDENT_SHARE_H

#include "alerts/incident.h"
#include "storage/db.h"

bool incident_shares_write(
    struct db *d, const struct incident *in, struct err *e) MUST_CHECK;
/* *bad: a row cannot be what we wrote. */
bool incident_shares_read(
    struct db *d, struct incident *in, bool *bad, struct err *e) MUST_CHECK;

#endif
