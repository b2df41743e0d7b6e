/* SPDX-License-Identifier: MIT
 *
 * See doors_print.h.
 */
#include "agent/doors_print.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/text.h"
#include "agent/base/xalloc.h"
#include "agent/paint.h"
#include "agent/probe_print.h"

enum column { NAME, STATE, DNS, TCP, TLS, BYTE, CERT, WORDS, COLUMNS };

#define CELL 32

static bool is_good(const struct door *row)
{
	return door_finding_row(door_finding(row))->good;
}

/* The good ones by the first byte, the others behind them. */
static int by_speed(const void *a, const void *b)
{
	const struct door *const *x = a, *const *y = b;
	int64_t u = is_good(*x) ? (*x)->sample.first_byte_us : INT64_MAX;
	int64_t v = is_good(*y) ? (*y)->sample.first_byte_us : INT64_MAX;

	return u != v ? (u > v) - (u < v) : strcmp((*x)->name, (*y)->name);
}

/* From the end of the phase before; "" when it was not reached. */
static const char *phase(int64_t from, int64_t to, char *buf)
{
	if (to < 0)
		return "";
	if (to - from < 10 * US_PER_MS)
		(void)snprintf(buf, CELL, "%.1f ms",
		    (double)(to - (from > 0 ? from : 0)) / (double)US_PER_MS);
	else
		duration_human((to - (from > 0 ? from : 0)) / US_PER_MS, buf, CELL);
	return buf;
}

static enum paint paint_of(enum door_finding f)
{
	static const enum paint of[DOOR_FINDING_COUNT] = {[DOOR_GENUINE] = PAINT_GOOD,
	    [DOOR_ANSWERS] = PAINT_GOOD,
	    [DOOR_FAILING] = PAINT_BAD,
	    [DOOR_PAGE] = PAINT_WARN,
	    [DOOR_CERT] = PAINT_BAD,
	    [DOOR_SILENT] = PAINT_BAD,
	    [DOOR_LOCAL] = PAINT_WARN};

	return of[f];
}

static void add_row(struct table *t, const struct door *row, struct wall now)
{
	const struct sample *s = &row->sample;
	enum door_finding f = door_finding(row);
	const struct door_finding_row *found = door_finding_row(f);
	struct probe_row asked = {.target = &row->target, .asks = 1, .failed = 1};
	char dns[CELL], tcp[CELL], tls[CELL], byte[CELL], cert[CELL] = "";
	enum paint paints[COLUMNS] = {PAINT_BOLD, paint_of(f)};
	const char *cells[COLUMNS] = {[NAME] = row->name,
	    [STATE] = found->words != NULL ? found->words : outcome_code(s->outcome),
	    [DNS] = phase(0, s->dns_us, dns),
	    [TCP] = phase(s->dns_us, s->connect_us, tcp),
	    [TLS] = phase(s->connect_us, s->tls_us, tls),
	    [BYTE] = phase(s->tls_us, s->first_byte_us, byte),
	    [CERT] = cert};
	struct str words;
	int64_t days;

	str_init(&words, 2000);
	asked.last = *s;
	if (f != DOOR_GENUINE)
		probe_evidence(&asked, &words);
	cells[WORDS] = str_c(&words);
	if (door_cert_days(row, now.ms / MS_PER_S, &days)) {
		(void)snprintf(cert, sizeof(cert), "%" PRId64 " d", days);
		paints[CERT] = days < DOORS_CERT_SOON_DAYS ? PAINT_WARN : PAINT_PLAIN;
	}
	paints[WORDS] = PAINT_DIM;
	table_row(t, paints, cells);
	str_fini(&words);
}

static void print_table(FILE *f, const struct doors *d, struct wall now)
{
	static const char *const heads[COLUMNS] = {
	    "door", "", "dns", "tcp", "tls", "first byte", "cert", ""};
	static const enum paint dim[COLUMNS] = {PAINT_DIM, PAINT_DIM, PAINT_DIM,
	    PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM, PAINT_DIM};
	const struct door **rows = xcalloc(d->n + 1, sizeof(const struct door *));
	struct table *t = table_new(COLUMNS);
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		if (d->rows[i].asked && !d->rows[i].control)
			rows[n++] = &d->rows[i];
	}
	qsort(rows, n, sizeof(const struct door *), by_speed);
	table_max(t, WORDS, 60);
	table_row(t, dim, heads);
	for (size_t i = 0; i < n; i++)
		add_row(t, rows[i], now);
	table_print(t, f);
	table_free(t);
	free(rows);
}

/* What was met instead, and an example of each in its own words. */
static void print_summary(FILE *f, const struct doors *d, const struct doors_news *n)
{
	struct table *t = table_new(3);

	table_max(t, 2, 70);
	for (int k = 0; k < DOOR_FINDING_COUNT; k++) {
		const char *cells[3] = {
		    NULL, door_finding_row((enum door_finding)k)->code};
		const enum paint paints[3] = {
		    PAINT_BOLD, paint_of((enum door_finding)k), PAINT_DIM};
		char count[32];

		if (n->found[k] == 0)
			continue;
		(void)snprintf(count, sizeof(count), "%zu of %zu", n->found[k], n->doors);
		for (size_t i = 0; i < d->n && cells[0] == NULL; i++) {
			const struct door *row = &d->rows[i];

			if (!row->asked || row->control || (int)door_finding(row) != k)
				continue;
			cells[0] = count;
			cells[2] = row->sample.message;
		}
		table_row(t, paints, cells);
	}
	table_print(t, f);
	table_free(t);
}

/* One sentence, or nothing. */
static void print_soon(FILE *f, const struct doors *d, struct wall now)
{
	size_t n = 0;

	for (size_t i = 0; i < d->n; i++) {
		const struct door *row = &d->rows[i];
		int64_t days;

		if (!row->asked || row->control ||
		    !door_cert_days(row, now.ms / MS_PER_S, &days) ||
		    days >= DOORS_CERT_SOON_DAYS)
			continue;
		(void)fprintf(f, "%s%s (%" PRId64 " d)",
		    n++ == 0 ? "Certificates that end soon: " : ", ", row->name, days);
	}
	if (n > 0)
		(void)fputs(".\n", f);
}

void doors_print(FILE *f, const struct doors *d, const struct doors_news *n,
    struct wall now, bool every_door)
{
	struct str sentence, clean;

	str_init(&sentence, 2000);
	str_init(&clean, 8000);
	if (n->verdict == DOORS_FINE || every_door)
		print_table(f, d, now);
	else
		print_summary(f, d, n);
	print_soon(f, d, now);
	doors_sentence(n, now, &sentence);
	text_printable(&clean, str_span(&sentence));
	(void)fprintf(f, "%s%s%s\n",
	    paint_begin(f, n->verdict == DOORS_FINE ? PAINT_GOOD : PAINT_WARN),
	    str_c(&clean), paint_end(f));
	str_fini(&sentence);
	str_fini(&clean);
}
