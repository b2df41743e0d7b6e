/* SPDX-License-Identifier: MIT
 *
 * Any bytes in the fields of an incident: what Slack and webhooks are sent is JSON within
 * their limits, mentions nobody, keeps a stranger's words in code spans, is signed over
 * all of its bytes, and holds no secret.
 */
#include <ctype.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/arena.h"
#include "agent/base/json.h"
#include "agent/base/sha256.h"
#include "agent/base/text.h"
#include "alerts/channel.h"
#include "alerts/digest.h"
#include "alerts/render_many.h"
#include "tests/fuzz/fuzz.h"

#define SLACK_URL  "https://hooks.slack.com/services/T0123/B0123/" FUZZ_KEY
#define HOOK_URL   "https://hook.example.org/" FUZZ_KEY
#define SECRET_B64 "d2hpY2hldmVyLXNlY3JldC1pdC1pcy0yNC1ieXRlcw=="
#define SECRET     "whsec_" SECRET_B64
#define T0         INT64_C(1767225600000)
#define ID         "01KE0000000000000000000000"

/* --- an incident of any bytes ------------------------------------------------------ */

#define FIELD(f)                                                                         \
	{                                                                                \
		offsetof(struct incident, f), sizeof(((struct incident *)NULL)->f)       \
	}

/* Each takes one line of the input. Ids are ours: they are made, not told. */
static const struct field {
	size_t offset, size;
} fields[] = {
    FIELD(last_error.message),
    FIELD(last_error.code),
    FIELD(last_error.request_id),
    FIELD(subject.id),
    FIELD(causes[0].words),
    FIELD(causes[0].detector),
    FIELD(targets[0]),
    FIELD(provider),
    FIELD(first_error.message),
    FIELD(first_error.code),
    FIELD(first_error.request_id),
    FIELD(region),
    FIELD(causes[1].words),
    FIELD(causes[1].detector),
    FIELD(targets[1]),
    FIELD(causes[2].detector),
    FIELD(targets[2]),
};

static void fill_fields(struct incident *in, struct span *rest)
{
	for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
		char *text = fuzz_text(fuzz_line(rest));

		/* Cut anywhere, in a character too. */
		snprintf((char *)in + fields[i].offset, fields[i].size, "%s", text);
		free(text);
	}
}

static struct wall any_time(struct rng *r)
{
	static const int64_t spans[] = {1, MS_PER_MIN, MS_PER_DAY, 400 * MS_PER_DAY, T0};

	if (rng_below(r, 8) == 0)
		return (struct wall){0};
	return (struct wall){
	    T0 + (int64_t)rng_below(r, 1 + (uint64_t)spans[rng_below(r, 5)])};
}

static void fill_numbers(struct incident *in, struct rng *r)
{
	struct incident_error *errors[] = {&in->first_error, &in->last_error};

	in->class = (enum incident_class)rng_below(r, CLASS_COUNT);
	in->severity = (enum severity)rng_below(r, SEVERITY_COUNT);
	in->severity_now = (enum severity)rng_below(r, (uint64_t)in->severity + 1);
	in->state = (enum incident_state)rng_below(r, INCIDENT_STATE_COUNT);
	in->end = (enum incident_end)rng_below(r, INCIDENT_END_COUNT);
	in->health = (enum health)rng_below(r, HEALTH_COUNT);
	in->subject.kind = (enum subject_kind)rng_below(r, SUBJECT_KIND_COUNT);
	in->started = any_time(r);
	in->opened = any_time(r);
	in->ended = any_time(r);
	in->closed = any_time(r);
	in->reopened = (int)rng_below(r, 3);
	in->seq = (uint32_t)rng_next(r);
	in->never_up = rng_below(r, 4) == 0;
	in->n_causes = (int)rng_below(r, INCIDENT_MAX_CAUSES + 1);
	in->n_targets = (int)rng_below(r, INCIDENT_MAX_TARGETS + 1);
	in->samples = (uint32_t)(rng_next(r) >> rng_below(r, 64));
	in->failures = (uint32_t)rng_below(r, (uint64_t)in->samples + 1);
	in->unknown_ms = (int64_t)rng_below(r, 1000000000);
	for (uint64_t n = rng_below(r, 6); n > 0; n--)
		in->outcomes[rng_below(r, OUTCOME_COUNT)] = (uint32_t)rng_next(r);
	for (size_t i = 0; i < INCIDENT_MAX_CAUSES; i++)
		in->causes[i].active = rng_below(r, 2);
	for (size_t i = 0; i < 2; i++) {
		errors[i]->at = any_time(r);
		errors[i]->outcome = (enum outcome)rng_below(r, OUTCOME_COUNT);
		errors[i]->http_status = (int)rng_below(r, 600);
	}
}

/* News of many: the same incident in every state that it can have. */
static void make_summary(struct message *ret, const struct incident *in, struct rng *r,
    const struct render_context *c)
{
	static struct incident states[INCIDENT_STATE_COUNT];
	static struct news news[8];
	static struct message_many many;

	many = (struct message_many){.all = news, .n = 2 + rng_below(r, 7)};
	for (size_t i = 0; i < INCIDENT_STATE_COUNT; i++) {
		states[i] = *in;
		states[i].state = (enum incident_state)i;
	}
	for (size_t i = 0; i < many.n; i++)
		news[i] = (struct news){
		    .in = &states[rng_below(r, INCIDENT_STATE_COUNT)],
		    .kind = (enum message_kind)rng_below(r, MESSAGE_TEST),
		    .seq = (uint32_t)i,
		};
	many.going_on = rng_below(r, 400);
	render_many(ret, &many, c);
}

static void make_digest(
    struct message *ret, struct rng *r, const struct render_context *c)
{
	struct digest_figures f = {
	    .span = {{T0}, {T0 + MS_PER_DAY}},
	    .samples = (int64_t)(rng_next(r) >> rng_below(r, 64)),
	    .incidents = (int64_t)rng_below(r, 3),
	    .longest_ms = (int64_t)rng_below(r, 1000000000),
	    .n_targets = 1,
	    .n_worst = c->alternative ? 1 : 0,
	};
	f.samples = f.samples < 0 ? 0 : f.samples;
	if (c->alternative)
		str_copy(f.worst[0].name, sizeof(f.worst[0].name), c->alternative);
	struct arena *a = arena_new();
	digest_render(ret, &f, zone_fixed(a, "+05:45"), c->vantage, c->language);
	arena_free(a);
}

static void make_message(struct span in, struct message *ret)
{
	static struct incident incident;
	struct span first = fuzz_line(&in);
	char *alternative, *vantage;
	enum message_kind kind;
	struct rng r;

	/* Numbers come from the first line alone, so that the rest can be varied. */
	rng_init(&r, fuzz_seed(first));
	memset(&incident, 0, sizeof(incident));
	str_copy(incident.id.text, sizeof(incident.id.text), ID);
	str_copy(incident.short_id, sizeof(incident.short_id), "7Q2A");
	fill_numbers(&incident, &r);
	kind = (enum message_kind)fuzz_number(fuzz_word(&first), MESSAGE_KIND_COUNT);
	fill_fields(&incident, &in);
	alternative = fuzz_text(fuzz_line(&in));
	/* A target's name: the config lets nothing else through. */
	for (char *p = alternative; *p; p++) {
		if (!isalnum((unsigned char)*p) && !strchr("._-", *p))
			*p = '-';
	}
	vantage = fuzz_text(fuzz_line(&in));
	struct render_context c = {.vantage = vantage,
	    .alternative = rng_below(&r, 2) ? alternative : NULL,
	    .now = any_time(&r),
	    .late_ms = (int64_t)rng_below(&r, 600000),
	    .both = rng_below(&r, 4) == 0,
	    .language = (enum language)rng_below(&r, LANGUAGE_COUNT)};
	if (kind == MESSAGE_SUMMARY)
		make_summary(ret, &incident, &r, &c);
	else if (kind == MESSAGE_DIGEST)
		make_digest(ret, &r, &c);
	else
		render(
		    ret, kind, rng_below(&r, 16) ? &incident : NULL, any_time(&r), 3, &c);
	free(alternative);
	free(vantage);
}

static void check_message(const struct message *m)
{
	MUST(m->kind < MESSAGE_KIND_COUNT && m->n_facts <= MESSAGE_MAX_FACTS);
	MUST(fuzz_is_line(m->title, sizeof(m->title)) && m->title[0] != '\0');
	MUST(fuzz_is_line(m->summary, sizeof(m->summary)));
	MUST(fuzz_is_line(m->lock_screen, sizeof(m->lock_screen)));
	MUST(fuzz_is_line(m->evidence, sizeof(m->evidence)));
	MUST(fuzz_is_line(m->alternative, sizeof(m->alternative)));
	MUST(utf8_count(span_of(m->title)) <= 100);
	MUST(utf8_count(span_of(m->summary)) <= 300);
	MUST(utf8_count(span_of(m->evidence)) <= 200);
	for (int i = 0; i < m->n_facts; i++) {
		MUST(fuzz_is_line(m->facts[i].name, sizeof(m->facts[i].name)));
		MUST(fuzz_is_line(m->facts[i].value, sizeof(m->facts[i].value)));
	}
}

/* --- Slack ------------------------------------------------------------------------- */

/* Slack reads mark-up only between < and >; an & stands for itself only as &amp;. */
static void check_harmless(const char *text)
{
	for (const char *p = text; *p; p++) {
		MUST(*p != '<' && *p != '>');
		MUST(*p != '&' || strncmp(p, "&amp;", 5) == 0 ||
		     strncmp(p, "&lt;", 4) == 0 || strncmp(p, "&gt;", 4) == 0);
	}
}

/* All texts below v, checked and counted. */
static size_t check_texts(const json_t *v)
{
	size_t sum = 0, i;
	const char *key;
	json_t *kid;

	if (json_is_string(v)) {
		check_harmless(json_string_value(v));
		return utf8_count(span_of(json_string_value(v)));
	}
	json_array_foreach((json_t *)(uintptr_t)v, i, kid) sum += check_texts(kid);
	json_object_foreach((json_t *)(uintptr_t)v, key, kid) sum += check_texts(kid);
	return sum;
}

static void check_length(const json_t *v, const char *path, size_t max)
{
	const char *text = json_text_at(v, path);

	MUST(text == NULL || utf8_count(span_of(text)) <= max);
}

static size_t count_chars(const char *text, char c)
{
	size_t n = 0;

	for (; *text; text++)
		n += *text == c;
	return n;
}

static void check_fields(const struct message *m, const json_t *fields_json)
{
	MUST(json_array_size(fields_json) == (size_t)m->n_facts);
	for (int i = 0; i < m->n_facts; i++) {
		const json_t *one = json_array_get(fields_json, (size_t)i);
		const char *text = json_text_at(one, "text");

		check_length(one, "text", 2000);
		/* The span's own two; a stranger's are none. */
		MUST(!m->facts[i].untrusted || count_chars(text, '`') == 2);
		MUST(!m->facts[i].untrusted || text[strlen(text) - 1] == '`');
	}
}

static void check_slack(const struct message *m, const json_t *body)
{
	const json_t *blocks = json_at(body, "attachments[0].blocks");

	MUST(json_is_object(body) && json_text_at(body, "text") != NULL);
	MUST(check_texts(body) < 8000);
	for (size_t i = 0; i < json_array_size(blocks); i++) {
		const json_t *b = json_array_get(blocks, i);
		bool header = strcmp(json_text_at(b, "type"), "header") == 0;
		const char *text = json_text_at(b, "text.text");

		check_length(b, "text.text", header ? 150 : 3000);
		MUST(!header || (text != NULL && text[0] != '\0'));
		if (json_at(b, "fields") != NULL)
			check_fields(m, json_at(b, "fields"));
		if (text != NULL && strncmp(text, "Their own words", 15) == 0)
			MUST(count_chars(text, '`') == 2);
	}
}

/* --- webhooks ---------------------------------------------------------------------- */

static const char *header_of(const struct request *r, const char *name)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (strcmp(r->headers[i].name, name) == 0)
			return r->headers[i].value;
	}
	return NULL;
}

static void check_signature(const struct request *r)
{
	uint8_t mac[SHA256_BYTES];
	struct str text, key, want;

	str_init(&text, 2 * REQUEST_MAX_BODY);
	str_init(&key, 256);
	str_init(&want, 256);
	str_addf(&text, "%s.%s.", header_of(r, "webhook-id"),
	    header_of(r, "webhook-timestamp"));
	str_add(&text, str_c(&r->body), r->body.len);
	MUST(base64_decode(&key, span_of(SECRET_B64)));
	hmac_sha256(str_span(&key), str_span(&text), mac);
	str_adds(&want, "v1,");
	base64_encode(&want, (struct span){(const char *)mac, sizeof(mac)});
	MUST(strcmp(str_c(&want), header_of(r, "webhook-signature")) == 0);
	str_fini(&text);
	str_fini(&key);
	str_fini(&want);
}

static void check_webhook(
    const struct message *m, const struct request *r, const json_t *body, bool plain)
{
	MUST(json_text_at(body, "type") != NULL && json_is_object(json_at(body, "data")));
	if (m->kind != MESSAGE_TEST && m->kind != MESSAGE_SUMMARY &&
	    m->kind != MESSAGE_DIGEST)
		MUST(strcmp(json_text_at(body, "data.incident.id"), ID) == 0);
	if (!plain)
		MUST(json_text_at(body, "data.title") != NULL);
	check_signature(r);
}

/* --- both -------------------------------------------------------------------------- */

static bool holds_secret(const char *text)
{
	return fuzz_leaks(text, FUZZ_KEY) || fuzz_leaks(text, SECRET_B64);
}

/* guessed: the fuzzer found the secrets in this file and wrote them into the incident. */
static void build(
    const struct channel_conf *c, const struct message *m, bool plain, bool guessed)
{
	struct request r;
	json_t *body;

	c->kind->build(c, m, ID, plain, (struct wall){T0}, &r);
	MUST(!r.body.cut && r.body.len > 0);
	body = json_parse(str_span(&r.body), NULL);
	MUST(body != NULL);
	MUST(guessed || !holds_secret(str_c(&r.body)));
	if (c->kind == &channel_slack)
		check_slack(m, body);
	else
		check_webhook(m, &r, body, plain);
	json_decref(body);
	request_fini(&r);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct secret *slack = secret_new(SLACK_URL, strlen(SLACK_URL));
	struct secret *hook = secret_new(HOOK_URL, strlen(HOOK_URL));
	struct secret *secret = secret_new(SECRET, strlen(SECRET));
	struct channel_conf confs[] = {
	    {.name = "oncall",          .kind = &channel_slack, .url = slack    },
	    { .name = "hook", .kind = &channel_webhook,            .url = hook, .secret = secret},
	};
	struct span in = fuzz_span(data, size);
	bool guessed = fuzz_guessed(in, FUZZ_KEY) || fuzz_guessed(in, SECRET_B64);
	static struct message m;

	make_message(fuzz_span(data, size), &m);
	check_message(&m);
	for (size_t i = 0; i < 2; i++) {
		build(&confs[i], &m, false, guessed);
		build(&confs[i], &m, true, guessed);
	}
	secret_free(slack);
	secret_free(hook);
	secret_free(secret);
	return 0;
}
