/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/outbox_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/str.h"
#include "tests/unit/alerts/incident_fixture.h"

const struct channel_kind stage_kind = {
    .name = "k", .pace_ms = 1000, .burst = 3, .slow_down_ms = 30000, .timeout_ms = 15000};

void stage_init(struct stage *s)
{
	memset(s, 0, sizeof(*s));
	s->o = outbox_new(1);
	s->now = fixture_at(14, 0);
	outbox_update_init(&s->up);
	outbox_put_channel(s->o, "slack", &stage_kind, s->now);
}

void stage_fini(struct stage *s)
{
	outbox_free(s->o);
	outbox_update_fini(&s->up);
}

struct delivery stage_row(const struct stage *s, const char *channel, int incident,
    enum message_kind k, uint32_t seq)
{
	struct delivery d = {
	    .seq = seq, .kind = k, .created = s->now, .not_before = s->now};
	char id[ULID_LEN + 1];

	snprintf(id, sizeof(id), "01KAR4K8RG%016d", incident);
	str_copy(d.incident.text, sizeof(d.incident.text), id);
	str_copy(d.channel, sizeof(d.channel), channel);
	d.id = delivery_id(&d.incident, seq, channel, k, d.created);
	return d;
}

struct ulid stage_put_on(
    struct stage *s, const char *channel, int incident, enum message_kind k, uint32_t seq)
{
	struct delivery d = stage_row(s, channel, incident, k, seq);

	outbox_put(s->o, &d);
	return d.id;
}

struct ulid stage_put(struct stage *s, int incident, enum message_kind k, uint32_t seq)
{
	return stage_put_on(s, "slack", incident, k, seq);
}

bool stage_next(struct stage *s)
{
	outbox_update_reset(&s->up);
	return outbox_next(s->o, s->now, &s->a, &s->up);
}

bool stage_next_is(struct stage *s, const struct ulid *id)
{
	return stage_next(s) && ulid_eq(&s->a.delivery.id, id);
}

void stage_answer(struct stage *s, struct channel_verdict v)
{
	outbox_update_reset(&s->up);
	outbox_result(s->o, &s->a.delivery.id, &v, s->now, &s->up);
}

void stage_verdict(struct stage *s, enum verdict_kind v)
{
	stage_answer(s, (struct channel_verdict){.kind = v, .words = "their words"});
}

void stage_pass(struct stage *s, int64_t ms)
{
	s->now = wall_add_ms(s->now, ms);
}

/* Goes to where the outbox wants to be woken; returns how far that was. */
int64_t stage_sleep(struct stage *s)
{
	struct wall wake = outbox_wake_at(s->o), before = s->now;

	assert_true(wake.ms != INT64_MAX);
	assert_true(wake.ms > s->now.ms);
	s->now = wake;
	return wall_diff_ms(wake, before);
}

const struct delivery *stage_updated(const struct stage *s, const struct ulid *id)
{
	for (size_t i = 0; i < s->up.n; i++) {
		if (ulid_eq(&s->up.deliveries[i].id, id))
			return &s->up.deliveries[i];
	}
	fail_msg("no row in the update");
	return NULL;
}

enum channel_state stage_state_of(const struct stage *s, const char *name)
{
	struct channel_status c;

	assert_true(outbox_channel(s->o, name, &c));
	return c.state;
}
