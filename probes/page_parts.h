/* SPDX-License-Identifier: MIT
 *
 * What the readers of status pages share: words to states, texts made harmless, times in
 * the two forms that pages write, and adding to a reading within its bounds. Others
 * include probes/page.h.
 */
#ifndef DIMWATCH_PROBES_PAGE_PARTS_H
#define DIMWATCH_PROBES_PAGE_PARTS_H

#include "agent/base/json.h"
#include "probes/page.h"

extern const struct page_kind page_statuspage, page_incidentio, page_flashduty,
    page_instatus, page_google, page_feed;

/* Also read by page_incidentio, whose compatible form it is. */
bool page_read_statuspage(const json_t *root, const struct page_focus *f,
    struct page_reading *ret, struct err *e);

/* "2026-11-24T14:02:03.123-08:00" or "Tue, 24 Nov 2026 14:02:03 +0800" (a zone's name is
 * UTC only as Z, UT, UTC, GMT). False: neither; ret untouched. */
bool page_time(const char *text, struct wall *ret);
/* The time at a path; {0}: none. */
struct wall page_time_at(const json_t *v, const char *path);
struct wall page_seconds_at(const json_t *v, const char *path);

/* A word of theirs and what it means; ends with NULL. */
struct page_word {
	const char *word; /* compared without case */
	enum page_state state;
};
enum page_state page_word_state(const struct page_word *all, const char *word);

bool page_wants(const struct page_focus *f, const char *id, const char *name);
void page_note_time(struct page_reading *r, struct wall t);
void page_add_part(
    struct page_reading *r, const char *name, enum page_state s, struct wall updated);
/* What a post says of itself; texts are made harmless on the way in. */
struct page_draft {
	const char *title, *url; /* NULL: none */
	enum page_state state;
	struct wall began, updated;
};
void page_add_post(struct page_reading *r, const struct page_draft *d);

#endif
