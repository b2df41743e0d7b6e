/* SPDX-License-Identifier: MIT
 *
 * The lifecycle record of one trouble with one subject. At most one is open per subject;
 * detectors and rules are *causes* on it: its severity is the greatest of the active
 * causes, it ends when all have ended. A plain value: the judge owns the live one, facts
 * carry copies, storage keeps them.
 */
#ifndef DIMWATCH_ALERTS_INCIDENT_H
#define DIMWATCH_ALERTS_INCIDENT_H

#include <stdbool.h>
#include <stdint.h>

#include "agent/base/tick.h"
#include "agent/base/ulid.h"
#include "alerts/health.h"
#include "alerts/share.h"
#include "probes/outcome.h"
#include "probes/page.h"
#include "probes/sample.h"

/* What an incident is about. Stored. */
enum subject_kind {
	SUBJECT_TARGET = 0,   /* id: target name */
	SUBJECT_PROVIDER = 1, /* id: provider */
	SUBJECT_REGION = 2,   /* id: provider/region */
	SUBJECT_SELF = 3,     /* id: "disk", "network", "channel NAME"... : ourselves */
	SUBJECT_ACCESS = 4,   /* id: target name: our key, quota or request */
	SUBJECT_DRIFT = 5,    /* id: "NAME model", "HOST certificate": see drift.h */
	SUBJECT_SHARED = 6,   /* id: "deepseek + kimi": a cause that providers share */
	SUBJECT_DRILL = 7, /* id: target name: played by hand, never judged or counted */
	SUBJECT_GROUP = 8, /* id: "model NAME", "all targets": of a rule with `by` */
	SUBJECT_KIND_COUNT
};
struct subject {
	enum subject_kind kind;
	char id[96];
};
const char *subject_kind_code(enum subject_kind k); /* "target" "provider" ... */
bool subject_eq(const struct subject *a, const struct subject *b);
/* For people and views: the bare id of a target, "provider deepseek", "access kimi". */
char *subject_text(const struct subject *s, char *buf, size_t size);

enum incident_class {
	CLASS_OUTAGE = 0,
	CLASS_SLOW = 1,
	CLASS_SELF = 2,
	CLASS_NOTICE = 3,
	CLASS_COUNT
};
const char *incident_class_code(enum incident_class c);

enum incident_state { INCIDENT_OPEN = 0, INCIDENT_CLOSED = 1, INCIDENT_STATE_COUNT };

enum incident_end {
	END_NONE = 0,
	END_RECOVERED = 1,
	END_RETRACTED = 2,    /* it was us */
	END_UNWATCHED = 3,    /* the target left the config */
	END_UNMEASURABLE = 4, /* no longer measurable */
	END_CLEARED = 5,      /* a notice or trouble of our own is over */
	END_NEW_NORMAL = 6,   /* a day of slowness became the habit */
	END_BEHIND = 7,       /* what it depends on has an outage: told there */
	INCIDENT_END_COUNT
};
const char *incident_end_code(enum incident_end e);

#define INCIDENT_MAX_CAUSES  8
#define INCIDENT_MAX_TARGETS 16

struct cause {
	char detector[64]; /* "auto", "rule NAME", "notice", "self" */
	enum severity severity;
	bool active;
	struct wall since; /* first failing sample, back-dated */
	struct wall ended; /* first good sample of its recovery; 0 while active */
	char words[200];   /* what it saw: "3 of last 5 failed" */
};

/* One failing sample as evidence. at.ms == 0: none. */
struct incident_error {
	struct wall at;
	enum outcome outcome;
	int http_status;
	char code[64];
	char message[256];
	char request_id[96];
};

/* What the provider's own status page says of it. */
struct incident_page {
	enum page_state state; /* now, or when it closed; NONE: no opinion */
	struct wall posted;    /* it first spoke of trouble; 0: it did not */
	char title[160], url[200];
};

struct incident {
	struct ulid id;
	char short_id[5]; /* four characters, unique over 30 days */
	struct subject subject;
	enum incident_class class;
	enum severity severity; /* the greatest while it was open */
	enum severity severity_now;
	enum incident_state state;
	enum incident_end end;
	enum health health;  /* DOWN or DEGRADED for outages */
	struct wall started; /* first failing sample, back-dated */
	struct wall opened;  /* when it was decided */
	struct wall ended;   /* first good sample of the confirmed recovery; 0 = open */
	struct wall closed;  /* when that was decided; 0 = open */
	int reopened;
	uint32_t seq; /* entries in its log */
	char provider[64], region[64];
	bool never_up; /* alarmed before any success: check key, model, URL */
	struct cause causes[INCIDENT_MAX_CAUSES];
	int n_causes;
	/* Evidence since `started`. */
	uint32_t outcomes[OUTCOME_COUNT];
	uint32_t samples, failures;
	struct incident_error first_error, last_error;
	char targets[INCIDENT_MAX_TARGETS][64]; /* affected */
	int n_targets;
	struct incident_share shares[SHARE_MAX]; /* each target's own part, in order */
	int n_shares;
	int64_t unknown_ms; /* gaps inside, neither up nor down */
	struct wall acked;  /* somebody has it in hand since; 0: nobody */
	struct incident_page page;
	char hand[200]; /* what people said of it last: "acknowledged by ann: ..." */
};

/* What a person did with an open incident. */
struct handling {
	struct ulid incident;
	bool silenced;     /* else it is acknowledged */
	const char *words; /* "acknowledged by ann: at it" */
};

static inline bool incident_is_drill(const struct incident *in)
{
	return in->subject.kind == SUBJECT_DRILL;
}
/* Deterministic: folding the same samples again gives the same id. */
struct ulid incident_id(const char *vantage, const struct subject *s, struct wall opened,
    struct wall started);
/* Recomputes severity_now (and the greatest) from the active causes; true if it moved. */
bool incident_settle(struct incident *in);
struct cause *incident_cause(struct incident *in, const char *detector); /* or NULL */
/* The cause of that name, made if need be; in a full table the longest ended one makes
 * room. NULL when all of a full table are active. */
struct cause *incident_add_cause(struct incident *in, const char *detector);
bool incident_has_active_cause(const struct incident *in);
void incident_add_target(struct incident *in, const char *name); /* once each */
bool incident_has_target(const struct incident *in, const char *name);
void incident_error_from(struct incident_error *e, const struct sample *s);
/* One more sample as evidence: counts, mix, first and last error. */
void incident_tally(struct incident *in, const struct sample *s);
/* "overloaded 4, stalled 1" most frequent first, failures only; returns buf. */
char *incident_mix(const struct incident *in, char *buf, size_t size);

#endif
