/* SPDX-License-Identifier: MIT
 *
 * The hallway when the money is spent: targets that a budget or a cap of asks keeps from
 * being asked until midnight are watched by nobody, so that is told once, as an incident
 * on ourselves, and ends when they are asked again.
 */
#include <stdio.h>

#include "agent/pipeline_impl.h"

#define NAMED 3 /* the others are counted */

/* How many are held, and who the first of them are. */
static size_t find_held(struct pipeline *p, struct str *names)
{
	const struct spend *s = asker_spend(p->asker);
	size_t n = 0;
	for (size_t i = 0; i < p->conf->n_targets; i++) {
		const struct target *t = &p->conf->targets[i];
		/* What is in flight is paid already or not at all. */
		if (!spend_pace(s, t->series, loop_wall(p->o.loop), 0).hold)
			continue;
		if (n++ < NAMED)
			(void)str_addf(names, "%s%s", n > 1 ? ", " : "", t->name);
	}
	if (n > NAMED)
		(void)str_addf(names, " and %zu more", n - NAMED);
	return n;
}

void pipeline_purse_look(struct pipeline *p)
{
	struct str names;
	char words[200];
	str_init(&names, 160);
	size_t n = find_held(p, &names);
	(void)snprintf(
	    words, sizeof words, "not asked until midnight UTC: %s", str_c(&names));
	str_fini(&names);
	if (p->purse_looked && p->purse_empty == (n > 0))
		return;
	p->purse_looked = true;
	p->purse_empty = n > 0;
	pipeline_own(p, "budget", n > 0, SEVERITY_MINOR, n ? words : "asked again");
}
