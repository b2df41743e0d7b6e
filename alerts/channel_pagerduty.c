/* SPDX-License-Identifier: MIT
 *
 * PagerDuty, Events API v2. One incident is one alert: its id is the dedup key, so a
 * repetition is harmless and a resolve finds its trigger. A trigger after the resolve
 * would open a second alert: what is over is only ever said as a resolve. The routing key
 * stands in the body and is the secret.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/sentences.h"

#define URL            "https://events.pagerduty.com/v2/enqueue"
#define KEY_CHARS      32
#define SUMMARY_POINTS 900
#define VALUE_POINTS   300

/* --- body ------------------------------------------------------------------------- */

static json_t *text(const char *s, size_t max)
{
	return channel_text_json(s, NULL, COUNT_POINTS, max);
}

static bool is_over(const struct message *m)
{
	return m->kind == MESSAGE_RESOLVED || m->kind == MESSAGE_RETRACTED ||
	       m->kind == MESSAGE_NOTICE_CLEARED;
}

static const char *action(const struct message *m)
{
	if (is_over(m))
		return "resolve";
	return m->kind == MESSAGE_ACKNOWLEDGED ? "acknowledge" : "trigger";
}

static const char *severity(const struct message *m)
{
	static const char *const words[] = {[TONE_QUIET] = "info",
	    [TONE_NOTICE] = "info",
	    [TONE_GOOD] = "info",
	    [TONE_MINOR] = "warning",
	    [TONE_MAJOR] = "error",
	    [TONE_CRITICAL] = "critical"};

	return words[message_tone(m)];
}

static json_t *details(const struct message *m)
{
	json_t *all = json_object();

	for (int i = 0; i < m->n_facts; i++)
		json_object_set_new(
		    all, m->facts[i].name, text(m->facts[i].value, VALUE_POINTS));
	json_object_set_new(all, "summary", text(m->summary, SUMMARY_POINTS));
	if (m->evidence[0] != '\0')
		json_object_set_new(all, SAY_THEIR_WORDS_KEY(m->language),
		    text(m->evidence, VALUE_POINTS));
	json_object_set_new(all, "incident", text(m->incident.short_id, 16));
	return all;
}

static json_t *payload(const struct message *m, bool plain)
{
	char stamp[32];
	json_t *v = json_pack("{s:o,s:o,s:s,s:s}", "summary",
	    text(m->lock_screen, SUMMARY_POINTS), "source",
	    text(m->incident.subject.id[0] ? m->incident.subject.id : "dimwatch", 200),
	    "severity", severity(m), "timestamp",
	    wall_rfc3339(m->at, stamp, sizeof(stamp)));

	if (plain)
		return v;
	json_object_set_new(v, "group", json_string("llm"));
	json_object_set_new(v, "custom_details", details(m));
	return v;
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	json_auto_t *body = json_object();
	const char *key = secret_reveal(c->url);
	char dedup[128], client[128];

	(void)now;
	(void)snprintf(dedup, sizeof(dedup), "dimwatch/%s",
	    m->incident.id.text[0] ? m->incident.id.text : delivery_id);
	(void)snprintf(client, sizeof(client), "dimwatch %s", m->vantage);
	json_object_set_new(body, "routing_key", json_string(key != NULL ? key : ""));
	json_object_set_new(body, "event_action", json_string(action(m)));
	json_object_set_new(body, "dedup_key", json_string(dedup));
	if (!is_over(m)) {
		json_object_set_new(body, "client", text(client, 100));
		json_object_set_new(body, "payload", payload(m, plain));
	}
	channel_request_to(c, c->base_url != NULL ? c->base_url : URL,
	    "dimwatch/" DIMWATCH_VERSION, ret);
	json_dump(body, &ret->body);
}

/* --- answers ---------------------------------------------------------------------- */

static enum verdict_kind judge_answer(const struct channel_answer *a)
{
	int status = a->head->status;

	if (status >= 200 && status <= 299)
		return VERDICT_ACCEPTED;
	/* "Invalid routing key", "routing_key must be 32 characters": the key is wrong,
	 * not this one message. */
	if (status == 400)
		return span_icontains(a->body, span_of("routing_key")) ||
			       span_icontains(a->body, span_of("routing key"))
			   ? VERDICT_SHUT
			   : VERDICT_UNWANTED;
	if (status == 403)
		return VERDICT_SLOW_DOWN; /* the older API's word for "too many" */
	if (status == 413)
		return VERDICT_UNWANTED;
	return status == 401 || status == 404 || status == 410 ? VERDICT_SHUT
							       : VERDICT_LATER;
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		ret->kind = judge_answer(a);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_pagerduty.slow_down_ms;
	if (ret->kind != VERDICT_ACCEPTED)
		channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

static bool check(const struct channel_conf *c, struct err *e)
{
	const char *key = secret_reveal(c->url);
	size_t n = strlen(key);

	if (n == 20)
		return err_set(e, ERR_CONFIG,
		    "20 characters are a REST API key: the integration key of a service is "
		    "needed, it has 32");
	if (n != KEY_CHARS ||
	    strspn(key,
		"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ") != n)
		return err_set(e, ERR_CONFIG,
		    "not an integration key: it has 32 letters and digits (Services, "
		    "Integrations, Events API V2)");
	return channel_base_check(c, e);
}

const struct channel_kind channel_pagerduty = {
    .name = "pagerduty",
    .help = "PagerDuty Events API v2, by the service's integration key",
    .takes = TAKES_BASE_URL,
    .apart = true,
    .pace_ms = 600,
    .burst = 5,
    .slow_down_ms = 30000,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
