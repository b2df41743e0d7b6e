/* SPDX-License-Identifier: MIT
 *
 * Reads the files and compares samples with what they say.
 */
#include "tests/unit/probes/wire_file.h"

#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MAX_FILE ((size_t)64 << 10)

static struct wire_file *files[WIRE_MAX_FILES];
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
	    {"blame",      &f->blame     },
            {"evidence",   &f->evidence  },
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

static int by_name(const void *a, const void *b)
{
	const struct wire_file *const *x = a, *const *y = b;

	return strcmp((*x)->name, (*y)->name);
}

void wire_files_read(void)
{
	const char *data = getenv("DIMWATCH_TESTS_DATA");
	struct dirent *entry;
	char dir[400];
	DIR *d;

	assert_non_null(data);
	snprintf(dir, sizeof(dir), "%s/wire", data);
	d = opendir(dir);
	assert_non_null(d);
	while ((entry = readdir(d)) != NULL) {
		if (entry->d_name[0] == '.')
			continue;
		assert_true(n_files < WIRE_MAX_FILES);
		files[n_files++] = read_file(dir, entry->d_name);
	}
	closedir(d);
	qsort(files, n_files, sizeof(void *), by_name);
}

void wire_files_free(void)
{
	for (size_t i = 0; i < n_files; i++) {
		struct wire_file *f = files[i];

		free(f->blame);
		free(f->evidence);
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
	n_files = 0;
}

size_t wire_files_count(void)
{
	return n_files;
}

const struct wire_file *wire_file_at(size_t i)
{
	return files[i];
}

/* --- comparing --- */

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

/* Somewhere in what is kept of the answer. */
static bool is_kept(const struct sample *s, const char *words)
{
	const char *const kept[] = {s->evidence, s->message, s->provider_code};

	for (size_t i = 0; i < 3; i++) {
		if (span_contains(span_of(kept[i]), span_of(words)))
			return true;
	}
	print_message("# evidence: '%s' is not in '%s'\n", words, s->evidence);
	return false;
}

bool wire_file_agrees(const struct wire_file *f, const struct sample *s)
{
	bool good =
	    same_text("outcome", outcome_code(f->outcome), outcome_code(s->outcome));
	char tokens[64];

	snprintf(tokens, sizeof(tokens), "%lld %lld", (long long)s->tokens_in,
	    (long long)s->tokens_out);
	good &= same_text("blame", f->blame, blame_code(outcome_blame(s->outcome)));
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
	good &= f->evidence == NULL || is_kept(s, f->evidence);
	return good;
}
