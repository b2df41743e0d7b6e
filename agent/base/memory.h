/* SPDX-License-Identifier: MIT
 *
 * One way to run out of memory: libevent and jansson allocate as we do and end with the
 * same sentence (libcurl is told by who starts it). Otherwise each of their hundreds of
 * failure paths would be one of ours: a timer that is never armed, an empty message, an
 * answer that is called malformed though it was not. SQLite keeps its own: a commit that
 * fails is tried again.
 */
#ifndef DIMWATCH_BASE_MEMORY_H
#define DIMWATCH_BASE_MEMORY_H

/* Before anything else of the process; again is fine. */
void memory_take_over(void);

#endif
