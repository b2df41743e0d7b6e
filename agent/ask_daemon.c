/* SPDX-License-Identifier: MIT
 *
 * See ask_daemon.h. Short transactions: the daemon writes to the same file.
 */
#include "agent/ask_daemon.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/history.h"
#include "agent/requests.h"
#include "storage/requests.h"

#define WAIT_MS 5000
#define STEP_MS 50

/* Line by line: each is made printable. */
static void print_text(FILE *f, const struct cmd_args *a, const char *text)
{
	struct str clean;
	str_init(&clean, sizeof((struct order_answer){0}).text * 4);
	do {
		size_t n = strcspn(text, "\n");
		str_reset(&clean);
		text_printable(&clean, (struct span){text, n});
		if (f == stderr)
			(void)fprintf(
			    f, "dimwatch %s: %s\n", a->cmd->name, str_c(&clean));
		else
			(void)fprintf(f, "%s\n", str_c(&clean));
		text += n + (text[n] != 0);
	} while (*text);
	str_fini(&clean);
}

static int say_answer(const struct cmd_args *a, const struct order_answer *answer)
{
	bool good = answer->code == EXIT_GOOD || answer->code == EXIT_BAD_NEWS;
	print_text(good ? stdout : stderr, a, answer->text);
	return answer->code >= EXIT_GOOD && answer->code <= EXIT_CANNOT ? answer->code
									: EXIT_CANNOT;
}

static int say_waiting(const struct cmd_args *a, const char *path)
{
	if (history_is_alive(path))
		print_text(stderr, a,
		    "dimwatch has not answered yet; it will do it as soon as it can, "
		    "within 10 minutes or not at all");
	else
		print_text(stderr, a,
		    "dimwatch is not running: it will be done if it starts within 10 "
		    "minutes");
	return EXIT_BAD_NEWS;
}

/* ret: a good answer is kept there and not said; NULL: it is said. */
static int wait_for(const struct cmd_args *a, struct db *d, int64_t id, const char *path,
    struct order_answer *ret)
{
	struct order_answer answer;
	struct err e = {0};
	for (int ms = 0; ms < WAIT_MS; ms += STEP_MS) {
		if (!requests_answer(d, id, &answer, &e)) {
			print_text(stderr, a, e.msg);
			return EXIT_CANNOT;
		}
		if (answer.done_at.ms && ret && answer.code == EXIT_GOOD) {
			*ret = answer;
			return EXIT_GOOD;
		}
		if (answer.done_at.ms)
			return say_answer(a, &answer);
		if (!history_is_alive(path))
			break;
		(void)poll(NULL, 0, STEP_MS);
	}
	return say_waiting(a, path);
}

static int ask(const struct cmd_args *a, const char *verb, const char *args,
    const char *path, struct order_answer *ret)
{
	struct err e = {0};
	int64_t id = 0;
	int code = EXIT_CANNOT;
	struct db *d = db_open(path, DB_READ_WRITE, &e);
	if (d && requests_insert(d, verb, args, history_now(), &id, &e))
		code = wait_for(a, d, id, path, ret);
	else
		print_text(stderr, a, e.msg);
	db_close(d);
	return code;
}

int ask_daemon(const struct cmd_args *a, const char *verb, json_t *args)
{
	return ask_daemon_for(a, verb, args, NULL);
}

int ask_daemon_for(
    const struct cmd_args *a, const char *verb, json_t *args, struct order_answer *ret)
{
	const char *who = getenv("USER");
	char *path = NULL;
	struct str text;
	int code = history_path(a, &path);
	if (code < 0) {
		(void)json_object_set_new(
		    args, "who", json_clean_string(span_of(who ? who : "")));
		str_init(&text, ORDER_ARGS_BYTES);
		json_dump(args, &text);
		if (text.cut)
			code = cmd_usage(a->cmd, "that is too long");
		else
			code = ask(a, verb, str_c(&text), path, ret);
		str_fini(&text);
	}
	free(path);
	json_decref(args);
	return code;
}
