/* SPDX-License-Identifier: MIT
 *
 * What systemd wants to hear (sd_notify's protocol, without its library): ready, reload,
 * stopping, and a watchdog ping that proves work, not a timer.
 */
#ifndef DIMWATCH_AGENT_SERVICE_H
#define DIMWATCH_AGENT_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

struct service; /* opaque */

/* Reads NOTIFY_SOCKET, WATCHDOG_USEC and WATCHDOG_PID; never fails: without a service
 * manager every call is a no-op. */
struct service *service_new(void);
void service_free(struct service *s);
void service_ready(struct service *s, const char *status);
void service_reloading(struct service *s);
void service_stopping(struct service *s);
void service_status(struct service *s, const char *status);
/* Half the watchdog's time in ms; 0: no watchdog. */
int64_t service_ping_ms(const struct service *s);
void service_ping(struct service *s);

#endif
