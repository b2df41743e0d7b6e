/* SPDX-License-Identifier: MIT
 *
 * What the config wants to know of an address.
 */
#ifndef DIMWATCH_ALERTS_CHANNEL_EMAIL_H
#define DIMWATCH_ALERTS_CHANNEL_EMAIL_H

#include <stdbool.h>

/* One plain ASCII address that can split no header and no command. */
bool email_address_ok(const char *text);

#endif
