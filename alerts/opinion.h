/* SPDX-License-Identifier: MIT
 *
 * What a provider's own page says, held against flapping: an opinion counts after two
 * readings that agree and ends after two that do not. It opens nothing and closes
 * nothing; the judge writes it beside what it sees itself. Pure.
 */
#ifndef DIMWATCH_ALERTS_OPINION_H
#define DIMWATCH_ALERTS_OPINION_H

#include "probes/page.h"

#define OPINION_HOLD 2 /* readings that must agree */

/* What is held, as the judge is told. */
struct opinion_held {
	enum page_state state; /* NONE: no opinion */
	char title[160], url[200];
	/* When the page began to say so: its own word for it, but not before the last
	 * reading that said otherwise and not after the first that said so; 0: it does
	 * not speak of trouble. */
	struct wall posted;
};

/* It changed: what the judge hears. Borrowed. */
struct page_news {
	const char *provider;
	const struct opinion_held *held;
};

struct opinion {
	struct opinion_held held;
	enum page_state next; /* what the latest readings say instead */
	int n_next;           /* so many of them in a row; 0: they say what is held */
	struct wall posted;   /* of the trouble that `next` or `held` speaks of */
	struct wall quiet_at; /* the last reading without trouble; 0: never read so */
	bool read;            /* at least once */
};

/* A reading, or that there was none (state NONE). True: what is held changed. */
bool opinion_on_reading(
    struct opinion *o, const struct page_opinion *said, struct wall now);

#endif
