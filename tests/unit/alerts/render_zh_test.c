/* SPDX-License-Identifier: MIT
 *
 * News in Chinese: every kind of news about every kind of incident, word by word free of
 * English sentences, and as a whole against a golden file.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/text.h"
#include "alerts/render_words.h"
#include "tests/unit/alerts/golden.h"
#include "tests/unit/alerts/incident_fixture.h"

/* --- which words may stand in Latin letters ------------------------------------------
 */

/* Names of the fixtures, units of the trade, keys of the config. */
static const char *const names[] = {"deepseek", "cn", "qwen", "hk", "kimi", "moonshot",
    "UTC", "dimwatch", "slack", "channel", "host", "token", "TLS", "ID", "URL", "expect",
    "timeout", "model", "budget", "max", "asks", "disk", "network", "something", "Q", "A",
    "ZK", "ELF", "req", "f", "server", "busy", "auto", "of", "last", "failed", "no",
    "service"};

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_code(struct span word)
{
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		if (span_contains(span_of(outcome_code((enum outcome)o)), word))
			return true;
	}
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (span_eq(word, names[i]))
			return true;
	}
	return false;
}

static void is_chinese(const char *text)
{
	bool any = false;

	if (!text[0])
		return;
	for (const char *p = text; *p;) {
		size_t n = 0;

		/* The common ideographs, U+4E00 to U+9FFF. */
		any = any || ((unsigned char)*p >= 0xe4 && (unsigned char)*p <= 0xe9);
		while (is_letter(p[n]))
			n++;
		if (n && !is_code((struct span){p, n}))
			fail_msg("English in \"%s\": %.*s", text, (int)n, p);
		p += n ? n : 1;
	}
	if (!any)
		fail_msg("not Chinese: \"%s\"", text);
}

/* --- what there is to tell -------------------------------------------------------------
 */

static struct incident drifted(const char *id)
{
	struct incident in = fixture_notice();

	in.subject.kind = SUBJECT_DRIFT;
	str_copy(in.subject.id, sizeof(in.subject.id), id);
	str_copy(in.causes[0].words, sizeof(in.causes[0].words),
	    "answers as deepseek-v9, was deepseek-v8");
	return in;
}

static struct incident of_another_kind(int i)
{
	static const char *const drifts[] = {"deepseek model", "deepseek list",
	    "deepseek shape", "deepseek ending", "deepseek fallback",
	    "deepseek certificate", "deepseek something"};
	static const char *const parts[] = {"disk", "network", "channel slack", "budget"};
	struct incident in = fixture_outage();

	switch (i) {
	case 0:
		return in;
	case 1:
		in.health = HEALTH_DEGRADED;
		in.severity_now = SEVERITY_MINOR;
		return in;
	case 2:
		in.class = CLASS_SLOW;
		return in;
	case 3:
		in.never_up = true;
		return in;
	case 4:
		memset(in.outcomes, 0, sizeof(in.outcomes));
		in.outcomes[OUTCOME_DNS] = 5;
		return in;
	case 5:
		return fixture_notice();
	case 6:
		in = fixture_notice();
		memset(in.outcomes, 0, sizeof(in.outcomes));
		in.outcomes[OUTCOME_AUTH] = 3;
		return in;
	case 7:
		in = fixture_notice();
		memset(in.outcomes, 0, sizeof(in.outcomes));
		memset(&in.last_error, 0, sizeof(in.last_error));
		return in;
	default:
		break;
	}
	return i < 12 ? fixture_self(parts[i - 8]) : drifted(drifts[i - 12]);
}
#define INCIDENTS 19

static void close_it(struct incident *in, enum incident_end end)
{
	in->state = INCIDENT_CLOSED;
	in->end = end;
	in->ended = fixture_at(14, 16);
	in->closed = fixture_at(14, 17);
	in->reopened = 1;
	in->unknown_ms = 3 * MS_PER_MIN;
}

struct story {
	struct message m;
	struct str all;
	int n;
};

/* Many are alike: each stands in the file once. */
static void keep(struct story *s, struct str *text)
{
	if (!strstr(str_c(&s->all), str_c(text)))
		str_add(&s->all, str_c(text), text->len);
	str_fini(text);
}

static void add_story(struct story *s, enum message_kind kind, const struct incident *in,
    const struct render_context *c)
{
	struct str text;

	render(&s->m, kind, in, in ? in->opened : c->now, in ? in->seq : 0, c);
	s->n++;
	is_chinese(s->m.title);
	is_chinese(s->m.lock_screen);
	is_chinese(s->m.summary);
	str_init(&text, 16384);
	str_addf(&text, "[%s] %s\n  %s\n  %s\n", message_kind_code(s->m.kind), s->m.title,
	    s->m.lock_screen, s->m.summary);
	for (int i = 0; i < s->m.n_facts; i++) {
		is_chinese(s->m.facts[i].name);
		str_addf(&text, "    %s：%s\n", s->m.facts[i].name, s->m.facts[i].value);
	}
	if (s->m.evidence[0])
		str_addf(&text, "    > %s\n", s->m.evidence);
	keep(s, &text);
}

static void tell_everything(struct story *s)
{
	struct render_context c = {.language = LANGUAGE_ZH,
	    .vantage = "hk-1",
	    .alternative = "qwen",
	    .now = fixture_at(14, 30)};

	add_story(s, MESSAGE_TEST, NULL, &c);
	for (int i = 0; i < INCIDENTS; i++) {
		struct incident in = of_another_kind(i);

		for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
			if (k != MESSAGE_TEST)
				add_story(s, (enum message_kind)k, &in, &c);
		}
		for (int e = END_RECOVERED; e < INCIDENT_END_COUNT; e++) {
			struct incident over = in;

			close_it(&over, (enum incident_end)e);
			add_story(s, MESSAGE_RESOLVED, &over, &c);
		}
		close_it(&in, END_RECOVERED);
		c.late_ms = 12 * MS_PER_MIN;
		c.both = true;
		add_story(s, MESSAGE_RESOLVED, &in, &c);
		c.both = false;
		add_story(s, MESSAGE_RESOLVED, &in, &c);
		c.late_ms = 0;
	}
}

static void all_news_is_chinese_and_nothing_else(void **state)
{
	struct story s = {0};

	(void)state;
	str_init(&s.all, (size_t)1 << 20);
	tell_everything(&s);
	assert_true(s.n > 300);
	assert_true(utf8_valid(str_span(&s.all)));
	assert_golden_text(str_span(&s.all), "alerts/zh.txt");
	print_message("# evidence news in Chinese: %d messages, none with an English "
		      "sentence\n",
	    s.n);
	str_fini(&s.all);
}

static void names_of_facts_fit(void **state)
{
	struct incident in = fixture_outage();
	struct render_context c = {.language = LANGUAGE_ZH, .now = fixture_at(14, 30)};
	struct message m;

	(void)state;
	render(&m, MESSAGE_OPENED, &in, in.opened, 1, &c);
	for (int i = 0; i < m.n_facts; i++)
		assert_null(strstr(m.facts[i].name, "\xe2\x80\xa6"));
}

static void durations_in_both_languages(void **state)
{
	static const struct {
		int64_t ms;
		const char *en, *zh;
	} rows[] = {
	    {450,		   "450 ms",  "450 毫秒"       },
	    {45000,                 "45 s",    "45 秒"           },
	    {(int64_t)14 * 60000,   "14 m",    "14 分钟"        },
	    {(int64_t)65 * 60000,   "1 h 5 m", "1 小时 5 分钟"},
	    {(int64_t)27 * 3600000, "1 d 3 h", "1 天 3 小时"   },
	};
	char buf[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		assert_string_equal(
		    words_duration(LANGUAGE_EN, rows[i].ms, buf, sizeof(buf)),
		    rows[i].en);
		assert_string_equal(
		    words_duration(LANGUAGE_ZH, rows[i].ms, buf, sizeof(buf)),
		    rows[i].zh);
	}
}

static void every_outcome_has_its_words(void **state)
{
	(void)state;
	for (int o = 0; o < OUTCOME_COUNT; o++) {
		is_chinese(words_outcome(LANGUAGE_ZH, (enum outcome)o));
		is_chinese(words_advice(LANGUAGE_ZH, (enum outcome)o));
	}
}

static void codes_of_the_config(void **state)
{
	enum language l = LANGUAGE_EN;

	(void)state;
	assert_true(language_find("zh", &l));
	assert_int_equal(l, LANGUAGE_ZH);
	assert_string_equal(language_code(l), "zh");
	assert_false(language_find("klingon", &l));
	assert_int_equal(l, LANGUAGE_ZH);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(all_news_is_chinese_and_nothing_else),
	    cmocka_unit_test(names_of_facts_fit),
	    cmocka_unit_test(durations_in_both_languages),
	    cmocka_unit_test(every_outcome_has_its_words),
	    cmocka_unit_test(codes_of_the_config),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
