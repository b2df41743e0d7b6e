/* SPDX-License-Identifier: MIT
 *
 * See memory.h. glibc trims the top of the heap by itself, not the holes in it.
 */
#include "agent/memory.h"

#include <stdlib.h>

#ifdef __GLIBC__
#include <malloc.h>
#endif

void memory_give_back(void)
{
#ifdef __GLIBC__
	(void)malloc_trim(0);
#endif
}
