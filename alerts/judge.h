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
 * A trace line is `T_MS SUBJECT UPDATE DETAIL`: a fact's code or `pending` (a rule's
 * `for` began), `still` (seen failing again after a gap), `ignored`.
 */
#ifndef DIMWATCH_ALERTS_JUDGE_H
#define DIMWATCH_ALERTS_JUDGE_H

#include "agent/base/str.h"
#include "alerts/fact.h"
#include "alerts/judge_config.h"
#include "alerts/opinion.h"

struct judge; /* opaque */

#define JUDGE_HUNG_MS INT64_C(8000)

enum judge_event_kind {
	JUDGE_SAMPLE, /* an exchange ended */
	JUDGE_TIME,   /* wake_at passed */
	/* dimwatch was off or asleep from `from` until `at`: unknown time in incidents;
	 * a silence of max(30 min, 10 x pace), which it also sees itself, forgets. */
	JUDGE_GAP,
	JUDGE_CONFIG,  /* a generation was loaded: known series keep their state */
	JUDGE_OWN,     /* trouble of our own began, goes on or ended */
	JUDGE_CLOCK,   /* the wall clock stepped by jump_ms */
	JUDGE_WITNESS, /* a control that was asked answered, or did not */
	JUDGE_HUNG,    /* an ask has waited JUDGE_HUNG_MS or more for any answer */
	JUDGE_HAND,    /* a person took an open incident in hand, or silenced it */
	JUDGE_PAGE,    /* what a provider's own status page says changed */
	JUDGE_PAST,    /* a stored sample, judged as then: no witness is asked */
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
			uint32_t look;       /* as in its ask */
		} witness;
		struct handling hand;  /* HAND */
		struct page_news page; /* PAGE */
		struct hung {          /* HUNG */
			uint32_t series;
			int64_t waited_ms;
		} hung;
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
	    *open;          /* of the target, borrowed until the next step; or NULL */
	const char *blind;  /* unknown because of us: outcome code, or NULL */
	const char *behind; /* unknown because that one has an outage; or NULL */
	bool slow;          /* answers, but begins much later than usual */
};
bool judge_view(const struct judge *j, uint32_t series, struct judge_view *ret);
/* When its last outage was over, where that is less than half an hour ago; 0: there was
 * none. */
struct wall judge_recovered(const struct judge *j, uint32_t series);
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
/* Behind a fold without states: of what storage says is over, and knows as much of, what
 * was judged again is dropped. */
void judge_correct_incident(struct judge *j, const struct incident *in);
/* Gives an incident that is not the judge's (a drill) its id and its short id. */
void judge_name(struct judge *j, struct incident *in);
/* A short id used in the last 30 days. */
void judge_note_short_id(struct judge *j, const char *short_id, struct wall opened);

#endif
