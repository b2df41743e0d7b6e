/* SPDX-License-Identifier: MIT
 *
 * The command line's side of an order (agent/requests.h): a row in the database that the
 * config names, and a few seconds of waiting for its answer.
 */
#ifndef DIMWATCH_AGENT_ASK_DAEMON_H
#define DIMWATCH_AGENT_ASK_DAEMON_H

#include <jansson.h>

#include "agent/cmd.h"
#include "storage/requests.h"

/* Writes the order, waits, prints the answer. args (taken over) gets "who". Returns the
 * exit code: that of the answer; EXIT_BAD_NEWS when nobody has answered yet; EXIT_CANNOT
 * when the order could not be written. */
int ask_daemon(const struct cmd_args *a, const char *verb, json_t *args);
/* The same, but a good answer (EXIT_GOOD) is handed over and not printed. */
int ask_daemon_for(
    const struct cmd_args *a, const char *verb, json_t *args, struct order_answer *ret);

#endif
