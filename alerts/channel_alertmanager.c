/* SPDX-License-Identifier: MIT
 *
 * Prometheus Alertmanager, API v2. It keeps no messages but a state: what fires is sent
 * again and again with an end a little ahead, so that it comes back after Alertmanager
 * lost it and ends by itself after dimwatch did. The label set is the identity: when the
 * severity moves, the old one is ended in the same request.
 */
#include <stdio.h>
#include <string.h>

#include "alerts/channel_parts.h"
#include "alerts/channel_url.h"

#define URL_BYTES       4096
#define RESEND_MS       MS_PER_MIN
#define ENDS_AFTER      5 /* times the pace */
#define LABEL_POINTS    100
#define NOTE_POINTS     600
#define EVIDENCE_POINTS 300

/* --- body ------------------------------------------------------------------------- */

/* An empty label would be refused, or be none at all. */
static void put(json_t *to, const char *name, const char *value, size_t max)
{
	if (value[0] != '\0')
		json_object_set_new(
		    to, name, channel_text_json(value, NULL, COUNT_POINTS, max));
}

static json_t *labels(const struct message *m, enum severity severity)
{
	static const char *const names[] = {[CLASS_OUTAGE] = "DimwatchOutage",
	    [CLASS_SLOW] = "DimwatchSlow",
	    [CLASS_SELF] = "DimwatchSelf",
	    [CLASS_NOTICE] = "DimwatchNotice"};
	const struct incident *in = &m->incident;
	json_t *v = json_object();

	put(v, "alertname", m->kind == MESSAGE_TEST ? "DimwatchTest" : names[in->class],
	    LABEL_POINTS);
	put(v, "incident", in->id.text, LABEL_POINTS);
	put(v, "subject", in->subject.id, LABEL_POINTS);
	put(v, "provider", in->provider, LABEL_POINTS);
	put(v, "region", in->region, LABEL_POINTS);
	put(v, "severity", severity ? severity_code(severity) : "none", LABEL_POINTS);
	put(v, "vantage", m->vantage, LABEL_POINTS);
	return v;
}

static json_t *annotations(const struct message *m, bool plain)
{
	json_t *v = json_object();

	put(v, "summary", m->lock_screen, NOTE_POINTS);
	if (plain)
		return v;
	put(v, "description", m->summary, NOTE_POINTS);
	put(v, "use_instead", m->alternative, LABEL_POINTS);
	put(v, "their_words", m->evidence, EVIDENCE_POINTS);
	return v;
}

static json_t *time_json(struct wall t)
{
	char text[32];

	return json_string(wall_rfc3339(t, text, sizeof(text)));
}

static json_t *alert(
    const struct message *m, enum severity severity, struct wall ends, bool plain)
{
	struct wall starts = m->incident.started.ms ? m->incident.started : m->at;

	/* "start time must be before end time" */
	if (ends.ms <= starts.ms)
		ends = wall_add_ms(starts, 1);
	return json_pack("{s:o,s:o,s:o,s:o}", "labels", labels(m, severity),
	    "annotations", annotations(m, plain), "startsAt", time_json(starts), "endsAt",
	    time_json(ends));
}

static enum severity severity_of(const struct message *m)
{
	return m->incident.severity_now ? m->incident.severity_now : m->incident.severity;
}

/* What ended goes before what fires. */
static void add(json_t *to, const struct channel_conf *c, const struct message *m,
    bool plain, struct wall now)
{
	const struct incident *in = &m->incident;
	int64_t pace = c->resend_ms ? c->resend_ms : RESEND_MS;
	bool over = in->state == INCIDENT_CLOSED;
	struct wall ends = over ? (in->ended.ms ? in->ended : in->closed)
				: wall_add_ms(now, ENDS_AFTER * pace);

	if (m->was && m->was != severity_of(m))
		json_array_append_new(to, alert(m, m->was, now, plain));
	if (m->kind == MESSAGE_TEST) /* seen, and gone within a minute */
		ends = wall_add_ms(now, MS_PER_MIN);
	json_array_append_new(to, alert(m, severity_of(m), ends, plain));
}

static void build_request(
    const struct channel_conf *c, const json_t *body, struct request *ret)
{
	const char *where = secret_reveal(c->url);
	struct str url, auth;
	size_t n;

	str_init(&url, URL_BYTES);
	str_adds(&url, where != NULL ? where : "");
	for (n = url.len; n > 0 && url.data[n - 1] == '/'; n--)
		str_truncate(&url, n - 1);
	str_adds(&url, "/api/v2/alerts");
	channel_request_to(c, str_c(&url), "dimwatch/" DIMWATCH_VERSION, ret);
	explicit_bzero(url.data, url.len);
	str_fini(&url);
	if (c->token != NULL) {
		str_init(&auth, 4096);
		str_addf(&auth, "Bearer %s", secret_reveal(c->token));
		request_header(ret, "Authorization", str_c(&auth));
		explicit_bzero(auth.data, auth.len);
		str_fini(&auth);
	}
	json_dump(body, &ret->body);
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	json_auto_t *body = json_array();

	(void)delivery_id; /* the label set is the key */
	add(body, c, m, plain, now);
	build_request(c, body, ret);
}

static void build_state(const struct channel_conf *c, const struct message *all, size_t n,
    struct wall now, struct request *ret)
{
	json_auto_t *body = json_array();

	for (size_t i = 0; i < n; i++)
		add(body, c, &all[i], false, now);
	build_request(c, body, ret);
}

/* --- answers ---------------------------------------------------------------------- */

static enum verdict_kind judge_answer(int status)
{
	switch (status) {
	case 400:
	case 413:
	case 415:
	case 422:
		return VERDICT_UNWANTED;
	case 401:
	case 403:
	case 404: /* a prefix is missing, or something else listens there */
	case 410: /* an API of its past or its future */
		return VERDICT_SHUT;
	default:
		return status >= 200 && status <= 299 ? VERDICT_ACCEPTED : VERDICT_LATER;
	}
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		ret->kind = judge_answer(a->head->status);
	if (ret->kind == VERDICT_SLOW_DOWN && ret->wait_ms == 0)
		ret->wait_ms = channel_alertmanager.slow_down_ms;
	if (ret->kind != VERDICT_ACCEPTED)
		channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

static bool check(const struct channel_conf *c, struct err *e)
{
	struct channel_url u;

	if (!channel_url_check(c, &u, e))
		return false;
	if (span_contains(u.path, span_of("/api/")))
		return err_set(e, ERR_CONFIG,
		    "give Alertmanager's own address without /api/...: version 2 of its API is "
		    "added here");
	if (strpbrk(secret_reveal(c->url), "?#") != NULL)
		return err_set(e, ERR_CONFIG,
		    "Alertmanager's address has neither ? nor #: http://HOST:9093");
	return true;
}

const struct channel_kind channel_alertmanager = {
    .name = "alertmanager",
    .help = "Prometheus Alertmanager (http://HOST:9093), re-sent until it is over",
    .takes = TAKES_TOKEN | TAKES_RESEND,
    .apart = true,
    .pace_ms = 100,
    .burst = 20,
    .slow_down_ms = 30000,
    .timeout_ms = 15000,
    .resend_ms = RESEND_MS,
    .check = check,
    .build = build,
    .build_state = build_state,
    .read = read_answer,
};
