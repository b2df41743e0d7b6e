/* SPDX-License-Identifier: MIT
 *
 * `dimwatch channels`: where news can go, and the only proof that it arrives: a test
 * message through the real sender, with the far side's own words. No database is opened.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/log.h"
#include "agent/base/rng.h"
#include "agent/base/sha256.h"
#include "agent/cmd.h"
#include "agent/deliver.h"
#include "agent/json_print.h"
#include "agent/paint.h"

/* One test message. */
struct trial {
	const struct channel_conf *channel;
	struct delivery delivery;
	bool over;
	int64_t ms;
};

struct session {
	struct loop *loop;
	struct mono start;
	struct trial *trials; /* owned */
	size_t n, left;
};

/* --- sending ---------------------------------------------------------------------- */

/* The plain form is a second chance that the real sender gives, too. */
static bool is_answer(const struct delivery *d)
{
	return d->state != DELIVERY_PENDING ||
	       (d->verdict != VERDICT_NONE && d->verdict != VERDICT_UNWANTED);
}

static void on_update(void *arg, const struct outbox_update *u)
{
	struct session *s = arg;
	for (size_t i = 0; i < u->n; i++)
		for (size_t k = 0; k < s->n; k++) {
			struct trial *t = &s->trials[k];
			if (t->over || !ulid_eq(&t->delivery.id, &u->deliveries[i].id) ||
			    !is_answer(&u->deliveries[i]))
				continue;
			t->delivery = u->deliveries[i];
			t->over = true;
			t->ms = mono_diff_us(loop_mono(s->loop), s->start) / US_PER_MS;
			s->left--;
		}
}

static const char *no_alternative(void *arg, const struct incident *in)
{
	(void)arg;
	(void)in;
	return NULL;
}

/* Each test is a story of its own: two of them must not be one for the far side. */
static void make_delivery(struct trial *t, struct wall now)
{
	struct delivery *d = &t->delivery;
	uint8_t digest[SHA256_BYTES];
	sha256(t->channel->name, strlen(t->channel->name), digest);
	*d = (struct delivery){
	    .kind = MESSAGE_TEST, .created = now, .not_before = now, .seq = 1};
	(void)str_copy(d->channel, sizeof d->channel, t->channel->name);
	d->incident = ulid_make(now, digest);
	d->id = delivery_id(&d->incident, 1, d->channel, d->kind, now);
}

static bool send_all(struct session *s, struct conf *c, struct err *e)
{
	static const struct deliver_handler on = {on_update, no_alternative, NULL};
	struct http *http = http_new(s->loop, NULL, e);
	if (!http)
		return false;
	struct book *book = book_new();
	struct wall now = loop_wall(s->loop);
	struct deliver *d = deliver_new(s->loop, http, book, (uint64_t)now.ms, &on, s);
	s->start = loop_mono(s->loop);
	deliver_config(d, c);
	for (size_t i = 0; i < s->n; i++) {
		make_delivery(&s->trials[i], now);
		outbox_put(deliver_outbox(d), &s->trials[i].delivery);
	}
	s->left = s->n;
	deliver_poke(d);
	/* Every attempt has its deadline. */
	while (s->left)
		loop_turn(s->loop, 100);
	deliver_stop(d);
	http_free(http);
	deliver_end(d);
	deliver_free(d);
	book_free(book);
	return true;
}

/* --- saying ----------------------------------------------------------------------- */

static bool was_told(const struct trial *t)
{
	return t->delivery.state == DELIVERY_SENT;
}

static void print_trials(const struct session *s, bool json)
{
	json_t *list = json_array();
	for (size_t i = 0; i < s->n; i++) {
		const struct trial *t = &s->trials[i];
		const char *words = t->delivery.last_error;
		(void)json_array_append_new(list,
		    json_pack("{s:s, s:s, s:b, s:s, s:b, s:I, s:o}", "channel",
			t->channel->name, "kind", t->channel->kind->name, "told",
			was_told(t), "verdict", verdict_code(t->delivery.verdict),
			"plain", t->delivery.plain, "ms", (json_int_t)t->ms, "words",
			words[0] ? json_clean_string(span_of(words)) : json_null()));
		if (json)
			continue;
		(void)printf("%s%-16s%s %-12s %s in %lld ms%s%s%s\n",
		    paint_begin(stdout, was_told(t) ? PAINT_GOOD : PAINT_BAD),
		    t->channel->name, paint_end(stdout), t->channel->kind->name,
		    verdict_code(t->delivery.verdict), (long long)t->ms,
		    t->delivery.plain ? " (in its plain form)" : "", words[0] ? ": " : "",
		    words);
	}
	if (json)
		json_print(list);
	else
		json_decref(list);
}

static void print_channels(const struct conf *c, bool json)
{
	json_t *list = json_array();
	for (size_t i = 0; i < c->n_channels; i++) {
		const struct channel_conf *one = &c->channels[i];
		(void)json_array_append_new(
		    list, json_pack("{s:s, s:s, s:s}", "channel", one->name, "kind",
			      one->kind->name, "help", one->kind->help));
		if (!json)
			(void)printf("%-16s %-12s %s\n", one->name, one->kind->name,
			    one->kind->help);
	}
	if (!json && !c->n_channels)
		(void)puts("no channels: nobody would be told");
	if (json)
		json_print(list);
	else
		json_decref(list);
}

/* --- the command ------------------------------------------------------------------ */

/* The named channels, or all of them. False: an unknown name was reported. */
static bool choose(const struct cmd_args *a, const struct conf *c, struct session *s)
{
	s->trials = calloc(c->n_channels + 1, sizeof *s->trials);
	if (!s->trials)
		abort();
	if (a->argc == 1)
		for (size_t i = 0; i < c->n_channels; i++)
			s->trials[s->n++].channel = &c->channels[i];
	for (int i = 1; i < a->argc; i++) {
		const struct channel_conf *one = conf_find_channel(c, a->argv[i]);
		bool twice = false;
		for (size_t k = 0; k < s->n; k++)
			twice |= s->trials[k].channel == one;
		if (!one) {
			(void)cmd_usage(a->cmd, "there is no channel '%s'", a->argv[i]);
			return false;
		}
		if (!twice)
			s->trials[s->n++].channel = one;
	}
	return true;
}

static int test(const struct cmd_args *a, struct conf *c)
{
	struct session s = {0};
	struct err e = {0};
	bool all = true;
	if (!choose(a, c, &s)) {
		free(s.trials);
		return EXIT_USAGE;
	}
	log_set_level(LOG_ERROR);
	conf_redact_log(c);
	s.loop = loop_new(LOOP_REAL, &e);
	if (!s.loop || !send_all(&s, c, &e)) {
		(void)fprintf(stderr, "dimwatch channels: %s\n", e.msg);
		loop_free(s.loop);
		free(s.trials);
		return EXIT_CANNOT;
	}
	print_trials(&s, cmd_flag(a, "json"));
	for (size_t i = 0; i < s.n; i++)
		all &= was_told(&s.trials[i]);
	loop_free(s.loop);
	free(s.trials);
	return all ? EXIT_GOOD : EXIT_BAD_NEWS;
}

static int run(const struct cmd_args *a)
{
	struct conf_problems problems;
	int code = EXIT_GOOD;
	if (a->argc && strcmp(a->argv[0], "test") != 0)
		return cmd_usage(a->cmd, "`test` or nothing, not '%s'", a->argv[0]);
	conf_problems_init(&problems);
	struct conf *c = conf_open(cmd_value(a, "config"), &problems);
	if (!c)
		conf_problems_print(&problems);
	conf_problems_fini(&problems);
	if (!c)
		return EXIT_USAGE;
	if (a->argc)
		code = test(a, c);
	else
		print_channels(c, cmd_flag(a, "json"));
	conf_free(c);
	return code;
}

static const struct cmd_option options[] = {
    {"config", 'c', "FILE", "the config that names the channels"},
    {"json",  0, NULL, "as JSON"},
    {0       },
};

const struct cmd cmd_channels = {
    .name = "channels",
    .summary = "where news goes; `test` sends a message there",
    .positional = "[test [NAME...]]",
    .about =
	"Without a word: the channels of the config. `test` sends one message to each\n"
	"(or to those that are named), as `run` would, and prints what the far side said.\n"
	"It is the only proof for signatures, key words and chats. A pager rings.\n"
	"Exit: 0 all were told, 1 one was not, 2 usage or config, 3 cannot work.",
    .example = "  dimwatch channels\n  dimwatch channels test oncall",
    .options = options,
    .run = run,
};
