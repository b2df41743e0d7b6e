/* SPDX-License-Identifier: MIT
 *
 * Every answer in tests/data/wire is played and must come to what its head says; then
 * again cut in two at every byte and in small pieces, and must come to the same sample,
 * byte for byte.
 */
#include <dirent.h>
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

#define MAX_FILES 400
#define MAX_FILE  ((size_t)64 << 10)

struct wire_file {
	char name[64];
	struct str text; /* the whole file */
	char provider[32];
	enum probe_kind kind; /* "kind: chat"; a stream when nothing is said */
	int expect_status;    /* of a page */
	char expect[64];      /* text that it must hold */
	int status;
	struct str headers;
	enum wire end;
	enum outcome outcome;
	/* NULL: not looked at */
	char *code, *message, *flags, *request_id, *finish, *model, *tokens;
	struct span body;
};

static struct wire_file *files[MAX_FILES];
static size_t n_files;

static void set_text(char **field, struct span value)
{
	free(*field);
	*field = strndup(value.n > 0 ? value.p : "", value.n);
}

static void read_end(struct wire_file *f, struct span value)
{
	for (int w = 0; w < WIRE_COUNT; w++) {
		if (span_eq(value, wire_code((enum wire)w)))
			f->end = (enum wire)w;
	}
	assert_true(span_eq(value, wire_code(f->end)));
}

static void read_line(struct wire_file *f, struct span line)
{
	const char *colon = memchr(line.p, ':', line.n);
	struct span key = {line.p, 0}, value;
	char buf[64];
	const struct {
		const char *key;
		char **field;
	} texts[] = {
	    {"code",       &f->code      },
            {"message",    &f->message   },
            {"flags",      &f->flags     },
	    {"request_id", &f->request_id},
            {"finish",     &f->finish    },
            {"model",      &f->model     },
	    {"tokens",     &f->tokens    }
        };

	if (line.n == 0 || line.p[0] == '#')
		return;
	assert_non_null(colon);
	key.n = (size_t)(colon - line.p);
	value = span_trim((struct span){colon + 1, line.n - key.n - 1});
	if (span_eq(key, "provider")) {
		span_copy(value, f->provider, sizeof(f->provider));
	} else if (span_eq(key, "kind")) {
		assert_true(
		    probe_kind_parse(span_copy(value, buf, sizeof(buf)), &f->kind));
	} else if (span_eq(key, "expect_status")) {
		f->expect_status =
		    (int)strtol(span_copy(value, buf, sizeof(buf)), NULL, 10);
	} else if (span_eq(key, "expect")) {
		span_copy(value, f->expect, sizeof(f->expect));
	} else if (span_eq(key, "status")) {
		f->status = (int)strtol(span_copy(value, buf, sizeof(buf)), NULL, 10);
	} else if (span_eq(key, "header")) {
		str_add(&f->headers, value.p, value.n);
		str_addc(&f->headers, '\n');
	} else if (span_eq(key, "end")) {
		read_end(f, value);
	} else if (span_eq(key, "outcome")) {
		assert_true(
		    outcome_parse(span_copy(value, buf, sizeof(buf)), &f->outcome));
	} else {
		bool known = false;

		for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
			if (span_eq(key, texts[i].key)) {
				set_text(texts[i].field, value);
				known = true;
			}
		}
		if (!known)
			fail_msg("%s: unknown line '%.*s'", f->name, (int)key.n, key.p);
	}
}

static struct wire_file *read_file(const char *dir, const char *name)
{
	struct wire_file *f = calloc(1, sizeof(*f));
	char path[512], block[4096];
	struct span rest;
	FILE *in;
	size_t n;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	snprintf(f->name, sizeof(f->name), "%s", name);
	str_init(&f->text, MAX_FILE);
	str_init(&f->headers, 8192);
	f->outcome = OUTCOME_COUNT;
	in = fopen(path, "rb");
	assert_non_null(in);
	while ((n = fread(block, 1, sizeof(block), in)) > 0)
		assert_true(str_add(&f->text, block, n));
	fclose(in);
	rest = str_span(&f->text);
	for (;;) {
		const char *lf = memchr(rest.p, '\n', rest.n);
		struct span line;

		assert_non_null(lf);
		line = (struct span){rest.p, (size_t)(lf - rest.p)};
		rest.p += line.n + 1;
		rest.n -= line.n + 1;
		if (span_eq(line, "---"))
			break;
		read_line(f, line);
	}
	f->body = rest;
	assert_int_not_equal(f->outcome, OUTCOME_COUNT);
	return f;
}

static int read_all(void **state)
{
	const char *data = getenv("DIMWATCH_TESTS_DATA");
	struct dirent *entry;
	char dir[400];
	DIR *d;

	(void)state;
	assert_non_null(data);
	snprintf(dir, sizeof(dir), "%s/wire", data);
	d = opendir(dir);
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		assert_true(n_files < MAX_FILES);
		files[n_files++] = read_file(dir, entry->d_name);
	}
	closedir(d);
	return 0;
}

static int free_all(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		struct wire_file *f = files[i];

		free(f->code);
		free(f->message);
		free(f->flags);
		free(f->request_id);
		free(f->finish);
		free(f->model);
		free(f->tokens);
		str_fini(&f->text);
		str_fini(&f->headers);
		free(f);
	}
	return 0;
}

/* --- playing --- */

struct stage {
	struct secret *key;
	struct target t;
	struct question q;
	struct play p;
};

static void set_stage(struct stage *s, const struct wire_file *f)
{
	memset(s, 0, sizeof(*s));
	s->key = secret_new(FIXTURE_KEY, strlen(FIXTURE_KEY));
	if (fixture_provider(f->provider) == NULL)
		fail_msg("%s: no provider %s", f->name, f->provider);
	fixture_target(&s->t, f->provider, s->key);
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

static void flags_text(uint32_t flags, struct str *out)
{
	for (unsigned i = 0; i < 32; i++) {
		if ((flags & (1u << i)) != 0)
			str_addf(out, "%s%s", out->len > 0 ? " " : "",
			    sample_flag_name(1u << i));
	}
}

/* Every wanted flag is there, and no other; their order in the file is free. */
static bool same_flags(const char *want, uint32_t flags)
{
	struct str got;
	bool same;

	str_init(&got, 400);
	flags_text(flags, &got);
	same = strlen(want) == got.len;
	for (unsigned i = 0; same && i < 32; i++) {
		if ((flags & (1u << i)) != 0)
			same = strstr(want, sample_flag_name(1u << i)) != NULL;
	}
	if (!same)
		print_message("# flags: '%s', not '%s'\n", str_c(&got), want);
	str_fini(&got);
	return same;
}

static bool same_text(const char *what, const char *want, const char *got)
{
	if (want == NULL || strcmp(want, got) == 0)
		return true;
	print_message("# %s: '%s', not '%s'\n", what, got, want);
	return false;
}

static bool is_as_told(const struct wire_file *f, const struct sample *s)
{
	bool good =
	    same_text("outcome", outcome_code(f->outcome), outcome_code(s->outcome));
	char tokens[64];

	snprintf(tokens, sizeof(tokens), "%lld %lld", (long long)s->tokens_in,
	    (long long)s->tokens_out);
	good &= same_text("code", f->code, s->provider_code);
	good &= same_text("request id", f->request_id, s->request_id);
	good &= same_text("finish", f->finish, s->finish);
	good &= same_text("model", f->model, s->returned_model);
	good &= same_text("tokens", f->tokens, tokens);
	/* What it cost is another room's judgement. */
	good &= f->flags == NULL ||
		same_flags(f->flags, s->flags & ~(uint32_t)FLAG_COST_ESTIMATED);
	if (f->message != NULL &&
	    !span_contains(span_of(s->message), span_of(f->message))) {
		print_message("# message: '%s', not '%s'\n", s->message, f->message);
		good = false;
	}
	return good;
}

static void every_answer_comes_to_what_its_file_says(void **state)
{
	unsigned wrong = 0;

	(void)state;
	assert_true(n_files >= 100);
	for (size_t i = 0; i < n_files; i++) {
		struct stage stage;
		struct sample s;

		set_stage(&stage, files[i]);
		fixture_play(&stage.t, &stage.q, &stage.p, 0, &s);
		if (!is_as_told(files[i], &s)) {
			print_message("# in %s\n", files[i]->name);
			wrong++;
		}
		assert_int_equal(s.http_status, files[i]->status);
		assert_true(utf8_valid(span_of(s.evidence)));
		assert_true(s.outcome != OUTCOME_OK || s.evidence[0] == '\0');
		secret_free(stage.key);
	}
	assert_int_equal(wrong, 0);
}

static void every_cut_comes_to_the_same_sample(void **state)
{
	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		struct sample whole, cut;
		struct stage stage;

		set_stage(&stage, files[i]);
		fixture_play(&stage.t, &stage.q, &stage.p, 0, &whole);
		for (size_t at = 1; at < files[i]->body.n; at++) {
			fixture_play_cut(&stage.t, &stage.q, &stage.p, at, &cut);
			if (memcmp(&whole, &cut, sizeof(whole)) != 0)
				fail_msg("%s cut at %zu: %s", files[i]->name, at,
				    outcome_code(cut.outcome));
		}
		for (size_t piece = 1; piece <= 3; piece++) {
			fixture_play(&stage.t, &stage.q, &stage.p, piece, &cut);
			if (memcmp(&whole, &cut, sizeof(whole)) != 0)
				fail_msg("%s in pieces of %zu", files[i]->name, piece);
		}
		secret_free(stage.key);
	}
}

/* The rows of the fixture are a selection; the real ones must not say otherwise. */
static void the_catalogues_rows_come_to_the_same_outcomes(void **state)
{
	struct arena *a = arena_new();
	struct catalogue *c = catalogue_load(a, NULL);
	unsigned played = 0, wrong = 0;

	(void)state;
	assert_non_null(c);
	for (size_t i = 0; i < n_files; i++) {
		const struct provider *p = catalogue_find(c, files[i]->provider);
		struct stage stage;
		struct sample s;

		if (p == NULL)
			continue;
		set_stage(&stage, files[i]);
		stage.t.provider = p;
		stage.t.dialect = dialect_find(p->dialect);
		fixture_play(&stage.t, &stage.q, &stage.p, 0, &s);
		if (s.outcome != files[i]->outcome) {
			print_message(
			    "# %s: %s\n", files[i]->name, outcome_code(s.outcome));
			wrong++;
		}
		played++;
		secret_free(stage.key);
	}
	arena_free(a);
	assert_int_equal(wrong, 0);
	assert_true(played >= 50);
}

/* Ended anywhere by a lost connection: never an assertion, always one outcome, and never
 * a good one before the finish reason came. */
static void every_loss_comes_to_one_outcome(void **state)
{
	static const enum wire losses[] = {WIRE_DONE, WIRE_PARTIAL, WIRE_RESET,
	    WIRE_TIMEOUT, WIRE_STALLED, WIRE_LOCAL, WIRE_ABORTED};

	(void)state;
	for (size_t i = 0; i < n_files; i++) {
		struct stage stage;
		struct sample s;

		set_stage(&stage, files[i]);
		for (size_t k = 0; k < sizeof(losses) / sizeof(losses[0]); k++) {
			stage.p.end = fixture_end(losses[k], PHASE_BODY);
			for (size_t n = 0; n <= files[i]->body.n; n += 1 + n / 16) {
				stage.p.body = (struct span){files[i]->body.p, n};
				fixture_play(&stage.t, &stage.q, &stage.p, 0, &s);
				assert_in_range(s.outcome, 0, OUTCOME_COUNT - 1);
				assert_true(s.outcome != OUTCOME_OK ||
					    files[i]->kind != PROBE_STREAM ||
					    (files[i]->status == 200 &&
						(s.finish[0] != '\0' ||
						    n + 20 > files[i]->body.n)));
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
