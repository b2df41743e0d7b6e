/* SPDX-License-Identifier: MIT
 *
 * Time zones: from UTC to the clock on somebody's wall and back. The bytes are a TZif
 * file (RFC 8536, version 2 and later) that somebody else has read; years behind its
 * table follow the rule in its last line. Pure, and without libc's one zone per process.
 *
 * A local time that a clock skips (spring) is the moment it jumps; one that it shows
 * twice (autumn) has two moments, the first and the last.
 */
#ifndef DIMWATCH_BASE_ZONE_H
#define DIMWATCH_BASE_ZONE_H

#include "agent/base/arena.h"
#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tick.h"

struct zone; /* opaque; lives in an arena, never changes */

#define ZONE_MAX_BYTES ((size_t)64 << 10) /* real ones are below 4 KiB */

/* The file's bytes. Whatever is damaged, huge or counts leap seconds is refused. */
struct zone *zone_read(
    struct arena *a, const char *name, struct span tzif, struct err *e) MUST_CHECK;
/* "UTC", "Z", "+08:00", "-03:30", "+0545": zones that need no file. NULL: not one. */
struct zone *zone_fixed(struct arena *a, const char *text);
const char *zone_name(const struct zone *z); /* as it was given */

/* Seconds east of UTC at that moment. */
int zone_offset_s(const struct zone *z, struct wall t);
struct civil zone_civil(const struct zone *z, struct wall t);
/* The next moment after t at which the clock may be set; INT64_MAX: never. */
struct wall zone_next_change(const struct zone *z, struct wall t);

enum zone_fit { ZONE_ONCE, ZONE_SKIPPED, ZONE_TWICE };
struct zone_moments {
	enum zone_fit fit;
	struct wall first, last; /* the same but for ZONE_TWICE */
};
/* weekday is ignored; fields beyond their range carry on, as in civil_wall. */
struct zone_moments zone_wall(const struct zone *z, const struct civil *c);

/* "2026-11-29 02:00 +08:00"; size >= 24; returns buf. */
char *zone_text(const struct zone *z, struct wall t, char *buf, size_t size);

#endif
