/* SPDX-License-Identifier: MIT
 *
 * E-mail: headers, one thread an incident, nothing that splits a header or a line,
 * answers row by row, what check sees. A mail reader's view of it is in tests/e2e.
 */
#include "alerts/channel_email.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "tests/unit/alerts/far_side.h"
#include "tests/unit/alerts/incident_fixture.h"

#define URL "smtp://relay.example:587"

static void set_up(struct far_conf *c, const char *url)
{
	far_conf_init(c, &channel_email, url, NULL, NULL);
	c->conf.mail_from = "dimwatch@hk-1.example";
	c->conf.mail_to = "oncall@example.test";
}

static void build_at(
    const char *url, const struct message *m, bool plain, struct request *r)
{
	struct far_conf c;

	set_up(&c, url);
	channel_email.build(
	    &c.conf, m, "01KAR4K8RGAAAAAAAAAAAAAAAA", plain, fixture_at(14, 4), r);
	far_conf_fini(&c);
}

static const char *built(enum message_kind kind, struct request *r)
{
	struct incident in =
	    kind == MESSAGE_RESOLVED ? fixture_recovered() : fixture_outage();
	struct message m = fixture_message(kind, &in);

	build_at(URL, &m, false, r);
	return str_c(&r->body);
}

#define HAS(text, part) assert_non_null(strstr(text, part))

static void an_opening_has_the_headers_of_automatic_mail(void **state)
{
	struct request r;
	const char *text = built(MESSAGE_OPENED, &r);

	(void)state;
	assert_string_equal(r.mail_from, "dimwatch@hk-1.example");
	assert_string_equal(r.mail_to, "oncall@example.test");
	HAS(text, "From: dimwatch <dimwatch@hk-1.example>\r\n");
	HAS(text, "To: <oncall@example.test>\r\n");
	HAS(text, "Date: Mon, 23 Nov 2026 14:04:00 +0000\r\n");
	HAS(text, "Subject: [critical, down] deepseek #7Q2A\r\n");
	HAS(text, "Message-ID: <01KAR4K8RG7Q2A7Q2A7Q2A7Q2A@hk-1.example>\r\n");
	HAS(text, "Auto-Submitted: auto-generated\r\n");
	HAS(text, "X-Dimwatch-State: opened\r\n");
	HAS(text, "X-Dimwatch-Severity: critical\r\n");
	assert_null(strstr(text, "References:"));
	request_fini(&r);
}

static void all_others_stand_under_the_opening_and_are_the_same_when_repeated(
    void **state)
{
	struct request a, b;
	const char *text = built(MESSAGE_RESOLVED, &a);

	(void)state;
	HAS(text, "Subject: [resolved] deepseek #7Q2A\r\n");
	HAS(text,
	    "Message-ID: <01KAR4K8RG7Q2A7Q2A7Q2A7Q2A.01KAR4K8RGAAAAAAAAAAAAAAAA@hk-1");
	HAS(text, "In-Reply-To: <01KAR4K8RG7Q2A7Q2A7Q2A7Q2A@hk-1.example>\r\n");
	HAS(text, "References: <01KAR4K8RG7Q2A7Q2A7Q2A7Q2A@hk-1.example>\r\n");
	assert_string_equal(text, built(MESSAGE_RESOLVED, &b));
	request_fini(&a);
	request_fini(&b);
}

/* Every line ends with CRLF and nothing else, none is long, none is a lone dot. */
static void assert_lines(const char *text)
{
	size_t len = 0;

	for (const char *p = text; *p; p++) {
		assert_true((*p == '\r') == (p[1] == '\n'));
		assert_true((unsigned char)*p < 0x80);
		if (*p == '\n') {
			assert_true(len <= 300);
			len = 0;
		} else {
			len++;
		}
	}
	assert_null(strstr(text, "\r\n.\r\n"));
}

static void no_text_can_split_a_header_or_end_the_mail(void **state)
{
	struct incident in = fixture_hostile_outage();

	(void)state;
	str_copy(in.subject.id, sizeof(in.subject.id),
	    "x\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87"
	    "\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad\xe6\x96\x87\xe4\xb8\xad");
	for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
		for (int plain = 0; plain < 2; plain++) {
			struct message m = fixture_message((enum message_kind)k, &in);
			struct request r;

			build_at(URL, &m, plain, &r);
			assert_lines(str_c(&r.body));
			assert_null(strstr(str_c(&r.body), "evil.example"));
			request_fini(&r);
		}
	}
}

static void a_subject_that_is_not_ascii_is_folded_into_short_words(void **state)
{
	struct incident in = fixture_outage();
	struct message m;
	struct request r;
	char *at;

	(void)state;
	for (int i = 0; i < 30; i++)
		memcpy(in.subject.id + 3 * i, "\xe4\xb8\xad", 3);
	in.subject.id[90] = '\0';
	m = fixture_message(MESSAGE_OPENED, &in);
	build_at(URL, &m, false, &r);
	at = strstr(r.body.data, "Subject: =?utf-8?B?");
	assert_non_null(at);
	at += strlen("Subject: ");
	for (int words = 0;; words++) {
		size_t n = strcspn(at, "\r");

		assert_true(n <= 75);
		assert_memory_equal(at, "=?utf-8?B?", 10);
		if (at[n + 2] != ' ') {
			assert_true(words >= 1);
			break;
		}
		at += n + 3;
	}
	request_fini(&r);
}

static void the_relay_hears_our_domain_and_no_password_in_clear_text(void **state)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);
	struct request r;

	(void)state;
	build_at(URL, &m, false, &r);
	assert_string_equal(r.url, URL "/hk-1.example");
	assert_false(r.mail_needs_tls);
	request_fini(&r);
	build_at("smtp://u:p@relay.example/ehlo.example", &m, true, &r);
	assert_string_equal(r.url, "smtp://u:p@relay.example/ehlo.example");
	assert_true(r.mail_needs_tls);
	assert_null(strstr(str_c(&r.body), "multipart"));
	request_fini(&r);
}

static void replies_row_by_row(void **state)
{
	static const struct {
		int status;
		const char *words;
		enum verdict_kind want;
	} rows[] = {
	    {250, "250 Ok",                    VERDICT_ACCEPTED},
	    {421, "421 closing",               VERDICT_LATER   },
	    {451, "451 4.7.1 Greylisted",      VERDICT_LATER   },
	    {452, "452 full",                  VERDICT_LATER   },
	    {500, "500 line too long",         VERDICT_UNWANTED},
	    {552, "552 too large",             VERDICT_UNWANTED},
	    {554, "554 spam",                  VERDICT_UNWANTED},
	    {530, "530 Must issue STARTTLS",   VERDICT_SHUT    },
	    {535, "535 authentication failed", VERDICT_SHUT    },
	    {550, "550 5.1.1 no such user",    VERDICT_SHUT    },
	    {551, "551 not local",             VERDICT_SHUT    },
	    {553, "553 relay denied",          VERDICT_SHUT    },
	};
	struct channel_verdict v;
	struct far_conf c;
	struct far_side f;

	(void)state;
	set_up(&c, "smtp://user:hunter2secret@relay.example");
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		far_answers(&f, rows[i].status, NULL, rows[i].words);
		v = far_verdict(&c, &f);
		assert_int_equal(v.kind, rows[i].want);
		if (v.kind != VERDICT_ACCEPTED)
			assert_string_equal(v.words, rows[i].words);
	}
	far_is_silent(&f, WIRE_REFUSED, PHASE_CONNECT);
	assert_int_equal(far_verdict(&c, &f).kind, VERDICT_LATER);
	far_is_silent(&f, WIRE_RESET, PHASE_SENT);
	assert_true(far_verdict(&c, &f).maybe);
	far_is_silent(&f, WIRE_TLS, PHASE_TLS);
	assert_int_equal(far_verdict(&c, &f).kind, VERDICT_LATER);
	str_copy(f.end.text, sizeof(f.end.text),
	    "SSL certificate problem: self-signed certificate");
	assert_int_equal(far_verdict(&c, &f).kind, VERDICT_SHUT);
	far_conf_fini(&c);
}

static void an_address_is_one_and_holds_nothing_else(void **state)
{
	static const char *const bad[] = {"", "a", "@b", "a@", "a@b@c", "a b@c",
	    "a@b\r\nX: y", "<a@b>", "a@b,c@d", "a;b@c", "\xc3\xa9@b"};

	(void)state;
	assert_true(email_address_ok("on.call+llm@example.test"));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(email_address_ok(bad[i]));
}

static bool checks(const char *url, const char *from, const char *to, struct err *e)
{
	struct far_conf c;
	bool good;

	set_up(&c, url);
	c.conf.mail_from = from;
	c.conf.mail_to = to;
	good = channel_email.check(&c.conf, e);
	far_conf_fini(&c);
	return good;
}

static void check_names_the_mistake(void **state)
{
	struct err e = {0};

	(void)state;
	assert_true(checks(URL, "a@b", "c@d", &e));
	assert_true(checks("smtps://u:p%40@relay.example:465", "a@b", "c@d", &e));
	assert_false(checks("https://relay.example", "a@b", "c@d", &e));
	assert_false(checks("smtp://", "a@b", "c@d", &e));
	assert_false(checks(URL, NULL, "c@d", &e));
	assert_non_null(strstr(e.msg, "from is missing"));
	assert_false(checks(URL, "a@b", NULL, &e));
	assert_non_null(strstr(e.msg, "to is missing"));
	assert_false(checks(URL, "a@b", "c@d, e@f", &e));
	assert_non_null(strstr(e.msg, "several channels"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(an_opening_has_the_headers_of_automatic_mail),
	    cmocka_unit_test(
		all_others_stand_under_the_opening_and_are_the_same_when_repeated),
	    cmocka_unit_test(no_text_can_split_a_header_or_end_the_mail),
	    cmocka_unit_test(a_subject_that_is_not_ascii_is_folded_into_short_words),
	    cmocka_unit_test(the_relay_hears_our_domain_and_no_password_in_clear_text),
	    cmocka_unit_test(replies_row_by_row),
	    cmocka_unit_test(an_address_is_one_and_holds_nothing_else),
	    cmocka_unit_test(check_names_the_mistake),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
