/* SPDX-License-Identifier: MIT
 *
 * The first line names a kind of status page, the second what is looked at; the rest is
 * the page. It is refused with a sentence or read into an opinion within its bounds, one
 * harmless line each, whatever the bytes are.
 */
#include <stdlib.h>
#include <string.h>

#include "alerts/opinion.h"
#include "tests/fuzz/fuzz.h"

static void check(const struct page_opinion *o)
{
	MUST((unsigned)o->state < PAGE_STATE_COUNT);
	MUST((o->doubt != NULL) == (o->state == PAGE_NONE));
	MUST(fuzz_is_line(o->title, sizeof(o->title)));
	MUST(fuzz_is_line(o->url, sizeof(o->url)));
	MUST(!*o->url || strncmp(o->url, "http", 4) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span in = fuzz_span(data, size), word = fuzz_line(&in);
	char *kind_name = fuzz_text(word), *part = fuzz_text(fuzz_line(&in));
	const struct page_kind *k = page_kind_find(kind_name);
	const char *parts[] = {part};
	struct page_focus f = {parts, *part ? 1 : 0, NULL};
	const struct page_kind *const *kinds;
	struct page_reading r;
	struct page_opinion o;
	struct opinion held = {0};
	struct err e = {0};
	size_t n;

	kinds = page_kinds(&n);
	if (!k)
		k = kinds[fuzz_number(word, n)];
	if (!page_read(k, &f, in, &r, &e)) {
		MUST(e.code != ERR_NONE && fuzz_is_line(e.msg, sizeof(e.msg)));
	} else {
		struct wall now = r.updated.ms ? r.updated : (struct wall){1795528800000};

		MUST(r.n_posts <= PAGE_MAX_POSTS);
		page_weigh(&r, &f, now, &o);
		check(&o);
		(void)opinion_on_reading(&held, &o, now);
		(void)opinion_on_reading(&held, &o, wall_add_ms(now, 60000));
		MUST(held.held.state == o.state);
		MUST((held.held.posted.ms != 0) == page_state_is_trouble(o.state));
	}
	free(kind_name);
	free(part);
	return 0;
}
