/* SPDX-License-Identifier: MIT
 *
 * E-mail through a relay: text and simple HTML, everything in base64 so that no line is
 * too long and no text of a stranger ends anything. One channel is one recipient: each
 * hears and is retried by itself. One incident is one thread: the opening bears the
 * incident's Message-ID, all others refer to it; ids are computed, so a repetition after
 * a lost answer carries the same one.
 */
#include "alerts/channel_email.h"

#include <stdio.h>
#include <string.h>

#include "agent/base/sha256.h"
#include "alerts/channel_parts.h"
#include "alerts/render_words.h"
#include "alerts/sentences.h"

#define CRLF         "\r\n"
#define LINE_BYTES   76
#define WORD_BYTES   45 /* of text in one encoded word: 60 of base64, 75 in all */
#define BODY_BYTES   ((size_t)64 << 10)
#define FACT_POINTS  400
#define TITLE_POINTS 150

/* --- text ------------------------------------------------------------------------- */

static const char *in_html(char c)
{
	switch (c) {
	case '&':
		return "&amp;";
	case '<':
		return "&lt;";
	case '>':
		return "&gt;";
	case '"':
		return "&quot;";
	default:
		return NULL;
	}
}

static void add_text(struct str *s, const struct message *m, bool plain)
{
	str_addf(s, "%s" CRLF CRLF "%s" CRLF, m->lock_screen, m->summary);
	for (int i = 0; i < m->n_facts && !plain; i++)
		str_addf(s, "%s%s%s%s" CRLF, i ? "" : CRLF, m->facts[i].name,
		    SAY_COLON(m->language), m->facts[i].value);
	if (m->evidence[0] != '\0' && !plain)
		str_addf(s, CRLF "%s%s%s" CRLF, SAY_THEIR_WORDS(m->language),
		    SAY_COLON(m->language), m->evidence);
	str_adds(s, CRLF "-- " CRLF);
	str_addf(s, SAY_SENDER(m->language), channel_place(m));
	str_adds(s, CRLF);
}

static void add_row(struct str *s, const char *name, const char *value)
{
	str_adds(s, "<tr><td style=\"padding:2px 12px 2px 0;vertical-align:top\"><b>");
	channel_text(s, name, in_html, COUNT_POINTS, 64);
	str_adds(s, "</b></td><td style=\"padding:2px 0\">");
	channel_text(s, value, in_html, COUNT_POINTS, FACT_POINTS);
	str_adds(s, "</td></tr>" CRLF);
}

/* No picture, no link, no script; a colour that both light and dark readers show. */
static void add_html(struct str *s, const struct message *m)
{
	static const char *const colours[] = {[TONE_QUIET] = "#808080",
	    [TONE_NOTICE] = "#4a90d9",
	    [TONE_GOOD] = "#2eb67d",
	    [TONE_MINOR] = "#c79a10",
	    [TONE_MAJOR] = "#e8912d",
	    [TONE_CRITICAL] = "#d64541"};

	struct str sender;

	str_adds(s, "<!doctype html><html><head><meta charset=\"utf-8\"></head>"
		    "<body style=\"font-family:sans-serif\">" CRLF);
	str_addf(s,
	    "<h2 style=\"border-left:6px solid %s;padding-left:10px;margin:0 0 10px\">",
	    colours[message_tone(m)]);
	channel_text(s, m->title, in_html, COUNT_POINTS, (size_t)TITLE_POINTS * 4);
	str_adds(s, "</h2>" CRLF "<p>");
	channel_text(s, m->summary, in_html, COUNT_POINTS, 2000);
	str_adds(s, "</p>" CRLF "<table>" CRLF);
	for (int i = 0; i < m->n_facts; i++)
		add_row(s, m->facts[i].name, m->facts[i].value);
	if (m->evidence[0] != '\0')
		add_row(s, SAY_THEIR_WORDS(m->language), m->evidence);
	str_adds(s, "</table>" CRLF "<p style=\"color:#808080\">");
	str_init(&sender, 512);
	str_addf(&sender, SAY_SENDER(m->language), channel_place(m));
	channel_text(s, str_c(&sender), in_html, COUNT_POINTS, 200);
	str_fini(&sender);
	str_adds(s, "</p>" CRLF "</body></html>" CRLF);
}

/* --- MIME ------------------------------------------------------------------------- */

/* A part: its header and its text in lines of base64. */
static void add_part(struct str *to, const char *type, struct str *text)
{
	struct str all;

	str_init(&all, 2 * BODY_BYTES);
	base64_encode(&all, str_span(text));
	str_addf(to,
	    "Content-Type: %s; charset=utf-8" CRLF
	    "Content-Transfer-Encoding: base64" CRLF CRLF,
	    type);
	for (size_t i = 0; i < all.len; i += LINE_BYTES) {
		size_t n = all.len - i < LINE_BYTES ? all.len - i : LINE_BYTES;

		str_add(to, all.data + i, n);
		str_adds(to, CRLF);
	}
	str_fini(&all);
	str_fini(text);
}

/* RFC 2047: words of at most 75 characters, never cut inside a character, folded. Pure
 * ASCII stands as it is (the texts are one line without control characters). */
static void add_encoded(struct str *to, struct span text)
{
	bool ascii = true;

	for (size_t i = 0; i < text.n; i++)
		ascii = ascii && (unsigned char)text.p[i] < 0x80;
	if (ascii && text.n < (size_t)LINE_BYTES * 3) {
		str_add(to, text.p, text.n);
		return;
	}
	for (size_t i = 0, n; i < text.n; i += n) {
		n = text.n - i < WORD_BYTES ? text.n - i : WORD_BYTES;
		while (i + n < text.n && ((unsigned char)text.p[i + n] & 0xc0) == 0x80)
			n--;
		str_adds(to, i ? CRLF " =?utf-8?B?" : "=?utf-8?B?");
		base64_encode(to, (struct span){text.p + i, n});
		str_adds(to, "?=");
	}
}

/* "Mon, 23 Nov 2026 14:04:00 +0000" */
static void add_date(struct str *to, struct wall t)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	struct civil c = wall_civil(t);

	str_addf(to, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000" CRLF,
	    days + (size_t)c.weekday * 3, c.day, months + (size_t)(c.month - 1) * 3,
	    c.year, c.hour, c.minute, c.second);
}

static const char *domain_of(const char *address)
{
	const char *at = strrchr(address, '@');

	return at != NULL ? at + 1 : "localhost";
}

static bool is_first(const struct message *m)
{
	return m->kind == MESSAGE_OPENED || m->kind == MESSAGE_NOTICE_RAISED;
}

static bool is_over(const struct message *m)
{
	return m->kind == MESSAGE_RESOLVED || m->kind == MESSAGE_NOTICE_CLEARED ||
	       m->kind == MESSAGE_RETRACTED;
}

/* Of what is over, and of notices. */
static const char *news_tag(const struct message *m)
{
	if (m->kind == MESSAGE_RESOLVED)
		return SAY_MAIL_RESOLVED(m->language);
	if (m->kind == MESSAGE_RETRACTED)
		return SAY_MAIL_RETRACTED(m->language);
	if (m->kind == MESSAGE_NOTICE_CLEARED)
		return SAY_MAIL_CLEARED(m->language);
	return SAY_MAIL_NOTICE(m->language);
}

/* The same behind the bracket for every mail of an incident: some readers thread by it.
 */
static void add_subject(struct str *to, const struct message *m)
{
	const struct incident *in = &m->incident;
	struct str s;

	str_init(&s, 1024);
	if (m->kind == MESSAGE_TEST || m->kind == MESSAGE_DIGEST)
		str_adds(&s, m->title);
	else if (is_over(m) || in->class == CLASS_NOTICE)
		str_addf(&s, "[%s] %s #%s", news_tag(m), in->subject.id, in->short_id);
	else
		str_addf(&s, SAY_MAIL_TAG(m->language),
		    words_severity(m->language, in->severity_now),
		    words_state(m->language, in), in->subject.id, in->short_id);
	str_adds(to, "Subject: ");
	add_encoded(to, str_span(&s));
	str_adds(to, CRLF);
	str_fini(&s);
}

static void add_ids(
    struct str *to, const struct message *m, const char *delivery_id, const char *domain)
{
	const char *incident = m->incident.id.text;

	if (m->kind == MESSAGE_TEST || incident[0] == '\0') {
		str_addf(to, "Message-ID: <%s@%s>" CRLF, delivery_id, domain);
		return;
	}
	if (is_first(m)) {
		str_addf(to, "Message-ID: <%s@%s>" CRLF, incident, domain);
	} else {
		str_addf(
		    to, "Message-ID: <%s.%s@%s>" CRLF, incident, delivery_id, domain);
		str_addf(to, "In-Reply-To: <%s@%s>" CRLF, incident, domain);
		str_addf(to, "References: <%s@%s>" CRLF, incident, domain);
	}
	str_addf(to, "X-Dimwatch-Incident: %s" CRLF "X-Dimwatch-State: %s" CRLF, incident,
	    message_kind_code(m->kind));
	str_addf(to, "X-Dimwatch-Severity: %s" CRLF,
	    words_severity(LANGUAGE_EN, m->incident.severity_now
					    ? m->incident.severity_now
					    : m->incident.severity));
}

static void add_body(
    struct str *to, const struct message *m, const char *delivery_id, bool plain)
{
	struct str text, html;

	str_init(&text, BODY_BYTES);
	add_text(&text, m, plain);
	str_adds(to, "MIME-Version: 1.0" CRLF);
	if (plain) {
		add_part(to, "text/plain", &text);
		return;
	}
	str_init(&html, BODY_BYTES);
	add_html(&html, m);
	/* base64 has no "=_" in a line that begins with "--". */
	str_addf(to,
	    "Content-Type: multipart/alternative; boundary=\"=_%s\"" CRLF CRLF
	    "--=_%s" CRLF,
	    delivery_id, delivery_id);
	add_part(to, "text/plain", &text);
	str_addf(to, "--=_%s" CRLF, delivery_id);
	add_part(to, "text/html", &html);
	str_addf(to, "--=_%s--" CRLF, delivery_id);
}

/* What follows the host is the name in EHLO; a relay may refuse a bare host name. */
static void add_url(struct str *to, const char *url, const char *domain)
{
	const char *host = strstr(url, "://");

	str_adds(to, url);
	if (host != NULL && strchr(host + 3, '/') == NULL)
		str_addf(to, "/%s", domain);
}

static void build(const struct channel_conf *c, const struct message *m,
    const char *delivery_id, bool plain, struct wall now, struct request *ret)
{
	const char *where = secret_reveal(c->url), *domain = domain_of(c->mail_from);
	struct str url;

	str_init(&url, 4096);
	add_url(&url, where != NULL ? where : "", domain);
	request_init(ret, "MAIL", str_c(&url));
	request_mail(ret, c->mail_from, c->mail_to);
	ret->mail_needs_tls = strchr(str_c(&url), '@') != NULL;
	ret->cold = true;
	if (url.data)
		explicit_bzero(url.data, url.len);
	str_fini(&url);
	str_addf(&ret->body, "From: dimwatch <%s>" CRLF "To: <%s>" CRLF, c->mail_from,
	    c->mail_to);
	add_date(&ret->body, now);
	add_subject(&ret->body, m);
	add_ids(&ret->body, m, delivery_id, domain);
	str_adds(&ret->body,
	    "Auto-Submitted: auto-generated" CRLF "X-Auto-Response-Suppress: All" CRLF);
	add_body(&ret->body, m, delivery_id, plain);
}

/* --- answers ---------------------------------------------------------------------- */

/* By the reply's number; the first row that matches. */
static const struct {
	int from, to;
	enum verdict_kind verdict;
} replies[] = {
    {200, 299, VERDICT_ACCEPTED},
    {400, 499, VERDICT_LATER   },
    {552, 552, VERDICT_UNWANTED}, /* larger than it takes */
    {500, 504, VERDICT_UNWANTED}, /* a line or a command that it does not take */
    {554, 554, VERDICT_UNWANTED}, /* mostly the content */
    {500, 599, VERDICT_SHUT    }, /* relay, sender, recipient, password */
};

static void read_answer(const struct channel_conf *c, const struct channel_answer *a,
    struct channel_verdict *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->kind = VERDICT_LATER;
	if (a->head == NULL || a->head->status == 0) {
		ret->maybe = a->end->phase >= PHASE_SENT;
		if (a->end->wire == WIRE_TLS &&
		    span_icontains(span_of(a->end->text), span_of("certificate")))
			ret->kind = VERDICT_SHUT;
		message_line(ret->words, sizeof(ret->words), sizeof(ret->words),
		    span_of(a->end->text[0] ? a->end->text : wire_code(a->end->wire)));
		return;
	}
	for (size_t i = 0; i < sizeof(replies) / sizeof(replies[0]); i++) {
		if (a->head->status >= replies[i].from &&
		    a->head->status <= replies[i].to) {
			ret->kind = replies[i].verdict;
			break;
		}
	}
	if (ret->kind != VERDICT_ACCEPTED)
		channel_words(c, a->body, ret);
}

/* --- check ------------------------------------------------------------------------ */

bool email_address_ok(const char *text)
{
	const char *at = strchr(text, '@');

	if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL ||
	    strlen(text) > 254)
		return false;
	for (const char *p = text; *p != '\0'; p++) {
		if (*p <= ' ' || *p >= 0x7f || strchr("<>()[],;:\\\"", *p) != NULL)
			return false;
	}
	return true;
}

static bool check_addresses(const struct channel_conf *c, struct err *e)
{
	if (c->mail_from == NULL)
		return err_set(e, ERR_CONFIG, "from is missing: the sender's address");
	if (c->mail_to == NULL)
		return err_set(e, ERR_CONFIG,
		    "to is missing: the recipient's address; for several people write "
		    "several channels");
	if (!email_address_ok(c->mail_from))
		return err_set(e, ERR_CONFIG, "from is no address: NAME@DOMAIN");
	if (!email_address_ok(c->mail_to))
		return err_set(e, ERR_CONFIG,
		    "to is no single address: NAME@DOMAIN; for several people write several "
		    "channels");
	return true;
}

static bool check(const struct channel_conf *c, struct err *e)
{
	const char *url = secret_reveal(c->url);
	bool tls = strncmp(url, "smtps://", 8) == 0;
	const char *host = strstr(url, "://");

	if (!tls && strncmp(url, "smtp://", 7) != 0)
		return err_set(e, ERR_CONFIG,
		    "not a mail relay: smtp://HOST:587 or smtps://HOST:465, before the host "
		    "USER:PASSWORD@ where it wants them");
	if (host[3] == '\0' || strpbrk(url, " \t\r\n?#") != NULL)
		return err_set(e, ERR_CONFIG,
		    "the relay's address is not whole: smtp://HOST:587; special characters "
		    "of a password are written %%40 and so on");
	return check_addresses(c, e);
}

const struct channel_kind channel_email = {
    .name = "email",
    .help = "e-mail to one recipient through a relay (smtp://HOST:587, smtps://HOST)",
    .takes = TAKES_MAIL,
    .pace_ms = 1000,
    .burst = 5,
    .slow_down_ms = 30000,
    .timeout_ms = 60000, /* greylisting relays take their time behind DATA */
    .check = check,
    .build = build,
    .read = read_answer,
};
