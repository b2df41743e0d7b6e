/* SPDX-License-Identifier: MIT
 *
 * A stranger's words on every channel, in every kind of news, in both languages, rich and
 * plain: nobody is called, nothing is marked up, linked, injected or hidden, and what
 * programs read (URL, headers, keys) is what it is with tame words.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/json.h"
#include "tests/unit/alerts/every_channel.h"
#include "tests/unit/alerts/harmless.h"
#include "tests/unit/alerts/incident_fixture.h"

#define DELIVERY  "01KAR4K8RGAAAAAAAAAAAAAAAA"
#define MAX_BYTES ((size_t)28000) /* the smallest limit of a whole request */

/* --- the words ------------------------------------------------------------------------
 */

static const char *const words[] = {
    "<!channel> <!here> <@U012> <#C1> <https://evil.example|click>",
    "@everyone @here <@123> <@&456> [x](https://evil.example) ```code``` ||hidden||",
    "<at user_id=\"all\">all</at> <at id=all></at> @13800138000",
    "<@all> <font color=\"info\">ok</font> > quote # head - list",
    "<b>bold</b> <a href=\"https://evil.example\">x</a> <script>alert(1)</script> &lt;i&gt;",
    "**bold** _it_ ~no~ `code` [a](javascript:alert(1)) ![x](https://evil.example/p.png)",
    "\x1b[31mred\x1b[0m \x1b]52;c;aGk=\x07 \x9b 31m \x7f \x08\x08",
    "\xe2\x80\xae rtl \xe2\x80\xac \xe2\x81\xa6 isolate \xe2\x81\xa9 \xd8\x9c",
    "zero\xe2\x80\x8bwidth \xef\xbb\xbf bom \xf3\xa0\x81\x81 tag \xe2\x80\xa8 line",
    "half \xe4\xb8 and \xf0\x9f\x98 and \xff\xfe and \xc0\xaf and \xed\xa0\x80",
    "\",\"at\":{\"isAtAll\":true},\"x\":\"\\\" } ] \\u0000 {{ }}",
    "x\r\nBcc: all@evil.example\r\n\r\nbody\r\n.\r\nMAIL FROM:<x@evil.example>\n.\n..",
    "x\nDIMWATCH_SEVERITY=none\nPATH=/evil $(id) `id` ; rm -rf / %s%n%s",
    "Click: https://evil.example\nPriority: 5\n--=_01KAR4K8RGAAAAAAAAAAAAAAAA--",
    "- a: *b\n  &anchor !!python/object <<: {x: y}",
};

static void put(char *buf, size_t size, const char *text)
{
	/* Cut as careless code would: in the middle of a character if it comes so. */
	span_copy(span_of(text), buf, size);
}
#define PUT(field, text) put(field, sizeof(field), text)

static void say(struct incident *in, const char *text, bool everywhere)
{
	struct incident_error *errors[] = {&in->first_error, &in->last_error};

	for (int i = 0; i < 2; i++) {
		PUT(errors[i]->message, text);
		PUT(errors[i]->code, text);
		PUT(errors[i]->request_id, text);
		errors[i]->at = fixture_at(14, 2 + i);
	}
	PUT(in->causes[0].words, text);
	PUT(in->causes[0].detector, text);
	PUT(in->hand, text);
	if (!everywhere)
		return;
	/* Even what only the config can say. */
	PUT(in->subject.id, text);
	PUT(in->provider, text);
	PUT(in->region, text);
	PUT(in->targets[0], text);
}

/* --- what is the same for all ----------------------------------------------------------
 */

static void each_text(const json_t *v, void (*fn)(const char *text))
{
	const char *key;
	json_t *kid;
	size_t i;

	if (json_is_string(v))
		fn(json_string_value(v));
	json_object_foreach((json_t *)(uintptr_t)v, key, kid) each_text(kid, fn);
	json_array_foreach(v, i, kid) each_text(kid, fn);
}

/* No key more than with tame words. */
static void same_keys(const json_t *tame, const json_t *hostile)
{
	const char *key;
	json_t *kid;
	size_t i;

	assert_int_equal(json_typeof(tame), json_typeof(hostile));
	json_object_foreach((json_t *)(uintptr_t)hostile, key, kid)
	{
		if (!json_object_get(tame, key))
			bad("a key of its own", key);
		same_keys(json_object_get(tame, key), kid);
	}
	json_array_foreach(hostile, i, kid)
	{
		if (json_array_get(tame, i))
			same_keys(json_array_get(tame, i), kid);
	}
}

/* --- tests --- */

static void build(const struct channel_conf *c, struct incident *in, struct request *ret)
{
	struct render_context rc = {.language = now.zh ? LANGUAGE_ZH : LANGUAGE_EN,
	    .vantage = "hk-1",
	    .alternative = "qwen",
	    .now = fixture_at(14, 4)};
	struct message m;

	render(&m, now.news, in, in->opened, in->seq, &rc);
	c->kind->build(c, &m, DELIVERY, now.plain, fixture_at(14, 4), ret);
}

static void heads_are_alike(const struct request *tame, const struct request *hostile)
{
	assert_string_equal(tame->url, hostile->url);
	assert_string_equal(tame->method, hostile->method);
	assert_int_equal(tame->n_headers, hostile->n_headers);
	for (size_t i = 0; i < tame->n_headers; i++) {
		assert_string_equal(tame->headers[i].name, hostile->headers[i].name);
		is_visible(span_of(hostile->headers[i].value));
		assert_null(strpbrk(hostile->headers[i].value, "\r\n"));
		if (strcmp(now.kind, "exec") != 0 &&
		    strcmp(tame->headers[i].name, "webhook-signature") != 0)
			assert_string_equal(
			    tame->headers[i].value, hostile->headers[i].value);
	}
}

static void one_message(
    const struct channel_conf *c, struct incident *tame, struct incident *hostile)
{
	struct request a, b;

	build(c, tame, &a);
	build(c, hostile, &b);
	now.cases++;
	heads_are_alike(&a, &b);
	assert_true(b.body.len < MAX_BYTES);
	if (strcmp(now.kind, "email") == 0) {
		mail_is_harmless(str_span(&b.body), str_c(&b.body));
	} else {
		json_t *v = json_parse(str_span(&a.body), NULL);
		json_t *w = json_parse(str_span(&b.body), NULL);

		assert_non_null(v);
		if (!w)
			bad("not JSON", str_c(&b.body));
		same_keys(v, w);
		each_text(w, seen_text);
		json_decref(v);
		json_decref(w);
	}
	request_fini(&a);
	request_fini(&b);
}

static void every_kind_of_news(struct incident *tame, struct incident *hostile)
{
	static struct every_channel all[EVERY_CHANNEL_COUNT];
	const char *longer = getenv("DIMWATCH_TESTS_LONG");
	bool all_forms = longer && longer[0];

	every_channel_init(all);
	for (int i = 0; i < EVERY_CHANNEL_COUNT; i++) {
		now.kind = all[i].conf.kind->name;
		for (int k = 0; k < MESSAGE_KIND_COUNT; k++) {
			now.news = (enum message_kind)k;
			/* Each kind of news in one of the four forms, in turn. */
			now.turn++;
			for (int form = 0; form < 4; form++) {
				if (!all_forms && form != now.turn % 4)
					continue;
				now.plain = form & 1;
				now.zh = form & 2;
				one_message(&all[i].conf, tame, hostile);
			}
		}
	}
	every_channel_fini(all);
}

#ifdef __SANITIZE_ADDRESS__ /* four times as dear */
#define STEP 4
#else
#define STEP 1
#endif

static void strangers_words_arrive_harmless(void **state)
{
	(void)state;
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w += STEP) {
		for (int everywhere = 0; everywhere < 2; everywhere++) {
			struct incident tame = fixture_outage(),
					hostile = fixture_outage();

			now.words = words[w];
			say(&tame, "tame", everywhere);
			say(&hostile, words[w], everywhere);
			every_kind_of_news(&tame, &hostile);
		}
	}
	print_message(
	    "# evidence hostile text: %d messages of %d kinds of channel, nobody "
	    "called, nothing marked up or injected\n",
	    now.cases, EVERY_CHANNEL_COUNT);
}

static void notices_and_our_own_trouble_too(void **state)
{
	struct incident (*const make[])(void) = {fixture_notice, fixture_recovered};

	(void)state;
	for (size_t w = 0; w < sizeof(words) / sizeof(words[0]); w++) {
		now.words = words[w];
		for (size_t i = 0; i < 2; i++) {
			struct incident tame = make[i](), hostile = make[i]();

			say(&tame, "tame", false);
			say(&hostile, words[w], false);
			every_kind_of_news(&tame, &hostile);
		}
		struct incident tame = fixture_self("disk"),
				hostile = fixture_self("disk");

		PUT(tame.causes[0].words, "tame");
		PUT(hostile.causes[0].words, words[w]);
		every_kind_of_news(&tame, &hostile);
	}
}

static void a_hundred_kilobytes_are_cut(void **state)
{
	struct incident tame = fixture_outage(), hostile = fixture_outage();
	struct str all;

	(void)state;
	str_init(&all, (size_t)128 << 10);
	for (int i = 0; i < 100 * 1024; i++)
		str_addc(&all, "<@&>\"\\\xf0"[i % 7]);
	now.words = "100 KB";
	say(&tame, "tame", true);
	say(&hostile, str_c(&all), true);
	every_kind_of_news(&tame, &hostile);
	str_fini(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(strangers_words_arrive_harmless),
	    cmocka_unit_test(notices_and_our_own_trouble_too),
	    cmocka_unit_test(a_hundred_kilobytes_are_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
