/* SPDX-License-Identifier: MIT
 *
 * See the header. What is held is bounded: beyond that the oldest counts as it stands.
 */
#include "agent/replay_csv.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "agent/base/xalloc.h"

#define MAX_HELD     256
#define MAX_ANSWERS  16
#define WITNESSES    2
#define CLEAR_AFTER  4 /* good control answers in a row */
#define MAX_TOKEN_MS ((int64_t)MS_PER_DAY)

struct held {
	struct replay_row row;
	uint32_t series;
};

struct replay_csv {
	struct replay *replay;
	struct held held[MAX_HELD];
	int n_held;
	struct {
		struct wall at;
		bool good;
	} answers[MAX_ANSWERS];
	int n_answers, good_run;
	bool impaired;
	struct wall impaired_since;
};

static bool number_of(const char *text, int64_t min, int64_t max, int64_t *ret)
{
	char *end;
	long long n = strtoll(text, &end, 10);
	if (end == text || (*end && *end != '\r') || n < min || n > max)
		return false;
	*ret = n;
	return true;
}

bool replay_row_parse(
    const char *line, struct replay_row *ret, bool *ret_blank, struct err *e)
{
	char copy[REPLAY_CSV_LINE], *part[4] = {copy, NULL, NULL, NULL};
	int64_t at, ms = -1;
	int n = 1;
	(void)span_copy(span_trim(span_of(line)), copy, sizeof copy);
	*ret_blank = !*copy || strncmp(copy, "t_ms,", 5) == 0;
	if (*ret_blank)
		return false;
	for (char *p = copy; *p && n < 4; p++)
		if (*p == ',') {
			*p = 0;
			part[n++] = p + 1;
		}
	if (n < 3 || !number_of(part[0], 0, INT64_MAX / 256, &at))
		return err_set(e, ERR_SYNTAX,
		    "not a row `t_ms,target,outcome,first_token_ms` (milliseconds since "
		    "1970)");
	memset(ret, 0, sizeof *ret);
	ret->at.ms = at;
	if (!*part[1] || strlen(part[1]) >= sizeof ret->target)
		return err_set(e, ERR_SYNTAX, "a target's name has 1 to 63 bytes");
	(void)str_copy(ret->target, sizeof ret->target, part[1]);
	ret->control = strncmp(ret->target, "control:", 8) == 0;
	if (!outcome_parse(part[2], &ret->outcome))
		return err_set(e, ERR_SYNTAX,
		    "'%.40s' is no outcome; `dimwatch providers --outcomes` lists them",
		    part[2]);
	if (n == 4 && *part[3] && !number_of(part[3], 0, MAX_TOKEN_MS, &ms))
		return err_set(e, ERR_SYNTAX,
		    "first_token_ms: '%.40s' is not a number of milliseconds", part[3]);
	ret->first_token_us = ms > 0 ? ms * US_PER_MS : NOT_REACHED;
	return true;
}

static void fold(struct replay_csv *c, const struct replay_row *row, uint32_t series)
{
	struct sample s;
	sample_init(&s, series, row->at);
	s.outcome = row->outcome;
	s.first_token_us = row->first_token_us;
	s.end_us = row->first_token_us < 0 ? 0 : row->first_token_us;
	s.http_status = outcome_row(row->outcome)->evidence == EVIDENCE_SILENT ? 0 : 200;
	replay_past(c->replay, &s, JUDGED_COUNTED, row->at); /* witnesses spoke here */
}

static void say(struct replay_csv *c, struct wall at, const char *update)
{
	char detail[48];
	(void)snprintf(detail, sizeof detail, "start=%" PRId64, c->impaired_since.ms);
	replay_say(c->replay, &(struct replay_update){at, "vantage", update, detail});
}

static void let_go(struct replay_csv *c, int i, bool path, struct wall now)
{
	struct held h = c->held[i];
	memmove(&c->held[i], &c->held[i + 1], sizeof h * (size_t)(c->n_held - i - 1));
	c->n_held--;
	if (path) {
		h.row.outcome = OUTCOME_LOCAL;
		if (!c->impaired) {
			c->impaired = true;
			c->impaired_since = h.row.at;
			say(c, now, "path");
		}
		c->good_run = 0;
	}
	fold(c, &h.row, h.series);
}

static void ask_witnesses(struct replay_csv *c, struct wall now)
{
	for (int i = 0; i < c->n_held; i++) {
		int asked = 0, good = 0;
		for (int k = 0; k < c->n_answers; k++) {
			if (c->answers[k].at.ms < c->held[i].row.at.ms)
				continue;
			asked++;
			good += c->answers[k].good;
		}
		if (asked >= WITNESSES)
			let_go(c, i--, good == 0, now);
	}
}

static void on_control(struct replay_csv *c, const struct replay_row *row)
{
	bool good = row->outcome == OUTCOME_OK;
	if (c->n_answers == MAX_ANSWERS)
		memmove(c->answers, c->answers + 1,
		    sizeof *c->answers * (size_t)--c->n_answers);
	c->answers[c->n_answers].at = row->at;
	c->answers[c->n_answers++].good = good;
	ask_witnesses(c, row->at);
	if (!c->impaired)
		return;
	c->good_run = good ? c->good_run + 1 : 0;
	if (c->good_run < CLEAR_AFTER)
		return;
	c->impaired = false;
	say(c, row->at, "clear");
}

void replay_csv_row(struct replay_csv *c, const struct replay_row *row, uint32_t series)
{
	if (row->control) {
		on_control(c, row);
		return;
	}
	if (outcome_row(row->outcome)->evidence != EVIDENCE_SILENT) {
		fold(c, row, series);
	} else if (c->impaired) {
		struct replay_row path = *row;
		path.outcome = OUTCOME_LOCAL;
		fold(c, &path, series);
	} else {
		if (c->n_held == MAX_HELD)
			let_go(c, 0, false, row->at);
		c->held[c->n_held].row = *row;
		c->held[c->n_held++].series = series;
	}
}

void replay_csv_end(struct replay_csv *c)
{
	while (c->n_held)
		let_go(c, 0, false, c->held[0].row.at);
}

struct replay_csv *replay_csv_new(struct replay *r)
{
	struct replay_csv *c = xcalloc(1, sizeof *c);
	c->replay = r;
	return c;
}

void replay_csv_free(struct replay_csv *c)
{
	free(c);
}
