/* SPDX-License-Identifier: MIT
 *
 * Text to value, one parser a type. A wrong value is looked at once more with a guess at
 * what was meant, so that the sentence can show the right way to write it.
 */
#include "agent/conf_value.h"

#include <assert.h>
#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/tick.h"
#include "probes/cost.h"

#define LATER "not in this version (" DIMWATCH_VERSION ")"

typedef bool (*parse_fn)(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why);

static const char *const switch_on[] = {"on", "true", "yes", NULL};
static const char *const switch_off[] = {"off", "false", "no", NULL};

static bool fail(struct str *why, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
static bool fail(struct str *why, const char *fmt, ...)
{
	va_list ap;
	va_start(ap, fmt);
	(void)str_addv(why, fmt, ap);
	va_end(ap);
	return false;
}

static bool is_digits(const char *text)
{
	return *text && strspn(text, "0123456789") == strlen(text);
}

/* Letters and digits of `text`, lower case, without blanks; "" when it does not fit. */
static void squeeze(const char *text, char *buf, size_t size)
{
	size_t n = 0;
	for (; *text && n + 1 < size; text++)
		if (*text != ' ')
			buf[n++] = (char)tolower((unsigned char)*text);
	if (text[strspn(text, " ")])
		n = 0;
	buf[n] = '\0';
}

void conf_list_words(struct str *out, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)str_addf(out, "%s`%s`",
		    !i           ? ""
		    : i + 1 == n ? " and "
				 : ", ",
		    words[i]);
}

static bool in_range(const struct conf_key *k, struct conf_value *v, struct str *why)
{
	if (!k->min && !k->max)
		return true;
	if (v->n >= k->min && v->n <= k->max)
		return true;
	bool less = v->n < k->min;
	conf_value_show(k, v->n, why);
	(void)str_adds(
	    why, less ? " is less than the least, " : " is more than the most, ");
	conf_value_show(k, less ? k->min : k->max, why);
	return false;
}

/* --- durations -------------------------------------------------------------------- */

/* How people write units, and how we do. */
static const struct {
	const char *word, *unit;
} unit_words[] = {
    {"millisecond", "ms"},
    {"msec",        "ms"},
    {"second",      "s" },
    {"sec",         "s" },
    {"minute",      "m" },
    {"min",         "m" },
    {"hour",        "h" },
    {"hr",          "h" },
    {"day",         "d" },
    {"week",        "w" },
    {"year",        "y" },
};

/* A duration that `text` may mean ("1 Minute"); "" when there is none. */
static void guess_duration(const char *text, char *buf, size_t size)
{
	char flat[40];
	int64_t ms;
	squeeze(text, flat, sizeof flat);
	size_t digits = strspn(flat, "0123456789"), n = strlen(flat);
	(void)str_copy(buf, size, flat);
	if (digits && digits == n)
		(void)snprintf(buf, size, "%ss", flat);
	if (n > digits + 1 && flat[n - 1] == 's' && flat[n - 2] != 'm')
		flat[n - 1] = '\0';
	for (size_t i = 0; i < sizeof unit_words / sizeof *unit_words; i++)
		if (digits && !strcmp(flat + digits, unit_words[i].word))
			(void)snprintf(
			    buf, size, "%.*s%s", (int)digits, flat, unit_words[i].unit);
	if (!duration_parse(buf, &ms))
		buf[0] = '\0';
}

static bool parse_duration(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	char guess[48];
	if (duration_parse(text, &v->n))
		return in_range(k, v, why);
	guess_duration(text, guess, sizeof guess);
	if (is_digits(text) && guess[0])
		return fail(why, "%s needs a unit: %s", text, guess);
	if (guess[0] && strcmp(guess, text) != 0)
		return fail(why, "'%s' is not a duration: write %s", text, guess);
	if (strchr(text, '.') || strchr(text, ','))
		return fail(why,
		    "'%s' is not a duration: no fractions, use a smaller unit (1h30m, 500ms)",
		    text);
	return fail(why, "'%s' is not a duration such as 60s, 5m, 1h30m or 2d", text);
}

/* --- sizes ------------------------------------------------------------------------ */

static const struct {
	const char *unit;
	int64_t bytes;
} size_units[] = {
    {"TiB", (int64_t)1 << 40                  },
    {"GiB", (int64_t)1 << 30                  },
    {"MiB", (int64_t)1 << 20                  },
    {"KiB", (int64_t)1 << 10                  },
    {"TB",  (int64_t)1000 * 1000 * 1000 * 1000},
    {"GB",  (int64_t)1000 * 1000 * 1000       },
    {"MB",  (int64_t)1000 * 1000              },
    {"kB",  1000			      },
    {"B",   1				 },
};
#define N_SIZE_UNITS (sizeof size_units / sizeof *size_units)

static bool size_parse(const char *text, int64_t *ret)
{
	size_t digits = strspn(text, "0123456789");
	int64_t n = 0;
	if (!digits || digits > 15)
		return false;
	for (size_t i = 0; i < digits; i++)
		n = n * 10 + (text[i] - '0');
	for (size_t i = 0; i < N_SIZE_UNITS; i++)
		if (!strcmp(text + digits, size_units[i].unit))
			return !__builtin_mul_overflow(n, size_units[i].bytes, ret);
	return false;
}

static bool parse_size(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	static const char letters[] = "kmgt";
	static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
	char flat[24];
	if (size_parse(text, &v->n))
		return in_range(k, v, why);
	squeeze(text, flat, sizeof flat);
	size_t digits = strspn(flat, "0123456789");
	const char *letter = flat[digits] ? strchr(letters, flat[digits]) : NULL;
	if (is_digits(text))
		return fail(why, "%s needs a unit: %sMiB or %sGiB", text, text, text);
	if (digits && letter)
		return fail(why, "'%s' is not a size: write %.*s%s", text, (int)digits,
		    flat, units[letter - letters]);
	return fail(why, "'%s' is not a size such as 512MiB or 2GiB", text);
}

/* --- money ------------------------------------------------------------------------ */

bool conf_is_currency(const char *text)
{
	return strlen(text) == 3 && strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") == 3;
}

/* The three letters that were probably meant; USD where they are no currency. */
static void guess_currency(const char *text, char currency[4])
{
	size_t letters = 0;
	(void)str_copy(currency, 4, "USD");
	for (const char *p = text; *p && *p != '/' && letters < 3; p++)
		if (isalpha((unsigned char)*p))
			currency[letters++] = (char)toupper((unsigned char)*p);
	if (letters < 3)
		(void)str_copy(currency, 4, "USD");
}

static bool parse_money(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	bool per_day = k->type == CONF_MONEY_DAY;
	const char *tail = per_day ? "/day" : "";
	char currency[4], amount[24] = "";
	if (money_parse(text, per_day, &v->n, v->currency))
		return true;
	const char *p = text + strcspn(text, "0123456789");
	size_t digits = strspn(p, "0123456789.");
	if (digits && digits < sizeof amount)
		(void)span_copy((struct span){p, digits}, amount, sizeof amount);
	guess_currency(text, currency);
	if (!amount[0] || strchr(text, '-'))
		return fail(
		    why, "'%s' is no amount: write it like 0.10 USD%s", text, tail);
	return fail(why, "'%s' is not an amount%s: write %s %s%s", text,
	    per_day ? " per day" : "", amount, currency, tail);
}

static bool parse_asks(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	size_t digits = strspn(text, "0123456789");
	v->n = 0;
	for (size_t i = 0; i < digits && i < 12; i++)
		v->n = v->n * 10 + (text[i] - '0');
	if (digits && !strcmp(text + digits, "/day"))
		return in_range(k, v, why);
	if (digits && !text[digits])
		return fail(why, "%s needs a unit: %s/day", text, text);
	return fail(why, "'%s' is not a number of asks such as 2000/day", text);
}

static bool parse_count(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	v->n = 0;
	if (!is_digits(text) || strlen(text) > 12)
		return fail(why, "'%s' is not a whole number", text);
	for (; *text; text++)
		v->n = v->n * 10 + (*text - '0');
	return in_range(k, v, why);
}

/* --- words ------------------------------------------------------------------------ */

static bool parse_word(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	size_t n = 0;
	for (; k->choices[n]; n++)
		if (!strcmp(k->choices[n], text)) {
			v->n = (int64_t)n;
			v->text = k->choices[n];
			return true;
		}
	const char *near = str_nearest(text, k->choices, n);
	if (conf_is_word(k->later_choices, text)) {
		(void)str_addf(why, "'%s' is " LATER "; this one has ", text);
	} else if (near) {
		return fail(why, "'%s' is unknown (did you mean '%s'?)", text, near);
	} else {
		(void)str_addf(
		    why, "'%s' is unknown; there %s ", text, n == 1 ? "is" : "are");
	}
	conf_list_words(why, k->choices, n);
	return false;
}

static bool parse_switch(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	(void)k;
	v->n = conf_is_word(switch_on, text);
	if (v->n || conf_is_word(switch_off, text))
		return true;
	return fail(why, "'%s' is neither on nor off: write one of them", text);
}

static bool parse_text(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	if (k->max && strlen(text) > (size_t)k->max)
		return fail(why, "longer than %" PRId64 " bytes: shorten it", k->max);
	/* The file itself was checked; the environment is anybody's. */
	if (!utf8_valid(span_of(text)))
		return fail(why, "holds bytes that are not UTF-8: write it anew");
	v->text = text;
	return true;
}

static bool parse_name(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	static const char good[] = "abcdefghijklmnopqrstuvwxyz"
				   "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	if (strspn(text, good) != strlen(text) || !isalnum((unsigned char)text[0]))
		return fail(why,
		    "'%s' is no name: letters, digits and . _ - behind a letter or digit",
		    text);
	return parse_text(k, text, v, why);
}

static bool parse_url(
    const struct conf_key *k, const char *text, struct conf_value *v, struct str *why)
{
	(void)k;
	v->text = text;
	return conf_url_check(text, why);
}

/* --- URLs ------------------------------------------------------------------------- */

/* The word by which a parameter of the query promises a secret; NULL: none. */
static const char *secret_parameter(const char *query)
{
	static const char *const words[] = {
	    "key", "token", "secret", "password", "signature"};
	while (query && *query) {
		query++;
		size_t n = strcspn(query, "=&#");
		struct span name = {query, n};
		for (size_t i = 0; i < sizeof words / sizeof *words; i++)
			if (span_icontains(name, span_of(words[i])))
				return words[i];
		query = strchr(query, '&');
	}
	return NULL;
}

bool conf_url_check(const char *text, struct str *why)
{
	const char *rest = strstr(text, "://"), *word;
	if (!rest)
		return fail(
		    why, "'%s' is not a URL: it begins with https:// or http://", text);
	struct span scheme = {text, (size_t)(rest - text)};
	/* A longer one may be a part of somebody's key: it is not shown. */
	if (!span_ieq(scheme, "https") && !span_ieq(scheme, "http"))
		return fail(why, "'%.*s://' is not known here: https:// or http://",
		    scheme.n > 6 ? 3 : (int)scheme.n, scheme.n > 6 ? "..." : text);
	rest += 3;
	size_t host = strcspn(rest, "/?#");
	if (memchr(rest, '@', host))
		return fail(why,
		    "a user or password in the URL would be shown and logged: use `key:`");
	if (!host || rest[0] == ':')
		return fail(why, "the URL names no host");
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p == 0x7f || *p == '"' || *p == '<' || *p == '>')
			return fail(
			    why, "the URL holds a blank or a quote: copy it again");
	if (strchr(rest, '#'))
		return fail(why, "a URL's part behind '#' is never sent: remove it");
	word = secret_parameter(strchr(rest, '?'));
	if (word)
		return fail(why,
		    "the URL holds a secret ('%s'), it would be shown and logged: use `key:`",
		    word);
	if (strlen(text) > 2000)
		return fail(why, "longer than 2000 bytes: shorten it");
	return true;
}

/* --- the table of parsers --------------------------------------------------------- */

static const parse_fn parsers[CONF_TYPE_COUNT] = {
    [CONF_TEXT] = parse_text,
    [CONF_NAME] = parse_name,
    [CONF_PATH] = parse_text,
    [CONF_PATHS] = parse_text,
    [CONF_WORD] = parse_word,
    [CONF_LADDER] = parse_word,
    [CONF_SWITCH] = parse_switch,
    [CONF_DURATION] = parse_duration,
    [CONF_SIZE] = parse_size,
    [CONF_MONEY_DAY] = parse_money,
    [CONF_ASKS_DAY] = parse_asks,
    [CONF_COUNT] = parse_count,
    [CONF_URL] = parse_url,
    [CONF_URLS] = parse_url,
    [CONF_TEXTS] = parse_text,
    [CONF_NAMES] = parse_name,
    [CONF_WORDS] = parse_word,
    [CONF_TEXT_MAP] = parse_text,
    [CONF_MONEY_MAP] = parse_money,
    [CONF_NAMES_MAP] = parse_name,
};

bool conf_value_parse(
    const struct conf_key *k, const char *text, struct conf_value *ret, struct str *why)
{
	assert(parsers[k->type]);
	if (k->may_be_none && !strcmp(text, "none")) {
		ret->none = true;
		return true;
	}
	return parsers[k->type](k, text, ret, why);
}

void conf_value_show(const struct conf_key *k, int64_t n, struct str *out)
{
	char buf[48];
	if (k->type == CONF_DURATION) {
		(void)str_adds(out, duration_format(n, buf, sizeof buf));
		return;
	}
	if (k->type == CONF_ASKS_DAY) {
		(void)str_addf(out, "%" PRId64 "/day", n);
		return;
	}
	for (size_t i = 0; k->type == CONF_SIZE && i < N_SIZE_UNITS; i++)
		if (n % size_units[i].bytes == 0) {
			(void)str_addf(out, "%" PRId64 "%s", n / size_units[i].bytes,
			    size_units[i].unit);
			return;
		}
	(void)str_addf(out, "%" PRId64, n);
}
