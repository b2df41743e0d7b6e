/* SPDX-License-Identifier: MIT
 *
 * The table of channels, and what every HTTP channel does alike: the request around a
 * body, the answers that mean the same everywhere, the far side's words without secrets.
 */
#include "alerts/channel.h"

#include <assert.h>
#include <string.h>

#include "agent/base/tick.h"
#include "probes/redact.h"
#include "probes/retry_after.h"

static const struct channel_kind *const kinds[] = {&channel_slack, &channel_slack_app,
    &channel_webhook, &channel_discord, &channel_teams, &channel_feishu, &channel_lark,
    &channel_dingtalk, &channel_wecom, &channel_ntfy, &channel_telegram,
    &channel_pagerduty, &channel_alertmanager, &channel_email, &channel_exec};

static const char *const verdict_codes[] = {
    [VERDICT_NONE] = "none",
    [VERDICT_ACCEPTED] = "accepted",
    [VERDICT_LATER] = "later",
    [VERDICT_SLOW_DOWN] = "slow_down",
    [VERDICT_UNWANTED] = "unwanted",
    [VERDICT_STALE_HANDLE] = "stale_handle",
    [VERDICT_SHUT] = "shut",
    [VERDICT_DONE_ALREADY] = "done_already",
};
static_assert(sizeof(verdict_codes) / sizeof(verdict_codes[0]) == VERDICT_KIND_COUNT,
    "one code per verdict");

const char *verdict_code(enum verdict_kind v)
{
	assert((unsigned)v < VERDICT_KIND_COUNT);
	return verdict_codes[v];
}

const struct channel_kind *channel_find(const char *name)
{
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (strcmp(kinds[i]->name, name) == 0)
			return kinds[i];
	}
	return NULL;
}

const struct channel_kind *const *channel_kinds(size_t *ret_n)
{
	*ret_n = sizeof(kinds) / sizeof(kinds[0]);
	return kinds;
}

static bool is_zero(struct span s)
{
	for (size_t i = 0; i < s.n; i++) {
		if (s.p[i] != '0' && s.p[i] != '.')
			return false;
	}
	return true; /* also when it is absent */
}

int64_t channel_retry_after_ms(const struct channel_answer *a)
{
	int64_t ms;

	/* Zero is what careless servers say when they mean nothing. */
	if (!a->head || is_zero(span_trim(head_find(a->head, "Retry-After"))))
		return -1;
	ms = retry_after_ms(a->head, a->now);
	return ms < 0 ? -1 : (ms + MS_PER_S - 1) / MS_PER_S * MS_PER_S;
}

/* A page of a proxy, a firewall or a portal, not the far side's own word. */
static bool is_html(const struct channel_answer *a)
{
	struct span body = span_trim(a->body);

	return span_icontains(head_find(a->head, "Content-Type"), span_of("text/html")) ||
	       (body.n && body.p[0] == '<');
}

/* No head: did the request leave? Then it may have arrived although nobody said so. */
static void no_answer(const struct channel_answer *a, struct channel_verdict *ret)
{
	ret->kind = VERDICT_LATER;
	ret->maybe = a->end->phase >= PHASE_SENT;
	message_line(ret->words, sizeof(ret->words), sizeof(ret->words),
	    span_of(a->end->text[0] ? a->end->text : wire_code(a->end->wire)));
}

/* Statuses that mean the same for every HTTP channel; the first row that matches. */
struct status_row {
	int from, to;
	bool only_html;
	enum verdict_kind verdict;
};

static const struct status_row status_rows[] = {
    {300, 399, false, VERDICT_SHUT     },
    {401, 401, true,  VERDICT_LATER    },
    {403, 404, true,  VERDICT_LATER    },
    {410, 410, true,  VERDICT_LATER    },
    {407, 407, false, VERDICT_LATER    },
    {408, 408, false, VERDICT_LATER    },
    {425, 425, false, VERDICT_LATER    },
    {429, 429, false, VERDICT_SLOW_DOWN},
    {500, 599, false, VERDICT_LATER    },
};

bool channel_common_verdict(const struct channel_answer *a, struct channel_verdict *ret)
{
	int64_t wait_ms = channel_retry_after_ms(a);

	/* The head of a proxy's refusal is not the far side's. */
	if (!a->head || !a->head->status || a->end->wire == WIRE_PROXY) {
		no_answer(a, ret);
		return true;
	}
	for (size_t i = 0; i < sizeof(status_rows) / sizeof(status_rows[0]); i++) {
		const struct status_row *row = &status_rows[i];

		if (a->head->status < row->from || a->head->status > row->to ||
		    (row->only_html && !is_html(a)))
			continue;
		ret->kind = row->verdict;
		if (ret->kind == VERDICT_LATER && wait_ms > 0)
			ret->kind = VERDICT_SLOW_DOWN;
		if (ret->kind == VERDICT_SLOW_DOWN)
			ret->wait_ms = wait_ms > 0 ? wait_ms : 0;
		if (ret->kind == VERDICT_SHUT)
			str_copy(ret->words, sizeof(ret->words), "URL moved");
		return true;
	}
	return false;
}

void channel_words(
    const struct channel_conf *c, struct span body, struct channel_verdict *ret)
{
	const struct secret *const secrets[] = {
	    c->url, c->secret, c->previous_secret, c->token};
	char text[1024];

	if (ret->words[0])
		return;
	redact(text, sizeof(text), body, NULL);
	for (size_t i = 0; i < sizeof(secrets) / sizeof(secrets[0]); i++) {
		char once[sizeof(text)];

		if (!secrets[i])
			continue;
		redact(once, sizeof(once), span_of(text), secrets[i]);
		str_copy(text, sizeof(text), once);
	}
	if (text[0])
		message_line(
		    ret->words, sizeof(ret->words), sizeof(ret->words), span_of(text));
}

void channel_request(
    const struct channel_conf *c, const char *user_agent, struct request *ret)
{
	const char *url = secret_reveal(c->url);

	channel_request_to(c, url != NULL ? url : "", user_agent, ret);
}

void channel_request_to(const struct channel_conf *c, const char *url,
    const char *user_agent, struct request *ret)
{
	request_init(ret, "POST", url);
	/* A fresh connection each time: libcurl silently repeats a request when a reused
	 * one dies, and a message must be sent once. */
	ret->cold = true;
	ret->max_body_bytes = (int64_t)CHANNEL_ANSWER_BYTES;
	ret->backstop_ms = c->kind->timeout_ms + 5 * MS_PER_S;
	ret->connect_backstop_ms = c->kind->timeout_ms;
	request_header(ret, "Content-Type", "application/json");
	request_header(ret, "User-Agent", user_agent);
}
