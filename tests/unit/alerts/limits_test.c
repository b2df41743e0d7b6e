/* SPDX-License-Identifier: MIT
 *
 * The longest news there can be, of characters of one to four bytes, against what each
 * far side says of its limits, counted as it counts: bytes, or code points.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "agent/base/text.h"
#include "tests/unit/alerts/every_channel.h"
#include "tests/unit/alerts/incident_fixture.h"

/* What a limit is about: one text of the payload, or all of it. */
static const struct limit {
	const char *kind, *path; /* NULL: the whole body; "*": all its texts */
	bool bytes;
	size_t max;
} limits[] = {
    {"wecom",        "markdown.content",                   true,  4096  },
    {"wecom",        "text.content",                       true,  2048  },
    {"dingtalk",     NULL,				 true,  20000 },
    {"feishu",       NULL,				 true,  20000 },
    {"lark",         NULL,				 true,  20000 },
    {"slack",        "text",			       false, 4000  },
    {"slack",        NULL,				 false, 13200 },
    {"slack",        "attachments[0].blocks[0].text.text", false, 150   },
    {"slack",        "attachments[0].blocks[1].text.text", false, 3000  },
    {"slack_app",    NULL,				 false, 13200 },
    {"discord",      "content",			    false, 2000  },
    {"discord",      "embeds[0].title",                    false, 256   },
    {"discord",      "embeds[0].description",              false, 4096  },
    {"discord",      "*",				  false, 6000  },
    {"teams",        NULL,				 true,  28000 },
    {"ntfy",         "message",			    true,  4096  },
    {"ntfy",         "title",			      true,  250   },
    {"telegram",     "text",			       false, 4096  },
    {"pagerduty",    "payload.summary",                    false, 1024  },
    {"pagerduty",    NULL,				 true,  512000},
    {"alertmanager", NULL,				 true,  65536 },
    {"webhook",      NULL,				 true,  20000 },
};

static const char *const fillers[] = {
    "x", "&", "\"", "\xc3\xa9", "\xe4\xb8\xad", "\xf0\x9f\x98\x80"};

static void fill(char *buf, size_t size, size_t points, const char *filler)
{
	size_t n = strlen(filler), len = 0;

	for (size_t i = 0; i < points && len + n < size; i++, len += n)
		memcpy(buf + len, filler, n);
	buf[len] = '\0';
}

/* As the renderer cuts its texts. */
static struct message brimful(const char *filler, enum language l)
{
	struct incident in = fixture_outage();
	struct message m = fixture_message(MESSAGE_OPENED, &in);

	m.language = l;
	fill(m.title, sizeof(m.title), 100, filler);
	fill(m.summary, sizeof(m.summary), 300, filler);
	fill(m.lock_screen, sizeof(m.lock_screen), 180, filler);
	fill(m.evidence, sizeof(m.evidence), 200, filler);
	fill(m.vantage, sizeof(m.vantage), 63, filler);
	m.n_facts = MESSAGE_MAX_FACTS;
	for (int i = 0; i < m.n_facts; i++) {
		fill(m.facts[i].name, sizeof(m.facts[0].name), 31, filler);
		fill(m.facts[i].value, sizeof(m.facts[0].value), 255, filler);
		m.facts[i].untrusted = i % 2;
	}
	return m;
}

static size_t all_texts(const json_t *v)
{
	size_t n = json_is_string(v) ? utf8_count(span_of(json_string_value(v))) : 0;
	const char *key;
	json_t *kid;
	size_t i;

	json_object_foreach((json_t *)(uintptr_t)v, key, kid) n += all_texts(kid);
	json_array_foreach(v, i, kid) n += all_texts(kid);
	return n;
}

static void holds(const struct limit *l, const struct request *r)
{
	json_t *v = json_parse(str_span(&r->body), NULL);
	struct span text = str_span(&r->body);
	size_t n;

	assert_non_null(v);
	assert_true(utf8_valid(text));
	if (l->path && *l->path != '*')
		text = span_of(json_text_at(v, l->path));
	n = l->bytes ? text.n : utf8_count(text);
	if (l->path && *l->path == '*')
		n = all_texts(v);
	if (n > l->max)
		fail_msg("%s %s: %zu of %zu %s", l->kind, l->path ? l->path : "in all", n,
		    l->max, l->bytes ? "bytes" : "characters");
	json_decref(v);
}

static void the_longest_news_fit_everywhere(void **state)
{
	struct every_channel all[EVERY_CHANNEL_COUNT];
	int n = 0;

	(void)state;
	every_channel_init(all);
	for (size_t f = 0; f < sizeof(fillers) / sizeof(fillers[0]); f++) {
		for (int form = 0; form < 4; form++) {
			struct message m =
			    brimful(fillers[f], form & 1 ? LANGUAGE_ZH : LANGUAGE_EN);

			for (size_t i = 0; i < sizeof(limits) / sizeof(limits[0]); i++) {
				const struct channel_conf *c =
				    every_channel_find(all, limits[i].kind);
				struct request r;

				assert_non_null(c);
				c->kind->build(c, &m, "01KAR4K8RGAAAAAAAAAAAAAAAA",
				    form & 2, fixture_at(14, 4), &r);
				holds(&limits[i], &r);
				request_fini(&r);
				n++;
			}
		}
	}
	every_channel_fini(all);
	print_message(
	    "# evidence limits: %d payloads of the longest news within what each "
	    "far side takes\n",
	    n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(the_longest_news_fit_everywhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
