/* SPDX-License-Identifier: MIT
 *
 * See conf_judge.h.
 */
#include "agent/conf_judge.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "agent/spend.h"

/* HOST:PORT; what stands before an @ is nobody's business. */
static void name_way(struct conf_ways *w, const struct secret *proxy)
{
	const char *url = secret_reveal(proxy), *host = url ? strstr(url, "://") : NULL;
	char *name = w->judge[w->n].name;
	size_t size = sizeof w->judge[0].name - 8;
	if (!url)
		return;
	host = host ? host + 3 : url;
	size_t n = strcspn(host, "/?#");
	for (size_t i = n; i-- > 0;)
		if (host[i] == '@') {
			host += i + 1;
			n -= i + 1;
			break;
		}
	(void)span_copy((struct span){host, n}, name, size);
	for (size_t i = 0; i < w->n; i++)
		if (!strcmp(w->judge[i].name, name)) {
			(void)snprintf(
			    name + strlen(name), 8, " (%c)", (char)('1' + w->n));
			return;
		}
}

static size_t find_way(const struct conf_ways *w, const struct secret *proxy)
{
	size_t i = 0;
	while (i < w->n && !(w->proxy[i] == proxy ||
			       (w->proxy[i] && proxy && secret_eq(w->proxy[i], proxy))))
		i++;
	return i;
}

void conf_ways(const struct conf *c, struct conf_ways *ret)
{
	*ret = (struct conf_ways){0};
	for (size_t i = 0; i < c->n_targets && ret->n < WAY_MAX; i++) {
		const struct target *t = &c->targets[i];
		if (target_is_private(t) || find_way(ret, t->proxy) < ret->n)
			continue;
		name_way(ret, t->proxy);
		ret->proxy[ret->n] = t->proxy;
		ret->judge[ret->n++].n_controls = (int)c->n_controls;
	}
}

/* --- drift ------------------------------------------------------------------------ */

/* "2026-12-11": the catalogue's reader saw to its shape. */
static int64_t day_ms(const char *date)
{
	struct civil c = {.year = (int)strtol(date, NULL, 10),
	    .month = (int)strtol(date + 5, NULL, 10),
	    .day = (int)strtol(date + 8, NULL, 10)};
	return civil_wall(&c).ms;
}

static bool has_word(const char *const *words, size_t n, const char *word)
{
	for (size_t i = 0; i < n; i++)
		if (!strcmp(words[i], word))
			return true;
	return false;
}

/* Which models end, says the catalogue; whose names are whose, the provider. */
static void watch_drift(const struct target *t, struct drift_watch *w)
{
	const struct provider *p = t->provider;
	bool azure = !strcmp(p->dialect, "azure-openai");
	(void)str_copy(w->model, sizeof w->model, t->model);
	if (t->instead_of)
		(void)str_copy(w->instead_of, sizeof w->instead_of, t->instead_of);
	w->streams = t->kind == PROBE_STREAM || t->kind == PROBE_HEAVY;
	w->inference = w->streams || t->kind == PROBE_CHAT;
	w->list = t->kind == PROBE_MODELS && *t->model;
	w->own_names = p->self_hosted || p->n_regions == 0 || azure;
	if (!target_is_private(t))
		(void)target_host(t, w->host, sizeof w->host);
	if (!w->inference)
		return;
	w->retired = has_word(p->retired_models, p->n_retired_models, t->model);
	for (size_t i = 0; i < p->n_shutdowns; i++)
		if (!strcmp(p->shutdowns[i].model, t->model))
			w->ends_ms = day_ms(p->shutdowns[i].date);
}

struct judge_target *conf_judge_targets(const struct conf *c)
{
	struct judge_target *all = xcalloc(c->n_targets ? c->n_targets : 1, sizeof *all);
	struct conf_ways ways;
	conf_ways(c, &ways);
	for (size_t i = 0; i < c->n_targets; i++) {
		const struct target *t = &c->targets[i];
		all[i].series = t->series;
		(void)str_copy(all[i].name, sizeof all[i].name, t->name);
		(void)str_copy(all[i].provider, sizeof all[i].provider, t->provider->id);
		(void)str_copy(all[i].region, sizeof all[i].region, t->region);
		all[i].interval_ms = spend_own_pace_ms(t, &c->rates);
		all[i].auto_on = t->auto_on;
		all[i].parent = t->depends_on && !t->lead ? t->depends_on->series : 0;
		all[i].grace_ms = t->grace_ms;
		if (t->lead) {
			all[i].lead = t->lead->series;
			(void)str_copy(
			    all[i].rung, sizeof all[i].rung, probe_kind_code(t->kind));
		}
		watch_drift(t, &all[i].drift);
		all[i].warm = t->connection == CONNECTION_WARM;
		if (t->sensitivity)
			(void)sensitivity_parse(t->sensitivity, &all[i].sensitivity);
		/* Beyond WAY_MAX proxies there is no way left that could be told from
		 * the provider: such a target goes without witnesses. */
		size_t way = find_way(&ways, t->proxy);
		/* A lower rung books nothing, so nobody need vouch for it. */
		all[i].alone = t->own_address;
		all[i].remote = !t->lead && !target_is_private(t) && way < ways.n;
		all[i].way = (uint8_t)(all[i].remote ? way : 0);
	}
	return all;
}
