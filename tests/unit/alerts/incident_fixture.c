/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/incident_fixture.h"

#include <string.h>

#include "agent/base/str.h"

void fixture_hostile(struct str *ret)
{
	str_init(ret, 20000);
	str_adds(ret,
	    "<!channel> @everyone `code` *bold* <https://evil.example|click>\r\n"
	    "RESOLVED: all well\r\n\xe2\x80\xae"
	    "desrever\xe2\x80\xac \x1b[31mred\x1b]52;c;aGk=\x07 \"quoted\\\" & half: "
	    "\xe4\xb8 ");
	for (int i = 0; i < 10000; i++)
		str_addc(ret, 'x');
	str_adds(ret, "\xf0\x9f\x98");
}

struct wall fixture_at(int hour, int minute)
{
	struct civil c = {
	    .year = 2026, .month = 11, .day = 23, .hour = hour, .minute = minute};

	return civil_wall(&c);
}

static void set_error(struct incident_error *e, struct wall at, enum outcome o,
    int status, const char *message)
{
	e->at = at;
	e->outcome = o;
	e->http_status = status;
	str_copy(e->message, sizeof(e->message), message);
}

struct incident fixture_outage(void)
{
	struct incident in = {
	    .short_id = "7Q2A",
	    .subject = {SUBJECT_TARGET, "deepseek"},
	    .class = CLASS_OUTAGE,
	    .severity = SEVERITY_CRITICAL,
	    .severity_now = SEVERITY_CRITICAL,
	    .health = HEALTH_DOWN,
	    .started = fixture_at(14, 2),
	    .opened = fixture_at(14, 3),
	    .seq = 1,
	    .provider = "deepseek",
	    .region = "cn",
	    .samples = 6,
	    .failures = 5,
	};
	struct cause *c;

	str_copy(in.id.text, sizeof(in.id.text), "01KAR4K8RG7Q2A7Q2A7Q2A7Q2A");
	in.outcomes[OUTCOME_OK] = 1;
	in.outcomes[OUTCOME_OVERLOADED] = 4;
	in.outcomes[OUTCOME_STALLED] = 1;
	set_error(&in.first_error, fixture_at(14, 2), OUTCOME_OVERLOADED, 503,
	    "Server overloaded, please retry later");
	set_error(&in.last_error, fixture_at(14, 3), OUTCOME_OVERLOADED, 503,
	    "Server overloaded, please retry later");
	str_copy(in.last_error.code, sizeof(in.last_error.code), "server_busy");
	str_copy(in.last_error.request_id, sizeof(in.last_error.request_id), "req-8f31");
	incident_add_target(&in, "deepseek");
	c = incident_add_cause(&in, "auto");
	c->active = true;
	c->severity = SEVERITY_CRITICAL;
	c->since = in.started;
	str_copy(c->words, sizeof(c->words), "3 of last 5 failed");
	return in;
}

struct incident fixture_recovered(void)
{
	struct incident in = fixture_outage();

	in.state = INCIDENT_CLOSED;
	in.end = END_RECOVERED;
	in.ended = fixture_at(14, 16);
	in.closed = fixture_at(14, 17);
	in.causes[0].active = false;
	in.samples = 30;
	in.failures = 12;
	in.outcomes[OUTCOME_OK] = 18;
	in.outcomes[OUTCOME_OVERLOADED] = 10;
	in.outcomes[OUTCOME_STALLED] = 2;
	in.seq = 2;
	return in;
}

struct incident fixture_notice(void)
{
	struct incident in = {
	    .short_id = "9ZK3",
	    .subject = {SUBJECT_ACCESS, "kimi"},
	    .class = CLASS_NOTICE,
	    .severity = SEVERITY_MINOR,
	    .severity_now = SEVERITY_MINOR,
	    .started = fixture_at(14, 2),
	    .opened = fixture_at(14, 3),
	    .seq = 1,
	    .provider = "moonshot-cn",
	    .samples = 3,
	    .failures = 3,
	};
	struct cause *c = incident_add_cause(&in, "notice");

	str_copy(in.id.text, sizeof(in.id.text), "01KAR4K8RG9ZK39ZK39ZK39ZK3");
	in.outcomes[OUTCOME_QUOTA] = 3;
	set_error(&in.first_error, fixture_at(14, 2), OUTCOME_QUOTA, 429,
	    "Your account balance is insufficient");
	in.last_error = in.first_error;
	c->active = true;
	c->severity = SEVERITY_MINOR;
	incident_add_target(&in, "kimi");
	return in;
}

struct incident fixture_self(const char *part)
{
	struct incident in = {
	    .short_id = "5ELF",
	    .subject = {.kind = SUBJECT_SELF},
	    .class = CLASS_SELF,
	    .severity = SEVERITY_MAJOR,
	    .severity_now = SEVERITY_MAJOR,
	    .started = fixture_at(14, 2),
	    .opened = fixture_at(14, 2),
	    .seq = 1,
	};
	struct cause *c = incident_add_cause(&in, "self");

	str_copy(in.id.text, sizeof(in.id.text), "01KAR4K8RG5E1F5E1F5E1F5E1F");
	str_copy(in.subject.id, sizeof(in.subject.id), part);
	c->active = true;
	c->severity = SEVERITY_MAJOR;
	str_copy(c->words, sizeof(c->words), "404 no_service");
	return in;
}

struct incident fixture_hostile_outage(void)
{
	struct incident in = fixture_outage();
	struct str words;

	fixture_hostile(&words);
	/* Cut as careless code would: in the middle of a character if it comes so. */
	span_copy(str_span(&words), in.last_error.message, sizeof(in.last_error.message));
	span_copy(str_span(&words), in.last_error.code, sizeof(in.last_error.code));
	span_copy(
	    str_span(&words), in.last_error.request_id, sizeof(in.last_error.request_id));
	str_fini(&words);
	return in;
}

struct message fixture_message(enum message_kind kind, const struct incident *in)
{
	struct render_context c = {
	    .vantage = "hk-1", .alternative = "qwen", .now = fixture_at(14, 4)};
	struct message m;

	render(&m, kind, in, in->opened, in->seq, &c);
	return m;
}
