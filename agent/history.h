/* SPDX-License-Identifier: MIT
 *
 * What the commands that read history share: which database, is its daemon alive, now.
 */
#ifndef DIMWATCH_AGENT_HISTORY_H
#define DIMWATCH_AGENT_HISTORY_H

#include "agent/base/tick.h"
#include "agent/cmd.h"
#include "agent/conf.h"

#define HISTORY_BUDGET_MS 10000 /* of one query */

/* --database, else the config's store, else ./dimwatch.db beside no config. Sets *ret
 * (free it) and returns -1, or returns an exit code after saying why. */
int history_path(const struct cmd_args *a, char **ret);
/* The config that the command means, without secrets; NULL: none, or the database was
 * named. Complains of nothing. */
struct conf *history_conf(const struct cmd_args *a);
/* Somebody holds the database's lock. Never touches the database itself. */
bool history_is_alive(const char *path);
struct wall history_now(void);
/* Local date and time for people, "2026-11-23 14:02:07"; "-" for none; returns buf. */
char *history_local(struct wall t, char *buf, size_t size);

#endif
