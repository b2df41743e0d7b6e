/* SPDX-License-Identifier: MIT */
#include "tests/unit/alerts/harmless.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/sha256.h"
#include "agent/base/text.h"

struct harmless_case now;

void bad(const char *why, const char *text)
{
	fail_msg("%s, %s, %s%s, \"%s\": %s: %.300s", now.kind,
	    message_kind_code(now.news), now.zh ? "zh" : "en", now.plain ? ", plain" : "",
	    now.words, why, text);
	abort();
}

static bool is_invisible(uint32_t cp)
{
	return (cp < 0x20 && cp != '\n' && cp != '\r') || (cp >= 0x7f && cp < 0xa0) ||
	       cp == 0x61c || (cp >= 0x200b && cp <= 0x200f) ||
	       (cp >= 0x2028 && cp <= 0x202e) || cp == 0x2060 ||
	       (cp >= 0x2066 && cp <= 0x2069) || cp == 0xfeff ||
	       (cp >= 0xe0000 && cp <= 0xe007f);
}

void is_visible(struct span text)
{
	while (text.n) {
		uint32_t cp;
		size_t n = utf8_decode(text, &cp);

		if (!n)
			bad("not UTF-8", text.p);
		if (is_invisible(cp))
			bad("something that cannot be seen", text.p);
		text = (struct span){text.p + n, text.n - n};
	}
}

static void lacks(const char *text, const char *const *forbidden)
{
	for (; *forbidden; forbidden++) {
		if (strstr(text, *forbidden))
			bad(*forbidden, text);
	}
}

/* --- what is mark-up where --- */

static void on_slack(const char *text)
{
	lacks(text, (const char *const[]){"<", ">", NULL});
}

/* Mentions are off as a whole; a link needs a bracket that is not escaped. */
static void on_discord(const char *text)
{
	bool code = false;

	for (const char *p = text; *p; p++) {
		if (*p == '\\' && !code && p[1])
			p++;
		else if (*p == '`')
			code = !code;
		else if (!code && strchr("[]<>|*~", *p))
			bad("mark-up", p);
	}
	if (code)
		bad("a code span that does not end", text);
}

static void on_teams(const char *text)
{
	lacks(text, (const char *const[]){"[", "]", "<", ">", "*", "`", NULL});
}

static void on_dingtalk(const char *text)
{
	lacks(text, (const char *const[]){"@", "[", "]", "<", ">", "*", "`", NULL});
}

/* The title's colour is the only tag. */
static void on_wecom(const char *text)
{
	const char *tag = strstr(text, "<font color=\""), *end = strstr(text, "</font>");

	for (const char *p = text; *p; p++) {
		if (*p == '<' && p != tag && p != end)
			bad("a tag", p);
	}
	lacks(text, (const char *const[]){"<@", "[", "]", "*", "`", NULL});
}

/* Its HTML: four tags in pairs, three entities. */
static void on_telegram(const char *text)
{
	static const char *const parts[] = {"<b>", "</b>", "<code>", "</code>"};
	int open = 0;

	for (const char *p = text; *p && !now.plain; p++) {
		size_t i = 0;

		if (*p == '&' && strncmp(p, "&amp;", 5) != 0 &&
		    strncmp(p, "&lt;", 4) != 0 && strncmp(p, "&gt;", 4) != 0)
			bad("a bare &", p);
		if (*p != '<')
			continue;
		while (i < 4 && strncmp(p, parts[i], strlen(parts[i])) != 0)
			i++;
		if (i == 4)
			bad("a tag", p);
		open += i % 2 ? -1 : 1;
		assert_in_range(open, 0, 1);
	}
	assert_int_equal(open, 0);
}

/* In the text form; a card holds plain_text elements only, which are tested elsewhere. */
static void on_feishu(const char *text)
{
	if (now.plain)
		lacks(text, (const char *const[]){"<", ">", NULL});
	lacks(text, (const char *const[]){"lark_md", NULL});
}

static void on_others(const char *text)
{
	(void)text;
}

static const struct {
	const char *kind;
	void (*harmless)(const char *text);
} judges[] = {
    {"slack",        on_slack   },
    {"slack_app",    on_slack   },
    {"discord",      on_discord },
    {"teams",        on_teams   },
    {"feishu",       on_feishu  },
    {"lark",         on_feishu  },
    {"dingtalk",     on_dingtalk},
    {"wecom",        on_wecom   },
    {"telegram",     on_telegram},
    {"ntfy",         on_others  },
    {"pagerduty",    on_others  },
    {"alertmanager", on_others  },
    {"webhook",      on_others  },
    {"exec",         on_others  },
};

void seen_text(const char *text)
{
	is_visible(span_of(text));
	for (size_t i = 0; i < sizeof(judges) / sizeof(judges[0]); i++) {
		/* The addresses of schemas are ours. */
		if (strcmp(judges[i].kind, now.kind) == 0 &&
		    strncmp(text, "http://adaptivecards.io", 23) != 0)
			judges[i].harmless(text);
	}
}

/* --- mail --- */

static void html_is_ours(const char *html)
{
	static const char *const tags[] = {"!doctype html", "html", "head",
	    "meta charset", "body", "h2", "p", "table", "tr", "td", "b>", "/"};

	for (const char *p = html; (p = strchr(p, '<')); p++) {
		size_t i = 0, n = sizeof(tags) / sizeof(tags[0]);

		while (i < n && strncmp(p + 1, tags[i], strlen(tags[i])) != 0)
			i++;
		if (i == n)
			bad("a tag in the HTML", p);
	}
	lacks(html,
	    (const char *const[]){"<body onload", "<p on", "<table on", "<tr on", NULL});
}

/* Every base64 part of the mail, decoded. */
static void parts_are_harmless(const char *mail)
{
	static const char mark[] = "Content-Transfer-Encoding: base64\r\n\r\n";
	int n = 0;

	for (const char *p = mail; (p = strstr(p, mark)); n++) {
		const char *end = strstr(p += sizeof(mark) - 1, "\r\n--");
		struct str lines, text;

		end = end ? end : p + strlen(p);
		str_init(&lines, (size_t)256 << 10);
		str_init(&text, (size_t)256 << 10);
		for (; p < end; p++) {
			if (*p != '\r' && *p != '\n')
				str_addc(&lines, *p);
		}
		assert_true(base64_decode(&text, str_span(&lines)));
		is_visible(str_span(&text));
		if (strstr(str_c(&text), "<html>"))
			html_is_ours(str_c(&text));
		str_fini(&lines);
		str_fini(&text);
	}
	assert_int_equal(n, now.plain ? 1 : 2);
}

/* Lines end as they must, none is long, none but ours stands in the head. */
void mail_is_harmless(struct span mail, const char *text)
{
	static const char *const ours[] = {"From: ", "To: ", "Date: ", "Subject: ",
	    "Message-ID: ", "In-Reply-To: ", "References: ", "X-Dimwatch-",
	    "Auto-Submitted: ", "X-Auto-Response-Suppress: ", "MIME-Version: ",
	    "Content-", " "};
	const char *line = text;

	assert_int_equal(strlen(text), mail.n);
	for (const char *p = text; *p; p++) {
		if ((*p == '\n') != (p > text && p[-1] == '\r') ||
		    (*p == '\r' && p[1] != '\n'))
			bad("a lone end of line", p);
	}
	for (const char *end; (end = strstr(line, "\r\n")) && end != line;
	     line = end + 2) {
		size_t i = 0, n = sizeof(ours) / sizeof(ours[0]);

		if (end - line > 240)
			bad("a long line", line);
		while (i < n && strncmp(line, ours[i], strlen(ours[i])) != 0)
			i++;
		if (i == n)
			bad("a line of its own in the head", line);
	}
	parts_are_harmless(text);
}
