/* SPDX-License-Identifier: MIT
 *
 * `dimwatch best CLASS`: whom to send traffic to now, and why, out of the stored healths.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/xalloc.h"
#include "agent/cmd.h"
#include "agent/conf.h"
#include "agent/history.h"
#include "agent/json_print.h"
#include "agent/paint.h"
#include "alerts/maintenance.h"
#include "alerts/rival.h"
#include "storage/hands_rows.h"
#include "storage/reader.h"

#define MAX_NAMES 100

/* One rival as the database has it. */
struct standing {
	const struct target *target;
	struct rival_state state;
	struct wall since;      /* of its health; 0 unknown */
	char open_short[5];     /* its open incident; "": none */
	struct wall open_since; /* when that began */
	char open_words[200];
	bool in_outage;
	char away[300]; /* nobody asks it, or nothing counts, and why; "": it is asked */
};

struct class
{
	const struct failover *failover;
	struct standing *all; /* owned; in order of preference */
	struct rival_state *states;
	size_t *order;
	size_t n;
	struct wall now;
	bool stale; /* dimwatch is not running: nothing is known */
};

/* --- what is known ---------------------------------------------------------------- */

static bool on_target(void *arg, const struct reader_target *t)
{
	struct class *c = arg;
	for (size_t i = 0; i < c->n; i++) {
		struct standing *s = &c->all[i];
		if (strcmp(t->name, s->target->name) != 0 ||
		    strcmp(t->kind, probe_kind_code(s->target->kind)) != 0)
			continue;
		s->state.health = t->health;
		s->since = t->since;
	}
	return true;
}

/* Newest first. */
static bool on_incident(void *arg, const struct incident *in)
{
	struct standing *s = arg;
	bool open = in->state == INCIDENT_OPEN;
	if (in->class == CLASS_SELF || incident_is_drill(in))
		return true;
	if (open && !*s->open_short) {
		s->open_since = in->started;
		(void)str_copy(s->open_short, sizeof s->open_short, in->short_id);
		if (in->failures || in->class == CLASS_NOTICE)
			(void)incident_mix(in, s->open_words, sizeof s->open_words);
		if (!*s->open_words && in->n_causes)
			(void)str_copy(
			    s->open_words, sizeof s->open_words, in->causes[0].words);
	}
	s->in_outage |= open && in->class == CLASS_OUTAGE;
	if (open && in->class == CLASS_SLOW)
		s->state.slow = true;
	if (!open && in->class == CLASS_OUTAGE && in->end == END_RECOVERED &&
	    !s->state.recovered.ms)
		s->state.recovered = in->closed;
	return true;
}

/* It is well again, others of its incident are not: it ended for this one when it was. */
static void leave_incident(struct standing *s)
{
	bool well = s->state.health == HEALTH_UP || s->state.health == HEALTH_SUSPECT;
	if (well && s->in_outage)
		s->state.recovered = s->since;
}

static void on_pause(void *arg, const struct pause *p)
{
	struct class *c = arg;
	char span[40];
	for (size_t i = 0; i < c->n; i++) {
		struct standing *s = &c->all[i];
		if (!p->since.ms || strcmp(p->target, s->target->name) != 0)
			continue;
		(void)snprintf(s->away, sizeof s->away, "paused for %s%s%s%s%s",
		    duration_human(wall_diff_ms(c->now, p->since), span, sizeof span),
		    *p->who ? ", by " : "", p->who, *p->note ? ": " : "", p->note);
	}
}

static void look_for_maintenance(struct class *c, const struct conf *conf)
{
	for (size_t i = 0; i < c->n; i++) {
		struct standing *s = &c->all[i];
		struct wall_span window;
		char span[40];
		if (*s->away ||
		    !maintenance_next(conf->maintenance, conf->n_maintenance,
			s->target->name, c->now, &window) ||
		    window.from.ms > c->now.ms)
			continue;
		(void)snprintf(s->away, sizeof s->away, "in maintenance for %s more",
		    duration_human(
			wall_diff_ms(window.until, c->now), span, sizeof span));
	}
}

static bool look(
    struct class *c, struct reader *r, const struct conf *conf, struct err *e)
{
	if (!reader_targets(r, c->now, on_target, c, e) ||
	    !pauses_each(reader_db(r), on_pause, c, e))
		return false;
	look_for_maintenance(c, conf);
	for (size_t i = 0; i < c->n; i++) {
		struct reader_incident_filter f = {.target = c->all[i].target->name,
		    .since = wall_add_ms(c->now, -30 * MS_PER_DAY)};
		if (!reader_incidents(r, &f, on_incident, &c->all[i], e))
			return false;
		leave_incident(&c->all[i]);
		if (c->stale || *c->all[i].away)
			c->all[i].state.health = HEALTH_UNKNOWN;
		c->states[i] = c->all[i].state;
		if (*c->all[i].away)
			c->states[i].health = HEALTH_DOWN; /* for the order */
	}
	rival_order(c->states, c->n, c->now, c->order);
	return true;
}

/* --- words ------------------------------------------------------------------------ */

static const char *span_since(
    const struct class *c, struct wall since, char *buf, size_t size)
{
	return since.ms ? duration_human(wall_diff_ms(c->now, since), buf, size) : "";
}

/* "down for 4 m, incident 7Q2A: overloaded 12" */
static void say_weak(const struct class *c, const struct standing *s, struct str *out)
{
	bool slow = s->state.slow && s->state.health == HEALTH_UP;
	char span[40];
	const char *lasts =
	    span_since(c, s->open_since.ms ? s->open_since : s->since, span, sizeof span);
	(void)str_addf(out, "%s%s%s", slow ? "slow" : health_code(s->state.health),
	    *lasts ? " for " : "", lasts);
	if (*s->open_short)
		(void)str_addf(out, ", incident %s", s->open_short);
	if (*s->open_words)
		(void)str_addf(out, ": %s", s->open_words);
}

static const char *why(
    const struct class *c, const struct standing *s, char *buf, size_t size)
{
	char span[40];
	struct str out;
	if (*s->away && !c->stale)
		return str_copy(buf, size, s->away);
	str_init(&out, size);
	switch (rival_rank(&s->state, c->now)) {
	case RIVAL_WELL:
		(void)str_addf(&out, "%s%s%s", health_code(s->state.health),
		    s->since.ms ? " for " : "",
		    span_since(c, s->since, span, sizeof span));
		break;
	case RIVAL_WELL_AGAIN:
		(void)str_addf(&out,
		    "up again for %s; preferred again after %d min without an outage",
		    span_since(c, s->state.recovered, span, sizeof span),
		    (int)(RIVAL_SETTLE_MS / MS_PER_MIN));
		break;
	case RIVAL_WEAK:
	case RIVAL_DOWN:
		say_weak(c, s, &out);
		break;
	case RIVAL_UNKNOWN:
		(void)str_adds(&out,
		    c->stale ? "dimwatch is not running" : "no evidence about it now");
		break;
	case RIVAL_RANK_COUNT:
		break;
	}
	(void)str_copy(buf, size, str_c(&out));
	str_fini(&out);
	return buf;
}

static const char *advice(const struct class *c, size_t place)
{
	enum rival_rank rank = rival_rank(&c->states[c->order[place]], c->now);
	if (place > 0)
		return rank <= RIVAL_WELL_AGAIN ? "then this one"
		       : rank == RIVAL_DOWN     ? "not this one"
						: "if need be";
	if (rank <= RIVAL_WELL_AGAIN)
		return "use this one";
	if (c->n == 1)
		return "there is no other";
	return rank == RIVAL_DOWN      ? "none can be used"
	       : rank == RIVAL_UNKNOWN ? "none is known to be well"
				       : "the best there is";
}

static void print_text(const struct class *c)
{
	struct table *t = table_new(3);
	const enum paint paints[3] = {PAINT_BOLD};
	for (size_t i = 0; i < c->n; i++) {
		const struct standing *s = &c->all[c->order[i]];
		char words[300];
		const char *const cells[3] = {
		    s->target->name, advice(c, i), why(c, s, words, sizeof words)};
		table_row(t, paints, cells);
	}
	table_print(t, stdout);
	table_free(t);
}

static void print_json(const struct class *c)
{
	json_t *list = json_array();
	for (size_t i = 0; i < c->n; i++) {
		const struct standing *s = &c->all[c->order[i]];
		char words[300];
		(void)json_array_append_new(list,
		    json_pack("{s:o,s:s,s:b,s:I,s:o}", "target",
			json_clean_string(span_of(s->target->name)), "health",
			health_code(s->state.health), "slow", s->state.slow, "since_ms",
			(json_int_t)s->since.ms, "why",
			json_clean_string(span_of(why(c, s, words, sizeof words)))));
	}
	json_print(json_pack("{s:s,s:o,s:b,s:o}", "class", c->failover->name, "best",
	    json_clean_string(span_of(c->all[c->order[0]].target->name)), "healthy",
	    rival_rank(&c->states[c->order[0]], c->now) <= RIVAL_WELL_AGAIN, "rivals",
	    list));
}

/* --- the command ------------------------------------------------------------------ */

static int unknown_class(const struct cmd_args *a, const struct conf *c)
{
	const char *names[MAX_NAMES];
	size_t n = 0;
	if (!c->n_failovers)
		return cmd_usage(a->cmd, "the config has no classes of rivals: add "
					 "`failover: {chat: [TARGET, TARGET]}`");
	for (; n < c->n_failovers && n < MAX_NAMES; n++)
		names[n] = c->failovers[n].name;
	if (!a->argc)
		return cmd_usage(a->cmd, "which class? There are %zu, '%s' is one",
		    c->n_failovers, names[0]);
	const char *near = str_nearest(a->argv[0], names, n);
	return near ? cmd_usage(
			  a->cmd, "no class '%s' (did you mean '%s'?)", a->argv[0], near)
		    : cmd_usage(
			  a->cmd, "no class '%s': there is '%s'", a->argv[0], names[0]);
}

static const struct failover *find(const struct cmd_args *a, const struct conf *c)
{
	if (a->argc)
		return conf_find_failover(c, a->argv[0]);
	return c->n_failovers == 1 ? &c->failovers[0] : NULL;
}

static int show(const struct cmd_args *a, const struct class *c)
{
	enum rival_rank rank = rival_rank(&c->states[c->order[0]], c->now);
	if (cmd_flag(a, "json"))
		print_json(c);
	else if (cmd_flag(a, "name"))
		(void)puts(c->all[c->order[0]].target->name);
	else
		print_text(c);
	return rank <= RIVAL_WELL_AGAIN ? EXIT_GOOD : EXIT_BAD_NEWS;
}

static int choose(const struct cmd_args *a, const struct conf *conf)
{
	struct class c = {.failover = find(a, conf), .now = history_now()};
	const char *database = cmd_value(a, "database");
	const char *path = database ? database : conf->store_path;
	struct err e = {0};
	if (!c.failover)
		return unknown_class(a, conf);
	struct reader *r = reader_open(path, HISTORY_BUDGET_MS, &e);
	c.n = c.failover->n;
	c.all = xcalloc(c.n, sizeof *c.all);
	c.states = xcalloc(c.n, sizeof *c.states);
	c.order = xcalloc(c.n, sizeof *c.order);
	for (size_t i = 0; i < c.n; i++)
		c.all[i].target = c.failover->rivals[i];
	c.stale = !history_is_alive(path);
	int code = EXIT_CANNOT;
	if (r && look(&c, r, conf, &e))
		code = show(a, &c);
	else
		(void)fprintf(stderr, "dimwatch best: %s\n", e.msg);
	reader_close(r);
	free(c.all);
	free(c.states);
	free(c.order);
	return code;
}

static int run(const struct cmd_args *a)
{
	struct conf_problems problems;
	if (a->argc > 1)
		return cmd_usage(a->cmd, "one class at a time");
	conf_problems_init(&problems);
	struct conf *c = conf_open_without_secrets(cmd_value(a, "config"), &problems);
	int code = EXIT_USAGE;
	if (c)
		code = choose(a, c);
	else
		conf_problems_print(&problems);
	conf_problems_fini(&problems);
	conf_free(c);
	return code;
}

static const struct cmd_option options[] = {
    {"name",			 'n', NULL, "only the best one's name, for scripts"},
    {"config",			  'c', "FILE", "the config with the classes"},
    {"database",			      'd', "FILE", "the database, if not the config's"},
    {"json",  0, NULL, "as JSON"},
    {0},
};

const struct cmd cmd_best = {
    .name = "best",
    .summary = "which rival to use now, and why",
    .positional = "[CLASS]",
    .about =
	"Of the targets of one class of the config's `failover`: healthy before slow or\n"
	"degraded before unknown, then in order of preference. Sticky: one lost request\n"
	"moves no traffic, and who had an outage is preferred again when it was well for\n"
	"10 minutes. Somebody is always named. Exit: 0 it is healthy, 1 nobody is, 2\n"
	"usage or unknown class, 3 cannot read.",
    .example =
	"  dimwatch best chat\n  curl \"$(cat urls/$(dimwatch best chat --name))\"",
    .options = options,
    .run = run,
};
