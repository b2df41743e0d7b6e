/* SPDX-License-Identifier: MIT
 *
 * A planted key never survives: at any offset, at any cut, whole or in stretches, in
 * clear, percent-encoded or JSON-escaped.
 */
#include "probes/redact.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/rng.h"
#include "agent/base/text.h"

#define KEY "zk/ALTAK-Zq8Ww3Lm5Pv9/4f0aa7c1e2"

/* The longest stretch of the key that stands in the text, in any case. */
static size_t leak(const char *text, const char *key)
{
	size_t worst = 0, m = strlen(key);

	for (size_t k = 0; k < m; k++) {
		for (size_t n = worst + 1; k + n <= m; n++) {
			if (!span_icontains(span_of(text), (struct span){key + k, n}))
				break;
			worst = n;
		}
	}
	return worst;
}

static void filling(struct rng *r, struct str *s, size_t n)
{
	static const char letters[] =
	    "abcdefghij KLMNOP 0123456789 {}\":,./%\\\n\t\x01\xff\xe4";

	for (size_t i = 0; i < n; i++)
		str_addc(s, letters[rng_below(r, sizeof(letters) - 1)]);
}

/* The key as strangers may echo it. */
static void echo(struct rng *r, struct str *s, const char *key)
{
	uint64_t form = rng_below(r, 6);

	for (const char *c = key; *c != '\0'; c++) {
		bool upper = form == 1 && *c >= 'a' && *c <= 'z';
		bool mixed = form == 5 && rng_below(r, 2) == 0;

		if (form == 2 || mixed)
			str_addf(s, "%%%02x", (unsigned)*c);
		else if (form == 3)
			str_addf(s, "\\u%04X", (unsigned)*c);
		else if (form == 4 && *c == '/')
			str_adds(s, "\\/");
		else
			str_addc(s, upper ? (char)(*c - 32) : *c);
	}
}

/* Undoes percent and JSON escapes, so that hidden stretches show. */
static void decode(struct str *out, const char *in)
{
	for (; *in != '\0'; in++) {
		unsigned value = 0;

		if (sscanf(in, "%%%2x", &value) == 1 && strlen(in) >= 3)
			in += 2;
		else if (sscanf(in, "\\u%4x", &value) == 1 && strlen(in) >= 6)
			in += 5;
		else if (in[0] == '\\' && in[1] == '/')
			value = (unsigned char)*++in;
		else
			value = (unsigned char)*in;
		str_addc(out, (char)value);
	}
}

static void a_planted_key_never_survives_anywhere(void **state)
{
	struct secret *key = secret_new(KEY, strlen(KEY));
	struct rng r;

	(void)state;
	rng_init(&r, 20261123);
	for (int round = 0; round < 4000; round++) {
		size_t size = 16 + rng_below(&r, 300);
		struct str in, plain;
		char out[320];

		str_init(&in, 4096);
		str_init(&plain, 4096);
		filling(&r, &in, rng_below(&r, 60));
		echo(&r, &in, KEY);
		filling(&r, &in, rng_below(&r, 30));
		echo(&r, &in, KEY);
		str_truncate(&in, in.len - rng_below(&r, 40));
		redact(out, size, str_span(&in), key);
		decode(&plain, out);
		if (leak(out, KEY) >= 8 || leak(str_c(&plain), KEY) >= 8)
			fail_msg("leaked: %s", out);
		assert_true(strlen(out) < size);
		assert_true(utf8_valid(span_of(out)));
		str_fini(&in);
		str_fini(&plain);
	}
	secret_free(key);
}

static void any_eight_characters_of_the_key_go(void **state)
{
	struct secret *key = secret_new(KEY, strlen(KEY));
	size_t m = strlen(KEY);

	(void)state;
	for (size_t from = 0; from + 8 <= m; from++) {
		for (size_t n = 8; from + n <= m; n++) {
			char in[128], out[128];

			snprintf(in, sizeof(in), "<%.*s>", (int)n, &KEY[from]);
			redact(out, sizeof(out), span_of(in), key);
			assert_string_equal(out, "<***>");
		}
	}
	secret_free(key);
}

static void dropped_bytes_do_not_put_a_key_together(void **state)
{
	static const char in[] = "key zk\x01/ALT\0AK-Zq8Ww3Lm5Pv9/4f0aa\x1b"
				 "7c1e2 end";
	struct secret *key = secret_new(KEY, strlen(KEY));
	char out[128];

	(void)state;
	redact(out, sizeof(out), (struct span){in, sizeof(in) - 1}, key);
	assert_string_equal(out, "key *** end");
	secret_free(key);
}

static void a_percent_sign_inside_a_key_does_not_hide_it(void **state)
{
	static const char odd[] = "ab%41cd%zzef\\/gh";
	struct secret *key = secret_new(odd, strlen(odd));
	char out[128], in[64];

	(void)state;
	snprintf(in, sizeof(in), "[%s]", odd);
	redact(out, sizeof(out), span_of(in), key);
	assert_string_equal(out, "[***]");
	secret_free(key);
}

/* clang-format off */
static const struct {
	const char *in, *out;
} patterns[] = {
	{"Authorization: Bearer abcdef123456==", "Authorization: Bearer ***"},
	{"BEARER abcdef123456, next", "BEARER ***, next"},
	{"bearer%20abcdef123456", "bearer%20***"},
	{"the bearer of news", "the bearer of news"},
	{"Incorrect API key provided: sk-abc***xyz.", "Incorrect API key provided: sk-abc***xyz."},
	{"key sk-proj-abcdEFGH1234 is bad", "key *** is bad"},
	{"a task-force-of-ten", "a task-force-of-ten"},
	{"gsk_abcdefgh1234", "***"},
	{"xai-abcdefgh1234", "***"},
	{"nvapi-abcdefgh1234", "***"},
	{"xoxb-123456789012-abcdef", "***"},
	{"\"xapp-1-A111-222-abc\"", "\"***\""},
	{"bce-v3/ALTAK-abcd/ef01", "***"},
	{"AKIAIOSFODNN7EXAMPLE", "***"},
	{"AKIA is a word", "AKIA is a word"},
	{"eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-_x", "***"},
	{"https://hooks.slack.com/services/T0/B0/xyz", "https://hooks.slack.com/services/***"},
	{"https%3A%2F%2Fhooks.slack.com%2Fservices%2FT0%2FB0",
	 "https%3A%2F%2Fhooks.slack.com%2Fservices%2F***"},
	{"http://user:pass@host/x", "http://***@host/x"},
	{"http://host/a@b", "http://host/a@b"},
	{"mail me@example.org", "mail me@example.org"},
	{"\xe6\xa8\xa1\xe5\x9e\x8b busy", "\xe6\xa8\xa1\xe5\x9e\x8b busy"},
	{"a\xff""b", "a\xef\xbf\xbd""b"},
	{"", ""},
};
/* clang-format on */

static void what_looks_like_a_key_goes_and_the_rest_stays(void **state)
{
	char out[256];

	(void)state;
	for (size_t i = 0; i < sizeof(patterns) / sizeof(patterns[0]); i++) {
		redact(out, sizeof(out), span_of(patterns[i].in), NULL);
		assert_string_equal(out, patterns[i].out);
	}
}

static void short_keys_are_words_and_stay(void **state)
{
	struct secret *word = secret_new("EMPTY", 5), *six = secret_new("abc123", 6);
	char out[64];

	(void)state;
	redact(out, sizeof(out), span_of("the queue is EMPTY"), word);
	assert_string_equal(out, "the queue is EMPTY");
	redact(out, sizeof(out), span_of("key abc123!"), six);
	assert_string_equal(out, "key ***!");
	secret_free(word);
	secret_free(six);
}

static void the_cut_never_splits_a_character(void **state)
{
	char out[16];

	(void)state;
	for (size_t size = 1; size < sizeof(out); size++) {
		redact(out, size, span_of("a\xe6\xa8\xa1\xe5\x9e\x8b\xf0\x9f\x98\x80z"),
		    NULL);
		assert_true(strlen(out) < size);
		assert_true(utf8_valid(span_of(out)));
	}
}

static void megabytes_cost_no_more_than_their_beginning(void **state)
{
	struct secret *key = secret_new(KEY, strlen(KEY));
	struct str in;
	char out[1025];

	(void)state;
	str_init(&in, 8 << 20);
	for (int i = 0; i < 200000; i++)
		str_adds(&in, KEY);
	redact(out, sizeof(out), str_span(&in), key);
	assert_true(leak(out, KEY) < 8);
	str_fini(&in);
	secret_free(key);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_planted_key_never_survives_anywhere),
	    cmocka_unit_test(any_eight_characters_of_the_key_go),
	    cmocka_unit_test(dropped_bytes_do_not_put_a_key_together),
	    cmocka_unit_test(a_percent_sign_inside_a_key_does_not_hide_it),
	    cmocka_unit_test(what_looks_like_a_key_goes_and_the_rest_stays),
	    cmocka_unit_test(short_keys_are_words_and_stay),
	    cmocka_unit_test(the_cut_never_splits_a_character),
	    cmocka_unit_test(megabytes_cost_no_more_than_their_beginning),
	};

	return cmocka_run_group_tests_name("probes/redact", tests, NULL, NULL);
}
