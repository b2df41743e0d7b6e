/* SPDX-License-Identifier: MIT
 *
 * `dimwatch probe`: is it them or us, asked by hand, now. Needs neither daemon nor
 * database and touches neither; without a config the keys in the environment say whom to
 * ask.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agent/base/log.h"
#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/cmd.h"
#include "agent/conf.h"
#include "agent/json_print.h"
#include "agent/paint.h"
#include "agent/probe_print.h"
#include "agent/sample_json.h"
#include "probes/http.h"
#include "probes/probe.h"

#define MAX_IN_FLIGHT 64
#define MAX_COUNT     100

struct probing {
	struct loop *loop;
	struct http *http;
	struct probes *probes;
	struct conf *conf;
	struct probe_row *rows; /* owned; one a chosen target */
	size_t n, next, done;
	int count; /* asks a target */
};

static struct probe_row *find_row(struct probing *p, const struct target *t)
{
	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i].target == t)
			return &p->rows[i];
	return NULL;
}

static void ask_more(struct probing *p)
{
	while (p->next < p->n && probes_in_flight(p->probes) < MAX_IN_FLIGHT)
		probe_start(p->probes, p->rows[p->next++].target, p->conf->arena, 0);
}

static void on_sample(void *arg, const struct target *t, const struct sample *s)
{
	struct probing *p = arg;
	struct probe_row *r = find_row(p, t);
	assert(r);
	probe_row_add(r, s);
	if (r->asks < p->count) {
		probe_start(p->probes, t, p->conf->arena, 0);
		return;
	}
	if (++p->done == p->n)
		loop_stop(p->loop);
	else
		ask_more(p);
}

static void on_interrupt(void *arg, int signo)
{
	struct probing *p = arg;
	(void)signo;
	p->count = 0;
	p->next = p->n;
	probes_give_up(p->probes, "interrupted");
	loop_stop(p->loop);
}

static int unknown_target(
    const struct conf *c, const struct cmd_args *a, const char *word)
{
	const char **names = xcalloc(c->n_targets + 1, sizeof(char *));
	for (size_t i = 0; i < c->n_targets; i++)
		names[i] = c->targets[i].name;
	const char *near = str_nearest(word, names, c->n_targets);
	int code = cmd_usage(a->cmd, "no target is named '%s'%s%s%s", word,
	    near ? " (did you mean '" : "", near ? near : "", near ? "'?)" : "");
	free(names);
	return code;
}

/* NAME is all the rungs of a ladder, NAME/KIND one of them, the lead too. */
static bool bears(const struct target *t, const char *name)
{
	size_t n = strlen(t->name);
	if (strncmp(name, t->name, n) != 0)
		return false;
	return !name[n] ||
	       (name[n] == '/' && !strcmp(name + n + 1, probe_kind_code(t->kind)));
}

static int choose_named(struct probing *p, const struct cmd_args *a, const char *name)
{
	bool any = false;
	for (size_t i = 0; i < p->conf->n_targets; i++) {
		const struct target *t = &p->conf->targets[i];
		if (!bears(t, name))
			continue;
		any = true;
		if (!find_row(p, t))
			p->rows[p->n++].target = t;
	}
	return any ? -1 : unknown_target(p->conf, a, name);
}

/* One target, with all its rungs. */
static bool names_one(const struct conf *c)
{
	size_t n = 0;
	for (size_t i = 0; i < c->n_targets; i++)
		n += !c->targets[i].lead;
	return n == 1;
}

/* The targets that were named, all of them for --all. Returns an exit code or -1. */
static int choose(struct probing *p, const struct cmd_args *a)
{
	const struct conf *c = p->conf;
	bool every = cmd_flag(a, "all") || (!a->argc && names_one(c));
	int code = -1;
	p->rows = xcalloc(c->n_targets + (size_t)a->argc + 1, sizeof *p->rows);
	for (size_t i = 0; i < c->n_targets && every; i++)
		p->rows[p->n++].target = &c->targets[i];
	for (int i = 0; i < a->argc && code < 0; i++)
		code = choose_named(p, a, a->argv[i]);
	if (code < 0 && !p->n)
		code = cmd_usage(a->cmd, "name a target, or say --all");
	return code;
}

static bool ask_all(struct probing *p, struct err *e)
{
	uint64_t seed = 0;
	if (getrandom(&seed, sizeof seed, 0) < 0)
		seed = (uint64_t)loop_wall(p->loop).ms;
	p->http = http_new(p->loop, NULL, e);
	if (!p->http || !loop_on_signal(p->loop, SIGINT, on_interrupt, p, e))
		return false;
	p->probes = probes_new(p->loop, p->http, seed, on_sample, p);
	ask_more(p);
	loop_run(p->loop);
	while (probes_in_flight(p->probes))
		loop_turn(p->loop, 20);
	probes_free(p->probes);
	for (size_t i = 0; i < p->n;) /* an interrupt leaves some unasked */
		if (p->rows[i].asks)
			i++;
		else
			p->rows[i] = p->rows[--p->n];
	return true;
}

static int print(struct probing *p, const struct cmd_args *a)
{
	if (cmd_flag(a, "json")) {
		json_t *all = json_array();
		for (size_t i = 0; i < p->n; i++)
			(void)json_array_append_new(
			    all, sample_json(p->rows[i].target, &p->rows[i].last));
		bool many = cmd_flag(a, "all") || p->n > 1;
		json_print(json_incref(many ? all : json_array_get(all, 0)));
		json_decref(all);
	} else if (p->n == 1 && !cmd_flag(a, "all")) {
		probe_print_one(stdout, &p->rows[0]);
	} else {
		probe_print_table(stdout, p->rows, p->n);
	}
	for (size_t i = 0; i < p->n; i++)
		if (p->rows[i].failed || p->rows[i].last.outcome != OUTCOME_OK)
			return EXIT_BAD_NEWS;
	return EXIT_GOOD;
}

static int parse_count(const struct cmd_args *a, int *ret)
{
	const char *text = cmd_value(a, "count");
	char *end = NULL;
	long n = text ? strtol(text, &end, 10) : 1;
	if (text && (*end || n < 1 || n > MAX_COUNT))
		return cmd_usage(
		    a->cmd, "--count takes a number from 1 to %d", MAX_COUNT);
	*ret = (int)n;
	return -1;
}

static int run(const struct cmd_args *a)
{
	struct probing p = {0};
	struct conf_problems problems;
	struct err e = {0};
	int code = parse_count(a, &p.count);
	if (code >= 0)
		return code;
	log_set_level(LOG_ERROR);
	conf_problems_init(&problems);
	p.conf = conf_open_or_environment(cmd_value(a, "config"), &problems);
	if (!p.conf)
		conf_problems_print(&problems);
	conf_problems_fini(&problems);
	if (!p.conf)
		return EXIT_USAGE;
	code = choose(&p, a);
	if (code < 0) {
		p.loop = loop_new(LOOP_REAL, &e);
		if (p.loop && ask_all(&p, &e)) {
			code = print(&p, a);
		} else {
			(void)fprintf(stderr, "dimwatch probe: %s\n", e.msg);
			code = EXIT_CANNOT;
		}
	}
	if (p.http)
		http_free(p.http);
	loop_free(p.loop);
	conf_free(p.conf);
	free(p.rows);
	return code;
}

static const struct cmd_option options[] = {
    {"all",						      'a', NULL, "ask every target of the config"},
    {"count",						      'n', "N", "ask each target N times, one after the other (1 to 100)"},
    {"config",							  'c', "FILE",
     "the config; without any, keys in the environment say whom to ask"},
    {"json",  0, NULL, "one object a target (an array with --all)"},
    {0},
};

const struct cmd cmd_probe = {
    .name = "probe",
    .summary = "ask targets once, now, and say whose fault it is",
    .positional = "[NAME...]",
    .about =
	"Sends one small real question to each target and prints what came back, whose\n"
	"fault it is (theirs, yours, nobody's) and what to do. One target: the phases\n"
	"as a waterfall. NAME is all rungs of a ladder, NAME/door is one. Neither opens nor\n"
	"locks the database. Asks cost what `dimwatch check` forecasts.\n"
	"Exit: 0 all answered, 1 somebody did not, 2 usage, 3 cannot work.",
    .example = "  dimwatch probe --all\n  dimwatch probe deepseek --json | jq .phases_us",
    .options = options,
    .run = run,
};
