/* SPDX-License-Identifier: MIT
 *
 * What can be said about an incident by looking at its record alone: causes, severity,
 * evidence, the words for its enums. Who opens and closes it is the judge's business.
 */
#include "alerts/incident.h"

#include <assert.h>
#include <inttypes.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/sha256.h"
#include "agent/base/str.h"

static const char *const subject_codes[] = {
    [SUBJECT_TARGET] = "target",
    [SUBJECT_PROVIDER] = "provider",
    [SUBJECT_REGION] = "region",
    [SUBJECT_SELF] = "self",
    [SUBJECT_ACCESS] = "access",
    [SUBJECT_DRIFT] = "drift",
    [SUBJECT_DRILL] = "drill",
    [SUBJECT_SHARED] = "shared",
    [SUBJECT_GROUP] = "group",
};
static_assert(
    sizeof(subject_codes) / sizeof(*subject_codes) == SUBJECT_KIND_COUNT, "one each");

static const char *const class_codes[] = {
    [CLASS_OUTAGE] = "outage",
    [CLASS_SLOW] = "slow",
    [CLASS_SELF] = "self",
    [CLASS_NOTICE] = "notice",
};
static_assert(sizeof(class_codes) / sizeof(*class_codes) == CLASS_COUNT, "one each");

static const char *const end_codes[] = {
    [END_NONE] = "none",
    [END_RECOVERED] = "recovered",
    [END_RETRACTED] = "retracted",
    [END_UNWATCHED] = "unwatched",
    [END_UNMEASURABLE] = "unmeasurable",
    [END_CLEARED] = "cleared",
    [END_NEW_NORMAL] = "new_normal",
    [END_BEHIND] = "behind",
};
static_assert(sizeof(end_codes) / sizeof(*end_codes) == INCIDENT_END_COUNT, "one each");

const char *subject_kind_code(enum subject_kind k)
{
	assert((unsigned)k < SUBJECT_KIND_COUNT);
	return subject_codes[k];
}

bool subject_eq(const struct subject *a, const struct subject *b)
{
	return a->kind == b->kind && strcmp(a->id, b->id) == 0;
}

char *subject_text(const struct subject *s, char *buf, size_t size)
{
	if (s->kind == SUBJECT_TARGET)
		return str_copy(buf, size, s->id);
	(void)snprintf(buf, size, "%s %s", subject_kind_code(s->kind), s->id);
	return buf;
}

const char *incident_class_code(enum incident_class c)
{
	assert((unsigned)c < CLASS_COUNT);
	return class_codes[c];
}

const char *incident_end_code(enum incident_end e)
{
	assert((unsigned)e < INCIDENT_END_COUNT);
	return end_codes[e];
}

struct ulid incident_id(
    const char *vantage, const struct subject *s, struct wall opened, struct wall started)
{
	struct sha256 h;
	uint8_t digest[SHA256_BYTES];
	char start[24];

	(void)snprintf(start, sizeof(start), "%" PRId64, started.ms);
	sha256_init(&h);
	/* The NULs keep ("ab", "c") and ("a", "bc") apart. */
	sha256_feed(&h, vantage, strlen(vantage) + 1);
	sha256_feed(
	    &h, subject_kind_code(s->kind), strlen(subject_kind_code(s->kind)) + 1);
	sha256_feed(&h, s->id, strlen(s->id) + 1);
	sha256_feed(&h, start, strlen(start));
	sha256_done(&h, digest);
	return ulid_make(opened, digest);
}

bool incident_settle(struct incident *in)
{
	enum severity now = 0, before = in->severity_now;

	for (int i = 0; i < in->n_causes; i++) {
		if (in->causes[i].active && in->causes[i].severity > now)
			now = in->causes[i].severity;
	}
	if (!now) /* nothing active: what it was when it ended stays readable */
		return false;
	in->severity_now = now;
	if (now > in->severity)
		in->severity = now;
	return now != before;
}

struct cause *incident_cause(struct incident *in, const char *detector)
{
	for (int i = 0; i < in->n_causes; i++) {
		if (strcmp(in->causes[i].detector, detector) == 0)
			return &in->causes[i];
	}
	return NULL;
}

/* The ended cause that has been quiet longest makes room when the table is full. */
static struct cause *spare_cause(struct incident *in)
{
	struct cause *spare = NULL;

	if (in->n_causes < INCIDENT_MAX_CAUSES)
		return &in->causes[in->n_causes++];
	for (int i = 0; i < in->n_causes; i++) {
		struct cause *c = &in->causes[i];

		if (!c->active && (!spare || c->ended.ms < spare->ended.ms))
			spare = c;
	}
	return spare;
}

struct cause *incident_add_cause(struct incident *in, const char *detector)
{
	struct cause *c = incident_cause(in, detector);

	if (c)
		return c;
	c = spare_cause(in);
	if (!c)
		return NULL;
	memset(c, 0, sizeof(*c));
	c->severity = SEVERITY_MINOR;
	str_copy(c->detector, sizeof(c->detector), detector);
	return c;
}

bool incident_has_active_cause(const struct incident *in)
{
	for (int i = 0; i < in->n_causes; i++) {
		if (in->causes[i].active)
			return true;
	}
	return false;
}

bool incident_has_target(const struct incident *in, const char *name)
{
	for (int i = 0; i < in->n_targets; i++) {
		if (strcmp(in->targets[i], name) == 0)
			return true;
	}
	return false;
}

void incident_add_target(struct incident *in, const char *name)
{
	if (incident_has_target(in, name) || in->n_targets == INCIDENT_MAX_TARGETS)
		return;
	str_copy(in->targets[in->n_targets++], sizeof(in->targets[0]), name);
}

static void keep_error(struct incident_error *e, const struct sample *s)
{
	e->at = s->at;
	e->outcome = s->outcome;
	e->http_status = s->http_status;
	str_copy(e->code, sizeof(e->code), s->provider_code);
	str_copy(e->message, sizeof(e->message), s->message);
	str_copy(e->request_id, sizeof(e->request_id), s->request_id);
}

void incident_error_from(struct incident_error *e, const struct sample *s)
{
	memset(e, 0, sizeof(*e));
	keep_error(e, s);
}

void incident_tally(struct incident *in, const struct sample *s)
{
	in->samples++;
	in->outcomes[s->outcome]++;
	if (s->outcome == OUTCOME_OK)
		return;
	in->failures++;
	keep_error(&in->last_error, s);
	if (in->first_error.at.ms == 0)
		in->first_error = in->last_error;
}

char *incident_mix(const struct incident *in, char *buf, size_t size)
{
	bool told[OUTCOME_COUNT] = {[OUTCOME_OK] = true};
	size_t len = 0;

	buf[0] = 0;
	for (;;) {
		int best = -1;
		int n;

		for (int o = 0; o < OUTCOME_COUNT; o++) {
			if (!told[o] && in->outcomes[o] &&
			    (best < 0 || in->outcomes[o] > in->outcomes[best]))
				best = o;
		}
		if (best < 0)
			return buf;
		told[best] = true;
		n = snprintf(buf + len, size - len, "%s%s %" PRIu32, len ? ", " : "",
		    outcome_code((enum outcome)best), in->outcomes[best]);
		if (n < 0 || (size_t)n >= size - len) {
			buf[len] = 0; /* whole pieces only */
			return buf;
		}
		len += (size_t)n;
	}
}
