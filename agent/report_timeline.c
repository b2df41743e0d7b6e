/* SPDX-License-Identifier: MIT
 *
 * The timeline of a report: what was decided and why, the first and the last failure, and
 * when nobody looked, in order of time.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/xalloc.h"
#include "agent/report_parts.h"

struct event {
	struct wall at;
	int order; /* of the same time: as they were put */
	const char *what;
	char text[1000];
};

struct events {
	struct event *all; /* owned */
	int n, room;
};

static struct event *add_event(struct events *es, struct wall at, const char *what)
{
	struct event *e = &es->all[es->n];

	if (!at.ms || es->n == es->room)
		return NULL;
	*e = (struct event){.at = at, .order = es->n++, .what = what};
	return e;
}

static int by_time(const void *a, const void *b)
{
	const struct event *x = a, *y = b;

	if (x->at.ms != y->at.ms)
		return x->at.ms < y->at.ms ? -1 : 1;
	return x->order - y->order;
}

/* One cause as it stands in an entry: "auto: 4 of the last 5 failed (critical)"; "" where
 * it is not ours to read. */
static char *cause_text(const json_t *one, char *buf, size_t size)
{
	const char *detector = json_text_at(one, "detector"),
		   *words = json_text_at(one, "words"),
		   *severity = json_text_at(one, "severity");
	bool active = json_is_true(json_object_get(one, "active"));

	*buf = '\0';
	if (detector && words)
		(void)snprintf(buf, size, "%s%s%s (%s)", detector, *words ? ": " : "",
		    words,
		    !active    ? "over"
		    : severity ? severity
			       : "");
	return buf;
}

static bool stands_in(const json_t *list, const char *cause)
{
	char text[400];
	size_t i;
	json_t *one;

	json_array_foreach(list, i, one)
	{
		if (strcmp(cause_text(one, text, sizeof(text)), cause) == 0)
			return true;
	}
	return false;
}

/* before: what the entry in front says already; NULL: say all that holds. */
static void say_causes(const char *json, const char *before, struct str *out)
{
	struct err e = {0};
	json_t *list = json_parse(span_of(json), &e), *one;
	json_t *old = before ? json_parse(span_of(before), &e) : NULL;
	char text[400];
	size_t i;

	json_array_foreach(list, i, one)
	{
		bool news = before ? !stands_in(old, cause_text(one, text, sizeof(text)))
				   : json_is_true(json_object_get(one, "active"));

		cause_text(one, text, sizeof(text));
		if (news && *text)
			str_addf(out, "%s%s", out->len ? "; " : "", text);
	}
	json_decref(list);
	json_decref(old);
}

/* What is news compared with the entry before it; all of it when it opens. */
static bool has_causes(enum fact_kind k)
{
	return k == FACT_OPENED || k == FACT_REOPENED || k == FACT_CHANGED ||
	       k == FACT_NOTICE || k == FACT_CLOSED || k == FACT_RETRACTED ||
	       k == FACT_CLEARED;
}

static void say_severity(const struct report_entry *en, struct str *out)
{
	bool over = en->kind == FACT_CLOSED || en->kind == FACT_RETRACTED ||
		    en->kind == FACT_CLEARED;

	if (en->kind == FACT_CHANGED && en->from && en->severity &&
	    en->from != en->severity)
		str_addf(out, "from %s to %s; ", severity_code(en->from),
		    severity_code(en->severity));
	else if (en->kind == FACT_CHANGED && en->severity)
		str_addf(out, "still %s; ", severity_code(en->severity));
	else if (en->severity && !over)
		str_addf(out, "%s; ", severity_code(en->severity));
}

static void add_entry(
    struct events *es, const struct report_entry *en, const char *before)
{
	struct event *e = add_event(es, en->at, fact_code(en->kind));
	bool begins = en->kind == FACT_OPENED || en->kind == FACT_REOPENED ||
		      en->kind == FACT_NOTICE;
	struct str text, causes;

	if (!e)
		return;
	str_init(&text, sizeof(e->text));
	str_init(&causes, sizeof(e->text));
	if (has_causes(en->kind))
		say_severity(en, &text);
	if (has_causes(en->kind) && en->causes)
		say_causes(en->causes, begins ? NULL : before, &causes);
	str_adds(&text, causes.len ? str_c(&causes) : en->detail);
	(void)str_copy(e->text, sizeof(e->text), str_c(&text));
	str_fini(&causes);
	str_fini(&text);
}

/* ", HTTP 503" */
static char *status_words(const struct incident_error *er, char *buf, size_t size)
{
	*buf = '\0';
	if (er->http_status)
		(void)snprintf(buf, size, ", HTTP %d", er->http_status);
	return buf;
}

static void add_error(
    struct events *es, const struct incident_error *er, const char *what)
{
	struct event *e = add_event(es, er->at, what);
	char status[24];

	if (e)
		(void)snprintf(e->text, sizeof(e->text), "%s%s%s%s%s%s",
		    outcome_code(er->outcome), status_words(er, status, sizeof(status)),
		    *er->code ? " " : "", er->code, *er->message ? ": " : "",
		    er->message);
}

static void collect(struct events *es, const struct report *r)
{
	const struct incident *in = &r->in;
	const char *before = NULL; /* what was said of causes so far */

	es->room = (int)(r->n_entries + 2 * r->n_gaps + 3);
	es->all = xcalloc((size_t)es->room, sizeof(*es->all));
	add_error(es, &in->first_error, "first failure");
	for (size_t i = 0; i < r->n_gaps; i++) {
		(void)add_event(es, r->gaps[i].began, "dimwatch stops looking");
		(void)add_event(es, r->gaps[i].ended, "dimwatch looks again");
	}
	if (in->last_error.at.ms > in->first_error.at.ms)
		add_error(es, &in->last_error, "last failure");
	if (in->end == END_RECOVERED)
		(void)add_event(es, in->ended, "first good answer of the recovery");
	for (size_t i = 0; i < r->n_entries; i++) {
		const char *causes = r->entries[i].causes;

		add_entry(es, &r->entries[i], before);
		before = causes && *causes ? causes : before;
	}
	qsort(es->all, (size_t)es->n, sizeof(*es->all), by_time);
}

void paper_timeline(struct paper *p)
{
	static const char *const heads[] = {"When", "After", "What", "Details"};
	struct events es = {0};

	collect(&es, p->r);
	doc_heading(&p->d, "Timeline");
	doc_text(&p->d,
	    "What was decided, and why; of causes only what is news. auto is dimwatch's own "
	    "detector of failures, latency that of slowness, rule NAME a rule of the config.");
	struct doc_table t = doc_table(&p->d, 4, heads, 8);
	for (int i = 0; i < es.n; i++) {
		const struct event *e = &es.all[i];
		int64_t after = wall_diff_ms(e->at, p->r->in.started);
		char when[PAPER_TIME], span[40];

		doc_row(&p->d, &t,
		    (const char *const[]){paper_time(p, e->at, when, sizeof(when)),
			after >= 0 ? duration_human(after, span, sizeof(span)) : "before",
			e->what, e->text});
	}
	doc_table_end(&p->d, &t);
	free(es.all);
}
