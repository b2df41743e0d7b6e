/* SPDX-License-Identifier: MIT
 *
 * `dimwatch sim`: the simulated provider and webhook receiver in real time, as a process
 * of its own, for trying out a config before it costs anything.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/cmd.h"
#include "agent/sim/sim.h"

static void on_stop(void *arg, int signo)
{
	(void)signo;
	loop_stop(arg);
}

/* One line a request: who was asked and what it met. */
static void on_request(void *arg, const struct sim_seen *seen)
{
	struct str name;
	(void)arg;
	str_init(&name, 1000);
	text_printable(&name, span_of(*seen->name ? seen->name : "(unknown path)"));
	(void)printf("%s%s %llu %s %d\n", seen->hook ? "hook " : "", str_c(&name),
	    (unsigned long long)seen->number, sim_verb(seen->action->fault)->name,
	    seen->status);
	(void)fflush(stdout);
	str_fini(&name);
}

static bool read_script(const char *path, struct str *out)
{
	char chunk[4096];
	FILE *f = !strcmp(path, "-") ? stdin : fopen(path, "re");
	size_t n = 0;
	if (!f)
		return false;
	while ((n = fread(chunk, 1, sizeof(chunk), f)) > 0)
		str_add(out, chunk, n);
	bool good = !ferror(f) && !out->cut;
	if (f != stdin)
		(void)fclose(f);
	return good;
}

static int parse_port(const struct cmd_args *a, int *ret)
{
	const char *text = cmd_value(a, "port");
	char *end = NULL;
	long port = text ? strtol(text, &end, 10) : 0;
	if (text && (*end || end == text || port < 0 || port > 65535))
		return cmd_usage(a->cmd, "--port takes a number from 0 to 65535");
	*ret = (int)port;
	return -1;
}

static void announce(const struct sim *s, const struct sim_script *script)
{
	const char *name = NULL;
	(void)printf("simulating on http://127.0.0.1:%d\n", sim_port(s));
	for (size_t i = 0; (name = sim_script_provider(script, i)); i++)
		(void)printf(
		    "  base_url: http://127.0.0.1:%d/%s/v1\n", sim_port(s), name);
	(void)fflush(stdout);
}

static int serve(const struct cmd_args *a, const struct sim_script *script, int port)
{
	struct err e = {0};
	struct loop *l = loop_new(LOOP_REAL, &e);
	struct sim_options so = {.port = port,
	    .require_key = cmd_flag(a, "keys"),
	    .on_request = cmd_flag(a, "quiet") ? NULL : on_request};
	struct sim *s = l ? sim_new(l, script, &so, &e) : NULL;
	bool good = s && loop_on_signal(l, SIGINT, on_stop, l, &e) &&
		    loop_on_signal(l, SIGTERM, on_stop, l, &e);
	if (good) {
		announce(s, script);
		loop_run(l);
	} else {
		(void)fprintf(stderr, "dimwatch sim: %s\n", e.msg);
	}
	sim_free(s);
	loop_free(l);
	return good ? EXIT_GOOD : EXIT_CANNOT;
}

static int print_verbs(void)
{
	struct str out;
	str_init(&out, 20000);
	sim_verbs_help(&out);
	(void)printf("at TIME NAME: VERB [ARGS] [PERCENT%%][, VERB...]\n%s", str_c(&out));
	str_fini(&out);
	return EXIT_GOOD;
}

static int run(const struct cmd_args *a)
{
	const char *path = cmd_value(a, "script");
	struct err e = {0};
	struct str text;
	int port = 0, code = parse_port(a, &port);
	if (code >= 0)
		return code;
	if (cmd_flag(a, "verbs"))
		return print_verbs();
	str_init(&text, SIM_SCRIPT_MAX);
	if (path && !read_script(path, &text)) {
		code = cmd_usage(a->cmd, "%s: %s", path,
		    text.cut ? "larger than 1 MiB" : strerror(errno));
	} else {
		struct sim_script *script = sim_script_parse(str_span(&text), &e);
		code = script ? serve(a, script, port)
			      : cmd_usage(a->cmd, "%s:%s", path ? path : "script", e.msg);
		sim_script_free(script);
	}
	str_fini(&text);
	return code;
}

static const struct cmd_option options[] = {
    {"script",					   's', "FILE",
     "what each provider does from when on (- = stdin); default: all is well"},
    {"port",					    'p', "PORT", "on the loopback; 0 = any free one (the default)"},
    {"verbs",						  0, NULL, "list the faults that a script can name"},
    {"keys",    0, NULL, "who sends no key is refused, as by the real ones"},
    {"quiet", 'q', NULL, "no line for each request"},
    {0					   },
};

const struct cmd cmd_sim = {
    .name = "sim",
    .summary = "a simulated provider with scripted faults",
    .about =
	"Speaks every dialect on the loopback, as the path says (/NAME/v1/chat/completions,\n"
	"/NAME/v1/messages, /NAME/api/chat ...), and misbehaves as the script says;\n"
	"POST /hook/NAME is a webhook receiver. Times count from the start.",
    .example =
	"  printf 'at 1m deepseek: overloaded 50%\\nat 5m deepseek: ok\\n' | dimwatch sim -s - -p 8080",
    .options = options,
    .run = run,
};
