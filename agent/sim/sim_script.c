/* SPDX-License-Identifier: MIT
 *
 * Script lines to a table of (time, who, mix), and the seeded choice from a mix.
 */
#include "agent/sim/sim_script.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/rng.h"
#include "agent/base/tick.h"
#include "agent/base/xalloc.h"

struct mix {
	struct sim_action actions[SIM_MAX_IN_A_MIX];
	double shares[SIM_MAX_IN_A_MIX]; /* of 1; what is left over is ok */
	size_t n;
};

struct line {
	int64_t at_ms;
	bool hook;
	char name[SIM_NAME_BYTES];
	struct mix mix;
};

struct sim_script {
	uint64_t seed;
	struct line *lines; /* owned; in order of the file */
	size_t n, cap;
};

/* --- reading --- */

static struct span take_until(struct span *rest, char stop)
{
	const char *end = rest->n ? memchr(rest->p, stop, rest->n) : NULL;
	struct span head = {rest->p, end ? (size_t)(end - rest->p) : rest->n};
	size_t used = end ? head.n + 1 : head.n;

	*rest = (struct span){rest->p + used, rest->n - used};
	return span_trim(head);
}

/* The next fault of a mix: up to a comma that stands in no quotes and no braces, so that
 * `http 503 {"a":1,"b":2} 50%, ok` has two. */
static struct span take_item(struct span *rest)
{
	struct span whole = *rest;
	bool quoted = false;
	int depth = 0;
	size_t n = 0;

	for (; n < whole.n; n++) {
		char c = whole.p[n];

		if (c == '"')
			quoted = !quoted;
		else if (!quoted && (c == '{' || c == '['))
			depth++;
		else if (!quoted && (c == '}' || c == ']'))
			depth--;
		else if (c == ',' && !quoted && depth <= 0)
			break;
	}
	*rest = (struct span){whole.p + n, whole.n - n};
	if (rest->n > 0)
		*rest = (struct span){rest->p + 1, rest->n - 1};
	return span_trim((struct span){whole.p, n});
}

/* A comment starts with # at the start of the line or behind a blank. */
static struct span without_comment(struct span line)
{
	for (size_t i = 0; i < line.n; i++) {
		if (line.p[i] == '#' &&
		    (i == 0 || line.p[i - 1] == ' ' || line.p[i - 1] == '\t'))
			return (struct span){line.p, i};
	}
	return line;
}

/* Cuts "50%" off the end of an item; share stays -1 when there is none. */
static bool take_percent(struct span *item, double *share, struct err *e)
{
	size_t at = item->n;
	char word[16], *end;
	double percent;

	*share = -1;
	if (item->n == 0 || item->p[item->n - 1] != '%')
		return true;
	while (at > 0 && item->p[at - 1] != ' ' && item->p[at - 1] != '\t')
		at--;
	span_copy((struct span){item->p + at, item->n - at - 1}, word, sizeof(word));
	percent = strtod(word, &end);
	if (end == word || *end || !(percent >= 0 && percent <= 100))
		return err_set(e, ERR_CONFIG, "'%s%%' is no percentage", word);
	*share = percent / 100;
	*item = span_trim((struct span){item->p, at});
	return true;
}

/* Those without a percentage share what the others leave. */
static bool settle_shares(struct mix *m, struct err *e)
{
	double given = 0;
	size_t open = 0;

	for (size_t i = 0; i < m->n; i++) {
		if (m->shares[i] < 0)
			open++;
		else
			given += m->shares[i];
	}
	if (given > 1.0 + 1e-9)
		return err_set(
		    e, ERR_CONFIG, "the percentages add up to more than 100%%");
	for (size_t i = 0; i < m->n; i++) {
		if (m->shares[i] < 0)
			m->shares[i] = given < 1 ? (1 - given) / (double)open : 0;
	}
	return true;
}

static bool parse_mix(struct span text, bool hook, struct mix *m, struct err *e)
{
	do {
		struct span item = take_item(&text);

		if (m->n == SIM_MAX_IN_A_MIX)
			return err_set(e, ERR_CONFIG, "more than %d faults in one mix",
			    SIM_MAX_IN_A_MIX);
		if (!take_percent(&item, &m->shares[m->n], e) ||
		    !sim_action_parse(item, hook, &m->actions[m->n], e))
			return false;
		m->n++;
	} while (text.n > 0);
	return settle_shares(m, e);
}

static bool is_name(struct span s)
{
	if (s.n == 0 || s.n >= SIM_NAME_BYTES)
		return false;
	for (size_t i = 0; i < s.n; i++) {
		if (!strchr("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			    "0123456789-_.",
			s.p[i]) ||
		    s.p[i] == '\0')
			return false;
	}
	return true;
}

static bool parse_at(struct sim_script *s, struct span rest, struct err *e)
{
	struct line ln = {.at_ms = 0};
	struct span when = take_until(&rest, ' ');
	struct span who = take_until(&rest, ':');
	char word[32], name[SIM_NAME_BYTES];

	if (!duration_parse(span_copy(when, word, sizeof(word)), &ln.at_ms))
		return err_set(e, ERR_CONFIG, "'%s' is no duration, such as 10m", word);
	if (span_has_prefix(who, "hook ")) {
		ln.hook = true;
		who = span_trim((struct span){who.p + 5, who.n - 5});
	}
	if (!is_name(who))
		return err_set(e, ERR_CONFIG,
		    "'%s' is no name; the form is: at DURATION NAME: FAULT",
		    span_copy(who, name, sizeof(name)));
	span_copy(who, ln.name, sizeof(ln.name));
	if (!parse_mix(rest, ln.hook, &ln.mix, e))
		return false;
	if (s->n == SIM_MAX_LINES)
		return err_set(e, ERR_LIMIT, "more than %d lines", SIM_MAX_LINES);
	if (s->n == s->cap) {
		s->cap = s->cap ? 2 * s->cap : 16;
		s->lines = xreallocarray(s->lines, s->cap, sizeof(*s->lines));
	}
	s->lines[s->n++] = ln;
	return true;
}

static bool parse_seed(struct sim_script *s, struct span rest, struct err *e)
{
	char word[32], *end;

	span_copy(span_trim(rest), word, sizeof(word));
	s->seed = strtoull(word, &end, 10);
	if (end == word || *end || word[0] == '-')
		return err_set(e, ERR_CONFIG, "seed needs a number");
	return true;
}

static bool parse_line(struct sim_script *s, struct span text, struct err *e)
{
	static const char *const words[] = {"at", "seed"};
	struct span rest = span_trim(without_comment(text));
	struct span first;
	const char *near;
	char word[32];

	if (rest.n == 0)
		return true;
	first = take_until(&rest, ' ');
	if (span_eq(first, "at"))
		return parse_at(s, span_trim(rest), e);
	if (span_eq(first, "seed"))
		return parse_seed(s, rest, e);
	span_copy(first, word, sizeof(word));
	near = str_nearest(word, words, 2);
	return err_set(e, ERR_CONFIG,
	    "'%s' starts no line: lines are 'at DURATION NAME: FAULT' and 'seed N'%s%s%s",
	    word, near ? "; did you mean '" : "", near ? near : "", near ? "'?" : "");
}

struct sim_script *sim_script_parse(struct span text, struct err *e)
{
	struct sim_script *s;
	int number = 0;

	if (text.n > SIM_SCRIPT_MAX) {
		err_set(e, ERR_LIMIT, "a script above %zu KiB", SIM_SCRIPT_MAX >> 10);
		return NULL;
	}
	s = xcalloc(1, sizeof(*s));
	s->seed = SIM_DEFAULT_SEED;
	while (text.n > 0) {
		number++;
		if (!parse_line(s, take_until(&text, '\n'), e)) {
			err_wrap(e, "%d", number);
			sim_script_free(s);
			return NULL;
		}
	}
	return s;
}

void sim_script_free(struct sim_script *s)
{
	if (!s)
		return;
	free(s->lines);
	free(s);
}

/* --- asking --- */

uint64_t sim_script_seed(const struct sim_script *s)
{
	return s->seed;
}

/* The latest line that has taken effect; of two at one time, the later in the file. */
static const struct line *line_at(
    const struct sim_script *s, bool hook, const char *name, int64_t ms)
{
	const struct line *best = NULL;

	for (size_t i = 0; i < s->n; i++) {
		const struct line *ln = &s->lines[i];

		if (ln->hook == hook && ln->at_ms <= ms && strcmp(ln->name, name) == 0 &&
		    (!best || ln->at_ms >= best->at_ms))
			best = ln;
	}
	return best;
}

/* A number in [0, 1) of its own for each request, whatever came in between. */
static double draw(const struct sim_script *s, bool hook, const char *name, uint64_t n)
{
	uint64_t h = hash64(name, strlen(name));
	struct rng r;

	rng_init(&r, s->seed ^ h ^ (n * 0x9e3779b97f4a7c15ULL) ^ (hook ? 0x5bd1e995 : 0));
	return rng_unit(&r);
}

void sim_script_pick(const struct sim_script *s, bool hook, const char *name, int64_t ms,
    uint64_t n, struct sim_action *ret)
{
	const struct line *ln = line_at(s, hook, name, ms);
	double left;

	*ret = (struct sim_action){.fault = SIM_OK, .ms = -1, .factor = 1};
	if (!ln)
		return;
	left = draw(s, hook, name, n);
	for (size_t i = 0; i < ln->mix.n; i++) {
		if (left < ln->mix.shares[i]) {
			*ret = ln->mix.actions[i];
			return;
		}
		left -= ln->mix.shares[i];
	}
}

bool sim_script_only(const struct sim_script *s, bool hook, const char *name, int64_t ms,
    struct sim_action *ret)
{
	const struct line *ln = line_at(s, hook, name, ms);

	*ret = (struct sim_action){.fault = SIM_OK, .ms = -1, .factor = 1};
	if (!ln)
		return true;
	if (ln->mix.n != 1 || ln->mix.shares[0] < 1)
		return false;
	*ret = ln->mix.actions[0];
	return true;
}

int64_t sim_script_next_ms(const struct sim_script *s, int64_t ms)
{
	int64_t next = -1;

	for (size_t i = 0; i < s->n; i++) {
		int64_t at = s->lines[i].at_ms;

		if (at > ms && (next < 0 || at < next))
			next = at;
	}
	return next;
}

int64_t sim_script_last_ms(const struct sim_script *s)
{
	int64_t last = 0;

	for (size_t i = 0; i < s->n; i++) {
		if (s->lines[i].at_ms > last)
			last = s->lines[i].at_ms;
	}
	return last;
}

static bool is_first_of_its_name(const struct sim_script *s, size_t at)
{
	for (size_t i = 0; i < at; i++) {
		if (!s->lines[i].hook && strcmp(s->lines[i].name, s->lines[at].name) == 0)
			return false;
	}
	return true;
}

const char *sim_script_provider(const struct sim_script *s, size_t i)
{
	for (size_t at = 0; at < s->n; at++) {
		if (!s->lines[at].hook && is_first_of_its_name(s, at) && i-- == 0)
			return s->lines[at].name;
	}
	return NULL;
}
