/* SPDX-License-Identifier: MIT
 *
 * The tables of who is told: channels, routes and what they match.
 */
#include <assert.h>

#include "agent/base/tick.h"
#include "agent/conf_schema.h"

#define NAME_MAX_BYTES 63

static const char *const severities[] = {"minor", "major", "critical", NULL};
static const char *const classes[] = {"outage", "slow", "self", "notice", NULL};

const char *const conf_languages[] = {"en", "zh", NULL};

/* Long rows read better as they are written here. */
/* clang-format off */
static const struct conf_key channel_keys[] = {
	[CHANNEL_NAME] = {"name", CONF_NAME, .max = NAME_MAX_BYTES,
	    .fallback_words = "in `alerts`: the kind, `slack`, `slack-2`; in `channels` it "
		"must be there", .help = "Unique among the channels."},
	[CHANNEL_SLACK] = {"slack", CONF_SECRET,
	    .help = "URL of an Incoming Webhook."},
	[CHANNEL_SLACK_APP] = {"slack_app", CONF_SECRET,
	    .help = "Token of a Slack app (`xoxb-...`); needs `chat`. One thread per incident, "
		"whose first message shows the present."},
	[CHANNEL_WEBHOOK] = {"webhook", CONF_SECRET,
	    .help = "URL that gets JSON as Standard Webhooks say."},
	[CHANNEL_DISCORD] = {"discord", CONF_SECRET,
	    .help = "URL of a Discord webhook."},
	[CHANNEL_TEAMS] = {"teams", CONF_SECRET,
	    .help = "URL of a Teams Workflow that receives webhook requests."},
	[CHANNEL_FEISHU] = {"feishu", CONF_SECRET,
	    .help = "URL of a Feishu custom bot."},
	[CHANNEL_LARK] = {"lark", CONF_SECRET,
	    .help = "URL of a Lark custom bot."},
	[CHANNEL_DINGTALK] = {"dingtalk", CONF_SECRET,
	    .help = "URL of a DingTalk robot, or its access token alone."},
	[CHANNEL_WECOM] = {"wecom", CONF_SECRET,
	    .help = "URL of a WeCom group robot, or its key alone."},
	[CHANNEL_NTFY] = {"ntfy", CONF_SECRET,
	    .help = "Server and topic in one URL: `https://ntfy.sh/TOPIC`."},
	[CHANNEL_TELEGRAM] = {"telegram", CONF_SECRET,
	    .help = "Token of a Telegram bot; needs `chat`."},
	[CHANNEL_PAGERDUTY] = {"pagerduty", CONF_SECRET,
	    .help = "Integration key of a service (Events API v2)."},
	[CHANNEL_ALERTMANAGER] = {"alertmanager", CONF_SECRET,
	    .help = "Address of a Prometheus Alertmanager, `http://HOST:9093`, without `/api`. "
		"What is open is sent again until it is over. Of a cluster name every member, "
		"each as a channel."},
	[CHANNEL_EMAIL] = {"email", CONF_SECRET,
	    .help = "Mail relay: `smtp://USER:PASSWORD@HOST:587` or `smtps://HOST:465`; needs "
		"`from` and `to`. With a password TLS is demanded."},
	[CHANNEL_EXEC] = {"exec", CONF_PATHS,
	    .help = "A program of your own and its arguments, each an entry: JSON on stdin, "
		"`DIMWATCH_...` variables, no shell, nothing else of our environment than "
		"PATH, HOME, LANG and TZ. Exit 0: told; 78, 126, 127: shut; others: again."},
	[CHANNEL_SECRET] = {"secret", CONF_SECRET,
	    .help = "Signs the messages of `webhook` (`whsec_` and base64), `feishu`, `lark` "
		"and `dingtalk` (as the bot's page shows it)."},
	[CHANNEL_PREVIOUS_SECRET] = {"previous_secret", CONF_SECRET,
	    .help = "Of `webhook`: signs too, while the receiver still has the old one."},
	[CHANNEL_TOKEN] = {"token", CONF_SECRET,
	    .help = "Of `ntfy` and `alertmanager`: an access token, where the server wants one."},
	[CHANNEL_KEYWORD] = {"keyword", CONF_TEXT, .max = 60,
	    .help = "Of `feishu`, `lark` and `dingtalk`: a word that the bot wants to see in "
		"every message."},
	[CHANNEL_CHAT] = {"chat", CONF_TEXT, .max = 64, .references = true,
	    .help = "Of `telegram`: number of the chat, negative for groups, or \"@name\" of a "
		"public channel. Of `slack_app`: the channel's id, `C0123456789`."},
	[CHANNEL_BASE_URL] = {"base_url", CONF_URL,
	    .fallback_words = "the service's own",
	    .help = "Of `telegram` (a server of your own), `slack_app` "
		"(`https://slack-gov.com/api`) and `pagerduty` "
		"(`https://events.eu.pagerduty.com/v2/enqueue` in the EU)."},
	[CHANNEL_FROM] = {"from", CONF_TEXT, .max = 254, .references = true,
	    .help = "Of `email`: the sender's address; its domain is the name in EHLO."},
	[CHANNEL_TO] = {"to", CONF_TEXT, .max = 254, .references = true,
	    .help = "Of `email`: one recipient's address; several people are several "
		"channels, so that each hears for certain."},
	[CHANNEL_RESEND] = {"resend", CONF_DURATION, .min = 1000, .max = 10 * MS_PER_MIN,
	    .fallback_words = "`60s`",
	    .help = "Of `alertmanager`: how often what is open is sent again. Without dimwatch "
		"an alert ends by itself after five times that."},
	[CHANNEL_ALLOW_PLAIN_HTTP] = {"allow_plain_http", CONF_SWITCH, .fallback = "off",
	    .help = "`on`: an `http://` URL beyond this machine is accepted."},
	[CHANNEL_PROXY] = {"proxy", CONF_PROXY, .may_be_none = true,
	    .fallback_words = "`defaults.proxy`",
	    .help = "URL of a proxy; `none` for a direct way."},
	[CHANNEL_LANGUAGE] = {"language", CONF_WORD, .choices = conf_languages,
	    .fallback_words = "the config's `language`",
	    .help = "What this channel is told in: `en` or `zh`."},
};
static_assert(sizeof(channel_keys) / sizeof(*channel_keys) == CHANNEL_COUNT, "rows");
static const char *const channel_later[] = {"opsgenie", "gotify", "pushover", "smtp", "mattermost", "rocketchat",
    "format", "headers",
    "allow_link_local", NULL};
const struct conf_block conf_channel_block = {
	"channels", "Where news goes: one kind each (`slack`, `webhook`, `feishu` ...). `alerts` "
	"takes the same keys.", channel_keys, CHANNEL_COUNT, channel_later};

static const struct conf_key match_keys[] = {
	[MATCH_SEVERITY] = {"severity", CONF_WORDS, .choices = severities,
	    .fallback_words = "any", .help = "One severity or a list of them."},
	[MATCH_CLASS] = {"class", CONF_WORDS, .choices = classes, .fallback_words = "any",
	    .help = "`outage`, `slow`, `self` (trouble of dimwatch itself) or `notice` (your "
		"key, quota or request), or a list of them."},
	[MATCH_PROVIDER] = {"provider", CONF_NAMES, .fallback_words = "any",
	    .help = "One of these providers."},
	[MATCH_REGION] = {"region", CONF_NAMES, .fallback_words = "any",
	    .help = "One of these regions."},
	[MATCH_TARGET] = {"target", CONF_NAMES, .fallback_words = "any",
	    .refers = "a target", .help = "One of these targets is affected."},
	[MATCH_LABELS] = {"labels", CONF_TEXT_MAP, .max = 32, .fallback_words = "any",
	    .help = "A target with all of these `labels` is affected."},
};
static_assert(sizeof(match_keys) / sizeof(*match_keys) == MATCH_COUNT, "rows");
static const char *const match_later[] = {"model", "rule", "vantage", NULL};
const struct conf_block conf_match_block = {"match", "Which incidents a route is for.",
	match_keys, MATCH_COUNT, match_later};

static const struct conf_key escalate_keys[] = {
	[ESCALATE_AFTER] = {"after", CONF_DURATION, .required = true, .min = MS_PER_MIN,
	    .max = 7 * MS_PER_DAY,
	    .help = "It was told so long ago and nobody has acknowledged it (`dimwatch ack`)."},
	[ESCALATE_TO] = {"to", CONF_NAMES, .required = true, .refers = "a channel",
	    .help = "The channels that are told then, once, and hear what follows too."},
};
static_assert(sizeof(escalate_keys) / sizeof(*escalate_keys) == ESCALATE_COUNT, "rows");
const struct conf_block conf_escalate_block = {"escalate",
	"Who else is told of an incident that nobody acknowledges.", escalate_keys,
	ESCALATE_COUNT, NULL};

static const char *const groups[] = {"provider", "class", "all", NULL};
static const struct conf_key group_keys[] = {
	[GROUP_BY] = {"by", CONF_WORD, .required = true, .choices = groups,
	    .help = "What belongs together: incidents of one `provider`, of one `class`, or "
		"`all`."},
	[GROUP_WAIT] = {"wait", CONF_DURATION, .min = 1000, .max = 5 * MS_PER_MIN,
	    .fallback = "30s", .help = "So long the first of a group waits for others."},
	[GROUP_CRITICAL] = {"critical", CONF_SWITCH, .fallback = "off",
	    .help = "`on`: what is critical waits too."},
};
static_assert(sizeof(group_keys) / sizeof(*group_keys) == GROUP_COUNT, "rows");
const struct conf_block conf_group_block = {"group",
	"What a route tells together: it waits a little, and is one message when it is more "
	"than one. PagerDuty and Alertmanager keep one alert an incident and wait for nothing.",
	group_keys, GROUP_COUNT, NULL};

static const struct conf_key route_keys[] = {
	[ROUTE_MATCH] = {"match", CONF_BLOCK, .inside = &conf_match_block,
	    .fallback_words = "every incident", .help = "Which incidents it is for."},
	[ROUTE_TO] = {"to", CONF_NAMES, .required = true, .refers = "a channel",
	    .help = "The channels that are told: one name or a list."},
	[ROUTE_REPEAT] = {"repeat", CONF_DURATION, .min = MS_PER_MIN, .max = 30 * MS_PER_DAY,
	    .may_be_none = true, .fallback = "none",
	    .help = "Reminds this often while it lasts: `4h`."},
	[ROUTE_ESCALATE] = {"escalate", CONF_BLOCK, .inside = &conf_escalate_block,
	    .fallback_words = "nobody", .help = "Who else is told when nobody acknowledges it: "
		"`{after: 15m, to: [pager]}`."},
	[ROUTE_QUIET] = {"quiet", CONF_BLOCK, .inside = &conf_quiet_block,
	    .fallback_words = "never", .help = "Hours in which what may wait is kept back."},
	[ROUTE_GROUP] = {"group", CONF_BLOCK, .inside = &conf_group_block, .shorthand = "by",
	    .fallback_words = "nothing waits", .help = "What waits for company, to be told as "
		"one: `{by: provider, wait: 30s}`, or `provider` alone."},
};
static_assert(sizeof(route_keys) / sizeof(*route_keys) == ROUTE_COUNT, "rows");
static const char *const route_later[] = {"name", NULL};
const struct conf_block conf_route_block = {
	"routes", "Who hears of an incident: the first route that matches.",
	route_keys, ROUTE_COUNT, route_later};
/* clang-format on */
