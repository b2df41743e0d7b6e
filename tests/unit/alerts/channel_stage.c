/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/channel_stage.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "tests/unit/alerts/golden.h"
#include "tests/unit/alerts/incident_fixture.h"

#define DELIVERY "01KAR4K8RGAAAAAAAAAAAAAAAA"

static void set_up(const struct stage *s, struct far_conf *c, struct secret **ret_token)
{
	far_conf_init(c, s->kind, s->url, s->secret, NULL);
	*ret_token = s->token ? secret_new(s->token, strlen(s->token)) : NULL;
	c->conf.keyword = s->keyword;
	c->conf.chat = s->chat;
	c->conf.token = *ret_token;
}

void stage_build(
    const struct stage *s, const struct message *m, bool plain, struct request *ret)
{
	struct secret *token;
	struct far_conf c;

	set_up(s, &c, &token);
	s->kind->build(&c.conf, m, DELIVERY, plain, fixture_at(14, 4), ret);
	far_conf_fini(&c);
	secret_free(token);
}

static void payload(
    const struct stage *s, const struct message *m, bool plain, const char *name)
{
	struct request r;
	char file[128];

	stage_build(s, m, plain, &r);
	snprintf(file, sizeof(file), "alerts/%s_%s.json", s->kind->name, name);
	assert_golden_json(str_span(&r.body), file);
	assert_null(strstr(str_c(&r.body), s->url));
	if (s->secret)
		assert_null(strstr(str_c(&r.body), s->secret));
	request_fini(&r);
}

void stage_payloads(const struct stage *s)
{
	struct incident outage = fixture_outage(), over = fixture_recovered();
	struct incident notice = fixture_notice(), hostile = fixture_hostile_outage();
	struct message opened = fixture_message(MESSAGE_OPENED, &outage);
	struct message resolved = fixture_message(MESSAGE_RESOLVED, &over);
	struct message raised = fixture_message(MESSAGE_NOTICE_RAISED, &notice);
	struct message evil = fixture_message(MESSAGE_OPENED, &hostile);
	struct render_context c = {.vantage = "hk-1", .now = fixture_at(14, 4)};
	struct message test;

	render(&test, MESSAGE_TEST, NULL, c.now, 0, &c);
	payload(s, &opened, false, "opened");
	payload(s, &opened, true, "opened_plain");
	payload(s, &resolved, false, "resolved");
	payload(s, &raised, false, "notice");
	payload(s, &evil, false, "hostile");
	payload(s, &evil, true, "hostile_plain");
	payload(s, &test, false, "test");
}

static void no_text_holds(const json_t *v, const char *const *forbidden)
{
	const char *text = json_string_value(v), *key;
	json_t *kid;
	size_t i;

	for (size_t k = 0; text && forbidden[k]; k++) {
		if (strstr(text, forbidden[k]))
			fail_msg("\"%s\" stands in: %s", forbidden[k], text);
	}
	json_object_foreach((json_t *)(uintptr_t)v, key, kid)
	    no_text_holds(kid, forbidden);
	json_array_foreach(v, i, kid) no_text_holds(kid, forbidden);
}

void stage_escapes(const struct stage *s, const char *const *forbidden)
{
	struct incident in = fixture_hostile_outage();

	/* Even what only the config can say. */
	str_copy(in.subject.id, sizeof(in.subject.id), "a<!here>&[b](http://x)@all");
	str_copy(in.targets[0], sizeof(in.targets[0]), "<@U1> `x` *y*");
	str_copy(
	    in.causes[0].detector, sizeof(in.causes[0].detector), "rule <at id=all>");
	for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
		for (int plain = 0; plain < 2; plain++) {
			struct message m = fixture_message((enum message_kind)k, &in);
			struct request r;
			json_t *v;

			stage_build(s, &m, plain, &r);
			v = json_parse(str_span(&r.body), NULL);
			assert_non_null(v);
			no_text_holds(v, forbidden);
			json_decref(v);
			request_fini(&r);
		}
	}
}

static struct message brimful(char filler)
{
	struct message m;

	memset(&m, 0, sizeof(m));
	memset(m.title, filler, 100);
	memset(m.summary, filler, 300);
	memset(m.lock_screen, filler, 180);
	memset(m.evidence, filler, 200);
	memset(m.vantage, filler, 63);
	m.n_facts = MESSAGE_MAX_FACTS;
	for (int i = 0; i < m.n_facts; i++) {
		memset(m.facts[i].name, filler, 31);
		memset(m.facts[i].value, filler, 255);
		m.facts[i].untrusted = i % 2;
	}
	return m;
}

void stage_longest(const struct stage *s, const char *fillers, size_t max_bytes)
{
	for (; *fillers; fillers++) {
		struct message m = brimful(*fillers);

		for (int plain = 0; plain < 2; plain++) {
			struct request r;
			json_t *v;

			stage_build(s, &m, plain, &r);
			v = json_parse(str_span(&r.body), NULL);
			assert_non_null(v);
			assert_true(r.body.len <= max_bytes);
			json_decref(v);
			request_fini(&r);
		}
	}
}

void stage_answers(const struct stage *s, const struct stage_answer *rows, size_t n)
{
	struct secret *token;
	struct far_conf c;

	set_up(s, &c, &token);
	for (size_t i = 0; i < n; i++) {
		struct channel_verdict v;
		struct far_side f;

		far_answers(&f, rows[i].status, rows[i].header, rows[i].body);
		v = far_verdict(&c, &f);
		if (v.kind != rows[i].want || v.wait_ms != rows[i].wait_ms)
			fail_msg("%d %s: %s, wait %lld", rows[i].status, rows[i].body,
			    verdict_code(v.kind), (long long)v.wait_ms);
		assert_null(strstr(v.words, s->url));
	}
	far_conf_fini(&c);
	secret_free(token);
}
