/* SPDX-License-Identifier: MIT
 *
 * See show.h.
 */
#include "agent/show.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/paint.h"

struct show {
	FILE *f;
	struct loop *loop;
	bool *seen; /* owned; by series: had its first line */
	size_t n_seen;
};

struct show *show_new(FILE *f, struct loop *l)
{
	struct show *s = xcalloc(1, sizeof *s);
	s->f = f;
	s->loop = l;
	return s;
}

void show_free(struct show *s)
{
	if (!s)
		return;
	free(s->seen);
	free(s);
}

char *show_clock(struct wall t, char *buf, size_t size)
{
	time_t seconds = (time_t)(t.ms / 1000);
	struct tm tm;
	if (!localtime_r(&seconds, &tm) || !strftime(buf, size, "%H:%M:%S", &tm))
		(void)str_copy(buf, size, "--:--:--");
	return buf;
}

static bool first_time(struct show *s, uint32_t series)
{
	if (series >= s->n_seen) {
		size_t n = series + 64;
		s->seen = xreallocarray(s->seen, n, sizeof *s->seen);
		memset(s->seen + s->n_seen, 0, (n - s->n_seen) * sizeof *s->seen);
		s->n_seen = n;
	}
	bool first = !s->seen[series];
	s->seen[series] = true;
	return first;
}

static void on_sample(void *arg, const struct target *t, const struct sample *sm)
{
	struct show *s = arg;
	char clock[16], took[32];
	struct str words;
	if (!first_time(s, t->series))
		return;
	bool token = sm->first_token_us != NOT_REACHED;
	int64_t us = token ? sm->first_token_us : sm->end_us;
	bool good = sm->outcome == OUTCOME_OK;
	str_init(&words, 1000);
	text_printable(&words, span_of(sm->message));
	(void)fprintf(s->f, "%s  %-20s %s%s%s  %s%s\n",
	    show_clock(loop_wall(s->loop), clock, sizeof clock), target_title(t),
	    paint_begin(s->f, good ? PAINT_GOOD : PAINT_WARN), outcome_code(sm->outcome),
	    paint_end(s->f),
	    !good   ? str_c(&words)
	    : token ? "first token "
		    : "answered in ",
	    good ? duration_human(us / US_PER_MS, took, sizeof took) : "");
	str_fini(&words);
	(void)fflush(s->f);
}

/* How an incident's change reads at the start of a line. */
static const struct {
	const char *word;
	enum paint paint;
} fact_words[FACT_KIND_COUNT] = {
    [FACT_OPENED] = {"OUTAGE",    PAINT_BAD },
    [FACT_REOPENED] = {"AGAIN",     PAINT_BAD },
    [FACT_CHANGED] = {"CHANGED",   PAINT_WARN},
    [FACT_CLOSED] = {"OVER",      PAINT_GOOD},
    [FACT_RETRACTED] = {"RETRACTED", PAINT_GOOD},
    [FACT_NOTICE] = {"NOTICE",    PAINT_WARN},
    [FACT_CLEARED] = {"CLEARED",   PAINT_GOOD},
};

/* A cause that joins or leaves moves nothing that a person would act on. */
bool show_is_news(const struct fact *f)
{
	return fact_is_incident(f->kind) &&
	       (f->kind != FACT_CHANGED || f->from != f->incident.severity_now);
}

void show_fact_line(FILE *f, const struct fact *fact)
{
	char clock[16], subject[128], mix[200];
	const struct incident *in = &fact->incident;
	const char *word = fact_words[fact->kind].word;
	if (in->class == CLASS_SELF)
		word = in->state == INCIDENT_OPEN ? "OURSELVES" : "CLEARED";
	(void)fprintf(f, "%s  %s%-9s%s %s %s  %s  %s#%s%s\n",
	    show_clock(fact->at, clock, sizeof clock),
	    paint_begin(f, fact_words[fact->kind].paint), word, paint_end(f),
	    subject_text(&in->subject, subject, sizeof subject),
	    in->class != CLASS_OUTAGE ? ""
	    : in->health == HEALTH_UP ? "slow"
				      : health_code(in->health),
	    in->failures ? incident_mix(in, mix, sizeof mix) : fact->detail,
	    paint_begin(f, PAINT_DIM), in->short_id, paint_end(f));
	(void)fflush(f);
}

static void on_fact(void *arg, const struct fact *f)
{
	struct show *s = arg;
	if (show_is_news(f))
		show_fact_line(s->f, f);
}

struct pipeline_watcher show_watcher(struct show *s)
{
	return (struct pipeline_watcher){
	    .arg = s, .on_sample = on_sample, .on_fact = on_fact};
}

void show_summary(struct show *s, const struct pipeline_view *v)
{
	char clock[16], spent[64];
	size_t up = 0, n = v->conf->n_targets;
	for (size_t i = 0; i < n; i++) {
		struct judge_view jv;
		if (judge_view(v->judge, v->conf->targets[i].series, &jv))
			up += jv.health == HEALTH_UP;
	}
	(void)fprintf(s->f,
	    "%s  %s%zu of %zu targets up, %zu open incidents, %llu samples, %s today%s\n",
	    show_clock(loop_wall(s->loop), clock, sizeof clock),
	    paint_begin(s->f, PAINT_DIM), up, n, judge_open_incidents(v->judge),
	    (unsigned long long)v->samples,
	    v->spent_today_nano < 0
		? "cost unknown"
		: money_format(v->spent_today_nano, v->currency, spent, sizeof spent),
	    paint_end(s->f));
	if (v->disk_fails || v->writer.dropped_samples)
		(void)fprintf(s->f,
		    "          %s%s: %zu changes wait, %llu samples were dropped%s\n",
		    paint_begin(s->f, PAINT_BAD),
		    v->disk_fails ? "the disk fails" : "the disk failed",
		    v->writer.queued, (unsigned long long)v->writer.dropped_samples,
		    paint_end(s->f));
	(void)fflush(s->f);
}
