/* SPDX-License-Identifier: MIT
 *
 * What a right answer looks like: globs, and a small subset of JSONPath that always leads
 * to one value.
 */
#include "probes/expect.h"

#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"

#define MAX_NAME     128 /* of a step of a path */
#define MAX_DIGITS   6
#define MAX_COMPARED ((size_t)64 << 10)

/* --- globs ---------------------------------------------------------------------- */

/* Bytes of the character at p, of n at most; a byte that begins none counts alone. */
static size_t char_len(const char *p, size_t n)
{
	size_t len = 1;

	while (len < n && len < 4 && ((unsigned char)*p & 0xc0) == 0xc0 &&
	       ((unsigned char)p[len] & 0xc0) == 0x80)
		len++;
	return len;
}

/* One step of the pattern that is no `*`: bytes of text that it takes, 0: it does not
 * fit. *ret_next is the pattern behind it. */
static size_t take_one(const char *pattern, struct span text, const char **ret_next)
{
	if (text.n == 0 || *pattern == '\0')
		return 0;
	*ret_next = pattern + 1;
	if (*pattern == '?')
		return char_len(text.p, text.n);
	if (*pattern == '\\' && pattern[1] != '\0')
		*ret_next = ++pattern + 1;
	return *pattern == *text.p ? 1 : 0;
}

/* On a misfit only the latest `*` takes one more: earlier ones need not, so the work is
 * at most pattern times text. */
bool expect_glob(const char *pattern, struct span text)
{
	const char *star = NULL, *next = NULL;
	struct span again = {NULL, 0};

	for (;;) {
		size_t n;

		if (*pattern == '*') {
			star = ++pattern;
			again = text;
			continue;
		}
		if (*pattern == '\0' && text.n == 0)
			return true;
		n = take_one(pattern, text, &next);
		if (n > 0) {
			pattern = next;
			text = (struct span){text.p + n, text.n - n};
		} else if (star != NULL && again.n > 0) {
			n = char_len(again.p, again.n);
			again = (struct span){again.p + n, again.n - n};
			pattern = star;
			text = again;
		} else {
			return false;
		}
	}
}

/* --- paths ---------------------------------------------------------------------- */

enum step_kind { STEP_END, STEP_NAME, STEP_PLACE, STEP_BAD };

struct step {
	struct span name; /* of a NAME */
	size_t place;     /* of a PLACE */
	bool from_end;
};

/* Behind "[": digits, or a name in quotes. */
static enum step_kind read_bracket(const char **p, struct step *ret)
{
	char quote = **p;

	if (quote == '"' || quote == '\'') {
		const char *end = strchr(*p + 1, quote);

		if (end == NULL || end[1] != ']' || end - *p >= MAX_NAME)
			return STEP_BAD;
		ret->name = (struct span){*p + 1, (size_t)(end - *p - 1)};
		*p = end + 2;
		return STEP_NAME;
	}
	ret->from_end = quote == '-';
	*p += ret->from_end;
	size_t digits = strspn(*p, "0123456789");
	if (digits == 0 || digits > MAX_DIGITS || (*p)[digits] != ']')
		return STEP_BAD;
	for (ret->place = 0; **p != ']'; (*p)++)
		ret->place = ret->place * 10 + (size_t)(**p - '0');
	(*p)++;
	return ret->from_end && ret->place == 0 ? STEP_BAD : STEP_PLACE;
}

static enum step_kind read_name(const char **p, struct step *ret)
{
	ret->name = (struct span){*p, strcspn(*p, ".[]*'\"")};
	*p += ret->name.n;
	if (ret->name.n == 0 || ret->name.n >= MAX_NAME)
		return STEP_BAD;
	return STEP_NAME;
}

static enum step_kind next_step(const char **p, struct step *ret)
{
	*ret = (struct step){
	    {NULL, 0},
            0, false
        };
	if (**p == '\0')
		return STEP_END;
	if (**p != '.' && **p != '[')
		return STEP_BAD;
	return *(*p)++ == '[' ? read_bracket(p, ret) : read_name(p, ret);
}

/* The first step; *ret_p is what stands behind it. */
static enum step_kind first_step(const char *path, const char **ret_p, struct step *ret)
{
	*ret_p = path;
	if (*path == '$') {
		(*ret_p)++;
		return next_step(ret_p, ret);
	}
	*ret = (struct step){
	    {NULL, 0},
            0, false
        };
	if (*path == '[' || *path == '.')
		return next_step(ret_p, ret);
	return *path != '\0' ? read_name(ret_p, ret) : STEP_BAD;
}

bool expect_path_check(const char *path, struct err *e)
{
	struct step step;
	const char *p;
	enum step_kind kind = first_step(path, &p, &step);

	while (kind == STEP_NAME || kind == STEP_PLACE)
		kind = next_step(&p, &step);
	if (kind == STEP_END)
		return true;
	return err_set(e, ERR_CONFIG,
	    "is no path at character %d: write steps like $.choices[0].name, [-1] or "
	    "[\"any name\"]",
	    (int)(p - path) + 1);
}

static const json_t *go(const json_t *v, enum step_kind kind, const struct step *step)
{
	char name[MAX_NAME];
	size_t n = json_array_size(v), place = step->place;

	if (kind == STEP_NAME)
		return json_object_get(v, span_copy(step->name, name, sizeof(name)));
	if (step->from_end)
		place = place <= n ? n - place : n;
	return json_array_get(v, place);
}

/* NULL: it leads nowhere. */
static const json_t *follow(const json_t *v, const char *path)
{
	struct step step;
	const char *p;
	enum step_kind kind = first_step(path, &p, &step);

	for (; v != NULL && (kind == STEP_NAME || kind == STEP_PLACE);
	     kind = next_step(&p, &step))
		v = go(v, kind, &step);
	return kind == STEP_END ? v : NULL;
}

/* --- answers -------------------------------------------------------------------- */

/* Models like to wrap JSON: ```json, a line each, ```. */
static struct span without_fence(struct span s)
{
	static const char fence[] = "```";
	size_t n = strlen(fence);
	const char *line;

	s = span_trim(s);
	if (!span_has_prefix(s, fence) || s.n < 2 * n ||
	    memcmp(s.p + s.n - n, fence, n) != 0)
		return s;
	line = memchr(s.p, '\n', s.n - n);
	if (line == NULL)
		return s;
	return (struct span){line + 1, (size_t)(s.p + s.n - n - line - 1)};
}

static bool compare(const struct target *t, struct span answer)
{
	switch (t->expect) {
	case EXPECT_NONE:
	case EXPECT_THERE:
		return true;
	case EXPECT_CONTAINS:
		return span_icontains(answer, span_of(t->expect_text));
	case EXPECT_EQUALS:
		return span_eq(span_trim(answer), t->expect_text);
	case EXPECT_GLOB:
		return expect_glob(t->expect_text, span_trim(answer));
	}
	return true;
}

static bool compare_value(const struct target *t, const json_t *v)
{
	struct str text;
	bool good;

	if (v == NULL)
		return false;
	if (json_is_string(v))
		return compare(
		    t, (struct span){json_string_value(v), json_string_length(v)});
	str_init(&text, MAX_COMPARED);
	if (!json_scalar_text(v, &text)) {
		char *dump = json_dumps(v, JSON_COMPACT | JSON_SORT_KEYS);

		(void)str_adds(&text, dump != NULL ? dump : "");
		free(dump);
	}
	good = compare(t, str_span(&text));
	str_fini(&text);
	return good;
}

bool expect_is_met(const struct target *t, struct span answer)
{
	json_t *v;
	bool good;

	if (t->expect_json == NULL)
		return compare(t, answer);
	v = json_parse_list(without_fence(answer), NULL);
	good = compare_value(t, follow(v, t->expect_json));
	json_decref(v);
	return good;
}
