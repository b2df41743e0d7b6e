/* SPDX-License-Identifier: MIT
 *
 * The first half of a report: what it is about, in a few sentences; who was
 * affected and who was not; whether it was us. One function a section.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/report_parts.h"

/* --- words ------------------------------------------------------------------------ */

char *paper_time(const struct paper *p, struct wall t, char *buf, size_t size)
{
	const struct zone *z = p->r->zone;
	struct civil c = z ? zone_civil(z, t) : wall_civil(t);
	int east = z ? zone_offset_s(z, t) / 60 : 0, away = east < 0 ? -east : east;
	size_t n;

	if (!t.ms)
		return str_copy(buf, size, "-");
	(void)snprintf(buf, size, "%04d-%02d-%02d %02d:%02d:%02d", c.year, c.month, c.day,
	    c.hour, c.minute, c.second);
	n = strlen(buf);
	if (z)
		(void)snprintf(buf + n, size - n, " %c%02d:%02d", east < 0 ? '-' : '+',
		    away / 60, away % 60);
	return buf;
}

char *paper_count(uint32_t n, const char *what, char *buf, size_t size)
{
	(void)snprintf(buf, size, "%" PRIu32 " %s%s", n, what, n == 1 ? "" : "s");
	return buf;
}

const struct report_series *paper_series(const struct paper *p, uint32_t id)
{
	for (size_t i = 0; i < p->r->n_series; i++)
		if (p->r->series[i].id == id)
			return &p->r->series[i];
	return NULL;
}

static const char *state_words(const struct incident *in)
{
	switch (in->class) {
	case CLASS_OUTAGE:
		return in->health == HEALTH_DOWN ? "was down" : "failed in part";
	case CLASS_SLOW:
		return "was slow";
	case CLASS_SELF:
		return "was in trouble (dimwatch itself)";
	case CLASS_NOTICE:
		return "could not be watched, or changed";
	case CLASS_COUNT:
		break;
	}
	return "";
}

static const char *end_words(enum incident_end e)
{
	static const char *const words[INCIDENT_END_COUNT] = {
	    [END_RECOVERED] = "it recovered",
	    [END_RETRACTED] = "withdrawn: the fault was ours",
	    [END_UNWATCHED] =
		"the target left the config; whether it recovered is not known",
	    [END_UNMEASURABLE] = "it could no longer be measured",
	    [END_CLEARED] = "it was cleared",
	    [END_NEW_NORMAL] = "after a day of it, it counts as usual",
	    [END_BEHIND] = "what it depends on had an outage of its own",
	};
	return words[e] ? words[e] : "it is not over";
}

/* --- head ------------------------------------------------------------------------- */

static void put_pair(
    struct doc *d, const struct doc_table *t, const char *name, const char *value)
{
	if (*value)
		doc_row(d, t, (const char *const[]){name, value});
}

static void put_pair_time(struct paper *p, const struct doc_table *t, const char *name,
    struct wall at, const char *more)
{
	char when[PAPER_TIME], text[200];

	(void)snprintf(text, sizeof(text), "%s%s%s",
	    paper_time(p, at, when, sizeof(when)), *more ? ", " : "", more);
	put_pair(&p->d, t, name, text);
}

static void put_facts(struct paper *p)
{
	static const char *const heads[] = {"What", "Value"};
	const struct incident *in = &p->r->in;
	struct doc_table t = doc_table(&p->d, 2, heads, 0);
	char text[200], span[40], wait[40];

	put_pair(&p->d, &t, "Subject", subject_text(&in->subject, text, sizeof(text)));
	put_pair(&p->d, &t, "Provider", in->provider);
	put_pair(&p->d, &t, "Region", in->region);
	put_pair(&p->d, &t, "Class", incident_class_code(in->class));
	put_pair(&p->d, &t, "Severity at worst",
	    in->severity ? severity_code(in->severity) : "");
	put_pair_time(p, &t, "Began (first failing ask)", in->started, "");
	(void)snprintf(wait, sizeof(wait), "%s after it began",
	    duration_human(wall_diff_ms(in->opened, in->started), span, sizeof(span)));
	put_pair_time(p, &t, "Decided", in->opened, wait);
	if (in->ended.ms)
		put_pair_time(
		    p, &t, "Over (first good answer)", in->ended, end_words(in->end));
	if (in->closed.ms)
		put_pair_time(p, &t, "That it was over was certain", in->closed, "");
	put_pair(&p->d, &t, in->ended.ms ? "Lasted" : "Goes on for",
	    duration_human(
		wall_diff_ms(report_end(p->r), in->started), span, sizeof(span)));
	if (in->reopened) {
		(void)snprintf(text, sizeof(text), "%d", in->reopened);
		put_pair(&p->d, &t, "Relapses", text);
	}
	put_pair(&p->d, &t, "Seen from", p->r->vantage);
	put_pair(&p->d, &t, "Id", in->id.text);
	doc_table_end(&p->d, &t);
}

static const char *fault_words(const struct incident *in)
{
	uint32_t answered = 0, silent = 0;

	for (int o = 0; o < OUTCOME_COUNT; o++) {
		enum evidence e = outcome_row((enum outcome)o)->evidence;

		if (!outcome_is_failure((enum outcome)o))
			continue;
		answered += e == EVIDENCE_ANSWERED ? in->outcomes[o] : 0;
		silent += e == EVIDENCE_SILENT ? in->outcomes[o] : 0;
	}
	if (in->end == END_RETRACTED)
		return "The fault was ours: it is withdrawn.";
	if (answered && !silent)
		return "The fault was theirs: they answered, and with an error.";
	if (answered)
		return "The fault was theirs: some asks were answered with an error, others "
		       "not at all.";
	if (silent)
		return "No answer came through: the provider's fault, or the way to it; "
		       "see \"Was it us?\".";
	return "";
}

static void put_summary(struct paper *p)
{
	const struct incident *in = &p->r->in;
	char subject[128], from[PAPER_TIME], to[PAPER_TIME], span[40], mix[300];

	if (incident_is_drill(in))
		doc_text(&p->d, "This was a drill, played by hand: nothing was wrong.");
	doc_text(&p->d, "%s %s from %s to %s (%s).",
	    subject_text(&in->subject, subject, sizeof(subject)), state_words(in),
	    paper_time(p, in->started, from, sizeof(from)),
	    in->ended.ms ? paper_time(p, in->ended, to, sizeof(to)) : "now, not over yet",
	    duration_human(
		wall_diff_ms(report_end(p->r), in->started), span, sizeof(span)));
	if (in->samples)
		doc_text(&p->d, "%" PRIu32 " of %" PRIu32 " asks failed%s%s. %s",
		    in->failures, in->samples, in->failures ? ": " : "",
		    incident_mix(in, mix, sizeof(mix)), fault_words(in));
	if (in->never_up)
		doc_text(&p->d, "It was never seen up from here before.");
	put_facts(p);
}

/* --- scope ------------------------------------------------------------------------ */

static uint32_t counted(const struct report_sums *s)
{
	return s->good + s->failed;
}

static bool was_asked(const struct report_series *s)
{
	const struct report_sums *d = &s->spans[SPAN_DURING];

	return counted(d) || d->ours || d->path || d->late || d->maintenance;
}

static void put_series(struct paper *p, const struct doc_table *t,
    const struct report_series *s, const char *role)
{
	const struct report_sums *d = &s->spans[SPAN_DURING];
	char failed[80], other[24];

	(void)snprintf(failed, sizeof(failed), "%" PRIu32 " of %" PRIu32 " (%.0f %%)",
	    d->failed, counted(d), counted(d) ? 100.0 * d->failed / counted(d) : 0.0);
	(void)snprintf(other, sizeof(other), "%" PRIu32,
	    d->ours + d->path + d->late + d->maintenance);
	doc_row(&p->d, t,
	    (const char *const[]){
		role, s->name, s->provider, s->model, s->kind, s->region, failed, other});
}

static bool is_sibling(const struct report *r, const struct report_series *s)
{
	return r->in.provider[0] && strcmp(s->provider, r->in.provider) == 0;
}

/* Who failed, who of the same provider did not, how the others were. */
static void put_scope(struct paper *p)
{
	static const char *const heads[] = {"Role", "Target", "Provider", "Model", "Kind",
	    "Region", "Failed of what counts", "Does not count"};
	static const char *const roles[] = {"affected", "same provider", "other"};
	const struct report *r = p->r;

	doc_heading(&p->d, "Scope");
	struct doc_table t = doc_table(&p->d, 8, heads, 0);
	for (int role = 0; role < 3; role++) {
		for (size_t i = 0; i < r->n_series; i++) {
			const struct report_series *s = &r->series[i];
			int is = s->affected ? 0 : is_sibling(r, s) ? 1 : 2;

			if (is == role && was_asked(s))
				put_series(p, &t, s, roles[role]);
		}
	}
	doc_table_end(&p->d, &t);
}

/* --- us --------------------------------------------------------------------------- */

static void put_witnesses(struct paper *p)
{
	const struct report *r = p->r;
	uint32_t good = 0, failed = 0, path = 0, late = 0;

	for (size_t i = 0; i < r->n_series; i++) {
		const struct report_sums *d = &r->series[i].spans[SPAN_DURING];

		path += d->path;
		late += d->late;
		if (r->series[i].affected || is_sibling(r, &r->series[i]))
			continue;
		good += d->good;
		failed += d->failed;
	}
	if (!good && !failed)
		doc_text(&p->d,
		    "No other provider was asked meanwhile: nobody could witness.");
	else
		doc_text(&p->d,
		    "Meanwhile %" PRIu32 " of %" PRIu32
		    " asks of other providers from the same place were answered well.",
		    good, good + failed);
	doc_text(&p->d,
	    "Judged as our own network or the way: %" PRIu32
	    " asks. Taken while our own machine was late: %" PRIu32 " asks.",
	    path, late);
}

static void put_us(struct paper *p)
{
	static const char *const heads[] = {"Own trouble", "From", "To", "What"};
	const struct report *r = p->r;

	doc_heading(&p->d, "Was it us?");
	put_witnesses(p);
	if (!r->n_ours) {
		doc_text(&p->d,
		    "dimwatch recorded no trouble of its own network, disk or "
		    "channels in that time.");
		return;
	}
	struct doc_table t = doc_table(&p->d, 4, heads, 8);
	for (size_t i = 0; i < r->n_ours; i++) {
		const struct incident *in = &r->ours[i];
		char from[PAPER_TIME], to[PAPER_TIME];

		doc_row(&p->d, &t,
		    (const char *const[]){in->subject.id,
			paper_time(p, in->started, from, sizeof(from)),
			paper_time(p, in->ended, to, sizeof(to)),
			in->n_causes ? in->causes[0].words : ""});
	}
	doc_table_end(&p->d, &t);
}

/* --- the whole -------------------------------------------------------------------- */

static void put_note(struct paper *p)
{
	char now[PAPER_TIME];

	doc_text(&p->d,
	    "All times are in %s. Written at %s by dimwatch %s out of its own "
	    "measurements.",
	    p->r->zone ? zone_name(p->r->zone) : "UTC",
	    paper_time(p, p->r->now, now, sizeof(now)), DIMWATCH_VERSION);
}

void report_write(const struct report *r, enum doc_format f, struct str *out)
{
	struct paper p = {.r = r};
	char title[200], subject[128];

	(void)snprintf(title, sizeof(title), "%sIncident %s: %s",
	    incident_is_drill(&r->in) ? "DRILL: " : "", r->in.short_id,
	    subject_text(&r->in.subject, subject, sizeof(subject)));
	doc_begin(&p.d, f, out, title);
	put_note(&p);
	put_summary(&p);
	paper_timeline(&p);
	put_scope(&p);
	put_us(&p);
	paper_latency(&p);
	paper_words(&p);
	paper_page(&p);
	paper_proofs(&p);
	paper_told(&p);
	paper_cost(&p);
	paper_gaps(&p);
	doc_end(&p.d);
}
