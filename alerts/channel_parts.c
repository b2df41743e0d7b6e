/* SPDX-License-Identifier: MIT
 *
 * See channel_parts.h.
 */
#include "alerts/channel_parts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/sha256.h"
#include "alerts/sentences.h"
#include "probes/retry_after.h"

#define CLOCK_DOUBT_MS (10 * MS_PER_MIN)
#define ELLIPSIS       "\xe2\x80\xa6"

enum tone message_tone(const struct message *m)
{
	static const enum tone by_severity[] = {[SEVERITY_MINOR] = TONE_MINOR,
	    [SEVERITY_MAJOR] = TONE_MAJOR,
	    [SEVERITY_CRITICAL] = TONE_CRITICAL};

	switch (m->kind) {
	case MESSAGE_RESOLVED:
	case MESSAGE_NOTICE_CLEARED:
		return TONE_GOOD;
	case MESSAGE_NOTICE_RAISED:
		return TONE_NOTICE;
	case MESSAGE_RETRACTED:
	case MESSAGE_TEST:
	case MESSAGE_DIGEST:
		return TONE_QUIET;
	case MESSAGE_OPENED:
	case MESSAGE_CHANGED:
	case MESSAGE_REOPENED:
	case MESSAGE_REMINDER:
	case MESSAGE_ACKNOWLEDGED:
	case MESSAGE_SILENCED:
	case MESSAGE_SUMMARY:
	case MESSAGE_KIND_COUNT:
		break;
	}
	return by_severity[m->incident.severity_now];
}

/* --- text ------------------------------------------------------------------------- */

/* Bytes of the code point at p. One that is broken ends where it breaks: it must swallow
 * neither the character behind it, which then escapes its escape, nor the end. */
static size_t point_bytes(const char *p)
{
	unsigned char c = (unsigned char)*p;
	size_t n = 1, whole = c < 0xc0 ? 1 : c < 0xe0 ? 2 : c < 0xf0 ? 3 : 4;

	while (n < whole && ((unsigned char)p[n] & 0xc0) == 0x80)
		n++;
	return n;
}

static size_t units(const char *p, size_t n, enum count_by by)
{
	size_t points = 0;

	if (by == COUNT_BYTES)
		return n;
	for (size_t i = 0; i < n; i += point_bytes(p + i))
		points++;
	return points;
}

/* Units that the next code point takes; *ret_text and *ret_n are what is written. */
static size_t next_units(const char *p, channel_instead_fn instead, enum count_by by,
    const char **ret_text, size_t *ret_n)
{
	*ret_text = instead != NULL ? instead(*p) : NULL;
	*ret_n = *ret_text != NULL ? strlen(*ret_text) : point_bytes(p);
	if (*ret_text == NULL)
		*ret_text = p;
	return units(*ret_text, *ret_n, by);
}

void channel_text(struct str *out, const char *text, channel_instead_fn instead,
    enum count_by by, size_t max)
{
	size_t dots = by == COUNT_BYTES ? strlen(ELLIPSIS) : 1, whole = 0, used = 0, n;
	const char *bytes;

	for (const char *p = text; *p != '\0' && whole <= max; p += point_bytes(p))
		whole += next_units(p, instead, by, &bytes, &n);
	if (whole > max && max < dots)
		return;
	for (const char *p = text; *p != '\0'; p += point_bytes(p)) {
		size_t more = next_units(p, instead, by, &bytes, &n);

		if (whole > max && used + more > max - dots) {
			str_adds(out, ELLIPSIS);
			return;
		}
		str_add(out, bytes, n);
		used += more;
	}
}

json_t *channel_str_json(struct str *s)
{
	json_t *v = json_clean_string(str_span(s));

	str_fini(s);
	return v;
}

json_t *channel_text_json(
    const char *text, channel_instead_fn instead, enum count_by by, size_t max)
{
	struct str s;

	str_init(&s, 8 * max + 64);
	channel_text(&s, text, instead, by, max);
	return channel_str_json(&s);
}

const char *channel_place(const struct message *m)
{
	return m->vantage[0] ? m->vantage : SAY_NO_PLACE(m->language);
}

char *channel_footer(const struct message *m, char *buf, size_t size)
{
	struct str s;

	str_init(&s, 512);
	if (m->incident.short_id[0]) {
		str_addf(&s, SAY_INCIDENT(m->language), m->incident.short_id);
		str_adds(&s, " \xc2\xb7 ");
	}
	str_addf(&s, SAY_SENDER(m->language), channel_place(m));
	str_copy(buf, size, str_c(&s));
	str_fini(&s);
	return buf;
}

void channel_keyword(
    const struct channel_conf *c, const char *title, char *ret, size_t size)
{
	if (c->keyword == NULL || strstr(title, c->keyword) != NULL)
		(void)snprintf(ret, size, "%s", title);
	else
		(void)snprintf(ret, size, "%s %s", c->keyword, title);
}

void channel_hmac(struct span key, struct span text, struct str *ret_base64)
{
	uint8_t mac[SHA256_BYTES];

	hmac_sha256(key, text, mac);
	base64_encode(ret_base64, (struct span){(const char *)mac, sizeof(mac)});
}

bool channel_base_check(const struct channel_conf *c, struct err *e)
{
	if (c->base_url == NULL || c->allow_plain_http ||
	    strncmp(c->base_url, "https://", 8) == 0)
		return true;
	return err_set(e, ERR_CONFIG,
	    "base_url is http://, where the secret would travel in clear text: use https://, "
	    "or `allow_plain_http: on`");
}

/* --- answers ---------------------------------------------------------------------- */

bool channel_code(
    const struct code_row *rows, size_t n, int64_t code, struct channel_verdict *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (rows[i].code != code)
			continue;
		ret->kind = rows[i].verdict;
		ret->wait_ms = rows[i].wait_ms;
		return true;
	}
	return false;
}

int64_t channel_clock_ahead_ms(const struct channel_answer *a)
{
	struct wall theirs;

	if (a->head == NULL || !http_date(head_find(a->head, "Date"), &theirs))
		return 0;
	return wall_diff_ms(theirs, a->now);
}

bool channel_blames_clock(const struct channel_answer *a, struct channel_verdict *ret)
{
	int64_t ahead = channel_clock_ahead_ms(a);

	if (ahead <= CLOCK_DOUBT_MS && ahead >= -CLOCK_DOUBT_MS)
		return false;
	ret->kind = VERDICT_LATER;
	(void)snprintf(ret->words, sizeof(ret->words),
	    "signature refused: this machine's clock is %" PRId64
	    " min %s theirs; set the clock",
	    (ahead < 0 ? -ahead : ahead) / MS_PER_MIN, ahead < 0 ? "ahead of" : "behind");
	return true;
}
