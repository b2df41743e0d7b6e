/* SPDX-License-Identifier: MIT
 *
 * The JSON of a message as programs get it: the generic webhook's body, which exec gets
 * on its stdin. Its shape is stable: things are added, never renamed.
 */
#ifndef DIMWATCH_ALERTS_CHANNEL_BODY_H
#define DIMWATCH_ALERTS_CHANNEL_BODY_H

#include "alerts/message.h"

/* thin: ids only. */
void channel_body(const struct message *m, bool thin, struct str *out);

#endif
