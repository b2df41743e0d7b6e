/* SPDX-License-Identifier: MIT
 *
 * A writer on a house's store with a real loop, and ears for what it says.
 */
#ifndef DIMWATCH_TESTS_STORAGE_DESK_H
#define DIMWATCH_TESTS_STORAGE_DESK_H

#include "storage/writer.h"
#include "tests/integration/storage/house.h"

struct ears {
	uint64_t committed;
	int calls, began, ended; /* trouble */
	bool failing;            /* as it was told last */
	char words[300];
};

struct desk {
	struct loop *loop;
	struct writer *w;
	struct ears ears;
};

extern const struct writer_patience quick;

/* Opens the house's store if need be. */
void desk_open(struct desk *k, struct house *h, const struct writer_patience *p);
void desk_close(struct desk *k); /* everything must have been written */
uint64_t post_sample(struct desk *k, int64_t at);
uint64_t post_precious(struct desk *k, uint64_t seed);
uint64_t post_series(struct desk *k); /* number 1, "one" */

/* Turns the loop until `what` is true; a bound, so that a hang is a failure. */
#define TURN_UNTIL(k, what)                                                              \
	do {                                                                             \
		for (int turns_ = 0; !(what) && turns_ < 3000; turns_++)                 \
			loop_turn((k)->loop, 10);                                        \
		assert_true(what);                                                       \
	} while (0)

#endif
