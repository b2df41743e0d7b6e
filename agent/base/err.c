/* SPDX-License-Identifier: MIT
 *
 * Error values. A sentence that is too long is cut between two characters, never inside
 * one, because it may end up in JSON or in the database.
 */
#include "agent/base/err.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"

/* One line, whatever stranger's word is quoted in it. */
static void make_line(char *msg)
{
	struct span s = span_of(msg);

	msg[utf8_cut(s, s.n)] = '\0';
	for (char *p = msg; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			*p = '?';
	}
}

bool err_set(struct err *e, enum err_code code, const char *fmt, ...)
{
	va_list ap;

	if (!e)
		return false;
	e->code = code;
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	make_line(e->msg);
	return false;
}

bool err_wrap(struct err *e, const char *fmt, ...)
{
	char inner[sizeof(e->msg)];
	size_t n;
	va_list ap;

	if (!e)
		return false;
	str_copy(inner, sizeof(inner), e->msg);
	va_start(ap, fmt);
	(void)vsnprintf(e->msg, sizeof(e->msg), fmt, ap);
	va_end(ap);
	n = strlen(e->msg);
	(void)snprintf(e->msg + n, sizeof(e->msg) - n, ": %s", inner);
	make_line(e->msg);
	return false;
}
