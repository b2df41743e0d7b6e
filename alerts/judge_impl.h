/* SPDX-License-Identifier: MIT
 *
 * What the files of the judge share; nobody else includes it or judge_parts.h, which has
 * their functions. judge.c steps and looks, judge_target.c judges one target,
 * judge_change.c turns causes into news, judge_incident.c keeps the records,
 * judge_plain.c the incidents without evidence (notices, our own trouble), judge_config.c
 * takes generations, judge_state.c dumps and restores, judge_news.c writes the update,
 * judge_rules.c asks the rules, judge_group.c those that judge several targets at once.
 */
#ifndef DIMWATCH_ALERTS_JUDGE_IMPL_H
#define DIMWATCH_ALERTS_JUDGE_IMPL_H

#include "agent/base/heap.h"
#include "alerts/detect_auto.h"
#include "alerts/judge.h"
#include "alerts/rule_state.h"
#include "alerts/state_json.h"
#include "alerts/trail.h"
#include "alerts/way.h"

#define REOPEN_MS     (30 * MS_PER_MIN)
#define SHORT_ID_MS   (30 * MS_PER_DAY)
#define MAX_SHORT_IDS 20000
#define BLIND_RUN     3         /* excluded answers of blame us, no evidence between */
#define CAUSE_AUTO    "auto"    /* availability */
#define CAUSE_LATENCY "latency" /* answers, but slowly */

/* State of one target: less than 4 KiB beside its rules. */
struct watched {
	struct judge_target conf;
	struct heap_item wake; /* in judge.wakes: when time alone may change something */
	enum health health;
	struct wall since; /* health has been so since */
	bool behind;       /* what it depends on has an outage: dark too */
	bool dark;         /* nothing to stand on: health is unknown */
	bool ever_up;
	bool restored; /* it has a state of an earlier run, be it one without samples */
	struct wall
	    quiet_since; /* first known, last evidence or end of gap: the latest */
	struct wall last_evidence; /* 0: none yet */
	struct wall last_any;   /* start of the latest sample of any kind; 0: none yet */
	struct wall counted_to; /* silence until here is in unknown_ms already */
	struct wall stepped_from; /* the clock went back from there; 0: never */
	struct wall grace_since;  /* loading or busy since then; 0: not */
	struct wall maintained;   /* samples touch maintenance since then; 0: not */
	struct wall ask_next;     /* another one is wished then, should none have ended */
	int asks_left;            /* of these */
	/* Excluded samples since the last evidence. */
	int n_excluded, us_run;
	enum judged last_judged;
	enum outcome last_excluded, us_outcome;
	struct incident_error *us_first; /* owned; there while us_run > 0 */
	struct trail trail;
	uint64_t tallied; /* trail numbers below are in the record of the last incident */
	struct detect_auto detector;
	struct rule_state *rules;       /* owned; one per judge.rules */
	struct incident *open, *notice; /* borrowed from judge.open; or NULL */
	struct tally *stash[2];         /* owned; restored before its incident was */
	struct held *held; /* owned; failures that wait for witnesses (correlate_*.c) */
	int n_held;
	int run_silent;   /* silent ones of the detector's present run of failures */
	int64_t run_good; /* good answers of the way's controls before that run began */
	struct wall
	    last_answer; /* start of the latest ask with an HTTP answer; 0: none */
	struct drift drift;
	struct wall
	    hung; /* start of the latest ask for which another was wished; 0: none */
};

/* How late we ourselves are, a stretch of time (judge_lag.c). */
struct lag {
	struct wall since; /* the stretch's beginning; 0: nothing was late lately */
	int late, all;     /* samples of the stretch */
	int64_t worst_ms;
	bool told;         /* it is an incident */
	struct wall heard; /* the last sample meanwhile; 0: none yet */
};

/* Targets that a rule with `by` judges together. */
struct rule_group {
	size_t rule; /* of the judge's */
	uint64_t hash;
	struct subject subject;
	char detector[64];
	bool firing;                /* as of its last judgement */
	struct watched **members;   /* owned, by series: the first carries the phase */
	struct rule_state **states; /* owned: theirs, of this rule */
	size_t n;
};

struct judge {
	char vantage[64];
	bool configured;
	bool unmatched; /* an incident was restored that no target claimed yet */
	struct watched **targets; /* owned; sorted by series */
	size_t n_targets;
	size_t n_children;     /* of these depend on another, or did */
	bool depends_moved;    /* ... which may have changed */
	bool depends_known;    /* a first generation was taken */
	size_t n_rungs;        /* of these are lower rungs */
	struct rule *rules;    /* owned, with names and texts */
	uint64_t *rule_hashes; /* owned; one per rule: each target's state names them */
	size_t n_rules;
	struct rule_group *groups; /* owned */
	size_t n_groups;
	struct way ways[WAY_MAX];
	struct tally *way_stash[WAY_MAX]; /* owned; restored before their incidents */
	int n_ways;                       /* one at least */
	struct lag lag;
	size_t n_held;   /* of all targets */
	size_t n_drifts; /* open notices of drift */
	struct maintenance_book maintenance;
	struct page_said {
		char provider[64];
		struct opinion_held held;
	} * pages; /* owned */
	size_t n_pages;
	struct heap wakes;
	struct incident **open, **shut; /* owned; shut: closed less than 30 min ago */
	size_t n_open, cap_open, n_shut, cap_shut;
	struct short_note {
		char id[5];
		struct wall opened;
	} * notes; /* owned, oldest first */
	size_t n_notes, cap_notes;
};

/* One call of judge_step on its way through the files. */
struct step {
	struct judge *j;
	struct judge_update *up;
	struct wall now;
};

/* judge_news.c. Each fact is also a trace line; detail may be "". */
struct news {
	enum fact_kind kind;
	const struct watched *target; /* NULL: not about one */
	struct incident *incident;    /* facts of incidents: seq is moved on; else NULL */
	enum severity from;
	bool loud;          /* see struct fact */
	const char *joined; /* or NULL */
};
void news_fact(struct step *st, const struct news *n, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void news_trace(struct step *st, const char *subject, const char *update, const char *fmt,
    ...) __attribute__((format(printf, 4, 5)));
void news_wish(struct step *st, uint32_t series, int64_t in_ms, const char *why);
void news_remark(struct step *st, const struct sample *s, enum judged judged);
void news_ask(struct step *st, const struct control_ask *ask);
void update_reset(struct judge_update *u);

#endif
