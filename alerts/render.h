/* SPDX-License-Identifier: MIT
 *
 * Between the files of the renderer: one piece of news in the making, and the tellers,
 * one per class of incident. Others include alerts/message.h.
 */
#ifndef DIMWATCH_ALERTS_RENDER_H
#define DIMWATCH_ALERTS_RENDER_H

#include "alerts/message.h"
#include "alerts/render_words.h"

#define RENDER_LATE_MS ((int64_t)2 * 60 * 1000) /* a delay worth a word */

/* What is being told, with the phrases that most news need. */
struct talk {
	struct message *m;
	const struct incident *in;
	const struct render_context *c;
	enum language l;
	const char *place; /* vantage, or "here" */
	char since[48];    /* "14:02 UTC" */
	char range[96];    /* "14:02-14:16 UTC", of an incident that is over */
	char lasted[48];   /* "14 m" */
	char failed[64];   /* "5 of 6 requests failed", "" */
	char mix[96];      /* "overloaded 4, stalled 1", "" */
	char waited[48];   /* "12 m", "" when it was not */
	char delay[96];    /* "this notice was delayed by 12 m", "" when it was not */
	struct str text;   /* the summary in the making */
};

/* The short id stands at the end of both and is never cut off. */
void talk_title(struct talk *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
void talk_lock_screen(struct talk *t, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
/* A fact made like printf. */
void talk_fact(struct talk *t, const char *name, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void talk_errors(struct talk *t); /* first and last error, as facts */
void talk_evidence(struct talk *t, const char *words);

/* t->m->kind says what is told; they fill title, lock screen, t->text, facts. */
void render_outage(struct talk *t);
void render_notice(struct talk *t);
void render_self(struct talk *t);
/* render_page.c. What the provider's own page says: a sentence, a fact. */
void render_page_sentence(struct talk *t);
void render_page_fact(struct talk *t);
/* render_hand.c. Acknowledged, silenced; and a sentence for what is told late. */
void render_hand(struct talk *t);
void render_open_for(struct talk *t);

#endif
