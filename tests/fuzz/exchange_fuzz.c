/* SPDX-License-Identifier: MIT
 *
 * One exchange, whatever the far side does: the head of the input says which provider,
 * status, headers and end, the rest is the body. Exactly one sample with its invariants,
 * the same however the bytes are cut; then again with a clock that runs.
 */
#include <stdlib.h>
#include <string.h>

#include "agent/base/json.h"
#include "agent/base/xalloc.h"
#include "probes/dialect.h"
#include "probes/exchange.h"
#include "tests/fuzz/fuzz.h"

#define START      ((struct mono){5 * US_PER_S})
#define START_WALL ((struct wall){INT64_C(1795446000000)})
#define BIG        ((size_t)4 << 10)
#define MAX_WAIT   15000 /* ms between two pieces, longer than most deadlines */

struct stage {
	struct secret *key;
	struct target t;
	struct question q;
	struct story story;
	struct str head_bytes;
	struct wire_head head;
	struct wire_end end;
	bool to_deadline, give_up;
};

static const struct provider *choose_provider(const struct story *s)
{
	const struct catalogue *c = fuzz_catalogue();
	const struct provider *p;
	struct span word;
	char id[64];

	if (!story_value(s, "provider", 0, &word))
		return catalogue_at(c, 0);
	p = catalogue_find(c, span_copy(word, id, sizeof(id)));
	return p ? p : catalogue_at(c, (size_t)fuzz_number(word, catalogue_count(c)));
}

/* The word's kind where the dialect has it, else the first that it has. */
static enum probe_kind choose_kind(const struct story *s, const struct dialect *d)
{
	enum probe_kind kind = PROBE_STREAM;
	struct span word;
	char code[32];

	if (story_value(s, "kind", 0, &word) &&
	    !probe_kind_parse(span_copy(word, code, sizeof(code)), &kind))
		kind = (enum probe_kind)fuzz_number(word, PROBE_KIND_COUNT);
	for (int k = 0; !(d->kinds & KIND(kind)) && k < PROBE_KIND_COUNT; k++)
		kind = (enum probe_kind)k;
	return kind;
}

static void set_target(struct target *t, const struct story *s, const struct secret *key)
{
	const struct provider *p = choose_provider(s);

	memset(t, 0, sizeof(*t));
	t->name = p->id;
	t->series = 7;
	t->provider = p;
	t->dialect = dialect_find(p->dialect);
	t->kind = choose_kind(s, t->dialect);
	t->heavy_tokens = 100;
	t->model = p->model ? p->model : "house-model";
	t->region = "";
	t->url = "https://provider.example/v1/chat/completions";
	t->key = key;
	t->interval_ms = MS_PER_MIN;
	t->timeouts = (struct probe_timeouts){30000, 5000, 10000, 20000, 10000};
	t->budget.nano = -1;
	t->price = p->price;
	t->auto_on = true;
	t->expect = (enum expect_kind)story_number(s, "expect", EXPECT_THERE + 1, 0);
	t->expect_text = t->expect == EXPECT_GLOB ? "*O?" : "OK";
	if (t->expect == EXPECT_THERE ||
	    (t->expect != EXPECT_NONE && story_number(s, "json", 2, 0)))
		t->expect_json = "$.choices[-1]['a b'].c[0]";
	t->prompt = t->expect != EXPECT_NONE ? "Reply with the single word OK." : NULL;
}

static void set_stage(struct stage *st, struct span in)
{
	struct span end;
	struct rng r;

	memset(st, 0, sizeof(*st));
	story_init(&st->story, in);
	st->key = secret_new(FUZZ_KEY, strlen(FUZZ_KEY));
	set_target(&st->t, &st->story, st->key);
	rng_init(&r, 7);
	question_make(&st->q, &st->t, &r);
	str_init(&st->head_bytes, 2 * HEAD_MAX_BYTES);
	story_wire_head(&st->story, (int)story_number(&st->story, "status", 1000, 200),
	    &st->head_bytes, &st->head);
	story_wire_end(&st->story, &st->end);
	if (story_value(&st->story, "end", 0, &end)) {
		st->to_deadline = span_eq(end, "deadline");
		st->give_up = span_eq(end, "give_up");
	}
}

static void clear_stage(struct stage *st)
{
	str_fini(&st->head_bytes);
	story_fini(&st->story);
	secret_free(st->key);
}

/* --- playing ----------------------------------------------------------------------- */

enum cutting { WHOLE, SMALLEST, RANDOM };

struct player {
	const struct stage *st;
	struct exchange *x;
	struct rng rng;
	enum cutting how;
	bool clock_runs;
	struct mono now;
	enum exchange_next next;
};

static void check_enough(const struct player *p)
{
	MUST((p->next == EXCHANGE_ENOUGH) == (exchange_deadline(p->x).us == INT64_MAX));
}

/* At times nobody looks at the deadline before the next bytes: we were late. */
static void pass(struct player *p)
{
	struct mono due = exchange_deadline(p->x);

	if (!p->clock_runs)
		return;
	p->now = mono_add_us(
	    p->now, (int64_t)rng_below(&p->rng,
			rng_below(&p->rng, 8) ? 300 * US_PER_MS : MAX_WAIT * US_PER_MS));
	if (p->next == EXCHANGE_ENOUGH || rng_below(&p->rng, 4) == 0)
		return;
	p->next = exchange_on_time(p->x, p->now);
	MUST((p->next == EXCHANGE_ENOUGH) == (p->now.us >= due.us));
}

static size_t piece(struct player *p, size_t left)
{
	size_t n = left;

	if (p->how == SMALLEST)
		n = left > BIG ? 4099 : 1;
	else if (p->how == RANDOM)
		n = 1 + (size_t)rng_below(&p->rng, left > BIG ? BIG : 80);
	return n < left ? n : left;
}

static void play_head(struct player *p)
{
	struct wire_head *head;

	pass(p);
	if (p->st->head.status < 200 || p->next == EXCHANGE_ENOUGH)
		return; /* no answer */
	/* It lives for this one call. */
	head = xmalloc(sizeof(*head));
	*head = p->st->head;
	p->next = exchange_on_head(p->x, p->now, head);
	memset(head, 0xa5, sizeof(*head));
	free(head);
	check_enough(p);
}

static void play_body(struct player *p)
{
	struct span in = str_span(&p->st->story.body);

	if (p->st->head.status < 200)
		return;
	if (!p->clock_runs)
		p->now = mono_add_ms(START, 1000);
	while (in.n > 0 && p->next == EXCHANGE_MORE) {
		size_t n = piece(p, in.n);
		char *block;

		pass(p);
		if (p->next == EXCHANGE_ENOUGH)
			break;
		block = memcpy(xmalloc(n), in.p, n);
		p->next = exchange_on_bytes(p->x, p->now, (struct span){block, n});
		free(block);
		check_enough(p);
		in.p += n;
		in.n -= n;
	}
}

/* Silence until the deadline: not a microsecond earlier, and then at once. */
static void play_deadline(struct player *p)
{
	struct mono due = exchange_deadline(p->x);

	if (p->next == EXCHANGE_ENOUGH)
		return;
	MUST(due.us > START.us && due.us <= mono_add_ms(START, 30000).us);
	if (p->now.us < due.us) {
		p->now = mono_add_us(due, -1);
		MUST(exchange_on_time(p->x, p->now) == EXCHANGE_MORE);
		p->now = due;
	}
	p->next = exchange_on_time(p->x, p->now);
	MUST(p->next == EXCHANGE_ENOUGH);
	check_enough(p);
}

static void play(
    const struct stage *st, enum cutting how, bool clock_runs, struct sample *ret)
{
	struct player p = {.st = st, .how = how, .clock_runs = clock_runs, .now = START};
	struct wire_end end = st->end;

	rng_init(&p.rng, fuzz_seed(str_span(&st->story.body)));
	p.x = exchange_new(&st->t, &st->q, START, START_WALL);
	check_enough(&p);
	if (!clock_runs)
		p.now = mono_add_ms(START, 200);
	play_head(&p);
	play_body(&p);
	if (st->to_deadline)
		play_deadline(&p);
	if (st->give_up && p.next == EXCHANGE_MORE) {
		exchange_give_up(p.x, "shutdown");
		p.next = EXCHANGE_ENOUGH;
		check_enough(&p);
	}
	if (p.next == EXCHANGE_ENOUGH)
		end.wire = WIRE_ABORTED;
	if (!clock_runs && !st->to_deadline)
		p.now = mono_add_ms(START, 1500);
	exchange_finish(p.x, p.now, &end,
	    (int64_t)story_number(&st->story, "lag", 100000000, 0), ret);
	exchange_free(p.x);
}

/* --- what must hold ---------------------------------------------------------------- */

static void check_sample(const struct stage *st, const struct sample *s)
{
	fuzz_check_sample(s, FUZZ_KEY);
	MUST(s->series == 7 && s->at.ms == START_WALL.ms);
	MUST(s->http_status == 0 || s->http_status == st->head.status);
	MUST(s->http_status != 0 || s->first_byte_us == NOT_REACHED);
	MUST(s->http_status != 0 ||
	     outcome_row(s->outcome)->evidence != EVIDENCE_ANSWERED ||
	     s->outcome == OUTCOME_MALFORMED || s->outcome == OUTCOME_TOO_LARGE);
	if (s->outcome != OUTCOME_OK)
		return;
	MUST(
	    st->t.kind == PROBE_DOOR || (s->http_status >= 200 && s->http_status <= 299));
	MUST((s->first_token_us != NOT_REACHED) ==
	     (st->t.kind == PROBE_STREAM || st->t.kind == PROBE_HEAVY));
}

static void check_request(const struct stage *st)
{
	struct exchange *x = exchange_new(&st->t, &st->q, START, START_WALL);
	struct request rq;
	json_t *body;

	exchange_request(x, &rq);
	body = json_parse(str_span(&rq.body), NULL);
	MUST(json_is_object(body) || st->t.kind == PROBE_MODELS);
	MUST(!fuzz_leaks(str_c(&rq.body), FUZZ_KEY));
	MUST(!fuzz_leaks(rq.url, FUZZ_KEY));
	json_decref(body);
	request_fini(&rq);
	exchange_free(x);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample whole, again;
	struct stage st;

	set_stage(&st, fuzz_span(data, size));
	check_request(&st);
	play(&st, WHOLE, false, &whole);
	check_sample(&st, &whole);
	for (int how = SMALLEST; how <= RANDOM; how++) {
		play(&st, (enum cutting)how, false, &again);
		MUST(again.outcome == whole.outcome);
		MUST(strcmp(again.message, whole.message) == 0);
		MUST(memcmp(&again, &whole, sizeof(whole)) == 0);
	}
	play(&st, RANDOM, true, &again);
	check_sample(&st, &again);
	clear_stage(&st);
	return 0;
}
