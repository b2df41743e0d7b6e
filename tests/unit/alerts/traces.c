/* SPDX-License-Identifier: MIT
 *
 * See the header.
 */
#include "tests/unit/alerts/traces.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"

#define MAX_HELD     64
#define CLEAR_AFTER  4 /* good control answers in a row */
#define MAX_CONTROLS 8

const char *const trace_names[] = {"hard_outage", "brownout_25", "deepseek_12h",
    "latency_x3", "isolated_1pct", "vantage", "rate_limit_burst", "diurnal", "flapping",
    "slow_pace", "model_only", "gap", NULL};

/* What is known of ourselves while reading. */
struct witness {
	struct trace_row held[MAX_HELD];
	int n_held;
	struct {
		int64_t at_ms;
		bool good;
	} answers[MAX_CONTROLS];
	int n_answers, good_run;
	bool impaired;
};

static FILE *open_file(const char *name, const char *ending)
{
	const char *data = getenv("DIMWATCH_TESTS_DATA");
	char path[4096];
	FILE *f;

	assert_non_null(data);
	snprintf(path, sizeof(path), "%s/traces/%s.%s", data, name, ending);
	f = fopen(path, "r");
	if (!f)
		fail_msg("no trace %s", path);
	return f;
}

static int place_of(struct trace *t, const char *name)
{
	for (int i = 0; i < t->n_names; i++) {
		if (strcmp(t->names[i], name) == 0)
			return i;
	}
	assert_true(t->n_names < TRACE_TARGETS);
	snprintf(t->names[t->n_names], sizeof(t->names[0]), "%s", name);
	return t->n_names++;
}

static void add_row(struct trace *t, const struct trace_row *r)
{
	if ((t->n_rows & (t->n_rows - 1)) == 0)
		t->rows = xreallocarray(
		    t->rows, t->n_rows ? 2 * t->n_rows : 1, sizeof(*t->rows));
	t->rows[t->n_rows++] = *r;
}

/* "held until two control rows with t_ms >= its own have been read" */
static void release(struct trace *t, struct witness *w)
{
	for (int i = 0; i < w->n_held; i++) {
		struct trace_row r = w->held[i];
		int asked = 0, good = 0;

		for (int k = 0; k < w->n_answers; k++) {
			if (w->answers[k].at_ms < r.at_ms)
				continue;
			asked++;
			good += w->answers[k].good;
		}
		if (asked < 2)
			continue;
		memmove(&w->held[i], &w->held[i + 1],
		    sizeof(r) * (size_t)(w->n_held - i - 1));
		w->n_held--;
		i--;
		if (good == 0) {
			w->impaired = true;
			w->good_run = 0;
			r.outcome = OUTCOME_LOCAL;
		}
		add_row(t, &r);
	}
}

static void on_control(struct trace *t, struct witness *w, int64_t at_ms, bool good)
{
	if (w->n_answers == MAX_CONTROLS)
		memmove(w->answers, w->answers + 1,
		    sizeof(*w->answers) * (size_t)--w->n_answers);
	w->answers[w->n_answers].at_ms = at_ms;
	w->answers[w->n_answers++].good = good;
	release(t, w);
	if (!w->impaired)
		return;
	w->good_run = good ? w->good_run + 1 : 0;
	w->impaired = w->good_run < CLEAR_AFTER;
}

static void on_line(struct trace *t, struct witness *w, char *line)
{
	char target[64], code[64];
	long long at;
	int ms = -1;
	struct trace_row r;

	if (sscanf(line, "%lld,%63[^,],%63[^,\n],%d", &at, target, code, &ms) < 3)
		fail_msg("not a row: %s", line);
	if (!outcome_parse(code, &r.outcome))
		fail_msg("no outcome: %s", code);
	r.at_ms = at;
	r.first_token_ms = ms;
	if (strncmp(target, "control:", 8) == 0) {
		on_control(t, w, at, r.outcome == OUTCOME_OK);
		return;
	}
	r.target = place_of(t, target);
	if (outcome_row(r.outcome)->evidence != EVIDENCE_SILENT) {
		add_row(t, &r);
	} else if (w->impaired) {
		r.outcome = OUTCOME_LOCAL;
		add_row(t, &r);
	} else {
		assert_true(w->n_held < MAX_HELD);
		w->held[w->n_held++] = r;
	}
}

void trace_read(struct trace *t, const char *name)
{
	static struct witness w;
	char line[256];
	json_error_t e;
	FILE *f = open_file(name, "json");

	memset(t, 0, sizeof(*t));
	memset(&w, 0, sizeof(w));
	t->said = json_loadf(f, 0, &e);
	fclose(f);
	if (!t->said)
		fail_msg("%s.json: %s", name, e.text);
	t->interval_ms =
	    (int64_t)(json_number_value(json_object_get(t->said, "interval_s")) * 1000);
	f = open_file(name, "csv");
	assert_non_null(fgets(line, sizeof(line), f)); /* the heading */
	while (fgets(line, sizeof(line), f))
		on_line(t, &w, line);
	fclose(f);
	assert_true(t->n_rows > 100);
}

void trace_fini(struct trace *t)
{
	free(t->rows);
	json_decref(t->said);
}
