/* SPDX-License-Identifier: MIT
 *
 * `controls:`. The default pair answers inside and outside mainland China, on different
 * networks, and for free.
 */
#include "agent/conf_loader.h"
#include "alerts/witness.h"

static const char *const usual[] = {
    "https://cp.cloudflare.com/generate_204", "https://captive.apple.com/"};

void conf_read_controls(struct loader *l, const struct conf_value *v)
{
	struct conf *c = l->conf;
	if (!v->node) {
		c->controls = usual;
		c->n_controls = sizeof usual / sizeof *usual;
		return;
	}
	if (v->n_items > WITNESS_CONTROLS)
		conf_error(l, v,
		    "%zu addresses, %d at most: two on different networks do", v->n_items,
		    WITNESS_CONTROLS);
	const char **urls =
	    arena_alloc(l->arena, (v->n_items + 1) * sizeof(const char *));
	for (size_t i = 0; v->set && i < v->n_items; i++)
		if (!v->items[i].none)
			urls[c->n_controls++] = arena_strdup(l->arena, v->items[i].text);
	c->controls = urls;
}
