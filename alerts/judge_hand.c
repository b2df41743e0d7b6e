/* SPDX-License-Identifier: MIT
 *
 * What people do with an open incident: take it in hand (once; it stays so until it is
 * over, a relapse ends it), or silence it. It changes no verdict; it is an entry of the
 * record like any other, so that whoever reads the record reads it too.
 */
#include <string.h>

#include "alerts/judge_parts.h"

static struct incident *find_open(const struct judge *j, const struct ulid *id)
{
	for (size_t i = 0; i < j->n_open; i++) {
		if (ulid_eq(&j->open[i]->id, id))
			return j->open[i];
	}
	return NULL;
}

/* One whose incident it is: its state is stored with the entry. */
static const struct watched *whose(const struct judge *j, const struct incident *in)
{
	for (size_t i = 0; i < j->n_targets; i++) {
		if (j->targets[i]->open == in || j->targets[i]->notice == in)
			return j->targets[i];
	}
	return NULL;
}

void hand_step(struct step *st, const struct judge_event *ev)
{
	struct incident *in = find_open(st->j, &ev->u.hand.incident);
	struct news news = {
	    .kind = ev->u.hand.silenced ? FACT_SILENCED : FACT_ACKNOWLEDGED,
	    .incident = in};

	if (!in || (!ev->u.hand.silenced && in->acked.ms))
		return;
	if (!ev->u.hand.silenced)
		in->acked = st->now;
	str_copy(in->hand, sizeof(in->hand), ev->u.hand.words);
	news.target = whose(st->j, in);
	news.from = in->severity_now;
	news_fact(st, &news, "%s", in->hand);
}
