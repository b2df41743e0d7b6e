/* SPDX-License-Identifier: MIT
 *
 * A storm in one message: how many began, changed and are over, and which. The names are
 * our own config's; no word of a stranger stands here.
 */
#include "alerts/render_many.h"

#include <stdlib.h>
#include <string.h>

#include "alerts/render_words.h"
#include "alerts/sentences.h"
#include "alerts/sentences_many.h"

#define TITLE_POINTS       100
#define SUMMARY_POINTS     300
#define LOCK_SCREEN_POINTS 180
#define NAMES_BYTES        200 /* of a list in a fact */
#define FEW_NAMES_BYTES    80  /* of a list in a sentence */

enum share { SHARE_BEGAN, SHARE_CHANGED, SHARE_OVER };

static bool is_beginning(enum message_kind k)
{
	return k == MESSAGE_OPENED || k == MESSAGE_NOTICE_RAISED || k == MESSAGE_REOPENED;
}

static enum share share_of(const struct news *n)
{
	if (n->in->state == INCIDENT_CLOSED)
		return SHARE_OVER;
	return is_beginning(n->kind) ? SHARE_BEGAN : SHARE_CHANGED;
}

static enum severity severity_of(const struct incident *in)
{
	return in->severity_now ? in->severity_now : in->severity;
}

/* What goes on before what is over, the worst first, then by age. */
static int by_weight(const void *a, const void *b)
{
	const struct news *x = a, *y = b;
	enum share xs = share_of(x), ys = share_of(y);

	if ((xs == SHARE_OVER) != (ys == SHARE_OVER))
		return xs == SHARE_OVER ? 1 : -1;
	if (severity_of(x->in) != severity_of(y->in))
		return severity_of(x->in) > severity_of(y->in) ? -1 : 1;
	return strcmp(x->in->id.text, y->in->id.text);
}

static size_t count(const struct message_many *m, enum share s)
{
	size_t n = 0;

	for (size_t i = 0; i < m->n; i++)
		n += share_of(&m->all[i]) == s;
	return n;
}

/* Which of them a list names. severity 0: any. */
struct pick {
	enum share share;
	enum severity severity;
	bool notices;
};

static bool picks(const struct pick *p, const struct news *n)
{
	bool notice = n->in->class == CLASS_NOTICE;

	return share_of(n) == p->share &&
	       (!p->severity ||
		   (severity_of(n->in) == p->severity && notice == p->notices));
}

/* "a, b, c and 187 more" */
static void names(struct str *to, enum language l, const struct message_many *m,
    const struct pick *p, size_t max_bytes)
{
	size_t n = 0, start = to->len;

	for (size_t i = 0; i < m->n; i++) {
		char name[128];

		if (!picks(p, &m->all[i]))
			continue;
		subject_text(&m->all[i].in->subject, name, sizeof(name));
		if (n ||
		    (to->len > start && to->len - start + strlen(name) > max_bytes)) {
			n++;
			continue;
		}
		str_addf(to, "%s%s", to->len > start ? MANY_COMMA(l) : "", name);
	}
	if (n)
		str_addf(to, MANY_MORE(l), n);
}

static void fact(struct message *m, enum language l, const char *name,
    const struct message_many *many, const struct pick *p)
{
	struct str s;

	str_init(&s, 1024);
	names(&s, l, many, p, NAMES_BYTES);
	message_fact(m, false, name, str_c(&s));
	str_fini(&s);
}

static void facts(struct message *m, enum language l, const struct message_many *many)
{
	static const enum severity severities[] = {
	    SEVERITY_CRITICAL, SEVERITY_MAJOR, SEVERITY_MINOR};
	struct pick p = {.share = SHARE_BEGAN};

	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
		p.severity = severities[i];
		fact(m, l, words_severity(l, p.severity), many, &p);
	}
	p.notices = true;
	for (size_t i = 0; i < sizeof(severities) / sizeof(severities[0]); i++) {
		p.severity = severities[i];
		fact(m, l, MANY_FACT_NOTICES(l), many, &p);
	}
	p = (struct pick){.share = SHARE_CHANGED};
	fact(m, l, MANY_FACT_CHANGED(l), many, &p);
	p.share = SHARE_OVER;
	fact(m, l, MANY_FACT_OVER(l), many, &p);
}

/* "12 incidents, 3 changed, 14 of 20 recovered" */
static void counts(struct str *to, enum language l, const struct message_many *m)
{
	size_t began = count(m, SHARE_BEGAN), changed = count(m, SHARE_CHANGED),
	       over = count(m, SHARE_OVER);

	if (began)
		str_addf(to, MANY_BEGAN(l), began);
	if (changed) {
		str_adds(to, to->len ? MANY_COMMA(l) : "");
		str_addf(to, MANY_CHANGED(l), changed);
	}
	if (!over)
		return;
	str_adds(to, to->len ? MANY_COMMA(l) : "");
	if (m->going_on)
		str_addf(to, MANY_OVER(l), over, over + m->going_on);
	else
		str_addf(to, MANY_ALL_OVER(l), over);
}

/* What colours it, and what a footer would name: the worst of what goes on. */
static void fill_incident(struct message *m, const struct message_many *many)
{
	const struct incident *worst = many->n ? many->all[0].in : NULL;
	bool over = !worst || worst->state == INCIDENT_CLOSED;

	m->incident.state = over ? INCIDENT_CLOSED : INCIDENT_OPEN;
	m->incident.class = worst ? worst->class : CLASS_NOTICE;
	m->incident.severity = m->incident.severity_now =
	    worst ? severity_of(worst) : SEVERITY_MINOR;
	m->incident.started = worst ? worst->started : m->at;
	str_copy(m->incident.subject.id, sizeof(m->incident.subject.id), m->title);
}

static void texts(
    struct message *m, const struct message_many *many, const struct render_context *c)
{
	enum language l = c->language;
	bool over = count(many, SHARE_OVER) == many->n;
	struct pick p = {.share = over                       ? SHARE_OVER
				  : count(many, SHARE_BEGAN) ? SHARE_BEGAN
							     : SHARE_CHANGED};
	const char *place = m->vantage[0] ? m->vantage : SAY_HERE(l);
	struct str what, who, s;

	str_init(&what, 512);
	str_init(&who, 512);
	str_init(&s, 2048);
	counts(&what, l, many);
	names(&who, l, many, &p, FEW_NAMES_BYTES);
	str_addf(&s, "%s%s%s", str_c(&what), SAY_COLON(l), str_c(&who));
	message_line(m->title, sizeof(m->title), TITLE_POINTS, str_span(&s));
	str_fini(&s);
	str_init(&s, 2048);
	str_addf(&s, MANY_TAG(l),
	    over ? MANY_TAG_OVER(l) : words_severity(l, severity_of(many->all[0].in)),
	    str_c(&what), str_c(&who));
	message_line(
	    m->lock_screen, sizeof(m->lock_screen), LOCK_SCREEN_POINTS, str_span(&s));
	str_fini(&s);
	str_init(&s, 2048);
	str_addf(&s, MANY_SEEN(l), str_c(&what), place);
	if (!over)
		str_addf(&s, MANY_WORST(l), str_c(&who));
	if (many->going_on)
		str_addf(&s, MANY_GO_ON(l), many->going_on);
	else
		str_adds(&s, MANY_NONE_GO_ON(l));
	message_line(m->summary, sizeof(m->summary), SUMMARY_POINTS, str_span(&s));
	str_fini(&what);
	str_fini(&who);
	str_fini(&s);
}

void render_many(
    struct message *ret, struct message_many *many, const struct render_context *c)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = MESSAGE_SUMMARY;
	ret->language = c->language;
	ret->at = c->now;
	ret->many = many;
	str_copy(ret->vantage, sizeof(ret->vantage), c->vantage ? c->vantage : "");
	for (size_t i = 0; i < many->n; i++) {
		struct news *n = &many->all[i];

		n->kind = render_present(n->kind, n->in, n->maybe, &n->both);
		n->both = n->both && n->in->state == INCIDENT_CLOSED;
	}
	if (many->n)
		qsort(many->all, many->n, sizeof(many->all[0]), by_weight);
	if (many->n)
		texts(ret, many, c);
	facts(ret, c->language, many);
	fill_incident(ret, many);
}
