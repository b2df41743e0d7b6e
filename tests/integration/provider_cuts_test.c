/* SPDX-License-Identifier: MIT
 *
 * Recorded streams, cut at every byte by a server that hangs up or resets there, in
 * chunks, with a length and with neither, through the real client: one sample each, of
 * the class that the rule below says.
 *
 * The rule, for an answer of which the first bytes came and then no more:
 *  - before the blank line of the head, or with no byte of the body: `reset`;
 *  - from the last byte of the event on that holds the finish reason or the error: what
 *    the whole recording comes to;
 *  - before that, with nothing but keep-alive comments: `overloaded`;
 *  - before that: `truncated`.
 * Without chunks and length a farewell looks like a proper end: then no byte of the body
 * is `truncated`, and up to "data:" it is `malformed` (that was no event).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "tests/integration/raw_server.h"
#include "tests/integration/world.h"

#define MAX_FILE   ((size_t)32 << 10)
#define HEAD       "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
#define STRIDE     7 /* of what the fast form plays in part */
#define ODD_PIECES 5 /* every fifth cut is sent in pieces */

enum framing { CHUNKED, WITH_LENGTH, UNTIL_CLOSE, FRAMING_COUNT };
static const char *const framing_names[] = {"chunks", "length", "neither"};

static struct recording {
	const char *name;
	bool whole_in_fast; /* every byte, even in the fast form */
} recordings[] = {
    {"openai-good.txt",          true },
    {"deepseek-queued-crlf.txt", false},
    {"ark-error-in-stream.txt",  false},
};

static struct {
	size_t cuts, classes[OUTCOME_COUNT];
} told;

static bool is_long(void)
{
	const char *longer = getenv("DIMWATCH_TESTS_LONG");

	return longer && longer[0];
}

/* --- a recording on the wire --- */

struct tape {
	struct str file, raw;
	struct span body;
	enum outcome outcome; /* of the whole */
	size_t decided_at;    /* byte of the body from which on it stands */
	size_t head;          /* bytes of raw */
	size_t *payload;      /* bytes of the body among the first n of raw */
};

static void read_recording(struct tape *t, const char *name)
{
	char *path = xasprintf("%s/wire/%s", getenv("DIMWATCH_TESTS_DATA"), name);
	char block[4096], word[64];
	const char *text, *body, *outcome;
	size_t n;
	FILE *f = fopen(path, "rb");

	assert_non_null(f);
	str_init(&t->file, MAX_FILE);
	while ((n = fread(block, 1, sizeof(block), f)) > 0)
		assert_true(str_add(&t->file, block, n));
	fclose(f);
	free(path);
	text = str_c(&t->file);
	body = strstr(text, "\n---\n");
	outcome = strstr(text, "\noutcome: ");
	assert_true(body && outcome && outcome < body);
	sscanf(outcome, "\noutcome: %63s", word);
	assert_true(outcome_parse(word, &t->outcome));
	t->body = span_of(body + 5);
}

/* The end of the line with the first finish reason or error. */
static void find_decision(struct tape *t)
{
	const char *finish = strstr(t->body.p, "\"finish_reason\":\"");
	const char *error = strstr(t->body.p, "\"error\":{");
	const char *at = finish && (!error || finish < error) ? finish : error;

	assert_non_null(at);
	t->decided_at = (size_t)(at - t->body.p) + strcspn(at, "\r\n");
}

static void put_raw(struct tape *t, const char *p, size_t n, bool is_body)
{
	for (size_t i = 0; i < n; i++) {
		t->payload[t->raw.len + 1] = t->payload[t->raw.len] + is_body;
		assert_true(str_addc(&t->raw, p[i]));
	}
}

static void put_text(struct tape *t, const char *text)
{
	put_raw(t, text, strlen(text), false);
}

/* One chunk for each line and its line end. */
static void put_chunks(struct tape *t)
{
	struct span rest = t->body;
	char size[32];

	while (rest.n > 0) {
		const char *lf = memchr(rest.p, '\n', rest.n);
		size_t n = lf ? (size_t)(lf - rest.p) + 1 : rest.n;

		snprintf(size, sizeof(size), "%zx\r\n", n);
		put_text(t, size);
		put_raw(t, rest.p, n, true);
		put_text(t, "\r\n");
		rest = (struct span){rest.p + n, rest.n - n};
	}
	put_text(t, "0\r\n\r\n");
}

static void tape_init(struct tape *t, const char *name, enum framing framing)
{
	char length[64];

	memset(t, 0, sizeof(*t));
	read_recording(t, name);
	find_decision(t);
	str_init(&t->raw, 2 * MAX_FILE);
	t->payload = xcalloc(2 * MAX_FILE, sizeof(*t->payload));
	put_text(t, HEAD);
	if (framing == CHUNKED)
		put_text(t, "Transfer-Encoding: chunked\r\n");
	snprintf(length, sizeof(length), "Content-Length: %zu\r\n", t->body.n);
	if (framing == WITH_LENGTH)
		put_text(t, length);
	put_text(t, "\r\n");
	t->head = t->raw.len;
	if (framing == CHUNKED)
		put_chunks(t);
	else
		put_raw(t, t->body.p, t->body.n, true);
}

static void tape_fini(struct tape *t)
{
	str_fini(&t->file);
	str_fini(&t->raw);
	free(t->payload);
}

/* --- the rule --- */

/* Has a byte of an event's data come? Where, is `*ret_began` (the "data:" before it). */
static bool has_data(struct span body, bool *ret_began)
{
	bool fresh = true; /* at the start of a line */

	*ret_began = false;
	for (size_t i = 0; i < body.n; i++) {
		struct span rest = {body.p + i, body.n - i};

		if (fresh && span_has_prefix(rest, "data:")) {
			*ret_began = true;
			if (span_trim((struct span){rest.p + 5, rest.n - 5}).n > 0)
				return true;
		}
		fresh = body.p[i] == '\n';
	}
	return false;
}

static enum outcome by_the_rule(
    const struct tape *t, size_t cut, enum framing framing, enum raw_last last)
{
	struct span came = {t->body.p, t->payload[cut]};
	bool looks_whole = framing == UNTIL_CLOSE && last == RAW_CLOSE, began;

	if (cut < t->head)
		return OUTCOME_RESET;
	if (came.n == 0)
		return looks_whole ? OUTCOME_TRUNCATED : OUTCOME_RESET;
	if (came.n >= t->decided_at)
		return t->outcome;
	if (!has_data(came, &began) && t->body.p[0] == ':')
		return OUTCOME_OVERLOADED;
	return looks_whole && !began ? OUTCOME_MALFORMED : OUTCOME_TRUNCATED;
}

/* --- one cut --- */

struct cutting {
	const struct recording *recording;
	enum framing framing;
	enum raw_last last;
};

static void cut_once(struct world *w, struct raw_server *server, const struct tape *t,
    const struct cutting *c, size_t cut)
{
	char *bytes = strndup(str_c(&t->raw), cut);
	struct raw_answer answer = {bytes, NULL, c->last, false};
	struct raw_pace pace = {0, cut % ODD_PIECES == 0 ? 1 + cut % 97 : 0, 0};
	enum outcome expected = by_the_rule(t, cut, c->framing, c->last);
	const struct sample *s;

	raw_server_set(server, &answer, pace);
	w->n_samples = 0;
	world_ask(w);
	s = world_await(w, 1);
	loop_turn(w->loop, 0);
	assert_int_equal(w->n_samples, 1);
	assert_int_equal(http_in_flight(w->http), 0);
	if (s->outcome != expected)
		fail_msg("%s in %s, %s behind byte %zu (%zu of the body): %s, not %s",
		    c->recording->name, framing_names[c->framing],
		    c->last == RAW_RESET ? "reset" : "closed", cut, t->payload[cut],
		    outcome_code(s->outcome), outcome_code(expected));
	told.cuts++;
	told.classes[s->outcome]++;
	free(bytes);
}

static void every_cut_has_its_class(void **state)
{
	const struct cutting *c = *state;
	size_t stride =
	    is_long() || (c->recording->whole_in_fast && c->framing == CHUNKED) ? 1
										: STRIDE;
	struct raw_answer nothing = {"", NULL, RAW_CLOSE, false};
	struct raw_server *server;
	struct tape t;
	struct world w;

	tape_init(&t, c->recording->name, c->framing);
	world_init(&w, LOOP_REAL, "");
	server = raw_server_new(w.loop, &nothing);
	world_set_url(
	    &w, "http://127.0.0.1:%d/v1/chat/completions", raw_server_port(server));
	for (size_t cut = 0; cut < t.raw.len; cut += stride)
		cut_once(&w, server, &t, c, cut);
	cut_once(&w, server, &t, c, t.raw.len);
	loop_some_turns(w.loop, 5);
	assert_int_equal(w.n_samples, 1);
	raw_server_free(server);
	world_fini(&w);
	tape_fini(&t);
}

static void what_was_cut_is_told(void **state)
{
	char text[256] = "";
	size_t at = 0;

	(void)state;
	for (size_t i = 0; i < OUTCOME_COUNT; i++) {
		if (told.classes[i] > 0)
			at += (size_t)snprintf(text + at, sizeof(text) - at, ", %zu %s",
			    told.classes[i], outcome_code((enum outcome)i));
	}
	printf("# evidence cut streams: %zu cuts, one sample each%s\n", told.cuts, text);
	assert_true(told.cuts > 0);
}

#define N_RECORDINGS (sizeof(recordings) / sizeof(recordings[0]))
#define N_CUTTINGS   (N_RECORDINGS * FRAMING_COUNT * 2)

int main(void)
{
	static struct cutting cuttings[N_CUTTINGS];
	static char names[N_CUTTINGS][80];
	struct CMUnitTest tests[N_CUTTINGS + 1];

	for (size_t i = 0; i < N_CUTTINGS; i++) {
		struct cutting *c = &cuttings[i];

		c->recording = &recordings[i / 2 / FRAMING_COUNT];
		c->framing = (enum framing)(i / 2 % FRAMING_COUNT);
		c->last = i % 2 ? RAW_RESET : RAW_CLOSE;
		snprintf(names[i], sizeof(names[i]), "%s_in_%s_%s", c->recording->name,
		    framing_names[c->framing], i % 2 ? "reset" : "closed");
		tests[i] = (struct CMUnitTest){
		    .name = names[i],
		    .test_func = every_cut_has_its_class,
		    .initial_state = c,
		};
	}
	tests[N_CUTTINGS] = (struct CMUnitTest)cmocka_unit_test(what_was_cut_is_told);
	return cmocka_run_group_tests_name("provider cuts", tests, NULL, NULL);
}
