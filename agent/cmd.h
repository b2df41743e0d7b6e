/* SPDX-License-Identifier: MIT
 *
 * Subcommands as rows of one table: name, options, help and example come from the row;
 * parsing, --help and shell completion are derived.
 */
#ifndef DIMWATCH_AGENT_CMD_H
#define DIMWATCH_AGENT_CMD_H

#include <stdbool.h>
#include <stddef.h>

enum exit_code {
	EXIT_GOOD = 0,
	EXIT_BAD_NEWS = 1, /* something watched is not well */
	EXIT_USAGE = 2,    /* usage, config or an unknown name */
	EXIT_CANNOT = 3,   /* cannot work: disk, database, system */
};

struct cmd_option {
	const char *name; /* long, without dashes */
	char letter;      /* 0: none */
	const char *arg;  /* "FILE"; NULL: a flag */
	const char *help;
};

#define CMD_MAX_OPTIONS 16

struct cmd_args {
	const struct cmd *cmd;
	const char *values[CMD_MAX_OPTIONS]; /* by row of cmd->options; flags give "" */
	int argc;                            /* positional words */
	char **argv;
};

struct cmd {
	const char *name;
	const char *summary;                  /* one line for the list */
	const char *positional;               /* "[NAME...]"; NULL: takes none */
	const char *about;                    /* paragraph of --help */
	const char *example;                  /* lines of --help */
	const struct cmd_option *options;     /* ends with a row whose name is NULL */
	int (*run)(const struct cmd_args *a); /* an enum exit_code */
};

/* NULL when the option was not given. The name must be one of the row's (asserts). */
const char *cmd_value(const struct cmd_args *a, const char *option);
bool cmd_flag(const struct cmd_args *a, const char *option);

extern const struct cmd cmd_run, cmd_channels, cmd_check, cmd_init, cmd_providers,
    cmd_ack, cmd_pause, cmd_resume, cmd_silence, cmd_doors, cmd_probe, cmd_rehearse,
    cmd_status, cmd_incidents, cmd_why, cmd_best, cmd_replay, cmd_demo, cmd_sim,
    cmd_completion, cmd_version, cmd_deliveries, cmd_drill, cmd_report;

/* The whole program after main's set-up: finds the row, parses, runs. */
int cmd_main(int argc, char **argv);
/* Usage error: sentence on stderr, a pointer to --help; returns EXIT_USAGE. */
int cmd_usage(const struct cmd *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

#endif
