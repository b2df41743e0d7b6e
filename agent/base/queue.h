/* SPDX-License-Identifier: MIT
 *
 * TAILQ of <sys/queue.h> and the walk that survives removal of the present item.
 */
#ifndef DIMWATCH_BASE_QUEUE_H
#define DIMWATCH_BASE_QUEUE_H

#include <sys/queue.h>

#ifndef TAILQ_FOREACH_SAFE
#define TAILQ_FOREACH_SAFE(var, head, field, next)                                       \
	for ((var) = TAILQ_FIRST(head); (var) && ((next) = TAILQ_NEXT(var, field), 1);   \
	     (var) = (next))
#endif

#endif
