/* SPDX-License-Identifier: MIT
 *
 * What a judge must know of a generation: its targets, rules and ways out, and the hours
 * in which it does not judge. Values, made from the config for every JUDGE_CONFIG.
 */
#ifndef DIMWATCH_ALERTS_JUDGE_CONFIG_H
#define DIMWATCH_ALERTS_JUDGE_CONFIG_H

#include "alerts/detect_constants.h"
#include "alerts/drift.h"
#include "alerts/maintenance.h"
#include "alerts/rule.h"

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
	uint32_t parent;  /* series of what it depends on; 0: nothing */
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
	const struct maintenance *maintenance; /* borrowed until the next CONFIG */
	size_t n_maintenance;
};

#endif
