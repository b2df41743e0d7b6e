/* SPDX-License-Identifier: MIT
 *
 * News of people: somebody acknowledged an incident or silenced it. What they wrote is a
 * fact of its own, and no mark-up may be seen in it.
 */
#include "alerts/render.h"
#include "alerts/sentences.h"
#include "alerts/sentences_hand.h"

void render_hand(struct talk *t)
{
	bool acked = t->m->kind == MESSAGE_ACKNOWLEDGED;
	char who[128];

	subject_text(&t->in->subject, who, sizeof(who));
	talk_title(t, acked ? ACK_TITLE(t->l) : HUSH_TITLE(t->l), who);
	talk_lock_screen(t, acked ? ACK_LOCK(t->l) : HUSH_LOCK(t->l), who);
	str_addf(&t->text, acked ? ACK_TEXT(t->l) : HUSH_TEXT(t->l), t->since);
	message_fact(t->m, true, HAND_SAID(t->l), t->in->hand);
	talk_fact(t, FACT_SINCE(t->l), "%s", t->since);
}

/* Told later than it began: to whom it escalates, or after a silence. */
void render_open_for(struct talk *t)
{
	int64_t told_ms = wall_diff_ms(t->m->at, t->in->opened);
	char lasts[48];

	if (t->m->kind == MESSAGE_OPENED && !t->in->acked.ms && !t->in->reopened &&
	    told_ms >= MS_PER_MIN)
		str_addf(&t->text, OPEN_FOR(t->l),
		    words_duration(t->l, told_ms, lasts, sizeof(lasts)));
}
