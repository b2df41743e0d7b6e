/* SPDX-License-Identifier: MIT
 *
 * See http_mail.h. libcurl's codes do not tell passing from lasting trouble; the reply's
 * own number does. And with a user and a password it would send without them, or in clear
 * text, to a server that offers no better: TLS is demanded then.
 */
#include "probes/http_mail.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"

/* RFC 3207 and 4954: what a server says that wants more than it got. */
#define NEEDS_TLS  530
#define NOT_LOGGED 535

static size_t give_body(char *to, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	size_t left = x->rq.body.len - x->mail_sent, room = size * n;

	if (left > room)
		left = room;
	if (left > 0)
		memcpy(to, str_c(&x->rq.body) + x->mail_sent, left);
	x->mail_sent += left;
	return left;
}

/* Each line of the server; the last one that ends a reply is what it said, but a goodbye
 * does not replace a refusal. */
static size_t on_line(char *p, size_t size, size_t n, void *arg)
{
	struct http_exchange *x = arg;
	struct span line = span_trim((struct span){p, size * n});

	if (line.n > 3 && isdigit((unsigned char)line.p[0]) && line.p[3] != '-' &&
	    (line.p[0] >= '4' || x->mail_words[0] < '4'))
		span_copy(line, x->mail_words, sizeof(x->mail_words));
	return size * n;
}

CURLcode mail_set(struct http_exchange *x)
{
	CURL *c = x->easy;
	CURLcode bad = CURLE_OK;

	x->mail_to = curl_slist_append(NULL, x->rq.mail_to);
	if (!x->mail_to)
		return CURLE_OUT_OF_MEMORY;
	bad |= curl_easy_setopt(c, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	bad |= curl_easy_setopt(c, CURLOPT_MAIL_FROM, x->rq.mail_from);
	bad |= curl_easy_setopt(c, CURLOPT_MAIL_RCPT, x->mail_to);
	bad |= curl_easy_setopt(c, CURLOPT_USE_SSL,
	    x->rq.mail_needs_tls ? (long)CURLUSESSL_ALL : (long)CURLUSESSL_TRY);
	bad |= curl_easy_setopt(c, CURLOPT_UPLOAD, 1L);
	bad |= curl_easy_setopt(c, CURLOPT_READFUNCTION, give_body);
	bad |= curl_easy_setopt(c, CURLOPT_READDATA, x);
	bad |= curl_easy_setopt(c, CURLOPT_HEADERFUNCTION, on_line);
	bad |= curl_easy_setopt(c, CURLOPT_INFILESIZE_LARGE, (curl_off_t)x->rq.body.len);
	/* Through a proxy only by CONNECT: SMTP is no HTTP. */
	bad |= curl_easy_setopt(c, CURLOPT_HTTPPROXYTUNNEL, x->rq.proxy ? 1L : 0L);
	return bad;
}

/* 0: the server did not decide it. */
static int reply_of(const struct http_exchange *x)
{
	long code = 0;

	if (x->stopped || !x->easy)
		return 0;
	(void)curl_easy_getinfo(x->easy, CURLINFO_RESPONSE_CODE, &code);
	if (x->code == CURLE_OK)
		return 250;
	if (x->code == CURLE_USE_SSL_FAILED)
		return NEEDS_TLS;
	if (x->code == CURLE_LOGIN_DENIED && code < 400)
		return NOT_LOGGED;
	return code >= 400 && code <= 599 ? (int)code : 0;
}

void mail_hand_over(struct http_exchange *x, struct wire_end *end)
{
	struct wire_head *head;
	int status = reply_of(x);

	if (status == 0)
		return;
	end->wire = WIRE_DONE;
	end->phase = PHASE_BODY;
	head = xcalloc(1, sizeof(*head));
	head->status = status;
	if (status == NEEDS_TLS && x->code == CURLE_USE_SSL_FAILED)
		str_copy(x->mail_words, sizeof(x->mail_words),
		    "the server offers no TLS, without which no password is sent");
	if (x->on.on_head)
		(void)x->on.on_head(x->arg, x->ended, head);
	if (x->on.on_bytes && x->mail_words[0])
		(void)x->on.on_bytes(x->arg, x->ended, span_of(x->mail_words));
	free(head);
}

void mail_fini(struct http_exchange *x)
{
	curl_slist_free_all(x->mail_to);
	x->mail_to = NULL;
}
