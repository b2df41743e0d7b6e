/* SPDX-License-Identifier: MIT
 *
 * Who reads status pages, against a real server on a skipping clock: what it sends, how
 * often, what a 304, a Retry-After, a redirect and a dead page mean, and that a reload
 * keeps what is known.
 */
#include "agent/pages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/arena.h"
#include "tests/integration/raw_server.h"
#include "tests/integration/world.h"

#define SLACK_MS (25 * MS_PER_S)
#define WELL                                                                             \
	"{\"page\":{},\"components\":[{\"name\":\"API\",\"status\":\"operational\"}]}"
#define BAD                                                                              \
	"{\"page\":{},\"components\":[{\"name\":\"API\",\"status\":\"major_outage\"}]}"
#define OK(extra, body)                                                                    \
	"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/json\r\n" extra \
	"\r\n" body

struct bench {
	struct loop *loop;
	struct http *http;
	struct raw_server *server;
	struct pages *pages;
	struct conf conf;
	struct conf_page page;
	char url[80];
	int n_news;
	enum page_state state;
	uint64_t want;
};

static void on_news(void *arg, const struct page_news *n)
{
	struct bench *b = arg;
	assert_string_equal(n->provider, "acme");
	b->n_news++;
	b->state = n->held->state;
}

static void answer(struct bench *b, const char *bytes)
{
	struct raw_answer a = {.bytes = bytes};
	raw_server_set(b->server, &a, (struct raw_pace){0});
}

static void init(struct bench *b, const char *bytes)
{
	struct raw_answer a = {.bytes = bytes};
	struct err e = {0};
	memset(b, 0, sizeof *b);
	b->loop = loop_new(LOOP_SKIPPING, &e);
	b->http = http_new(b->loop, NULL, &e);
	assert_non_null(b->http);
	b->server = raw_server_new(b->loop, &a);
	(void)snprintf(b->url, sizeof b->url, "http://127.0.0.1:%d/api/v2/summary.json",
	    raw_server_port(b->server));
	b->page = (struct conf_page){.provider = "acme",
	    .kind = page_kind_find("statuspage"),
	    .url = b->url,
	    .interval_ms = CONF_PAGE_INTERVAL_MS};
	b->conf.arena = arena_new();
	b->conf.pages = &b->page;
	b->conf.n_pages = 1;
	b->pages = pages_new(b->loop, b->http, 7, on_news, b);
	pages_config(b->pages, &b->conf);
}

static void fini(struct bench *b)
{
	pages_stop(b->pages);
	http_free(b->http);
	pages_free(b->pages);
	raw_server_free(b->server);
	arena_free(b->conf.arena);
	loop_free(b->loop);
}

static uint64_t answered(const struct bench *b)
{
	struct pages_stats s = pages_stats(b->pages);
	return s.changed + s.same + s.failed;
}

static bool has_answers(void *arg)
{
	struct bench *b = arg;
	return answered(b) >= b->want;
}

/* n more answers; returns how long that took, in virtual ms. */
static int64_t await(struct bench *b, uint64_t n)
{
	struct mono since = loop_mono(b->loop);
	b->want = answered(b) + n;
	loop_until(b->loop, has_answers, b);
	return mono_diff_us(loop_mono(b->loop), since) / US_PER_MS;
}

/* Asked again after so long, give or take what the machine took between two looks at the
 * clock; the jitter adds a fifth at most. */
static void assert_pause(int64_t took_ms, int64_t ms)
{
	if (took_ms < ms - SLACK_MS || took_ms > ms + ms / 5 + SLACK_MS)
		fail_msg("asked again after %lld ms and not %lld", (long long)took_ms,
		    (long long)ms);
}

static void a_page_is_asked_without_a_key_and_only_anew_when_it_changed(void **state)
{
	struct bench b;
	struct pages_stats s;
	(void)state;
	init(&b, OK("ETag: W/\"abc\"\r\nLast-Modified: Tue, 24 Nov 2026 13:00:00 GMT\r\n",
		     WELL));
	await(&b, 1);
	assert_non_null(
	    strstr(raw_server_received(b.server), "GET /api/v2/summary.json "));
	assert_null(strcasestr(raw_server_received(b.server), "authorization"));
	assert_null(strcasestr(raw_server_received(b.server), "if-none-match"));
	assert_int_equal(b.n_news, 0);
	answer(&b, "HTTP/1.1 304 Not Modified\r\nConnection: close\r\n\r\n");
	/* What is new is asked again after a minute, not after the whole interval. */
	assert_pause(await(&b, 1), PAGES_AGAIN_MS);
	assert_non_null(
	    strstr(raw_server_received(b.server), "If-None-Match: W/\"abc\"\r\n"));
	assert_non_null(strstr(raw_server_received(b.server),
	    "If-Modified-Since: Tue, 24 Nov 2026 13:00:00 GMT\r\n"));
	assert_int_equal(b.n_news, 1); /* a 304 says again what it said */
	assert_int_equal(b.state, PAGE_OPERATIONAL);
	assert_pause(await(&b, 10), 10 * CONF_PAGE_INTERVAL_MS);
	s = pages_stats(b.pages);
	assert_int_equal(s.asked, 12);
	assert_int_equal(s.changed, 1);
	assert_int_equal(s.same, 11);
	assert_int_equal(b.n_news, 1);
	print_message("# evidence status page: 12 asks in virtual time, 1 body, 11 "
		      "times 304, no key sent\n");
	fini(&b);
}

static void an_opinion_takes_two_readings_to_begin_and_two_to_end(void **state)
{
	struct bench b;
	(void)state;
	init(&b, OK("", BAD));
	await(&b, 1);
	assert_int_equal(b.n_news, 0);
	await(&b, 1);
	assert_int_equal(b.n_news, 1);
	assert_int_equal(b.state, PAGE_MAJOR);
	answer(&b, OK("", WELL));
	await(&b, 1);
	assert_int_equal(b.n_news, 1);
	answer(&b, OK("", BAD));
	await(&b, 2);
	assert_int_equal(b.n_news, 1);
	answer(&b, OK("", WELL));
	await(&b, 2);
	assert_int_equal(b.n_news, 2);
	assert_int_equal(b.state, PAGE_OPERATIONAL);
	fini(&b);
}

/* Whatever it is, it is no opinion, and it is asked more and more seldom. */
static void a_page_that_does_not_answer_properly_is_left_in_peace(void **state)
{
	static const char *const bad[] = {
	    "HTTP/1.1 301 Moved\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n",
	    "HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n",
	    "HTTP/1.1 304 Not Modified\r\n\r\n",
	    OK("", "<html>not JSON</html>"),
	    OK("Content-Length: 99999999\r\n", "{"),
	    "SSH-2.0-OpenSSH_9.2\r\n",
	};
	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct bench b;
		init(&b, bad[i]);
		await(&b, 1);
		int64_t second = await(&b, 1), third = await(&b, 1);
		assert_pause(second, 2 * CONF_PAGE_INTERVAL_MS);
		assert_pause(third, 4 * CONF_PAGE_INTERVAL_MS);
		assert_int_equal(pages_stats(b.pages).failed, 3);
		assert_int_equal(b.n_news, 0);
		answer(&b, OK("", WELL));
		await(&b, 2);
		assert_int_equal(b.state, PAGE_OPERATIONAL);
		fini(&b);
	}
}

static void it_is_asked_as_late_as_it_wishes(void **state)
{
	struct bench b;
	(void)state;
	init(&b, "HTTP/1.1 429 Slow\r\nRetry-After: 1800\r\nContent-Length: 0\r\n\r\n");
	await(&b, 1);
	assert_pause(await(&b, 1), 1800 * MS_PER_S);
	fini(&b);
}

static void ten_megabytes_are_refused(void **state)
{
	struct bench b;
	(void)state;
	char many[8192];
	memset(many, '[', sizeof many - 1);
	many[sizeof many - 1] = '\0';
	init(&b, "");
	struct raw_answer a = {.bytes = OK("", "["), .repeat = many, .last = RAW_CLOSE};
	raw_server_set(b.server, &a, (struct raw_pace){0});
	await(&b, 1);
	assert_int_equal(pages_stats(b.pages).failed, 1);
	fini(&b);
}

static void a_reload_keeps_what_is_known_and_forgets_what_left(void **state)
{
	struct bench b;
	(void)state;
	init(&b, OK("", BAD));
	await(&b, 2);
	assert_int_equal(b.n_news, 1);
	struct conf same = b.conf;
	same.arena = arena_new();
	pages_config(b.pages, &same);
	await(&b, 2);
	assert_int_equal(b.n_news, 1);
	struct conf without = {.arena = same.arena};
	pages_config(b.pages, &without);
	assert_int_equal(b.n_news, 2);
	assert_int_equal(b.state, PAGE_NONE);
	arena_free(same.arena);
	fini(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_page_is_asked_without_a_key_and_only_anew_when_it_changed),
	    cmocka_unit_test(an_opinion_takes_two_readings_to_begin_and_two_to_end),
	    cmocka_unit_test(a_page_that_does_not_answer_properly_is_left_in_peace),
	    cmocka_unit_test(it_is_asked_as_late_as_it_wishes),
	    cmocka_unit_test(ten_megabytes_are_refused),
	    cmocka_unit_test(a_reload_keeps_what_is_known_and_forgets_what_left),
	};
	return cmocka_run_group_tests_name("agent/pages", tests, NULL, NULL);
}
