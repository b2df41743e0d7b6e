/* SPDX-License-Identifier: MIT
 *
 * The report as a whole, in the order that it is read in; who was affected and who was
 * not, and whether it was us. One function a section.
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

char *paper_subject(const struct incident *in, char *buf, size_t size)
{
	if (in->subject.kind != SUBJECT_SHARED)
		return subject_text(&in->subject, buf, size);
	(void)snprintf(buf, size, "%s together", in->subject.id);
	return buf;
}

const struct report_series *paper_series(const struct paper *p, uint32_t id)
{
	for (size_t i = 0; i < p->r->n_series; i++)
		if (p->r->series[i].id == id)
			return &p->r->series[i];
	return NULL;
}

/* --- scope ------------------------------------------------------------------------ */

struct asked paper_asked(const struct report_series *s)
{
	const struct report_sums *d = &s->spans[SPAN_DURING], *e = &s->spans[SPAN_EDGES];

	return (struct asked){d->failed + e->failed,
	    d->good + e->good + d->failed + e->failed,
	    d->ours + d->path + d->late + d->maintenance + d->other + e->other};
}

static void put_series(struct paper *p, const struct doc_table *t,
    const struct report_series *s, const char *role)
{
	struct asked a = paper_asked(s);
	char failed[80], other[24];

	(void)snprintf(failed, sizeof(failed), "%" PRIu32 " of %" PRIu32 " (%.0f %%)",
	    a.failed, a.counted, a.counted ? 100.0 * a.failed / a.counted : 0.0);
	(void)snprintf(other, sizeof(other), "%" PRIu32, a.other);
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
	doc_text(&p->d,
	    "Asks meanwhile. Those do not count that our own key, quota or network failed, "
	    "that maintenance covers, or that our own machine took too late.");
	struct doc_table t = doc_table(&p->d, 8, heads, 0);
	for (int role = 0; role < 3; role++) {
		for (size_t i = 0; i < r->n_series; i++) {
			const struct report_series *s = &r->series[i];
			int is = s->affected ? 0 : is_sibling(r, s) ? 1 : 2;
			struct asked a = paper_asked(s);

			if (is == role && a.counted + a.other)
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
		good += paper_asked(&r->series[i]).counted;
		failed += paper_asked(&r->series[i]).failed;
	}
	good -= failed;
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
	if (r->single_from.ms > r->in.started.ms)
		doc_text(
		    &p->d, "Of what is only kept in sums nobody knows that any more.");
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
	    paper_subject(&r->in, subject, sizeof(subject)));
	doc_begin(&p.d, f, out, title);
	put_note(&p);
	paper_summary(&p);
	paper_shares(&p);
	paper_timeline(&p);
	put_scope(&p);
	put_us(&p);
	paper_latency(&p);
	paper_words(&p);
	paper_page(&p);
	paper_told(&p);
	paper_cost(&p);
	paper_gaps(&p);
	paper_proofs(&p); /* the longest, and looked up rather than read */
	doc_end(&p.d);
}
