/* SPDX-License-Identifier: MIT
 *
 * Reads what a report of an incident is made of out of a database, whether its daemon
 * runs or not.
 */
#ifndef DIMWATCH_AGENT_REPORT_READ_H
#define DIMWATCH_AGENT_REPORT_READ_H

#include "agent/report.h"
#include "storage/reader.h"

/* id: full or short. ret: report_fini whatever comes back. ERR_NOT_FOUND: no incident
 * goes by that id. */
bool report_read(struct reader *r, const char *id, struct wall now, struct report *ret,
    struct err *e) MUST_CHECK;

#endif
