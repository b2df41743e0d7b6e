/* SPDX-License-Identifier: MIT
 *
 * What every text of a message goes through on its way in: one line, valid UTF-8,
 * harmless for terminals and chats, cut on a code point. The words are in render.c.
 */
#include "alerts/message.h"

#include <assert.h>
#include <string.h>

#include "agent/base/text.h"

#define LINE_MAX_BYTES                                                                   \
	((size_t)4096) /* more of a stranger's text is not even looked at */
#define ELLIPSIS "\xe2\x80\xa6"

struct kind_row {
	const char *code, *type;
};

static const struct kind_row kinds[] = {
    [MESSAGE_OPENED] = {"opened",         "incident.opened"      },
    [MESSAGE_CHANGED] = {"changed",        "incident.changed"     },
    [MESSAGE_RESOLVED] = {"resolved",       "incident.resolved"    },
    [MESSAGE_RETRACTED] = {"retracted",      "incident.retracted"   },
    [MESSAGE_NOTICE_RAISED] = {"notice_raised",  "notice.raised"        },
    [MESSAGE_NOTICE_CLEARED] = {"notice_cleared", "notice.cleared"       },
    [MESSAGE_REOPENED] = {"reopened",       "incident.reopened"    },
    [MESSAGE_TEST] = {"test",           "test"                 },
    [MESSAGE_REMINDER] = {"reminder",       "incident.reminder"    },
    [MESSAGE_ACKNOWLEDGED] = {"acknowledged",   "incident.acknowledged"},
    [MESSAGE_SILENCED] = {"silenced",       "incident.silenced"    },
    [MESSAGE_SUMMARY] = {"summary",        "incidents.summary"    },
    [MESSAGE_DIGEST] = {"digest",         "digest"               },
};
static_assert(sizeof(kinds) / sizeof(kinds[0]) == MESSAGE_KIND_COUNT, "one row per kind");

const char *message_kind_code(enum message_kind k)
{
	assert(k < MESSAGE_KIND_COUNT);
	return kinds[k].code;
}

bool message_kind_is_end(enum message_kind k)
{
	return k == MESSAGE_RESOLVED || k == MESSAGE_RETRACTED ||
	       k == MESSAGE_NOTICE_CLEARED;
}

const char *message_kind_type(enum message_kind k)
{
	assert(k < MESSAGE_KIND_COUNT);
	return kinds[k].type;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\n' || c == '\r' || c == '\v' || c == '\f';
}

/* Runs of white space become one blank, none at the ends. */
static void fold_blanks(struct str *out, struct span in)
{
	in = span_trim(in);
	for (size_t i = 0; i < in.n; i++) {
		if (!is_blank(in.p[i]))
			str_addc(out, in.p[i]);
		else if (i == 0 || !is_blank(in.p[i - 1]))
			str_addc(out, ' ');
	}
}

/* Bytes of the longest prefix with at most max code points; `in` is valid. */
static size_t prefix_points(struct span in, size_t max)
{
	size_t points = 0;

	for (size_t i = 0; i < in.n; i++) {
		if (((unsigned char)in.p[i] & 0xc0) == 0x80)
			continue;
		if (points++ == max)
			return i;
	}
	return in.n;
}

char *message_line(char *buf, size_t size, size_t max_points, struct span in)
{
	struct str folded, line;
	struct span all;
	size_t n;

	assert(size > sizeof(ELLIPSIS) && max_points > 0);
	if (in.n > LINE_MAX_BYTES)
		in.n = utf8_cut(in, LINE_MAX_BYTES);
	str_init(&folded, LINE_MAX_BYTES);
	str_init(&line, LINE_MAX_BYTES * 4); /* every byte as \xNN */
	fold_blanks(&folded, in);
	text_printable(&line, str_span(&folded));
	all = str_span(&line);
	if (prefix_points(all, max_points) == all.n && all.n < size) {
		span_copy(all, buf, size);
	} else {
		n = prefix_points(all, max_points - 1);
		if (n > size - sizeof(ELLIPSIS))
			n = utf8_cut(all, size - sizeof(ELLIPSIS));
		span_copy((struct span){all.p, n}, buf, size);
		memcpy(buf + n, ELLIPSIS, sizeof(ELLIPSIS));
	}
	str_fini(&folded);
	str_fini(&line);
	return buf;
}

void message_fact(struct message *m, bool untrusted, const char *name, const char *value)
{
	if (m->n_facts == MESSAGE_MAX_FACTS || !*value)
		return;
	message_line(m->facts[m->n_facts].name, sizeof(m->facts[0].name),
	    sizeof(m->facts[0].name), span_of(name));
	message_line(m->facts[m->n_facts].value, sizeof(m->facts[0].value),
	    sizeof(m->facts[0].value), span_of(value));
	m->facts[m->n_facts].untrusted = untrusted;
	m->n_facts++;
}
