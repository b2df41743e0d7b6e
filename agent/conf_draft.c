/* SPDX-License-Identifier: MIT
 *
 * The file that `init` writes: short, complete, with the next steps as comments.
 */
#include "agent/conf_draft.h"

#include <string.h>

#define SLACK_VARIABLE "SLACK_WEBHOOK_URL"

static bool is_set(const struct conf_draft_env *env, const char *name)
{
	const char *value = name ? env->get(env->arg, name) : NULL;
	return value && *value;
}

/* The providers before i in the catalogue that have the same key variable. */
static bool is_taken(const struct catalogue *c, size_t i)
{
	const char *mine = catalogue_at(c, i)->key_env;
	for (size_t k = 0; k < i; k++) {
		const struct provider *p = catalogue_at(c, k);
		if (p->model && p->key_env && !strcmp(p->key_env, mine))
			return true;
	}
	return false;
}

/* Where the address is the user's (an account, a project stands in it). */
static bool has_own_address(const struct provider *p)
{
	return p->n_regions && strchr(p->regions[0].base_url, '{');
}

/* A server of one's own has no model, or no address, that we could know. */
static bool is_wanted(
    const struct catalogue *c, const struct conf_draft_env *env, size_t i)
{
	const struct provider *p = catalogue_at(c, i);
	return p->model && !p->retired && !has_own_address(p) &&
	       is_set(env, p->key_env) && !is_taken(c, i);
}

/* Two account systems with one variable: its key fits only one of them. */
static void add_rivals(const struct catalogue *c, size_t i, struct str *out)
{
	const struct provider *p = catalogue_at(c, i);
	for (size_t k = i + 1; k < catalogue_count(c); k++) {
		const struct provider *q = catalogue_at(c, k);
		if (q->key_env && !strcmp(q->key_env, p->key_env))
			(void)str_addf(
			    out, "; if the key is of %s, write: %s", q->name, q->id);
	}
}

static size_t add_targets(
    const struct catalogue *c, const struct conf_draft_env *env, struct str *out)
{
	size_t n = 0;
	(void)str_adds(out, "targets:\n");
	for (size_t i = 0; i < catalogue_count(c); i++) {
		const struct provider *p = catalogue_at(c, i);
		if (!is_wanted(c, env, i))
			continue;
		(void)str_addf(out, "  - provider: %-14s # key: ${%s}, model: %s", p->id,
		    p->key_env, p->model);
		add_rivals(c, i, out);
		(void)str_adds(out, "\n");
		n++;
	}
	(void)str_adds(out, "\n  # Servers of your own:\n");
	for (size_t i = 0; i < catalogue_count(c); i++) {
		const struct provider *p = catalogue_at(c, i);
		if (!p->model && p->n_regions)
			(void)str_addf(out,
			    "  # - {provider: %s, model: NAME}   # asks %s\n", p->id,
			    p->regions[0].base_url);
	}
	return n;
}

static void add_alerts(const struct conf_draft_env *env, struct str *out)
{
	bool slack = is_set(env, SLACK_VARIABLE);
	(void)str_addf(out,
	    "\n%salerts:\n%s  - slack: ${" SLACK_VARIABLE "}\n"
	    "#  - webhook: https://example.org/hook     # JSON, as Standard Webhooks say\n",
	    slack ? ""
		  : "# Nobody is told yet. Slack wants an Incoming Webhook's URL:\n#",
	    slack ? "" : "#");
}

size_t conf_draft(
    const struct catalogue *c, const struct conf_draft_env *env, struct str *out)
{
	size_t n;
	(void)str_adds(out,
	    "# dimwatch.yaml: written by `dimwatch init`, yours from now on.\n"
	    "# What it does and costs: `dimwatch check`. All keys: docs/config.md.\n\n"
	    "defaults:\n"
	    "  interval: 60s               # a suspect target is asked again faster\n"
	    "  budget: 0.20 USD/day        # per target; enforced: the pace stretches to fit\n"
	    "\n");
	n = add_targets(c, env, out);
	add_alerts(env, out);
	(void)str_adds(out, "\n# Beside the built-in detector:\n"
			    "# rules:\n"
			    "#  - name: sustained-errors\n"
			    "#    when: error_rate > 20% over 10m, at least 3 failures\n"
			    "#    for: 2m\n");
	return n;
}

void conf_draft_variables(const struct catalogue *c, struct str *out)
{
	for (size_t i = 0; i < catalogue_count(c); i++) {
		const struct provider *p = catalogue_at(c, i);
		if (p->model && !p->retired && !has_own_address(p) && p->key_env &&
		    !is_taken(c, i))
			(void)str_addf(out, "%s%s", out->len ? ", " : "", p->key_env);
	}
}
