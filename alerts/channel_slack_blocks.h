/* SPDX-License-Identifier: MIT
 *
 * Slack's layout of a message, shared by the incoming webhook and the Web API.
 */
#ifndef DIMWATCH_ALERTS_CHANNEL_SLACK_BLOCKS_H
#define DIMWATCH_ALERTS_CHANNEL_SLACK_BLOCKS_H

#include "alerts/channel_parts.h"

/* One attachment: colour, fallback and the blocks. */
json_t *slack_attachment(const struct message *m);
/* The top-level text; plain: with the summary below. ret is initialised here. */
void slack_text(const struct message *m, bool plain, struct str *ret);

#endif
