/* SPDX-License-Identifier: MIT
 *
 * The questions as rows, and what the answers to them mean.
 */
#include "probes/rehearsal.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "agent/base/json.h"
#include "probes/address.h"
#include "probes/cost.h"

#define ANSWER_TOKENS   256 /* room for a model that thinks before it answers */
#define BYTES_PER_TOKEN 3

static const struct exam rows[] = {
    [EXAM_SHORT] = {"short",        "short answer", PROBE_CHAT,   NULL,                          EXPECT_NONE,     NULL,
		    "adds wrongly"																       },
    [EXAM_STREAM] = {"stream",       "stream",       PROBE_STREAM, NULL,                          EXPECT_NONE,     NULL,
		    "adds wrongly"																       },
    [EXAM_LONG] = {"long_context", "long context", PROBE_HEAVY,  NULL,                          EXPECT_NONE,     NULL,
		    "loses the question behind a long text"													      },
    [EXAM_JSON] = {"json_mode",    "JSON mode",    PROBE_CHAT,
		    "Answer in JSON, an object with one field \"city\": the capital of France.",
		    EXPECT_GLOB,										  "{*Paris*}", "does not answer with a JSON object alone"},
    [EXAM_TOOL] = {"tool_call",    "tool call",    PROBE_CHAT,
		    "How is the weather in Paris at this moment? Call the tool get_weather.",
		    EXPECT_CONTAINS,									      "Paris",     "calls no tool, or not for Paris"         },
    [EXAM_ENGLISH] = {"english",      "English",      PROBE_CHAT,
		    "What is the capital of France? Reply with its name only.",                  EXPECT_CONTAINS,
		    "Paris",												   "answers something else than Paris"       },
    [EXAM_CHINESE] = {"chinese",      "Chinese",      PROBE_CHAT,
		    "中国的首都是哪座城市？请只回答城市名。",                 EXPECT_CONTAINS, "北京",
		    "answers something else than 北京"														 },
};
_Static_assert(sizeof(rows) / sizeof(rows[0]) == EXAM_COUNT, "one row a question");

static const char *const codes[] = {
    "passed", "missed", "failed", "not_offered", "not_asked"};
_Static_assert(sizeof(codes) / sizeof(codes[0]) == EXAM_RESULT_COUNT, "results");

const struct exam *exam_row(enum exam_id id)
{
	assert((unsigned)id < EXAM_COUNT);
	return &rows[id];
}

const char *exam_result_code(enum exam_result r)
{
	assert((unsigned)r < EXAM_RESULT_COUNT);
	return codes[r];
}

/* --- asking --- */

/* What the dialect wants in the body for it; "" nothing, NULL: it has no way. */
static const char *body_of(enum exam_id id, const struct dialect *d)
{
	if (id == EXAM_JSON)
		return d->json_mode;
	return id == EXAM_TOOL ? d->tools : "";
}

/* Ours over the target's own. */
static const char *merged(const char *own, const char *ours, struct arena *arena)
{
	json_t *body, *over;
	struct str text;
	const char *ret;

	if (ours[0] == '\0')
		return own;
	if (own == NULL)
		return ours;
	body = json_parse(span_of(own), NULL);
	over = json_parse(span_of(ours), NULL);
	str_init(&text, JSON_MAX_BYTES);
	if (json_is_object(body) && json_is_object(over))
		json_object_update_recursive(body, over);
	json_dump(json_is_object(body) ? body : over, &text);
	ret = arena_strdup(arena, str_c(&text));
	str_fini(&text);
	json_decref(over);
	json_decref(body);
	return ret;
}

/* A tool's call and a thought take more room than a sum. */
static const struct provider *roomy(const struct provider *p, struct arena *arena)
{
	struct provider *copy;

	if (p->max_tokens >= ANSWER_TOKENS)
		return p;
	copy = arena_alloc(arena, sizeof(*copy));
	*copy = *p;
	copy->max_tokens = ANSWER_TOKENS;
	return copy;
}

/* Some dialects have another address for a stream. */
static const char *address(
    const struct target *rival, enum probe_kind kind, struct arena *arena)
{
	const struct address_ask ask = {rival->dialect, kind, rival->model};
	const char *ret = NULL;
	struct str url;

	str_init(&url, 4096);
	switch (address_of_server(rival->url, &ask, &url)) {
	case ADDRESS_GIVEN:
	case ADDRESS_COMPLETED:
	case ADDRESS_UNKNOWN:
		ret = arena_strdup(arena, str_c(&url));
		break;
	case ADDRESS_NONE:
		break;
	}
	str_fini(&url);
	return ret;
}

const struct target *exam_target(
    enum exam_id id, const struct target *rival, int long_tokens, struct arena *arena)
{
	const struct exam *e = exam_row(id);
	const char *body = body_of(id, rival->dialect);
	struct target *t;

	if (body == NULL || !(rival->dialect->kinds & KIND(e->kind)))
		return NULL;
	t = arena_alloc(arena, sizeof(*t));
	*t = *rival;
	t->kind = e->kind;
	t->url = address(rival, e->kind, arena);
	t->heavy_tokens = e->kind == PROBE_HEAVY ? long_tokens : 0;
	t->prompt = e->prompt;
	t->expect = e->expect;
	t->expect_text = e->expect_text;
	t->expect_json = NULL;
	t->extra_body = merged(rival->extra_body, body, arena);
	if (e->prompt != NULL)
		t->provider = roomy(rival->provider, arena);
	return t->url != NULL ? t : NULL;
}

int64_t exam_cost(enum exam_id id, const struct target *t)
{
	int64_t ask = cost_per_ask(t), more;

	more = cost_of(
	    &t->price, (int64_t)strlen(body_of(id, t->dialect)) / BYTES_PER_TOKEN + 1, 0);
	return ask < 0 || more < 0 ? -1 : ask + more;
}

/* --- judging --- */

static void say_failure(
    enum exam_id id, const struct target *t, const struct sample *s, struct str *out)
{
	const struct outcome_row *o = outcome_row(s->outcome);

	if (id == EXAM_LONG && s->outcome == OUTCOME_BAD_REQUEST)
		str_addf(out, "refuses a prompt of %d tokens", t->heavy_tokens);
	else
		str_adds(out, o->sentence);
	if (s->provider_code[0] != '\0')
		str_addf(out, " (%s)", s->provider_code);
	else if (s->message[0] != '\0')
		str_addf(out, " (%s)", s->message);
}

static bool is_missed(enum exam_id id, const struct sample *s)
{
	if (s->outcome == OUTCOME_WRONG_ANSWER || (s->flags & FLAG_ODD_ANSWER))
		return true;
	return id == EXAM_TOOL && !(s->flags & FLAG_TOOL_CALL);
}

enum exam_result exam_judge(enum exam_id id, const struct target *t,
    const struct sample *s, char *why, size_t size)
{
	enum exam_result ret = EXAM_PASSED;
	struct str text;

	str_init(&text, 600);
	if (s->outcome != OUTCOME_OK && s->outcome != OUTCOME_WRONG_ANSWER) {
		ret = EXAM_FAILED;
		say_failure(id, t, s, &text);
	} else if (s->flags & FLAG_REASONING_ONLY) {
		ret = EXAM_MISSED;
		str_addf(&text, "only thinks, %" PRId64 " tokens were not enough",
		    s->tokens_out);
	} else if (is_missed(id, s)) {
		ret = EXAM_MISSED;
		str_adds(&text, exam_row(id)->missed);
	}
	str_copy(why, size, str_c(&text));
	str_fini(&text);
	return ret;
}

bool exam_is_final(enum exam_id id, const struct sample *s)
{
	static const enum outcome final[] = {OUTCOME_AUTH, OUTCOME_QUOTA,
	    OUTCOME_FORBIDDEN_REGION, OUTCOME_MODEL_GONE, OUTCOME_REDIRECTED};

	if (id == EXAM_SHORT && s->outcome != OUTCOME_OK)
		return true;
	for (size_t i = 0; i < sizeof(final) / sizeof(final[0]); i++) {
		if (s->outcome == final[i])
			return true;
	}
	return false;
}
