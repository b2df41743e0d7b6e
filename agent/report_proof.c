/* SPDX-License-Identifier: MIT
 *
 * The second half of a report, the proof: how long first tokens took before, during and
 * after; their words beside ours; single failures with request ids; who was told; what it
 * cost; and when nobody looked.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/report_parts.h"

/* --- latency ---------------------------------------------------------------------- */

static int by_value(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a, y = *(const int64_t *)b;

	return x < y ? -1 : x > y;
}

/* The nearest rank: of single values, which are sorted, or of the cells of sums. */
static const char *percentile(const struct report_sums *s, const struct hist *sums,
    int percent, char *buf, size_t size)
{
	size_t rank = (s->n * (size_t)percent + 99) / 100;

	if (sums->total)
		return duration_human(
		    hist_quantile_us(sums, percent / 100.0) / US_PER_MS, buf, size);
	if (!s->n)
		return "";
	return duration_human(s->latency_us[rank ? rank - 1 : 0] / US_PER_MS, buf, size);
}

static bool is_gone(const struct report *r, enum report_span span)
{
	return span == SPAN_BEFORE && r->in.started.ms <= r->kept_from.ms ? true
	       : span == SPAN_DURING && report_end(r).ms <= r->kept_from.ms
		   ? true
		   : span == SPAN_AFTER && r->in.ended.ms &&
			 wall_add_ms(r->in.ended, REPORT_AROUND_MS).ms <= r->kept_from.ms;
}

/* "single asks", "5-minute sums + hourly sums", "nothing is kept". */
static const char *made_of(
    const struct report *r, const struct report_sums *s, enum report_span span, char *buf)
{
	static const char *const names[] = {"5-minute sums", "hourly sums", "daily sums"};
	size_t n = 0;

	buf[0] = '\0';
	if (s->good + s->failed + s->other == 0 || !s->rows)
		return is_gone(r, span)                 ? "nothing is kept"
		       : s->good + s->failed + s->other ? "single asks"
							: "";
	for (int l = 0; l < ROLLUP_LEVEL_COUNT; l++) {
		if (s->rows & 1u << (unsigned)l)
			n += (size_t)snprintf(
			    buf + n, 80 - n, "%s%s", n ? " + " : "", names[l]);
	}
	if (s->single)
		(void)snprintf(buf + n, 80 - n, " + single asks");
	return buf;
}

static void put_span(struct paper *p, const struct doc_table *t,
    const struct report_series *s, enum report_span span)
{
	static const char *const names[] = {[SPAN_BEFORE] = "before",
	    [SPAN_DURING] = "during",
	    [SPAN_AFTER] = "after",
	    [SPAN_EDGES] = "at its edges"};
	static const int percents[] = {50, 90, 95, 99};
	const struct report_sums *sums = &s->spans[span];
	struct hist all = sums->hist;
	char good[24], failed[24], words[4][40], from[80];
	const char *cells[9] = {s->name, names[span], good, failed};

	if (span == SPAN_EDGES && !sums->rows)
		return;
	if (sums->n)
		qsort(sums->latency_us, sums->n, sizeof(*sums->latency_us), by_value);
	for (size_t i = 0; all.total && i < sums->n; i++)
		hist_add(&all, sums->latency_us[i]);
	(void)snprintf(good, sizeof(good), "%" PRIu32, sums->good);
	(void)snprintf(failed, sizeof(failed), "%" PRIu32, sums->failed);
	for (int i = 0; i < 4; i++)
		cells[4 + i] =
		    percentile(sums, &all, percents[i], words[i], sizeof(words[i]));
	cells[8] = made_of(p->r, sums, span, from);
	doc_row(&p->d, t, cells);
}

void paper_latency(struct paper *p)
{
	static const char *const heads[] = {
	    "Target", "When", "Good", "Failed", "p50", "p90", "p95", "p99", "Made of"};
	const struct report *r = p->r;

	doc_heading(&p->d, "Time to the first token");
	doc_text(&p->d,
	    "Of good answers only; of kinds without tokens, to the first byte. p95: 95 of "
	    "100 good answers began within that time. Before and after: a day each.");
	if (r->single_from.ms)
		doc_text(&p->d,
		    "Single asks of that time are no longer all kept. What stands for "
		    "them are sums of five minutes, hours or days (UTC): their percentiles "
		    "are within 9 %% of the truth. \"At its edges\" are sums that hold "
		    "some of the incident and some of the time beside it.");
	struct doc_table t = doc_table(&p->d, 9, heads, 0);
	for (size_t i = 0; i < r->n_series; i++)
		for (int k = 0; r->series[i].affected && k < SPAN_COUNT; k++)
			put_span(p, &t, &r->series[i], (enum report_span)k);
	doc_table_end(&p->d, &t);
}

/* --- words and proofs ------------------------------------------------------------- */

static const char *status_of(const struct incident_error *er, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%d", er->http_status);
	return er->http_status ? buf : "no answer";
}

void paper_words(struct paper *p)
{
	static const char *const heads[] = {
	    "Times", "What it was", "HTTP", "Their code", "Their words", "First at"};
	const struct report *r = p->r;
	char buf[32];

	doc_heading(&p->d, "Their words beside ours");
	if (!r->n_words) {
		doc_text(&p->d, "No failing ask of that time is kept.");
		return;
	}
	struct doc_table t = doc_table(&p->d, 6, heads, 1u << 3 | 1u << 4);
	for (size_t i = 0; i < r->n_words; i++) {
		const struct incident_error *er = &r->words[i].first;
		const struct outcome_row *row = outcome_row(er->outcome);
		char n[24], status[24], at[PAPER_TIME], what[200], words[280];

		(void)snprintf(n, sizeof(n), "%" PRIu32, r->words[i].n);
		if (!r->words[i].n)
			n[0] = '\0';
		/* Where they said nothing, the words are ours. */
		(void)snprintf(what, sizeof(what), "%s: %s", row->code, row->sentence);
		(void)snprintf(words, sizeof(words), "%s%s",
		    row->evidence == EVIDENCE_ANSWERED || !er->message[0]
			? ""
			: "none; ours: ",
		    er->message);
		doc_row(&p->d, &t,
		    (const char *const[]){n, what, status_of(er, status, sizeof(status)),
			er->code, words, paper_time(p, er->at, at, sizeof(at))});
	}
	doc_table_end(&p->d, &t);
	if (r->n_other_words)
		doc_text(&p->d, "And %s in other words.",
		    paper_count(r->n_other_words, "failure", buf, sizeof(buf)));
}

/* Left out where their page never said anything. */
void paper_page(struct paper *p)
{
	static const char *const heads[] = {
	    "It said", "Title", "Since", "Beside us", "Where"};
	const struct incident *in = &p->r->in;
	int64_t after = wall_diff_ms(in->page.posted, in->opened);
	char at[PAPER_TIME], span[40], beside[80] = "";

	if (in->page.state == PAGE_NONE)
		return;
	doc_heading(&p->d, "Their own status page");
	struct doc_table t = doc_table(&p->d, 5, heads, 1u << 1 | 1u << 4);
	if (in->page.posted.ms)
		(void)snprintf(beside, sizeof(beside), "%s %s",
		    duration_human(after < 0 ? -after : after, span, sizeof(span)),
		    after < 0 ? "before our decision" : "after our decision");
	doc_row(&p->d, &t,
	    (const char *const[]){page_state_code(in->page.state), in->page.title,
		paper_time(p, in->page.posted, at, sizeof(at)), beside, in->page.url});
	doc_table_end(&p->d, &t);
}

void paper_proofs(struct paper *p)
{
	static const char *const heads[] = {"When", "Target", "What it was", "HTTP",
	    "Their code", "Request id", "Gave up or ended after"};
	const struct report *r = p->r;

	doc_heading(&p->d, "Evidence");
	if (!r->n_proofs) {
		doc_text(&p->d, "No failing ask of that time is kept.");
		return;
	}
	if (!r->n_failures)
		doc_text(&p->d, "Single asks of that time are no longer kept; these the "
				"incident's record keeps, the first and the last.");
	if (r->n_failures > r->n_proofs)
		doc_text(&p->d,
		    "%" PRIu32 " asks failed; these are the first %d and the last %d.",
		    r->n_failures, REPORT_MAX_PROOFS / 2, REPORT_MAX_PROOFS / 2);
	struct doc_table t = doc_table(&p->d, 7, heads, 1u << 4 | 1u << 5);
	for (size_t i = 0; i < r->n_proofs; i++) {
		const struct incident_error *er = &r->proofs[i].error;
		const struct report_series *s = paper_series(p, r->proofs[i].series);
		char at[PAPER_TIME], status[24], span[40];

		doc_row(&p->d, &t,
		    (const char *const[]){paper_time(p, er->at, at, sizeof(at)),
			s ? s->name : "", outcome_code(er->outcome),
			status_of(er, status, sizeof(status)), er->code, er->request_id,
			r->proofs[i].end_us < 0
			    ? ""
			    : duration_human(
				  r->proofs[i].end_us / US_PER_MS, span, sizeof(span))});
	}
	doc_table_end(&p->d, &t);
}

/* --- who was told ----------------------------------------------------------------- */

/* From when it was decided, or when quiet hours no longer kept it back. */
static const char *delay_of(const struct delivery *d, char *buf, size_t size)
{
	struct wall from = d->held_until.ms > d->created.ms ? d->held_until : d->created;

	return d->sent.ms ? duration_human(wall_diff_ms(d->sent, from), buf, size) : "";
}

void paper_told(struct paper *p)
{
	static const char *const heads[] = {"Decided", "Channel", "Message", "State",
	    "Sent", "Delay", "Attempts", "Last answer"};
	const struct report *r = p->r;

	doc_heading(&p->d, "Who was told, and when");
	if (!r->n_deliveries) {
		doc_text(&p->d, "No message about it was owed to any channel.");
		return;
	}
	struct doc_table t = doc_table(&p->d, 8, heads, 1u << 7);
	for (size_t i = 0; i < r->n_deliveries; i++) {
		const struct delivery *d = &r->deliveries[i];
		char created[PAPER_TIME], sent[PAPER_TIME], delay[40], tries[24];

		(void)snprintf(tries, sizeof(tries), "%d", d->attempts);
		doc_row(&p->d, &t,
		    (const char *const[]){
			paper_time(p, d->created, created, sizeof(created)), d->channel,
			message_kind_code(d->kind), delivery_state_code(d->state),
			paper_time(p, d->sent, sent, sizeof(sent)),
			delay_of(d, delay, sizeof(delay)), tries,
			d->last_error[0]             ? d->last_error
			: d->verdict == VERDICT_NONE ? ""
						     : verdict_code(d->verdict)});
	}
	doc_table_end(&p->d, &t);
}

/* --- cost ------------------------------------------------------------------------- */

void paper_cost(struct paper *p)
{
	static const char *const heads[] = {
	    "Currency", "All asks meanwhile", "Of these, the failed ones"};
	const struct report *r = p->r;
	char asks[32];

	doc_heading(&p->d, "What it cost us");
	doc_text(&p->d,
	    "%s of the affected targets, %" PRIu32 " of them failed. This is the "
	    "price of watching, not of the work that could not be done.",
	    paper_count(r->asks, "ask", asks, sizeof(asks)),
	    r->n_failures + r->sum_failures);
	if (r->rough_cost)
		doc_text(&p->d,
		    "Some of it is known in sums only: they hold a little of the "
		    "time beside the incident, and not what failed asks cost.");
	if (r->unknown_asks)
		doc_text(&p->d, "The price of %s is not known.",
		    paper_count(r->unknown_asks, "ask", asks, sizeof(asks)));
	if (!r->n_money)
		return;
	struct doc_table t = doc_table(&p->d, 3, heads, 0);
	for (size_t i = 0; i < r->n_money; i++) {
		char all[40], failed[40];

		(void)snprintf(all, sizeof(all), "%.6f", (double)r->money[i].nano / 1e9);
		(void)snprintf(failed, sizeof(failed), "%.6f",
		    (double)r->money[i].failed_nano / 1e9);
		if (r->rough_cost)
			failed[0] = '\0';
		doc_row(
		    &p->d, &t, (const char *const[]){r->money[i].currency, all, failed});
	}
	doc_table_end(&p->d, &t);
}

/* --- gaps ------------------------------------------------------------------------- */

void paper_gaps(struct paper *p)
{
	static const char *const heads[] = {"From", "To", "For"};
	const struct report *r = p->r;
	char span[40];

	doc_heading(&p->d, "When nobody looked");
	if (r->in.unknown_ms)
		doc_text(&p->d,
		    "For %s of it dimwatch was not looking: neither up nor down.",
		    duration_human(r->in.unknown_ms, span, sizeof(span)));
	if (!r->n_gaps && !r->in.unknown_ms)
		doc_text(&p->d, "dimwatch looked all the time.");
	if (!r->n_gaps)
		return;
	struct doc_table t = doc_table(&p->d, 3, heads, 0);
	for (size_t i = 0; i < r->n_gaps; i++) {
		const struct report_gap *g = &r->gaps[i];
		char from[PAPER_TIME], to[PAPER_TIME];

		doc_row(&p->d, &t,
		    (const char *const[]){paper_time(p, g->began, from, sizeof(from)),
			paper_time(p, g->ended, to, sizeof(to)),
			duration_human(
			    wall_diff_ms(g->ended, g->began), span, sizeof(span))});
	}
	doc_table_end(&p->d, &t);
}
