/* SPDX-License-Identifier: MIT
 *
 * The text form of a rule: conditions joined by `and`, and the windows that they share.
 */
#include <string.h>

#include "alerts/rule_scan.h"
#include "alerts/rule_words.h"

static bool is_upward(const struct condition *c)
{
	return c->compare == COMPARE_GT || c->compare == COMPARE_GE;
}

/* Would it be true while all is well? */
static bool is_about_trouble(const struct condition *c)
{
	if (c->kind == CONDITION_HEALTH)
		return c->slow || c->health != HEALTH_UP;
	return c->kind == CONDITION_NO_DATA || c->good != is_upward(c);
}

static bool check_about_trouble(
    struct scan *s, const struct condition *first, int n, const char *where)
{
	for (int i = 0; i < n; i++) {
		if (is_about_trouble(&first[i]))
			return true;
	}
	s->token = where;
	if (first->good || first->kind == CONDITION_HEALTH)
		return err_set(
		    s->e, ERR_CONFIG, "would fire while all is well: name a failure too");
	return err_set(s->e, ERR_CONFIG,
	    "`%s` would fire while all is well; write `>` or `>=`",
	    rule_compares[first->compare]);
}

static bool same_window(const struct condition *a, const struct condition *b)
{
	bool quantile = a->kind == CONDITION_QUANTILE;

	if (quantile != (b->kind == CONDITION_QUANTILE) || a->outcomes != b->outcomes ||
	    a->good != b->good || a->window_ms != b->window_ms ||
	    a->short_ms != b->short_ms)
		return false;
	return !quantile ||
	       (a->metric == b->metric && a->limit_ms == b->limit_ms &&
		   a->percentile == b->percentile && a->compare == b->compare &&
		   !(a->factor < b->factor) && !(a->factor > b->factor));
}

/* "Conditions with the same kind, filter and W share a ring." */
static void give_rings(struct rule *r)
{
	r->n_rings = 0;
	for (int i = 0; i < r->n_when + r->n_resolve; i++) {
		struct condition *c = &r->conditions[i];

		c->ring = c->short_ring = -1;
		if (c->window_ms == 0 || c->kind == CONDITION_NO_DATA)
			continue;
		for (int k = 0; k < i && c->ring < 0; k++) {
			if (r->conditions[k].ring >= 0 &&
			    same_window(&r->conditions[k], c)) {
				c->ring = r->conditions[k].ring;
				c->short_ring = r->conditions[k].short_ring;
			}
		}
		if (c->ring < 0) {
			c->ring = r->n_rings++;
			if (c->short_ms)
				c->short_ring = r->n_rings++;
		}
	}
}

static bool parse_end(struct scan *s)
{
	struct span t = scan_take(s);

	if (t.n == 0)
		return true;
	if (span_eq(t, "or"))
		return err_set(s->e, ERR_CONFIG,
		    "`or` is not part of a rule: write two rules, each fires by itself");
	return scan_expected(s, t, "`and`, `, at least N failures` or the end", NULL, 0);
}

/* Behind `from` others; their number, 0: something is wrong. */
static int parse_all(struct scan *s, struct rule *r, int from)
{
	int n = from;

	do {
		if (n == RULE_CONDITIONS) {
			(void)scan_take(s);
			(void)err_set(s->e, ERR_CONFIG,
			    "a rule has at most %d conditions", RULE_CONDITIONS);
			return 0;
		}
		if (!condition_parse(s, &r->conditions[n++]))
			return 0;
	} while (scan_is(s, "and"));
	return parse_end(s) ? n - from : 0;
}

/* The place of the first condition's comparison, or of the condition. */
static const char *first_compare(const char *text)
{
	const char *at = text + strcspn(text, "<>");

	return *at ? at : text;
}

bool rule_parse(const char *text, struct rule *ret, size_t *ret_offset, struct err *e)
{
	struct scan s = {.text = text, .p = text, .token = text, .e = e};
	struct rule r = *ret;

	r.n_resolve = 0;
	r.n_when = parse_all(&s, &r, 0);
	if (r.n_when &&
	    check_about_trouble(&s, r.conditions, r.n_when, first_compare(text))) {
		give_rings(&r);
		*ret = r;
		return true;
	}
	*ret_offset = (size_t)(s.token - s.text);
	return false;
}

bool rule_parse_resolve(
    const char *text, struct rule *ret, size_t *ret_offset, struct err *e)
{
	struct scan s = {.text = text, .p = text, .token = text, .e = e};
	struct rule r = *ret;

	r.n_resolve = parse_all(&s, &r, r.n_when);
	if (r.n_resolve) {
		give_rings(&r);
		*ret = r;
		return true;
	}
	*ret_offset = (size_t)(s.token - s.text);
	return false;
}
