/* SPDX-License-Identifier: MIT
 *
 * Every answer in tests/data/wire is played and must come to what its head says; then
 * again cut in two at every byte and in small pieces, and must come to the same sample,
 * byte for byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/text.h"
#include "probes/catalogue.h"
#include "probes/dialect.h"
#include "tests/unit/probes/fixture.h"
#include "tests/unit/probes/wire_file.h"

#ifdef __SANITIZE_ADDRESS__ /* four times as dear */
#define EVERY 4
#else
#define EVERY 1
#endif

static struct arena *arena;
static struct catalogue *catalogue;

static int read_all(void **state)
{
	(void)state;
	arena = arena_new();
	catalogue = catalogue_load(arena, NULL);
	wire_files_read();
	return catalogue != NULL ? 0 : -1;
}

static int free_all(void **state)
{
	(void)state;
	wire_files_free();
	arena_free(arena);
	return 0;
}

/* --- playing --- */

struct stage {
	struct secret *key;
	struct target t;
	struct question q;
	struct play p;
};

/* Of the fixture; what was told of a provider is about that of the catalogue. */
static void set_provider(struct stage *s, const struct wire_file *f)
{
	const struct provider *p = catalogue_find(catalogue, f->provider);

	if (strncmp(f->name, "told-", 5) != 0) {
		fixture_target(&s->t, f->provider, s->key);
		return;
	}
	if (p == NULL)
		fail_msg("%s: no provider %s", f->name, f->provider);
	fixture_target(&s->t, "plain", s->key);
	s->t.provider = p;
	s->t.dialect = dialect_find(p->dialect);
	s->t.model = p->model != NULL ? p->model : "m";
}

static void set_stage(struct stage *s, const struct wire_file *f)
{
	memset(s, 0, sizeof(*s));
	s->key = secret_new(FIXTURE_KEY, strlen(FIXTURE_KEY));
	set_provider(s, f);
	s->t.kind = f->kind;
	s->t.expect_status = f->expect_status;
	if (f->expect[0] != '\0') {
		s->t.expect = EXPECT_CONTAINS;
		s->t.expect_text = f->expect;
	}
	str_copy(s->q.text, sizeof(s->q.text), "What is 7 + 5?");
	str_copy(s->q.expected, sizeof(s->q.expected), "12");
	s->p.status = f->status;
	s->p.headers = str_c(&f->headers);
	s->p.body = f->body;
	s->p.end = fixture_end(f->end, PHASE_BODY);
}

static void every_answer_comes_to_what_its_file_says(void **state)
{
	unsigned wrong = 0;

	(void)state;
	assert_true(wire_files_count() >= 340);
	for (size_t i = 0; i < wire_files_count(); i++) {
		const struct wire_file *f = wire_file_at(i);
		struct stage stage;
		struct sample s;

		set_stage(&stage, f);
		fixture_play(&stage.t, &stage.q, &stage.p, 0, &s);
		if (!wire_file_agrees(f, &s)) {
			print_message("# in %s\n", f->name);
			wrong++;
		}
		assert_int_equal(s.http_status, f->status);
		assert_true(utf8_valid(span_of(s.evidence)));
		assert_true(s.outcome != OUTCOME_OK || s.evidence[0] == '\0');
		secret_free(stage.key);
	}
	assert_int_equal(wrong, 0);
}

static void every_cut_comes_to_the_same_sample(void **state)
{
	(void)state;
	for (size_t i = 0; i < wire_files_count(); i++) {
		const struct wire_file *f = wire_file_at(i);
		struct sample whole, cut;
		struct stage stage;

		set_stage(&stage, f);
		fixture_play(&stage.t, &stage.q, &stage.p, 0, &whole);
		for (size_t at = 1; at < f->body.n; at += EVERY) {
			fixture_play_cut(&stage.t, &stage.q, &stage.p, at, &cut);
			if (memcmp(&whole, &cut, sizeof(whole)) != 0)
				fail_msg("%s cut at %zu: %s", f->name, at,
				    outcome_code(cut.outcome));
		}
		for (size_t piece = 1; piece <= 3; piece++) {
			fixture_play(&stage.t, &stage.q, &stage.p, piece, &cut);
			if (memcmp(&whole, &cut, sizeof(whole)) != 0)
				fail_msg("%s in pieces of %zu", f->name, piece);
		}
		secret_free(stage.key);
	}
}

/* The rows of the fixture are a selection; the real ones must not say otherwise. */
static void the_catalogues_rows_come_to_the_same_outcomes(void **state)
{
	unsigned played = 0, wrong = 0;

	(void)state;
	for (size_t i = 0; i < wire_files_count(); i++) {
		const struct wire_file *f = wire_file_at(i);
		const struct provider *p = catalogue_find(catalogue, f->provider);
		struct stage stage;
		struct sample s;

		if (p == NULL)
			continue;
		set_stage(&stage, f);
		stage.t.provider = p;
		stage.t.dialect = dialect_find(p->dialect);
		fixture_play(&stage.t, &stage.q, &stage.p, 0, &s);
		if (s.outcome != f->outcome) {
			print_message("# %s: %s\n", f->name, outcome_code(s.outcome));
			wrong++;
		}
		played++;
		secret_free(stage.key);
	}
	assert_int_equal(wrong, 0);
	assert_true(played >= 200);
}

/* Ended anywhere by a lost connection: never an assertion, always one outcome, and never
 * a good one before the finish reason came. */
static void every_loss_comes_to_one_outcome(void **state)
{
	static const enum wire losses[] = {WIRE_DONE, WIRE_PARTIAL, WIRE_RESET,
	    WIRE_TIMEOUT, WIRE_STALLED, WIRE_LOCAL, WIRE_ABORTED};

	(void)state;
	for (size_t i = 0; i < wire_files_count(); i++) {
		const struct wire_file *f = wire_file_at(i);
		struct stage stage;
		struct sample s;

		set_stage(&stage, f);
		for (size_t k = 0; k < sizeof(losses) / sizeof(losses[0]); k++) {
			stage.p.end = fixture_end(losses[k], PHASE_BODY);
			for (size_t n = 0; n <= f->body.n; n += 1 + n / 16) {
				stage.p.body = (struct span){f->body.p, n};
				fixture_play(&stage.t, &stage.q, &stage.p, 0, &s);
				assert_in_range(s.outcome, 0, OUTCOME_COUNT - 1);
				assert_true(
				    s.outcome != OUTCOME_OK || f->kind != PROBE_STREAM ||
				    (f->status == 200 &&
					(s.finish[0] != '\0' || n + 20 > f->body.n)));
			}
		}
		secret_free(stage.key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_answer_comes_to_what_its_file_says),
	    cmocka_unit_test(every_cut_comes_to_the_same_sample),
	    cmocka_unit_test(the_catalogues_rows_come_to_the_same_outcomes),
	    cmocka_unit_test(every_loss_comes_to_one_outcome),
	};

	return cmocka_run_group_tests_name(
	    "probes/exchange_wire", tests, read_all, free_all);
}
