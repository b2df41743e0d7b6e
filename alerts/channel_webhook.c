/* SPDX-License-Identifier: MIT
 *
 * The generic webhook: a JSON body of ours, signed as Standard Webhooks say, at the
 * moment of the attempt (receivers refuse what is older than five minutes). webhook-id is
 * the delivery's frozen id, so a receiver can drop a repetition.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/sha256.h"
#include "alerts/channel.h"
#include "alerts/channel_body.h"
#include "alerts/channel_parts.h"
#include "alerts/channel_url.h"
#include "alerts/render_many.h"

#define SECRET_PREFIX "whsec_"
#define SECRET_MIN    24
#define SECRET_MAX    64
#define SIGNED_MAX    ((size_t)256 << 10) /* a summary of many */

/* --- body ------------------------------------------------------------------------- */

static json_t *text(const char *s)
{
	return json_clean_string(span_of(s));
}

static json_t *text_or_null(const char *s)
{
	return s[0] ? text(s) : json_null();
}

/* Names, and a stranger's words: one harmless line, for whoever shows them to people. */
static json_t *words_or_null(const char *s)
{
	char line[512];

	return text_or_null(message_line(line, sizeof(line), sizeof(line), span_of(s)));
}

static json_t *time_json(struct wall t)
{
	char buf[32];

	return t.ms ? json_string(wall_rfc3339(t, buf, sizeof(buf))) : json_null();
}

static json_t *scope_json(const struct incident *in)
{
	json_t *targets = json_array();

	for (int i = 0; i < in->n_targets; i++)
		json_array_append_new(targets, words_or_null(in->targets[i]));
	return json_pack("{s:o,s:o,s:o}", "provider", words_or_null(in->provider),
	    "region", words_or_null(in->region), "targets", targets);
}

static json_t *outcomes_json(const struct incident *in, const char **ret_reason)
{
	json_t *all = json_object();
	int reason = OUTCOME_OK;

	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (!in->outcomes[o])
			continue;
		json_object_set_new(all, outcome_code((enum outcome)o),
		    json_integer((json_int_t)in->outcomes[o]));
		if (o != OUTCOME_OK &&
		    (!reason || in->outcomes[o] > in->outcomes[reason]))
			reason = o;
	}
	*ret_reason = reason == OUTCOME_OK ? NULL : outcome_code((enum outcome)reason);
	return all;
}

static json_t *error_json(const struct incident_error *e)
{
	if (!e->at.ms)
		return json_null();
	return json_pack("{s:o,s:s,s:i,s:o,s:o,s:o}", "at", time_json(e->at), "outcome",
	    outcome_code(e->outcome), "http_status", e->http_status, "code",
	    words_or_null(e->code), "message", words_or_null(e->message), "request_id",
	    words_or_null(e->request_id));
}

static json_t *incident_json(const struct incident *in)
{
	static const char *const states[] = {
	    [INCIDENT_OPEN] = "open", [INCIDENT_CLOSED] = "closed"};
	enum severity severity = in->severity_now ? in->severity_now : in->severity;
	const char *reason;
	json_t *outcomes = outcomes_json(in, &reason);
	json_t *v = json_pack("{s:o,s:o,s:n,s:s,s:s,s:s?,s:o,s:o,s:s?,s:o,s:s?,s:o}",
	    "id", text(in->id.text), "short", text(in->short_id), "url", "state",
	    states[in->state], "class", incident_class_code(in->class), "severity",
	    severity ? severity_code(severity) : NULL, "started_at",
	    time_json(in->started), "ended_at", time_json(in->ended), "end",
	    in->end == END_NONE ? NULL : incident_end_code(in->end), "scope",
	    scope_json(in), "reason", reason, "outcomes", outcomes);

	json_object_set_new(v, "subject", words_or_null(in->subject.id));
	json_object_set_new(v, "samples", json_integer((json_int_t)in->samples));
	json_object_set_new(v, "failures", json_integer((json_int_t)in->failures));
	json_object_set_new(v, "first_error", error_json(&in->first_error));
	json_object_set_new(v, "last_error", error_json(&in->last_error));
	if (in->hand[0]) { /* what a person did with it */
		json_object_set_new(v, "acknowledged_at", time_json(in->acked));
		json_object_set_new(v, "said", text(in->hand));
	}
	return v;
}

static json_t *alternative_json(const struct message *m)
{
	if (!m->alternative[0])
		return json_null();
	return json_pack("{s:n,s:o}", "class", "target", text(m->alternative));
}

/* "channel.shut" is the news that one of the other channels is gone. */
static const char *type_of(const struct message *m)
{
	const struct subject *s = &m->incident.subject;

	if (m->kind == MESSAGE_OPENED && s->kind == SUBJECT_SELF &&
	    strncmp(s->id, "channel ", 8) == 0)
		return "channel.shut";
	return message_kind_type(m->kind);
}

/* What a summary tells, the worst first. */
static json_t *news_json(const struct message_many *many)
{
	json_t *all = json_array();

	for (size_t i = 0; i < many->n; i++) {
		const struct news *n = &many->all[i];
		const struct incident *in = n->in;
		enum severity s = in->severity_now ? in->severity_now : in->severity;

		json_array_append_new(
		    all, json_pack("{s:s,s:o,s:o,s:s,s:s,s:s?,s:o,s:o,s:o,s:I,s:b}",
			     "type", message_kind_type(n->kind), "id", text(in->id.text),
			     "short", text(in->short_id), "state",
			     in->state == INCIDENT_OPEN ? "open" : "closed", "class",
			     incident_class_code(in->class), "severity",
			     s ? severity_code(s) : NULL, "subject", text(in->subject.id),
			     "started_at", time_json(in->started), "ended_at",
			     time_json(in->ended), "sequence", (json_int_t)n->seq,
			     "told_late", n->both));
	}
	return all;
}

static json_t *many_data(const struct message *m)
{
	json_t *data = json_object();

	json_object_set_new(data, "incident", json_null());
	json_object_set_new(data, "incidents", news_json(m->many));
	json_object_set_new(
	    data, "going_on", json_integer((json_int_t)m->many->going_on));
	json_object_set_new(data, "vantage", text_or_null(m->vantage));
	json_object_set_new(data, "title", text(m->title));
	json_object_set_new(data, "summary", text(m->summary));
	return data;
}

static json_t *whole_data(const struct message *m)
{
	json_t *data = json_object();

	json_object_set_new(data, "incident",
	    m->kind == MESSAGE_TEST || m->kind == MESSAGE_DIGEST
		? json_null()
		: incident_json(&m->incident));
	json_object_set_new(data, "alternative", alternative_json(m));
	json_object_set_new(data, "vantage", text_or_null(m->vantage));
	json_object_set_new(data, "sequence", json_integer((json_int_t)m->seq));
	json_object_set_new(data, "told_late", json_boolean(m->late_both));
	json_object_set_new(data, "title", text(m->title));
	json_object_set_new(data, "summary", text(m->summary));
	json_object_set_new(data, "evidence", text_or_null(m->evidence));
	return data;
}

/* Ids only: for receivers that choke on something in the whole body. */
static json_t *thin_data(const struct message *m)
{
	return json_pack("{s:{s:s,s:s},s:I}", "incident", "id", m->incident.id.text,
	    "short", m->incident.short_id, "sequence", (json_int_t)m->seq);
}

/* --- signature -------------------------------------------------------------------- */

/* The key's bytes; false when it is not whsec_ and base64. */
static bool decode_secret(const struct secret *secret, struct str *ret)
{
	struct span s = span_of(secret_reveal(secret));
	size_t n = strlen(SECRET_PREFIX);

	if (!span_has_prefix(s, SECRET_PREFIX))
		return false;
	return base64_decode(ret, (struct span){s.p + n, s.n - n});
}

static void wipe(struct str *s)
{
	if (s->data)
		explicit_bzero(s->data, s->len);
	str_fini(s);
}

static void add_signature(
    struct str *out, const struct secret *secret, struct span signed_text)
{
	uint8_t mac[SHA256_BYTES];
	struct str key;

	if (!secret)
		return;
	str_init(&key, 256);
	if (decode_secret(secret, &key)) {
		hmac_sha256(str_span(&key), signed_text, mac);
		str_adds(out, out->len ? " v1," : "v1,");
		base64_encode(out, (struct span){(const char *)mac, sizeof(mac)});
	}
	wipe(&key);
}

/* "id.timestamp.body": none of the first two can hold a dot. */
static void sign(const struct channel_conf *c, const char *id, const char *timestamp,
    struct request *r)
{
	struct str signed_text, header;

	str_init(&signed_text, SIGNED_MAX);
	str_init(&header, 256);
	str_addf(&signed_text, "%s.%s.", id, timestamp);
	str_add(&signed_text, str_c(&r->body), r->body.len);
	add_signature(&header, c->secret, str_span(&signed_text));
	add_signature(&header, c->previous_secret, str_span(&signed_text));
	if (header.len)
		request_header(r, "webhook-signature", str_c(&header));
	str_fini(&signed_text);
	str_fini(&header);
}

void channel_body(const struct message *m, bool thin, struct str *out)
{
	json_auto_t *body = json_pack("{s:s,s:o,s:o}", "type", type_of(m), "timestamp",
	    time_json(m->at), "data",
	    m->many != NULL ? many_data(m)
	    : thin          ? thin_data(m)
			    : whole_data(m));

	json_dump(body, out);
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	char id[64], timestamp[32];

	(void)snprintf(id, sizeof(id), "msg_%s", delivery_id);
	(void)snprintf(timestamp, sizeof(timestamp), "%" PRId64, now.ms / MS_PER_S);
	channel_request(c, "dimwatch/" DIMWATCH_VERSION, ret);
	channel_body(m, plain, &ret->body);
	request_header(ret, "webhook-id", id);
	request_header(ret, "webhook-timestamp", timestamp);
	sign(c, id, timestamp, ret);
}

/* --- answers ---------------------------------------------------------------------- */

/* After the statuses that mean the same everywhere (channel.c); the first row that
 * matches. What no row names is refused by an address that wants something else: the
 * owner is told, nothing is lost meanwhile. */
#define CLOCK_DOUBT_MS (2 * MS_PER_MIN)

struct answer_row {
	int from, to;
	enum verdict_kind verdict;
	bool for_good;
};

static const struct answer_row answers[] = {
    {200, 299, VERDICT_ACCEPTED, false},
    {400, 400, VERDICT_UNWANTED, false},
    {401, 401, VERDICT_SHUT,     false},
    {403, 404, VERDICT_SHUT,     false},
    {410, 410, VERDICT_SHUT,     true },
    {413, 413, VERDICT_UNWANTED, false},
    {415, 415, VERDICT_UNWANTED, false},
    {422, 422, VERDICT_UNWANTED, false},
    {100, 199, VERDICT_LATER,    false},
    {0,   999, VERDICT_SHUT,     false},
};

static void judge_answer(const struct channel_answer *a, struct channel_verdict *ret)
{
	const struct answer_row *row = answers;
	int64_t wait_ms = channel_retry_after_ms(a);

	while (a->head->status < row->from || a->head->status > row->to)
		row++;
	ret->kind = row->verdict;
	ret->for_good = row->for_good;
	/* "Any answer with Retry-After", but what was accepted is, and gone is gone. */
	if (wait_ms > 0 && row->verdict != VERDICT_ACCEPTED && !row->for_good) {
		ret->kind = VERDICT_SLOW_DOWN;
		ret->wait_ms = wait_ms;
	}
}

/* Receivers refuse a signature that is five minutes off. */
static void doubt_clock(const struct channel_answer *a, struct channel_verdict *ret)
{
	int64_t ahead = channel_clock_ahead_ms(a);

	if (ahead <= CLOCK_DOUBT_MS && ahead >= -CLOCK_DOUBT_MS)
		return;
	(void)snprintf(ret->words, sizeof(ret->words),
	    "refused (%d) while this machine's clock is %" PRId64
	    " min %s theirs, which spoils signatures: set the clock",
	    a->head->status, (ahead < 0 ? -ahead : ahead) / MS_PER_MIN,
	    ahead < 0 ? "ahead of" : "behind");
}

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	if (!channel_common_verdict(a, ret))
		judge_answer(a, ret);
	if (ret->kind == VERDICT_SLOW_DOWN && !ret->wait_ms)
		ret->wait_ms = channel_webhook.slow_down_ms;
	if (c->secret && a->head && (a->head->status == 400 || a->head->status == 401))
		doubt_clock(a, ret);
	channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

static bool check_secret(const struct secret *secret, const char *key, struct err *e)
{
	struct str bytes;
	size_t n;
	bool good;

	if (!secret)
		return true;
	str_init(&bytes, 256);
	good = decode_secret(secret, &bytes);
	n = bytes.len;
	wipe(&bytes);
	if (!good)
		return err_set(e, ERR_CONFIG,
		    "%s must be whsec_ and base64, as the receiver shows it; a plain one becomes "
		    "that by: printf 'whsec_%%s' \"$(printf %%s \"$SECRET\" | base64 -w0)\"",
		    key);
	if (n < SECRET_MIN || n > SECRET_MAX)
		return err_set(e, ERR_CONFIG,
		    "%s holds %zu bytes, %d to %d are needed: openssl rand -base64 32 makes some",
		    key, n, SECRET_MIN, SECRET_MAX);
	return true;
}

static bool check(const struct channel_conf *c, struct err *e)
{
	struct channel_url u;

	return channel_url_check(c, &u, e) && check_secret(c->secret, "secret", e) &&
	       check_secret(c->previous_secret, "previous_secret", e);
}

const struct channel_kind channel_webhook = {
    .name = "webhook",
    .help = "any HTTP receiver; signed as Standard Webhooks when it has a secret",
    .takes = TAKES_SECRET | TAKES_PREVIOUS_SECRET,
    .pace_ms = 1000,
    .burst = 5,
    .slow_down_ms = 30000,
    .timeout_ms = 15000,
    .check = check,
    .build = build,
    .read = read_answer,
};
