/* SPDX-License-Identifier: MIT
 *
 * Drift: what changes without failing. Another model answers than was asked for, a model
 * leaves the list or has a date to end on, a certificate runs out, answers lose a part
 * they always had. Pure decisions over the samples of one target; who tells is the judge.
 *
 * Nothing is said of a single sample: what differs must differ in the same way three
 * times in a row, and is over when it was as before three times in a row.
 */
#ifndef DIMWATCH_ALERTS_DRIFT_H
#define DIMWATCH_ALERTS_DRIFT_H

#include "agent/base/json.h"
#include "probes/sample.h"

#define DRIFT_CERTIFICATE_MS (14 * MS_PER_DAY)
#define DRIFT_ENDING_MS      (30 * MS_PER_DAY)
#define DRIFT_RUN            3  /* in a row */
#define DRIFT_LIST_RUN       2  /* complete lists without the model */
#define DRIFT_HABIT          20 /* answers of one shape make a habit */

/* Codes stand in subjects: add at the end, never rename. */
enum drift_kind {
	DRIFT_MODEL,       /* another model answers */
	DRIFT_LIST,        /* the list of models lacks ours */
	DRIFT_SHAPE,       /* a part of the answers went or came */
	DRIFT_ENDING,      /* the model is retired, or will be on a day that is near */
	DRIFT_FALLBACK,    /* another model is asked, because ours is gone */
	DRIFT_CERTIFICATE, /* of the host: it ends within 14 days */
	DRIFT_KIND_COUNT
};
const char *drift_code(enum drift_kind k); /* "model" "list" ... */

/* What the config says of a target. All zero: nothing is looked at. */
struct drift_watch {
	char model[64], host[64];
	char instead_of[64]; /* the model that is gone; "" : its own is asked */
	int64_t ends_ms;     /* the day its house switches it off; 0: none is known */
	bool retired;        /* its house did so already, says the catalogue */
	bool own_names;      /* the server's owner names its models: only changes count */
	bool inference;      /* its answers are answers of a model ... */
	bool streams;        /* ... and come as a stream with an end */
	bool list;           /* its answers are lists of models */
};

/* What is remembered of a target's answers. */
struct drift {
	uint64_t other; /* hash of another model's name; 0: none */
	uint64_t usual; /* of the usual one, where names are the owner's */
	int64_t other_since_ms;
	int other_run, own_run;
	int list_run;
	unsigned habit, strange;    /* shapes */
	int habit_run, strange_run; /* habit_run: up to DRIFT_HABIT */
	int64_t strange_since_ms;
};

enum drift_say { DRIFT_NOTHING, DRIFT_ON, DRIFT_OFF };
struct drift_verdict {
	enum drift_say say;
	char words[200]; /* ON: a sentence without full stop */
};

/* One sample; ret has a verdict a kind. The same verdict comes again and again: who tells
 * remembers what it told. */
void drift_on_sample(struct drift *d, const struct drift_watch *w, const struct sample *s,
    struct drift_verdict ret[DRIFT_KIND_COUNT]);
/* What config and calendar say by themselves: ENDING and FALLBACK. */
void drift_look(const struct drift_watch *w, struct wall now,
    struct drift_verdict ret[DRIFT_KIND_COUNT]);

json_t *drift_dump(const struct drift *d);
/* Absent (of an earlier version): a fresh one. False: not ours. */
bool drift_restore(struct drift *d, const json_t *v);

#endif
