/* SPDX-License-Identifier: MIT
 *
 * `dimwatch run`: the daemon around the pipeline. Owns the loop, the signals, the store's
 * lock, the service manager's wishes and the terminal; decides nothing.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/resource.h>

#include "agent/base/log.h"
#include "agent/cmd.h"
#include "agent/memory.h"
#include "agent/paint.h"
#include "agent/pipeline.h"
#include "agent/service.h"
#include "agent/show.h"

#define SUMMARY_MS            ((int64_t)5 * 60 * 1000)
#define STOP_MS               1500 /* of the 2 s that a SIGTERM may take */
#define MAX_WRITER_SILENCE_MS ((int64_t)10 * 1000)

struct daemon {
	const char *config_path; /* as given; NULL: searched */
	struct loop *loop;
	struct store *store;
	struct pipeline *pipeline;
	struct service *service;
	struct show *show; /* NULL: not a terminal */
	struct loop_timer summary, ping;
	uint64_t pinged_commits; /* the writer's progress at the last ping */
	struct mono writer_moved;
	bool stopping;
};

static uint64_t seed(void)
{
	uint64_t s = 0;
	if (getrandom(&s, sizeof s, 0) != (ssize_t)sizeof s)
		s = 0x64696d7761746368u;
	return s;
}

/* Probes are sockets: the soft limit of descriptors follows the hard one. */
static void raise_descriptors(void)
{
	struct rlimit r;
	if (getrlimit(RLIMIT_NOFILE, &r) == 0 && r.rlim_cur < r.rlim_max) {
		r.rlim_cur = r.rlim_max < 65536 ? r.rlim_max : 65536;
		(void)setrlimit(RLIMIT_NOFILE, &r);
	}
}

static void on_stop(void *arg, int signo)
{
	struct daemon *d = arg;
	if (d->stopping)
		return;
	d->stopping = true;
	log_event(LOG_NOTICE, "stopping", "signal=%s", strsignal(signo));
	service_stopping(d->service);
	pipeline_stop(d->pipeline, "dimwatch was stopped");
	loop_stop(d->loop);
}

static void status_line(struct daemon *d, char *buf, size_t size)
{
	struct pipeline_view v;
	pipeline_look(d->pipeline, &v);
	int n = snprintf(buf, size, "%zu targets, %zu open incidents, db %lld MB",
	    v.conf->n_targets, judge_open_incidents(v.judge),
	    (long long)(v.writer.db_bytes / 1000000));
	if (v.disk_fails && (size_t)n < size)
		n += snprintf(buf + n, size - (size_t)n,
		    ", the disk fails: %zu changes wait", v.writer.queued);
	if (v.writer.dropped_samples && (size_t)n < size)
		(void)snprintf(buf + n, size - (size_t)n, ", %llu samples dropped",
		    (unsigned long long)v.writer.dropped_samples);
}

static void on_reload(void *arg, int signo)
{
	struct daemon *d = arg;
	struct conf_problems problems;
	struct pipeline_view v;
	struct conf_diff diff;
	char status[120];
	(void)signo;
	service_reloading(d->service);
	conf_problems_init(&problems);
	struct conf *c = conf_open(d->config_path, &problems);
	conf_problems_print(&problems);
	conf_problems_fini(&problems);
	pipeline_look(d->pipeline, &v);
	if (!c) {
		log_event(LOG_ERROR, "reload_refused", "why=%s",
		    "the config has errors; the old one stays in force");
	} else {
		conf_compare(v.conf, c, &diff);
		if (*diff.restart)
			log_event(
			    LOG_WARN, "reload_needs_restart", "keys=%s", diff.restart);
		log_event(LOG_NOTICE, "reloaded", "added=%zu removed=%zu kept=%zu",
		    diff.targets_added, diff.targets_removed, diff.targets_kept);
		pipeline_reload(d->pipeline, c);
		memory_give_back();
	}
	status_line(d, status, sizeof status);
	service_ready(d->service, status);
}

static void on_summary(void *arg, struct mono now)
{
	struct daemon *d = arg;
	struct pipeline_view v;
	(void)now;
	pipeline_look(d->pipeline, &v);
	show_summary(d->show, &v);
	loop_timer_in_ms(&d->summary, SUMMARY_MS);
}

/* A ping proves work: the loop turned (we are here), and the writer moved within ten
 * seconds or has nothing to do. A disk that fails or does not answer counts as moving: a
 * restart cures no disk, and the alarms are spoken from memory. */
static bool is_working(struct daemon *d, struct mono now)
{
	struct pipeline_view v;
	pipeline_look(d->pipeline, &v);
	uint64_t moved = v.writer.committed + v.writer.failed_commits;
	if (moved != d->pinged_commits || !v.writer.queued || v.writer.disk_us) {
		d->pinged_commits = moved;
		d->writer_moved = now;
	}
	return mono_diff_us(now, d->writer_moved) < MAX_WRITER_SILENCE_MS * US_PER_MS;
}

static void on_ping(void *arg, struct mono now)
{
	struct daemon *d = arg;
	char status[120];
	if (is_working(d, now)) {
		service_ping(d->service);
		status_line(d, status, sizeof status);
		service_status(d->service, status);
	}
	loop_timer_in_ms(&d->ping, service_ping_ms(d->service));
}

static bool take_signals(struct daemon *d, struct err *e)
{
	return loop_on_signal(d->loop, SIGTERM, on_stop, d, e) &&
	       loop_on_signal(d->loop, SIGINT, on_stop, d, e) &&
	       loop_on_signal(d->loop, SIGHUP, on_reload, d, e);
}

static bool open_all(struct daemon *d, struct conf *c, struct err *e)
{
	struct store_options so;
	struct pipeline_options po = {
	    .conf = c,
	    .seed = seed(),
	};
	d->loop = loop_new(LOOP_REAL, e);
	if (!d->loop)
		return conf_free(c), false;
	so = pipeline_store_options(c, loop_wall(d->loop));
	d->store = store_open(&so, e);
	if (!d->store)
		return conf_free(c), false;
	if (paint_is_terminal(stdout)) {
		d->show = show_new(stdout, d->loop);
		po.watcher = show_watcher(d->show);
	}
	po.loop = d->loop;
	po.store = d->store;
	d->pipeline = pipeline_new(&po, e);
	return d->pipeline && take_signals(d, e);
}

static bool close_all(struct daemon *d)
{
	bool good = true;
	if (d->pipeline) {
		struct mono until = mono_add_ms(loop_mono(d->loop), STOP_MS / 2);
		while (
		    !pipeline_is_quiet(d->pipeline) && loop_mono(d->loop).us < until.us)
			loop_turn(d->loop, 20);
		good = pipeline_free(d->pipeline, STOP_MS / 2);
	}
	if (d->store)
		store_close(d->store, good && d->stopping, loop_wall(d->loop));
	show_free(d->show);
	service_free(d->service);
	loop_free(d->loop);
	return good;
}

static void announce(struct daemon *d)
{
	struct pipeline_view v;
	char status[120];
	pipeline_look(d->pipeline, &v);
	log_event(LOG_NOTICE, "started",
	    "version=%s targets=%zu rules=%zu channels=%zu db=%s", DIMWATCH_VERSION,
	    v.conf->n_targets, v.conf->n_rules, v.conf->n_channels, v.conf->store_path);
	if (!v.conf->n_channels)
		log_event(LOG_WARN, "nobody_would_be_told", "cure=%s",
		    "add alerts: to the config");
	memory_give_back();
	status_line(d, status, sizeof status);
	service_ready(d->service, status);
	loop_timer_init(&d->summary, d->loop, on_summary, d);
	loop_timer_init(&d->ping, d->loop, on_ping, d);
	if (d->show)
		loop_timer_in_ms(&d->summary, SUMMARY_MS);
	if (service_ping_ms(d->service) > 0)
		on_ping(d, loop_mono(d->loop));
}

static int run(const struct cmd_args *a)
{
	struct daemon d = {.config_path = cmd_value(a, "config")};
	struct conf_problems problems;
	struct err e = {0};
	if (cmd_flag(a, "verbose"))
		log_set_level(LOG_DEBUG);
	if (cmd_flag(a, "quiet"))
		log_set_level(LOG_WARN);
	conf_problems_init(&problems);
	struct conf *c = conf_open(d.config_path, &problems);
	conf_problems_print(&problems);
	conf_problems_fini(&problems);
	if (!c)
		return EXIT_USAGE;
	raise_descriptors();
	d.service = service_new();
	bool good = open_all(&d, c, &e);
	if (good) {
		announce(&d);
		loop_run(d.loop);
	} else {
		(void)fprintf(stderr, "dimwatch run: %s\n", e.msg);
	}
	if (!close_all(&d)) {
		(void)fprintf(
		    stderr, "dimwatch run: stopped before everything was on disk\n");
		good = false;
	}
	return good ? EXIT_GOOD : EXIT_CANNOT;
}

static const struct cmd_option options[] = {
    {"config", 'c', "FILE",
     "the config; default: $DIMWATCH_CONFIG, ./dimwatch.yaml, /etc/dimwatch/dimwatch.yaml"},
    {"verbose",  'v', NULL, "log every sample and decision"},
    {"quiet",        'q', NULL, "log warnings and errors only"},
    {0   },
};

const struct cmd cmd_run = {
    .name = "run",
    .summary = "watch, remember, tell (until SIGTERM or Ctrl-C)",
    .about =
	"Asks every target at its pace, keeps every sample in the database, opens an\n"
	"incident when the evidence says so and tells the channels once per change.\n"
	"SIGHUP loads the config anew (a broken one is refused, the old one stays);\n"
	"SIGTERM ends within 2 seconds with nothing lost.",
    .example = "  dimwatch check && dimwatch run",
    .options = options,
    .run = run,
};
