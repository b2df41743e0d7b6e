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

#include "alerts/render_many.h"
#include "alerts/sentences.h"

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
	str_adds(&s, incident_is_drill(t->in) ? SAY_DRILL_TAG : "");
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
	str_adds(&s, incident_is_drill(t->in) ? SAY_DRILL_TAG : "");
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
		message_fact(t->m, true, FACT_FIRST_ERROR(t->l),
		    words_error(t->l, first, t->c->now, text, sizeof(text)));
	message_fact(t->m, true, FACT_LAST_ERROR(t->l),
	    words_error(t->l, last, t->c->now, text, sizeof(text)));
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
enum message_kind render_present(
    enum message_kind kind, const struct incident *in, bool maybe, bool *ret_both)
{
	bool over = in->state == INCIDENT_CLOSED;

	switch (kind) {
	case MESSAGE_OPENED:
	case MESSAGE_NOTICE_RAISED:
		*ret_both = *ret_both || (over && !maybe);
		return over ? end_kind(in) : kind;
	case MESSAGE_REOPENED: /* its first opening was told */
	case MESSAGE_CHANGED:
	case MESSAGE_REMINDER:
		return over ? end_kind(in) : kind;
	case MESSAGE_ACKNOWLEDGED: /* a relapse takes their words away */
	case MESSAGE_SILENCED:
		if (!over && !in->hand[0])
			return MESSAGE_REMINDER;
		return over ? end_kind(in) : kind;
	case MESSAGE_RESOLVED:
	case MESSAGE_RETRACTED:
		return over ? kind : MESSAGE_REOPENED;
	case MESSAGE_NOTICE_CLEARED:
		return over ? kind : MESSAGE_NOTICE_RAISED;
	case MESSAGE_TEST:
	case MESSAGE_SUMMARY:
	case MESSAGE_DIGEST:
	case MESSAGE_KIND_COUNT:
		break;
	}
	return kind;
}

static void render_test(struct talk *t)
{
	talk_title(t, TEST_TITLE(t->l));
	talk_lock_screen(t, TEST_LOCK(t->l), t->place);
	str_addf(&t->text, TEST_TEXT(t->l), t->place);
}

static void fill_phrases(struct talk *t)
{
	const struct incident *in = t->in;
	struct wall end = in->ended.ms ? in->ended : in->closed;
	enum language l = t->l;

	words_time(l, in->started, t->c->now, t->since, sizeof(t->since));
	words_range(l, in->started, end, t->c->now, t->range, sizeof(t->range));
	words_duration(l, wall_diff_ms(end, in->started), t->lasted, sizeof(t->lasted));
	words_failed(l, in, t->failed, sizeof(t->failed));
	words_mix(l, in, t->mix, sizeof(t->mix));
	if (t->c->late_ms > RENDER_LATE_MS)
		words_duration(l, t->c->late_ms, t->waited, sizeof(t->waited));
	if (t->waited[0])
		(void)snprintf(t->delay, sizeof(t->delay), SAY_DELAY(l), t->waited);
}

static void tell_class(struct talk *t)
{
	switch (t->in->class) {
	case CLASS_OUTAGE:
	case CLASS_SLOW:
		render_outage(t);
		render_open_for(t);
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
		str_addf(&t->text, SAY_DELAYED(t->l), t->waited);
}

static void harmless(char *name, size_t size)
{
	message_line(name, size, size, span_of(name));
}

/* Channels show the incident's names too. The config allows no other, a damaged database
 * may. */
static void harmless_names(struct incident *in)
{
	harmless(in->subject.id, sizeof(in->subject.id));
	harmless(in->provider, sizeof(in->provider));
	harmless(in->region, sizeof(in->region));
	harmless(in->hand, sizeof(in->hand));
	for (int i = 0; i < in->n_targets; i++)
		harmless(in->targets[i], sizeof(in->targets[i]));
}

void render(struct message *ret, enum message_kind kind, const struct incident *in,
    struct wall log_at, uint32_t seq, const struct render_context *c)
{
	static const struct incident nothing;
	struct talk t = {.m = ret, .in = in ? in : &nothing, .c = c, .l = c->language};

	memset(ret, 0, sizeof(*ret));
	ret->at = log_at;
	ret->seq = seq;
	ret->language = c->language;
	ret->incident = *t.in;
	harmless_names(&ret->incident);
	str_copy(ret->vantage, sizeof(ret->vantage), c->vantage ? c->vantage : "");
	t.place = ret->vantage[0] ? ret->vantage : SAY_HERE(t.l);
	str_init(&t.text, 2048);
	if (kind == MESSAGE_TEST || !in) {
		ret->kind = MESSAGE_TEST;
		render_test(&t);
	} else {
		ret->late_both = c->both;
		ret->kind = render_present(kind, in, c->maybe, &ret->late_both);
		fill_phrases(&t);
		str_adds(&t.text, incident_is_drill(in) ? SAY_DRILL(t.l) : "");
		if (ret->kind == MESSAGE_ACKNOWLEDGED || ret->kind == MESSAGE_SILENCED)
			render_hand(&t);
		else
			tell_class(&t);
	}
	message_line(
	    ret->summary, sizeof(ret->summary), SUMMARY_POINTS, str_span(&t.text));
	str_fini(&t.text);
}
