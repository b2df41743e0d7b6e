/* SPDX-License-Identifier: MIT
 *
 * Complaints of libyaml as sentences with a place and a cure: one table, most specific
 * row first.
 */
#include "agent/base/yaml_explain.h"

#include <string.h>

#include "agent/base/text.h"

enum cure_place {
	AT_PROBLEM, /* report the place where libyaml stopped */
	AT_OPENING, /* report the place where the thing began */
	NAME_BOTH,
};

/* Parts of libyaml's two sentences (NULL fits all) and ours; the first row that fits. */
struct cure {
	const char *context, *problem;
	enum cure_place place;
	const char *sentence;
};

/* Aligned columns of long sentences are not readable. */
/* clang-format off */
static const struct cure cures[] = {
	{"while scanning an alias", NULL, AT_PROBLEM,
	 "a value that starts with '*' is a YAML alias, which is not supported: put "
	 "it in quotes"},
	{"while scanning an anchor", NULL, AT_PROBLEM,
	 "a value that starts with '&' is a YAML anchor, which is not supported: "
	 "put it in quotes"},
	{" a tag", NULL, AT_PROBLEM,
	 "a value that starts with '!' is a YAML tag, which is not supported: put "
	 "it in quotes"},
	{NULL, "undefined tag handle", AT_PROBLEM,
	 "a value that starts with '!' is a YAML tag, which is not supported: put "
	 "it in quotes"},
	{"while scanning a quoted", "unexpected", AT_OPENING,
	 "this quote is never closed: add the closing quote"},
	{"while parsing a quoted", NULL, AT_PROBLEM,
	 "unknown escape in double quotes: write \\\\ for a backslash, or use "
	 "single quotes"},
	{"while scanning a block", NULL, AT_PROBLEM,
	 "a text block starts with '|' or '>' alone at the end of a line, its text "
	 "is indented"},
	{"while scanning a simple key", NULL, AT_OPENING,
	 "expected ': ' after this key: write 'key: value', or put a text of "
	 "several lines in quotes"},
	{"while parsing a block mapping", NULL, AT_PROBLEM,
	 "this does not fit the map above: indent it like its neighbours, write "
	 "'key: value'"},
	{"while parsing a block collection", NULL, AT_PROBLEM,
	 "this does not fit the list above: indent it like its neighbours, start it "
	 "with '- '"},
	{"while parsing a flow mapping", NULL, NAME_BOTH,
	 "expected ',' or '}': close the '{' or put a comma between the pairs"},
	{"while parsing a flow sequence", NULL, NAME_BOTH,
	 "expected ',' or ']': close the '[' or put a comma between the items"},
	{NULL, "mapping values are not allowed", AT_PROBLEM,
	 "a ': ' does not belong here: put the value in quotes, or indent this line "
	 "like its neighbours"},
	{NULL, "block sequence entries are not allowed", AT_PROBLEM,
	 "a list item '- ' does not belong here: start the list on a line of its own"},
	{NULL, "mapping keys are not allowed", AT_PROBLEM,
	 "'? ' does not belong here: write 'key: value'"},
	{NULL, "<document start>", AT_PROBLEM,
	 "this does not belong to what stands above: check the indentation"},
	{NULL, "cannot start any token", AT_PROBLEM,
	 "a value cannot start with this character: put it in quotes"},
	{"directive", NULL, AT_PROBLEM,
	 "lines that start with '%' are not supported: delete this one"},
	{NULL, "directive", AT_PROBLEM,
	 "lines that start with '%' are not supported: delete this one"},
	{NULL, NULL, AT_PROBLEM,
	 "a value is missing here or needs quotes: write 'key: value' or put it in "
	 "quotes"},
};
/* clang-format on */

/* What is wrong with a character; NULL: nothing. */
static const char *character_fault(uint32_t cp, char next, bool in_comment)
{
	if (cp == '\t' && !in_comment)
		return "a tab: use blanks (inside double quotes write \\t)";
	if (cp == '\t' || cp == '\n' || (cp == '\r' && next == '\n'))
		return NULL;
	if (cp == '\r')
		return "a lone carriage return: end lines with a line feed";
	if (cp < 0x20 || (cp >= 0x7f && cp <= 0x9f))
		return "a control character: delete it";
	if (cp == 0x2028 || cp == 0x2029 || cp == 0xfeff || cp == 0xfffe || cp == 0xffff)
		return "an invisible special character: delete it";
	return NULL;
}

bool yaml_check_characters(struct span in, struct err *e)
{
	int line = 1, column = 1;
	bool in_comment = false, at_start = true;

	while (in.n) {
		uint32_t cp = 0;
		size_t n = utf8_decode(in, &cp);
		char next = (char)(n < in.n ? in.p[n] : '\0');
		const char *fault = n ? character_fault(cp, next, in_comment)
				      : "not UTF-8: save the file as UTF-8";

		if (fault)
			return err_set(e, ERR_CONFIG, "%d:%d: %s", line, column, fault);
		if (at_start && cp != ' ') {
			in_comment = cp == '#';
			at_start = false;
		}
		column++;
		if (cp == '\n') {
			line++;
			column = 1;
			at_start = true;
			in_comment = false;
		}
		in.p += n;
		in.n -= n;
	}
	return true;
}

static bool fits(const char *part, const char *whole)
{
	return !part || (whole && strstr(whole, part));
}

/* Byte offset of a mark, which counts characters. */
static size_t offset_of(struct span in, yaml_mark_t mark)
{
	size_t at = 0;

	for (size_t i = 0; i < mark.index && at < in.n; i++) {
		uint32_t cp;
		size_t n = utf8_decode((struct span){in.p + at, in.n - at}, &cp);

		at += n ? n : 1;
	}
	return at;
}

/* In { } and [ ] a plain value ends at the next bracket, so ${NAME} falls apart into "$"
 * and a map: the most frequent surprise in our configs. False: it was not that. */
static bool explain_reference(yaml_mark_t mark, struct span in, struct err *e)
{
	size_t at = offset_of(in, mark), n = 0;
	const char *p = in.p + at;

	if (at == 0 || at >= in.n || *p != '{' || p[-1] != '$')
		return false;
	while (at + n < in.n && n < 80 && p[n] != '}' && p[n] != '\n')
		n++;
	if (at + n == in.n || p[n] != '}') {
		p = "{NAME";
		n = strlen(p);
	}
	err_set(e, ERR_CONFIG,
	    "%d:%d: inside { } and [ ] a reference needs quotes: write \"$%.*s}\"",
	    (int)mark.line + 1, (int)mark.column, (int)n, p);
	return true;
}

/* libyaml expects the next line of a block, but the line goes on: `a: "b" c`, `a: }`. */
static bool explain_rest_of_line(const yaml_parser_t *p, struct span in, struct err *e)
{
	yaml_mark_t mark = p->problem_mark;
	size_t at = offset_of(in, mark);
	const char *sentence;

	if (!fits("while parsing a block", p->context))
		return false;
	while (at > 0 && in.p[at - 1] == ' ')
		at--;
	if (at == 0 || in.p[at - 1] == '\n')
		return false;
	if (strchr(":-?,", in.p[at - 1]))
		sentence = "a value cannot start with this character: put it in quotes";
	else
		sentence = "this stands behind a complete value: put the whole value in "
			   "quotes, or delete this";
	err_set(e, ERR_CONFIG, "%d:%d: %s", (int)mark.line + 1, (int)mark.column + 1,
	    sentence);
	return true;
}

bool yaml_explain(const yaml_parser_t *p, struct span in, struct err *e)
{
	yaml_mark_t at = p->problem_mark, opened = p->context_mark;
	const struct cure *c = cures;

	if (p->error == YAML_MEMORY_ERROR)
		return err_set(e, ERR_SYSTEM, "out of memory");
	if (p->error == YAML_READER_ERROR)
		return err_set(e, ERR_CONFIG,
		    "%d:%d: unreadable (%s): delete what stands here",
		    (int)p->mark.line + 1, (int)p->mark.column + 1, p->problem);
	if (explain_reference(at, in, e) || explain_rest_of_line(p, in, e))
		return false;
	while (!fits(c->context, p->context) || !fits(c->problem, p->problem))
		c++;
	if (c->place == AT_OPENING)
		at = opened;
	err_set(e, ERR_CONFIG, "%d:%d: %s", (int)at.line + 1, (int)at.column + 1,
	    c->sentence);
	if (c->place == NAME_BOTH)
		err_set(e, ERR_CONFIG, "%d:%d: %s (it opens at %d:%d)", (int)at.line + 1,
		    (int)at.column + 1, c->sentence, (int)opened.line + 1,
		    (int)opened.column + 1);
	return false;
}
