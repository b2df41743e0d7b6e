/* SPDX-License-Identifier: MIT
 *
 * One way out of this machine (directly, or through one proxy): what is known of it. It
 * is clear or impaired; its controls are addresses whose only use is to answer. A control
 * that has never answered since the start is no witness.
 */
#ifndef DIMWATCH_ALERTS_WAY_H
#define DIMWATCH_ALERTS_WAY_H

#include "alerts/witness.h"

#define WAY_MAX       8
#define WAY_ASK_MS    INT64_C(10000)  /* both controls so often while it is impaired */
#define WAY_LOOK_MS   INT64_C(600000) /* ... and those that never answered */
#define WAY_CLEAR_RUN 4  /* good control answers in a row; successes without any */
#define WAY_OK_RUN    20 /* successes that outvote silent controls */
#define WAY_OK_GAP_MS INT64_C(5000) /* between two of these that count */
#define WAY_ALONE     6 /* silent so often while another answers: down by itself */
#define WAY_DWELL_MS                                                                     \
	INT64_C(300000)                /* the incident stays open so long after each ... \
					*/
#define WAY_DWELL_MOST 6               /* ... reopening, so many times that at most */
#define WAY_TELL_MS    INT64_C(60000)  /* told when it lasts so long ... */
#define WAY_TELL_COUNT 2               /* ... or swallowed so many samples */
#define WAY_YOUNG_MS   INT64_C(180000) /* a run so young is taken back */
/* Without controls the proof comes slower: an outage is retracted so long after it was
 * booked. */
#define WAY_ALONE_MS INT64_C(600000)

struct control {
	bool live;        /* has answered since the start, and is not down by itself */
	int run;          /* answers in a row; below 0: silences */
	int64_t asked_ms; /* an ask is on its way since then; 0: none */
};

struct way {
	char name[64]; /* "": the direct one */
	bool used;     /* a target that needs witnesses takes it */
	int n_controls;
	struct control controls[WITNESS_CONTROLS];
	bool answered;       /* somebody has answered on it since the start */
	int64_t impaired_ms; /* since; 0: clear */
	int64_t ask_ms;      /* controls are asked then without an occasion; 0: not */
	int good_run;        /* good control answers in a row, while impaired */
	int ok_run;          /* answers of targets in a row, while impaired */
	int64_t ok_ms;       /* the start of the latest that counted */
	int swallowed;       /* samples, while impaired */
	int64_t over_ms;     /* clear; its incident is closed then; 0: no such wait */
	int64_t cleared_ms;  /* ... as of this time */
	struct faults faults;
	int64_t n_good; /* good answers of controls, ever */
	/* The burst of control asks before an outage is booked; all who wait share it. */
	uint32_t look;       /* number of the latest */
	int look_owed;       /* answers that it waits for ... */
	int64_t look_due_ms; /* ... so long */
};

#define WAY_SUBJECT "network"
/* "network", "network via NAME". */
struct subject way_subject(const struct way *w);
uint32_t way_live(const struct way *w); /* bits */
/* May it be told now? */
bool way_is_serious(const struct way *w, struct wall now);
/* When time does something about it; INT64_MAX: never. `told`: people know. */
int64_t way_wake_ms(const struct way *w, bool told);
/* The wall clock stepped. */
void way_on_clock(struct way *w, int64_t jump_ms);

json_t *way_dump(const struct way *w);
/* Name, use and number of controls stay as they are. */
bool way_restore(struct way *w, const json_t *v) MUST_CHECK;

#endif
