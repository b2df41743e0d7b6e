/* SPDX-License-Identifier: MIT
 *
 * A short walk: order in the config is the order of preference.
 */
#include "alerts/rival.h"

#include <string.h>

const char *rival_best(const struct rival *all, size_t n, const char *provider)
{
	for (size_t i = 0; i < n; i++) {
		if (all[i].health == HEALTH_UP && strcmp(all[i].provider, provider) != 0)
			return all[i].name;
	}
	return NULL;
}
