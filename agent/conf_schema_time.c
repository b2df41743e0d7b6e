/* SPDX-License-Identifier: MIT
 *
 * The tables of the calendar: maintenance, quiet hours, the heartbeat, the digest.
 */
#include <assert.h>

#include "agent/base/tick.h"
#include "agent/conf_keys_time.h"
#include "agent/conf_schema.h"

static const char *const severities[] = {"minor", "major", "critical", NULL};

/* Long rows read better as they are written here. */
/* clang-format off */
static const struct conf_key where_keys[] = {
	[WHERE_TARGET] = {"target", CONF_NAMES, .fallback_words = "any", .refers = "a target",
	    .help = "One of these targets."},
	[WHERE_PROVIDER] = {"provider", CONF_NAMES, .fallback_words = "any",
	    .help = "Targets of these providers."},
	[WHERE_REGION] = {"region", CONF_NAMES, .fallback_words = "any",
	    .help = "Targets of these regions."},
	[WHERE_LABELS] = {"labels", CONF_TEXT_MAP, .max = 32, .fallback_words = "any",
	    .help = "Targets with all of these `labels`."},
};
static_assert(sizeof(where_keys) / sizeof(*where_keys) == WHERE_COUNT, "rows");
const struct conf_block conf_where_block = {"maintenance.match",
	"Which targets are under maintenance.", where_keys, WHERE_COUNT, NULL};

static const struct conf_key maintenance_keys[] = {
	[MAINTENANCE_MATCH] = {"match", CONF_BLOCK, .inside = &conf_where_block,
	    .fallback_words = "every target", .help = "Which targets it is about."},
	[MAINTENANCE_EVERY] = {"every", CONF_TEXT, .max = 120,
	    .help = "Days, hours and time zone: `sun 02:00-04:00 Asia/Hong_Kong`, "
		"`mon-fri 22:00-06:00 UTC`, `daily 03:00-03:30 +08:00`. Hours may end on the next day."},
	[MAINTENANCE_FROM] = {"from", CONF_TEXT, .max = 40,
	    .help = "Once, instead of `every`: `2026-12-01T02:00` with `zone`, or with its "
		"offset, `2026-12-01T02:00+08:00`."},
	[MAINTENANCE_TO] = {"to", CONF_TEXT, .max = 40, .help = "The end, written like `from`."},
	[MAINTENANCE_ZONE] = {"zone", CONF_TEXT, .max = 63,
	    .help = "Time zone of `from` and `to`: `Asia/Hong_Kong`, `+08:00`, `UTC`."},
};
static_assert(sizeof(maintenance_keys) / sizeof(*maintenance_keys) == MAINTENANCE_COUNT, "rows");
const struct conf_block conf_maintenance_block = {"maintenance",
	"When targets may do what they like: they are asked and stored, but not judged, and "
	"nothing is told of them.", maintenance_keys, MAINTENANCE_COUNT, NULL};

static const struct conf_key quiet_keys[] = {
	[QUIET_HOURS] = {"hours", CONF_TEXTS, .required = true, .max = 120,
	    .help = "Days, hours and time zone, or a list of them: "
		"`[\"mon-fri 22:00-07:00 Europe/Berlin\", \"sat,sun 00:00-24:00 Europe/Berlin\"]`."},
	[QUIET_EXCEPT] = {"except", CONF_WORDS, .choices = severities, .may_be_none = true,
	    .fallback = "critical",
	    .help = "What is told at once all the same: one severity or a list of them; "
		"`none` keeps everything back."},
};
static_assert(sizeof(quiet_keys) / sizeof(*quiet_keys) == QUIET_COUNT, "rows");
const struct conf_block conf_quiet_block = {"quiet",
	"Quiet hours of a route: what may wait is told when they end, as it stands then.",
	quiet_keys, QUIET_COUNT, NULL};

static const struct conf_key heartbeat_keys[] = {
	[HEARTBEAT_URL] = {"url", CONF_SECRET, .required = true,
	    .help = "The address to ping; it is a secret. Healthchecks and what is like it get "
		"a POST (`/start` and `/fail` behind the address), an Uptime Kuma push address "
		"a GET with `status`."},
	[HEARTBEAT_EVERY] = {"every", CONF_DURATION, .min = 15 * MS_PER_S, .max = MS_PER_DAY,
	    .fallback = "60s", .help = "At most this often."},
	[HEARTBEAT_START] = {"start", CONF_SWITCH, .fallback = "off",
	    .help = "`on`: a start is said with `/start`."},
};
static_assert(sizeof(heartbeat_keys) / sizeof(*heartbeat_keys) == HEARTBEAT_COUNT, "rows");
const struct conf_block conf_heartbeat_block = {"heartbeat",
	"Dead man's switch: pinged when every target that was due has been judged and stored, so "
	"that somebody else notices when dimwatch no longer does that. The address alone does, or "
	"a map.",
	heartbeat_keys, HEARTBEAT_COUNT, NULL};

static const struct conf_key digest_keys[] = {
	[DIGEST_EVERY] = {"every", CONF_TEXT, .required = true, .max = 120,
	    .help = "Day, time and zone: `mon 09:00 Asia/Shanghai`."},
	[DIGEST_TO] = {"to", CONF_NAMES, .required = true, .refers = "a channel",
	    .help = "The channels that get it: one name or a list."},
};
static_assert(sizeof(digest_keys) / sizeof(*digest_keys) == DIGEST_COUNT, "rows");
const struct conf_block conf_digest_block = {"digest",
	"One message about the days since the last: probes, incidents, spend, deliveries, "
	"our own lag, uptime by target; so that silence can be trusted.",
	digest_keys, DIGEST_COUNT, NULL};
/* clang-format on */
