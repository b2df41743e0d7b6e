/* SPDX-License-Identifier: MIT
 *
 * News as texts: decides which piece of news the present state makes of a delivery and
 * hands it to the teller of its class. A person at 3 a.m. must understand each of them
 * on a lock screen: what, how bad, whose fault, since when, what to use meanwhile.
 */
#include "alerts/render.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define TITLE_POINTS       100
#define SUMMARY_POINTS     300
#define LOCK_SCREEN_POINTS 180
#define EVIDENCE_POINTS    200

/* One line, then the short id, which is never cut off. */
static void put_with_id(
    struct talk *t, char *buf, size_t size, size_t max_points, struct span text)
{
	char tail[16] = "";
	size_t n;

	if (t->in->short_id[0])
		(void)snprintf(tail, sizeof(tail), " #%s", t->in->short_id);
	n = strlen(tail);
	message_line(buf, size - n, max_points - n, text);
	memcpy(buf + strlen(buf), tail, n + 1);
}

void talk_title(struct talk *t, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	str_init(&s, 1024);
	va_start(ap, fmt);
	str_addv(&s, fmt, ap);
	va_end(ap);
	put_with_id(t, t->m->title, sizeof(t->m->title), TITLE_POINTS, str_span(&s));
	str_fini(&s);
}

void talk_lock_screen(struct talk *t, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	str_init(&s, 1024);
	va_start(ap, fmt);
	str_addv(&s, fmt, ap);
	va_end(ap);
	put_with_id(t, t->m->lock_screen, sizeof(t->m->lock_screen), LOCK_SCREEN_POINTS,
	    str_span(&s));
	str_fini(&s);
}

void talk_fact(struct talk *t, const char *name, const char *fmt, ...)
{
	struct str s;
	va_list ap;

	str_init(&s, 1024);
	va_start(ap, fmt);
	str_addv(&s, fmt, ap);
	va_end(ap);
	message_fact(t->m, false, name, str_c(&s));
	str_fini(&s);
}

void talk_errors(struct talk *t)
{
	const struct incident_error *first = &t->in->first_error,
				    *last = &t->in->last_error;
	char text[512];

	if (first->at.ms != last->at.ms)
		message_fact(t->m, true, "First error",
		    words_error(first, t->c->now, text, sizeof(text)));
	message_fact(
	    t->m, true, "Last error", words_error(last, t->c->now, text, sizeof(text)));
}

void talk_evidence(struct talk *t, const char *words)
{
	message_line(
	    t->m->evidence, sizeof(t->m->evidence), EVIDENCE_POINTS, span_of(words));
}

static enum message_kind end_kind(const struct incident *in)
{
	if (in->class == CLASS_NOTICE)
		return MESSAGE_NOTICE_CLEARED;
	return in->end == END_RETRACTED ? MESSAGE_RETRACTED : MESSAGE_RESOLVED;
}

/* "A retry sends the present, not the past." */
static enum message_kind present_kind(enum message_kind kind, const struct incident *in,
    const struct render_context *c, bool *ret_both)
{
	bool over = in->state == INCIDENT_CLOSED;

	switch (kind) {
	case MESSAGE_OPENED:
	case MESSAGE_NOTICE_RAISED:
		*ret_both = *ret_both || (over && !c->maybe);
		return over ? end_kind(in) : kind;
	case MESSAGE_REOPENED: /* its first opening was told */
	case MESSAGE_CHANGED:
	case MESSAGE_REMINDER:
		return over ? end_kind(in) : kind;
	case MESSAGE_RESOLVED:
	case MESSAGE_RETRACTED:
		return over ? kind : MESSAGE_REOPENED;
	case MESSAGE_NOTICE_CLEARED:
		return over ? kind : MESSAGE_NOTICE_RAISED;
	case MESSAGE_TEST:
	case MESSAGE_KIND_COUNT:
		break;
	}
	return kind;
}

static void render_test(struct talk *t)
{
	talk_title(t, "Test message from dimwatch");
	talk_lock_screen(t, "[test] dimwatch at %s reaches this channel", t->place);
	str_addf(&t->text,
	    "If you read this, alerts from %s arrive here. Nothing is wrong.", t->place);
}

static void fill_phrases(struct talk *t)
{
	const struct incident *in = t->in;
	struct wall end = in->ended.ms ? in->ended : in->closed;
	char human[32];

	words_time(in->started, t->c->now, t->since, sizeof(t->since));
	words_range(in->started, end, t->c->now, t->range, sizeof(t->range));
	duration_human(wall_diff_ms(end, in->started), t->lasted, sizeof(t->lasted));
	words_failed(in, t->failed, sizeof(t->failed));
	words_mix(in, t->mix, sizeof(t->mix));
	if (t->c->late_ms > RENDER_LATE_MS)
		(void)snprintf(t->delay, sizeof(t->delay),
		    "this notice was delayed by %s",
		    duration_human(t->c->late_ms, human, sizeof(human)));
}

static void tell_class(struct talk *t)
{
	switch (t->in->class) {
	case CLASS_OUTAGE:
	case CLASS_SLOW:
		render_outage(t);
		break;
	case CLASS_NOTICE:
		render_notice(t);
		break;
	case CLASS_SELF:
		render_self(t);
		break;
	case CLASS_COUNT:
		break;
	}
	/* Both-in-one news say it in their first sentence. */
	if (t->delay[0] && !t->m->late_both)
		str_addf(&t->text, " (T%s.)", t->delay + 1);
}

void render(struct message *ret, enum message_kind kind, const struct incident *in,
    struct wall log_at, uint32_t seq, const struct render_context *c)
{
	static const struct incident nothing;
	struct talk t = {.m = ret, .in = in ? in : &nothing, .c = c};

	memset(ret, 0, sizeof(*ret));
	ret->at = log_at;
	ret->seq = seq;
	ret->incident = *t.in;
	str_copy(ret->vantage, sizeof(ret->vantage), c->vantage ? c->vantage : "");
	t.place = ret->vantage[0] ? ret->vantage : "here";
	str_init(&t.text, 2048);
	if (kind == MESSAGE_TEST || !in) {
		ret->kind = MESSAGE_TEST;
		render_test(&t);
	} else {
		ret->late_both = c->both;
		ret->kind = present_kind(kind, in, c, &ret->late_both);
		fill_phrases(&t);
		tell_class(&t);
	}
	message_line(
	    ret->summary, sizeof(ret->summary), SUMMARY_POINTS, str_span(&t.text));
	str_fini(&t.text);
}
