/* SPDX-License-Identifier: MIT
 *
 * See probe_print.h.
 */
#include "agent/probe_print.h"

#include <langinfo.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/paint.h"
#include "probes/cost.h"

void probe_row_add(struct probe_row *r, const struct sample *s)
{
	bool good = s->outcome == OUTCOME_OK;
	r->asks++;
	r->failed += !good;
	if (!good || !r->failed)
		r->last = *s;
	int64_t us = sample_latency_us(s);
	if (good && us > 0 && (!r->best_us || us < r->best_us))
		r->best_us = us;
}

static enum paint outcome_paint(enum outcome o)
{
	static const enum paint of[BLAME_COUNT] = {[BLAME_NONE] = PAINT_GOOD,
	    [BLAME_PROVIDER] = PAINT_BAD,
	    [BLAME_US] = PAINT_WARN,
	    [BLAME_PATH] = PAINT_WARN};
	return of[outcome_blame(o)];
}

void probe_evidence(const struct probe_row *r, struct str *out)
{
	const struct sample *s = &r->last;
	char took[32];
	if (s->outcome == OUTCOME_OK) {
		/* In one piece there is no first token. */
		bool token = s->first_token_us != NOT_REACHED;
		int64_t us = token ? s->first_token_us : s->end_us;
		(void)str_addf(out, "%s %s", token ? "first token" : "answered in",
		    duration_human(us / US_PER_MS, took, sizeof took));
		return;
	}
	if (s->http_status)
		(void)str_addf(out, "%d ", s->http_status);
	if (*s->provider_code)
		(void)str_addf(out, "%s ", s->provider_code);
	if (*s->message)
		(void)str_addf(out, "\"%s\"", s->message);
	else
		(void)str_adds(out, outcome_row(s->outcome)->sentence);
	if (r->asks > 1)
		(void)str_addf(out, ", %d of %d asks", r->failed, r->asks);
}

static const struct probe_row *fastest(const struct probe_row *rows, size_t n)
{
	const struct probe_row *best = NULL;
	for (size_t i = 0; i < n; i++)
		if (!rows[i].failed && rows[i].best_us &&
		    (!best || rows[i].best_us < best->best_us))
			best = &rows[i];
	return best;
}

void probe_print_table(FILE *f, const struct probe_row *rows, size_t n)
{
	bool somebody_ill = false;
	const struct probe_row *best = fastest(rows, n);
	struct table *t = table_new(5);
	for (size_t i = 0; i < n; i++)
		somebody_ill |= rows[i].failed > 0;
	table_max(t, 3, 60);
	for (size_t i = 0; i < n; i++) {
		const struct probe_row *r = &rows[i];
		const struct outcome_row *o = outcome_row(r->last.outcome);
		enum paint p = outcome_paint(o->outcome);
		struct str evidence;
		str_init(&evidence, 2000);
		probe_evidence(r, &evidence);
		const char *advice =
		    somebody_ill && r == best ? "use this one" : o->advice;
		const enum paint paints[5] = {PAINT_BOLD, p, p, PAINT_PLAIN, PAINT_DIM};
		const char *const cells[5] = {target_title(r->target), o->code,
		    blame_word(o->blame), str_c(&evidence), advice};
		table_row(t, paints, cells);
		str_fini(&evidence);
	}
	table_print(t, f);
	table_free(t);
}

#define BAR_COLUMNS 40

/* Below 10 ms a tenth matters: a connection on the same machine takes less than one. */
static char *phase_text(int64_t us, char *buf, size_t size)
{
	if (us >= 10 * US_PER_MS)
		return duration_human(us / US_PER_MS, buf, size);
	(void)snprintf(buf, size, "%.1f ms", (double)us / (double)US_PER_MS);
	return buf;
}

/* One phase as a bar on the time axis of the whole exchange. */
static void print_phase(FILE *f, const char *name, int64_t from, int64_t to, int64_t end)
{
	char took[32];
	bool utf8 = !strcmp(nl_langinfo(CODESET), "UTF-8");
	if (to < 0)
		return;
	if (end < 1)
		end = 1;
	int a = (int)(from * BAR_COLUMNS / end), b = (int)(to * BAR_COLUMNS / end);
	(void)fprintf(f, "  %-12s %10s  %*s%s", name,
	    phase_text(to - from, took, sizeof(took)), a, "", paint_begin(f, PAINT_GOOD));
	for (int i = a; i < b || i == a; i++)
		(void)fputs(utf8 ? "█" : "#", f);
	(void)fprintf(f, "%s\n", paint_end(f));
}

static void print_waterfall(FILE *f, const struct sample *s)
{
	const struct {
		const char *name;
		int64_t to;
	} phases[] = {
	    {"dns",         s->dns_us        },
            {"connect",     s->connect_us    },
            {"tls",         s->tls_us        },
	    {"first byte",  s->first_byte_us },
            {"first token", s->first_token_us},
	    {"end",         s->end_us        }
        };
	int64_t from = 0;
	for (size_t i = 0; i < sizeof phases / sizeof *phases; i++) {
		print_phase(f, phases[i].name, from, phases[i].to, s->end_us);
		if (phases[i].to > from)
			from = phases[i].to;
	}
}

static void print_facts(FILE *f, const struct sample *s)
{
	char cost[64];
	struct str line, clean;
	str_init(&line, 4000);
	str_init(&clean, 16000);
	if (s->tokens_out >= 0)
		(void)str_addf(&line, "tokens %lld in, %lld out; ",
		    (long long)s->tokens_in, (long long)s->tokens_out);
	if (s->cost_nano >= 0)
		(void)str_addf(&line, "cost %s%s; ",
		    money_format(s->cost_nano, s->currency, cost, sizeof cost),
		    s->flags & FLAG_COST_ESTIMATED ? " (estimated)" : "");
	if (*s->returned_model)
		(void)str_addf(&line, "model %s; ", s->returned_model);
	if (*s->request_id)
		(void)str_addf(&line, "request id %s; ", s->request_id);
	for (uint32_t bit = 1; bit; bit <<= 1)
		if ((s->flags & bit) && sample_flag_name(bit))
			(void)str_addf(&line, "%s; ", sample_flag_name(bit));
	text_printable(&clean, str_span(&line));
	if (clean.len > 2)
		(void)fprintf(f, "  %.*s\n", (int)clean.len - 2, str_c(&clean));
	str_fini(&line);
	str_fini(&clean);
}

void probe_print_one(FILE *f, const struct probe_row *r)
{
	const struct outcome_row *o = outcome_row(r->last.outcome);
	enum paint p = outcome_paint(o->outcome);
	struct str evidence, clean;
	str_init(&evidence, 2000);
	str_init(&clean, 8000);
	probe_evidence(r, &evidence);
	text_printable(&clean, str_span(&evidence));
	(void)fprintf(f, "%s%s%s  %s%s%s  %s  %s\n", paint_begin(f, PAINT_BOLD),
	    target_title(r->target), paint_end(f), paint_begin(f, p), o->code,
	    paint_end(f), blame_word(o->blame), str_c(&clean));
	if (o->outcome != OUTCOME_OK)
		(void)fprintf(
		    f, "  %s%s%s\n", o->sentence, *o->advice ? ": " : "", o->advice);
	print_waterfall(f, &r->last);
	print_facts(f, &r->last);
	str_fini(&evidence);
	str_fini(&clean);
}
