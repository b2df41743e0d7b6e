/* SPDX-License-Identifier: MIT
 *
 * Ladders: `probe: {door: 15s, models: 1m, stream: 5m}` is several targets of one name,
 * each with its own kind and pace. Here one block of the config becomes one block a rung,
 * the lead first: the rung that proves most decides about the target.
 */
#include <string.h>

#include "agent/conf_loader.h"

#define N(table) (sizeof(table) / sizeof(*(table)))

/* From the one that proves most. What is dearer or another question than a chat (heavy,
 * embedding) is a target of its own. */
static const struct {
	const char *word;
	bool asks; /* a model hears a question */
} rungs[] = {
    {"stream", true },
    {"chat",   true },
    {"models", false},
    {"door",   false},
};

bool conf_is_rung(const char *word)
{
	for (size_t i = 0; i < N(rungs); i++)
		if (!strcmp(rungs[i].word, word))
			return true;
	return false;
}

static void drop(struct conf_values *tv, enum conf_target_key key)
{
	tv->v[key].node = NULL;
	tv->v[key].set = false;
}

/* What the block says of one rung alone. */
static const struct conf_values *rung_of(struct loader *l, const struct conf_values *tv,
    size_t rung, const struct conf_value *item)
{
	struct conf_values *one = arena_alloc(l->scratch, sizeof *one);
	size_t size = tv->block->n_keys * sizeof *one->v;
	*one = *tv;
	one->v = memcpy(arena_alloc(l->scratch, size), tv->v, size);
	one->v[TARGET_INTERVAL] = *item;
	one->v[TARGET_PROBE] = *item;
	one->v[TARGET_PROBE].text = rungs[rung].word;
	if (!rungs[rung].asks) {
		drop(one, TARGET_PROMPT);
		drop(one, TARGET_EXPECT);
		drop(one, TARGET_EXTRA_BODY);
	}
	if (!strcmp(rungs[rung].word, "door"))
		drop(one, TARGET_KEY);
	return one;
}

size_t conf_rungs(const struct conf_values *tv)
{
	const struct conf_value *probe = &tv->v[TARGET_PROBE];
	return probe->items && probe->set ? probe->n_items : 1;
}

size_t conf_ladder(struct loader *l, const struct conf_values *tv,
    const struct conf_values *ret[CONF_RUNGS_MAX])
{
	const struct conf_value *probe = &tv->v[TARGET_PROBE];
	size_t n = 0;
	if (!probe->items || !probe->set) {
		ret[0] = tv;
		return 1;
	}
	if (tv->v[TARGET_INTERVAL].node)
		conf_error(l, &tv->v[TARGET_INTERVAL],
		    "each rung of `probe` has its own pace: remove the line");
	for (size_t i = 0; i < N(rungs); i++)
		for (size_t k = 0; k < probe->n_items; k++)
			if (!strcmp(probe->items[k].node->key, rungs[i].word))
				ret[n++] = rung_of(l, tv, i, &probe->items[k]);
	return n;
}
