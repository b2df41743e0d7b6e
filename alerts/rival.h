/* SPDX-License-Identifier: MIT
 *
 * Which rival to use meanwhile: among the other providers' targets the first healthy one
 * in order of the config. Unknown or suspect is no recommendation.
 */
#ifndef DIMWATCH_ALERTS_RIVAL_H
#define DIMWATCH_ALERTS_RIVAL_H

#include <stddef.h>

#include "alerts/health.h"

struct rival {
	const char *name, *provider; /* borrowed */
	enum health health;
};
/* NULL when nobody of another provider is up. */
const char *rival_best(const struct rival *all, size_t n, const char *provider);

#endif
