/* SPDX-License-Identifier: MIT
 *
 * The far side of a channel for tests: its configuration and its answers, made of
 * literals.
 */
#ifndef DIMWATCH_TESTS_FAR_SIDE_H
#define DIMWATCH_TESTS_FAR_SIDE_H

#include "alerts/channel.h"

#define SLACK_URL "https://hooks.slack.com/services/T0AB/B0CD/abcdefghijklmnopqrstuvwx"
#define HOOK_URL  "https://hooks.example/in?token=tok-3f9a8c7d"

struct far_conf {
	struct channel_conf conf;
	struct secret *url, *secret, *previous; /* owned */
};
/* secret, previous: may be NULL. */
void far_conf_init(struct far_conf *f, const struct channel_kind *kind, const char *url,
    const char *secret, const char *previous);
void far_conf_fini(struct far_conf *f);

struct far_side {
	struct wire_end end;
	struct wire_head head;
	struct channel_answer answer;
};
/* header: NULL or one "Name: value"; literals. Answered at 14:05. */
void far_answers(struct far_side *f, int status, const char *header, const char *body);
void far_is_silent(struct far_side *f, enum wire wire, enum wire_phase phase);

struct channel_verdict far_verdict(const struct far_conf *c, const struct far_side *f);
/* 0: accepted by check; else the sentence is in msg. */
bool far_check(const struct channel_kind *kind, const char *url, const char *secret,
    bool allow_plain_http, struct err *e) MUST_CHECK;

#endif
