/* SPDX-License-Identifier: MIT
 *
 * The keys whose change needs a restart, as rows that tell two generations apart. For the
 * test that holds them against the schema; others use conf_compare of agent/conf.h.
 */
#ifndef DIMWATCH_AGENT_CONF_DIFF_H
#define DIMWATCH_AGENT_CONF_DIFF_H

#include "agent/conf.h"

struct conf_restart_row {
	const char *key; /* of the top block, with `restart` in the schema */
	bool (*same)(const struct conf *a, const struct conf *b);
};
const struct conf_restart_row *conf_restart_rows(size_t *ret_n);

#endif
