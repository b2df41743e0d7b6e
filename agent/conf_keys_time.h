/* SPDX-License-Identifier: MIT
 *
 * The keys of the calendar's blocks as indices, like agent/conf_keys.h: the rows stand in
 * agent/conf_schema_time.c, what they mean in agent/conf_when.c.
 */
#ifndef DIMWATCH_AGENT_CONF_KEYS_TIME_H
#define DIMWATCH_AGENT_CONF_KEYS_TIME_H

enum conf_where_key {
	WHERE_TARGET,
	WHERE_PROVIDER,
	WHERE_REGION,
	WHERE_LABELS,
	WHERE_COUNT
};
enum conf_maintenance_key {
	MAINTENANCE_MATCH,
	MAINTENANCE_EVERY,
	MAINTENANCE_FROM,
	MAINTENANCE_TO,
	MAINTENANCE_ZONE,
	MAINTENANCE_COUNT
};
enum conf_quiet_key { QUIET_HOURS, QUIET_EXCEPT, QUIET_COUNT };
enum conf_heartbeat_key {
	HEARTBEAT_URL,
	HEARTBEAT_EVERY,
	HEARTBEAT_START,
	HEARTBEAT_COUNT
};
enum conf_digest_key { DIGEST_EVERY, DIGEST_TO, DIGEST_COUNT };

#endif
