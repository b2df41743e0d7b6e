/* SPDX-License-Identifier: MIT
 *
 * `dimwatch init`: the first config, from the keys that are in the environment. Never
 * over an existing file, never with a key in it.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "agent/cmd.h"
#include "agent/conf.h"
#include "agent/conf_draft.h"
#include "agent/forecast_print.h"
#include "agent/paint.h"

#define DEFAULT_FILE "dimwatch.yaml"

static const char *get(void *arg, const char *name)
{
	(void)arg;
	return getenv(name);
}

static int say_no_keys(const struct catalogue *c)
{
	struct str names;
	str_init(&names, 4000);
	conf_draft_variables(c, &names);
	(void)fprintf(stderr,
	    "dimwatch init: no provider's key is in the environment, nothing was written.\n"
	    "Set one of: %s\n",
	    str_c(&names));
	str_fini(&names);
	return EXIT_BAD_NEWS;
}

/* A new file or nothing: what stands there is somebody's work. */
static int write_new(const char *path, const struct str *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
	if (fd < 0 && errno == EEXIST) {
		(void)fprintf(stderr,
		    "dimwatch init: %s is there already and stays as it is; -o FILE names "
		    "another\n",
		    path);
		return EXIT_USAGE;
	}
	size_t done = 0;
	/* It refers to keys and holds none; a service of another user has to read it. */
	if (fd >= 0)
		(void)fchmod(fd, 0644);
	while (fd >= 0 && done < text->len) {
		ssize_t n = write(fd, text->data + done, text->len - done);
		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (fd < 0 || done < text->len || close(fd) != 0) {
		(void)fprintf(stderr, "dimwatch init: %s cannot be written: %s\n", path,
		    strerror(errno));
		if (fd >= 0)
			(void)unlink(path);
		return EXIT_CANNOT;
	}
	return -1;
}

/* What it will do and cost, out of the file as it was written. */
static int show(const char *path)
{
	struct conf_problems problems;
	struct forecast fc;
	conf_problems_init(&problems);
	struct conf *c = conf_open(path, &problems);
	if (c) {
		forecast_init(&fc, c);
		(void)printf("wrote %s: %zu target%s, %s\n\n", path, c->n_targets,
		    c->n_targets == 1 ? "" : "s",
		    c->n_channels ? "Slack is told"
				  : "nobody is told yet (see `alerts` in it)");
		forecast_print_targets(stdout, &fc);
		forecast_print_total(stdout, &fc);
		(void)printf("\nNothing was asked yet. Next: dimwatch probe --all, then "
			     "dimwatch run\n");
		forecast_fini(&fc);
	}
	(void)fflush(stdout);
	conf_problems_print(&problems);
	conf_problems_fini(&problems);
	int code = c ? EXIT_GOOD : EXIT_USAGE;
	conf_free(c);
	return code;
}

static int run(const struct cmd_args *a)
{
	const struct conf_draft_env env = {.get = get};
	const char *path = cmd_value(a, "output") ? cmd_value(a, "output") : DEFAULT_FILE;
	struct arena *scratch = arena_new();
	struct err e = {0};
	const struct catalogue *catalogue = catalogue_load(scratch, &e);
	struct str text;
	int code = EXIT_CANNOT;
	str_init(&text, CONF_DRAFT_LIMIT);
	if (!catalogue)
		(void)fprintf(stderr, "dimwatch init: %s\n", e.msg);
	else if (!conf_draft(catalogue, &env, &text))
		code = say_no_keys(catalogue);
	else if (!strcmp(path, "-"))
		code = fputs(str_c(&text), stdout) < 0 ? EXIT_CANNOT : EXIT_GOOD;
	else
		code = write_new(path, &text);
	if (code < 0)
		code = show(path);
	str_fini(&text);
	arena_free(scratch);
	return code;
}

static const struct cmd_option options[] = {
    {"output", 'o', "FILE", "where to write (default: ./dimwatch.yaml; -: stdout)"},
    {0 },
};

const struct cmd cmd_init = {
    .name = "init",
    .summary = "write a first config from the keys in the environment",
    .about =
	"Looks for the key variables of all known providers (DEEPSEEK_API_KEY, ...) and\n"
	"for SLACK_WEBHOOK_URL, writes dimwatch.yaml with one target each, and prints the\n"
	"forecast of cost a day and a month. The file refers to the variables, it never\n"
	"holds a key. An existing file is never touched. Contacts nobody.\n"
	"Exit: 0 written, 1 no key was found, 2 the file is there already, 3 cannot write.",
    .example =
	"  export DEEPSEEK_API_KEY=sk-...\n  dimwatch init && dimwatch probe --all",
    .options = options,
    .run = run,
};
