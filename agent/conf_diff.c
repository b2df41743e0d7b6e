/* SPDX-License-Identifier: MIT
 *
 * What a reload changes. What needs a restart is a row; everything else simply belongs to
 * the new generation.
 */
#include "agent/conf_diff.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/map.h"

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

static bool same_vantage(const struct conf *a, const struct conf *b)
{
	return same_text(a->vantage, b->vantage);
}

static bool same_store(const struct conf *a, const struct conf *b)
{
	return same_text(a->store_path, b->store_path) &&
	       a->keep.samples_ms == b->keep.samples_ms &&
	       a->keep.five_minutes_ms == b->keep.five_minutes_ms &&
	       a->keep.hours_ms == b->keep.hours_ms &&
	       a->keep.days_ms == b->keep.days_ms &&
	       a->keep.size_bytes == b->keep.size_bytes;
}

static const struct conf_restart_row restart_rows[] = {
    {"vantage", same_vantage},
    {"store",   same_store  },
};
#define N_RESTART (sizeof restart_rows / sizeof *restart_rows)

const struct conf_restart_row *conf_restart_rows(size_t *ret_n)
{
	*ret_n = N_RESTART;
	return restart_rows;
}

static void compare_restart(
    const struct conf *old, const struct conf *new, struct conf_diff *ret)
{
	struct str names;
	str_init(&names, sizeof ret->restart - 1);
	for (size_t i = 0; i < N_RESTART; i++)
		if (!restart_rows[i].same(old, new))
			(void)str_addf(
			    &names, "%s%s", names.len ? ", " : "", restart_rows[i].key);
	(void)str_copy(ret->restart, sizeof ret->restart, str_c(&names));
	str_fini(&names);
}

/* Rungs of a ladder share a name and differ in kind. */
static const char *key_of(const struct target *t, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%s %s", t->name, probe_kind_code(t->kind));
	return buf;
}

static void compare_targets(
    const struct conf *old, const struct conf *new, struct conf_diff *ret)
{
	char key[100];
	struct map *before = map_new();
	for (size_t i = 0; i < old->n_targets; i++)
		(void)map_put(
		    before, key_of(&old->targets[i], key, sizeof key), &old->targets[i]);
	for (size_t i = 0; i < new->n_targets; i++) {
		const struct target *t = &new->targets[i];
		const struct target *known = map_find(before, key_of(t, key, sizeof key));
		if (known && target_same_series(known, t))
			ret->targets_kept++;
		else
			ret->targets_added++;
	}
	ret->targets_removed = old->n_targets - ret->targets_kept;
	map_free(before);
}

static const struct rule *find_rule(const struct conf *c, const char *name)
{
	for (size_t i = 0; i < c->n_rules; i++)
		if (!strcmp(c->rules[i].name, name))
			return &c->rules[i];
	return NULL;
}

static void compare_rules(
    const struct conf *old, const struct conf *new, struct conf_diff *ret)
{
	size_t known = 0;
	for (size_t i = 0; i < new->n_rules; i++) {
		const struct rule *r = find_rule(old, new->rules[i].name);
		known += r != NULL;
		if (!r || !rule_same(r, &new->rules[i]))
			ret->rules_changed++;
	}
	ret->rules_changed += old->n_rules - known;
}

static bool same_secret(const struct secret *a, const struct secret *b)
{
	return a == b || (a && b && secret_eq(a, b));
}

static bool same_argv(const char *const *a, const char *const *b)
{
	size_t i = 0;
	if (!a || !b)
		return a == b;
	while (a[i] && b[i] && !strcmp(a[i], b[i]))
		i++;
	return !a[i] && !b[i];
}

static bool same_channel(const struct channel_conf *a, const struct channel_conf *b)
{
	return a->kind == b->kind && same_secret(a->url, b->url) &&
	       same_secret(a->secret, b->secret) &&
	       same_secret(a->previous_secret, b->previous_secret) &&
	       same_secret(a->token, b->token) && same_secret(a->proxy, b->proxy) &&
	       same_text(a->keyword, b->keyword) && same_text(a->chat, b->chat) &&
	       same_text(a->base_url, b->base_url) && same_argv(a->argv, b->argv) &&
	       same_text(a->mail_from, b->mail_from) &&
	       same_text(a->mail_to, b->mail_to) && a->language == b->language &&
	       a->resend_ms == b->resend_ms && a->allow_plain_http == b->allow_plain_http;
}

static void compare_channels(
    const struct conf *old, const struct conf *new, struct conf_diff *ret)
{
	size_t known = 0;
	for (size_t i = 0; i < new->n_channels; i++) {
		const struct channel_conf *c = NULL;
		for (size_t k = 0; k < old->n_channels; k++)
			if (!strcmp(old->channels[k].name, new->channels[i].name))
				c = &old->channels[k];
		known += c != NULL;
		if (!c || !same_channel(c, &new->channels[i]))
			ret->channels_changed++;
	}
	ret->channels_changed += old->n_channels - known;
}

void conf_compare(const struct conf *old, const struct conf *new, struct conf_diff *ret)
{
	*ret = (struct conf_diff){0};
	compare_restart(old, new, ret);
	compare_targets(old, new, ret);
	compare_rules(old, new, ret);
	compare_channels(old, new, ret);
}
