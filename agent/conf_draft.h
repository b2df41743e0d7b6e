/* SPDX-License-Identifier: MIT
 *
 * A config made of what the environment knows: one target for each provider whose key
 * variable is set. What `init` writes, and what `probe` uses where there is no file. Pure
 * given the environment.
 */
#ifndef DIMWATCH_AGENT_CONF_DRAFT_H
#define DIMWATCH_AGENT_CONF_DRAFT_H

#include "agent/base/str.h"
#include "probes/catalogue.h"

struct conf_draft_env {
	void *arg;
	const char *(*get)(void *arg, const char *name); /* NULL when unset */
};

#define CONF_DRAFT_LIMIT ((size_t)64 << 10)

/* Appends the file; returns how many targets it has (0: no key was found, and the text
 * would not load). */
size_t conf_draft(
    const struct catalogue *c, const struct conf_draft_env *env, struct str *out);
/* The variables that are looked at: "DEEPSEEK_API_KEY, GROQ_API_KEY". */
void conf_draft_variables(const struct catalogue *c, struct str *out);

#endif
