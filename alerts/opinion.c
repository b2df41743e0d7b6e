/* SPDX-License-Identifier: MIT
 *
 * See the header. Trouble of another degree is another opinion; another title of the same
 * trouble is not.
 */
#include "alerts/opinion.h"

#include "agent/base/str.h"

/* Nobody posts before it is asked for longer than the page was seen without it. */
static struct wall posted_at(
    const struct opinion *o, const struct page_opinion *said, struct wall now)
{
	struct wall t = said->began.ms ? said->began : now;
	if (t.ms > now.ms)
		t = now;
	return t.ms < o->quiet_at.ms ? o->quiet_at : t;
}

static void take(struct opinion *o, const struct page_opinion *said)
{
	bool trouble = page_state_is_trouble(said->state);
	o->held.state = said->state;
	(void)str_copy(o->held.title, sizeof o->held.title, said->title);
	(void)str_copy(o->held.url, sizeof o->held.url, said->url);
	o->held.posted = trouble ? o->posted : (struct wall){0};
	o->next = said->state;
	o->n_next = 0;
}

bool opinion_on_reading(
    struct opinion *o, const struct page_opinion *said, struct wall now)
{
	bool trouble = page_state_is_trouble(said->state);
	if (trouble && !o->posted.ms)
		o->posted = posted_at(o, said, now);
	if (said->state == PAGE_OPERATIONAL)
		o->quiet_at = now;
	/* One reading of trouble between others was none. */
	if (said->state == PAGE_OPERATIONAL && !page_state_is_trouble(o->held.state))
		o->posted.ms = 0;
	o->read = true;
	if (said->state == o->held.state) {
		o->n_next = 0;
		if (!trouble)
			o->posted.ms = 0;
		return false;
	}
	if (said->state != o->next || !o->n_next) {
		/* Trouble of changing degree is still trouble. */
		bool both = trouble && o->n_next && page_state_is_trouble(o->next);
		o->next = said->state;
		o->n_next = both ? o->n_next + 1 : 1;
	} else {
		o->n_next++;
	}
	if (o->n_next < OPINION_HOLD)
		return false;
	take(o, said);
	if (!trouble)
		o->posted.ms = 0;
	return true;
}
