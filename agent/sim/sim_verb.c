/* SPDX-License-Identifier: MIT
 *
 * The table of faults and the reading of one verb with its arguments.
 */
#include "agent/sim/sim_verb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/tick.h"

#define MAX_FACTOR 10000.0
#define MAX_BYTES  1000000000

/* clang-format off */
static const struct sim_verb verbs[] = {
	{SIM_OK, SIM_ARGS_MAYBE_DURATION, "ok", "[DURATION]",
	 "the right answer, the first token after DURATION", true},
	{SIM_SLOW, SIM_ARGS_FACTOR, "slow", "xN",
	 "the right answer, every wait N times as long", true},
	{SIM_LATENCY, SIM_ARGS_DURATION, "latency", "DURATION",
	 "the right answer, the first token after DURATION", true},
	{SIM_OVERLOADED, SIM_ARGS_NONE, "overloaded", "",
	 "the server is overloaded, in the dialect's own words (503, 529, an event of a 200)", false},
	{SIM_ENGINE_OVERLOADED, SIM_ARGS_NONE, "engine_overloaded", "",
	 "429 that means overload: engine_overloaded_error, or its twin elsewhere", false},
	{SIM_STARVED, SIM_ARGS_NONE, "starved", "",
	 "a stream that ends for lack of capacity: a finish reason, or an error in the middle", false},
	{SIM_HANGUP, SIM_ARGS_DURATION, "hangup", "DURATION",
	 "keep-alive comments for DURATION, then the connection is closed", false},
	{SIM_HTTP, SIM_ARGS_STATUS_BODY, "http", "STATUS [BODY]",
	 "this status, with this body", true},
	{SIM_RATE_LIMITED, SIM_ARGS_NONE, "rate_limited", "",
	 "429, with Retry-After: 7 where the dialect has it", true},
	{SIM_QUOTA, SIM_ARGS_NONE, "quota", "",
	 "the account is empty, in the provider's own words", false},
	{SIM_AUTH, SIM_ARGS_NONE, "auth", "",
	 "the key is not accepted: 401, or what it is there (400, 403)", true},
	{SIM_FORBIDDEN_REGION, SIM_ARGS_NONE, "forbidden_region", "",
	 "refused where we ask from: 403, or 400", false},
	{SIM_MODEL_GONE, SIM_ARGS_NONE, "model_gone", "",
	 "404, the model is not there", false},
	{SIM_CONTENT_FILTERED, SIM_ARGS_NONE, "content_filtered", "",
	 "the answer is filtered: a finish reason, or a refusal", false},
	{SIM_REDIRECT, SIM_ARGS_URL, "redirect", "URL",
	 "302 to URL", true},
	{SIM_REFUSE, SIM_ARGS_NONE, "refuse", "",
	 "connection refused on the provider's own port; on the shared port a reset", true},
	{SIM_RESET, SIM_ARGS_RESET_PLACE, "reset", "[connect|head|body N]",
	 "the connection is reset: at once, instead of an answer, or N bytes into the body", true},
	{SIM_HANG, SIM_ARGS_HANG_PLACE, "hang", "connect|head|first_token|stream [DURATION]",
	 "silence at this place, for DURATION or for ever", true},
	{SIM_STALL, SIM_ARGS_NONE, "stall", "",
	 "half of the answer, then silence for ever", false},
	{SIM_TRUNCATE, SIM_ARGS_NONE, "truncate", "",
	 "half of the answer, then the connection is closed", false},
	{SIM_ERROR_IN_STREAM, SIM_ARGS_NONE, "error_in_stream", "",
	 "200, half of the answer, then an error object", false},
	{SIM_HTML, SIM_ARGS_NONE, "html", "",
	 "200 with a web page", true},
	{SIM_EMPTY, SIM_ARGS_NONE, "empty", "",
	 "a complete answer without a token", true},
	{SIM_MALFORMED, SIM_ARGS_NONE, "malformed", "",
	 "200 with JSON that does not parse", false},
	{SIM_INVALID_UTF8, SIM_ARGS_NONE, "invalid_utf8", "",
	 "a token that is not UTF-8", false},
	{SIM_WRONG_ANSWER, SIM_ARGS_NONE, "wrong_answer", "",
	 "a sum that is off by one", false},
	{SIM_REASONING_ONLY, SIM_ARGS_NONE, "reasoning_only", "",
	 "reasoning tokens up to the limit, no text", false},
	{SIM_NO_DONE, SIM_ARGS_NONE, "no_done", "",
	 "a stream without its last event", false},
	{SIM_NO_USAGE, SIM_ARGS_NONE, "no_usage", "",
	 "an answer that counts no tokens", false},
	{SIM_COMMENTS, SIM_ARGS_DURATION, "comments", "DURATION",
	 "a keep-alive comment every second for DURATION, then the answer", false},
	{SIM_DRIP, SIM_ARGS_NONE, "drip", "",
	 "the right answer, one byte at a time", true},
	{SIM_GZIP, SIM_ARGS_NONE, "gzip", "",
	 "a compressed body that nobody asked for", true},
	{SIM_HUGE_BODY, SIM_ARGS_NONE, "huge_body", "",
	 "a body without end", true},
	{SIM_HUGE_LINE, SIM_ARGS_NONE, "huge_line", "",
	 "one event of 10 MiB", false},
	{SIM_ENDLESS_HEADERS, SIM_ARGS_NONE, "endless_headers", "",
	 "headers without end", true},
	{SIM_ENDLESS_TRAILERS, SIM_ARGS_NONE, "endless_trailers", "",
	 "half of the answer, then trailers without end", false},
	{SIM_ENDLESS_CHUNK_EXT, SIM_ARGS_NONE, "endless_chunk_ext", "",
	 "a chunk extension without end", true},
};
/* clang-format on */
_Static_assert(sizeof(verbs) / sizeof(verbs[0]) == SIM_FAULT_COUNT, "a row a fault");

static const char *const place_names[] = {
    [SIM_AT_CONNECT] = "connect",
    [SIM_AT_HEAD] = "head",
    [SIM_AT_FIRST_TOKEN] = "first_token",
    [SIM_AT_STREAM] = "stream",
    [SIM_AT_BODY] = "body",
};
_Static_assert(sizeof(place_names) / sizeof(place_names[0]) == SIM_PLACE_COUNT, "places");

const struct sim_verb *sim_verbs(size_t *ret_n)
{
	*ret_n = SIM_FAULT_COUNT;
	return verbs;
}

const struct sim_verb *sim_verb(enum sim_fault fault)
{
	assert((unsigned)fault < SIM_FAULT_COUNT && verbs[fault].fault == fault);
	return &verbs[fault];
}

void sim_verbs_help(struct str *out)
{
	for (size_t i = 0; i < SIM_FAULT_COUNT; i++) {
		str_addf(out, "  %s%s%s\n      %s\n", verbs[i].name,
		    verbs[i].args_help[0] ? " " : "", verbs[i].args_help, verbs[i].help);
	}
}

/* --- reading --- */

/* The next word of rest into buf; false when there is none. */
static bool next_word(struct span *rest, char *buf, size_t size)
{
	struct span s = span_trim(*rest);
	size_t n = 0;

	while (n < s.n && s.p[n] != ' ' && s.p[n] != '\t')
		n++;
	if (n == 0)
		return false;
	span_copy((struct span){s.p, n}, buf, size);
	*rest = (struct span){s.p + n, s.n - n};
	return true;
}

static const struct sim_verb *find_verb(const char *name)
{
	for (size_t i = 0; i < SIM_FAULT_COUNT; i++) {
		if (strcmp(verbs[i].name, name) == 0)
			return &verbs[i];
	}
	return NULL;
}

static bool unknown_verb(const char *name, struct err *e)
{
	const char *names[SIM_FAULT_COUNT], *near;

	for (size_t i = 0; i < SIM_FAULT_COUNT; i++)
		names[i] = verbs[i].name;
	near = str_nearest(name, names, SIM_FAULT_COUNT);
	return err_set(e, ERR_CONFIG, "unknown fault '%s'%s%s%s", name,
	    near ? ", did you mean '" : "", near ? near : "", near ? "'?" : "");
}

static bool parse_duration(struct span *rest, bool required, int64_t *ret, struct err *e)
{
	char word[32];

	if (!next_word(rest, word, sizeof(word)))
		return required ? err_set(e, ERR_CONFIG, "needs a duration, such as 40s")
				: true;
	if (!duration_parse(word, ret))
		return err_set(e, ERR_CONFIG, "'%s' is no duration, such as 40s", word);
	return true;
}

static bool parse_factor(struct span *rest, double *ret, struct err *e)
{
	char word[32], *end;
	double factor;

	if (!next_word(rest, word, sizeof(word)) || word[0] != 'x')
		return err_set(e, ERR_CONFIG, "needs a factor, such as x4");
	factor = strtod(word + 1, &end);
	if (end == word + 1 || *end || !(factor >= 0.01 && factor <= MAX_FACTOR))
		return err_set(
		    e, ERR_CONFIG, "'%s' is no factor between x0.01 and x10000", word);
	*ret = factor;
	return true;
}

static bool parse_number(const char *word, long least, long most, long *ret)
{
	char *end;
	long n = strtol(word, &end, 10);

	if (end == word || *end || n < least || n > most)
		return false;
	*ret = n;
	return true;
}

static bool parse_status(struct span *rest, struct sim_action *a, struct err *e)
{
	char word[32];
	long n;

	if (!next_word(rest, word, sizeof(word)) || !parse_number(word, 200, 599, &n))
		return err_set(e, ERR_CONFIG, "needs a status between 200 and 599");
	a->status = (int)n;
	if (span_trim(*rest).n >= sizeof(a->text))
		return err_set(e, ERR_CONFIG, "the body is longer than %zu bytes",
		    sizeof(a->text) - 1);
	span_copy(span_trim(*rest), a->text, sizeof(a->text));
	*rest = (struct span){NULL, 0};
	return true;
}

static bool find_place(
    const char *word, const enum sim_place *allowed, size_t n, enum sim_place *ret)
{
	for (size_t i = 0; i < n; i++) {
		if (strcmp(place_names[allowed[i]], word) == 0) {
			*ret = allowed[i];
			return true;
		}
	}
	return false;
}

static bool parse_reset_place(struct span *rest, struct sim_action *a, struct err *e)
{
	static const enum sim_place allowed[] = {
	    SIM_AT_CONNECT, SIM_AT_HEAD, SIM_AT_BODY};
	char word[32];
	long n;

	a->place = SIM_AT_CONNECT;
	if (!next_word(rest, word, sizeof(word)))
		return true;
	if (!find_place(word, allowed, 3, &a->place))
		return err_set(
		    e, ERR_CONFIG, "'%s' is no place: connect, head or body N", word);
	if (a->place != SIM_AT_BODY)
		return true;
	if (!next_word(rest, word, sizeof(word)) || !parse_number(word, 0, MAX_BYTES, &n))
		return err_set(e, ERR_CONFIG, "body needs a number of bytes");
	a->bytes = n;
	return true;
}

static bool parse_hang_place(struct span *rest, struct sim_action *a, struct err *e)
{
	static const enum sim_place allowed[] = {
	    SIM_AT_CONNECT, SIM_AT_HEAD, SIM_AT_FIRST_TOKEN, SIM_AT_STREAM};
	char word[32];

	if (!next_word(rest, word, sizeof(word)))
		return err_set(
		    e, ERR_CONFIG, "needs a place: connect, head, first_token or stream");
	if (!find_place(word, allowed, 4, &a->place))
		return err_set(e, ERR_CONFIG,
		    "'%s' is no place: connect, head, first_token or stream", word);
	return parse_duration(rest, false, &a->ms, e);
}

static bool parse_url(struct span *rest, struct sim_action *a, struct err *e)
{
	if (!next_word(rest, a->text, sizeof(a->text)))
		return err_set(e, ERR_CONFIG, "needs a URL");
	return true;
}

static bool parse_args(
    const struct sim_verb *v, struct span *rest, struct sim_action *a, struct err *e)
{
	switch (v->args) {
	case SIM_ARGS_NONE:
		break;
	case SIM_ARGS_MAYBE_DURATION:
		return parse_duration(rest, false, &a->ms, e);
	case SIM_ARGS_DURATION:
		return parse_duration(rest, true, &a->ms, e);
	case SIM_ARGS_FACTOR:
		return parse_factor(rest, &a->factor, e);
	case SIM_ARGS_STATUS_BODY:
		return parse_status(rest, a, e);
	case SIM_ARGS_RESET_PLACE:
		return parse_reset_place(rest, a, e);
	case SIM_ARGS_HANG_PLACE:
		return parse_hang_place(rest, a, e);
	case SIM_ARGS_URL:
		return parse_url(rest, a, e);
	}
	return true;
}

bool sim_action_parse(
    struct span text, bool for_hook, struct sim_action *ret, struct err *e)
{
	struct sim_action a = {.ms = -1, .factor = 1};
	const struct sim_verb *v;
	char word[64];

	if (!next_word(&text, word, sizeof(word)))
		return err_set(e, ERR_CONFIG, "no fault is named");
	v = find_verb(word);
	if (!v)
		return unknown_verb(word, e);
	if (for_hook && !v->for_hooks)
		return err_set(e, ERR_CONFIG, "'%s' is nothing a webhook does", v->name);
	a.fault = v->fault;
	if (!parse_args(v, &text, &a, e))
		return err_wrap(e, "%s", v->name);
	if (next_word(&text, word, sizeof(word)))
		return err_set(e, ERR_CONFIG, "%s: '%s' is too much", v->name, word);
	*ret = a;
	return true;
}
