/* SPDX-License-Identifier: MIT
 *
 * The verdict on one target, and the words for how bad an incident is. Numbers are
 * stored; add, never renumber.
 */
#ifndef DIMWATCH_ALERTS_HEALTH_H
#define DIMWATCH_ALERTS_HEALTH_H

#include <stdbool.h>

enum health {
	HEALTH_UNKNOWN = 0,
	HEALTH_UP = 1,
	HEALTH_SUSPECT = 2,
	HEALTH_DEGRADED = 3,
	HEALTH_DOWN = 4,
	HEALTH_RECOVERING = 5,
	HEALTH_COUNT
};
const char *health_code(enum health h); /* "unknown" "up" ... */
bool health_parse(const char *code, enum health *ret);

enum severity {
	SEVERITY_MINOR = 1,
	SEVERITY_MAJOR = 2,
	SEVERITY_CRITICAL = 3,
	SEVERITY_COUNT
};
const char *severity_code(enum severity s); /* "minor" "major" "critical" */
bool severity_parse(const char *code, enum severity *ret);

#endif
