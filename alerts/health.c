/* SPDX-License-Identifier: MIT
 *
 * The words for healths and severities, both ways.
 */
#include "alerts/health.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static const char *const health_codes[] = {
    [HEALTH_UNKNOWN] = "unknown",
    [HEALTH_UP] = "up",
    [HEALTH_SUSPECT] = "suspect",
    [HEALTH_DEGRADED] = "degraded",
    [HEALTH_DOWN] = "down",
    [HEALTH_RECOVERING] = "recovering",
};
static_assert(sizeof(health_codes) / sizeof(*health_codes) == HEALTH_COUNT, "one each");

static const char *const severity_codes[] = {
    [SEVERITY_MINOR] = "minor",
    [SEVERITY_MAJOR] = "major",
    [SEVERITY_CRITICAL] = "critical",
};
static_assert(
    sizeof(severity_codes) / sizeof(*severity_codes) == SEVERITY_COUNT, "one each");

const char *health_code(enum health h)
{
	assert((unsigned)h < HEALTH_COUNT);
	return health_codes[h];
}

bool health_parse(const char *code, enum health *ret)
{
	for (int h = 0; h < HEALTH_COUNT; h++) {
		if (strcmp(code, health_codes[h]) == 0) {
			*ret = (enum health)h;
			return true;
		}
	}
	return false;
}

const char *severity_code(enum severity s)
{
	assert(s >= SEVERITY_MINOR && s < SEVERITY_COUNT);
	return severity_codes[s];
}

bool severity_parse(const char *code, enum severity *ret)
{
	for (int s = SEVERITY_MINOR; s < SEVERITY_COUNT; s++) {
		if (strcmp(code, severity_codes[s]) == 0) {
			*ret = (enum severity)s;
			return true;
		}
	}
	return false;
}
