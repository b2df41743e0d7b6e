/* SPDX-License-Identifier: MIT
 *
 * The update: what a step hands back. A trace line is
 *   T_MS SUBJECT UPDATE DETAIL
 * the same in logs, scenario tests and replay.
 */
#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"
#include "alerts/judge_parts.h"

#define DETAIL_BYTES 512
#define TRACE_BYTES  ((size_t)4 << 20) /* a reload may close thousands */

static const char *const fact_codes[] = {
    [FACT_UP] = "up",
    [FACT_SUSPECT] = "suspect",
    [FACT_UNKNOWN] = "unknown",
    [FACT_RECOVERING] = "recovering",
    [FACT_RELAPSE] = "relapse",
    [FACT_OPENED] = "opened",
    [FACT_REOPENED] = "reopened",
    [FACT_CHANGED] = "changed",
    [FACT_CLOSED] = "closed",
    [FACT_RETRACTED] = "retracted",
    [FACT_NOTICE] = "notice",
    [FACT_CLEARED] = "cleared",
    [FACT_GAP] = "gap",
    [FACT_RUNG] = "rung",
    [FACT_ACKNOWLEDGED] = "acknowledged",
    [FACT_SILENCED] = "silenced",
    [FACT_PAGE] = "page",
};
static_assert(sizeof(fact_codes) / sizeof(*fact_codes) == FACT_KIND_COUNT, "one each");

const char *fact_code(enum fact_kind k)
{
	assert((unsigned)k < FACT_KIND_COUNT);
	return fact_codes[k];
}

bool fact_is_incident(enum fact_kind k)
{
	return (k >= FACT_OPENED && k <= FACT_CLEARED) || k == FACT_ACKNOWLEDGED ||
	       k == FACT_SILENCED || k == FACT_PAGE;
}

void judge_update_init(struct judge_update *u)
{
	memset(u, 0, sizeof(*u));
	u->wake_at.ms = INT64_MAX;
	str_init(&u->trace, TRACE_BYTES);
}

void judge_update_fini(struct judge_update *u)
{
	if (!u)
		return;
	free(u->facts);
	free(u->wishes);
	free(u->remarks);
	free(u->asks);
	str_fini(&u->trace);
	memset(u, 0, sizeof(*u));
}

void update_reset(struct judge_update *u)
{
	u->n_facts = u->n_wishes = u->n_remarks = u->n_asks = 0;
	u->ways_moved = false;
	u->wake_at.ms = INT64_MAX;
	str_reset(&u->trace);
}

/* Room for one more; every step's output is bounded by the number of targets. */
static void *grow(void *array, size_t n, size_t *cap, size_t size)
{
	if (n < *cap)
		return array;
	*cap = *cap ? *cap * 2 : 4;
	return xreallocarray(array, *cap, size);
}

static void trace_line(
    struct step *st, const char *subject, const char *update, const char *detail)
{
	str_addf(&st->up->trace, "%" PRId64 " %s %s%s%s\n", st->now.ms, subject, update,
	    *detail ? " " : "", detail);
}

void news_trace(
    struct step *st, const char *subject, const char *update, const char *fmt, ...)
{
	char detail[DETAIL_BYTES];
	va_list ap;

	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	trace_line(st, subject, update, detail);
}

void news_fact(struct step *st, const struct news *n, const char *fmt, ...)
{
	struct judge_update *up = st->up;
	struct fact *f;
	char subject[128] = "vantage", detail[DETAIL_BYTES];
	va_list ap;

	up->facts = grow(up->facts, up->n_facts, &up->cap_facts, sizeof(*f));
	f = &up->facts[up->n_facts++];
	memset(f, 0, sizeof(*f));
	f->kind = n->kind;
	f->at = st->now;
	f->from = n->from;
	f->loud = n->loud;
	str_copy(f->joined, sizeof(f->joined), n->joined ? n->joined : "");
	if (n->target) {
		f->series = n->target->conf.series;
		f->health = n->target->health;
		(void)watched_title(n->target, subject, sizeof(subject));
	}
	if (n->incident) {
		n->incident->seq++;
		if (n->incident->state == INCIDENT_OPEN)
			(void)page_note(st->j, n->incident);
		f->incident = *n->incident;
		subject_text(&n->incident->subject, subject, sizeof(subject));
	}
	va_start(ap, fmt);
	(void)vsnprintf(detail, sizeof(detail), fmt, ap);
	va_end(ap);
	str_copy(f->detail, sizeof(f->detail), detail); /* cut between characters */
	trace_line(st, subject, fact_code(n->kind), f->detail);
}

void news_wish(struct step *st, uint32_t series, int64_t in_ms, const char *why)
{
	struct judge_update *up = st->up;

	up->wishes = grow(up->wishes, up->n_wishes, &up->cap_wishes, sizeof(*up->wishes));
	up->wishes[up->n_wishes++] =
	    (struct wish){.series = series, .in_ms = in_ms, .why = why};
}

void news_ask(struct step *st, const struct control_ask *ask)
{
	struct judge_update *up = st->up;

	up->asks = grow(up->asks, up->n_asks, &up->cap_asks, sizeof(*up->asks));
	up->asks[up->n_asks++] = *ask;
}

void news_remark(struct step *st, const struct sample *s, enum judged judged)
{
	struct judge_update *up = st->up;

	up->remarks =
	    grow(up->remarks, up->n_remarks, &up->cap_remarks, sizeof(*up->remarks));
	up->remarks[up->n_remarks++] =
	    (struct remark){.series = s->series, .at = s->at, .judged = judged};
}
