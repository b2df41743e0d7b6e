/* SPDX-License-Identifier: MIT
 *
 * Keys of the config: routes. Others include agent/conf_keys.h.
 */
#ifndef DIMWATCH_AGENT_CONF_KEYS_ROUTES_H
#define DIMWATCH_AGENT_CONF_KEYS_ROUTES_H

enum conf_route_key {
	ROUTE_MATCH,
	ROUTE_TO,
	ROUTE_REPEAT,
	ROUTE_ESCALATE,
	ROUTE_QUIET,
	ROUTE_GROUP,
	ROUTE_COUNT
};
enum conf_escalate_key { ESCALATE_AFTER, ESCALATE_TO, ESCALATE_COUNT };
enum conf_group_key { GROUP_BY, GROUP_WAIT, GROUP_CRITICAL, GROUP_COUNT };
enum conf_match_key {
	MATCH_SEVERITY,
	MATCH_CLASS,
	MATCH_PROVIDER,
	MATCH_REGION,
	MATCH_TARGET,
	MATCH_LABELS,
	MATCH_COUNT
};

#endif
