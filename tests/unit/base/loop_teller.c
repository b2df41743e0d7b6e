/* SPDX-License-Identifier: MIT
 *
 * Shared by the tests of the loop; see the header.
 */
#include "tests/unit/base/loop_teller.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

int64_t boot_offset_us, wall_offset_us;
char story[256];

int __real_clock_gettime(clockid_t id, struct timespec *ts);
int __wrap_clock_gettime(clockid_t id, struct timespec *ts);

int __wrap_clock_gettime(clockid_t id, struct timespec *ts)
{
	int64_t us = id == CLOCK_BOOTTIME   ? boot_offset_us
		     : id == CLOCK_REALTIME ? wall_offset_us
					    : 0;
	int rc = __real_clock_gettime(id, ts);

	us += (int64_t)ts->tv_sec * US_PER_S + ts->tv_nsec / 1000;
	ts->tv_sec = us / US_PER_S;
	ts->tv_nsec = us % US_PER_S * 1000;
	return rc;
}

int teller_reset(void **state)
{
	(void)state;
	story[0] = '\0';
	boot_offset_us = wall_offset_us = 0;
	return 0;
}

struct loop *teller_loop(enum loop_clock kind)
{
	struct err e = {0};
	struct loop *l = loop_new(kind, &e);

	if (!l)
		fail_msg("%s", e.msg);
	return l;
}

void tell(char c)
{
	size_t n = strlen(story);

	assert_true(n + 1 < sizeof(story));
	story[n] = c;
	story[n + 1] = '\0';
}

void tell_readable(int fd, short what, void *arg)
{
	char c;

	(void)what;
	(void)arg;
	if (read(fd, &c, 1) == 1)
		tell(c);
}

static void on_timer(void *arg, struct mono now)
{
	struct teller *t = arg;

	tell(t->letter);
	t->fired = now;
	if (t->other)
		loop_timer_cancel(&t->other->timer);
	if (t->stops)
		loop_stop(t->stops);
	if (t->left-- > 0)
		loop_timer_in_ms(&t->timer, t->again_ms);
	if (t->frees)
		free(t);
}

void teller_init(struct teller *t, struct loop *l, char letter)
{
	*t = (struct teller){.letter = letter};
	loop_timer_init(&t->timer, l, on_timer, t);
}
