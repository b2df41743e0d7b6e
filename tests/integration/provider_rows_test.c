/* SPDX-License-Identifier: MIT
 *
 * The tables of the catalogue through the real client: for every provider every row of
 * its errors, by each path and word, every finish reason and every refusal at the door,
 * sent by a server of raw bytes. Each must come to the row's outcome and blame, and what
 * the provider said must be kept.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "probes/classify.h"
#include "probes/dialect.h"
#include "tests/integration/asked.h"
#include "tests/integration/raw_server.h"
#include "tests/unit/probes/row_answer.h"

/* A world with a server whose answer is changed from probe to probe. */
struct stage {
	struct world w;
	struct raw_server *far;
	struct str bytes;
	unsigned played, wrong;
};

static void stage_init(struct stage *s)
{
	struct raw_answer nothing = {.bytes = ""};

	memset(s, 0, sizeof(*s));
	world_init(&s->w, LOOP_SKIPPING, "");
	s->far = raw_server_new(s->w.loop, &nothing);
	str_init(&s->bytes, (size_t)64 << 10);
}

static void stage_fini(struct stage *s)
{
	raw_server_free(s->far);
	str_fini(&s->bytes);
	world_fini(&s->w);
}

static void set_provider(struct stage *s, const struct provider *p, enum probe_kind kind)
{
	char front[64];

	snprintf(front, sizeof(front), "http://127.0.0.1:%d", raw_server_port(s->far));
	assert_true(asked_provider(&s->w, p, kind, front));
}

/* The stream where there is one. */
static enum probe_kind kind_of(const struct provider *p)
{
	return dialect_streams(dialect_find(p->dialect), PROBE_STREAM) ? PROBE_STREAM
								       : PROBE_CHAT;
}

static const struct sample *probe(struct stage *s)
{
	struct raw_answer answer = {.bytes = str_c(&s->bytes)};

	raw_server_set(s->far, &answer, (struct raw_pace){0});
	s->w.n_samples = 0;
	s->played++;
	world_ask(&s->w);
	return world_await(&s->w, 1);
}

/* An answer with this status; inside a 200 the body is an event of the stream. */
static void put_answer(
    struct stage *s, int status, const char *header, const char *value, struct span body)
{
	enum framing framing = s->w.target.dialect->framing;
	bool event = status == 200 && s->w.target.kind == PROBE_STREAM;
	const char *type = "application/json", *before = "", *after = "";

	if (event && framing == FRAMING_SSE) {
		type = "text/event-stream";
		before = "data: ";
		after = "\n\n";
	} else if (event && framing == FRAMING_NDJSON) {
		type = "application/x-ndjson";
		after = "\n";
	}
	str_reset(&s->bytes);
	str_addf(&s->bytes,
	    "HTTP/1.1 %d Said\r\nContent-Type: %s\r\n%s%s%s%sContent-Length: %zu\r\n\r\n",
	    status, type, header, header[0] ? ": " : "", value, header[0] ? "\r\n" : "",
	    strlen(before) + body.n + strlen(after));
	str_adds(&s->bytes, before);
	str_add(&s->bytes, body.p, body.n);
	str_adds(&s->bytes, after);
}

/* --- errors --- */

/* Inside a 200 an answer did come. */
static enum outcome outcome_inside(enum outcome o)
{
	if (o == OUTCOME_HTTP_5XX || outcome_row(o)->evidence == EVIDENCE_SILENT)
		return OUTCOME_ERROR_IN_STREAM;
	return o;
}

/* As it was sent, or as it stands in a JSON string. */
static bool is_kept(const struct sample *s, const char *word)
{
	const char *const places[] = {s->evidence, s->message, s->provider_code};
	struct str quoted;
	bool kept = false;

	if (word[0] == '~')
		word++;
	if (strcmp(word, "*") == 0)
		return s->evidence[0] || s->message[0];
	str_init(&quoted, 512);
	for (const char *p = word; *p; p++) {
		if (*p == '"')
			str_addc(&quoted, '\\');
		str_addc(&quoted, *p);
	}
	for (size_t i = 0; i < 3; i++)
		kept |= span_icontains(span_of(places[i]), span_of(word)) ||
			span_icontains(span_of(places[i]), str_span(&quoted));
	str_fini(&quoted);
	return kept;
}

/* What always stands beside such a field, and without which nobody sends it. */
static void add_company(const struct target *t, const char *path, struct row_answer *a)
{
	bool in_response = strncmp(path, "response.", 9) == 0;

	if (!json_is_object(a->json))
		return;
	if (strcmp(path, "error_type") == 0)
		json_object_set_new(a->json, "error", json_string("oops"));
	if (strcmp(t->dialect->name, "openai-responses") == 0 &&
	    strcmp(path, "type") != 0)
		json_object_set_new(a->json, "type",
		    json_string(strstr(path, "incomplete") ? "response.incomplete"
				: in_response              ? "response.failed"
							   : "error"));
	str_reset(&a->body);
	json_dump(a->json, &a->body);
}

static void play_row(struct stage *s, const struct error_row *row, const char *path,
    const char *match, bool as_number)
{
	const struct provider *p = s->w.target.provider;
	int status = row->http ? row->http : 418;
	enum outcome want = status == 200 ? outcome_inside(row->outcome) : row->outcome;
	struct row_answer told;
	const struct sample *got;

	row_answer_init(&told, path, match, as_number);
	if (status == 200)
		add_company(&s->w.target, path, &told);
	put_answer(s, status, told.header, told.value, str_span(&told.body));
	got = probe(s);
	if (got->outcome != want || got->http_status != status ||
	    outcome_blame(got->outcome) != outcome_blame(want) || !is_kept(got, match)) {
		s->wrong++;
		print_message("# %s: %d %s %s: %s, not %s; kept '%s' '%s' '%s'\n", p->id,
		    status, path, match, outcome_code(got->outcome), outcome_code(want),
		    got->provider_code, got->message, got->evidence);
	}
	row_answer_fini(&told);
}

static void play_rows(struct stage *s, const struct provider *p)
{
	set_provider(s, p, kind_of(p));
	for (size_t i = 0; i < p->n_errors; i++) {
		const struct error_row *row = &p->errors[i];

		for (size_t a = 0; a < row->n_paths; a++) {
			for (size_t b = 0; b < row->n_matches; b++) {
				play_row(s, row, row->paths[a], row->matches[b], false);
				if (row_match_is_number(row->matches[b]))
					play_row(
					    s, row, row->paths[a], row->matches[b], true);
			}
		}
	}
}

static void every_error_row_comes_to_its_outcome_and_keeps_the_words(void **state)
{
	const struct provider *p;
	unsigned known = 0;
	struct stage s;

	(void)state;
	stage_init(&s);
	for (size_t i = 0; (p = catalogue_at(asked_catalogue(), i)); i++, known++)
		play_rows(&s, p);
	assert_int_equal(s.wrong, 0);
	assert_true(s.played >= 900 && known >= 50);
	print_message(
	    "# evidence error rows: %u answers for the rows of %u providers, each with "
	    "its class and blame, code and words kept\n",
	    s.played, known);
	stage_fini(&s);
}

/* --- finish reasons --- */

/* The last event of an answer with this reason. */
static const struct ending {
	const char *dialect, *form; /* %s: the reason */
} endings[] = {
    {"openai-chat",
     "{\"choices\":[{\"delta\":{\"content\":\"1\"},\"finish_reason\":\"%s\"}]}"           },
    {"azure-openai",
     "{\"choices\":[{\"delta\":{\"content\":\"1\"},\"finish_reason\":\"%s\"}]}"           },
    {"openai-responses",
     "{\"type\":\"response.incomplete\",\"response\":{\"status\":\"incomplete\","
	"\"incomplete_details\":{\"reason\":\"%s\"},\"output\":[{\"content\":[{\"text\":"
	"\"1\"}]}]}}"								     },
    {"anthropic",        "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"%s\"}}"},
    {"gemini",
     "{\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"1\"}]},\"finishReason\":"
	"\"%s\"}]}"								       },
    {"cohere-v2",        "{\"type\":\"message-end\",\"delta\":{\"finish_reason\":\"%s\"}}"},
    {"dashscope-native",
     "{\"output\":{\"choices\":[{\"message\":{\"content\":\"1\"},\"finish_reason\":"
	"\"%s\"}]}}"								      },
    {"bedrock-converse",
     "{\"output\":{\"message\":{\"content\":[{\"text\":\"1\"}]}},\"stopReason\":\"%s\"}"  },
};

static const char *form_of(const char *dialect)
{
	for (size_t i = 0; i < sizeof(endings) / sizeof(endings[0]); i++) {
		if (strcmp(endings[i].dialect, dialect) == 0)
			return endings[i].form;
	}
	return NULL;
}

static void play_finish(struct stage *s, const struct finish_row *row)
{
	const struct provider *p = s->w.target.provider;
	const char *form = form_of(p->dialect), *place = strstr(form, "%s");
	const struct sample *got;
	struct str body;

	str_init(&body, 4096);
	str_add(&body, form, (size_t)(place - form));
	str_addf(&body, "%s%s", row->reason, place + 2);
	put_answer(s, 200, "", "", str_span(&body));
	got = probe(s);
	if (got->outcome != row->outcome || strcmp(got->finish, row->reason) != 0) {
		s->wrong++;
		print_message("# %s: finish %s: %s, not %s; kept '%s'\n", p->id,
		    row->reason, outcome_code(got->outcome), outcome_code(row->outcome),
		    got->finish);
	}
	str_fini(&body);
}

static void every_finish_reason_comes_to_its_outcome(void **state)
{
	const struct provider *p;
	struct stage s;

	(void)state;
	stage_init(&s);
	for (size_t i = 0; (p = catalogue_at(asked_catalogue(), i)); i++) {
		const struct dialect *d = dialect_find(p->dialect);

		if (!form_of(p->dialect))
			continue;
		set_provider(&s, p, kind_of(p));
		for (size_t k = 0; k < p->n_finishes; k++)
			play_finish(&s, &p->finishes[k]);
		for (size_t k = 0; k < d->n_finishes; k++) {
			if (classify_finish(p, d->finishes[k].reason) ==
			    d->finishes[k].outcome)
				play_finish(&s, &d->finishes[k]);
		}
	}
	assert_int_equal(s.wrong, 0);
	assert_true(s.played >= 60);
	print_message("# evidence finish reasons: %u, each with its outcome\n", s.played);
	stage_fini(&s);
}

/* --- doors --- */

static void play_door(struct stage *s, const struct door_row *row)
{
	const struct provider *p = s->w.target.provider;

	for (size_t a = 0; a < row->n_paths; a++) {
		for (size_t b = 0; b < row->n_matches; b++) {
			const struct sample *got;
			struct row_answer told;

			row_answer_init(&told, row->paths[a], row->matches[b], false);
			put_answer(
			    s, row->http, told.header, told.value, str_span(&told.body));
			got = probe(s);
			if (got->outcome != OUTCOME_OK ||
			    strstr(raw_server_received(s->far), WORLD_KEY)) {
				s->wrong++;
				print_message("# %s: door %d %s %s: %s\n", p->id,
				    row->http, row->paths[a], row->matches[b],
				    outcome_code(got->outcome));
			}
			row_answer_fini(&told);
		}
	}
}

static void every_genuine_refusal_opens_its_door(void **state)
{
	const struct provider *p;
	unsigned doors = 0;
	struct stage s;

	(void)state;
	stage_init(&s);
	for (size_t i = 0; (p = catalogue_at(asked_catalogue(), i)); i++) {
		if (p->n_door == 0)
			continue;
		set_provider(&s, p, PROBE_DOOR);
		for (size_t k = 0; k < p->n_door; k++)
			play_door(&s, &p->door[k]);
		doors++;
	}
	assert_int_equal(s.wrong, 0);
	assert_true(doors >= 35);
	print_message("# evidence door rows: %u refusals at %u doors\n", s.played, doors);
	stage_fini(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(every_error_row_comes_to_its_outcome_and_keeps_the_words),
	    cmocka_unit_test(every_finish_reason_comes_to_its_outcome),
	    cmocka_unit_test(every_genuine_refusal_opens_its_door),
	};

	return cmocka_run_group_tests_name(
	    "provider rows", tests, asked_load, asked_unload);
}
