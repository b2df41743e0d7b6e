/* SPDX-License-Identifier: MIT
 *
 * The calendar of the config: time zones, maintenance, quiet hours, heartbeat, digest.
 */
#include <string.h>

#include "agent/base/zone.h"
#include "agent/conf_keys_time.h"
#include "agent/conf_loader.h"
#include "alerts/quiet.h"

/* --- zones -------------------------------------------------------------------------- */

/* NULL: reported. */
static const struct zone *read_zone(
    struct loader *l, const struct conf_value *v, const char *name)
{
	const struct zone *z = zone_fixed(l->arena, name);
	struct err e = {0};
	struct str bytes;
	if (z)
		return z;
	str_init(&bytes, ZONE_MAX_BYTES + 1);
	if (!l->world->zone)
		err_set(&e, ERR_CONFIG,
		    "no time zone files here: write an offset such as "
		    "+08:00");
	else if (l->world->zone(l->world->arg, name, &bytes, &e)) {
		z = zone_read(l->arena, name, str_span(&bytes), &e);
		if (!z)
			err_wrap(&e, "time zone '%.63s'", name);
	}
	str_fini(&bytes);
	if (!z)
		conf_error(l, v, "%s", e.msg);
	return z;
}

typedef bool (*parse_fn)(
    const char *text, struct window *ret, const char **ret_zone, struct err *e);

static bool read_window(
    struct loader *l, const struct conf_value *v, parse_fn parse, struct window *ret)
{
	struct err e = {0};
	const char *zone = NULL;
	if (!v->set)
		return false;
	if (!parse(v->text, ret, &zone, &e)) {
		conf_error(l, v, "%s", e.msg);
		return false;
	}
	ret->text = arena_strdup(l->arena, v->text);
	ret->zone = read_zone(l, v, zone);
	return ret->zone != NULL;
}

/* --- maintenance -------------------------------------------------------------------- */

/* By its own offset, or on the clock of `zone`. */
static bool read_time(struct loader *l, const struct conf_value *v,
    const struct zone *zone, bool is_end, struct wall *ret)
{
	struct err e = {0};
	struct civil c;
	const char *offset = NULL;
	struct zone_moments m;
	if (!v->set)
		return false;
	if (!window_parse_time(v->text, &c, &offset, &e)) {
		conf_error(l, v, "%s", e.msg);
		return false;
	}
	if (*offset)
		zone = read_zone(l, v, offset);
	else if (!zone)
		conf_error(l, v,
		    "names no time zone: add `zone: Asia/Hong_Kong`, or write "
		    "%.16s+08:00",
		    v->text);
	if (!zone)
		return false;
	m = zone_wall(zone, &c);
	*ret = is_end ? m.last : m.first;
	return true;
}

static void read_once(
    struct loader *l, const struct conf_values *mv, struct maintenance *m)
{
	const struct conf_value *from = &mv->v[MAINTENANCE_FROM],
				*to = &mv->v[MAINTENANCE_TO],
				*zone = &mv->v[MAINTENANCE_ZONE];
	struct wall_span *once = &m->window.once;
	if (!from->node || !to->node) {
		conf_error_block(l, mv, NULL,
		    "needs `every: \"sun 02:00-04:00 Asia/Hong_Kong\"`, or `from` and `to`");
		return;
	}
	m->window.zone =
	    zone->set ? read_zone(l, zone, zone->text) : zone_fixed(l->arena, "UTC");
	if (!m->window.zone)
		return;
	m->window.text = arena_printf(l->arena, "%s to %s%s%s",
	    from->set ? from->text : "", to->set ? to->text : "", zone->set ? " " : "",
	    zone->set ? zone->text : "");
	if (read_time(l, from, zone->set ? m->window.zone : NULL, false, &once->from) &&
	    read_time(l, to, zone->set ? m->window.zone : NULL, true, &once->until) &&
	    once->until.ms <= once->from.ms)
		conf_error(l, to, "ends before it begins");
}

static bool is_named(const struct conf_value *v, const char *name)
{
	for (size_t i = 0; i < v->n_items; i++)
		if (v->items[i].set && !strcmp(v->items[i].text, name))
			return true;
	return !v->node;
}

static bool has_labels(const struct target *t, const struct conf_value *v)
{
	for (size_t i = 0; i < v->n_items; i++) {
		bool has = !v->items[i].set;
		for (size_t k = 0; !has && k < t->n_labels; k++)
			has = !strcmp(t->labels[k].name, v->items[i].node->key) &&
			      !strcmp(t->labels[k].value, v->items[i].text);
		if (!has)
			return false;
	}
	return true;
}

static bool is_meant(const struct conf_value *w, const struct target *t)
{
	return is_named(&w[WHERE_TARGET], t->name) &&
	       is_named(&w[WHERE_PROVIDER], t->provider ? t->provider->id : "") &&
	       is_named(&w[WHERE_REGION], t->region ? t->region : "") &&
	       has_labels(t, &w[WHERE_LABELS]);
}

/* Or something that it is behind of: until that is over it cannot be seen. */
static bool is_touched(
    const struct conf *c, const struct conf_value *w, const struct target *t)
{
	for (size_t i = 0; t && i <= c->n_targets; i++, t = t->depends_on)
		if (is_meant(w, t))
			return true;
	return false;
}

static void read_where(
    struct loader *l, const struct conf_values *mv, struct maintenance *m)
{
	const struct conf *c = l->conf;
	const struct conf_value *w = mv->v[MAINTENANCE_MATCH].inside->v;
	const char **names = arena_alloc(l->arena, (c->n_targets + 1) * sizeof *names);
	for (size_t i = 0; i < c->n_targets; i++) /* rungs stand behind their lead */
		if (is_touched(c, w, &c->targets[i]) && !c->targets[i].lead)
			names[m->n_targets++] = c->targets[i].name;
	m->targets = names;
	if (conf_targets_are_known(l, &w[WHERE_TARGET]) && !m->n_targets && c->n_targets)
		conf_warn_block(l, mv, NULL, "no target is like that: it has no effect");
}

void conf_read_maintenance(struct loader *l, const struct conf_value *list)
{
	struct maintenance *all =
	    arena_alloc(l->arena, (list->n_items + 1) * sizeof *all);
	for (size_t i = 0; i < list->n_items; i++) {
		const struct conf_values *mv = list->items[i].inside;
		const struct conf_value *every = &mv->v[MAINTENANCE_EVERY];
		struct maintenance *m = &all[l->conf->n_maintenance];
		if (!mv->node)
			continue;
		l->conf->n_maintenance++;
		read_where(l, mv, m);
		if (!every->node)
			read_once(l, mv, m);
		else if (mv->v[MAINTENANCE_FROM].node || mv->v[MAINTENANCE_TO].node)
			conf_error(
			    l, every, "stands beside `from` or `to`: keep one of them");
		else
			(void)read_window(l, every, window_parse, &m->window);
	}
	l->conf->maintenance = all;
}

/* --- quiet hours -------------------------------------------------------------------- */

void conf_read_quiet(struct loader *l, const struct conf_value *v, struct quiet *ret)
{
	const struct conf_value *hours, *except;
	struct window *all;
	if (!v->node || !v->inside->node)
		return;
	hours = &v->inside->v[QUIET_HOURS];
	except = &v->inside->v[QUIET_EXCEPT];
	all = arena_alloc(l->arena, (hours->n_items + 1) * sizeof *all);
	for (size_t i = 0; i < hours->n_items; i++)
		if (read_window(l, &hours->items[i], window_parse, &all[ret->n]))
			ret->n++;
	ret->hours = all;
	if (!quiet_ends(ret))
		conf_warn(l, hours,
		    "never end: what is not excepted waits for more than a week");
	for (size_t i = 0; i < except->n_items; i++) {
		enum severity s;
		if (except->items[i].set && !except->items[i].none &&
		    severity_parse(except->items[i].text, &s))
			ret->except |= 1u << s;
	}
	if (!except->node)
		ret->except = 1u << SEVERITY_CRITICAL;
}

/* --- heartbeat and digest ----------------------------------------------------------- */

static bool is_ping_url(struct loader *l, const struct conf_value *v)
{
	const char *url = secret_reveal(v->secret);
	if (!strncmp(url, "https://", 8) || !strncmp(url, "http://", 7))
		return true;
	conf_error(l, v, "is not a URL: it begins with https:// or http://");
	return false;
}

void conf_read_heartbeat(struct loader *l, const struct conf_values *top)
{
	const struct conf_value *v = &top->v[TOP_HEARTBEAT];
	const struct conf_values *defaults = top->v[TOP_DEFAULTS].inside;
	const struct conf_value *url, *proxy = &defaults->v[TARGET_PROXY];
	struct heartbeat *h;
	if (!v->node || !v->inside->node)
		return;
	url = &v->inside->v[HEARTBEAT_URL];
	if (!url->set || (url->secret && !is_ping_url(l, url)))
		return;
	h = arena_alloc(l->arena, sizeof *h);
	h->url = url->secret;
	h->every_ms = v->inside->v[HEARTBEAT_EVERY].n;
	h->start = v->inside->v[HEARTBEAT_START].n;
	h->proxy = proxy->none ? NULL : proxy->secret;
	l->conf->heartbeat = h;
}

void conf_read_digest(struct loader *l, const struct conf_value *v)
{
	const struct conf *c = l->conf;
	const struct conf_value *to;
	struct digest *d;
	const char **names;
	if (!v->node || !v->inside->node)
		return;
	to = &v->inside->v[DIGEST_TO];
	d = arena_alloc(l->arena, sizeof *d);
	names = arena_alloc(l->arena, (to->n_items + 1) * sizeof *names);
	(void)read_window(
	    l, &v->inside->v[DIGEST_EVERY], window_parse_moment, &d->moment);
	for (size_t i = 0; i < to->n_items; i++) {
		if (!to->items[i].set)
			continue;
		const struct channel_conf *known =
		    conf_find_channel(c, to->items[i].text);
		if (known && known->kind && known->kind->apart)
			conf_error(l, &to->items[i],
			    "'%s' shows what is open and knows no other news: choose a "
			    "channel that people read",
			    to->items[i].text);
		else if (known)
			names[d->n_to++] = arena_strdup(l->arena, to->items[i].text);
		else
			conf_error(
			    l, &to->items[i], "no channel '%s'", to->items[i].text);
	}
	d->to = names;
	l->conf->digest = d;
}
