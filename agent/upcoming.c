/* SPDX-License-Identifier: MIT
 *
 * See upcoming.h. Pure: now is an argument.
 */
#include "agent/upcoming.h"

#include <string.h>

#include "agent/base/json.h"

#define NAMES_SHOWN 5

static void add_names(const struct maintenance *m, struct str *out)
{
	for (size_t i = 0; i < m->n_targets && i < NAMES_SHOWN; i++)
		(void)str_addf(out, "%s%s", i ? ", " : "", m->targets[i]);
	if (m->n_targets > NAMES_SHOWN)
		(void)str_addf(out, " and %zu more", m->n_targets - NAMES_SHOWN);
	if (!m->n_targets)
		(void)str_adds(out, "nobody");
}

void upcoming_line(const struct maintenance *m, struct wall now, struct str *out)
{
	struct wall_span s;
	char when[40], human[32];
	bool any = window_next(&m->window, now, &s);
	add_names(m, out);
	(void)str_addf(out, ": %s", m->window.text);
	if (!any)
		(void)str_adds(out, ", is over");
	else if (s.from.ms <= now.ms)
		(void)str_addf(out, ", now, until %s (for %s)",
		    zone_text(m->window.zone, s.until, when, sizeof when),
		    duration_human(wall_diff_ms(s.until, now), human, sizeof human));
	else
		(void)str_addf(out, ", next %s (in %s)",
		    zone_text(m->window.zone, s.from, when, sizeof when),
		    duration_human(wall_diff_ms(s.from, now), human, sizeof human));
}

static bool names(const struct maintenance *m, const char *target)
{
	for (size_t i = 0; target && i < m->n_targets; i++)
		if (!strcmp(m->targets[i], target))
			return true;
	return !target;
}

void upcoming_lines(
    const struct conf *c, const char *target, struct wall now, struct str *out)
{
	for (size_t i = 0; i < c->n_maintenance; i++) {
		if (!names(&c->maintenance[i], target))
			continue;
		(void)str_adds(out, "maintenance of ");
		upcoming_line(&c->maintenance[i], now, out);
		(void)str_addc(out, '\n');
	}
}

json_t *upcoming_json(const struct conf *c, struct wall now)
{
	json_t *all = json_array();
	for (size_t i = 0; i < c->n_maintenance; i++) {
		const struct maintenance *m = &c->maintenance[i];
		struct wall_span s;
		bool any = window_next(&m->window, now, &s);
		json_t *targets = json_array();
		for (size_t k = 0; k < m->n_targets; k++)
			(void)json_array_append_new(targets, json_string(m->targets[k]));
		(void)json_array_append_new(
		    all, json_pack("{s:o,s:o,s:o,s:o}", "targets", targets, "window",
			     json_clean_string(span_of(m->window.text)), "from_ms",
			     any ? json_integer(s.from.ms) : json_null(), "until_ms",
			     any ? json_integer(s.until.ms) : json_null()));
	}
	return all;
}

static void add_quiet(const struct route *r, struct str *out)
{
	if (!r->quiet.n)
		return;
	(void)str_adds(out, "quiet for");
	for (size_t i = 0; i < r->n_to; i++)
		(void)str_addf(out, "%s %s", i ? "," : "", r->to[i]);
	for (size_t i = 0; i < r->quiet.n; i++)
		(void)str_addf(out, "%s %s", i ? "," : ":", r->quiet.hours[i].text);
	for (int s = SEVERITY_MINOR; r->quiet.except && s < SEVERITY_COUNT; s++)
		if (r->quiet.except >> s & 1)
			(void)str_addf(
			    out, ", not for %s", severity_code((enum severity)s));
	(void)str_addc(out, '\n');
}

void upcoming_calendar(const struct conf *c, struct wall now, struct str *out)
{
	char when[40], every[32];
	for (size_t i = 0; i < c->n_routes; i++)
		add_quiet(&c->routes[i], out);
	upcoming_lines(c, NULL, now, out);
	if (c->heartbeat)
		(void)str_addf(out,
		    "heartbeat: every %s, when all that was due is judged and stored\n",
		    duration_format(c->heartbeat->every_ms, every, sizeof every));
	if (!c->digest)
		return;
	(void)str_addf(out, "digest to");
	for (size_t i = 0; i < c->digest->n_to; i++)
		(void)str_addf(out, "%s %s", i ? "," : "", c->digest->to[i]);
	(void)str_addf(out, ": %s, next %s\n", c->digest->moment.text,
	    zone_text(c->digest->moment.zone, window_next_moment(&c->digest->moment, now),
		when, sizeof when));
}
