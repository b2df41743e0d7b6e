/* SPDX-License-Identifier: MIT
 *
 * The head of a report: what it is about in a few sentences, its facts in a table, and
 * what it was to each provider where several share it.
 */
#include <inttypes.h>
#include <stdio.h>

#include "agent/report_parts.h"

/* --- words ------------------------------------------------------------------------ */

static const char *state_words(const struct incident *in)
{
	bool seemed = in->end == END_RETRACTED;

	switch (in->class) {
	case CLASS_OUTAGE:
		if (in->severity == SEVERITY_CRITICAL)
			return seemed ? "seemed to be down" : "was down";
		return seemed ? "seemed to fail in part" : "failed in part";
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

/* Of one provider that was well for a while: only what it suffered. */
static int64_t lasted_ms(const struct report *r)
{
	struct share_part parts[SHARE_MAX];
	int n = r->whole ? share_parts(&r->in, r->in.provider, parts) : 0;
	int64_t ms = 0;

	if (n < 2)
		return wall_diff_ms(report_end(r), r->in.started);
	for (int i = 0; i < n; i++)
		ms += wall_diff_ms(
		    parts[i].ended.ms ? parts[i].ended : r->now, parts[i].started);
	return ms;
}

static void put_stretches(struct paper *p, const struct doc_table *t)
{
	struct share_part parts[SHARE_MAX];
	int n = p->r->whole ? share_parts(&p->r->in, p->r->in.provider, parts) : 0;

	for (int i = 0; n > 1 && i < n; i++) {
		char to[PAPER_TIME], text[PAPER_TIME + 8];

		(void)snprintf(text, sizeof(text), "until %s",
		    paper_time(p, parts[i].ended, to, sizeof(to)));
		put_pair_time(p, t, i ? "And again" : "Failing", parts[i].started, text);
	}
}

static void put_facts(struct paper *p)
{
	static const char *const heads[] = {"What", "Value"};
	const struct incident *in = &p->r->in;
	struct doc_table t = doc_table(&p->d, 2, heads, 0);
	char text[200], span[40], wait[40];

	put_pair(&p->d, &t, "Subject", paper_subject(in, text, sizeof(text)));
	put_pair(&p->d, &t, "Provider", share_providers(in) < 2 ? in->provider : "");
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
	    duration_human(lasted_ms(p->r), span, sizeof(span)));
	put_stretches(p, &t);
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

/* What it is part of. */
static void put_whole(struct paper *p)
{
	const struct incident *whole = p->r->whole;
	char subject[128], from[PAPER_TIME], to[PAPER_TIME];

	if (!whole)
		return;
	doc_text(&p->d,
	    "This report is about %s alone. It failed together with others, which was told "
	    "as one incident: %s, from %s to %s. Timeline and messages below are those of "
	    "the whole incident, everything else is of this provider.",
	    p->r->in.subject.id, paper_subject(whole, subject, sizeof(subject)),
	    paper_time(p, whole->started, from, sizeof(from)),
	    whole->ended.ms ? paper_time(p, whole->ended, to, sizeof(to)) : "now");
}

/* Of the affected, from its first failing ask to its first good one; what messages and
 * the record say counts on until its end was certain. */
static struct asked asked_in_all(const struct report *r)
{
	struct asked all = {0};

	for (size_t i = 0; i < r->n_series; i++) {
		struct asked a = paper_asked(&r->series[i]);

		if (!r->series[i].affected)
			continue;
		all.failed += a.failed;
		all.counted += a.counted;
	}
	return all;
}

static void put_failures(struct paper *p)
{
	const struct incident *in = &p->r->in;
	struct asked a = asked_in_all(p->r);
	/* Those who were well while others failed would only thin it out. */
	bool single =
	    a.counted && in->n_targets == 1 && p->r->single_from.ms <= in->started.ms;
	uint32_t failed = single ? a.failed : in->failures,
		 all = single ? a.counted : in->samples;
	char mix[300];

	if (!all)
		return;
	incident_mix(in, mix, sizeof(mix));
	doc_text(&p->d, "%" PRIu32 " of %" PRIu32 " asks failed%s%s. %s", failed, all,
	    *mix ? ": " : "", mix, fault_words(in));
	if (in->samples != all || in->failures != failed)
		doc_text(&p->d,
		    "Messages and lists counted on until it was certain that it was over: "
		    "%" PRIu32 " of %" PRIu32 ".",
		    in->failures, in->samples);
}

void paper_summary(struct paper *p)
{
	const struct incident *in = &p->r->in;
	char subject[128], from[PAPER_TIME], to[PAPER_TIME], span[40];

	if (incident_is_drill(in))
		doc_text(&p->d, "This was a drill, played by hand: nothing was wrong.");
	int64_t whole_ms = wall_diff_ms(report_end(p->r), in->started);
	int64_t ms = lasted_ms(p->r);

	doc_text(&p->d, "%s %s from %s to %s (%s%s).",
	    paper_subject(in, subject, sizeof(subject)), state_words(in),
	    paper_time(p, in->started, from, sizeof(from)),
	    in->ended.ms ? paper_time(p, in->ended, to, sizeof(to)) : "now, not over yet",
	    duration_human(ms, span, sizeof(span)),
	    ms < whole_ms ? " of it, the rest of the time it was well" : "");
	put_failures(p);
	if (in->reopened && !p->r->whole)
		doc_text(&p->d, "It seemed over and came back: the time in between, from "
				"closed to reopened in the timeline, is part of it.");
	if (in->never_up)
		doc_text(&p->d, "It was never seen up from here before.");
	put_whole(p);
	put_facts(p);
}

/* --- each provider's own part ----------------------------------------------------- */

static void put_part(struct paper *p, const struct doc_table *t, const char *provider,
    const struct share_part *part)
{
	char from[PAPER_TIME], to[PAPER_TIME], span[40], failed[40];
	struct wall end = part->ended.ms ? part->ended : p->r->now;

	(void)snprintf(failed, sizeof(failed), "%" PRIu32 " of %" PRIu32, part->failures,
	    part->samples);
	doc_row(&p->d, t,
	    (const char *const[]){provider,
		paper_time(p, part->started, from, sizeof(from)),
		part->ended.ms ? paper_time(p, end, to, sizeof(to)) : "not over",
		duration_human(wall_diff_ms(end, part->started), span, sizeof(span)),
		severity_code(part->severity), failed});
}

void paper_shares(struct paper *p)
{
	static const char *const heads[] = {
	    "Provider", "From", "To", "Lasted", "Severity at worst", "Failed asks"};
	const struct incident *in = &p->r->in;
	struct share_part parts[SHARE_MAX];

	if (p->r->whole || share_providers(in) < 2)
		return;
	doc_heading(&p->d, "Each provider's own part");
	doc_text(&p->d,
	    "dimwatch report --incident %s --provider NAME writes a report of one alone.",
	    in->short_id);
	struct doc_table t = doc_table(&p->d, 6, heads, 0);
	for (int i = 0; i < in->n_shares; i++) {
		const char *name = share_owner(&in->shares[i]);
		int n = share_is_first(in, i) ? share_parts(in, name, parts) : 0;

		for (int k = 0; k < n; k++)
			put_part(p, &t, name, &parts[k]);
	}
	doc_table_end(&p->d, &t);
}
