/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/far_side.h"

#include <string.h>

#include "tests/unit/alerts/incident_fixture.h"

void far_conf_init(struct far_conf *f, const struct channel_kind *kind, const char *url,
    const char *secret, const char *previous)
{
	*f = (struct far_conf){
	    .conf = {.name = kind->name, .kind = kind}
        };
	f->url = secret_new(url, strlen(url));
	f->secret = secret ? secret_new(secret, strlen(secret)) : NULL;
	f->previous = previous ? secret_new(previous, strlen(previous)) : NULL;
	f->conf.url = f->url;
	f->conf.secret = f->secret;
	f->conf.previous_secret = f->previous;
	f->conf.url_ref = "${HOOK}";
}

void far_conf_fini(struct far_conf *f)
{
	secret_free(f->url);
	secret_free(f->secret);
	secret_free(f->previous);
}

void far_answers(struct far_side *f, int status, const char *header, const char *body)
{
	*f = (struct far_side){
	    .end = {.wire = WIRE_DONE, .phase = PHASE_BODY}
        };
	f->head.status = status;
	if (header) {
		struct span all = span_of(header);
		size_t colon = strcspn(header, ":");

		f->head.headers[0].name = (struct span){header, colon};
		f->head.headers[0].value =
		    span_trim((struct span){header + colon + 1, all.n - colon - 1});
		f->head.n = 1;
	}
	f->answer = (struct channel_answer){.end = &f->end,
	    .head = &f->head,
	    .body = span_of(body),
	    .now = fixture_at(14, 5)};
}

void far_is_silent(struct far_side *f, enum wire wire, enum wire_phase phase)
{
	*f = (struct far_side){
	    .end = {.wire = wire, .phase = phase}
        };
	f->answer = (struct channel_answer){.end = &f->end, .now = fixture_at(14, 5)};
}

struct channel_verdict far_verdict(const struct far_conf *c, const struct far_side *f)
{
	struct channel_verdict v;

	/* What read must overwrite. */
	memset(&v, 0x55, sizeof(v));
	c->conf.kind->read(&c->conf, &f->answer, &v);
	return v;
}

bool far_check(const struct channel_kind *kind, const char *url, const char *secret,
    bool allow_plain_http, struct err *e)
{
	struct far_conf f;
	bool good;

	far_conf_init(&f, kind, url, secret, NULL);
	f.conf.allow_plain_http = allow_plain_http;
	good = kind->check(&f.conf, e);
	far_conf_fini(&f);
	return good;
}
