/* SPDX-License-Identifier: MIT
 *
 * Reads the status pages of the config, politely: without any key, on the route of the
 * provider's targets, once an interval at most (a minute, or slower), with what the page
 * gave to tell whether it changed (ETag, Last-Modified), as late as it wishes
 * (Retry-After), slower and slower while it does not answer, at most 1 MiB. A redirect is
 * not followed. What a page says is held against flapping before anybody hears of it.
 */
#ifndef DIMWATCH_AGENT_PAGES_H
#define DIMWATCH_AGENT_PAGES_H

#include "agent/conf.h"
#include "alerts/opinion.h"
#include "probes/http.h"

struct pages; /* opaque */

#define PAGES_LIMIT_MS   (20 * MS_PER_S) /* of one answer */
#define PAGES_AGAIN_MS   MS_PER_MIN      /* to confirm what is new */
#define PAGES_SLOWEST_MS (2 * MS_PER_H)  /* while it does not answer */

/* What is held of a page changed. From the loop; never after pages_stop. */
typedef void (*pages_news_fn)(void *arg, const struct page_news *n);

struct pages *pages_new(
    struct loop *l, struct http *h, uint64_t seed, pages_news_fn on_news, void *arg);
/* Nothing may be in flight in http any more. NULL is fine. */
void pages_free(struct pages *p);
/* A page that is the same (provider, address, kind) goes on; one that left is forgotten,
 * which is news when it had an opinion. */
void pages_config(struct pages *p, const struct conf *conf);
void pages_stop(struct pages *p);

/* All pages together, since the start. */
struct pages_stats {
	uint64_t asked, changed, same, failed; /* same: 304 */
};
struct pages_stats pages_stats(const struct pages *p);

#endif
