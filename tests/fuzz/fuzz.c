/* SPDX-License-Identifier: MIT
 *
 * The oracles: what must hold for texts, places and samples, and whether a planted
 * secret is anywhere in them. Written apart from the code they watch.
 */
#include "tests/fuzz/fuzz.h"

#include <assert.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "probes/outcome.h"
#include "probes/retry_after.h"

#define STRETCH 8

void fuzz_broken(const char *file, int line, const char *promise)
{
	fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, promise);
	abort();
}

/* --- secrets ----------------------------------------------------------------------- */

static bool has_stretch(const char *text, const char *secret)
{
	char piece[STRETCH + 1];
	size_t n = strlen(secret);
	size_t stretch = n < STRETCH ? n : STRETCH;

	for (size_t i = 0; i + stretch <= n; i++) {
		snprintf(piece, sizeof(piece), "%.*s", (int)stretch, secret + i);
		if (strcasestr(text, piece) != NULL)
			return true;
	}
	return false;
}

/* One level of %2d, \u002d and \/. */
static char *decoded(const char *text)
{
	char *out = xmalloc(strlen(text) + 1), *o = out;
	unsigned v;
	char c;

	for (const char *p = text; *p;) {
		if (p[0] == '%' && isxdigit((unsigned char)p[1]) &&
		    isxdigit((unsigned char)p[2]) && sscanf(p + 1, "%2x", &v) == 1) {
			c = (char)v;
			p += 3;
		} else if (p[0] == '\\' && (p[1] == 'u' || p[1] == 'U') &&
			   strspn(p + 2, "0123456789abcdefABCDEF") >= 4 &&
			   sscanf(p + 2, "%4x", &v) == 1 && v < 0x80) {
			c = (char)v;
			p += 6;
		} else if (p[0] == '\\' && p[1] == '/') {
			c = '/';
			p += 2;
		} else {
			c = *p++;
		}
		*o++ = c ? c : '?';
	}
	*o = '\0';
	return out;
}

bool fuzz_leaks(const char *text, const char *secret)
{
	bool leaks = has_stretch(text, secret);

	if (!leaks && strpbrk(text, "%\\") != NULL) {
		char *plain = decoded(text);

		leaks = has_stretch(plain, secret);
		free(plain);
	}
	return leaks;
}

bool fuzz_guessed(struct span in, const char *secret)
{
	char *all = fuzz_text(in), *dense = xmalloc(in.n + 1);
	size_t n = 0;
	bool found;

	for (size_t i = 0; i < in.n; i++) {
		if (isgraph((unsigned char)in.p[i]))
			dense[n++] = in.p[i];
	}
	dense[n] = '\0';
	found = fuzz_leaks(all, secret) || fuzz_leaks(dense, secret);
	free(all);
	free(dense);
	return found;
}

/* --- texts ------------------------------------------------------------------------- */

bool fuzz_is_text(const char *p, size_t size)
{
	size_t n = strnlen(p, size);

	return n < size && utf8_valid((struct span){p, n});
}

bool fuzz_is_line(const char *p, size_t size)
{
	if (!fuzz_is_text(p, size))
		return false;
	for (; *p; p++) {
		if ((unsigned char)*p < 0x20 || *p == 0x7f)
			return false;
	}
	return true;
}

/* YAML breaks lines at a few characters beyond ASCII too: then any line may be. */
bool fuzz_is_placed(const char *message, struct span text)
{
	long lines = 1, line = 0, column = 0;
	int n = 0;

	for (size_t i = 0; i < text.n; i++)
		lines += text.p[i] == '\n' || text.p[i] == '\r' ||
			 (unsigned char)text.p[i] >= 0x80;
	if (sscanf(message, "%ld:%ld: %n", &line, &column, &n) < 2 || n == 0)
		return false;
	return line >= 1 && line <= lines + 1 && column >= 1 &&
	       column <= (long)text.n + 1 && message[n] != '\0';
}

/* --- samples ----------------------------------------------------------------------- */

static void check_phases(const struct sample *s)
{
	const int64_t phases[] = {s->dns_us, s->connect_us, s->tls_us, s->first_byte_us,
	    s->first_token_us, s->end_us};
	int64_t last = 0;

	for (size_t i = 0; i < sizeof(phases) / sizeof(phases[0]); i++) {
		MUST(phases[i] >= NOT_REACHED);
		if (phases[i] == NOT_REACHED)
			continue;
		MUST(phases[i] >= last);
		last = phases[i];
	}
	MUST(s->end_us >= 0);
	MUST(s->longest_gap_us >= NOT_REACHED && s->longest_gap_us <= s->end_us);
}

static void check_numbers(const struct sample *s)
{
	MUST((unsigned)s->outcome < OUTCOME_COUNT);
	for (uint32_t bit = 1; bit != 0; bit <<= 1)
		MUST(!(s->flags & bit) || sample_flag_name(bit) != NULL);
	MUST(s->tokens_in >= -1 && s->tokens_out >= -1);
	MUST(s->cost_nano >= -1);
	MUST(s->retry_after_ms == -1 || (s->retry_after_ms >= RETRY_AFTER_MIN_MS &&
					    s->retry_after_ms <= RETRY_AFTER_MAX_MS));
}

void fuzz_check_sample(const struct sample *s, const char *key)
{
	const struct {
		const char *p;
		size_t size;
	} texts[] = {
	    {s->currency,       sizeof(s->currency)      },
	    {s->finish,         sizeof(s->finish)        },
	    {s->returned_model, sizeof(s->returned_model)},
	    {s->request_id,     sizeof(s->request_id)    },
	    {s->provider_code,  sizeof(s->provider_code) },
	    {s->message,        sizeof(s->message)       },
	    {s->evidence,       sizeof(s->evidence)      },
	};

	check_phases(s);
	check_numbers(s);
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		MUST(fuzz_is_text(texts[i].p, texts[i].size));
		MUST(!fuzz_leaks(texts[i].p, key));
	}
	if (s->outcome == OUTCOME_OK)
		MUST(s->evidence[0] == '\0');
}

/* Whoever runs the target ends with the process: it is never given back. */
const struct catalogue *fuzz_catalogue(void)
{
	/* Held here, or it would look lost; `used`, or the compiler drops the variable.
	 */
	static struct arena *arena __attribute__((used));
	static const struct catalogue *loaded;
	struct err e = {0};

	if (loaded == NULL) {
		arena = arena_new();
		loaded = catalogue_load(arena, &e);
	}
	MUST(loaded != NULL);
	return loaded;
}
