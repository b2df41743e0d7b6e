/* SPDX-License-Identifier: MIT
 *
 * What the calendar of a config is: parts of struct conf (agent/conf.h).
 */
#ifndef DIMWATCH_AGENT_CONF_CALENDAR_H
#define DIMWATCH_AGENT_CONF_CALENDAR_H

#include "agent/base/secret.h"
#include "alerts/maintenance.h"

/* Dead man's switch: whom to ping, and how often at most. */
struct heartbeat {
	const struct secret *url;   /* NULL when secrets are skipped */
	const struct secret *proxy; /* NULL: none */
	int64_t every_ms;
	bool start; /* a start is said */
};

/* The message about the days since the last. */
struct digest {
	struct window moment;
	const char *const *to; /* names of channels */
	size_t n_to;
};

#endif
