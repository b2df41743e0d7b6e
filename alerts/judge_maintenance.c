/* SPDX-License-Identifier: MIT
 *
 * Maintenance in the judge: an exchange that touches a window of its target is no
 * evidence, and no incident opens meanwhile. An open one stays as it is; that time is
 * unknown in it. Afterwards the target is judged afresh: what was suspected is forgotten,
 * what is usual (its baseline) and an alarm that stood are not.
 */
#include "alerts/correlate_parts.h"

bool maintained_now(const struct judge *j, const struct watched *t, struct wall now,
    struct wall_span *ret)
{
	return j->maintenance.n > 0 &&
	       maintenance_touches(&j->maintenance, t->conf.name, now, now, ret);
}

void maintenance_hold_off(struct step *st, struct watched *t)
{
	for (size_t i = 0; i < st->j->n_rules; i++)
		rule_hold_off(&t->rules[i], st->now);
}

static void begin(struct step *st, struct watched *t, struct wall at)
{
	char name[80];

	t->maintained = at;
	t->us_run = 0;
	news_trace(
	    st, watched_title(t, name, sizeof(name)), "maintenance", "%s", "begins");
}

static void end(struct step *st, struct watched *t, struct wall at)
{
	struct wall from = t->maintained;
	char name[80];

	t->maintained.ms = 0;
	if (t->open && scope_is_first(st->j, t))
		record_count_gap(
		    t->open, from.ms > t->counted_to.ms ? from : t->counted_to, at);
	t->counted_to = at;
	correlate_on_gap(st->j, t, at, true);
	watched_begin_anew(st, t, at);
	news_trace(
	    st, watched_title(t, name, sizeof(name)), "maintenance", "%s", "is over");
}

enum judged maintenance_on_past(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged)
{
	bool touched = judged == JUDGED_MAINTENANCE;

	if (touched && !t->maintained.ms)
		begin(st, t, s->at);
	else if (!touched && t->maintained.ms)
		end(st, t, s->at);
	if (touched)
		maintenance_hold_off(st, t);
	return judged;
}

enum judged maintenance_on_sample(
    struct step *st, struct watched *t, const struct sample *s, enum judged judged)
{
	if (st->j->maintenance.n > 0 &&
	    maintenance_touches(&st->j->maintenance, t->conf.name, s->at, st->now, NULL))
		judged = JUDGED_MAINTENANCE;
	return maintenance_on_past(st, t, s, judged);
}
