/* SPDX-License-Identifier: MIT
 *
 * See rehearsal_print.h.
 */
#include "agent/rehearsal_print.h"

#include <inttypes.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/paint.h"

#define CELL 64

void rehearsal_print_forecast(FILE *f, const struct rehearsal *r)
{
	size_t unknown;
	int64_t usd = rehearsal_forecast(r, &unknown);
	char total[CELL], own[CELL];

	(void)fprintf(f, "%s: %zu rival%s, %zu questions with your keys, at most %s",
	    r->name, r->n, r->n == 1 ? "" : "s", rehearsal_questions(r),
	    money_format(usd, "USD", total, sizeof(total)));
	if (unknown > 0)
		(void)fprintf(f, " and what %zu of unknown price cost%s", unknown,
		    unknown == 1 ? "s" : "");
	(void)fputs(".\n", f);
	for (size_t i = 0; i < r->n; i++) {
		const struct rehearsal_rival *v = &r->rivals[i];

		(void)fprintf(f, "  %s, %s: %s\n", v->target->name, v->target->model,
		    money_format(rehearsal_rival_forecast(v), v->target->price.currency,
			own, sizeof(own)));
	}
}

/* --- the comparison --- */

enum column { NAME, READY, TOKEN, TOTAL, COST, PRICE, COLUMNS };

static const char *took(const struct rehearsal_question *q, int64_t us, char *buf)
{
	if (us < 0 || (q->result != EXAM_PASSED && q->result != EXAM_MISSED))
		return "-";
	return duration_human(us / US_PER_MS, buf, CELL);
}

static const char *price_text(const struct price *p, char *buf)
{
	if (p->currency[0] == '\0' || p->in_nano_per_tok < 0 || p->out_nano_per_tok < 0)
		return "unknown";
	(void)snprintf(buf, CELL, "%.6g / %.6g %s", (double)p->in_nano_per_tok * 1e-6,
	    (double)p->out_nano_per_tok * 1e-6, p->currency);
	return buf;
}

static void add_rival(struct table *t, const struct rehearsal_rival *v)
{
	static const enum paint of[READY_COUNT] = {[READY_NO] = PAINT_BAD,
	    [READY_PARTLY] = PAINT_WARN,
	    [READY_YES] = PAINT_GOOD};
	enum rehearsal_ready ready = rehearsal_ready(v);
	const struct rehearsal_question *q = v->questions;
	const enum paint paints[COLUMNS] = {PAINT_BOLD, of[ready]};
	char token[CELL], total[CELL], cost[CELL], price[CELL];
	const char *cells[COLUMNS] = {[NAME] = v->target->name,
	    [READY] = rehearsal_ready_word(ready),
	    [TOKEN] = took(&q[EXAM_STREAM], q[EXAM_STREAM].sample.first_token_us, token),
	    [TOTAL] = took(&q[EXAM_SHORT], q[EXAM_SHORT].sample.end_us, total),
	    [COST] = money_format(
		rehearsal_spent(v), v->target->price.currency, cost, sizeof(cost)),
	    [PRICE] = price_text(&v->target->price, price)};

	table_row(t, paints, cells);
}

static void print_table(FILE *f, const struct rehearsal *r)
{
	static const char *const heads[COLUMNS] = {"rival", "ready", "first token",
	    "short answer", "this cost", "per 1k tokens in / out"};
	static const enum paint dim[COLUMNS] = {
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	struct table *t = table_new(COLUMNS);

	table_row(t, dim, heads);
	for (size_t i = 0; i < r->n; i++)
		add_rival(t, &r->rivals[i]);
	table_print(t, f);
	table_free(t);
}

/* One line for each thing that would break. */
static void print_breaks(FILE *f, const struct rehearsal *r)
{
	struct table *t = table_new(3);
	const enum paint paints[3] = {PAINT_BOLD, PAINT_WARN, PAINT_PLAIN};

	table_max(t, 2, 100);
	for (size_t i = 0; i < r->n; i++) {
		const struct rehearsal_rival *v = &r->rivals[i];

		for (int k = 0; k < EXAM_COUNT; k++) {
			const char *cells[3] = {v->target->name,
			    exam_row((enum exam_id)k)->words, v->questions[k].why};

			if (v->questions[k].why[0] != '\0')
				table_row(t, paints, cells);
		}
	}
	table_print(t, f);
	table_free(t);
}

void rehearsal_print(FILE *f, const struct rehearsal *r)
{
	const struct rehearsal_rival *best = rehearsal_best(r);

	print_table(f, r);
	print_breaks(f, r);
	if (best == NULL)
		(void)fprintf(f, "Nobody of '%s' can take over now.\n", r->name);
	else if (rehearsal_ready(best) == READY_YES)
		(void)fprintf(
		    f, "%s can take over for everything.\n", best->target->name);
	else
		(void)fprintf(f, "%s can take over, but for what stands above.\n",
		    best->target->name);
}
