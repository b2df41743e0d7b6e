/* SPDX-License-Identifier: MIT
 *
 * A channel is a place where news goes: pure functions that build an HTTP request from a
 * message and read the far side's answer. One file and one row of the table in channel.c,
 * the same shape as a dialect.
 */
#ifndef DIMWATCH_ALERTS_CHANNEL_H
#define DIMWATCH_ALERTS_CHANNEL_H

#include "agent/base/err.h"
#include "agent/base/secret.h"
#include "alerts/message.h"
#include "probes/request.h"
#include "probes/wire.h"

struct channel_kind;

/* One channel of the config; lives in its generation's arena. */
struct channel_conf {
	const char *name;
	const struct channel_kind *kind;
	const struct secret *url;
	const struct secret *secret,
	    *previous_secret;       /* webhook signatures; may be NULL */
	const struct secret *token; /* of a channel that wants one beside the URL; NULL */
	const char *keyword;        /* stands in every message; NULL */
	const char *chat;           /* whom a bot writes to; NULL */
	const char *mail_from, *mail_to; /* of e-mail; NULL */
	enum language language;
	const char *base_url;       /* another host of the same service; NULL */
	const struct secret *proxy; /* NULL: none */
	bool allow_plain_http;
	int64_t resend_ms;       /* of a kind that is a state; 0: the kind's own */
	const char *const *argv; /* of a program; ends with NULL. NULL: a far side */
	const char *url_ref;     /* how it was referred to: "${SLACK_WEBHOOK_URL}" */
	int line, column;
};

/* The seven classes of answer. Stored. */
enum verdict_kind {
	VERDICT_NONE = 0, /* not tried yet */
	VERDICT_ACCEPTED = 1,
	VERDICT_LATER = 2,
	VERDICT_SLOW_DOWN = 3, /* pauses the channel */
	VERDICT_UNWANTED =
	    4, /* this one message is wrong: once more as plain, then dead */
	VERDICT_STALE_HANDLE = 5,
	VERDICT_SHUT = 6, /* the channel is gone: parked, tried once an hour */
	VERDICT_DONE_ALREADY = 7,
	VERDICT_KIND_COUNT
};
const char *verdict_code(enum verdict_kind v);

struct channel_verdict {
	enum verdict_kind kind;
	int64_t
	    wait_ms;   /* SLOW_DOWN: clamped to 1 s .. 1 h; 0: the kind's slow_down_ms */
	bool maybe;    /* LATER: no answer, but the request may have arrived */
	bool for_good; /* SHUT by 410 "gone": not even the hourly try */
	char words[257];  /* the far side's own, cleaned, <= 256 bytes, without secrets */
	char handle[128]; /* ACCEPTED: for later edits; "" none */
};

struct channel_answer {
	const struct wire_end *end;
	const struct wire_head *head; /* NULL: no answer */
	struct span body;             /* first 16 KiB */
	struct wall now;
	/* Of the delivery that was tried. */
	bool plain, edit;
	int64_t tried_ms; /* since its first attempt */
};

#define CHANNEL_ANSWER_BYTES ((size_t)16 << 10)

/* Keys of the config that a kind understands beside its URL. */
enum channel_takes {
	TAKES_SECRET = 1,
	TAKES_PREVIOUS_SECRET = 2,
	TAKES_TOKEN = 4,
	TAKES_KEYWORD = 8,
	TAKES_CHAT = 16,
	TAKES_BASE_URL = 32,
	TAKES_RESEND = 64,
	TAKES_MAIL = 128, /* from and to */
	TAKES_ARGV = 256, /* a program instead of a URL */
};

/* What a far side can do for "one incident, one thread". Where neither is, the short id
 * in the title is what people follow. */
enum channel_does {
	DOES_THREAD = 1, /* later messages stand under the first, by its handle */
	DOES_EDIT = 2,   /* the first message can be changed, by its handle */
};

struct channel_kind {
	const char *name; /* the config key: "slack" */
	const char *help;
	unsigned takes; /* enum channel_takes */
	unsigned does;  /* enum channel_does */
	bool apart;     /* each incident is an alert of its own there: never folded */
	/* Limiter: one per `pace_ms` with bursts of `burst`; the wait after a SLOW_DOWN
	 * without a number; time-out of an attempt. */
	int64_t pace_ms;
	int burst;
	int64_t slow_down_ms;
	int64_t timeout_ms;
	/* What can be seen without sending: false and a sentence with the cure. May be
	 * NULL. */
	bool (*check)(const struct channel_conf *c, struct err *e);
	/* delivery_id: the frozen ULID. plain: no markup, cut short. now: of this
	 * attempt. */
	void (*build)(const struct channel_conf *c, const struct message *m,
	    const char *delivery_id, bool plain, struct wall now, struct request *ret);
	/* The far side keeps a state instead of messages: everything that is open is sent
	 * again each resend_ms, in one request. NULL: messages. */
	void (*build_state)(const struct channel_conf *c, const struct message *all,
	    size_t n, struct wall now, struct request *ret);
	int64_t resend_ms;
	void (*read)(const struct channel_conf *c, const struct channel_answer *a,
	    struct channel_verdict *ret);
};

const struct channel_kind *channel_find(const char *name);
const struct channel_kind *const *channel_kinds(size_t *ret_n);

extern const struct channel_kind channel_slack, channel_slack_app, channel_webhook,
    channel_discord, channel_teams, channel_feishu, channel_lark, channel_dingtalk,
    channel_wecom, channel_ntfy, channel_telegram, channel_pagerduty,
    channel_alertmanager, channel_email, channel_exec;

/* For read functions: the verdict of transport trouble and of HTTP statuses that mean the
 * same everywhere; false when the channel must decide itself. HTML 403s of proxies,
 * 407, 511 are LATER. Every read starts from a zeroed verdict. */
bool channel_common_verdict(const struct channel_answer *a, struct channel_verdict *ret);
/* Retry-After as probes/retry_after.h reads it, rounded up to whole seconds; 0, nonsense
 * and absent: -1. */
int64_t channel_retry_after_ms(const struct channel_answer *a);
/* The far side's own words: one harmless line without this channel's secrets. */
void channel_words(
    const struct channel_conf *c, struct span body, struct channel_verdict *ret);
/* For build functions: a POST of JSON to the channel's URL with its limits. The proxy
 * is the sender's business. */
void channel_request(
    const struct channel_conf *c, const char *user_agent, struct request *ret);
/* The same to another URL than the configured one. */
void channel_request_to(const struct channel_conf *c, const char *url,
    const char *user_agent, struct request *ret);

#endif
