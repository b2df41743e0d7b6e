/* SPDX-License-Identifier: MIT
 *
 * What the commands that read history share: which database, is its daemon alive, now.
 */
#ifndef DIMWATCH_AGENT_HISTORY_H
#define DIMWATCH_AGENT_HISTORY_H

#include "agent/base/tick.h"
#include "agent/cmd.h"

#define HISTORY_BUDGET_MS 10000 /* of one query */

/* --database, else the config's store, else ./dimwatch.db beside no config. Sets *ret
 * (free it) and returns -1, or returns an exit code after saying why. */
int history_path(const struct cmd_args *a, char **ret);
/* Somebody holds the database's lock. Never touches the database itself. */
bool history_is_alive(const char *path);
struct wall history_now(void);

#endif
