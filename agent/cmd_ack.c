/* SPDX-License-Identifier: MIT
 *
 * `dimwatch ack`, `pause` and `resume`: one order each to the running daemon.
 */
#include "agent/ask_daemon.h"
#include "agent/base/json.h"

/* --- ack -------------------------------------------------------------------------- */

static json_t *text_arg(const char *text)
{
	return json_clean_string(span_of(text));
}

static json_t *one_arg(const struct cmd_args *a, const char *name)
{
	json_t *args = json_object();
	(void)json_object_set_new(args, name, text_arg(a->argv[0]));
	if (cmd_value(a, "note"))
		(void)json_object_set_new(args, "note", text_arg(cmd_value(a, "note")));
	return args;
}

static int run_ack(const struct cmd_args *a)
{
	if (a->argc != 1)
		return cmd_usage(a->cmd, "name one incident: the four characters of its "
					 "message's title, or the full id");
	return ask_daemon(a, "ack", one_arg(a, "incident"));
}

static const struct cmd_option ack_options[] = {
    {"note",  'n', "TEXT", "what the others should know"},
    {"config", 'c', "FILE", "the config that names the database"},
    {"database",       'd', "FILE", "the database itself"},
    {0   }
};

const struct cmd cmd_ack = {
    .name = "ack",
    .summary = "take an open incident in hand: no reminders, no escalation",
    .positional = "INCIDENT",
    .about =
	"Whoever was told of the incident reads in its thread that somebody has it in\n"
	"hand. Reminders and escalation stop until it is over; that it grows worse and\n"
	"that it is over is still told. When it is over and comes back, that is another\n"
	"call: it is told, and escalates, as if nobody had acknowledged it.\n"
	"Exit: 0 done, 1 not answered yet, 2 there is no such open incident, 3 cannot work.",
    .example = "  dimwatch ack 7Q2A --note 'switched to qwen'",
    .options = ack_options,
    .run = run_ack,
};

/* --- pause ------------------------------------------------------------------------ */

static int run_pause(const struct cmd_args *a)
{
	if (a->argc != 1)
		return cmd_usage(a->cmd, "name one target");
	return ask_daemon(a, "pause", one_arg(a, "target"));
}

static const struct cmd_option pause_options[] = {
    {"note",  'n', "TEXT", "why"},
    {"config", 'c', "FILE", "the config that names the database"},
    {"database",       'd', "FILE", "the database itself"},
    {0   }
};

const struct cmd cmd_pause = {
    .name = "pause",
    .summary = "stop asking a target, until `resume`",
    .positional = "TARGET",
    .about =
	"A paused target is not asked and costs nothing, also after a restart. What is\n"
	"open of it is closed as no longer watched, and told so. `status` lists it.\n"
	"Exit: 0 done, 1 not answered yet, 2 there is no such target, 3 cannot work.",
    .example = "  dimwatch pause house --note 'new graphics cards'",
    .options = pause_options,
    .run = run_pause,
};

static int run_resume(const struct cmd_args *a)
{
	json_t *args;
	if (a->argc != 1)
		return cmd_usage(a->cmd, "name one target");
	args = json_object();
	(void)json_object_set_new(args, "target", text_arg(a->argv[0]));
	return ask_daemon(a, "resume", args);
}

static const struct cmd_option resume_options[] = {
    {"config", 'c', "FILE", "the config that names the database"},
    {"database",  'd', "FILE", "the database itself"},
    {0       }
};

const struct cmd cmd_resume = {
    .name = "resume",
    .summary = "ask a paused target again",
    .positional = "TARGET",
    .about =
	"It starts anew, as a target that is new in the config does.\n"
	"Exit: 0 done, 1 not answered yet, 2 there is no such target, 3 cannot work.",
    .example = "  dimwatch resume house",
    .options = resume_options,
    .run = run_resume,
};
