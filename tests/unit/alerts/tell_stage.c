/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/tell_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/incident_fixture.h"

void tell_stage_routes(struct tell_stage *s, const struct route *routes, size_t n)
{
	struct tell_config config = {.routes = routes, .n_routes = n};
	struct tell_event ev = {TELL_CONFIG, fixture_at(14, 0), NULL, &config};

	tell_step(s->t, &ev, &s->up);
	assert_int_equal(s->up.n, 0);
}

void tell_stage_init(struct tell_stage *s, const struct route *routes, size_t n)
{
	memset(s, 0, sizeof(*s));
	s->t = tell_new();
	tell_update_init(&s->up);
	str_init(&s->said, 4096);
	s->in = fixture_outage();
	s->in.seq = 0;
	tell_stage_routes(s, routes, n);
}

void tell_stage_fini(struct tell_stage *s)
{
	tell_free(s->t);
	tell_update_fini(&s->up);
	str_fini(&s->said);
}

static const char *said(struct tell_stage *s)
{
	str_reset(&s->said);
	for (size_t i = 0; i < s->up.n; i++) {
		const struct delivery *d = &s->up.deliveries[i];

		assert_true(ulid_is_valid(d->id.text));
		assert_true(ulid_eq(&d->incident, &s->in.id));
		assert_true(d->state == DELIVERY_PENDING || d->state == DELIVERY_MUTED);
		str_addf(&s->said, "%s%s %s %u%s", i ? ", " : "", d->channel,
		    message_kind_code(d->kind), d->seq,
		    d->state == DELIVERY_MUTED ? " muted" : "");
	}
	return str_c(&s->said);
}

/* The judge says `kind` at 14:00 plus `second`; severity as it is afterwards. */
const char *tell_stage_fact(
    struct tell_stage *s, int64_t second, enum fact_kind kind, enum severity severity)
{
	struct wall at = wall_add_ms(fixture_at(14, 0), second * MS_PER_S);
	struct fact f = {.kind = kind, .at = at, .from = s->in.severity_now};
	struct tell_event ev = {TELL_FACT, at, &f, NULL};

	s->in.severity_now = severity;
	if (severity > s->in.severity || kind == FACT_OPENED)
		s->in.severity = severity;
	if (fact_is_incident(kind))
		s->in.seq++;
	s->in.state = kind == FACT_CLOSED ? INCIDENT_CLOSED : INCIDENT_OPEN;
	f.incident = s->in;
	tell_step(s->t, &ev, &s->up);
	return said(s);
}

const char *tell_stage_time(struct tell_stage *s, int64_t second)
{
	struct tell_event ev = {
	    TELL_TIME, wall_add_ms(fixture_at(14, 0), second * MS_PER_S), NULL, NULL};

	tell_step(s->t, &ev, &s->up);
	return said(s);
}

int64_t tell_stage_wake_s(const struct tell_stage *s)
{
	if (s->up.wake_at.ms == INT64_MAX)
		return -1;
	return wall_diff_ms(s->up.wake_at, fixture_at(14, 0)) / MS_PER_S;
}
