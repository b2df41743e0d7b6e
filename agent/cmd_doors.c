/* SPDX-License-Identifier: MIT
 *
 * `dimwatch doors`: who answers from here. Every provider of the catalogue is asked at
 * once without a key, so it costs nothing; needs no config, no daemon and no database.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "agent/base/log.h"
#include "agent/base/loop.h"
#include "agent/cmd.h"
#include "agent/doors.h"
#include "agent/doors_print.h"
#include "agent/json_print.h"
#include "probes/http.h"
#include "probes/probe.h"

#define DEFAULT_TIMEOUT_MS 4500 /* the table stands within five seconds */
#define LEAST_TIMEOUT_MS   100
#define MOST_TIMEOUT_MS    MS_PER_MIN

struct asking {
	struct loop *loop;
	struct http *http;
	struct probes *probes;
	struct doors doors;
	size_t left;
	bool interrupted;
};

static void on_sample(void *arg, const struct target *t, const struct sample *s)
{
	struct asking *a = arg;
	struct door *row = doors_find(&a->doors, t);

	assert(row != NULL);
	row->sample = *s;
	row->asked = !a->interrupted;
	if (--a->left == 0)
		loop_stop(a->loop);
}

static void on_interrupt(void *arg, int signo)
{
	struct asking *a = arg;

	(void)signo;
	a->interrupted = true;
	probes_give_up(a->probes, "interrupted");
	loop_stop(a->loop);
}

static bool ask_all(struct asking *a, struct err *e)
{
	uint64_t seed = 0;

	if (getrandom(&seed, sizeof(seed), 0) < 0)
		seed = (uint64_t)loop_wall(a->loop).ms;
	a->http = http_new(a->loop, NULL, e);
	if (a->http == NULL || !loop_on_signal(a->loop, SIGINT, on_interrupt, a, e))
		return false;
	a->probes = probes_new(a->loop, a->http, seed, on_sample, a);
	a->left = a->doors.n;
	for (size_t i = 0; i < a->doors.n; i++)
		probe_start(a->probes, &a->doors.rows[i].target, a->doors.arena, 0);
	loop_run(a->loop);
	while (probes_in_flight(a->probes) > 0)
		loop_turn(a->loop, 20);
	probes_free(a->probes);
	return true;
}

/* --- what was asked for --- */

static int parse_timeout(const struct cmd_args *c, int64_t *ret_ms)
{
	const char *text = cmd_value(c, "timeout");

	*ret_ms = DEFAULT_TIMEOUT_MS;
	if (text != NULL && (!duration_parse(text, ret_ms) ||
				*ret_ms < LEAST_TIMEOUT_MS || *ret_ms > MOST_TIMEOUT_MS))
		return cmd_usage(
		    c->cmd, "--timeout takes a duration from 100ms to 1m, like 5s");
	return -1;
}

static int check_names(const struct cmd_args *c, const struct catalogue *all)
{
	for (int i = 0; i < c->argc; i++) {
		const struct provider *p = catalogue_find(all, c->argv[i]);
		const char *near;

		if (p != NULL && p->retired != NULL)
			return cmd_usage(c->cmd, "'%s' was retired on %s: %s", p->id,
			    p->retired, p->retired_why);
		if (p != NULL)
			continue;
		near = catalogue_nearest(all, c->argv[i]);
		return near != NULL
			   ? cmd_usage(c->cmd, "no provider '%s' (did you mean %s?)",
				 c->argv[i], near)
			   : cmd_usage(c->cmd, "no provider '%s'", c->argv[i]);
	}
	return -1;
}

static int parse_proxy(
    const struct cmd_args *c, struct arena *arena, const struct secret **ret)
{
	static const char *const schemes[] = {
	    "http://", "https://", "socks5://", "socks5h://"};
	const char *text = cmd_value(c, "proxy");

	for (size_t i = 0; text != NULL && i < sizeof(schemes) / sizeof(*schemes); i++) {
		struct secret *s;

		if (strncmp(text, schemes[i], strlen(schemes[i])) != 0 ||
		    text[strlen(schemes[i])] == '\0')
			continue;
		s = secret_new(text, strlen(text));
		arena_on_free(arena, (void (*)(void *))secret_free, s);
		*ret = s;
		return -1;
	}
	if (text == NULL)
		return -1;
	return cmd_usage(
	    c->cmd, "--proxy takes http://HOST:PORT, https://, socks5:// or socks5h://");
}

/* --- the answer --- */

/* A proxy of the environment is not used by itself: whoever has one may need it. */
static void hint(const struct cmd_args *c, const struct doors_news *n)
{
	const char *proxy = getenv("HTTPS_PROXY");

	if (proxy == NULL)
		proxy = getenv("https_proxy");
	if (n->verdict != DOORS_FINE && cmd_value(c, "proxy") == NULL && proxy != NULL &&
	    proxy[0] != '\0')
		(void)fprintf(stderr,
		    "HTTPS_PROXY is set and was not used: dimwatch doors --proxy "
		    "\"$HTTPS_PROXY\"\n");
}

static int show(struct asking *a, const struct cmd_args *c)
{
	struct doors_news n;
	struct wall now = loop_wall(a->loop);

	doors_judge(&a->doors, &n);
	if (cmd_flag(c, "json")) {
		json_print(doors_json(&a->doors, &n, now));
	} else {
		doors_print(
		    stdout, &a->doors, &n, now, c->argc > 0 || cmd_flag(c, "all"));
		hint(c, &n);
	}
	if (n.verdict != DOORS_FINE)
		return EXIT_CANNOT;
	return n.good == n.doors && n.found[DOOR_FAILING] == 0 ? EXIT_GOOD
							       : EXIT_BAD_NEWS;
}

static int ask_and_show(struct asking *a, const struct cmd_args *c)
{
	struct err e = {0};
	int code = EXIT_CANNOT;

	a->loop = loop_new(LOOP_REAL, &e);
	if (a->loop != NULL && ask_all(a, &e) && !a->interrupted)
		code = show(a, c);
	else
		(void)fprintf(stderr, "dimwatch doors: %s\n",
		    a->interrupted ? "interrupted" : e.msg);
	http_free(a->http);
	loop_free(a->loop);
	return code;
}

static int run(const struct cmd_args *c)
{
	struct asking a = {0};
	struct arena *arena = arena_new();
	struct err e = {0};
	const struct secret *proxy = NULL;
	const struct catalogue *all = catalogue_load(arena, &e);
	int64_t timeout_ms = 0;
	int code;

	log_set_level(LOG_ERROR);
	if (all == NULL) {
		(void)fprintf(stderr, "dimwatch doors: %s\n", e.msg);
		arena_free(arena);
		return EXIT_CANNOT;
	}
	code = check_names(c, all);
	if (code < 0)
		code = parse_timeout(c, &timeout_ms);
	if (code < 0)
		code = parse_proxy(c, arena, &proxy);
	if (code < 0) {
		const struct doors_ask ask = {
		    (const char *const *)c->argv, (size_t)c->argc, proxy, timeout_ms};

		doors_list(&a.doors, all, &ask, arena);
		if (a.doors.n == a.doors.n_controls)
			code = cmd_usage(c->cmd,
			    "'%s' has no door of its own: it is a server of yours",
			    c->argv[0]);
	}
	if (code < 0)
		code = ask_and_show(&a, c);
	arena_free(arena);
	return code;
}

static const struct cmd_option options[] = {
    {"timeout",				      't', "TIME", "for each door (default 4500ms)"},
    {"proxy",					0, "URL", "through this proxy; without it none is used"},
    {"all",					      'a', NULL, "every door, also where the network is in the way"},
    {"json",      0, NULL, "as JSON"},
    {0},
};

const struct cmd cmd_doors = {
    .name = "doors",
    .summary = "who answers from here: every provider at once, no key, free",
    .positional = "[NAME...]",
    .about =
	"Knocks at every provider's door without a key and awaits the genuine refusal:\n"
	"who answers from here, how fast (DNS, TCP, TLS, first byte), whose certificate\n"
	"ends soon. Two controls of the world tell a network that is down, a captive\n"
	"portal or an interceptor of TLS from a provider that is ill.\n"
	"Exit: 0 all answer, 1 somebody does not, 2 usage, 3 the network is in the way\n"
	"(then nothing is said about any provider).",
    .example = "  dimwatch doors\n  dimwatch doors openai deepseek --json",
    .options = options,
    .run = run,
};
