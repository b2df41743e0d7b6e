/* SPDX-License-Identifier: MIT
 *
 * What asking costs. A forecast may be too high and never too low: prompts are counted
 * generously, answers at the limit that was asked for, and divisions round up.
 */
#include "probes/cost.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/str.h"
#include "probes/provider.h"

__extension__ typedef __int128 wide; /* products of two amounts */

/* The built-in question is about twenty tokens; chat templates add some. */
#define QUESTION_TOKENS 32
/* An own prompt: bytes / 3 (three bytes are one Chinese character) and the template. */
#define PROMPT_BYTES_PER_TOKEN 3
#define PROMPT_EXTRA_TOKENS    12

#define MAX_DECIMALS           9 /* nano */
#define SHOWN_DECIMALS         6

/* For budgets, not for accounts: two digits, from market rates of late 2025, entered on
 * 2026-11-23. The config's `rates` come before them. */
static const struct rate default_rows[] = {
    {"USD", 1000 * NANO / 1000},
    {"CNY", 140 * NANO / 1000 },
    {"EUR", 1160 * NANO / 1000},
    {"GBP", 1340 * NANO / 1000},
    {"CHF", 1250 * NANO / 1000},
    {"HKD", 129 * NANO / 1000 },
    {"SGD", 780 * NANO / 1000 },
    {"AUD", 660 * NANO / 1000 },
    {"CAD", 720 * NANO / 1000 },
    {"TWD", 33 * NANO / 1000  },
    {"INR", 12 * NANO / 1000  },
    {"JPY", 67 * NANO / 10000 },
    {"KRW", 7 * NANO / 10000  },
};

static const struct rates defaults = {
    default_rows, sizeof(default_rows) / sizeof(default_rows[0])};

const struct rates *rates_default(void)
{
	return &defaults;
}

static int64_t rate_of(const struct rates *r, const char *currency)
{
	for (size_t i = 0; i < r->n; i++) {
		if (strcmp(r->rows[i].currency, currency) == 0)
			return r->rows[i].nano_usd;
	}
	return -1;
}

static int64_t saturate(wide v)
{
	return v > INT64_MAX ? INT64_MAX : (int64_t)v;
}

static int64_t divide_up(wide a, wide b)
{
	return saturate((a + b - 1) / b);
}

int64_t money_convert(
    const struct rates *r, int64_t nano, const char *from, const char *to)
{
	int64_t a, b;

	if (nano < 0 || from[0] == '\0' || to[0] == '\0')
		return -1;
	if (strcmp(from, to) == 0)
		return nano;
	a = rate_of(r, from);
	b = rate_of(r, to);
	if (a <= 0 || b <= 0)
		return -1;
	return divide_up((wide)nano * a, b);
}

int64_t cost_of(const struct price *p, int64_t tokens_in, int64_t tokens_out)
{
	if (p->currency[0] == '\0' || p->in_nano_per_tok < 0 || p->out_nano_per_tok < 0)
		return -1;
	if (tokens_in < 0 || tokens_out < 0)
		return -1;
	return saturate((wide)p->in_nano_per_tok * tokens_in +
			(wide)p->out_nano_per_tok * tokens_out);
}

/* The free kinds: a list of models, a request without a key, a page. */
static bool is_free(const struct target *t)
{
	return t->kind == PROBE_MODELS || t->kind == PROBE_DOOR || t->kind == PROBE_HTTP;
}

/* The words of a heavy question are a token each where we know it, a fifth more where
 * the vocabulary is another. */
static int64_t padding_tokens(const struct target *t)
{
	return t->kind == PROBE_HEAVY ? (int64_t)t->heavy_tokens * 6 / 5 : 0;
}

/* A vector has no tokens of its own. */
static int64_t answer_tokens(const struct target *t)
{
	return t->kind == PROBE_EMBEDDING ? 0 : t->provider->max_tokens;
}

static int64_t prompt_tokens(const struct target *t)
{
	int64_t bytes;

	if (t->prompt == NULL)
		return QUESTION_TOKENS + padding_tokens(t);
	bytes = (int64_t)strlen(t->prompt);
	return (bytes + PROMPT_BYTES_PER_TOKEN - 1) / PROMPT_BYTES_PER_TOKEN +
	       PROMPT_EXTRA_TOKENS + padding_tokens(t);
}

int64_t cost_per_ask(const struct target *t)
{
	if (is_free(t))
		return 0;
	return cost_of(&t->price, prompt_tokens(t), answer_tokens(t));
}

struct price cost_price_at(const struct target *t, struct wall at)
{
	const struct price_hours *h = t->provider->price_hours;
	struct price p = t->price;

	/* A price of the target's own (a vector's) has no hours. */
	if (h == NULL || p.in_nano_per_tok != t->provider->price.in_nano_per_tok ||
	    p.out_nano_per_tok != t->provider->price.out_nano_per_tok ||
	    price_is_dear(h, at))
		return p;
	p.in_nano_per_tok = h->in_nano_per_tok;
	p.out_nano_per_tok = h->out_nano_per_tok;
	return p;
}

/* Nobody bills a request that never arrived, nor one that was refused. */
static bool was_refused(const struct sample *s)
{
	if (s->http_status >= 300)
		return true;
	return s->http_status == 0 && s->connect_us == NOT_REACHED && !s->reused;
}

void cost_sample(const struct target *t, struct sample *s)
{
	struct price p = cost_price_at(t, s->at);
	int64_t in = s->tokens_in, out = s->tokens_out;

	memcpy(s->currency, p.currency, sizeof(s->currency));
	if (is_free(t) || (was_refused(s) && in < 0 && out < 0)) {
		s->cost_nano = 0;
		return;
	}
	s->cost_nano = -1;
	if (cost_of(&p, 0, 0) < 0) {
		s->currency[0] = '\0';
		return;
	}
	if (in < 0 || out < 0)
		s->flags |= FLAG_COST_ESTIMATED;
	if (in < 0)
		in = prompt_tokens(t);
	if (out < 0)
		out = answer_tokens(t);
	s->cost_nano = cost_of(&p, in, out);
}

int64_t cost_pace_ms(
    int64_t interval_ms, int64_t cost_nano, int64_t left_nano, int64_t left_ms)
{
	int64_t asks, pace_ms;

	if (cost_nano <= 0 || left_nano < 0)
		return interval_ms;
	asks = left_nano / cost_nano;
	pace_ms = asks > 0 ? divide_up(left_ms, asks) : left_ms;
	return pace_ms > interval_ms ? pace_ms : interval_ms;
}

char *money_format(int64_t nano, const char *currency, char *buf, size_t size)
{
	int64_t step = 1000; /* nano in the last digit that is shown */
	int64_t micro;
	char digits[SHOWN_DECIMALS + 1];
	size_t n = SHOWN_DECIMALS;

	if (nano < 0 || currency[0] == '\0')
		return str_copy(buf, size, "unknown");
	if (nano > 0 && nano < step) {
		(void)snprintf(buf, size, "<0.000001 %s", currency);
		return buf;
	}
	micro = nano / step + (nano % step >= step / 2);
	(void)snprintf(digits, sizeof(digits), "%06" PRId64, micro % 1000000);
	while (n > 2 && digits[n - 1] == '0')
		n--;
	(void)snprintf(
	    buf, size, "%" PRId64 ".%.*s %s", micro / 1000000, (int)n, digits, currency);
	return buf;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* "0.10" and such; *text is left behind it. At most nine digits after the point. */
static bool parse_amount(const char **text, int64_t *ret_nano)
{
	const char *p = *text;
	int64_t nano = 0;
	int decimals = 0;

	if (!is_digit(*p))
		return false;
	for (; is_digit(*p); p++) {
		if (__builtin_mul_overflow(nano, 10, &nano) ||
		    __builtin_add_overflow(nano, (*p - '0') * NANO, &nano))
			return false;
	}
	if (*p == '.') {
		int64_t unit = NANO / 10;

		for (p++; is_digit(*p); p++, unit /= 10, decimals++) {
			if (decimals == MAX_DECIMALS ||
			    __builtin_add_overflow(nano, (*p - '0') * unit, &nano))
				return false;
		}
		if (decimals == 0)
			return false;
	}
	*text = p;
	*ret_nano = nano;
	return true;
}

bool money_parse(const char *text, bool want_per_day, int64_t *ret_nano, char cur[4])
{
	const char *p = text;
	int64_t nano;
	size_t n;

	if (!parse_amount(&p, &nano))
		return false;
	n = strspn(p, " ");
	p += n;
	if (n == 0 || strspn(p, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") != 3)
		return false;
	if (strcmp(p + 3, want_per_day ? "/day" : "") != 0)
		return false;
	memcpy(cur, p, 3);
	cur[3] = '\0';
	*ret_nano = nano;
	return true;
}
