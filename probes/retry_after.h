/* SPDX-License-Identifier: MIT
 *
 * When the far side wishes to be asked again: Retry-After and its relatives, read the
 * same way for probes and for alert deliveries.
 */
#ifndef DIMWATCH_PROBES_RETRY_AFTER_H
#define DIMWATCH_PROBES_RETRY_AFTER_H

#include "agent/base/tick.h"
#include "probes/wire.h"

#define RETRY_AFTER_MIN_MS ((int64_t)1000)
#define RETRY_AFTER_MAX_MS MS_PER_H

/* retry-after-ms first, then Retry-After as seconds (fractions too) or as an HTTP date
 * (now: wall time at which the head came). Clamped to 1 s ... 1 h; -1 when absent or
 * not readable. */
int64_t retry_after_ms(const struct wire_head *head, struct wall now);
/* "Sun, 06 Nov 1994 08:49:37 GMT"; false when it is not that. */
bool http_date(struct span in, struct wall *ret);

#endif
