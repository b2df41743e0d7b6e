/* SPDX-License-Identifier: MIT
 *
 * A model of the catalogue's choice is gone: its `fallback_models` take over. Only where
 * the config named none itself: whoever names a model wants that one watched. Pure.
 */
#ifndef DIMWATCH_AGENT_CONF_FALLBACK_H
#define DIMWATCH_AGENT_CONF_FALLBACK_H

#include "agent/conf.h"

/* A generation like `c`, in the same arena (of which it holds no reference of its own),
 * in which the next model is asked by this target and by the other rungs of its name.
 * NULL: it has none. Another model is another series with a price that nobody told. */
struct conf *conf_take_over(struct conf *c, const struct target *t);
/* `c`, with the models that took over in `old` and whose targets are the same. */
struct conf *conf_keep_taken_over(const struct conf *old, struct conf *c);

#endif
