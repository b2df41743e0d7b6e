/* SPDX-License-Identifier: MIT
 *
 * See narrator.h.
 */
#include "agent/narrator.h"

#include <langinfo.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "agent/base/hist.h"
#include "agent/base/json.h"
#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/paint.h"
#include "agent/show.h"

#define MAX_TARGETS 8

/* One target's present hour. */
struct hour {
	const char *name; /* of the target; lives as long as the config */
	unsigned asks, failed;
	struct hist latency;
};

struct narrator {
	FILE *f;
	struct loop *loop;
	int64_t hold_ms;
	struct timespec hold_until; /* real time */
	struct loop_timer hourly;
	struct hour hours[MAX_TARGETS];
	size_t n_hours, messages;
	bool utf8;
};

static void hold(struct narrator *n)
{
	if (!n->hold_ms)
		return;
	(void)clock_gettime(CLOCK_MONOTONIC, &n->hold_until);
	n->hold_until.tv_sec += n->hold_ms / 1000;
	n->hold_until.tv_nsec += (n->hold_ms % 1000) * 1000000;
}

/* The clock does not skip while somebody reads. */
static bool may_skip(void *arg)
{
	const struct narrator *n = arg;
	struct timespec now;
	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return !n->hold_ms || now.tv_sec > n->hold_until.tv_sec ||
	       (now.tv_sec == n->hold_until.tv_sec &&
		   now.tv_nsec >= n->hold_until.tv_nsec);
}

static void print_clock(struct narrator *n)
{
	char clock[16];
	(void)fprintf(n->f, "%s%.5s%s  ", paint_begin(n->f, PAINT_DIM),
	    show_clock(loop_wall(n->loop), clock, sizeof(clock)), paint_end(n->f));
}

static void on_hour(void *arg, struct mono now)
{
	struct narrator *n = arg;
	(void)now;
	print_clock(n);
	for (size_t i = 0; i < n->n_hours; i++) {
		struct hour *h = &n->hours[i];
		char took[32] = "-";
		int64_t us = hist_quantile_us(&h->latency, 0.95);
		enum paint p = !h->failed                ? PAINT_GOOD
			       : h->failed * 2 > h->asks ? PAINT_BAD
							 : PAINT_WARN;
		if (us >= 0)
			duration_human(us / US_PER_MS, took, sizeof(took));
		(void)fprintf(n->f, "%s%s %s%u/%u answered%s, p95 first token %s",
		    i ? "  |  " : "", h->name, paint_begin(n->f, p), h->asks - h->failed,
		    h->asks, paint_end(n->f), took);
		*h = (struct hour){.name = h->name};
	}
	(void)fputc('\n', n->f);
	(void)fflush(n->f);
	loop_timer_in_ms(&n->hourly, MS_PER_H);
}

static void on_sample(void *arg, const struct target *t, const struct sample *s)
{
	struct narrator *n = arg;
	size_t i = 0;
	if (t->lead) /* the hour of a name is its lead's */
		return;
	while (i < n->n_hours && strcmp(n->hours[i].name, t->name) != 0)
		i++;
	if (i == MAX_TARGETS)
		return;
	if (i == n->n_hours)
		n->hours[n->n_hours++].name = t->name;
	n->hours[i].asks++;
	if (s->outcome != OUTCOME_OK)
		n->hours[i].failed++;
	else
		hist_add(&n->hours[i].latency, sample_latency_us(s));
}

static void on_fact(void *arg, const struct fact *f)
{
	struct narrator *n = arg;
	if (!show_is_news(f))
		return;
	show_fact_line(n->f, f);
	hold(n);
}

static const char *block_text(const json_t *block)
{
	const char *text = json_text_at(block, "text.text");
	return text ? text : json_text_at(block, "elements[0].text");
}

/* A field is its name and, on the next line, its value. */
static void add_field(struct str *out, const char *text)
{
	size_t name = text ? strcspn(text, "\n") : 0;
	if (text)
		str_addf(out, "%.*s: %s\n", (int)name, text,
		    text[name] ? text + name + 1 : "");
}

/* What stands on the phone: the line of the lock screen, then the blocks. */
void narrator_slack_text(const char *payload, size_t size, struct str *out)
{
	struct err e;
	size_t i = 0, k = 0;
	json_t *v = json_parse((struct span){payload, size}, &e), *block = NULL,
	       *field = NULL;
	const char *text = json_text_at(v, "text");
	const json_t *blocks = json_at(v, "attachments[0].blocks");
	str_addf(out, "%s\n", text ? text : "(not a Slack message)");
	json_array_foreach(blocks, i, block)
	{
		if (block_text(block))
			str_addf(out, "%s\n", block_text(block));
		json_array_foreach(json_object_get(block, "fields"), k, field)
		    add_field(out, json_text_at(field, "text"));
	}
	json_decref(v);
}

/* mrkdwn and entities as Slack would show them; a field's name and value on one line. */
static void print_line(struct narrator *n, struct span line)
{
	static const struct {
		const char *from, *to;
	} shown[] = {
	    {"&amp;", "&"},
            {"&lt;",  "<"},
            {"&gt;",  ">"}
        };
	struct str plain, clean;
	str_init(&plain, 4000);
	str_init(&clean, 16000);
	while (line.n) {
		bool entity = false;
		for (size_t i = 0; i < 3 && !entity; i++)
			if (span_has_prefix(line, shown[i].from)) {
				str_adds(&plain, shown[i].to);
				line.p += strlen(shown[i].from);
				line.n -= strlen(shown[i].from);
				entity = true;
			}
		if (entity)
			continue;
		if (*line.p != '*' && *line.p != '`')
			str_addc(&plain, *line.p);
		line.p++;
		line.n--;
	}
	text_printable(&clean, str_span(&plain));
	(void)fprintf(n->f, "       %s %s\n", n->utf8 ? "│" : "|", str_c(&clean));
	str_fini(&plain);
	str_fini(&clean);
}

void narrator_on_hook(void *arg, const char *name, const struct sim_request *rq)
{
	struct narrator *n = arg;
	struct str text;
	n->messages++;
	str_init(&text, 16000);
	narrator_slack_text(rq->body.p, rq->body.n, &text);
	(void)fprintf(n->f, "       %s %s#%s%s\n", n->utf8 ? "┌" : "+",
	    paint_begin(n->f, PAINT_BOLD), name, paint_end(n->f));
	for (const char *p = str_c(&text); *p;) {
		size_t len = strcspn(p, "\n");
		print_line(n, (struct span){p, len});
		p += len + (p[len] != '\0');
	}
	(void)fprintf(n->f, "       %s\n", n->utf8 ? "└" : "+");
	(void)fflush(n->f);
	str_fini(&text);
	hold(n);
}

void narrator_say(struct narrator *n, const char *text)
{
	print_clock(n);
	(void)fprintf(n->f, "%s\n", text);
	(void)fflush(n->f);
}

size_t narrator_messages(const struct narrator *n)
{
	return n->messages;
}

struct narrator *narrator_new(FILE *f, struct loop *l, int64_t hold_ms)
{
	struct narrator *n = xcalloc(1, sizeof(*n));
	n->f = f;
	n->loop = l;
	n->hold_ms = hold_ms;
	n->utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	loop_add_idle_check(l, may_skip, n);
	loop_timer_init(&n->hourly, l, on_hour, n);
	loop_timer_in_ms(&n->hourly, MS_PER_H);
	return n;
}

void narrator_free(struct narrator *n)
{
	if (!n)
		return;
	loop_timer_cancel(&n->hourly);
	loop_remove_idle_check(n->loop, may_skip, n);
	free(n);
}

struct pipeline_watcher narrator_watcher(struct narrator *n)
{
	return (struct pipeline_watcher){
	    .arg = n, .on_sample = on_sample, .on_fact = on_fact};
}
