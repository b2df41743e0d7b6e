/* SPDX-License-Identifier: MIT
 *
 * Who refuses the judge's wishes in a scenario: a budget that stretches the pace, and a
 * provider (or an empty purse) that says when to come again.
 */
#include <string.h>

#include "tests/scenario/hands.h"

/* "NAME SEP DURATION"; NULL: not understood. */
static struct place *cut(struct world *w, char *line, const char *sep, int64_t *ret_ms)
{
	char *at = strstr(line, sep);

	if (!at || !duration_parse(at + strlen(sep), ret_ms))
		return NULL;
	*at = 0;
	return world_place(w, line + strspn(line, " "));
}

static struct mono mono_of(const struct world *w)
{
	return (struct mono){w->now_ms * US_PER_MS};
}

bool world_stretch(struct world *w, char *line)
{
	int64_t pace_ms;
	struct place *p = cut(w, line, " ", &pace_ms);

	if (!p)
		return false;
	schedule_set_pace(w->schedule, p->conf.series, pace_ms, mono_of(w));
	p->wished_ms = 0; /* it drops what was granted before */
	return true;
}

bool world_hold(struct world *w, char *line)
{
	int64_t ms;
	struct place *p = cut(w, line, " for ", &ms);
	struct mono now = mono_of(w);

	if (!p)
		return false;
	schedule_hold(w->schedule, p->conf.series, mono_add_ms(now, ms));
	if (p->wished_ms && p->wished_ms < w->now_ms + ms)
		p->wished_ms = 0; /* it drops what was granted before */
	return true;
}
