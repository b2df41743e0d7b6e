/* SPDX-License-Identifier: MIT
 *
 * Reads what a report of an incident is made of out of a database, whether its daemon
 * runs or not.
 */
#ifndef DIMWATCH_AGENT_REPORT_READ_H
#define DIMWATCH_AGENT_REPORT_READ_H

#include "agent/report.h"
#include "storage/reader.h"

struct report_of {
	const char *id;       /* full or short */
	const char *provider; /* only its part; NULL: all of it */
};
/* ret: report_fini whatever comes back. ERR_NOT_FOUND: no incident goes by that id, or
 * that provider has no part in it. */
bool report_read(struct reader *r, const struct report_of *of, struct wall now,
    struct report *ret, struct err *e) MUST_CHECK;

#endif
