/* SPDX-License-Identifier: MIT
 *
 * What a provider says about itself: the bytes of its status page as one opinion about
 * the parts that matter to us. Pure; one reader a kind of page, a row each. A page is a
 * stranger: sizes and depth are bounded, texts are one harmless line, addresses are plain
 * http(s), and whatever it cannot mean is no opinion.
 */
#ifndef DIMWATCH_PROBES_PAGE_H
#define DIMWATCH_PROBES_PAGE_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/base/err.h"
#include "agent/base/str.h"
#include "agent/base/tick.h"

#define PAGE_MAX_BYTES ((size_t)1 << 20)
#define PAGE_MAX_PARTS 16 /* kept for people; all are read */
#define PAGE_MAX_POSTS 8

/* Stored; ordered, so that the worst is the greatest. */
enum page_state {
	PAGE_NONE = 0, /* no opinion */
	PAGE_OPERATIONAL = 1,
	PAGE_MAINTENANCE = 2,
	PAGE_DEGRADED = 3,
	PAGE_PARTIAL = 4,
	PAGE_MAJOR = 5,
	PAGE_STATE_COUNT
};
const char *page_state_code(enum page_state s);  /* "partial_outage" */
const char *page_state_words(enum page_state s); /* "a partial outage" */
/* It says that something is not as it should be; announced maintenance included. */
bool page_state_is_trouble(enum page_state s);

/* A component that was looked at. */
struct page_part {
	char name[96];
	enum page_state state;
	struct wall updated; /* 0: not said */
};

/* An incident or maintenance that is going on and touches what is looked at. */
struct page_post {
	char title[160], url[200]; /* "": none */
	enum page_state state;
	struct wall began, updated; /* by their clock; 0: not said */
};

struct page_reading {
	struct wall updated; /* the newest sign that its clock moves; 0: none */
	/* Said of the whole and not of parts; counts when no part is looked at. */
	enum page_state whole;
	struct page_part parts[PAGE_MAX_PARTS];
	size_t n_parts; /* that were found; those beyond the array only count */
	struct page_post posts[PAGE_MAX_POSTS];
	size_t n_posts;
};

/* What to look at. Borrowed. */
struct page_focus {
	/* Components by exact name or id, "~text": part of the name, case aside. None:
	 * all of them. */
	const char *const *parts;
	size_t n_parts;
	const char *host; /* whose page it must be, where it says whose it is; or NULL */
};

struct page_kind {
	const char *name; /* "statuspage" */
	const char *help; /* one sentence */
	/* False: not a page of this kind (e says why). */
	bool (*read)(struct span body, const struct page_focus *f,
	    struct page_reading *ret, struct err *e);
};
const struct page_kind *const *page_kinds(size_t *ret_n);
const struct page_kind *page_kind_find(const char *name); /* or NULL */
/* Bounded, whatever the bytes are. */
bool page_read(const struct page_kind *k, const struct page_focus *f, struct span body,
    struct page_reading *ret, struct err *e) MUST_CHECK;

/* What a reading amounts to, now. */
struct page_opinion {
	enum page_state state;
	char title[160], url[200]; /* of the worst post */
	struct wall began;         /* by their clock; 0: not said */
	const char *doubt;         /* static: why there is no opinion; else NULL */
};
/* A page rots: an opinion is none when the page's own clock has stood still for
 * PAGE_STALE_MS, a post when nobody wrote to it for POST_STALE_MS, a part that stands in
 * trouble without a post after PART_STALE_MS. A time in the future is none. */
#define PAGE_STALE_MS (30 * MS_PER_DAY)
#define POST_STALE_MS (24 * MS_PER_H)
#define PART_STALE_MS (7 * MS_PER_DAY)
void page_weigh(const struct page_reading *r, const struct page_focus *f, struct wall now,
    struct page_opinion *ret);

#endif
