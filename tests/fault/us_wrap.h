/* SPDX-License-Identifier: MIT
 *
 * The calls of our own machine, made to fail: the functions of this file stand in the
 * test's executable under the names of libc's, so that whatever calls them (our objects,
 * libcurl, libevent, SQLite, jansson, libyaml, libc itself) comes by here. The linker's
 * --wrap would see our own objects only, and most allocations are the libraries'.
 *
 * Under AddressSanitizer malloc belongs to the sanitizer: there --wrap is used for our
 * own objects, which call it for the libraries, too (agent/base/memory.h); what libyaml,
 * SQLite and libc ask for is not counted then.
 *
 * Numbers are per kind and per side (the loop's thread, all others), so that a number
 * means nearly the same call in each run.
 */
#ifndef DIMWATCH_TESTS_US_WRAP_H
#define DIMWATCH_TESTS_US_WRAP_H

#include <stdbool.h>
#include <stdint.h>

enum us_call {
	US_MALLOC, /* malloc, calloc, realloc */
	US_SOCKET,
	US_CONNECT,
	US_EVENTFD,
	US_EPOLL_CTL,
	US_THREAD, /* pthread_create */
	US_CALL_COUNT
};
enum us_side { US_LOOP, US_OTHERS, US_SIDE_COUNT };

const char *us_call_name(enum us_call call);
/* Counts from zero again; call number `at` (1 is the next one) fails, once. 0: none. */
void us_arm(enum us_call call, enum us_side side, int64_t at);
void us_disarm(void);
int64_t us_counted(enum us_call call, enum us_side side); /* since us_arm */
bool us_happened(void);
/* The test's own work between these two is neither counted nor hurt. They nest. */
void us_mine(void);
void us_theirs(void);

/* Threads that are running, the storage writer's apart: libcurl's resolvers. */
int us_resolvers(void);

/* The ways to a call: hash i of `side` is that of the stack of its allocation number
 * i + 1 since us_arm. NULL ends it. */
void us_trace(uint32_t *hashes[US_SIDE_COUNT], int64_t most);

/* The clocks: added to what the kernel says. CLOCK_MONOTONIC, by which libevent, libcurl
 * and the writer live, stays real, as it does for a skipping loop. */
void us_pass_time(int64_t us); /* now */
void us_step_wall(int64_t us); /* CLOCK_REALTIME alone, now */
void us_sleep(int64_t us);     /* in the loop's next wait: nobody runs meanwhile */

#endif
