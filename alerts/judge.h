/* SPDX-License-Identifier: MIT
 *
 * The judge: samples in, facts out. One pure step; time comes with the event (a
 * monotonic-corrected wall time). It knows no channel, no disk and no clock; `run`,
 * `replay`, `demo` and the tests drive the same function. Every decision leaves one trace
 * line.
 *
 * Detectors of this version: `auto` (availability, the cause "auto", and latency, the
 * cause "latency"; see detect_auto.h) and user rules. Only failures of the provider's
 * blame count; samples of blame us or path are excluded and only show that we are alive.
 * Three answers of blame us in a row, or nothing else for max(5 x pace, 10 min), make a
 * target blind: one notice, whatever the reasons.
 *
 * A trace line is `T_MS SUBJECT UPDATE DETAIL`; UPDATE is a fact's code or `pending` (a
 * rule's `for` began), `still` (seen failing again after a gap), `ignored`.
 */
#ifndef DIMWATCH_ALERTS_JUDGE_H
#define DIMWATCH_ALERTS_JUDGE_H

#include "agent/base/str.h"
#include "alerts/detect_constants.h"
#include "alerts/drift.h"
#include "alerts/fact.h"
#include "alerts/rule.h"

struct judge; /* opaque */

/* What the judge must know of a target. Copied. */
struct judge_target {
	uint32_t series;
	char name[64], provider[64], region[64];
	int64_t interval_ms; /* the pace it is really asked at; budgets may stretch it */
	bool auto_on;
	enum sensitivity sensitivity; /* of `auto` */
	/* A lower rung of a ladder: the series of its lead, of the same name, and its own
	 * kind ("door"). It opens no incident; else 0 and "". */
	uint32_t lead;
	char rung[12];
	int64_t grace_ms; /* so long it may load or be busy; 0: none */
	bool warm;        /* its connection is kept: only asks over that show slowness */
	/* Beyond our own network: silent failures are held until witnesses spoke. */
	bool remote;
	bool alone;  /* at an address of its own: no sibling of others of its provider */
	uint8_t way; /* how it is reached: index into the config's ways */
	struct drift_watch drift; /* what may change without failing */
};

/* One way out of this machine. Copied. */
struct judge_way {
	char name[64];  /* "": directly; else the proxy's host */
	int n_controls; /* addresses whose only use is to answer, asked on this way */
};

struct judge_config {
	const char *vantage;
	const struct judge_target *targets;
	size_t n_targets;
	const struct rule *rules; /* copied, with their names and texts */
	size_t n_rules;
	const struct judge_way *ways; /* none: the direct one, without controls */
	size_t n_ways;                /* at most WAY_MAX (way.h) count */
};

enum judge_event_kind {
	JUDGE_SAMPLE, /* an exchange ended */
	JUDGE_TIME,   /* wake_at passed */
	/* dimwatch was off or asleep from `from` until `at`. Always unknown time in open
	 * incidents; registers and windows are forgotten where it was silent for
	 * max(30 min, 10 x pace), which the judge also sees by itself. */
	JUDGE_GAP,
	JUDGE_CONFIG,  /* a generation was loaded: known series keep their state */
	JUDGE_OWN,     /* trouble of our own began, goes on or ended */
	JUDGE_CLOCK,   /* the wall clock stepped by jump_ms */
	JUDGE_WITNESS, /* a control that was asked answered, or did not */
	JUDGE_PAST, /* a stored sample, with how it was judged then: no witness is asked
		     */
};

struct judge_event {
	enum judge_event_kind kind;
	struct wall at; /* now */
	union {
		const struct sample *sample;       /* SAMPLE */
		struct wall from;                  /* GAP */
		const struct judge_config *config; /* CONFIG */
		struct {                           /* OWN */
			const char *id;            /* "disk", "channel slack" */
			bool failing;
			enum severity severity;
			const char *words; /* one sentence */
		} own;
		int64_t jump_ms; /* CLOCK */
		struct {         /* WITNESS */
			int way, control;
			struct wall started; /* of this ask */
			bool answered;       /* with any HTTP status */
		} witness;
		struct { /* PAST */
			const struct sample *sample;
			enum judged judged;
		} past;
	} u;
};

/* Made once, reset and filled by every step; lives as long as its owner wants. */
struct judge_update {
	struct fact *facts; /* owned */
	size_t n_facts, cap_facts;
	struct wish *wishes; /* owned */
	size_t n_wishes, cap_wishes;
	struct remark *remarks; /* owned; of one sample the last holds */
	size_t n_remarks, cap_remarks;
	struct control_ask *asks; /* owned */
	size_t n_asks, cap_asks;
	bool ways_moved;     /* the state of our ways out (series 0) changed */
	struct wall wake_at; /* INT64_MAX: none */
	struct str trace;    /* one line per decision, '\n' after each */
};
void judge_update_init(struct judge_update *u);
void judge_update_fini(struct judge_update *u);

struct judge *judge_new(const char *vantage);
void judge_free(struct judge *j);
/* The one function. Every event leaves ret_up reset and filled. Samples of unknown series
 * are ignored (a trace line says so). */
void judge_step(
    struct judge *j, const struct judge_event *ev, struct judge_update *ret_up);

/* Present picture, for status, best and messages. */
struct judge_view {
	uint32_t series;
	enum health health;
	struct wall since;         /* health has been so since */
	struct wall last_evidence; /* 0: none yet */
	const struct incident
	    *open;         /* of the target, borrowed until the next step; or NULL */
	const char *blind; /* unknown because of us: outcome code, or NULL */
	bool slow;         /* answers, but begins much later than usual */
};
bool judge_view(const struct judge *j, uint32_t series, struct judge_view *ret);
size_t judge_open_incidents(const struct judge *j);
const struct incident *judge_open_at(const struct judge *j, size_t i); /* borrowed */
const struct incident *judge_find_open(const struct judge *j, const struct subject *s);

/* Restart: CONFIG, then restore states and incidents in any order, then fold newer
 * samples (with what they decide again dropped by seq), then GAP. State of one target as
 * JSON (one row of judge_state), to be stored with every incident fact of the target: its
 * counts are taken only while the incident's seq is the same. constants_hash changes when
 * the meaning of the JSON does. Series 0 is the state of our ways out. */
void judge_dump(const struct judge *j, uint32_t series, struct str *out);
bool judge_restore(
    struct judge *j, uint32_t series, const char *json, struct err *e) MUST_CHECK;
uint64_t judge_constants_hash(void);
/* An incident that storage says is open (or closed less than 30 minutes ago, so that it
 * may reopen). The incident itself is the truth; target states refer to it. */
void judge_restore_incident(struct judge *j, const struct incident *in);
/* A short id used in the last 30 days. */
void judge_note_short_id(struct judge *j, const char *short_id, struct wall opened);

#endif
