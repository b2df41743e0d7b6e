/* SPDX-License-Identifier: MIT
 *
 * `dimwatch replay`: the past through any config, in virtual time. Writes nothing.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "agent/cmd.h"
#include "agent/history.h"
#include "agent/replay_print.h"
#include "agent/replay_source.h"

#define BUDGET_MS   (30 * MS_PER_MIN) /* years are read in one go */
#define MAX_STORIES 50000

struct stories {
	struct story *all; /* owned */
	size_t n, cap;
	struct wall from, until;
};

/* --- what is said ----------------------------------------------------------------- */

static void say_json(void *arg, const struct replay_update *u)
{
	(void)arg;
	replay_print_json(u);
}

static void say_nothing(void *arg, const struct replay_update *u)
{
	(void)arg;
	(void)u;
}

static void trace(void *arg, const char *lines)
{
	(void)arg;
	(void)fputs(lines, stdout);
}

static void no_trace(void *arg, const char *lines)
{
	(void)arg;
	(void)lines;
}

/* --- what really happened --------------------------------------------------------- */

static void add_story(struct stories *s, const struct incident *in)
{
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 16;
		s->all = xreallocarray(s->all, s->cap, sizeof *s->all);
	}
	s->all[s->n++] = story_of(in);
}

/* Trouble of our own and drills are not in the samples. */
static bool on_stored(void *arg, const struct incident *in)
{
	struct stories *s = arg;
	bool over = in->closed.ms && in->closed.ms < s->from.ms;
	if (in->class != CLASS_SELF && !incident_is_drill(in) && !over &&
	    in->opened.ms < s->until.ms)
		add_story(s, in);
	return true;
}

static bool compare(
    const struct replay_source *s, struct reader *r, bool json, struct err *e)
{
	struct stories stored = {.from = s->from, .until = s->until}, played = {0};
	struct reader_incident_filter all = {.limit = MAX_STORIES};
	bool good = reader_incidents(r, &all, on_stored, &stored, e);
	const struct incident *in;
	size_t n = 0;
	for (size_t i = 0; (in = replay_at(s->replay, i)) != NULL; i++)
		add_story(&played, in);
	struct likening *like =
	    stories_compare(played.all, played.n, stored.all, stored.n, &n);
	if (good && json)
		replay_print_likenings_json(like, n);
	else if (good)
		replay_print_likenings(like, n);
	free(like);
	free(stored.all);
	free(played.all);
	return good;
}

/* --- arguments -------------------------------------------------------------------- */

/* So many digits behind one of the characters before it ("": none). */
static bool take(const char **p, const char *before, int digits, int *ret)
{
	int n = 0;
	if (*before) {
		if (!**p || !strchr(before, **p))
			return false;
		++*p;
	}
	for (int i = 0; i < digits; i++, ++*p) {
		if (**p < '0' || **p > '9')
			return false;
		n = 10 * n + (**p - '0');
	}
	*ret = n;
	return true;
}

/* "7d" ago, or a date "2026-11-20", "2026-11-20T14:00:00Z" (UTC). */
static bool time_of(const char *text, struct wall now, struct wall *ret)
{
	struct civil c = {0};
	int64_t back;
	if (duration_parse(text, &back)) {
		*ret = wall_add_ms(now, -back);
		return true;
	}
	if (!take(&text, "", 4, &c.year) || !take(&text, "-", 2, &c.month) ||
	    !take(&text, "-", 2, &c.day))
		return false;
	if (*text && !(take(&text, "T ", 2, &c.hour) && take(&text, ":", 2, &c.minute)))
		return false;
	if (*text == ':' && !take(&text, ":", 2, &c.second))
		return false;
	*ret = civil_wall(&c);
	return c.year >= 1970 && c.month >= 1 && c.month <= 12 && c.day >= 1 &&
	       c.day <= 31 && c.hour < 24 && c.minute < 60 && c.second < 60 &&
	       (!*text || strcmp(text, "Z") == 0);
}

/* -1, or an exit code after saying why. */
static int read_arguments(const struct cmd_args *a, struct replay_source *s)
{
	struct wall now = history_now();
	const char *since = cmd_value(a, "since"), *until = cmd_value(a, "until");
	const char *interval = cmd_value(a, "interval");
	s->until.ms = INT64_MAX;
	if ((since && !time_of(since, now, &s->from)) ||
	    (until && !time_of(until, now, &s->until)))
		return cmd_usage(a->cmd, "--since and --until take a duration (7d: that "
					 "long ago) or a time (2026-11-20T14:00Z)");
	if (s->from.ms >= s->until.ms)
		return cmd_usage(a->cmd, "--until lies before --since");
	if (interval &&
	    (!duration_parse(interval, &s->interval_ms) || s->interval_ms < MS_PER_S))
		return cmd_usage(a->cmd, "--interval takes a duration such as 60s");
	if (cmd_flag(a, "json") && cmd_flag(a, "trace"))
		return cmd_usage(a->cmd, "--json or --trace, not both");
	return -1;
}

/* A config is needed only where it was asked for; --database and --csv do without. */
static int read_config(const struct cmd_args *a, struct conf **ret)
{
	struct conf_problems problems;
	bool optional = cmd_value(a, "csv") || cmd_value(a, "database");
	*ret = NULL;
	if (optional && !cmd_value(a, "config"))
		return -1;
	conf_problems_init(&problems);
	*ret = conf_open_without_secrets(cmd_value(a, "config"), &problems);
	if (!*ret)
		conf_problems_print(&problems);
	conf_problems_fini(&problems);
	return *ret ? -1 : EXIT_USAGE;
}

/* --- the command ------------------------------------------------------------------ */

static bool has_any(const struct replay_source *s, struct err *e)
{
	char last[40];
	return s->from.ms <= s->last.ms ||
	       err_set(e, ERR_NOT_FOUND,
		   "nothing was asked since then: the last sample is of %s",
		   history_local(s->last, last, sizeof last));
}

static bool play(const struct cmd_args *a, struct replay_source *s, struct err *e)
{
	const char *csv = cmd_value(a, "csv"), *database = cmd_value(a, "database");
	bool json = cmd_flag(a, "json");
	struct reader *r = NULL;
	bool good = false;
	/* Without both of them a config was asked for. */
	if (!database && s->conf)
		database = s->conf->store_path;
	if (csv) {
		good = replay_from_csv(s, csv, e);
	} else if (database) {
		r = reader_open(database, BUDGET_MS, e);
		good = r && replay_from_store(s, r, e);
	}
	good = good && has_any(s, e);
	if (good)
		replay_until(s->replay, s->last);
	if (good && !json) {
		replay_print_summary(s);
		replay_print_incidents(s->replay);
	}
	if (good && r)
		good = compare(s, r, json, e);
	reader_close(r);
	return good;
}

static int run(const struct cmd_args *a)
{
	struct replay_source s = {.conf = NULL};
	struct conf *conf = NULL;
	struct err e = {0};
	int code = read_arguments(a, &s);
	if (code < 0)
		code = read_config(a, &conf);
	if (code >= 0)
		return code;
	s.conf = conf;
	s.listener =
	    (struct replay_listener){cmd_flag(a, "json") ? say_json : say_nothing,
		cmd_flag(a, "trace") ? trace : no_trace, NULL};
	bool good = play(a, &s, &e);
	if (!good)
		(void)fprintf(stderr, "dimwatch replay: %s\n", e.msg);
	replay_source_fini(&s);
	conf_free(conf);
	if (good)
		return EXIT_GOOD;
	return e.code == ERR_SYNTAX || e.code == ERR_LIMIT ? EXIT_USAGE : EXIT_CANNOT;
}

static const struct cmd_option options[] = {
    {"since",       's', "TIME", "from then on: 7d (ago) or 2026-11-20T14:00Z"},
    {"until",       'u', "TIME", "until then"},
    {"csv",	     0, "FILE", "rows t_ms,target,outcome,first_token_ms instead"},
    {"interval",    'i', "DURATION", "the pace they were asked at (default: as known, 60s)"},
    {"trace", 't', NULL, "every decision of the judge, with its numbers"},
    {"config",         'c', "FILE", "judge by this config"},
    {"database",       'd', "FILE", "the database; alone: all targets, by `auto`"},
    {"json",	     0, NULL, "one update a line: t_ms, subject, update, detail"},
    {0      },
};

const struct cmd cmd_replay = {
    .name = "replay",
    .summary = "the past through any config: what would it have said, and when",
    .about =
	"Judges stored samples again, in virtual time, and compares the incidents with\n"
	"those that were really told. The week before --since is read too, to know what\n"
	"is usual. Nothing is asked, stored or sent: a config that would have asked sooner\n"
	"or more often still sees only what was asked. In a CSV, rows of control:NAME are\n"
	"answers of control addresses. Exit: 0 done, 2 usage or a broken row, 3 cannot\n"
	"read.",
    .example = "  dimwatch replay --since 30d -c stricter.yaml\n"
	       "  dimwatch replay --csv trace.csv --interval 60s --json",
    .options = options,
    .run = run,
};
