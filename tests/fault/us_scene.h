/* SPDX-License-Identifier: MIT
 *
 * Five scenes of a daemon's life, each with the part in which one call fails, and the
 * look at what is left, by a healthy successor.
 */
#ifndef DIMWATCH_TESTS_US_SCENE_H
#define DIMWATCH_TESTS_US_SCENE_H

#include "tests/fault/us_house.h"

struct us_scene {
	const char *name;
	bool (*prepare)(struct us_house *h, struct err *e); /* nothing fails; or NULL */
	bool (*act)(struct us_house *h, struct err *e);
	bool outage; /* alpha really fails in it */
};

enum us_scene_id {
	US_SCENE_START,
	US_SCENE_OUTAGE,
	US_SCENE_RETRY,
	US_SCENE_RELOAD,
	US_SCENE_RESTART,
	US_SCENE_COUNT
};
extern const struct us_scene us_scenes[US_SCENE_COUNT];

/* In a process of its own: starts on what the other left, with everything healthy, until
 * all is told and closed. Prints what is wrong to stderr; false: something is. */
bool us_succeed(const struct us_scene *s, const char *dir, struct us_ledger *l);

#endif
