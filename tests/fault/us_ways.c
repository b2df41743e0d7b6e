/* SPDX-License-Identifier: MIT
 *
 * See us_ways.h.
 */
#include "tests/fault/us_ways.h"

#include <stdlib.h>
#include <sys/mman.h>

#define SEEN_SIZE (1u << 18)

bool us_ways_init(struct us_ways *w)
{
	for (int side = 0; side < US_SIDE_COUNT; side++) {
		void *p = mmap(NULL, US_WAYS_MAX * sizeof(uint32_t),
		    PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

		if (p == MAP_FAILED)
			return false;
		w->at[side] = p;
		w->n[side] = 0;
	}
	return true;
}

void us_ways_number(struct us_ways *w, enum us_side side, int64_t n)
{
	uint32_t *seen = calloc(SEEN_SIZE, sizeof(*seen));

	if (!seen || n > US_WAYS_MAX)
		abort();
	w->n[side] = 0;
	for (int64_t i = 0; i < n; i++) {
		uint32_t way = w->at[side][i] ? w->at[side][i] : 1;
		uint32_t place = way % SEEN_SIZE;

		while (seen[place] && seen[place] != way)
			place = (place + 1) % SEEN_SIZE;
		w->at[side][i] = seen[place] ? 0 : (uint32_t)++w->n[side];
		seen[place] = way;
	}
	free(seen);
}

int64_t us_way(const struct us_ways *w, enum us_side side, int64_t at)
{
	return at <= US_WAYS_MAX ? w->at[side][at - 1] : 0;
}
