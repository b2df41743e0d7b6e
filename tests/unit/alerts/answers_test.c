/* SPDX-License-Identifier: MIT
 *
 * Every answer of a far side in tests/data/alerts/answers.txt, row by row: the channel's
 * own verdict, what a real outbox does with it in virtual time, that the next try comes
 * exactly when that says, and that the same answer for a day ends in no flood.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "alerts/outbox.h"
#include "tests/unit/alerts/every_channel.h"
#include "tests/unit/alerts/far_side.h"
#include "tests/unit/alerts/incident_fixture.h"

#define EXIT       1000 /* + exit status, as the sender hands it over */
#define MAX_A_DAY  330  /* attempts: every five minutes and the first few */
#define SHUT_A_DAY 40   /* some begin with a doubt */

struct row {
	int line;
	char kind[24], attempt[16], status[40], header[100], body[300], verdict[24],
	    did[64];
};

static struct every_channel all[EVERY_CHANNEL_COUNT];

/* --- the file ---------------------------------------------------------------------- */

static void take_column(const char **p, char *buf, size_t size)
{
	const char *end = strstr(*p, " | ");
	size_t n = end ? (size_t)(end - *p) : strcspn(*p, "\n");

	assert_true(n < size);
	span_copy((struct span){*p, n}, buf, size);
	if (strcmp(buf, "-") == 0)
		buf[0] = '\0';
	*p += end ? n + 3 : n;
}

static bool next_row(FILE *f, struct row *ret)
{
	char line[1024];
	const char *p = line;

	do {
		if (!fgets(line, sizeof(line), f))
			return false;
		ret->line++;
	} while (line[0] == '#' || line[0] == '\n');
	take_column(&p, ret->kind, sizeof(ret->kind));
	take_column(&p, ret->attempt, sizeof(ret->attempt));
	take_column(&p, ret->status, sizeof(ret->status));
	take_column(&p, ret->header, sizeof(ret->header));
	take_column(&p, ret->body, sizeof(ret->body));
	take_column(&p, ret->verdict, sizeof(ret->verdict));
	take_column(&p, ret->did, sizeof(ret->did));
	return true;
}

static bool is_http(const struct channel_conf *c)
{
	return strcmp(c->kind->name, "email") != 0 && strcmp(c->kind->name, "exec") != 0;
}

static int for_each_row(void (*fn)(const struct row *row, const struct channel_conf *c))
{
	char path[4096];
	struct row row = {0};
	int n = 0;
	FILE *f;

	snprintf(
	    path, sizeof(path), "%s/alerts/answers.txt", getenv("DIMWATCH_TESTS_DATA"));
	f = fopen(path, "r");
	assert_non_null(f);
	while (next_row(f, &row)) {
		const struct channel_conf *one = every_channel_find(all, row.kind);

		assert_true(one || strcmp(row.kind, "*") == 0);
		for (int i = 0; i < EVERY_CHANNEL_COUNT; i++) {
			if (one ? &all[i].conf != one : !is_http(&all[i].conf))
				continue;
			fn(&row, &all[i].conf);
			n++;
		}
	}
	fclose(f);
	return n;
}

/* --- one attempt -------------------------------------------------------------------- */

static enum wire wire_of(struct span code)
{
	for (int w = 0; w < WIRE_COUNT; w++) {
		if (span_eq(code, wire_code((enum wire)w)))
			return (enum wire)w;
	}
	fail_msg("no such end: %.*s", (int)code.n, code.p);
	return WIRE_DONE;
}

static enum wire_phase phase_of(const char *name)
{
	static const char *const names[] = {
	    "dns", "connect", "tls", "sent", "head", "body"};

	for (int i = 0; i < 6; i++) {
		if (strncmp(name, names[i], strlen(names[i])) == 0)
			return (enum wire_phase)i;
	}
	fail_msg("no such phase: %s", name);
	return PHASE_DNS;
}

/* "200", "exit 1", "timeout@sent", "partial@body:200" */
static void far_side(struct far_side *f, const struct row *row)
{
	const char *at = strchr(row->status, '@'), *colon = strchr(row->status, ':');
	const char *number = colon ? colon + 1 : row->status;
	int base = 0;

	if (strncmp(number, "exit ", 5) == 0) {
		number += 5;
		base = EXIT;
	}
	far_answers(f, base + (int)strtol(number, NULL, 10),
	    row->header[0] ? row->header : NULL, row->body);
	if (!at)
		return;
	f->end.wire = wire_of((struct span){row->status, (size_t)(at - row->status)});
	f->end.phase = phase_of(at + 1);
	if (!colon)
		f->answer.head = NULL;
}

struct
try {
	const struct row *row;
	const struct channel_conf *c;
	struct outbox *o;
	struct outbox_update up;
	struct outbox_attempt a;
	struct channel_verdict v;
	struct wall now;
};

static bool take_off(struct try *t)
{
	outbox_update_reset(&t->up);
	return outbox_next(t->o, t->now, &t->a, &t->up);
}

static void answer(struct try *t)
{
	const struct delivery *d = &t->a.delivery;
	struct far_side f;

	far_side(&f, t->row);
	f.answer.plain = d->plain;
	f.answer.edit = t->a.edit;
	f.answer.tried_ms = d->first_try.ms ? wall_diff_ms(t->now, d->first_try) : 0;
	memset(&t->v, 0x55, sizeof(t->v));
	t->c->kind->read(t->c, &f.answer, &t->v);
	outbox_update_reset(&t->up);
	outbox_result(t->o, &d->id, &t->v, t->now, &t->up);
}

/* An attempt of the row's kind is under way. */
static void begin(struct try *t, const struct row *row, const struct channel_conf *c)
{
	bool threaded =
	    strcmp(row->attempt, "edit") == 0 || strcmp(row->attempt, "reply") == 0;
	struct delivery d = {.seq = 2, .kind = MESSAGE_OPENED};

	*t = (struct try){.row = row, .c = c, .now = fixture_at(14, 5)};
	t->o = outbox_new(7);
	outbox_update_init(&t->up);
	outbox_put_channel(t->o, c->name, c->kind, t->now);
	str_copy(d.incident.text, sizeof(d.incident.text), "01KAR4K8RG7Q2A7Q2A7Q2A7Q2A");
	str_copy(d.channel, sizeof(d.channel), c->name);
	d.created = d.not_before = t->now;
	d.plain = strcmp(row->attempt, "plain") == 0;
	if (strcmp(row->attempt, "old") == 0) {
		d.created = d.first_try = wall_add_ms(t->now, -2 * MS_PER_H);
		d.attempts = 20;
	}
	if (threaded) {
		d.kind = MESSAGE_CHANGED;
		outbox_restore_thread(t->o, c->name, &d.incident, "C0123 1405894322.1");
	}
	d.id = delivery_id(&d.incident, d.seq, c->name, d.kind, d.created);
	outbox_put(t->o, &d);
	assert_true(take_off(t));
	if (strcmp(row->attempt, "reply") == 0 && t->a.edit) {
		struct channel_verdict done = {.kind = VERDICT_ACCEPTED};

		outbox_result(t->o, &t->a.delivery.id, &done, t->now, &t->up);
		assert_true(take_off(t));
		assert_false(t->a.edit);
	}
	assert_int_equal(t->a.edit, strcmp(row->attempt, "edit") == 0);
	assert_int_equal(t->a.thread[0] != '\0', threaded);
}

static void end(struct try *t)
{
	outbox_update_fini(&t->up);
	outbox_free(t->o);
}

/* --- what it did -------------------------------------------------------------------- */

/* "1s", "64.570s", "10m", "1h": as the file writes it. */
static const char *in_words(int64_t ms, char buf[32])
{
	if (ms % MS_PER_S)
		snprintf(buf, 32, "%lld.%03llds", (long long)(ms / MS_PER_S),
		    (long long)(ms % MS_PER_S));
	else if (ms >= MS_PER_H && ms % MS_PER_H == 0)
		snprintf(buf, 32, "%lldh", (long long)(ms / MS_PER_H));
	else if (ms >= MS_PER_MIN && ms % MS_PER_MIN == 0)
		snprintf(buf, 32, "%lldm", (long long)(ms / MS_PER_MIN));
	else
		snprintf(buf, 32, "%llds", (long long)(ms / MS_PER_S));
	return buf;
}

/* The step of the time-table, whose steps wander by a fifth. */
static int64_t without_jitter(int64_t ms)
{
	static const int64_t steps[] = {1000, 5000, 15000, 60000, 120000, 300000};

	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		if (ms >= steps[i] * 8 / 10 && ms <= steps[i] * 12 / 10)
			return steps[i];
	}
	return ms;
}

static void pending_words(struct try *t, bool was_plain, char *ret, size_t size)
{
	bool was_threaded = t->a.thread[0], was_edit = t->a.edit, more;
	int64_t wait = outbox_wake_at(t->o).ms - t->now.ms;
	struct channel_status s;
	char text[32];

	assert_true(outbox_channel(t->o, t->c->name, &s));
	assert_int_equal(t->up.became_shut, s.state == CHANNEL_SHUT);
	if (s.state == CHANNEL_SHUT && s.for_good) {
		str_copy(ret, size, "shut for good");
		return;
	}
	if (wait < 0)
		wait = 0;
	t->now = wall_add_ms(t->now, wait - 1);
	if (wait)
		assert_false(take_off(t));
	t->now = wall_add_ms(t->now, 1);
	more = take_off(t);
	assert_true(more);
	if (s.state == CHANNEL_SHUT)
		snprintf(ret, size, "shut, again in %s", in_words(wait, text));
	else if (s.state == CHANNEL_PAUSED)
		snprintf(ret, size, "pause %s", in_words(wait, text));
	else if (was_edit && t->a.thread[0])
		str_copy(ret, size, "then the news itself");
	else if (was_threaded && wait)
		snprintf(ret, size, "as a new message in %s",
		    in_words(without_jitter(wait), text));
	else if (was_threaded)
		str_copy(ret, size, "as a new message at once");
	else if (!was_plain && t->a.delivery.plain)
		str_copy(ret, size, wait ? "plain later" : "plain at once");
	else
		snprintf(ret, size, "again in %s%s", in_words(without_jitter(wait), text),
		    t->a.maybe ? ", perhaps told" : "");
}

/* Of hundreds of rows nobody wants to look for the one that failed. */
static void expect(
    const struct try *t, const char *what, const char *is, const char *want)
{
	if (strcmp(is, want) != 0)
		fail_msg("answers.txt:%d: %s %s: %s is \"%s\", \"%s\" was expected",
		    t->row->line, t->c->kind->name, t->row->status, what, is, want);
}

static void one_answer(const struct row *row, const struct channel_conf *c)
{
	char did[64] = "";
	struct try t;
	bool was_plain;

	begin(&t, row, c);
	was_plain = t.a.delivery.plain;
	answer(&t);
	expect(&t, "the verdict", verdict_code(t.v.kind), row->verdict);
	assert_int_equal(t.up.n, 1);
	if (t.up.deliveries[0].state == DELIVERY_PENDING)
		pending_words(&t, was_plain, did, sizeof(did));
	else
		str_copy(did, sizeof(did), delivery_state_code(t.up.deliveries[0].state));
	expect(&t, "what the outbox did", did, row->did);
	end(&t);
}

/* --- tests ---------------------------------------------------------------------------
 */

static void each_answer_has_its_verdict_and_its_consequence(void **state)
{
	(void)state;
	print_message(
	    "# evidence channel answers: %d answers of %d kinds of channel, each "
	    "with its verdict and what the outbox did\n",
	    for_each_row(one_answer), EVERY_CHANNEL_COUNT);
}

static int most_attempts;

static void the_same_for_a_day(const struct row *row, const struct channel_conf *c)
{
	struct wall start = fixture_at(14, 5);
	int attempts = 0, limit = MAX_A_DAY;
	struct try t;
	bool told = false;

	if (strcmp(row->attempt, "first") != 0)
		return;
	begin(&t, row, c);
	for (bool flying = true; flying && !told;) {
		attempts++;
		answer(&t);
		if (t.v.kind == VERDICT_SHUT)
			limit = SHUT_A_DAY;
		else if (t.v.kind == VERDICT_SLOW_DOWN)
			limit = (int)(OUTBOX_GIVE_UP_MS / t.v.wait_ms) + 2;
		told = t.v.kind == VERDICT_ACCEPTED || t.v.kind == VERDICT_DONE_ALREADY;
		flying = false;
		while (!told && !flying && outbox_wake_at(t.o).ms != INT64_MAX) {
			t.now = outbox_wake_at(t.o);
			flying = take_off(&t);
		}
	}
	assert_int_equal(outbox_stats(t.o).pending, 0);
	if (attempts > limit)
		fail_msg("answers.txt:%d: %s: %d attempts in a day", row->line,
		    c->kind->name, attempts);
	assert_true(wall_diff_ms(t.now, start) <= OUTBOX_GIVE_UP_MS + 2 * MS_PER_H);
	if (attempts > most_attempts && t.v.kind == VERDICT_LATER)
		most_attempts = attempts;
	end(&t);
}

static void the_same_answer_for_a_day_ends_and_is_no_flood(void **state)
{
	(void)state;
	(void)for_each_row(the_same_for_a_day);
	assert_true(most_attempts > 280);
	print_message(
	    "# evidence attempts of a delivery in its day: at most %d\n", most_attempts);
}

static bool seen[EVERY_CHANNEL_COUNT][VERDICT_KIND_COUNT];

static void count_verdict(const struct row *row, const struct channel_conf *c)
{
	for (int v = 0; v < VERDICT_KIND_COUNT; v++) {
		for (int i = 0; i < EVERY_CHANNEL_COUNT; i++) {
			if (&all[i].conf == c &&
			    strcmp(row->verdict, verdict_code((enum verdict_kind)v)) == 0)
				seen[i][v] = true;
		}
	}
}

static void every_channel_has_rows_for_what_can_happen_to_it(void **state)
{
	(void)state;
	(void)for_each_row(count_verdict);
	for (int i = 0; i < EVERY_CHANNEL_COUNT; i++) {
		const struct channel_kind *k = all[i].conf.kind;

		if (k == &channel_lark) /* Feishu's code */
			continue;
		assert_true(seen[i][VERDICT_ACCEPTED]);
		assert_true(seen[i][VERDICT_LATER]);
		assert_true(seen[i][VERDICT_SHUT]);
		assert_int_equal(seen[i][VERDICT_UNWANTED], k != &channel_exec);
		assert_int_equal(seen[i][VERDICT_SLOW_DOWN], is_http(&all[i].conf));
		assert_int_equal(seen[i][VERDICT_STALE_HANDLE], k->does != 0);
	}
}

static int set_up(void **state)
{
	(void)state;
	every_channel_init(all);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	every_channel_fini(all);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_answer_has_its_verdict_and_its_consequence),
	    cmocka_unit_test(the_same_answer_for_a_day_ends_and_is_no_flood),
	    cmocka_unit_test(every_channel_has_rows_for_what_can_happen_to_it),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
