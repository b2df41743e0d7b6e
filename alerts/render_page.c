/* SPDX-License-Identifier: MIT
 *
 * Beside what we saw, what the provider's own status page says: a sentence of our own
 * words in the summary; its title, a stranger's, only as a fact, with who was first.
 */
#include "alerts/render.h"
#include "alerts/sentences_page.h"

static const char *state_words(enum language l, enum page_state s)
{
	switch (s) {
	case PAGE_MAINTENANCE:
		return PAGE_IN_MAINTENANCE(l);
	case PAGE_DEGRADED:
		return PAGE_IS_DEGRADED(l);
	case PAGE_PARTIAL:
		return PAGE_IN_PART(l);
	case PAGE_MAJOR:
		return PAGE_IS_DOWN(l);
	case PAGE_NONE:
	case PAGE_OPERATIONAL:
	case PAGE_STATE_COUNT:
		break;
	}
	return PAGE_WAS_POSTED(l);
}

void render_page_sentence(struct talk *t)
{
	const struct incident_page *p = &t->in->page;

	if (page_state_is_trouble(p->state))
		str_addf(&t->text, PAGE_SAYS(t->l), state_words(t->l, p->state));
	else if (p->state == PAGE_OPERATIONAL)
		str_adds(
		    &t->text, p->posted.ms ? PAGE_SAYS_OVER(t->l) : PAGE_SAYS_WELL(t->l));
}

void render_page_fact(struct talk *t)
{
	const struct incident_page *p = &t->in->page;
	int64_t after = wall_diff_ms(p->posted, t->in->opened);
	char lead[48];
	struct str said, all;

	if (!p->posted.ms)
		return;
	str_init(&said, 400);
	str_init(&all, 600);
	if (p->title[0])
		str_addf(&said, PAGE_TITLE(t->l), state_words(t->l, p->state), p->title);
	else
		str_adds(&said, state_words(t->l, p->state));
	words_duration(t->l, after < 0 ? -after : after, lead, sizeof(lead));
	if (after < 0)
		str_addf(&all, PAGE_BEFORE_US(t->l), str_c(&said), lead);
	else
		str_addf(&all, PAGE_AFTER_US(t->l), str_c(&said), lead);
	message_fact(t->m, true, FACT_PAGE_SAYS(t->l), str_c(&all));
	str_fini(&said);
	str_fini(&all);
}
