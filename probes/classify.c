/* SPDX-License-Identifier: MIT
 *
 * Tries the provider's rows, then the general ones. How well a row hit matters inside a
 * 2xx, where no status can be trusted: an exact code counts before a word in a text, and
 * that before "anything".
 */
#include "probes/classify.h"

#include <string.h>

#include "probes/dialect.h"

#define MAX_VALUE ((size_t)64 << 10)
#define ANY_HTTP  (-1)

enum hit { HIT_NONE, HIT_ANY, HIT_TEXT, HIT_EXACT };

static enum hit value_hits(struct span value, const char *match)
{
	if (strcmp(match, "*") == 0)
		return HIT_ANY;
	if (match[0] == '~')
		return span_icontains(value, span_of(match + 1)) ? HIT_TEXT : HIT_NONE;
	return span_eq(span_trim(value), match) ? HIT_EXACT : HIT_NONE;
}

/* Some doors wrap an error in an array of one: rows need not know. */
static const json_t *unwrapped(const json_t *v)
{
	return json_is_array(v) ? json_array_get(v, 0) : v;
}

static enum hit json_hits(const struct answer *a, const char *path, const char *match)
{
	const json_t *top = path[0] == '[' ? a->json : unwrapped(a->json);
	const json_t *v = json_at(top, path);
	struct str text;
	enum hit hit;

	if (v == NULL || json_is_null(v))
		return HIT_NONE;
	str_init(&text, MAX_VALUE);
	if (!json_scalar_text(v, &text))
		json_dump(v, &text);
	hit = value_hits(str_span(&text), match);
	str_fini(&text);
	return hit;
}

static enum hit path_hits(const struct answer *a, const char *path, const char *match)
{
	struct span value;

	if (strcmp(path, "*") == 0)
		return value_hits(a->body, match);
	if (strncmp(path, "header:", 7) != 0)
		return json_hits(a, path, match);
	if (a->head == NULL)
		return HIT_NONE;
	value = head_find(a->head, path + 7);
	return value.p != NULL ? value_hits(value, match) : HIT_NONE;
}

/* Rows of one table. */
struct rows {
	const struct error_row *rows;
	size_t n;
};

/* The best hit of any match at any path. */
static enum hit row_hits(const struct answer *a, const struct error_row *row)
{
	enum hit best = HIT_NONE;

	if (row->n_paths == 0)
		return HIT_ANY;
	for (size_t i = 0; i < row->n_paths; i++) {
		if (row->n_matches == 0 && path_hits(a, row->paths[i], "*") != HIT_NONE)
			best = best > HIT_ANY ? best : HIT_ANY;
		for (size_t k = 0; k < row->n_matches; k++) {
			enum hit hit = path_hits(a, row->paths[i], row->matches[k]);

			best = hit > best ? hit : best;
		}
	}
	return best;
}

/* The first row for this status that hits at least as well as `least`. */
static const struct error_row *find_row(
    struct rows table, const struct answer *a, int http, enum hit least)
{
	for (size_t i = 0; i < table.n; i++) {
		const struct error_row *row = &table.rows[i];

		if (row->http != 0 && http != ANY_HTTP && row->http != http)
			continue;
		if (row_hits(a, row) >= least)
			return row;
	}
	return NULL;
}

/* A status that a frame's comment or the body itself names; 0: none. */
static int inner_status(const struct answer *a)
{
	static const char *const places[] = {"error.code", "error.http_code",
	    "error.status_code", "error.status", "code", "raw_status_code", "status_code",
	    "status"};
	const json_t *v = unwrapped(a->json);
	struct str text;
	int status = 0;

	if (a->status >= 400 && a->status <= 599)
		return a->status;
	str_init(&text, 16);
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]) && status == 0; i++) {
		const json_t *found = json_at(v, places[i]);
		const char *d;

		str_reset(&text);
		if (found == NULL || !json_scalar_text(found, &text) || text.len != 3)
			continue;
		d = str_c(&text);
		if ((d[0] == '4' || d[0] == '5') && strspn(d, "0123456789") == 3)
			status = (d[0] - '0') * 100 + (d[1] - '0') * 10 + (d[2] - '0');
	}
	str_fini(&text);
	return status;
}

static const struct error_row *find_row_inside(
    struct rows table, const struct answer *a, int inner)
{
	const struct error_row *row = find_row(table, a, 200, HIT_ANY);

	if (row == NULL && inner != 0)
		row = find_row(table, a, inner, HIT_TEXT);
	if (row == NULL)
		row = find_row(table, a, ANY_HTTP, HIT_EXACT);
	if (row == NULL)
		row = find_row(table, a, inner != 0 ? inner : ANY_HTTP,
		    inner != 0 ? HIT_ANY : HIT_TEXT);
	return row;
}

static const struct error_row *find_row_of(
    struct rows table, const struct answer *a, int status)
{
	bool is_2xx = a->status >= 200 && a->status <= 299;

	if (a->in_stream)
		return find_row_inside(table, a, status);
	return find_row(table, a, is_2xx ? 200 : status, HIT_ANY);
}

/* The provider's rows, then those of its dialect. */
static const struct error_row *find_known(
    const struct provider *p, const struct answer *a, int status)
{
	const struct dialect *d = NULL;
	const struct error_row *row;

	if (p == NULL)
		return NULL;
	row = find_row_of((struct rows){p->errors, p->n_errors}, a, status);
	if (row == NULL && p->dialect != NULL)
		d = dialect_find(p->dialect);
	if (d != NULL)
		row = find_row_of((struct rows){d->errors, d->n_errors}, a, status);
	return row;
}

static bool general_hits(
    const struct general_row *row, const struct answer *a, int status)
{
	if (row->from != 0 && (status < row->from || status > row->to))
		return false;
	if (row->html && !answer_is_html(a))
		return false;
	return row->path == NULL || path_hits(a, row->path, row->match) != HIT_NONE;
}

static enum outcome general_outcome(
    const struct answer *a, int status, enum outcome otherwise)
{
	size_t n;
	const struct general_row *rows = general_rows(&n);

	for (size_t i = 0; i < n; i++) {
		if (general_hits(&rows[i], a, status))
			return rows[i].outcome;
	}
	return otherwise;
}

/* Inside a 2xx an answer did come: what its status or its silence would have meant
 * elsewhere is an error in the stream here. */
static enum outcome as_inside(enum outcome o)
{
	if (o == OUTCOME_HTTP_5XX || outcome_row(o)->evidence == EVIDENCE_SILENT)
		return OUTCOME_ERROR_IN_STREAM;
	return o;
}

bool answer_is_html(const struct answer *a)
{
	struct span body = span_trim(a->body);
	struct span type = {NULL, 0};

	if (a->head != NULL)
		type = head_find(a->head, "content-type");
	return (body.n > 0 && body.p[0] == '<') ||
	       span_icontains(type, span_of("text/html"));
}

void classify_answer(
    const struct provider *p, const struct answer *a, struct verdict *ret)
{
	int status = a->in_stream ? inner_status(a) : a->status;
	enum outcome otherwise =
	    a->in_stream ? OUTCOME_ERROR_IN_STREAM : OUTCOME_MALFORMED;
	const struct error_row *row = find_known(p, a, status);

	memset(ret, 0, sizeof(*ret));
	classify_words(a, ret);
	ret->outcome = row != NULL ? row->outcome : general_outcome(a, status, otherwise);
	if (a->in_stream)
		ret->outcome = as_inside(ret->outcome);
	if (row != NULL)
		ret->note = row->note;
}

bool classify_is_door(const struct provider *p, const struct answer *a)
{
	for (size_t i = 0; i < p->n_door; i++) {
		const struct door_row *d = &p->door[i];
		const struct error_row row = {.paths = d->paths,
		    .n_paths = d->n_paths,
		    .matches = d->matches,
		    .n_matches = d->n_matches};

		if (d->http == a->status && row_hits(a, &row) != HIT_NONE)
			return true;
	}
	return false;
}
