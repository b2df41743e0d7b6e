/* SPDX-License-Identifier: MIT
 *
 * `dimwatch demo`: the real pipeline, client, database and outbox against a simulated
 * DeepSeek day, in one process on one skipping clock. Nothing leaves this machine.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "agent/base/log.h"
#include "agent/base/xalloc.h"
#include "agent/cmd.h"
#include "agent/demo_story.h"
#include "agent/narrator.h"
#include "agent/paint.h"

#define SEED    7
#define HOLD_MS 700

struct demo {
	char *database; /* owned */
	struct loop *loop;
	struct sim_script *script;
	struct sim *sim;
	struct narrator *narrator;
	struct store *store;
	struct pipeline *pipeline;
	struct loop_timer end;
	char hook[64];
	bool interrupted;
};

static const char *env(void *arg, const char *name)
{
	const struct demo *d = arg;
	if (!strcmp(name, "DEMO_HOOK"))
		return d->hook;
	return !strcmp(name, "DEMO_KEY") ? "demo-key-that-opens-nothing" : NULL;
}

static bool no_file(void *arg, const char *path, struct str *out, struct err *e)
{
	(void)arg;
	(void)out;
	return err_set(e, ERR_CONFIG, "%s: the demo reads no files", path);
}

static struct conf *load(struct demo *d)
{
	struct conf_world w = {.arg = d, .env = env, .file = no_file, .hostname = "demo"};
	struct conf_problems problems;
	struct str text;
	str_init(&text, 10000);
	(void)snprintf(
	    d->hook, sizeof(d->hook), "http://127.0.0.1:%d/hook/slack", sim_port(d->sim));
	demo_config(&text, d->database, sim_port(d->sim));
	conf_problems_init(&problems);
	struct conf *c = conf_load(str_span(&text), "demo.yaml", &w, &problems);
	if (!c)
		conf_problems_print(&problems);
	conf_problems_fini(&problems);
	str_fini(&text);
	return c;
}

/* Where the history stays for the reader to look at. */
static bool choose_database(struct demo *d, const struct cmd_args *a, struct err *e)
{
	const char *given = cmd_value(a, "database"), *tmp = getenv("TMPDIR");
	if (given) {
		if (access(given, F_OK) == 0)
			return err_set(e, ERR_CONFIG,
			    "%s exists; the demo makes a new file, name another", given);
		d->database = xstrdup(given);
		return true;
	}
	char *dir = xasprintf("%s/dimwatch-demo.XXXXXX", tmp ? tmp : "/tmp");
	bool made = mkdtemp(dir) != NULL;
	d->database = made ? xasprintf("%s/dimwatch.db", dir) : NULL;
	if (!made)
		err_set(e, ERR_SYSTEM, "cannot make the directory %s", dir);
	free(dir);
	return made;
}

static void on_end(void *arg, struct mono now)
{
	struct demo *d = arg;
	(void)now;
	loop_stop(d->loop);
}

static void on_interrupt(void *arg, int signo)
{
	struct demo *d = arg;
	(void)signo;
	d->interrupted = true;
	loop_stop(d->loop);
}

static bool open_world(struct demo *d, struct err *e)
{
	struct sim_options so = {.on_hook = narrator_on_hook};
	d->loop = loop_new(LOOP_SKIPPING, e);
	if (!d->loop)
		return false;
	/* The day ends about now, so that "the last 24 hours" hold it. */
	loop_set_wall(d->loop, wall_add_ms(loop_wall(d->loop), -DEMO_END_MS));
	d->script = sim_script_parse(span_of(demo_script), e);
	if (!d->script)
		return false;
	d->narrator =
	    narrator_new(stdout, d->loop, paint_is_terminal(stdout) ? HOLD_MS : 0);
	so.arg = d->narrator;
	d->sim = sim_new(d->loop, d->script, &so, e);
	return d->sim != NULL;
}

static bool open_house(struct demo *d, struct err *e)
{
	struct conf *c = load(d);
	struct pipeline_options po = {
	    .loop = d->loop,
	    .seed = SEED,
	    .alive_ms = 5 * MS_PER_MIN,
	    .limits = {.in_flight = 256, .per_provider = 64},
	    .watcher = narrator_watcher(d->narrator)
        };
	if (!c)
		return err_set(e, ERR_CONFIG, "the demo's own config does not load");
	struct store_options so = pipeline_store_options(c, loop_wall(d->loop));
	d->store = store_open(&so, e);
	if (!d->store) {
		conf_free(c);
		return false;
	}
	po.conf = c;
	po.store = d->store;
	d->pipeline = pipeline_new(&po, e);
	return d->pipeline && loop_on_signal(d->loop, SIGINT, on_interrupt, d, e) &&
	       loop_on_signal(d->loop, SIGTERM, on_interrupt, d, e);
}

static void play(struct demo *d)
{
	sim_set_start(d->sim, loop_mono(d->loop));
	narrator_say(d->narrator, "three providers are asked once a minute; all is well");
	loop_timer_init(&d->end, d->loop, on_end, d);
	loop_timer_in_ms(&d->end, DEMO_END_MS);
	loop_run(d->loop);
	loop_timer_cancel(&d->end);
	pipeline_stop(d->pipeline, "the demo is over");
	while (!pipeline_is_quiet(d->pipeline))
		loop_turn(d->loop, 20);
}

static bool close_all(struct demo *d)
{
	bool good = true;
	if (d->pipeline)
		good = pipeline_free(d->pipeline, 5000);
	if (d->store)
		store_close(d->store, good, loop_wall(d->loop));
	sim_free(d->sim);
	sim_script_free(d->script);
	narrator_free(d->narrator);
	loop_free(d->loop);
	return good;
}

static void say_what_to_look_at(const struct demo *d, size_t messages)
{
	static const char *const queries[] = {
	    "select * from incidents_v",
	    "select kind, channel, state, sent from deliveries_v order by id",
	    "select target, outcome, count(*) from samples_v group by 1, 2",
	    "select * from uptime_24h",
	};
	(void)printf("\nThe day is over; %zu messages told it. Look at it:\n", messages);
	for (size_t i = 0; i < sizeof(queries) / sizeof(queries[0]); i++)
		(void)printf("  sqlite3 -box %s \"%s\"\n", d->database, queries[i]);
	(void)printf("  dimwatch incidents -d %s\n", d->database);
}

static int run(const struct cmd_args *a)
{
	struct demo d = {0};
	struct err e = {0};
	log_set_level(cmd_flag(a, "verbose") ? LOG_DEBUG : LOG_ERROR);
	/* The story's clock, the messages' UTC and the terminal show the same hours. */
	(void)setenv("TZ", "UTC", 1);
	tzset();
	(void)printf(
	    "A twelve-hour outage of DeepSeek in about a minute, on this machine only.\n\n");
	(void)fflush(stdout);
	bool good =
	    choose_database(&d, a, &e) && open_world(&d, &e) && open_house(&d, &e);
	size_t messages = 0;
	if (good) {
		play(&d);
		messages = narrator_messages(d.narrator);
	}
	good = close_all(&d) && good;
	if (good)
		say_what_to_look_at(&d, messages);
	else
		(void)fprintf(stderr, "dimwatch demo: %s\n", e.msg);
	free(d.database);
	return good ? EXIT_GOOD : e.code == ERR_CONFIG ? EXIT_USAGE : EXIT_CANNOT;
}

static const struct cmd_option options[] = {
    {"database", 'd', "FILE",
     "where the history goes (a new file; default: a temporary one)"},
    {"verbose",    'v', NULL, "log every sample and decision"},
    {0	 },
};

const struct cmd cmd_demo = {
    .name = "demo",
    .summary = "a twelve-hour outage in about a minute, on this machine only",
    .about =
	"Plays the DeepSeek day (latency climbs, half of the requests fail, then all,\n"
	"\"resolved\", a relapse, the end) beside two healthy rivals, through the real\n"
	"client, database and outbox on a clock that skips idle time. Needs no keys and\n"
	"no network. Ctrl-C ends it.",
    .example = "  dimwatch demo",
    .options = options,
    .run = run,
};
