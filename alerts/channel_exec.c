/* SPDX-License-Identifier: MIT
 *
 * A program of the owner's: the webhook's JSON on stdin, what most scripts want as
 * variables. No shell, no key, and no text that could forge a second variable: each is
 * one harmless line. Its exit status is the answer, by the habits of sysexits.h and of
 * shells.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/channel_body.h"
#include "alerts/channel_parts.h"

#define STATUS  1000 /* + exit status, as the sender hands it over */
#define SLOW_MS (30 * MS_PER_S)

static void put_time(struct request *r, const char *name, struct wall t)
{
	char text[32] = "";

	if (t.ms)
		wall_rfc3339(t, text, sizeof(text));
	request_header(r, name, text);
}

static void add_variables(
    struct request *r, const struct message *m, const char *delivery_id)
{
	const struct incident *in = &m->incident;
	enum severity s = in->severity_now ? in->severity_now : in->severity;
	struct str targets;

	str_init(&targets, 4096);
	for (int i = 0; i < in->n_targets; i++)
		str_addf(&targets, "%s%s", i ? " " : "", in->targets[i]);
	request_header(r, "DIMWATCH_EVENT", message_kind_type(m->kind));
	request_header(r, "DIMWATCH_DELIVERY_ID", delivery_id);
	request_header(r, "DIMWATCH_INCIDENT", in->id.text);
	request_header(r, "DIMWATCH_INCIDENT_SHORT", in->short_id);
	request_header(
	    r, "DIMWATCH_STATE", in->state == INCIDENT_OPEN ? "open" : "closed");
	request_header(r, "DIMWATCH_SEVERITY", s ? severity_code(s) : "");
	request_header(r, "DIMWATCH_SUBJECT", in->subject.id);
	request_header(r, "DIMWATCH_PROVIDER", in->provider);
	request_header(r, "DIMWATCH_TARGETS", str_c(&targets));
	request_header(r, "DIMWATCH_TITLE", m->title);
	request_header(r, "DIMWATCH_LOCK_SCREEN", m->lock_screen);
	request_header(r, "DIMWATCH_SUMMARY", m->summary);
	request_header(r, "DIMWATCH_BEST", m->alternative);
	request_header(r, "DIMWATCH_VANTAGE", m->vantage);
	put_time(r, "DIMWATCH_STARTED_AT", in->started);
	put_time(r, "DIMWATCH_ENDED_AT", in->ended);
	str_fini(&targets);
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	(void)c;
	(void)now;
	request_init(ret, "EXEC", "");
	add_variables(ret, m, delivery_id);
	channel_body(m, plain, &ret->body);
	str_adds(&ret->body, "\n");
}

/* What a status says; the first row that matches. A script that fails because its own
 * network does must not lose the alert: it is tried again for a day. */
static const struct {
	int from, to;
	enum verdict_kind verdict;
} ends[] = {
    {0,   0,   VERDICT_ACCEPTED},
    {78,  78,  VERDICT_SHUT    }, /* EX_CONFIG */
    {126, 127, VERDICT_SHUT    }, /* not executable, not found */
    {1,   255, VERDICT_LATER   }, /* 75, EX_TEMPFAIL, among them */
};

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	int status = a->head != NULL ? a->head->status - STATUS : 0;

	memset(ret, 0, sizeof(*ret));
	ret->kind = VERDICT_LATER;
	if (a->head == NULL) {
		ret->maybe = a->end->phase >= PHASE_SENT;
		message_line(ret->words, sizeof(ret->words), sizeof(ret->words),
		    span_of(a->end->text[0] ? a->end->text : wire_code(a->end->wire)));
		return;
	}
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++) {
		if (status >= ends[i].from && status <= ends[i].to) {
			ret->kind = ends[i].verdict;
			break;
		}
	}
	if (ret->kind == VERDICT_ACCEPTED)
		return;
	channel_words(c, a->body, ret);
	if (!ret->words[0])
		(void)snprintf(ret->words, sizeof(ret->words), "exit status %d", status);
}

static bool check(const struct channel_conf *c, struct err *e)
{
	if (c->argv == NULL || c->argv[0] == NULL || c->argv[0][0] != '/')
		return err_set(e, ERR_CONFIG,
		    "the program needs its whole path, and each word is an entry of its own: "
		    "[/usr/local/bin/notify, --team, llm]; no shell reads it");
	return true;
}

const struct channel_kind channel_exec = {
    .name = "exec",
    .help = "a program of your own: JSON on stdin, DIMWATCH_... variables, no shell",
    .takes = TAKES_ARGV,
    .pace_ms = 1000,
    .burst = 5,
    .slow_down_ms = SLOW_MS,
    .timeout_ms = SLOW_MS,
    .check = check,
    .build = build,
    .read = read_answer,
};
