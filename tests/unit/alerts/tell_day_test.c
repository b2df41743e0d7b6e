/* SPDX-License-Identifier: MIT
 *
 * The DeepSeek day as people read it: the trace of the cascade through judge and teller
 * to one channel. One thread: slow, degraded, down, the "resolved" that was none, and
 * the end; nothing of the hours in which it wavered between degraded and down.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/judge.h"
#include "alerts/tell.h"
#include "tests/unit/alerts/traces.h"

struct day {
	struct trace trace;
	struct judge *judge;
	struct tell *tell;
	struct judge_update up;
	struct tell_update told;
	struct incident latest; /* of the one that messages are about */
	char thread[ULID_LEN + 1];
	int threads;
	struct str story;
};

static const char *state_of(const struct incident *in)
{
	return in->health == HEALTH_UP ? "slow" : health_code(in->health);
}

static void receive(struct day *d)
{
	for (size_t i = 0; i < d->told.n; i++) {
		const struct delivery *m = &d->told.deliveries[i];
		bool over = m->kind == MESSAGE_RESOLVED;

		if (strcmp(d->thread, m->incident.text) != 0) {
			str_copy(d->thread, sizeof(d->thread), m->incident.text);
			d->threads++;
		}
		str_addf(&d->story, "%s%s%s%s", d->story.len ? ", " : "",
		    message_kind_code(m->kind), over ? "" : " ",
		    over ? "" : state_of(&d->latest));
	}
}

static void tell(struct day *d, struct tell_event ev)
{
	tell_step(d->tell, &ev, &d->told);
	receive(d);
}

/* What is due before an event is told before it. */
static void pass(struct day *d, int64_t until_ms)
{
	while (d->told.wake_at.ms <= until_ms)
		tell(d, (struct tell_event){TELL_TIME, .at = d->told.wake_at});
}

static void step(struct day *d, struct judge_event ev)
{
	pass(d, ev.at.ms);
	judge_step(d->judge, &ev, &d->up);
	for (size_t i = 0; i < d->up.n_facts; i++) {
		const struct fact *f = &d->up.facts[i];

		if (!fact_is_incident(f->kind))
			continue;
		d->latest = f->incident;
		tell(d, (struct tell_event){TELL_FACT, .at = f->at, .fact = f});
	}
}

static void configure(struct day *d)
{
	static const char *const to[] = {"slack"};
	static const struct route route = {.to = to, .n_to = 1};
	struct tell_config tc = {.routes = &route, .n_routes = 1};
	struct judge_target target = {
	    .series = 1, .interval_ms = d->trace.interval_ms, .auto_on = true};
	struct judge_config jc = {.vantage = "hk-1", .targets = &target, .n_targets = 1};

	assert_int_equal(d->trace.n_names, 1);
	str_copy(target.name, sizeof(target.name), d->trace.names[0]);
	tell(d, (struct tell_event){TELL_CONFIG, .at = {TRACE_EPOCH}, .config = &tc});
	step(d, (struct judge_event){JUDGE_CONFIG, .at = {TRACE_EPOCH}, .u.config = &jc});
}

static void play(struct day *d, const char *name)
{
	memset(d, 0, sizeof(*d));
	trace_read(&d->trace, name);
	d->judge = judge_new("hk-1");
	d->tell = tell_new();
	judge_update_init(&d->up);
	tell_update_init(&d->told);
	str_init(&d->story, 1 << 16);
	configure(d);
	for (size_t i = 0; i < d->trace.n_rows; i++) {
		const struct trace_row *r = &d->trace.rows[i];
		struct sample s;

		while (d->up.wake_at.ms <= r->at_ms)
			step(d, (struct judge_event){JUDGE_TIME, .at = d->up.wake_at});
		sample_init(&s, 1, (struct wall){r->at_ms});
		s.outcome = r->outcome;
		s.end_us = 0;
		if (r->first_token_ms >= 0)
			s.first_token_us = r->first_token_ms * US_PER_MS;
		step(d, (struct judge_event){JUDGE_SAMPLE, .at = s.at, .u.sample = &s});
	}
	pass(d, INT64_MAX - 1);
}

static void end(struct day *d)
{
	judge_free(d->judge);
	tell_free(d->tell);
	judge_update_fini(&d->up);
	tell_update_fini(&d->told);
	trace_fini(&d->trace);
	str_fini(&d->story);
}

static void the_day_of_the_cascade_is_one_thread_of_messages(void **state)
{
	static struct day d;

	(void)state;
	play(&d, "deepseek_12h");
	printf("# evidence the DeepSeek day in messages: %s\n", str_c(&d.story));
	assert_int_equal(d.threads, 1);
	/* At the false "resolved" it answers again, but two and a half times slower than
	 * usual: the incident goes on as `slow`. Half an hour after its relapse it is
	 * down once more, which is told like everything that gets worse. */
	assert_string_equal(str_c(&d.story),
	    "opened slow, changed degraded, changed down, changed slow, changed "
	    "degraded, changed down, resolved");
	end(&d);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_day_of_the_cascade_is_one_thread_of_messages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
