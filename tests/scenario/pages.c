/* SPDX-License-Identifier: MIT
 *
 * Status pages of a scenario: each line is one reading,
 *   page PROVIDER: operational | degraded | partial_outage | major_outage | maintenance |
 *     none [since 3m] [TITLE]
 * and what is held after it is what the judge hears.
 */
#include "tests/scenario/pages.h"

#include <string.h>

static struct world_page *find(struct world *w, const char *provider)
{
	for (int i = 0; i < w->n_pages; i++)
		if (strcmp(w->pages[i].provider, provider) == 0)
			return &w->pages[i];
	if (w->n_pages == MAX_PAGES)
		return NULL;
	str_copy(w->pages[w->n_pages].provider, sizeof(w->pages[0].provider), provider);
	return &w->pages[w->n_pages++];
}

static bool find_state(struct span word, enum page_state *ret)
{
	for (int i = 0; i < PAGE_STATE_COUNT; i++) {
		if (!span_eq(word, page_state_code((enum page_state)i)))
			continue;
		*ret = (enum page_state)i;
		return true;
	}
	return false;
}

static void hear(struct world *w, const struct world_page *p)
{
	struct judge_event ev = {.kind = JUDGE_PAGE, .at = world_wall(w)};

	ev.u.page = (struct page_news){p->provider, &p->opinion.held};
	world_event(w, &ev);
}

static struct span cut_word(const char **rest)
{
	const char *p = *rest + strspn(*rest, " ");
	size_t n = strcspn(p, " ");

	*rest = p + n;
	return (struct span){p, n};
}

bool world_page(struct world *w, const char *line)
{
	char provider[64], text[32];
	const char *colon = strstr(line, ": "), *rest = colon ? colon + 2 : line;
	struct page_opinion said = {0};
	struct world_page *p;
	int64_t since_ms;

	if (!colon || !find_state(cut_word(&rest), &said.state))
		return false;
	span_copy(
	    (struct span){line, (size_t)(colon - line)}, provider, sizeof(provider));
	if (strncmp(rest, " since ", 7) == 0) {
		rest += 7;
		span_copy(cut_word(&rest), text, sizeof(text));
		if (!duration_parse(text, &since_ms))
			return false;
		said.began = wall_add_ms(world_wall(w), -since_ms);
	}
	str_copy(said.title, sizeof(said.title), rest + strspn(rest, " "));
	p = find(w, provider);
	if (p && opinion_on_reading(&p->opinion, &said, world_wall(w)))
		hear(w, p);
	return p != NULL;
}

void world_pages(struct world *w)
{
	struct judge_update up;

	judge_update_init(&up);
	for (int i = 0; i < w->n_pages; i++) {
		struct judge_event ev = {.kind = JUDGE_PAGE, .at = world_wall(w)};

		ev.u.page =
		    (struct page_news){w->pages[i].provider, &w->pages[i].opinion.held};
		if (w->pages[i].opinion.held.state != PAGE_NONE)
			judge_step(w->judge, &ev, &up);
	}
	judge_update_fini(&up);
}
