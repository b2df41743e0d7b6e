/* SPDX-License-Identifier: MIT
 *
 * The outcome table: the only place where an outcome gets its code, its blame, its kind
 * of evidence and its words. What is our fault is never booked as theirs.
 */
#include "probes/outcome.h"

#include <assert.h>
#include <string.h>

/* clang-format off */
static const struct outcome_row rows[] = {
	{OUTCOME_OK, "ok", BLAME_NONE, EVIDENCE_ANSWERED,
	 "answered", ""},

	{OUTCOME_HTTP_5XX, "http_5xx", BLAME_PROVIDER, EVIDENCE_ANSWERED,
	 "the provider's server failed", "use another provider until it is over"},
	{OUTCOME_OVERLOADED, "overloaded", BLAME_PROVIDER, EVIDENCE_ANSWERED,
	 "the provider lacks capacity", "use another provider until it is over"},
	{OUTCOME_ERROR_IN_STREAM, "error_in_stream", BLAME_PROVIDER, EVIDENCE_ANSWERED,
	 "the answer began well and turned into an error",
	 "use another provider until it is over"},
	{OUTCOME_MALFORMED, "malformed", BLAME_PROVIDER, EVIDENCE_ANSWERED,
	 "the answer is not in the provider's own format",
	 "look at the evidence: a portal or a proxy may have answered instead"},
	{OUTCOME_TOO_LARGE, "too_large", BLAME_PROVIDER, EVIDENCE_ANSWERED,
	 "the answer is larger than any honest one", "look at the evidence"},
	{OUTCOME_EMPTY, "empty", BLAME_PROVIDER, EVIDENCE_ANSWERED,
	 "the answer was complete and held nothing",
	 "use another provider until it is over"},
	{OUTCOME_WRONG_ANSWER, "wrong_answer", BLAME_PROVIDER, EVIDENCE_ANSWERED,
	 "the answer is not the expected one", "look at the answer and at expect"},

	{OUTCOME_DNS, "dns", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "the host name does not resolve", "check the name if it never did"},
	{OUTCOME_REFUSED, "refused", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "the connection was refused", "check host and port if it never worked"},
	{OUTCOME_CONNECT, "connect", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "the connection failed", "use another provider until it is over"},
	{OUTCOME_TLS, "tls", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "the TLS handshake or the certificate failed",
	 "look at the message; nothing was sent"},
	{OUTCOME_RESET, "reset", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "the connection was lost before the answer",
	 "use another provider until it is over"},
	{OUTCOME_TIMEOUT_CONNECT, "timeout_connect", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "no connection in time", "use another provider until it is over"},
	{OUTCOME_TIMEOUT_FIRST_BYTE, "timeout_first_byte", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "connected, but no answer in time", "use another provider until it is over"},
	{OUTCOME_TIMEOUT_FIRST_TOKEN, "timeout_first_token", BLAME_PROVIDER,
	 EVIDENCE_SILENT, "the answer began, but no token came in time",
	 "use another provider until it is over"},
	{OUTCOME_STALLED, "stalled", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "the stream stopped in the middle", "use another provider until it is over"},
	{OUTCOME_TIMEOUT_TOTAL, "timeout_total", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "the answer took longer than the whole time allowed",
	 "raise timeout if such answers are normal here"},
	{OUTCOME_TRUNCATED, "truncated", BLAME_PROVIDER, EVIDENCE_SILENT,
	 "the answer ended before it was complete",
	 "use another provider until it is over"},

	{OUTCOME_RATE_LIMITED, "rate_limited", BLAME_US, EVIDENCE_ANSWERED,
	 "our rate limit is reached", "ask less often or raise the limit"},
	{OUTCOME_QUOTA, "quota", BLAME_US, EVIDENCE_ANSWERED,
	 "the balance or quota is used up", "top up, it is not an outage"},
	{OUTCOME_AUTH, "auth", BLAME_US, EVIDENCE_ANSWERED,
	 "the key was not accepted",
	 "check the key; keys belong to one host, region and plan"},
	{OUTCOME_FORBIDDEN_REGION, "forbidden_region", BLAME_US, EVIDENCE_ANSWERED,
	 "the provider does not serve this place",
	 "choose another region, or probe from elsewhere"},
	{OUTCOME_BAD_REQUEST, "bad_request", BLAME_US, EVIDENCE_ANSWERED,
	 "the provider does not accept our request",
	 "check url, model and parameters of this target"},
	{OUTCOME_MODEL_GONE, "model_gone", BLAME_US, EVIDENCE_ANSWERED,
	 "the model does not exist, or not for this key", "choose another model"},
	{OUTCOME_CONTENT_FILTERED, "content_filtered", BLAME_US, EVIDENCE_ANSWERED,
	 "the provider's content filter stopped it", "change the prompt"},
	{OUTCOME_REDIRECTED, "redirected", BLAME_US, EVIDENCE_ANSWERED,
	 "the address redirects elsewhere, which is never followed with a key",
	 "write the new address into the config if it is right"},

	{OUTCOME_LOCAL, "local", BLAME_PATH, EVIDENCE_NONE,
	 "our own machine or network was in the way", "look at this machine's network"},
};
/* clang-format on */
_Static_assert(sizeof(rows) / sizeof(rows[0]) == OUTCOME_COUNT, "one row an outcome");

static const char *const blame_codes[] = {"none", "provider", "us", "path"};
static const char *const blame_words[] = {"-", "theirs", "yours", "nobody's"};
static const char *const evidence_codes[] = {"none", "answered", "silent"};
_Static_assert(sizeof(blame_codes) / sizeof(blame_codes[0]) == BLAME_COUNT, "blames");
_Static_assert(sizeof(blame_words) / sizeof(blame_words[0]) == BLAME_COUNT, "blames");
_Static_assert(
    sizeof(evidence_codes) / sizeof(evidence_codes[0]) == EVIDENCE_COUNT, "evidences");

const struct outcome_row *outcome_row(enum outcome o)
{
	assert((unsigned)o < OUTCOME_COUNT);
	assert(rows[o].outcome == o);
	return &rows[o];
}

const char *outcome_code(enum outcome o)
{
	return outcome_row(o)->code;
}

enum blame outcome_blame(enum outcome o)
{
	return outcome_row(o)->blame;
}

const char *blame_code(enum blame b)
{
	assert((unsigned)b < BLAME_COUNT);
	return blame_codes[b];
}

const char *blame_word(enum blame b)
{
	assert((unsigned)b < BLAME_COUNT);
	return blame_words[b];
}

const char *evidence_code(enum evidence e)
{
	assert((unsigned)e < EVIDENCE_COUNT);
	return evidence_codes[e];
}

bool outcome_parse(const char *code, enum outcome *ret)
{
	for (size_t i = 0; i < OUTCOME_COUNT; i++) {
		if (strcmp(rows[i].code, code) == 0) {
			*ret = rows[i].outcome;
			return true;
		}
	}
	return false;
}

bool outcome_is_failure(enum outcome o)
{
	return outcome_blame(o) == BLAME_PROVIDER;
}

bool outcome_is_excluded(enum outcome o)
{
	return outcome_blame(o) == BLAME_US || outcome_blame(o) == BLAME_PATH;
}
