/* SPDX-License-Identifier: MIT
 *
 * The request value: owns its bytes and wipes what may be secret when it ends.
 */
#include "probes/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "agent/base/xalloc.h"

static void wipe_free(char *s)
{
	if (s == NULL)
		return;
	explicit_bzero(s, strlen(s));
	free(s);
}

void request_init(struct request *r, const char *method, const char *url)
{
	memset(r, 0, sizeof(*r));
	r->method = method;
	r->url = xstrdup(url);
	str_init(&r->body, REQUEST_MAX_BODY);
}

void request_fini(struct request *r)
{
	if (r == NULL)
		return;
	for (size_t i = 0; i < r->n_headers; i++) {
		free(r->headers[i].name);
		wipe_free(r->headers[i].value);
	}
	wipe_free(r->url);
	wipe_free(r->proxy); /* may hold a user and a password */
	free(r->ca_file);
	free(r->resolve);
	free(r->mail_from);
	free(r->mail_to);
	if (r->body.data != NULL)
		explicit_bzero(r->body.data, r->body.len);
	str_fini(&r->body);
	memset(r, 0, sizeof(*r));
}

void request_mail(struct request *r, const char *from, const char *to)
{
	r->mail_from = xstrdup(from);
	r->mail_to = xstrdup(to);
}

/* Whatever a header could be split with. */
static bool is_one_line(const char *s)
{
	return strpbrk(s, "\r\n") == NULL;
}

bool request_header(struct request *r, const char *name, const char *value)
{
	if (r->n_headers == REQUEST_MAX_HEADERS || name[0] == '\0')
		return false;
	if (!is_one_line(name) || !is_one_line(value) || strchr(name, ':') != NULL)
		return false;
	r->headers[r->n_headers].name = xstrdup(name);
	r->headers[r->n_headers].value = xstrdup(value);
	r->n_headers++;
	return true;
}

bool request_set_header(struct request *r, const char *name, const char *value)
{
	for (size_t i = 0; i < r->n_headers; i++) {
		if (strcasecmp(r->headers[i].name, name) != 0)
			continue;
		if (!is_one_line(value))
			return false;
		wipe_free(r->headers[i].value);
		r->headers[i].value = xstrdup(value);
		return true;
	}
	return request_header(r, name, value);
}
