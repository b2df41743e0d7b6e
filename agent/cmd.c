/* SPDX-License-Identifier: MIT
 *
 * The table of subcommands and everything that follows from a row: parsing, --help, the
 * list, shell completion, "did you mean".
 */
#include "agent/cmd.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/str.h"
#include "agent/base/text.h"
#include "agent/paint.h"

static const struct cmd *const commands[] = {
    &cmd_run,
    &cmd_check,
    &cmd_init,
    &cmd_providers,
    &cmd_doors,
    &cmd_probe,
    &cmd_rehearse,
    &cmd_status,
    &cmd_incidents,
    &cmd_why,
    &cmd_report,
    &cmd_best,
    &cmd_ack,
    &cmd_silence,
    &cmd_pause,
    &cmd_resume,
    &cmd_channels,
    &cmd_deliveries,
    &cmd_drill,
    &cmd_replay,
    &cmd_demo,
    &cmd_sim,
    &cmd_completion,
    &cmd_version,
};
#define N_COMMANDS (sizeof commands / sizeof commands[0])

/* Words of later versions: an honest answer instead of "unknown command". */
static const char *const later[] = {"export", "import", "snapshot", "db"};
#define N_LATER (sizeof later / sizeof *later)

static size_t option_index(const struct cmd *c, const char *name)
{
	for (size_t i = 0; c->options && c->options[i].name; i++)
		if (!strcmp(c->options[i].name, name))
			return i;
	assert(false && "option is not in the command's table");
	return 0;
}

const char *cmd_value(const struct cmd_args *a, const char *option)
{
	return a->values[option_index(a->cmd, option)];
}

bool cmd_flag(const struct cmd_args *a, const char *option)
{
	return cmd_value(a, option) != NULL;
}

int cmd_usage(const struct cmd *c, const char *fmt, ...)
{
	struct str s, clean;
	va_list ap;
	str_init(&s, 2000);
	str_init(&clean, 8000);
	va_start(ap, fmt);
	(void)str_addv(&s, fmt, ap);
	va_end(ap);
	text_printable(&clean, str_span(&s));
	(void)fprintf(stderr, "dimwatch%s%s: %s\nTry: dimwatch%s%s --help\n",
	    c ? " " : "", c ? c->name : "", str_c(&clean), c ? " " : "",
	    c ? c->name : "");
	str_fini(&s);
	str_fini(&clean);
	return EXIT_USAGE;
}

static void print_list(FILE *f)
{
	(void)fprintf(f,
	    "dimwatch notices when an LLM provider dims, before your users do.\n\n"
	    "  dimwatch probe --all      ask every target once, now\n"
	    "  dimwatch run              watch, remember, tell\n\n"
	    "Commands:\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)fprintf(f, "  %-11s %s\n", commands[i]->name, commands[i]->summary);
	(void)fprintf(f, "\nEvery command has --help with an example.\n");
}

static void print_help(const struct cmd *c)
{
	(void)printf("dimwatch %s: %s\n\nUsage: dimwatch %s%s%s%s\n", c->name, c->summary,
	    c->name, c->options && c->options[0].name ? " [OPTIONS]" : "",
	    c->positional ? " " : "", c->positional ? c->positional : "");
	if (c->about)
		(void)printf("\n%s\n", c->about);
	(void)printf("\nOptions:\n");
	for (const struct cmd_option *o = c->options; o && o->name; o++) {
		char left[64];
		(void)snprintf(left, sizeof left, "%c%c%c --%s%s%s",
		    o->letter ? '-' : ' ', o->letter ? o->letter : ' ',
		    o->letter ? ',' : ' ', o->name, o->arg ? " " : "",
		    o->arg ? o->arg : "");
		(void)printf("  %-24s %s\n", left, o->help);
	}
	(void)printf("  -h, --help               this text\n");
	if (c->example)
		(void)printf("\nExample:\n%s\n", c->example);
}

static const struct cmd_option *find_option(
    const struct cmd *c, const char *word, size_t n)
{
	for (const struct cmd_option *o = c->options; o && o->name; o++)
		if (strlen(o->name) == n && !strncmp(o->name, word, n))
			return o;
	return NULL;
}

static int unknown_option(const struct cmd *c, const char *word)
{
	const char *names[CMD_MAX_OPTIONS];
	size_t n = 0;
	for (const struct cmd_option *o = c->options; o && o->name; o++)
		names[n++] = o->name;
	const char *near = str_nearest(word, names, n);
	return near ? cmd_usage(c, "unknown option --%s (did you mean --%s?)", word, near)
		    : cmd_usage(c, "unknown option --%s", word);
}

static const struct cmd_option *find_letter(const struct cmd *c, char letter)
{
	for (const struct cmd_option *o = c->options; o && o->name; o++)
		if (o->letter && o->letter == letter)
			return o;
	return NULL;
}

/* The option of a word and the value inside it (NULL: none). */
static const struct cmd_option *read_option(
    const struct cmd *c, const char *word, const char **ret_value)
{
	if (word[1] != '-') {
		*ret_value = word[2] ? word + 2 : NULL;
		return find_letter(c, word[1]);
	}
	const char *eq = strchr(word + 2, '=');
	size_t n = eq ? (size_t)(eq - word - 2) : strlen(word + 2);
	*ret_value = eq ? eq + 1 : NULL;
	return find_option(c, word + 2, n);
}

/* Takes the option at argv[*i]; *i moves over its value. Returns an exit code or -1. */
static int take_option(struct cmd_args *a, char **argv, int argc, int *i)
{
	const struct cmd *c = a->cmd;
	const char *word = argv[*i], *value = NULL;
	const struct cmd_option *o = read_option(c, word, &value);
	if (!o && word[1] == '-')
		return unknown_option(c, word + 2);
	if (!o)
		return cmd_usage(c, "unknown option -%c", word[1]);
	if (!o->arg && value)
		return cmd_usage(c, "--%s takes no value", o->name);
	if (o->arg && !value) {
		if (*i + 1 >= argc)
			return cmd_usage(c, "--%s needs a value: %s", o->name, o->arg);
		value = argv[++*i];
	}
	a->values[option_index(c, o->name)] = o->arg ? value : "";
	return -1;
}

static int run_command(const struct cmd *c, int argc, char **argv)
{
	struct cmd_args a = {.cmd = c, .argv = argv};
	bool options_over = false;
	for (int i = 0; i < argc; i++) {
		char *w = argv[i];
		if (!options_over && !strcmp(w, "--")) {
			options_over = true;
		} else if (!options_over && (!strcmp(w, "--help") || !strcmp(w, "-h"))) {
			print_help(c);
			return EXIT_GOOD;
		} else if (!options_over && w[0] == '-' && w[1]) {
			int code = take_option(&a, argv, argc, &i);
			if (code >= 0)
				return code;
		} else {
			argv[a.argc++] = w;
		}
	}
	if (a.argc && !c->positional)
		return cmd_usage(c, "unexpected word '%s'", argv[0]);
	return c->run(&a);
}

static int unknown_command(const char *word)
{
	const char *names[N_COMMANDS];
	for (size_t i = 0; i < N_LATER; i++)
		if (!strcmp(later[i], word))
			return cmd_usage(NULL,
			    "'%s' is not in this version (" DIMWATCH_VERSION
			    "); see README, \"What it does not do yet\"",
			    word);
	for (size_t i = 0; i < N_COMMANDS; i++)
		names[i] = commands[i]->name;
	const char *near = str_nearest(word, names, N_COMMANDS);
	return near ? cmd_usage(
			  NULL, "unknown command '%s' (did you mean '%s'?)", word, near)
		    : cmd_usage(NULL, "unknown command '%s'", word);
}

int cmd_main(int argc, char **argv)
{
	if (argc < 2) {
		print_list(stdout);
		return EXIT_GOOD;
	}
	const char *word = argv[1];
	if (!strcmp(word, "--help") || !strcmp(word, "-h") || !strcmp(word, "help")) {
		print_list(stdout);
		return EXIT_GOOD;
	}
	if (!strcmp(word, "--version") || !strcmp(word, "-V"))
		word = "version";
	for (size_t i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i]->name, word))
			return run_command(commands[i], argc - 2, argv + 2);
	return unknown_command(word);
}

/* Shell completion, from the same rows. */

static void complete_bash(void)
{
	(void)printf(
	    "_dimwatch() {\n\tlocal cur=${COMP_WORDS[COMP_CWORD]}\n"
	    "\tif [ \"$COMP_CWORD\" -eq 1 ]; then\n\t\tCOMPREPLY=($(compgen -W '");
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)printf("%s%s", i ? " " : "", commands[i]->name);
	(void)printf("' -- \"$cur\"))\n\t\treturn\n\tfi\n\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		(void)printf(
		    "\t%s) COMPREPLY=($(compgen -f -W '--help", commands[i]->name);
		for (const struct cmd_option *o = commands[i]->options; o && o->name; o++)
			(void)printf(" --%s", o->name);
		(void)printf("' -- \"$cur\")) ;;\n");
	}
	(void)printf("\tesac\n}\ncomplete -F _dimwatch dimwatch\n");
}

static void complete_zsh(void)
{
	(void)printf("#compdef dimwatch\nlocal -a commands\ncommands=(\n");
	for (size_t i = 0; i < N_COMMANDS; i++)
		(void)printf("\t'%s:%s'\n", commands[i]->name, commands[i]->summary);
	(void)printf(
	    ")\nif (( CURRENT == 2 )); then\n\t_describe command commands\n\treturn\n"
	    "fi\ncase $words[2] in\n");
	for (size_t i = 0; i < N_COMMANDS; i++) {
		(void)printf("%s) _arguments '--help[this text]'", commands[i]->name);
		for (const struct cmd_option *o = commands[i]->options; o && o->name; o++)
			(void)printf(" '--%s[%s]%s'", o->name, o->help,
			    o->arg ? ":value:_files" : "");
		(void)printf(" '*:file:_files' ;;\n");
	}
	(void)printf("esac\n");
}

static void complete_fish(void)
{
	for (size_t i = 0; i < N_COMMANDS; i++) {
		const struct cmd *c = commands[i];
		(void)printf(
		    "complete -c dimwatch -n __fish_use_subcommand -a %s -d \"%s\"\n",
		    c->name, c->summary);
		for (const struct cmd_option *o = c->options; o && o->name; o++)
			(void)printf(
			    "complete -c dimwatch -n '__fish_seen_subcommand_from %s' "
			    "-l %s%s -d \"%s\"\n",
			    c->name, o->name, o->arg ? " -r" : "", o->help);
	}
}

static const struct {
	const char *shell;
	void (*print)(void);
} shells[] = {
    {"bash", complete_bash},
    {"zsh",  complete_zsh },
    {"fish", complete_fish}
};

static int completion(const struct cmd_args *a)
{
	for (size_t i = 0; a->argc == 1 && i < sizeof shells / sizeof *shells; i++)
		if (!strcmp(a->argv[0], shells[i].shell)) {
			shells[i].print();
			return EXIT_GOOD;
		}
	return cmd_usage(a->cmd, "name a shell: bash, zsh or fish");
}

const struct cmd cmd_completion = {
    .name = "completion",
    .summary = "print completion for bash, zsh or fish",
    .positional = "SHELL",
    .example = "  dimwatch completion bash > /etc/bash_completion.d/dimwatch",
    .run = completion,
};
