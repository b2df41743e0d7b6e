/* SPDX-License-Identifier: MIT
 *
 * What happens to a target while nobody looks: gaps, and a wall clock that steps. Nothing
 * ends before it began and no time of ours lies ahead of now.
 */
#include <inttypes.h>

#include "alerts/correlate_parts.h"

void watched_begin_anew(struct step *st, struct watched *t, struct wall at)
{
	t->run_silent = 0;
	t->grace_since.ms = 0;
	detect_auto_on_gap(&t->detector);
	t->asks_left = 0;
	for (size_t i = 0; i < st->j->n_rules; i++)
		rule_on_gap(&t->rules[i], at);
	t->n_excluded = t->us_run = 0;
	t->dark = true;
	if (t->health != HEALTH_UNKNOWN)
		t->since = st->now;
	t->health = HEALTH_UNKNOWN;
	t->quiet_since = at;
}

/* Nobody was looking from `from` until `until`. A silence below the limit is no gap for
 * the detectors (a restart takes seconds), but it is unknown time all the same. */
void watched_on_gap(
    struct step *st, struct watched *t, struct wall from, struct wall until, bool told)
{
	struct wall silent =
	    t->last_any.ms && t->last_any.ms < from.ms ? t->last_any : from;

	if (t->open && scope_is_first(st->j, t))
		record_count_gap(
		    t->open, from.ms > t->counted_to.ms ? from : t->counted_to, until);
	t->counted_to = until;
	correlate_on_gap(st->j, t, until, wall_diff_ms(until, silent) >= gap_limit_ms(t));
	if (wall_diff_ms(until, silent) < gap_limit_ms(t)) {
		watched_rearm(st->j, t, st->now);
		return;
	}
	watched_begin_anew(st, t, until);
	if (t->last_any.ms)
		t->last_any = until;
	if (!told)
		news_fact(st, &(struct news){.kind = FACT_GAP, .target = t},
		    "from=%" PRId64, from.ms);
	watched_rearm(st->j, t, st->now);
}

/* No time passed: what is being timed moves along. */
void watched_on_clock_forward(struct watched *t, int64_t jump_ms)
{
	t->quiet_since.ms += jump_ms;
	t->ask_next.ms += jump_ms;
	if (t->grace_since.ms)
		t->grace_since.ms += jump_ms;
	if (t->maintained.ms)
		t->maintained.ms += jump_ms;
	if (t->last_any.ms)
		t->last_any.ms += jump_ms;
}

static void not_after(struct wall *t, struct wall now)
{
	if (t->ms > now.ms)
		*t = now;
}

void watched_on_clock_back(struct step *st, struct watched *t, int64_t jump_ms)
{
	struct wall before = {st->now.ms - jump_ms};

	if (before.ms > t->stepped_from.ms)
		t->stepped_from = before;
	not_after(&t->since, st->now);
	not_after(&t->quiet_since, st->now);
	not_after(&t->last_evidence, st->now);
	not_after(&t->last_any, st->now);
	not_after(&t->counted_to, st->now);
	not_after(&t->ask_next, st->now);
	not_after(&t->grace_since, st->now);
	not_after(&t->maintained, st->now);
	if (t->us_first)
		not_after(&t->us_first->at, st->now);
	trail_on_clock_back(&t->trail, st->now);
	detect_auto_on_clock_back(&t->detector, st->now);
	watched_rearm(st->j, t, st->now);
}
