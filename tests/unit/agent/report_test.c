/* SPDX-License-Identifier: MIT
 *
 * The report of an incident as people read it, in both forms; and that a stranger's words
 * do nothing in either.
 */
#include "agent/report.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"

#define T0 INT64_C(1767225600000) /* 2026-01-01T00:00:00Z */

static const char hostile[] =
    "<script>alert(1)</script> `x` | [a](http://evil.example) <img src=x> @channel "
    "\x1b]52;c;evil\x07 \xe2\x80\xae gpj \xc3 &amp; **b** $(id)";

static struct sample ask(int64_t at, uint32_t series, enum outcome o, int64_t token_ms)
{
	struct sample s = {.series = series,
	    .at = {at},
	    .outcome = o,
	    .http_status = o == OUTCOME_OK ? 200 : 503,
	    .first_byte_us = token_ms * 1000,
	    .first_token_us = token_ms * 1000,
	    .end_us = token_ms * 2000};

	if (o != OUTCOME_OK) {
		s.first_token_us = NOT_REACHED;
		(void)snprintf(s.request_id, sizeof(s.request_id), "req-%lld",
		    (long long)((at - T0) / 1000));
		(void)str_copy(s.provider_code, sizeof(s.provider_code), "busy");
		(void)str_copy(s.message, sizeof(s.message), "Server overloaded");
	}
	return s;
}

/* One at once, and one that quiet hours kept back for an hour. */
static void fill_deliveries(struct report *r)
{
	r->n_deliveries = 2;
	r->deliveries = xcalloc(2, sizeof(*r->deliveries));
	r->deliveries[1] = (struct delivery){.channel = "quiet",
	    .kind = MESSAGE_OPENED,
	    .state = DELIVERY_SENT,
	    .verdict = VERDICT_ACCEPTED,
	    .created = r->in.opened,
	    .held_until = {T0 + 3600000},
	    .sent = {T0 + 3602000},
	    .attempts = 1};
	r->deliveries[0] = (struct delivery){.channel = "slack",
	    .kind = MESSAGE_OPENED,
	    .state = DELIVERY_SENT,
	    .verdict = VERDICT_ACCEPTED,
	    .created = r->in.opened,
	    .sent = {T0 + 61000},
	    .attempts = 1};
}

/* Ten minutes of outage of `deepseek`; `qwen` goes on. A minute of it nobody looked. */
static void fill(struct report *r)
{
	struct incident *in = &r->in;

	*r = (struct report){.now = {T0 + 2 * MS_PER_H}};
	(void)str_copy(in->id.text, sizeof(in->id.text), "01KDVDNB007Q2A000000000000");
	(void)str_copy(in->short_id, sizeof(in->short_id), "7Q2A");
	in->subject = (struct subject){SUBJECT_TARGET, "deepseek"};
	(void)str_copy(in->provider, sizeof(in->provider), "deepseek");
	in->severity = SEVERITY_CRITICAL;
	in->state = INCIDENT_CLOSED;
	in->end = END_RECOVERED;
	in->health = HEALTH_DOWN;
	in->started.ms = T0;
	in->opened.ms = T0 + 60000;
	in->ended.ms = T0 + 600000;
	in->closed.ms = T0 + 660000;
	in->unknown_ms = 60000;
	incident_add_target(in, "deepseek");
	r->n_series = 2;
	r->series = xcalloc(2, sizeof(*r->series));
	r->series[0] = (struct report_series){.id = 1,
	    .name = "deepseek",
	    .provider = "deepseek",
	    .model = "deepseek-flash",
	    .kind = "stream",
	    .affected = true};
	r->series[1] = (struct report_series){.id = 2,
	    .name = "qwen",
	    .provider = "dashscope",
	    .model = "qwen-turbo",
	    .kind = "stream"};
	for (int64_t m = -10; m < 20; m++) {
		bool down = m >= 0 && m < 10;
		struct sample a = ask(T0 + m * 60000, 1,
				  down ? OUTCOME_OVERLOADED : OUTCOME_OK,
				  400 + 10 * (m + 10)),
			      b = ask(T0 + m * 60000, 2, OUTCOME_OK, 300);

		report_see(r, &a, JUDGED_COUNTED);
		report_see(r, &b, m == 3 ? JUDGED_PATH : JUDGED_COUNTED);
		if (down)
			incident_tally(in, &a);
	}
	report_note_gap(r, (struct wall){T0 + 120000}, (struct wall){T0 + 180000});
	report_note_gap(r, (struct wall){T0 - 180000}, (struct wall){T0 - 120000});
	r->n_entries = 1;
	r->entries = xcalloc(1, sizeof(*r->entries));
	r->entries[0] = (struct report_entry){.seq = 1,
	    .kind = FACT_OPENED,
	    .at = in->opened,
	    .severity = SEVERITY_CRITICAL,
	    .causes = xstrdup("[{\"detector\":\"auto\",\"severity\":\"critical\","
			      "\"active\":true,\"words\":\"4 of the last 5 failed\"}]")};
	fill_deliveries(r);
	r->asks = 10;
	r->n_money = 1;
	r->money[0] = (struct report_money){"USD", 2500000, 2500000};
}

static void has(const struct str *s, const char *words)
{
	if (!strstr(str_c(s), words))
		fail_msg("not there: %s\n%s", words, str_c(s));
}

static void has_not(const struct str *s, const char *words)
{
	if (strstr(str_c(s), words))
		fail_msg("there: %s\n%s", words, str_c(s));
}

static void it_tells_what_must_be_handed_in(void **state)
{
	struct report r;
	struct str out;

	(void)state;
	fill(&r);
	str_init(&out, DOC_MAX_BYTES);
	report_write(&r, DOC_MARKDOWN, &out);
	has(&out, "# Incident 7Q2A: deepseek\n");
	has(&out, "All times are in UTC.");
	has(&out, "deepseek was down from 2026-01-01 00:00:00 to 2026-01-01 00:10:00");
	has(&out, "10 of 10 asks failed: overloaded 10.");
	has(&out, "The fault was theirs: they answered, and with an error.");
	has(&out, "| opened | `critical; auto: 4 of the last 5 failed (critical)` |");
	has(&out, "| dimwatch stops looking |");
	has(&out, "| first good answer of the recovery |");
	has(&out, "| affected | deepseek | deepseek | deepseek-flash | stream | - | "
		  "10 of 10 (100 %) | 0 |");
	has(&out,
	    "| other | qwen | dashscope | qwen-turbo | stream | - | 0 of 9 (0 %) | 1 |");
	has(&out, "Meanwhile 9 of 9 asks of other providers");
	has(&out, "| deepseek | before | 10 | 0 | 440 ms | 480 ms | 490 ms | 490 ms |");
	has(&out, "| deepseek | during | 0 | 10 | - | - | - | - |");
	has(&out, "| deepseek | after | 10 | 0 | 640 ms | 680 ms | 690 ms | 690 ms |");
	has(&out, "| 10 | overloaded: ");
	has(&out, " | 503 | `busy` | `Server overloaded` | 2026-01-01 00:00:00 |");
	has(&out, "| `req-540` |");
	has(&out, "| slack | opened | sent | 2026-01-01 00:01:01 | 1 s | 1 |");
	has(&out, "| quiet | opened | sent | 2026-01-01 01:00:02 | 2 s | 1 |");
	has(&out, "| USD | 0.002500 | 0.002500 |");
	has(&out, "| 2026-01-01 00:02:00 | 2026-01-01 00:03:00 | 1 m |");
	has_not(&out, "2025-12-31 23:57"); /* a gap before it is none of its own */
	str_fini(&out);
	report_fini(&r);
}

static void add_entry(struct report *r, enum fact_kind k, int at_s, enum severity from,
    enum severity to, const char *causes)
{
	r->entries = xreallocarray(r->entries, r->n_entries + 1, sizeof(*r->entries));
	r->entries[r->n_entries++] = (struct report_entry){.kind = k,
	    .at = {T0 + (int64_t)at_s * 1000},
	    .severity = to,
	    .from = from,
	    .detail = "what was said",
	    .causes = xstrdup(causes)};
}

#define AUTO(active, severity)                                                           \
	"{\"detector\":\"auto\",\"severity\":\"" severity "\",\"active\":" active        \
	",\"words\":\"4 of the last 5 failed\"}"
#define SLOW(active)                                                                     \
	"{\"detector\":\"latency\",\"severity\":\"minor\",\"active\":" active            \
	",\"words\":\"4 times as late\"}"

/* Who must hand it in reads what changed, and not the same words again in each line. */
static void the_timeline_says_of_causes_what_is_news(void **state)
{
	struct report r;
	struct str out;

	(void)state;
	fill(&r);
	add_entry(&r, FACT_CHANGED, 120, SEVERITY_CRITICAL, SEVERITY_CRITICAL,
	    "[" AUTO("true", "critical") "," SLOW("true") "]");
	add_entry(&r, FACT_ACKNOWLEDGED, 150, SEVERITY_MINOR, SEVERITY_CRITICAL, "");
	add_entry(&r, FACT_CHANGED, 180, SEVERITY_CRITICAL, SEVERITY_MINOR,
	    "[" AUTO("false", "critical") "," SLOW("true") "]");
	add_entry(&r, FACT_CLOSED, 200, SEVERITY_MINOR, SEVERITY_MINOR,
	    "[" AUTO("false", "critical") "," SLOW("false") "]");
	add_entry(&r, FACT_REOPENED, 240, SEVERITY_MINOR, SEVERITY_CRITICAL,
	    "[" AUTO("true", "critical") "," SLOW("false") "]");
	add_entry(&r, FACT_CHANGED, 300, SEVERITY_CRITICAL, SEVERITY_CRITICAL,
	    "[" AUTO("true", "critical") "," SLOW("false") "]");
	add_entry(
	    &r, FACT_CHANGED, 301, SEVERITY_CRITICAL, SEVERITY_CRITICAL, "{damaged");
	str_init(&out, DOC_MAX_BYTES);
	report_write(&r, DOC_MARKDOWN, &out);
	has(&out, "| changed | `still critical; latency: 4 times as late (minor)` |");
	has(&out, "| acknowledged | `what was said` |");
	has(&out,
	    "| changed | `from critical to minor; auto: 4 of the last 5 failed (over)` |");
	has(&out, "| closed | `latency: 4 times as late (over)` |");
	has(&out, "| reopened | `critical; auto: 4 of the last 5 failed (critical)` |");
	has(&out, "| changed | `still critical; what was said` |");
	str_fini(&out);
	report_fini(&r);
}

/* What a timeout says are our words, not theirs. */
static void words_of_ours_are_not_put_into_their_mouth(void **state)
{
	struct report r;
	struct str out;
	struct sample s;

	(void)state;
	fill(&r);
	s = ask(T0 + 30000, 1, OUTCOME_TIMEOUT_FIRST_TOKEN, 20000);
	(void)str_copy(s.message, sizeof(s.message), "no token within 20 s");
	report_see(&r, &s, JUDGED_COUNTED);
	/* What the grace of a loading model excuses is no evidence. */
	s = ask(T0 + 31000, 1, OUTCOME_HTTP_5XX, 1);
	report_see(&r, &s, JUDGED_EXCLUDED);
	str_init(&out, DOC_MAX_BYTES);
	report_write(&r, DOC_MARKDOWN, &out);
	has(&out, "`none; ours: no token within 20 s`");
	has(&out, "| stream | - | 11 of 11 (100 %) | 1 |");
	has_not(&out, "http\\_5xx");
	str_fini(&out);
	report_fini(&r);
}

static void a_report_of_many_failures_keeps_the_first_and_the_last(void **state)
{
	struct report r;

	(void)state;
	fill(&r);
	for (int i = 0; i < 500; i++) {
		struct sample s = ask(T0 + 1000 + i * 1000, 1, OUTCOME_OVERLOADED, 1);

		report_see(&r, &s, JUDGED_COUNTED);
	}
	assert_int_equal(r.n_failures, 510);
	assert_int_equal(r.n_proofs, REPORT_MAX_PROOFS);
	assert_string_equal(r.proofs[0].error.request_id, "req-0");
	assert_string_equal(r.proofs[REPORT_MAX_PROOFS - 1].error.request_id, "req-500");
	assert_int_equal(r.n_words, 1);
	assert_int_equal(r.words[0].n, 510);
	report_fini(&r);
}

/* Wherever a stranger's words may come to stand. */
static void spread(struct report *r)
{
	for (size_t i = 0; i < r->n_words; i++)
		(void)str_copy(r->words[i].first.message,
		    sizeof(r->words[i].first.message), hostile);
	for (size_t i = 0; i < r->n_proofs; i++)
		(void)str_copy(r->proofs[i].error.request_id,
		    sizeof(r->proofs[i].error.request_id), hostile);
	(void)str_copy(
	    r->in.first_error.message, sizeof(r->in.first_error.message), hostile);
	(void)str_copy(
	    r->deliveries[0].last_error, sizeof(r->deliveries[0].last_error), hostile);
	(void)str_copy(r->in.subject.id, sizeof(r->in.subject.id), hostile);
	(void)str_copy(r->series[0].model, sizeof(r->series[0].model), hostile);
	r->in.page.state = PAGE_MAJOR;
	(void)str_copy(r->in.page.title, sizeof(r->in.page.title), hostile);
	(void)str_copy(r->in.page.url, sizeof(r->in.page.url), "javascript:alert(1)");
}

static void a_strangers_words_are_harmless_as_html(void **state)
{
	struct report r;
	struct str out;

	(void)state;
	fill(&r);
	spread(&r);
	str_init(&out, DOC_MAX_BYTES);
	report_write(&r, DOC_HTML, &out);
	has(&out, "&lt;script&gt;alert(1)&lt;/script&gt;");
	has(&out, "&amp;amp;");
	has_not(&out, "<script");
	has_not(&out, "<img");
	has_not(&out, "href=");
	has_not(&out, "\x1b");
	has_not(&out, "\xe2\x80\xae");
	has_not(&out, "src=\"");
	str_fini(&out);
	report_fini(&r);
}

/* Cells of a line; fails where a stranger's words got out of their code. */
static int count_bars(const char *line, size_t n)
{
	bool code = false;
	int bars = 0;

	for (size_t i = 0; i < n; i++) {
		bool escaped = !code && i && line[i - 1] == '\\';

		if (line[i] == '`' && !escaped)
			code = !code;
		bars += line[i] == '|' && !escaped;
		assert_false(!code && !escaped && strchr("<[", line[i]));
	}
	assert_false(code);
	return bars;
}

/* Every table has as many cells as its head: no word of theirs made one more. */
static void a_strangers_words_are_harmless_as_markdown(void **state)
{
	struct report r;
	struct str out;
	int cells = 0;

	(void)state;
	fill(&r);
	spread(&r);
	str_init(&out, DOC_MAX_BYTES);
	report_write(&r, DOC_MARKDOWN, &out);
	has_not(&out, "\x1b");
	has_not(&out, "\xe2\x80\xae");
	for (const char *line = str_c(&out); *line;) {
		size_t n = strcspn(line, "\n");
		int bars = count_bars(line, n);

		if (*line == '|' && cells)
			assert_int_equal(bars, cells);
		cells = *line == '|' ? bars : 0;
		line += n + (line[n] != 0);
	}
	str_fini(&out);
	report_fini(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(it_tells_what_must_be_handed_in),
	    cmocka_unit_test(the_timeline_says_of_causes_what_is_news),
	    cmocka_unit_test(words_of_ours_are_not_put_into_their_mouth),
	    cmocka_unit_test(a_report_of_many_failures_keeps_the_first_and_the_last),
	    cmocka_unit_test(a_strangers_words_are_harmless_as_html),
	    cmocka_unit_test(a_strangers_words_are_harmless_as_markdown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
