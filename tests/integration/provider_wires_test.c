/* SPDX-License-Identifier: MIT
 *
 * Every answer of tests/data/wire once more, sent by a server of raw bytes and read by
 * the real client: what comes out is what the file says, as it was without a socket.
 * Whole, and in pieces of a few bytes.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "agent/base/xalloc.h"
#include "probes/dialect.h"
#include "tests/integration/asked.h"
#include "tests/integration/raw_server.h"
#include "tests/unit/probes/fixture.h"
#include "tests/unit/probes/wire_file.h"

static int load(void **state)
{
	wire_files_read();
	return asked_load(state);
}

static int unload(void **state)
{
	wire_files_free();
	return asked_unload(state);
}

/* As in the unit test: the fixture's providers; what was told of a provider is about that
 * of the catalogue. */
static void set_target(struct world *w, const struct wire_file *f, int port)
{
	const struct provider *p = catalogue_find(asked_catalogue(), f->provider);

	if (strncmp(f->name, "told-", 5) == 0) {
		w->target.provider = p;
		w->target.dialect = dialect_find(p->dialect);
		w->target.model = p->model ? p->model : "m";
	} else {
		fixture_target(&w->target, f->provider, w->key);
	}
	w->target.kind = f->kind;
	w->target.expect_status = f->expect_status;
	w->target.expect = f->expect[0] ? EXPECT_CONTAINS : EXPECT_NONE;
	w->target.expect_text = f->expect;
	world_set_url(w, "http://127.0.0.1:%d/v1", port);
}

/* A cut body is announced to be longer than it is. */
static void put_bytes(const struct wire_file *f, struct str *out)
{
	size_t length = f->body.n + (f->end == WIRE_PARTIAL ? 100 : 0);
	struct span rest = str_span(&f->headers);

	str_addf(out, "HTTP/1.1 %d Said\r\n", f->status);
	while (rest.n > 0) {
		const char *lf = memchr(rest.p, '\n', rest.n);
		size_t n = lf ? (size_t)(lf - rest.p) : rest.n;

		str_addf(out, "%.*s\r\n", (int)n, rest.p);
		rest =
		    (struct span){rest.p + n + (lf != NULL), rest.n - n - (lf != NULL)};
	}
	if (f->end == WIRE_RESET)
		str_adds(out, "\r\n"); /* without a length it ends with the connection */
	else
		str_addf(out, "Content-Length: %zu\r\n\r\n", length);
	str_add(out, f->body.p, f->body.n);
}

/* The question of a real probe is not the one of the files. */
static struct sample comparable(const struct wire_file *f, const struct sample *s)
{
	struct sample same = *s;

	same.flags &= ~(uint32_t)FLAG_LOOP_LATE;
	if (!f->flags || !strstr(f->flags, "odd_answer"))
		same.flags &= ~(uint32_t)FLAG_ODD_ANSWER;
	return same;
}

static unsigned play(const struct wire_file *f, size_t piece)
{
	struct raw_answer answer = {.last = f->end == WIRE_RESET ? RAW_RESET : RAW_CLOSE};
	struct raw_pace pace = {.piece = piece};
	struct raw_server *far;
	struct sample s;
	struct str bytes;
	struct world w;
	unsigned wrong;

	world_init(&w, LOOP_SKIPPING, "");
	str_init(&bytes, (size_t)128 << 10);
	put_bytes(f, &bytes);
	answer.bytes = str_c(&bytes);
	far = raw_server_new(w.loop, &answer);
	raw_server_set(far, &answer, pace);
	set_target(&w, f, raw_server_port(far));
	world_ask(&w);
	s = comparable(f, world_await(&w, 1));
	wrong = !wire_file_agrees(f, &s) || s.http_status != f->status;
	if (wrong)
		print_message("# in %s, pieces of %zu\n", f->name, piece);
	raw_server_free(far);
	str_fini(&bytes);
	world_fini(&w);
	return wrong;
}

static void every_answer_comes_through_the_client_as_its_file_says(void **state)
{
	unsigned wrong = 0, played = 0, blamed[BLAME_COUNT] = {0};

	(void)state;
	for (size_t i = 0; i < wire_files_count(); i++) {
		const struct wire_file *f = wire_file_at(i);

		assert_null(memchr(f->body.p, '\0', f->body.n));
		wrong += play(f, 0);
		wrong += play(f, 7);
		blamed[outcome_blame(f->outcome)]++;
		played++;
	}
	assert_int_equal(wrong, 0);
	assert_true(played >= 340);
	print_message(
	    "# evidence wire answers: %u through the client, whole and in pieces: "
	    "%u theirs, %u ours, %u nobody's, %u good\n",
	    played, blamed[BLAME_PROVIDER], blamed[BLAME_US], blamed[BLAME_PATH],
	    blamed[BLAME_NONE]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_answer_comes_through_the_client_as_its_file_says),
	};

	return cmocka_run_group_tests_name("provider wires", tests, load, unload);
}
