/* SPDX-License-Identifier: MIT
 *
 * The lines of a scenario, one row a verb:
 *   target NAME [pace 60s] [provider P] [auto off] [grace 5m]
 *     [rung LEAD]             NAME is then LEAD/KIND [far on]
 *   controls A B                control A: ok | silent | 70%
 *   rule NAME ...: WHEN [; RESOLVE]   see rules.c
 *   route [critical,major] to CHANNEL...
 *   maintenance NAME...: daily 00:10-00:30 UTC
 *   quiet daily 22:00-07:00 +08:00                        of the route above
 *   group provider 30s | escalate 15m to CHANNEL          of the route above
 *   ack SUBJECT | hush NAME for 1h                        people do that
 *   page PROVIDER: STATE ...                              a reading; see pages.c
 *   show asks | remarks         hide asks | remarks
 *   record SUBJECT | shares SUBJECT | view NAME | count NAME makes it seen
 *   NAME: OUTCOME [PCT%] [takes 5s] [late] [jumped]      what it answers from now on
 *   NAME: next OUTCOME...                                 what it answers first
 *   NAME: cycle OUTCOME...                                in turns, for ever
 *   silence NAME | resume NAME                            the scheduler asks it no more
 *   stretch NAME 2m | hold NAME for 90s      what a budget, what Retry-After allows
 *   remove NAME | remove rule NAME                        by a reload
 *   own ID failing SEVERITY WORDS | own ID over           trouble of our own
 *   clock +1h | clock -10m      restart      off until 3h
 */
#include <stdio.h>
#include <string.h>

#include "tests/scenario/hands.h"
#include "tests/scenario/pages.h"

/* The next word, cut out of the line; "" at its end. */
static char *word(char **rest)
{
	char *begin = *rest + strspn(*rest, " ");
	char *end = begin + strcspn(begin, " ");

	*rest = *end ? end + 1 : end;
	*end = 0;
	return begin;
}

static bool is(const char *a, const char *b)
{
	return strcmp(a, b) == 0;
}

static bool reload(struct world *w)
{
	if (w->running)
		world_config(w);
	return true;
}

/* NAME is then "deepseek/door", of the lead "deepseek". */
static bool make_rung(struct world *w, struct place *p, const char *lead)
{
	struct place *above = world_place(w, lead);

	if (is(lead, "-")) { /* not yet: it leads itself */
		char *name = p->conf.name;

		name[strcspn(name, "/")] = 0;
		return true;
	}
	if (!above || !strchr(p->name, '/'))
		return false;
	p->conf.lead = above->conf.series;
	str_copy(p->conf.rung, sizeof(p->conf.rung), strchr(p->name, '/') + 1);
	str_copy(p->conf.name, sizeof(p->conf.name), lead);
	str_copy(p->conf.provider, sizeof(p->conf.provider), above->conf.provider);
	return true;
}

static bool do_target(struct world *w, char *rest)
{
	char *name = word(&rest), *key;
	struct place *p = world_place(w, name);

	if (!p) {
		if (w->n_places == MAX_TARGETS)
			return false;
		p = &w->places[w->n_places++];
		str_copy(p->name, sizeof(p->name), name);
		str_copy(p->conf.name, sizeof(p->conf.name), name);
		str_copy(p->conf.provider, sizeof(p->conf.provider), name);
		p->conf.series = (uint32_t)w->n_places;
		p->conf.interval_ms = MS_PER_MIN;
		p->now = (struct answer){OUTCOME_OK, 100, 400, 0};
	}
	p->conf.auto_on = true;
	p->watched = true;
	for (key = word(&rest); *key; key = word(&rest)) {
		char *value = word(&rest);

		if (is(key, "pace")) {
			if (!duration_parse(value, &p->conf.interval_ms))
				return false;
		} else if (is(key, "provider")) {
			str_copy(p->conf.provider, sizeof(p->conf.provider), value);
		} else if (is(key, "behind")) { /* depends_on */
			struct place *above = world_place(w, value);

			p->conf.parent = above ? above->conf.series : 0;
		} else if (is(key, "model")) {
			str_copy(p->conf.drift.model, sizeof(p->conf.drift.model), value);
		} else if (is(key, "region")) {
			str_copy(p->conf.region, sizeof(p->conf.region), value);
		} else if (is(key, "far")) { /* silent failures need witnesses */
			p->conf.remote = is(value, "on");
		} else if (is(key, "rung")) {
			if (!make_rung(w, p, value))
				return false;
		} else if (is(key, "grace")) {
			if (!duration_parse(value, &p->conf.grace_ms))
				return false;
		} else if (is(key, "auto")) {
			p->conf.auto_on = !is(value, "off");
		} else {
			return false;
		}
	}
	return reload(w);
}

static bool do_rule(struct world *w, char *rest)
{
	return world_rule(w, rest + strspn(rest, " ")) && reload(w);
}

static bool do_route(struct world *w, char *rest)
{
	struct route *route = &w->routes[w->n_routes];
	char *first = word(&rest), *to;

	if (w->n_routes == MAX_ROUTES)
		return false;
	if (!is(first, "to")) {
		char *next = first + 1;

		first[strlen(first) - 1] = 0; /* [critical,major] */

		while (next) {
			enum severity s;
			char *one = strsep(&next, ",");

			if (!severity_parse(one, &s))
				return false;
			route->severities |= 1u << s;
		}
		if (!is(word(&rest), "to"))
			return false;
	}
	for (to = word(&rest); *to && route->n_to < MAX_TO; to = word(&rest)) {
		char *name = w->route_to[w->n_routes][route->n_to];

		str_copy(name, sizeof(w->route_to[0][0]), to);
		w->route_names[w->n_routes][route->n_to++] = name;
	}
	route->to = w->route_names[w->n_routes++];
	return reload(w);
}

static bool set_shown(struct world *w, const char *what, bool shown)
{
	if (is(what, "asks"))
		w->show_asks = shown;
	else if (is(what, "remarks"))
		w->show_remarks = shown;
	else
		return false;
	return true;
}

static bool do_show(struct world *w, char *rest)
{
	return set_shown(w, word(&rest), true);
}

static bool do_hide(struct world *w, char *rest)
{
	return set_shown(w, word(&rest), false);
}

static bool do_shares(struct world *w, char *rest)
{
	return world_see_shares(w, rest);
}

static bool do_record(struct world *w, char *rest)
{
	return world_see_record(w, rest);
}

static bool do_view(struct world *w, char *rest)
{
	return world_see_view(w, rest);
}

/* Asks since it was counted last. */
static bool do_count(struct world *w, char *rest)
{
	struct place *p = world_place(w, word(&rest));
	char detail[64];

	if (!p)
		return false;
	snprintf(
	    detail, sizeof(detail), "%d asks, %d of them sooner", p->asks, p->reasks);
	see(w, p->name, "count", detail);
	p->asks = p->reasks = 0;
	return true;
}

static bool set_silent(struct world *w, char *rest, bool silent)
{
	struct place *p = world_place(w, word(&rest));

	if (!p)
		return false;
	p->silent = silent;
	p->wished_ms = 0;
	return reload(w);
}

static bool do_silence(struct world *w, char *rest)
{
	return set_silent(w, rest, true);
}

static bool do_resume(struct world *w, char *rest)
{
	return set_silent(w, rest, false);
}

static bool do_remove(struct world *w, char *rest)
{
	char *name = word(&rest);
	struct place *p;

	if (is(name, "rule"))
		return world_remove_rule(w, word(&rest)) && reload(w);
	p = world_place(w, name);
	if (!p)
		return false;
	p->watched = false;
	return reload(w);
}

static bool do_own(struct world *w, char *rest)
{
	struct judge_event ev = {.kind = JUDGE_OWN, .at = world_wall(w)};
	char *state;

	ev.u.own.id = word(&rest);
	state = word(&rest);
	ev.u.own.failing = is(state, "failing");
	ev.u.own.severity = SEVERITY_MINOR;
	if (ev.u.own.failing && !severity_parse(word(&rest), &ev.u.own.severity))
		return false;
	ev.u.own.words = rest;
	world_event(w, &ev);
	return ev.u.own.failing || is(state, "over");
}

static bool do_clock(struct world *w, char *rest)
{
	const char *by = word(&rest);
	struct judge_event ev = {.kind = JUDGE_CLOCK};
	int64_t ms;

	if ((*by != '+' && *by != '-') || !duration_parse(by + 1, &ms))
		return false;
	ev.u.jump_ms = *by == '-' ? -ms : ms;
	w->wall_offset += ev.u.jump_ms;
	ev.at = world_wall(w);
	world_event(w, &ev);
	return true;
}

static bool do_controls(struct world *w, char *rest)
{
	bool ok = true;

	for (const char *name = word(&rest); *name; name = word(&rest))
		ok = ok && world_add_control(w, name);
	return ok && reload(w);
}

static bool do_control(struct world *w, char *rest)
{
	char *name = word(&rest);
	size_t n = strlen(name);

	if (n < 2 || name[n - 1] != ':')
		return false;
	name[n - 1] = 0;
	return world_set_control(w, name, word(&rest));
}

static bool do_restart(struct world *w, char *rest)
{
	world_restart(w);
	return !*rest;
}

static bool do_off(struct world *w, char *rest)
{
	int64_t until;

	if (!is(word(&rest), "until") || !duration_parse(word(&rest), &until))
		return false;
	world_off(w, until);
	return true;
}

static bool do_maintenance(struct world *w, char *rest)
{
	return world_maintain(w, rest) && reload(w);
}

static bool do_page(struct world *w, char *rest)
{
	return world_page(w, rest);
}

static bool do_ack(struct world *w, char *rest)
{
	return world_ack(w, rest);
}

static bool do_hush(struct world *w, char *rest)
{
	return world_hush(w, rest);
}

static bool do_escalate(struct world *w, char *rest)
{
	return world_escalate(w, rest) && reload(w);
}

static bool do_quiet(struct world *w, char *rest)
{
	return world_quiet(w, rest) && reload(w);
}

static bool do_group(struct world *w, char *rest)
{
	return world_group(w, rest + strspn(rest, " ")) && reload(w);
}

static const struct {
	const char *verb;
	bool (*run)(struct world *w, char *rest);
} verbs[] = {
    {"target",      do_target     },
    {"rule",        do_rule       },
    {"route",       do_route      },
    {"show",        do_show       },
    {"hide",        do_hide       },
    {"record",      do_record     },
    {"shares",      do_shares     },
    {"view",        do_view       },
    {"count",       do_count      },
    {"silence",     do_silence    },
    {"resume",      do_resume     },
    {"stretch",     world_stretch },
    {"hold",        world_hold    },
    {"remove",      do_remove     },
    {"own",         do_own        },
    {"clock",       do_clock      },
    {"control",     do_control    },
    {"controls",    do_controls   },
    {"restart",     do_restart    },
    {"maintenance", do_maintenance},
    {"quiet",       do_quiet      },
    {"group",       do_group      },
    {"ack",         do_ack        },
    {"page",        do_page       },
    {"hush",        do_hush       },
    {"escalate",    do_escalate   },
    {"off",         do_off        },
};

static bool queue_answers(struct place *p, char *rest)
{
	for (char *code = word(&rest); *code; code = word(&rest)) {
		if (p->n_queued == MAX_QUEUED ||
		    !outcome_parse(code, &p->queued[p->n_queued++]))
			return false;
	}
	return p->n_queued > 0;
}

/* Behind "NAME:". */
static bool do_answer(struct place *p, char *rest)
{
	struct answer a = {OUTCOME_OK, 100, 400, 0};
	char *key = word(&rest);

	p->cycle = is(key, "cycle");
	if (p->cycle || is(key, "next"))
		return queue_answers(p, rest);
	if (!outcome_parse(key, &a.outcome))
		return false;
	for (key = word(&rest); *key; key = word(&rest)) {
		if (is(key, "late"))
			a.flags |= FLAG_LOOP_LATE;
		else if (is(key, "jumped"))
			a.flags |= FLAG_CLOCK_JUMPED;
		else if (is(key, "takes")) {
			if (!duration_parse(word(&rest), &a.takes_ms))
				return false;
		} else if (sscanf(key, "%d%%", &a.percent) != 1)
			return false;
	}
	p->now = a;
	p->n_queued = 0;
	return true;
}

bool script_do(struct world *w, char *line)
{
	char *rest = line, *verb = word(&rest);
	size_t n = strlen(verb);

	if (n > 1 && verb[n - 1] == ':') {
		struct place *p;

		verb[n - 1] = 0;
		p = world_place(w, verb);
		return p && do_answer(p, rest);
	}
	for (size_t i = 0; i < sizeof(verbs) / sizeof(*verbs); i++) {
		if (is(verb, verbs[i].verb))
			return verbs[i].run(w, rest);
	}
	return false;
}
