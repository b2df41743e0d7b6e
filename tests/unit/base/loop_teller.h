/* SPDX-License-Identifier: MIT
 *
 * What the tests of the loop share: timers that write their letter into a story, and the
 * clocks of the machine with an offset (the linker wraps clock_gettime, so that a jump of
 * the wall clock can be played without being root).
 */
#ifndef TESTS_LOOP_TELLER_H
#define TESTS_LOOP_TELLER_H

#include "agent/base/loop.h"

/* What is added to CLOCK_BOOTTIME and CLOCK_REALTIME. */
extern int64_t boot_offset_us, wall_offset_us;
extern char story[256];

struct teller {
	struct loop_timer timer;
	char letter;
	struct mono fired;
	int left;             /* how often it arms itself again */
	int64_t again_ms;     /* and when */
	struct teller *other; /* what it cancels, if any */
	bool frees;           /* frees itself */
	struct loop *stops;   /* what it stops, if any */
};

/* Setup of each case: an empty story, honest clocks. */
int teller_reset(void **state);
struct loop *teller_loop(enum loop_clock kind);
void teller_init(struct teller *t, struct loop *l, char letter);
void tell(char c);
/* libevent callback: tells the byte it reads. */
void tell_readable(int fd, short what, void *arg);

#endif
