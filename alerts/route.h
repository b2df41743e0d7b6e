/* SPDX-License-Identifier: MIT
 *
 * Which channels hear of an incident: the first route all of whose conditions hold. A
 * condition that is not there holds for everything; one about targets, providers or
 * regions holds for no trouble of dimwatch itself.
 */
#ifndef DIMWATCH_ALERTS_ROUTE_H
#define DIMWATCH_ALERTS_ROUTE_H

#include "agent/base/arena.h"
#include "alerts/incident.h"
#include "alerts/window.h"

/* Hours in which what may wait is kept back. The windows live as long as the config. */
struct quiet {
	const struct window *hours;
	size_t n;        /* 0: never quiet */
	uint32_t except; /* bit per severity that is told at once all the same */
};

/* What is owed of one group waits for company, and is told as one message. */
enum group_by { GROUP_NONE, GROUP_PROVIDER, GROUP_CLASS, GROUP_ALL };
struct route_group {
	enum group_by by; /* NONE: nothing waits */
	int64_t wait_ms;
	bool critical; /* what is critical waits too */
};

struct route {
	uint32_t severities;          /* bit per enum severity; 0 = any */
	uint32_t classes;             /* bit per enum incident_class; 0 = any */
	const char *const *providers; /* NULL = any, as below */
	size_t n_providers;
	const char *const *regions;
	size_t n_regions;
	const char *const *targets; /* one of them is affected */
	size_t n_targets;
	const char *const *to; /* channel names */
	size_t n_to;
	int64_t repeat_ms;              /* reminds this often while it lasts; 0: never */
	int64_t escalate_after_ms;      /* nobody acknowledged it so long: ... */
	const char *const *escalate_to; /* ... these are told as well; 0: nobody */
	size_t n_escalate_to;
	struct quiet quiet;
	struct route_group group;
	int line, column;
};

/* NULL: nobody is told. */
const struct route *route_find(
    const struct route *routes, size_t n, const struct incident *in);
/* With all its lists. */
struct route route_copy(struct arena *a, const struct route *from);

#endif
