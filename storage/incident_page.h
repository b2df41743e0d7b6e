/* SPDX-License-Identifier: MIT
 *
 * What the provider's own status page said of an incident: a row beside it, there only
 * when the page said anything.
 */
#ifndef DIMWATCH_STORAGE_INCIDENT_PAGE_H
#define DIMWATCH_STORAGE_INCIDENT_PAGE_H

#include "alerts/incident.h"
#include "storage/db.h"

bool incident_page_write(
    struct db *d, const struct incident *in, struct err *e) MUST_CHECK;
/* Fills in->page; *bad: a value is out of its range. */
bool incident_page_read(
    struct db *d, struct incident *in, bool *bad, struct err *e) MUST_CHECK;

#endif
