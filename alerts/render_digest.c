/* SPDX-License-Identifier: MIT
 *
 * See digest.h.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/sha256.h"
#include "alerts/digest.h"
#include "alerts/sentences.h"
#include "alerts/sentences_digest.h"
#include "probes/cost.h"

struct ulid digest_id(const char *vantage, struct wall moment)
{
	uint8_t digest[SHA256_BYTES];
	char text[128];

	(void)snprintf(text, sizeof(text), "digest %.64s %" PRId64, vantage, moment.ms);
	sha256(text, strlen(text), digest);
	return ulid_make(moment, digest);
}

/* What a channel could not be told for a day is old. */
#define DUE_MS MS_PER_DAY

bool digest_is_due(struct wall moment, struct wall now, struct wall *last)
{
	if (wall_diff_ms(*last, now) >= DUE_MS) /* no moment: our clock was wrong then */
		*last = moment;
	if (moment.ms <= last->ms || wall_diff_ms(now, moment) >= DUE_MS)
		return false;
	*last = moment;
	return true;
}

static const char *uptime_text(
    const struct digest_figures *f, enum language l, char *buf, size_t size)
{
	size_t n = 0;

	buf[0] = '\0';
	for (size_t i = 0; i < f->n_worst && n < size; i++)
		n += (size_t)snprintf(buf + n, size - n, "%s%s %.2f %%",
		    i ? SAY_AND(l) : "", f->worst[i].name, f->worst[i].uptime_pct);
	if (f->n_targets > f->n_worst && n < size)
		(void)snprintf(
		    buf + n, size - n, DIGEST_MORE(l), f->n_targets - f->n_worst);
	return buf;
}

static const char *spend_text(
    const struct digest_figures *f, enum language l, char *buf, size_t size)
{
	size_t n = 0;

	(void)str_copy(buf, size, DIGEST_NOTHING_SPENT(l));
	for (size_t i = 0; i < f->n_sums && n < size; i++) {
		char money[48];

		n += (size_t)snprintf(buf + n, size - n, "%s%s", i ? SAY_AND(l) : "",
		    money_format(
			f->sums[i].nano, f->sums[i].currency, money, sizeof(money)));
	}
	return buf;
}

static const char *incidents_text(
    const struct digest_figures *f, enum language l, char *buf, size_t size)
{
	char human[32];

	if (!f->incidents && !f->still_open && !f->longest_ms)
		return str_copy(buf, size, DIGEST_NO_INCIDENT(l));
	(void)snprintf(buf, size, DIGEST_INCIDENTS(l), f->incidents, f->still_open,
	    duration_human(f->longest_ms, human, sizeof(human)));
	return buf;
}

static const char *messages_text(
    const struct digest_figures *f, enum language l, char *buf, size_t size)
{
	char human[32];

	if (!f->sent && !f->dead)
		return str_copy(buf, size, DIGEST_NO_MESSAGES(l));
	(void)snprintf(buf, size, DIGEST_MESSAGES(l), f->sent,
	    duration_human(f->median_ms, human, sizeof(human)), f->dead);
	return buf;
}

static void add_facts(struct message *m, const struct digest_figures *f, enum language l)
{
	char text[256], human[32];

	message_fact(
	    m, false, FACT_INCIDENTS(l), incidents_text(f, l, text, sizeof(text)));
	message_fact(m, false, FACT_UPTIME(l), uptime_text(f, l, text, sizeof(text)));
	(void)snprintf(
	    text, sizeof(text), DIGEST_SAMPLES(l), f->samples, f->good, f->failed);
	message_fact(m, false, FACT_PROBES(l), text);
	message_fact(m, false, FACT_SPENT(l), spend_text(f, l, text, sizeof(text)));
	message_fact(m, false, FACT_MESSAGES(l), messages_text(f, l, text, sizeof(text)));
	(void)snprintf(text, sizeof(text), "%" PRId64, f->notices);
	message_fact(m, false, FACT_NOTICES(l), f->notices ? text : "");
	if (f->lag_us < 0)
		return;
	(void)snprintf(text, sizeof(text), DIGEST_LAG(l),
	    duration_human(f->lag_us / US_PER_MS, human, sizeof(human)));
	message_fact(m, false, FACT_OWN_LAG(l), text);
}

static void add_summary(
    struct message *m, const struct digest_figures *f, enum language l)
{
	char incidents[200], uptime[256], text[600];

	if (f->why_not[0]) {
		(void)snprintf(text, sizeof(text), DIGEST_NO_FIGURES(l), f->why_not);
	} else {
		incidents_text(f, l, incidents, sizeof(incidents));
		uptime_text(f, l, uptime, sizeof(uptime));
		(void)snprintf(text, sizeof(text), "%s%s%s", incidents,
		    uptime[0] ? "; " : "", uptime);
	}
	message_line(m->summary, sizeof(m->summary), 300, span_of(text));
	(void)snprintf(text, sizeof(text), DIGEST_LOCK(l),
	    m->vantage[0] ? m->vantage : SAY_HERE(l),
	    f->why_not[0] ? "?" : incidents_text(f, l, incidents, sizeof(incidents)),
	    f->why_not[0] ? "?" : uptime_text(f, l, uptime, sizeof(uptime)));
	message_line(m->lock_screen, sizeof(m->lock_screen), 110, span_of(text));
}

void digest_render(struct message *ret, const struct digest_figures *f,
    const struct zone *zone, const char *vantage, enum language l)
{
	char from[40], until[40], text[120];

	memset(ret, 0, sizeof(*ret));
	ret->kind = MESSAGE_DIGEST;
	ret->language = l;
	ret->at = f->span.until;
	str_copy(ret->vantage, sizeof(ret->vantage), vantage);
	ret->incident.class = CLASS_NOTICE;
	zone_text(zone, f->span.from, from, sizeof(from));
	zone_text(zone, f->span.until, until, sizeof(until));
	(void)snprintf(text, sizeof(text), DIGEST_TITLE(l), until);
	message_line(ret->title, sizeof(ret->title), 100, span_of(text));
	(void)snprintf(text, sizeof(text), DIGEST_SINCE(l), from, until);
	message_fact(ret, false, FACT_PERIOD(l), text);
	if (!f->why_not[0])
		add_facts(ret, f, l);
	add_summary(ret, f, l);
}
