/* SPDX-License-Identifier: MIT
 *
 * See beat.h.
 */
#include "agent/beat.h"

#include <stdio.h>
#include <string.h>

/* --- cycles ------------------------------------------------------------------------- */

void cycle_begin(struct cycle *c, struct mono now)
{
	*c = (struct cycle){.mark = now};
}

void cycle_look(struct cycle *c, struct mono now, struct mono oldest, struct mono due,
    uint64_t posted)
{
	if (c->storing || oldest.us <= c->mark.us || due.us <= c->mark.us)
		return;
	c->storing = true;
	c->judged = now;
	c->txn = posted;
}

bool cycle_committed(const struct cycle *c, uint64_t upto)
{
	return c->storing && upto >= c->txn;
}

/* --- beats -------------------------------------------------------------------------- */

void beat_init(struct beat *b, int64_t every_ms, bool start)
{
	*b = (struct beat){.every_ms = every_ms, .wants_start = start};
}

static enum beat_word say(struct beat *b, struct mono now, enum beat_word word)
{
	b->busy = true;
	if (word == BEAT_START) {
		b->wants_start = false;
		return word;
	}
	b->last = now;
	b->ever = true;
	return word;
}

static bool is_due(const struct beat *b, struct mono now)
{
	return !b->busy &&
	       (!b->ever || mono_diff_us(now, b->last) / US_PER_MS >= b->every_ms);
}

enum beat_word beat_on_cycle(struct beat *b, struct mono now, const char *trouble)
{
	if (b->busy)
		return BEAT_NOTHING;
	if (b->wants_start)
		return say(b, now, BEAT_START);
	if (!is_due(b, now))
		return BEAT_NOTHING;
	return say(b, now, trouble[0] ? BEAT_FAIL : BEAT_GOOD);
}

enum beat_word beat_on_time(struct beat *b, struct mono now, const char *trouble)
{
	if (!trouble[0] || !is_due(b, now))
		return BEAT_NOTHING;
	return say(b, now, BEAT_FAIL);
}

enum beat_news beat_on_answer(struct beat *b, struct mono now, bool good)
{
	bool was_bad = b->bad;

	b->busy = false;
	if (good) {
		b->bad = b->lost = false;
		return was_bad ? BEAT_WELL : BEAT_SAME;
	}
	b->bad = true;
	if (!was_bad) {
		b->bad_since = now;
		return BEAT_BROKEN;
	}
	if (b->lost || mono_diff_us(now, b->bad_since) < BEAT_LOST_MS * US_PER_MS)
		return BEAT_SAME;
	b->lost = true;
	return BEAT_LOST;
}

/* --- the wire ----------------------------------------------------------------------- */

/* "/fail" belongs to the path, before the query. */
static void add_behind_path(struct str *url, const char *base, const char *suffix)
{
	size_t n = strcspn(base, "?"), path = n;

	while (path > 0 && base[path - 1] == '/' && suffix[0])
		path--;
	(void)str_add(url, base, path);
	(void)str_adds(url, suffix);
	(void)str_adds(url, base + n);
}

static void kuma_request(struct request *rq, const char *base, enum beat_word word)
{
	struct str url;

	str_init(&url, 4096);
	(void)str_add(&url, base, strcspn(base, "?"));
	(void)str_adds(&url, word == BEAT_FAIL ? "?status=down&msg=dimwatch+is+in+trouble"
					       : "?status=up&msg=OK");
	request_init(rq, "GET", str_c(&url));
	str_fini(&url);
}

void beat_request(
    struct request *rq, const char *url, enum beat_word word, const char *text)
{
	static const char *const suffixes[] = {[BEAT_NOTHING] = "",
	    [BEAT_START] = "/start",
	    [BEAT_GOOD] = "",
	    [BEAT_FAIL] = "/fail"};
	struct str full;

	if (strstr(url, "/api/push/")) {
		kuma_request(rq, url, word);
		return;
	}
	str_init(&full, 4096);
	add_behind_path(&full, url, suffixes[word]);
	request_init(rq, "POST", str_c(&full));
	str_fini(&full);
	(void)request_header(rq, "Content-Type", "text/plain; charset=utf-8");
	(void)str_adds(&rq->body, text);
}

bool beat_read(
    const struct wire_end *end, int status, struct span body, char *words, size_t size)
{
	words[0] = '\0';
	if (!status)
		(void)snprintf(words, size, "no answer: %s", end->text);
	else if (status >= 300 && status < 400)
		(void)snprintf(words, size,
		    "a redirect (%d), which is never followed: give the address it leads "
		    "to",
		    status);
	else if (status == 404)
		(void)snprintf(
		    words, size, "404: nobody knows this address: copy it again");
	else if (status >= 400)
		(void)snprintf(words, size, "HTTP status %d", status);
	else if (span_contains(body, span_of("rate-limited")))
		(void)snprintf(words, size,
		    "not recorded (rate-limited): `every` is too short, or others ping it "
		    "too");
	else if (span_contains(body, span_of("not found")) ||
		 span_contains(body, span_of("\"ok\":false")))
		(void)snprintf(words, size,
		    "not recorded: nobody knows this address: copy it again");
	return !words[0];
}
