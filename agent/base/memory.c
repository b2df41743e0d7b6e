/* SPDX-License-Identifier: MIT
 *
 * See memory.h.
 */
#include "agent/base/memory.h"

#include <stdlib.h>

#include <event2/event.h>
#include <jansson.h>

#include "agent/base/xalloc.h"

void memory_take_over(void)
{
	event_set_mem_functions(xmalloc, xrealloc, free);
	json_set_alloc_funcs(xmalloc, free);
}
