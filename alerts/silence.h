/* SPDX-License-Identifier: MIT
 *
 * What people ask for that lasts, as it is stored: a silence (no messages about something
 * for a while) and a pause (a target is not asked until it is resumed). Plain values.
 */
#ifndef DIMWATCH_ALERTS_SILENCE_H
#define DIMWATCH_ALERTS_SILENCE_H

#include "agent/base/tick.h"

#define SILENCE_NOTE_BYTES 160

struct silence {
	int64_t id;        /* 1, 2, ... */
	char subject[128]; /* as it was named; "": by labels */
	char labels[512];  /* JSON: {"tier":"primary"}; "": by subject */
	struct wall began, until;
	struct wall ended; /* by hand, before its time; 0: not */
	char who[64];
	char note[SILENCE_NOTE_BYTES];
};

struct pause {
	char target[64];
	struct wall since; /* 0: it was resumed */
	char who[64];
	char note[SILENCE_NOTE_BYTES];
};

#endif
