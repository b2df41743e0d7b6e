/* SPDX-License-Identifier: MIT
 *
 * The world of a scenario: schedule, judge and teller in virtual time, with providers
 * that answer what the script says. Everything that happens leaves a line in `seen`,
 * which the runner compares with what the scenario expects.
 */
#ifndef DIMWATCH_TESTS_WORLD_H
#define DIMWATCH_TESTS_WORLD_H

#include "agent/base/rng.h"
#include "alerts/judge.h"
#include "alerts/tell.h"
#include "probes/schedule.h"

#define MAX_TARGETS      8
#define MAX_RULES        8
#define MAX_ROUTES       4
#define MAX_TO           4
#define MAX_QUEUED       32
#define MAX_FLIGHT       32
#define MAX_OWED         128
#define MAX_RECORDS      16
#define MAX_CONTROLS     4
#define MAX_MAINTENANCE  4
#define MAX_CONTROL_ASKS 128
#ifdef __SANITIZE_ADDRESS__ /* three times as dear */
#define RESTART_EVERY 3
#else
#define RESTART_EVERY 1
#endif
#define WORLD_START INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

/* What a provider does when asked. */
struct answer {
	enum outcome outcome;
	int percent; /* this share of asks gives `outcome`, the others are ok */
	int64_t takes_ms;
	uint32_t flags;
};

struct place {         /* a target and its provider's behaviour */
	char name[80]; /* conf.name, or LEAD/KIND of a rung */
	struct judge_target conf;
	bool watched, silent;     /* in the present config; kept from being asked */
	struct wall hushed_until; /* nobody wants to hear of it */
	struct answer now;
	enum outcome queued[MAX_QUEUED]; /* for the next asks, before `now` */
	int n_queued;
	bool cycle;        /* the queue begins again */
	int64_t wished_ms; /* a re-ask was granted for then and has not started; 0 none */
	int asks, reasks;
};

/* An address whose only use is to answer. */
struct control_place {
	char name[32];
	int percent; /* of its asks are answered */
};

struct control_flight {
	struct control_ask what;
	int64_t starts_ms, ends_ms;
	bool begun, answered;
};

struct flight {
	uint32_t series;
	struct wall at;
	int64_t hangs_ms; /* it is said then that nothing has come yet */
	int64_t ends_ms;
	struct answer answer;
};

#define MAX_PAGES 4
struct world_page {
	char provider[64];
	struct opinion opinion;
};

struct world {
	int64_t now_ms;      /* virtual monotonic time since the start */
	int64_t wall_offset; /* clock steps */
	bool running;        /* the first config was given */
	bool restart_always; /* the judge restarts behind every RESTART_EVERYth event */
	uint64_t n_events;
	bool restoring; /* asks of controls go on from before */
	bool show_asks, show_remarks;
	int n_asked;
	struct rng rng;
	struct place places[MAX_TARGETS];
	int n_places;
	struct rule rules[MAX_RULES];
	char rule_names[MAX_RULES][64];
	const char *rule_targets[MAX_RULES][MAX_TARGETS];
	int n_rules;
	struct route routes[MAX_ROUTES];
	char route_to[MAX_ROUTES][MAX_TO][64];
	const char *route_names[MAX_ROUTES][MAX_TO];
	int n_routes;
	struct flight flights[MAX_FLIGHT];
	int n_flights;
	struct world_page pages[MAX_PAGES];
	int n_pages;
	struct control_place controls[MAX_CONTROLS];
	int n_controls;
	struct control_flight control_flights[MAX_CONTROL_ASKS];
	int n_control_flights;
	struct delivery owed[MAX_OWED]; /* every delivery ever, for restarts */
	int n_owed;
	struct incident records[MAX_RECORDS]; /* the latest of each subject */
	int n_records;
	struct arena *arena; /* owned: what the calendar says */
	struct maintenance maintenance[MAX_MAINTENANCE];
	size_t n_maintenance;
	struct schedule *schedule;
	struct judge *judge;
	struct tell *tell;
	struct judge_update judged;
	struct tell_update told;
	struct str seen;
};

void world_init(struct world *w);
void world_fini(struct world *w);
struct wall world_wall(const struct world *w);
/* Lets time pass until `until_ms`. */
void world_run(struct world *w, int64_t until_ms);
/* Gives the present targets, rules and routes to schedule, judge and teller. */
void world_config(struct world *w);
void world_event(struct world *w, const struct judge_event *ev);
/* The process ends and starts again: states and records go through their stored form. */
void world_restart(struct world *w);
/* Off until then: a restart, and a gap that the new process knows of. */
void world_off(struct world *w, int64_t until_ms);
struct place *world_place(struct world *w, const char *name);
/* seen.c: a line of what happened; the judge's trace of its last step. */
void see(struct world *w, const char *subject, const char *update, const char *detail);
void see_traces(struct world *w);
/* Makes the record of a subject ("deepseek", "access kimi") or the view of a target seen.
 * False: there is none. */
bool world_see_record(struct world *w, const char *subject);
bool world_see_shares(struct world *w, const char *subject);
bool world_see_view(struct world *w, const char *name);
/* calendar.c: "house: daily 00:10-00:30 UTC"; hours of the last route; a delivery. */
bool world_maintain(struct world *w, const char *line);
bool world_quiet(struct world *w, const char *text);
bool world_group(struct world *w, char *text);
void see_told(struct world *w, const struct delivery *d);
/* controls.c: controls that the judge asks; one thing that is due, when the next is, and
 * the end of all asks. */
void world_ask_controls(struct world *w);
bool world_control_due(struct world *w);
int64_t world_control_next(const struct world *w);
/* "control A: ok" and "control A: 30%"; "controls A B". */
bool world_set_control(struct world *w, const char *name, const char *state);
bool world_add_control(struct world *w, const char *name);
/* What is left undone: "" or a list of sentences. */
void world_leftovers(struct world *w, struct str *out);

/* rules.c: a rule's line, and the end of a rule; the config is not given yet. */
bool world_rule(struct world *w, char *line);
bool world_remove_rule(struct world *w, const char *name);

/* script.c: one line of a scenario, in the header or at its time. False: not understood.
 */
bool script_do(struct world *w, char *line);
/* seen.c: "+1h02m03s" */
void time_text(int64_t ms, char *buf, size_t size);

#endif
