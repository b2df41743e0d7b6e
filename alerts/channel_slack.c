/* SPDX-License-Identifier: MIT
 *
 * Slack's incoming webhook: JSON in, one word out. The layout is that of
 * channel_slack_blocks.h. The URL is the secret; no id comes back, so there is no thread:
 * the short id in the title is what people follow.
 */
#include <string.h>

#include "agent/base/json.h"
#include "alerts/channel_slack_blocks.h"
#include "alerts/channel_url.h"

#define TOKEN_CHARS 24

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	json_auto_t *payload = json_object();
	struct str s;

	(void)
	    delivery_id; /* Slack offers no place for a key that makes a retry harmless */
	(void)now;
	slack_text(m, plain, &s);
	json_object_set_new(payload, "text", channel_str_json(&s));
	if (!plain)
		json_object_set_new(
		    payload, "attachments", json_pack("[o]", slack_attachment(m)));
	channel_request(c, "dimwatch/" DIMWATCH_VERSION, ret);
	json_dump(payload, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

/* Decided by the word, whatever the number: the documents do not agree on numbers. */
struct answer_row {
	const char *word;
	enum verdict_kind verdict;
};

static const struct answer_row answers[] = {
    {"invalid_payload",			 VERDICT_UNWANTED },
    {"invalid_blocks",			  VERDICT_UNWANTED },
    {"invalid_blocks_format",                   VERDICT_UNWANTED },
    {"no_text",				 VERDICT_UNWANTED },
    {"missing_text_or_fallback_or_attachments", VERDICT_UNWANTED },
    {"too_many_attachments",                    VERDICT_UNWANTED },
    {"msg_blocks_too_long",                     VERDICT_UNWANTED },
    {"user_not_found",			  VERDICT_SHUT     },
    {"action_prohibited",                       VERDICT_SHUT     },
    {"invalid_token",			   VERDICT_SHUT     },
    {"posting_to_general_channel_denied",       VERDICT_SHUT     },
    {"channel_not_found",                       VERDICT_SHUT     },
    {"no_service",			      VERDICT_SHUT     },
    {"no_service_id",			   VERDICT_SHUT     },
    {"no_team",				 VERDICT_SHUT     },
    {"team_disabled",			   VERDICT_SHUT     },
    {"no_active_hooks",			 VERDICT_SHUT     },
    {"channel_is_archived",                     VERDICT_SHUT     },
    {"rate_limited",			    VERDICT_SLOW_DOWN},
    {"rollup_error",			    VERDICT_LATER    },
    {"server_error",			    VERDICT_LATER    },
};

/* Slack refuses with one lone word; anything else was said by somebody in between. */
static bool is_word(struct span body)
{
	for (size_t i = 0; i < body.n; i++) {
		char ch = body.p[i];

		if (!(ch >= 'a' && ch <= 'z') && !(ch >= '0' && ch <= '9') && ch != '_')
			return false;
	}
	return body.n > 0 && body.n <= 64;
}

/* A word that is in no table: what its status says of it. */
static enum verdict_kind unknown_word(int status)
{
	switch (status) {
	case 400:
	case 413:
	case 422:
		return VERDICT_UNWANTED;
	case 401:
	case 403:
	case 404:
	case 410:
		return VERDICT_SHUT;
	default:
		return VERDICT_LATER;
	}
}

static enum verdict_kind judge_answer(const struct channel_answer *a)
{
	struct span body = span_trim(a->body);
	bool whole = a->end->wire == WIRE_DONE;

	/* Success is 200 and exactly `ok`; with less of it received nobody can tell. */
	if (a->head->status == 200 && whole && span_eq(a->body, "ok"))
		return VERDICT_ACCEPTED;
	for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++) {
		if (whole && span_eq(body, answers[i].word))
			return answers[i].verdict;
	}
	return whole && is_word(body) ? unknown_word(a->head->status) : VERDICT_LATER;
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret)) {
		ret->kind = judge_answer(a);
		ret->maybe = a->head->status == 200 && ret->kind == VERDICT_LATER;
		if (ret->kind == VERDICT_SLOW_DOWN && channel_retry_after_ms(a) > 0)
			ret->wait_ms = channel_retry_after_ms(a);
	}
	if (ret->kind == VERDICT_SLOW_DOWN && !ret->wait_ms)
		ret->wait_ms = channel_slack.slow_down_ms;
	channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

static const struct url_mistake mistakes[] = {
    {"hooks.slack.com", "/workflows/",
     "a workflow's URL wants flat key and value pairs, which dimwatch does not send: "
	"create an Incoming Webhook and use its URL"                         },
    {"hooks.slack.com", "/triggers/",
     "a workflow's trigger URL wants flat key and value pairs, which dimwatch does not "
	"send: create an Incoming Webhook and use its URL"                   },
    {"slack.com",       "/archives/",
     "this is the link to a channel, not a webhook: create an Incoming Webhook for that "
	"channel and use its URL"					    },
    {"slack.com",       "/api/",
     "this is Slack's Web API, not a webhook: give its token to `slack_app:`"},
    {"discord.com",     NULL,          "this is Discord's, not Slack's"      },
};

/* One segment of letters and digits, after `first` if that is not 0. */
static bool take_segment(struct span *path, char first, size_t least)
{
	size_t n = 1;

	if (path->n < 2 || path->p[0] != '/' || (first && path->p[1] != first))
		return false;
	while (n < path->n && path->p[n] != '/') {
		char ch = path->p[n];

		if (!(ch >= 'A' && ch <= 'Z') && !(ch >= 'a' && ch <= 'z') &&
		    !(ch >= '0' && ch <= '9'))
			return false;
		n++;
	}
	*path = (struct span){path->p + n, path->n - n};
	return n - 1 >= least;
}

static bool check(const struct channel_conf *c, struct err *e)
{
	struct span text = span_of(secret_reveal(c->url));
	struct channel_url u;
	const char *mistake;

	if (span_has_prefix(text, "xox"))
		return err_set(e, ERR_CONFIG,
		    "this is an app's token: write `slack_app: ...` and `chat: C...` beside it");
	if (!channel_url_check(c, &u, e))
		return false;
	mistake =
	    channel_url_mistake(&u, mistakes, sizeof(mistakes) / sizeof(mistakes[0]));
	if (mistake)
		return err_set(e, ERR_CONFIG, "%s", mistake);
	/* Others speak Slack's language too: what they want is theirs to say. */
	if (!channel_url_has_host(&u, "slack.com") &&
	    !channel_url_has_host(&u, "slack-gov.com"))
		return true;
	if (!span_has_prefix(u.path, "/services/"))
		return err_set(e, ERR_CONFIG,
		    "not a webhook of Slack: it looks like "
		    "https://hooks.slack.com/services/T.../B.../...");
	u.path = (struct span){u.path.p + 9, u.path.n - 9};
	if (!take_segment(&u.path, 'T', 2) || !take_segment(&u.path, 'B', 2) ||
	    !take_segment(&u.path, 0, TOKEN_CHARS) || u.path.n)
		return err_set(e, ERR_CONFIG,
		    "the webhook's URL is not whole: behind /services/ stand T..., B... and %d "
		    "letters and digits",
		    TOKEN_CHARS);
	return true;
}

const struct channel_kind channel_slack = {
    .name = "slack",
    .help = "Slack incoming webhook (https://hooks.slack.com/services/...)",
    .pace_ms = 1000,
    .burst = 3,
    .slow_down_ms = 30000,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
