/* SPDX-License-Identifier: MIT
 *
 * `dimwatch rehearse CLASS`: could the rivals stand in, now, with these keys? It costs
 * money, so the forecast and a yes come first.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/loop.h"
#include "agent/cmd.h"
#include "agent/conf.h"
#include "agent/json_print.h"
#include "agent/rehearsal.h"
#include "agent/rehearsal_print.h"
#include "probes/http.h"
#include "probes/probe.h"

#define LEAST_TOKENS 100
#define MOST_TOKENS  100000

struct rehearsing {
	struct loop *loop;
	struct http *http;
	struct probes *probes;
	struct conf *conf;
	struct rehearsal r;
	size_t left; /* rivals that are not through */
	bool interrupted;
};

static void ask_next(struct rehearsing *x, struct rehearsal_rival *v)
{
	const struct target *t = rehearsal_next(v);

	if (t != NULL && !x->interrupted)
		probe_start(x->probes, t, x->conf->arena, 0);
	else if (--x->left == 0)
		loop_stop(x->loop);
}

static void on_sample(void *arg, const struct target *t, const struct sample *s)
{
	struct rehearsing *x = arg;
	struct rehearsal_rival *v = rehearsal_find(&x->r, t);

	assert(v != NULL);
	rehearsal_take(v, s);
	ask_next(x, v);
}

static void on_interrupt(void *arg, int signo)
{
	struct rehearsing *x = arg;

	(void)signo;
	x->interrupted = true;
	probes_give_up(x->probes, "interrupted");
}

static bool ask_all(struct rehearsing *x, struct err *e)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) < 0)
		seed = (uint64_t)loop_wall(x->loop).ms;
	x->http = http_new(x->loop, NULL, e);
	if (x->http == NULL || !loop_on_signal(x->loop, SIGINT, on_interrupt, x, e))
		return false;
	x->probes = probes_new(x->loop, x->http, seed, on_sample, x);
	x->left = x->r.n;
	for (size_t i = 0; i < x->r.n; i++)
		ask_next(x, &x->r.rivals[i]);
	if (x->left > 0)
		loop_run(x->loop);
	while (probes_in_flight(x->probes) > 0)
		loop_turn(x->loop, 20);
	probes_free(x->probes);
	return true;
}

/* --- before anything is spent --- */

static int unknown_class(const struct cmd_args *a, const struct conf *c)
{
	const char *names[100];
	size_t n = 0;
	const char *near;

	for (; n < c->n_failovers && n < sizeof(names) / sizeof(names[0]); n++)
		names[n] = c->failovers[n].name;
	if (n == 0)
		return cmd_usage(a->cmd,
		    "the config has no classes of rivals: add `failover: {%s: [TARGET, "
		    "TARGET]}`",
		    a->argv[0]);
	near = str_nearest(a->argv[0], names, n);
	return near != NULL ? cmd_usage(a->cmd, "no class '%s' (did you mean '%s'?)",
				  a->argv[0], near)
			    : cmd_usage(a->cmd, "no class '%s': there is '%s'",
				  a->argv[0], names[0]);
}

static int parse_tokens(const struct cmd_args *a, int *ret)
{
	const char *text = cmd_value(a, "tokens");
	char *end = NULL;
	long n = text != NULL ? strtol(text, &end, 10) : EXAM_LONG_TOKENS;

	if (text != NULL &&
	    (*end != '\0' || end == text || n < LEAST_TOKENS || n > MOST_TOKENS))
		return cmd_usage(a->cmd, "--tokens takes a number from %d to %d",
		    LEAST_TOKENS, MOST_TOKENS);
	*ret = (int)n;
	return -1;
}

/* Exit code, or -1: go on. The forecast goes to people, not into the JSON. */
static int consent(const struct rehearsing *x, const struct cmd_args *a)
{
	char answer[16] = "";

	if (cmd_flag(a, "yes"))
		return -1;
	rehearsal_print_forecast(stderr, &x->r);
	if (!isatty(STDIN_FILENO) || !isatty(STDERR_FILENO)) {
		(void)fprintf(stderr, "dimwatch rehearse: nothing was asked: without a "
				      "terminal only --yes spends what is forecast\n");
		return EXIT_CANNOT;
	}
	(void)fprintf(stderr, "Ask now? [y/N] ");
	if (fgets(answer, sizeof(answer), stdin) != NULL &&
	    (answer[0] == 'y' || answer[0] == 'Y'))
		return -1;
	(void)fprintf(stderr, "Nothing was asked.\n");
	return EXIT_CANNOT;
}

/* --- the answer --- */

static int show(const struct rehearsing *x, const struct cmd_args *a)
{
	int code = EXIT_GOOD;

	if (cmd_flag(a, "json"))
		json_print(rehearsal_json(&x->r));
	else
		rehearsal_print(stdout, &x->r);
	for (size_t i = 0; i < x->r.n; i++) {
		if (rehearsal_ready(&x->r.rivals[i]) != READY_YES)
			code = EXIT_BAD_NEWS;
	}
	return code;
}

static int rehearse(struct rehearsing *x, const struct cmd_args *a)
{
	const struct failover *f = conf_find_failover(x->conf, a->argv[0]);
	struct err e = {0};
	int tokens = 0, code = parse_tokens(a, &tokens);

	if (code < 0 && f == NULL)
		code = unknown_class(a, x->conf);
	if (code >= 0)
		return code;
	rehearsal_make(&x->r, f, &x->conf->rates, tokens, x->conf->arena);
	code = consent(x, a);
	if (code >= 0)
		return code;
	x->loop = loop_new(LOOP_REAL, &e);
	if (x->loop != NULL && ask_all(x, &e)) {
		code = show(x, a);
	} else {
		(void)fprintf(stderr, "dimwatch rehearse: %s\n", e.msg);
		code = EXIT_CANNOT;
	}
	http_free(x->http);
	loop_free(x->loop);
	return code;
}

static int run(const struct cmd_args *a)
{
	struct rehearsing x = {0};
	struct conf_problems problems;
	int code = EXIT_USAGE;

	if (a->argc != 1)
		return cmd_usage(a->cmd, "name one class of the config's `failover`");
	log_set_level(LOG_ERROR);
	conf_problems_init(&problems);
	x.conf = conf_open(cmd_value(a, "config"), &problems);
	if (x.conf == NULL)
		conf_problems_print(&problems);
	else
		code = rehearse(&x, a);
	conf_problems_fini(&problems);
	conf_free(x.conf);
	return code;
}

/* clang-format off */
static const struct cmd_option options[] = {
    {"config", 'c', "FILE", "the config with the class"},
    {"tokens", 0, "N", "length of the long prompt (default 8000); it is billed"},
    {"yes", 'y', NULL, "spend what is forecast without asking"},
    {"json", 0, NULL, "as JSON"},
    {0},
};
/* clang-format on */

const struct cmd cmd_rehearse = {
    .name = "rehearse",
    .summary = "could the rivals of a failover class take over? Costs a little",
    .positional = "CLASS",
    .about =
	"Asks every rival of the class the same questions with your keys now: a short\n"
	"answer, a stream, a long prompt, JSON mode, a tool call, English and Chinese.\n"
	"Prints who is ready to take over, how fast, how dear, and what would break.\n"
	"It costs money: the forecast comes first, and nothing is asked without a yes.\n"
	"Exit: 0 all are ready for everything, 1 somebody is not, 2 usage or config,\n"
	"3 nothing was asked.",
    .example = "  dimwatch rehearse chat\n  dimwatch rehearse chat --yes --json",
    .options = options,
    .run = run,
};
